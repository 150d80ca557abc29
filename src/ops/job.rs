//! What whoever has a plan carried out says and is told: how patient they are, how far it has come,
//! until when it waits, and when it will be done.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::journal::Journal;
use super::{Ended, Ops};
use crate::domain::budget::forecast::Effort;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::job::{JobId, State as Stands, Wanted};
use crate::domain::plan::{Outcome, Plan};
use crate::domain::term::Forgone;
use crate::domain::text::SafeText;

/// How long a refusal for the ration is waited out that names no time.
const PAUSE: Duration = Duration::from_secs(60);
/// A wait that is no reason to give up for whoever does not want to wait, nor to look again after it.
pub(super) const MOMENT: Duration = Duration::from_secs(60);
/// How long whoever leaves is kept where somebody has lost an access and not got the other one yet: a
/// little more than the 11 seconds of 1Password's own script between two changes.
const LEAVING: Duration = Duration::from_secs(15);
/// How often somebody who waits looks whether another program wants something of the job.
const LOOK: Duration = Duration::from_millis(500);

/// What happens when the ration of requests is used up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Patience {
    /// The plan ends early, and says how long to wait.
    #[default]
    Stop,
    /// What is left is kept until the ration is renewed, and goes on then.
    Wait,
}

/// How far a plan has come.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// It is a job of that name from now on.
    Job(JobId),
    /// It waits for its turn behind another job of this program.
    Queued,
    /// Somebody has asked it to wait; [`Progress::Resumed`] tells the end of that.
    Held,
    /// A row, by its number, and how it stands.
    Row(usize, Outcome),
    /// Nothing is sent until then, and why.
    Paused {
        /// Until when.
        until: Timestamp,
        /// What has to be waited for.
        why: SafeText,
    },
    /// It goes on after a pause.
    Resumed,
    /// When it will probably be done; told again when that has moved.
    Ends(Timestamp),
}

/// Told whenever a plan has come further.
pub type OnProgress = Arc<dyn Fn(Progress) + Send + Sync>;

/// A plan that is being carried out, as its parts see it.
pub(super) struct Job {
    pub(super) patience: Patience,
    /// Ends it after the calls in flight: whoever began it wants that, or another program does.
    pub(super) cancel: CancellationToken,
    progress: OnProgress,
    journal: Journal,
    /// What whoever agreed to it agreed to lose.
    pub(super) forgone: Forgone,
    state: Mutex<State>,
}

/// Whether a job goes on between two portions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// It goes on.
    On,
    /// It goes on after a wait: what was read before is old.
    Anew,
    /// It ends here.
    Over,
}

struct State {
    /// What somebody wants of it, as far as was looked.
    wanted: Wanted,
    /// What is left to be sent.
    left: Effort,
    /// When it was last said to end.
    ends: Option<Timestamp>,
    /// Until when it was last said to wait.
    until: Option<Timestamp>,
}

impl Job {
    /// A job that is about to begin, or to wait for its turn.
    pub(super) fn new(
        plan: &Plan,
        journal: Journal,
        patience: Patience,
        cancel: &CancellationToken,
        progress: OnProgress,
    ) -> Self {
        let state = State { wanted: Wanted::Go, left: plan.effort(), ends: None, until: None };
        let (cancel, state) = (cancel.child_token(), Mutex::new(state));
        let job = Self { patience, cancel, progress, journal, forgone: plan.forgone, state };
        job.tell(Progress::Job(job.journal.id().clone()));
        job
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn tell(&self, progress: Progress) {
        (self.progress)(progress);
    }

    /// What stands in the records of the audit log that belong to it.
    pub(super) fn record(&self) -> &str {
        self.journal.record()
    }

    /// A row stands so, and is shown so.
    pub(super) fn row(&self, at: usize, outcome: &Outcome, shown: Outcome) {
        self.journal.row(at, outcome);
        self.tell(Progress::Row(at, shown));
    }

    /// Writes down that all of it was examined, before anything of it is sent.
    pub(super) async fn examined(&self) -> Result<()> {
        self.journal.examined();
        self.write().await
    }

    /// Writes down how it stands; before rows are sent that have begun, and after them.
    pub(super) async fn write(&self) -> Result<()> {
        self.journal.write().await
    }

    /// Looks what another program wants of it, and tells others how far it is where that is a while ago.
    /// A store that does not answer just now stops nothing here: it is asked again, and nothing is sent
    /// that it has not written down.
    pub(super) async fn heed(&self) {
        drop(self.journal.write_soon().await);
        let Ok(wanted) = self.journal.wanted().await else { return };
        self.state().wanted = wanted;
        if wanted == Wanted::Cancel {
            self.cancel.cancel();
        }
    }

    /// Whether nothing more is begun just now: somebody wants it to wait or to end.
    pub(super) fn stops(&self) -> bool {
        self.cancel.is_cancelled() || self.state().wanted == Wanted::Pause
    }

    /// Whether it goes on, between two portions; waits as long as somebody wants it to wait.
    pub(super) async fn way(&self) -> Result<Way> {
        self.heed().await;
        if self.cancel.is_cancelled() {
            return Ok(Way::Over);
        }
        if self.state().wanted != Wanted::Pause {
            return Ok(Way::On);
        }
        self.journal.stands(Stands::Paused);
        self.write().await?;
        self.tell(Progress::Held);
        while self.state().wanted == Wanted::Pause && !self.cancel.is_cancelled() {
            self.cancel.run_until_cancelled(tokio::time::sleep(LOOK)).await;
            self.heed().await;
        }
        if self.cancel.is_cancelled() {
            return Ok(Way::Over);
        }
        self.journal.stands(Stands::Running);
        self.write().await?;
        self.tell(Progress::Resumed);
        Ok(Way::Anew)
    }

    /// Waits for its turn among the jobs of this program; `None` where somebody ends it before.
    pub(super) async fn queue<T>(&self, turn: impl Future<Output = T>) -> Result<Option<T>> {
        self.tell(Progress::Queued);
        let turn = tokio::select! {
            biased;
            turn = self.cancel.run_until_cancelled(turn) => turn,
            () = self.listen() => None,
        };
        if turn.is_some() {
            self.journal.stands(Stands::Running);
            self.write().await?;
        }
        Ok(turn)
    }

    /// Looks again and again whether somebody wants something, for whoever waits; never ends.
    async fn listen(&self) {
        loop {
            tokio::time::sleep(LOOK).await;
            self.heed().await;
        }
    }

    /// Writes down how it ended.
    pub(super) async fn end(self, ended: &Ended) -> Result<()> {
        let state = match self.state().wanted {
            _ if ended.plan.rows.iter().all(|row| row.outcome.is_ended()) => Stands::Ended,
            Wanted::Cancel => Stands::Cancelled,
            Wanted::Go | Wanted::Pause => Stands::Left,
        };
        self.journal.end(state).await
    }

    /// Lets go of it: something failed before its rows could come to an end.
    pub(super) async fn give_up(self) -> Result<()> {
        self.journal.give_up().await
    }

    /// A vault was made.
    pub(super) fn made(&self, ops: &Ops) {
        let mut state = self.state();
        state.left.vaults = state.left.vaults.saturating_sub(1);
        drop(state);
        self.tell_end(ops);
    }

    /// That many changes of access were sent, or need not be.
    pub(super) fn changed(&self, ops: &Ops, changes: u32) {
        let mut state = self.state();
        state.left.changes = state.left.changes.saturating_sub(changes);
        drop(state);
        self.tell_end(ops);
    }

    /// So much is left, by a fresh look.
    pub(super) fn replanned(&self, ops: &Ops, left: Effort) {
        self.state().left = left;
        self.tell_end(ops);
    }

    /// Estimates again when it will be done, and tells it where it has moved by more than a tenth.
    pub(super) fn tell_end(&self, ops: &Ops) {
        let now = ops.queries.clock.now();
        let mut state = self.state();
        let wait = ops.pace.next(now).map_or(Duration::ZERO, |next| until(next, now));
        let ends = now.checked_add(wait + ops.estimate(state.left)).unwrap_or(Timestamp::MAX);
        let apart = |told: Timestamp| {
            let moved = told.duration_since(ends).unsigned_abs();
            moved > Duration::from_secs(5).max(until(ends, now) / 10)
        };
        if state.ends.is_none_or(apart) {
            state.ends = Some(ends);
            drop(state);
            self.journal.ends(ends);
            self.tell(Progress::Ends(ends));
        }
    }

    /// Waits out a refusal for the ration; whether to go on.
    pub(super) async fn wait_out(&self, ops: &Ops, fault: &Fault) -> bool {
        if fault.kind != Kind::RateLimit || self.patience == Patience::Stop {
            return false;
        }
        let now = ops.queries.clock.now();
        let pause = fault.retry_after.unwrap_or(PAUSE);
        let until = now.checked_add(pause).unwrap_or(Timestamp::MAX);
        self.wait_until(ops, until, false, fault).await
    }

    /// Waits for a change that came too soon; whether to go on. A longer wait is no part of a row: who
    /// is patient waits it out in between and looks again, who is not gives up, but where a step is half
    /// done.
    pub(super) async fn hold_back(&self, ops: &Ops, next: Timestamp, halfway: bool, fault: &Fault) -> bool {
        let short = until(next, ops.queries.clock.now()) <= MOMENT;
        let waits = short || (halfway && self.patience == Patience::Stop);
        waits && self.wait_until(ops, next, halfway, fault).await
    }

    /// Waits for something, unless somebody wants to leave meanwhile; where a step is half done, that
    /// is for a moment.
    pub(super) async fn unless_leaving<T>(
        &self,
        ops: &Ops,
        halfway: bool,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        if !halfway {
            return self.cancel.run_until_cancelled(work).await;
        }
        let leaving = async {
            self.cancel.cancelled().await;
            let clock = &ops.queries.clock;
            clock.sleep_until(clock.now().checked_add(LEAVING).unwrap_or(Timestamp::MAX)).await;
        };
        tokio::select! {
            biased;
            done = work => Some(done),
            () = leaving => None,
        }
    }

    async fn wait_until(&self, ops: &Ops, until: Timestamp, halfway: bool, fault: &Fault) -> bool {
        // Several rows may wait for the same time: it is told once.
        let tells = self.state().until.replace(until) != Some(until);
        if tells {
            self.tell(Progress::Paused { until, why: fault.message.clone() });
            self.journal.waits(Some(&fault.message));
            self.tell_end(ops);
            // Others are told later where the store does not answer just now.
            drop(self.write().await);
        }
        let clock = &ops.queries.clock;
        // Whoever would not live to see its end need not stay for a part of it.
        let stays = halfway && self::until(until, clock.now()) <= LEAVING;
        let waited = tokio::select! {
            biased;
            waited = self.unless_leaving(ops, stays, clock.sleep_until(until)) => waited,
            () = self.listen() => None,
        };
        let mut state = self.state();
        if state.until == Some(until) {
            state.until = None;
            drop(state);
            self.journal.waits(None);
            self.tell(Progress::Resumed);
        }
        waited.is_some()
    }
}

/// How long until then; nothing where that is over.
pub(super) fn until(then: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(then.duration_since(now)).unwrap_or_default()
}
