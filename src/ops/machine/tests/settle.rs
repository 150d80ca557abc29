//! What holds once everything outside is still: what the roster asks for comes about or is said to be
//! blocked, and doing it again does nothing.

use super::judge::Judge;
use super::model::{STUDENTS, Sight, Who};
use super::moves::Wish;
use super::system::{System, key};
use crate::domain::access::Level;
use crate::domain::id::VaultId;
use crate::domain::plan::{Outcome, Row};
use crate::ops::Ended;
use crate::provider::Provider as _;
use crate::sandbox::world::VaultRow;

impl System {
    /// Lets everything outside be still, carries out what class file and roster ask for, and looks what came
    /// of it.
    pub(super) fn settle(&self) {
        self.hall.calm();
        // Once to finish what was begun, once to do what that was in the way of.
        self.done(&Wish::Class(None));
        self.done(&Wish::Class(None));
        self.is_over(&Wish::Class(None));
        self.is_over(&Wish::Provision(None));
        self.reported();
        self.left_behind();
        if !self.verified() {
            self.hall.judge(|judge| judge.bad("I14: the log is damaged"));
        }
    }

    /// I15 and I16: what was not refused and did not fail is so, and nothing is sent again.
    fn is_over(&self, wish: &Wish) {
        let before = self.hall.judge(|judge| judge.sent);
        let Some(ended) = self.done(wish) else { return };
        let sent = self.hall.judge(|judge| judge.sent) - before;
        if sent > 0 && ended.count(|outcome| matches!(outcome, Outcome::Failed(_))) == 0 {
            self.hall.judge(|judge| judge.bad(format!("I16: {sent} changes were sent again by {wish:?}")));
        }
        let whole = matches!(wish, Wish::Class(_));
        (0..STUDENTS).for_each(|student| self.converged(student, whole, &ended));
    }

    fn done(&self, wish: &Wish) -> Option<Ended> {
        match self.perform(wish)? {
            Ok(ended) => Some(ended),
            Err(fault) => {
                let bad = format!("I15: nothing is in the way of {wish:?}, and it fails: {fault}");
                self.hall.judge(|judge| judge.bad(bad));
                None
            }
        }
    }

    /// I15 for one student: everybody has what is asked for, or it is told what is in the way; on the whole
    /// vault, or of the student alone.
    fn converged(&self, student: usize, whole: bool, ended: &Ended) {
        let rows = ended.plan.rows.iter().filter(|row| row.student == key(student));
        let told = |row: &Row| {
            let why = row.outcome.message().map_or("", |why| why.as_str());
            format!("{}: {why}", row.outcome.name())
        };
        let told: Vec<String> = rows.clone().map(told).collect();
        let is_told = rows
            .clone()
            .any(|row| matches!(row.outcome, Outcome::Failed(_) | Outcome::Refused(_) | Outcome::Waiting(_)));
        let listed = self.listed();
        let visible = |vault: &VaultId| listed.iter().any(|row| row.id == *vault);
        let (name, own) = (format!("CS101-s{student}"), self.model.own(student));
        let vault = self.vault(student);
        self.hall.judge(|judge| match &vault {
            Some(vault) if visible(vault) => {
                judge.asked_for(student, whole, vault, &told);
                if whole && !is_told && judge.model.is_alarming(student) {
                    judge.bad(format!("I7, I8: nobody is told what is wrong about s{student}: {told:?}"));
                }
            }
            // What cannot be read can be neither known nor mended.
            Some(_) if whole && !is_told => {
                judge.bad(format!("I15: the vault of s{student} is out of reach: {told:?}"));
            }
            Some(_) => {}
            None => {
                let ours = |(vault, owner): (&VaultId, &usize)| *owner == student && visible(vault);
                let is_taken = listed.iter().any(|row| row.name == name) || judge.owners.iter().any(ours);
                if own.is_some() && !(is_told && is_taken) {
                    judge.bad(format!("I15: s{student} has no vault; told: {told:?}"));
                }
            }
        });
    }
}

impl System {
    /// The vaults that whoever acts is shown.
    pub(super) fn listed(&self) -> Vec<VaultRow> {
        let world = self.hall.world.clone();
        world.at(self.hand.now()).read(|turn| turn.vaults(&self.hall.caller)).unwrap()
    }

    /// I20: what was put into a vault is still there; and a vault that a late effect has made beside a
    /// student's own is known to be nobody's.
    fn left_behind(&self) {
        let listed = self.listed();
        let vaults = self.runtime.block_on(self.hall.vaults()).unwrap();
        let _ = self.runtime.block_on(self.ops.queries.quarantine(&vaults)).unwrap();
        let kept = self.ops.queries.store.quarantined().unwrap();
        self.hall.judge(|judge| {
            for row in &listed {
                let items = judge.items.get(&row.id).copied().unwrap_or_default();
                if row.items != items {
                    judge.bad(format!("I20: {} of {items} items are in the vault {}", row.items, row.id));
                }
                let Some(student) = judge.owners.get(&row.id).copied() else { continue };
                let (own, name) = (self.vault(student), format!("CS101-s{student}"));
                let beside = own.is_some_and(|own| own != row.id) && row.name == name;
                if beside && kept.iter().all(|one| one.vault != row.id) {
                    judge.bad(format!("I20: {} beside the vault of s{student} is not kept apart", row.id));
                }
            }
        });
    }
}

impl Judge {
    /// Whether everybody of whom anything is known has on a vault what is asked for.
    fn asked_for(&mut self, student: usize, whole: bool, vault: &VaultId, told: &[String]) {
        let people = (0..self.ids.len()).map(Who::Person);
        for who in people.chain([Who::Staff, Who::Others]) {
            let own = matches!(who, Who::Person(at) if self.model.own(student) == Some(at));
            let held = self.held(vault, &self.principal(who));
            let wanted = self.model.desired(student, who);
            let is_so = match (own || whole, wanted) {
                (false, _) => true,
                // Somebody who is not active keeps what they have, and gets nothing.
                (true, _) if self.model.is_asleep(student, who) => true,
                (true, Level::None) => held.is_empty(),
                // A service account is not shown a level that somebody else has changed.
                (true, _) if self.model.sight == Sight::Blind => !held.is_empty(),
                (true, level) => self.model.set(level) == Some(held),
            };
            if !is_so {
                self.bad(format!("I15: {who:?} holds {held:?} on the vault of s{student}; told: {told:?}"));
            }
        }
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
