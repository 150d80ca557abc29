//! The clocks of a class: which moment they show when, and how that is written in sentences and reports.
//!
//! How a list on the screen writes a time is the screen's own.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

/// The moment at which the clocks of a zone show this, in the student's favour: of two such moments (the
/// night the clocks are set back) the later one; where there is none (the night they are set forward)
/// the first moment after the gap.
pub fn instant(shown: DateTime, zone: &TimeZone) -> Timestamp {
    let at = zone.to_ambiguous_timestamp(shown);
    if let AmbiguousOffset::Gap { after, .. } = at.offset() {
        // Read by the clocks of after the gap it lies before the gap, and the next change is the gap.
        let before = after.to_timestamp(shown).ok();
        let gap = before.and_then(|before| zone.following(before).next());
        if let Some(gap) = gap {
            return gap.timestamp();
        }
    }
    at.later().unwrap_or(Timestamp::MAX)
}

/// What the clocks show, for example `2026-12-01 23:59:00`.
pub fn written(shown: DateTime) -> String {
    shown.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// What the clocks of a zone show at a moment, for example `2026-12-01 23:59:00`.
pub fn to_second(at: Timestamp, zone: &TimeZone) -> String {
    written(at.to_zoned(zone.clone()).datetime())
}

/// The same without seconds, for example `2026-12-01 23:59`.
pub fn to_minute(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(zone: &str, shown: &str) -> String {
        let zone = TimeZone::get(zone).unwrap();
        instant(shown.parse().unwrap(), &zone).to_string()
    }

    #[test]
    fn in_the_night_the_clocks_are_set_back_the_later_of_two_moments_counts() {
        assert_eq!(at("Europe/Zurich", "2026-10-25T01:59:59"), "2026-10-24T23:59:59Z");
        assert_eq!(at("Europe/Zurich", "2026-10-25T02:30:00"), "2026-10-25T01:30:00Z");
        assert_eq!(at("Europe/Zurich", "2026-10-25T03:00:00"), "2026-10-25T02:00:00Z");
        assert_eq!(at("Australia/Sydney", "2026-04-05T02:30:00"), "2026-04-04T16:30:00Z");
    }

    #[test]
    fn in_the_night_they_are_set_forward_the_first_moment_after_the_gap_counts() {
        assert_eq!(at("Europe/Zurich", "2027-03-28T01:59:59"), "2027-03-28T00:59:59Z");
        assert_eq!(at("Europe/Zurich", "2027-03-28T02:00:00"), "2027-03-28T01:00:00Z");
        assert_eq!(at("Europe/Zurich", "2027-03-28T02:59:59"), "2027-03-28T01:00:00Z");
        assert_eq!(at("Europe/Zurich", "2027-03-28T03:00:00"), "2027-03-28T01:00:00Z");
        assert_eq!(at("Australia/Sydney", "2026-10-04T02:30:00"), "2026-10-03T16:00:00Z");
        assert_eq!(at("Australia/Lord_Howe", "2026-10-04T02:15:00"), "2026-10-03T15:30:00Z");
        assert_eq!(at("Pacific/Apia", "2011-12-30T12:00:00"), "2011-12-30T10:00:00Z", "a day left out");
        assert_eq!(at("UTC", "2026-12-01T23:59:00"), "2026-12-01T23:59:00Z");
    }
}
