//! Carrying out a plan: what may be carried out at all, the job that it becomes, and its end.

use tokio_util::sync::CancellationToken;

use super::job::Job;
use super::journal::Journal;
use super::{Ended, OnProgress, Ops, Patience, check, people, vaults};
use crate::audit::Audit;
use crate::domain::fault::{Fault, Result};
use crate::domain::job::State;
use crate::domain::operation::Capability;
use crate::domain::plan::Plan;

impl Ops {
    /// Carries out a plan, unless it is weighty and nobody has agreed to it, or something that it rests on
    /// has changed: then nothing is sent at all. Ends early when `cancel` is called (after the calls in flight), or when
    /// the ration is used up and `patience` is [`Patience::Stop`]; rows that were not begun stay
    /// planned. With [`Patience::Wait`] it goes on when the ration is renewed; `cancel` ends that wait.
    /// Where nothing has to be sent it is only noted whose access is not wanted, and there is no job.
    pub async fn run(
        &self,
        plan: Plan,
        patience: Patience,
        cancel: CancellationToken,
        progress: OnProgress,
    ) -> Result<Ended> {
        let mut plan = plan;
        let ended = if plan.changes() == 0 {
            self.heed(plan).await?
        } else {
            self.may(&plan)?;
            let journal = Journal::begin(self, &mut plan, State::Running).await?;
            let job = Job::new(&plan, journal, patience, &cancel, progress);
            self.carry(plan, job, false).await?
        };
        if !self.read_only {
            // What was done counts; a job that could not be ended is told as one that was left.
            drop(Box::pin(self.end_moot()).await);
        }
        Ok(ended)
    }

    /// The same, one after another with every other plan that this program hands over so: it waits for its
    /// turn, and can be cancelled meanwhile like a job under way.
    ///
    /// # Errors
    /// As [`Ops::run`].
    pub async fn run_in_turn(
        &self,
        plan: Plan,
        patience: Patience,
        cancel: CancellationToken,
        progress: OnProgress,
    ) -> Result<Ended> {
        if plan.changes() == 0 {
            return self.run(plan, patience, cancel, progress).await;
        }
        if let Ok(_turn) = self.queue.try_lock() {
            return self.run(plan, patience, cancel, progress).await;
        }
        self.may(&plan)?;
        let mut plan = plan;
        let journal = Journal::begin(self, &mut plan, State::Queued).await?;
        let job = Job::new(&plan, journal, patience, &cancel, progress);
        let Some(_turn) = job.queue(self.queue.lock()).await? else {
            let ended = Ended::of(plan);
            job.end(&ended).await?;
            return Ok(ended);
        };
        self.carry(plan, job, false).await
    }

    /// Whether anything may be changed at all.
    pub(super) fn may_change(&self) -> Result<()> {
        if self.read_only {
            return Err(Fault::refused("read-only: changes are refused"));
        }
        Ok(())
    }

    /// Whether a plan may be carried out at all, whatever is so out there: also where it goes on.
    pub(super) fn may(&self, plan: &Plan) -> Result<()> {
        self.may_change()?;
        let about_people = plan.is_about_people();
        let can = self.queries.provider.capabilities();
        if about_people && !can.has(Capability::ManagePeople) {
            return Err(Fault::unsupported("change people"));
        }
        if !about_people && (!can.has(Capability::ChangeAccess) || !can.has(Capability::CreateVaults)) {
            return Err(Fault::unsupported("change access"));
        }
        check::agreed(plan.guard.as_ref(), plan)
    }

    /// Carries out a plan whose job stands in the store, and writes down how it ended. One that was
    /// `examined` before it was left is judged anew, row by row, before anything of it is sent.
    pub(super) async fn carry(&self, plan: Plan, job: Job, examined: bool) -> Result<Ended> {
        match self.labelled(&job, &plan).carry_rows(plan, &job, examined).await {
            Ok(ended) => {
                job.end(&ended).await?;
                Ok(ended)
            }
            Err(fault) => {
                // What stopped it counts; a job that could not be let go of is one that was left.
                drop(job.give_up().await);
                Err(fault)
            }
        }
    }

    async fn carry_rows(&self, plan: Plan, job: &Job, examined: bool) -> Result<Ended> {
        let mut ground = self.ground(job).await?;
        // What was left is bound row by row: part of what it rested on is another by its own effects.
        if !examined {
            ground = Box::pin(self.examine(job, ground, &plan)).await?;
            job.examined().await?;
        }
        self.begin_step(&plan, examined).await?;
        let (before, about_people) = (ground.frame.clone(), plan.is_about_people());
        let mut ended = if about_people {
            people::Run::new(self, ground.frame, plan, job).go().await?
        } else {
            self.promise(&plan).await?;
            let mut run = vaults::Run::new(self, ground, plan, job);
            if examined {
                run.go_on();
            }
            let ended = run.go().await;
            self.with_log(Audit::flush).await?;
            ended
        };
        // What was done counts: where it cannot be read here any more, what was known before is told by.
        let after = self.queries.frame(false).await.unwrap_or(before);
        self.note(&after, &ended).await?;
        self.end_step(&ended.plan).await?;
        if !about_people && ended.fault.is_none() && !job.cancel.is_cancelled() {
            self.compare(&mut ended).await;
        }
        Ok(ended)
    }
}
