//! Whether what is on the vaults and should not be is told, all of it and nothing else: judged by the
//! server's ledger and the model.

use super::judge::Judge;
use super::model::Sight;
use super::system::System;
use crate::domain::access::{Level, Permission, Permissions, Principal};
use crate::domain::drift::Drifts;
use crate::domain::id::VaultId;

impl System {
    /// Asks for drift by lists that are read just now. Where an answer is to go wrong nothing is demanded.
    pub(super) fn reported(&self) {
        if !self.hall.is_honest() {
            return;
        }
        let Ok(drifts) = self.runtime.block_on(self.ops.queries.drift(true, &[])) else { return };
        let bindings = self.ops.queries.store.bindings().unwrap();
        let world = self.hall.world.clone();
        self.hall.judge(|judge| {
            judge.observe(&world);
            for binding in bindings {
                let is_read = drifts.unread.iter().all(|(vault, _)| *vault != binding.vault);
                let student = judge.owners.get(&binding.vault).copied();
                if let Some(student) = student.filter(|_| is_read) {
                    judge.told_of(student, &binding.vault, &drifts);
                }
            }
        });
    }
}

impl Judge {
    fn told_of(&mut self, student: usize, vault: &VaultId, drifts: &Drifts) {
        let told: Vec<_> = drifts.list.iter().filter(|drift| drift.vault == *vault).collect();
        let held: Vec<(Principal, Permissions)> = self
            .acl
            .iter()
            .filter(|((at, _), _)| at == vault)
            .map(|((_, who), set)| (who.clone(), *set))
            .collect();
        for (who, set) in &held {
            let is_told = told.iter().any(|drift| drift.who == *who);
            if self.strays(student, who, *set).is_some_and(|strays| strays != is_told) {
                let whom = self.who(who);
                self.bad(format!(
                    "I-report: {whom:?} has {set:?} on the vault of s{student}; told as drift: {is_told}"
                ));
            }
        }
        for drift in told.iter().filter(|drift| held.iter().all(|(who, _)| *who != drift.who)) {
            self.bad(format!("I-report: {:?} is told to be on the vault of s{student}", drift.who));
        }
    }

    /// Whether it has to be told that somebody is on a student's vault; `None` where that is no question of
    /// drift: whoever acts, administrators, and those who belong there and can be given nothing now.
    fn strays(&self, student: usize, principal: &Principal, held: Permissions) -> Option<bool> {
        let who = self.who(principal).filter(|_| principal.id() != self.me.as_str())?;
        if self.model.is_asleep(student, who) {
            return None;
        }
        if self.model.limit(student, who).is_none() {
            return Some(true);
        }
        // What is not shown cannot be told.
        let desired = Some(self.model.desired(student, who)).filter(|_| self.model.sight != Sight::Blind)?;
        let asked = if desired == Level::None { Permissions::NONE } else { self.model.set(desired)? };
        Some(!(held - asked - Permissions::of(&[Permission::MoveItems])).is_empty())
    }
}
