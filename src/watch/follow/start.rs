//! Where a feed is begun, gone on with, or begun anew: a pure decision.
//!
//! Audit events are read from the class's first vault on, or as far back as the service keeps them; of item usages
//! only the last day at first, since every item that is opened by anybody in the account is one, and what they
//! tell of (by which program something was done) is wanted for what arrives from now on.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::domain::events::{Feed, From};
use crate::store::Followed;

/// How long the service keeps what it reports (1Password developer page "Events API"); here it is kept no longer.
pub const WINDOW: SignedDuration = SignedDuration::from_hours(120 * 24);
/// The longest wait between two questions that fail.
pub(super) const LONGEST: Duration = Duration::from_secs(300);
/// What is asked for stays so much inside of the window.
const INSIDE: SignedDuration = SignedDuration::from_hours(1);
/// A vault is bound a little after it was made and given, and clocks differ.
const BEFORE: SignedDuration = SignedDuration::from_hours(1);
/// How far back item usages are read at first.
const USAGES: SignedDuration = SignedDuration::from_hours(24);
/// What is read once more where a place is lost: records come late.
const OVERLAP: SignedDuration = SignedDuration::from_hours(24);

/// Where a feed is read from.
#[derive(Debug)]
pub(super) struct Start {
    /// The first question.
    pub(super) from: From,
    /// From when on it is read, where it begins.
    pub(super) since: Option<Timestamp>,
    /// What a person should know of it.
    pub(super) words: Option<String>,
}

impl Start {
    /// By how far it was read, when the first vault of the class was bound, and whether the place where it was
    /// left is `lost`.
    pub(super) fn of(
        feed: Feed,
        followed: Option<&Followed>,
        bound: Option<Timestamp>,
        lost: bool,
        now: Timestamp,
    ) -> Self {
        let oldest = back(now, WINDOW - INSIDE);
        let first = match feed {
            Feed::Audit => bound.map_or(now, |bound| back(bound, BEFORE)).clamp(oldest, now),
            Feed::Usage => back(now, USAGES),
        };
        let begin = |words| Self { from: From::Time(first), since: Some(first), words };
        let Some(followed) = followed else { return begin(None) };
        // Not by how far it was read: where much was reported that may be long ago while it is still being read.
        if followed.page_at <= oldest {
            let (came, until) = (followed.page_at, followed.read_at);
            return begin(Some(format!(
                "{feed} were last read at {came:.0}, longer ago than 1Password keeps them: what happened from \
                 {until:.0} until {first:.0} is not told, or not all of it"
            )));
        }
        if lost {
            let again = back(followed.read_at, OVERLAP).clamp(oldest, now);
            let words =
                format!("{feed} are read again from {again:.0}: the service does not go on where it was");
            return Self { from: From::Time(again), since: None, words: Some(words) };
        }
        Self { from: From::Cursor(followed.cursor.clone()), since: None, words: None }
    }
}

fn back(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_sub(by).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::events::Cursor;

    const DAY: i64 = 86_400;

    fn day(day: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + day * DAY).unwrap()
    }

    fn followed(read: i64) -> Followed {
        Followed { cursor: Cursor::new("c"), since: day(-300), read_at: day(read), page_at: day(read) }
    }

    fn begins(start: &Start) -> Option<Timestamp> {
        match start.from {
            From::Time(at) => Some(at),
            From::Cursor(_) => None,
        }
    }

    #[test]
    fn audit_events_begin_with_the_first_vault_but_not_before_the_window() {
        let of = |bound| Start::of(Feed::Audit, None, bound, false, day(0));
        assert_eq!(begins(&of(Some(day(-30)))), Some(back(day(-30), BEFORE)));
        assert_eq!(begins(&of(Some(day(-200)))), Some(back(day(0), WINDOW - INSIDE)));
        let none = of(None);
        assert_eq!(
            (begins(&none), none.since),
            (Some(day(0)), Some(day(0))),
            "a class without vaults has no past"
        );
        assert_eq!(begins(&of(Some(day(3)))), Some(day(0)), "a clock that was ahead");
    }

    #[test]
    fn item_usages_begin_a_day_ago() {
        let start = Start::of(Feed::Usage, None, Some(day(-30)), false, day(0));
        assert_eq!((begins(&start), start.since, start.words), (Some(day(-1)), Some(day(-1)), None));
    }

    #[test]
    fn a_feed_goes_on_by_its_cursor_as_long_as_the_service_can_know_it() {
        for read in [-119, -1, 0, 1] {
            let start = Start::of(Feed::Audit, Some(&followed(read)), Some(day(-30)), false, day(0));
            assert!(begins(&start).is_none() && start.since.is_none() && start.words.is_none(), "{read}");
        }
        let anew = Start::of(Feed::Audit, Some(&followed(-121)), Some(day(-300)), false, day(0));
        let oldest = back(day(0), WINDOW - INSIDE);
        assert_eq!((begins(&anew), anew.since), (Some(oldest), Some(oldest)));
        assert!(anew.words.is_some_and(|words| words.contains("is not told")));
    }

    #[test]
    fn a_feed_that_is_being_read_goes_on_however_long_ago_its_last_end_was() {
        let since = back(day(0), WINDOW);
        let reading = Followed { since, read_at: since, page_at: day(-1), ..followed(-121) };
        let start = Start::of(Feed::Audit, Some(&reading), Some(day(-300)), false, day(0));
        assert!(begins(&start).is_none() && start.since.is_none() && start.words.is_none());
        let lost = Start::of(Feed::Audit, Some(&reading), Some(day(-300)), true, day(0));
        assert_eq!(begins(&lost), Some(back(day(0), WINDOW - INSIDE)));
    }

    #[test]
    fn a_lost_place_is_read_again_from_a_day_before_and_stays_the_same_feed() {
        let start = Start::of(Feed::Usage, Some(&followed(-2)), None, true, day(0));
        assert_eq!((begins(&start), start.since), (Some(day(-3)), None));
    }
}
