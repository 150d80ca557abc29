//! One file as it was when it was last read, and the kernel's word that one was written.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::config::read;
use crate::domain::fault::Fault;

/// How a file looks from outside: when it was last changed in any way, its size, and which one it is.
type Stamp = (i64, i64, u64, u64);

/// A file as it was when it was last read.
pub(super) struct Known {
    path: PathBuf,
    stamp: Option<Stamp>,
    /// What it held; `None` where there was no file.
    text: Result<Option<String>, Fault>,
}

impl Known {
    /// A file as it is now.
    pub(super) fn of(path: PathBuf) -> Self {
        let (stamp, text) = (stamp(&path), text(&path));
        Self { path, stamp, text }
    }

    /// A file that held this text when it was last read.
    pub(super) fn with(path: PathBuf, text: String) -> Self {
        Self { path, stamp: None, text: Ok(Some(text)) }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What it held when it was last read.
    pub(super) fn text(&self) -> Result<Option<String>, Fault> {
        self.text.clone()
    }

    /// Reads it again; whether it holds something else, or cannot be read for another reason. Where nobody is
    /// `sure` that it was written it is only read if it looks different from outside.
    pub(super) fn has_changed(&mut self, sure: bool) -> bool {
        let stamp = stamp(&self.path);
        if !sure && stamp == self.stamp {
            return false;
        }
        self.stamp = stamp;
        let text = text(&self.path);
        let changed = text != self.text;
        self.text = text;
        changed
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let about = fs::metadata(path).ok()?;
    Some((about.ctime(), about.ctime_nsec(), about.size(), about.ino()))
}

fn text(path: &Path) -> Result<Option<String>, Fault> {
    match path.try_exists() {
        Ok(false) => Ok(None),
        _ => read(path).map(Some),
    }
}

#[cfg(target_os = "linux")]
pub(super) use linux::Notices;

#[cfg(target_os = "linux")]
mod linux {
    use std::mem::MaybeUninit;
    use std::os::fd::OwnedFd;
    use std::sync::Arc;

    use rustix::fs::inotify::{CreateFlags, Reader, WatchFlags, add_watch, init};

    use super::{Path, fs};

    /// What happens to a file that is written, replaced, made, removed, or allowed to somebody else.
    const KINDS: WatchFlags = WatchFlags::CLOSE_WRITE
        .union(WatchFlags::MOVED_TO)
        .union(WatchFlags::MOVED_FROM)
        .union(WatchFlags::CREATE)
        .union(WatchFlags::DELETE)
        .union(WatchFlags::ATTRIB);

    /// The kernel's notices of the folders that followed files are in. Folders rather than files, since most
    /// editors put another file in the place of the old one. Where there are none, keys give cause to look.
    pub(in crate::runtime) struct Notices(Option<Arc<OwnedFd>>);

    impl Notices {
        /// Begins to listen, on a thread that sleeps until the kernel has something to say. It calls `written`
        /// then, and ends where that says no.
        pub(in crate::runtime) fn open(written: impl Fn() -> bool + Send + 'static) -> Self {
            let Ok(fd) = init(CreateFlags::CLOEXEC).map(Arc::new) else { return Self(None) };
            let listening = Arc::clone(&fd);
            let listen = move || {
                let mut buffer = [MaybeUninit::uninit(); 4_096];
                let mut notices = Reader::new(&*listening, &mut buffer);
                while notices.next().is_ok() {
                    // One look is enough for all that was told at once.
                    if notices.is_buffer_empty() && !written() {
                        return;
                    }
                }
            };
            let started = std::thread::Builder::new().name("notices".into()).spawn(listen);
            Self(started.ok().map(|_| fd))
        }

        /// Listens for these files from now on; those that are links are followed to where they lead.
        pub(in crate::runtime) fn watch<'a>(&self, paths: impl Iterator<Item = &'a Path>) {
            let Some(fd) = &self.0 else { return };
            for path in paths {
                let led = fs::canonicalize(path).ok();
                for folder in [Some(path), led.as_deref()].into_iter().flatten().filter_map(Path::parent) {
                    // The same folder twice is one; one that is not there yet is tried again.
                    let _watched = add_watch(fd, folder, KINDS | WatchFlags::ONLYDIR);
                }
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) use other::Notices;

#[cfg(not(target_os = "linux"))]
mod other {
    use super::Path;

    /// No kernel's notices here: keys give cause to look.
    pub(in crate::runtime) struct Notices;

    impl Notices {
        pub(in crate::runtime) fn open(_written: impl Fn() -> bool + Send + 'static) -> Self {
            Self
        }

        pub(in crate::runtime) fn watch<'a>(&self, _paths: impl Iterator<Item = &'a Path>) {}
    }
}
