//! What is asked of a plan before its first change is sent: whether somebody has agreed to what is weighty
//! about it, and whether all of it still rests on what is so.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

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

/// What was read before anything is sent.
pub(super) struct Ground {
    pub(super) frame: Frame,
    /// When the oldest part of it was read that changes rest on.
    pub(super) read_at: Timestamp,
}

impl Ops {
    /// Reads what the rules look at, after the wait that the ration may ask for.
    pub(super) async fn ground(&self, job: &Job) -> Result<Ground> {
        loop {
            let read_at = self.queries.clock.now();
            match self.ready().await {
                Err(fault) if job.wait_out(self, &fault).await => {}
                frame => return Ok(Ground { frame: frame?, read_at }),
            }
        }
    }

    /// Refuses a plan that turns out to be weighty and to which nobody has agreed, and a plan of which a row
    /// rests on something that is another now: then nothing of it is sent. Who is on the vaults is read again,
    /// two requests each. Returns what was read.
    pub(super) async fn examine(&self, job: &Job, ground: Ground, plan: &Plan) -> Result<Ground> {
        agreed(plan.guard.clone().or_else(|| plan.weight(&ground.frame)).as_ref(), plan)?;
        let rows: Vec<&Row> = plan.rows.iter().filter(|row| row.outcome == Outcome::Planned).collect();
        let vaults: BTreeSet<VaultId> = rows.iter().filter_map(|row| row.looked_at()).cloned().collect();
        let ground = self.look(job, ground, vaults).await?;
        let changed = rows.iter().filter_map(|row| {
            let changes = changes(&ground.frame, row);
            (!changes.is_empty()).then(|| format!("{}: {}", row.student, changes.join(", ")))
        });
        stale(&changed.collect::<Vec<_>>()).map_or(Ok(ground), Err)
    }

    /// Reads who is on these vaults, each once however often the ration makes it wait: where they are more
    /// than a window has requests for, it comes to its end all the same. Lists that have grown old by then
    /// are read again with the rows that rest on them, before those are sent.
    async fn look(&self, job: &Job, ground: Ground, vaults: BTreeSet<VaultId>) -> Result<Ground> {
        if vaults.is_empty() {
            return Ok(ground);
        }
        let (mut ground, mut has_waited) = (ground, false);
        let (mut left, mut unread): (Vec<VaultId>, _) = (vaults.iter().cloned().collect(), HashMap::new());
        loop {
            ground.frame = self.queries.look_at(&left, true).await?;
            let failed = std::mem::take(&mut ground.frame.unread).into_iter();
            let (later, never): (HashMap<_, _>, HashMap<_, _>) =
                failed.partition(|(_, fault)| fault.kind == Kind::RateLimit);
            unread.extend(never);
            let Some(fault) = later.values().next() else { break };
            if !job.wait_out(self, fault).await {
                return Err(fault.clone());
            }
            (left, has_waited) = (later.into_keys().collect(), true);
        }
        if has_waited {
            // Who somebody is may have changed meanwhile, and costs nothing to ask.
            ground = self.ground(job).await?;
        }
        let read = vaults.iter().filter(|vault| !unread.contains_key(*vault));
        let oldest = read.filter_map(|vault| ground.frame.listed.get(vault)).min();
        ground.read_at = oldest.map_or(ground.read_at, |oldest| ground.read_at.min(*oldest));
        ground.frame.unread = unread;
        Ok(ground)
    }
}

/// Refuses a plan that is weighty by `guard` and to which nobody has agreed.
pub(super) fn agreed(guard: Option<&Guard>, plan: &Plan) -> Result<()> {
    guard.map_or(Ok(()), |guard| guard.agreed(plan.typed.as_deref()))
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
    Some(Fault::refused(message).hint("nothing was sent: plan again"))
}
