//! Fetching files to a folder: nothing is overwritten, nothing leaves the folder, nothing half done
//! stays.
//!
//! A file's path is made of the class, the student's key, the time, version and id of the item, and
//! a plain slug of the name; the true name only stands in `manifest.jsonl`. Folders are opened one
//! by one without following links (0700), a file is written under a temporary name of its own (0600),
//! synced, and renamed without replacing. A file counts as fetched when its line stands in the
//! manifest: where that failed, the next run writes it. Files are never unpacked or made executable.

mod folder;
mod manifest;

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::assignment::AssignmentId;
use crate::domain::class::StudentKey;
use crate::domain::directory::{FileMeta, FileRef, Item, ItemRef, ItemState};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::transfer::{Pace, Progress, Quotas};
use crate::queries::{Queries, blocking};
use folder::{Content, Folder, Temporary};
use manifest::Manifest;

/// What to fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Every file of a student's vault.
    Student(StudentKey),
    /// The files of a student's vault that are handed in for an assignment.
    Assignment(StudentKey, AssignmentId),
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

/// Where files go.
struct Target {
    class: String,
    /// The class's folder.
    root: Folder,
    manifest: Manifest,
}

/// Fetches files to a folder; `progress` is told at most ten times a second, and at the end of
/// every file.
pub async fn fetch(
    queries: &Queries,
    wanted: &[Wanted],
    folder: &Path,
    _quotas: Quotas,
    mut progress: impl FnMut(&Progress) + Send,
) -> Result<Fetched> {
    let mut pace = Pace::new(0, 0, queries.clock.now());
    let mut progress = move |path: &str, now| {
        if let Some(told) = pace.begins(path, now) {
            progress(&told);
        }
    };
    let frame = queries.frame(false).await?;
    let class = frame.class.id.clone();
    let mut target = {
        let folder = folder.to_owned();
        let target = move || {
            let root = Folder::make(&folder)?.inside(&class)?;
            Ok(Target { manifest: Manifest::of(root.again()?)?, root, class })
        };
        blocking(target).await?
    };
    let mut fetched = Fetched::default();
    for wish in wanted {
        let (student, items) = match wish {
            Wanted::Item(student, at) => (student, Ok(vec![at.clone()])),
            Wanted::Assignment(student, _) | Wanted::Student(student) => match frame.bindings.get(student) {
                Some(vault) => (student, with_files(queries, vault).await),
                None => (student, Err(Fault::new(Kind::NotFound, format!("{student} has no vault")))),
            },
        };
        match items {
            Ok(items) => {
                for at in items {
                    item(queries, &mut target, student, &at, &mut fetched, &mut progress).await;
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
    target: &mut Target,
    student: &StudentKey,
    at: &ItemRef,
    fetched: &mut Fetched,
    progress: &mut (impl FnMut(&str, Timestamp) + Send),
) {
    let detail = match queries.provider.item(at).await {
        Ok(detail) => detail,
        Err(fault) => return fetched.failed.push((at.to_string(), fault)),
    };
    for (number, file) in detail.files.iter().enumerate() {
        let name = file_name(&detail.item, file, number);
        let path = format!("{}/{student}/{name}", target.class);
        progress(&path, queries.clock.now());
        let saved = Saved {
            student: student.clone(),
            at: at.clone(),
            file: file.id.to_string(),
            version: detail.item.version,
            name: file.name.raw().to_owned(),
            size: file.size,
            sha256: String::new(),
            path: path.clone(),
            saved_at: queries.clock.now(),
        };
        match one(queries, target, &name, file, saved).await {
            Ok(Some(saved)) => fetched.saved.push(saved),
            Ok(None) => fetched.there.push(path),
            Err(fault) => fetched.failed.push((path, fault)),
        }
    }
}

/// Fetches one file and writes its line; `None` when it is there already.
async fn one(
    queries: &Queries,
    target: &mut Target,
    name: &str,
    file: &FileMeta,
    saved: Saved,
) -> Result<Option<Saved>> {
    let folder = target.root.inside(saved.student.as_str())?;
    let there = folder.has(name)?;
    if there && target.manifest.has(&saved.path) {
        return Ok(None);
    }
    let content = if there {
        // An earlier run has published it, and ended before it could write the line.
        Some(content(&folder, name, file.size).await?)
    } else {
        target.manifest.forget(&saved.path);
        let from = FileRef { at: saved.at.clone(), file: file.id.clone(), size: file.size };
        download(queries, &folder, name, &from, saved.saved_at).await?
    };
    let Some(Content { sha256, saved_at, .. }) = content else {
        return Ok(None);
    };
    let saved = Saved { sha256, saved_at, ..saved };
    target.manifest.note(&saved)?;
    Ok((!there).then_some(saved))
}

/// What is in a file that was published before.
async fn content(folder: &Folder, name: &str, size: u64) -> Result<Content> {
    let (folder, name) = (folder.again()?, name.to_owned());
    blocking(move || {
        let content = folder.content(&name)?;
        if content.size == size {
            return Ok(content);
        }
        let message = format!("another file of {} bytes stands in its place", content.size);
        Err(Fault::new(Kind::Conflict, message).hint("move that file away, or fetch to another folder"))
    })
    .await
}

/// Fetches the content of a file and gives it its name; `None` where another program was faster.
/// Nothing is left of it when it fails, or when nobody waits for it any more.
async fn download(
    queries: &Queries,
    folder: &Folder,
    name: &str,
    from: &FileRef,
    saved_at: Timestamp,
) -> Result<Option<Content>> {
    folder.sweep(saved_at);
    let mut sink = Temporary::new(folder.again()?)?;
    queries.provider.download(from, &mut sink).await?;
    let (name, size) = (name.to_owned(), from.size);
    blocking(move || {
        let sha256 = sink.publish(&name)?;
        Ok(sha256.map(|sha256| Content { size, sha256, saved_at }))
    })
    .await
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
    let plain = plain.trim_end_matches(['.', '-']);
    let named = |extension: &str| {
        (1..=EXTENSION).contains(&extension.len()) && extension.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    let (stem, extension) = match plain.rsplit_once('.') {
        Some((stem, extension)) if named(extension) && !stem.is_empty() => (stem, format!(".{extension}")),
        _ => (plain, String::new()),
    };
    let stem: String = stem.trim_start_matches(['.', '-']).chars().take(SLUG - extension.len()).collect();
    let stem = stem.trim_end_matches(['.', '-']);
    // A name in letters that no plain name has keeps at least what kind of file it is.
    format!("{}{extension}", if stem.is_empty() { "file" } else { stem })
}

fn local(what: &str, error: &io::Error) -> Fault {
    Fault::new(Kind::Local, format!("{what}: {error}")).hint("check the folder, its owner and the space left")
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
            ("отчёт.pdf", "file.pdf"),
            ("zadanie-№1.tar.gz", "zadanie--1.tar.gz"),
            ("...", "file"),
        ];
        for (name, expected) in cases {
            assert_eq!(slug(name), expected, "{name:?}");
        }
        assert_eq!(slug(&format!("{}.pdf", "x".repeat(300))), format!("{}.pdf", "x".repeat(SLUG - 4)));
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
