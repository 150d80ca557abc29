//! The plan that takes away what is on the vaults and should not be, and gives nobody anything: whoever
//! belongs there and has more than the class file asks for is brought to that.
//!
//! A group is taken off the vault; who is in it is never changed from here.

use super::{Outcome, Plan, Row, Step, named};
use crate::domain::access::Level;
use crate::domain::class::StudentKey;
use crate::domain::drift::{Drift, Presence, Stray, drift};
use crate::domain::fault::Fault;
use crate::domain::frame::Frame;
use crate::domain::operation::Operation;
use crate::domain::text::SafeText;

pub(super) fn mend(frame: &Frame, keys: &[StudentKey]) -> Result<Plan, Fault> {
    named(frame, keys)?;
    let drifts = drift(frame, &Presence::new(), keys);
    let mut plan = Plan {
        unverified: drifts.unverified,
        title: "take away what should not be there".into(),
        ..Plan::default()
    };
    for drift in &drifts.list {
        let (step, operation) = step(frame, drift);
        let outcome = match frame.permits(&operation) {
            Ok(()) => Outcome::Planned,
            Err(fault) => Outcome::Refused(SafeText::new(&fault.to_string())),
        };
        if outcome == Outcome::Planned && drift.kind == Stray::Gone {
            plan.taken.push(drift.student.clone());
        }
        push(frame, &mut plan.rows, drift, step, outcome);
    }
    for row in &mut plan.rows {
        row.steps.sort_by_key(|step| matches!(step, Step::Grant { .. }));
    }
    Ok(plan)
}

/// What takes it away.
fn step(frame: &Frame, drift: &Drift) -> (Step, Operation) {
    let (vault, who, name) = (drift.vault.clone(), drift.who.clone(), drift.name.clone());
    let from = drift.cell.level(frame.identity.kind);
    match (drift.kind, drift.asked) {
        (Stray::Wider, to) if to != Level::None => {
            (Step::Grant { who: who.clone(), name, from, to }, Operation::Grant { vault, who, level: to })
        }
        _ => (Step::Revoke { who: who.clone(), name, from }, Operation::Revoke { vault, who }),
    }
}

/// A row a vault, and one for each step that is refused.
fn push(frame: &Frame, rows: &mut Vec<Row>, drift: &Drift, step: Step, outcome: Outcome) {
    let same = |row: &&mut Row| row.vault.as_ref() == Some(&drift.vault) && row.outcome == Outcome::Planned;
    if outcome == Outcome::Planned
        && let Some(row) = rows.iter_mut().find(same)
    {
        row.steps.push(step);
        return;
    }
    rows.push(Row {
        student: drift.student.clone(),
        name: frame.student(&drift.student).map(|student| student.name.clone()).unwrap_or_default(),
        vault: Some(drift.vault.clone()),
        steps: vec![step],
        seen: None,
        outcome,
    });
}

#[cfg(test)]
#[path = "mend_tests.rs"]
mod tests;
