//! One run: student by student, a few at a time, item by item.
//!
//! All files of an item come first, then the item is read once more, and only then do they get names:
//! they are named after the version that it had before and after. Where it has moved on, they are
//! fetched again as they are now.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{StreamExt as _, stream};

use super::manifest::Identity;
use super::name::Name;
use super::part::Temporary;
use super::plan::{Plan, Planned, Sort, ends_all};
use super::shelf::Shelf;
use super::stream::Stream;
use super::tally::Tally;
use super::target::Target;
use super::{Fetched, Saved};
use crate::domain::class::StudentKey;
use crate::domain::directory::{FileMeta, FileRef, ItemDetail, ItemState};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::transfer::{Progress, Quotas};
use crate::queries::{Queries, blocking};

/// So many students' files come at once; of one student one after the other.
const AT_ONCE: usize = 3;
/// So often an item may move on while its files come.
const TRIES: usize = 3;

/// A run under way.
pub(super) struct Run<'a> {
    queries: &'a Queries,
    target: Target,
    sort: &'a Sort,
    /// Whether only the planned version of an item will do.
    exactly: bool,
    tally: Tally<'a>,
}

/// What is kept while one student's files come.
struct Room {
    shelves: HashMap<String, Arc<Mutex<Shelf>>>,
    /// The bytes of the student: what is there, and what was asked for.
    used: u64,
}

/// A file that was asked for.
struct Came {
    file: FileMeta,
    /// What has come, or why nothing has.
    part: Result<Temporary>,
    /// Whether the service was asked for it.
    asked: bool,
    /// How many bytes were told of.
    told: u64,
}

/// Why a file did not come.
enum Miss {
    /// It was not even asked for.
    Unasked(Fault),
    /// Something about this file.
    File(Fault),
    /// Something about everything that is still to come.
    All(Fault),
}

/// What an item is, after its files have come.
enum After {
    /// As it was.
    Same,
    /// Otherwise.
    Moved(Box<Planned>),
}

impl<'a> Run<'a> {
    pub(super) fn new(
        queries: &'a Queries,
        target: Target,
        quotas: Quotas,
        sort: &'a Sort,
        plan: &Plan,
        tell: &'a mut (dyn FnMut(&Progress) + Send),
    ) -> Self {
        let tally = Tally::new(&queries.clock, quotas, plan, tell);
        Self { queries, target, sort, exactly: false, tally }
    }

    /// Takes the planned versions or nothing.
    pub(super) fn exactly(mut self) -> Self {
        self.exactly = true;
        self
    }

    /// Fetches everything.
    pub(super) async fn all(self, plan: Plan) -> Fetched {
        let mut students: Vec<(StudentKey, Vec<Planned>)> = Vec::new();
        for planned in plan.items {
            match students.last_mut() {
                Some((student, items)) if *student == planned.student => items.push(planned),
                _ => students.push((planned.student.clone(), vec![planned])),
            }
        }
        let work = stream::iter(students);
        work.for_each_concurrent(AT_ONCE, |(student, items)| self.student(student, items)).await;
        self.tally.end()
    }

    async fn student(&self, student: StudentKey, items: Vec<Planned>) {
        let used = match self.target.used_by(&student).await {
            Ok(used) => used,
            Err(fault) => {
                let files = items.iter().map(|planned| planned.files.len()).sum();
                return self.tally.stop(fault, files);
            }
        };
        let mut here = Room { shelves: HashMap::new(), used };
        for planned in items {
            self.item(&mut here, planned).await;
        }
    }

    /// Fetches the files of one item; what fails is noted and stops nothing else.
    async fn item(&self, here: &mut Room, mut planned: Planned) {
        // What was there is counted once, however often the item moves on.
        let mut there = HashSet::new();
        for _ in 0..TRIES {
            let missing = self.missing(&planned, &mut there).await;
            if missing.is_empty() {
                return;
            }
            if self.tally.is_stopped() {
                return self.tally.leave(missing.len());
            }
            let (came, stopped) = self.bring(here, &planned, &missing).await;
            if let Some(fault) = stopped {
                return self.tally.stop(fault, missing.len());
            }
            let after =
                if came.iter().any(|came| came.asked) { self.after(&planned).await } else { Ok(After::Same) };
            match after {
                Ok(After::Same) => return self.name_all(here, &planned, came).await,
                Ok(After::Moved(now)) if self.exactly && now.item.version != planned.item.version => {
                    let fault = Fault::new(Kind::NotFound, "the item has moved on to another version");
                    return self.give_up(here, &planned, came, &fault);
                }
                Ok(After::Moved(now)) => {
                    let wasted = came.iter().map(|came| came.told).sum();
                    for came in came.iter().filter(|came| came.asked) {
                        self.tally.give_back(&mut here.used, came.file.size);
                    }
                    let (before, then) =
                        (amount(came.iter().map(|came| &came.file)), amount(uncounted(&now, &there)));
                    self.tally.changes(before, then, wasted);
                    planned = *now;
                }
                Err(fault) if ends_all(&fault) => return self.tally.stop(fault, missing.len()),
                Err(fault) => return self.give_up(here, &planned, came, &fault),
            }
        }
        let fault = Fault::new(Kind::Conflict, "the item keeps changing while it is fetched");
        for file in &planned.files {
            self.failed(&planned, file, 0, fault.clone());
        }
    }

    /// The files of an item that are not there; the others are noted.
    async fn missing(&self, planned: &Planned, there: &mut HashSet<Identity>) -> Vec<FileMeta> {
        let mut missing = Vec::new();
        let counted = there.clone();
        for file in uncounted(planned, &counted) {
            let (target, planned_then, known) = (self.target.clone(), planned.clone(), file.clone());
            let before = blocking(move || {
                let before = target.before(&planned_then, &known)?;
                before.as_ref().map_or(Ok(()), |saved| target.note(saved))?;
                Ok(before)
            });
            match before.await {
                Ok(None) => missing.push(file.clone()),
                Ok(Some(saved)) => {
                    there.insert(planned.identity(file));
                    self.tally.done(saved, false, 0);
                }
                Err(fault) => self.failed(planned, file, 0, fault),
            }
        }
        missing
    }

    /// Brings files in, without names; and why nothing more can come.
    async fn bring(
        &self,
        here: &mut Room,
        planned: &Planned,
        files: &[FileMeta],
    ) -> (Vec<Came>, Option<Fault>) {
        let mut all = Vec::new();
        for file in files {
            let path = self.path(planned, file);
            let told = AtomicU64::new(0);
            self.tally.begins(&path);
            let part = self.one(here, planned, file, &told).await;
            let told = told.into_inner();
            let (part, asked) = match part {
                Ok(part) => (Ok(part), true),
                Err(Miss::Unasked(fault)) => (Err(fault), false),
                Err(Miss::File(fault)) => (Err(fault), true),
                Err(Miss::All(fault)) => return (all, Some(fault)),
            };
            all.push(Came { file: file.clone(), part, asked, told });
        }
        (all, None)
    }

    async fn one(
        &self,
        here: &mut Room,
        planned: &Planned,
        file: &FileMeta,
        told: &AtomicU64,
    ) -> Result<Temporary, Miss> {
        self.tally.take(&mut here.used, file.size).map_err(Miss::Unasked)?;
        let mut part = self.part(here, planned).await.map_err(|fault| {
            self.tally.give_back(&mut here.used, file.size);
            Miss::Unasked(fault)
        })?;
        let tell = |count: u64| {
            told.fetch_add(count, Ordering::Relaxed);
            self.tally.comes(count);
        };
        let mut to = Stream::new(&mut part, file.size, &tell);
        let from = FileRef { at: planned.at.clone(), file: file.id.clone(), size: file.size };
        let answer = self.queries.provider.download(&from, &mut to).await;
        let (came, stopped) = (to.came, to.stopped.take());
        match (answer, stopped) {
            (_, Some(fault)) if fault.kind == Kind::Local => Err(Miss::All(fault)),
            (Err(fault), None) if ends_all(&fault) => Err(Miss::All(fault)),
            (_, Some(fault)) | (Err(fault), None) => Err(Miss::File(fault)),
            (Ok(_), None) if came != file.size => {
                let message = format!("the file ended after {came} of {} bytes", file.size);
                Err(Miss::File(Fault::new(Kind::Broken, message)))
            }
            (Ok(_), None) => Ok(part),
        }
    }

    async fn part(&self, here: &mut Room, planned: &Planned) -> Result<Temporary> {
        let opened = self.shelf(here, planned).await?;
        blocking(move || opened.lock().unwrap_or_else(PoisonError::into_inner).part()).await
    }

    /// Whether the item still is what it was when its files were asked for.
    async fn after(&self, planned: &Planned) -> Result<After> {
        let ItemDetail { item, files, .. } = self.queries.provider.item(&planned.at).await?;
        if item.state != ItemState::Active {
            return Err(Fault::new(Kind::NotFound, "the item was removed"));
        }
        if item.version < planned.item.version {
            let message = "the service shows an older version of the item than before";
            return Err(Fault::new(Kind::Broken, message).hint("fetch again a little later"));
        }
        let same = |file: &FileMeta| files.iter().any(|now| (&now.id, now.size) == (&file.id, file.size));
        if item.version == planned.item.version && planned.files.iter().all(same) {
            return Ok(After::Same);
        }
        let belongs = if self.exactly {
            planned.belongs.clone()
        } else {
            (self.sort)(&planned.student, &planned.at, &item, &files)
        };
        Ok(After::Moved(Box::new(Planned { item, files, belongs, ..planned.clone() })))
    }

    /// Gives what has come its names.
    async fn name_all(&self, here: &mut Room, planned: &Planned, came: Vec<Came>) {
        for Came { file, part, told, asked } in came {
            let named = match part {
                Ok(part) => self.name(here, planned, &file, part).await,
                Err(fault) => Err(fault),
            };
            match named {
                Ok((saved, new)) => self.tally.done(saved, new, told),
                Err(fault) => {
                    if asked {
                        self.tally.give_back(&mut here.used, file.size);
                    }
                    self.failed(planned, &file, told, fault);
                }
            }
        }
    }

    async fn name(
        &self,
        here: &mut Room,
        planned: &Planned,
        file: &FileMeta,
        mut part: Temporary,
    ) -> Result<(Saved, bool)> {
        let (opened, target) = (self.shelf(here, planned).await?, self.target.clone());
        let (saved, name) = (self.saved(planned, file), name(planned, file));
        // One step, so that whoever stops waiting leaves no file without its line.
        blocking(move || {
            let mut locked = opened.lock().unwrap_or_else(PoisonError::into_inner);
            target.put(&mut locked, &mut part, &name, saved)
        })
        .await
    }

    fn saved(&self, planned: &Planned, file: &FileMeta) -> Saved {
        Saved {
            student: planned.student.clone(),
            at: planned.at.clone(),
            file: file.id.clone(),
            version: planned.item.version,
            name: file.name.clone(),
            size: file.size,
            sha256: String::new(),
            path: String::new(),
            saved_at: self.queries.clock.now(),
            assignment: planned.belongs.assignment.clone(),
            lateness_s: planned.belongs.lateness_s,
            created_at: planned.item.created_at,
            updated_at: planned.item.updated_at,
        }
    }

    async fn shelf(&self, here: &mut Room, planned: &Planned) -> Result<Arc<Mutex<Shelf>>> {
        let path = self.target.shelf(planned);
        if let Some(shelf) = here.shelves.get(&path) {
            return Ok(Arc::clone(shelf));
        }
        let (root, wanted, now) = (Arc::clone(&self.target.root), path.clone(), self.queries.clock.now());
        let opened = Arc::new(Mutex::new(blocking(move || Shelf::open(&root, &wanted, now)).await?));
        here.shelves.insert(path, Arc::clone(&opened));
        Ok(opened)
    }

    fn path(&self, planned: &Planned, file: &FileMeta) -> String {
        format!("{}/{}", self.target.shelf(planned), name(planned, file).numbered(1))
    }

    fn failed(&self, planned: &Planned, file: &FileMeta, told: u64, fault: Fault) {
        self.tally.failed(self.path(planned, file), file.size, told, fault);
    }

    fn give_up(&self, here: &mut Room, planned: &Planned, came: Vec<Came>, fault: &Fault) {
        for Came { file, told, asked, .. } in came {
            if asked {
                self.tally.give_back(&mut here.used, file.size);
            }
            self.failed(planned, &file, told, fault.clone());
        }
    }
}

fn name(planned: &Planned, file: &FileMeta) -> Name {
    let late = planned.belongs.lateness_s.is_some_and(|seconds| seconds > 0);
    Name::of(&planned.item, late, file.name.raw())
}

/// The files of an item that were not found to be there.
fn uncounted<'a>(planned: &'a Planned, there: &'a HashSet<Identity>) -> impl Iterator<Item = &'a FileMeta> {
    planned.files.iter().filter(|file| !there.contains(&planned.identity(file)))
}

/// How many files there are, and how many bytes.
fn amount<'a>(files: impl Iterator<Item = &'a FileMeta>) -> (u64, u64) {
    files.fold((0, 0_u64), |(count, size), file| (count + 1, size.saturating_add(file.size)))
}
