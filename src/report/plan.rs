//! `provision/1`, `grant/1`, `revoke/1`, and `invite/1` to `reactivate/1`: what a change was to do, and what came of it.

use serde::Serialize;

use super::{Look, Page, Table, cell};
use crate::domain::access::Level;
use crate::domain::budget::Cost;
use crate::domain::class::StudentKey;
use crate::domain::fault::{Fault, Kind};
use crate::domain::id::{PersonId, VaultId};
use crate::domain::plan::{Plan, Row, Step};
use crate::domain::text::SafeText;

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
        let alone = Row { steps: vec![step.clone()], ..row.clone() };
        let (kind, who, level, from, words) = match step {
            Step::CreateVault => ("create-vault", None, None, None, "make the vault".to_owned()),
            Step::DeleteVault { name, items } => {
                let with = items.map_or_else(|| "what is in it".to_owned(), |items| format!("{items} items"));
                ("delete-vault", None, None, None, format!("delete {name} with {with}"))
            }
            Step::Grant { who, name, from, to } => {
                ("grant", Some(who.id()), Some(*to), *from, format!("{to} to {name}"))
            }
            Step::Revoke { who, name, from } => {
                ("revoke", Some(who.id()), None, *from, format!("all from {name}"))
            }
            Step::Admission { act, person, email } => {
                (act.name(), person.as_ref().map(PersonId::as_str), None, None, act.in_words(email))
            }
        };
        Self { kind, who: who.map(str::to_owned), level, from, cost: alone.cost(), words }
    }
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
