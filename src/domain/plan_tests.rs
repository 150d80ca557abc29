//! Plans for every situation of a student, and for staged changes of access.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::domain::access::{AccountKind, Cell, Permissions};
use crate::domain::directory::PersonState;
use crate::domain::frame::Facts;
use crate::domain::frame::tests::{frame, key, person, someone, vault};
use crate::domain::term::{Detail, Noted};
use jiff::Timestamp;

fn proved(level: Level, kind: AccountKind) -> Cell {
    Cell::Proved { set: level.permissions(kind).unwrap(), at: Timestamp::UNIX_EPOCH }
}

fn provision(adjust: impl FnOnce(&mut Facts), known: &[(&str, Level)], keys: &[&str]) -> Vec<Row> {
    let mut frame = frame(adjust);
    for (name, level) in known {
        let cell = proved(*level, frame.identity.kind);
        frame.know(&vault(name), &someone(name), cell);
    }
    Plan::make(&frame, &Wish::Provision(keys.iter().map(|k| key(k)).collect())).unwrap().rows
}

fn outcomes(rows: &[Row]) -> Vec<(&str, &str)> {
    rows.iter().map(|row| (row.student.as_str(), row.outcome.name())).collect()
}

#[test]
fn everybody_means_everybody_who_is_not_gone() {
    let rows = provision(|_| {}, &[("a", Level::Write)], &[]);
    let expected = [("a", "unchanged"), ("b", "planned"), ("c", "planned"), ("d", "waiting")];
    assert_eq!(outcomes(&rows), expected);
    assert_eq!(rows[2].steps[0], Step::CreateVault);
    let grant = |from| Step::Grant { who: someone("b"), name: "b".into(), from, to: Level::Write };
    assert_eq!(rows[1].steps, [grant(None)], "what is not known is granted, and so made known");
    assert_eq!(rows[3].outcome.message().unwrap().as_str(), "the student has to finish signing up");
}

#[test]
fn a_plan_says_at_once_what_the_rules_will_refuse() {
    assert_eq!(outcomes(&provision(|_| {}, &[], &["e"])), [("e", "refused")], "gone");
    let too_much = |facts: &mut Facts| facts.class.student = Level::Manage;
    assert_eq!(outcomes(&provision(too_much, &[], &["c", "b"])), [("c", "refused"), ("b", "refused")]);
    let submit = |facts: &mut Facts| {
        facts.class.student = Level::Submit;
        facts.identity.kind = AccountKind::Teams;
    };
    let rows = provision(submit, &[], &["c"]);
    assert!(rows[0].outcome.message().unwrap().as_str().contains("Teams"), "{rows:?}");
    assert!(rows[0].steps.is_empty());
}

#[test]
fn every_state_of_a_sign_up_waits_but_one() {
    use PersonState as S;
    for state in [S::AwaitingConfirmation, S::Invited, S::InvitationLapsed, S::Suspended, S::Recovering] {
        let rows = provision(
            |facts| {
                facts.people.retain(|p| p.name.as_str() != "c");
                facts.people.push(person("c", "c@example.edu", state.clone()));
            },
            &[],
            &["c"],
        );
        assert_eq!(outcomes(&rows), [("c", "waiting")], "{state:?}");
    }
}

#[test]
fn each_kind_of_account_gets_its_own_set() {
    for kind in [AccountKind::Business, AccountKind::Teams, AccountKind::Families] {
        let set = |facts: &mut Facts| facts.identity.kind = kind;
        assert_eq!(outcomes(&provision(set, &[("a", Level::Write)], &["a"])), [("a", "unchanged")]);
        assert_eq!(outcomes(&provision(set, &[("a", Level::Read)], &["a"])), [("a", "planned")]);
        assert_eq!(outcomes(&provision(set, &[("a", Level::Manage)], &["a"])), [("a", "planned")]);
    }
}

#[test]
fn who_is_named_after_the_end_of_the_term_is_told_that_and_others_are_left_alone() {
    let mut frame = frame(|_| {});
    for of in ["a", "c"] {
        let noted = Noted { at: Timestamp::UNIX_EPOCH, detail: Detail::Nothing };
        frame.closing.entry(key(of)).or_default().note(Stage::Revoke, noted);
    }
    let rows = |keys| Plan::make(&frame, &Wish::Provision(keys)).unwrap().rows;
    for of in ["a", "c"] {
        let row = rows(vec![key(of)]).remove(0);
        let why = row.outcome.message().unwrap().as_str();
        assert!(why.starts_with(&format!("the term of {of} is closed")), "{why}");
    }
    assert_eq!(outcomes(&rows(vec![]))[0], ("a", "unchanged"));
}

#[test]
fn nobody_outside_the_roster_is_planned_for() {
    let fault = Plan::make(&frame(|_| {}), &Wish::Provision(vec![key("zz")])).unwrap_err();
    assert_eq!(fault.kind, Kind::Input);
}

fn access(changes: &[(&str, &str, Level)]) -> Result<Plan, Fault> {
    let mut frame = frame(|_| {});
    frame.know(&vault("a"), &someone("a"), proved(Level::Write, AccountKind::Business));
    let none = Cell::Proved { set: Permissions::NONE, at: Timestamp::UNIX_EPOCH };
    frame.know(&vault("a"), &someone("t"), none);
    let change =
        |(of, who, to): &(&str, &str, Level)| Change { vault: vault(of), who: someone(who), to: *to };
    Plan::make(&frame, &Wish::Access(changes.iter().map(change).collect()))
}

#[test]
fn changes_are_grouped_by_vault_and_refused_ones_stand_alone() {
    let plan = access(&[
        ("a", "t", Level::Manage),
        ("b", "t", Level::Read),
        ("a", "b", Level::Read),
        ("a", "a", Level::Read),
        ("a", "x", Level::None),
    ])
    .unwrap();
    let rows: Vec<_> =
        plan.rows.iter().map(|r| (r.student.as_str(), r.steps.len(), r.outcome.name())).collect();
    assert_eq!(rows, [("a", 3, "planned"), ("b", 1, "planned"), ("a", 1, "refused")]);
    assert_eq!(plan.changes(), 2);
    // t: 1, b's t: 1, a narrowed: 2, x revoked: 1; who is on a's and on b's vault is read first.
    assert_eq!(plan.cost(), Cost { reads: 4, writes: 5 });
    assert!(!plan.unverified.is_empty());
}

#[test]
fn what_is_so_already_changes_nothing() {
    let plan = access(&[("a", "a", Level::Write), ("a", "t", Level::None)]).unwrap();
    assert!(plan.rows.iter().all(|row| row.outcome == Outcome::Unchanged && row.steps.is_empty()));
    assert_eq!(plan.cost(), Cost::default());
}

#[test]
fn a_vault_of_nobody_stops_the_whole_plan() {
    assert_eq!(access(&[("z", "t", Level::Read)]).unwrap_err().kind, Kind::Refused);
}
