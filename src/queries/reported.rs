//! What the Events API reported, put beside what is known otherwise: who made an arrival, and since when and by
//! whom somebody has an access. From the store; nothing is asked of the service.

use std::collections::HashMap;

use super::Queries;
use crate::domain::arrival::Arrival;
use crate::domain::directory::ItemRef;
use crate::domain::events::Activity;
use crate::domain::fault::Result;
use crate::domain::id::VaultId;
use crate::domain::reported::{Reported, Wanted, credit};
use crate::store::Store;

impl Queries {
    /// What is reported of access to these vaults, and of who is in which group.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn reported(&self, vaults: &[VaultId]) -> Result<Reported> {
        let vaults = vaults.to_vec();
        self.with_store(move |store| store.reported_access(&vaults).map(Reported::of)).await
    }
}

/// Adds to arrivals who made them and by which program, where that is reported: one look for all of them. A
/// record may come long after its arrival; it is told from the next look on.
pub(super) fn made_by(store: &Store, arrivals: &mut [Arrival]) -> Result<()> {
    let wanted: Vec<Wanted> = arrivals.iter().map(|arrival| Wanted::of(arrival)).collect();
    let mut told: HashMap<ItemRef, Vec<Activity>> = HashMap::new();
    for record in store.reported_of(&wanted)? {
        if let (Some(vault), Some(item)) = (record.vault.clone(), record.item.clone()) {
            told.entry(ItemRef { vault, item }).or_default().push(record);
        }
    }
    if told.is_empty() {
        return Ok(());
    }
    for (arrival, wanted) in arrivals.iter_mut().zip(&wanted) {
        if let Some(records) = told.get(&wanted.at) {
            credit(arrival, records);
        }
    }
    Ok(())
}
