//! Taking a job back: what the log tells of it, made into a plan that is carried out like any other.

use super::Ops;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::frame::Frame;
use crate::domain::history::{Entry, What};
use crate::domain::id::VaultId;
use crate::domain::job::JobId;
use crate::domain::plan::{Outcome, Plan, inverse};
use crate::domain::text::SafeText;

/// How many older jobs are looked at for one that can be taken back.
const LOOKED_AT: usize = 100;

impl Ops {
    /// The plan that takes back a job, or the last one that is in force and can be. Asks for people and for
    /// the lists of the vaults that it is about, so that what has changed since is told.
    ///
    /// # Errors
    /// [`Kind::Input`] where there is no such job or nothing to take back, and whatever reading gives.
    pub async fn undo_plan(&self, job: Option<&JobId>) -> Result<Plan> {
        if !self.read_only {
            self.recover().await?;
        }
        let frame = self.queries.frame(true).await?;
        let history = self.history().await?;
        let entry = match job {
            Some(job) => history.iter().find(|entry| entry.job.as_ref() == Some(job)),
            None => Entry::last_in_force(&history),
        };
        let entry = entry.ok_or_else(|| {
            let message = match job {
                Some(job) => format!("the log knows no job {job}"),
                None => "there is no job in the log that could be taken back".to_owned(),
            };
            Fault::new(Kind::Input, message).hint("see `strongroom history`")
        })?;
        let mut vaults: Vec<VaultId> = entry
            .changes
            .iter()
            .filter_map(|change| match &change.what {
                What::Access { vault, .. } if change.is_done() => Some(vault.clone()),
                _ => None,
            })
            .filter(|vault| frame.owner(vault).is_some())
            .collect();
        vaults.sort();
        vaults.dedup();
        let frame = self.queries.look_at(&vaults, false).await?;
        // An older job is named and not taken instead: whoever names none means the last one.
        let older = || job.is_none().then(|| before(&frame, &history, entry)).flatten();
        let mut plan = inverse(&frame, entry).map_err(|fault| match older() {
            Some(older) => {
                fault.hint(format!("the last job that can be taken back: strongroom undo {older}"))
            }
            None => fault,
        })?;
        let is_refused = plan.rows.iter().any(|row| matches!(row.outcome, Outcome::Refused(_)));
        if plan.changes() == 0
            && is_refused
            && let Some(older) = older()
        {
            let text = format!("the last job that can be taken back: strongroom undo {older}");
            plan.notes.push(SafeText::new(&text));
        }
        if job.is_none() {
            plan.notes.extend(Entry::decided_since(&history, entry.seq));
        }
        plan.eta = Some(self.estimate(plan.effort()));
        Ok(plan)
    }
}

/// The newest job in force that is older than this one and of which something can be taken back, by what is
/// known without asking for more lists.
fn before(frame: &Frame, history: &[Entry], than: &Entry) -> Option<JobId> {
    let at = history.iter().position(|entry| entry.seq == than.seq)?;
    let mut older = &history[..at];
    for _ in 0..LOOKED_AT {
        let entry = Entry::last_in_force(older)?;
        if inverse(frame, entry).is_ok_and(|plan| plan.changes() > 0) {
            return entry.job.clone();
        }
        let at = older.iter().position(|one| one.seq == entry.seq)?;
        older = &older[..at];
    }
    None
}
