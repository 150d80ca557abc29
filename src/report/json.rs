//! JSON in which nothing hostile is left as it is: inside strings it becomes `\uXXXX`, so that a
//! terminal shows it and a parser reads back what was there.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};

use crate::domain::fault::{Fault, Kind};
use crate::domain::text::is_hostile;

/// A value as one line, without the line feed.
pub(super) fn line(value: &impl Serialize) -> Result<String, Fault> {
    let broken = |why: String| Fault::new(Kind::Local, format!("a value cannot be written as JSON: {why}"));
    let mut bytes = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut bytes, Escaping(CompactFormatter));
    value.serialize(&mut serializer).map_err(|error| broken(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| broken(error.to_string()))
}

/// Writes as [`CompactFormatter`] does, but for the characters of strings.
struct Escaping(CompactFormatter);

impl Formatter for Escaping {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, to: &mut W, fragment: &str) -> io::Result<()> {
        let mut plain = 0;
        for (at, hostile) in fragment.char_indices().filter(|(_, c)| is_hostile(*c)) {
            self.0.write_string_fragment(to, fragment.get(plain..at).unwrap_or_default())?;
            // Beyond the first plane JSON writes two surrogates (RFC 8259, section 7).
            for unit in hostile.encode_utf16(&mut [0; 2]) {
                write!(to, "\\u{unit:04x}")?;
            }
            plain = at + hostile.len_utf8();
        }
        self.0.write_string_fragment(to, fragment.get(plain..).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
