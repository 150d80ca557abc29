//! What the log tells of a change: its intent before anything is sent, its result when that is known. When
//! the log cannot be written nothing is sent.
//!
//! Knows which arguments stand in a record: ids and pseudonyms, no names. It must not know what is sent.

use std::sync::{MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::Ops;
use super::job::Job;
use super::make::nonce;
use crate::audit::{Actor, Audit, Intended, Intent, Outcome as Recorded};
use crate::domain::access::{Permissions, Principal};
use crate::domain::class::StudentKey;
use crate::domain::directory::{Identity, fold_email};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::frame::Frame;
use crate::domain::id::VaultId;
use crate::domain::job::JobId;
use crate::domain::operation::Operation;
use crate::domain::plan::Plan;
use crate::domain::text::SafeText;
use crate::queries::blocking;
use crate::store::Store;

/// By what the records of one plan belong together.
#[derive(Clone, Default)]
pub(super) struct Label {
    /// The job with the plan's digest, see [`JobId::in_record`].
    plan: Option<String>,
    /// The job that it takes back.
    undoes: Option<JobId>,
}

/// An intent without a result.
#[derive(Clone)]
pub(super) struct Flight {
    intended: Intended,
    /// Whose access it changes.
    at: Option<(VaultId, Principal)>,
    /// Whether a call may have left this machine.
    sent: bool,
}

impl Ops {
    /// Does something with the log, away from the threads that answer keys.
    pub(super) async fn with_log<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Audit) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let audit = self.audit.clone();
        blocking(move || work(&audit)).await
    }

    /// The same program, for the job that carries a plan out: every record names it, with the digest of the
    /// plan as it began.
    pub(super) fn labelled(&self, job: &Job, plan: &Plan) -> Self {
        let label = Label { plan: Some(job.record().to_owned()), undoes: plan.undoes.clone() };
        Self { label, ..self.clone() }
    }

    /// Writes what is about to be done; all of it is synced when this returns.
    pub(super) async fn intend(&self, frame: &Frame, operations: &[Operation]) -> Result<Vec<Intended>> {
        let intents: Vec<Intent> = operations.iter().map(|operation| self.intent(frame, operation)).collect();
        let at: Vec<_> = operations.iter().map(access_of).collect();
        let names: Vec<(String, String)> =
            operations.iter().filter_map(|op| self.name_of(frame, op)).collect();
        let (audit, now) = (self.audit.clone(), self.queries.clock.now());
        let write = move |store: &Store| {
            store.put_names(names.iter().map(|(pseudonym, name)| (pseudonym.as_str(), name.as_str())))?;
            audit.intend(&intents, now)
        };
        self.queries.with_store(write).await.inspect(|intended| {
            let flights = intended.iter().cloned().zip(at);
            self.in_flight().extend(flights.map(|(intended, at)| Flight { intended, at, sent: false }));
        })
    }

    /// Notes that a call for an intent may leave this machine from now on.
    pub(super) fn begin(&self, intended: &Intended) {
        let mut flights = self.in_flight();
        if let Some(flight) = flights.iter_mut().find(|flight| flight.intended.seq() == intended.seq()) {
            flight.sent = true;
        }
    }

    /// Writes what came of an intent.
    pub(super) async fn conclude(&self, intended: &Intended, result: &Result<Value>) -> Result<()> {
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
        let (intended, now) = (intended.clone(), self.queries.clock.now());
        self.with_log(move |audit| audit.conclude(&intended, outcome, message.as_deref(), after, now))
            .await
            .map(drop)
    }

    /// Records that nothing was sent for an intent.
    pub(super) async fn skip(&self, intended: &Intended) -> Result<()> {
        let fault = Fault::refused("stopped before this was sent: run it again");
        self.conclude(intended, &Err(fault)).await
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

    /// Writes one intent that changes no access.
    pub(super) async fn intend_one(&self, frame: &Frame, op: &'static str, args: Value) -> Result<Intended> {
        let intent = Intent { op, args, actor: self.acting(frame), plan: None, before: None };
        let now = self.queries.clock.now();
        let intended = self.with_log(move |audit| audit.intend(&[intent], now)).await?.pop();
        let intended = intended.ok_or_else(|| Fault::new(Kind::Broken, "the log took no record"))?;
        self.in_flight().push(Flight { intended: intended.clone(), at: None, sent: false });
        Ok(intended)
    }

    /// Keeps something in the store, between its intent and its result: for what is sent to nobody. Blocks.
    pub(super) fn keep<T>(
        &self,
        intent: Intent,
        after: Option<&Value>,
        keep: impl FnOnce(&Store) -> Result<T>,
    ) -> Result<T> {
        let now = self.queries.clock.now();
        // Before it: what is kept may be that nobody is known any more.
        let names = self.names()?;
        let intended = self.audit.intend(&[intent], now)?;
        let kept = keep(&self.queries.store);
        let (outcome, message) = match &kept {
            Ok(_) => (Recorded::Done, None),
            Err(fault) => (Recorded::Failed, Some(names.out_of(fault.message.as_str()))),
        };
        for intended in &intended {
            self.audit.conclude(intended, outcome, message.as_deref(), after.cloned(), now)?;
        }
        self.audit.flush()?;
        kept
    }

    /// The same, away from the threads that answer keys.
    pub(super) async fn told<T: Send + 'static>(
        &self,
        op: &'static str,
        args: Value,
        after: Option<Value>,
        keep: impl FnOnce(&Store) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (ops, actor) = (self.clone(), self.acting_here());
        let intent = Intent { op, args, actor, plan: None, before: None };
        blocking(move || ops.keep(intent, after.as_ref(), keep)).await
    }

    /// Intents of this very program that have no result yet.
    pub(super) fn in_flight(&self) -> MutexGuard<'_, Vec<Flight>> {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who acts: this machine and its user, and whom 1Password sees.
    pub(super) fn acting(&self, frame: &Frame) -> Actor {
        self.seen_as(&frame.identity)
    }

    fn seen_as(&self, identity: &Identity) -> Actor {
        let mut actor = self.actor.clone();
        let id = SafeText::from(identity.id.as_str());
        if identity.is_service_account {
            actor.service_account = id;
        } else {
            actor.person = Some(id);
        }
        actor
    }

    /// Who acts where nothing is sent: this machine and its user, and whom 1Password sees where it has told
    /// this program. What is kept here does not wait for its answer, and whom it saw last may have been
    /// somebody else: the person of another command, or the service account of another token.
    pub(super) fn acting_here(&self) -> Actor {
        self.queries.acting.get().map_or_else(|| self.actor.clone(), |identity| self.seen_as(&identity))
    }

    fn intent(&self, frame: &Frame, operation: &Operation) -> Intent {
        let args = self.arguments(frame, operation);
        Intent {
            op: operation.name(),
            args,
            actor: self.acting(frame),
            plan: self.label.plan.clone(),
            before: before(frame, operation),
        }
    }

    /// The arguments as they stand in the log: ids and keyed hashes, no names.
    fn arguments(&self, frame: &Frame, operation: &Operation) -> Value {
        let pseudonym = |student: &StudentKey| self.audit.pseudonym(student.as_str());
        let mut arguments = match operation {
            Operation::CreateVault { student, vault } => {
                json!({ "student": pseudonym(student), "nonce": nonce(&vault.description) })
            }
            Operation::Grant { vault, who, level } => {
                json!({ "vault": vault, "who": who, "level": level })
            }
            Operation::Revoke { vault, who } => json!({ "vault": vault, "who": who }),
            Operation::DeleteVault { student, vault } => deletion(frame, student, vault, &pseudonym(student)),
            Operation::Invite { student, email } => {
                let email = self.audit.pseudonym(&fold_email(email.raw()));
                json!({ "student": pseudonym(student), "email": email })
            }
            Operation::Confirm { student, person }
            | Operation::Suspend { student, person }
            | Operation::Reactivate { student, person } => {
                json!({ "student": pseudonym(student), "user": person })
            }
        };
        if self.auto {
            arguments["auto"] = true.into();
        }
        if let Some(undone) = &self.label.undoes {
            arguments["undoes"] = undone.as_str().into();
        }
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
}

impl Flight {
    /// The intent.
    pub(super) fn intended(&self) -> &Intended {
        &self.intended
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

/// What is known before an operation of what it changes.
fn before(frame: &Frame, operation: &Operation) -> Option<Value> {
    if let Some((vault, who)) = access_of(operation) {
        return Some(in_record(frame.cell(&vault, &who).set()));
    }
    let student = frame.student(operation.admission()?.1)?;
    Some(json!({ "state": frame.sign_up(student).0.label() }))
}

/// The arguments of a deletion: by the hash of which manifest what was in the vault can be proved, and
/// whether it was one that a lost answer had left behind, rather than the student's own.
fn deletion(frame: &Frame, student: &StudentKey, vault: &VaultId, pseudonym: &str) -> Value {
    let verified = frame.closing.get(student).and_then(|closing| closing.verified());
    let verified = verified.filter(|verified| verified.vault.as_ref() == Some(vault));
    json!({
        "student": pseudonym,
        "vault": vault,
        "manifest": verified.map(|verified| verified.manifest),
        "items": verified.map(|verified| verified.items.len()),
        "left_behind": frame.owner(vault).is_none(),
    })
}

/// What somebody holds, as it stands in a record; `null` where that is not known.
pub(super) fn in_record(set: Option<Permissions>) -> Value {
    set.map_or(Value::Null, |set| json!(set.names()))
}
