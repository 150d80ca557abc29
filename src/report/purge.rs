//! `purge/1`: what was erased here, and what lies elsewhere on this machine.

use serde::Serialize;

use super::{Look, Page, Table, cell};
use crate::domain::class::StudentKey;
use crate::domain::text::{SafeText, counted};
use crate::ops::Erased;

/// What was erased.
#[derive(Serialize)]
pub struct Purged {
    /// Whose; `None` for the whole class.
    student: Option<StudentKey>,
    students: u64,
    arrivals: u64,
    items: u64,
    decisions: u64,
    /// Files of theirs that stay where they are.
    files: Vec<String>,
}

impl Purged {
    /// What was erased of a student, or of everybody.
    pub fn new(student: Option<StudentKey>, erased: &Erased) -> Self {
        Self {
            student,
            students: erased.students,
            arrivals: erased.arrivals,
            items: erased.items,
            decisions: erased.decisions,
            files: erased.copies.clone(),
        }
    }
}

impl Page for Purged {
    fn schema(&self) -> &'static str {
        "purge/1"
    }

    fn table(&self, _: &Look) -> Table {
        let mut table = Table::new(["erased", "count"]);
        for (what, count) in [
            ("students", self.students),
            ("arrivals", self.arrivals),
            ("items", self.items),
            ("decisions", self.decisions),
        ] {
            table.push([SafeText::from(what), cell(count)]);
        }
        table
    }

    fn notes(&self, _: &Look) -> Vec<SafeText> {
        if self.files.is_empty() {
            return Vec::new();
        }
        let mut notes = vec![cell(format_args!(
            "{} fetched before, left as it lies:",
            counted(self.files.len(), "file")
        ))];
        notes.extend(self.files.iter().map(|path| SafeText::new(path)));
        notes
    }
}
