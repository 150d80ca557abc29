//! A folder that files are fetched to: held open, and entered name by name. Knows nothing of what is
//! fetched.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _};
use std::os::fd::OwnedFd;
use std::path::{Component, Path};

use jiff::{SignedDuration, Timestamp};
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;
use sha2::{Digest as _, Sha256};

use super::local;
use crate::domain::digest::Digest;
use crate::domain::fault::{Fault, Kind, Result};

/// What a temporary name ends with.
pub(super) const PART: &str = ".part";
/// The least number of letters and digits in the temporary names of any version.
const LETTERS: usize = 16;
/// A file that nobody has written to for so long was left by a program that died.
const STALE: SignedDuration = SignedDuration::from_hours(24);

/// What is in a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Content {
    /// In bytes.
    pub(super) size: u64,
    /// In hexadecimal digits.
    pub(super) sha256: String,
    /// When it was written.
    pub(super) saved_at: Timestamp,
}

/// A folder that is held open, so that nobody can put a link in its place.
#[derive(Debug)]
pub(super) struct Folder {
    pub(super) open: OwnedFd,
}

impl Folder {
    /// Opens the folder that the user named, making it (0700) if it is not there. Links on the way
    /// to it are the user's own business; from here on none is followed.
    pub(super) fn make(path: &Path) -> Result<Self> {
        if path.components().any(|part| part == Component::ParentDir) && path.is_relative() {
            let message = format!("{} leaves the current folder", path.display());
            return Err(Fault::new(Kind::Input, message).hint("name the folder without .."));
        }
        let mut builder = std::fs::DirBuilder::new();
        std::os::unix::fs::DirBuilderExt::mode(builder.recursive(true), 0o700);
        builder.create(path).map_err(|error| local(&format!("making {}", path.display()), &error))?;
        let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
        let open = rustix::fs::openat(CWD, path, flags, Mode::empty());
        open.map(|open| Self { open })
            .map_err(|error| local(&format!("opening {}", path.display()), &error.into()))
    }

    /// A folder within, made (0700, whatever the umask) if it is not there; a link in its place is
    /// refused.
    pub(super) fn inside(&self, name: &str) -> Result<Self> {
        plain(name)?;
        let made = match rustix::fs::mkdirat(&self.open, name, Mode::RWXU) {
            Ok(()) => true,
            Err(Errno::EXIST) => false,
            Err(error) => return Err(local(&format!("making the folder {name}"), &error.into())),
        };
        let folder = self.existing(name)?;
        if made {
            let kept = rustix::fs::fchmod(&folder.open, Mode::RWXU);
            kept.map_err(|error| local(&format!("making the folder {name}"), &error.into()))?;
            self.sync()?;
        }
        Ok(folder)
    }

    /// A folder within; a link in its place is refused.
    fn existing(&self, name: &str) -> Result<Self> {
        let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let open = rustix::fs::openat(&self.open, name, flags, Mode::empty());
        open.map(|open| Self { open })
            .map_err(|error| local(&format!("opening the folder {name}"), &error.into()))
    }

    /// The folder in which a path ends, and the last name; every folder on the way is opened by itself,
    /// so that no link leads anywhere else.
    pub(super) fn way<'a>(&self, path: &'a str) -> Result<(Self, &'a str)> {
        let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
        plain(name)?;
        let mut here = self.again()?;
        for folder in folders.split('/').filter(|folder| !folder.is_empty()) {
            plain(folder)?;
            here = here.existing(folder)?;
        }
        Ok((here, name))
    }

    /// How many bytes a file has; `None` where nothing has that name. A link has none.
    pub(super) fn size(&self, name: &str) -> Result<Option<u64>> {
        match rustix::fs::statat(&self.open, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(seen) if FileType::from_raw_mode(seen.st_mode).is_file() => {
                Ok(u64::try_from(seen.st_size).ok())
            }
            Ok(_) => Err(local(&format!("looking for {name}"), &io::Error::other("this is no file"))),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(local(&format!("looking for {name}"), &error.into())),
        }
    }

    /// What is in it.
    pub(super) fn names(&self) -> Vec<String> {
        let names = Dir::read_from(&self.open).into_iter().flatten().filter_map(std::result::Result::ok);
        names.filter_map(|entry| entry.file_name().to_str().ok().map(str::to_owned)).collect()
    }

    /// How many bytes can still be written here.
    pub(super) fn free(&self) -> Result<u64> {
        let told = rustix::fs::fstatvfs(&self.open);
        told.map(|told| told.f_bavail.saturating_mul(told.f_frsize))
            .map_err(|error| local("asking for the space left", &error.into()))
    }

    /// Makes what was named in it safe on the disk.
    pub(super) fn sync(&self) -> Result<()> {
        rustix::fs::fsync(&self.open).map_err(|error| local("syncing the folder", &error.into()))
    }

    /// The same folder once more.
    pub(super) fn again(&self) -> Result<Self> {
        self.open.try_clone().map(|open| Self { open }).map_err(|error| local("a folder", &error))
    }

    /// Opens a file of this folder; a link in its place is refused.
    pub(super) fn open_file(&self, name: &str, flags: OFlags, mode: Mode) -> rustix::io::Result<File> {
        // Opening a pipe must not wait for its other end.
        let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        rustix::fs::openat(&self.open, name, flags, mode).map(File::from)
    }

    /// Reads a file for what is in it.
    pub(super) fn content(&self, name: &str) -> Result<Content> {
        let read = || -> io::Result<Content> {
            let mut file = self.open_file(name, OFlags::RDONLY, Mode::empty())?;
            let seen = file.metadata()?;
            if !seen.is_file() {
                return Err(io::Error::other("this is no file"));
            }
            let saved_at = seen.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
            let (mut hash, mut size, mut piece) = (Sha256::new(), 0, vec![0; 1 << 16]);
            loop {
                let count = file.read(&mut piece)?;
                if count == 0 {
                    break;
                }
                hash.update(piece.get(..count).unwrap_or_default());
                size += count as u64;
            }
            Ok(Content {
                size,
                sha256: Digest::from(hash).to_string(),
                saved_at: saved_at.unwrap_or_default(),
            })
        };
        read().map_err(|error| local(&format!("reading {name}"), &error))
    }

    /// Removes what programs that died were fetching: whoever lives holds the lock of its file.
    pub(super) fn sweep(&self, now: Timestamp) {
        for name in self.names().iter().filter(|name| is_temporary(name)) {
            let Ok(file) = self.open_file(name, OFlags::RDWR, Mode::empty()) else { continue };
            let Ok(seen) = file.metadata() else { continue };
            let written = seen.modified().ok().and_then(|time| Timestamp::try_from(time).ok()).unwrap_or(now);
            let dead = match file.try_lock() {
                Ok(()) => true,
                Err(TryLockError::WouldBlock) => false,
                // Without locks only age tells.
                Err(TryLockError::Error(_)) => now.duration_since(written) > STALE,
            };
            if seen.is_file() && dead {
                self.remove(name);
            }
        }
    }

    pub(super) fn remove(&self, name: &str) {
        // What cannot be removed disturbs nobody.
        let _gone = rustix::fs::unlinkat(&self.open, name, AtFlags::empty());
    }
}

/// Gives a new file its mode, whatever the umask.
pub(super) fn keep_private(file: &File) -> Result<()> {
    let kept = rustix::fs::fchmod(file, Mode::RUSR | Mode::WUSR);
    kept.map_err(|error| local("making a file", &error.into()))
}

/// Whether a name stays where it is: no path, nothing hidden, nothing that means a folder.
pub(super) fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\0'])
}

pub(super) fn plain(name: &str) -> Result<()> {
    let wrong = || Fault::new(Kind::Local, format!("\"{name}\" cannot be the name of a file here"));
    is_plain(name).then_some(()).ok_or_else(wrong)
}

/// Whether a name is a temporary one of ours.
fn is_temporary(name: &str) -> bool {
    let letters = name.strip_prefix('.').and_then(|name| name.strip_suffix(PART));
    letters.is_some_and(|word| word.len() >= LETTERS && word.bytes().all(|b| b.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_in_the_place_of_a_folder_is_refused() {
        let (inside, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::os::unix::fs::symlink(outside.path(), inside.path().join("s1")).unwrap();
        let root = Folder::make(inside.path()).unwrap();
        assert!(root.inside("s1").is_err() && root.way("s1/a").is_err());
        assert!(root.inside("s2").is_ok() && root.way("s2/a").is_ok());
    }

    #[test]
    fn nothing_that_means_another_place_is_a_name() {
        let inside = tempfile::tempdir().unwrap();
        let root = Folder::make(inside.path()).unwrap();
        for name in ["", ".", "..", "a/b", "/etc", "a\0b", ".hidden"] {
            assert!(root.inside(name).is_err(), "{name:?}");
            assert!(root.way(&format!("{name}/x")).is_err() || name.is_empty() || name == "a/b", "{name:?}");
        }
        assert!(root.free().unwrap() > 0);
    }
}
