//! What is asked for in detail: the parts of actions, events and effects that are more than a word.

use crate::domain::access::Principal;
use crate::domain::assignment::AssignmentId;
use crate::domain::class::StudentKey;
use crate::domain::directory::ItemRef;
use crate::domain::id::VaultId;
use crate::domain::plan::Plan;
use crate::domain::term::Stage;
use crate::domain::text::SafeText;

/// Whose access is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Whose vault.
    pub student: StudentKey,
    /// Which.
    pub vault: VaultId,
    /// Of whom; `None` is whoever is neither its student nor staff.
    pub who: Option<Principal>,
}

/// What to fetch to a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetch {
    /// Every file of a student's vault.
    Student(StudentKey),
    /// The files of one item of a student's vault.
    Item(StudentKey, ItemRef),
}

impl Fetch {
    /// Whose.
    pub fn student(&self) -> &StudentKey {
        match self {
            Self::Student(student) | Self::Item(student, _) => student,
        }
    }
}

/// A download as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// What is fetched.
    pub what: Vec<Fetch>,
    /// The assignment to which the files of students are narrowed; `None` takes them all.
    pub only: Option<AssignmentId>,
    /// The folder, as it was typed.
    pub folder: String,
}

/// A step of the end of the term that somebody has signed off.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// One that changes vaults.
    Plan(Stage, Plan),
    /// One about files or notes.
    Files(Errand),
}

/// A step of the end of the term that is about files or notes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errand {
    /// Which.
    pub stage: Stage,
    /// For whom; empty is everybody.
    pub students: Vec<StudentKey>,
    /// Where files are kept, as it was typed; empty where the step has nothing to do with files.
    pub folder: String,
}

/// An upload that is to be assigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Whose.
    pub student: StudentKey,
    /// Which item.
    pub at: ItemRef,
    /// Its title.
    pub title: SafeText,
    /// What it belongs to now.
    pub assignment: Option<AssignmentId>,
}

/// An arrival that was set aside and is to be offered again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    /// To whom.
    pub consumer: SafeText,
    /// Which arrival.
    pub seq: u64,
}
