//! Vaults that a lost answer has left behind: found in a list that was read anyway.

use std::collections::{BTreeMap, HashSet};

use super::Queries;
use crate::domain::fault::{Kind, Result};
use crate::domain::quarantine::{is_left_behind, suspects};
use crate::domain::vault_list::{Gap, VaultList};

impl Queries {
    /// Looks through a list of all vaults for such that carry the mark of a student who has another one,
    /// and puts them into quarantine; those that are gone from a whole list leave it. Returns whether anything
    /// is different. Costs no request, but one for each vault that has a student's name without being the
    /// student's and was not looked at before.
    ///
    /// # Errors
    /// [`Kind::Local`] where the store fails. A vault that cannot be read is looked at another time.
    pub async fn quarantine(&self, vaults: &VaultList) -> Result<bool> {
        let (bindings, quarantined, mut known) =
            self.with_store(|store| Ok((store.bindings()?, store.quarantined()?, store.unmarked()?))).await?;
        let bindings: BTreeMap<_, _> = bindings.into_iter().map(|one| (one.student, one.vault)).collect();
        let listed: HashSet<_> = vaults.iter().map(|vault| &vault.id).collect();
        // Of a vault that a list has left out nobody knows whether it is gone.
        let whole = vaults.gap == Gap::None;
        let gone = quarantined.iter().map(|one| &one.vault).filter(|id| whole && !listed.contains(id));
        let gone: Vec<_> = gone.cloned().collect();
        known.extend(quarantined.into_iter().map(|one| one.vault));
        let (mut found, mut unmarked) = (Vec::new(), Vec::new());
        for vault in suspects(&self.class, &bindings, vaults, |id| known.contains(id)) {
            let read = match self.provider.vault(&vault.id).await {
                Ok(read) => read,
                // It is gone again, or another time will do: nothing rests on it.
                Err(fault) if fault.kind == Kind::NotFound => continue,
                Err(_) => break,
            };
            match is_left_behind(&bindings, &read, self.clock.now()) {
                Some(one) => found.push(one),
                None => unmarked.push(read.id),
            }
        }
        if found.is_empty() && unmarked.is_empty() && gone.is_empty() {
            return Ok(false);
        }
        let differs = !found.is_empty() || !gone.is_empty();
        self.with_store(move |store| {
            store.quarantine(&found)?;
            store.note_unmarked(&unmarked)?;
            gone.iter().try_for_each(|vault| store.release_vault(vault).map(drop))
        })
        .await?;
        Ok(differs)
    }
}
