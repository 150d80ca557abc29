//! The plan that gives students their vaults and their own access, and nothing else.

use super::{Outcome, Row, Step, named};
use crate::domain::access::{Level, Principal};
use crate::domain::admission::SignUp;
use crate::domain::class::StudentKey;
use crate::domain::fault::Fault;
use crate::domain::frame::Frame;
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
    let row = |steps, outcome| Row::of(student, vault.clone(), steps, outcome);
    let level = frame.class.student;
    if frame.closing.get(&student.key).is_some_and(|closing| closing.word().is_some()) {
        // Who is named is told why; of a whole class those are left alone.
        return match frame.goes_on(&student.key, level) {
            Err(why) if is_named => row(Vec::new(), Outcome::refused(&why)),
            _ => row(Vec::new(), Outcome::Unchanged),
        };
    }
    let (state, person) = frame.sign_up(student);
    let Some(person) = person.filter(|_| state.is_active()) else {
        return row(Vec::new(), Outcome::Waiting(awaited(frame, student, &state)));
    };
    let who = Principal::Person(person.id.clone());
    let target = match frame.permits_provision(student, &who) {
        Ok(target) => target,
        Err(fault) => return row(Vec::new(), Outcome::refused(&fault)),
    };
    let Some(vault) = &vault else {
        let grant = Step::Grant { who, name: person.name.clone(), from: Some(Level::None), to: level };
        return row(vec![Step::CreateVault, grant], Outcome::Planned);
    };
    let held = frame.cell(vault, &who).set().map(|held| held.plain(frame.identity.kind));
    if held == Some(target) {
        return row(Vec::new(), Outcome::Unchanged);
    }
    row(vec![frame.step(vault, &who, level)], Outcome::Planned)
}

/// What a student waits for; and who could be taken for the student meanwhile.
pub(super) fn awaited(frame: &Frame, student: &Student, state: &SignUp) -> SafeText {
    let next = state.next().unwrap_or("not active");
    match frame.look_alikes(&student.key) {
        [] => next.into(),
        [other, ..] => SafeText::new(&format!("{next}; {}", other.in_words())),
    }
}
