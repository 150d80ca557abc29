//! After a program died: what it had begun to change is looked at again.
//!
//! Between a call and its entry in the ledger a program can die. Then the ledger tells what was so
//! before, and nobody would notice that a student is locked out. The audit log knows: the intent
//! has no result. Such an access is no longer taken for known until a grant proves it.
//!
//! Every kind of change looks after its own intents, and all go the same way: what another program has the
//! lock of is left to it, and what became of the rest is recorded as far as a look shows it.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};

use super::Ops;
use super::lock::{Lock, Over};
use crate::audit::{Audit, Outcome as Recorded, Record};
use crate::domain::access::Principal;
use crate::domain::class::{Marker, StudentKey};
use crate::domain::directory::Vault;
use crate::domain::fault::Result;
use crate::domain::id::VaultId;
use crate::domain::vault_list::VaultList;
use crate::store::Store;

/// Intents that a lost program has left, and the locks of the students whom they are about.
#[derive(Default)]
pub(super) struct Lost {
    pub(super) records: Vec<Record>,
    /// By pseudonym.
    pub(super) held: HashMap<String, (StudentKey, Lock)>,
}

/// What became of an intent, as far as a look shows it.
pub(super) struct Found {
    pub(super) outcome: Recorded,
    pub(super) message: &'static str,
    pub(super) after: Option<Value>,
}

impl Found {
    /// That nobody can tell.
    pub(super) const fn unknown(message: &'static str) -> Self {
        Self { outcome: Recorded::Unknown, message, after: None }
    }
}

impl Ops {
    /// Looks at everything that a program began to change without telling the end of it, and records what
    /// became of it. Returns how many intents there were. What another program is changing just now is left
    /// to it. To be called before a plan is made.
    pub async fn recover(&self) -> Result<usize> {
        let open = self.unfinished().await?;
        Ok(self.recover_people(&open).await?
            + self.recover_decisions(&open).await?
            + self.recover_vaults(&open).await?
            + self.recover_deletions(&open).await?
            + self.recover_term(&open).await?
            + self.recover_checkpoints(&open).await?
            + self.recover_access(&open).await?)
    }

    /// Takes no access for known that a lost program may have changed, and reads who is on those vaults.
    async fn recover_access(&self, open: &[Record]) -> Result<usize> {
        if !open.iter().any(|record| access(record).is_some()) {
            return Ok(0);
        }
        let bindings = self.queries.with_store(Store::bindings).await?.into_iter();
        let owners: HashMap<VaultId, String> =
            bindings.map(|one| (one.vault, self.audit.pseudonym(one.student.as_str()))).collect();
        let whose = |record: &Record| owners.get(&access(record)?.0).cloned();
        let lost = self.lost(open, Over::Vault, whose).await?;
        let mut vaults = BTreeSet::new();
        for (vault, who) in lost.records.iter().filter_map(access) {
            self.forget(&vault, &who).await?;
            vaults.insert(vault);
        }
        // One that is gone or cannot be read stays unknown, and stops nobody else.
        self.queries.try_grants(&vaults.into_iter().collect::<Vec<_>>()).await?;
        let found = |record| (record, Found::unknown("the program ended before the answer came"));
        self.settle(lost.records.iter().map(found)).await
    }

    /// Looks for every vault that a program began to make, by the nonce of that attempt. One that is there was
    /// made; of one that is not nobody knows whether it will come yet: that is what
    /// [`Queries::quarantine`](crate::queries::Queries::quarantine) looks for later.
    async fn recover_vaults(&self, open: &[Record]) -> Result<usize> {
        let whose = |record: &Record| made(record).map(|(student, _)| student.to_owned());
        let lost = self.lost(open, Over::Vault, whose).await?;
        if lost.records.is_empty() {
            return Ok(0);
        }
        let bindings = self.queries.with_store(Store::bindings).await?;
        let bound: HashMap<&str, &VaultId> =
            bindings.iter().map(|binding| (binding.nonce.as_str(), &binding.vault)).collect();
        let made = lost.records.iter().filter_map(|record| {
            let (pseudonym, nonce) = made(record)?;
            Some((record, &lost.held.get(pseudonym)?.0, nonce))
        });
        let made: Vec<_> = made.collect();
        let unknown = made.iter().any(|(.., nonce)| !bound.contains_key(nonce));
        let vaults = if unknown { self.queries.provider.vaults().await? } else { VaultList::default() };
        let mut found = Vec::new();
        for (record, student, nonce) in made {
            let vault = match bound.get(nonce) {
                Some(vault) => Some((*vault).clone()),
                None => self.made_with(&vaults, student, nonce).await?,
            };
            let one = match vault {
                Some(vault) => Found {
                    outcome: Recorded::Done,
                    message: "the program ended before it told; a look shows the vault",
                    after: Some(json!({ "vault": vault })),
                },
                None => Found::unknown("the program ended before the answer came; no such vault is there"),
            };
            found.push((record, one));
        }
        self.settle(found).await
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

    /// What a lost program has left of the open intents for which `whose` tells a student, by pseudonym: the
    /// locks of these students are taken as long as this is held, as far as they are known here and no other
    /// program has them.
    pub(super) async fn lost(
        &self,
        open: &[Record],
        over: fn(StudentKey) -> Over,
        whose: impl Fn(&Record) -> Option<String>,
    ) -> Result<Lost> {
        let about: BTreeSet<String> = open.iter().filter_map(&whose).collect();
        let mut held = HashMap::new();
        if about.is_empty() {
            return Ok(Lost::default());
        }
        for student in self.queries.with_store(Store::students).await?.into_iter().map(|row| row.student.key)
        {
            // A class has more students than a program may have files open.
            let pseudonym = self.audit.pseudonym(student.as_str());
            if about.contains(&pseudonym)
                && let Ok(lock) = self.lock(over(student.clone())).await
            {
                held.insert(pseudonym, (student, lock));
            }
        }
        // Read again: whoever had a lock until now has told the end of it.
        let mut records = self.unfinished().await?;
        records.retain(|record| whose(record).is_some_and(|student| held.contains_key(&student)));
        Ok(Lost { records, held })
    }

    /// Records what became of intents that a lost program has left, and has it on the disk; how many.
    pub(super) async fn settle<'r>(
        &self,
        found: impl IntoIterator<Item = (&'r Record, Found)>,
    ) -> Result<usize> {
        let found = found.into_iter().filter_map(|(record, found)| Some((record.intended()?, found)));
        let (found, now): (Vec<_>, _) = (found.collect(), self.queries.clock.now());
        self.with_log(move |audit| {
            let count = found.len();
            for (intended, Found { outcome, message, after }) in found {
                audit.conclude(&intended, outcome, Some(message), after, now)?;
            }
            audit.flush()?;
            Ok(count)
        })
        .await
    }

    /// The open intents, but those of this very program.
    pub(super) async fn unfinished(&self) -> Result<Vec<Record>> {
        let own: Vec<_> = self.in_flight().iter().map(|flight| flight.intended().seq()).collect();
        let records = self.with_log(Audit::open_intents).await?;
        Ok(records.into_iter().filter(|record| !own.contains(&record.seq)).collect())
    }
}

/// For whom, by pseudonym, an intent makes a vault, and the nonce of that attempt.
fn made(record: &Record) -> Option<(&str, &str)> {
    let is_it = record.op.as_str() == "create-vault";
    is_it.then(|| Some((record.args["student"].as_str()?, record.args["nonce"].as_str()?))).flatten()
}

/// Whose access on which vault an intent changes.
fn access(record: &Record) -> Option<(VaultId, Principal)> {
    let part = |name: &str| record.args.get(name).cloned().unwrap_or_default();
    Some((serde_json::from_value(part("vault")).ok()?, serde_json::from_value(part("who")).ok()?))
}
