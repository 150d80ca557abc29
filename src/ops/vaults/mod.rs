//! A plan about vaults on its way, in portions: which rows come next, what is left of them by the rules and
//! people as they are then, and what a wait in between leaves.
//!
//! A plan may take hours. Nothing is granted by what was read before a wait: the frame is read anew
//! after every one, and wherever it has grown old. The intents of a portion are synced together, its missing
//! vaults are made before anything is changed on any.

mod changes;
mod held;
mod made;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use super::check::{self, Ground};
use super::job::{Job, Way};
use super::rest::again;
use super::row::outcome_of;
use super::{Ended, Ops};
use crate::domain::budget::Action;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::frame::Frame;
use crate::domain::id::VaultId;
use crate::domain::plan::{Outcome, Plan, Row};

/// How many rows share one look and one sync of the log.
const PORTION: usize = 32;
/// What a row asks that has neither vault nor access.
const WRITES_A_ROW: u64 = 2;
/// How old the rules and people may be when a portion begins, and how long rows of it are begun.
const FRESH: Duration = Duration::from_secs(60);

/// A plan that is being carried out.
pub(super) struct Run<'a> {
    ops: &'a Ops,
    frame: Frame,
    /// When the oldest part of the frame was read; `None` where it has to be read anew.
    read_at: Option<Timestamp>,
    plan: Plan,
    job: &'a Job,
    fault: Option<Fault>,
    failed: BTreeMap<usize, Fault>,
    /// Rows in the middle of which somebody was left without access, and why.
    locked: BTreeMap<usize, Fault>,
    /// Rows of which something was done: what is there is theirs, and no longer what they were planned by.
    begun: BTreeSet<usize>,
    /// Whether the frame was read anew since all rows were checked.
    renewed: bool,
}

impl<'a> Run<'a> {
    pub(super) fn new(ops: &'a Ops, ground: Ground, plan: Plan, job: &'a Job) -> Self {
        Self {
            ops,
            frame: ground.frame,
            read_at: Some(ground.read_at),
            plan,
            job,
            fault: None,
            failed: BTreeMap::new(),
            locked: BTreeMap::new(),
            begun: BTreeSet::new(),
            renewed: false,
        }
    }

    /// Prepares what a lost program has left: rows that had begun are left to the rules, the others are
    /// looked at again before they are sent.
    pub(super) fn go_on(&mut self) {
        let planned = self.planned(0).into_iter();
        self.begun = planned.filter(|at| self.plan.rows[*at].seen.is_none()).collect();
        self.renewed = true;
        self.judge(self.planned(0));
    }

    /// Carries out every planned row, and waits out the ration if that is wanted.
    pub(super) async fn go(mut self) -> Ended {
        self.job.tell_end(self.ops);
        let mut from = 0;
        loop {
            let before = self.planned(from);
            if before.is_empty() {
                break;
            }
            match self.job.way().await {
                Ok(Way::On) => {}
                Ok(Way::Anew) => self.read_at = None,
                Ok(Way::Over) => break,
                Err(fault) => {
                    self.fault = Some(fault);
                    break;
                }
            }
            self.attempt(from).await;
            let Some(fault) = self.fault.clone() else {
                // Whatever a portion leaves as it was is not tried for ever, unless somebody wants a pause.
                if !self.job.stops() && self.planned(from) == before {
                    from = before.get(self.size()).copied().unwrap_or(self.plan.rows.len());
                }
                continue;
            };
            if !self.job.wait_out(self.ops, &fault).await {
                // Whoever leaves during the wait is not told that the ration is used up.
                let left = self.job.cancel.is_cancelled() && fault.kind == Kind::RateLimit;
                self.fault = Some(fault).filter(|_| !left);
                break;
            }
            (self.fault, self.read_at) = (None, None);
        }
        // Whoever was left without access has to be heard of.
        for (at, fault) in std::mem::take(&mut self.locked) {
            if self.plan.rows[at].outcome == Outcome::Planned {
                self.fail(at, &fault);
            }
        }
        Ended { fault: self.fault, failed: self.failed, ..Ended::of(self.plan) }
    }

    fn planned(&self, from: usize) -> Vec<usize> {
        let rows = self.plan.rows.iter().enumerate().skip(from);
        rows.filter(|(_, row)| row.outcome == Outcome::Planned).map(|(at, _)| at).collect()
    }

    /// How many rows are carried out before the next look: fewer where changes are held back, and no
    /// more than the ration finishes, since a portion makes its vaults before it grants them.
    fn size(&self) -> usize {
        let paced = match self.ops.pace.speed().between.as_secs() {
            0 => PORTION,
            between => usize::try_from(FRESH.as_secs() / between).unwrap_or(PORTION),
        };
        let budget = self.ops.queries.provider.budget();
        let left = budget.and_then(|budget| budget.left(Action::Write));
        let finished = left.map_or(PORTION, |left| usize::try_from(left / WRITES_A_ROW).unwrap_or(PORTION));
        paced.min(finished).clamp(1, PORTION)
    }

    /// Carries out a portion, as far as it goes: what was not carried out is still planned, however
    /// the portion ended.
    async fn attempt(&mut self, from: usize) {
        if let Err(fault) = self.next(from).await {
            self.fault = Some(fault);
        }
        for at in 0..self.plan.rows.len() {
            if self.plan.rows[at].outcome == Outcome::Running {
                self.set(at, Outcome::Planned);
            }
        }
        if let Err(fault) = self.job.write().await {
            self.fault.get_or_insert(fault);
        }
    }

    async fn next(&mut self, from: usize) -> Result<()> {
        let now = self.ops.queries.clock.now();
        // What a clock that was set back takes to be still to come is as old as can be.
        let age = |read| Duration::try_from(now.duration_since(read)).unwrap_or(Duration::MAX);
        let is_old = self.read_at.is_none_or(|read| age(read) > FRESH);
        if is_old {
            self.renew().await?;
        }
        let mut rows = self.planned(from);
        rows.truncate(self.size());
        if !is_old {
            self.take_stock(&rows).await?;
            rows.retain(|at| self.plan.rows[*at].outcome == Outcome::Planned);
        }
        if self.renewed {
            self.check_again(&rows).await?;
            rows.retain(|at| self.plan.rows[*at].outcome == Outcome::Planned);
        }
        self.portion(&rows).await
    }

    /// Carries out these rows by the frame as it is.
    async fn portion(&mut self, rows: &[usize]) -> Result<()> {
        let held = self.hold(rows).await;
        // Before anything of it is sent: whoever goes on after us knows which rows have begun.
        self.job.write().await?;
        self.heed_others(&held).await?;
        self.leave_settled(&held).await?;
        self.make_vaults(&held).await?;
        if self.fault.is_some() || self.job.stops() {
            return Ok(());
        }
        self.change(&held).await
    }

    /// After a wait: refuses those of these rows whose ground has changed, and no other. What was done of a
    /// row has changed it as well; such rows are left to the rules.
    async fn check_again(&mut self, rows: &[usize]) -> Result<()> {
        let untouched: Vec<usize> = rows.iter().copied().filter(|at| !self.begun.contains(at)).collect();
        let old = self.read_at.unwrap_or(Timestamp::MAX);
        let unread = |vault: &&VaultId| self.frame.listed.get(*vault).is_none_or(|at| *at < old);
        let vaults = untouched.iter().filter_map(|at| self.plan.rows[*at].looked_at()).filter(unread);
        let vaults: BTreeSet<VaultId> = vaults.cloned().collect();
        if !vaults.is_empty() {
            let vaults: Vec<VaultId> = vaults.into_iter().collect();
            self.frame = self.ops.queries.look_at(&vaults, false).await?;
        }
        for at in untouched {
            let changes = check::changes(&self.frame, &self.plan.rows[at]);
            if !changes.is_empty() {
                let fault = Fault::refused(format!("it has changed: {}", changes.join(", ")));
                self.fail(at, &fault.hint("plan again"));
            }
        }
        Ok(())
    }

    /// Reads anew what the rules look at, and asks them again about every row that is left.
    async fn renew(&mut self) -> Result<()> {
        let read_at = self.ops.queries.clock.now();
        self.frame = self.ops.ready().await?;
        self.renewed = true;
        self.read_at = Some(read_at);
        self.judge(self.planned(0));
        Ok(())
    }

    /// Of rows that were stopped halfway nothing is done twice: what they have done so far is known here, and
    /// nothing has to be read for it.
    async fn take_stock(&mut self, rows: &[usize]) -> Result<()> {
        let halfway: Vec<usize> = rows.iter().copied().filter(|at| self.begun.contains(at)).collect();
        if !halfway.is_empty() {
            let unread = std::mem::take(&mut self.frame.unread);
            self.frame = self.ops.queries.frame(false).await?;
            self.frame.unread = unread;
            self.judge(halfway);
        }
        Ok(())
    }

    /// Asks the rules about these rows, by the frame as it is.
    fn judge(&mut self, rows: Vec<usize>) {
        for at in rows {
            let left = again(&mut self.frame, &self.plan.rows[at]);
            self.replace(at, left, Outcome::Planned);
        }
        self.job.replanned(self.ops, self.plan.effort());
    }

    /// Takes what is left of a row for the row: `planned` is how one stands of which anything is left.
    fn replace(&mut self, at: usize, left: Result<Row>, planned: Outcome) {
        match left {
            Ok(row) if row.outcome == Outcome::Planned => {
                self.plan.rows[at] = Row { outcome: planned, ..row };
            }
            Ok(row) => {
                let outcome = row.outcome.clone();
                self.plan.rows[at] = row;
                self.set(at, outcome);
            }
            Err(fault) => self.fail(at, &fault),
        }
    }

    fn set(&mut self, at: usize, outcome: Outcome) {
        self.job.row(at, &outcome, shown(&outcome, self.locked.contains_key(&at)));
        self.plan.rows[at].outcome = outcome;
    }

    fn fail(&mut self, at: usize, fault: &Fault) {
        self.failed.insert(at, fault.clone());
        self.set(at, outcome_of(fault));
    }
}

/// How a row is shown: one that goes on after a wait says what is so meanwhile.
fn shown(outcome: &Outcome, locked: bool) -> Outcome {
    match outcome {
        Outcome::Planned if locked => Outcome::Waiting("locked out, retrying".into()),
        outcome => outcome.clone(),
    }
}
