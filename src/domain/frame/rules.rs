//! The rules of access: what may be sent, and why something may not.

use super::{Frame, Standing};
use crate::domain::access::{Cell, Level, Permissions, Principal};
use crate::domain::admission::SignUp;
use crate::domain::class::StudentKey;
use crate::domain::directory::{Person, PersonState};
use crate::domain::fault::Fault;
use crate::domain::id::VaultId;
use crate::domain::operation::Operation;
use crate::domain::roster::Student;
use crate::domain::term::Closing;
use crate::domain::text::SafeText;
use crate::seeded::{self, Bug};

impl Frame {
    /// Refuses a change that would break a rule of access.
    pub fn permits(&self, operation: &Operation) -> Result<(), Fault> {
        match operation {
            Operation::CreateVault { student, .. } => self.permits_vault(student),
            Operation::Grant { vault, who, level } => self.permits_grant(vault, who, *level),
            Operation::Revoke { vault, who } => {
                self.ours(vault)?;
                self.permits_change_of(vault)?;
                self.keeps_service_account(who)
            }
            Operation::DeleteVault { student, vault } => self.permits_deletion(student, vault),
            _ => self.permits_admission(operation),
        }
    }

    /// I11: only a vault that is this very student's, or one in quarantine that carries the student's mark
    /// and is nobody's.
    fn permits_deletion(&self, student: &StudentKey, vault: &VaultId) -> Result<(), Fault> {
        if self.owner(vault).is_none() && self.quarantined.get(vault) == Some(student) {
            return Ok(());
        }
        let owner = self.ours(vault)?;
        self.permits_change_of(vault)?;
        if owner.key != *student {
            return Err(Fault::refused(format!(
                "the vault {vault} is that of {}, not of {student}",
                owner.key
            )));
        }
        if !self.is_closed(student) {
            let hint = "strongroom close-term --step revoke";
            return Err(Fault::refused(format!("{student} may still have access to the vault")).hint(hint));
        }
        Ok(())
    }

    /// Whether the term of a student is over: nobody but staff has access to the vault, whatever the class
    /// file says.
    pub fn is_closed(&self, student: &StudentKey) -> bool {
        self.closing.get(student).is_some_and(Closing::is_closed)
    }

    /// What of a level the student, or whoever an exception names, is to have on the student's vault: no
    /// more than a student may have; while the term is frozen what reads of it, and nothing where it cannot read;
    /// and nothing once it is closed.
    pub(in crate::domain) fn own_level(&self, student: &StudentKey, level: Level) -> Level {
        match self.closing.get(student) {
            Some(closing) if closing.is_closed() => Level::None,
            Some(closing) if closing.is_frozen() && level < Level::Read => Level::None,
            Some(closing) if closing.is_frozen() => Level::Read,
            _ => level.min(Level::STUDENT_CEILING),
        }
    }

    /// At the end of the term nobody is given back what was taken then.
    pub(in crate::domain) fn goes_on(&self, student: &StudentKey, level: Level) -> Result<(), Fault> {
        let word = match self.closing.get(student) {
            Some(closing) if closing.is_closed() => "closed",
            Some(closing) if closing.is_closing() => "being closed",
            Some(closing) if closing.is_frozen() && level != Level::Read => "frozen",
            _ => return Ok(()),
        };
        let hint = format!("to take that back: strongroom close-term --reopen {student}");
        Err(Fault::refused(format!("the term of {student} is {word}")).hint(hint))
    }

    pub(in crate::domain) fn permits_vault(&self, key: &StudentKey) -> Result<(), Fault> {
        let Some(student) = self.student(key) else {
            return Err(Fault::refused(format!("{key} is not in the roster of {}", self.class.id)));
        };
        // I5: one vault a student.
        if let Some(vault) = self.bindings.get(key) {
            return Err(Fault::refused(format!("{key} already has the vault {vault}")));
        }
        self.goes_on(key, self.class.student)?;
        let person = self.certain(student)?;
        self.single_vault(None, &Principal::Person(person.id.clone()))
    }

    fn permits_grant(&self, vault: &VaultId, who: &Principal, level: Level) -> Result<(), Fault> {
        let owner = self.ours(vault)?;
        self.permits_change_of(vault)?;
        self.permits_level(owner, Some(vault), who, level)
    }

    /// Refuses a level that somebody may not have on a student's vault; `vault` is nothing where it is
    /// still to be made.
    pub(in crate::domain) fn permits_level(
        &self,
        owner: &Student,
        vault: Option<&VaultId>,
        who: &Principal,
        level: Level,
    ) -> Result<(), Fault> {
        self.keeps_service_account(who)?;
        let wanted = self.expressible(level)?;
        let name = self.name(who);
        let allowed = match self.standing(owner, who) {
            Standing::Owner => {
                // I7: the one active person with exactly the roster's address.
                let user = self.certain(owner)?;
                if *who != Principal::Person(user.id.clone()) {
                    return Err(Fault::refused(format!(
                        "{name} is not the person that {} signed up as",
                        owner.key
                    )));
                }
                vault.map_or(Ok(()), |vault| self.vacant(vault, owner, who))?;
                self.goes_on(&owner.key, level)?;
                Level::STUDENT_CEILING // I3
            }
            Standing::Staff(_) => {
                self.without_students(who)?;
                Level::Manage
            }
            Standing::Exception(allowed) => {
                self.goes_on(&owner.key, level)?;
                allowed.min(Level::STUDENT_CEILING)
            }
            Standing::OtherStudent(other) => {
                // I2: no crossing.
                let hint = "an [[access.exception]] of the class file is the only way to cross";
                let crossing = format!("{other} would get access to the vault of {}", owner.key);
                return Err(Fault::refused(crossing).hint(hint));
            }
            // I1 for people, I9 for groups.
            Standing::Stranger | Standing::ServiceAccount | Standing::Administration => {
                let hint = "add them to `staff` in the class file, or as an [[access.exception]]";
                let stranger = format!("{name} is neither the student nor staff of {}", self.class.id);
                return Err(Fault::refused(stranger).hint(hint));
            }
        };
        // By what they let one do: who submits may add items, who reads may not.
        if !self.expressible(allowed)?.contains(wanted) {
            return Err(Fault::refused(format!(
                "{name} may get {allowed} on this vault at most, not {level}"
            )));
        }
        self.single_vault(vault, who)
    }

    /// Whether a student may have the own vault at the class's level; the permissions of it.
    pub(in crate::domain) fn permits_provision(
        &self,
        student: &Student,
        who: &Principal,
    ) -> Result<Permissions, Fault> {
        let level = self.class.student;
        match self.bindings.get(&student.key) {
            Some(vault) => self.permits_grant(vault, who, level)?,
            None => self.permits_vault(&student.key)?,
        }
        if level > Level::STUDENT_CEILING {
            return Err(Fault::refused(format!("a student may get {} at most", Level::STUDENT_CEILING)));
        }
        self.expressible(level)
    }

    /// The one active person with exactly the student's address.
    fn certain(&self, student: &Student) -> Result<&Person, Fault> {
        if self.gone.contains(&student.key) {
            return Err(Fault::refused(format!("{} is no longer in the roster's source", student.key)));
        }
        self.alone(student)?;
        match self.sign_up(student) {
            (SignUp::Person(PersonState::Active), Some(person)) => Ok(person),
            (state, _) => Err(Fault {
                hint: state.next().map(SafeText::from),
                ..Fault::refused(format!("{} is {}", student.key, state.label()))
            }),
        }
    }

    /// Nobody else in the roster has the student's address.
    fn alone(&self, student: &Student) -> Result<(), Fault> {
        if self.students_at(student.email.raw()) > 1 {
            return Err(Fault::refused(format!("{} shares an address with another student", student.key))
                .hint("correct the roster: one person cannot have two vaults"));
        }
        Ok(())
    }

    /// What is wrong about a student's vault that no step mends, so that it is told also where nothing is to
    /// be sent: that somebody else has the student's address, or a student is in a group of staff.
    pub(in crate::domain) fn alarm(&self, student: &Student) -> Result<(), Fault> {
        if !self.gone.contains(&student.key) {
            self.alone(student)?;
        }
        self.staff().iter().try_for_each(|(who, ..)| self.without_students(who))
    }

    /// I6, I11: only vaults that Strongroom made for a student of this class.
    fn ours(&self, vault: &VaultId) -> Result<&Student, Fault> {
        self.owner(vault).ok_or_else(|| {
            Fault::refused(format!(
                "the vault {vault} was not made by Strongroom for a student of {}",
                self.class.id
            ))
        })
    }

    /// I1, I2: a student gets no vault that another student is on, nor one that we once gave to
    /// somebody who no longer belongs there, such as whoever had the student's address before.
    fn vacant(&self, vault: &VaultId, owner: &Student, who: &Principal) -> Result<(), Fault> {
        let intruder = self.known(vault).find(|(holder, cell)| {
            *holder != who
                && cell.is_held()
                && match self.standing(owner, holder) {
                    Standing::OtherStudent(_) => true,
                    Standing::Stranger => matches!(cell, Cell::Ledger { .. }),
                    _ => false,
                }
        });
        let Some((holder, _)) = intruder else {
            return Ok(());
        };
        let message = format!(
            "{} has access to the vault of {} and does not belong there",
            self.name(holder),
            owner.key
        );
        let mend =
            format!("look into the vault, then take it away: strongroom revoke {holder} --vault {vault}");
        Err(Fault::refused(message).hint(mend))
    }

    /// I8: a group that is known to hold a student is given no vault.
    fn without_students(&self, who: &Principal) -> Result<(), Fault> {
        match self.student_in(who) {
            Some(student) => Err(Fault::refused(format!(
                "{} is in the group {}, who would read every vault",
                student.key,
                self.name(who)
            ))),
            None => Ok(()),
        }
    }

    /// A student of the class who is known to be in a group.
    pub(in crate::domain) fn student_in(&self, who: &Principal) -> Option<&Student> {
        let Principal::Group(id) = who else { return None };
        if seeded::is(Bug::IgnoreGroupPath) {
            return None;
        }
        let members = self.groups.iter().find(|group| group.id == *id)?.members.as_ref()?;
        members.iter().find_map(|member| self.student_by_email(self.person(member)?.email.raw()))
    }

    /// I4: nothing we send touches the service account.
    fn keeps_service_account(&self, who: &Principal) -> Result<(), Fault> {
        if self.identity.is_service_account && who.id() == self.identity.id.as_str() {
            return Err(Fault::refused("the service account keeps its access to the vaults it made"));
        }
        Ok(())
    }

    /// Whether the account's kind has the level at all, with the reason where it has not.
    pub fn expressible(&self, level: Level) -> Result<Permissions, Fault> {
        level.permissions(self.identity.kind).ok_or_else(|| {
            let kind = self.identity.kind.name();
            Fault::refused(format!("{level} cannot be expressed on a {kind} account"))
        })
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
