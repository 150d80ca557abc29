//! When somebody watched, and what was known of each vault then.
//!
//! A span says that the vaults were listed again and again between two times. While a vault waits to
//! be read its own mark says until when it was known instead: nothing that is stored here claims that
//! a vault was known longer than it was.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{Row, Transaction};

use super::row::{all, first, maybe, run, stamp, text, time};
use super::{Store, Trouble};
use crate::domain::fault::Fault;
use crate::domain::id::VaultId;

pub(super) const TABLES: &str = "
CREATE TABLE watched (id INTEGER PRIMARY KEY, began TEXT NOT NULL, until TEXT NOT NULL) STRICT;

-- How often the vault was taken over: whoever lists it knows by this whether somebody else did meanwhile.
ALTER TABLE seen_vault ADD COLUMN looks INTEGER NOT NULL DEFAULT 0;
-- Until when a vault was known that waits to be read; '' is not at all, NULL is as long as was watched.
ALTER TABLE seen_vault ADD COLUMN known_until TEXT;
-- A program of version 1 that still runs knows neither: what it takes over counts all the same.
CREATE TRIGGER taken_over AFTER UPDATE OF content_version ON seen_vault WHEN new.looks = old.looks
    BEGIN UPDATE seen_vault SET looks = looks + 1 WHERE vault = new.vault; END;
CREATE TRIGGER first_taken_over AFTER INSERT ON seen_vault
    WHEN new.looks = 0 AND new.content_version IS NOT NULL
    BEGIN UPDATE seen_vault SET looks = 1 WHERE vault = new.vault; END;
";

/// A time in which somebody watched without a break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its number; later ones have higher ones, also where the clock was set back.
    pub id: i64,
    /// Its first list of vaults.
    pub began: Timestamp,
    /// Its last one that was written down.
    pub until: Timestamp,
}

impl Store {
    /// Begins a span, and notes until when the vaults were known that wait to be read.
    pub fn begin_span(
        &self,
        now: Timestamp,
        waiting: &HashMap<VaultId, Option<Timestamp>>,
    ) -> Result<Span, Fault> {
        self.write(|transaction| {
            run(transaction, "INSERT INTO watched (began, until) VALUES (?1, ?1)", [stamp(now)])?;
            let span = Span { id: transaction.last_insert_rowid(), began: now, until: now };
            wait(transaction, waiting)?;
            Ok(span)
        })
    }

    /// Notes how long a span lasts by now, and until when the vaults were known that wait to be read;
    /// every other one is known as long as the span lasts.
    pub fn keep_span(&self, span: Span, waiting: &HashMap<VaultId, Option<Timestamp>>) -> Result<(), Fault> {
        self.write(|transaction| {
            lasts(transaction, span)?;
            wait(transaction, waiting)
        })
    }

    /// The last span; `None` where nobody has watched yet.
    pub fn last_span(&self) -> Result<Option<Span>, Fault> {
        const SQL: &str = "SELECT id, began, until FROM watched ORDER BY id DESC LIMIT 1";
        self.read(|connection| first(connection, SQL, [], span))
    }

    /// The spans that lasted until `since` or longer and the one before them, in the order of their
    /// beginnings.
    pub fn spans(&self, since: Timestamp) -> Result<Vec<Span>, Fault> {
        const SQL: &str = "SELECT id, began, until FROM watched
            WHERE until >= coalesce((SELECT max(until) FROM watched WHERE until < ?1), '')
            ORDER BY began, id";
        self.read(|connection| all(connection, SQL, [stamp(since)], span))
    }

    /// When the vault of the class that was not listed whole for the longest time was listed; `None`
    /// where one never was, or there is none.
    pub fn oldest_look(&self) -> Result<Option<Timestamp>, Fault> {
        const SQL: &str = "SELECT min(s.full_at), count(*) = count(s.full_at)
            FROM binding b LEFT JOIN seen_vault s ON s.vault = b.vault";
        let read = |row: &Row<'_>| {
            let whole: bool = row.get(1)?;
            maybe(row, 0)?.filter(|_| whole).map(time).transpose()
        };
        Ok(self.read(|connection| first(connection, SQL, [], read))?.flatten())
    }
}

/// Notes how long a span lasts by now.
pub(super) fn lasts(transaction: &Transaction<'_>, span: Span) -> Result<(), Trouble> {
    run(transaction, "UPDATE watched SET until = ?2 WHERE id = ?1", (span.id, stamp(span.until))).map(drop)
}

/// Marks those that wait, and no others.
fn wait(transaction: &Transaction<'_>, waiting: &HashMap<VaultId, Option<Timestamp>>) -> Result<(), Trouble> {
    run(transaction, "UPDATE seen_vault SET known_until = NULL WHERE known_until IS NOT NULL", [])?;
    for (vault, known) in waiting {
        let sql = "UPDATE seen_vault SET known_until = ?2 WHERE vault = ?1";
        run(transaction, sql, (vault.as_str(), known.map_or_else(String::new, stamp)))?;
    }
    Ok(())
}

fn span(row: &Row<'_>) -> Result<Span, Trouble> {
    Ok(Span { id: row.get(0)?, began: time(text(row, 1)?)?, until: time(text(row, 2)?)? })
}
