//! `provision/1`, `grant/1`, `revoke/1`, and `invite/1` to `reactivate/1`: what a change was to do, and what came of it.

use serde::Serialize;

use super::{Look, Page, Table, cell};
use crate::domain::access::Level;
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
}

#[derive(Serialize)]
struct Line {
    student: StudentKey,
    vault: Option<VaultId>,
    steps: Vec<StepLine>,
    outcome: &'static str,
    message: Option<SafeText>,
    #[serde(skip)]
    name: SafeText,
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
    #[serde(skip)]
    words: String,
}

#[derive(Serialize)]
struct Stopped {
    kind: Kind,
    message: SafeText,
    retry_after_s: Option<u64>,
}

impl StepLine {
    fn new(row: &Row, step: &Step) -> Self {
        let (kind, who, level, from) = match step {
            Step::CreateVault => ("create-vault", None, None, None),
            Step::DeleteVault { .. } => ("delete-vault", None, None, None),
            Step::Grant { who, from, to, .. } => ("grant", Some(who.id()), Some(*to), *from),
            Step::Revoke { who, from, .. } => ("revoke", Some(who.id()), None, *from),
            Step::Admission { act, person, .. } => {
                (act.name(), person.as_ref().map(PersonId::as_str), None, None)
            }
        };
        Self {
            kind,
            who: who.map(str::to_owned),
            level,
            from,
            cost: step_cost(row, step),
            words: in_words(step),
        }
    }
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
            let with = items.map_or_else(
                || "what is in it".to_owned(),
                |items| counted(usize::try_from(items).unwrap_or(usize::MAX), "item"),
            );
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

/// A number of requests of one kind in words.
fn requests(count: u32, kind: &str) -> String {
    counted(usize::try_from(count).unwrap_or(usize::MAX), kind)
}

/// The sums of a plan in one line.
pub fn summary(plan: &Plan) -> SafeText {
    let rows: Vec<&Row> = plan.rows.iter().filter(|row| row.outcome == Outcome::Planned).collect();
    let steps = |matching: fn(&Step) -> bool| {
        rows.iter().flat_map(|row| &row.steps).filter(|step| matching(step)).count()
    };
    let kinds = [
        (steps(|step| *step == Step::CreateVault), " to make".to_owned()),
        (steps(|step| matches!(step, Step::Grant { .. })), String::new()),
        (steps(|step| matches!(step, Step::Revoke { .. })), String::new()),
        (steps(|step| matches!(step, Step::DeleteVault { .. })), " to delete".to_owned()),
        (steps(|step| step.admission().is_some()), " of people".to_owned()),
    ];
    let nouns = ["", "grant", "revocation", "", "change"];
    let parts = kinds.into_iter().zip(nouns).filter(|((count, _), _)| *count > 0);
    let parts = parts.map(|((count, more), noun)| {
        let count = if noun.is_empty() { count.to_string() } else { counted(count, noun) };
        count + &more
    });
    let count =
        |matching: fn(&Outcome) -> bool| plan.rows.iter().filter(|row| matching(&row.outcome)).count();
    let rest = [
        (count(|outcome| *outcome == Outcome::Unchanged), "as it should be"),
        (count(|outcome| matches!(outcome, Outcome::Waiting(_))), "waiting"),
        (count(|outcome| matches!(outcome, Outcome::Refused(_))), "refused"),
    ];
    let rest = rest.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
    let parts: Vec<String> = parts.collect();
    let what = if parts.is_empty() {
        "nothing to change".to_owned()
    } else {
        let Cost { reads, writes } = plan.cost();
        let words = if plan.is_about_people() { "student" } else { "vault" };
        let takes = plan.takes();
        let (writes, reads) = (requests(writes, "write"), requests(reads, "read"));
        format!("{}: {}; {writes}, {reads}{takes}", counted(rows.len(), words), parts.join(", "))
    };
    let rest: Vec<String> = rest.collect();
    let rest = if rest.is_empty() { String::new() } else { format!("; {}", rest.join(", ")) };
    SafeText::new(&(what + &rest))
}

impl Changed {
    /// A plan and what came of it. `cost` is what it was to ask before it began, `fault` why it
    /// stopped early.
    pub fn new(schema: &'static str, plan: &Plan, cost: Cost, fault: Option<&Fault>) -> Self {
        let line = |row: &Row| Line {
            student: row.student.clone(),
            vault: row.vault.clone(),
            steps: row.steps.iter().map(|step| StepLine::new(row, step)).collect(),
            outcome: row.outcome.name(),
            message: row.outcome.message().cloned(),
            name: row.name.clone(),
        };
        Self {
            rows: plan.rows.iter().map(line).collect(),
            requests: cost,
            eta_s: plan.eta.map(|eta| eta.as_secs() + u64::from(eta.subsec_nanos() > 0)),
            unverified: plan.unverified.clone(),
            notes: plan.notes.clone(),
            stopped: fault.map(|fault| Stopped {
                kind: fault.kind,
                message: fault.message.clone(),
                retry_after_s: fault.retry_after.map(|wait| wait.as_secs()),
            }),
            schema,
        }
    }
}

impl Page for Changed {
    fn schema(&self) -> &'static str {
        self.schema
    }

    fn table(&self, _: &Look) -> Table {
        let mut table = Table::new(["student", "name", "vault", "steps", "outcome", "message"]);
        for row in &self.rows {
            let words: Vec<&str> = row.steps.iter().map(|step| step.words.as_str()).collect();
            table.push([
                cell(&row.student),
                row.name.clone(),
                row.vault.as_ref().map(cell).unwrap_or_default(),
                SafeText::new(&words.join(", ")),
                row.outcome.into(),
                row.message.clone().unwrap_or_default(),
            ]);
        }
        table
    }

    fn notes(&self, _: &Look) -> Vec<SafeText> {
        self.notes.clone()
    }
}
