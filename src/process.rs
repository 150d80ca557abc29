//! Running a program of somebody else: which binary is trusted, and how a child is kept in check.
//!
//! Knows processes and files, and by name only the 1Password CLI, which is looked for. Must not know what a program
//! is asked, nor what its answers mean.

mod child;
mod ears;
mod errand;
#[cfg(test)]
pub(crate) mod tests;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

pub(crate) use child::Child;
pub(crate) use ears::Ended;
pub(crate) use errand::{Errand, Returned};

use crate::domain::fault::{Fault, Kind, Result};

/// The name of the program that is looked for where none is named.
const NAME: &str = "op";

/// A program that may be run: an absolute path that nobody else can change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binary {
    path: PathBuf,
}

impl Binary {
    /// Finds the program: the one that was asked for, else the first `op` of `search` (a `PATH`, of
    /// which relative entries are passed over).
    ///
    /// It is resolved once, links followed, and run by that path from then on. It is refused where
    /// somebody else could have put it there: under the `current` folder (a planted `op`, as in
    /// git-delta's CVE-2021-36376), owned by somebody other than root and us, or writable by group
    /// or others, itself or a folder above. A sticky folder such as `/tmp` is fine, since nobody can
    /// rename our entries in it. The first `op` of the search is taken or refused; a refused one is
    /// never passed over in silence.
    ///
    /// # Errors
    /// [`Kind::Input`] where there is none or it is no program, [`Kind::Refused`] where it is not
    /// to be trusted; each with the mend.
    pub fn resolve(asked: Option<&Path>, search: Option<&OsStr>, current: &Path) -> Result<Self> {
        let found = match asked {
            Some(path) if !path.is_absolute() => {
                let message = format!("{}: the path of the 1Password CLI must be absolute", path.display());
                return Err(Fault::new(Kind::Input, message).hint("write the whole path, from / on"));
            }
            Some(path) => path.to_owned(),
            None => first(NAME, search).ok_or_else(|| {
                Fault::new(Kind::Input, "the 1Password CLI `op` is not in any folder of PATH")
                    .hint("install it from 1password.com/downloads/command-line, or name its path")
            })?,
        };
        let path = program(&found)?;
        // Under `/` is everything, so being there says nothing.
        let current = fs::canonicalize(current).unwrap_or_else(|_| current.to_owned());
        if current.parent().is_some() && path.starts_with(&current) {
            let message = format!("{}: it lies under the current folder", path.display());
            let mend = "a folder that came from somebody else may bring its own `op`: \
                        start Strongroom from another folder, or install `op` elsewhere";
            return Err(Fault::refused(message).hint(mend));
        }
        trusted(&path)?;
        Ok(Self { path })
    }

    /// The program at an absolute path, which somebody has named and vouched for. It may lie anywhere,
    /// but is refused like every other where somebody else could have put it there.
    ///
    /// # Errors
    /// As [`Binary::resolve`].
    pub fn named(path: &Path) -> Result<Self> {
        if !path.is_absolute() {
            let message = format!("{}: the path of a program must be absolute", path.display());
            return Err(Fault::new(Kind::Input, message).hint("write the whole path, from / on"));
        }
        let named = path;
        let path = program(named)?;
        trusted(&path)?;
        // A link in a folder that others may write to could lead elsewhere the next time.
        folders(named)?;
        Ok(Self { path })
    }

    /// The first program of that name in the absolute folders of `search`, taken or refused like every
    /// other.
    ///
    /// # Errors
    /// As [`Binary::resolve`].
    pub fn first(name: &str, search: Option<&OsStr>) -> Result<Self> {
        let found = first(name, search)
            .ok_or_else(|| Fault::new(Kind::Input, format!("`{name}` is not in any folder of PATH")))?;
        Self::named(&found)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The first program of a name in the absolute entries of a `PATH`.
fn first(name: &str, search: Option<&OsStr>) -> Option<PathBuf> {
    let is_program =
        |path: &PathBuf| fs::metadata(path).is_ok_and(|found| found.is_file() && found.mode() & 0o111 != 0);
    std::env::split_paths(search?)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(is_program)
}

/// The true path of a program, links followed.
fn program(found: &Path) -> Result<PathBuf> {
    let path = fs::canonicalize(found).map_err(|error| unusable(found, &error.to_string()))?;
    let metadata = fs::metadata(&path).map_err(|error| unusable(&path, &error.to_string()))?;
    if metadata.is_file() && metadata.mode() & 0o111 != 0 {
        Ok(path)
    } else {
        Err(unusable(&path, "not a program"))
    }
}

fn unusable(path: &Path, why: &str) -> Fault {
    Fault::new(Kind::Input, format!("{}: {why}", path.display()))
        .hint("name the path of a program that is there")
}

/// Refuses a path that somebody else could change, at any of its folders.
fn trusted(path: &Path) -> Result<()> {
    let metadata = fs::metadata(path).map_err(|error| unusable(path, &error.to_string()))?;
    let us = rustix::process::geteuid().as_raw();
    if let Some(problem) = doubt(metadata.uid(), metadata.mode() & !0o1000, us) {
        return Err(doubted(path, problem));
    }
    folders(path)
}

/// Refuses a path in a folder where somebody else could put another in its place.
fn folders(path: &Path) -> Result<()> {
    let us = rustix::process::geteuid().as_raw();
    for folder in path.ancestors().skip(1) {
        let metadata = fs::metadata(folder).map_err(|error| unusable(folder, &error.to_string()))?;
        if let Some(problem) = doubt(metadata.uid(), metadata.mode(), us) {
            return Err(doubted(folder, problem));
        }
    }
    Ok(())
}

fn doubted(at: &Path, (problem, mend): (&str, &str)) -> Fault {
    Fault::refused(format!("{}: {problem}", at.display()))
        .hint(format!("{mend} {}, or name another program", at.display()))
}

/// What is wrong with an entry of that owner and mode, and how it is mended.
fn doubt(owner: u32, mode: u32, us: u32) -> Option<(&'static str, &'static str)> {
    let (writable, sticky) = (mode & 0o022 != 0, mode & 0o1000 != 0);
    match () {
        () if owner != 0 && owner != us => Some(("it belongs to another user", "run: chown root")),
        // In a sticky folder only the owner of an entry may rename or remove it.
        () if writable && !sticky => Some(("others may write to it", "run: chmod go-w")),
        () => None,
    }
}
