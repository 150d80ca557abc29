//! The journal as verdicts need it: every version of every item that was seen, and nothing beside.

use std::sync::{Arc, PoisonError};

use jiff::Timestamp;
use rusqlite::Row;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::row::{all, count, from_json, number, text};
use super::{Journal, Judged, Store, Trouble};
use crate::domain::arrival::{ArrivalItem, ArrivalKind, By};
use crate::domain::class::StudentKey;
use crate::domain::directory::ItemRef;
use crate::domain::fault::Fault;
use crate::domain::grounds::Grounds;
use crate::domain::id::VaultId;
use crate::domain::submission::Sighting;

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
    item: ArrivalItem,
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

fn one() -> u64 {
    1
}

impl Store {
    /// What the arrivals with a number above `after` tell, oldest first, each with its student.
    fn sightings(&self, after: u64) -> Result<Vec<(StudentKey, Sighting)>, Fault> {
        const SQL: &str = "SELECT seq, json FROM arrival WHERE seq > ?1 ORDER BY seq";
        self.read(|connection| all(connection, SQL, [number(after)?], sighting))
    }

    /// What all arrivals tell, oldest first. What was read once is kept in memory: arrivals never change.
    pub fn all_sightings(&self) -> Result<Arc<Journal>, Fault> {
        let mut known = self.inner.sightings.lock().unwrap_or_else(PoisonError::into_inner);
        let last = known.last().and_then(|(_, sighting)| sighting.seq).unwrap_or_default();
        let more = self.sightings(last)?;
        if !more.is_empty() {
            Arc::make_mut(&mut known).extend(more);
        }
        Ok(Arc::clone(&known))
    }

    /// The verdicts of these grounds: made once, however many ask for them, also at the same time. Only
    /// the last ones are kept, in memory.
    pub fn judged(&self, grounds: Grounds, make: impl FnOnce(&Grounds) -> Judged) -> Arc<Judged> {
        let mut last = self.inner.judged.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, judged)) = last.as_ref().filter(|(made_of, _)| *made_of == grounds) {
            return Arc::clone(judged);
        }
        let judged = Arc::new(make(&grounds));
        *last = Some((grounds, Arc::clone(&judged)));
        judged
    }

    /// What the arrivals of one item up to this number tell, oldest first.
    pub fn sightings_of(&self, at: &ItemRef, until: u64) -> Result<Vec<(StudentKey, Sighting)>, Fault> {
        const SQL: &str =
            "SELECT seq, json FROM arrival WHERE vault = ?1 AND item = ?2 AND seq <= ?3 ORDER BY seq";
        self.read(|connection| {
            all(connection, SQL, (at.vault.as_str(), at.item.as_str(), number(until)?), sighting)
        })
    }
}

fn sighting(row: &Row<'_>) -> Result<(StudentKey, Sighting), Trouble> {
    let (seq, found) = (count(row, 0)?, from_json::<Light>(text(row, 1)?)?);
    let has_files = !found.files.is_empty();
    let item = Sighting::new(found.vault.id, found.item, has_files, found.not_before, found.detected_at);
    let told = Sighting { seq: Some(seq), kind: found.kind, by: found.by, changes: found.changes, ..item };
    Ok((found.student.key, told))
}
