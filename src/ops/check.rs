//! What is asked of a plan before its first change is sent: whether somebody has agreed to what is weighty
//! about it, and whether all of it still rests on what is so.

use std::collections::BTreeSet;

use super::Ops;
use super::job::Job;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::frame::Frame;
use crate::domain::guard::Guard;
use crate::domain::id::VaultId;
use crate::domain::plan::{Outcome, Plan, Row, Seen, Step};
use crate::seeded::{self, Bug};

/// How many rows are named that have changed.
const NAMED: usize = 5;

impl Ops {
    /// Refuses a weighty plan to which nobody has agreed, and a plan of which a row rests on something that
    /// is another now: then nothing of it is sent. Who is on the vaults is read again, one look each. Returns
    /// the frame with what was read.
    pub(super) async fn examine(&self, job: &Job, frame: Frame, plan: &Plan) -> Result<Frame> {
        if let Some(guard) = plan.guard.clone().or_else(|| Guard::of(&frame, plan)) {
            guard.agreed(plan.typed.as_deref())?;
        }
        let rows: Vec<&Row> = plan.rows.iter().filter(|row| row.outcome == Outcome::Planned).collect();
        let vaults: BTreeSet<VaultId> = rows.iter().filter_map(|row| row.looked_at()).cloned().collect();
        let frame = self.look(job, frame, vaults).await?;
        let changed = rows.iter().filter_map(|row| {
            let changes = changes(&frame, row);
            (!changes.is_empty()).then(|| format!("{}: {}", row.student, changes.join(", ")))
        });
        stale(&changed.collect::<Vec<_>>()).map_or(Ok(frame), Err)
    }

    /// Reads who is on these vaults, after the wait that the ration may ask for.
    pub(super) async fn look(&self, job: &Job, frame: Frame, vaults: BTreeSet<VaultId>) -> Result<Frame> {
        if vaults.is_empty() {
            return Ok(frame);
        }
        let vaults: Vec<VaultId> = vaults.into_iter().collect();
        loop {
            match self.queries.look_at(&vaults, false).await {
                Err(fault) if job.wait_out(self, &fault).await => {}
                frame => return frame,
            }
        }
    }
}

/// What a planned row rests on that is another now, in words.
pub(super) fn changes(frame: &Frame, row: &Row) -> Vec<String> {
    if seeded::is(Bug::SkipDigest) {
        return Vec::new();
    }
    let Some(seen) = &row.seen else {
        return vec!["it is not known what the plan rests on".to_owned()];
    };
    let mut changes: Vec<String> = row.misplaced(frame).into_iter().collect();
    changes.extend(seen.changes(&Seen::of(frame, row), frame));
    let Some(vault) = frame.bindings.get(&row.student) else { return changes };
    for step in &row.steps {
        if let Step::Grant { who, name, from: Some(from), .. }
        | Step::Revoke { who, name, from: Some(from), .. } = step
            && let Some(level) = frame.cell(vault, who).level(frame.identity.kind)
            && level != *from
        {
            changes.push(format!("{name} has {level} on the vault, not {from}"));
        }
    }
    changes
}

fn stale(changed: &[String]) -> Option<Fault> {
    if changed.is_empty() {
        return None;
    }
    let named = changed.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join("; ");
    let more = match changed.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    let message = format!("the plan is not of what is so now: {named}{more}");
    Some(Fault::new(Kind::Refused, message).hint("nothing was sent: plan again"))
}
