//! Named changes of one vault are put in order and judged at their turn.

#![allow(clippy::unwrap_used, reason = "tests")]

use jiff::Timestamp;

use super::*;
use crate::domain::access::Principal;
use crate::domain::frame::tests::{frame, proved, someone, vault};
use crate::domain::plan::{Plan, Wish};

fn on(frame: &mut Frame, of: &str, who: &Principal, level: Level) {
    frame.listed.insert(vault(of), Timestamp::UNIX_EPOCH);
    frame.know(&vault(of), who, proved(level));
}

#[test]
fn what_is_taken_comes_before_what_is_given_in_a_row_of_named_changes() {
    let mut frame = frame(|_| {});
    on(&mut frame, "a", &someone("x"), Level::Write);
    let change = |who, to| Change { vault: vault("a"), who, to };
    let wish = Wish::Access(vec![change(someone("t"), Level::Manage), change(someone("x"), Level::None)]);
    let plan = Plan::make(&frame, &wish).unwrap();
    let levels: Vec<_> = plan.rows[0].steps.iter().map(|step| step.level().unwrap()).collect();
    assert_eq!(levels, [Level::None, Level::Manage]);
}

#[test]
fn a_crosser_and_the_owner_can_be_swapped_in_one_plan() {
    let mut frame = frame(|_| {});
    on(&mut frame, "a", &someone("b"), Level::Write);
    let change = |who, to| Change { vault: vault("a"), who, to };
    let wish = Wish::Access(vec![change(someone("b"), Level::None), change(someone("a"), Level::Write)]);
    let plan = Plan::make(&frame, &wish).unwrap();
    assert!(plan.rows.iter().all(|row| row.outcome == Outcome::Planned), "{:?}", plan.rows);
}
