//! A folder that files are fetched to, and the file that is just being fetched.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::{Component, Path};
use std::pin::Pin;
use std::task::{Context, Poll};

use jiff::{SignedDuration, Timestamp};
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, RenameFlags};
use rustix::io::Errno;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWrite;

use super::local;
use crate::domain::fault::{Fault, Kind, Result};

/// What a temporary name ends with.
const PART: &str = ".part";
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
    open: OwnedFd,
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

    /// A folder within, made if it is not there; a link in its place is refused.
    pub(super) fn inside(&self, name: &str) -> Result<Self> {
        match rustix::fs::mkdirat(&self.open, name, Mode::RWXU) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => return Err(local(&format!("making the folder {name}"), &error.into())),
        }
        let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let open = rustix::fs::openat(&self.open, name, flags, Mode::empty());
        open.map(|open| Self { open })
            .map_err(|error| local(&format!("opening the folder {name}"), &error.into()))
    }

    /// The same folder once more.
    pub(super) fn again(&self) -> Result<Self> {
        self.open.try_clone().map(|open| Self { open }).map_err(|error| local("a folder", &error))
    }

    /// Whether something has this name.
    pub(super) fn has(&self, name: &str) -> Result<bool> {
        match rustix::fs::statat(&self.open, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(_) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(local(&format!("looking for {name}"), &error.into())),
        }
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
            Ok(Content { size, sha256: digits(hash), saved_at: saved_at.unwrap_or_default() })
        };
        read().map_err(|error| local(&format!("reading {name}"), &error))
    }

    /// Removes what programs that died were fetching.
    pub(super) fn sweep(&self, now: Timestamp) {
        let names = Dir::read_from(&self.open).into_iter().flatten().filter_map(std::result::Result::ok);
        let names: Vec<String> =
            names.filter_map(|entry| entry.file_name().to_str().ok().map(str::to_owned)).collect();
        for name in names.iter().filter(|name| is_temporary(name)) {
            let Ok(seen) = rustix::fs::statat(&self.open, name, AtFlags::SYMLINK_NOFOLLOW) else {
                continue;
            };
            let written = Timestamp::from_second(seen.st_mtime).unwrap_or(now);
            if FileType::from_raw_mode(seen.st_mode).is_file() && now.duration_since(written) > STALE {
                self.remove(name);
            }
        }
    }

    fn remove(&self, name: &str) {
        // What cannot be removed disturbs nobody.
        let _gone = rustix::fs::unlinkat(&self.open, name, AtFlags::empty());
    }
}

/// Whether a name is a temporary one of ours.
fn is_temporary(name: &str) -> bool {
    let letters = name.strip_prefix('.').and_then(|name| name.strip_suffix(PART));
    letters.is_some_and(|word| word.len() >= LETTERS && word.bytes().all(|b| b.is_ascii_alphanumeric()))
}

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
        getrandom::fill(&mut random)
            .map_err(|error| Fault::new(Kind::Local, format!("no random numbers: {error}")))?;
        let name = format!(".{}{PART}", hexadecimal(&random));
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
        let opened = folder.open_file(&name, flags, Mode::RUSR | Mode::WUSR);
        let file = opened.map_err(|error| local("making a file", &error.into()))?;
        Ok(Self { folder, name, file, hash: Sha256::new() })
    }

    /// Makes it durable and gives it its name, without replacing anything. Returns the SHA-256, or
    /// `None` where something has that name.
    pub(super) fn publish(mut self, name: &str) -> Result<Option<String>> {
        self.file.sync_all().map_err(|error| local("syncing a file", &error))?;
        let folder = &self.folder.open;
        match rustix::fs::renameat_with(folder, &self.name, folder, name, RenameFlags::NOREPLACE) {
            Ok(()) => {}
            Err(Errno::EXIST) => return Ok(None),
            Err(error) => return Err(local(&format!("naming {name}"), &error.into())),
        }
        rustix::fs::fsync(folder).map_err(|error| local("syncing the folder", &error.into()))?;
        Ok(Some(digits(std::mem::take(&mut self.hash))))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // After it was published nothing has this name.
        self.folder.remove(&self.name);
    }
}

impl AsyncWrite for Temporary {
    /// Pieces of a download are small and go to the page cache, so they are written in place.
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = self.file.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or(bytes));
        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn digits(hash: Sha256) -> String {
    hexadecimal(&hash.finalize())
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::{Duration, SystemTime};

    use tokio::io::AsyncWriteExt as _;

    use super::*;

    fn names(path: &Path) -> Vec<String> {
        let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = entries.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_link_in_the_place_of_a_folder_is_refused() {
        let (inside, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::os::unix::fs::symlink(outside.path(), inside.path().join("s1")).unwrap();
        let root = Folder::make(inside.path()).unwrap();
        assert!(root.inside("s1").is_err());
        assert!(root.inside("s2").is_ok());
    }

    #[test]
    fn nothing_is_replaced() {
        let inside = tempfile::tempdir().unwrap();
        let root = Folder::make(inside.path()).unwrap();
        fs::write(inside.path().join("kept"), "old").unwrap();
        assert_eq!(Temporary::new(root).unwrap().publish("kept").unwrap(), None);
        assert_eq!(fs::read_to_string(inside.path().join("kept")).unwrap(), "old");
        assert_eq!(names(inside.path()), ["kept"]);
    }

    #[tokio::test]
    async fn two_who_fetch_one_file_do_not_disturb_each_other() {
        let inside = tempfile::tempdir().unwrap();
        let root = Folder::make(inside.path()).unwrap();
        let mut slow = Temporary::new(root.again().unwrap()).unwrap();
        slow.write_all(b"who").await.unwrap();
        let mut fast = Temporary::new(root.again().unwrap()).unwrap();
        fast.write_all(b"whole").await.unwrap();
        let sha256 = fast.publish("a").unwrap().unwrap();
        slow.write_all(b"le").await.unwrap();
        assert_eq!(slow.publish("a").unwrap(), None);
        assert_eq!(fs::read_to_string(inside.path().join("a")).unwrap(), "whole");
        let content = root.content("a").unwrap();
        assert_eq!((content.size, content.sha256), (5, sha256));
        drop(Temporary::new(root).unwrap());
        assert_eq!(names(inside.path()), ["a"], "nothing half done stays");
    }

    #[test]
    fn only_what_was_left_long_ago_is_swept() {
        let inside = tempfile::tempdir().unwrap();
        let root = Folder::make(inside.path()).unwrap();
        let old = SystemTime::now() - Duration::from_secs(25 * 3600);
        let left = format!(".{}.part", "a".repeat(32));
        for name in [&left, ".own.part", "notes.part"] {
            File::create(inside.path().join(name)).unwrap().set_modified(old).unwrap();
        }
        let live = Temporary::new(root.again().unwrap()).unwrap();
        root.sweep(Timestamp::now());
        let mut expected = vec![".own.part".to_owned(), live.name.clone(), "notes.part".to_owned()];
        expected.sort();
        assert_eq!(names(inside.path()), expected);
    }
}
