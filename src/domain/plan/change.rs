//! The plan for exactly the changes of access that somebody named.

use std::collections::HashMap;

use super::turns::Turns;
use super::{Change, Outcome, Row, Step};
use crate::domain::access::Level;
use crate::domain::class::StudentKey;
use crate::domain::fault::Fault;
use crate::domain::frame::Frame;
use crate::domain::id::VaultId;
use crate::domain::roster::Student;

/// The rows, a vault after the other; and whose own access they take, or make another than the class asks,
/// also where it is so already.
pub(super) fn changes_by_vault(
    frame: &Frame,
    changes: &[Change],
) -> Result<(Vec<Row>, Vec<StudentKey>), Fault> {
    let mut vaults: Vec<(&VaultId, &Student, Vec<Step>)> = Vec::new();
    let mut at: HashMap<&VaultId, usize> = HashMap::new();
    for change in changes {
        let owner = frame.owner(&change.vault).ok_or_else(|| {
            let message = format!("the vault {} belongs to no student of {}", change.vault, frame.class.id);
            Fault::refused(message)
        })?;
        let at = *at.entry(&change.vault).or_insert_with(|| {
            vaults.push((&change.vault, owner, Vec::new()));
            vaults.len() - 1
        });
        vaults[at].2.push(frame.step(&change.vault, &change.who, change.to));
    }
    let (mut rows, mut forbidden, mut taken) = (Vec::new(), Vec::new(), Vec::new());
    let mut turns = Turns::new(frame);
    for (vault, owner, steps) in vaults {
        let turn = turns.on(owner, vault, steps);
        if turn.steps.iter().any(|step| frame.takes_own(owner, step)) {
            taken.push(owner.key.clone());
        }
        let row = |steps, outcome| Row::of(owner, Some(vault.clone()), steps, outcome);
        let (so, planned): (Vec<Step>, Vec<Step>) = turn.steps.into_iter().partition(is_so);
        if !planned.is_empty() {
            rows.push(row(planned, Outcome::Planned));
        }
        rows.extend(so.into_iter().map(|_| row(Vec::new(), Outcome::Unchanged)));
        let refused = |(step, why): (Step, Fault)| row(vec![step], Outcome::refused(&why));
        forbidden.extend(turn.forbidden.into_iter().map(refused));
    }
    rows.append(&mut forbidden);
    Ok((rows, taken))
}

/// Whether a step leads to what is known to be so. Of a custom set nobody knows that.
fn is_so(step: &Step) -> bool {
    let (Step::Grant { from, .. } | Step::Revoke { from, .. }) = step else { return false };
    from.is_some() && *from == step.level() && *from != Some(Level::Custom)
}

#[cfg(test)]
#[path = "change_tests.rs"]
mod tests;
