//! How far the end of a term is: which step was done for whom, who agreed to it, and since when somebody
//! is gone from the roster.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{Row, Transaction};

use super::row::{all, first, from_json, id, run, stamp, text, time, to_json};
use super::{Store, Trouble};
use crate::domain::class::StudentKey;
use crate::domain::fault::Fault;
use crate::domain::id::VaultId;
use crate::domain::term::{Closings, Detail, Noted, Stage};
use crate::domain::text::SafeText;

pub(super) const TABLES: &str = "
CREATE TABLE closing (
    step TEXT NOT NULL, student TEXT NOT NULL, at TEXT NOT NULL, detail TEXT NOT NULL,
    PRIMARY KEY (step, student)
) STRICT, WITHOUT ROWID;

-- Who agreed to a step, and when; the last time counts.
CREATE TABLE signed (step TEXT PRIMARY KEY, at TEXT NOT NULL, by TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- From whom access was taken at the end of the term who were erased since, by their pseudonyms.
CREATE TABLE tombstone (
    student TEXT NOT NULL, step TEXT NOT NULL, PRIMARY KEY (student, step)
) STRICT, WITHOUT ROWID;

-- Since when somebody is known to be gone from the roster.
CREATE TABLE gone_since (student TEXT PRIMARY KEY, at TEXT NOT NULL) STRICT, WITHOUT ROWID;
";

/// That somebody agreed to a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// To which.
    pub stage: Stage,
    /// When, by this machine's clock.
    pub at: Timestamp,
    /// Who: the user and the machine.
    pub by: SafeText,
}

const NOTE: &str = "INSERT OR REPLACE INTO closing (step, student, at, detail) VALUES (?1, ?2, ?3, ?4)";
const FORGET: &str = "DELETE FROM closing WHERE step = ?1 AND student = ?2";

impl Store {
    /// How far the end of the term is for everybody for whom anything was done.
    pub fn closings(&self) -> Result<Closings, Fault> {
        const SQL: &str = "SELECT c.step, c.student, c.at, c.detail, b.vault
            FROM closing c LEFT JOIN binding b ON b.student = c.student";
        let read = |row: &Row<'_>| -> Result<_, Trouble> {
            let stage = Stage::parse(text(row, 0)?).ok_or(Trouble::Damaged("a step has no known name"))?;
            let noted = Noted { at: time(text(row, 2)?)?, detail: from_json(text(row, 3)?)? };
            let bound = row.get::<_, Option<String>>(4)?.map(|vault| id(&vault)).transpose()?;
            Ok((id(text(row, 1)?)?, stage, noted, bound))
        };
        let rows: Vec<(StudentKey, Stage, Noted, Option<VaultId>)> =
            self.read(|connection| all(connection, SQL, [], read))?;
        let (mut found, mut vaults) = (Closings::new(), HashMap::new());
        for (student, stage, noted, bound) in rows {
            vaults.extend(bound.map(|vault| (student.clone(), vault)));
            found.entry(student).or_default().note(stage, noted);
        }
        for (student, vault) in vaults {
            found.entry(student).or_default().keep_to(&vault);
        }
        Ok(found)
    }

    /// Notes that a step was done for these students.
    pub fn note_closing(
        &self,
        stage: Stage,
        notes: &[(StudentKey, Detail)],
        now: Timestamp,
    ) -> Result<(), Fault> {
        self.write(|transaction| {
            notes.iter().try_for_each(|(student, detail)| note(transaction, stage, student, detail, now))
        })
    }

    /// Notes that a step was begun for these students. Of whom more is known of it that stays.
    pub fn begin_closing(&self, stage: Stage, students: &[StudentKey], now: Timestamp) -> Result<(), Fault> {
        const SQL: &str = "INSERT OR IGNORE INTO closing (step, student, at, detail) VALUES (?1, ?2, ?3, ?4)";
        self.write(|transaction| {
            for student in students {
                let detail = to_json(&Detail::Begun)?;
                run(transaction, SQL, (stage.name(), student.as_str(), stamp(now), detail))?;
            }
            Ok(())
        })
    }

    /// Takes back that these steps were done for these students.
    pub fn forget_closing(&self, stages: &[Stage], students: &[StudentKey]) -> Result<(), Fault> {
        self.write(|transaction| {
            for student in students {
                for stage in stages {
                    run(transaction, FORGET, (stage.name(), student.as_str()))?;
                }
            }
            Ok(())
        })
    }

    /// Notes that a student's vault was deleted, and that the student has none any more; what it held in
    /// the last list is forgotten with it.
    pub fn bury(
        &self,
        student: &StudentKey,
        vault: &VaultId,
        detail: &Detail,
        now: Timestamp,
    ) -> Result<(), Fault> {
        self.write(|transaction| {
            note(transaction, Stage::Delete, student, detail, now)?;
            run(
                transaction,
                "DELETE FROM binding WHERE student = ?1 AND vault = ?2",
                (student.as_str(), vault.as_str()),
            )?;
            for sql in ["DELETE FROM access WHERE vault = ?1", "DELETE FROM listing WHERE vault = ?1"] {
                run(transaction, sql, [vault.as_str()])?;
            }
            Ok(())
        })
    }

    /// Whether anybody was erased whose access was taken at the end of the term.
    pub fn has_tombstones(&self) -> Result<bool, Fault> {
        let sql = "SELECT 1 FROM tombstone LIMIT 1";
        Ok(self.read(|connection| first(connection, sql, [], |_| Ok(())))?.is_some())
    }

    /// Notes anew that access was taken at the end of the term from those among these students who were
    /// erased since and are back, each with the pseudonym; how many they are.
    pub fn recall(&self, students: &[(StudentKey, String)], now: Timestamp) -> Result<u64, Fault> {
        const SQL: &str = "INSERT OR IGNORE INTO closing (step, student, at, detail)
            SELECT step, ?2, ?3, ?4 FROM tombstone WHERE student = ?1";
        self.write(|transaction| {
            let mut back = 0;
            for (student, pseudonym) in students {
                run(transaction, SQL, (pseudonym, student.as_str(), stamp(now), to_json(&Detail::Nothing)?))?;
                let gone = run(transaction, "DELETE FROM tombstone WHERE student = ?1", [pseudonym])?;
                back += u64::from(gone > 0);
            }
            Ok(back)
        })
    }

    /// Notes who agreed to a step.
    pub fn sign(&self, signed: &Signed) -> Result<(), Fault> {
        const SQL: &str = "INSERT OR REPLACE INTO signed (step, at, by) VALUES (?1, ?2, ?3)";
        self.write(|transaction| {
            run(transaction, SQL, (signed.stage.name(), stamp(signed.at), signed.by.as_str())).map(drop)
        })
    }

    /// Who agreed to which step.
    pub fn signed(&self) -> Result<Vec<Signed>, Fault> {
        let read = |row: &Row<'_>| -> Result<_, Trouble> {
            let stage = Stage::parse(text(row, 0)?).ok_or(Trouble::Damaged("a step has no known name"))?;
            Ok(Signed { stage, at: time(text(row, 1)?)?, by: SafeText::new(text(row, 2)?) })
        };
        self.read(|connection| all(connection, "SELECT step, at, by FROM signed", [], read))
    }

    /// Takes notice of who is gone from the roster, and tells since when that is known of each.
    pub fn gone_since(&self, now: Timestamp) -> Result<Vec<(StudentKey, Timestamp)>, Fault> {
        const BACK: &str =
            "DELETE FROM gone_since WHERE student NOT IN (SELECT key FROM student WHERE gone = 1)";
        const NEW: &str = "INSERT INTO gone_since SELECT key, ?1 FROM student WHERE gone = 1
            ON CONFLICT DO NOTHING";
        let read = |row: &Row<'_>| -> Result<_, Trouble> { Ok((id(text(row, 0)?)?, time(text(row, 1)?)?)) };
        self.write(|transaction| {
            run(transaction, BACK, [])?;
            run(transaction, NEW, [stamp(now)])?;
            all(transaction, "SELECT student, at FROM gone_since ORDER BY student", [], read)
        })
    }
}

/// Keeps that access was taken from these students, before what is known of them is erased: whoever comes
/// back with the next class list is given nothing by itself.
pub(super) fn entomb(
    transaction: &Transaction<'_>,
    students: &[(StudentKey, String)],
) -> Result<(), Trouble> {
    const SQL: &str = "INSERT OR IGNORE INTO tombstone (student, step)
        SELECT ?1, step FROM closing WHERE student = ?2 AND step = ?3";
    for (student, pseudonym) in students {
        for stage in Stage::TAKING {
            run(transaction, SQL, (pseudonym, student.as_str(), stage.name()))?;
        }
    }
    Ok(())
}

fn note(
    transaction: &Transaction<'_>,
    stage: Stage,
    student: &StudentKey,
    detail: &Detail,
    now: Timestamp,
) -> Result<(), Trouble> {
    run(transaction, NOTE, (stage.name(), student.as_str(), stamp(now), to_json(detail)?)).map(drop)
}
