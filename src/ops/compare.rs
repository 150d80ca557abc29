//! After a change: who is on the vaults that it was about is read again, as far as the ration leaves room,
//! and what should not be there is told.

use super::{Ended, Ops};
use crate::domain::budget::{Action, Budget, Cost};
use crate::domain::drift::{Drift, drift};
use crate::domain::fault::Result;
use crate::domain::id::VaultId;
use crate::domain::plan::{Outcome, Row};

/// The part of what is left of the ration that a comparison may use up: one in so many.
const PART: u64 = 10;

impl Ops {
    /// Compares what a plan has changed with what is there now. At most a tenth of what is left of the
    /// ration goes into it; the daily comparison reads the rest. That it cannot be read is no fault of the
    /// plan, which is done.
    pub(super) async fn compare(&self, ended: &mut Ended) {
        if let Ok((strays, left)) = self.find_strays(&ended.plan.rows).await {
            (ended.strays, ended.uncompared) = (strays, left);
        }
    }

    async fn find_strays(&self, rows: &[Row]) -> Result<(Vec<Drift>, usize)> {
        let changed =
            |row: &&Row| !row.steps.is_empty() && matches!(row.outcome, Outcome::Done | Outcome::Failed(_));
        let changed: Vec<&Row> = rows.iter().filter(changed).collect();
        let mut vaults: Vec<VaultId> = changed.iter().filter_map(|row| row.vault.clone()).collect();
        vaults.sort();
        vaults.dedup();
        let room = self.queries.provider.budget().map_or(vaults.len(), |budget| room(&budget));
        let left = vaults.len().saturating_sub(room);
        vaults.truncate(room);
        if vaults.is_empty() {
            return Ok((Vec::new(), left));
        }
        let failed = self.queries.try_grants(&vaults).await?;
        let (frame, seen) = self.queries.frame_and_presence().await?;
        let keys: Vec<_> = changed.iter().map(|row| row.student.clone()).collect();
        let mut strays = drift(&frame, &seen, &keys).list;
        strays.retain(|stray| vaults.contains(&stray.vault));
        Ok((strays, left + failed.len()))
    }
}

/// How many lists fit into the part of the ration that there is for them.
fn room(budget: &Budget) -> usize {
    let each = |action| u64::from(Cost::GRANTS.counted_as(action));
    let fits = [Action::Read, Action::ReadWrite].into_iter().filter_map(|action| {
        let stopped = budget.stopped_until(action).is_some();
        budget.left(action).map(|left| if stopped { 0 } else { left / PART / each(action) })
    });
    fits.min().map_or(usize::MAX, |fits| usize::try_from(fits).unwrap_or(usize::MAX))
}
