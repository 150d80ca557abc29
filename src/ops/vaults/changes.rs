//! The changes on vaults that are there: what each row does by the rules, and the calls of several rows at
//! once.

use futures_util::{StreamExt, stream};
use jiff::Timestamp;

use super::held::Held;
use super::{FRESH, Run, shown};
use crate::audit::Intended;
use crate::domain::access::{Cell, Why};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::operation::Operation;
use crate::domain::plan::{Outcome, Step};
use crate::ops::VAULTS_AT_ONCE;
use crate::ops::rest::{on, vault_of};
use crate::ops::row::{Brake, Ending, FOR_ALL, row};

impl Run<'_> {
    /// Grants, revokes and deletes, once every vault is there.
    pub(super) async fn change(&mut self, held: &[Held]) -> Result<()> {
        let mut list: Vec<(usize, Vec<Operation>)> = Vec::new();
        let running: Vec<usize> = self.running(held).map(|(at, _)| at).collect();
        for at in running {
            match self.operations(at) {
                Ok(operations) => list.push((at, operations)),
                Err(fault) => self.fail(at, &fault),
            }
        }
        self.know_levels(&mut list).await?;
        // The rules again, now that it is known who is on the vaults.
        for (at, operations) in std::mem::take(&mut list) {
            match self.frame.permits_in_turn(&operations) {
                Ok(()) => list.push((at, operations)),
                Err(fault) => self.fail(at, &fault),
            }
        }
        #[cfg(test)]
        crate::seeded::on_the_next_row(&mut list);
        let all: Vec<_> = list.iter().flat_map(|(_, operations)| operations.clone()).collect();
        let mut intended = self.ops.intend(&self.frame, &all).await?.into_iter();
        let work: Vec<_> = list
            .into_iter()
            .map(|(at, operations)| {
                let intended: Vec<_> = intended.by_ref().take(operations.len()).collect();
                (at, operations, intended)
            })
            .collect();
        self.carry_out(work).await;
        Ok(())
    }

    /// Re-derives a row's operations from its binding, and asks the rules about each, the ones before it
    /// being done.
    fn operations(&mut self, at: usize) -> Result<Vec<Operation>> {
        let row = &self.plan.rows[at];
        let vault = vault_of(&self.frame, row)?;
        let vault = vault.ok_or_else(|| Fault::refused(format!("{} has no vault", row.student)))?;
        let operation = |step: &Step| match step {
            #[cfg(test)]
            Step::Revoke { who, .. } => {
                let who = crate::seeded::of_that_name(&self.frame, who);
                Some(Operation::Revoke { vault: vault.clone(), who })
            }
            step => on(row, step, &vault),
        };
        let operations: Vec<_> = row.steps.iter().filter_map(operation).collect();
        self.frame.permits_in_turn(&operations)?;
        Ok(operations)
    }

    /// Reads the lists of vaults on which something is changed of which nothing is known.
    async fn know_levels(&mut self, list: &mut Vec<(usize, Vec<Operation>)>) -> Result<()> {
        let unknown = |operation: &&Operation| match operation {
            Operation::Grant { vault, who, .. } | Operation::Revoke { vault, who } => {
                self.frame.cell(vault, who) == Cell::Unknown { why: Why::NotRead }
            }
            _ => false,
        };
        let operations = list.iter().flat_map(|(_, operations)| operations);
        let mut vaults: Vec<_> = operations.filter(unknown).filter_map(|op| op.vault().cloned()).collect();
        vaults.sort();
        vaults.dedup();
        if vaults.is_empty() {
            return Ok(());
        }
        let failed = self.ops.queries.try_grants(&vaults).await?;
        for (vault, on) in self.ops.queries.kept_of(vaults).await? {
            self.frame.learn(&vault, on);
        }
        // A vault that cannot be read, or is gone, fails its own row and no other. That this identity is
        // not shown who is on it stops nothing.
        for (vault, fault) in failed.into_iter().filter(|(_, fault)| fault.kind != Kind::Denied) {
            let of_it = |(_, operations): &&(usize, Vec<Operation>)| {
                operations.iter().any(|operation| operation.vault() == Some(&vault))
            };
            let rows: Vec<usize> = list.iter().filter(of_it).map(|(at, _)| *at).collect();
            for at in &rows {
                self.fail(*at, &fault);
            }
            list.retain(|(at, _)| !rows.contains(at));
        }
        Ok(())
    }

    /// Sends the calls of several rows at once, those of one row one after another.
    async fn carry_out(&mut self, work: Vec<(usize, Vec<Operation>, Vec<Intended>)>) {
        let (ops, frame, job) = (self.ops, &self.frame, self.job);
        // Rows that are not begun by then are left for the next portion and a fresh look.
        let clock = &ops.queries.clock;
        let old = clock.now().checked_add(FRESH).unwrap_or(Timestamp::MAX);
        let brake = Brake::new(job, FOR_ALL).at(clock, old);
        let rows = work.into_iter().map(|(at, operations, intended)| {
            let brake = &brake;
            async move {
                let ending = row(ops, job, frame, &operations, &intended, brake).await;
                job.row(at, &ending.outcome, shown(&ending.outcome, ending.locked));
                (at, ending)
            }
        });
        let results: Vec<_> = stream::iter(rows).buffer_unordered(VAULTS_AT_ONCE).collect().await;
        let fault = brake.fault();
        for (at, Ending { outcome, fault, locked, begun }) in results {
            if begun {
                self.begun.insert(at);
            }
            match &fault {
                Some(fault) if locked => drop(self.locked.insert(at, fault.clone())),
                _ if outcome != Outcome::Planned => drop(self.locked.remove(&at)),
                _ => {}
            }
            // A row that is still planned may be done in the end.
            let failed = fault.filter(|_| outcome != Outcome::Planned);
            self.failed.extend(failed.map(|fault| (at, fault)));
            self.plan.rows[at].outcome = outcome;
        }
        self.fault = fault;
    }
}
