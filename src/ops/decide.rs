//! Decisions about submissions: nothing is sent to the service, but they are written to the audit log
//! like every other change.

use serde_json::{Value, json};

use super::Ops;
use super::lock::{Lock, Over};
use super::recover::Found;
use crate::audit::{Intent, Record};
use crate::domain::assignment::{Assignment, AssignmentId, Relief};
use crate::domain::calendar::instant;
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
        self.may_change()?;
        let (ops, words) = (self.clone(), decision.in_words());
        let actor = self.acting_here().await;
        let changed = blocking(move || {
            ops.check(&decision)?;
            let (store, now) = (&ops.queries.store, ops.queries.clock.now());
            let _lock = Lock::take(&ops.locks, &Over::Decisions(decision.student().clone()))?;
            if store.is_decided(&decision)? {
                return Ok(false);
            }
            let before = Some(before(store, &decision)?);
            let intent =
                Intent { op: decision.name(), args: ops.in_record(&decision), actor, plan: None, before };
            ops.keep(intent, None, |store| store.decide(&decision, now))
        })
        .await?;
        Ok(if changed { words } else { SafeText::new(&format!("{words}, as before")) })
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
    /// tells what is decided now.
    pub(super) async fn recover_decisions(&self, open: &[Record]) -> Result<usize> {
        let whose = |record: &Record| {
            let student = record.args["student"].as_str().filter(|_| NAMES.contains(&record.op.as_str()))?;
            Some(student.to_owned())
        };
        let lost = self.lost(open, Over::Decisions, whose).await?;
        let message = "the program ended before it told the end; `strongroom missing` shows what is so";
        self.settle(lost.records.iter().map(|record| (record, Found::unknown(message)))).await
    }
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
