//! Which class files may run programs: those whose path and content somebody has vouched for.
//!
//! A class file is data that a colleague may have sent. What it can run is inert until its path and
//! the SHA-256 of its content stand in a file of the state folder that only the user can write; any
//! edit makes it inert again.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::places::{Places, local, write_private};
use super::read;
use crate::domain::digest::Digest;
use crate::domain::fault::{Fault, Kind};

/// Whether a class file may run what it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Its path and content are those that somebody vouched for.
    Given,
    /// Nobody did.
    Never,
    /// It was trusted, and has changed since.
    Changed,
}

impl Trust {
    /// How a class file with this text stands.
    ///
    /// # Errors
    /// A fault of [`Kind::Local`] when the list of trusted files cannot be read.
    pub fn of(path: &Path, text: &str, places: &Places) -> Result<Self, Fault> {
        let list = list(places)?;
        Ok(match list.get(&key(path)?) {
            Some(known) if *known == digest(text) => Self::Given,
            Some(_) => Self::Changed,
            None => Self::Never,
        })
    }
}

/// Vouches for a class file with this text, which is what somebody was shown: the file is not read
/// again, so an edit in between is not vouched for.
///
/// # Errors
/// A fault where the path is none, or the list cannot be read or written.
pub fn trust(path: &Path, text: &str, places: &Places) -> Result<(), Fault> {
    let mut list = list(places)?;
    list.insert(key(path)?, digest(text));
    let lines: Vec<String> = list.iter().map(|(path, digest)| format!("{digest}  {path}\n")).collect();
    let file = trusted_list(places);
    write_private(&file, &lines.concat())
}

/// Where the list of trusted files is.
pub fn trusted_list(places: &Places) -> PathBuf {
    places.state.join("trusted")
}

/// The true path: a link that is bent later is another file.
fn key(path: &Path) -> Result<String, Fault> {
    let path = path.canonicalize().map_err(|error| local(path, &error))?;
    let bad = || Fault::new(Kind::Input, format!("{} is no path in UTF-8", path.display()));
    let text = path.to_str().filter(|text| !text.contains('\n')).ok_or_else(bad)?;
    Ok(text.to_owned())
}

/// The SHA-256 of a class file's text, in hexadecimal.
pub fn digest(text: &str) -> String {
    Digest::from(Sha256::new_with_prefix(text)).to_string()
}

/// Digests by path; a list that others can write counts for nothing.
fn list(places: &Places) -> Result<BTreeMap<String, String>, Fault> {
    let file = trusted_list(places);
    if matches!(fs::metadata(&file), Err(error) if error.kind() == io::ErrorKind::NotFound) {
        return Ok(BTreeMap::new());
    }
    let text = read(&file)?;
    let lines = text.lines().filter_map(|line| line.split_once("  "));
    Ok(lines.map(|(digest, path)| (path.to_owned(), digest.to_owned())).collect())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn an_edit_or_another_path_takes_the_trust_away() {
        let folder = tempfile::tempdir().unwrap();
        let places = Places { config: folder.path().join("c"), state: folder.path().join("s") };
        let (one, other) = (folder.path().join("one.toml"), folder.path().join("other.toml"));
        for path in [&one, &other] {
            fs::write(path, "text").unwrap();
            // Another test of this process may have opened the umask.
            fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        let of = |path: &Path| Trust::of(path, &fs::read_to_string(path).unwrap(), &places).unwrap();
        assert_eq!(of(&one), Trust::Never);
        trust(&one, "text", &places).unwrap();
        assert_eq!((of(&one), of(&other)), (Trust::Given, Trust::Never));
        trust(&other, "text", &places).unwrap();
        fs::write(&one, "text.").unwrap();
        assert_eq!((of(&one), of(&other)), (Trust::Changed, Trust::Given));
        trust(&other, "what was shown before an edit", &places).unwrap();
        assert_eq!(of(&other), Trust::Changed, "the text that was shown counts, not the file of now");
    }
}
