//! The folder of one student's files of one assignment: finds every file a name that is free.
//!
//! Nothing is replaced. Names that differ by capitals only are one name, as on some file systems.

use std::collections::HashSet;

use jiff::Timestamp;

use super::folder::Folder;
use super::manifest::{Identity, Manifest};
use super::name::Name;
use super::part::Temporary;
use crate::domain::fault::{Fault, Kind, Result};

/// So many files of one item may have one name.
const TWINS: usize = 10_000;

/// A folder, and what is in it.
#[derive(Debug)]
pub(super) struct Shelf {
    root: Folder,
    folder: Folder,
    /// From the folder of downloads on.
    path: String,
    /// Every name, in lower case.
    names: HashSet<String>,
}

/// What became of a file that was fetched.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Put {
    /// It has its place: the path.
    Here(String),
    /// The same content was there already, without a line in the manifest.
    There(String),
}

impl Shelf {
    /// Opens a folder below the root, each on the way by itself, and makes what is missing.
    pub(super) fn open(root: &Folder, path: &str, now: Timestamp) -> Result<Self> {
        let mut folder = root.again()?;
        for name in path.split('/') {
            folder = folder.inside(name)?;
        }
        folder.sweep(now);
        let mut shelf = Self { root: root.again()?, folder, path: path.to_owned(), names: HashSet::new() };
        shelf.look();
        Ok(shelf)
    }

    fn look(&mut self) {
        self.names = self.folder.names().iter().map(|name| name.to_ascii_lowercase()).collect();
    }

    /// A new file in it, without a name.
    pub(super) fn part(&self) -> Result<Temporary> {
        Temporary::new(self.folder.again()?)
    }

    /// Gives a file that was fetched its place.
    ///
    /// # Errors
    /// A fault of [`Kind::Conflict`] where its name is taken by another content that no line of the
    /// manifest knows, or where the folder was moved away meanwhile.
    pub(super) fn put(
        &mut self,
        part: &mut Temporary,
        name: &Name,
        whose: &Identity,
        manifest: &Manifest,
    ) -> Result<Put> {
        let sha256 = part.sha256();
        let mut taken: Option<String> = None;
        for number in 1..=TWINS {
            let name = name.numbered(number);
            let path = format!("{}/{name}", self.path);
            if manifest.owner(&path).is_some_and(|owner| owner != whose) {
                continue;
            }
            if !self.names.contains(&name.to_ascii_lowercase()) {
                if let Some(taken) = taken {
                    return Err(stands_there(&taken));
                }
                if part.publish(&name)? {
                    self.names.insert(name.to_ascii_lowercase());
                    return self.is_in_place(part, &name, path);
                }
                self.look();
            }
            // An earlier run may have named it, and ended before it could write the line.
            let same = self.folder.content(&name).is_ok_and(|content| content.sha256 == sha256);
            if same {
                return Ok(Put::There(path));
            }
            taken.get_or_insert(path);
        }
        Err(stands_there(taken.as_deref().unwrap_or(&self.path)))
    }

    /// Whoever may move the folders can do so at any time; then nothing of ours stays outside.
    fn is_in_place(&self, part: &Temporary, name: &str, path: String) -> Result<Put> {
        if part.is_at(&self.root, &path) {
            return Ok(Put::Here(path));
        }
        part.withdraw(name);
        let message = format!("the folder {} was moved away while a file was fetched into it", self.path);
        Err(Fault::new(Kind::Conflict, message).hint("leave the folder alone while files are fetched"))
    }
}

/// What is said where something else has a file's name.
pub(super) fn stands_there(path: &str) -> Fault {
    let message = format!("something else stands in its place: {path}");
    Fault::new(Kind::Conflict, message)
        .hint("it was left as it is; move it away and fetch again, or fetch to another folder")
}
