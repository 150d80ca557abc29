//! Fetching files to a folder: nothing is overwritten, nothing leaves the folder, nothing half done
//! stays.
//!
//! A file's path is made of the class, the student's key, the time, version and id of the item, and
//! a plain slug of the name; the true name only stands in `manifest.jsonl`. Folders are opened one
//! by one without following links (0700), a file is written under a temporary name (0600), synced,
//! and renamed without replacing. Files are never opened, unpacked or made executable.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::path::{Component, Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};

use jiff::Timestamp;
use rustix::fs::{AtFlags, CWD, Mode, OFlags, RenameFlags};
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWrite;

use crate::domain::class::StudentKey;
use crate::domain::directory::{FileMeta, FileRef, Item, ItemRef, ItemState};
use crate::domain::fault::{Fault, Kind, Result};
use crate::queries::{Queries, blocking};

/// What to fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Every file of a student's vault.
    Student(StudentKey),
    /// The files of one item of a student's vault.
    Item(StudentKey, ItemRef),
}

/// One file that was fetched or was there already; a line of the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Saved {
    /// Whose vault it came from.
    pub student: StudentKey,
    /// The item.
    #[serde(flatten)]
    pub at: ItemRef,
    /// The file's id.
    pub file: String,
    /// The item's version.
    pub version: u64,
    /// The name as the student gave it.
    pub name: String,
    /// In bytes.
    pub size: u64,
    /// SHA-256 of the content, in hexadecimal digits.
    pub sha256: String,
    /// Where it is, from the folder on.
    pub path: String,
    /// When it was fetched.
    pub saved_at: Timestamp,
}

/// What came of a download.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    /// What was fetched now.
    pub saved: Vec<Saved>,
    /// The paths of what was there already.
    pub there: Vec<String>,
    /// What could not be fetched, and why; the others were.
    pub failed: Vec<(String, Fault)>,
}

/// The bytes of the longest slug, and of the longest extension kept when a name is cut.
const SLUG: usize = 60;
const EXTENSION: usize = 10;

/// Fetches files to a folder; `progress` is told the path of each file when it begins.
pub async fn fetch(
    queries: &Queries,
    wanted: &[Wanted],
    folder: &Path,
    mut progress: impl FnMut(&str) + Send,
) -> Result<Fetched> {
    let frame = queries.frame(false).await?;
    let class = frame.class.id.clone();
    let root = {
        let (folder, class) = (folder.to_owned(), class.clone());
        blocking(move || Folder::make(&folder)?.inside(&class)).await?
    };
    let mut fetched = Fetched::default();
    for wish in wanted {
        let (student, items) = match wish {
            Wanted::Item(student, at) => (student, Ok(vec![at.clone()])),
            Wanted::Student(student) => match frame.bindings.get(student) {
                Some(vault) => (student, with_files(queries, vault).await),
                None => (student, Err(Fault::new(Kind::NotFound, format!("{student} has no vault")))),
            },
        };
        match items {
            Ok(items) => {
                for at in items {
                    item(queries, &root, &class, student, &at, &mut fetched, &mut progress).await;
                }
            }
            Err(fault) => fetched.failed.push((student.to_string(), fault)),
        }
    }
    Ok(fetched)
}

async fn with_files(queries: &Queries, vault: &crate::domain::id::VaultId) -> Result<Vec<ItemRef>> {
    let items = queries.provider.items(vault).await?;
    let active = items.into_iter().filter(|item| item.state == ItemState::Active);
    Ok(active.map(|item| ItemRef { vault: vault.clone(), item: item.id }).collect())
}

/// Fetches the files of one item; what fails is noted and stops nothing else.
async fn item(
    queries: &Queries,
    root: &Folder,
    class: &str,
    student: &StudentKey,
    at: &ItemRef,
    fetched: &mut Fetched,
    progress: &mut (impl FnMut(&str) + Send),
) {
    let detail = match queries.provider.item(at).await {
        Ok(detail) => detail,
        Err(fault) => return fetched.failed.push((at.to_string(), fault)),
    };
    for (number, file) in detail.files.iter().enumerate() {
        let name = file_name(&detail.item, file, number);
        let path = format!("{class}/{student}/{name}");
        progress(&path);
        match one(queries, root, student, &name, &detail.item, at, file).await {
            Ok(Some(sha256)) => {
                let saved = Saved {
                    student: student.clone(),
                    at: at.clone(),
                    file: file.id.to_string(),
                    version: detail.item.version,
                    name: file.name.raw().to_owned(),
                    size: file.size,
                    sha256,
                    path,
                    saved_at: (queries.clock)(),
                };
                match root.note(&saved) {
                    Ok(()) => fetched.saved.push(saved),
                    Err(fault) => fetched.failed.push((saved.path, fault)),
                }
            }
            Ok(None) => fetched.there.push(path),
            Err(fault) => fetched.failed.push((path, fault)),
        }
    }
}

/// Fetches one file; `None` when it is there already. Returns its SHA-256.
async fn one(
    queries: &Queries,
    root: &Folder,
    student: &StudentKey,
    name: &str,
    _item: &Item,
    at: &ItemRef,
    file: &FileMeta,
) -> Result<Option<String>> {
    let folder = root.inside(student.as_str())?;
    if folder.has(name)? {
        return Ok(None);
    }
    let temporary = format!(".{}.part", file.id);
    let mut sink = Hashing::new(folder.create(&temporary)?);
    let from = FileRef { at: at.clone(), file: file.id.clone(), size: file.size };
    let result = match queries.provider.download(&from, &mut sink).await {
        Ok(_) => {
            let name = name.to_owned();
            let (folder, temporary) = (folder.again()?, temporary.clone());
            blocking(move || {
                let sha256 = sink.finish().map_err(|error| local("syncing a file", &error))?;
                folder.publish(&temporary, &name)?;
                Ok(Some(sha256))
            })
            .await
        }
        Err(fault) => Err(fault),
    };
    if result.is_err() {
        folder.remove(&temporary);
    }
    result
}

/// `20261103T120305Z_v2_sbxabcde_report.pdf`: time, version, item, and a plain form of the name.
fn file_name(item: &Item, file: &FileMeta, number: usize) -> String {
    let when = item.updated_at.or(item.created_at);
    let when = when.map_or_else(|| "undated".into(), |at| at.strftime("%Y%m%dT%H%M%SZ").to_string());
    let id: String = item.id.as_str().chars().take(8).collect();
    let which = if number > 0 { format!("-{}", number + 1) } else { String::new() };
    format!("{when}_v{}_{id}{which}_{}", item.version, slug(file.name.raw()))
}

/// A name that means nothing to any file system: `[A-Za-z0-9._-]`, at most 60 bytes, neither a
/// leading dot or dash nor a trailing dot; a short extension survives the cut.
fn slug(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
    let plain: String = name.chars().map(plain).collect();
    let plain = plain.trim_start_matches(['.', '-']).trim_end_matches(['.', '-']);
    let (stem, extension) = match plain.rsplit_once('.') {
        Some((stem, extension)) if extension.len() <= EXTENSION => (stem, format!(".{extension}")),
        _ => (plain, String::new()),
    };
    let stem: String = stem.chars().take(SLUG - extension.len()).collect();
    let whole = format!("{}{extension}", stem.trim_end_matches('.'));
    if whole.is_empty() { "file".into() } else { whole }
}

fn local(what: &str, error: &io::Error) -> Fault {
    Fault::new(Kind::Local, format!("{what}: {error}")).hint("check the folder, its owner and the space left")
}

/// A folder that is held open, so that nobody can put a link in its place.
struct Folder {
    open: OwnedFd,
}

impl Folder {
    /// Opens the folder that the user named, making it (0700) if it is not there. Links on the way
    /// to it are the user's own business; from here on none is followed.
    fn make(path: &Path) -> Result<Self> {
        if path.components().any(|part| part == Component::ParentDir) && path.is_relative() {
            let message = format!("{} leaves the current folder", path.display());
            return Err(Fault::new(Kind::Input, message).hint("name the folder without .."));
        }
        let mut builder = std::fs::DirBuilder::new();
        std::os::unix::fs::DirBuilderExt::mode(builder.recursive(true), 0o700);
        builder.create(path).map_err(|error| local(&format!("making {}", path.display()), &error))?;
        let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
        let open = rustix::fs::openat(CWD, path, flags, Mode::empty());
        open.map(|open| Self { open })
            .map_err(|error| local(&format!("opening {}", path.display()), &error.into()))
    }

    /// A folder within, made if it is not there; a link in its place is refused.
    fn inside(&self, name: &str) -> Result<Self> {
        match rustix::fs::mkdirat(&self.open, name, Mode::RWXU) {
            Ok(()) | Err(rustix::io::Errno::EXIST) => {}
            Err(error) => return Err(local(&format!("making the folder {name}"), &error.into())),
        }
        let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let open = rustix::fs::openat(&self.open, name, flags, Mode::empty());
        open.map(|open| Self { open })
            .map_err(|error| local(&format!("opening the folder {name}"), &error.into()))
    }

    fn again(&self) -> Result<Self> {
        self.open.try_clone().map(|open| Self { open }).map_err(|error| local("a folder", &error))
    }

    fn has(&self, name: &str) -> Result<bool> {
        match rustix::fs::statat(&self.open, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(_) => Ok(true),
            Err(rustix::io::Errno::NOENT) => Ok(false),
            Err(error) => Err(local(&format!("looking for {name}"), &error.into())),
        }
    }

    /// A new file; what an earlier attempt left under the name is removed first.
    fn create(&self, name: &str) -> Result<File> {
        self.remove(name);
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let open = rustix::fs::openat(&self.open, name, flags, Mode::RUSR | Mode::WUSR);
        open.map(File::from).map_err(|error| local(&format!("making {name}"), &error.into()))
    }

    fn remove(&self, name: &str) {
        // Nothing to remove is as good as removed; anything else shows when the name is used.
        let _gone = rustix::fs::unlinkat(&self.open, name, AtFlags::empty());
    }

    /// Gives a finished file its name, without replacing anything, and makes that durable.
    fn publish(&self, from: &str, to: &str) -> Result<()> {
        let renamed = rustix::fs::renameat_with(&self.open, from, &self.open, to, RenameFlags::NOREPLACE);
        renamed.map_err(|error| local(&format!("naming {to}"), &error.into()))?;
        rustix::fs::fsync(&self.open).map_err(|error| local("syncing the folder", &error.into()))
    }

    /// Adds a line to the manifest.
    fn note(&self, saved: &Saved) -> Result<()> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::APPEND | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let open = rustix::fs::openat(&self.open, "manifest.jsonl", flags, Mode::RUSR | Mode::WUSR);
        let mut file = open.map(File::from).map_err(|error| local("the manifest", &error.into()))?;
        let line = serde_json::to_string(saved).map_err(|error| local("the manifest", &error.into()))?;
        file.write_all(format!("{line}\n").as_bytes()).map_err(|error| local("the manifest", &error))
    }
}

/// Writes a file and computes its SHA-256 on the way.
struct Hashing {
    file: File,
    hash: Sha256,
}

impl Hashing {
    fn new(file: File) -> Self {
        Self { file, hash: Sha256::new() }
    }

    fn finish(self) -> io::Result<String> {
        self.file.sync_all()?;
        let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or('0');
        Ok(self.hash.finalize().iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect())
    }
}

impl AsyncWrite for Hashing {
    /// Pieces of a download are small and go to the page cache, so they are written in place.
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = self.file.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or(bytes));
        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// A folder that the user typed, `~/` meaning the home folder.
pub fn typed_folder(text: &str, home: Option<&Path>) -> PathBuf {
    match (text.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(text),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_become_plain() {
        let cases = [
            ("report.pdf", "report.pdf"),
            ("../../etc/passwd", "etc-passwd"),
            ("-rf", "rf"),
            (".bashrc", "bashrc"),
            ("a\u{202e}fdp.exe", "a-fdp.exe"),
            ("", "file"),
            ("...", "file"),
        ];
        for (name, expected) in cases {
            assert_eq!(slug(name), expected, "{name:?}");
        }
        let long = slug(&format!("{}.pdf", "x".repeat(300)));
        assert_eq!(long.rsplit_once('.').map(|(_, extension)| extension), Some("pdf"));
    }

    #[test]
    fn a_link_in_the_place_of_a_folder_is_refused() {
        let (inside, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::os::unix::fs::symlink(outside.path(), inside.path().join("s1")).unwrap();
        let root = Folder::make(inside.path()).unwrap();
        assert!(root.inside("s1").is_err());
        assert!(root.inside("s2").is_ok());
    }

    #[test]
    fn nothing_is_replaced() {
        let inside = tempfile::tempdir().unwrap();
        let root = Folder::make(inside.path()).unwrap();
        std::fs::write(inside.path().join("kept"), "old").unwrap();
        drop(root.create(".new.part").unwrap());
        assert!(root.publish(".new.part", "kept").is_err());
        assert_eq!(std::fs::read_to_string(inside.path().join("kept")).unwrap(), "old");
    }

    proptest! {
        #[test]
        fn no_name_becomes_a_path(name in any::<String>()) {
            let slug = slug(&name);
            prop_assert!((1..=SLUG).contains(&slug.len()));
            prop_assert!(slug.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)));
            prop_assert!(!slug.starts_with(['.', '-']) && !slug.ends_with('.'));
        }
    }
}
