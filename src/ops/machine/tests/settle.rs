//! What holds once everything outside is still: what the roster asks for comes about or is said to be
//! blocked, and doing it again does nothing.

use super::judge::Judge;
use super::model::{STUDENTS, Sight, Who};
use super::moves::Wish;
use super::system::{System, key};
use crate::domain::access::Level;
use crate::domain::id::VaultId;
use crate::domain::plan::Outcome;
use crate::ops::Ended;

impl System {
    /// Lets everything outside be still, carries out what the roster asks for, and looks what came of it.
    pub(super) fn settle(&self) {
        self.hall.calm();
        let everybody = Wish::Provision(None);
        // Once to finish what was begun, once to do what that was in the way of.
        for _ in 0..2 {
            self.looked();
            self.done(&everybody);
        }
        self.looked();
        let before = self.hall.judge(|judge| judge.sent);
        let ended = self.done(&everybody);
        let sent = self.hall.judge(|judge| judge.sent) - before;
        if let Some(ended) = ended {
            // I16: what was not refused and did not fail is so.
            if sent > 0 && ended.count(|outcome| matches!(outcome, Outcome::Failed(_))) == 0 {
                self.hall.judge(|judge| judge.bad(format!("I16: {sent} changes were sent again")));
            }
            (0..STUDENTS).for_each(|student| self.converged(student, &ended));
        }
        if !self.verified() {
            self.hall.judge(|judge| judge.bad("I14: the log is damaged"));
        }
    }

    fn looked(&self) {
        if let Err(fault) = self.look() {
            self.hall
                .judge(|judge| judge.bad(format!("I15: nothing is in the way, and a look fails: {fault}")));
        }
    }

    fn done(&self, wish: &Wish) -> Option<Ended> {
        match self.perform(wish)? {
            Ok(ended) => Some(ended),
            Err(fault) => {
                self.hall
                    .judge(|judge| judge.bad(format!("I15: nothing is in the way, and it fails: {fault}")));
                None
            }
        }
    }

    /// I15 for one student.
    fn converged(&self, student: usize, ended: &Ended) {
        let Some(own) = self.model.own(student) else { return };
        let row = ended.plan.rows.iter().find(|row| row.student == key(student));
        let told = row.map_or("nothing".to_owned(), |row| {
            let why = row.outcome.message().map_or("", |why| why.as_str());
            format!("{}: {why}", row.outcome.name())
        });
        let (vault, sight, wanted) = (self.vault(student), self.model.sight, self.model.set(Level::Write));
        let world = self.hall.world.clone();
        let names = world.at(self.hand.now()).read(|turn| turn.vaults(&self.hall.caller)).unwrap();
        let name = format!("CS101-s{student}");
        let visible = |vault: &VaultId| names.iter().any(|row| row.id == *vault);
        self.hall.judge(|judge| {
            let who = judge.principal(Who::Person(own));
            let held = vault.as_ref().map(|vault| judge.held(vault, &who)).unwrap_or_default();
            // A service account is not shown a level that somebody else has changed.
            let is_so = wanted == Some(held) || sight == Sight::Blind && !held.is_empty();
            let is_told = row.is_some_and(|row| {
                matches!(row.outcome, Outcome::Failed(_) | Outcome::Refused(_) | Outcome::Waiting(_))
            });
            let is_blocked = match &vault {
                Some(vault) => !visible(vault) || judge.has_others(vault, student),
                None => {
                    names.iter().any(|row| row.name == name)
                        || judge.owners.iter().any(|(vault, owner)| *owner == student && visible(vault))
                }
            };
            if !is_so && !(is_told && is_blocked) {
                judge.bad(format!("I15: s{student} holds {held:?} on {vault:?}; told: {told}"));
            }
        });
    }
}

impl Judge {
    /// Whether somebody is on the vault who is neither its student nor staff.
    fn has_others(&self, vault: &VaultId, student: usize) -> bool {
        let mut held = self.acl.keys().filter(|(at, _)| at == vault).map(|(_, who)| who);
        held.any(|who| {
            let slot = self.ids.iter().position(|id| id.as_str() == who.id());
            slot.is_none_or(|slot| self.model.own(student) != Some(slot))
        })
    }

    /// I5: every vault that is known as a student's was made for that very student.
    pub(super) fn bindings_hold(&mut self) {
        let bindings = self.store.as_ref().map(|store| store.bindings().unwrap()).unwrap_or_default();
        for binding in bindings {
            let owner = self.owners.get(&binding.vault);
            if owner.is_none_or(|student| key(*student) != binding.student) {
                self.bad(format!("I5: {} is known as the vault of {}", binding.vault, binding.student));
            }
        }
    }
}
