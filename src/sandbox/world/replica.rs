//! A copy of the world as it was at a moment, as a Connect server keeps one: what it shows lags behind, and the
//! bytes of files come a copy later than what is said of them.
//!
//! Knows SQLite and times. Must not know who wants it to lag, nor by how much.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;

use super::{After, At, Turn};
use crate::domain::id::FileId;
use crate::sandbox::refusal::Result;

/// A copy that is renewed when it is asked for and old enough.
#[derive(Debug)]
pub(in crate::sandbox) struct Replica {
    copied: Mutex<Copied>,
    /// The files whose bytes are there: asked for while the copy is read, so apart from it.
    bytes: Mutex<HashSet<String>>,
}

#[derive(Debug)]
struct Copied {
    db: Connection,
    taken: Timestamp,
    /// The last line of the ledger in it.
    line: i64,
    /// Whether the bytes of all its files are there.
    whole: bool,
}

impl Copied {
    fn of(at: At<'_>) -> Result<Self> {
        let path = at.world.folder.spare()?;
        at.world.lock().execute("VACUUM INTO ?", [path.path().to_string_lossy()])?;
        let db = Connection::open(path.path())?;
        // The file has no name any more after this: whatever is open stays readable.
        db.pragma_update(None, "journal_mode", "OFF")?;
        let line = db.query_row(LINE, [], |row| row.get(0))?;
        Ok(Self { db, taken: at.now, line, whole: true })
    }

    /// The files in it.
    fn files(&self) -> Result<HashSet<String>> {
        let mut files = self.db.prepare("SELECT id FROM file")?;
        Ok(files.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }
}

const LINE: &str = "SELECT ifnull(max(seq), 0) FROM ledger";

impl Replica {
    /// A copy of the world as it is, with the bytes of all its files.
    pub(in crate::sandbox) fn of(at: At<'_>) -> Result<Self> {
        let copied = Copied::of(at)?;
        let bytes = Mutex::new(copied.files()?);
        Ok(Self { copied: Mutex::new(copied), bytes })
    }

    /// Takes another copy if this one is that old. Bytes of files that are new in it come with the one after it,
    /// unless that one is due as well.
    pub(in crate::sandbox) fn follow(&self, at: At<'_>, lag: SignedDuration) -> Result<()> {
        let mut copied = self.lock();
        let age = at.now.duration_since(copied.taken);
        if age < lag {
            return Ok(());
        }
        let mut next = Copied::of(at)?;
        let mut bytes = next.files()?;
        if age < lag + lag {
            let (before, all) = (copied.files()?, bytes.len());
            bytes.retain(|file| before.contains(file));
            next.whole = bytes.len() == all;
        }
        *self.bytes.lock().unwrap_or_else(PoisonError::into_inner) = bytes;
        *copied = next;
        Ok(())
    }

    /// Whether it shows the world as it is.
    pub(in crate::sandbox) fn is_current(&self, at: At<'_>) -> Result<bool> {
        let copied = self.lock();
        let line: i64 = at.world.lock().query_row(LINE, [], |row| row.get(0))?;
        Ok(copied.whole && copied.line == line)
    }

    /// Whether the bytes of a file are there.
    pub(in crate::sandbox) fn has_bytes(&self, file: &FileId) -> bool {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner).contains(file.as_str())
    }

    /// Looks at the copy in place of the world.
    pub(in crate::sandbox) fn read<T>(
        &self,
        at: At<'_>,
        work: impl FnOnce(&Turn<'_>) -> Result<T>,
    ) -> Result<T> {
        let copied = self.lock();
        let after = After::default();
        work(&Turn { db: &copied.db, world: at.world, now: at.now, after: &after })
    }

    fn lock(&self) -> MutexGuard<'_, Copied> {
        self.copied.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
