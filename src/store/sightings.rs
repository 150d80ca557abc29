//! The journal as verdicts need it: every version of every item that was seen, and nothing beside.

use jiff::Timestamp;
use rusqlite::Row;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::row::{all, count, from_json, id, maybe, number, text, time};
use super::{Store, Trouble};
use crate::domain::activity::{ArrivalKind, By};
use crate::domain::class::StudentKey;
use crate::domain::directory::ItemRef;
use crate::domain::fault::Fault;
use crate::domain::id::{ItemId, VaultId};
use crate::domain::submission::{Moment, Sighting, own_time};
use crate::domain::text::SafeText;

/// As much of an arrival as is needed.
#[derive(Deserialize)]
struct Light {
    kind: ArrivalKind,
    detected_at: Timestamp,
    #[serde(default)]
    not_before: Option<Timestamp>,
    #[serde(default = "one")]
    changes: u64,
    student: Student,
    vault: Vault,
    item: Item,
    files: Vec<IgnoredAny>,
    by: By,
}

#[derive(Deserialize)]
struct Student {
    key: StudentKey,
}

#[derive(Deserialize)]
struct Vault {
    id: VaultId,
}

#[derive(Deserialize)]
struct Item {
    id: ItemId,
    title: SafeText,
    category: SafeText,
    version: u64,
    #[serde(default)]
    tags: Vec<SafeText>,
    created_at: Option<Timestamp>,
    updated_at: Option<Timestamp>,
}

fn one() -> u64 {
    1
}

impl Store {
    /// What the arrivals with a number above `after` tell, oldest first, each with its student.
    pub fn sightings(&self, after: u64) -> Result<Vec<(StudentKey, Sighting)>, Fault> {
        const SQL: &str = "SELECT seq, json FROM arrival WHERE seq > ?1 ORDER BY seq";
        self.read(|connection| all(connection, SQL, [number(after)?], sighting))
    }

    /// What the arrivals of one item up to this number tell, oldest first.
    pub fn sightings_of(&self, at: &ItemRef, until: u64) -> Result<Vec<(StudentKey, Sighting)>, Fault> {
        const SQL: &str =
            "SELECT seq, json FROM arrival WHERE vault = ?1 AND item = ?2 AND seq <= ?3 ORDER BY seq";
        self.read(|connection| {
            all(connection, SQL, (at.vault.as_str(), at.item.as_str(), number(until)?), sighting)
        })
    }

    /// The items of the students' vaults that no arrival tells of: what was there before the first look,
    /// as it has been since.
    pub fn never_arrived(&self) -> Result<Vec<(StudentKey, Sighting)>, Fault> {
        const SQL: &str = "SELECT b.student, i.vault, i.item, i.version, i.title, i.category, i.tags,
                i.files <> '[]', i.created_at, i.updated_at, v.full_at
            FROM binding b JOIN seen_vault v ON v.vault = b.vault JOIN seen_item i ON i.vault = b.vault
            WHERE v.full_at IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM arrival a WHERE a.vault = i.vault AND a.item = i.item)";
        self.read(|connection| all(connection, SQL, [], never_arrived))
    }
}

fn sighting(row: &Row<'_>) -> Result<(StudentKey, Sighting), Trouble> {
    let (seq, found) = (count(row, 0)?, from_json::<Light>(text(row, 1)?)?);
    let item = found.item;
    let told = own_time(item.version, item.created_at, item.updated_at);
    let sighting = Sighting {
        at: ItemRef { vault: found.vault.id, item: item.id },
        seq: Some(seq),
        kind: found.kind,
        holds_file: !found.files.is_empty() || item.category.as_str() == Sighting::DOCUMENT,
        title: item.title,
        category: item.category,
        tags: item.tags,
        version: item.version,
        by: found.by,
        moment: Moment { after: found.not_before, seen: found.detected_at, told },
        created: item.created_at,
        changes: found.changes,
    };
    Ok((found.student.key, sighting))
}

fn never_arrived(row: &Row<'_>) -> Result<(StudentKey, Sighting), Trouble> {
    let (version, category) = (count(row, 3)?, SafeText::new(text(row, 5)?));
    let created = maybe(row, 8)?.map(time).transpose()?;
    let told = own_time(version, created, maybe(row, 9)?.map(time).transpose()?);
    let sighting = Sighting {
        at: ItemRef { vault: id(text(row, 1)?)?, item: id(text(row, 2)?)? },
        seq: None,
        kind: ArrivalKind::New,
        title: SafeText::new(text(row, 4)?),
        holds_file: row.get::<_, bool>(7)? || category.as_str() == Sighting::DOCUMENT,
        category,
        tags: from_json(text(row, 6)?)?,
        version,
        by: By::Unknown,
        moment: Moment { after: None, seen: time(text(row, 10)?)?, told },
        created,
        changes: 1,
    };
    Ok((id(text(row, 0)?)?, sighting))
}
