//! Whether what was fetched is still what it was: reads every file of a manifest again.

use std::path::Path;

use super::Saved;
use super::folder::Folder;
use super::manifest::Manifest;
use crate::domain::fault::{Fault, Kind, Result};

/// A file of the manifest, and what was found in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What the manifest says.
    pub saved: Saved,
    /// What was found.
    pub found: Found,
}

/// What is in the place of a file that was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The same content.
    Same,
    /// Another content, with this SHA-256 in hexadecimal digits.
    Other(String),
    /// Nothing.
    Nothing,
    /// Something that is no file or cannot be read.
    Unreadable(Fault),
}

/// Reads every file that the manifest of a class names, in the order of paths. Asks the service
/// nothing, and changes nothing.
///
/// # Errors
/// Where there is no such folder.
pub fn verify(class: &str, folder: &Path) -> Result<Vec<Checked>> {
    verify_some(class, folder, |_| true)
}

/// The same for some files only.
///
/// # Errors
/// As [`verify`].
pub fn verify_some(class: &str, folder: &Path, wanted: impl Fn(&Saved) -> bool) -> Result<Vec<Checked>> {
    let of_class = folder.join(class);
    if !of_class.is_dir() {
        let message = format!("nothing of {class} was fetched to {}", folder.display());
        return Err(Fault::new(Kind::Input, message).hint("name the folder that was given to --to"));
    }
    let root = Folder::make(folder)?;
    let manifest = Manifest::of(root.inside(class)?)?;
    let all = manifest.all().into_iter().filter(|saved| wanted(saved));
    Ok(all.map(|saved| Checked { found: look(&root, &saved), saved }).collect())
}

fn look(root: &Folder, saved: &Saved) -> Found {
    let (folder, name) = match root.way(&saved.path) {
        Ok(way) => way,
        Err(fault) => return Found::Unreadable(fault),
    };
    match folder.size(name) {
        Ok(None) => Found::Nothing,
        Err(fault) => Found::Unreadable(fault),
        Ok(Some(_)) => match folder.content(name) {
            Ok(content) if content.sha256 == saved.sha256 => Found::Same,
            Ok(content) => Found::Other(content.sha256),
            Err(fault) => Found::Unreadable(fault),
        },
    }
}
