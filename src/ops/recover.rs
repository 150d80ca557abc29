//! After a program died: what it had begun to change is looked at again.
//!
//! Between a call and its entry in the ledger a program can die. Then the ledger tells what was so
//! before, and nobody would notice that a student is locked out. The audit log knows: the intent
//! has no result. Such an access is no longer taken for known until a grant proves it.

use std::collections::HashMap;

use super::Ops;
use super::lock::Lock;
use crate::audit::{Outcome as Recorded, Record};
use crate::domain::access::Principal;
use crate::domain::class::StudentKey;
use crate::domain::fault::Result;
use crate::domain::id::VaultId;
use crate::queries::blocking;

impl Ops {
    /// Looks at every access that a program began to change without telling the end of it, and
    /// records its outcome as unknown. Returns how many there were. What another program is
    /// changing just now is left to it. To be called before a plan is made.
    pub async fn recover(&self) -> Result<usize> {
        if self.open().await?.is_empty() {
            return Ok(0);
        }
        let store = self.queries.store.clone();
        let bindings = blocking(move || store.bindings()).await?;
        let owners: HashMap<VaultId, StudentKey> =
            bindings.into_iter().map(|binding| (binding.vault, binding.student)).collect();
        let mut held = HashMap::new();
        for (_, vault, _) in self.open().await? {
            let Some(student) = owners.get(&vault).filter(|_| !held.contains_key(&vault)) else { continue };
            let (folder, student) = (self.locks.clone(), student.clone());
            if let Ok(lock) = blocking(move || Lock::take(&folder, &student)).await {
                held.insert(vault, lock);
            }
        }
        // Read again: whoever had a lock until now has told the end of it.
        let left: Vec<_> = self.open().await?.into_iter().filter(|(_, v, _)| held.contains_key(v)).collect();
        for (_, vault, who) in &left {
            self.forget(vault, who).await?;
        }
        let vaults: Vec<VaultId> = held.keys().cloned().collect();
        // One that is gone or cannot be read stays unknown, and stops nobody else.
        self.queries.try_grants(&vaults).await?;
        for (record, ..) in &left {
            if let Some(intended) = record.intended() {
                let message = "the program ended before the answer came";
                let (audit, now) = (self.audit.clone(), self.queries.clock.now());
                blocking(move || audit.conclude(&intended, Recorded::Unknown, Some(message), None, now))
                    .await?;
            }
        }
        let audit = self.audit.clone();
        blocking(move || audit.flush()).await?;
        Ok(left.len())
    }

    /// The open intents that change an access, but those of this very program.
    async fn open(&self) -> Result<Vec<(Record, VaultId, Principal)>> {
        let own: Vec<_> = self.in_flight().iter().map(|flight| flight.intended.seq()).collect();
        let audit = self.audit.clone();
        let records = blocking(move || audit.open_intents()).await?;
        let access = |record: Record| {
            let part = |name: &str| record.args.get(name).cloned().unwrap_or_default();
            let vault = serde_json::from_value(part("vault")).ok()?;
            let who = serde_json::from_value(part("who")).ok()?;
            Some((record, vault, who))
        };
        Ok(records.into_iter().filter(|record| !own.contains(&record.seq)).filter_map(access).collect())
    }
}
