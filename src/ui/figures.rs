//! Times, sizes and numbers as they are read at a glance. Knows no state and draws nothing.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::domain::budget::Action;

/// A moment as `22 Nov 14:31` in the class's zone.
pub(super) fn moment(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%d %b %H:%M").to_string()
}

/// A moment as `14:31:52` in the class's zone.
pub(super) fn clock(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string()
}

/// A moment that lies ahead, as `14:05`; on another day than `now` with its day.
pub(super) fn until(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    at.strftime(if at.date() == now.date() { "%H:%M" } else { "%d %b %H:%M" }).to_string()
}

/// The time between two looks: `1 s`, `30 s`, `2 min`.
pub(super) fn beat(every: Duration) -> String {
    match every.as_millis() {
        millis @ 0..=999 => format!("{millis} ms"),
        millis @ 1_000..=119_999 => format!("{} s", (millis + 500) / 1_000),
        millis => format!("{} min", (millis + 30_000) / 60_000),
    }
}

/// How long something took: `38 ms`, `1.8 s`, `2 min`.
pub(super) fn took(time: Duration) -> String {
    match time.as_millis() {
        millis @ 0..=999 => format!("{millis} ms"),
        millis @ 1_000..=9_999 => format!("{}.{} s", millis / 1_000, millis % 1_000 / 100),
        millis @ 10_000..=119_999 => format!("{} s", millis / 1_000),
        millis => format!("{} min", millis / 60_000),
    }
}

/// What is asked of a service, in the plural.
pub(super) fn plural(action: Action) -> &'static str {
    match action {
        Action::Read => "reads",
        Action::Write => "writes",
        Action::ReadWrite => "requests",
    }
}

/// A number of requests as it is read at a glance: `998`, `9.2k`, `50k`.
pub(super) fn figure(requests: u64) -> String {
    match (requests / 1_000, requests % 1_000 / 100) {
        (0, _) => requests.to_string(),
        (thousands @ 1..=9, hundreds @ 1..) => format!("{thousands}.{hundreds}k"),
        (thousands, _) => format!("{thousands}k"),
    }
}

/// A number with a comma before each three digits from the right.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_at_a_glance() {
        let shown = [0, 38, 998, 1_000, 1_090, 4_199, 9_999, 10_000, 49_850].map(figure);
        assert_eq!(shown, ["0", "38", "998", "1k", "1k", "4.1k", "9.9k", "10k", "49k"]);
    }

    #[test]
    fn a_stop_that_ends_another_day_says_which() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-11-22T13:00:00Z");
        assert_eq!(until(at("2026-11-22T14:05:00Z"), now, &TimeZone::UTC), "14:05");
        assert_eq!(until(at("2026-11-23T09:00:00Z"), now, &TimeZone::UTC), "23 Nov 09:00");
    }
}
