//! The thin shell around the live view: it waits for the beat and passes on what is news.

use std::io;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use crate::app::msg::Event;
use crate::domain::query::WatchReport;
use crate::watch::Watch;

/// What the dashboard asks of the live view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Whether it is to stop looking.
    pub(super) paused: bool,
    /// Raised to make it look at once.
    pub(super) looks: u64,
}

/// The dashboard's end of it.
pub(super) type Steering = watch::Sender<Wanted>;

/// Starts the live view on a thread of its own, where a quiet beat wakes nobody else. It ends when
/// nobody listens any more, at the latest with the program.
pub(super) fn start(
    watch: Watch,
    every: Duration,
    wanted: watch::Receiver<Wanted>,
    outbox: mpsc::Sender<Event>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let thread = std::thread::Builder::new().name("watch".into());
    thread.spawn(move || runtime.block_on(run(watch, every, wanted, outbox)))?;
    Ok(())
}

/// Looks at every beat, until nobody listens.
async fn run(
    mut watch: Watch,
    every: Duration,
    mut wanted: watch::Receiver<Wanted>,
    outbox: mpsc::Sender<Event>,
) {
    let (sender, mut reports) = mpsc::unbounded_channel();
    let mut beat = Instant::now();
    let mut healthy = None;
    loop {
        if !wanted.borrow_and_update().paused {
            let sender = sender.clone();
            // Both ends live as long as the loop: a report is always taken.
            let step = watch.step(super::now(), move |report| drop(sender.send(Some(report))));
            let step = async {
                step.await;
                None
            };
            tokio::pin!(step);
            let mut stepping = true;
            while stepping {
                let report = tokio::select! {
                    biased;
                    Some(report) = reports.recv() => report,
                    end = &mut step => end,
                };
                stepping = report.is_some();
                if let Some(report) = report
                    && is_news(&report, &mut healthy)
                    && outbox.send(Event::Watched(report)).await.is_err()
                {
                    return;
                }
            }
        }
        // A beat that took longer than its time is not made up for.
        beat = (beat + every).max(Instant::now());
        tokio::select! {
            () = sleep_until(beat) => {}
            changed = wanted.changed() => {
                if changed.is_err() {
                    return;
                }
                beat = Instant::now();
            }
        }
    }
}

/// Whether the screen has to know: a quiet beat wakes nobody.
fn is_news(report: &WatchReport, healthy: &mut Option<bool>) -> bool {
    let quiet =
        report.changed.is_empty() && report.settled.is_empty() && report.arrivals.is_empty() && !report.stale;
    let well = report.fault.is_none();
    // Reports in the middle of a beat say nothing about how it ends.
    let turned = *healthy != Some(well) && (quiet || !well);
    if turned {
        *healthy = Some(well);
    }
    !quiet || turned
}
