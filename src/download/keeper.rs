//! Fetching the files of one arrival after another to the same folder, which is opened once.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Mutex;

use super::plan::{Belongs, Plan, Planned, Sort};
use super::run::Run;
use super::target::Target;
use crate::domain::arrival::{Arrival, ArrivalKind};
use crate::domain::directory::{Item, ItemRef, ItemState};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::text::SafeText;
use crate::domain::transfer::{Progress, Quotas};
use crate::queries::{Current, Queries};

/// Fetches what arrives to one folder.
pub struct Keeper {
    queries: Queries,
    current: Current,
    folder: PathBuf,
    quotas: Quotas,
    /// The folder as it was opened; opened anew after a failure, which may be that of the folder.
    target: Mutex<Option<Target>>,
}

impl Keeper {
    /// Whoever fetches to this folder, within these quotas. Nothing is opened or made yet.
    pub fn new(queries: Queries, folder: PathBuf, quotas: Quotas) -> Self {
        Self { queries, current: Current::default(), folder, quotas, target: Mutex::default() }
    }

    /// Has every fetch begin with the class file that is in effect then.
    #[must_use]
    pub fn following(self, current: Current) -> Self {
        Self { current, ..self }
    }

    /// Fetches the files that an arrival brought, of its very version, and notes the copies in the
    /// store. What is there already is not fetched again. `None` where a copy of every file is there; else why
    /// there is none, and trying again would not help: the item has moved on, it is gone, a quota forbids it.
    ///
    /// # Errors
    /// Whatever may be otherwise at another time, such as a service that is away or a full disk.
    pub async fn keep(&self, arrival: &Arrival) -> Result<Option<SafeText>> {
        if arrival.kind == ArrivalKind::Removed {
            return Ok(Some("it was removed".into()));
        }
        if arrival.files.is_empty() {
            return Ok(Some("it holds no file".into()));
        }
        let target = self.open().await?;
        let kept = self.fetch(&target, arrival).await;
        if kept.is_err() {
            *self.target.lock().await = None;
        }
        kept
    }

    /// The folder; nobody waits for another's fetch.
    async fn open(&self) -> Result<Target> {
        let mut open = self.target.lock().await;
        let target = match open.take() {
            Some(target) => target,
            None => Target::make(&self.queries, &self.folder).await?,
        };
        *open = Some(target.clone());
        Ok(target)
    }

    async fn fetch(&self, target: &Target, arrival: &Arrival) -> Result<Option<SafeText>> {
        let belongs = Belongs { assignment: arrival.assignment.clone(), lateness_s: arrival.lateness_s };
        let planned = Planned {
            student: arrival.student.key.clone(),
            at: ItemRef { vault: arrival.vault.id.clone(), item: arrival.item.id.clone() },
            item: item(arrival),
            files: arrival.files.clone(),
            belongs: belongs.clone(),
        };
        let plan = Plan { items: vec![planned], failed: Vec::new() };
        let plan = target.clone().with_room(plan, self.quotas).await?;
        let sort: Sort = Arc::new(move |_, _, _, _| belongs.clone());
        let mut silent = |_: &Progress| {};
        let queries = self.current.of(&self.queries);
        let run = Run::new(&queries, target.clone(), self.quotas, &sort, &plan, &mut silent).exactly();
        let fetched = run.all(plan).await;
        if let Some(fault) = fetched.stopped {
            return Err(fault);
        }
        match fetched.failed.into_iter().next() {
            None => Ok(None),
            Some((_, fault)) if is_for_good(&fault) => Ok(Some(fault.message)),
            Some((what, fault)) => Err(fault.during(what)),
        }
    }
}

/// Whether trying again would fail alike.
fn is_for_good(fault: &Fault) -> bool {
    matches!(fault.kind, Kind::NotFound | Kind::Refused | Kind::Conflict | Kind::Unsupported)
}

fn item(arrival: &Arrival) -> Item {
    let item = &arrival.item;
    Item {
        id: item.id.clone(),
        title: item.title.clone(),
        category: item.category.clone(),
        version: item.version,
        tags: item.tags.clone(),
        state: ItemState::Active,
        created_at: item.created_at,
        updated_at: item.updated_at,
        last_edited_by: item.last_edited_by.clone(),
    }
}
