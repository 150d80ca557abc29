//! JSON in which nothing hostile is left as it is: inside strings it becomes `\uXXXX`, so that a
//! terminal shows it and a parser reads back what was there.

use serde::Serialize;

use crate::domain::fault::{Fault, Kind};
use crate::domain::text::harmless;

/// A value as one line, without the line feed.
pub(super) fn line(value: &impl Serialize) -> Result<String, Fault> {
    let json = serde_json::to_string(value);
    json.map(|json| harmless(&json))
        .map_err(|error| Fault::new(Kind::Local, format!("a value cannot be written as JSON: {error}")))
}

/// A value as one JSON object that begins with the name of its form, such as `status/1`; with its line feed.
pub(super) fn object(schema: &str, body: &impl Serialize) -> Result<String, Fault> {
    #[derive(Serialize)]
    struct Envelope<'a, T> {
        schema: String,
        #[serde(flatten)]
        body: &'a T,
    }
    let schema = format!("strongroom.{schema}");
    Ok(format!("{}\n", line(&Envelope { schema, body })?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::text::is_hostile;

    #[test]
    fn hostile_characters_are_escaped_beyond_the_first_plane_too() {
        assert_eq!(line(&"a\u{202e}\u{9b}\u{e0041}é").unwrap(), r#""a\u202e\u009b\udb40\udc41é""#);
    }

    proptest! {
        #[test]
        fn nothing_hostile_is_left_and_nothing_is_lost(text in any::<String>()) {
            let map = std::collections::BTreeMap::from([(text.clone(), text)]);
            let json = line(&map).unwrap();
            prop_assert!(!json.chars().any(is_hostile));
            prop_assert_eq!(serde_json::from_str::<std::collections::BTreeMap<_, _>>(&json).unwrap(), map);
        }
    }
}
