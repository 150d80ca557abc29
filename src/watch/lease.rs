//! Who is the watcher of a class: one program at a time, by a lock of the file system.
//!
//! The kernel takes the lock back when its holder dies, however that happens, so that another program
//! takes over at once; no clock plays a part, and nothing that is written in the file decides anything.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::text::SafeText;

/// The file in the folder of a class's state.
const NAME: &str = "watch.lock";
/// So often another file may be put in its place while it is being locked.
const TRIES: usize = 5;
/// What of the file is read for display.
const SHOWN: u64 = 200;

/// Whoever has this is the watcher, as long as it lives.
#[derive(Debug)]
pub struct Lease {
    file: File,
    path: PathBuf,
}

impl Lease {
    /// Takes the lease of the class whose state is in this folder; `None` where another program has
    /// it. Never waits. `what` is what others show of the holder, for example `dashboard`.
    pub fn take(folder: &Path, what: &str) -> Result<Option<Self>> {
        let path = folder.join(NAME);
        let failed = |error: &io::Error| told(&path, error);
        for _ in 0..TRIES {
            let mut options = OpenOptions::new();
            let options = options.create(true).truncate(false).read(true).write(true).mode(0o600);
            let file = options.open(&path).map_err(|error| failed(&error))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(failed(&error)),
            }
            let mut lease = Self { file, path: path.clone() };
            // Where the file was taken away in between, the lock is on one that nobody else finds.
            if lease.stands() {
                lease.sign(what).map_err(|error| failed(&error))?;
                return Ok(Some(lease));
            }
        }
        Err(Fault::new(Kind::Local, format!("{} is replaced again and again", path.display()))
            .hint("leave the files of the state folder alone while Strongroom runs"))
    }

    /// Whether others still find the locked file: one that was removed or replaced protects nothing.
    pub fn stands(&self) -> bool {
        let own = self.file.metadata().map(|meta| (meta.dev(), meta.ino()));
        let there = fs::metadata(&self.path).map(|meta| (meta.dev(), meta.ino()));
        matches!((own, there), (Ok(own), Ok(there)) if own == there)
    }

    /// Says who holds it.
    fn sign(&mut self, what: &str) -> io::Result<()> {
        self.file.set_len(0)?;
        writeln!(self.file, "{what}, pid {}", std::process::id())
    }
}

/// Who holds the lease, in its own words and for display only; the last holder where it is free.
/// Empty where nobody ever had it, or it cannot be read.
pub fn holder(folder: &Path) -> SafeText {
    let mut text = Vec::new();
    if let Ok(file) = File::open(folder.join(NAME)) {
        // What cannot be read is not shown.
        drop(file.take(SHOWN).read_to_end(&mut text));
    }
    SafeText::new(String::from_utf8_lossy(&text).trim())
}

fn told(path: &Path, error: &io::Error) -> Fault {
    Fault::new(Kind::Local, format!("{}: {error}", path.display()))
        .hint("check the state folder: it must be writable by you")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn one_has_it_until_it_lets_go() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(holder(folder.path()).as_str(), "");
        let held = Lease::take(folder.path(), "dashboard").unwrap().unwrap();
        assert!(Lease::take(folder.path(), "watch").unwrap().is_none());
        assert_eq!(holder(folder.path()).as_str(), format!("dashboard, pid {}", std::process::id()));
        let mode = fs::metadata(folder.path().join(NAME)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        drop(held);
        let next = Lease::take(folder.path(), "watch").unwrap().unwrap();
        assert!(next.stands() && holder(folder.path()).as_str().starts_with("watch, pid "));
    }

    #[test]
    fn a_file_that_was_removed_or_replaced_protects_nothing_and_its_holder_knows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        let first = Lease::take(folder.path(), "one").unwrap().unwrap();
        fs::remove_file(&path).unwrap();
        assert!(!first.stands());
        let second = Lease::take(folder.path(), "two").unwrap().unwrap();
        assert!(second.stands() && !first.stands());
        fs::write(folder.path().join("other"), "three, pid 1").unwrap();
        fs::rename(folder.path().join("other"), &path).unwrap();
        assert!(!second.stands());
    }

    #[test]
    fn what_stands_in_the_file_decides_nothing() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(NAME), "dashboard, pid 1\u{1b}[2J".repeat(1_000)).unwrap();
        assert!(!holder(folder.path()).as_str().contains('\u{1b}'));
        assert!(Lease::take(folder.path(), "watch").unwrap().is_some());
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let fault = Lease::take(Path::new("/nowhere/at/all"), "watch").unwrap_err();
        assert!(fault.to_string().contains("/nowhere/at/all/watch.lock"), "{fault}");
    }
}
