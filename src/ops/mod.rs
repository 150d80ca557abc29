//! The one place where the world is changed.
//!
//! Every change goes the same way: capability, rules of access, intent written and synced to the
//! audit log, the provider, the result. When the log cannot be written nothing is sent. A plan is
//! carried out row by row, a few vaults at a time and one call at a time on each; a row that fails
//! does not stop the others, and a row is never begun while another program holds its vault.

mod carry;
mod check;
mod decide;
mod foreign;
mod job;
mod journal;
mod level;
mod lock;
#[cfg(test)]
#[path = "machine/tests/mod.rs"]
mod machine;
mod noted;
mod pace;
mod people;
mod portions;
pub mod probe;
mod provision;
mod recover;
mod resume;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::audit::{Actor, Audit, Intended, Intent, Outcome as Recorded};
use crate::domain::access::{Permissions, Principal};
use crate::domain::budget::forecast::{self, Effort};
use crate::domain::class::StudentKey;
use crate::domain::directory::{NewVault, Vault};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::frame::Frame;
use crate::domain::id::VaultId;
use crate::domain::job::State;
use crate::domain::operation::{Call, Capability, Operation, Receipt};
use crate::domain::plan::{Outcome, Plan, Wish};
use crate::domain::text::SafeText;
use crate::queries::{Queries, blocking};
use crate::seeded::{self, Bug};
use job::Job;
pub use job::{OnProgress, Patience, Progress};
use journal::Journal;
use pace::Pace;

/// How many vaults are changed at once.
const VAULTS_AT_ONCE: usize = 8;

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
    /// Intents that have no result yet.
    in_flight: Arc<Mutex<Vec<Flight>>>,
    /// How fast calls go out.
    pace: Arc<Pace>,
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
        SafeText::new(&text)
    }
}

impl Ops {
    /// What changes need; `locks` is a folder of this class's own.
    pub fn new(queries: Queries, audit: Audit, actor: Actor, read_only: bool, locks: PathBuf) -> Self {
        let (in_flight, pace, queue) = (Arc::default(), Arc::default(), Arc::default());
        Self { queries, audit, actor, read_only, locks, auto: false, in_flight, pace, queue }
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

    fn in_flight(&self) -> MutexGuard<'_, Vec<Flight>> {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Carries out a plan, unless it is weighty and nobody has agreed to it, or something that it rests on
    /// has changed: then nothing is sent at all. Ends early when `cancel` is called (after the calls in flight), or when
    /// the ration is used up and `patience` is [`Patience::Stop`]; rows that were not begun stay
    /// planned. With [`Patience::Wait`] it goes on when the ration is renewed; `cancel` ends that wait.
    /// Where nothing has to be sent it is only noted whose access is not wanted, and there is no job.
    pub async fn run(
        &self,
        plan: Plan,
        patience: Patience,
        cancel: CancellationToken,
        progress: OnProgress,
    ) -> Result<Ended> {
        let mut plan = plan;
        if plan.changes() == 0 {
            return self.heed(plan).await;
        }
        self.may(&plan)?;
        let journal = Journal::begin(self, &mut plan, State::Running).await?;
        let job = Job::new(&plan, journal, patience, &cancel, progress);
        self.carry(plan, job, false).await
    }

    /// The same, one after another with every other plan that this program hands over so: it waits for its
    /// turn, and can be cancelled meanwhile like a job under way.
    ///
    /// # Errors
    /// As [`Ops::run`].
    pub async fn run_in_turn(
        &self,
        plan: Plan,
        patience: Patience,
        cancel: CancellationToken,
        progress: OnProgress,
    ) -> Result<Ended> {
        if plan.changes() == 0 {
            return self.run(plan, patience, cancel, progress).await;
        }
        if let Ok(_turn) = self.queue.try_lock() {
            return self.run(plan, patience, cancel, progress).await;
        }
        self.may(&plan)?;
        let mut plan = plan;
        let journal = Journal::begin(self, &mut plan, State::Queued).await?;
        let job = Job::new(&plan, journal, patience, &cancel, progress);
        let Some(_turn) = job.queue(self.queue.lock()).await? else {
            let ended = Ended { plan, fault: None, failed: BTreeMap::new() };
            job.end(&ended).await?;
            return Ok(ended);
        };
        self.carry(plan, job, false).await
    }

    /// Whether a plan may be carried out at all, whatever is so out there.
    fn may(&self, plan: &Plan) -> Result<()> {
        if self.read_only {
            return Err(Fault::new(Kind::Refused, "read-only: changes are refused"));
        }
        let about_people = plan.is_about_people();
        let can = self.queries.provider.capabilities();
        if about_people && !can.has(Capability::ManagePeople) {
            return Err(Fault::unsupported("change people"));
        }
        if !about_people && (!can.has(Capability::ChangeAccess) || !can.has(Capability::CreateVaults)) {
            return Err(Fault::unsupported("change access"));
        }
        Ok(())
    }

    /// Carries out a plan whose job stands in the store, and writes down how it ended. One that is
    /// `resumed` is judged anew, row by row, before anything of it is sent.
    async fn carry(&self, plan: Plan, job: Job, resumed: bool) -> Result<Ended> {
        match self.carry_rows(plan, &job, resumed).await {
            Ok(ended) => {
                job.end(&ended).await?;
                Ok(ended)
            }
            Err(fault) => {
                // What stopped it counts; a job that could not be let go of is one that was left.
                drop(job.give_up().await);
                Err(fault)
            }
        }
    }

    async fn carry_rows(&self, plan: Plan, job: &Job, resumed: bool) -> Result<Ended> {
        let frame = loop {
            match self.ready().await {
                Err(fault) if job.wait_out(self, &fault).await => {}
                ready => break ready?,
            }
        };
        // The rows of a resumed job are looked at one by one, so that one that has changed stops no other.
        let singly = if resumed { (0..plan.rows.len()).collect() } else { BTreeSet::new() };
        let frame = self.examine(job, frame, &plan, &singly).await?;
        let rules = frame.clone();
        let ended = if plan.is_about_people() {
            people::Run::new(self, frame, plan, job).go().await?
        } else {
            self.promise(&plan).await?;
            let mut run = provision::Run::new(self, frame, plan, job);
            if resumed {
                run.goes_on();
            }
            let ended = run.go().await;
            let audit = self.audit.clone();
            blocking(move || audit.flush()).await?;
            ended
        };
        self.note(&rules, &ended).await?;
        Ok(ended)
    }

    /// What has to be known before anything is changed.
    async fn ready(&self) -> Result<Frame> {
        self.queries.identify().await?;
        self.recover().await?;
        self.queries.frame(true).await
    }

    /// Writes what is about to be done; all of it is synced when this returns.
    async fn intend(&self, job: &Job, frame: &Frame, operations: &[Operation]) -> Result<Vec<Intended>> {
        let intent = |operation: &Operation| Intent {
            plan: Some(job.record().to_owned()),
            ..self.intent(frame, operation)
        };
        let intents: Vec<Intent> = operations.iter().map(intent).collect();
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

    fn intent(&self, frame: &Frame, operation: &Operation) -> Intent {
        let before = match operation {
            Operation::Grant { vault, who, .. } | Operation::Revoke { vault, who } => {
                Some(in_record(frame.cell(vault, who).set()))
            }
            _ => people::before(frame, operation),
        };
        let mut actor = self.actor.clone();
        let id = SafeText::from(frame.identity.id.as_str());
        if frame.identity.is_service_account {
            actor.service_account = id;
        } else {
            actor.person = Some(id);
        }
        Intent { op: operation.name(), args: self.arguments(operation), actor, plan: None, before }
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
            _ => self.person_in_record(operation),
        };
        if let (true, Value::Object(arguments)) = (self.auto, &mut arguments) {
            arguments.insert("auto".into(), true.into());
        }
        arguments
    }

    fn name_of(&self, frame: &Frame, operation: &Operation) -> Option<(String, String)> {
        let student = match operation {
            Operation::CreateVault { student, .. } => student,
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
                (outcome, Some(fault.message.to_string()), None)
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

    /// Makes a vault and binds it, between its intent and its result.
    async fn create(
        &self,
        student: &StudentKey,
        operation: &Operation,
        intended: &Intended,
        there: &HashSet<VaultId>,
    ) -> Result<VaultId> {
        let Operation::CreateVault { vault, .. } = operation else {
            return Err(Fault::new(Kind::Broken, "only making a vault makes one"));
        };
        if let Err(fault) = self.queries.provider.reserve(1) {
            self.skip(intended).await?;
            return Err(fault);
        }
        self.begin(intended);
        let made = self.make(vault, there).await;
        // The log tells what happened out there, also where keeping it here fails.
        let bound = match &made {
            Ok(id) if !seeded::is(Bug::GrantBeforeBind) => {
                self.bind(student, id, nonce(&vault.description)).await
            }
            _ => Ok(()),
        };
        self.conclude(intended, &made.clone().map(|id| json!({ "vault": id }))).await?;
        bound.and(made)
    }

    /// Makes a vault. Whether a call without a clear answer made one, only a look can tell; where it
    /// shows that a conflict of two writers made none, the call is sent once more.
    /// An answer that names a vault of those that were `there` before is none: whoever believed it would
    /// give a student the access to a vault of somebody else.
    async fn make(&self, new: &NewVault, there: &HashSet<VaultId>) -> Result<VaultId> {
        let call = Call::CreateVault(new.clone());
        let mut again = 1;
        loop {
            let fault = match self.queries.provider.apply(&call).await {
                Ok(Receipt::Vault(vault)) if there.contains(&vault.id) => {
                    Fault::new(Kind::Unknown, "the answer named a vault that was there before")
                }
                // The answer to another creation at the same time would give a student that vault.
                Ok(Receipt::Vault(vault))
                    if vault.name != SafeText::from(new.name.as_str()) && !seeded::is(Bug::SwapReply) =>
                {
                    Fault::new(Kind::Unknown, "the answer named another vault")
                }
                Ok(Receipt::Vault(vault)) => return Ok(vault.id),
                Ok(_) => return Err(Fault::new(Kind::Unknown, "the answer named no vault")),
                Err(fault) if !matches!(fault.kind, Kind::Unknown | Kind::Conflict) => return Err(fault),
                Err(fault) => fault,
            };
            match self.find_made(new).await {
                Ok(Some(vault)) => return Ok(vault),
                Ok(None) if (fault.kind == Kind::Conflict || seeded::is(Bug::RetryCreate)) && again > 0 => {
                    again -= 1;
                    self.queries.provider.reserve(1)?;
                }
                _ => return Err(fault),
            }
        }
    }

    /// Looks for a vault that may have been made.
    async fn find_made(&self, new: &NewVault) -> Result<Option<VaultId>> {
        let vaults = self.queries.provider.vaults().await?;
        let vaults = self.queries.candidates(&vaults, &new.name).await?;
        let is_it = |vault: &Vault| vault.description.as_ref().is_some_and(|d| d.raw() == new.description);
        Ok(vaults.into_iter().find(is_it).map(|vault| vault.id))
    }

    async fn bind(&self, student: &StudentKey, vault: &VaultId, nonce: &str) -> Result<()> {
        let (store, now) = (self.queries.store.clone(), self.queries.clock.now());
        let (student, vault, nonce) = (student.clone(), vault.clone(), nonce.to_owned());
        blocking(move || store.bind(&student, &vault, &nonce, now)).await
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

/// The nonce of a marker at the end of a description of ours.
fn nonce(description: &str) -> &str {
    description.rsplit_once(':').map_or("", |(_, nonce)| nonce.trim_end_matches(']'))
}

fn in_record(set: Option<Permissions>) -> Value {
    set.map_or(Value::Null, |set| json!(set.names()))
}
