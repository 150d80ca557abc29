//! What can be thrown away: answers kept for the next start, the rows of the first frame, and the
//! names behind the pseudonyms of the audit log.

use jiff::Timestamp;
use rusqlite::Transaction;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::row::{all, count, first, from_json, limit, number, run, stamp, text, time, to_json};
use super::{Store, Trouble};
use crate::domain::fault::Fault;
use crate::domain::text::SafeText;

/// Keeps a value under a name, in the place of the one before.
pub(super) fn put(
    transaction: &Transaction<'_>,
    name: &str,
    value: &impl Serialize,
    now: Timestamp,
) -> Result<(), Trouble> {
    const SQL: &str = "INSERT INTO cached (name, json, at) VALUES (?1, ?2, ?3)
        ON CONFLICT (name) DO UPDATE SET json = excluded.json, at = excluded.at";
    run(transaction, SQL, (name, to_json(value)?, stamp(now))).map(drop)
}

impl Store {
    /// Keeps a value under a name, for example `people`, as it was at `now`.
    pub fn put_cached(&self, name: &str, value: &impl Serialize, now: Timestamp) -> Result<(), Fault> {
        self.write(|transaction| put(transaction, name, value, now))
    }

    /// The value kept under a name. One that this version cannot read counts as absent: it is a
    /// cache, and the next answer replaces it.
    pub fn cached<T: DeserializeOwned>(&self, name: &str) -> Result<Option<(T, Timestamp)>, Fault> {
        const SQL: &str = "SELECT json, at FROM cached WHERE name = ?1";
        self.read(|connection| {
            let found = first(connection, SQL, [name], |row| {
                Ok(from_json(text(row, 0)?).ok().zip(time(text(row, 1)?).ok()))
            })?;
            Ok(found.flatten())
        })
    }

    /// Keeps a value under a name where it differs from the one that is kept; whether it did. Whoever reads
    /// along is not woken by what is as before.
    pub fn keep_cached<T>(&self, name: &str, value: &T, now: Timestamp) -> Result<bool, Fault>
    where
        T: PartialEq + Serialize + DeserializeOwned,
    {
        let differs = self.cached::<T>(name)?.is_none_or(|(known, _)| known != *value);
        if differs {
            self.put_cached(name, value, now)?;
        }
        Ok(differs)
    }

    /// Replaces the rows of the first frame, in order. Only rows that changed are written.
    pub fn put_front(&self, rows: &[impl Serialize]) -> Result<(), Fault> {
        const ROW: &str = "INSERT INTO front (ord, json) VALUES (?1, ?2)
            ON CONFLICT (ord) DO UPDATE SET json = excluded.json WHERE json <> excluded.json";
        self.write(|transaction| {
            for (at, row) in rows.iter().enumerate() {
                run(transaction, ROW, (limit(at), to_json(row)?))?;
            }
            run(transaction, "DELETE FROM front WHERE ord >= ?1", [number(rows.len() as u64)?])?;
            Ok(())
        })
    }

    /// The first rows of the first frame, and how many there are in all. Its cost depends on the
    /// rows asked for and not on those kept. If one cannot be read by this version, none is there.
    pub fn front<T: DeserializeOwned>(&self, rows: usize) -> Result<(Vec<T>, usize), Fault> {
        // Rows are numbered from 0 on without gaps, so the last number tells how many there are.
        const TOTAL: &str = "SELECT coalesce(max(ord) + 1, 0) FROM front";
        const ROWS: &str = "SELECT json FROM front ORDER BY ord LIMIT ?1";
        self.read(|connection| {
            let snapshot = connection.unchecked_transaction()?; // both statements see the same rows
            let total = first(&snapshot, TOTAL, [], |row| count(row, 0))?.unwrap_or_default();
            let read = all(&snapshot, ROWS, [limit(rows)], |row| Ok(from_json(text(row, 0)?).ok()))?;
            Ok(match read.into_iter().collect() {
                Some(rows) => (rows, usize::try_from(total).unwrap_or(usize::MAX)),
                None => (Vec::new(), 0),
            })
        })
    }

    /// Keeps what pseudonyms stand for.
    pub fn put_names<'a>(&self, names: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<(), Fault> {
        const SQL: &str = "INSERT INTO name (pseudonym, text) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        self.write(|transaction| names.into_iter().try_for_each(|name| run(transaction, SQL, name).map(drop)))
    }

    /// What a pseudonym stands for; `None` if it was never kept, or erased.
    pub fn name(&self, pseudonym: &str) -> Result<Option<SafeText>, Fault> {
        const SQL: &str = "SELECT text FROM name WHERE pseudonym = ?1";
        self.read(|connection| first(connection, SQL, [pseudonym], |row| Ok(SafeText::new(text(row, 0)?))))
    }
}
