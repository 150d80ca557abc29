//! Which plans ask for a word, and which word.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::domain::frame::tests::{frame, key, someone, vault};

fn row(of: &str, steps: Vec<Step>) -> Row {
    let vault = Some(vault(of));
    Row { student: key(of), name: of.into(), vault, steps, seen: None, outcome: Outcome::Planned }
}

fn revokes(of: &str, count: usize) -> Row {
    row(of, vec![Step::Revoke { who: someone("x"), name: "x".into(), from: None }; count])
}

fn delete(of: &str, items: Option<u64>) -> Row {
    row(of, vec![Step::DeleteVault { name: format!("CS101-{of}").as_str().into(), items }])
}

fn words(students: usize, rows: Vec<Row>) -> Option<String> {
    let frame = frame(|facts| {
        let names: Vec<String> = (0..students).map(|at| format!("s{at}")).collect();
        facts.bindings = names.iter().map(|name| (key(name), vault(name))).collect();
    });
    Plan { rows, ..Plan::default() }.weight(&frame).map(|guard| guard.word.to_string())
}

#[test]
fn many_revocations_or_a_wide_part_of_the_class_are_weighty() {
    let on = |vaults: usize, each| (0..vaults).map(|at| revokes(&format!("s{at}"), each)).collect();
    for (students, vaults, each, expected) in [
        (100, 0, 0, None),
        (100, 10, 1, None),
        (100, 11, 1, Some("11")),
        (100, 1, 11, Some("11")),
        (10, 2, 1, None),
        (10, 3, 1, Some("3")),
        (1, 1, 1, None),
        (3, 1, 3, None),
        (3, 2, 1, Some("2")),
    ] {
        assert_eq!(words(students, on(vaults, each)).as_deref(), expected, "{vaults} of {students}");
    }
}

#[test]
fn what_narrows_many_is_as_weighty_as_what_revokes_them() {
    let grants =
        |of: String, from, to| row(&of, vec![Step::Grant { who: someone("x"), name: "x".into(), from, to }]);
    let of = |count: usize, from, to| (0..count).map(|at| grants(format!("s{at}"), from, to)).collect();
    for (count, from, to, expected) in [
        (11, Some(Level::Write), Level::Read, Some("11")),
        (10, Some(Level::Write), Level::Read, None),
        (11, Some(Level::Custom), Level::Write, Some("11")),
        (11, Some(Level::Submit), Level::Read, Some("11")), // they could add items
        (11, Some(Level::Read), Level::Write, None),
        (11, None, Level::Read, None), // asked anew to be told: it takes nothing
    ] {
        assert_eq!(words(100, of(count, from, to)).as_deref(), expected, "{from:?} {to}");
    }
    let mut mixed: Vec<Row> = of(6, Some(Level::Write), Level::Read);
    mixed.extend((6..12).map(|at| revokes(&format!("s{at}"), 1)));
    let guard = Plan { rows: mixed, ..Plan::default() }.weight(&frame(|_| {})).unwrap();
    let expected = "6 revocations and 6 narrowings on 12 of 3 vaults";
    assert_eq!((guard.because[0].as_str(), guard.word.as_str()), (expected, "12"));
}

#[test]
fn deleting_asks_for_the_name_of_one_vault_and_the_number_of_several() {
    assert_eq!(words(50, vec![delete("a", Some(3))]).as_deref(), Some("CS101-a"));
    assert_eq!(words(50, vec![delete("a", None), delete("b", Some(1))]).as_deref(), Some("2"));
    assert_eq!(words(50, vec![delete("a", Some(0))]), None, "nothing is in it");
    let both = vec![delete("a", None), revokes("s0", 11)];
    assert_eq!(words(50, both).as_deref(), Some("CS101-a"), "the gravest");
}

#[test]
fn a_roster_without_anybody_asks_for_the_name_of_the_class() {
    let everybody_gone = frame(|facts| facts.gone = facts.students.iter().map(|s| s.key.clone()).collect());
    let plan = |rows| Plan { rows, ..Plan::default() };
    let guard = plan(vec![revokes("a", 1), revokes("b", 1)]).weight(&everybody_gone).unwrap();
    assert_eq!(guard.word.as_str(), "CS101");
    assert_eq!(plan(vec![revokes("a", 1)]).weight(&everybody_gone), None, "somebody named that one");
    assert_eq!(plan(vec![row("a", vec![Step::CreateVault])]).weight(&everybody_gone), None);
}

#[test]
fn what_is_done_already_still_counts_and_what_is_refused_does_not() {
    let mut rows: Vec<Row> = (0..11).map(|at| revokes(&format!("s{at}"), 1)).collect();
    rows[0].outcome = Outcome::Done;
    assert_eq!(words(100, rows.clone()).as_deref(), Some("11"));
    rows[0].outcome = Outcome::Refused("no".into());
    assert_eq!(words(100, rows), None);
}
