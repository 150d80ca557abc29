//! What the steps of a row rest on, fact by fact, and what has changed of it since.
//!
//! Only what the service shows, the roster and the class file count: not what our own ledger knows, which
//! another machine has not, and not the time. A fact is kept as a fingerprint, so that it can stand in a
//! file without anybody's name or address. Knows the frame; must not know how it was read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Row, Step};
use crate::domain::access::Principal;
use crate::domain::digest::Digest;
use crate::domain::directory::fold_email;
use crate::domain::frame::Frame;
use crate::domain::id::GroupId;
use crate::domain::roster::Student;

/// What a row's steps rest on. Two are equal exactly where nothing of it has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seen(BTreeMap<Fact, Digest>);

/// One thing that can be another by the time a row is carried out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
enum Fact {
    /// The student's line of the roster: address, and whether they have left it.
    Student,
    /// The people of the account with the student's address, and how each stands.
    Account,
    /// Which vault is the student's.
    Vault,
    /// Whether it could be read who is on the vault.
    List,
    /// What the class file asks for on this vault.
    Rules,
    /// That somebody is on the vault, with what.
    On(Principal),
    /// Why somebody on the vault or in a step may be there; of whom a step names also address and state.
    Who(Principal),
    /// Who is in a group of staff.
    Members(GroupId),
}

impl From<Fact> for String {
    fn from(fact: Fact) -> String {
        match fact {
            Fact::Student => "student".to_owned(),
            Fact::Account => "account".to_owned(),
            Fact::Vault => "vault".to_owned(),
            Fact::List => "list".to_owned(),
            Fact::Rules => "rules".to_owned(),
            Fact::On(who) => format!("on {who}"),
            Fact::Who(who) => format!("who {who}"),
            Fact::Members(group) => format!("members {}", group.as_str()),
        }
    }
}

impl TryFrom<String> for Fact {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let fact = match text.split_once(' ') {
            None => match text.as_str() {
                "student" => Some(Self::Student),
                "account" => Some(Self::Account),
                "vault" => Some(Self::Vault),
                "list" => Some(Self::List),
                "rules" => Some(Self::Rules),
                _ => None,
            },
            Some(("on", id)) => Principal::parse(id).map(Self::On),
            Some(("who", id)) => Principal::parse(id).map(Self::Who),
            Some(("members", id)) => GroupId::parse(id).ok().map(Self::Members),
            Some(_) => None,
        };
        fact.ok_or("not a fact that a plan rests on")
    }
}

impl Seen {
    /// What the steps of a row rest on, by what was read last.
    pub fn of(frame: &Frame, row: &Row) -> Self {
        let mut facts = BTreeMap::new();
        let student = frame.student(&row.student);
        facts.insert(Fact::Student, of_student(frame, student));
        facts.insert(Fact::Account, of_account(frame, student));
        // One that is deleted need not be the student's own.
        let deletes = row.steps.iter().any(|step| matches!(step, Step::DeleteVault { .. }));
        let own = frame.bindings.get(&row.student).filter(|_| !deletes);
        let vault = own.or(row.vault.as_ref());
        facts.insert(Fact::Vault, Digest::of(&vault));
        let named: Vec<&Principal> = row.steps.iter().filter_map(Step::who).collect();
        if !row.is_about_person() {
            facts.insert(Fact::Rules, of_rules(frame, row));
            for (who, ..) in frame.staff() {
                if let Principal::Group(id) = who {
                    facts.insert(Fact::Members(id.clone()), of_members(frame, id));
                }
            }
        }
        if let Some(vault) = vault.filter(|_| !row.is_about_person()) {
            let unread = frame.unread.get(vault).map(|fault| format!("{:?}", fault.kind));
            let list = frame.lists.get(vault).filter(|_| unread.is_none());
            facts.insert(Fact::List, Digest::of(&(unread, list.is_some())));
            for grant in list.into_iter().flatten() {
                facts.insert(Fact::On(grant.who.clone()), Digest::of(&grant.permissions));
                if !named.contains(&&grant.who) {
                    let standing = student.map(|owner| format!("{:?}", frame.standing(owner, &grant.who)));
                    facts.insert(Fact::Who(grant.who.clone()), Digest::of(&standing));
                }
            }
        }
        for who in named {
            facts.insert(Fact::Who(who.clone()), of_named(frame, student, who));
        }
        Self(facts)
    }

    /// What is another now, in words; nothing where the row may be carried out. That somebody is not named
    /// any more whose step is done meanwhile changes nothing.
    pub fn changes(&self, now: &Self, frame: &Frame) -> Vec<String> {
        let mut changes = Vec::new();
        for (fact, digest) in &now.0 {
            match self.0.get(fact) {
                Some(before) if before == digest => {}
                before => changes.push(fact.in_words(frame, before.is_some())),
            }
        }
        for fact in self.0.keys().filter(|fact| !now.0.contains_key(fact)) {
            match fact {
                Fact::On(who) => changes.push(format!("{} is not on the vault any more", frame.name(who))),
                Fact::Who(_) => {}
                _ => changes.push(fact.in_words(frame, true)),
            }
        }
        // Whoever has come is told once.
        let come = |who: &Principal| {
            now.0.contains_key(&Fact::On(who.clone())) && !self.0.contains_key(&Fact::On(who.clone()))
        };
        let twice = now.0.keys().filter_map(|fact| match fact {
            Fact::Who(who) if come(who) && !self.0.contains_key(fact) => Some(fact.in_words(frame, false)),
            _ => None,
        });
        let twice: Vec<String> = twice.collect();
        changes.retain(|words| !twice.contains(words));
        changes
    }
}

impl Row {
    /// Why its vault is not one that it may be about; nothing where it is the student's own, is still to be
    /// made, or is one to be deleted that carries the student's mark and is nobody's. What a plan says of
    /// itself is no proof of it: a plan may come from a file.
    pub fn misplaced(&self, frame: &Frame) -> Option<String> {
        let vault = self.vault.as_ref().filter(|_| !self.is_about_person())?;
        let own = frame.bindings.get(&self.student);
        let deletes = self.steps.iter().any(|step| matches!(step, Step::DeleteVault { .. }));
        let left_behind = deletes && frame.quarantined.get(vault) == Some(&self.student);
        let is_in_place = own == Some(vault) || left_behind && frame.owner(vault).is_none();
        (!is_in_place).then(|| format!("the vault {vault} is not that of {}", self.student))
    }
}

impl Fact {
    fn in_words(&self, frame: &Frame, was_known: bool) -> String {
        match (self, was_known) {
            (Self::Student, _) => "the roster says something else of the student".to_owned(),
            (Self::Account, _) => "who has the student's address, or their state, has changed".to_owned(),
            (Self::Vault, _) => "which vault is the student's has changed".to_owned(),
            (Self::List, true) => "whether it can be read who is on the vault has changed".to_owned(),
            (Self::List, false) => "who is on the vault was not looked at".to_owned(),
            (Self::Rules, _) => "the class file asks for something else".to_owned(),
            (Self::On(who), false) => format!("{} is on the vault now", frame.name(who)),
            (Self::On(who), true) => format!("what {} has on the vault has changed", frame.name(who)),
            (Self::Who(who), false) => format!("{} is not who was planned for", frame.name(who)),
            (Self::Who(who), true) => {
                format!("address, state or part in the class of {} has changed", frame.name(who))
            }
            (Self::Members(id), _) => {
                format!("who is in {} has changed", frame.name(&Principal::Group(id.clone())))
            }
        }
    }
}

fn of_student(frame: &Frame, student: Option<&Student>) -> Digest {
    Digest::of(&student.map(|student| {
        let (address, is_gone) = (fold_email(student.email.raw()), frame.gone.contains(&student.key));
        (&student.key, frame.students_at(&address), address, is_gone)
    }))
}

fn of_account(frame: &Frame, student: Option<&Student>) -> Digest {
    let people = student.map(|student| frame.people_by_email(student.email.raw()));
    let mut people: Vec<_> = people.into_iter().flatten().map(|person| (&person.id, &person.state)).collect();
    people.sort_by_key(|(id, _)| *id);
    Digest::of(&people)
}

/// The levels asked for and who may cross on this vault; neither reasons nor titles.
fn of_rules(frame: &Frame, row: &Row) -> Digest {
    let class = &frame.class;
    let mut staff: Vec<_> = frame.staff().iter().map(|(who, _, level)| (who, level)).collect();
    staff.sort();
    let exceptions = class.exceptions.iter().filter(|exception| exception.vault == row.student);
    let mut exceptions: Vec<_> =
        exceptions.map(|e| (fold_email(&e.who), e.level, e.until.to_string())).collect();
    exceptions.sort();
    let name = row.vault.is_none().then(|| class.vault_name(&row.student));
    Digest::of(&(class.student, staff, exceptions, frame.identity.kind, name))
}

fn of_members(frame: &Frame, id: &GroupId) -> Digest {
    let group = frame.groups.iter().find(|group| group.id == *id);
    let mut members = group.and_then(|group| group.members.clone());
    if let Some(members) = &mut members {
        members.sort();
    }
    Digest::of(&(group.is_some(), members))
}

fn of_named(frame: &Frame, owner: Option<&Student>, who: &Principal) -> Digest {
    let person = match who {
        Principal::Person(id) => frame.person(id),
        Principal::Group(_) => None,
    };
    let person = person.map(|person| (fold_email(person.email.raw()), &person.state, &person.kind));
    Digest::of(&(owner.map(|owner| format!("{:?}", frame.standing(owner, who))), person))
}
