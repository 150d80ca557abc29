//! The plan that takes away what is on the vaults and should not be, and gives nobody anything: whoever
//! belongs there and has more than the class file asks for is brought to that.
//!
//! A group is taken off the vault; who is in it is never changed from here. Whoever may be staff that the
//! class file does not name clearly is told and left there.

use std::collections::HashMap;

use super::turns::Turns;
use super::{Outcome, Plan, Row, Step, named};
use crate::domain::class::StudentKey;
use crate::domain::drift::{Drift, Presence, Stray, drift};
use crate::domain::fault::Fault;
use crate::domain::frame::Frame;
use crate::domain::id::VaultId;

pub(super) fn mend(frame: &Frame, keys: &[StudentKey]) -> Result<Plan, Fault> {
    named(frame, keys)?;
    let drifts = drift(frame, &Presence::new(), keys);
    let mut plan = Plan { unverified: drifts.unverified, ..Plan::default() };
    let (mut vaults, mut at): (Vec<Vec<&Drift>>, HashMap<&VaultId, usize>) = Default::default();
    for drift in &drifts.list {
        let at = *at.entry(&drift.vault).or_insert_with(|| {
            vaults.push(Vec::new());
            vaults.len() - 1
        });
        vaults[at].push(drift);
    }
    let mut turns = Turns::new(frame);
    for drifts in vaults {
        add(frame, &mut turns, &mut plan, &drifts);
    }
    Ok(plan)
}

/// The row of a vault; and one for each access that is left as it is.
fn add(frame: &Frame, turns: &mut Turns, plan: &mut Plan, drifts: &[&Drift]) {
    let Some((first, owner)) = drifts.first().and_then(|drift| Some((drift, frame.owner(&drift.vault)?)))
    else {
        return;
    };
    let row = |steps, outcome| Row::of(owner, Some(first.vault.clone()), steps, outcome);
    let (mut steps, mut spared) = (Vec::new(), Vec::new());
    for drift in drifts {
        match frame.spared(&drift.who, drift.kind) {
            Some(why) => spared.push(why),
            None => steps.push(frame.step(&drift.vault, &drift.who, drift.asked)),
        }
    }
    let turn = turns.on(owner, &first.vault, steps);
    let gone = drifts.iter().filter(|drift| drift.kind == Stray::Gone);
    let leaves = |drift: &&&Drift| turn.steps.iter().any(|step| step.who() == Some(&drift.who));
    plan.taken.extend(gone.filter(leaves).map(|drift| drift.student.clone()));
    if !turn.steps.is_empty() {
        plan.rows.push(row(turn.steps, Outcome::Planned));
    }
    let refused = |(step, why): (Step, Fault)| row(vec![step], Outcome::refused(&why));
    plan.rows.extend(turn.forbidden.into_iter().map(refused));
    plan.rows.extend(spared.into_iter().map(|why| row(Vec::new(), Outcome::Waiting(why))));
}

#[cfg(test)]
#[path = "mend_tests.rs"]
mod tests;
