//! The vaults that a portion needs: looked for, and made where there are none.

use std::collections::{HashMap, HashSet};

use futures_util::{StreamExt, stream};

use super::Run;
use super::held::Held;
use crate::domain::access::{Cell, Permissions};
use crate::domain::class::{Marker, StudentKey};
use crate::domain::directory::{NewVault, Vault};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::id::VaultId;
use crate::domain::operation::Operation;
use crate::domain::plan::Step;
use crate::domain::quarantine::Quarantined;
use crate::ops::VAULTS_AT_ONCE;
use crate::ops::make::new_nonce;
use crate::ops::row::{Brake, FOR_ALL};

impl Run<'_> {
    /// Makes the vaults that are missing, after a look at what is there already.
    pub(super) async fn make_vaults(&mut self, held: &[Held]) -> Result<()> {
        let wanted = self.running(held).filter(|(_, row)| row.steps.contains(&Step::CreateVault));
        let wanted: Vec<(usize, StudentKey)> = wanted.map(|(at, row)| (at, row.student.clone())).collect();
        let (bound, missing): (Vec<_>, Vec<_>) =
            wanted.into_iter().partition(|(_, student)| self.frame.bindings.contains_key(student));
        for (at, student) in bound {
            self.begun.insert(at);
            self.plan.rows[at].vault = self.frame.bindings.get(&student).cloned();
        }
        if missing.is_empty() {
            return Ok(());
        }
        let vaults = self.ops.queries.provider.vaults().await?;
        self.ops.queries.quarantine(&vaults).await?;
        let by_name = by_name(&vaults);
        let mut to_make = Vec::new();
        for (at, student) in missing {
            match self.look(&by_name, &student).await {
                Ok(Some(vault)) => self.bound(at, &student, &vault),
                Ok(None) => match self.creation(&student) {
                    Ok(operation) => to_make.push((at, student, operation)),
                    Err(fault) => self.fail(at, &fault),
                },
                Err(fault) => self.fail(at, &fault),
            }
        }
        let there = vaults.iter().map(|vault| vault.id.clone()).collect();
        self.make(to_make, &there).await
    }

    /// Looks for the vault that an earlier attempt has made, and binds it.
    async fn look(
        &self,
        by_name: &HashMap<&str, Vec<Vault>>,
        student: &StudentKey,
    ) -> Result<Option<VaultId>> {
        let name = self.frame.class.vault_name(student);
        let Some(named) = by_name.get(name.as_str()) else {
            return Ok(None);
        };
        let candidates = self.ops.queries.candidates(named, &name).await?;
        let ours = candidates.iter().filter_map(|vault| {
            let marker = Marker::read(vault.description.as_ref()?)?;
            let is_ours = marker.student == *student && !self.frame.quarantined.contains_key(&vault.id);
            is_ours.then_some((vault, marker))
        });
        let ours: Vec<(&Vault, Marker)> = ours.collect();
        match (self.own_of(&ours), ours.is_empty()) {
            (Some((vault, marker)), _) => {
                self.ops.bind(student, &vault.id, &marker.nonce).await?;
                let now = self.ops.queries.clock.now();
                let others = ours.iter().filter(|(other, _)| other.id != vault.id);
                let others: Vec<Quarantined> =
                    others.map(|(other, marker)| Quarantined::of(other, marker.clone(), now)).collect();
                self.ops.queries.with_store(move |store| store.quarantine(&others)).await?;
                Ok(Some(vault.id.clone()))
            }
            (None, true) => {
                Err(Fault::refused(format!("a vault named {name} exists that Strongroom did not make"))
                    .hint("rename it in 1Password, or give the class another id"))
            }
            (None, false) => {
                let message = format!("several vaults named {name} carry the mark of {student}");
                Err(Fault::refused(message).hint("look at them in 1Password and delete the empty one"))
            }
        }
    }

    /// Which of several vaults with a student's mark is the student's: the only one; else the only one in
    /// which there is anything or to which we have given access, where all others are known to be empty.
    /// `None` where that does not decide: nobody guesses.
    fn own_of<'v>(&self, ours: &'v [(&'v Vault, Marker)]) -> Option<&'v (&'v Vault, Marker)> {
        if let [only] = ours {
            return Some(only);
        }
        let used = |vault: &Vault| {
            let given = |(_, cell): (_, Cell)| matches!(cell, Cell::Ledger { set, .. } if !set.is_empty());
            vault.items != Some(0) || self.frame.known(&vault.id).any(given)
        };
        let mut used = ours.iter().filter(|(vault, _)| used(vault));
        used.next().filter(|_| used.next().is_none())
    }

    fn creation(&self, student: &StudentKey) -> Result<Operation> {
        let name = self.frame.student(student).map(|student| student.name.clone()).unwrap_or_default();
        let class = &self.frame.class;
        let vault = NewVault {
            name: class.vault_name(student),
            description: class.description(student, &name, &new_nonce()?),
            icon: class.vaults.icon.clone(),
            admins_can_manage: Some(class.vaults.admins_can_manage),
        };
        let operation = Operation::CreateVault { student: student.clone(), vault };
        self.frame.permits(&operation)?;
        Ok(operation)
    }

    /// Makes these vaults; `there` are those that were there before.
    async fn make(
        &mut self,
        list: Vec<(usize, StudentKey, Operation)>,
        there: &HashSet<VaultId>,
    ) -> Result<()> {
        let operations: Vec<_> = list.iter().map(|(.., operation)| operation.clone()).collect();
        let intended = self.ops.intend(&self.frame, &operations).await?;
        let (ops, job) = (self.ops, self.job);
        let brake = Brake::new(job, FOR_ALL);
        let work = list.into_iter().zip(intended).map(|((at, student, operation), intended)| {
            let brake = &brake;
            async move {
                job.heed().await;
                let made = if brake.is_on() {
                    ops.skip(&intended).await.map(|()| None)
                } else {
                    ops.create(&student, &operation, &intended, there).await.map(Some)
                };
                brake.heed(&made);
                if matches!(made, Ok(Some(_))) {
                    job.made(ops);
                }
                (at, student, made)
            }
        });
        let results: Vec<_> = stream::iter(work).buffer_unordered(VAULTS_AT_ONCE).collect().await;
        self.fault = brake.fault();
        for (at, student, made) in results {
            match made {
                Ok(Some(vault)) => {
                    self.bound(at, &student, &vault);
                    self.nobody_yet(at, &vault);
                }
                // Nothing was done for it: the row is still planned.
                Ok(None) => {}
                Err(fault) if fault.kind == Kind::RateLimit => {}
                Err(fault) => self.fail(at, &fault),
            }
        }
        Ok(())
    }

    fn bound(&mut self, at: usize, student: &StudentKey, vault: &VaultId) {
        self.frame.bind(student, vault);
        self.begun.insert(at);
        self.plan.rows[at].vault = Some(vault.clone());
    }

    /// On a vault that was made a moment ago nobody holds anything yet.
    fn nobody_yet(&mut self, at: usize, vault: &VaultId) {
        let now = self.ops.queries.clock.now();
        let whos: Vec<_> = self.plan.rows[at].steps.iter().filter_map(Step::who).cloned().collect();
        for who in &whos {
            let none = Cell::Proved { set: Permissions::NONE, at: now };
            self.frame.know(vault, who, none);
        }
    }
}

fn by_name(vaults: &[Vault]) -> HashMap<&str, Vec<Vault>> {
    let mut by_name: HashMap<&str, Vec<Vault>> = HashMap::new();
    for vault in vaults {
        by_name.entry(vault.name.as_str()).or_default().push(vault.clone());
    }
    by_name
}
