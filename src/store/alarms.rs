//! What went wrong and stays to be told until somebody has seen to it.

use rusqlite::Row;

use super::row::{all, first, id, maybe, run, stamp, text, time};
use super::{Store, Trouble};
use crate::domain::attention::{Alarm, FailedRow};
use crate::domain::class::StudentKey;
use crate::domain::fault::Fault;
use crate::domain::text::SafeText;

pub(super) const TABLES: &str = "
-- What does not fit together in the service's answers, for example a change on a vault whose version
-- did not move. One line for each subject, the last one counts.
CREATE TABLE alarm (subject TEXT PRIMARY KEY, student TEXT, message TEXT NOT NULL, at TEXT NOT NULL) STRICT;

-- Changes of ours that failed and were not made good since.
CREATE TABLE failed_row (
    student TEXT NOT NULL, op TEXT NOT NULL, message TEXT NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (student, op)
) STRICT, WITHOUT ROWID;

-- Students whose vault is being made and whose access is still to come: noted before the vault is
-- made, and gone when the access is given or somebody takes it away.
CREATE TABLE promised (student TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
";

impl Store {
    /// Raises an alarm; one about the same subject is replaced.
    pub fn raise_alarm(&self, alarm: &Alarm) -> Result<(), Fault> {
        const SQL: &str =
            "INSERT OR REPLACE INTO alarm (subject, student, message, at) VALUES (?1, ?2, ?3, ?4)";
        let student = alarm.student.as_ref().map(StudentKey::as_str);
        self.write(|transaction| {
            run(transaction, SQL, (&alarm.subject, student, alarm.message.as_str(), stamp(alarm.at)))
                .map(drop)
        })
    }

    /// Puts an alarm away; whether there was one.
    pub fn dismiss_alarm(&self, subject: &str) -> Result<bool, Fault> {
        self.write(|transaction| Ok(run(transaction, "DELETE FROM alarm WHERE subject = ?1", [subject])? > 0))
    }

    /// Every alarm, the newest first.
    pub fn alarms(&self) -> Result<Vec<Alarm>, Fault> {
        const SQL: &str = "SELECT subject, student, message, at FROM alarm ORDER BY at DESC";
        let read = |row: &Row<'_>| {
            Ok(Alarm {
                subject: text(row, 0)?.to_owned(),
                student: maybe(row, 1)?.map(id).transpose()?,
                message: SafeText::new(text(row, 2)?),
                at: time(text(row, 3)?)?,
            })
        };
        self.read(|connection| all(connection, SQL, [], read))
    }

    /// Notes that a change failed, until [`Store::made_good`].
    pub fn failed(&self, row: &FailedRow) -> Result<(), Fault> {
        const SQL: &str =
            "INSERT OR REPLACE INTO failed_row (student, op, message, at) VALUES (?1, ?2, ?3, ?4)";
        self.write(|transaction| {
            run(transaction, SQL, (row.student.as_str(), &row.op, row.message.as_str(), stamp(row.at)))
                .map(drop)
        })
    }

    /// Notes that a change which may have failed before went well, or is not wanted any more. Costs
    /// no write where nothing was noted.
    pub fn made_good(&self, student: &StudentKey, op: &str) -> Result<(), Fault> {
        let which = (student.as_str(), op);
        let noted = "SELECT student FROM failed_row WHERE student = ?1 AND op = ?2";
        if self.read(|connection| first(connection, noted, which, |_| Ok(())))?.is_none() {
            return Ok(());
        }
        self.write(|transaction| {
            run(transaction, "DELETE FROM failed_row WHERE student = ?1 AND op = ?2", which).map(drop)
        })
    }

    /// Every change that failed and was not made good, the newest first.
    pub fn failed_rows(&self) -> Result<Vec<FailedRow>, Fault> {
        const SQL: &str = "SELECT student, op, message, at FROM failed_row ORDER BY at DESC, student";
        let read = |row: &Row<'_>| -> Result<FailedRow, Trouble> {
            Ok(FailedRow {
                student: id(text(row, 0)?)?,
                op: text(row, 1)?.to_owned(),
                message: SafeText::new(text(row, 2)?),
                at: time(text(row, 3)?)?,
            })
        };
        self.read(|connection| all(connection, SQL, [], read))
    }
}
