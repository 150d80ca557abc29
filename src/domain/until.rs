//! Until when somebody has more time, as it is typed: on the command line and on the screen alike.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, SpanFieldwise, Timestamp};

/// Until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// That time, by the clocks of the class's zone.
    Time(DateTime),
    /// So long after it is due for the others. Days are those of the calendar, hours are hours.
    Later(SpanFieldwise),
}

impl Until {
    /// Reads `2026-12-05T23:59`, also with a space, or `+48h`, `+2d`, `+1h 30m`.
    ///
    /// # Errors
    /// What is wrong. A day alone would be its midnight, which nobody means, and an offset would be left
    /// out in silence: the clocks are always those of the class.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const NONE: &str = "not a time";
        let text = text.trim();
        if let Some(later) = text.strip_prefix('+') {
            let later: Span = later.trim().to_ascii_lowercase().parse().map_err(|_| NONE)?;
            let forth = later.is_positive() && !later.is_zero();
            return if forth { Ok(Self::Later(later.fieldwise())) } else { Err(NONE) };
        }
        let time: DateTime = text.replacen(' ', "T", 1).parse().map_err(|_| NONE)?;
        match text.split_once(['T', 't', ' ']) {
            None => Err("a time is missing, such as 23:59"),
            Some((_, clock)) if clock.contains(['Z', 'z', '+', '-', '[']) => {
                Err("the clocks are the class's own, so that no offset is taken")
            }
            Some(_) => Ok(Self::Time(time)),
        }
    }

    /// The time by the class's clocks, for what is due then for the others; `None` is too far away.
    pub fn after(self, due: Timestamp, zone: &TimeZone) -> Option<DateTime> {
        match self {
            Self::Time(time) => Some(time),
            Self::Later(later) => Some(due.to_zoned(zone.clone()).checked_add(later.0).ok()?.datetime()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_is_refused_and_not_left_out() {
        for text in [
            "2026-12-05T23:59+02:00",
            "2026-12-05 23:59-05:00",
            "2026-12-05T23:59Z",
            "2026-12-05T23:59+01:00[Europe/Berlin]",
        ] {
            let why = Until::parse(text).unwrap_err();
            assert!(why.contains("offset") || why == "not a time", "{text}: {why}");
        }
        assert_eq!(Until::parse("2026-12-05"), Err("a time is missing, such as 23:59"));
    }

    #[test]
    fn days_are_taken_everywhere_and_are_those_of_the_calendar() {
        let (due, zone) = ("2026-10-24T21:59:00Z".parse().unwrap(), TimeZone::get("Europe/Berlin").unwrap());
        for (text, until) in [
            ("+2d", "2026-10-26T23:59"),
            ("+48h", "2026-10-26T22:59"),
            ("+1h 30m", "2026-10-25T01:29"),
            ("2026-12-05 23:59", "2026-12-05T23:59"),
        ] {
            let read = Until::parse(text).unwrap().after(due, &zone);
            assert_eq!(read, Some(until.parse().unwrap()), "{text}");
        }
        for text in ["+", "+0h", "+0d", "+-2h", "+2h ago", "+5x", "-2h", "+99999999999999999999h"] {
            assert!(Until::parse(text).is_err(), "{text}");
        }
    }
}
