//! Jobs that a program has left, and what is wanted of those under way.

use tokio_util::sync::CancellationToken;

use super::job::Job;
use super::journal::{self, Journal};
use super::rest::is_so;
use super::{Ended, OnProgress, Ops, Patience};
use crate::domain::fault::{Fault, Result};
use crate::domain::job::{Head, JobId, State, Wanted};
use crate::domain::plan::{Outcome, Plan, Row};
use crate::seeded::{self, Bug};
use crate::store::Kept;

impl Ops {
    /// The jobs that can go on and that nobody has asked to wait, the oldest first: what a program that died,
    /// was interrupted, or had used up its ration has left. One that somebody had wanted to end ends here.
    ///
    /// # Errors
    /// [`Kind::Local`](crate::domain::fault::Kind::Local) where the store fails.
    pub async fn left(&self) -> Result<Vec<Head>> {
        let mut left = self.queries.plans(0).await?;
        left.retain(|head| head.state == State::Left);
        for head in left.iter().filter(|head| head.wanted == Wanted::Cancel && !self.read_only) {
            self.cancel(&head.id).await?;
        }
        left.retain(|head| head.wanted == Wanted::Go);
        left.reverse();
        Ok(left)
    }

    /// Goes on with a job that was left, with the rows that have not ended: what a lost program had begun is
    /// looked at first, then the rules are asked about every row, and of what nobody has agreed to nothing is
    /// sent. A row that has ended is not touched again. One whose program died before the whole was examined
    /// is examined like any plan.
    ///
    /// # Errors
    /// [`Kind::Input`](crate::domain::fault::Kind::Input) for a job that is not there, [`Kind::Refused`](crate::domain::fault::Kind::Refused) for one that is over,
    /// [`Kind::Conflict`](crate::domain::fault::Kind::Conflict) for one that another program carries out; else as [`Ops::run`].
    pub async fn resume(
        &self,
        id: &JobId,
        patience: Patience,
        cancel: CancellationToken,
        progress: OnProgress,
    ) -> Result<Ended> {
        let left = self.take_over(id, State::Running, (patience, cancel, progress)).await?;
        self.carry_left(left).await
    }

    /// The same, in its turn among those that this program carries out, as [`Ops::run_in_turn`].
    ///
    /// # Errors
    /// As [`Ops::resume`].
    pub async fn resume_in_turn(
        &self,
        id: &JobId,
        patience: Patience,
        cancel: CancellationToken,
        progress: OnProgress,
    ) -> Result<Ended> {
        if let Ok(_turn) = self.queue.try_lock() {
            return self.resume(id, patience, cancel, progress).await;
        }
        let left = self.take_over(id, State::Queued, (patience, cancel, progress)).await?;
        let Some(_turn) = left.job.queue(self.queue.lock()).await? else { return left.over(self).await };
        self.carry_left(left).await
    }

    async fn take_over(
        &self,
        id: &JobId,
        state: State,
        (patience, cancel, progress): (Patience, CancellationToken, OnProgress),
    ) -> Result<Left> {
        self.may_change()?;
        let (journal, kept) = Journal::take_over(self, id).await?;
        let examined = kept.examined;
        let plan = rest(kept);
        // Whoever has not the right now may have it later.
        if let Err(fault) = self.may(&plan) {
            journal.end(State::Left).await?;
            return Err(fault);
        }
        journal.stands(state);
        journal.write().await?;
        let job = Job::new(&plan, journal, patience, &cancel, progress);
        Ok(Left { plan, job, examined })
    }

    async fn carry_left(&self, left: Left) -> Result<Ended> {
        if left.plan.changes() == 0 {
            return left.over(self).await;
        }
        self.carry(left.plan, left.job, left.examined).await
    }

    /// Ends the jobs that were left and of which nothing is left to do, since what they wanted has come to be
    /// by another way. By what is known here: nothing is asked.
    ///
    /// # Errors
    /// [`Kind::Local`](crate::domain::fault::Kind::Local) where the store fails.
    pub(super) async fn end_moot(&self) -> Result<()> {
        let mut left = self.queries.plans(0).await?;
        left.retain(|head| head.state == State::Left && head.wanted == Wanted::Go);
        if left.is_empty() {
            return Ok(());
        }
        let frame = self.queries.frame(false).await?;
        let moot = |row: &&Row| row.steps.iter().all(|step| is_so(&frame, row, step));
        for head in left {
            let plan = self.job(&head.id).await?.plan;
            if !plan.rows.iter().filter(|row| !row.outcome.is_ended()).all(|row| moot(&row)) {
                continue;
            }
            // Somebody may have gone on with it meanwhile: then it is theirs.
            let Ok((journal, kept)) = Journal::take_over(self, &head.id).await else { continue };
            let open = kept.plan.rows.iter().enumerate().filter(|(_, row)| !row.outcome.is_ended());
            open.for_each(|(at, _)| journal.row(at, &Outcome::Unchanged));
            journal.end(State::Ended).await?;
        }
        Ok(())
    }

    /// Has a job wait after the calls in flight, in whichever program carries it out.
    ///
    /// # Errors
    /// [`Kind::Input`](crate::domain::fault::Kind::Input) for a job that is not there, [`Kind::Refused`](crate::domain::fault::Kind::Refused) for one that nobody carries out.
    pub async fn pause(&self, id: &JobId) -> Result<()> {
        self.want(id, Wanted::Pause).await
    }

    /// Has a paused job go on in its program.
    ///
    /// # Errors
    /// As [`Ops::pause`]; one that was left is resumed instead, see [`Ops::resume`].
    pub async fn go_on(&self, id: &JobId) -> Result<()> {
        self.want(id, Wanted::Go).await
    }

    /// Ends a job: after the calls in flight where a program carries it out, at once where it was left. What
    /// is done stays done.
    ///
    /// # Errors
    /// As [`Ops::pause`], but that one that was left can be ended.
    pub async fn cancel(&self, id: &JobId) -> Result<()> {
        self.may_change()?;
        if self.head(id).await?.state != State::Left {
            return self.want(id, Wanted::Cancel).await;
        }
        let (journal, _) = Journal::take_over(self, id).await?;
        journal.end(State::Cancelled).await
    }

    /// The plan of a job that was left, with its name: what came of its rows, and what is left to do.
    ///
    /// # Errors
    /// [`Kind::Input`](crate::domain::fault::Kind::Input) for a job that is not there.
    pub(super) async fn left_plan(&self, id: &JobId) -> Result<Plan> {
        let mut plan = rest(self.job(id).await?);
        plan.job = Some(id.clone());
        Ok(plan)
    }

    /// How a job stands.
    ///
    /// # Errors
    /// [`Kind::Input`](crate::domain::fault::Kind::Input) for a job that is not there.
    pub async fn head(&self, id: &JobId) -> Result<Head> {
        self.job(id).await.map(|kept| kept.head)
    }

    /// A job with its plan and the rows that have begun.
    ///
    /// # Errors
    /// [`Kind::Input`](crate::domain::fault::Kind::Input) for a job that is not there.
    pub async fn job(&self, id: &JobId) -> Result<Kept> {
        let name = id.clone();
        self.queries.with_store(move |store| store.job(&name)).await?.ok_or_else(|| journal::unknown(id))
    }

    async fn want(&self, id: &JobId, wanted: Wanted) -> Result<()> {
        self.may_change()?;
        let state = self.head(id).await?.state;
        if !matches!(state, State::Queued | State::Running | State::Paused) {
            let message = format!("the job {id} is {}: nobody carries it out", state.word());
            return Err(Fault::refused(message).hint("see `strongroom jobs`"));
        }
        let id = id.clone();
        self.queries.with_store(move |store| store.want_job(&id, wanted)).await.map(drop)
    }
}

/// What is left of a job, taken over by this program.
struct Left {
    plan: Plan,
    job: Job,
    examined: bool,
}

impl Left {
    /// Ends without anything being sent.
    async fn over(self, ops: &Ops) -> Result<Ended> {
        ops.end_step(&self.plan).await?;
        let ended = Ended::of(self.plan);
        self.job.end(&ended).await?;
        Ok(ended)
    }
}

/// What is to be gone on with. A row that was begun is not bound any more to what was seen before: what the
/// job itself has done would look like somebody else's change.
fn rest(kept: Kept) -> Plan {
    let Kept { mut plan, begun, .. } = kept;
    for at in begun {
        if let Some(row) = plan.rows.get_mut(at) {
            row.seen = None;
            if !row.outcome.is_ended() || seeded::is(Bug::ResumeTwice) {
                row.outcome = Outcome::Planned;
            }
        }
    }
    plan
}
