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

#[test]
fn each_sign_of_a_mistake_is_told_for_itself() {
    const EMPTY: &str = "is empty";
    const GONE: &str = "marked as gone";
    const OTHER: &str = "of another class";
    for (present, kept, listed, told) in [
        (30, 0, 0, &[EMPTY, GONE][..]),
        (1, 0, 0, &[EMPTY]),
        (40, 30, 31, &[GONE]),
        // Fewer than half of whoever could be named by both.
        (40, 4, 10, &[GONE, OTHER]),
        (40, 5, 10, &[GONE]),
        (40, 19, 90, &[GONE, OTHER]),
        (40, 20, 90, &[GONE]),
        // One who is gone is not told, however few there are.
        (1, 0, 9, &[]),
        (2, 0, 9, &[GONE, OTHER]),
    ] {
        let because = Guard::of_import(present, kept, listed).map_or_else(Vec::new, |guard| guard.because);
        assert_eq!(because.len(), told.len(), "{present} {kept} {listed}: {because:?}");
        for (line, sign) in because.iter().zip(told) {
            assert!(line.as_str().contains(sign), "{present} {kept} {listed}: {because:?}");
        }
    }
}
