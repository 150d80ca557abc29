//! `history/1`: what was changed here, job by job, and what was made elsewhere.

use jiff::Timestamp;
use serde::Serialize;

use super::access::kind_of;
use super::{Look, Page, Table, cell};
use crate::domain::access::{AccountKind, Level, Permissions};
use crate::domain::class::StudentKey;
use crate::domain::events::Actor;
use crate::domain::fault::Fault;
use crate::domain::history::{Changed, Entry, What};
use crate::domain::id::VaultId;
use crate::domain::job::JobId;
use crate::domain::text::SafeText;

/// How many changes of a job a table names; JSON has all of them.
const NAMED: usize = 3;

/// The newest jobs, oldest first.
#[derive(Serialize)]
pub struct History {
    jobs: Vec<Carried>,
    /// How many older ones there are.
    older: usize,
    /// What is wrong with the log, behind which nothing is told.
    damaged: Option<SafeText>,
}

#[derive(Serialize)]
struct Carried {
    /// `None` for a change of a log that knew no jobs.
    job: Option<JobId>,
    /// Its first record in the log; 0 for what was made elsewhere, which has none.
    seq: u64,
    at: Timestamp,
    by: SafeText,
    undone_by: Option<JobId>,
    undoes: Option<JobId>,
    /// Whom 1Password reports to have made it elsewhere; `None` for what the log tells.
    elsewhere: Option<Actor>,
    changes: Vec<Line>,
    /// As a table counts them: those that were done, and what came of the others.
    #[serde(skip)]
    counted: SafeText,
}

#[derive(Default, Serialize)]
struct Line {
    op: SafeText,
    student: Option<StudentKey>,
    vault: Option<VaultId>,
    who: Option<String>,
    kind: Option<&'static str>,
    name: Option<SafeText>,
    /// The group that they came into or left.
    group_name: Option<SafeText>,
    before: Option<Vec<&'static str>>,
    before_level: Option<&'static str>,
    after: Option<Vec<&'static str>>,
    after_level: Option<&'static str>,
    outcome: &'static str,
    message: Option<SafeText>,
    #[serde(skip)]
    words: String,
}

impl Line {
    fn new(change: &Changed, kind: AccountKind) -> Self {
        let level = |set: &Permissions| Level::of(*set, kind).name();
        let whose = change.student.as_ref().map_or("somebody who is not known any more", StudentKey::as_str);
        let mut line = Self {
            student: change.student.clone(),
            outcome: change.outcome,
            message: change.message.clone(),
            ..Self::default()
        };
        match &change.what {
            What::Access { vault, who, name, before, after } => {
                let shown = |set: &Option<Permissions>| set.as_ref().map_or("?", level);
                line.words =
                    format!("{name}: {} -> {}, on the vault of {whose}", shown(before), shown(after));
                (line.op, line.vault) = ("access".into(), Some(vault.clone()));
                (line.who, line.kind) = (Some(who.id().to_owned()), Some(kind_of(who)));
                (line.name, line.before_level) = (Some(name.clone()), before.as_ref().map(level));
                (line.before, line.after) = (before.map(Permissions::names), after.map(Permissions::names));
                line.after_level = after.as_ref().map(level);
            }
            What::Made(vault) => {
                (line.op, line.vault) = ("create-vault".into(), vault.clone());
                line.words = format!("vault made for {whose}");
            }
            What::Deleted(vault) => {
                (line.op, line.vault) = ("delete-vault".into(), Some(vault.clone()));
                line.words = format!("vault {vault} of {whose} deleted");
            }
            What::Admission(act) => {
                line.op = act.name().into();
                line.words = format!("{} {whose}", act.name());
            }
            What::Decided { op, words } => {
                line.op = op.clone();
                line.words = format!("{whose}: {words}");
            }
            What::Reported { who, group, words } => {
                (line.op, line.name, line.group_name) = ("reported".into(), who.clone(), group.clone());
                // A group is on many vaults, and so is about nobody's.
                let on = |of: &StudentKey| format!("{words}, on the vault of {of}");
                line.words = change.student.as_ref().map_or_else(|| words.to_string(), on);
            }
            What::Class { op, words } => {
                line.op = op.clone();
                line.words = words.to_string();
            }
        }
        if !change.is_done() {
            line.words = format!("{} ({})", line.words, change.outcome);
        }
        line
    }
}

/// How many changes were done: what was never sent, or ended otherwise, is no change.
fn counted(entry: &Entry) -> SafeText {
    let done = entry.counts().0.to_string();
    let all: Vec<String> = std::iter::once(done).chain(entry.shortfall()).collect();
    SafeText::new(&all.join(", "))
}

impl History {
    /// The newest `limit` of these entries; `kind` tells how levels are called.
    pub fn new(entries: &[Entry], limit: usize, kind: AccountKind) -> Self {
        let older = entries.len().saturating_sub(limit);
        let job = |entry: &Entry| Carried {
            job: entry.job.clone(),
            seq: entry.seq,
            at: entry.at,
            by: entry.by.clone(),
            undone_by: entry.undone_by.clone(),
            undoes: entry.undoes.clone(),
            elsewhere: entry.elsewhere.clone(),
            changes: entry.changes.iter().map(|change| Line::new(change, kind)).collect(),
            counted: counted(entry),
        };
        Self { jobs: entries.iter().skip(older).map(job).collect(), older, damaged: None }
    }

    /// The same of a damaged log, which told of it as far as it is whole.
    #[must_use]
    pub fn ending_at(self, damaged: Option<&Fault>) -> Self {
        Self { damaged: damaged.map(|fault| fault.message.clone()), ..self }
    }
}

impl Page for History {
    fn schema(&self) -> &'static str {
        "history/1"
    }

    fn table(&self, look: &Look) -> Table {
        let mut table = Table::new(["job", "at", "by", "changes", "what", "undo"]);
        for job in &self.jobs {
            let named = job.changes.iter().take(NAMED).map(|line| line.words.clone());
            let mut words = named.collect::<Vec<_>>().join("; ");
            if let Some(more @ 1..) = job.changes.len().checked_sub(NAMED) {
                words = format!("{words}; and {more} more");
            }
            let undo = match (&job.undoes, &job.undone_by) {
                (Some(undone), None) => format!("undoes {undone}"),
                (Some(undone), Some(by)) => format!("undoes {undone}, undone by {by}"),
                (None, Some(by)) => format!("undone by {by}"),
                (None, None) => String::new(),
            };
            table.push([
                match (&job.elsewhere, &job.job) {
                    (Some(_), _) => "elsewhere".into(),
                    (None, Some(id)) => cell(id),
                    (None, None) => cell(format_args!("record {}", job.seq)),
                },
                look.time(Some(job.at)),
                job.by.clone(),
                job.counted.clone(),
                SafeText::new(&words),
                SafeText::new(&undo),
            ]);
        }
        table
    }

    fn notes(&self, _: &Look) -> Vec<SafeText> {
        let mut notes = Vec::new();
        if let Some(damaged) = &self.damaged {
            notes.push(cell(format_args!("nothing after this is told: {damaged}")));
        }
        if self.jobs.iter().any(|job| job.elsewhere.is_some()) {
            notes.push(
                "elsewhere: 1Password reports it, and the log here does not; see `strongroom audit verify \
                 --against events`"
                    .into(),
            );
        }
        if self.older > 0 {
            notes.push(cell(format_args!("{} older: --limit {}", self.older, self.older + self.jobs.len())));
        }
        notes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::history::DONE;

    #[test]
    fn what_was_reported_names_a_vault_only_where_there_is_one() {
        let what = What::Reported {
            who: Some("Bo".into()),
            group: Some("Graders".into()),
            words: "put Bo into the group Graders".into(),
        };
        let change = |student| Changed { what: what.clone(), student, outcome: DONE, message: None };
        let line = Line::new(&change(None), AccountKind::Business);
        assert_eq!(line.words, "put Bo into the group Graders");
        assert_eq!(line.group_name, Some("Graders".into()));
        let line = Line::new(&change(StudentKey::parse("ada")), AccountKind::Business);
        assert_eq!(line.words, "put Bo into the group Graders, on the vault of ada");
    }
}
