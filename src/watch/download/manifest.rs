//! `manifest.jsonl`: one line a file, with its true name.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::folder::Folder;
use super::{Saved, local};
use crate::domain::fault::Result;
use crate::domain::text::is_hostile;

const NAME: &str = "manifest.jsonl";

/// The manifest of a class's folder. Other programs may add lines to it at any time.
pub(super) struct Manifest {
    folder: Folder,
    /// The paths that have a line.
    noted: HashSet<String>,
    /// How far it was read.
    read: u64,
}

/// As much of a line as is read back.
#[derive(Deserialize)]
struct Line {
    path: String,
}

impl Manifest {
    /// The manifest in a folder, as far as there is one.
    pub(super) fn of(folder: Folder) -> Result<Self> {
        let mut manifest = Self { folder, noted: HashSet::new(), read: 0 };
        match manifest.folder.open_file(NAME, OFlags::RDONLY, Mode::empty()) {
            Ok(mut file) => drop(manifest.catch_up(&mut file)?),
            Err(Errno::NOENT) => {}
            Err(error) => return Err(failed(&error.into())),
        }
        Ok(manifest)
    }

    /// Whether a path has a line.
    pub(super) fn has(&self, path: &str) -> bool {
        self.noted.contains(path)
    }

    /// The file at a path is gone: its line counts no more.
    pub(super) fn forget(&mut self, path: &str) {
        self.noted.remove(path);
    }

    /// Adds a line, unless another program has done so.
    pub(super) fn note(&mut self, saved: &Saved) -> Result<()> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::APPEND;
        let opened = self.folder.open_file(NAME, flags, Mode::RUSR | Mode::WUSR);
        let mut file = opened.map_err(|error| failed(&error.into()))?;
        let torn = self.catch_up(&mut file)?;
        if self.has(&saved.path) {
            return Ok(());
        }
        // Half a line is what a full disk leaves; it must not spoil the next one.
        let start = if torn { "\n" } else { "" };
        let line = line(saved).map_err(|error| failed(&error.into()))?;
        file.write_all(format!("{start}{line}\n").as_bytes()).map_err(|error| failed(&error))?;
        // Read back, so that a line of ours is not taken for another program's later on.
        self.catch_up(&mut file).map(drop)
    }

    /// Takes in the lines that were added; whether the last one has no end.
    fn catch_up(&mut self, file: &mut File) -> Result<bool> {
        let mut bytes = Vec::new();
        let read = file.seek(SeekFrom::Start(self.read)).and_then(|_| file.read_to_end(&mut bytes));
        read.map_err(|error| failed(&error))?;
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let whole = bytes.get(..end).unwrap_or_default();
        let lines = whole.split(|byte| *byte == b'\n');
        // A line that makes no sense names no file.
        self.noted.extend(lines.filter_map(|line| Some(serde_json::from_slice::<Line>(line).ok()?.path)));
        self.read += end as u64;
        Ok(end < bytes.len())
    }
}

fn failed(error: &std::io::Error) -> crate::domain::fault::Fault {
    local("the manifest", error)
}

/// A value as JSON in which nothing hostile is left as it is. Only strings can hold it, where
/// `\uXXXX` reads back as what was there.
fn line(value: &impl Serialize) -> serde_json::Result<String> {
    let json = serde_json::to_string(value)?;
    let mut line = String::with_capacity(json.len());
    for c in json.chars() {
        if is_hostile(c) {
            // Beyond the first plane JSON writes two surrogates (RFC 8259, section 7).
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _written = write!(line, "\\u{unit:04x}");
            }
        } else {
            line.push(c);
        }
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::class::StudentKey;
    use crate::domain::directory::ItemRef;
    use crate::domain::id::{ItemId, VaultId};

    fn saved(path: &str) -> Saved {
        let vault = VaultId::parse(&"v".repeat(26)).unwrap();
        Saved {
            student: StudentKey::parse("s1").unwrap(),
            at: ItemRef { vault, item: ItemId::parse(&"i".repeat(26)).unwrap() },
            file: "f".into(),
            version: 1,
            name: "a\u{202e}fdp.exe".into(),
            size: 1,
            sha256: "0".into(),
            path: path.into(),
            saved_at: "2026-11-03T12:00:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn a_path_gets_one_line_whoever_writes_it_and_half_a_line_spoils_none() {
        let inside = tempfile::tempdir().unwrap();
        let open = || Manifest::of(Folder::make(inside.path()).unwrap()).unwrap();
        let (mut one, mut other) = (open(), open());
        one.note(&saved("a")).unwrap();
        other.note(&saved("a")).unwrap();
        let file = inside.path().join(NAME);
        let whole = std::fs::read_to_string(&file).unwrap();
        assert_eq!(whole.lines().count(), 1);
        std::fs::write(&file, format!("{whole}{{\"path\":\"b")).unwrap();
        let mut late = open();
        assert!(late.has("a") && !late.has("b"));
        late.note(&saved("b")).unwrap();
        assert!(open().has("a") && open().has("b"));
        one.forget("a");
        one.note(&saved("a")).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 4, "fetched again");
    }

    proptest! {
        #[test]
        fn nothing_hostile_is_left_and_nothing_is_lost(text in any::<String>()) {
            let json = line(&[&text]).unwrap();
            prop_assert!(!json.chars().any(is_hostile));
            prop_assert_eq!(serde_json::from_str::<Vec<String>>(&json).unwrap(), [text]);
        }
    }
}
