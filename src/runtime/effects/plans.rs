//! Plans on their way: carried out one after another, waiting, going on, ending; each as its own task.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::Tasks;
use crate::app::msg::Event;
use crate::app::remote::Ticket;
use crate::domain::fault::Fault;
use crate::domain::job::{JobId, Wanted};
use crate::domain::plan::Plan;
use crate::domain::text::SafeText;
use crate::ops::{Ended, OnProgress, Ops, Patience, Progress};
use crate::runtime::Doors;

/// What is carried out.
pub(super) enum Work {
    /// A plan that somebody has agreed to.
    Plan(Plan),
    /// The plan of a step of the end of the term.
    Ending(Plan),
    /// What is left of a job.
    Left(JobId),
}

impl Tasks {
    /// Carries something out, and tells how far it is.
    pub(super) fn carry(&mut self, doors: Doors, ticket: Ticket, work: Work) {
        let (outbox, stop) = (self.outbox.clone(), self.stoppable(ticket));
        self.finish(ticket, async move {
            let (sender, mut receiver) = mpsc::unbounded_channel();
            let progress = Arc::new(move |progress| {
                // The receiver below lives as long as the plan.
                drop(sender.send(progress));
            });
            let provider = doors.queries.provider.clone();
            let told = async move {
                while let Some(progress) = receiver.recv().await {
                    let event = event(ticket, progress);
                    // A plan uses up what the live view tells of at its next beat only.
                    let counts = !matches!(event, Event::Progress(..));
                    let ration = provider.budget().filter(|_| counts).map(Event::Ration);
                    if let Some(ration) = ration
                        && outbox.send(ration).await.is_err()
                    {
                        break;
                    }
                    if outbox.send(event).await.is_err() {
                        break;
                    }
                }
            };
            let carried = async {
                match work {
                    Work::Plan(plan) => doors.ops.run_in_turn(plan, Patience::Wait, stop, progress).await,
                    Work::Ending(plan) => end(&doors.ops, plan, stop, progress).await,
                    Work::Left(job) => doors.ops.resume_in_turn(&job, Patience::Wait, stop, progress).await,
                }
            };
            let (ended, ()) = tokio::join!(carried, told);
            ended.map(|ended| ended.in_words())
        });
    }

    /// Has a job wait, go on or end, whichever program carries it out.
    pub(super) fn want(&mut self, doors: Doors, ticket: Ticket, job: JobId, wanted: Wanted) {
        self.finish(ticket, async move {
            let (asked, text) = match wanted {
                Wanted::Go => (doors.ops.go_on(&job).await, "goes on"),
                Wanted::Pause => (doors.ops.pause(&job).await, "waits after the call in flight"),
                Wanted::Cancel => (doors.ops.cancel(&job).await, "ends after the call in flight"),
            };
            asked.map(|()| SafeText::new(&format!("{job} {text}")))
        });
    }
}

/// Carries out a step of the end of the term, while nobody else takes one.
async fn end(ops: &Ops, plan: Plan, stop: CancellationToken, progress: OnProgress) -> Result<Ended, Fault> {
    let _turn = ops.take_step().await?;
    ops.run_in_turn(plan, Patience::Wait, stop, progress).await
}

fn event(ticket: Ticket, progress: Progress) -> Event {
    match progress {
        Progress::Job(job) => Event::Named(ticket, job),
        Progress::Queued => Event::InLine(ticket),
        Progress::Held => Event::Held(ticket),
        Progress::Row(row, outcome) => Event::Progress(ticket, row, outcome),
        Progress::Paused { until, why } => Event::Paused(ticket, Some((until, why))),
        Progress::Resumed => Event::Paused(ticket, None),
        Progress::Ends(at) => Event::Ends(ticket, at),
    }
}
