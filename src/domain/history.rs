//! What was changed here, job by job, as the audit log tells it: what is shown, and what an undo is made of.

use jiff::Timestamp;

use super::access::{Permissions, Principal};
use super::admission::Admission;
use super::class::StudentKey;
use super::id::VaultId;
use super::job::JobId;
use super::text::SafeText;

/// One carrying-out of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name; changes of logs that know no jobs have none, and are listed one by one.
    pub job: Option<JobId>,
    /// The number of its first record in the log.
    pub seq: u64,
    /// When it began.
    pub at: Timestamp,
    /// Who did it: the user and machine, and what 1Password saw of them.
    pub by: SafeText,
    /// What came of it, in the order of the log.
    pub changes: Vec<Changed>,
    /// The job that took it back, if one did.
    pub undone_by: Option<JobId>,
    /// The job that it took back, if it did.
    pub undoes: Option<JobId>,
}

/// One change that was begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// What was done.
    pub what: What,
    /// Whose vault or person, as far as it is still known here.
    pub student: Option<StudentKey>,
    /// What came of it: a word of the audit log, or `open`.
    pub outcome: &'static str,
    /// What the service or Strongroom said.
    pub message: Option<SafeText>,
}

/// What a change was about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// An access.
    Access {
        /// On which vault.
        vault: VaultId,
        /// Whose.
        who: Principal,
        /// The name shown.
        name: SafeText,
        /// What they held before; `None` where that was not known.
        before: Option<Permissions>,
        /// What they held after; `None` where the outcome is not known.
        after: Option<Permissions>,
    },
    /// A vault that was made; which, where that is known.
    Made(Option<VaultId>),
    /// A vault that was deleted.
    Deleted(VaultId),
    /// A person.
    Admission(Admission),
    /// Anything else that stands in the log, by its name there.
    Other(SafeText),
}
