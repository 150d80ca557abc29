//! The one place where the world is changed.
//!
//! Every change goes the same way: capability, rules of access, intent written and synced to the
//! audit log, the provider, the result. When the log cannot be written nothing is sent. A plan is
//! carried out row by row, a few vaults at a time and one call at a time on each; a row that fails
//! does not stop the others, and a row is never begun while another program holds its vault.

mod lock;
mod people;
mod provision;
mod recover;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::audit::{Actor, Audit, Intended, Intent, Outcome as Recorded};
use crate::domain::access::{Cell, Level, Permissions, Principal};
use crate::domain::class::StudentKey;
use crate::domain::directory::Vault;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::frame::Frame;
use crate::domain::id::VaultId;
use crate::domain::operation::{Call, Capability, Operation, Receipt, calls, plain};
use crate::domain::plan::{Outcome, Plan, Wish};
use crate::domain::text::SafeText;
use crate::queries::{Queries, blocking};

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
    /// Intents that have no result yet.
    in_flight: Arc<Mutex<Vec<Flight>>>,
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
            ("not begun", self.count(|o| *o == Outcome::Planned)),
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

/// Told whenever a row has come further: its number and how it stands.
pub type OnProgress = Arc<dyn Fn(usize, Outcome) + Send + Sync>;

impl Ops {
    /// What changes need; `locks` is a folder of this class's own.
    pub fn new(queries: Queries, audit: Audit, actor: Actor, read_only: bool, locks: PathBuf) -> Self {
        Self { queries, audit, actor, read_only, locks, in_flight: Arc::default() }
    }

    /// What a wish would change, after a look at what a program that died had begun.
    pub async fn plan(&self, wish: &Wish) -> Result<Plan> {
        if !self.read_only {
            self.recover().await?;
        }
        self.queries.plan(wish).await
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

    /// Carries out a plan. Ends early when `cancel` is called (after the calls in flight) or when
    /// the ration is used up; rows that were not begun stay planned.
    pub async fn run(&self, plan: Plan, cancel: CancellationToken, progress: OnProgress) -> Result<Ended> {
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
        self.queries.identify().await?;
        self.recover().await?;
        let frame = self.queries.frame(true).await?;
        if about_people {
            return people::Run::new(self, frame, plan, cancel, progress).go().await;
        }
        let mut run = provision::Run::new(self, frame, plan, cancel, progress);
        run.go().await;
        let audit = self.audit.clone();
        blocking(move || audit.flush()).await?;
        Ok(run.ended())
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

    fn intent(&self, frame: &Frame, operation: &Operation) -> Intent {
        let before = match operation {
            Operation::Grant { vault, who, .. } | Operation::Revoke { vault, who } => {
                Some(in_record(frame.cell(vault, who).set()))
            }
            _ => people::before(frame, operation),
        };
        let mut actor = self.actor.clone();
        actor.service_account = frame.identity.id.as_str().into();
        Intent { op: operation.name(), args: self.arguments(operation), actor, plan: None, before }
    }

    /// The arguments as they stand in the log: ids and keyed hashes, no names.
    fn arguments(&self, operation: &Operation) -> Value {
        match operation {
            Operation::CreateVault { student, vault } => {
                json!({ "student": self.audit.pseudonym(student.as_str()), "nonce": nonce(&vault.description) })
            }
            Operation::Grant { vault, who, level } => {
                json!({ "vault": vault, "who": who, "level": level })
            }
            Operation::Revoke { vault, who } => json!({ "vault": vault, "who": who }),
            _ => self.person_in_record(operation),
        }
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
    ) -> Result<VaultId> {
        let Operation::CreateVault { vault, .. } = operation else {
            return Err(Fault::new(Kind::Broken, "only making a vault makes one"));
        };
        self.begin(intended);
        let made = match self.queries.provider.apply(&Call::CreateVault(vault.clone())).await {
            Ok(Receipt::Vault(vault)) => Ok(vault.id),
            Ok(_) => Err(Fault::new(Kind::Unknown, "the answer named no vault")),
            // The call may have worked: only a look can tell.
            Err(fault) if fault.kind == Kind::Unknown => {
                self.find_made(&vault.name, &vault.description, fault).await
            }
            Err(fault) => Err(fault),
        };
        // The log tells what happened out there, also where keeping it here fails.
        let bound = match &made {
            Ok(id) => self.bind(student, id, nonce(&vault.description)).await,
            Err(_) => Ok(()),
        };
        self.conclude(intended, &made.clone().map(|id| json!({ "vault": id }))).await?;
        bound.and(made)
    }

    /// Looks for a vault whose making was not answered; `fault` where a look does not tell.
    async fn find_made(&self, name: &str, description: &str, fault: Fault) -> Result<VaultId> {
        let look = async {
            let vaults = self.queries.provider.vaults().await?;
            self.queries.candidates(&vaults, name).await
        };
        let is_it = |vault: &Vault| vault.description.as_ref().is_some_and(|d| d.raw() == description);
        let made = look.await.ok().and_then(|vaults| vaults.into_iter().find(is_it));
        made.map(|vault| vault.id).ok_or(fault)
    }

    async fn bind(&self, student: &StudentKey, vault: &VaultId, nonce: &str) -> Result<()> {
        let (store, now) = (self.queries.store.clone(), self.queries.clock.now());
        let (student, vault, nonce) = (student.clone(), vault.clone(), nonce.to_owned());
        blocking(move || store.bind(&student, &vault, &nonce, now)).await
    }

    /// Brings somebody to exactly a level, between intent and result.
    async fn set_level(
        &self,
        frame: &Frame,
        operation: &Operation,
        intended: &Intended,
    ) -> Result<(), Halted> {
        let (vault, who, level) = match operation {
            Operation::Grant { vault, who, level } => (vault, who, *level),
            Operation::Revoke { vault, who } => (vault, who, Level::None),
            _ => return Err(Fault::new(Kind::Broken, "this changes no level").into()),
        };
        let mut change = Change { known: frame.cell(vault, who), sent: false, kept: Ok(()) };
        self.begin(intended);
        let result = self.set_exactly(frame, (vault, who), level, &mut change).await;
        if result.as_ref().is_err_and(|fault| fault.kind == Kind::Unknown) {
            // Neither ledger nor list may be believed until somebody has looked.
            self.forget(vault, who).await?;
        }
        self.conclude(intended, &result.clone().map(|set| in_record(Some(set)))).await?;
        result.map(drop).and(change.kept).map_err(|fault| Halted { fault, halfway: change.sent })
    }

    async fn set_exactly(
        &self,
        frame: &Frame,
        (vault, who): (&VaultId, &Principal),
        level: Level,
        change: &mut Change,
    ) -> Result<Permissions> {
        let target = frame.expressible(level)?;
        let kind = frame.identity.kind;
        let partly = !frame.identity.is_service_account
            && self.queries.provider.capabilities().has(Capability::RevokePartly);
        // A second round only where the first one showed more than was expected.
        for _ in 0..2 {
            for call in calls((vault, who), change.known, target, kind, partly) {
                let set = self.send(&call, change.known).await?;
                change.sent = true;
                change.known = Cell::Ledger { set, at: self.queries.clock.now() };
                // What was begun is finished, also where keeping it here fails.
                let kept = self.remember(vault, who, set).await;
                change.kept = std::mem::replace(&mut change.kept, Ok(())).and(kept);
            }
            match change.known.set() {
                Some(set) if plain(set, kind) == target => return Ok(set),
                _ => {}
            }
        }
        let held = change.known.set().map_or("unknown", |set| Level::of(set, kind).name());
        Err(Fault::new(Kind::Broken, format!("1Password answered with {held} where {level} was asked for")))
    }

    /// Sends one call; returns what the principal holds afterwards, as the answer says.
    async fn send(&self, call: &Call, known: Cell) -> Result<Permissions> {
        let answer = match (self.queries.provider.apply(call).await, call) {
            // Nothing to take away, or no such vault: a look tells which.
            (Err(fault), Call::Revoke { vault, who, permissions: None }) if fault.kind == Kind::NotFound => {
                return self.absent(vault, who).await?.then_some(Permissions::NONE).ok_or(fault);
            }
            (answer, _) => answer?,
        };
        match (answer, call) {
            (Receipt::Access(set), _) => Ok(set),
            (_, Call::Revoke { permissions: None, .. }) => Ok(Permissions::NONE),
            (_, Call::Revoke { permissions: Some(part), .. }) => Ok(known.set().unwrap_or_default() - *part),
            _ => Err(Fault::new(Kind::Unknown, "the answer did not say who has access now")),
        }
    }

    /// Whether the vault's list, read now, does not name somebody.
    async fn absent(&self, vault: &VaultId, who: &Principal) -> Result<bool> {
        let grants = self.queries.provider.grants(vault).await?;
        Ok(grants.iter().all(|grant| grant.who != *who))
    }

    async fn forget(&self, vault: &VaultId, who: &Principal) -> Result<()> {
        let (store, vault, who) = (self.queries.store.clone(), vault.clone(), who.clone());
        blocking(move || store.forget_access(&vault, &who)).await
    }

    async fn remember(&self, vault: &VaultId, who: &Principal, set: Permissions) -> Result<()> {
        let (store, now): (_, Timestamp) = (self.queries.store.clone(), self.queries.clock.now());
        let (vault, who) = (vault.clone(), who.clone());
        blocking(move || store.record_access(&vault, &who, set, now)).await
    }
}

/// How far a change of one access has come.
struct Change {
    /// What is known of it now.
    known: Cell,
    /// Whether something was changed.
    sent: bool,
    /// Whether the local state could keep it.
    kept: Result<()>,
}

/// Why a change did not come to its end.
struct Halted {
    fault: Fault,
    /// Whether a part of it was done: then it is not as before.
    halfway: bool,
}

impl From<Fault> for Halted {
    fn from(fault: Fault) -> Self {
        Self { fault, halfway: false }
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
