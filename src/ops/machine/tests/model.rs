//! The oracle: who is who in the class, and what may be sent in that state. Pure, and independent of the
//! code that it judges: it has its own table of levels and its own idea of who belongs where.

use std::collections::BTreeSet;
use std::fmt;

use crate::domain::access::{AccountKind, Level, Permissions};

/// The address of the one person whom the class file names as staff.
pub(super) const ASSISTANT: &str = "ta@example.edu";
/// The address of somebody with an exception.
pub(super) const AUDITOR: &str = "auditor@example.edu";
/// The group that the class file names as staff.
pub(super) const GROUP: &str = "Staff";
/// How many students the class has.
pub(super) const STUDENTS: usize = 3;
/// People who are there at first: the students in order, then these.
pub(super) const TA: usize = STUDENTS;
/// The one in the group of staff.
pub(super) const PROFESSOR: usize = STUDENTS + 3;
/// Days until the exceptions end, counted from the first day: the auditor's on the vault of the first
/// student, and that of the second student on the vault of the third.
pub(super) const UNTIL: [i64; 2] = [20, 40];

/// As whom the program acts, and what that one is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// A service account that sees neither levels nor members of groups, as the real one.
    Blind,
    /// A service account that sees both.
    Seeing,
    /// A signed-in administrator.
    Person,
}

/// Somebody who can be on a vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Who {
    /// A person, by the place in [`Model::people`].
    Person(usize),
    /// The group of staff.
    Staff,
    /// Another group.
    Others,
}

/// A student as the roster has it. The key is the place.
#[derive(Clone, Debug)]
pub(super) struct Enrolled {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) gone: bool,
}

/// A person of the account.
#[derive(Clone, Debug)]
pub(super) struct Somebody {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) state: &'static str,
    /// Whether the person is still in the account.
    pub(super) there: bool,
}

/// What is so outside and in the roster. What is on the vaults, the server's ledger tells.
#[derive(Clone)]
pub(super) struct Model {
    pub(super) kind: AccountKind,
    pub(super) sight: Sight,
    pub(super) roster: Vec<Enrolled>,
    pub(super) people: Vec<Somebody>,
    /// Who is in the group of staff.
    pub(super) members: BTreeSet<usize>,
    /// Days since the first.
    pub(super) day: i64,
}

impl Model {
    pub(super) fn new(kind: AccountKind, sight: Sight) -> Self {
        let named = |name: &str, email: &str| Somebody {
            name: name.to_owned(),
            email: email.to_owned(),
            state: "ACTIVE",
            there: true,
        };
        let students = (0..STUDENTS).map(|at| named(&format!("Student {at}"), &address(at)));
        let mut people: Vec<Somebody> = students.collect();
        people.extend([
            named("Assistant", ASSISTANT),
            named("Stranger", "stranger@example.edu"),
            named("Auditor", AUDITOR),
            named("Professor", "professor@example.edu"),
        ]);
        let enrolled =
            |at: usize| Enrolled { name: format!("Student {at}"), email: address(at), gone: false };
        let roster = (0..STUDENTS).map(enrolled).collect();
        Self { kind, sight, roster, people, members: BTreeSet::from([PROFESSOR]), day: 0 }
    }

    /// The permissions of a level, by the table of the rules; `None` where the account has no such level.
    pub(super) fn set(&self, level: Level) -> Option<Permissions> {
        let business = self.kind == AccountKind::Business;
        let names: &[&str] = match (level, business) {
            (Level::None, _) => &[],
            (Level::Submit, true) => &["view_items", "create_items"],
            (Level::Submit, false) | (Level::Custom, _) => return None,
            (Level::Read, true) => &["view_items", "view_and_copy_passwords", "view_item_history"],
            (Level::Write, true) => &[
                "view_items",
                "view_and_copy_passwords",
                "view_item_history",
                "create_items",
                "edit_items",
                "archive_items",
            ],
            (Level::Manage, true) => &[
                "view_items",
                "view_and_copy_passwords",
                "view_item_history",
                "create_items",
                "edit_items",
                "archive_items",
                "delete_items",
                "manage_vault",
            ],
            (Level::Read, false) => &["allow_viewing"],
            (Level::Write, false) => &["allow_viewing", "allow_editing"],
            (Level::Manage, false) => &["allow_viewing", "allow_editing", "allow_managing"],
        };
        Permissions::parse(names.iter().copied()).ok()
    }

    /// Whether somebody is the one active person whom a student of the roster has signed up as (I7).
    pub(super) fn is_own(&self, student: usize, person: usize) -> bool {
        let (row, person) = (&self.roster[student], &self.people[person]);
        let same = self.roster.iter().filter(|other| !other.gone && other.email == row.email);
        !row.gone && same.count() == 1 && person.email == row.email && person.is_active()
    }

    /// The person whom a student has signed up as, if that is certain.
    pub(super) fn own(&self, student: usize) -> Option<usize> {
        (0..self.people.len()).find(|person| self.is_own(student, *person))
    }

    /// Whether somebody is a student of the class, other than that one.
    pub(super) fn is_other_student(&self, student: usize, person: usize) -> bool {
        let email = &self.people[person].email;
        let mut others = self.roster.iter().enumerate().filter(|(at, _)| *at != student);
        self.people[person].there && others.any(|(_, row)| !row.gone && row.email == *email)
    }

    /// The most that somebody may be given on a student's vault; `None` where it is nothing (I1 to I3, I7
    /// to I9).
    pub(super) fn limit(&self, student: usize, who: Who) -> Option<Level> {
        let person = match who {
            Who::Person(person) => person,
            Who::Staff if self.sight == Sight::Blind => return Some(Level::Manage),
            Who::Staff => {
                let mut members = self.members.iter().filter(|at| self.people[**at].there);
                let has_student = members
                    .any(|at| self.roster.iter().any(|row| !row.gone && row.email == self.people[*at].email));
                return (!has_student).then_some(Level::Manage);
            }
            Who::Others => return None,
        };
        let row = &self.roster[student];
        if !self.people[person].there {
            return None;
        }
        let email = self.people[person].email.as_str();
        if !row.gone && row.email == email {
            return self.is_own(student, person).then_some(Level::Write);
        }
        if let Some(level) = self.exception(student, email) {
            return Some(level);
        }
        if self.is_other_student(student, person) {
            return None;
        }
        (email == ASSISTANT).then_some(Level::Manage)
    }

    /// Whether somebody belongs on a student's vault, and cannot be given anything now.
    pub(super) fn is_asleep(&self, student: usize, who: Who) -> bool {
        // A group of staff that a student has come into gets nothing more; that is an alarm, not a mend.
        let Who::Person(at) = who else { return who == Who::Staff && self.limit(student, who).is_none() };
        let (person, row) = (&self.people[at], &self.roster[student]);
        // Whoever has the address of two students is neither for certain.
        let unsure = !row.gone && row.email == person.email && !self.is_own(student, at);
        person.there && (unsure || self.limit(student, who).is_some() && !person.is_active())
    }

    /// Whether something is wrong about a student's vault that nothing sent can mend.
    pub(super) fn is_alarming(&self, student: usize) -> bool {
        let row = &self.roster[student];
        let same = self.roster.iter().filter(|other| !other.gone && other.email == row.email).count();
        self.limit(student, Who::Staff).is_none() || !row.gone && same > 1
    }

    /// What an exception of the class file that still holds allows somebody.
    fn exception(&self, student: usize, email: &str) -> Option<Level> {
        let auditor = student == 0 && email == AUDITOR && self.day <= UNTIL[0];
        let second = &self.roster[1];
        let same = self.roster.iter().filter(|row| !row.gone && row.email == email).count();
        let partner = student == 2 && !second.gone && second.email == email && self.day <= UNTIL[1];
        let partner = partner && same == 1;
        (auditor || partner).then_some(Level::Read)
    }

    /// What the class file and the roster ask for on a student's vault: what a plan for the class brings
    /// about.
    pub(super) fn desired(&self, student: usize, who: Who) -> Level {
        let limit = self.limit(student, who);
        match (who, limit) {
            (_, None) | (Who::Others, _) => Level::None,
            (Who::Staff, Some(_)) => Level::Write,
            (Who::Person(at), Some(Level::Manage)) if self.people[at].email == ASSISTANT => Level::Read,
            (Who::Person(_), Some(level)) => level,
        }
    }
}

impl fmt::Debug for Model {
    /// What a case begins with; everything else of that is always the same.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}, {:?}", self.kind, self.sight)
    }
}

impl Somebody {
    pub(super) fn is_active(&self) -> bool {
        self.there && self.state == "ACTIVE"
    }
}

/// The address of a student as the roster has it at first.
pub(super) fn address(student: usize) -> String {
    format!("s{student}@example.edu")
}
