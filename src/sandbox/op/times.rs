//! Times as the CLI prints them: two forms, depending on how old the thing is.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::find::text;

/// An object with its times as the CLI prints those of a change that it made itself.
pub(super) fn freshened(mut object: Value) -> Value {
    for key in ["created_at", "updated_at"] {
        object[key] = fresh(text(&object, key)).into();
    }
    object
}

/// How a change that was made just now is printed: in the local zone and with microseconds, such as
/// `2022-11-08T20:36:03.453086-08:00` (recorded by `pyonepassword`). Lists print the same moment as
/// `2022-11-09T04:36:03Z`. A text that is no time is passed on.
pub(super) fn fresh(text: &str) -> String {
    let Ok(time) = text.parse::<Timestamp>() else { return text.to_owned() };
    in_zone(time, TimeZone::system())
}

fn in_zone(time: Timestamp, zone: TimeZone) -> String {
    let zoned = time.to_zoned(zone);
    // The server's answers have whole seconds; a fraction stands for the one that the CLI knows.
    let clock = zoned.strftime("%Y-%m-%dT%H:%M:%S.453086");
    if zoned.offset().seconds() == 0 {
        format!("{clock}Z")
    } else {
        format!("{clock}{}", zoned.strftime("%:z"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_time_names_its_zone_and_is_the_same_moment() {
        let time: Timestamp = "2022-11-09T04:36:03Z".parse().unwrap();
        let zone = TimeZone::fixed(jiff::tz::offset(-8));
        assert_eq!(in_zone(time, zone), "2022-11-08T20:36:03.453086-08:00");
        assert_eq!(in_zone(time, TimeZone::UTC), "2022-11-09T04:36:03.453086Z");
        assert_eq!(fresh("yesterday"), "yesterday");
    }
}
