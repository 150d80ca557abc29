//! The file that is just being fetched: under a name of its own, until it is whole.
//!
//! It is made exclusively (0600), and named without replacing anything. Knows nothing of manifests.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt as _;

use rustix::fs::{AtFlags, Mode, OFlags, RenameFlags};
use rustix::io::Errno;
use sha2::{Digest as _, Sha256};

use super::folder::{Folder, PART, keep_private, plain};
use super::local;
use crate::domain::digest::Digest;
use crate::domain::fault::{Fault, Kind, Result};

/// A file that is being fetched, under a name that is nobody else's; computes its SHA-256 on the
/// way. What has not been published when this value is dropped is removed.
#[derive(Debug)]
pub(super) struct Temporary {
    folder: Folder,
    name: String,
    file: File,
    hash: Sha256,
}

impl Temporary {
    /// A new and empty one.
    pub(super) fn new(folder: Folder) -> Result<Self> {
        let mut random = [0; 16];
        loop {
            getrandom::fill(&mut random)
                .map_err(|error| Fault::new(Kind::Local, format!("no random numbers: {error}")))?;
            let name = format!(".{:032x}{PART}", u128::from_ne_bytes(random));
            let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL;
            let opened = folder.open_file(&name, flags, Mode::RUSR | Mode::WUSR);
            let file = opened.map_err(|error| local("making a file", &error.into()))?;
            // Held as long as this program lives, so that nobody sweeps it away; who sweeps holds it too.
            let _locked = file.lock();
            let seen = file.metadata().map_err(|error| local("making a file", &error))?;
            if seen.nlink() > 0 {
                keep_private(&file)?;
                return Ok(Self { folder, name, file, hash: Sha256::new() });
            }
        }
    }

    /// The SHA-256 of what was written, in hexadecimal digits.
    pub(super) fn sha256(&self) -> String {
        Digest::from(self.hash.clone()).to_string()
    }

    /// Makes it durable and gives it its name, without replacing anything; whether it has the name now.
    pub(super) fn publish(&mut self, name: &str) -> Result<bool> {
        plain(name)?;
        self.file.sync_all().map_err(|error| local("syncing a file", &error))?;
        let folder = &self.folder.open;
        let renamed =
            match rustix::fs::renameat_with(folder, &self.name, folder, name, RenameFlags::NOREPLACE) {
                // Not every file system can; a second name for the file replaces nothing either.
                Err(Errno::INVAL | Errno::NOSYS) => {
                    rustix::fs::linkat(folder, &self.name, folder, name, AtFlags::empty())
                }
                renamed => renamed,
            };
        match renamed {
            Ok(()) => self.folder.sync().map(|()| true),
            Err(Errno::EXIST) => Ok(false),
            Err(error) => Err(local(&format!("naming {name}"), &error.into())),
        }
    }

    /// Takes the name away again from what was published.
    pub(super) fn withdraw(&self, name: &str) {
        self.folder.remove(name);
    }

    /// Whether this path leads to this very file, from a folder on.
    pub(super) fn is_at(&self, root: &Folder, path: &str) -> bool {
        let seen = root.way(path).and_then(|(folder, name)| {
            let seen = rustix::fs::statat(&folder.open, name, AtFlags::SYMLINK_NOFOLLOW);
            seen.map_err(|error| local("a file", &error.into()))
        });
        let ours = rustix::fs::fstat(&self.file);
        seen.is_ok_and(|seen| ours.is_ok_and(|ours| (seen.st_dev, seen.st_ino) == (ours.st_dev, ours.st_ino)))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // After it was published nothing has this name.
        self.folder.remove(&self.name);
    }
}

impl io::Write for Temporary {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or(bytes));
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write as _;
    use std::path::Path;

    use jiff::Timestamp;

    use super::*;

    fn names(path: &Path) -> Vec<String> {
        let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = entries.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn nothing_is_replaced() {
        let inside = tempfile::tempdir().unwrap();
        let root = Folder::make(inside.path()).unwrap();
        fs::write(inside.path().join("kept"), "old").unwrap();
        assert!(!Temporary::new(root).unwrap().publish("kept").unwrap());
        assert_eq!(fs::read_to_string(inside.path().join("kept")).unwrap(), "old");
        assert_eq!(names(inside.path()), ["kept"]);
    }

    #[test]
    fn two_who_fetch_one_file_do_not_disturb_each_other() {
        let inside = tempfile::tempdir().unwrap();
        let root = Folder::make(inside.path()).unwrap();
        let mut slow = Temporary::new(root.again().unwrap()).unwrap();
        slow.write_all(b"who").unwrap();
        let mut fast = Temporary::new(root.again().unwrap()).unwrap();
        fast.write_all(b"whole").unwrap();
        assert!(fast.publish("a").unwrap() && fast.is_at(&root, "a"));
        slow.write_all(b"le").unwrap();
        assert!(!slow.publish("a").unwrap() && !slow.is_at(&root, "a"));
        assert_eq!(fs::read_to_string(inside.path().join("a")).unwrap(), "whole");
        let content = root.content("a").unwrap();
        assert_eq!((content.size, content.sha256), (5, fast.sha256()));
        drop(slow);
        drop(Temporary::new(root).unwrap());
        assert_eq!(names(inside.path()), ["a"], "nothing half done stays");
    }

    #[test]
    fn only_what_nobody_writes_any_more_is_swept() {
        let inside = tempfile::tempdir().unwrap();
        let root = Folder::make(inside.path()).unwrap();
        let left = format!(".{}.part", "a".repeat(32));
        for name in [&left, ".own.part", "notes.part"] {
            File::create(inside.path().join(name)).unwrap();
        }
        let live = Temporary::new(root.again().unwrap()).unwrap();
        root.sweep(Timestamp::now());
        let mut expected = vec![".own.part".to_owned(), live.name.clone(), "notes.part".to_owned()];
        expected.sort();
        assert_eq!(names(inside.path()), expected);
    }
}
