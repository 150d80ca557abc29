//! What the screen and the commands ask to see, and what they are shown.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::access::{Cell, Level, Permissions, Principal};
use super::admission::SignUp;
use super::arrival::Arrival;
use super::assignment::{AssignmentId, Extension};
use super::attention::Attention;
use super::budget::Budget;
use super::class::StudentKey;
use super::directory::{Identity, Item, ItemDetail, ItemRef};
use super::drift::{Drifts, Stray};
use super::fault::Fault;
use super::handoff::Jobs;
use super::history::Entry;
use super::id::{FileId, PersonId, VaultId};
use super::job::{Head, JobId};
use super::look_alike::LookAlike;
use super::parts::Part;
use super::plan::{Plan, Wish};
use super::roster::{Enrolment, Refusal};
use super::submission::{Standing, Unmatched, Verdict};
use super::term::Term;
use super::text::SafeText;
use super::ways::Holder;

/// A question that needs the store or the service.
#[derive(Clone, Debug, PartialEq)]
pub enum Query {
    /// The class with every row, from the store; `fresh` asks the service for people first.
    Class {
        /// Whether to ask the service for people and groups.
        fresh: bool,
    },
    /// Who has direct access to these students' vaults, asked of the service: one read a vault.
    Access(Vec<StudentKey>),
    /// The items of these vaults as they were last looked at; `fresh` asks the service first.
    Items {
        /// Which vaults.
        vaults: Vec<VaultId>,
        /// Whether to ask the service: one read a vault.
        fresh: bool,
    },
    /// One item with its fields and files.
    Detail(ItemRef),
    /// The newest arrivals, and how far they were read.
    Arrivals,
    /// What needs the instructor, from the store: nothing is asked of the service.
    Attention,
    /// How every student stands with an assignment, and what nobody's rule claims, from the store.
    Submissions(AssignmentId),
    /// How far the consumers of arrivals are, from the store.
    Jobs,
    /// The copies on this machine of a vault's files, from the store.
    Copies(VaultId),
    /// What a wish would change.
    Plan(Wish),
    /// What would take a job back; the last one that can be taken back where none is named.
    Undo(Option<JobId>),
    /// What was changed here, from the audit log, oldest first.
    History,
    /// The plans that the store knows, of every program: carried out, waiting or left.
    Work,
    /// The plan of a job that its program has left, with its name, so that it goes on.
    Left(JobId),
    /// The ways by which everybody has access to a vault, from what is stored.
    Why(VaultId),
    /// Visible access that the class file does not ask for, from what is stored; `fresh` asks the service
    /// for the list of every vault first.
    Drift {
        /// Whether to ask the service: one read a vault.
        fresh: bool,
    },
    /// How far the end of the term is for these students, from what is stored; for everybody where none is
    /// named.
    Closing(Vec<StudentKey>),
    /// What taking a class list over would change.
    Enrolment(ClassList),
}

/// Where a class list stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClassList {
    /// In a file, by its path.
    File(String),
    /// In a text that was pasted.
    Text(String),
}

/// The answer to a [`Query`].
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// To [`Query::Class`].
    Class(Box<ClassView>),
    /// To [`Query::Access`]: the rows that changed.
    Rows(Vec<StatusRow>),
    /// To [`Query::Items`].
    Items(Vec<(VaultId, Vec<Item>)>),
    /// To [`Query::Detail`].
    Detail(Box<ItemDetail>),
    /// To [`Query::Arrivals`], oldest first; and the last one that was read on a screen.
    Arrivals(Vec<Arrival>, u64),
    /// To [`Query::Attention`].
    Attention(Box<Attention>),
    /// To [`Query::Submissions`].
    Submissions(Box<Submissions>),
    /// To [`Query::Jobs`].
    Jobs(Box<Jobs>),
    /// To [`Query::Copies`].
    Copies(VaultId, Vec<LocalCopy>),
    /// To [`Query::Plan`], [`Query::Undo`] and [`Query::Left`].
    Plan(Plan),
    /// To [`Query::History`].
    History(Vec<Entry>),
    /// To [`Query::Work`], the newest first.
    Work(Vec<Head>),
    /// To [`Query::Why`]: everybody of whom an access is known or supposed, with every way to it.
    Why(VaultId, Vec<Holder>),
    /// To [`Query::Drift`].
    Drift(Box<Drifts>),
    /// To [`Query::Closing`].
    Closing(Box<Term>),
    /// To [`Query::Enrolment`]: what would change, or everything that is wrong in the list.
    Enrolment(Box<Result<Enrolment, Refusal>>),
}

/// How a class stands with one assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submissions {
    /// Which.
    pub assignment: AssignmentHead,
    /// One verdict a student who is in the class, in the order of names.
    pub verdicts: Vec<Verdict>,
    /// What no assignment claims, oldest first.
    pub unmatched: Vec<Unmatched>,
}

/// What is shown of an assignment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignmentHead {
    /// Decides.
    pub id: AssignmentId,
    /// Decorates.
    pub title: SafeText,
    /// When it is due for whoever has no more time.
    pub due: Timestamp,
}

/// A file of an item that was fetched to this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalCopy {
    /// Which item.
    pub at: ItemRef,
    /// Which file of it.
    pub file: FileId,
    /// The item's version.
    pub version: u64,
    /// Where the copy is: an absolute path.
    pub path: String,
    /// SHA-256 of the content, in hexadecimal digits.
    pub sha256: String,
    /// In bytes.
    pub size: u64,
    /// When it was fetched.
    pub saved_at: Timestamp,
}

/// A class as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassView {
    /// Whose token is in use; `None` until the service has answered once.
    pub identity: Option<Identity>,
    /// The staff columns of the matrix, in the order of the class file.
    pub staff: Vec<Column>,
    /// One row a student, by name.
    pub rows: Vec<StatusRow>,
    /// How many rows there are; more than `rows` while only the first ones were read.
    pub total: usize,
    /// When people were last asked for.
    pub people_at: Option<Timestamp>,
    /// The assignments, in the order of the class file.
    pub assignments: Vec<AssignmentHead>,
}

/// A staff column of the matrix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Whose access it shows.
    pub who: Principal,
    /// The heading.
    pub name: SafeText,
}

/// Everything shown of one student.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusRow {
    /// Decides.
    pub key: StudentKey,
    /// The name in the roster.
    pub name: SafeText,
    /// The address in the roster.
    pub email: SafeText,
    /// Where the sign-up stands.
    pub state: SignUp,
    /// The one person with that address.
    pub user: Option<PersonId>,
    /// The student's vault.
    pub vault: Option<VaultId>,
    /// The vault's name.
    pub vault_name: SafeText,
    /// The student's own access to it.
    pub own: Cell,
    /// The access of staff, in the order of the columns.
    pub staff: Vec<Cell>,
    /// Who else has direct access; `None` until the vault's list was read.
    pub others: Option<Vec<Other>>,
    /// Who belongs there, an exception included, and is known to have more than the class file asks for.
    #[serde(default)]
    pub wider: Vec<Excess>,
    /// The number of active items, as far as they were looked at.
    pub items: u32,
    /// When the last upload was seen.
    pub last_upload: Option<Timestamp>,
    /// Whether the student is no longer in the roster's source.
    pub gone: bool,
    /// The word for how far the end of the term is, where it has begun: frozen, closed or deleted.
    #[serde(default)]
    pub closing: Option<SafeText>,
    /// Whether the service account in use did not make the vault: its access cannot be changed here.
    #[serde(default)]
    pub foreign: bool,
    /// People who could be taken for the student and are not.
    #[serde(default)]
    pub look_alikes: Vec<LookAlike>,
    /// How the student stands with each assignment, in their order.
    #[serde(default)]
    pub standings: Vec<Standing>,
    /// The extension of each assignment, in the same order; `None` where the deadline is everybody's.
    pub extensions: Vec<Option<Extension>>,
}

impl StatusRow {
    /// Whether the student can be given a vault now and has none.
    pub fn awaits_vault(&self) -> bool {
        self.vault.is_none() && self.state.is_active() && self.closing.is_none()
    }

    /// Whether the student has a vault and is known to have no access to it.
    pub fn lacks_access(&self) -> bool {
        let shut = self.own.set().is_some_and(Permissions::is_empty);
        self.vault.is_some() && self.state.is_active() && shut && !self.gone && self.closing.is_none()
    }

    /// The number of principals that do not belong on the vault.
    pub fn unexpected(&self) -> Option<usize> {
        self.others.as_ref().map(|others| others.iter().filter(|other| !other.excepted).count())
    }

    /// How many accesses the class file does not ask for, as far as they can be seen.
    pub fn strays(&self) -> usize {
        self.unexpected().unwrap_or(0) + self.wider.len()
    }
}

/// Somebody on a vault who is neither its student nor staff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Other {
    /// Who.
    pub who: Principal,
    /// Their name.
    pub name: SafeText,
    /// Their access.
    pub cell: Cell,
    /// Whether a live exception of the class file allows it.
    pub excepted: bool,
    /// Why they should not be there; nothing where a live exception allows it.
    #[serde(default)]
    pub kind: Option<Stray>,
    /// The first list that showed them.
    #[serde(default)]
    pub since: Option<Timestamp>,
}

/// Somebody who belongs on a vault and has more than the class file asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excess {
    /// Who.
    pub who: Principal,
    /// Their name.
    pub name: SafeText,
    /// What the class file asks for.
    pub asked: Level,
    /// The first list that showed them on the vault.
    pub since: Option<Timestamp>,
}

/// What one beat of the live view found.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::struct_excessive_bools, reason = "each says of another thing that it has to be read again")]
pub struct WatchReport {
    /// When it was found.
    pub at: Timestamp,
    /// Vaults whose content moved; their items may not be known yet.
    pub changed: Vec<VaultId>,
    /// Vaults whose items are known again.
    pub settled: Vec<VaultId>,
    /// What arrived, in the order of the journal.
    pub arrivals: Vec<Arrival>,
    /// Whether people, bindings, levels or standings changed, so that rows have to be read again.
    pub stale: bool,
    /// Whether the hand-off of arrivals has gone on, so that jobs and copies have to be read again.
    pub handed: bool,
    /// Whether the Events API has told something new of the class, so that who did what has to be read again.
    pub reported: bool,
    /// What was done by itself, or could not be, one line each.
    pub told: Vec<SafeText>,
    /// Why the beat failed, if it did; the live view goes on.
    pub fault: Option<Fault>,
    /// Whether the fault is that of single vaults, and the others were looked at.
    pub unread: bool,
    /// How the ration stands, where that has changed by enough to be shown.
    pub budget: Option<Budget>,
    /// Who looks at the vaults, where that has changed.
    pub role: Option<Role>,
    /// How the services stand, where there are several and that has changed by enough to be shown.
    pub parts: Option<Vec<Part>>,
}

impl WatchReport {
    /// A report that says nothing.
    pub fn nothing(at: Timestamp) -> Self {
        Self {
            at,
            changed: Vec::new(),
            settled: Vec::new(),
            arrivals: Vec::new(),
            stale: false,
            handed: false,
            reported: false,
            told: Vec::new(),
            fault: None,
            unread: false,
            budget: None,
            role: None,
            parts: None,
        }
    }
}

/// Who looks at the vaults of the class: one program at a time, the others read what it writes down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// This program.
    Watching,
    /// Another one.
    Following {
        /// What it is, for example `dashboard, pid 4711`.
        watcher: SafeText,
        /// When it last looked; `None` before its first look.
        looked_at: Option<Timestamp>,
    },
}
