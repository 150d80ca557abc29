//! One program at a time on each student's vault.
//!
//! Looking before a vault is made protects against our own past, not against another program that
//! looks at the same moment. A lock of the file system does, and the system takes it back when its
//! holder dies, however that happens.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use crate::domain::class::StudentKey;
use crate::domain::fault::{Fault, Kind, Result};

/// Held as long as it lives.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of a student's vault, or says that another program has it.
    pub(super) fn take(folder: &Path, student: &StudentKey) -> Result<Self> {
        let failed =
            |error: std::io::Error| Fault::new(Kind::Local, format!("the lock of {student}: {error}"));
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
        // A key holds only a-z, 0-9 and -, so that it is a plain file name.
        let path = folder.join(student.as_str());
        let mut options = OpenOptions::new();
        let file = options.create(true).truncate(false).write(true).mode(0o600).open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => {
                let message = format!("another program is changing the vault of {student}");
                Err(Fault::new(Kind::Conflict, message).hint("run it again when that program has ended"))
            }
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}
