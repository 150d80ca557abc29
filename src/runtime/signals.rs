//! Signals that end the dashboard, stop it for a while or change its size.
//!
//! They end it through the loop. A loop that cannot go on, because the terminal has stopped reading,
//! is not waited for: then the dashboard is left by force, soon enough to be within a second.

use std::io;
use std::time::Duration;

use rustix::process::Signal as Process;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::guard::{self, make_room, restore_by_force};
use crate::app::msg::Event;
use crate::ops::Ops;

/// When the terminal's waiting output is thrown away, so that the loop can go on and leave by itself.
const ROOM: Duration = Duration::from_millis(500);
/// How much later it is left by force.
const PATIENCE: Duration = Duration::from_millis(300);
/// How long the log may take then.
const LOG: Duration = Duration::from_millis(100);

/// What leaving by force needs.
pub(super) struct Force {
    /// Keeps changes from beginning a further call.
    pub(super) brake: CancellationToken,
    /// Records what is in flight as unknown.
    pub(super) ops: Ops,
}

/// Turns signals into events; where a screen is left for a while, also those that stop the program and have it go on,
/// which otherwise do as they always do. What is returned holds the number of the last one that ends the dashboard.
pub(super) fn start(
    outbox: mpsc::Sender<Event>,
    force: Force,
    has_screen: bool,
) -> io::Result<watch::Receiver<Option<i32>>> {
    let (ended, number) = watch::channel(None);
    let mut ending =
        [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup(), SignalKind::quit()]
            .into_iter()
            .map(|kind| signal(kind).map(|signal| (signal, kind.as_raw_value())))
            .collect::<io::Result<Vec<(Signal, i32)>>>()?;
    let other = |signal: Process| SignalKind::from_raw(signal.as_raw());
    let for_screen = |number: Process| has_screen.then(|| signal(other(number))).transpose();
    let mut stopped = for_screen(Process::TSTP)?;
    let mut continued = for_screen(Process::CONT)?;
    let mut resized = signal(SignalKind::window_change())?;
    tokio::spawn(async move {
        let [(interrupt, a), (terminate, b), (hangup, c), (quit, d)] = &mut ending[..] else {
            return;
        };
        let mut force = Some(force);
        loop {
            let number = tokio::select! {
                // What ends a stopped program comes with what has it go on, and counts first.
                biased;
                Some(()) = interrupt.recv() => *a,
                Some(()) = terminate.recv() => *b,
                Some(()) = hangup.recv() => *c,
                Some(()) = quit.recv() => *d,
                Some(()) = next(&mut stopped) => {
                    drop(outbox.send(Event::Stop).await);
                    continue;
                }
                Some(()) = next(&mut continued) => {
                    drop(outbox.send(Event::Continued).await);
                    continue;
                }
                Some(()) = resized.recv() => {
                    guard::resize();
                    // A full inbox belongs to a loop that draws anyway; signals do not wait for it.
                    drop(outbox.try_send(Event::Resize));
                    continue;
                }
                else => return,
            };
            ended.send_replace(Some(number));
            if let Some(force) = force.take() {
                watch_over(number, force);
            }
            if outbox.send(Event::Interrupt).await.is_err() {
                return;
            }
        }
    });
    Ok(number)
}

/// The next one of a signal that may not be listened for.
async fn next(signal: &mut Option<Signal>) -> Option<()> {
    match signal {
        Some(signal) => signal.recv().await,
        None => std::future::pending().await,
    }
}

/// Sees to it that the program ends, on a thread that nothing else holds up. A program that ends by
/// itself ends this too.
fn watch_over(number: i32, force: Force) {
    let thread = std::thread::Builder::new().name("force".into());
    let watching = thread.spawn(move || {
        std::thread::sleep(ROOM);
        make_room();
        std::thread::sleep(PATIENCE);
        leave(number, force);
    });
    // Without a thread there is only the loop to rely on.
    drop(watching);
}

/// Ends the program where it is.
#[allow(
    clippy::disallowed_methods,
    clippy::exit,
    reason = "the terminal is given back as far as it can be; whoever else could leave is held up by it"
)]
fn leave(number: i32, force: Force) {
    force.brake.cancel();
    let (told, done) = std::sync::mpsc::channel();
    let log = std::thread::Builder::new().spawn(move || {
        // Without a result the intents count as unknown all the same.
        drop(force.ops.abandon());
        let _taken = told.send(());
    });
    if log.is_ok() {
        // The log may be held up too: then it is not waited for.
        let _recorded = done.recv_timeout(LOG);
    }
    restore_by_force();
    std::process::exit(128 + number);
}
