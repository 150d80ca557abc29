//! `roster/1`, and `roster-import/1`: what a class list says and changes.

use serde::Serialize;

use super::{Look, Page, Table, cell, status};
use crate::domain::class::StudentKey;
use crate::domain::id::{PersonId, VaultId};
use crate::domain::query::StatusRow;
use crate::domain::roster::{Changes, Imported, Student};
use crate::domain::text::SafeText;

/// Students of the class.
#[derive(Serialize)]
pub struct Roster {
    students: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    key: StudentKey,
    name: SafeText,
    email: SafeText,
    gone: bool,
    /// These three as they were last told by the service.
    user_id: Option<PersonId>,
    state: Option<SafeText>,
    vault: Option<VaultId>,
    #[serde(skip)]
    vault_name: SafeText,
}

impl Roster {
    /// These students.
    pub fn new<'a>(rows: impl IntoIterator<Item = &'a StatusRow>) -> Self {
        let line = |row: &StatusRow| Line {
            key: row.key.clone(),
            name: row.name.clone(),
            email: row.email.clone(),
            gone: row.gone,
            user_id: row.user.clone(),
            state: status::state(&row.state),
            vault: row.vault.clone(),
            vault_name: row.vault_name.clone(),
        };
        Self { students: rows.into_iter().map(line).collect() }
    }
}

impl Page for Roster {
    fn schema(&self) -> &'static str {
        "roster/1"
    }

    fn table(&self, _: &Look) -> Table {
        let mut table = Table::new(["student", "name", "email", "state", "vault", "gone"]);
        for row in &self.students {
            table.push([
                cell(&row.key),
                row.name.clone(),
                row.email.clone(),
                row.state.clone().unwrap_or_default(),
                row.vault_name.clone(),
                if row.gone { "gone" } else { "" }.into(),
            ]);
        }
        table
    }
}

/// What a class list changes.
#[derive(Serialize)]
pub struct Import<'a> {
    format: String,
    dry_run: bool,
    new: &'a [Student],
    changed: Vec<Change<'a>>,
    gone: &'a [Student],
    same: usize,
    skipped: Vec<Skipped>,
    notes: &'a [SafeText],
    /// Whether the class is in the sandbox, which is no place for real data.
    sandbox: bool,
}

#[derive(Serialize)]
struct Change<'a> {
    before: &'a Student,
    after: &'a Student,
}

#[derive(Serialize)]
struct Skipped {
    line: usize,
    reason: &'static str,
}

impl<'a> Import<'a> {
    /// What was read and what it changes; `dry_run` if nothing was kept.
    pub fn new(imported: &'a Imported, changes: &'a Changes, dry_run: bool, sandbox: bool) -> Self {
        let change = |change: &'a crate::domain::roster::Change| Change {
            before: &change.before,
            after: &change.after,
        };
        let skipped = imported.skipped.iter().map(|row| Skipped { line: row.line, reason: row.reason });
        Self {
            format: imported.format.to_string(),
            dry_run,
            new: &changes.new,
            changed: changes.changed.iter().map(change).collect(),
            gone: &changes.gone,
            same: changes.same,
            skipped: skipped.collect(),
            notes: &imported.notes,
            sandbox,
        }
    }
}

impl Page for Import<'_> {
    fn schema(&self) -> &'static str {
        "roster-import/1"
    }

    fn table(&self, _: &Look) -> Table {
        let mut table = Table::new(["change", "student", "name", "email", "before"]);
        let mut row = |change: &str, student: &Student, before: SafeText| {
            let Student { key, name, email } = student;
            table.push([change.into(), cell(key), name.clone(), email.safe(), before]);
        };
        for student in self.new {
            row("new", student, SafeText::default());
        }
        for Change { before, after } in &self.changed {
            row("changed", after, cell(format_args!("{} {}", before.name, before.email.safe())));
        }
        for student in self.gone {
            row("gone", student, SafeText::default());
        }
        table
    }

    fn notes(&self, _: &Look) -> Vec<SafeText> {
        let (new, changed, gone) = (self.new.len(), self.changed.len(), self.gone.len());
        let kept = if self.dry_run { "; nothing was kept (--dry-run)" } else { "" };
        let mut notes = vec![cell(format_args!(
            "{}: {new} new, {changed} changed, {gone} gone, {} the same{kept}",
            self.format, self.same
        ))];
        for row in &self.skipped {
            notes.push(cell(format_args!("line {}: left out: {}", row.line, row.reason)));
        }
        notes.extend(self.notes.iter().cloned());
        if gone > 0 {
            let who =
                "nobody lost access: look at those who are gone, and `strongroom revoke` where it is due";
            notes.push(who.into());
        }
        if self.sandbox {
            notes.push("the sandbox is an imitation: put no real data into it".into());
        }
        notes
    }
}
