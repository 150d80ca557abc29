//! How a moment stands against a deadline, and what about it is in doubt.
//!
//! In time is what came by the deadline, compared at full precision: 23:59:00 is in time where it is due
//! at 23:59:00, a fraction of a second later is late by a begun second.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::calendar::to_second;
use super::submission::{Moment, Standing};

/// By how much the clocks of this machine and of the service may differ, and a list of vaults or items
/// may lag behind what is there, before an item's own time is not believed for it.
const SKEW: SignedDuration = SignedDuration::from_mins(2);

/// How a moment stands, and what is in doubt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Judged {
    /// In time, late, or unknown.
    pub(super) standing: Standing,
    /// When it happened, as far as it can be told; where it cannot, when it was seen.
    pub(super) at: Timestamp,
    /// What could not be observed, or does not fit together.
    pub(super) doubts: Vec<String>,
}

/// Judges a moment.
///
/// It happened not after [`Moment::seen`], and after [`Moment::after`] as far as the list of then showed
/// what was there: both are this machine's own clock, and a list may lag behind. So the item's own time
/// counts from [`SKEW`] before the one to the other. One that lies outside is moved to the nearer end,
/// which is told; inside it is told where it was not there yet at `after` and that would decide. Where
/// the item has no time of its own, the lists are all there is: what lies wholly on one side of the
/// deadline is judged by them (late by *at least* so much), and the rest is unknown.
pub(super) fn judge(moment: &Moment, due: Timestamp, zone: &TimeZone) -> Judged {
    let show = |time| to_second(time, zone);
    let mut doubts = Vec::new();
    let mut bounds = (moment.after, moment.seen);
    if let Some(after) = moment.after.filter(|after| *after > moment.seen) {
        doubts.push(format!("this machine's clock was set back from {}", show(after)));
        bounds = (Some(moment.seen), after);
    }
    let (after, seen) = bounds;
    // What happened after a moment that is not before the deadline is late, if only by a begun second.
    let excluded = after.is_some_and(|after| after >= due);
    let Some(told) = moment.told else {
        let (standing, at) = match after {
            _ if seen <= due => (Standing::OnTime, seen),
            Some(after) if excluded => {
                doubts.push(format!("the item has no time of its own: it came after {}", show(after)));
                (late(after, due), after)
            }
            Some(after) => {
                doubts.push(format!(
                    "it came between {} and {}, when nobody looked",
                    show(after),
                    show(seen)
                ));
                (Standing::Unknown, seen)
            }
            None => {
                doubts
                    .push(format!("it was there at the first look, {}; since when is not known", show(seen)));
                (Standing::Unknown, seen)
            }
        };
        return Judged { standing, at, doubts };
    };
    let earliest = after.and_then(|after| after.checked_sub(SKEW).ok());
    let at = earliest.map_or(told, |earliest| told.max(earliest)).min(seen);
    let late_at_least = earliest.is_some_and(|earliest| earliest >= due);
    let standing = if at <= due && !late_at_least { Standing::OnTime } else { late(at, due) };
    if let Some(after) = after.filter(|after| told < *after) {
        if after.duration_since(told) > SKEW || (told <= due && excluded) {
            doubts.push(format!("the item says {}, but it was not there at {}", show(told), show(after)));
        }
    } else if told > seen {
        if told.duration_since(seen) > SKEW || (told > due && seen <= due) {
            doubts.push(format!("the item says {}, but it was there at {} already", show(told), show(seen)));
        }
    } else if let Some(after) = after.filter(|after| *after < due && seen > due)
        && seen.duration_since(after) > SKEW
    {
        doubts.push(format!(
            "nobody looked between {} and {}: the time is the item's own",
            show(after),
            show(seen)
        ));
    }
    Judged { standing, at, doubts }
}

/// Late by the seconds that have begun since the deadline, at least one.
fn late(at: Timestamp, due: Timestamp) -> Standing {
    let by = at.duration_since(due);
    Standing::Late((by.as_secs() + i64::from(by.subsec_nanos() > 0)).max(1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DUE: i64 = 1_790_000_000;
    const SKEW_MS: i64 = 120_000;

    fn at(offset_ms: i64) -> Timestamp {
        Timestamp::from_millisecond(DUE * 1_000 + offset_ms).unwrap()
    }

    /// Seconds around the deadline.
    fn judged(after: Option<i64>, told: Option<i64>, seen: i64) -> Judged {
        let second = |s: i64| at(s * 1_000);
        let moment = Moment { after: after.map(second), seen: second(seen), told: told.map(second) };
        judge(&moment, at(0), &TimeZone::UTC)
    }

    #[test]
    fn the_second_of_the_deadline_is_in_time_and_the_next_is_late() {
        for (told, standing) in [(-1, Standing::OnTime), (0, Standing::OnTime), (1, Standing::Late(1))] {
            assert_eq!(judged(Some(-30), Some(told), 30).standing, standing);
        }
        let fraction = Moment { after: None, seen: at(9_000), told: Some(at(1)) };
        assert_eq!(judge(&fraction, at(0), &TimeZone::UTC).standing, Standing::Late(1));
    }

    #[test]
    fn what_was_not_there_two_minutes_after_the_deadline_is_late_whatever_it_says() {
        let moved = judged(Some(120), Some(-1_140), 150);
        assert_eq!(moved.standing, Standing::Late(1));
        assert!(moved.doubts[0].contains("but it was not there at"), "{moved:?}");
        assert_eq!(judged(Some(210), Some(-1_140), 215).standing, Standing::Late(90));
    }

    #[test]
    fn a_list_that_lagged_behind_makes_nobody_late() {
        // Uploaded five seconds before the deadline; the list of five seconds after it did not show it.
        let behind = judged(Some(5), Some(-5), 15);
        assert_eq!((behind.standing, behind.at), (Standing::OnTime, at(-5_000)));
        assert!(behind.doubts[0].contains("but it was not there at"), "it is told: {behind:?}");
        assert_eq!(judged(Some(119), Some(-1), 130).standing, Standing::OnTime);
        assert_eq!(judged(Some(15), Some(5), 20).standing, Standing::Late(5), "not later than it says");
    }

    #[test]
    fn what_was_there_at_the_deadline_is_in_time_whatever_it_says() {
        let moved = judged(Some(-60), Some(600), 0);
        assert_eq!(moved.standing, Standing::OnTime);
        assert!(moved.doubts[0].contains("was there at"), "{moved:?}");
    }

    #[test]
    fn clocks_that_differ_by_two_minutes_are_told_only_where_that_decides() {
        assert_eq!(judged(Some(-600), Some(-720), -500).doubts, Vec::<String>::new());
        assert_eq!(judged(Some(-600), Some(-721), -500).doubts.len(), 1);
        assert_eq!(judged(Some(600), Some(720), 700).doubts, Vec::<String>::new());
        assert_eq!(judged(Some(600), Some(821), 700).doubts.len(), 1);
        assert_eq!(judged(Some(5), Some(-5), 30).doubts.len(), 1, "it decides");
        assert_eq!(judged(Some(-30), Some(5), -5).doubts.len(), 1, "it decides");
    }

    #[test]
    fn while_nobody_looked_the_item_itself_is_believed_and_that_is_told() {
        let slept = judged(Some(-7_200), Some(-600), 28_800);
        assert_eq!(slept.standing, Standing::OnTime);
        assert!(slept.doubts[0].starts_with("nobody looked between"), "{slept:?}");
        assert_eq!(judged(Some(-7_200), Some(600), 28_800).standing, Standing::Late(600));
        assert!(judged(Some(-20), Some(-5), 10).doubts.is_empty(), "a beat is no gap");
        assert!(judged(Some(-60), Some(-5), 60).doubts.is_empty(), "nor are two minutes");
        for (after, told, seen) in [(-600, -550, -300), (0, 5, 300), (300, 350, 600)] {
            assert!(judged(Some(after), Some(told), seen).doubts.is_empty(), "the deadline was not in it");
        }
    }

    #[test]
    fn without_a_time_of_its_own_only_the_looks_count() {
        assert_eq!(judged(Some(-60), None, 0).standing, Standing::OnTime);
        let unknown = judged(Some(-600), None, 600);
        assert_eq!(unknown.standing, Standing::Unknown);
        assert!(unknown.doubts[0].ends_with("when nobody looked"), "{unknown:?}");
        assert_eq!(judged(None, None, 1).standing, Standing::Unknown);
        assert_eq!(judged(None, None, 0).standing, Standing::OnTime);
        let late = judged(Some(600), None, 900);
        assert_eq!((late.standing, late.doubts.len()), (Standing::Late(600), 1));
        assert_eq!(judged(Some(0), None, 900).standing, Standing::Late(1));
    }

    #[test]
    fn a_clock_that_was_set_back_leaves_the_wider_of_the_spans() {
        let back = judged(Some(600), Some(30), -600);
        assert_eq!(back.standing, Standing::Late(30));
        assert!(back.doubts[0].contains("set back"), "{back:?}");
        assert_eq!(judged(Some(600), None, -600).standing, Standing::Unknown);
    }

    fn rank(standing: Standing) -> i64 {
        match standing {
            Standing::Late(seconds) => seconds,
            _ => 0,
        }
    }

    proptest! {
        #[test]
        fn a_later_time_is_never_less_late(
            after in proptest::option::of(-5_000..5_000i64),
            seen in -5_000..5_000i64,
            one in -9_000..9_000i64,
            other in -9_000..9_000i64,
        ) {
            let late = |told: i64| {
                let moment = Moment { after: after.map(at), seen: at(seen), told: Some(at(told)) };
                let standing = judge(&moment, at(0), &TimeZone::UTC).standing;
                prop_assert!(standing != Standing::Unknown);
                Ok(rank(standing))
            };
            prop_assert!(late(one.min(other))? <= late(one.max(other))?);
        }

        #[test]
        fn a_later_deadline_never_makes_it_later(
            after in proptest::option::of(-5_000..5_000i64),
            told in proptest::option::of(-9_000..9_000i64),
            seen in -5_000..5_000i64,
            more in 0..9_000i64,
        ) {
            let moment = Moment { after: after.map(at), seen: at(seen), told: told.map(at) };
            let judged = |due: i64| judge(&moment, at(due), &TimeZone::UTC).standing;
            let (before, then) = (judged(0), judged(more));
            if before == Standing::OnTime {
                prop_assert_eq!(then, Standing::OnTime);
            }
            prop_assert!(rank(then) <= rank(before));
        }

        #[test]
        fn the_looks_are_never_contradicted(
            after in -500_000..500_000i64,
            long in 0..5_000i64,
            told in proptest::option::of(-900_000..900_000i64),
        ) {
            let moment = Moment { after: Some(at(after)), seen: at(after + long), told: told.map(at) };
            let judged = judge(&moment, at(0), &TimeZone::UTC);
            // An item's own time is believed though a list from up to two minutes later lacked it.
            let after = if told.is_some() { after - SKEW_MS } else { after };
            if after >= 0 {
                prop_assert!(matches!(judged.standing, Standing::Late(1..)));
            }
            if moment.seen <= at(0) && after < 0 {
                prop_assert_eq!(judged.standing, Standing::OnTime);
            }
            prop_assert!(at(after) <= judged.at && judged.at <= moment.seen);
        }
    }
}
