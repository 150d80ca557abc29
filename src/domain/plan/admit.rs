//! The plan about people: whom to invite, confirm, suspend or reactivate.

use super::{Outcome, Row, Step, named};
use crate::domain::admission::Admission;
use crate::domain::class::StudentKey;
use crate::domain::fault::{Fault, Kind};
use crate::domain::frame::{Due, Frame};
use crate::domain::roster::Student;

pub(super) fn people(frame: &Frame, act: Admission, keys: &[StudentKey]) -> Result<Vec<Row>, Fault> {
    frame.acts_as_person()?;
    if keys.is_empty() && act != Admission::Confirm {
        return Err(Fault::new(Kind::Input, format!("nobody was named to {}", act.name())));
    }
    let wanted = named(frame, keys)?;
    let waits = |student: &&Student| matches!(frame.admission(act, student), Ok(Due::Now(_)));
    let wanted = if keys.is_empty() { frame.students.iter().filter(waits).collect() } else { wanted };
    Ok(wanted.into_iter().map(|student| person(frame, act, student)).collect())
}

fn person(frame: &Frame, act: Admission, student: &Student) -> Row {
    let (mut steps, mut outcome) = (Vec::new(), Outcome::Planned);
    match frame.admission(act, student) {
        Ok(Due::Now(_)) => {
            let person = frame.sign_up(student).1.map(|person| person.id.clone());
            steps.push(Step::Admission { act, person, email: student.email.safe() });
        }
        Ok(Due::Done) => outcome = Outcome::Unchanged,
        Ok(Due::Later(next)) => outcome = Outcome::Waiting(next.into()),
        Err(fault) => outcome = Outcome::refused(&fault),
    }
    let vault = frame.bindings.get(&student.key).cloned();
    Row::of(student, vault, steps, outcome)
}
