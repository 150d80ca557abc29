//! Inviting, confirming, suspending and reactivating students: looked at first, sent once, and what
//! is not answered is looked for, never sent again.

use std::collections::{BTreeMap, VecDeque};

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use super::job::{Job, Way};
use super::lock::{Lock, Over};
use super::recover::Found;
use super::row::{Brake, outcome_of};
use super::{Ended, Ops};
use crate::audit::{Audit, Intended, Outcome as Recorded, Record};
use crate::domain::admission::{Admission, SignUp};
use crate::domain::directory::{Person, PersonState, fold_email};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::frame::{Due, Frame};
use crate::domain::id::PersonId;
use crate::domain::operation::{Call, Operation, Receipt};
use crate::domain::plan::{Outcome, Plan, Step};

/// How many people are changed at once: each call is a program of its own that asks the app.
const PEOPLE_AT_ONCE: usize = 4;
/// How many rows share one look at the people and one sync of the log.
const PORTION: usize = 32;
/// What concerns everybody alike: an administrator who is refused one change is refused the others.
const FOR_ALL: &[Kind] = &[Kind::RateLimit, Kind::SignIn, Kind::Denied];

/// A plan about people that is being carried out.
pub(super) struct Run<'a> {
    ops: &'a Ops,
    frame: Frame,
    plan: Plan,
    job: &'a Job,
    failed: BTreeMap<usize, Fault>,
}

/// A row that is about to be sent.
struct Ready {
    row: usize,
    operation: Operation,
    _lock: Lock,
}

impl<'a> Run<'a> {
    pub(super) fn new(ops: &'a Ops, frame: Frame, plan: Plan, job: &'a Job) -> Self {
        Self { ops, frame, plan, job, failed: BTreeMap::new() }
    }

    /// Carries out every planned row.
    pub(super) async fn go(mut self) -> Result<Ended> {
        self.frame.acts_as_person()?;
        let planned = self.plan.rows.iter().enumerate().filter(|(_, row)| row.outcome == Outcome::Planned);
        let mut rows: VecDeque<usize> = planned.map(|(at, _)| at).collect();
        let mut fault = None;
        while fault.is_none() && !rows.is_empty() && self.job.way().await? != Way::Over {
            let portion: Vec<usize> = rows.drain(..rows.len().min(PORTION)).collect();
            fault = self.portion(&portion).await.unwrap_or_else(Some);
            for row in &portion {
                if self.plan.rows[*row].outcome == Outcome::Running {
                    self.set(*row, Outcome::Planned);
                }
            }
            self.job.write().await?;
            // What somebody's pause has kept from being sent comes again.
            if self.job.stops() {
                let left = portion.into_iter().rev();
                left.filter(|row| self.plan.rows[*row].outcome == Outcome::Planned)
                    .for_each(|row| rows.push_front(row));
            }
        }
        // What was changed is shown as it is now; where the list cannot be read, the next look shows it.
        drop(self.ops.queries.refresh_people().await);
        self.ops.with_log(Audit::flush).await?;
        Ok(Ended { fault, failed: self.failed, ..Ended::of(self.plan) })
    }

    /// Looks, writes what is about to be sent, and sends it. Returns what stops the rest.
    async fn portion(&mut self, rows: &[usize]) -> Result<Option<Fault>> {
        let mut held = Vec::new();
        for row in rows {
            match self.ops.lock(Over::Vault(self.plan.rows[*row].student.clone())).await {
                Ok(lock) => held.push((*row, lock)),
                Err(fault) => self.fail(*row, &fault),
            }
        }
        // Another program may have been at it until its lock was given back.
        self.ops.queries.refresh_people().await?;
        self.frame = self.ops.queries.frame(false).await?;
        let mut ready = Vec::new();
        for (row, lock) in held {
            self.set(row, Outcome::Running);
            match self.operation(row) {
                Ok(Some(operation)) => ready.push(Ready { row, operation, _lock: lock }),
                Ok(None) => self.set(row, Outcome::Unchanged),
                Err(fault) => self.fail(row, &fault),
            }
        }
        // Before anything of it is sent: whoever goes on after us knows which rows have begun.
        self.job.write().await?;
        self.send(ready).await
    }

    /// What a row does by the people as they are now; nothing where it is so already.
    fn operation(&self, row: usize) -> Result<Option<Operation>> {
        let row = &self.plan.rows[row];
        let [Step::Admission { act, person, email }] = row.steps.as_slice() else {
            return Err(Fault::refused(format!("{} has other steps than people have", row.student)));
        };
        let student = self.frame.student(&row.student).ok_or_else(|| {
            let class = &self.frame.class.id;
            Fault::refused(format!("{} is not in the roster of {class}", row.student))
        })?;
        let meant = |due: &Operation| match due {
            Operation::Invite { email: now, .. } => now.safe() == *email,
            Operation::Confirm { person: now, .. }
            | Operation::Suspend { person: now, .. }
            | Operation::Reactivate { person: now, .. } => person.as_ref() == Some(now),
            _ => false,
        };
        match self.frame.admission(*act, student)? {
            Due::Done => Ok(None),
            Due::Now(due) if meant(&due) => self.frame.permits(&due).map(|()| Some(due)),
            Due::Now(_) => Err(Fault::refused(format!("{} is not who was planned for", row.student))
                .hint("the person or the address has changed since: plan again")),
            Due::Later(next) => {
                Err(Fault::refused(format!("{} is not ready any more", row.student)).hint(next))
            }
        }
    }

    async fn send(&mut self, ready: Vec<Ready>) -> Result<Option<Fault>> {
        let operations: Vec<_> = ready.iter().map(|ready| ready.operation.clone()).collect();
        let intended = self.ops.intend(&self.frame, &operations).await?;
        let (ops, frame, job) = (self.ops, &self.frame, self.job);
        let brake = Brake::new(job, FOR_ALL);
        let work = ready.into_iter().zip(intended).map(|(ready, intended)| {
            let brake = &brake;
            async move {
                job.heed().await;
                if brake.is_on() {
                    return (ready, ops.skip(&intended).await.map(|()| None));
                }
                let done = ops.admit(frame, &ready.operation, &intended).await;
                brake.heed(&done);
                (ready, done.map(Some))
            }
        });
        let mut work = stream::iter(work).buffer_unordered(PEOPLE_AT_ONCE);
        let mut ended = Vec::new();
        while let Some((ready, done)) = work.next().await {
            let outcome = match &done {
                Ok(Some(())) => Some(Outcome::Done),
                Ok(None) => None,
                Err(fault) if fault.kind == Kind::RateLimit => None,
                Err(fault) => Some(outcome_of(fault)),
            };
            if let Some(outcome) = &outcome {
                job.row(ready.row, outcome, outcome.clone());
                job.changed(ops, 1);
            }
            ended.push((ready.row, outcome, done.err()));
        }
        drop(work);
        let fault = brake.fault();
        for (row, outcome, fault) in ended {
            if let Some(outcome) = outcome {
                self.plan.rows[row].outcome = outcome;
                self.failed.extend(fault.map(|fault| (row, fault)));
            }
        }
        Ok(fault)
    }

    fn set(&mut self, at: usize, outcome: Outcome) {
        self.job.row(at, &outcome, outcome.clone());
        self.plan.rows[at].outcome = outcome;
    }

    fn fail(&mut self, at: usize, fault: &Fault) {
        self.failed.insert(at, fault.clone());
        self.set(at, outcome_of(fault));
    }
}

impl Ops {
    /// Sends one change of a person between its intent and its result.
    async fn admit(&self, frame: &Frame, operation: &Operation, intended: &Intended) -> Result<()> {
        let call = match operation {
            Operation::Invite { student, email } => {
                let name = frame.student(student).map(|student| student.name.to_string()).unwrap_or_default();
                Call::Invite { email: email.raw().to_owned(), name }
            }
            Operation::Confirm { person, .. } => Call::Confirm(person.clone()),
            Operation::Suspend { person, .. } => Call::Suspend(person.clone()),
            Operation::Reactivate { person, .. } => Call::Reactivate(person.clone()),
            _ => return Err(Fault::new(Kind::Broken, "this changes no person")),
        };
        if let Err(fault) = self.queries.provider.reserve(1) {
            self.skip(intended).await?;
            return Err(fault);
        }
        self.begin(intended);
        let done = self.submit(&call, operation).await;
        let after = done.clone().map(|person| after(operation, person.as_ref()));
        self.conclude(intended, &after).await?;
        done.map(drop)
    }

    /// Sends it. Whether a call without a clear answer did it, only a look can tell; where it shows that
    /// an invitation that met a conflict of two writers did not, it is sent once more.
    async fn submit(&self, call: &Call, operation: &Operation) -> Result<Option<PersonId>> {
        let invites = matches!(call, Call::Invite { .. });
        let mut again = u8::from(invites);
        loop {
            let fault = match self.queries.provider.apply(call).await {
                Ok(Receipt::Person(person)) => return Ok(Some(person)),
                Ok(_) => return Ok(None),
                Err(fault) => fault,
            };
            let conflict = invites && fault.kind == Kind::Conflict;
            if fault.kind != Kind::Unknown && !conflict {
                return Err(fault);
            }
            match self.look_for(operation).await {
                Ok(Some(person)) => return Ok(Some(person)),
                Ok(None) if conflict && again > 0 => {
                    again -= 1;
                    self.queries.provider.reserve(1)?;
                }
                _ => return Err(fault.hint("look at this person in 1Password before trying again")),
            }
        }
    }

    /// Whom a look at the people shows in the state that an unanswered call leads to.
    async fn look_for(&self, operation: &Operation) -> Result<Option<PersonId>> {
        let people = self.queries.provider.people().await?;
        let sought = sought(operation);
        Ok(sought.and_then(|(act, sought)| sought.reached(act, &people)))
    }

    /// Looks at everybody whom a program began to change without telling the end of it, and records
    /// what a look shows. Returns how many there were. What another program is at is left to it.
    pub(super) async fn recover_people(&self, open: &[Record]) -> Result<usize> {
        let lost = self.lost(open, Over::Vault, |record| unanswered(record).map(|one| one.student)).await?;
        if lost.records.is_empty() {
            return Ok(0);
        }
        let people = self.queries.provider.people().await?;
        let found = lost.records.iter().filter_map(|record| {
            let Unanswered { act, sought, .. } = unanswered(record)?;
            let person = match &sought {
                Sought::Person(_) => sought.reached(act, &people),
                Sought::Address(pseudonym) => {
                    let is_it = |person: &&Person| {
                        person.state != PersonState::Deleted
                            && self.audit.pseudonym(&fold_email(person.email.raw())) == *pseudonym
                    };
                    people.iter().find(is_it).map(|person| person.id.clone())
                }
            };
            let found = match person {
                Some(person) => Found {
                    outcome: Recorded::Done,
                    message: "the program ended before the answer came; a look shows it done",
                    after: Some(json!({ "user": person, "state": label(&act.leads_to()) })),
                },
                None => Found::unknown("the program ended before the answer came"),
            };
            Some((record, found))
        });
        self.settle(found).await
    }
}

/// How somebody is found again after an answer got lost.
enum Sought {
    /// By id.
    Person(PersonId),
    /// By address; in the log it stands as a pseudonym.
    Address(String),
}

/// Whom a change leads to which state.
fn sought(operation: &Operation) -> Option<(Admission, Sought)> {
    let (act, _) = operation.admission()?;
    let sought = match operation {
        Operation::Invite { email, .. } => Sought::Address(fold_email(email.raw())),
        Operation::Confirm { person, .. }
        | Operation::Suspend { person, .. }
        | Operation::Reactivate { person, .. } => Sought::Person(person.clone()),
        _ => return None,
    };
    Some((act, sought))
}

impl Sought {
    /// Who is where the change leads to.
    fn reached(&self, act: Admission, people: &[Person]) -> Option<PersonId> {
        let is_it = |person: &&Person| match self {
            Self::Person(id) => person.id == *id && person.state == act.leads_to(),
            // Who was invited may have accepted meanwhile.
            Self::Address(address) => {
                person.state != PersonState::Deleted && fold_email(person.email.raw()) == *address
            }
        };
        people.iter().find(is_it).map(|person| person.id.clone())
    }
}

/// An intent without a result.
struct Unanswered {
    act: Admission,
    /// The student's pseudonym.
    student: String,
    sought: Sought,
}

fn unanswered(record: &Record) -> Option<Unanswered> {
    let all = [Admission::Invite, Admission::Confirm, Admission::Suspend, Admission::Reactivate];
    let act = all.into_iter().find(|act| act.name() == record.op.as_str())?;
    let part = |name: &str| record.args.get(name).and_then(Value::as_str);
    let sought = match part("user") {
        Some(id) => Sought::Person(PersonId::parse(id).ok()?),
        None => Sought::Address(part("email")?.to_owned()),
    };
    Some(Unanswered { act, student: part("student")?.to_owned(), sought })
}

fn after(operation: &Operation, person: Option<&PersonId>) -> Value {
    let state = operation.admission().map(|(act, _)| label(&act.leads_to()));
    match operation {
        Operation::Invite { .. } => json!({ "user": person, "state": state }),
        _ => json!({ "state": state }),
    }
}

fn label(state: &PersonState) -> String {
    SignUp::Person(state.clone()).label().to_owned()
}
