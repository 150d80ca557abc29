//! The plans of the end of a term: what lets students change their vaults is taken, then their access,
//! then the vaults themselves.

use super::{Outcome, Plan, Row, Step, named};
use crate::domain::access::{Level, Permissions, Principal};
use crate::domain::class::StudentKey;
use crate::domain::fault::{Fault, Kind};
use crate::domain::frame::{Frame, Standing};
use crate::domain::guard::Guard;
use crate::domain::id::VaultId;
use crate::domain::operation::{Operation, plain};
use crate::domain::roster::Student;
use crate::domain::term::{Closing, Stage};
use crate::domain::text::SafeText;

pub(super) fn plan(frame: &Frame, stage: Stage, keys: &[StudentKey]) -> Result<Plan, Fault> {
    let wanted: Vec<&Student> = if keys.is_empty() {
        frame.students.iter().filter(|student| frame.bindings.contains_key(&student.key)).collect()
    } else {
        named(frame, keys)?
    };
    let one = match stage {
        Stage::Freeze => freeze,
        Stage::Revoke => revoke,
        Stage::Delete => delete,
        _ => return Err(Fault::new(Kind::Broken, format!("{} changes no vault", stage.name()))),
    };
    let alone = wanted.len() == 1;
    let rows: Vec<Row> = wanted
        .into_iter()
        .filter_map(|student| Some((student, frame.bindings.get(&student.key)?)))
        .map(|(student, vault)| {
            let (steps, outcome) = match one(frame, student, vault, alone) {
                Ok(steps) if steps.is_empty() => (steps, Outcome::Unchanged),
                Ok(steps) => (steps, Outcome::Planned),
                Err(fault) => (Vec::new(), Outcome::Refused(SafeText::new(&fault.to_string()))),
            };
            let (key, name, vault) = (student.key.clone(), student.name.clone(), Some(vault.clone()));
            Row { student: key, name, vault, steps, seen: None, outcome }
        })
        .collect();
    let taken = if stage == Stage::Freeze { Vec::new() } else { keys_of(&rows) };
    let title = SafeText::new(&format!("end of term: {}", stage.name()));
    let guard = guard(frame, stage, &rows);
    Ok(Plan { rows, unverified: frame.unverified(), taken, guard, title, ..Plan::default() })
}

fn keys_of(rows: &[Row]) -> Vec<StudentKey> {
    let planned = rows.iter().filter(|row| !matches!(row.outcome, Outcome::Refused(_)));
    planned.map(|row| row.student.clone()).collect()
}

/// Whoever may write to a vault and is not staff may read it afterwards.
fn freeze(frame: &Frame, student: &Student, vault: &VaultId, _: bool) -> Result<Vec<Step>, Fault> {
    let read = frame.expressible(Level::Read)?;
    let kind = frame.identity.kind;
    let mut steps = Vec::new();
    for (who, set) in outsiders(frame, student, vault)? {
        let wider = set.is_none_or(|set| !(plain(set, kind) - read).is_empty());
        if !wider {
            continue;
        }
        let (name, from) = (frame.name(&who), frame.cell(vault, &who).level(kind));
        let grant = Operation::Grant { vault: vault.clone(), who: who.clone(), level: Level::Read };
        // Who does not belong there is given nothing, not even less.
        match frame.standing(student, &who) {
            Standing::Owner | Standing::Exception(_) => {
                frame.permits(&grant)?;
                steps.push(Step::Grant { who, name, from, to: Level::Read });
            }
            _ => steps.push(Step::Revoke { who, name, from }),
        }
    }
    Ok(steps)
}

/// Everybody but staff loses what they have.
fn revoke(frame: &Frame, student: &Student, vault: &VaultId, _: bool) -> Result<Vec<Step>, Fault> {
    let mut steps = Vec::new();
    for (who, _) in outsiders(frame, student, vault)? {
        frame.permits(&Operation::Revoke { vault: vault.clone(), who: who.clone() })?;
        let (name, from) = (frame.name(&who), frame.cell(vault, &who).level(frame.identity.kind));
        steps.push(Step::Revoke { who, name, from });
    }
    Ok(steps)
}

/// The vault goes, once nothing of it would be lost; one that is named `alone` may be deleted without
/// copies, by whoever types its name.
fn delete(frame: &Frame, student: &Student, vault: &VaultId, alone: bool) -> Result<Vec<Step>, Fault> {
    let nothing = Closing::default();
    let closing = frame.closing.get(&student.key).unwrap_or(&nothing);
    let operation = Operation::DeleteVault { student: student.key.clone(), vault: vault.clone() };
    frame.permits(&operation)?;
    let verified = closing.verified().filter(|verified| verified.vault.as_ref() == Some(vault));
    let refused = |why: String, hint: &str| Err(Fault::new(Kind::Refused, why).hint(hint));
    if !alone {
        if let Some(first) = closing.lacks(Stage::Delete) {
            let hint = format!("strongroom close-term --step {}", first.name());
            return refused(format!("{} was not done for {}", first.name(), student.key), &hint);
        }
        match verified {
            None => return refused(format!("the vault of {} was not verified", student.key), VERIFY),
            Some(verified) if verified.without_files > 0 => {
                let why = format!(
                    "{} items in the vault of {} hold no file and are kept nowhere",
                    verified.without_files, student.key
                );
                let hint = format!(
                    "copy them by hand, then delete this vault alone: strongroom close-term --step delete {}",
                    student.key
                );
                return refused(why, &hint);
            }
            Some(_) => {}
        }
    }
    let items = verified.map(|verified| verified.items.len() as u64 + verified.without_files);
    let mut steps = revoke(frame, student, vault, alone)?;
    steps.push(Step::DeleteVault { name: frame.class.vault_name(&student.key).as_str().into(), items });
    Ok(steps)
}

const VERIFY: &str = "strongroom close-term --step verify";

/// Who holds something on a vault and is neither staff, nor an administrator, nor the service account;
/// with what, where that is known.
fn outsiders(
    frame: &Frame,
    student: &Student,
    vault: &VaultId,
) -> Result<Vec<(Principal, Option<Permissions>)>, Fault> {
    if !frame.listed.contains_key(vault) {
        let why = format!("who is on the vault of {} is not known", student.key);
        return Err(Fault::new(Kind::Refused, why).hint(format!("strongroom access {}", student.key)));
    }
    let holds = |set: Option<Permissions>| set.is_none_or(|set| !set.is_empty());
    let belongs = |who: &Principal| {
        matches!(
            frame.standing(student, who),
            Standing::Staff(_) | Standing::ServiceAccount | Standing::Administration
        )
    };
    let known = frame.known(vault).map(|(who, cell)| (who.clone(), cell.set()));
    let mut found: Vec<_> = known.filter(|(who, set)| holds(*set) && !belongs(who)).collect();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(found)
}

/// What is weighty: access is taken from a class, or vaults are deleted for good.
fn guard(frame: &Frame, stage: Stage, rows: &[Row]) -> Option<Guard> {
    let planned: Vec<&Row> = rows.iter().filter(|row| row.outcome == Outcome::Planned).collect();
    let closing = |row: &&&Row| frame.closing.get(&row.student);
    match (stage, planned.as_slice()) {
        (_, []) => None,
        (Stage::Revoke, rows) => {
            let unverified =
                rows.iter().filter(|row| !closing(row).is_some_and(|c| c.is_done(Stage::Verify)));
            let because = format!("everybody but staff loses the access to {} vaults", rows.len());
            let mut guard = Guard {
                because: vec![SafeText::new(&because)],
                word: SafeText::from(frame.class.id.as_str()),
            };
            let count = unverified.count();
            if count > 0 {
                guard.because.push(SafeText::new(&format!("of {count} of them nothing was verified yet")));
                guard.word = SafeText::new(&format!("{}-unverified", frame.class.id));
            }
            Some(guard)
        }
        (Stage::Delete, [row]) => {
            let name = frame.class.vault_name(&row.student);
            let mut because =
                vec![SafeText::new(&format!("{name} is deleted with everything in it, for good"))];
            let lacks = closing(&row).map_or(Some(Stage::Verify), |closing| closing.lacks(Stage::Delete));
            if let Some(lacks) = lacks {
                because.push(SafeText::new(&format!("{} was not done: what is in it is lost", lacks.name())));
            }
            Some(Guard { because, word: SafeText::from(name.as_str()) })
        }
        (Stage::Delete, rows) => {
            let because = format!("{} vaults are deleted with everything in them, for good", rows.len());
            Some(Guard {
                because: vec![SafeText::new(&because)],
                word: SafeText::new(&rows.len().to_string()),
            })
        }
        _ => None,
    }
}
