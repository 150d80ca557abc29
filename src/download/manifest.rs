//! `manifest.jsonl`: one line a file, with its true name. What stands in it was fetched.
//!
//! A file is recognised by vault, item, version and file id, wherever it lies. Of two lines of the
//! same file the later one counts. Several programs may add lines at the same time: each adds its own
//! under a lock, and takes in the others' before that. A line that makes no sense is as good as none.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use serde::Serialize;

use super::folder::{Folder, is_plain, keep_private};
use super::{Saved, local};
use crate::domain::class::StudentKey;
use crate::domain::directory::ItemRef;
use crate::domain::fault::Result;
use crate::domain::id::FileId;
use crate::domain::text::harmless;

const NAME: &str = "manifest.jsonl";

/// Which file of which version of which item it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Identity {
    pub(super) at: ItemRef,
    pub(super) version: u64,
    pub(super) file: FileId,
}

impl Identity {
    pub(super) fn of(saved: &Saved) -> Self {
        Self { at: saved.at.clone(), version: saved.version, file: saved.file.clone() }
    }
}

/// The manifest of a class's folder.
#[derive(Debug)]
pub(super) struct Manifest {
    folder: Folder,
    noted: HashMap<Identity, Saved>,
    /// Whose each path is, by the path in lower case.
    owners: HashMap<String, Identity>,
    /// How far it was read.
    read: u64,
}

impl Manifest {
    /// The manifest in a folder, as far as there is one.
    pub(super) fn of(folder: Folder) -> Result<Self> {
        let mut manifest = Self { folder, noted: HashMap::new(), owners: HashMap::new(), read: 0 };
        match manifest.folder.open_file(NAME, OFlags::RDONLY, Mode::empty()) {
            Ok(mut file) => drop(manifest.catch_up(&mut file)?),
            Err(Errno::NOENT) => {}
            Err(error) => return Err(failed(&error.into())),
        }
        Ok(manifest)
    }

    /// What it says of a file.
    pub(super) fn get(&self, identity: &Identity) -> Option<&Saved> {
        self.noted.get(identity)
    }

    /// Whose a path is; capitals make no difference.
    pub(super) fn owner(&self, path: &str) -> Option<&Identity> {
        self.owners.get(&path.to_ascii_lowercase())
    }

    /// Everything it says, in the order of paths.
    pub(super) fn all(&self) -> Vec<Saved> {
        let mut all: Vec<Saved> = self.noted.values().cloned().collect();
        all.sort_by(|one, other| one.path.cmp(&other.path));
        all
    }

    /// What was fetched of a student.
    pub(super) fn of_student(&self, student: &StudentKey) -> Vec<Saved> {
        self.noted.values().filter(|saved| saved.student == *student).cloned().collect()
    }

    /// A file is gone: what was said of it counts no more.
    pub(super) fn forget(&mut self, identity: &Identity) {
        if let Some(saved) = self.noted.remove(identity) {
            self.owners.remove(&saved.path.to_ascii_lowercase());
        }
    }

    /// Adds a line that is safe on the disk afterwards; unless another program has done so.
    pub(super) fn note(&mut self, saved: &Saved) -> Result<()> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::APPEND;
        let opened = self.folder.open_file(NAME, flags, Mode::RUSR | Mode::WUSR);
        let mut file = opened.map_err(|error| failed(&error.into()))?;
        if file.metadata().map_err(|error| failed(&error))?.len() == 0 {
            keep_private(&file)?;
            self.folder.sync()?;
        }
        // Where a file system has no locks, a line in one write is still whole.
        let _locked = file.lock();
        let torn = self.catch_up(&mut file)?;
        if self.get(&Identity::of(saved)).is_some_and(|noted| noted.path == saved.path) {
            return Ok(());
        }
        // Half a line is what a full disk leaves; it must not spoil the next one.
        let start = if torn { "\n" } else { "" };
        let line = line(saved).map_err(|error| failed(&error.into()))?;
        file.write_all(format!("{start}{line}\n").as_bytes()).map_err(|error| failed(&error))?;
        file.sync_data().map_err(|error| failed(&error))?;
        // Read back, so that a line of ours is not taken for another program's later on.
        self.catch_up(&mut file).map(drop)
    }

    /// Takes in the lines that were added; whether the last one has no end.
    fn catch_up(&mut self, file: &mut File) -> Result<bool> {
        if file.metadata().map_err(|error| failed(&error))?.len() < self.read {
            // Somebody has begun another one.
            (self.noted, self.owners, self.read) = (HashMap::new(), HashMap::new(), 0);
        }
        let mut bytes = Vec::new();
        let read = file.seek(SeekFrom::Start(self.read)).and_then(|_| file.read_to_end(&mut bytes));
        read.map_err(|error| failed(&error))?;
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        for line in bytes.get(..end).unwrap_or_default().split(|byte| *byte == b'\n') {
            let saved = serde_json::from_slice::<Saved>(line).ok();
            // A path that leads anywhere else is not one of ours.
            if let Some(saved) = saved.filter(|saved| saved.path.split('/').all(is_plain)) {
                let identity = Identity::of(&saved);
                self.forget(&identity);
                self.owners.insert(saved.path.to_ascii_lowercase(), identity.clone());
                self.noted.insert(identity, saved);
            }
        }
        self.read += end as u64;
        Ok(end < bytes.len())
    }
}

fn failed(error: &std::io::Error) -> crate::domain::fault::Fault {
    local("the manifest", error)
}

/// A value as JSON in which nothing hostile is left as it is.
fn line(value: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string(value).map(|json| harmless(&json))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::id::{ItemId, VaultId};
    use crate::domain::text::Untrusted;
    use crate::domain::text::is_hostile;

    fn saved(version: u64, path: &str) -> Saved {
        let vault = VaultId::parse(&"v".repeat(26)).unwrap();
        Saved {
            student: StudentKey::parse("s1").unwrap(),
            at: ItemRef { vault, item: ItemId::parse(&"i".repeat(26)).unwrap() },
            file: FileId::parse(&"f".repeat(26)).unwrap(),
            version,
            name: Untrusted::new("a\u{202e}fdp.exe"),
            size: 1,
            sha256: "0".into(),
            path: path.into(),
            saved_at: "2026-11-03T12:00:00Z".parse().unwrap(),
            assignment: None,
            lateness_s: None,
            created_at: None,
            updated_at: None,
        }
    }

    #[test]
    fn a_file_gets_one_line_whoever_writes_it_and_half_a_line_spoils_none() {
        let inside = tempfile::tempdir().unwrap();
        let open = || Manifest::of(Folder::make(inside.path()).unwrap()).unwrap();
        let has = |manifest: &Manifest, version| manifest.get(&Identity::of(&saved(version, "a"))).is_some();
        let (mut one, mut other) = (open(), open());
        one.note(&saved(1, "C/a")).unwrap();
        other.note(&saved(1, "C/a")).unwrap();
        let file = inside.path().join(NAME);
        let whole = std::fs::read_to_string(&file).unwrap();
        assert_eq!(whole.lines().count(), 1);
        std::fs::write(&file, format!("{whole}{{\"path\":\"b")).unwrap();
        let mut late = open();
        assert!(has(&late, 1) && !has(&late, 2));
        late.note(&saved(2, "C/b")).unwrap();
        assert!(has(&open(), 1) && has(&open(), 2));
        one.forget(&Identity::of(&saved(1, "C/a")));
        one.note(&saved(1, "C/A-2")).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 4, "fetched again");
        let read = open();
        assert_eq!(read.get(&Identity::of(&saved(1, "x"))).unwrap().path, "C/A-2", "the later line counts");
        assert!(read.owner("c/a-2").is_some() && read.owner("C/a").is_none());
    }

    #[test]
    fn a_line_that_leads_elsewhere_counts_for_nothing() {
        let inside = tempfile::tempdir().unwrap();
        let lines =
            ["../a", "/etc/passwd", "C//a", "C/./a", "C/a\0b"].map(|path| line(&saved(1, path)).unwrap());
        std::fs::write(inside.path().join(NAME), lines.join("\n") + "\nnot json\n").unwrap();
        assert_eq!(Manifest::of(Folder::make(inside.path()).unwrap()).unwrap().all(), []);
    }

    #[test]
    fn lines_of_the_first_version_are_still_read() {
        let inside = tempfile::tempdir().unwrap();
        let (v, i, f) = ("v".repeat(26), "i".repeat(26), "f".repeat(26));
        let old = format!(
            r#"{{"student":"s1","vault":"{v}","item":"{i}","file":"{f}","version":1,"name":"a","size":1,"sha256":"0","path":"C/s1/a","saved_at":"2026-11-03T12:00:00Z"}}"#
        );
        std::fs::write(inside.path().join(NAME), old + "\n").unwrap();
        let manifest = Manifest::of(Folder::make(inside.path()).unwrap()).unwrap();
        assert_eq!(manifest.get(&Identity::of(&saved(1, "x"))).unwrap().path, "C/s1/a");
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
