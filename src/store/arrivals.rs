//! What arrived, numbered; and the last upload of each student.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{Row, Transaction};

use super::row::{all, count, first, from_json, id, limit, maybe, number, run, text, time, to_json};
use super::{Store, Trouble};
use crate::domain::arrival::{Arrival, NewArrival};
use crate::domain::class::StudentKey;
use crate::domain::fault::Fault;

/// What is in a student's vault, in short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uploads {
    /// How many active items there are, whoever put them there.
    pub items: u64,
    /// When one of them last changed or was made, by the service's clock; `None` where there is
    /// none or the service tells no times.
    pub last: Option<Timestamp>,
}

impl Store {
    /// The arrivals with a number above `after`, at most `rows`, oldest first. `after` 0 begins
    /// with the first one.
    pub fn arrivals(&self, after: u64, rows: usize) -> Result<Vec<Arrival>, Fault> {
        const SQL: &str = "SELECT seq, json FROM arrival WHERE seq > ?1 ORDER BY seq LIMIT ?2";
        self.read(|connection| all(connection, SQL, [number(after)?, limit(rows)], arrival))
    }

    /// The newest arrivals, at most `rows`, oldest first.
    pub fn last_arrivals(&self, rows: usize) -> Result<Vec<Arrival>, Fault> {
        const SQL: &str = "SELECT seq, json FROM arrival ORDER BY seq DESC LIMIT ?1";
        let mut found = self.read(|connection| all(connection, SQL, [limit(rows)], arrival))?;
        found.reverse();
        Ok(found)
    }

    /// The number of the newest arrival that there ever was; 0 before the first.
    pub fn last_seq(&self) -> Result<u64, Fault> {
        const SQL: &str = "SELECT seq FROM sqlite_sequence WHERE name = 'arrival'";
        let last = self.read(|connection| first(connection, SQL, [], |row| count(row, 0)))?;
        Ok(last.unwrap_or_default())
    }

    /// What is in the vault of each student who has one with at least one active item.
    pub fn last_upload(&self) -> Result<HashMap<StudentKey, Uploads>, Fault> {
        // CROSS JOIN fixes the order: student by student, answered from the index `upload` alone.
        const SQL: &str = "SELECT b.student, count(*), max(coalesce(i.updated_at, i.created_at))
            FROM binding b CROSS JOIN seen_item i ON i.vault = b.vault AND i.state = 'active' GROUP BY b.student";
        let read = |row: &Row<'_>| {
            let last = maybe(row, 2)?.map(time).transpose()?;
            Ok((id(text(row, 0)?)?, Uploads { items: count(row, 1)?, last }))
        };
        Ok(self.read(|connection| all(connection, SQL, [], read))?.into_iter().collect())
    }
}

/// Numbers an arrival and keeps it. The number follows the last one ever given, and is given back
/// if the transaction fails: no gaps.
pub(super) fn add(transaction: &Transaction<'_>, news: NewArrival) -> Result<Arrival, Trouble> {
    run(transaction, "INSERT INTO arrival (json) VALUES (?1)", [to_json(&news)?])?;
    let seq = u64::try_from(transaction.last_insert_rowid());
    Ok(news.numbered(seq.map_err(|_| Trouble::Damaged("the arrivals have negative numbers"))?))
}

fn arrival(row: &Row<'_>) -> Result<Arrival, Trouble> {
    Ok(from_json::<NewArrival>(text(row, 1)?)?.numbered(count(row, 0)?))
}
