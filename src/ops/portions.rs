//! A plan in portions: which rows come next, what is left of them by the rules and people as they are
//! then, and what a wait in between leaves.
//!
//! A plan may take hours. Nothing is granted by what was read before a wait: the frame is read anew
//! after every one, and wherever it has grown old.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use super::job::Way;
use super::provision::Run;
use super::{Ended, check};
use crate::domain::access::Principal;
use crate::domain::budget::Action;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::frame::Frame;
use crate::domain::id::VaultId;
use crate::domain::operation::Operation;
use crate::domain::plan::{Outcome, Plan, Row, Step, Wish};

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
                let fault = Fault::new(Kind::Refused, format!("it has changed: {}", changes.join(", ")));
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

    /// Prepares what a lost program has left: rows that had begun are left to the rules, the others are
    /// looked at again before they are sent.
    pub(super) fn go_on(&mut self) {
        let planned = self.planned(0).into_iter();
        self.begun = planned.filter(|at| self.plan.rows[*at].seen.is_none()).collect();
        self.renewed = true;
        self.judge(self.planned(0));
    }

    /// Asks the rules about these rows, by the frame as it is.
    fn judge(&mut self, rows: Vec<usize>) {
        for at in rows {
            match again(&mut self.frame, &self.plan.rows[at]) {
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
    }
}

/// What is left of a planned row: nothing that a plan made now would not have, nor anything that
/// nobody has agreed to. A step that is forbidden by now refuses its row.
pub(super) fn again(frame: &mut Frame, row: &Row) -> Result<Row> {
    if !provides(frame, row) {
        return left(frame, row);
    }
    let refused = |fault: Fault| Fault { kind: Kind::Refused, ..fault };
    let rows = Plan::make(frame, &Wish::Provision(vec![row.student.clone()])).map_err(refused)?.rows;
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

/// The steps of a row that are not done yet, each allowed at its turn.
fn left(frame: &mut Frame, row: &Row) -> Result<Row> {
    let owner = frame.student(&row.student).cloned().ok_or_else(|| {
        Fault::new(Kind::Refused, format!("{} is not in the roster of {}", row.student, frame.class.id))
    })?;
    let vault = vault_of(frame, row)?;
    let steps: Vec<Step> = row.steps.iter().filter(|step| !is_so(frame, row, step)).cloned().collect();
    match &vault {
        Some(vault) => {
            let operations: Vec<Operation> = steps.iter().filter_map(|step| on(row, step, vault)).collect();
            frame.permits_in_turn(&operations)?;
        }
        None => frame.permits_first(&owner, &steps)?,
    }
    let outcome = if steps.is_empty() { Outcome::Unchanged } else { Outcome::Planned };
    Ok(Row { vault, steps, outcome, ..row.clone() })
}

/// The vault that the steps of a row are about, once there is one: the student's own, or exactly the one that
/// is to be deleted, which may be one that was left behind.
pub(super) fn vault_of(frame: &Frame, row: &Row) -> Result<Option<VaultId>> {
    let own = frame.bindings.get(&row.student);
    let Some(vault) = &row.vault else { return Ok(own.filter(|_| !deletes(row)).cloned()) };
    let left_behind = frame.quarantined.get(vault) == Some(&row.student);
    if own == Some(vault) || (deletes(row) && (left_behind || is_gone(frame, vault))) {
        return Ok(Some(vault.clone()));
    }
    let message = format!("the vault {vault} is not that of {}", row.student);
    Err(Fault::new(Kind::Refused, message).hint("which vault is whose has changed since: plan again"))
}

/// What a step does on that vault; nothing where it makes one.
pub(super) fn on(row: &Row, step: &Step, vault: &VaultId) -> Option<Operation> {
    match step {
        Step::DeleteVault { .. } => {
            Some(Operation::DeleteVault { student: row.student.clone(), vault: vault.clone() })
        }
        step => step.access(vault),
    }
}

/// Whether what a step leads to is known to be so already.
pub(super) fn is_so(frame: &Frame, row: &Row, step: &Step) -> bool {
    if let (Step::DeleteVault { .. }, Some(vault)) = (step, &row.vault) {
        return is_gone(frame, vault);
    }
    let Some(vault) = frame.bindings.get(&row.student) else { return false };
    let (Some(who), Some(level)) = (step.who(), step.level()) else { return *step == Step::CreateVault };
    let held = frame.cell(vault, who).set().map(|held| held.plain(frame.identity.kind));
    held.is_some() && held == level.permissions(frame.identity.kind)
}

/// Whether a vault that was one of the class's is noted as gone: it is nobody's, nor left behind.
fn is_gone(frame: &Frame, vault: &VaultId) -> bool {
    !frame.quarantined.contains_key(vault) && frame.bindings.values().all(|bound| bound != vault)
}

fn deletes(row: &Row) -> bool {
    row.steps.iter().any(|step| matches!(step, Step::DeleteVault { .. }))
}

/// Whether a row gives a student the own vault at the class's level and nothing else. It is the same wish
/// whoever asked for it.
fn provides(frame: &Frame, row: &Row) -> bool {
    let student = frame.student(&row.student);
    let person = student.and_then(|student| frame.sign_up(student).1);
    let own = person.map(|person| Principal::Person(person.id.clone()));
    row.steps.iter().all(|step| match step {
        Step::CreateVault => true,
        Step::Grant { who, to, .. } => *to == frame.class.student && own.as_ref() == Some(who),
        _ => false,
    })
}

/// Whether two steps do the same, whatever is known of the level before.
fn same(one: &Step, other: &Step) -> bool {
    let deletes = |step: &Step| matches!(step, Step::DeleteVault { .. });
    one.who() == other.who()
        && one.level() == other.level()
        && one.admission() == other.admission()
        && deletes(one) == deletes(other)
}
