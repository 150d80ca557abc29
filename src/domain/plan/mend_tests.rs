//! What is drift and what is not, and that the mend takes exactly that away.

#![allow(clippy::unwrap_used, reason = "tests")]

use jiff::Timestamp;

use super::*;
use crate::domain::access::{Cell, Level, Permissions, Principal, Why};
use crate::domain::class::Exception;
use crate::domain::frame::Facts;
use crate::domain::frame::tests::{frame, group, key, proved, someone, vault};
use crate::domain::plan::Wish;

const HIDDEN: Cell = Cell::Unknown { why: Why::LevelNotShown };

fn until(who: &str, day: &str) -> Exception {
    let (who, until) = (format!("{who}@example.edu"), day.parse().unwrap());
    Exception { who, vault: key("a"), level: Level::Read, reason: "r".into(), until }
}

/// A class with these accesses to the vaults of its students.
fn with(adjust: impl FnOnce(&mut Facts), cells: &[(&str, Principal, Cell)]) -> Frame {
    let mut frame = frame(adjust);
    for (of, who, cell) in cells {
        frame.know(&vault(of), who, *cell);
        frame.listed.insert(vault(of), Timestamp::UNIX_EPOCH);
    }
    frame
}

fn kinds(frame: &Frame) -> Vec<(Stray, String, String)> {
    let list = drift(frame, &Presence::new(), &[]).list.into_iter();
    list.map(|drift| (drift.kind, drift.name.to_string(), drift.student.to_string())).collect()
}

fn told(list: &[(Stray, &str, &str)]) -> Vec<(Stray, String, String)> {
    list.iter().map(|(kind, who, of)| (*kind, (*who).to_owned(), (*of).to_owned())).collect()
}

fn steps(frame: &Frame, keys: &[&str]) -> Vec<(String, Vec<String>, &'static str)> {
    let keys = keys.iter().map(|name| key(name)).collect();
    let plan = Plan::make(frame, &Wish::Mend(keys)).unwrap();
    let step = |step: &Step| match step {
        Step::Revoke { name, .. } => format!("revoke {name}"),
        Step::Grant { name, to, .. } => format!("{to} {name}"),
        other => format!("{other:?}"),
    };
    let row = |row: &Row| (row.student.to_string(), row.steps.iter().map(step).collect(), row.outcome.name());
    plan.rows.iter().map(row).collect()
}

#[test]
fn every_kind_of_stray_is_found_and_the_gravest_stands_first() {
    let expired = |facts: &mut Facts| facts.class.exceptions.push(until("c", "2026-11-21"));
    let frame = with(
        expired,
        &[
            ("a", someone("a"), proved(Level::Manage)),
            ("a", someone("c"), HIDDEN),
            ("a", someone("b"), HIDDEN),
            ("a", Principal::Group(group("friends")), HIDDEN),
            ("b", someone("x"), proved(Level::Read)),
            ("e", someone("e"), HIDDEN),
        ],
    );
    let expected = [
        (Stray::Crossing, "b", "a"),
        (Stray::Stranger, "x", "b"),
        (Stray::Expired, "c", "a"),
        (Stray::Group, "friends", "a"),
        (Stray::Wider, "a", "a"),
        (Stray::Gone, "e", "e"),
    ];
    assert_eq!(kinds(&frame), told(&expected));
}

#[test]
fn who_belongs_there_is_no_drift_and_neither_is_what_nobody_has_read() {
    let live = |facts: &mut Facts| facts.class.exceptions.push(until("b", "2026-11-22"));
    let frame = with(
        live,
        &[
            ("a", someone("a"), proved(Level::Write)),
            ("a", someone("b"), proved(Level::Read)),
            ("a", someone("t"), proved(Level::Manage)),
            ("a", someone("sa"), HIDDEN),
            ("a", Principal::Group(group("tas")), HIDDEN),
            ("a", Principal::Group(group("owners")), HIDDEN),
            ("a", someone("x"), proved(Level::None)),
            ("a", someone("c"), Cell::Unknown { why: Why::NotRead }),
        ],
    );
    assert_eq!(kinds(&frame), []);
    let drifts = drift(&frame, &Presence::new(), &[]);
    assert_eq!((drifts.compared, drifts.unread.len()), (1, 2), "b and e were not read");
    assert_eq!(steps(&frame, &[]), []);
}

#[test]
fn wider_is_told_only_of_what_is_known_and_narrower_never() {
    for (cell, wider) in [
        (HIDDEN, false),
        (proved(Level::Read), false),
        (proved(Level::Write), false),
        (proved(Level::Manage), true),
        (
            Cell::Proved {
                set: Permissions::parse(["view_items", "print_items"]).unwrap(),
                at: Timestamp::UNIX_EPOCH,
            },
            true,
        ),
        (Cell::Proved { set: Permissions::parse(["view_items"]).unwrap(), at: Timestamp::UNIX_EPOCH }, false),
    ] {
        let frame = with(|_| {}, &[("a", someone("a"), cell)]);
        assert_eq!(!kinds(&frame).is_empty(), wider, "{cell:?}");
    }
}

#[test]
fn the_mend_takes_strays_away_narrows_what_is_wider_and_gives_nothing() {
    let frame = with(
        |_| {},
        &[
            ("a", someone("a"), proved(Level::Manage)),
            ("a", Principal::Group(group("friends")), HIDDEN),
            ("a", someone("x"), proved(Level::Read)),
            ("b", someone("b"), proved(Level::None)),
            ("e", someone("e"), proved(Level::Write)),
        ],
    );
    let row = |of: &str, steps: &[&str]| {
        (of.to_owned(), steps.iter().map(|step| (*step).to_owned()).collect(), "planned")
    };
    let whole = [row("a", &["revoke x", "revoke friends", "write a"]), row("e", &["revoke e"])];
    assert_eq!(steps(&frame, &[]), whole);
    assert_eq!(steps(&frame, &["e"]), whole[1..]);
    assert_eq!(Plan::make(&frame, &Wish::Mend(vec![])).unwrap().taken, [key("e")]);
    assert!(Plan::make(&frame, &Wish::Mend(vec![key("zz")])).is_err());
}

#[test]
fn what_stands_on_a_vault_of_somebody_elses_making_is_told_and_left_to_a_person() {
    let mut frame = with(|_| {}, &[("a", someone("x"), HIDDEN)]);
    frame.foreign.insert(vault("a"));
    let drifts = drift(&frame, &Presence::new(), &[]);
    assert!(drifts.list[0].foreign);
    assert!(drifts.list[0].mend().as_str().starts_with("needs a person: "), "{}", drifts.list[0].mend());
    assert_eq!(steps(&frame, &[]), [("a".to_owned(), vec!["revoke x".to_owned()], "refused")]);
    frame.foreign.clear();
    let mend = drift(&frame, &Presence::new(), &[]).list[0].mend();
    assert_eq!(mend.as_str(), format!("strongroom revoke {} --vault a", someone("x")));
}
