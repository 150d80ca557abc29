//! The thin shell around the live view: it waits for the beat and passes on what is news.

use std::convert::Infallible;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::app::ends_beat;
use crate::app::msg::Event;
use crate::clock::pause;
use crate::domain::fault::{Fault, Kind};
use crate::domain::query::WatchReport;
use crate::domain::text::SafeText;
use crate::watch::{Beside, Busy, Live};

/// How often somebody who opened it paused is looked after.
const PAUSED: Duration = Duration::from_secs(60);

/// How long those beside it may take to end in good order.
const LAST: Duration = Duration::from_millis(250);

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

/// Starts the live view and those beside it on a thread each, where a quiet beat wakes nobody else and
/// nobody's disk delays a beat. It ends when nobody listens any more, at the latest with the program; those beside it are
/// told then, and waited for. Should it panic, it says so.
pub(super) fn start(
    live: Live,
    beside: Beside,
    wanted: watch::Receiver<Wanted>,
    outbox: mpsc::Sender<Event>,
) -> io::Result<Ended> {
    let single = || tokio::runtime::Builder::new_current_thread().enable_all().build();
    let (runtime, other) = (single()?, single()?);
    let (handle, over) = (other.handle().clone(), CancellationToken::new());
    let until = over.clone();
    std::thread::Builder::new()
        .name("beside".into())
        .spawn(move || other.block_on(async move { until.cancelled().await }))?;
    let thread = std::thread::Builder::new().name("watch".into());
    let (ends, ended) = std::sync::mpsc::channel::<Infallible>();
    thread.spawn(move || {
        let (_ends, _over) = (ends, over.drop_guard());
        let looking = both(live, (beside, handle), wanted, outbox.clone());
        if catch_unwind(AssertUnwindSafe(|| runtime.block_on(looking))).is_err() {
            // Nobody may listen any more: then nobody misses it.
            drop(outbox.blocking_send(Event::Watched(Box::new(broken()))));
        }
    })?;
    Ok(Ended(ended))
}

/// Tells when all of it has ended.
pub(super) struct Ended(std::sync::mpsc::Receiver<Infallible>);

impl Ended {
    /// Waits for that, but no longer than this.
    pub(super) fn wait(&self, longest: Duration) {
        // Nothing is ever sent: it ends with the thread, or with the patience.
        let _gone = self.0.recv_timeout(longest);
    }
}

/// The live view, and those beside it for as long.
async fn both(
    mut live: Live,
    (mut beside, runtime): (Beside, Handle),
    wanted: watch::Receiver<Wanted>,
    outbox: mpsc::Sender<Event>,
) {
    let (reports, busy) = (beside.listen(), beside.busy());
    let mut running = beside.start_on(&runtime);
    let (shown, told) = (outbox.clone(), outbox.clone());
    let passing = async move {
        let Some(mut reports) = reports else { return };
        while let Some(report) = reports.recv().await {
            if shown.send(Event::Watched(Box::new(report))).await.is_err() {
                return;
            }
        }
    };
    let passing = tokio::spawn(passing);
    tokio::select! {
        () = run(&mut live, &busy, wanted, outbox) => {}
        // What is under way is dropped where it waits: whatever it found is written down whole or not
        // at all.
        () = told.closed() => {}
    }
    let well = tokio::time::timeout(LAST, running.end()).await;
    // A program of a hook that still runs is killed: whoever watches next offers the arrival again, and
    // not beside it. So nobody may watch before.
    running.cut().await;
    // Nobody is there to be told of a store that fails.
    drop(live.rest());
    if well == Ok(false) {
        drop(told.send(Event::Watched(Box::new(broken()))).await);
    }
    passing.abort();
}

/// What is told when the live view itself has gone wrong.
fn broken() -> WatchReport {
    let fault = Fault::new(Kind::Local, "the live view has ended; this is a bug in Strongroom");
    WatchReport { fault: Some(fault.hint("open the dashboard again")), ..WatchReport::nothing(super::now()) }
}

/// Looks at every beat, until nobody listens. Whoever pauses lets another program watch.
async fn run(live: &mut Live, busy: &Busy, mut wanted: watch::Receiver<Wanted>, outbox: mpsc::Sender<Event>) {
    let mut teller = Teller { outbox, told: None, quiet: None };
    let (mut beat, mut looks, mut every, mut told) = (Instant::now(), 0, PAUSED, Duration::ZERO);
    loop {
        let now = *wanted.borrow_and_update();
        // Whoever asks for a look gets one, paused or not; a follower is told whose look it is.
        let asked = std::mem::replace(&mut looks, now.looks) != now.looks;
        if asked {
            live.tell_role();
        }
        if asked || !now.paused {
            let Some(wait) = look(live, &mut teller).await else { return };
            every = wait;
            // A wait after a fault is no beat, one that changes a little is no news, and a follower's
            // is nobody's.
            let news = every.abs_diff(told) > told / 4 && live.is_watching();
            if teller.told == Some(Ok(())) && news {
                told = every;
                if teller.outbox.send(Event::Beat(every)).await.is_err() {
                    return;
                }
            }
        }
        if now.paused && is_free(live, busy, &mut wanted).await && !rest(live, &mut teller).await {
            return;
        }
        // A beat that took longer than its time is not made up for.
        beat = (beat + every).max(Instant::now());
        tokio::select! {
            // What is reported may end it before its time.
            () = live.rest_until(pause(beat.saturating_duration_since(Instant::now()))) => {
                beat = beat.min(Instant::now());
            }
            changed = wanted.changed() => {
                if changed.is_err() {
                    return;
                }
                // Whoever steers wants to see how it stands, also where nothing is new.
                teller.told = None;
                beat = Instant::now();
            }
        }
    }
}

/// Waits until nothing is under way that another program would begin anew: each offer has its end. Whether
/// that is so; whoever steers is heard meanwhile.
async fn is_free(live: &Live, busy: &Busy, wanted: &mut watch::Receiver<Wanted>) -> bool {
    if !live.is_watching() {
        return true;
    }
    live.leave();
    tokio::select! {
        () = busy.idle() => true,
        _steered = wanted.changed() => {
            wanted.mark_changed();
            false
        }
    }
}

/// Lets go of the lease; whether anybody listens.
async fn rest(live: &mut Live, teller: &mut Teller) -> bool {
    match live.rest() {
        Ok(()) => true,
        Err(fault) => {
            teller.tell(WatchReport { fault: Some(fault), ..WatchReport::nothing(super::now()) }).await
        }
    }
}

/// One beat: everything it reports is passed on before it counts as over. How long to wait for the
/// next; `None` if nobody listens any more.
async fn look(live: &mut Live, teller: &mut Teller) -> Option<Duration> {
    let (sender, mut reports) = mpsc::unbounded_channel();
    // The step's end drops the sender, which ends the telling, but not before its last report.
    let step = live.step(super::now(), move |report| drop(sender.send(report)));
    let telling = async {
        while let Some(report) = reports.recv().await {
            if !teller.tell(report).await {
                return false;
            }
        }
        true
    };
    let (wait, heard) = tokio::join!(step, telling);
    heard.then_some(wait)
}

/// Passes on what the screen has to know: a quiet beat wakes nobody.
struct Teller {
    outbox: mpsc::Sender<Event>,
    /// How the last beat ended that was told of: well, or with this fault.
    told: Option<Result<(), (Kind, SafeText)>>,
    /// The last quiet beat that nobody was told of.
    quiet: Option<WatchReport>,
}

impl Teller {
    /// Passes a report on if it is news; whether anybody listens.
    async fn tell(&mut self, report: WatchReport) -> bool {
        if !ends_beat(&report) {
            return self.send(report).await;
        }
        // A wait that grows shorter is not another fault.
        let fault = report.fault.as_ref();
        let ended = fault.map_or(Ok(()), |fault| Err((fault.kind, fault.message.clone())));
        let well = ended.is_ok();
        let (at, fault, unread) = (report.at, report.fault.clone(), report.unread);
        let same = WatchReport { fault, unread, ..WatchReport::nothing(at) };
        let quiet = report == same;
        if quiet && self.told.as_ref() == Some(&ended) {
            self.quiet = Some(report).filter(|_| well);
            return true;
        }
        self.told = Some(ended);
        // What the screen shows was right until the last beat that went well, told of or not.
        if let Some(quiet) = self.quiet.take().filter(|_| !well)
            && !self.send(quiet).await
        {
            return false;
        }
        self.send(report).await
    }

    async fn send(&self, report: WatchReport) -> bool {
        self.outbox.send(Event::Watched(Box::new(report))).await.is_ok()
    }
}

#[cfg(test)]
mod tests;
