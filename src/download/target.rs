//! The folder that files are fetched to: what is there of what is wanted, and how a file gets there.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::folder::Folder;
use super::manifest::{Identity, Manifest};
use super::name::Name;
use super::part::Temporary;
use super::plan::{Outlook, Plan, Planned};
use super::shelf::{Put, Shelf, stands_there};
use super::{Saved, local};
use crate::domain::assignment::UNASSIGNED;
use crate::domain::class::StudentKey;
use crate::domain::directory::FileMeta;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::query::LocalCopy;
use crate::domain::transfer::{Quotas, bytes};
use crate::queries::{Queries, blocking};
use crate::store::Store;

/// The folder of one class's downloads.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) class: String,
    /// Where the folder is, from `/` on.
    base: Arc<str>,
    pub(super) root: Arc<Folder>,
    manifest: Arc<Mutex<Manifest>>,
    store: Store,
}

impl Target {
    /// The folder, made if it is not there.
    pub(super) async fn make(queries: &Queries, folder: &Path) -> Result<Self> {
        let (class, store, folder) = (queries.class.id.clone(), queries.store.clone(), folder.to_owned());
        blocking(move || {
            let root = Folder::make(&folder)?;
            let manifest = Manifest::of(root.inside(&class)?)?;
            Self::new(class, store, &folder, root, manifest)
        })
        .await
    }

    /// The folder, if there is something in it.
    pub(super) async fn existing(queries: &Queries, folder: &Path) -> Result<Option<Self>> {
        let of_class = folder.join(&queries.class.id);
        let is_there = blocking(move || Ok(of_class.exists())).await?;
        if is_there { Self::make(queries, folder).await.map(Some) } else { Ok(None) }
    }

    fn new(class: String, store: Store, folder: &Path, root: Folder, manifest: Manifest) -> Result<Self> {
        let base: PathBuf = std::path::absolute(folder).map_err(|error| local("the folder", &error))?;
        let named = base.to_str().map(|base| base.trim_end_matches('/').into());
        let base: Arc<str> = named.ok_or_else(|| {
            Fault::new(Kind::Input, format!("{} is no name in UTF-8", base.display()))
                .hint("name another folder")
        })?;
        Ok(Self { class, base, root: Arc::new(root), manifest: Arc::new(Mutex::new(manifest)), store })
    }

    pub(super) fn manifest(&self) -> MutexGuard<'_, Manifest> {
        self.manifest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The folder of a student's files of an assignment, from the folder of downloads on.
    pub(super) fn shelf(&self, planned: &Planned) -> String {
        let assignment = planned.belongs.assignment.as_ref().map_or(UNASSIGNED, |id| id.as_str());
        format!("{}/{assignment}/{}", self.class, planned.student)
    }

    /// What the manifest says of a file of an item, where it was fetched before and is in its place.
    ///
    /// # Errors
    /// A fault of [`Kind::Conflict`] where something else is in its place now.
    pub(super) fn before(&self, planned: &Planned, file: &FileMeta) -> Result<Option<Saved>> {
        let Some(saved) = self.manifest().get(&planned.identity(file)).cloned() else { return Ok(None) };
        match self.size(&saved) {
            Some(size) if size == saved.size => Ok(Some(saved)),
            Some(_) => Err(stands_there(&saved.path)),
            None => Ok(None),
        }
    }

    /// How many bytes there are in the place of what was saved; a folder that is gone, or a link in its place,
    /// holds nothing of ours.
    fn size(&self, saved: &Saved) -> Option<u64> {
        self.root.way(&saved.path).and_then(|(folder, name)| folder.size(name)).ok().flatten()
    }

    /// Whether a file is not to be fetched: it is there, or something stands in its place.
    fn has(&self, planned: &Planned, file: &FileMeta) -> bool {
        !matches!(self.before(planned, file), Ok(None))
    }

    /// What a plan comes to here; files are looked at where waiting harms nobody.
    pub(super) async fn outlook(self, plan: Plan) -> Result<Outlook> {
        blocking(move || Ok(plan.outlook(|(planned, file)| self.has(planned, file)))).await
    }

    /// The plan, if there is room for what it would fetch; files are looked at where waiting harms
    /// nobody.
    pub(super) async fn with_room(self, plan: Plan, quotas: Quotas) -> Result<Plan> {
        blocking(move || {
            let needed = plan.outlook(|(planned, file)| file.size > quotas.file || self.has(planned, file));
            let (needed, free) = (needed.fetch_bytes.min(quotas.run), self.root.free()?);
            if needed <= free {
                return Ok(plan);
            }
            let message =
                format!("{} are to be fetched, and {} are free in {}", bytes(needed), bytes(free), self.base);
            Err(Fault::new(Kind::Local, message)
                .hint("make room, fetch less at a time, or name another folder"))
        })
        .await
    }

    /// The bytes that are noted of a student, but for those of files that are gone; they come again.
    pub(super) async fn used_by(&self, student: &StudentKey) -> Result<u64> {
        let (target, student) = (self.clone(), student.clone());
        blocking(move || {
            let noted = target.manifest().of_student(&student);
            let here = noted.iter().filter(|saved| target.size(saved).is_some());
            Ok(here.fold(0_u64, |sum, saved| sum.saturating_add(saved.size)))
        })
        .await
    }

    /// Gives a file that was fetched its place, its line and its note in the store; whether it is new.
    pub(super) fn put(
        &self,
        on: &mut Shelf,
        came: &mut Temporary,
        name: &Name,
        saved: Saved,
    ) -> Result<(Saved, bool)> {
        let identity = Identity::of(&saved);
        let mut manifest = self.manifest();
        manifest.forget(&identity);
        let (path, new) = match on.put(came, name, &identity, &manifest)? {
            Put::Here(path) => (path, true),
            Put::There(path) => (path, false),
        };
        let saved = Saved { path, sha256: came.sha256(), ..saved };
        manifest.note(&saved)?;
        self.store.put_copy(&self.copy(&saved))?;
        Ok((saved, new))
    }

    /// Notes in the store what is there, where it does not know it yet.
    pub(super) fn note(&self, saved: &Saved) -> Result<()> {
        let copy = self.copy(saved);
        let known = self.store.copy_of(&copy.at.vault, &copy.at.item, copy.version, &copy.file)?;
        if known.as_ref() == Some(&copy) { Ok(()) } else { self.store.put_copy(&copy) }
    }

    /// A line of the manifest as a copy on this machine.
    fn copy(&self, saved: &Saved) -> LocalCopy {
        LocalCopy {
            at: saved.at.clone(),
            file: saved.file.clone(),
            version: saved.version,
            path: format!("{}/{}", self.base, saved.path),
            sha256: saved.sha256.clone(),
            size: saved.size,
            saved_at: saved.saved_at,
        }
    }
}
