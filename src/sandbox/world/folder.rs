//! The data folder: who may read it, its lock, and the bytes of files.
//!
//! Knows paths and modes. Must not know SQL. Nothing in a path ever comes from a person: files are
//! named by their ids. Modes are given explicitly, whatever the umask: 0700 for folders, 0600 for
//! files.

use std::collections::HashSet;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::domain::id::FileId;
use crate::sandbox::refusal::{Refusal, Result};

const FOLDER: u32 = 0o700;
const FILE: u32 = 0o600;

/// A data folder that this process holds alone.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    /// Locked for as long as the world is open; the kernel lets go of it when the process dies.
    _lock: File,
}

impl Folder {
    /// Makes or opens the folder. One that holds something else is refused, since its mode is
    /// changed; so is one that another sandbox is using.
    pub(super) fn open(root: &Path) -> Result<Self> {
        let ours = root.join("world.db").exists() || root.join("world.lock").exists();
        if !ours && fs::read_dir(root).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(Refusal::bad(format!("{} holds something that is not a sandbox", root.display())));
        }
        for folder in [root.to_owned(), root.join("files")] {
            DirBuilder::new().recursive(true).mode(FOLDER).create(&folder)?;
            fs::set_permissions(&folder, Permissions::from_mode(FOLDER))?;
        }
        let lock = private(&root.join("world.lock"))?;
        if lock.try_lock().is_err() {
            return Err(Refusal::new(409, format!("{} is in use by another sandbox", root.display())));
        }
        private(&root.join("world.db"))?; // SQLite gives its -wal and -shm the mode of this file
        Ok(Self { root: root.to_owned(), _lock: lock })
    }

    /// The database.
    pub(super) fn database(&self) -> PathBuf {
        self.root.join("world.db")
    }

    /// The file that holds the tokens.
    pub(super) fn tokens(&self) -> PathBuf {
        self.root.join("tokens.json")
    }

    /// Where the bytes of a file are.
    pub(super) fn bytes(&self, id: &FileId) -> PathBuf {
        self.root.join("files").join(id.as_str())
    }

    /// An empty file for an upload. It disappears when it is dropped before it is kept.
    pub(super) fn part(&self) -> io::Result<NamedTempFile> {
        tempfile::Builder::new()
            .prefix(".part-")
            .permissions(Permissions::from_mode(FILE))
            .tempfile_in(self.root.join("files"))
    }

    /// An empty file for something that nobody needs after this process.
    pub(super) fn spare(&self) -> io::Result<NamedTempFile> {
        tempfile::Builder::new()
            .prefix(".spare-")
            .permissions(Permissions::from_mode(FILE))
            .tempfile_in(&self.root)
    }

    /// Makes an upload permanent under its id: synced, renamed, and the folder synced.
    pub(super) fn keep(&self, part: NamedTempFile, id: &FileId) -> io::Result<()> {
        part.as_file().sync_all()?;
        part.persist_noclobber(self.bytes(id)).map_err(|error| error.error)?;
        File::open(self.root.join("files"))?.sync_all()
    }

    /// Removes the bytes of a file that no row names any more. Failing is no harm: [`Folder::sweep`]
    /// removes them at the next start.
    pub(super) fn discard(&self, id: &FileId) {
        drop(fs::remove_file(self.bytes(id)));
    }

    /// Removes what a killed process left: unfinished uploads, and bytes that no row names.
    pub(super) fn sweep(&self, known: &HashSet<String>) -> io::Result<()> {
        for entry in fs::read_dir(self.root.join("files"))? {
            let entry = entry?;
            if !entry.file_name().to_str().is_some_and(|name| known.contains(name)) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// Replaces a file of the folder whole, or not at all.
    pub(super) fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut part = tempfile::Builder::new()
            .prefix(".new-")
            .permissions(Permissions::from_mode(FILE))
            .tempfile_in(&self.root)?;
        part.write_all(bytes)?;
        part.as_file().sync_all()?;
        part.persist(path).map_err(|error| error.error)?;
        File::open(&self.root)?.sync_all()
    }
}

/// Opens or makes a file that only its owner can read.
fn private(path: &Path) -> io::Result<File> {
    let file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(FILE).open(path)?;
    file.set_permissions(Permissions::from_mode(FILE))?;
    Ok(file)
}
