//! The pace of a feed: pure decisions, with the time as an argument.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

const PACE: Duration = Duration::from_secs(10);

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

fn page(cursor: &str, has_more: bool) -> Page {
    Page { list: Vec::new(), cursor: Cursor::new(cursor), has_more, left_out: 0 }
}

fn asked(cursor: &str) -> From {
    From::Cursor(Cursor::new(cursor))
}

fn fault(kind: Kind) -> Fault {
    Fault::new(kind, "no")
}

/// How long it waits, in seconds.
fn waits(course: &Course, now: Timestamp) -> u64 {
    course.wait(now).unwrap().as_secs()
}

#[test]
fn a_feed_that_is_read_to_its_end_is_asked_again_at_its_pace() {
    let mut course = Course::default();
    assert!(course.is_due(at(0)));
    assert!(!course.answered(&From::Time(at(0)), &page("a", false), PACE, at(0)));
    assert!(!course.is_due(at(9)) && course.is_due(at(10)) && !course.goes_on());
    // The same cursor again is what a quiet feed answers.
    assert!(!course.answered(&asked("a"), &page("a", false), PACE, at(10)));
    assert_eq!(waits(&course, at(10)), 10);
}

#[test]
fn what_is_left_is_asked_for_soon_but_never_faster_than_once_a_second() {
    let mut course = Course::default();
    assert!(course.answered(&From::Time(at(0)), &page("a", true), PACE, at(0)));
    assert!(course.goes_on() && !course.is_due(at(0)) && course.is_due(at(1)));
}

#[test]
fn a_service_that_leads_round_and_round_is_asked_less_and_less_often() {
    let mut course = Course::default();
    assert!(course.answered(&From::Time(at(0)), &page("a", true), PACE, at(0)));
    assert!(course.answered(&asked("a"), &page("b", true), PACE, at(1)));
    let (mut now, mut waited) = (at(2), Vec::new());
    for _ in 0..7 {
        // Back to where it was, and on again from there.
        assert!(!course.answered(&asked("b"), &page("a", true), PACE, now));
        waited.push(waits(&course, now));
        assert!(!course.goes_on());
        now = now.checked_add(course.wait(now).unwrap()).unwrap();
        assert!(course.answered(&asked("a"), &page("b", true), PACE, now));
    }
    assert_eq!(waited, [10, 20, 40, 80, 160, 300, 300]);
    // A place that leads to itself is the smallest round.
    assert!(!course.answered(&asked("b"), &page("b", true), PACE, now));
    assert!(course.answered(&asked("b"), &page("c", true), PACE, now), "it has found its way");
    assert!(!course.answered(&asked("c"), &page("c", false), PACE, now));
    assert_eq!(waits(&course, now), 10);
}

#[test]
fn failures_wait_longer_and_longer_with_jitter_and_as_long_as_is_asked() {
    let mut course = Course::default();
    for longest in [10, 20, 40, 80, 160, 300, 300] {
        assert!(!course.failed(&fault(Kind::RateLimit), PACE, at(0)));
        let wait = course.wait(at(0)).unwrap();
        assert!(
            wait <= Duration::from_secs(longest) && wait >= Duration::from_secs(longest) * 3 / 4,
            "{wait:?}"
        );
    }
    let asks = |seconds| fault(Kind::RateLimit).retry_after(Duration::from_secs(seconds));
    course.failed(&asks(900), PACE, at(0));
    assert_eq!(waits(&course, at(0)), 900);
    course.failed(&asks(u64::MAX), PACE, at(0));
    assert_eq!(waits(&course, at(0)), 3_600);
    course.answered(&asked("a"), &page("a", false), PACE, at(0));
    course.failed(&asks(0), PACE, at(0));
    assert_eq!(waits(&course, at(0)), 10, "never sooner than ours");
}

#[test]
fn a_token_that_is_refused_again_and_again_is_given_up_and_one_refusal_is_not() {
    let mut course = Course::default();
    let refused = fault(Kind::SignIn);
    assert!(!course.failed(&refused, PACE, at(0)) && !course.failed(&refused, PACE, at(0)));
    course.answered(&asked("a"), &page("a", false), PACE, at(0));
    assert!(!course.failed(&refused, PACE, at(0)) && !course.failed(&refused, PACE, at(0)));
    assert!(course.failed(&refused, PACE, at(0)));
    assert!(course.turn_off() && !course.turn_off(), "it is told once");
    assert!(!course.is_due(at(10_000)));
    assert!(Course::default().failed(&fault(Kind::Unsupported), PACE, at(0)), "waiting mends nothing");
}

#[test]
fn a_place_is_lost_after_some_answers_that_make_no_sense() {
    let mut course = Course::default();
    for _ in 0..4 {
        course.failed(&fault(Kind::Broken), PACE, at(0));
        assert!(!course.is_lost());
    }
    course.failed(&fault(Kind::Broken), PACE, at(0));
    assert!(course.is_lost());
    course.answered(&From::Time(at(0)), &page("a", false), PACE, at(0));
    assert!(!course.is_lost());
    for _ in 0..9 {
        course.failed(&fault(Kind::Unreachable), PACE, at(0));
    }
    assert!(!course.is_lost(), "a service that is away has not forgotten the place");
}

#[test]
fn a_clock_that_is_set_back_stops_nothing() {
    let mut course = Course::default();
    course.rest(PACE, at(100_000));
    assert!(course.is_due(at(0)));
}
