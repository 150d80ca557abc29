//! Handing arrivals to what comes next: programs and addresses that the class file names.
//!
//! Knows the journal, the consumers and how each is reached. It changes nothing in 1Password, and
//! must not know the screen or the class file.
//!
//! # What is promised
//!
//! - **Order.** Each consumer is offered the arrivals in the order of the journal, one at a time.
//!   Consumers do not wait for each other; at most four offers are under way at once, and at most three
//!   to consumers that did not take the last one.
//! - **At least once.** An arrival is acknowledged in the store only after the consumer has taken it
//!   (exit code 0, an answer of 2xx). Whoever dies in between offers it again: only the one that was
//!   under way can come twice.
//! - **None is lost.** What waits is in the journal and not in memory. What a consumer refuses too
//!   often is set aside as a dead letter, listed until a person puts it back in line or drops it, and
//!   those behind it go on.
//! - **An outage is not the arrival's fault.** While a consumer cannot be reached at all (a program
//!   that cannot be started, an address that does not answer or answers 429 or 5xx), the arrival
//!   waits in its place and is shown as stuck, for as long as that takes. So it does while its files
//!   cannot be fetched.
//! - **Nothing old for a new consumer**: it begins behind the newest arrival; a replay gives it the
//!   rest.

mod event;
mod hook;
mod letter;
mod offer;
mod saving;
mod slots;
mod tempo;
mod trouble;
mod webhook;

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use jiff::Timestamp;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::domain::fault::Result;
use crate::domain::handoff::{Consumer, Progress};
use crate::queries::{Current, Queries, blocking};
use crate::watch::{Busy, OnTold, Pulse};
use offer::{Door, Step};
pub use offer::{ready, trial};
pub use saving::Keep;
use saving::Saving;
use slots::Slots;
pub use tempo::Tempo;
use trouble::Trouble;
pub use trouble::alarm;

/// How many offers are under way at once; the last place is kept for those who took what they were
/// offered last, so that consumers which hang do not hold up the others.
pub const AT_ONCE: usize = 4;
/// How soon it is noticed that another program has put something back in line, and that the clock was
/// set.
const POLL: Duration = Duration::from_secs(2);

/// How many times its patience a job goes on where everything is taken.
const WHOLE: u32 = 10;

/// Under this name the store keeps how far the fetching of files is; no consumer of a class file can have
/// it.
const SAVING: &str = "save_to";

/// Carries arrivals to their consumers. Where several programs work with a class, only the one that
/// looks at the vaults has a courier at work.
pub struct Courier {
    queries: Queries,
    lines: Vec<Line>,
    environment: Vec<(String, String)>,
    keep: Option<Keep>,
    tempo: Tempo,
    slots: Slots,
    saving: Saving,
    busy: Busy,
    told: Option<OnTold>,
    current: Current,
}

/// One queue of arrivals.
enum Line {
    /// To a consumer.
    To(Door),
    /// To nobody: only the files are fetched, so that they are there also where nobody is handed anything.
    Folder,
}

impl Line {
    /// Under which name the store keeps how far it is.
    fn name(&self) -> &str {
        match self {
            Self::To(door) => &door.consumer.name,
            Self::Folder => SAVING,
        }
    }
}

impl Courier {
    /// A courier to these consumers, which the store knows from now on: whoever is new begins behind
    /// the newest arrival of now, so it is opened before the vaults are looked at. `environment` is
    /// ours, of which programs see a short list; with `keep` the files of an arrival are fetched before
    /// it is offered to anybody.
    ///
    /// # Errors
    /// Where the store cannot be written. A program or a secret that is missing is no error here: its
    /// consumer is stuck until it is there.
    pub async fn open(
        queries: Queries,
        consumers: &[Consumer],
        environment: Vec<(String, String)>,
        keep: Option<Keep>,
    ) -> Result<Self> {
        let mut names: Vec<_> = consumers.iter().map(|one| (one.name.clone(), one.by.word())).collect();
        names.extend(keep.as_ref().map(|_| (SAVING.to_owned(), "folder")));
        let store = queries.store.clone();
        blocking(move || store.enrol_consumers(&names)).await?;
        let line = |consumer: &Consumer| Line::To(Door::to(consumer.clone()));
        let saves = keep.as_ref().map(|_| Line::Folder);
        Ok(Self {
            queries,
            lines: consumers.iter().map(line).chain(saves).collect(),
            environment,
            keep,
            tempo: Tempo::default(),
            slots: Slots::default(),
            saving: Saving::default(),
            busy: Busy::default(),
            told: None,
            current: Current::default(),
        })
    }

    /// With other waits between offers.
    #[must_use]
    pub fn paced(mut self, tempo: Tempo) -> Self {
        self.tempo = tempo;
        self
    }

    /// Who says through `busy` that an offer is under way.
    #[must_use]
    pub fn busying(mut self, busy: Busy) -> Self {
        self.busy = busy;
        self
    }

    /// Has it offer nothing while the class file that names the consumers is not trusted any more.
    #[must_use]
    pub fn following(mut self, current: Current) -> Self {
        self.current = current;
        self
    }

    /// Who tells what keeps it from working: the store, or a defect.
    #[must_use]
    pub fn telling(mut self, told: OnTold) -> Self {
        self.told = Some(told);
        self
    }

    /// Whether there is anybody to hand anything to, or anything to fetch.
    pub fn is_idle(&self) -> bool {
        self.lines.is_empty()
    }

    /// Hands arrivals on while this program is the one that looks, until it is cancelled or nobody tells
    /// how things stand any more. On the way out it waits for the offers that are under way, each for
    /// as long as its consumer may take, and begins no other. `on_change` is called after every offer.
    ///
    /// A store that fails is tried again after a while. That is told once, and is an alarm until it is
    /// over; so is a consumer's queue that a defect has ended, while the others go on.
    pub async fn run(
        self,
        pulse: watch::Receiver<Pulse>,
        cancel: CancellationToken,
        on_change: impl Fn() + Send + Sync,
    ) {
        let lines = self.lines.iter().map(|line| {
            let served = AssertUnwindSafe(self.serve(line, pulse.clone(), &cancel, &on_change));
            let this = &self;
            async move {
                if served.catch_unwind().await.is_err() {
                    this.ended(line).await;
                }
            }
        });
        join_all(lines).await;
    }

    async fn serve(
        &self,
        line: &Line,
        mut pulse: watch::Receiver<Pulse>,
        cancel: &CancellationToken,
        on_change: &(impl Fn() + Send + Sync),
    ) {
        let mut trouble = Trouble::default();
        while !cancel.is_cancelled() {
            // Before it is asked whether another program watches: whoever lets it asks the other way round.
            let task = self.busy.begin();
            let silent = self.current.is_silent() && matches!(line, Line::To(_));
            let watching = pulse.borrow_and_update().watching && !silent;
            let step = if watching { self.step(line, cancel).await } else { Ok(Step::Idle) };
            drop(task);
            if watching {
                self.note(line, &mut trouble, step.as_ref().err()).await;
            }
            let at = match step {
                Ok(Step::Went | Step::Aside) => {
                    on_change();
                    // On a single thread nothing above has let anybody else work.
                    tokio::task::yield_now().await;
                    continue;
                }
                Ok(Step::Held(at)) => {
                    on_change();
                    Some(at)
                }
                Ok(Step::Wait(at)) => Some(at),
                Ok(Step::Idle) | Err(_) => None,
            };
            tokio::select! {
                () = cancel.cancelled() => return,
                changed = pulse.changed() => if changed.is_err() { return },
                () = self.until(at), if at.is_some() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    async fn until(&self, at: Option<Timestamp>) {
        if let Some(at) = at {
            self.queries.clock.sleep_until(at).await;
        }
    }

    /// Hands on everything that waits, and tries what is not taken again as its waits allow; then tells
    /// how far everybody is. After `patience` it goes on only with those who take what they are offered,
    /// and after ten times that it begins no offer at all, so that a slow consumer does not keep a job
    /// from its next look for ever. What is left is for the next time.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn drain(&self, patience: Duration, cancel: &CancellationToken) -> Result<Vec<Progress>> {
        let time = Time { begun: self.queries.clock.ticks(), patience };
        let all = self.lines.iter().map(|line| self.deliver(line, time, cancel));
        join_all(all).await.into_iter().collect::<Result<()>>()?;
        let store = self.queries.store.clone();
        blocking(move || store.progress()).await
    }

    async fn deliver(&self, line: &Line, time: Time, cancel: &CancellationToken) -> Result<()> {
        let clock = &self.queries.clock;
        while !cancel.is_cancelled() {
            let task = self.busy.begin();
            let step = self.step(line, cancel).await?;
            drop(task);
            let spent = clock.ticks().saturating_sub(time.begun);
            let (tired, done) = (spent > time.patience, spent > time.patience * WHOLE);
            let at = match step {
                Step::Idle => return Ok(()),
                Step::Went | Step::Aside => None,
                Step::Held(at) | Step::Wait(at) => Some(at),
            };
            if done || (tired && !matches!(step, Step::Went)) {
                return Ok(());
            }
            let Some(at) = at else {
                tokio::task::yield_now().await;
                continue;
            };
            if Duration::try_from(at - clock.now())
                .is_ok_and(|wait| wait > time.patience.saturating_sub(spent))
            {
                return Ok(());
            }
            tokio::select! {
                () = cancel.cancelled() => return Ok(()),
                () = clock.sleep_until(at) => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
        Ok(())
    }
}

/// How long a job hands on, by the ticks of the clock, which no setting of it moves.
#[derive(Clone, Copy)]
struct Time {
    begun: Duration,
    patience: Duration,
}
