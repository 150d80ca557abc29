//! What has arrived, as the journal tells it, with what is known beside it.

use super::reported::made_by;
use super::submissions::place;
use super::{Queries, blocking};
use crate::domain::arrival::{Arrival, SavedCopy};
use crate::domain::fault::Result;
use crate::domain::id::VaultId;
use crate::domain::query::LocalCopy;

/// Under this name the store keeps the number of the last arrival that was read on a screen.
pub(super) const READ: &str = "read-until";

impl Queries {
    /// The arrivals with a number above `after`, at most `rows`, oldest first.
    pub async fn arrivals_after(&self, after: u64, rows: usize) -> Result<Vec<Arrival>> {
        let queries = self.clone();
        blocking(move || queries.told(queries.store.arrivals(after, rows)?)).await
    }

    /// The newest arrivals, at most `rows`, oldest first.
    pub async fn last_arrivals(&self, rows: usize) -> Result<Vec<Arrival>> {
        let queries = self.clone();
        blocking(move || queries.told(queries.store.last_arrivals(rows)?)).await
    }

    /// The number of the last arrival that was read on a screen; 0 before the first.
    pub async fn read_until(&self) -> Result<u64> {
        self.with_store(move |store| Ok(store.cached(READ)?.map_or(0, |(seq, _)| seq))).await
    }

    /// Notes that arrivals up to this one were read on a screen. Of two screens the further counts.
    pub async fn mark_read(&self, seq: u64) -> Result<()> {
        let now = self.clock.now();
        self.with_store(move |store| {
            let before: u64 = store.cached(READ)?.map_or(0, |(seq, _)| seq);
            if seq > before { store.put_cached(READ, &seq, now) } else { Ok(()) }
        })
        .await
    }

    /// The copies on this machine of a vault's files.
    pub async fn copies(&self, vault: &VaultId) -> Result<Vec<LocalCopy>> {
        let vault = vault.clone();
        self.with_store(move |store| store.copies(&vault)).await
    }

    /// Adds what the journal itself does not hold. Blocks on the store.
    fn told(&self, mut arrivals: Vec<Arrival>) -> Result<Vec<Arrival>> {
        place(self, &mut arrivals)?;
        made_by(&self.store, &mut arrivals)?;
        for arrival in &mut arrivals {
            let Some(file) = arrival.files.first() else { continue };
            let (vault, item) = (&arrival.vault.id, &arrival.item);
            let copy = self.store.copy_of(vault, &item.id, item.version, &file.id)?;
            arrival.saved = copy.map(|copy| SavedCopy { path: copy.path, sha256: copy.sha256 });
        }
        Ok(arrivals)
    }
}
