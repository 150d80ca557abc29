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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::domain::access::Level;
    use crate::domain::frame::tests::{frame, key, proved, someone, vault};

    fn row(of: &str, vault: Option<VaultId>, steps: Vec<Step>) -> Row {
        Row { student: key(of), name: of.into(), vault, steps, seen: None, outcome: Outcome::Planned }
    }

    fn grant(who: &str, to: Level) -> Step {
        Step::Grant { who: someone(who), name: who.into(), from: Some(Level::None), to }
    }

    fn delete() -> Step {
        Step::DeleteVault { name: "old".into(), items: None }
    }

    fn refusal(left: Result<Row>) -> String {
        left.unwrap_err().to_string()
    }

    #[test]
    fn a_vault_that_is_to_be_made_is_given_to_nobody_whom_the_plan_did_not_name() {
        let mut frame = frame(|_| {});
        let write = frame.class.student;
        let agreed = row("c", None, vec![Step::CreateVault, grant("c", write)]);
        assert_eq!(again(&mut frame, &agreed).unwrap().steps, agreed.steps);
        // c signs up after somebody has agreed to a vault alone.
        let alone = refusal(again(&mut frame, &row("c", None, vec![Step::CreateVault])));
        assert!(alone.contains("c is not who was planned for"), "{alone}");
    }

    #[test]
    fn before_there_is_a_vault_its_steps_are_judged_by_the_same_rules() {
        let mut frame = frame(|_| {});
        let staff = row("c", None, vec![Step::CreateVault, grant("t", Level::Manage)]);
        assert_eq!(again(&mut frame, &staff).unwrap().steps, staff.steps);
        for (steps, why) in [
            (vec![Step::CreateVault, grant("x", Level::Read)], "x"),
            (vec![Step::CreateVault, grant("a", Level::Read)], "would get access to the vault of c"),
            (vec![Step::Revoke { who: someone("t"), name: "t".into(), from: None }], "c has no vault"),
        ] {
            let refused = refusal(again(&mut frame, &row("c", None, steps)));
            assert!(refused.contains(why), "{why}: {refused}");
        }
        let has_one = refusal(again(&mut frame, &row("z", None, vec![grant("t", Level::Read)])));
        assert!(has_one.contains("z is not in the roster"), "{has_one}");
    }

    #[test]
    fn a_row_is_about_the_students_own_vault_or_exactly_the_one_that_it_deletes() {
        let mut frame = frame(|_| {});
        frame.quarantined.insert(vault("q"), key("a"));
        let (a, b, q, gone) = (vault("a"), vault("b"), vault("q"), vault("gone"));
        let give = vec![grant("t", Level::Read)];
        for (at, steps, is_meant) in [
            (Some(&a), give.clone(), true),
            (Some(&b), give.clone(), false),
            (Some(&q), give.clone(), false),
            (Some(&gone), give.clone(), false),
            (Some(&a), vec![delete()], true),
            (Some(&b), vec![delete()], false),
            (Some(&q), vec![delete()], true),
            (Some(&gone), vec![delete()], true),
        ] {
            let found = vault_of(&frame, &row("a", at.cloned(), steps.clone()));
            assert_eq!(found.is_ok(), is_meant, "{at:?} {steps:?}");
            assert_eq!(found.ok(), is_meant.then(|| at.cloned()));
        }
        // One that was left behind is its own student's alone.
        assert!(vault_of(&frame, &row("b", Some(q), vec![delete()])).is_err());
        assert_eq!(vault_of(&frame, &row("a", None, give)).unwrap(), Some(a));
        assert_eq!(vault_of(&frame, &row("a", None, vec![delete()])).unwrap(), None);
    }

    #[test]
    fn what_is_so_already_is_not_done_again() {
        let mut frame = frame(|_| {});
        let steps = vec![
            grant("t", Level::Manage),
            Step::Grant { who: someone("a"), name: "a".into(), from: Some(Level::Write), to: Level::Read },
        ];
        let both = row("a", Some(vault("a")), steps.clone());
        assert_eq!(again(&mut frame, &both).unwrap(), both);
        frame.know(&vault("a"), &someone("t"), proved(Level::Manage));
        let left = again(&mut frame, &both).unwrap();
        assert_eq!((left.steps.as_slice(), left.outcome.clone()), (&steps[1..], Outcome::Planned));
        frame.know(&vault("a"), &someone("a"), proved(Level::Read));
        let left = again(&mut frame, &both).unwrap();
        assert_eq!((left.steps.is_empty(), left.outcome), (true, Outcome::Unchanged));
        let over = row("a", Some(vault("gone")), vec![delete()]);
        assert_eq!(again(&mut frame, &over).unwrap().outcome, Outcome::Unchanged);
    }
}
