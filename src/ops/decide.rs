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
        let actor = self.acting_here();
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::audit::{Actor, Audit};
    use crate::clock::Clock;
    use crate::domain::assignment::Rule;
    use crate::domain::class::Class;
    use crate::domain::frame::tests::{facts, key};
    use crate::domain::secret::Secret;
    use crate::provider::sandbox::Sandbox;
    use crate::queries::{Acting, Queries};

    #[test]
    fn an_extension_gives_more_time_to_somebody_of_the_class_for_something_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let id = |text: &str| AssignmentId::parse(text).unwrap();
        let homework = Assignment {
            id: id("hw1"),
            title: "hw1".into(),
            rule: Rule::default(),
            due: "2026-12-01T23:59:00".parse().unwrap(),
            accept_until: None,
            extensions: Vec::new(),
        };
        let store = Store::open(&folder.path().join("store.db")).unwrap();
        store.enroll(&facts().students).unwrap();
        let queries = Queries {
            provider: Arc::new(Sandbox::at("http://127.0.0.1:9", Secret::from("nobody asks")).unwrap()),
            store,
            class: Arc::new(Class { assignments: vec![homework], ..Class::new("CS101") }),
            clock: Clock::real(),
            acting: Acting::default(),
        };
        let audit = Audit::open(&folder.path().join("log/audit.jsonl"), &folder.path().join("key/audit.key"));
        let locks = folder.path().join("locks");
        let ops = Ops::new(queries, audit.unwrap(), Actor::default(), false, locks);
        let until = |text: &str| Relief::Until(text.parse().unwrap());
        for (student, assignment, relief, stands) in [
            ("a", "hw1", until("2026-12-01T23:59:01"), Ok(())),
            ("a", "hw1", Relief::Excused, Ok(())),
            ("a", "hw1", until("2026-12-01T23:59:00"), Err("gives no more time")),
            ("a", "hw1", until("2026-11-30T00:00:00"), Err("gives no more time")),
            ("a", "hw2", until("2026-12-02T00:00:00"), Err("hw2")),
            ("z", "hw1", until("2026-12-02T00:00:00"), Err("z is not in the roster")),
        ] {
            let (student, assignment) = (key(student), id(assignment));
            let decision = Decision::Extend { student, assignment, relief, reason: SafeText::default() };
            match (ops.check(&decision), stands) {
                (Ok(()), Ok(())) => {}
                (Err(fault), Err(told)) => {
                    assert!(fault.kind == Kind::Input && fault.to_string().contains(told), "{fault}");
                }
                (found, _) => panic!("{decision:?}: {found:?}"),
            }
        }
    }
}
