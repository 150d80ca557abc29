//! What one program at a time works on: a student's vault, decisions about a student, a step of the end of
//! the term, checkpoints.
//!
//! Looking before a vault is made protects against our own past, not against another program that
//! looks at the same moment. A lock of the file system does, and the system takes it back when its
//! holder dies, however that happens.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt as _, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::Ops;
use crate::domain::class::StudentKey;
use crate::domain::fault::{Fault, Kind, Result};
use crate::queries::blocking;

/// So often a file may be taken away while it is being locked.
const TRIES: usize = 5;
/// What a program has open beside its locks, roughly.
const BESIDE: u64 = 128;

/// What one program at a time works on.
#[derive(Clone, Debug)]
pub(super) enum Over {
    /// A student's vault, and whatever is changed of the student in the account.
    Vault(StudentKey),
    /// What is decided about a student's submissions.
    Decisions(StudentKey),
    /// The end of the term.
    Term,
    /// The checkpoints of the log.
    Checkpoints,
}

impl Over {
    /// A key holds only a-z, 0-9 and -, so that it is a plain file name.
    fn file(&self) -> PathBuf {
        match self {
            Self::Vault(student) => student.as_str().into(),
            Self::Decisions(student) => Path::new("decisions").join(student.as_str()),
            Self::Term => "term/class".into(),
            Self::Checkpoints => "checkpoints/checkpoint".into(),
        }
    }

    /// What is said where another program is at it.
    fn busy(&self) -> Fault {
        const AGAIN: &str = "run it again when that program has ended";
        let (message, hint) = match self {
            Self::Vault(student) => (format!("another program is changing the vault of {student}"), AGAIN),
            Self::Decisions(student) => (
                format!("another program is deciding about {student}"),
                "look with `strongroom missing`, and decide again",
            ),
            Self::Term => (
                "another program takes a step of the end of the term".to_owned(),
                "look with `strongroom close-term` when it has ended",
            ),
            Self::Checkpoints => ("another program is storing a checkpoint".to_owned(), AGAIN),
        };
        Fault::new(Kind::Conflict, message).hint(hint)
    }
}

/// Held as long as it lives.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
    path: PathBuf,
}

impl Ops {
    /// Takes a lock, or says that another program has it.
    pub(super) async fn lock(&self, over: Over) -> Result<Lock> {
        let locks = self.locks.clone();
        blocking(move || Lock::take(&locks, &over)).await
    }
}

impl Lock {
    /// The same. Blocks.
    pub(super) fn take(locks: &Path, over: &Over) -> Result<Self> {
        let path = locks.join(over.file());
        let failed =
            |error: io::Error| Fault::new(Kind::Local, format!("the lock {}: {error}", path.display()));
        let folder = path.parent().unwrap_or(locks);
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
        for _ in 0..TRIES {
            let mut options = OpenOptions::new();
            let options = options.create(true).truncate(false).write(true).mode(0o600);
            let file = options.open(&path).map_err(failed)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(over.busy()),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
            let lock = Self { file, path: path.clone() };
            // Where the file was taken away in between, the lock is on one that nobody else finds.
            if lock.stands() {
                return Ok(lock);
            }
        }
        Err(Fault::new(Kind::Local, format!("{} is replaced again and again", path.display()))
            .hint("leave the files of the state folder alone while Strongroom runs"))
    }

    /// Whether others still find the locked file.
    fn stands(&self) -> bool {
        let own = self.file.metadata().map(|meta| (meta.dev(), meta.ino()));
        let there = fs::metadata(&self.path).map(|meta| (meta.dev(), meta.ino()));
        matches!((own, there), (Ok(own), Ok(there)) if own == there)
    }

    /// Removes the file, which is named after the student, and lets go. Whoever has opened it meanwhile
    /// finds that it is gone, and makes another one.
    pub(super) fn remove(self) -> Result<()> {
        fs::remove_file(&self.path).map_err(|error| Fault::new(Kind::Local, format!("a lock file: {error}")))
    }
}

/// Lets this program hold so many locks at once, as far as the system allows: a class has more students than
/// a program may commonly have files open.
pub(super) fn make_room(locks: usize) {
    let (limit, wanted) = (getrlimit(Resource::Nofile), locks as u64 + BESIDE);
    if limit.current.is_some_and(|current| current < wanted) {
        let current = limit.maximum.map_or(wanted, |most| most.min(wanted));
        // Where it cannot be raised, the lock that is one too many says so.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(current), maximum: limit.maximum });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_whose_file_was_removed_is_another_one() {
        let folder = tempfile::tempdir().unwrap();
        let ada = Over::Vault(StudentKey::parse("ada").unwrap());
        let first = Lock::take(folder.path(), &ada).unwrap();
        // Opened before it is removed, as by a program that is about to ask for it.
        let late = File::open(folder.path().join("ada")).unwrap();
        assert_eq!(Lock::take(folder.path(), &ada).unwrap_err().kind, Kind::Conflict);
        first.remove().unwrap();
        late.try_lock().unwrap();
        let second = Lock::take(folder.path(), &ada).unwrap();
        assert!(second.stands(), "the old file keeps nobody from the new one");
        assert_eq!(Lock::take(folder.path(), &ada).unwrap_err().kind, Kind::Conflict);
    }
}
