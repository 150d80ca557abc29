//! The one place where the world is changed.
//!
//! Every change goes the same way: capability, rules of access, intent written and synced to the
//! audit log, the provider, the result. When the log cannot be written nothing is sent. A plan is
//! carried out row by row, a few vaults at a time and one call at a time on each; a row that fails
//! does not stop the others, and a row is never begun while another program holds its vault.

mod carry;
mod check;
pub mod checkpoint;
#[cfg(test)]
mod closed_tests;
mod compare;
mod decide;
mod delete;
mod foreign;
mod held;
mod history;
mod job;
mod journal;
mod label;
mod level;
mod lock;
#[cfg(test)]
#[path = "machine/tests/mod.rs"]
mod machine;
mod make;
mod nameless;
mod noted;
mod pace;
mod people;
mod portions;
pub mod probe;
mod provision;
mod purge;
mod recover;
pub mod reported;
mod resume;
mod run;
mod term;
mod undo;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::audit::{Actor, Audit, Intended, Intent, Outcome as Recorded};
use crate::domain::access::{Permissions, Principal};
use crate::domain::budget::forecast::{self, Effort};
use crate::domain::class::StudentKey;
use crate::domain::drift::Drift;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::frame::Frame;
use crate::domain::id::VaultId;
use crate::domain::operation::Operation;
use crate::domain::plan::{Outcome, Plan, Wish};
use crate::domain::term::Verified;
use crate::domain::text::SafeText;
use crate::queries::{Queries, blocking};
pub use crate::store::Erased;
pub use history::{Past, Ways};
pub use job::{OnProgress, Patience, Progress};
use label::Label;
use make::nonce;
use pace::Pace;
pub use purge::Retained;
pub use term::Taking;

/// How many vaults are changed at once.
const VAULTS_AT_ONCE: usize = 8;

/// Tells whether what was verified of a student's vault is still in its copies, and why not; reads them all.
pub type Copies = Arc<dyn Fn(&StudentKey, &Verified) -> Result<()> + Send + Sync>;

/// Everything a change needs. Cheap to clone.
#[derive(Clone)]
pub struct Ops {
    /// Reads, the provider and the store.
    pub queries: Queries,
    /// The audit log.
    pub audit: Audit,
    /// This machine and its user, for the log.
    pub actor: Actor,
    /// Whether every change is refused.
    pub read_only: bool,
    /// A folder for the locks of vaults.
    pub locks: PathBuf,
    /// Whether it is the watcher that acts by itself, see [`Ops::by_itself`].
    auto: bool,
    /// Which plan is carried out, for the log.
    label: Label,
    /// Intents that have no result yet.
    in_flight: Arc<Mutex<Vec<Flight>>>,
    /// How fast calls go out.
    pace: Arc<Pace>,
    /// Looks at copies before what they are of is deleted.
    copies: Option<Copies>,
    /// Held by the job whose turn it is, among those of this program that wait for each other.
    queue: Arc<tokio::sync::Mutex<()>>,
}

/// An intent without a result.
#[derive(Clone)]
struct Flight {
    intended: Intended,
    /// Whose access it changes.
    at: Option<(VaultId, Principal)>,
    /// Whether a call may have left this machine.
    sent: bool,
}

/// How a plan ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The plan, every row with its outcome.
    pub plan: Plan,
    /// Why everything stopped early, if it did.
    pub fault: Option<Fault>,
    /// Why rows failed or were refused, by their number.
    pub failed: BTreeMap<usize, Fault>,
    /// What is on the vaults that it was about and should not be, as read afterwards.
    pub strays: Vec<Drift>,
    /// How many of those vaults were not read again: the ration left no room, or they could not be read.
    pub uncompared: usize,
}

impl Ended {
    /// How many rows ended in each way.
    pub fn count(&self, matching: impl Fn(&Outcome) -> bool) -> usize {
        self.plan.rows.iter().filter(|row| matching(&row.outcome)).count()
    }

    /// One line about it.
    pub fn in_words(&self) -> SafeText {
        let done = self.count(|outcome| *outcome == Outcome::Done);
        let others = [
            ("unchanged", self.count(|o| *o == Outcome::Unchanged)),
            ("waiting", self.count(|o| matches!(o, Outcome::Waiting(_)))),
            ("refused", self.count(|o| matches!(o, Outcome::Refused(_)))),
            ("failed", self.count(|o| matches!(o, Outcome::Failed(_)))),
            ("left to do", self.count(|o| *o == Outcome::Planned)),
        ];
        let others = others.into_iter().filter(|(_, count)| *count > 0);
        let mut parts = vec![format!("{done} done")];
        parts.extend(others.map(|(word, count)| format!("{count} {word}")));
        let mut text = parts.join(", ");
        if let Some(fault) = &self.fault {
            text = format!("{text}; stopped: {fault}");
        }
        if !self.strays.is_empty() {
            text = format!("{text}; unexpected access on these vaults: {}", self.strays.len());
        }
        SafeText::new(&text)
    }
}

impl Ops {
    /// What changes need; `locks` is a folder of this class's own.
    pub fn new(queries: Queries, audit: Audit, actor: Actor, read_only: bool, locks: PathBuf) -> Self {
        let (in_flight, pace, queue, label) =
            (Arc::default(), Arc::default(), Arc::default(), Label::default());
        let (auto, copies) = (false, None);
        Self { queries, audit, actor, read_only, locks, auto, label, in_flight, pace, copies, queue }
    }

    /// The same, with who looks at copies: without, no vault is deleted of which any are kept.
    #[must_use]
    pub fn with_copies(self, copies: Copies) -> Self {
        Self { copies: Some(copies), ..self }
    }

    /// The same, for the watcher that gives students their vaults without being told to each time: the
    /// log says so (`"auto": true` among the arguments), and of what somebody has settled meanwhile
    /// nothing is done.
    #[must_use]
    pub fn by_itself(self) -> Self {
        Self { auto: true, ..self }
    }

    /// What a wish would change, after a look at what a program that died had begun.
    pub async fn plan(&self, wish: &Wish) -> Result<Plan> {
        if !self.read_only {
            self.recover().await?;
        }
        let began = self.queries.clock.now();
        let mut plan = self.queries.plan(wish).await?;
        if !self.pace.is_measured() {
            // People and groups were asked for one after the other.
            let both = self.queries.clock.now().duration_since(began) / 2;
            self.pace.took(began, began.checked_add(both).unwrap_or(began));
        }
        plan.eta = Some(self.estimate(plan.effort()));
        Ok(plan)
    }

    /// How long so much takes from now on, with what is left of the ration and as fast as calls are.
    pub fn estimate(&self, effort: Effort) -> Duration {
        let windows = self.queries.provider.budget().map_or_else(Vec::new, |budget| budget.allowances);
        forecast::duration(effort, &windows, self.pace.speed())
    }

    /// For leaving while calls are in flight: what was sent is recorded as unknown, and so is what it
    /// changed; for what was not sent that is recorded.
    pub fn abandon(&self) -> Result<()> {
        let left: Vec<Flight> = self.in_flight().drain(..).collect();
        let now = self.queries.clock.now();
        for Flight { intended, at, sent } in &left {
            let (outcome, message) = if *sent {
                (Recorded::Unknown, "left before the answer came: look before trying again")
            } else {
                (Recorded::Refused, "left before this was sent")
            };
            if let Some((vault, who)) = at.as_ref().filter(|_| *sent) {
                self.queries.store.forget_access(vault, who)?;
            }
            self.audit.conclude(intended, outcome, Some(message), None, now)?;
        }
        self.audit.flush()
    }

    /// Notes that a call for an intent may leave this machine from now on.
    fn begin(&self, intended: &Intended) {
        let mut flights = self.in_flight();
        if let Some(flight) = flights.iter_mut().find(|flight| flight.intended.seq() == intended.seq()) {
            flight.sent = true;
        }
    }

    /// Notes an intent that changes no access as one without a result.
    fn fly(&self, intended: &Intended) {
        self.in_flight().push(Flight { intended: intended.clone(), at: None, sent: false });
    }

    fn in_flight(&self) -> MutexGuard<'_, Vec<Flight>> {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What has to be known before anything is changed.
    async fn ready(&self) -> Result<Frame> {
        self.queries.identify().await?;
        self.recover().await?;
        let ops = self.clone();
        blocking(move || ops.recall()).await?;
        self.queries.frame(true).await
    }

    /// Writes what is about to be done; all of it is synced when this returns.
    async fn intend(&self, frame: &Frame, operations: &[Operation]) -> Result<Vec<Intended>> {
        let intents: Vec<Intent> = operations.iter().map(|operation| self.intent(frame, operation)).collect();
        let at: Vec<_> = operations.iter().map(access_of).collect();
        let names: Vec<(String, String)> =
            operations.iter().filter_map(|op| self.name_of(frame, op)).collect();
        let (audit, store, now) = (self.audit.clone(), self.queries.store.clone(), self.queries.clock.now());
        blocking(move || {
            store.put_names(names.iter().map(|(pseudonym, name)| (pseudonym.as_str(), name.as_str())))?;
            audit.intend(&intents, now)
        })
        .await
        .inspect(|intended| {
            let flights = intended.iter().cloned().zip(at);
            self.in_flight().extend(flights.map(|(intended, at)| Flight { intended, at, sent: false }));
        })
    }

    /// Who acts: this machine and its user, and whom 1Password sees.
    fn acting(&self, frame: &Frame) -> Actor {
        let mut actor = self.actor.clone();
        let id = SafeText::from(frame.identity.id.as_str());
        if frame.identity.is_service_account {
            actor.service_account = id;
        } else {
            actor.person = Some(id);
        }
        actor
    }

    fn intent(&self, frame: &Frame, operation: &Operation) -> Intent {
        let before = match operation {
            Operation::Grant { vault, who, .. } | Operation::Revoke { vault, who } => {
                Some(in_record(frame.cell(vault, who).set()))
            }
            _ => people::before(frame, operation),
        };
        let actor = self.acting(frame);
        let mut args = self.arguments(operation);
        if let (Operation::DeleteVault { student, vault }, Value::Object(args)) = (operation, &mut args) {
            args.extend(delete::in_record(frame, student, vault));
        }
        Intent { op: operation.name(), args, actor, plan: self.label.plan.clone(), before }
    }

    /// The arguments as they stand in the log: ids and keyed hashes, no names.
    fn arguments(&self, operation: &Operation) -> Value {
        let mut arguments = match operation {
            Operation::CreateVault { student, vault } => {
                json!({ "student": self.audit.pseudonym(student.as_str()), "nonce": nonce(&vault.description) })
            }
            Operation::Grant { vault, who, level } => {
                json!({ "vault": vault, "who": who, "level": level })
            }
            Operation::Revoke { vault, who } => json!({ "vault": vault, "who": who }),
            Operation::DeleteVault { student, vault } => {
                json!({ "student": self.audit.pseudonym(student.as_str()), "vault": vault })
            }
            _ => self.person_in_record(operation),
        };
        self.label.write(&mut arguments, self.auto);
        arguments
    }

    fn name_of(&self, frame: &Frame, operation: &Operation) -> Option<(String, String)> {
        let student = match operation {
            Operation::CreateVault { student, .. } | Operation::DeleteVault { student, .. } => student,
            _ => operation.admission()?.1,
        };
        let name = frame.student(student)?.name.as_str();
        Some((self.audit.pseudonym(student.as_str()), format!("{student} {name}")))
    }

    async fn conclude(&self, intended: &Intended, result: &Result<Value>) -> Result<()> {
        let (outcome, message, after) = match result {
            Ok(after) => (Recorded::Done, None, Some(after.clone())),
            Err(fault) => {
                let outcome = match fault.kind {
                    Kind::Unknown => Recorded::Unknown,
                    Kind::Refused => Recorded::Refused,
                    _ => Recorded::Failed,
                };
                (outcome, Some(self.nameless(fault.message.as_str()).await?), None)
            }
        };
        self.in_flight().retain(|open| open.intended.seq() != intended.seq());
        let (audit, intended, now) = (self.audit.clone(), intended.clone(), self.queries.clock.now());
        blocking(move || audit.conclude(&intended, outcome, message.as_deref(), after, now)).await.map(drop)
    }

    /// Records that nothing was sent for an intent.
    async fn skip(&self, intended: &Intended) -> Result<()> {
        let fault = Fault::new(Kind::Refused, "stopped before this was sent: run it again");
        self.conclude(intended, &Err(fault)).await
    }
}

/// Whose access an operation changes.
fn access_of(operation: &Operation) -> Option<(VaultId, Principal)> {
    match operation {
        Operation::Grant { vault, who, .. } | Operation::Revoke { vault, who } => {
            Some((vault.clone(), who.clone()))
        }
        _ => None,
    }
}

fn in_record(set: Option<Permissions>) -> Value {
    set.map_or(Value::Null, |set| json!(set.names()))
}
