//! What the screen and the commands ask to see, and what they are shown.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::access::{Cell, Permissions, Principal};
use super::activity::Arrival;
use super::budget::Budget;
use super::class::StudentKey;
use super::directory::{Identity, Item, ItemDetail, ItemRef};
use super::fault::Fault;
use super::frame::SignUp;
use super::id::{PersonId, VaultId};
use super::plan::{Plan, Wish};
use super::text::SafeText;

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
    /// The newest arrivals.
    Arrivals,
    /// What a wish would change.
    Plan(Wish),
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
    /// To [`Query::Arrivals`], oldest first.
    Arrivals(Vec<Arrival>),
    /// To [`Query::Plan`].
    Plan(Plan),
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
    /// The number of active items, as far as they were looked at.
    pub items: u32,
    /// When the last upload was seen.
    pub last_upload: Option<Timestamp>,
    /// Whether the student is no longer in the roster's source.
    pub gone: bool,
    /// Whether the service account in use did not make the vault: its access cannot be changed here.
    #[serde(default)]
    pub foreign: bool,
}

impl StatusRow {
    /// Whether the student can be given a vault now and has none.
    pub fn awaits_vault(&self) -> bool {
        self.vault.is_none() && self.state.is_active()
    }

    /// Whether the student has a vault and is known to have no access to it.
    pub fn lacks_access(&self) -> bool {
        let shut = self.own.set().is_some_and(Permissions::is_empty);
        self.vault.is_some() && self.state.is_active() && shut && !self.gone
    }

    /// The number of principals that do not belong on the vault.
    pub fn unexpected(&self) -> Option<usize> {
        self.others.as_ref().map(|others| others.iter().filter(|other| !other.excepted).count())
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
}

/// What one beat of the live view found.
#[derive(Clone, Debug, PartialEq)]
pub struct WatchReport {
    /// When it was found.
    pub at: Timestamp,
    /// Vaults whose content moved; their items may not be known yet.
    pub changed: Vec<VaultId>,
    /// Vaults whose items are known again.
    pub settled: Vec<VaultId>,
    /// What arrived, in the order of the journal.
    pub arrivals: Vec<Arrival>,
    /// Whether people, bindings or levels changed, so that rows have to be read again.
    pub stale: bool,
    /// Why the beat failed, if it did; the live view goes on.
    pub fault: Option<Fault>,
    /// How the ration stands, where that has changed by enough to be shown.
    pub budget: Option<Budget>,
}
