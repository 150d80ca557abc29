//! Which class lists ask for a word, which word, and who has typed it.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::domain::fault::Kind;

#[test]
fn only_the_exact_word_agrees() {
    let guard = Guard { because: vec!["12 revocations".into()], word: "12".into() };
    assert_eq!(guard.agreed(Some("12")), Ok(()));
    for typed in [None, Some(""), Some("1"), Some("120"), Some("yes")] {
        let fault = guard.agreed(typed).unwrap_err();
        assert_eq!(fault.kind, Kind::Refused);
        assert!(fault.message.as_str().contains("12 revocations"), "{fault}");
    }
}

#[test]
fn class_lists_that_look_like_a_mistake_ask_for_the_number_who_would_be_gone() {
    for (present, kept, listed, expected) in [
        (0, 0, 30, None),
        (0, 0, 0, None),
        (30, 30, 30, None),
        (30, 24, 24, None),
        (30, 23, 23, Some("7")),
        (100, 90, 90, None),
        (100, 89, 89, Some("11")),
        (5, 4, 4, None),
        (30, 0, 0, Some("30")),
        (2, 1, 40, None),
        (2, 0, 40, Some("2")),
        (1, 0, 1, None),
        (4, 4, 400, None),
    ] {
        let guard = Guard::of_import(present, kept, listed);
        assert_eq!(guard.map(|g| g.word.to_string()).as_deref(), expected, "{present} {kept} {listed}");
    }
}
