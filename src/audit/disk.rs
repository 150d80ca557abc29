//! The calls to the disk that a record depends on, one place each.
//!
//! Knows files. It must not know what is written. In tests of this crate any of them can be made to
//! fail at any time, in the way of a real disk: that nothing is sent then is what a log is for.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::OFlags;

/// A call that can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// Opening the log.
    Open,
    /// Waiting for its lock.
    Lock,
    /// Reading its end.
    Read,
    /// Writing records.
    Write,
    /// Syncing them.
    Sync,
    /// Cutting off what was half written.
    Cut,
}

/// The folder that a file lies in.
pub(super) fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes the folder of a file, for its owner only, unless it is there.
pub(super) fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder(path))
}

/// Opens a file as `options` say: only a plain one, and never through a symbolic link. Whatever else
/// lies in the log's place would lead the records to where nobody looks for them, or wait for ever.
///
/// # Errors
/// What the disk says, and [`io::ErrorKind::InvalidInput`] for what is no plain file.
pub(super) fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    trial(Call::Open)?;
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let flags = i32::try_from(flags.bits()).unwrap_or_default();
    let file = options.custom_flags(flags).open(path).map_err(|error| {
        let is_link = error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error());
        if is_link { odd("it is a symbolic link, which is not followed") } else { error }
    })?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(odd("it is no plain file")) }
}

fn odd(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why)
}

/// Waits until nobody else has the lock.
pub(super) fn lock(file: &File) -> io::Result<()> {
    trial(Call::Lock)?;
    file.lock()
}

/// Writes all of it.
pub(super) fn write(mut file: &File, bytes: &[u8]) -> io::Result<()> {
    if let Err(error) = trial(Call::Write) {
        // A disk that is full takes a part.
        file.write_all(bytes.get(..bytes.len() / 2).unwrap_or_default())?;
        return Err(error);
    }
    file.write_all(bytes)
}

/// Has it on the disk.
pub(super) fn sync(file: &File) -> io::Result<()> {
    trial(Call::Sync)?;
    file.sync_data()
}

/// Cuts a file off.
pub(super) fn cut(file: &File, end: u64) -> io::Result<()> {
    trial(Call::Cut)?;
    file.set_len(end)
}

/// Before the end is read.
pub(super) fn reading() -> io::Result<()> {
    trial(Call::Read)
}

#[cfg(not(test))]
#[allow(clippy::unnecessary_wraps, reason = "it fails in tests")]
const fn trial(_: Call) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
use script::trial;

/// What fails, in this thread only.
#[cfg(test)]
pub(crate) mod script {
    use std::cell::RefCell;
    use std::io;

    use rustix::io::Errno;

    use super::Call;

    #[derive(Default)]
    struct Script {
        /// Which call fails, how often it goes well before that, and how.
        fails: Vec<(Call, usize, Errno)>,
        met: usize,
    }

    thread_local! {
        static SCRIPT: RefCell<Script> = RefCell::default();
    }

    /// From the call of that kind on that comes after `well` others, all of that kind fail.
    pub(crate) fn fail(call: Call, well: usize, how: Errno) {
        SCRIPT.with_borrow_mut(|script| script.fails.push((call, well, how)));
    }

    /// Everything goes well again; how many calls had failed.
    pub(crate) fn mend() -> usize {
        SCRIPT.with_borrow_mut(|script| std::mem::take(script).met)
    }

    pub(super) fn trial(call: Call) -> io::Result<()> {
        SCRIPT.with_borrow_mut(|script| {
            let Some((_, well, how)) = script.fails.iter_mut().find(|(which, ..)| *which == call) else {
                return Ok(());
            };
            if *well > 0 {
                *well -= 1;
                return Ok(());
            }
            script.met += 1;
            Err((*how).into())
        })
    }
}
