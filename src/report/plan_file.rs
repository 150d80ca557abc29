//! `plan/1`: a plan as a file that somebody else can look at and carry out.
//!
//! What is written is what is read: every field is known, and its digest is that of the plan that comes of
//! it, so that a file that was cut or edited is refused. It is no signature. Whoever carries it out is
//! asked the rules, the guard and what is so now all the same.

use std::time::Duration;

use jiff::Timestamp;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::op_lines::op_lines;
use super::plan::{kind, step_cost, summary, table, whole_seconds};
use super::{Look, Page, Table, json, unverified};
use crate::domain::access::{Level, Principal};
use crate::domain::admission::Admission;
use crate::domain::budget::Cost;
use crate::domain::class::StudentKey;
use crate::domain::digest::Digest;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::frame::Frame;
use crate::domain::id::{AccountId, PersonId, VaultId};
use crate::domain::job::JobId;
use crate::domain::plan::{Outcome, Plan, Row, Seen, Step};
use crate::domain::text::SafeText;

/// The name of the form of a plan in a file.
const SCHEMA: &str = "plan/1";
/// The largest file that is read, in bytes: some ten thousand students.
pub const LARGEST: u64 = 32 << 20;

/// A plan with what it is for, as it is written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanFile {
    /// Looked at before the rest is.
    #[serde(default, rename = "schema", skip_serializing)]
    _schema: IgnoredAny,
    /// The id of the class.
    pub class: String,
    /// The account that the class is in.
    pub account: AccountId,
    /// When it was worked out, by that machine's clock.
    pub made_at: Timestamp,
    /// Who has worked it out: the identity that was shown the class.
    pub by: SafeText,
    /// What it is for.
    pub title: SafeText,
    /// The fingerprint of rows and steps, and of what they rest on.
    pub digest: Digest,
    rows: Vec<Line>,
    requests: Cost,
    eta_s: Option<u64>,
    unverified: Vec<SafeText>,
    guard: Option<Weighty>,
    /// Whether students were to get their vaults and access.
    provides: bool,
    /// Whose own access it takes.
    taken: Vec<StudentKey>,
    /// The job that it takes back, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    undoes: Option<JobId>,
    /// What whoever agrees to it should know beside its rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    notes: Vec<SafeText>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    student: StudentKey,
    name: SafeText,
    vault: Option<VaultId>,
    steps: Vec<StepLine>,
    seen: Option<Seen>,
    outcome: String,
    message: Option<SafeText>,
}

/// A step; fields that its kind has not are left out.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StepLine {
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    who: Option<Principal>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<SafeText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    level: Option<Level>,
    /// `null` where the level before is not known.
    from: Option<Level>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    items: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    person: Option<PersonId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<SafeText>,
    cost: Cost,
    /// The commands of 1Password's own CLI that do the same, for whoever reviews it.
    op: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Weighty {
    because: Vec<SafeText>,
    word: SafeText,
}

impl PlanFile {
    /// A plan that was worked out by this frame.
    pub fn new(frame: &Frame, plan: &Plan, made_at: Timestamp) -> Self {
        let line = |row: &Row| Line {
            student: row.student.clone(),
            name: row.name.clone(),
            vault: row.vault.clone(),
            steps: row.steps.iter().map(|step| StepLine::new(frame, row, step)).collect(),
            seen: row.seen.clone(),
            outcome: row.outcome.name().to_owned(),
            message: row.outcome.message().cloned(),
        };
        Self {
            _schema: IgnoredAny,
            class: frame.class.id.clone(),
            account: frame.identity.account.clone(),
            made_at,
            by: frame.identity.name.clone(),
            title: plan.title.clone(),
            digest: plan.digest(),
            rows: plan.rows.iter().map(line).collect(),
            requests: plan.cost(),
            eta_s: plan.eta.map(whole_seconds),
            unverified: plan.unverified.clone(),
            guard: plan
                .guard
                .as_ref()
                .map(|guard| Weighty { because: guard.because.clone(), word: guard.word.clone() }),
            provides: plan.provides,
            taken: plan.taken.clone(),
            undoes: plan.undoes.clone(),
            notes: plan.notes.clone(),
        }
    }

    /// The text of the file.
    pub fn text(&self) -> Result<String> {
        json::object(SCHEMA, self)
    }

    /// Reads a file, and the plan that is in it.
    ///
    /// # Errors
    /// [`Kind::Input`] where it is none, is cut, or was edited. The text of the file is not repeated.
    pub fn read(origin: &str, bytes: &[u8]) -> Result<(Self, Plan)> {
        #[derive(Deserialize)]
        struct Head {
            schema: String,
        }
        let none = |why: String| {
            Fault::new(Kind::Input, format!("{origin}: {why}"))
                .hint("write it anew: strongroom plan --out FILE")
        };
        let unread = |error: serde_json::Error| {
            let what = if error.is_eof() { "it ends too early" } else { "it is no plan of this version" };
            none(format!("{what} (line {}, column {})", error.line(), error.column()))
        };
        let head: Head = serde_json::from_slice(bytes).map_err(unread)?;
        let schema = format!("strongroom.{SCHEMA}");
        if head.schema != schema {
            return Err(none(format!("it is not a {schema}")));
        }
        let file: Self = serde_json::from_slice(bytes).map_err(unread)?;
        let edited = || none("it was edited or damaged: its digest is that of another plan".to_owned());
        let plan = file.plan().ok_or_else(edited)?;
        if plan.digest() != file.digest {
            return Err(edited());
        }
        Ok((file, plan))
    }

    /// Refuses a plan of another class or account.
    ///
    /// # Errors
    /// [`Kind::Refused`].
    pub fn is_of(&self, class: &str, account: &AccountId) -> Result<()> {
        let refused = |what: String| {
            Err(Fault::refused(what).hint("nothing was sent; name the class it is of: --class FILE"))
        };
        if self.class != class {
            return refused(format!(
                "the plan is of the class {}, not of {class}",
                SafeText::new(&self.class)
            ));
        }
        if self.account != *account {
            return refused(format!("the plan is of the account {}, not of {account}", self.account));
        }
        Ok(())
    }

    /// The same as whoever is asked to agree to it is to be told it. What the file says of itself is not
    /// believed: names are those that the ids have here, nothing is known of what is in a vault, and what
    /// could not be verified and what is weighty is worked out by this frame.
    #[must_use]
    pub fn told_by(self, frame: &Frame, mut plan: Plan) -> (Self, Plan) {
        for row in &mut plan.rows {
            let student = frame.student(&row.student);
            row.name = student.map_or_else(|| row.student.as_str().into(), |student| student.name.clone());
            let other = row.vault.as_ref().filter(|vault| frame.bindings.get(&row.student) != Some(*vault));
            for step in &mut row.steps {
                match step {
                    Step::Grant { who, name, .. } | Step::Revoke { who, name, .. } => *name = frame.name(who),
                    Step::DeleteVault { name, items } => {
                        let known = frame.class.vault_name(&row.student);
                        *name = other.map_or_else(|| known.as_str().into(), |vault| vault.as_str().into());
                        *items = None;
                    }
                    Step::CreateVault | Step::Admission { .. } => {}
                }
            }
        }
        plan.unverified = frame.unverified();
        plan.guard = plan.weight(frame);
        let file = Self { by: self.by, ..Self::new(frame, &plan, self.made_at) };
        (file, plan)
    }

    fn plan(&self) -> Option<Plan> {
        let row = |line: &Line| {
            Some(Row {
                student: line.student.clone(),
                name: line.name.clone(),
                vault: line.vault.clone(),
                steps: line.steps.iter().map(StepLine::step).collect::<Option<_>>()?,
                seen: line.seen.clone(),
                outcome: outcome(&line.outcome, line.message.clone().unwrap_or_default())?,
            })
        };
        let rows: Vec<Row> = self.rows.iter().map(row).collect::<Option<_>>()?;
        // A row that is sent has steps and rests on something.
        let bound = |row: &Row| match row.outcome {
            Outcome::Planned => row.seen.is_some() && !row.steps.is_empty(),
            _ => row.seen.is_none(),
        };
        rows.iter().all(bound).then_some(())?;
        Some(Plan {
            rows,
            unverified: self.unverified.clone(),
            eta: self.eta_s.map(Duration::from_secs),
            provides: self.provides,
            taken: self.taken.clone(),
            title: self.title.clone(),
            undoes: self.undoes.clone(),
            notes: self.notes.clone(),
            ..Plan::default()
        })
    }
}

fn outcome(word: &str, message: SafeText) -> Option<Outcome> {
    Some(match word {
        "planned" => Outcome::Planned,
        "unchanged" => Outcome::Unchanged,
        "waiting" => Outcome::Waiting(message),
        "refused" => Outcome::Refused(message),
        _ => return None,
    })
}

impl StepLine {
    fn new(frame: &Frame, row: &Row, step: &Step) -> Self {
        let mut line = Self {
            kind: kind(step).to_owned(),
            who: step.who().cloned(),
            name: None,
            level: None,
            from: None,
            items: None,
            person: None,
            email: None,
            cost: step_cost(row, step),
            op: op_lines(frame, row, step),
        };
        match step {
            Step::CreateVault => {}
            Step::DeleteVault { name, items } => {
                (line.name, line.items) = (Some(name.clone()), *items);
            }
            Step::Grant { name, from, to, .. } => {
                (line.name, line.from, line.level) = (Some(name.clone()), *from, Some(*to));
            }
            Step::Revoke { name, from, .. } => (line.name, line.from) = (Some(name.clone()), *from),
            Step::Admission { person, email, .. } => {
                (line.person, line.email) = (person.clone(), Some(email.clone()));
            }
        }
        line
    }

    fn step(&self) -> Option<Step> {
        let name = || self.name.clone();
        Some(match self.kind.as_str() {
            "create-vault" => Step::CreateVault,
            "delete-vault" => Step::DeleteVault { name: name()?, items: self.items },
            "grant" => {
                let to = self.level.filter(|level| Level::GRANTABLE.contains(level))?;
                Step::Grant { who: self.who.clone()?, name: name()?, from: self.from, to }
            }
            "revoke" => Step::Revoke { who: self.who.clone()?, name: name()?, from: self.from },
            word => {
                let all = [Admission::Invite, Admission::Confirm, Admission::Suspend, Admission::Reactivate];
                let act = all.into_iter().find(|act| act.name() == word)?;
                Step::Admission { act, person: self.person.clone(), email: self.email.clone()? }
            }
        })
    }
}

/// A plan as it is shown: as a file in JSON, as a table with its sums for people.
#[derive(Serialize)]
#[serde(transparent)]
pub struct Shown<'a> {
    file: &'a PlanFile,
    #[serde(skip)]
    plan: &'a Plan,
}

impl<'a> Shown<'a> {
    /// A plan and its file.
    pub fn new(file: &'a PlanFile, plan: &'a Plan) -> Self {
        Self { file, plan }
    }
}

impl Page for Shown<'_> {
    fn schema(&self) -> &'static str {
        SCHEMA
    }

    /// Rows that change something or tell something; those that are as they should be are counted below.
    fn table(&self, _: &Look) -> Table {
        table(self.plan.rows.iter().filter(|row| row.outcome != Outcome::Unchanged))
    }

    fn notes(&self, _: &Look) -> Vec<SafeText> {
        let mut notes = vec![summary(self.plan)];
        notes.extend(self.plan.notes.iter().cloned());
        notes.extend(unverified(&self.plan.unverified));
        if let Some(guard) = &self.file.guard {
            notes.push(weighty(&guard.because, &guard.word));
        }
        notes
    }
}

/// What is weighty about a plan, and what has to be typed for it.
fn weighty(because: &[SafeText], word: &SafeText) -> SafeText {
    let because: Vec<&str> = because.iter().map(SafeText::as_str).collect();
    SafeText::new(&format!("weighty: {}; whoever applies it has to type {word}", because.join("; ")))
}

#[cfg(test)]
mod tests;
