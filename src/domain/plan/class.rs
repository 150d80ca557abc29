//! The plan that brings every vault to exactly the access that class file and roster ask for.
//!
//! It takes first and gives last, so that no part of it gives anybody more than they had or are to have;
//! it deletes nothing. Where the term of a student is frozen or closed the plan keeps it so. Who made the
//! vault, who acts, and the account's administrators are left alone. What could not be read is not guessed:
//! such a vault waits, and so does whoever may be staff whom the class file does not name clearly.

use super::provide::awaited;
use super::turns::Turns;
use super::{Outcome, Row, Step, named};
use crate::domain::access::{Level, Permissions, Principal};
use crate::domain::class::StudentKey;
use crate::domain::directory::PersonState;
use crate::domain::drift::Stray;
use crate::domain::fault::Fault;
use crate::domain::frame::Frame;
use crate::domain::id::{PersonId, VaultId};
use crate::domain::operation::Operation;
use crate::domain::roster::Student;
use crate::domain::text::SafeText;

pub(super) fn class(frame: &Frame, keys: &[StudentKey]) -> Result<Vec<Row>, Fault> {
    let wanted = if keys.is_empty() { frame.students.iter().collect() } else { named(frame, keys)? };
    let mut work = Work { frame, turns: Turns::new(frame) };
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

struct Work<'a> {
    frame: &'a Frame,
    turns: Turns,
}

/// What a vault needs.
#[derive(Default)]
struct Needed {
    steps: Vec<Step>,
    /// The first thing that is asked for and forbidden.
    refused: Option<Fault>,
    /// What should not be so and is left to a person.
    spared: Vec<SafeText>,
}

impl Work<'_> {
    /// The row of a student; another one where a part of it is forbidden, or left to a person.
    fn rows(&mut self, student: &Student) -> Vec<Row> {
        let vault = self.frame.bindings.get(&student.key).cloned();
        let waits = self.waits(student, vault.as_ref());
        let row = |steps, outcome| Row::of(student, vault.clone(), steps, outcome);
        if let Some(why) = waits.as_ref().filter(|_| !self.can_be_compared(vault.as_ref())) {
            return vec![row(Vec::new(), Outcome::Waiting(why.clone()))];
        }
        let needed = match &vault {
            Some(vault) => {
                let needed = self.needed(student, vault);
                let refused = needed.refused.or_else(|| self.frame.alarm(student).err());
                Needed { refused, ..needed }
            }
            None => self.needed_first(student),
        };
        let Needed { steps, refused, spared } = needed;
        let mut rows = Vec::new();
        match (steps.is_empty(), waits) {
            (false, _) => rows.push(row(steps, Outcome::Planned)),
            (true, Some(why)) => rows.push(row(steps, Outcome::Waiting(why))),
            (true, None) if refused.is_none() && spared.is_empty() => {
                rows.push(row(steps, Outcome::Unchanged));
            }
            (true, None) => {}
        }
        rows.extend(spared.into_iter().map(|why| row(Vec::new(), Outcome::Waiting(why))));
        rows.extend(refused.map(|why| row(Vec::new(), Outcome::refused(&why))));
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
        waits.then(|| awaited(self.frame, student, &state))
    }

    /// Whether there is something to compare: a vault whose list was read.
    fn can_be_compared(&self, vault: Option<&VaultId>) -> bool {
        let read =
            |vault: &VaultId| self.frame.listed.contains_key(vault) && !self.frame.unread.contains_key(vault);
        vault.is_some_and(read)
    }

    /// Of a vault that is there: what is taken away, and what is given.
    fn needed(&mut self, student: &Student, vault: &VaultId) -> Needed {
        let frame = self.frame;
        let mut needed = Needed::default();
        let mut steps = Vec::new();
        for (who, judged) in frame.strays(vault) {
            match frame.spared(&who, judged.kind) {
                Some(why) => needed.spared.push(why),
                // Whoever belongs there is among those asked for.
                None if judged.kind == Stray::Wider => {}
                None => steps.push(frame.step(vault, &who, judged.asked)),
            }
        }
        for (who, to) in self.asked(student) {
            match frame.expressible(to) {
                Ok(target) => {
                    let held = frame.cell(vault, &who).set().map(|set| set.plain(frame.identity.kind));
                    // Nobody takes the own way in.
                    let is_own = frame.acts(&who) && held.is_some_and(|held| !target.contains(held));
                    if held != Some(target) && !is_own {
                        steps.push(frame.step(vault, &who, to));
                    }
                }
                Err(fault) => needed.refused = needed.refused.or(Some(fault)),
            }
        }
        let turn = self.turns.on(student, vault, steps);
        needed.steps = turn.steps;
        needed.refused = needed.refused.or_else(|| turn.forbidden.into_iter().next().map(|(_, why)| why));
        needed
    }

    /// A vault for somebody who has none yet, and whoever belongs on it. Whoever makes it is on it.
    fn needed_first(&mut self, student: &Student) -> Needed {
        let own = self.frame.sign_up(student).1.map(|person| Principal::Person(person.id.clone()));
        let Some(own) = own else { return Needed::default() };
        if let Err(fault) = self.frame.permits_provision(student, &own) {
            return Needed { refused: Some(fault), ..Needed::default() };
        }
        let grant = |(who, to): Asked| {
            let name = self.frame.name(&who);
            Step::Grant { who, name, from: Some(Level::None), to }
        };
        let asked = self.asked(student).into_iter().filter(|(who, _)| !self.frame.acts(who));
        let steps = std::iter::once(Step::CreateVault).chain(asked.map(grant)).collect();
        let turn = self.turns.first(student, steps);
        let refused = turn.forbidden.into_iter().next().map(|(_, why)| why);
        Needed { steps: turn.steps, refused, spared: Vec::new() }
    }

    /// The student, staff and live exceptions, as far as each can be given something now.
    fn asked(&self, student: &Student) -> Vec<Asked> {
        let frame = self.frame;
        let own = frame.sign_up(student).1.map(|person| Principal::Person(person.id.clone()));
        let exceptions = frame.class.exceptions.iter().filter(|e| e.vault == student.key);
        let excepted = exceptions.flat_map(|exception| frame.excepted(&exception.who));
        let staff = frame.staff().iter().map(|(who, ..)| who.clone());
        let mut asked: Vec<Asked> = Vec::new();
        for who in own.into_iter().chain(staff).chain(excepted.map(Principal::Person)) {
            let level = frame.asked(student, &who).filter(|level| *level != Level::None);
            if let Some(level) = level.filter(|_| frame.is_here(&who))
                && !asked.iter().any(|(other, _)| *other == who)
            {
                asked.push((who, level));
            }
        }
        asked
    }
}

impl Frame {
    /// Whose vaults somebody of the staff is to be on and is known not to be, where the rules let them be given
    /// what the class file asks for: some of what the class's plan gives.
    pub fn without_staff(&self) -> Vec<StudentKey> {
        let is_due = |student: &Student, vault: &VaultId, who: &Principal| {
            let asked = self.asked(student, who).filter(|level| *level != Level::None);
            let shut = self.cell(vault, who).set().is_some_and(Permissions::is_empty);
            let grant = |level| Operation::Grant { vault: vault.clone(), who: who.clone(), level };
            shut && self.is_here(who) && asked.is_some_and(|level| self.permits(&grant(level)).is_ok())
        };
        let lacks = |student: &&Student| {
            let vault = self.bindings.get(&student.key);
            vault.is_some_and(|vault| self.staff().iter().any(|(who, ..)| is_due(student, vault, who)))
        };
        self.students.iter().filter(lacks).map(|student| student.key.clone()).collect()
    }

    /// Whether somebody can be given something now: a person who is active, or a group.
    fn is_here(&self, who: &Principal) -> bool {
        match who {
            Principal::Person(id) => self.person(id).is_some_and(|p| p.state == PersonState::Active),
            Principal::Group(_) => true,
        }
    }

    /// Whom an exception names: an address, or a student's key.
    fn excepted(&self, name: &str) -> Vec<PersonId> {
        let by_key = self.students.iter().find(|student| student.key.as_str() == name);
        let address = by_key.map_or(name, |student| student.email.raw());
        self.people_by_email(address).map(|person| person.id.clone()).collect()
    }
}

#[cfg(test)]
#[path = "class_tests.rs"]
mod tests;
