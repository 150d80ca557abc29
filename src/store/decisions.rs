//! What a person decided about submissions: where items belong, and who has more time.
//!
//! The reason of an extension stands here and nowhere else; it goes when the extension is taken back.

use jiff::Timestamp;
use rusqlite::Row;

use super::row::{all, first, from_json, id, maybe, run, stamp, text, to_json};
use super::{Store, Trouble};
use crate::domain::assignment::{AssignmentId, Extension, Relief};
use crate::domain::decision::{Decided, Decision};
use crate::domain::directory::ItemRef;
use crate::domain::fault::Fault;
use crate::domain::text::SafeText;

pub(super) const TABLES: &str = "
-- Where a person said that an item belongs; without an assignment: nowhere.
CREATE TABLE placed (
    vault TEXT NOT NULL, item TEXT NOT NULL, assignment TEXT, at TEXT NOT NULL, PRIMARY KEY (vault, item)
) STRICT, WITHOUT ROWID;

-- Who has more time for what; json is how far, as the class file has it.
CREATE TABLE extension (
    student TEXT NOT NULL, assignment TEXT NOT NULL, json TEXT NOT NULL, reason TEXT NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (student, assignment)
) STRICT, WITHOUT ROWID;
";

impl Store {
    /// Keeps a decision, in place of an earlier one about the same; whether anything is different now.
    pub fn decide(&self, decision: &Decision, now: Timestamp) -> Result<bool, Fault> {
        const PLACE: &str = "INSERT INTO placed (vault, item, assignment, at) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (vault, item) DO UPDATE SET assignment = excluded.assignment, at = excluded.at
            WHERE assignment IS NOT excluded.assignment";
        const EXTEND: &str = "INSERT INTO extension (student, assignment, json, reason, at)
            VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (student, assignment)
            DO UPDATE SET json = excluded.json, reason = excluded.reason, at = excluded.at
            WHERE json <> excluded.json OR reason <> excluded.reason";
        let changed = self.write(|transaction| match decision {
            Decision::Assign { item, assignment, .. } => {
                let id = assignment.as_ref().map(AssignmentId::as_str);
                run(transaction, PLACE, (item.vault.as_str(), item.item.as_str(), id, stamp(now)))
            }
            Decision::Unassign { item, .. } => {
                let delete = "DELETE FROM placed WHERE vault = ?1 AND item = ?2";
                run(transaction, delete, (item.vault.as_str(), item.item.as_str()))
            }
            Decision::Extend { student, assignment, relief, reason } => {
                let json = to_json(relief)?;
                let row = (student.as_str(), assignment.as_str(), json, reason.as_str(), stamp(now));
                run(transaction, EXTEND, row)
            }
            Decision::Restore { student, assignment } => {
                let delete = "DELETE FROM extension WHERE student = ?1 AND assignment = ?2";
                run(transaction, delete, (student.as_str(), assignment.as_str()))
            }
        })?;
        Ok(changed > 0)
    }

    /// Whether that is decided already.
    pub fn is_decided(&self, decision: &Decision) -> Result<bool, Fault> {
        const PLACE: &str = "SELECT assignment FROM placed WHERE vault = ?1 AND item = ?2";
        const EXTENSION: &str = "SELECT json, reason FROM extension WHERE student = ?1 AND assignment = ?2";
        self.read(|connection| match decision {
            Decision::Assign { item, .. } | Decision::Unassign { item, .. } => {
                let which = (item.vault.as_str(), item.item.as_str());
                let kept = first(connection, PLACE, which, |row| Ok(maybe(row, 0)?.map(str::to_owned)))?;
                Ok(match decision {
                    Decision::Assign { assignment, .. } => {
                        kept == Some(assignment.as_ref().map(ToString::to_string))
                    }
                    _ => kept.is_none(),
                })
            }
            Decision::Extend { student, assignment, .. } | Decision::Restore { student, assignment } => {
                let which = (student.as_str(), assignment.as_str());
                let read = |row: &Row<'_>| Ok((text(row, 0)?.to_owned(), text(row, 1)?.to_owned()));
                let kept = first(connection, EXTENSION, which, read)?;
                Ok(match decision {
                    Decision::Extend { relief, reason, .. } => {
                        kept == Some((to_json(relief)?, reason.as_str().to_owned()))
                    }
                    _ => kept.is_none(),
                })
            }
        })
    }

    /// How much more time was given, to whomever and for whatever.
    pub fn reliefs(&self) -> Result<Vec<Relief>, Fault> {
        const SQL: &str = "SELECT json FROM extension";
        self.read(|connection| all(connection, SQL, [], |row| from_json(text(row, 0)?)))
    }

    /// Everything that is decided.
    pub fn decided(&self) -> Result<Decided, Fault> {
        const PLACES: &str = "SELECT vault, item, assignment FROM placed";
        const EXTENSIONS: &str = "SELECT student, assignment, json, reason FROM extension";
        let place = |row: &Row<'_>| -> Result<_, Trouble> {
            let at = ItemRef { vault: id(text(row, 0)?)?, item: id(text(row, 1)?)? };
            Ok((at, maybe(row, 2)?.map(id).transpose()?))
        };
        let extension = |row: &Row<'_>| -> Result<_, Trouble> {
            let extension = Extension {
                student: id(text(row, 0)?)?,
                relief: from_json(text(row, 2)?)?,
                reason: SafeText::new(text(row, 3)?),
            };
            Ok(((extension.student.clone(), id(text(row, 1)?)?), extension))
        };
        self.read(|connection| {
            Ok(Decided {
                items: all(connection, PLACES, [], place)?.into_iter().collect(),
                extensions: all(connection, EXTENSIONS, [], extension)?.into_iter().collect(),
            })
        })
    }
}
