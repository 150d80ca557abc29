//! What taking a class list over would change: the same for the command and the screen.

use std::collections::HashSet;

use super::{Changes, Imported, Student, apply, compare};
use crate::domain::class::StudentKey;
use crate::domain::guard::Guard;

/// A class list beside the roster as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    /// What was read.
    pub imported: Imported,
    /// What is different; who was gone already is not named again.
    pub changes: Changes,
    /// What is weighty about it, if anything is.
    pub guard: Option<Guard>,
    /// The whole roster afterwards, without those who are gone.
    pub present: Vec<Student>,
    /// Who is marked as gone; they lose nothing by it.
    pub gone: Vec<StudentKey>,
    /// How many were gone and are back.
    pub back: usize,
}

impl Enrolment {
    /// Compares a list with the roster: every student, and whether they are gone already.
    pub fn of(enrolled: Vec<(Student, bool)>, imported: Imported) -> Self {
        let already: HashSet<StudentKey> =
            enrolled.iter().filter(|(_, gone)| *gone).map(|(student, _)| student.key.clone()).collect();
        let current: Vec<Student> = enrolled.into_iter().map(|(student, _)| student).collect();
        let mut changes = compare(&current, &imported.students);
        let gone: Vec<StudentKey> = changes.gone.iter().map(|student| student.key.clone()).collect();
        let mut present = apply(&current, &changes);
        present.retain(|student| !gone.contains(&student.key));
        let here = current.iter().filter(|student| !already.contains(&student.key));
        let kept = here.clone().filter(|student| !gone.contains(&student.key)).count();
        let guard = Guard::of_import(here.count(), kept, imported.students.len());
        let back = present.iter().filter(|student| already.contains(&student.key)).count();
        changes.gone.retain(|student| !already.contains(&student.key));
        Self { imported, changes, guard, present, gone, back }
    }

    /// What it changes, in one line.
    pub fn in_words(&self) -> String {
        let Changes { new, changed, gone, same } = &self.changes;
        let back = if self.back > 0 { format!(", {} back", self.back) } else { String::new() };
        format!("{} new, {} changed, {} gone{back}, {same} the same", new.len(), changed.len(), gone.len())
    }
}
