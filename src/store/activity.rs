//! What the Events API reported of the class, and where each of its feeds goes on.
//!
//! A page and its cursor are written in one transaction, so that a cursor never stands for a page that is not
//! here; a record that comes again is not taken twice.

use jiff::Timestamp;
use rusqlite::Transaction;

use super::row::{all, first, from_json, limit, run, stamp, text, time, to_json};
use super::{Store, Trouble};
use crate::domain::events::{Activity, Cursor, Feed, Page};
use crate::domain::fault::Fault;
use crate::domain::id::VaultId;

pub(super) const TABLES: &str = "
-- What the Events API reported: the record as it is understood, found by its vault and its time.
CREATE TABLE activity (
    uuid TEXT NOT NULL, feed TEXT NOT NULL, at TEXT NOT NULL, vault TEXT, item TEXT, json TEXT NOT NULL,
    PRIMARY KEY (feed, uuid)
) STRICT, WITHOUT ROWID;
CREATE INDEX activity_of ON activity (vault, at);
CREATE INDEX activity_at ON activity (at);

-- Where each feed goes on, from when on it was read, and when it was read last.
CREATE TABLE feed (
    name TEXT PRIMARY KEY, cursor TEXT NOT NULL, since TEXT NOT NULL, read_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
";

/// How far a feed was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    /// Where it goes on.
    pub cursor: Cursor,
    /// From which time on it was read.
    pub since: Timestamp,
    /// When it was read last.
    pub read_at: Timestamp,
}

/// Which records are looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sought<'a> {
    /// Of one feed.
    pub feed: Option<Feed>,
    /// About one vault.
    pub vault: Option<&'a VaultId>,
    /// From this time on.
    pub since: Option<Timestamp>,
    /// At most so many, the newest.
    pub most: Option<usize>,
}

impl Store {
    /// How far a feed was read; `None` before its first page.
    pub fn followed(&self, feed: Feed) -> Result<Option<Followed>, Fault> {
        const SQL: &str = "SELECT cursor, since, read_at FROM feed WHERE name = ?1";
        self.read(|connection| {
            first(connection, SQL, [feed.name()], |row| {
                let cursor = Cursor::new(text(row, 0)?);
                Ok(Followed { cursor, since: time(text(row, 1)?)?, read_at: time(text(row, 2)?)? })
            })
        })
    }

    /// Takes a page over, with its cursor; the records that were not known, in their order. `since` is from
    /// when on the feed is read, for its first page.
    pub fn take_page(
        &self,
        feed: Feed,
        page: &Page,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<Activity>, Fault> {
        const MARK: &str = "INSERT INTO feed (name, cursor, since, read_at) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (name) DO UPDATE SET cursor = excluded.cursor, read_at = excluded.read_at";
        self.write(|transaction| {
            let mut new = Vec::new();
            for activity in &page.list {
                if keep(transaction, activity)? {
                    new.push(activity.clone());
                }
            }
            let mark = (feed.name(), page.cursor.as_str(), stamp(since), stamp(now));
            run(transaction, MARK, mark)?;
            Ok(new)
        })
    }

    /// What was reported, in the order of time.
    pub fn activity(&self, sought: &Sought<'_>) -> Result<Vec<Activity>, Fault> {
        const SQL: &str = "SELECT json FROM activity
            WHERE (?1 IS NULL OR feed = ?1) AND (?2 IS NULL OR vault = ?2) AND (?3 IS NULL OR at >= ?3)
            ORDER BY at DESC, uuid DESC LIMIT ?4";
        let sought = (
            sought.feed.map(Feed::name),
            sought.vault.map(VaultId::as_str),
            sought.since.map(stamp),
            limit(sought.most.unwrap_or(usize::MAX)),
        );
        let mut list =
            self.read(|connection| all(connection, SQL, sought, |row| from_json(text(row, 0)?)))?;
        list.reverse();
        Ok(list)
    }

    /// Forgets what was reported of the time before; how many records.
    pub fn forget_activity(&self, before: Timestamp) -> Result<usize, Fault> {
        self.write(|transaction| run(transaction, "DELETE FROM activity WHERE at < ?1", [stamp(before)]))
    }
}

/// Whether a record was not known.
fn keep(transaction: &Transaction<'_>, activity: &Activity) -> Result<bool, Trouble> {
    const ADD: &str = "INSERT OR IGNORE INTO activity (uuid, feed, at, vault, item, json)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let vault = activity.about_vault();
    let added = (
        activity.uuid.as_str(),
        activity.feed.name(),
        stamp(activity.at),
        vault.as_ref().map(VaultId::as_str),
        activity.item.as_ref().map(crate::domain::id::ItemId::as_str),
        to_json(activity)?,
    );
    Ok(run(transaction, ADD, added)? > 0)
}
