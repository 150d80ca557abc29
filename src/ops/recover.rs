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
        let open = self.unfinished().await?;
        let people = self.recover_people(&open).await?
            + self.recover_decisions(&open).await?
            + self.recover_deletions(&open).await?
            + self.recover_term(&open).await?;
        if !open.into_iter().any(|record| access(record).is_some()) {
            return Ok(people);
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
        Ok(left.len() + people)
    }

    /// The open intents that change an access, but those of this very program.
    async fn open(&self) -> Result<Vec<(Record, VaultId, Principal)>> {
        Ok(self.unfinished().await?.into_iter().filter_map(access).collect())
    }

    /// The open intents, but those of this very program.
    pub(super) async fn unfinished(&self) -> Result<Vec<Record>> {
        let own: Vec<_> = self.in_flight().iter().map(|flight| flight.intended.seq()).collect();
        let audit = self.audit.clone();
        let records = blocking(move || audit.open_intents()).await?;
        Ok(records.into_iter().filter(|record| !own.contains(&record.seq)).collect())
    }
}

/// Whose access on which vault an intent changes.
fn access(record: Record) -> Option<(Record, VaultId, Principal)> {
    let part = |name: &str| record.args.get(name).cloned().unwrap_or_default();
    let vault = serde_json::from_value(part("vault")).ok()?;
    let who = serde_json::from_value(part("who")).ok()?;
    Some((record, vault, who))
}
