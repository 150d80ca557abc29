//! Fetching files to a folder: nothing is overwritten, nothing leaves the folder, nothing half done
//! stays.
//!
//! A file's path is made of the class, the assignment, the student's key, the time, version and id of
//! the item, and a plain slug of the name; the true name only stands in `manifest.jsonl`. Folders are
//! opened one by one without following links (0700), a file is written under a temporary name of its
//! own (0600), synced, and named without replacing. A file counts as fetched when its line stands in
//! the manifest, synced too. It is recognised by vault, item, version and file id, so that it stays
//! where it is and is not fetched again when its item is assigned later. Files are never unpacked,
//! opened or made executable.
//!
//! A file is named after a version of its item only if the item still had that version after the file
//! had come: versions only rise, so that what came between two looks at one version is of that version.
//!
//! Knows the service and the store through [`queries`](crate::queries), and nothing of the live view: a
//! [`Keeper`] is told of every arrival by whoever has it.

mod folder;
mod keeper;
mod manifest;
mod name;
mod part;
mod plan;
mod run;
mod shelf;
mod stream;
mod tally;
mod target;
mod verify;

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::assignment::AssignmentId;
use crate::domain::class::StudentKey;
use crate::domain::directory::ItemRef;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::id::FileId;
use crate::domain::text::Untrusted;
use crate::domain::transfer::{Progress, Quotas};
use crate::queries::Queries;
pub use keeper::Keeper;
pub use plan::{Belongs, Holding, Outlook, Plan, Planned, Sort, ends_all, holding, plan, sort};
use run::Run;
use target::Target;
pub use verify::{Checked, Found, verify, verify_some};

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

/// One file that was fetched; a line of the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    /// Whose vault it came from.
    pub student: StudentKey,
    /// The item.
    #[serde(flatten)]
    pub at: ItemRef,
    /// Which file of it.
    pub file: FileId,
    /// The item's version.
    pub version: u64,
    /// The name as the student gave it.
    pub name: Untrusted,
    /// In bytes.
    pub size: u64,
    /// SHA-256 of the content, in hexadecimal digits.
    pub sha256: String,
    /// Where it is, from the folder on.
    pub path: String,
    /// When it was fetched.
    pub saved_at: Timestamp,
    /// The assignment it was handed in for, as it was known then.
    #[serde(default)]
    pub assignment: Option<AssignmentId>,
    /// How many seconds after the deadline; 0 in time, `None` where that cannot be told.
    #[serde(default)]
    pub lateness_s: Option<i64>,
    /// When the item was made, by the service's clock.
    #[serde(default)]
    pub created_at: Option<Timestamp>,
    /// When the item last changed, by the service's clock.
    #[serde(default)]
    pub updated_at: Option<Timestamp>,
}

/// What came of a download.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    /// What was fetched now.
    pub saved: Vec<Saved>,
    /// What was there already.
    pub there: Vec<Saved>,
    /// What could not be fetched, and why; the others were.
    pub failed: Vec<(String, Fault)>,
    /// Why it ended before everything was tried: the ration is used up, the service is away, the disk
    /// is full. The same again goes on from there.
    pub stopped: Option<Fault>,
    /// How many files are left because of that.
    pub left: u64,
}

/// Fetches files to a folder; `progress` is told at most ten times a second, and at the end of
/// every file. It may be dropped at any time: what is whole stays, and the same again goes on.
///
/// # Errors
/// Where nothing can be fetched at all: the class is not known, the folder cannot be used, the disk
/// has no room. What is wrong with single files stands in [`Fetched`].
pub async fn fetch(
    queries: &Queries,
    wanted: &[Wanted],
    folder: &Path,
    quotas: Quotas,
    progress: impl FnMut(&Progress) + Send,
) -> Result<Fetched> {
    let sort = sort(queries).await?;
    let plan = plan(queries, wanted, &sort).await?;
    carry_out(queries, plan, folder, quotas, &sort, progress).await
}

/// Fetches what was planned; see [`fetch`].
pub async fn carry_out(
    queries: &Queries,
    plan: Plan,
    folder: &Path,
    quotas: Quotas,
    sort: &Sort,
    mut progress: impl FnMut(&Progress) + Send,
) -> Result<Fetched> {
    if plan.items.is_empty() {
        // Nothing is made where nothing comes.
        return Ok(Fetched { failed: plan.failed, ..Fetched::default() });
    }
    let target = Target::make(queries, folder).await?;
    let plan = target.clone().with_room(plan, quotas).await?;
    Ok(Run::new(queries, target, quotas, sort, &plan, &mut progress).all(plan).await)
}

/// What a plan would come to in this folder; makes and asks nothing.
pub async fn outlook(queries: &Queries, plan: &Plan, folder: &Path) -> Result<Outlook> {
    match Target::existing(queries, folder).await? {
        None => Ok(plan.outlook(|_| false)),
        Some(target) => target.outlook(plan.clone()).await,
    }
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
