//! What may be done with the people of the class.
//!
//! A person is the account's, not the class's, so the rules are narrow: only students of the roster,
//! known by their exact address; never staff, never an owner or administrator where that is known,
//! never whoever acts; and only as a signed-in person, since 1Password lets no service account do it
//! (CLI, "Use service accounts": `op user provision`, `confirm` and `suspend` are not supported).

use super::Frame;
use crate::domain::admission::{Admission, SignUp};
use crate::domain::class::StaffName;
use crate::domain::directory::{Person, PersonKind, PersonState, fold_email};
use crate::domain::fault::{Fault, Kind};
use crate::domain::operation::Operation;
use crate::domain::roster::{Student, is_email};
use crate::domain::text::{SafeText, Untrusted};

/// Whether something can be done with a student now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// This does it.
    Now(Operation),
    /// It is so already.
    Done,
    /// Something else has to happen first.
    Later(&'static str),
}

impl Frame {
    /// Refuses to change people under a service account, as 1Password does.
    ///
    /// # Errors
    /// A fault of [`Kind::Denied`] that says how to sign in as a person.
    pub fn acts_as_person(&self) -> Result<(), Fault> {
        if !self.identity.is_service_account {
            return Ok(());
        }
        Err(Fault::new(Kind::Denied, SERVICE_ACCOUNT).hint(AS_PERSON))
    }

    /// Whether something can be done with a student now, and what does it.
    ///
    /// # Errors
    /// Where it may not be done at all, with the reason.
    pub fn admission(&self, act: Admission, student: &Student) -> Result<Due, Fault> {
        self.acts_as_person()?;
        let key = &student.key;
        if act != Admission::Suspend && self.gone.contains(key) {
            return Err(Fault::refused(format!("{key} is no longer in the roster's source")));
        }
        // Who is gone may have left the address to somebody else, as far as nobody is let in by it.
        let counts = |other: &Student| act == Admission::Suspend || !self.gone.contains(&other.key);
        let shares = |other: &&Student| other.key != *key && counts(other) && other.has_email(&student.email);
        if let Some(other) = self.students.iter().find(shares) {
            return Err(Fault::refused(format!("{key} shares an address with {}", other.key))
                .hint("correct the roster: one person cannot be two students"));
        }
        let (state, person) = self.sign_up(student);
        self.spares(student, person)?;
        let person = || person.map(|person| person.id.clone());
        let due = match (act, &state, person()) {
            (_, SignUp::Ambiguous, _) => None,
            (Admission::Invite, SignUp::NotInvited, _) => {
                Some(Due::Now(Operation::Invite { student: key.clone(), email: invitable(student)?.clone() }))
            }
            (Admission::Confirm, SignUp::Person(PersonState::AwaitingConfirmation), Some(person)) => {
                Some(Due::Now(Operation::Confirm { student: key.clone(), person }))
            }
            (Admission::Suspend, SignUp::Person(PersonState::Active), Some(person)) => {
                Some(Due::Now(Operation::Suspend { student: key.clone(), person }))
            }
            (Admission::Reactivate, SignUp::Person(PersonState::Suspended), Some(person)) => {
                Some(Due::Now(Operation::Reactivate { student: key.clone(), person }))
            }
            (act, state, _) => elsewhere(act, state),
        };
        due.ok_or_else(|| Fault {
            hint: state.next().map(SafeText::from),
            ..Fault::refused(format!("cannot {} {key}: {}", act.name(), state.label()))
        })
    }

    /// Refuses an operation that changes somebody else, or that is not due.
    pub(super) fn permits_admission(&self, operation: &Operation) -> Result<(), Fault> {
        let Some((act, key)) = operation.admission() else {
            return Err(Fault::refused("this changes no person"));
        };
        let student = self.student(key);
        let student = student
            .ok_or_else(|| Fault::refused(format!("{key} is not in the roster of {}", self.class.id)))?;
        match self.admission(act, student)? {
            Due::Now(due) if due == *operation => Ok(()),
            Due::Now(_) => Err(Fault::refused(format!("{key} is not who was meant any more"))
                .hint("the person or the address has changed since: look, then plan again")),
            Due::Done => Err(Fault::refused(format!("{key} is {} already", self.sign_up(student).0.label()))),
            Due::Later(next) => Err(Fault::refused(format!("cannot {} {key} yet", act.name())).hint(next)),
        }
    }

    /// Whoever is not just a student is left alone.
    fn spares(&self, student: &Student, person: Option<&Person>) -> Result<(), Fault> {
        let key = &student.key;
        let address = fold_email(student.email.raw());
        let named = |name: &StaffName| matches!(name, StaffName::User(name) if fold_email(name) == address);
        let mut staff = self.class.staff.iter().any(|staff| named(&staff.who));
        if let Some(person) = person {
            if person.id == self.identity.id {
                return Err(Fault::refused(format!("{key} is you")));
            }
            if person.kind == PersonKind::ServiceAccount {
                return Err(Fault::refused(format!("{key} has the address of a service account")));
            }
            let mut groups =
                self.groups.iter().filter(|g| g.members.iter().flatten().any(|m| *m == person.id));
            if groups.clone().any(|group| group.is_administration) {
                return Err(Fault::refused(format!("{key} is an owner or administrator of the account")));
            }
            let ids = self.staff().iter().map(|(who, ..)| who.id());
            staff |= ids.clone().any(|id| id == person.id.as_str());
            staff |= groups.any(|group| ids.clone().any(|id| id == group.id.as_str()));
        }
        if staff {
            return Err(Fault::refused(format!("{key} is staff of {}", self.class.id)));
        }
        Ok(())
    }

    /// What these rules could not check under this identity.
    pub(in crate::domain) fn unverified_people(&self) -> Vec<SafeText> {
        let mut administration = self.groups.iter().filter(|group| group.is_administration).peekable();
        let known = administration.peek().is_some() && administration.all(|group| group.members.is_some());
        let staff_known = self.groups.iter().all(|group| {
            group.members.is_some() || self.staff().iter().all(|(who, ..)| who.id() != group.id.as_str())
        });
        let mut list = Vec::new();
        if !known {
            list.push("whether one of them is an owner or administrator of the account".into());
        }
        if !staff_known {
            list.push("whether one of them is in a staff group".into());
        }
        list
    }
}

/// Why a service account changes no people, and what to do instead.
const SERVICE_ACCOUNT: &str =
    "a service account can neither invite, confirm, suspend nor reactivate people: 1Password does not let it";
const AS_PERSON: &str = "sign in to the 1Password app as an administrator and add --person";

/// What is so already, and what has to wait for somebody else; `None` is refused.
fn elsewhere(act: Admission, state: &SignUp) -> Option<Due> {
    use PersonState as S;
    let SignUp::Person(state) = state else {
        let first = "the student has to be invited and to sign up first";
        return (act == Admission::Confirm).then_some(Due::Later(first));
    };
    match (act, state) {
        (Admission::Invite, S::Active | S::AwaitingConfirmation | S::Invited)
        | (Admission::Confirm | Admission::Reactivate, S::Active)
        | (Admission::Suspend, S::Suspended) => Some(Due::Done),
        (Admission::Confirm, S::Invited) => Some(Due::Later("the student has to finish signing up")),
        _ => None,
    }
}

/// The student's address, where an invitation can go to it.
fn invitable(student: &Student) -> Result<&Untrusted, Fault> {
    // What begins with a dash would be read as an option.
    let address = student.email.raw();
    if is_email(address) && !address.starts_with('-') {
        return Ok(&student.email);
    }
    Err(Fault::refused(format!("{} has no address that an invitation can go to", student.key))
        .hint("correct the address in the class list and import it again"))
}

#[cfg(test)]
#[path = "admission_tests.rs"]
mod tests;
