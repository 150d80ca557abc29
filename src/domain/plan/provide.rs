//! The plan that gives students their vaults and their own access, and nothing else.

use super::{Outcome, Row, Step, named};
use crate::domain::access::{Level, Principal};
use crate::domain::class::StudentKey;
use crate::domain::fault::Fault;
use crate::domain::frame::{Frame, SignUp};
use crate::domain::id::VaultId;
use crate::domain::roster::Student;
use crate::domain::text::SafeText;

pub(super) fn provision(frame: &Frame, keys: &[StudentKey]) -> Result<Vec<Row>, Fault> {
    let wanted = if keys.is_empty() {
        frame.students.iter().filter(|student| !frame.gone.contains(&student.key)).collect()
    } else {
        named(frame, keys)?
    };
    Ok(wanted.into_iter().map(|student| provision_one(frame, student, !keys.is_empty())).collect())
}

fn provision_one(frame: &Frame, student: &Student, is_named: bool) -> Row {
    let vault = frame.bindings.get(&student.key).cloned();
    let mut row = Row::of(student, vault.clone(), Vec::new(), Outcome::Unchanged);
    if frame.closing.get(&student.key).is_some_and(|closing| closing.word().is_some()) {
        // Who is named is told why; of a whole class those are left alone.
        if is_named {
            let why = frame.permits_provision(student, &Principal::Person(frame.identity.id.clone()));
            let why = why.err().map(|fault| SafeText::new(&fault.to_string())).unwrap_or_default();
            row.outcome = Outcome::Refused(why);
        }
        return row;
    }
    let (state, person) = frame.sign_up(student);
    let Some(person) = person.filter(|_| state.is_active()) else {
        row.outcome = Outcome::Waiting(awaited(frame, student, &state));
        return row;
    };
    let who = Principal::Person(person.id.clone());
    let level = frame.class.student;
    let target = match frame.permits_provision(student, &who) {
        Ok(target) => target,
        Err(fault) => {
            row.outcome = Outcome::Refused(SafeText::new(&fault.to_string()));
            return row;
        }
    };
    let from =
        vault.as_ref().map_or(Some(Level::None), |vault| frame.cell(vault, &who).level(frame.identity.kind));
    let so = |vault: &VaultId| {
        let held = frame.cell(vault, &who).set();
        held.is_some_and(|held| held.plain(frame.identity.kind) == target)
    };
    let grants = !vault.as_ref().is_some_and(so);
    if vault.is_none() {
        row.steps.push(Step::CreateVault);
    }
    if grants {
        row.steps.push(Step::Grant { who, name: person.name.clone(), from, to: level });
    }
    if !row.steps.is_empty() {
        row.outcome = Outcome::Planned;
    }
    row
}

/// What a student waits for; and who could be taken for the student meanwhile.
pub(super) fn awaited(frame: &Frame, student: &Student, state: &SignUp) -> SafeText {
    let next = state.next().unwrap_or("not active");
    match frame.look_alikes(&student.key) {
        [] => next.into(),
        [other, ..] => SafeText::new(&format!("{next}; {}", other.in_words())),
    }
}
