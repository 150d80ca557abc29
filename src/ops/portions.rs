//! A plan in portions: which rows come next, what is left of them by the rules and people as they are
//! then, and what a wait in between leaves.
//!
//! A plan may take hours. Nothing is granted by what was read before a wait: the frame is read anew
//! after every one, and wherever it has grown old.

use std::time::Duration;

use super::Ended;
use super::provision::Run;
use crate::domain::access::Principal;
use crate::domain::budget::Action;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::frame::Frame;
use crate::domain::plan::{Change, Outcome, Plan, Row, Step, Wish};
use crate::domain::term::Stage;

/// How many rows share one look and one sync of the log.
const PORTION: usize = 32;
/// What a row asks that has neither vault nor access.
const WRITES_A_ROW: u64 = 2;
/// How old the rules and people may be when a portion begins, and how long rows of it are begun.
pub(super) const FRESH: Duration = Duration::from_secs(60);

impl Run<'_> {
    /// Carries out every planned row, and waits out the ration if that is wanted.
    pub(super) async fn go(mut self) -> Ended {
        self.job.tell_end(self.ops);
        let mut from = 0;
        while !self.job.cancel.is_cancelled() {
            let before = self.planned(from);
            if before.is_empty() {
                break;
            }
            self.attempt(from).await;
            let Some(fault) = self.fault.clone() else {
                // Whatever a portion leaves as it was is not tried for ever.
                if self.planned(from) == before {
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
        self.ended()
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
    }

    async fn next(&mut self, from: usize) -> Result<()> {
        let now = self.ops.queries.clock.now();
        let age = |read| Duration::try_from(now.duration_since(read)).unwrap_or_default();
        if self.read_at.is_none_or(|read| age(read) > FRESH) {
            self.renew().await?;
        }
        let mut rows = self.planned(from);
        rows.truncate(self.size());
        self.portion(&rows).await
    }

    /// Reads anew what the rules look at, and asks them again about every row that is left.
    async fn renew(&mut self) -> Result<()> {
        self.frame = self.ops.ready().await?;
        self.read_at = Some(self.ops.queries.clock.now());
        for at in self.planned(0) {
            match again(&self.frame, &self.plan.rows[at]) {
                Ok(row) if row.outcome == Outcome::Planned => self.plan.rows[at] = row,
                Ok(row) => {
                    let outcome = row.outcome.clone();
                    self.plan.rows[at] = row;
                    self.set(at, outcome);
                }
                Err(fault) => self.fail(at, &fault),
            }
        }
        self.job.replanned(self.ops, self.plan.effort());
        Ok(())
    }
}

/// What is left of a planned row: nothing that a plan made now would not have, nor anything that
/// nobody has agreed to. A step that is forbidden by now refuses its row.
fn again(frame: &Frame, row: &Row) -> Result<Row> {
    let refused = |fault: Fault| Fault { kind: Kind::Refused, ..fault };
    let rows = Plan::make(frame, &wish(frame, row)).map_err(refused)?.rows;
    for now in &rows {
        match &now.outcome {
            Outcome::Refused(why) => return Err(Fault::new(Kind::Refused, why.as_str())),
            Outcome::Waiting(_) => return Ok(now.clone()),
            _ => {}
        }
    }
    let vault = rows.iter().find_map(|now| now.vault.clone());
    let steps: Vec<Step> = rows.into_iter().flat_map(|now| now.steps).collect();
    if !steps.iter().all(|step| row.steps.iter().any(|agreed| same(step, agreed))) {
        let message = format!("{} is not who was planned for", row.student);
        return Err(Fault::new(Kind::Refused, message)
            .hint("the person or the address has changed since: plan again"));
    }
    let outcome = if steps.is_empty() { Outcome::Unchanged } else { Outcome::Planned };
    Ok(Row { vault, steps, outcome, ..row.clone() })
}

/// What a row was planned for. The class's level for the own student is the same wish, whoever asked.
fn wish(frame: &Frame, row: &Row) -> Wish {
    let student = frame.student(&row.student);
    let person = student.and_then(|student| frame.sign_up(student).1);
    let own = person.map(|person| Principal::Person(person.id.clone()));
    let provides = |step: &Step| match step {
        Step::Grant { who, to, .. } => *to == frame.class.student && own.as_ref() == Some(who),
        _ => false,
    };
    if row.steps.iter().any(|step| matches!(step, Step::DeleteVault { .. })) {
        return Wish::Ending(Stage::Delete, vec![row.student.clone()]);
    }
    let makes = row.steps.contains(&Step::CreateVault);
    let Some(vault) = row.vault.as_ref().filter(|_| !makes && !row.steps.iter().all(provides)) else {
        return Wish::Provision(vec![row.student.clone()]);
    };
    let change = |step: &Step| Some((step.who()?.clone(), step.level()?));
    let changes = row.steps.iter().filter_map(change);
    Wish::Access(changes.map(|(who, to)| Change { vault: vault.clone(), who, to }).collect())
}

/// Whether two steps do the same, whatever is known of the level before.
fn same(one: &Step, other: &Step) -> bool {
    let deletes = |step: &Step| matches!(step, Step::DeleteVault { .. });
    one.who() == other.who()
        && one.level() == other.level()
        && one.admission() == other.admission()
        && deletes(one) == deletes(other)
}
