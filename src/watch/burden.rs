//! Which vaults weigh on the ration where several services read them, and how those services stand.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;

use super::Watch;
use crate::domain::directory::Vault;
use crate::domain::id::VaultId;
use crate::domain::parts::{Part, differ};
use crate::domain::vault_list::VaultList;

impl Watch {
    /// Says which vaults are the class's: those have to stand in every list.
    pub(super) fn mind(&self) {
        let bound = self.frame.iter().flat_map(|frame| frame.bindings.values());
        self.queries.provider.mind(bound.cloned().collect());
    }

    /// Takes over as of when a list has told of its vaults, and who reads them.
    pub(super) fn note_worth(&mut self, vaults: &VaultList, now: Timestamp) {
        // What a copy reads no more is paid for from now on.
        self.weigh();
        let as_of = |vault: &Vault| Some((vault.id.clone(), vaults.as_of(&vault.id, now)?));
        self.as_of = vaults.iter().filter_map(as_of).collect();
    }

    /// Takes over which vaults are read beside the ration.
    pub(super) fn weigh(&mut self) {
        let provider = &self.queries.provider;
        let bound = self.frame.iter().flat_map(|frame| frame.bindings.values());
        // Where nothing is rationed nothing is beside a ration.
        let rationed = provider.budget().is_some();
        let (charged, beside): (HashSet<&VaultId>, HashSet<&VaultId>) =
            bound.partition(|vault| !rationed || provider.charges(vault));
        let charged = if beside.is_empty() { self.versions.len() } else { charged.len() };
        self.share.weigh(beside.into_iter().cloned().collect(), charged);
    }

    /// Whether a look before its time is worth it for what was reported: it costs nothing where all of that is read
    /// beside the ration, and else it has to be paid for, the list of the acting service with it.
    pub(super) fn looks_early(&self) -> bool {
        if self.leads.are_all(|vault| self.share.is_read_beside(vault)) {
            return true;
        }
        let pays = self.share.pays_for_look(self.queries.clock.now());
        self.early.store(pays, Ordering::Relaxed);
        pays
    }

    /// Says how long the acting service is left alone; a look before its time asks it all the same.
    pub(super) fn keep_pace(&self, pace: Duration) {
        let early = self.early.swap(false, Ordering::Relaxed);
        self.queries.provider.pace(if early { Duration::ZERO } else { pace });
    }

    /// How the services stand, where that is news.
    pub(super) fn stand_otherwise(&mut self) -> Option<Vec<Part>> {
        let parts = self.queries.provider.parts();
        differ(&self.told_parts, &parts).then(|| {
            self.told_parts.clone_from(&parts);
            parts
        })
    }
}
