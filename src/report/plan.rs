//! `provision/1`, `grant/1`, `revoke/1`, and `invite/1` to `reactivate/1`: what a change was to do, and what came of it.

use std::time::Duration;

use serde::Serialize;

use super::{Look, Page, Table, cell};
use crate::domain::access::{Level, Principal};
use crate::domain::budget::Cost;
use crate::domain::class::StudentKey;
use crate::domain::fault::{Fault, Kind};
use crate::domain::id::{PersonId, VaultId};
use crate::domain::plan::{Outcome, Plan, Row, Step};
use crate::domain::text::{SafeText, counted};

/// A plan as it stands, usually after it was carried out.
#[derive(Serialize)]
pub struct Changed {
    rows: Vec<Line>,
    /// What the plan was to ask of the ration.
    requests: Cost,
    /// How long it was to take when it began, in seconds.
    eta_s: Option<u64>,
    unverified: Vec<SafeText>,
    /// What whoever agrees to it should know beside its rows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<SafeText>,
    /// Why everything stopped early.
    stopped: Option<Stopped>,
    #[serde(skip)]
    schema: &'static str,
    #[serde(skip)]
    shown: Table,
}

#[derive(Serialize)]
struct Line {
    student: StudentKey,
    vault: Option<VaultId>,
    steps: Vec<StepLine>,
    outcome: &'static str,
    message: Option<SafeText>,
}

#[derive(Serialize)]
struct StepLine {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    who: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<Level>,
    /// `null` where the level before is not known.
    from: Option<Level>,
    cost: Cost,
}

#[derive(Serialize)]
struct Stopped {
    kind: Kind,
    message: SafeText,
    retry_after_s: Option<u64>,
}

impl StepLine {
    fn new(row: &Row, step: &Step) -> Self {
        let who = match step {
            Step::Admission { person, .. } => person.as_ref().map(PersonId::as_str),
            step => step.who().map(Principal::id),
        };
        let (level, from) = match step {
            Step::Grant { from, to, .. } => (Some(*to), *from),
            Step::Revoke { from, .. } => (None, *from),
            _ => (None, None),
        };
        Self { kind: kind(step), who: who.map(str::to_owned), level, from, cost: step_cost(row, step) }
    }
}

/// The word of a step in files and JSON.
pub(super) fn kind(step: &Step) -> &'static str {
    match step {
        Step::CreateVault => "create-vault",
        Step::DeleteVault { .. } => "delete-vault",
        Step::Grant { .. } => "grant",
        Step::Revoke { .. } => "revoke",
        Step::Admission { act, .. } => act.name(),
    }
}

/// So long in seconds, the last one whole.
pub(super) fn whole_seconds(eta: Duration) -> u64 {
    eta.as_secs() + u64::from(eta.subsec_nanos() > 0)
}

/// Rows of a plan as people read them.
pub(super) fn table<'a>(rows: impl Iterator<Item = &'a Row>) -> Table {
    let mut table = Table::new(["student", "name", "vault", "steps", "outcome", "message"]);
    for row in rows {
        let words: Vec<String> = row.steps.iter().map(in_words).collect();
        table.push([
            cell(&row.student),
            row.name.clone(),
            row.vault.as_ref().map(cell).unwrap_or_default(),
            SafeText::new(&words.join(", ")),
            row.outcome.name().into(),
            row.outcome.message().cloned().unwrap_or_default(),
        ]);
    }
    table
}

/// What a step alone asks of the ration; the look at its vault is the whole row's.
pub(super) fn step_cost(row: &Row, step: &Step) -> Cost {
    Row { vault: None, steps: vec![step.clone()], ..row.clone() }.cost()
}

/// A step in a few words.
pub(super) fn in_words(step: &Step) -> String {
    match step {
        Step::CreateVault => "make the vault".to_owned(),
        Step::DeleteVault { name, items } => {
            let with = items.map_or_else(|| "what is in it".to_owned(), |items| counted(items, "item"));
            format!("delete {name} with {with}")
        }
        // Nobody is told their level but by a grant: that it may change nothing has to be seen.
        Step::Grant { name, from: None, to, .. } => format!("{to} to {name} (level not known)"),
        Step::Grant { name, from: Some(Level::None), to, .. } => format!("{to} to {name}"),
        Step::Grant { name, from: Some(from), to, .. } => format!("{to} to {name} (had {from})"),
        Step::Revoke { name, .. } => format!("all from {name}"),
        Step::Admission { act, email, .. } => act.in_words(email),
    }
}

/// The sums of a plan in one line.
pub fn summary(plan: &Plan) -> SafeText {
    let rows: Vec<&Row> = plan.rows.iter().filter(|row| row.outcome == Outcome::Planned).collect();
    let steps = |matching: fn(&Step) -> bool| {
        rows.iter().flat_map(|row| &row.steps).filter(|step| matching(step)).count()
    };
    let (made, deleted) =
        (steps(|step| *step == Step::CreateVault), steps(|step| matches!(step, Step::DeleteVault { .. })));
    let granted = steps(|step| matches!(step, Step::Grant { .. }));
    let revoked = steps(|step| matches!(step, Step::Revoke { .. }));
    let people = steps(|step| step.admission().is_some());
    let parts = [
        (made, format!("{made} to make")),
        (granted, counted(granted, "grant")),
        (revoked, counted(revoked, "revocation")),
        (deleted, format!("{deleted} to delete")),
        (people, format!("{} of people", counted(people, "change"))),
    ];
    let parts: Vec<String> =
        parts.into_iter().filter(|(count, _)| *count > 0).map(|(_, words)| words).collect();
    let count =
        |matching: fn(&Outcome) -> bool| plan.rows.iter().filter(|row| matching(&row.outcome)).count();
    let rest = [
        (count(|outcome| *outcome == Outcome::Unchanged), "as it should be"),
        (count(|outcome| matches!(outcome, Outcome::Waiting(_))), "waiting"),
        (count(|outcome| matches!(outcome, Outcome::Refused(_))), "refused"),
    ];
    let rest = rest.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
    let what = if parts.is_empty() {
        "nothing to change".to_owned()
    } else {
        let Cost { reads, writes } = plan.cost();
        let words = if plan.is_about_people() { "student" } else { "vault" };
        let takes = plan.takes();
        let (writes, reads) = (counted(writes, "write"), counted(reads, "read"));
        format!("{}: {}; {writes}, {reads}{takes}", counted(rows.len(), words), parts.join(", "))
    };
    let rest: Vec<String> = rest.collect();
    let rest = if rest.is_empty() { String::new() } else { format!("; {}", rest.join(", ")) };
    SafeText::new(&(what + &rest))
}

impl Changed {
    /// A plan of which nothing was sent yet.
    pub fn planned(schema: &'static str, plan: &Plan) -> Self {
        Self::new(schema, plan, plan.cost(), None)
    }

    /// A plan and what came of it. `cost` is what it was to ask before it began, `fault` why it
    /// stopped early.
    pub fn new(schema: &'static str, plan: &Plan, cost: Cost, fault: Option<&Fault>) -> Self {
        let line = |row: &Row| Line {
            student: row.student.clone(),
            vault: row.vault.clone(),
            steps: row.steps.iter().map(|step| StepLine::new(row, step)).collect(),
            outcome: row.outcome.name(),
            message: row.outcome.message().cloned(),
        };
        Self {
            rows: plan.rows.iter().map(line).collect(),
            requests: cost,
            eta_s: plan.eta.map(whole_seconds),
            unverified: plan.unverified.clone(),
            notes: plan.notes.clone(),
            stopped: fault.map(|fault| Stopped {
                kind: fault.kind,
                message: fault.message.clone(),
                retry_after_s: fault.retry_after.map(|wait| wait.as_secs()),
            }),
            schema,
            shown: table(plan.rows.iter()),
        }
    }
}

impl Page for Changed {
    fn schema(&self) -> &'static str {
        self.schema
    }

    fn table(&self, _: &Look) -> Table {
        self.shown.clone()
    }

    fn notes(&self, _: &Look) -> Vec<SafeText> {
        self.notes.clone()
    }
}
