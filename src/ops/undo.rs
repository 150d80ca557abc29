//! Taking a job back: what the log tells of it, made into a plan that is carried out like any other.

use super::Ops;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::history::{Entry, What, inverse};
use crate::domain::id::VaultId;
use crate::domain::job::JobId;
use crate::domain::plan::Plan;

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
        let mut plan = inverse(&self.queries.look_at(&vaults, false).await?, entry)?;
        plan.eta = Some(self.estimate(plan.effort()));
        Ok(plan)
    }
}
