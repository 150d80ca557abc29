//! What is left of a row: by the rules, people and accesses as they are now. Nothing is asked and nothing sent
//! here.

use crate::domain::access::Principal;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::frame::Frame;
use crate::domain::id::VaultId;
use crate::domain::operation::Operation;
use crate::domain::plan::{Outcome, Plan, Row, Step, Wish};

/// What is left of a planned row: nothing that a plan made now would not have, nor anything that
/// nobody has agreed to. A step that is forbidden by now refuses its row.
pub(super) fn again(frame: &mut Frame, row: &Row) -> Result<Row> {
    if !provides(frame, row) {
        return left(frame, row);
    }
    let refused = |fault: Fault| Fault { kind: Kind::Refused, ..fault };
    let rows = Plan::make(frame, &Wish::Provision(vec![row.student.clone()])).map_err(refused)?.rows;
    for now in &rows {
        match &now.outcome {
            Outcome::Refused(why) => return Err(Fault::refused(why.as_str())),
            Outcome::Waiting(_) => return Ok(now.clone()),
            _ => {}
        }
    }
    let vault = rows.iter().find_map(|now| now.vault.clone());
    let steps: Vec<Step> = rows.into_iter().flat_map(|now| now.steps).collect();
    if !steps.iter().all(|step| row.steps.iter().any(|agreed| same(step, agreed))) {
        let message = format!("{} is not who was planned for", row.student);
        return Err(Fault::refused(message).hint("the person or the address has changed since: plan again"));
    }
    let outcome = if steps.is_empty() { Outcome::Unchanged } else { Outcome::Planned };
    Ok(Row { vault, steps, outcome, ..row.clone() })
}

/// The steps of a row that are not done yet, each allowed at its turn.
fn left(frame: &mut Frame, row: &Row) -> Result<Row> {
    let owner = frame.student(&row.student).cloned().ok_or_else(|| {
        Fault::refused(format!("{} is not in the roster of {}", row.student, frame.class.id))
    })?;
    let vault = vault_of(frame, row)?;
    let steps: Vec<Step> = row.steps.iter().filter(|step| !is_so(frame, row, step)).cloned().collect();
    match &vault {
        Some(vault) => {
            let operations: Vec<Operation> = steps.iter().filter_map(|step| on(row, step, vault)).collect();
            frame.permits_in_turn(&operations)?;
        }
        None => frame.permits_first(&owner, &steps)?,
    }
    let outcome = if steps.is_empty() { Outcome::Unchanged } else { Outcome::Planned };
    Ok(Row { vault, steps, outcome, ..row.clone() })
}

/// The vault that the steps of a row are about, once there is one: the student's own, or exactly the one that
/// is to be deleted, which may be one that was left behind.
pub(super) fn vault_of(frame: &Frame, row: &Row) -> Result<Option<VaultId>> {
    let own = frame.bindings.get(&row.student);
    let Some(vault) = &row.vault else { return Ok(own.filter(|_| !deletes(row)).cloned()) };
    let left_behind = frame.quarantined.get(vault) == Some(&row.student);
    if own == Some(vault) || (deletes(row) && (left_behind || is_gone(frame, vault))) {
        return Ok(Some(vault.clone()));
    }
    let message = format!("the vault {vault} is not that of {}", row.student);
    Err(Fault::refused(message).hint("which vault is whose has changed since: plan again"))
}

/// What a step does on that vault; nothing where it makes one.
pub(super) fn on(row: &Row, step: &Step, vault: &VaultId) -> Option<Operation> {
    match step {
        Step::DeleteVault { .. } => {
            Some(Operation::DeleteVault { student: row.student.clone(), vault: vault.clone() })
        }
        step => step.access(vault),
    }
}

/// Whether what a step leads to is known to be so already.
pub(super) fn is_so(frame: &Frame, row: &Row, step: &Step) -> bool {
    if let (Step::DeleteVault { .. }, Some(vault)) = (step, &row.vault) {
        return is_gone(frame, vault);
    }
    let Some(vault) = frame.bindings.get(&row.student) else { return false };
    let (Some(who), Some(level)) = (step.who(), step.level()) else { return *step == Step::CreateVault };
    let held = frame.cell(vault, who).set().map(|held| held.plain(frame.identity.kind));
    held.is_some() && held == level.permissions(frame.identity.kind)
}

/// Whether a vault that was one of the class's is noted as gone: it is nobody's, nor left behind.
fn is_gone(frame: &Frame, vault: &VaultId) -> bool {
    !frame.quarantined.contains_key(vault) && frame.bindings.values().all(|bound| bound != vault)
}

/// Whether a row deletes a vault.
pub(super) fn deletes(row: &Row) -> bool {
    row.steps.iter().any(is_deletion)
}

fn is_deletion(step: &Step) -> bool {
    matches!(step, Step::DeleteVault { .. })
}

/// Whether a row gives a student the own vault at the class's level and nothing else. It is the same wish
/// whoever asked for it.
pub(super) fn provides(frame: &Frame, row: &Row) -> bool {
    let own = own(frame, row);
    row.steps.iter().all(|step| match step {
        Step::CreateVault => true,
        Step::Grant { who, to, .. } => *to == frame.class.student && own.as_ref() == Some(who),
        _ => false,
    })
}

/// A row's student as one who can be on a vault; nobody before the sign-up.
pub(super) fn own(frame: &Frame, row: &Row) -> Option<Principal> {
    let person = frame.student(&row.student).and_then(|student| frame.sign_up(student).1)?;
    Some(Principal::Person(person.id.clone()))
}

/// Whether two steps do the same, whatever is known of the level before.
fn same(one: &Step, other: &Step) -> bool {
    one.who() == other.who()
        && one.level() == other.level()
        && one.admission() == other.admission()
        && is_deletion(one) == is_deletion(other)
}
