//! One program at a time is the reader of a name: what two would both be given, each would have to throw
//! away.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;

use crate::domain::fault::{Fault, Kind, Result};
use crate::store::Store;

/// Who is the reader as long as this lives; the kernel gives the name back however its holder ends.
pub(super) struct Reader {
    _file: File,
}

impl Reader {
    /// Becomes the reader of that name, which is a plain file name.
    pub(super) fn begin(store: &Store, name: &str) -> Result<Self> {
        let path = store.path().with_file_name(format!("reader-{name}.lock"));
        let failed = |error: std::io::Error| {
            Fault::new(Kind::Local, format!("{}: {error}", path.display()))
                .hint("check the state folder: it must be writable by you")
        };
        let mut options = OpenOptions::new();
        let file = options.create(true).truncate(false).write(true).mode(0o600).open(&path);
        let file = file.map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => {
                let message = format!("another program reads the arrivals as {name}");
                Err(Fault::new(Kind::Conflict, message)
                    .hint("run it again when that program has ended, or name another reader with --consumer"))
            }
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}
