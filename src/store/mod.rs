//! What Strongroom remembers of one class between runs, in one SQLite file.
//!
//! Knows `domain` and SQL. It must not know providers, the screen, or what time it is. 1Password
//! is the truth: what is kept here is a cache, and beside it what 1Password cannot tell (the
//! roster, who was granted what, what each vault looked like, and the arrivals found by that).
//! Secrets and the values of fields never come here.
//!
//! A [`Store`] can be used from any number of threads, and the file from any number of programs.
//! All calls block, for as long as a disk sync takes and up to five seconds where another program
//! writes: call them off the async runtime. All fail with [`Kind::Local`] naming the file, unless
//! they say otherwise.
//!
//! | about | modules |
//! |---|---|
//! | the file | `schema` makes and opens it, `row` reads and writes values, `marks` tell what others wrote; `cache` may be thrown away |
//! | the class | `class`, `promised` vaults, `quarantine`, `foreign` ones; the end of a term in `closing` |
//! | who has access | `access` as it was told, `strays` since when |
//! | what was seen | `baseline` of the first look, `seen` at the last, `watched` when, `alarms` of what went wrong |
//! | what came of it | `arrivals`, numbered; `readers` of them, `since` their last look; `sightings` for verdicts; `handoff` to consumers; `copies` on this machine |
//! | what people decided, and plans | `decisions`, `jobs` |
//! | what 1Password reports | `activity`, and in it `reported` what is about something |
//! | the audit log, and what is erased | `checkpoint`, `purge` |

mod access;
mod activity;
mod alarms;
mod arrivals;
mod baseline;
mod cache;
mod checkpoint;
mod class;
mod closing;
mod copies;
mod decisions;
mod foreign;
mod handoff;
mod jobs;
mod marks;
#[cfg(test)]
mod migration_tests;
mod promised;
mod purge;
mod quarantine;
mod readers;
mod reported;
mod row;
mod schema;
mod seen;
mod sightings;
mod since;
mod strays;
#[cfg(test)]
mod tests;
mod watched;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};

use crate::domain::class::StudentKey;
use crate::domain::fault::{Fault, Kind};
use crate::domain::grounds::Grounds;
use crate::domain::submission::Sighting;
use crate::domain::verdict::Report;
pub use activity::{Followed, Sought, Taken};
pub use arrivals::Uploads;
pub use baseline::FirstSeen;
pub use class::{Binding, Enrolled};
pub use closing::Signed;
pub use handoff::{KEPT, Offer, Turn};
pub use jobs::{Begun, JobLock, Kept, Told};
pub use purge::{Erased, Erasing, Old, Whom};
pub use seen::{Listing, SeenItem, SeenVault};
pub use watched::Span;

/// Something, and when it was so.
pub type Dated<T> = (T, Timestamp);

/// What arrivals tell, oldest first, each with its student.
pub type Journal = Vec<(StudentKey, Sighting)>;
/// How each student stands, in the order of the grounds.
pub type Judged = Vec<(StudentKey, Report)>;

/// The local state of one class. Cloning it is cheap, and the clones share one connection.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    connection: Mutex<Connection>,
    /// What was read of the journal so far, see [`Store::all_sightings`].
    sightings: Mutex<Arc<Journal>>,
    /// The last verdicts, see [`Store::judged`].
    judged: Mutex<Option<(Grounds, Arc<Judged>)>>,
}

/// Why a statement failed, before it is told in words that name the file.
enum Trouble {
    Sql(rusqlite::Error),
    /// A value in the file that no version of Strongroom writes there.
    Damaged(&'static str),
    /// What is already told in words.
    Told(Fault),
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl Store {
    /// Opens the store in that file; makes it (0600, in a 0700 folder) if it is not there.
    ///
    /// Refuses a file that is no store, and one that a newer version of Strongroom has made.
    pub fn open(path: &Path) -> Result<Self, Fault> {
        Self::of(path, schema::open(path))
    }

    /// Opens a store that is there, to read from it at once or not at all: nothing is made, brought up to
    /// date or waited for.
    pub fn open_for_a_glance(path: &Path) -> Result<Self, Fault> {
        Self::of(path, schema::open_for_a_glance(path))
    }

    fn of(path: &Path, opened: Result<Connection, Trouble>) -> Result<Self, Fault> {
        let connection = opened.map_err(|trouble| told(path, trouble))?;
        let (connection, sightings, judged) = (Mutex::new(connection), Mutex::default(), Mutex::default());
        Ok(Self { inner: Arc::new(Inner { path: path.to_owned(), connection, sightings, judged }) })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// A number that changes whenever another program has written to the store.
    pub fn others_wrote(&self) -> Result<i64, Fault> {
        self.read(|connection| Ok(connection.pragma_query_value(None, "data_version", |row| row.get(0))?))
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A panic in another thread has rolled its transaction back: the connection is good.
        self.inner.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads with a single statement, or with several that need not agree.
    fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, Trouble>) -> Result<T, Fault> {
        read(&self.connection()).map_err(|trouble| told(self.path(), trouble))
    }

    /// Writes in one transaction that is exclusive from its beginning, so that what it reads
    /// cannot change before it writes. It is synced when this returns, and undone on a fault.
    fn write<T>(&self, write: impl FnOnce(&Transaction<'_>) -> Result<T, Trouble>) -> Result<T, Fault> {
        let run = |connection: &mut Connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = write(&transaction)?;
            transaction.commit()?;
            Ok(value)
        };
        run(&mut self.connection()).map_err(|trouble| told(self.path(), trouble))
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("path", &self.path()).finish_non_exhaustive()
    }
}

/// Says in words what failed, in which file, and how it is mended.
fn told(path: &Path, trouble: Trouble) -> Fault {
    const REBUILD: &str = "move the file away and import the roster again with `strongroom roster import`; \
                           `strongroom provision` then finds the vaults that were made before";
    let shown = path.display();
    let error = match trouble {
        Trouble::Told(fault) => return fault,
        Trouble::Damaged(what) => {
            return Fault::new(Kind::Local, format!("the store {shown} is damaged: {what}")).hint(REBUILD);
        }
        Trouble::Sql(error) => error,
    };
    let hint = match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => REBUILD,
        Some(ErrorCode::DiskFull) => "free some space on its disk",
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another program has held the store for too long: try again, or end that program"
        }
        _ => "check the file and its folder: both must be writable by you",
    };
    Fault::new(Kind::Local, format!("the store {shown}: {error}")).hint(hint)
}
