//! What is refused, lost or too old: told once, and nothing else stops for it.

#![allow(clippy::unwrap_used, reason = "tests")]

use strongroom::domain::events::{Cursor, Feed};
use strongroom::store::Taken;

use crate::script::Trick;
use crate::{Course, at, audit, ids};

const DAY: i64 = 86_400;

#[tokio::test]
async fn a_feed_that_the_token_may_not_read_is_told_once_and_left_alone() {
    let course = Course::new(1).await;
    course.script.features(&["itemusages"]);
    course.script.happened(Feed::Usage, course.usage("one", "s000", "reveal", 0));
    let mut follower = course.follower();
    let mut second = 0;
    for _ in 0..5 {
        second = course.follow(&mut follower, second).await;
    }
    assert_eq!(course.kept(Feed::Usage), ["one"]);
    assert_eq!(course.script.asked(Feed::Audit).len(), 0);
    let told = course.told();
    assert!(told.len() == 1 && told[0].contains("may not read audit events"), "{told:?}");
}

#[tokio::test]
async fn a_feature_that_is_taken_away_turns_one_feed_off() {
    let course = Course::new(1).await;
    let mut follower = course.follower();
    let mut second = course.follow(&mut follower, 0).await;
    course.script.features(&["auditevents"]);
    for _ in 0..6 {
        second = course.follow(&mut follower, second).await;
    }
    let told = course.told();
    assert!(told.len() == 1 && told[0].contains("may not read item usages"), "{told:?}");
    course.script.paths();
    course.follow(&mut follower, second).await;
    assert_eq!(course.script.asked(Feed::Usage).len(), 0);
}

#[tokio::test]
async fn one_refusal_is_not_the_end() {
    let course = Course::new(1).await;
    course.script.happened(
        Feed::Audit,
        audit("one", ("update", "vault"), (course.desk.vault("s000").as_str(), ""), 0),
    );
    course.script.play(Feed::Audit, [Trick::Status(401, None), Trick::Status(401, None)]);
    course.script.greet([Trick::Status(401, None), Trick::Status(500, None)]);
    let (mut follower, mut second) = (course.follower(), 0);
    for _ in 0..12 {
        second = course.follow(&mut follower, second).await;
    }
    assert_eq!((course.kept(Feed::Audit), course.told()), (vec!["one".to_owned()], Vec::new()));
}

#[tokio::test]
async fn a_token_that_is_refused_is_told_once_and_is_not_asked_with_again() {
    let course = Course::new(1).await;
    course.script.greet((0..9).map(|_| Trick::Status(401, None)));
    let (mut follower, mut second) = (course.follower(), 0);
    for _ in 0..9 {
        second = course.follow(&mut follower, second).await;
    }
    assert_eq!(course.script.paths().len(), 3);
    // Nothing is left to do but to forget, now and then, what has grown old.
    assert_eq!(follower.step(at(second)).await.as_secs(), 86_400);
    let told = course.told();
    assert!(told.len() == 1 && told[0].contains("until the next start"), "{told:?}");
}

#[tokio::test]
async fn a_place_that_the_service_does_not_take_any_more_is_read_again_and_nothing_is_doubled() {
    let course = Course::new(1).await;
    for uuid in ids(5) {
        course.script.happened(Feed::Usage, course.usage(&uuid, "s000", "reveal", 0));
    }
    let mut follower = course.follower();
    let mut second = course.follow(&mut follower, 0).await;
    let store = &course.desk.queries.store;
    let since = store.followed(Feed::Usage).unwrap().unwrap().since;
    let odd = Taken { kept: &[], cursor: &Cursor::new("forgotten"), since: None, is_last: true };
    store.take_page(Feed::Usage, &odd, at(second)).unwrap();
    course.script.happened(Feed::Usage, course.usage("R005", "s000", "reveal", 1));
    course.script.paths();
    // It waits longer and longer before it gives the place up.
    for _ in 0..100 {
        second = course.follow(&mut follower, second).await;
    }
    assert_eq!(course.kept(Feed::Usage), ids(6));
    assert_eq!(store.followed(Feed::Usage).unwrap().unwrap().since, since, "nothing was left out");
    let told = course.told();
    assert!(told.len() == 1 && told[0].contains("are read again from"), "{told:?}");
    let times =
        course.script.asked(Feed::Usage).iter().filter(|asked| !asked.body["start_time"].is_null()).count();
    assert_eq!(times, 1);
}

#[tokio::test]
async fn what_was_left_for_longer_than_the_service_keeps_it_is_begun_anew_and_said() {
    let course = Course::new(1).await;
    course.script.happened(
        Feed::Audit,
        audit("one", ("update", "vault"), (course.desk.vault("s000").as_str(), ""), 0),
    );
    course.follow(&mut course.follower(), 0).await;
    course.script.paths();
    let later = 121 * DAY;
    course.follow(&mut course.follower(), later).await;
    let store = &course.desk.queries.store;
    let since = store.followed(Feed::Audit).unwrap().unwrap().since;
    let day = at(later).duration_since(since).as_secs() / DAY;
    assert_eq!(day, 119, "as far back as the service keeps it");
    let told = course.told();
    assert!(told.len() == 2 && told.iter().all(|line| line.contains("is not told")), "{told:?}");
}

#[tokio::test]
async fn a_service_that_is_away_is_asked_less_and_less_and_nothing_is_told_of_it_here() {
    let course = Course::new(1).await;
    course.script.play(Feed::Usage, (0..60).map(|_| Trick::Status(500, None)));
    let (mut follower, mut second) = (course.follower(), 0);
    while second < 3_600 {
        second += i64::try_from(follower.step(at(second)).await.as_secs()).unwrap() + 1;
    }
    let asked = course.script.asked(Feed::Usage).len();
    assert!((10..25).contains(&asked), "{asked}");
    assert!(course.script.asked(Feed::Audit).len() > 200, "the other feed goes on at its pace");
}

/// More happens in one moment than is read at once, and all of it is followed from then on.
async fn much(course: &Course, mut second: i64) {
    for uuid in ids(12) {
        let record = audit(&uuid, ("update", "vault"), (course.desk.vault("s000").as_str(), ""), second);
        course.script.happened(Feed::Audit, record);
    }
    let mut follower = course.follower();
    for _ in 0..10 {
        second += i64::try_from(follower.step(at(second)).await.as_secs()).unwrap();
    }
}

#[tokio::test]
async fn a_feed_of_a_class_that_is_older_than_what_the_service_keeps_is_read_to_its_end() {
    let course = Course::new(1).await;
    // The class was made so long before, and its feed has more pages than are read at once.
    let second = 130 * DAY;
    much(&course, second).await;
    let begun =
        course.script.asked(Feed::Audit).iter().filter(|asked| asked.body["cursor"].is_null()).count();
    assert_eq!((begun, course.kept(Feed::Audit), course.told()), (1, ids(12), Vec::new()));
    let read = course.desk.queries.store.followed(Feed::Audit).unwrap().unwrap();
    assert!(read.read_at > read.since);
}

#[tokio::test]
async fn a_feed_that_is_begun_anew_is_begun_once_however_long_it_is() {
    let course = Course::new(1).await;
    course.follow(&mut course.follower(), 0).await;
    let second = 121 * DAY;
    much(&course, second).await;
    let told = course.told().into_iter().filter(|line| line.starts_with("audit events")).count();
    assert_eq!((told, course.kept(Feed::Audit)), (1, ids(12)));
}

#[tokio::test]
async fn what_is_said_to_happen_long_after_now_is_not_kept() {
    let course = Course::new(1).await;
    let past_all_days = 400 * DAY;
    course.script.happened(Feed::Usage, course.usage("far", "s000", "server-create", past_all_days));
    course.script.happened(Feed::Usage, course.usage("near", "s000", "reveal", 60));
    course.follow(&mut course.follower(), 0).await;
    assert_eq!(course.kept(Feed::Usage), ["near"]);
}
