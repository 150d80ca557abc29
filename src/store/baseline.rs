//! What was in the vaults before the first look at them, as that look showed it.
//!
//! It is written once and stays, whatever becomes of the items: no arrival tells of it, and what was
//! handed in then stays handed in.

use jiff::Timestamp;
use rusqlite::{Row, Transaction};

use super::row::{all, count, from_json, id, maybe, number, run, stamp, text, time, to_json};
use super::{SeenItem, Store, Trouble};
use crate::domain::arrival::ArrivalItem;
use crate::domain::class::StudentKey;
use crate::domain::directory::ItemRef;
use crate::domain::fault::Fault;
use crate::domain::id::{PersonId, VaultId};
use crate::domain::submission::Sighting;
use crate::domain::text::SafeText;

/// A store of version 1 has not kept it: there it is what no arrival tells of, as it was last seen.
pub(super) const TABLES: &str = "
CREATE TABLE baseline (
    vault TEXT NOT NULL, item TEXT NOT NULL, version INTEGER NOT NULL, title TEXT NOT NULL,
    category TEXT NOT NULL, tags TEXT NOT NULL, created_at TEXT, updated_at TEXT, last_edited_by TEXT,
    holds_file INTEGER NOT NULL, seen_at TEXT NOT NULL, PRIMARY KEY (vault, item)
) STRICT, WITHOUT ROWID;

INSERT INTO baseline
    SELECT i.vault, i.item, i.version, i.title, i.category, i.tags, i.created_at, i.updated_at,
        i.last_edited_by, i.files <> '[]', coalesce(v.full_at, strftime('%Y-%m-%dT%H:%M:%f000000Z', 'now'))
    FROM seen_item i JOIN seen_vault v ON v.vault = i.vault
    WHERE NOT EXISTS (SELECT 1 FROM arrival a WHERE a.vault = i.vault AND a.item = i.item);
";

/// An item that was there before the first look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstSeen {
    /// Whose vault it is in.
    pub student: StudentKey,
    /// How it was seen; by whom is not told here.
    pub sighting: Sighting,
    /// Who had changed it last, where the service tells.
    pub editor: Option<PersonId>,
}

const COLUMNS: &str = "SELECT b.student, f.vault, f.item, f.version, f.title, f.category, f.tags,
    f.created_at, f.updated_at, f.last_edited_by, f.holds_file, f.seen_at
    FROM baseline f JOIN binding b ON b.vault = f.vault";

impl Store {
    /// What was in the students' vaults before the first look at them.
    pub fn baseline(&self) -> Result<Vec<FirstSeen>, Fault> {
        self.read(|connection| all(connection, COLUMNS, [], first_seen))
    }

    /// The same of one item.
    pub fn baseline_of(&self, at: &ItemRef) -> Result<Option<FirstSeen>, Fault> {
        let sql = format!("{COLUMNS} WHERE f.vault = ?1 AND f.item = ?2");
        let which = (at.vault.as_str(), at.item.as_str());
        self.read(|connection| Ok(all(connection, &sql, which, first_seen)?.pop()))
    }
}

/// Keeps what the first look at a vault showed.
pub(super) fn keep(
    transaction: &Transaction<'_>,
    vault: &VaultId,
    items: &[SeenItem],
    at: Timestamp,
) -> Result<(), Trouble> {
    const SQL: &str = "INSERT INTO baseline VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
        ON CONFLICT DO NOTHING";
    for SeenItem { item, files } in items {
        let row = (
            vault.as_str(),
            item.id.as_str(),
            number(item.version)?,
            item.title.as_str(),
            item.category.as_str(),
            to_json(&item.tags)?,
            item.created_at.map(stamp),
            item.updated_at.map(stamp),
            item.last_edited_by.as_ref().map(PersonId::as_str),
            !files.is_empty(),
            stamp(at),
        );
        run(transaction, SQL, row)?;
    }
    Ok(())
}

fn first_seen(row: &Row<'_>) -> Result<FirstSeen, Trouble> {
    let item = ArrivalItem {
        id: id(text(row, 2)?)?,
        version: count(row, 3)?,
        title: SafeText::new(text(row, 4)?),
        category: SafeText::new(text(row, 5)?),
        tags: from_json(text(row, 6)?)?,
        created_at: maybe(row, 7)?.map(time).transpose()?,
        updated_at: maybe(row, 8)?.map(time).transpose()?,
        last_edited_by: maybe(row, 9)?.map(id).transpose()?,
    };
    let editor = item.last_edited_by.clone();
    let sighting = Sighting::new(id(text(row, 1)?)?, item, row.get(10)?, None, time(text(row, 11)?)?);
    Ok(FirstSeen { student: id(text(row, 0)?)?, sighting, editor })
}
