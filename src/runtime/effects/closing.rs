//! The steps of the end of the term that are about files and notes, each as its own task.

use std::path::{Path, PathBuf};

use super::Tasks;
use super::downloads::{STOPPED, telling, typed};
use crate::app::msg::{Errand, Event};
use crate::app::remote::Ticket;
use crate::closing::{self, Taken};
use crate::domain::fault::{Fault, Kind};
use crate::domain::frame::Whom;
use crate::domain::term::Stage;
use crate::domain::text::SafeText;
use crate::domain::transfer::Progress;
use crate::runtime::Doors;

impl Tasks {
    /// Takes a step, and tells how far it is.
    pub(super) fn take_step(&mut self, doors: Doors, ticket: Ticket, errand: Errand) {
        let (outbox, stop) = (self.outbox.clone(), self.stoppable(ticket));
        self.finish(ticket, async move {
            let tell = telling(ticket, outbox.clone());
            let taking = Box::pin(take(&doors, &errand, tell));
            let Some(taken) = stop.run_until_cancelled(taking).await else { return Ok(STOPPED.into()) };
            let taken = taken?;
            let failures = taken.problems.iter();
            let failures =
                failures.map(|(student, why)| SafeText::new(&format!("{student}: {why}"))).collect();
            // Nobody may listen any more: then nobody misses it.
            drop(outbox.send(Event::Failures(ticket, failures)).await);
            told(errand.stage, taken)
        });
    }
}

async fn take(doors: &Doors, errand: &Errand, tell: impl FnMut(&Progress) + Send) -> Result<Taken, Fault> {
    let ops = &doors.ops;
    let _turn = ops.take_step().await?;
    ops.recover().await?;
    let whom = Whom::of(ops.queries.frame(true).await?, &errand.students);
    let folder = absolute(&typed(&errand.folder))?;
    match errand.stage {
        Stage::Pull => closing::pull(ops, &whom, &folder, doors.quotas, tell).await,
        Stage::Verify => closing::verify(ops, &whom, &folder).await,
        Stage::Report => {
            let beside = closing::report_folder(ops, &folder);
            closing::report(ops, &whom, doors.checkpoints.as_deref(), beside).await
        }
        Stage::Archive => closing::archive(ops, &whom).await,
        Stage::Freeze | Stage::Revoke | Stage::Delete => {
            Err(Fault::new(Kind::Broken, "what changes vaults is a plan"))
        }
    }
}

/// What was pulled is noted with its folder: it has to mean the same wherever it is read.
fn absolute(folder: &Path) -> Result<PathBuf, Fault> {
    if folder.as_os_str().is_empty() {
        return Ok(PathBuf::new());
    }
    let failed = |error| Fault::new(Kind::Input, format!("{}: {error}", folder.display()));
    std::path::absolute(folder).map_err(failed)
}

/// One line about a step that has ended.
fn told(stage: Stage, taken: Taken) -> Result<SafeText, Fault> {
    let mut parts: Vec<String> = taken.said.iter().map(ToString::to_string).collect();
    if !taken.problems.is_empty() {
        parts.push(format!("not done for {}", taken.problems.len()));
    }
    let parts = if parts.is_empty() { "done".to_owned() } else { parts.join("; ") };
    let text = format!("{}: {parts}", stage.name());
    taken.fault.map_or(Ok(SafeText::new(&text)), |fault| Err(fault.during(text)))
}
