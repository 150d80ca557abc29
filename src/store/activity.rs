//! What the Events API reported of the class, and where each of its feeds goes on.
//!
//! A page and its cursor are written in one transaction, so that a cursor never stands for a page that is not
//! here; a record that comes again is not taken twice. Which records of a page are of the class is decided by
//! whoever reads them.

use std::collections::HashSet;

use jiff::Timestamp;
use rusqlite::Transaction;

use super::row::{all, first, from_json, id, limit, maybe, run, stamp, text, time, to_json};
use super::{Store, Trouble};
use crate::domain::events::{Activity, Cursor, Feed};
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

-- Where each feed goes on, from when on it was read, and when it was last read to its end.
CREATE TABLE feed (
    name TEXT PRIMARY KEY, cursor TEXT NOT NULL, since TEXT NOT NULL, read_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
";

/// When the last page of a feed was taken over, whether or not it was the end of it. Of what was followed before
/// that was kept, the last end is known.
pub(super) const PAGE_TIMES: &str = "
ALTER TABLE feed ADD COLUMN page_at TEXT NOT NULL DEFAULT '';
UPDATE feed SET page_at = read_at;
";

/// How far a feed was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    /// Where it goes on.
    pub cursor: Cursor,
    /// From which time on it was read.
    pub since: Timestamp,
    /// When it was last read to its end: what happened until then is here, but for what comes late. Where that
    /// never was, `since`.
    pub read_at: Timestamp,
    /// When its last page was taken over: the service knew the place then.
    pub page_at: Timestamp,
}

/// What is taken over of a page.
#[derive(Clone, Copy, Debug)]
pub struct Taken<'a> {
    /// Its records of the class.
    pub kept: &'a [Activity],
    /// Where the feed goes on after it.
    pub cursor: &'a Cursor,
    /// From which time on the feed is read, where it begins with this page.
    pub since: Option<Timestamp>,
    /// Whether nothing more is known to be there.
    pub is_last: bool,
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
        const SQL: &str = "SELECT cursor, since, read_at, page_at FROM feed WHERE name = ?1";
        self.read(|connection| {
            first(connection, SQL, [feed.name()], |row| {
                let time = |column| time(text(row, column)?);
                let cursor = Cursor::new(text(row, 0)?);
                Ok(Followed { cursor, since: time(1)?, read_at: time(2)?, page_at: time(3)? })
            })
        })
    }

    /// Takes over what was kept of a page, with the page's cursor; the records that were not known, in their
    /// order. Where the feed is begun with, or anew, `since` says from when on.
    pub fn take_page(&self, feed: Feed, page: &Taken<'_>, now: Timestamp) -> Result<Vec<Activity>, Fault> {
        const BEGIN: &str = "INSERT INTO feed (name, cursor, since, read_at, page_at)
            VALUES (?1, ?2, ?5, ?4, ?3) ON CONFLICT (name) DO UPDATE SET cursor = excluded.cursor,
            since = excluded.since, read_at = excluded.read_at, page_at = excluded.page_at";
        const GO_ON: &str = "UPDATE feed SET cursor = ?2, page_at = ?3, read_at = coalesce(?4, read_at)
            WHERE name = ?1";
        self.write(|transaction| {
            let mut new = Vec::new();
            for activity in page.kept {
                if keep(transaction, activity)? {
                    new.push(activity.clone());
                }
            }
            let (name, cursor) = (feed.name(), page.cursor.as_str());
            let (taken, ended) = (stamp(now), page.is_last.then(|| stamp(now)));
            match page.since.map(stamp) {
                Some(since) => {
                    let ended = ended.unwrap_or_else(|| since.clone());
                    run(transaction, BEGIN, (name, cursor, taken, ended, since))?
                }
                None => run(transaction, GO_ON, (name, cursor, taken, ended))?,
            };
            Ok(new)
        })
    }

    /// Every vault that is or was the class's, as far as it is known here: those of students, those in
    /// quarantine, and those that were deleted at the end of the term.
    pub fn vaults_of_class(&self) -> Result<HashSet<VaultId>, Fault> {
        const SQL: &str = "SELECT vault FROM binding UNION SELECT vault FROM quarantine
            UNION SELECT json_extract(detail, '$.deleted.vault') FROM closing WHERE step = 'delete'";
        self.read(|connection| {
            let found = all(connection, SQL, [], |row| maybe(row, 0)?.map(id).transpose())?;
            Ok(found.into_iter().flatten().collect())
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
