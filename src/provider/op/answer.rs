//! JSON in what the CLI prints: one object or a list, notices around it passed over.
//!
//! `get -` with several inputs prints objects one after the other, an empty list may be nothing at
//! all, and a notice of a new version may stand before or after. Lines outside of JSON are passed
//! over; JSON that breaks off is an error, so that half a list is never taken for a whole one.

use serde::de::DeserializeOwned;

use crate::domain::fault::{Fault, Kind, Result};
use crate::provider::nonsense;

/// A list; nothing printed is an empty one.
pub(super) fn list<T: DeserializeOwned>(answer: &[u8]) -> Result<Vec<T>> {
    if is_blank(answer) {
        return Ok(Vec::new());
    }
    read(answer)?.ok_or_else(none)
}

/// One object.
pub(super) fn one<T: DeserializeOwned>(answer: &[u8]) -> Result<T> {
    maybe(answer)?.ok_or_else(none)
}

/// One object, or nothing where nothing was printed.
pub(super) fn maybe<T: DeserializeOwned>(answer: &[u8]) -> Result<Option<T>> {
    let mut found = read(answer)?.unwrap_or_default();
    match found.len() {
        0 => Ok(None),
        1 => Ok(found.pop()),
        count => Err(Fault::new(Kind::Broken, format!("the answer holds {count} objects instead of one"))),
    }
}

/// Whether there is nothing but white space.
pub(super) fn is_blank(answer: &[u8]) -> bool {
    answer.iter().all(u8::is_ascii_whitespace)
}

fn none() -> Fault {
    Fault::new(Kind::Broken, "there is no JSON in the answer").hint("update `op`")
}

/// Everything of the kind, lists and single objects put together; `None` where there is no JSON.
///
/// JSON begins at the start of a line or right behind other JSON. So the inner objects of an answer
/// whose first line is damaged are never taken for the answer.
fn read<T: DeserializeOwned>(answer: &[u8]) -> Result<Option<Vec<T>>> {
    let (mut found, mut rest) = (None, answer);
    loop {
        let taken = match rest {
            [] => return Ok(found),
            [b'\r' | b'\n', after @ ..] => {
                rest = after;
                continue;
            }
            [b'{', ..] => next::<T>(rest).map(|(one, taken)| (vec![one], taken)),
            // `[INFO]` is no list.
            [b'[', second, ..] if !second.is_ascii_uppercase() => next::<Vec<T>>(rest),
            [b'n', b'u', b'l', b'l', ..] => next::<Option<T>>(rest).map(|(_, taken)| (vec![], taken)),
            _ => {
                let line = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
                rest = rest.get(line..).unwrap_or_default();
                continue;
            }
        };
        let (more, taken) = taken?;
        found.get_or_insert_with(Vec::new).extend(more);
        rest = rest.get(taken..).unwrap_or_default().trim_ascii_start();
    }
}

/// One value and its length in bytes.
fn next<T: DeserializeOwned>(text: &[u8]) -> Result<(T, usize)> {
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<T>();
    match values.next() {
        Some(Ok(value)) => Ok((value, values.byte_offset())),
        Some(Err(error)) => Err(nonsense(&error).hint("update `op`")),
        None => Err(none()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn numbers(text: &str) -> Vec<u64> {
        list::<Value>(text.as_bytes()).unwrap().iter().map(|value| value["n"].as_u64().unwrap()).collect()
    }

    #[test]
    fn lists_objects_and_notices_are_told_apart() {
        assert_eq!(numbers(r#"[{"n":1},{"n":2}]"#), [1, 2]);
        assert_eq!(numbers("{\"n\":1}\n{\n \"n\":2\n}\n"), [1, 2]);
        assert_eq!(numbers("A new version is available\n[{\"n\":1}]\n[INFO] see above\n"), [1]);
        assert_eq!(numbers(" \n"), [] as [u64; 0]);
        assert_eq!(numbers("null"), [] as [u64; 0]);
    }

    #[test]
    fn half_an_answer_is_no_answer() {
        for broken in
            ["[{\"n\":1},\n{\"n\":2}", "{\"n\":1}\n{\"n\":", "[{\"n\":1},\n{\"n\":2} x ]", "only words"]
        {
            assert_eq!(list::<Value>(broken.as_bytes()).unwrap_err().kind, Kind::Broken, "{broken}");
        }
        assert!(one::<Value>(b"{\"n\":1}{\"n\":2}").is_err());
        assert!(one::<Value>(b"").is_err());
        assert!(maybe::<Value>(b"").unwrap().is_none());
    }

    #[test]
    fn a_parse_error_quotes_nothing() {
        let fault = one::<Vec<u64>>(br#"{"value":"canary"}"#).unwrap_err();
        assert!(!fault.to_string().contains("canary"));
    }
}
