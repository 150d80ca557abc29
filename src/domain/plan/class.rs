//! The plan that brings every vault to exactly the access that class file and roster ask for.
//!
//! It takes first and gives last, so that no part of it gives anybody more than they had or are to have;
//! it deletes nothing. Where the term of a student is frozen or closed the plan keeps it so. Who made the vault, who acts, and the account's administrators are left alone. What
//! could not be read is not guessed: such a vault waits.

use std::collections::HashSet;

use super::provide::awaited;
use super::{Outcome, Row, Step, named};
use crate::domain::access::{Level, Principal};
use crate::domain::class::StudentKey;
use crate::domain::directory::PersonState;
use crate::domain::fault::Fault;
use crate::domain::frame::{Frame, Standing};
use crate::domain::id::{PersonId, VaultId};
use crate::domain::operation::{Operation, plain};
use crate::domain::roster::Student;
use crate::domain::text::SafeText;

pub(super) fn class(frame: &Frame, keys: &[StudentKey]) -> Result<Vec<Row>, Fault> {
    let wanted = if keys.is_empty() { frame.students.iter().collect() } else { named(frame, keys)? };
    let mut work = Work { frame: frame.clone(), guests: HashSet::new() };
    // Nobody is given a first vault who has left, or whose term has come to its end.
    let ended = |key: &StudentKey| frame.closing.get(key).is_some_and(|closing| closing.word().is_some());
    let vaultless = |student: &&Student| {
        let over = frame.gone.contains(&student.key) || ended(&student.key);
        over && !frame.bindings.contains_key(&student.key)
    };
    Ok(wanted.into_iter().filter(|student| !vaultless(student)).flat_map(|s| work.rows(s)).collect())
}

/// Who should be on a vault, at which level.
type Asked = (Principal, Level);

struct Work {
    /// Its cells are changed while a row is worked out, and are again as they were behind it.
    frame: Frame,
    /// Guests who get a vault by an earlier row.
    guests: HashSet<Principal>,
}

impl Work {
    /// The row of a student; two where a part of it is forbidden.
    fn rows(&mut self, student: &Student) -> Vec<Row> {
        let vault = self.frame.bindings.get(&student.key).cloned();
        let waits = self.waits(student, vault.as_ref());
        let row = |steps, outcome| Row {
            student: student.key.clone(),
            name: student.name.clone(),
            vault: vault.clone(),
            steps,
            seen: None,
            outcome,
        };
        if let Some(why) = waits.as_ref().filter(|_| !self.can_be_compared(vault.as_ref())) {
            return vec![row(Vec::new(), Outcome::Waiting(why.clone()))];
        }
        let (steps, refused) = match &vault {
            Some(vault) => self.steps(student, vault),
            None => self.first_steps(student),
        };
        let mut rows = Vec::new();
        match (steps.is_empty(), waits) {
            (false, _) => rows.push(row(steps, Outcome::Planned)),
            (true, Some(why)) => rows.push(row(steps, Outcome::Waiting(why))),
            (true, None) if refused.is_none() => rows.push(row(steps, Outcome::Unchanged)),
            (true, None) => {}
        }
        rows.extend(refused.map(|why| row(Vec::new(), Outcome::Refused(SafeText::new(&why.to_string())))));
        rows
    }

    /// Why the vault cannot be compared, or what the student's own access waits for.
    fn waits(&self, student: &Student, vault: Option<&VaultId>) -> Option<SafeText> {
        if let Some(vault) = vault.filter(|vault| !self.can_be_compared(Some(vault))) {
            let why = self.frame.unread.get(vault).map_or_else(|| "not asked".into(), |f| f.message.clone());
            return Some(SafeText::new(&format!("who is on the vault could not be read: {why}")));
        }
        let (state, _) = self.frame.sign_up(student);
        let given = !self.frame.gone.contains(&student.key) && !self.frame.is_closed(&student.key);
        let waits = given && !state.is_active();
        waits.then(|| awaited(&self.frame, student, &state))
    }

    /// Whether there is something to compare: a vault whose list was read.
    fn can_be_compared(&self, vault: Option<&VaultId>) -> bool {
        let read =
            |vault: &VaultId| self.frame.listed.contains_key(vault) && !self.frame.unread.contains_key(vault);
        vault.is_some_and(read)
    }

    /// To a vault that is there: what is taken away, then what is given; and the first refusal.
    fn steps(&mut self, student: &Student, vault: &VaultId) -> (Vec<Step>, Option<Fault>) {
        let asked = self.asked(student);
        let mut taken = self.strays(student, vault);
        let (mut narrowed, mut given, mut refused) = (Vec::new(), Vec::new(), None);
        for (who, to) in asked {
            let target = match self.frame.expressible(to) {
                Ok(target) => target,
                Err(fault) => {
                    refused = refused.or(Some(fault));
                    continue;
                }
            };
            let cell = self.frame.cell(vault, &who);
            let held = cell.set().map(|set| plain(set, self.frame.identity.kind));
            if held == Some(target) {
                continue;
            }
            let (name, from) = (self.frame.name(&who), cell.level(self.frame.identity.kind));
            let list =
                if held.is_some_and(|held| held.contains(target)) { &mut narrowed } else { &mut given };
            list.push(Step::Grant { who, name, from, to });
        }
        taken.append(&mut narrowed);
        taken.append(&mut given);
        let (steps, forbidden) = self.permitted(vault, taken);
        (steps, refused.or(forbidden))
    }

    /// Whoever is on the vault and does not belong there.
    fn strays(&self, student: &Student, vault: &VaultId) -> Vec<Step> {
        let frame = &self.frame;
        let is_stray = |who: &Principal| {
            let standing = frame.standing(student, who);
            let stray = match standing {
                Standing::OtherStudent(_) | Standing::Stranger => true,
                Standing::Owner | Standing::Exception(_) => frame.is_closed(&student.key),
                _ => false,
            };
            stray && !(standing == Standing::Stranger && frame.administers(who))
        };
        let on_it = frame.known(vault).filter(|(_, cell)| cell.set().is_none_or(|set| !set.is_empty()));
        let mut strays: Vec<_> = on_it.filter(|(who, _)| is_stray(who)).collect();
        strays.sort_by_key(|(who, _)| *who);
        let revoke = |(who, cell): (&Principal, crate::domain::access::Cell)| Step::Revoke {
            who: who.clone(),
            name: frame.name(who),
            from: cell.level(frame.identity.kind),
        };
        strays.into_iter().map(revoke).collect()
    }

    /// Those steps that the rules let through, each judged by what the earlier ones leave.
    fn permitted(&mut self, vault: &VaultId, steps: Vec<Step>) -> (Vec<Step>, Option<Fault>) {
        let (mut permitted, mut operations, mut refused) = (Vec::new(), Vec::new(), None);
        for step in steps {
            let Some(operation) = step.access(vault) else { continue };
            operations.push(operation);
            match self.frame.permits_in_turn(&operations).and_then(|()| self.single(&step)) {
                Ok(()) => permitted.push(step),
                Err(fault) => {
                    operations.pop();
                    refused = refused.or(Some(fault));
                }
            }
        }
        (permitted, refused)
    }

    /// A vault for somebody who has none yet, and whoever belongs on it.
    fn first_steps(&mut self, student: &Student) -> (Vec<Step>, Option<Fault>) {
        let own = self.frame.sign_up(student).1.map(|person| Principal::Person(person.id.clone()));
        let Some(own) = own else { return (Vec::new(), None) };
        if let Err(fault) = self.frame.permits_provision(student, &own) {
            return (Vec::new(), Some(fault));
        }
        let (mut steps, mut refused) = (vec![Step::CreateVault], None);
        for (who, to) in self.asked(student) {
            let name = self.frame.name(&who);
            let step = Step::Grant { who, name, from: Some(Level::None), to };
            let permitted = self.frame.permits_first(student, std::slice::from_ref(&step));
            match permitted.and_then(|()| self.single(&step)) {
                Ok(()) => steps.push(step),
                Err(fault) => refused = refused.or(Some(fault)),
            }
        }
        (steps, refused)
    }

    /// Refuses to put a guest on a second vault of the same plan.
    fn single(&mut self, step: &Step) -> Result<(), Fault> {
        match step {
            Step::Grant { who, from: Some(Level::None), .. } if self.frame.is_guest(who) => {
                let is_first = self.guests.insert(who.clone());
                if is_first { Ok(()) } else { Err(self.frame.second_vault(who, "another student")) }
            }
            _ => Ok(()),
        }
    }

    /// The student, staff and live exceptions, as far as each can be given something now.
    fn asked(&self, student: &Student) -> Vec<Asked> {
        let frame = &self.frame;
        let mut asked: Vec<Asked> = Vec::new();
        let mut add = |who: Principal, level: Level| {
            if level != Level::None && !asked.iter().any(|(other, _)| *other == who) && frame.is_here(&who) {
                asked.push((who, level));
            }
        };
        let person = frame.sign_up(student).1;
        if let Some(person) = person.filter(|_| !frame.gone.contains(&student.key)) {
            add(Principal::Person(person.id.clone()), frame.own_level(&student.key, frame.class.student));
        }
        for (who, ..) in frame.staff() {
            if let Standing::Staff(level) = frame.standing(student, who) {
                add(who.clone(), level);
            }
        }
        for exception in frame.class.exceptions.iter().filter(|e| e.vault == student.key) {
            for id in frame.excepted(&exception.who) {
                let who = Principal::Person(id);
                if let Standing::Exception(level) = frame.standing(student, &who) {
                    add(who, frame.own_level(&student.key, level));
                }
            }
        }
        asked
    }
}

impl Frame {
    /// Whether somebody can be given something now: a person who is active, or a group.
    fn is_here(&self, who: &Principal) -> bool {
        match who {
            Principal::Person(id) => self.person(id).is_some_and(|p| p.state == PersonState::Active),
            Principal::Group(_) => true,
        }
    }

    /// Whether somebody is known to be one of the account's owners or administrators, whom account policy
    /// may put on vaults.
    fn administers(&self, who: &Principal) -> bool {
        let Principal::Person(id) = who else { return false };
        let mut groups = self.groups.iter().filter(|group| group.is_administration);
        groups.any(|group| group.members.as_ref().is_some_and(|members| members.contains(id)))
    }

    /// Whom an exception names: an address, or a student's key.
    fn excepted(&self, name: &str) -> Vec<PersonId> {
        let by_key = self.students.iter().find(|student| student.key.as_str() == name);
        let address = by_key.map_or(name, |student| student.email.raw());
        self.people_by_email(address).map(|person| person.id.clone()).collect()
    }
}

impl Step {
    /// The operation by which it changes the access to a vault, if it does.
    pub fn access(&self, vault: &VaultId) -> Option<Operation> {
        let vault = vault.clone();
        match self {
            Self::Grant { who, to, .. } => Some(Operation::Grant { vault, who: who.clone(), level: *to }),
            Self::Revoke { who, .. } => Some(Operation::Revoke { vault, who: who.clone() }),
            Self::CreateVault | Self::DeleteVault { .. } | Self::Admission { .. } => None,
        }
    }
}

#[cfg(test)]
#[path = "class_tests.rs"]
mod tests;
