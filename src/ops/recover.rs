//! After a program died: what it had begun to change is looked at again.
//!
//! Between a call and its entry in the ledger a program can die. Then the ledger tells what was so
//! before, and nobody would notice that a student is locked out. The audit log knows: the intent
//! has no result. Such an access is no longer taken for known until a grant proves it.

use std::collections::HashMap;

use serde_json::json;

use super::Ops;
use super::lock::Lock;
use crate::audit::{Outcome as Recorded, Record};
use crate::domain::access::Principal;
use crate::domain::class::{Marker, StudentKey};
use crate::domain::directory::Vault;
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
            + self.recover_vaults(&open).await?
            + self.recover_deletions(&open).await?
            + self.recover_term(&open).await?
            + self.recover_checkpoints(&open).await?;
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

    /// Looks for every vault that a program began to make without telling the end of it, by the nonce of
    /// that attempt. One that is there was made; of one that is not nobody knows whether it will come yet:
    /// that is what [`Queries::quarantine`](crate::queries::Queries::quarantine) looks for later. Returns
    /// how many there were. What another program is making just now is left to it.
    async fn recover_vaults(&self, open: &[Record]) -> Result<usize> {
        if !open.iter().any(|record| made(record).is_some()) {
            return Ok(0);
        }
        let held = self.hold(open.iter().filter_map(made).map(|(pseudonym, _)| pseudonym)).await?;
        // Read again: whoever had a lock until now has told the end of it.
        let left: Vec<Record> = self.unfinished().await?;
        let left = left.iter().filter_map(|record| {
            let (pseudonym, nonce) = made(record)?;
            Some((record.intended()?, &held.get(pseudonym)?.0, nonce))
        });
        let left: Vec<_> = left.collect();
        if left.is_empty() {
            return Ok(0);
        }
        let store = self.queries.store.clone();
        let bindings = blocking(move || store.bindings()).await?;
        let bound: HashMap<&str, &VaultId> =
            bindings.iter().map(|binding| (binding.nonce.as_str(), &binding.vault)).collect();
        let unknown = left.iter().any(|(_, _, nonce)| !bound.contains_key(nonce));
        let vaults = if unknown { self.queries.provider.vaults().await? } else { Vec::new() };
        for (intended, student, nonce) in &left {
            let vault = match bound.get(nonce) {
                Some(vault) => Some((*vault).clone()),
                None => self.made_with(&vaults, student, nonce).await?,
            };
            let (outcome, message) = match vault {
                Some(_) => (Recorded::Done, "the program ended before it told; a look shows the vault"),
                None => {
                    (Recorded::Unknown, "the program ended before the answer came; no such vault is there")
                }
            };
            let after = vault.map(|vault| json!({ "vault": vault }));
            let (audit, now, intended) = (self.audit.clone(), self.queries.clock.now(), intended.clone());
            blocking(move || audit.conclude(&intended, outcome, Some(message), after, now)).await?;
        }
        let audit = self.audit.clone();
        blocking(move || audit.flush()).await?;
        Ok(left.len())
    }

    /// The vault that an attempt for a student has made, as its nonce tells.
    async fn made_with(
        &self,
        vaults: &[Vault],
        student: &StudentKey,
        nonce: &str,
    ) -> Result<Option<VaultId>> {
        let name = self.queries.class.vault_name(student);
        let candidates = self.queries.candidates(vaults, &name).await?;
        let is_it = |vault: &Vault| {
            let marker = vault.description.as_ref().and_then(Marker::read);
            marker.is_some_and(|marker| marker.student == *student && marker.nonce == nonce)
        };
        Ok(candidates.into_iter().find(is_it).map(|vault| vault.id))
    }

    /// Holds the locks of the students of these pseudonyms, by pseudonym: of those who are known here and whose
    /// lock no other program has.
    pub(super) async fn hold<'p>(
        &self,
        pseudonyms: impl Iterator<Item = &'p str>,
    ) -> Result<HashMap<String, (StudentKey, Lock)>> {
        let store = self.queries.store.clone();
        let students = blocking(move || store.students()).await?.into_iter().map(|row| row.student.key);
        let students: HashMap<String, StudentKey> =
            students.map(|key| (self.audit.pseudonym(key.as_str()), key)).collect();
        let mut held = HashMap::new();
        for pseudonym in pseudonyms {
            let Some(student) = students.get(pseudonym).filter(|_| !held.contains_key(pseudonym)) else {
                continue;
            };
            let (folder, key) = (self.locks.clone(), student.clone());
            if let Ok(lock) = blocking(move || Lock::take(&folder, &key)).await {
                held.insert(pseudonym.to_owned(), (student.clone(), lock));
            }
        }
        Ok(held)
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

/// For whom, by pseudonym, an intent makes a vault, and the nonce of that attempt.
fn made(record: &Record) -> Option<(&str, &str)> {
    let is_it = record.op.as_str() == "create-vault";
    is_it.then(|| Some((record.args["student"].as_str()?, record.args["nonce"].as_str()?))).flatten()
}

/// Whose access on which vault an intent changes.
fn access(record: Record) -> Option<(Record, VaultId, Principal)> {
    let part = |name: &str| record.args.get(name).cloned().unwrap_or_default();
    let vault = serde_json::from_value(part("vault")).ok()?;
    let who = serde_json::from_value(part("who")).ok()?;
    Some((record, vault, who))
}
