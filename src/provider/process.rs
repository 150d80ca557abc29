//! Running the 1Password CLI: which binary is trusted, and how a child is kept in check.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::domain::fault::{Fault, Result};

/// A program that may be run: an absolute path that nobody else can change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binary {
    path: PathBuf,
}

impl Binary {
    /// Finds the program: the one that was asked for, else the first `op` of `search` (a `PATH`).
    pub fn resolve(_asked: Option<&Path>, _search: Option<&OsStr>, _current: &Path) -> Result<Self> {
        Err(Fault::unsupported("run programs"))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}
