//! The rows of a portion whose vaults nobody else can change now, and what others have made of them until
//! then.
//!
//! A plan is worked out and looked at before its vaults are held: another program may carry out its own in
//! between. Both write what they did into the same local state.

use super::Run;
use crate::domain::access::{Permissions, Principal};
use crate::domain::fault::{Fault, Result};
use crate::domain::id::VaultId;
use crate::domain::plan::{Outcome, Row, Step};
use crate::ops::check;
use crate::ops::lock::{Lock, Over};
use crate::ops::rest::{again, deletes};
use crate::store::Store;

/// A row whose vault nobody else can change now.
pub(super) struct Held {
    row: usize,
    _lock: Lock,
}

impl Run<'_> {
    /// Takes the locks of the rows' vaults; a row that another program holds fails.
    pub(super) async fn hold(&mut self, rows: &[usize]) -> Vec<Held> {
        let mut held = Vec::new();
        for row in rows {
            match self.ops.lock(Over::Vault(self.plan.rows[*row].student.clone())).await {
                Ok(lock) => {
                    self.set(*row, Outcome::Running);
                    held.push(Held { row: *row, _lock: lock });
                }
                Err(fault) => self.fail(*row, &fault),
            }
        }
        held
    }

    /// Whoever acts by itself leaves alone what somebody has settled since: whose access was given, and
    /// perhaps taken again.
    pub(super) async fn leave_settled(&mut self, held: &[Held]) -> Result<()> {
        if !self.ops.auto {
            return Ok(());
        }
        let promised = self.ops.queries.with_store(Store::promised).await?;
        let settled = self.running(held).filter(|(_, row)| !promised.contains(&row.student));
        let settled: Vec<usize> = settled.map(|(at, _)| at).collect();
        for at in settled {
            self.set(at, Outcome::Unchanged);
        }
        Ok(())
    }

    pub(super) fn running<'r>(&'r self, held: &'r [Held]) -> impl Iterator<Item = (usize, &'r Row)> {
        let rows = held.iter().map(|held| (held.row, &self.plan.rows[held.row]));
        rows.filter(|(_, row)| row.outcome == Outcome::Running)
    }

    /// Looks at what others have written down of the rows' vaults since the frame was read. What they have
    /// done of a row is not done again; a row of which they have changed anything else is refused.
    pub(super) async fn heed_others(&mut self, held: &[Held]) -> Result<()> {
        for binding in self.ops.queries.with_store(Store::bindings).await? {
            self.frame.bind(&binding.student, &binding.vault);
        }
        let bound = |(at, row): (usize, &Row)| {
            let vault = self.frame.bindings.get(&row.student).filter(|_| !deletes(row))?;
            Some((at, vault.clone()))
        };
        let rows: Vec<(usize, VaultId)> = self.running(held).filter_map(bound).collect();
        let kept = self.ops.queries.kept_of(rows.iter().map(|(_, vault)| vault.clone()).collect()).await?;
        for ((at, _), (vault, on)) in rows.into_iter().zip(kept) {
            if self.frame.knows(&vault, &on) {
                continue;
            }
            let before = self.held_by_named(at, &vault);
            self.frame.learn(&vault, on);
            let left = self.left_by_others(at, &vault, &before);
            self.replace(at, left, Outcome::Running);
        }
        Ok(())
    }

    /// What is known to be held by those whom the steps of a row name; nothing on a vault that another
    /// program has made meanwhile.
    fn held_by_named(&self, at: usize, vault: &VaultId) -> Vec<Option<Permissions>> {
        let row = &self.plan.rows[at];
        let is_new = row.steps.contains(&Step::CreateVault);
        let held = |step: &Step| match step.who() {
            Some(who) if !is_new => self.frame.cell(vault, who).set(),
            _ => Some(Permissions::NONE),
        };
        row.steps.iter().map(held).collect()
    }

    /// What is left of a row; a fault where anything that is left rests on what is another now.
    fn left_by_others(&mut self, at: usize, vault: &VaultId, before: &[Option<Permissions>]) -> Result<Row> {
        let planned = self.plan.rows[at].clone();
        let row = again(&mut self.frame, &planned)?;
        if row.outcome != Outcome::Planned {
            return Ok(row);
        }
        let is_new = planned.steps.contains(&Step::CreateVault);
        let mut changes = Vec::new();
        if !is_new && planned.seen.is_some() && !self.begun.contains(&at) {
            changes = check::changes(&self.frame, &row);
        }
        let is_left = |who: &&Principal| row.steps.iter().any(|step| step.who() == Some(who));
        let named = planned.steps.iter().map(|step| step.who().filter(is_left)).zip(before);
        for (who, before) in named.filter_map(|(who, before)| Some((who?, before))) {
            let now = self.frame.cell(vault, who).set();
            // What is not known of a new vault is read before anything is given.
            if changes.is_empty() && now != *before && !(is_new && now.is_none()) {
                changes.push(format!("what {} has on the vault has changed", self.frame.name(who)));
            }
        }
        if changes.is_empty() {
            return Ok(row);
        }
        let message = format!("another program has changed the vault: {}", changes.join(", "));
        Err(Fault::refused(message).hint("plan again"))
    }
}
