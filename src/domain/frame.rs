//! Everything the rules of access look at, read once, and the rules themselves.
//!
//! [`Frame::permits`] is asked before every change. It refuses what is known to be wrong; what
//! cannot be known does not stop a change and is listed in [`Frame::unverified`] instead. The
//! numbers in comments (I1 …) are those of the access model.
//!
//! `rules` refuses, `admission` does for people, `turn` judges several changes one after the other; `guest`,
//! `foreign`, `authorship`, `unverified` and `whom` each tell one thing of what was read.

mod admission;
mod authorship;
mod foreign;
mod guest;
mod rules;
mod turn;
mod unverified;
mod whom;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Deref;
use std::sync::OnceLock;

use jiff::Timestamp;
use jiff::civil::Date;

use super::access::{Cell, Level, Permissions, Principal, Why};
use super::admission::SignUp;
use super::class::{Class, Exception, StaffName, StudentKey};
use super::directory::{Grant, Group, Identity, Person, PersonState, fold_email};
use super::fault::Fault;
use super::id::{PersonId, VaultId};
use super::look_alike::{LookAlike, look_alikes};
use super::roster::Student;
use super::term::Closings;
use super::text::SafeText;
use crate::seeded::{self, Bug};
pub use admission::Due;
pub use foreign::FOREIGN_MEND;
pub use guest::Seats;
pub use unverified::Unanswered;
pub use whom::Whom;

/// Why somebody belongs, or does not, on a vault of the class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The vault's own student.
    Owner,
    /// Staff of the class file, with the level it asks for.
    Staff(Level),
    /// A live exception, up to this level.
    Exception(Level),
    /// The service account that made the vault, or the person who acts.
    ServiceAccount,
    /// The account's owners or administrators, where account policy puts them.
    Administration,
    /// A student of the class on somebody else's vault.
    OtherStudent(StudentKey),
    /// Anybody else.
    Stranger,
}

/// What was read, as it was read.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The class file.
    pub class: Class,
    /// Whose token is in use.
    pub identity: Identity,
    /// The roster, those who are gone included: their vaults are still theirs.
    pub students: Vec<Student>,
    /// Students who are no longer in the roster's source. They are never granted anything.
    pub gone: HashSet<StudentKey>,
    /// The people of the account.
    pub people: Vec<Person>,
    /// Its groups.
    pub groups: Vec<Group>,
    /// Which vault is whose.
    pub bindings: BTreeMap<StudentKey, VaultId>,
    /// The day in the class's zone, for exceptions that end.
    pub today: Date,
}

/// What the rules look at.
#[derive(Clone, Debug)]
pub struct Frame {
    facts: Facts,
    /// What is known of the direct access of everybody who was ever named, by vault.
    cells: HashMap<VaultId, HashMap<Principal, Cell>>,
    /// When each vault's list of who has access was read; who is not in it has none.
    pub listed: HashMap<VaultId, Timestamp>,
    /// Those lists as the service answered them, whatever we know beside.
    pub lists: HashMap<VaultId, Vec<Grant>>,
    /// Vaults whose list was asked for just now and could not be read; an older one stands for nothing.
    pub unread: HashMap<VaultId, Fault>,
    /// Vaults that the service account did not make, see [`Frame::is_foreign`].
    pub foreign: HashSet<VaultId>,
    /// Vaults in quarantine, and whose mark each carries: nobody's own, whoever looks.
    pub quarantined: HashMap<VaultId, StudentKey>,
    /// How far the end of the term is for whom.
    pub closing: Closings,
    /// Lists that stand empty because the service did not answer them.
    pub unanswered: Unanswered,
    /// Found when it is asked for first.
    alike: OnceLock<HashMap<StudentKey, Vec<LookAlike>>>,
    index: Index,
}

/// What is kept of who is on a vault.
#[derive(Clone, Debug, Default)]
pub struct OnVault {
    /// The last list, and when it was read.
    pub list: Option<(Vec<Grant>, Timestamp)>,
    /// What that and our own ledger together tell of everybody whom either names.
    pub cells: HashMap<Principal, Cell>,
}

impl Deref for Frame {
    type Target = Facts;
    fn deref(&self) -> &Facts {
        &self.facts
    }
}

#[derive(Clone, Debug, Default)]
struct Index {
    people: HashMap<PersonId, usize>,
    people_by_email: HashMap<String, Vec<usize>>,
    students: HashMap<StudentKey, usize>,
    students_by_email: HashMap<String, Vec<usize>>,
    owners: HashMap<VaultId, StudentKey>,
    staff: Vec<(Principal, SafeText, Level)>,
}

impl Frame {
    /// Puts together what was read; `cells` start empty.
    pub fn new(facts: Facts) -> Self {
        let mut index = Index::default();
        for (at, person) in facts.people.iter().enumerate() {
            index.people.insert(person.id.clone(), at);
            // Somebody who left may have the address of somebody who is here: only the latter counts.
            // No address at all is nobody's.
            if person.state != PersonState::Deleted && !person.email.raw().trim().is_empty() {
                index.people_by_email.entry(fold_email(person.email.raw())).or_default().push(at);
            }
        }
        for (at, student) in facts.students.iter().enumerate() {
            index.students.insert(student.key.clone(), at);
            // Somebody else may have taken over the address of a student who is gone.
            if !facts.gone.contains(&student.key) && !student.email.raw().trim().is_empty() {
                index.students_by_email.entry(fold_email(student.email.raw())).or_default().push(at);
            }
        }
        index.owners = facts.bindings.iter().map(|(key, vault)| (vault.clone(), key.clone())).collect();
        let mut frame = Self {
            facts,
            cells: HashMap::new(),
            listed: HashMap::new(),
            quarantined: HashMap::new(),
            lists: HashMap::new(),
            unread: HashMap::new(),
            foreign: HashSet::new(),
            closing: Closings::new(),
            unanswered: Unanswered::default(),
            alike: OnceLock::new(),
            index,
        };
        let staff = frame.class.staff.iter();
        let staff =
            staff.filter_map(|staff| frame.resolve(&staff.who).map(|(who, name)| (who, name, staff.level)));
        frame.index.staff = staff.collect();
        frame
    }

    /// Records that a vault was made for a student.
    pub fn bind(&mut self, student: &StudentKey, vault: &VaultId) {
        self.facts.bindings.insert(student.clone(), vault.clone());
        self.index.owners.insert(vault.clone(), student.clone());
    }

    /// The student of that key.
    pub fn student(&self, key: &StudentKey) -> Option<&Student> {
        self.index.students.get(key).map(|at| &self.students[*at])
    }

    /// The student of that exact address.
    pub fn student_by_email(&self, address: &str) -> Option<&Student> {
        self.index.students_by_email.get(&fold_email(address))?.first().map(|at| &self.students[*at])
    }

    /// How many students of the class have that exact address; those who are gone are not counted.
    pub(in crate::domain) fn students_at(&self, address: &str) -> usize {
        self.index.students_by_email.get(&fold_email(address)).map_or(0, Vec::len)
    }

    /// The people with exactly that address, those who left not counted.
    pub fn people_by_email(&self, address: &str) -> impl Iterator<Item = &Person> {
        self.index.people_by_email.get(&fold_email(address)).into_iter().flatten().map(|at| &self.people[*at])
    }

    /// The person of that id.
    pub fn person(&self, id: &PersonId) -> Option<&Person> {
        self.index.people.get(id).map(|at| &self.people[*at])
    }

    /// Where a student's sign-up stands, and who it is if that is certain.
    pub fn sign_up(&self, student: &Student) -> (SignUp, Option<&Person>) {
        let named = |person: &&Person| seeded::is(Bug::NameMatch) && person.name == student.name;
        if let Some(person) = self.people.iter().find(named) {
            return (SignUp::Person(person.state.clone()), Some(person));
        }
        let mut people = self.people_by_email(student.email.raw());
        match (people.next(), people.next()) {
            (None, _) => (SignUp::NotInvited, None),
            (Some(person), None) => (SignUp::Person(person.state.clone()), Some(person)),
            (Some(_), Some(_)) => (SignUp::Ambiguous, None),
        }
    }

    /// Whose vault it is, if it belongs to the class.
    pub fn owner(&self, vault: &VaultId) -> Option<&Student> {
        self.index.owners.get(vault).and_then(|key| self.student(key))
    }

    /// Who could be taken for a student and is not; students who are gone have none.
    pub fn look_alikes(&self, student: &StudentKey) -> &[LookAlike] {
        let found = self.alike.get_or_init(|| {
            look_alikes(self.students.iter().filter(|s| !self.gone.contains(&s.key)), &self.people)
        });
        found.get(student).map_or(&[], Vec::as_slice)
    }

    /// Notes what is known of somebody's direct access to a vault.
    pub fn know(&mut self, vault: &VaultId, who: &Principal, cell: Cell) {
        self.cells.entry(vault.clone()).or_default().insert(who.clone(), cell);
    }

    /// Takes what is kept of a vault for what is known of it.
    pub fn learn(&mut self, vault: &VaultId, on: OnVault) {
        if let Some((list, at)) = on.list {
            self.listed.insert(vault.clone(), at);
            self.lists.insert(vault.clone(), list);
        } else {
            self.listed.remove(vault);
            self.lists.remove(vault);
        }
        self.cells.insert(vault.clone(), on.cells);
    }

    /// Whether that is what is known of a vault already.
    pub fn knows(&self, vault: &VaultId, on: &OnVault) -> bool {
        let cells = self.cells.get(vault).map_or(on.cells.is_empty(), |cells| *cells == on.cells);
        cells && self.listed.get(vault) == on.list.as_ref().map(|(_, at)| at)
    }

    /// Everybody of whose direct access to a vault something is known.
    pub fn known(&self, vault: &VaultId) -> impl Iterator<Item = (&Principal, Cell)> {
        self.cells.get(vault).into_iter().flatten().map(|(who, cell)| (who, *cell))
    }

    /// What is known of somebody's direct access to a vault.
    pub fn cell(&self, vault: &VaultId, who: &Principal) -> Cell {
        let named = self.cells.get(vault).and_then(|cells| cells.get(who)).copied();
        named.unwrap_or_else(|| match self.listed.get(vault) {
            Some(at) => Cell::Proved { set: Permissions::NONE, at: *at },
            None => Cell::Unknown { why: Why::NotRead },
        })
    }

    /// The staff of the class file, each resolved to the one person or group it names.
    pub fn staff(&self) -> &[(Principal, SafeText, Level)] {
        &self.index.staff
    }

    /// The level that the class file asks for a member of staff.
    fn staff_level(&self, who: &Principal) -> Option<Level> {
        self.staff().iter().find(|(staff, ..)| staff == who).map(|(.., level)| *level)
    }

    /// Staff names of the class file that name nobody, or more than one.
    pub fn unresolved_staff(&self) -> Vec<&StaffName> {
        self.class.staff.iter().map(|staff| &staff.who).filter(|who| self.resolve(who).is_none()).collect()
    }

    fn resolve(&self, name: &StaffName) -> Option<(Principal, SafeText)> {
        match name {
            StaffName::Group(name) => {
                let mut found =
                    self.groups.iter().filter(|g| g.id.as_str() == name || g.name.as_str() == name);
                let group = found.next()?;
                found.next().is_none().then(|| (Principal::Group(group.id.clone()), group.name.clone()))
            }
            StaffName::User(name) => {
                let by_id = PersonId::parse(name).ok().and_then(|id| self.person(&id));
                let mut found = self.people_by_email(name);
                let person = by_id.or_else(|| found.next().filter(|_| found.next().is_none()))?;
                Some((Principal::Person(person.id.clone()), person.name.clone()))
            }
        }
    }

    /// Why somebody is, or is not, expected on a student's vault.
    pub fn standing(&self, owner: &Student, who: &Principal) -> Standing {
        let Principal::Person(id) = who else {
            let ours =
                self.groups.iter().any(|group| group.is_administration && group.id.as_str() == who.id());
            let other = if ours { Standing::Administration } else { Standing::Stranger };
            return self.staff_level(who).map_or(other, Standing::Staff);
        };
        if *id == self.identity.id && self.identity.is_service_account {
            return Standing::ServiceAccount;
        }
        let email = self.person(id).map(|person| person.email.clone()).unwrap_or_default();
        let named = seeded::is(Bug::NameMatch) && self.name(who) == owner.name;
        if named || self.is_certain(id) && owner.has_email(&email) && !self.gone.contains(&owner.key) {
            return Standing::Owner;
        }
        if let Some(exception) = self.live_exception(owner, who) {
            return Standing::Exception(exception.level);
        }
        // A student who is also named as staff counts as a student: nobody reads classmates' vaults.
        if let Some(other) = self.student_by_email(email.raw()).filter(|other| other.key != owner.key) {
            return Standing::OtherStudent(other.key.clone());
        }
        let nobody = match () {
            () if self.acts(who) => Standing::ServiceAccount,
            () if self.administers(id) => Standing::Administration,
            () => Standing::Stranger,
        };
        self.staff_level(who).map_or(nobody, Standing::Staff)
    }

    /// Whether it is whoever acts: nothing takes their own way in.
    pub fn acts(&self, who: &Principal) -> bool {
        matches!(who, Principal::Person(id) if *id == self.identity.id)
    }

    /// Whether somebody is known to be one of the account's owners or administrators.
    fn administers(&self, person: &PersonId) -> bool {
        let mut groups = self.groups.iter().filter(|group| group.is_administration);
        groups.any(|group| group.members.as_ref().is_some_and(|members| members.contains(person)))
    }

    /// Whether a person is the only one with the own address: it stands for somebody only then.
    fn is_certain(&self, id: &PersonId) -> bool {
        let Some(person) = self.person(id) else { return false };
        let mut people = self.people_by_email(person.email.raw());
        people.next().is_some_and(|person| person.id == *id) && people.next().is_none()
    }

    /// The exception of the class file by which somebody may be on a student's vault today.
    pub(super) fn live_exception(&self, owner: &Student, who: &Principal) -> Option<&Exception> {
        self.exceptions_of(owner, who).find(|exception| exception.until >= self.today)
    }

    /// The exception by which somebody was allowed on a student's vault that has ended last.
    pub(super) fn ended_exception(&self, owner: &Student, who: &Principal) -> Option<&Exception> {
        let ended = self.exceptions_of(owner, who).filter(|exception| exception.until < self.today);
        ended.max_by_key(|exception| exception.until)
    }

    fn exceptions_of<'a>(
        &'a self,
        owner: &Student,
        who: &Principal,
    ) -> impl Iterator<Item = &'a Exception> + use<'a> {
        let person = match who {
            Principal::Person(id) if self.is_certain(id) => self.person(id),
            _ => None,
        };
        let (key, address) = (owner.key.clone(), person.map(|person| fold_email(person.email.raw())));
        let student = address.as_deref().and_then(|address| self.student_by_email(address));
        let student = student.map(|student| student.key.as_str());
        self.class.exceptions.iter().filter(move |exception| {
            let named = address.as_ref().is_some_and(|address| fold_email(&exception.who) == *address)
                || student.is_some_and(|student| student == exception.who);
            named && exception.vault == key
        })
    }

    /// A principal's name, or its id where it is not known.
    pub fn name(&self, who: &Principal) -> SafeText {
        let name = match who {
            Principal::Person(id) => self.person(id).map(|person| person.name.clone()),
            Principal::Group(id) => self.groups.iter().find(|g| g.id == *id).map(|group| group.name.clone()),
        };
        name.unwrap_or_else(|| SafeText::new(who.id()))
    }
}

#[cfg(test)]
#[path = "frame_tests.rs"]
pub(crate) mod tests;
