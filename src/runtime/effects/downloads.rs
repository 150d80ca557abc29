//! Files on their way to this machine: what a download fetches, and how far it is.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::Tasks;
use crate::app::msg::{Event, Fetch, Order};
use crate::app::remote::Ticket;
use crate::domain::assignment::AssignmentId;
use crate::domain::fault::Fault;
use crate::domain::text::{SafeText, counted};
use crate::domain::transfer::Progress;
use crate::download::{self, Fetched, Wanted};
use crate::runtime::Doors;

/// The least time between two reports of how far it is.
const TOLD: Duration = Duration::from_millis(200);

/// What is said of one that was stopped.
pub(super) const STOPPED: &str = "stopped; what was complete is kept";

impl Tasks {
    /// Fetches files, and tells how far it is.
    pub(super) fn download(&mut self, doors: Doors, ticket: Ticket, order: Order) {
        let (outbox, stop) = (self.outbox.clone(), self.stoppable(ticket));
        self.finish(ticket, async move {
            let (folder, only) = (typed(&order.folder), order.only);
            let wanted: Vec<Wanted> =
                order.what.into_iter().map(|fetch| wanted(fetch, only.as_ref())).collect();
            let tell = telling(ticket, outbox.clone());
            let fetching = download::fetch(&doors.queries, &wanted, &folder, doors.quotas, tell);
            let Some(fetched) = stop.run_until_cancelled(fetching).await else { return Ok(STOPPED.into()) };
            let fetched = fetched?;
            let why = |(what, fault): &(String, Fault)| SafeText::new(&format!("{what}: {fault}"));
            let failures = fetched.failed.iter().map(why).collect();
            // Nobody may listen any more: then nobody misses it.
            drop(outbox.send(Event::Failures(ticket, failures)).await);
            told(&fetched, &folder)
        });
    }
}

/// Tells how far files are, now and then. Where the loop is behind, a report is left out; a later one says more.
pub(super) fn telling(ticket: Ticket, outbox: mpsc::Sender<Event>) -> impl FnMut(&Progress) + Send {
    let mut last = None;
    move |progress| {
        let early = last.is_some_and(|last: Instant| last.elapsed() < TOLD);
        if !early && outbox.try_send(Event::Fetching(ticket, progress.clone())).is_ok() {
            last = Some(Instant::now());
        }
    }
}

/// A path that was typed, as the shell of a terminal would read it.
pub(super) fn typed(path: &str) -> PathBuf {
    download::typed_folder(path, etcetera::home_dir().ok().as_deref())
}

fn wanted(fetch: Fetch, only: Option<&AssignmentId>) -> Wanted {
    match fetch {
        Fetch::Student(student) => match only {
            Some(id) => Wanted::Assignment(student, id.clone()),
            None => Wanted::Student(student),
        },
        Fetch::Item(student, at) => Wanted::Item(student, at),
    }
}

/// One line about a download that has ended.
fn told(fetched: &Fetched, folder: &Path) -> Result<SafeText, Fault> {
    let (saved, there, failed) = (fetched.saved.len(), fetched.there.len(), fetched.failed.len());
    let there = if there > 0 { format!(", {there} there already") } else { String::new() };
    if saved + fetched.there.len() + failed == 0 && fetched.stopped.is_none() {
        return Ok("no file to fetch".into());
    }
    let text = format!("{} fetched to {}{there}", counted(saved, "file"), folder.display());
    if let Some(fault) = &fetched.stopped {
        let fault = fault.clone();
        return Err(fault.during(format!("{text}; {} are left", fetched.left)));
    }
    match fetched.failed.first() {
        None => Ok(SafeText::new(&text)),
        Some((what, fault)) => {
            Err(Fault::new(fault.kind, format!("{failed} failed, the first was {what}: {fault}; {text}")))
        }
    }
}
