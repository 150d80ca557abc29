//! The tables of the report of a class, in their order.

use super::{ClassReport, Copy, Excepted, Facts, changes};
use crate::domain::text::{SafeText, counted};
use crate::report::table::escaped;
use crate::report::term::Ending;
use crate::report::{Look, Page as _, Table, cell};

/// One table with its heading.
pub(super) struct Part {
    /// The name of its file.
    pub(super) name: &'static str,
    /// What stands above it.
    pub(super) title: &'static str,
    pub(super) table: Table,
    pub(super) rows: usize,
    pub(super) notes: Vec<SafeText>,
}

impl Part {
    fn new(name: &'static str, title: &'static str, table: Table, rows: usize) -> Self {
        Self { name, title, table, rows, notes: Vec::new() }
    }

    fn noting(self, notes: Vec<SafeText>) -> Self {
        Self { notes, ..self }
    }
}

impl ClassReport {
    /// What stands above all tables.
    pub(super) fn head(&self, look: &Look) -> String {
        let Facts { class, title, account_name, account, simulated, seen_by, made_at, fresh, .. } =
            &self.facts;
        let mut out = format!("# Report of {}: {}\n", escaped(class), escaped(title.as_str()));
        let mut line = |words: String| out.extend(["\n", &words, "\n"]);
        if *simulated {
            line(
                "**Simulated:** this is the local imitation of 1Password. No real people, vaults or files."
                    .into(),
            );
        }
        line(format!(
            "Made at {} for the account {} ({}).",
            look.time(Some(*made_at)),
            escaped(account_name.as_str()),
            escaped(account.as_str())
        ));
        let asked = if *fresh {
            "asked of the service for this report"
        } else {
            "as it was seen last; the service was not asked"
        };
        line(format!("Access is {asked}, as shown to {}.", escaped(seen_by.as_str())));
        let Facts { students, gone, vaults, strays, unread, .. } = &self.facts;
        line(format!(
            "{} ({gone} gone from the roster), {}. Accesses that the class file does not ask for: {strays}. Vaults \
             whose list of access was never read: {unread}.",
            counted(*students, "student"),
            counted(*vaults, "vault")
        ));
        line("Unofficial, not affiliated with 1Password.".into());
        out
    }

    /// Every table.
    pub(super) fn parts(&self, look: &Look) -> Vec<Part> {
        let since = self.facts.since.map(|since| cell(format_args!("since {}", look.time(Some(since)))));
        let unverified = lines("what", &self.unverified);
        let mut parts = vec![
            Part::new("unverified", "What could not be verified", unverified, self.unverified.len()),
            Part::new(
                "access",
                "Who has access to what, and how that is known",
                self.access.accesses(look),
                self.access.lines(),
            )
            .noting(self.access.notes(look)),
            Part::new(
                "exceptions",
                "Exceptions of the class file",
                exceptions(&self.exceptions),
                self.exceptions.len(),
            ),
            Part::new("students", "Students", self.students.table(look), self.facts.students)
                .noting(self.students.notes(look)),
            Part::new("changes", "Changes", changes::table(&self.changes, look), self.changes.len())
                .noting(since.into_iter().collect()),
        ];
        if let Some(missing) = &self.assignments {
            let part = Part::new("assignments", "Assignments", missing.table(look), missing.rows());
            parts.push(part.noting(missing.notes(look)));
        }
        if let Some(term) = &self.term {
            parts.extend(ending(term, look));
        }
        parts.push(self.files_part(look));
        let log = Part::new("log", "The log of changes", self.log.table(look), 1);
        parts.push(log.noting(self.log.notes(look)));
        parts.push(self.requests_part());
        parts
    }

    fn files_part(&self, look: &Look) -> Part {
        let sum = self.files.manifest_sha256.as_ref();
        let sum = sum.map(|sum| cell(format_args!("SHA-256 of the whole list: {sum}")));
        let table = files(&self.files.copies, look);
        Part::new("files", "Copies of files on this machine", table, self.files.copies.len())
            .noting(sum.into_iter().collect())
    }

    fn requests_part(&self) -> Part {
        let mut table = Table::new(["whose", "requests", "limit", "used", "left"]);
        let windows = self.requests.as_deref().unwrap_or_default();
        for window in windows {
            let word = |value: serde_json::Value| SafeText::new(value.as_str().unwrap_or_default());
            let scope = serde_json::to_value(window.scope).map(word).unwrap_or_default();
            let action = serde_json::to_value(window.action).map(word).unwrap_or_default();
            table.push([scope, action, cell(window.limit), cell(window.used), cell(window.remaining)]);
        }
        let note = match &self.requests {
            None => "this provider counts no requests",
            Some(windows) if windows.is_empty() => "not asked yet: see `strongroom budget`",
            Some(_) => "as 1Password counts them, for everything that uses the token and the account",
        };
        Part::new("requests", "Requests", table, windows.len()).noting(vec![note.into()])
    }
}

/// The steps of the end of the term, and whom each was done for.
fn ending(term: &Ending, look: &Look) -> [Part; 2] {
    let ((steps, count), (students, of)) = (term.steps(look), term.students(look));
    let after = "a report is noted after it was written: not yet in the one that the step itself writes";
    let manifest = "manifest: the hash of a student's lines in manifest.jsonl, which lies beside the files";
    [
        Part::new("term", "The end of the term", steps, count).noting(vec![after.into()]),
        Part::new("closing", "The end of the term for each student", students, of)
            .noting(vec![manifest.into()]),
    ]
}

fn lines(head: &str, lines: &[SafeText]) -> Table {
    let mut table = Table::new([head]);
    for line in lines {
        table.push([line.clone()]);
    }
    table
}

fn exceptions(rows: &[Excepted]) -> Table {
    let mut table = Table::new(["who", "vault of", "level", "reason", "until", "holds now"]);
    for row in rows {
        let live = if row.live { "yes" } else { "no" };
        table.push([
            row.who.clone(),
            cell(&row.vault),
            row.level.name().into(),
            row.reason.clone(),
            cell(row.until),
            live.into(),
        ]);
    }
    table
}

fn files(rows: &[Copy], look: &Look) -> Table {
    let mut table = Table::new(["student", "item", "version", "file", "bytes", "sha256", "fetched"]);
    for Copy { student, copy } in rows {
        table.push([
            cell(student),
            cell(&copy.at),
            cell(copy.version),
            cell(&copy.file),
            cell(copy.size),
            SafeText::new(&copy.sha256),
            look.time(Some(copy.saved_at)),
        ]);
    }
    table
}
