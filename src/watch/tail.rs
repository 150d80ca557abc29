//! Reading along: what another program has found and written down, at the cost of a few local reads.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::journal;
use crate::domain::fault::Result;
use crate::domain::id::VaultId;
use crate::domain::query::WatchReport;
use crate::queries::{Queries, blocking};
use crate::store::Store;

/// Tables of the hand-off and of what was fetched: they change no row of the class.
const HAND_OFF: [&str; 4] = ["copy", "consumer", "attempt", "dead_letter"];
/// The table of what the Events API reported: no row is made of it either.
const REPORTED: &str = "activity";

/// What others wrote, as far as it was read.
#[derive(Debug, Default)]
pub(super) struct Others {
    written: Option<i64>,
    marks: BTreeMap<String, u64>,
}

/// What is not what it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is about another part of the store")]
pub(super) struct Moved {
    /// Anything at all: also what is in no row, such as arrivals.
    pub(super) any: bool,
    /// What rows and standings are made of.
    pub(super) rows: bool,
    /// How far the hand-off is.
    pub(super) handed: bool,
    /// What the Events API reported.
    pub(super) reported: bool,
}

impl Others {
    /// What has changed since the last time; nothing for the first time. Costs one statement where
    /// nobody else has written.
    pub(super) fn moved(&mut self, store: &Store) -> Result<Moved> {
        let written = store.others_wrote()?;
        if self.written == Some(written) {
            return Ok(Moved::default());
        }
        let marks = store.marks()?;
        let first = self.written.replace(written).is_none();
        let before = std::mem::replace(&mut self.marks, marks);
        if first {
            return Ok(Moved::default());
        }
        let changed: Vec<&str> = self
            .marks
            .iter()
            .filter(|(table, mark)| before.get(*table) != Some(*mark))
            .map(|(table, _)| table.as_str())
            .collect();
        Ok(Moved {
            any: true,
            rows: changed.iter().any(|table| !HAND_OFF.contains(table) && *table != REPORTED),
            handed: changed.iter().any(|table| HAND_OFF.contains(table)),
            reported: changed.contains(&REPORTED),
        })
    }
}

/// Where a follower is.
#[derive(Debug, Default)]
pub(super) struct Tail {
    others: Others,
    /// The versions of the vaults that the watcher knows.
    versions: HashMap<VaultId, Option<u64>>,
    begun: bool,
}

impl Tail {
    /// Reads what is new: reports arrivals and vaults whose items are known again; what else has
    /// moved. For the first time everything may have.
    pub(super) async fn read(
        &mut self,
        queries: &Queries,
        cursor: &mut u64,
        now: Timestamp,
        report: &mut (impl FnMut(WatchReport) + Send),
    ) -> Result<Moved> {
        let first = !std::mem::replace(&mut self.begun, true);
        let (store, mut others) = (queries.store.clone(), std::mem::take(&mut self.others));
        let (moved, others) = blocking(move || others.moved(&store).map(|moved| (moved, others))).await?;
        self.others = others;
        if !moved.any && !first {
            return Ok(moved);
        }
        let store = queries.store.clone();
        let versions = blocking(move || store.seen_versions()).await?;
        let settled = versions.iter().filter(|(vault, version)| self.versions.get(*vault) != Some(*version));
        let mut settled: Vec<VaultId> = settled.map(|(vault, _)| vault.clone()).collect();
        self.versions = versions;
        if first {
            settled.clear();
        }
        loop {
            let arrivals = journal(queries, cursor).await?;
            if arrivals.is_empty() && settled.is_empty() {
                break;
            }
            let settled = std::mem::take(&mut settled);
            report(WatchReport { settled, arrivals, ..WatchReport::nothing(now) });
        }
        let Moved { rows, handed, reported, .. } = moved;
        Ok(Moved { rows: rows || first, handed: handed || first, reported: reported || first, ..moved })
    }
}
