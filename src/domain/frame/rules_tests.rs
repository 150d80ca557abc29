//! What the end of a term and the roster leave of the rules, case by case.

#![allow(clippy::unwrap_used, reason = "tests")]

use jiff::Timestamp;

use super::*;
use crate::domain::access::Level as L;
use crate::domain::frame::tests::{frame, key, vault};
use crate::domain::term::{Detail, Noted, Stage};

/// The term of a, as far as these steps were done.
fn ended(steps: &[Stage]) -> Frame {
    let mut frame = frame(|_| {});
    let closing = frame.closing.entry(key("a")).or_default();
    for step in steps {
        closing.note(*step, Noted { at: Timestamp::UNIX_EPOCH, detail: Detail::Nothing });
    }
    frame
}

#[test]
fn only_a_closed_students_own_vault_or_one_left_behind_may_be_deleted() {
    let mut frame = ended(&[Stage::Freeze, Stage::Revoke]);
    frame.quarantined.insert(vault("q"), key("a"));
    // Noted as left behind and yet somebody's own: then it is theirs.
    frame.quarantined.insert(vault("b"), key("b"));
    for (of, at, why) in [
        ("a", "a", None),
        ("a", "q", None),
        ("b", "q", Some("was not made by Strongroom")),
        ("a", "unknown", Some("was not made by Strongroom")),
        ("b", "b", Some("b may still have access")),
        ("b", "a", Some("is that of a, not of b")),
    ] {
        let operation = Operation::DeleteVault { student: key(of), vault: vault(at) };
        let fault = frame.permits(&operation).err().map(|fault| fault.to_string());
        assert_eq!(fault.is_some(), why.is_some(), "{of} {at}: {fault:?}");
        assert!(fault.is_none_or(|fault| fault.contains(why.unwrap())), "{of} {at}");
    }
}

#[test]
fn the_end_of_a_term_takes_writing_then_all_and_gives_nothing_back() {
    let levels = [L::None, L::Submit, L::Read, L::Write, L::Manage];
    for (steps, left, word) in [
        (&[] as &[Stage], [L::None, L::Submit, L::Read, L::Write, L::Write], None),
        (&[Stage::Freeze], [L::None, L::None, L::Read, L::Read, L::Read], Some("frozen")),
        (&[Stage::Freeze, Stage::Revoke], [L::None; 5], Some("closed")),
    ] {
        let frame = ended(steps);
        assert_eq!(levels.map(|level| frame.own_level(&key("a"), level)), left, "{steps:?}");
        assert_eq!(levels.map(|level| frame.own_level(&key("b"), level))[3], L::Write, "{steps:?}");
        let refusal = frame.goes_on(&key("a"), L::Write).err().map(|fault| fault.to_string());
        assert_eq!(refusal.is_some(), word.is_some());
        assert!(refusal.is_none_or(|text| text.contains(word.unwrap())), "{steps:?}");
        assert_eq!(frame.goes_on(&key("b"), L::Write), Ok(()));
    }
    assert_eq!(ended(&[Stage::Freeze]).goes_on(&key("a"), L::Read), Ok(()));
}
