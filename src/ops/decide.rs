//! Decisions about submissions: nothing is sent to the service, but they are written to the audit log
//! like every other change.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::Ops;
use super::lock::Lock;
use crate::audit::{Intent, Outcome as Recorded, Record};
use crate::domain::assignment::{Assignment, AssignmentId, Relief};
use crate::domain::calendar::instant;
use crate::domain::class::StudentKey;
use crate::domain::decision::Decision;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::text::SafeText;
use crate::queries::blocking;
use crate::queries::submissions::no_such;
use crate::store::Store;

/// The names of decisions in the log.
const NAMES: [&str; 4] = ["assign", "unassign", "extend", "restore-deadline"];

impl Ops {
    /// Carries out a decision, and says in one line what is so now. One that was made before changes
    /// nothing, and is not written to the log again.
    ///
    /// # Errors
    /// [`Kind::Refused`] where changes are refused, [`Kind::Input`] for a student or an assignment that
    /// the class does not have and for an extension that gives no more time, [`Kind::Conflict`] while
    /// another program decides about the same student. A fault of the log, and then nothing is stored.
    pub async fn decide(&self, decision: Decision) -> Result<SafeText> {
        if self.read_only {
            return Err(Fault::new(Kind::Refused, "read-only: changes are refused"));
        }
        let (ops, words) = (self.clone(), decision.in_words());
        let actor = self.actor_of_decisions().await;
        let changed = blocking(move || {
            ops.check(&decision)?;
            let (store, now) = (&ops.queries.store, ops.queries.clock.now());
            let _lock = lock(&ops.locks, decision.student())?;
            if store.is_decided(&decision)? {
                return Ok(false);
            }
            let before = before(store, &decision)?;
            let args = ops.in_record(&decision);
            let intent = Intent { op: decision.name(), args, actor, plan: None, before: Some(before) };
            let names = ops.names()?;
            let intended = ops.audit.intend(&[intent], now)?;
            let stored = store.decide(&decision, now);
            let (outcome, message) = match &stored {
                Ok(_) => (Recorded::Done, None),
                Err(fault) => (Recorded::Failed, Some(names.out_of(fault.message.as_str()))),
            };
            for intended in &intended {
                ops.audit.conclude(intended, outcome, message.as_deref(), None, now)?;
            }
            ops.audit.flush()?;
            stored
        })
        .await?;
        Ok(if changed { words } else { SafeText::new(&format!("{words}, as before")) })
    }

    /// Who acts, as far as the service has ever told; a decision does not wait for its answer.
    pub(super) async fn actor_of_decisions(&self) -> crate::audit::Actor {
        let frame = self.queries.frame(false).await;
        frame.map_or_else(|_| self.actor.clone(), |frame| self.acting(&frame))
    }

    /// Refuses what cannot be meant, and keeps the name behind the student's pseudonym.
    fn check(&self, decision: &Decision) -> Result<()> {
        let class = &self.queries.class;
        let known = |id: &AssignmentId| class.assignment(id).ok_or_else(|| no_such(class, id.as_str()));
        match decision {
            Decision::Assign { assignment: Some(id), .. } => drop(known(id)?),
            Decision::Extend { assignment, relief, .. } => gives_more(self, known(assignment)?, *relief)?,
            // What is taken back may be about an assignment that is gone from the class file.
            _ => {}
        }
        let student = decision.student();
        let mut students = self.queries.store.students()?.into_iter();
        let enrolled = students.find(|row| row.student.key == *student).ok_or_else(|| {
            Fault::new(Kind::Input, format!("{student} is not in the roster of {}", class.id))
        })?;
        let name = format!("{student} {}", enrolled.student.name);
        self.queries.store.put_names([(self.audit.pseudonym(student.as_str()).as_str(), name.as_str())])
    }

    /// The arguments as they stand in the log: ids and a pseudonym, and not why. An item's vault does not
    /// stand under `vault`, where it would tell that its access was changed.
    fn in_record(&self, decision: &Decision) -> Value {
        let student = self.audit.pseudonym(decision.student().as_str());
        match decision {
            Decision::Assign { item, assignment, .. } => {
                json!({ "student": student, "item": item.item, "in": item.vault, "assignment": assignment })
            }
            Decision::Unassign { item, .. } => {
                json!({ "student": student, "item": item.item, "in": item.vault })
            }
            Decision::Extend { assignment, relief, .. } => {
                json!({ "student": student, "assignment": assignment, "relief": relief })
            }
            Decision::Restore { assignment, .. } => json!({ "student": student, "assignment": assignment }),
        }
    }

    /// Records that the end of decisions was never told which a program began before it died. The store
    /// tells what is decided now. Returns how many there were; what another program is at is left to it.
    pub(super) async fn recover_decisions(&self, open: &[Record]) -> Result<usize> {
        if !open.iter().any(is_decision) {
            return Ok(0);
        }
        let ops = self.clone();
        let about = open.iter().filter(|record| is_decision(record)).filter_map(pseudonym);
        let about: HashSet<String> = about.map(str::to_owned).collect();
        let held = blocking(move || {
            let mut held = HashMap::new();
            for row in ops.queries.store.students()? {
                // A class has more students than a program may have files open.
                let pseudonym = ops.audit.pseudonym(row.student.key.as_str());
                if !about.contains(&pseudonym) {
                    continue;
                }
                if let Ok(lock) = lock(&ops.locks, &row.student.key) {
                    held.insert(pseudonym, lock);
                }
            }
            Ok(held)
        })
        .await?;
        // Read again: whoever had a lock until now has told the end of it.
        let left: Vec<Record> = self.unfinished().await?.into_iter().filter(is_decision).collect();
        let is_held = |record: &&Record| pseudonym(record).is_some_and(|student| held.contains_key(student));
        let left: Vec<_> = left.iter().filter(is_held).filter_map(Record::intended).collect();
        let (audit, now, count) = (self.audit.clone(), self.queries.clock.now(), left.len());
        blocking(move || {
            let message = "the program ended before it told the end; `strongroom missing` shows what is so";
            for intended in &left {
                audit.conclude(intended, Recorded::Unknown, Some(message), None, now)?;
            }
            audit.flush()
        })
        .await?;
        Ok(count)
    }
}

/// Whom a record is about.
fn pseudonym(record: &Record) -> Option<&str> {
    record.args["student"].as_str()
}

fn is_decision(record: &Record) -> bool {
    NAMES.contains(&record.op.as_str())
}

fn lock(locks: &Path, student: &StudentKey) -> Result<Lock> {
    let folder: PathBuf = locks.join("decisions");
    Lock::take(&folder, student).map_err(|fault| match fault.kind {
        Kind::Conflict => Fault::new(Kind::Conflict, format!("another program is deciding about {student}"))
            .hint("look with `strongroom missing`, and decide again"),
        _ => fault,
    })
}

/// Refuses an extension that gives no more time than everybody has.
fn gives_more(ops: &Ops, assignment: &Assignment, relief: Relief) -> Result<()> {
    let zone = &ops.queries.class.time_zone;
    match relief {
        Relief::Until(until) if instant(until, zone) <= assignment.due_at(zone) => {
            let message =
                format!("{} gives no more time: {} is due {}", until, assignment.id, assignment.due);
            Err(Fault::new(Kind::Input, message).hint("name a later time, for example --until +24h"))
        }
        _ => Ok(()),
    }
}

/// What is decided about the same before.
fn before(store: &Store, decision: &Decision) -> Result<Value> {
    let decided = store.decided()?;
    Ok(match decision {
        Decision::Assign { item, .. } | Decision::Unassign { item, .. } => match decided.items.get(item) {
            Some(place) => json!({ "assignment": place }),
            None => json!("by-rule"),
        },
        Decision::Extend { student, assignment, .. } | Decision::Restore { student, assignment } => {
            let extension = decided.extensions.get(&(student.clone(), assignment.clone()));
            json!({ "relief": extension.map(|extension| extension.relief) })
        }
    })
}
