//! What was changed here, as the audit log tells it: read and checked once, oldest first, and put together by
//! job.
//!
//! Ids stand in the log; whose they are is told as far as it is still known here.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

use jiff::Timestamp;
use serde_json::Value;

use super::Ops;
use crate::audit::{Actor, Audit, Filter, Outcome, Phase, Record, Seq};
use crate::domain::access::{Permissions, Principal};
use crate::domain::admission::Admission;
use crate::domain::assignment::Relief;
use crate::domain::calendar::written;
use crate::domain::class::StudentKey;
use crate::domain::fault::{Fault, Result};
use crate::domain::frame::{Frame, Whom};
use crate::domain::history::{Changed, Entry, OPEN, What};
use crate::domain::id::{PersonId, VaultId};
use crate::domain::job::JobId;
use crate::domain::query::{Data, Query};
use crate::domain::tally::{Act, Made};
use crate::domain::term::{Stage, Term};
use crate::domain::text::SafeText;
use crate::domain::ways::{Log, Ways, holders};
use crate::store::Store;

impl Ops {
    /// Answers a question, those included that need the audit log.
    ///
    /// # Errors
    /// As [`Queries::answer`](crate::queries::Queries::answer), and where the log cannot be read.
    pub async fn answer(&self, query: Query) -> Result<Data> {
        match query {
            Query::Plan(wish) => self.plan(&wish).await.map(Data::Plan),
            Query::Undo(job) => self.undo_plan(job.as_ref()).await.map(Data::Plan),
            Query::History => {
                let (entries, damaged) = self.whole_history().await?;
                damaged.map_or(Ok(Data::History(entries)), Err)
            }
            Query::Why(vault) => {
                let (mut ways, damaged) = self.why(std::slice::from_ref(&vault)).await?;
                let holders = ways.remove(&vault).unwrap_or_default();
                damaged.map_or(Ok(Data::Why(vault, holders)), Err)
            }
            Query::Work => self.queries.plans(0).await.map(Data::Work),
            Query::Left(job) => self.left_plan(&job).await.map(Data::Plan),
            Query::Closing(students) => {
                let whom = Whom::of(self.queries.frame(false).await?, &students);
                let folder = whom.folder().map(str::to_owned);
                Ok(Data::Closing(Box::new(Term { steps: self.term(&whom).await?, folder })))
            }
            query => self.queries.answer(query).await,
        }
    }

    /// What was changed here, job by job, oldest first; for whatever rests on all of it.
    ///
    /// # Errors
    /// A fault of [`Kind::Local`](crate::domain::fault::Kind::Local) where log or store cannot be read or the
    /// log is damaged.
    pub async fn history(&self) -> Result<Vec<Entry>> {
        let Past { entries, damaged, .. } = self.past().await?;
        damaged.map_or(Ok(entries), Err)
    }

    /// The same as far as the log is whole. Reads and checks it once.
    ///
    /// # Errors
    /// A fault of [`Kind::Local`](crate::domain::fault::Kind::Local) where log or store cannot be read.
    pub async fn past(&self) -> Result<Past> {
        // Before the service has answered once nobody's name is known, and the log can be read all the same.
        let frame = self.queries.frame(false).await.ok();
        let audit = self.audit.clone();
        self.queries
            .with_store(move |store| {
                let mut reader = Reader::new(&audit, store, frame.as_ref())?;
                let bad = audit.read(&Filter::default(), |record| {
                    reader.take(record);
                    Ok(ControlFlow::Continue(()))
                })?;
                let past = reader.end()?;
                Ok(Past { damaged: bad.map(|bad| audit.damage(&bad)), ..past })
            })
            .await
    }

    /// The ways by which everybody has access to these vaults, from what is stored; and what is wrong with
    /// the log, where that is damaged and tells of the changes before it only.
    ///
    /// # Errors
    /// Where the service has not answered once, or log or store cannot be read.
    pub async fn why(&self, vaults: &[VaultId]) -> Result<(Ways, Option<Fault>)> {
        let Past { entries, damaged, .. } = self.past().await?;
        let (log, reported) = (Log::of(&entries, damaged.is_none()), self.queries.reported(vaults).await?);
        let (frame, seen) = self.queries.frame_and_presence().await?;
        let of = |vault: &VaultId| (vault.clone(), holders(&frame, vault, &log, &seen, &reported));
        Ok((vaults.iter().map(of).collect(), damaged))
    }
}

/// What was changed here, as far as the log is whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Past {
    /// By job, oldest first.
    pub entries: Vec<Entry>,
    /// The same changes one by one, as far as they are sent to the service: in the order of the log.
    pub made: Vec<Made>,
    /// When the log begins; `None` where it has no record.
    pub begins: Option<Timestamp>,
    /// What is wrong with the log; nothing behind that is among the entries.
    pub damaged: Option<Fault>,
}

/// The log on its way into entries.
struct Reader<'a> {
    store: &'a Store,
    frame: Option<&'a Frame>,
    /// Whose vault which is.
    owners: HashMap<VaultId, StudentKey>,
    /// The students behind pseudonyms; `None` for one whose name was erased.
    students: HashMap<String, Option<StudentKey>>,
    past: Past,
    jobs: HashMap<JobId, usize>,
    /// Where the change of an intent stands that has no result yet; and the same among those one by one.
    open: HashMap<Seq, (usize, usize, Option<usize>)>,
    /// Pseudonyms that no student of the roster has, and where they stand.
    strangers: BTreeMap<String, Vec<(usize, usize)>>,
}

impl<'a> Reader<'a> {
    fn new(audit: &Audit, store: &'a Store, frame: Option<&'a Frame>) -> Result<Self> {
        let enrolled = store.students()?.into_iter().map(|row| row.student.key);
        let students = enrolled.map(|key| (audit.pseudonym(key.as_str()), Some(key)));
        let owners = store.bindings()?.into_iter().map(|binding| (binding.vault, binding.student));
        Ok(Self {
            store,
            frame,
            owners: owners.collect(),
            students: students.collect(),
            past: Past::default(),
            jobs: HashMap::new(),
            open: HashMap::new(),
            strangers: BTreeMap::new(),
        })
    }

    fn take(&mut self, record: Record) {
        self.past.begins.get_or_insert(record.time);
        match record.phase {
            Phase::Intent => self.intent(&record),
            Phase::Result => self.result(record),
        }
    }

    fn intent(&mut self, record: &Record) {
        let job = job_of(record);
        let at = job.as_ref().and_then(|job| self.jobs.get(job).copied());
        let at = at.unwrap_or_else(|| self.begin(job, record));
        let place = (at, self.past.entries[at].changes.len());
        let (what, student) = self.what(record, place);
        let one = made(record, &what, job_of(record), student.clone()).map(|made| {
            self.past.made.push(made);
            self.past.made.len() - 1
        });
        self.past.entries[at].changes.push(Changed { what, student, outcome: OPEN, message: None });
        self.open.insert(record.seq, (place.0, place.1, one));
    }

    /// A new entry, by its first record.
    fn begin(&mut self, job: Option<JobId>, record: &Record) -> usize {
        self.jobs.extend(job.clone().map(|job| (job, self.past.entries.len())));
        self.past.entries.push(Entry {
            job,
            seq: record.seq.0,
            at: record.time,
            by: whoever(&record.actor, record.args["auto"] == true),
            changes: Vec::new(),
            undone_by: None,
            undoes: record.args["undoes"].as_str().and_then(JobId::parse),
            elsewhere: None,
        });
        self.past.entries.len() - 1
    }

    fn result(&mut self, record: Record) {
        let Some((at, change, one)) = record.of.and_then(|of| self.open.remove(&of)) else { return };
        if let Some(made) = one.and_then(|one| self.past.made.get_mut(one)) {
            conclude(made, &record);
        }
        let Some(change) = self.past.entries.get_mut(at).and_then(|entry| entry.changes.get_mut(change))
        else {
            return;
        };
        change.outcome = record.outcome.map_or(OPEN, Outcome::word);
        change.message = record.message;
        match &mut change.what {
            What::Access { before, after, .. } => {
                *after = match record.outcome {
                    Some(Outcome::Done) => record.after.as_ref().and_then(set),
                    Some(Outcome::Unchanged | Outcome::Refused) => *before,
                    _ => None,
                };
            }
            What::Made(vault) => *vault = record.after.as_ref().and_then(|after| id(&after["vault"])),
            _ => {}
        }
        if let What::Made(Some(vault)) = &change.what
            && let Some(student) = &change.student
        {
            self.owners.entry(vault.clone()).or_insert_with(|| student.clone());
        }
    }

    /// What an intent is about, and whose vault or person that is.
    fn what(&mut self, record: &Record, place: (usize, usize)) -> (What, Option<StudentKey>) {
        let args = &record.args;
        let vault: Option<VaultId> = id(&args["vault"]);
        let mut student = vault.as_ref().and_then(|vault| self.owners.get(vault).cloned());
        if student.is_none()
            && let Some(word) = args["student"].as_str()
        {
            match self.students.get(word) {
                Some(known) => student.clone_from(known),
                None => self.strangers.entry(word.to_owned()).or_default().push(place),
            }
        }
        let who: Option<Principal> = serde_json::from_value(args["who"].clone()).ok();
        let acts = [Admission::Invite, Admission::Confirm, Admission::Suspend, Admission::Reactivate];
        let op = record.op.as_str();
        let what = match (op, vault, who) {
            ("grant" | "revoke", Some(vault), Some(who)) => {
                let name = self.frame.map_or_else(|| who.id().into(), |frame| frame.name(&who));
                let before = record.before.as_ref().and_then(set);
                What::Access { vault, who, name, before, after: None }
            }
            ("create-vault", ..) => What::Made(None),
            ("delete-vault", Some(vault), _) => What::Deleted(vault),
            _ => match acts.into_iter().find(|act| act.name() == op) {
                Some(act) => What::Admission(act),
                None => other(record),
            },
        };
        (what, student)
    }

    /// Everything is read: whose pseudonyms those are that nobody of the roster has, and what took back what.
    fn end(mut self) -> Result<Past> {
        for (pseudonym, places) in std::mem::take(&mut self.strangers) {
            let name = self.store.name(&pseudonym)?;
            let key = name.as_ref().and_then(|name| StudentKey::parse(name.as_str().split(' ').next()?));
            for (at, change) in places {
                self.past.entries[at].changes[change].student.clone_from(&key);
            }
        }
        Entry::relate(&mut self.past.entries);
        Ok(self.past)
    }
}

fn job_of(record: &Record) -> Option<JobId> {
    record.plan.as_ref().and_then(|plan| JobId::of_record(plan.as_str()))
}

/// A change as it is compared with what 1Password reports; `None` for what it is not told of.
fn made(record: &Record, what: &What, job: Option<JobId>, student: Option<StudentKey>) -> Option<Made> {
    let person = |id: &SafeText| PersonId::parse(id.as_str()).ok();
    let act = match what {
        What::Access { vault, who, .. } if record.op.as_str() == "grant" => {
            Act::Granted(vault.clone(), who.clone())
        }
        What::Access { vault, who, .. } => Act::Revoked(vault.clone(), who.clone()),
        What::Made(_) => Act::Created(None),
        What::Deleted(vault) => Act::Deleted(vault.clone()),
        What::Admission(act) => {
            let who = record.args["user"].as_str().and_then(|id| PersonId::parse(id).ok());
            Act::Person(*act, who)
        }
        What::Decided { .. } | What::Reported { .. } | What::Class { .. } => return None,
    };
    let Actor { person: acts, service_account, .. } = &record.actor;
    Some(Made {
        seq: record.seq.0,
        begun: record.time,
        ended: None,
        actor: acts.as_ref().map_or_else(|| person(service_account), person),
        job,
        student,
        act,
        outcome: OPEN,
        idle: false,
        partly: acts.is_some(),
        before: match what {
            What::Access { before, .. } => *before,
            _ => None,
        },
    })
}

/// What came of it.
fn conclude(made: &mut Made, record: &Record) {
    (made.ended, made.outcome) = (Some(record.time), record.outcome.map_or(OPEN, Outcome::word));
    let Some(after) = &record.after else { return };
    match &mut made.act {
        Act::Created(vault) => *vault = id(&after["vault"]),
        Act::Person(_, who @ None) => {
            *who = after["user"].as_str().and_then(|id| PersonId::parse(id).ok());
        }
        Act::Granted(..) | Act::Revoked(..) => {
            let (before, after) = (made.before, set(after));
            made.idle = before.is_some() && before == after;
            let narrows = before.zip(after).is_none_or(|(before, after)| !(before - after).is_empty());
            made.partly = made.partly && narrows;
        }
        _ => {}
    }
}

/// Who acted: the user and machine, and what 1Password saw of them.
fn whoever(actor: &Actor, auto: bool) -> SafeText {
    let mut text = format!("{} on {}", actor.user, actor.machine);
    match &actor.person {
        Some(person) => text = format!("{text}, as {person}"),
        None if !actor.service_account.as_str().is_empty() => {
            text = format!("{text}, as service account {}", actor.service_account);
        }
        None => {}
    }
    if auto {
        text.push_str(", by itself");
    }
    SafeText::new(&text)
}

/// What is neither access, vault nor person.
fn other(record: &Record) -> What {
    let op = record.op.clone();
    let step = record.args["step"].as_str().and_then(Stage::parse).map_or("the term", Stage::name);
    let words = match op.as_str() {
        "sign-off" => format!("signed off {step}"),
        "close-term" => format!("noted as done: {step}"),
        "reopen" => "took the end of the term back".to_owned(),
        "checkpoint" => "stored a checkpoint of the log".to_owned(),
        "create-checkpoint-vault" => "made the vault for checkpoints".to_owned(),
        "purge" => "erased personal data".to_owned(),
        // Decisions are about a student; whatever else names none is told by its name alone.
        _ if record.args["student"].is_string() => {
            let words = SafeText::new(&decided(&op, &record.args));
            return What::Decided { op, words };
        }
        name => name.to_owned(),
    };
    What::Class { op, words: SafeText::new(&words) }
}

/// What was decided about a student's submission, as far as its arguments in the log tell.
fn decided(op: &SafeText, args: &Value) -> String {
    let word = |name: &str| args[name].as_str().unwrap_or("?").to_owned();
    let relief = || serde_json::from_value::<Relief>(args["relief"].clone()).ok();
    match op.as_str() {
        "extend" => match relief() {
            Some(Relief::Until(until)) => format!("{} extended until {}", word("assignment"), written(until)),
            Some(Relief::Excused) => format!("excused from {}", word("assignment")),
            None => format!("{} extended", word("assignment")),
        },
        "restore-deadline" => format!("{} due as the class file says", word("assignment")),
        "assign" if args["assignment"].is_null() => format!("item {} to no assignment", word("item")),
        "assign" => format!("item {} to {}", word("item"), word("assignment")),
        "unassign" => format!("item {} where the rules put it", word("item")),
        name => name.to_owned(),
    }
}

/// The permissions of a record; nothing where they were not known.
fn set(value: &Value) -> Option<Permissions> {
    serde_json::from_value(value.clone()).ok()
}

fn id(value: &Value) -> Option<VaultId> {
    VaultId::parse(value.as_str()?).ok()
}

#[cfg(test)]
#[path = "history_tests.rs"]
mod tests;
