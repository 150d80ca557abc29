//! Carrying out a portion of a plan: the intents of many rows are synced together, and it is looked
//! before anything is made.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use futures_util::{StreamExt, stream};
use jiff::Timestamp;

use super::carry::{Brake, Ending, row};
use super::check::Ground;
use super::held::Held;
use super::job::Job;
use super::make::new_nonce;
use super::portions::{FRESH, on, vault_of};
use super::{Ended, Ops, VAULTS_AT_ONCE};
use crate::audit::Intended;
use crate::domain::access::{Cell, Permissions, Why};
use crate::domain::class::{Marker, StudentKey};
use crate::domain::directory::{NewVault, Vault};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::frame::Frame;
use crate::domain::id::VaultId;
use crate::domain::operation::Operation;
use crate::domain::plan::{Outcome, Plan, Step};
use crate::domain::quarantine::Quarantined;
use crate::domain::text::SafeText;
use crate::queries::blocking;

/// A plan that is being carried out.
pub(super) struct Run<'a> {
    pub(super) ops: &'a Ops,
    pub(super) frame: Frame,
    /// When the oldest part of the frame was read; `None` where it has to be read anew.
    pub(super) read_at: Option<Timestamp>,
    pub(super) plan: Plan,
    pub(super) job: &'a Job,
    pub(super) fault: Option<Fault>,
    failed: BTreeMap<usize, Fault>,
    /// Rows in the middle of which somebody was left without access, and why.
    pub(super) locked: BTreeMap<usize, Fault>,
    /// Rows of which something was done: what is there is theirs, and no longer what they were planned by.
    pub(super) begun: BTreeSet<usize>,
    /// Whether the frame was read anew since all rows were checked.
    pub(super) renewed: bool,
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

    pub(super) fn ended(self) -> Ended {
        Ended { plan: self.plan, fault: self.fault, failed: self.failed, strays: Vec::new(), uncompared: 0 }
    }

    /// Carries out these rows by the frame as it is.
    pub(super) async fn portion(&mut self, rows: &[usize]) -> Result<()> {
        let held = self.hold(rows).await;
        // Before anything of it is sent: whoever goes on after us knows which rows have begun.
        self.job.write().await?;
        self.heed_others(&held).await?;
        self.leave_settled(&held).await?;
        self.make_vaults(&held).await?;
        if self.fault.is_some() || self.job.stops() {
            return Ok(());
        }
        self.set_levels(&held).await
    }

    /// Makes the vaults that are missing, after a look at what is there already.
    async fn make_vaults(&mut self, held: &[Held]) -> Result<()> {
        let wanted = self.running(held).filter(|(_, row)| row.steps.contains(&Step::CreateVault));
        let wanted: Vec<(usize, StudentKey)> = wanted.map(|(at, row)| (at, row.student.clone())).collect();
        let (bound, missing): (Vec<_>, Vec<_>) =
            wanted.into_iter().partition(|(_, student)| self.frame.bindings.contains_key(student));
        for (at, student) in bound {
            self.begun.insert(at);
            self.plan.rows[at].vault = self.frame.bindings.get(&student).cloned();
        }
        if missing.is_empty() {
            return Ok(());
        }
        let vaults = self.ops.queries.provider.vaults().await?;
        self.ops.queries.quarantine(&vaults).await?;
        let by_name = by_name(&vaults);
        let mut to_make = Vec::new();
        for (at, student) in missing {
            match self.look(&by_name, &student).await {
                Ok(Some(vault)) => self.bound(at, &student, &vault),
                Ok(None) => match self.creation(&student) {
                    Ok(operation) => to_make.push((at, student, operation)),
                    Err(fault) => self.fail(at, &fault),
                },
                Err(fault) => self.fail(at, &fault),
            }
        }
        let there = vaults.iter().map(|vault| vault.id.clone()).collect();
        self.make(to_make, &there).await
    }

    /// Looks for the vault that an earlier attempt has made, and binds it.
    async fn look(
        &self,
        by_name: &HashMap<&str, Vec<Vault>>,
        student: &StudentKey,
    ) -> Result<Option<VaultId>> {
        let name = self.frame.class.vault_name(student);
        let Some(named) = by_name.get(name.as_str()) else {
            return Ok(None);
        };
        let candidates = self.ops.queries.candidates(named, &name).await?;
        let ours = candidates.iter().filter_map(|vault| {
            let marker = Marker::read(vault.description.as_ref()?)?;
            let is_ours = marker.student == *student && !self.frame.quarantined.contains_key(&vault.id);
            is_ours.then_some((vault, marker))
        });
        let ours: Vec<(&Vault, Marker)> = ours.collect();
        match (self.own_of(&ours), ours.is_empty()) {
            (Some((vault, marker)), _) => {
                self.ops.bind(student, &vault.id, &marker.nonce).await?;
                let now = self.ops.queries.clock.now();
                let others = ours.iter().filter(|(other, _)| other.id != vault.id);
                let others: Vec<Quarantined> =
                    others.map(|(other, marker)| Quarantined::of(other, marker.clone(), now)).collect();
                let store = self.ops.queries.store.clone();
                blocking(move || store.quarantine(&others)).await?;
                Ok(Some(vault.id.clone()))
            }
            (None, true) => Err(Fault::new(
                Kind::Refused,
                format!("a vault named {name} exists that Strongroom did not make"),
            )
            .hint("rename it in 1Password, or give the class another id")),
            (None, false) => {
                let message = format!("several vaults named {name} carry the mark of {student}");
                Err(Fault::new(Kind::Refused, message)
                    .hint("look at them in 1Password and delete the empty one"))
            }
        }
    }

    /// Which of several vaults with a student's mark is the student's: the only one; else the only one in
    /// which there is anything or to which we have given access, where all others are known to be empty.
    /// `None` where that does not decide: nobody guesses.
    fn own_of<'v>(&self, ours: &'v [(&'v Vault, Marker)]) -> Option<&'v (&'v Vault, Marker)> {
        if let [only] = ours {
            return Some(only);
        }
        let used = |vault: &Vault| {
            let given = |(_, cell): (_, Cell)| matches!(cell, Cell::Ledger { set, .. } if !set.is_empty());
            vault.items != Some(0) || self.frame.known(&vault.id).any(given)
        };
        let mut used = ours.iter().filter(|(vault, _)| used(vault));
        used.next().filter(|_| used.next().is_none())
    }

    fn creation(&self, student: &StudentKey) -> Result<Operation> {
        let name = self.frame.student(student).map(|student| student.name.clone()).unwrap_or_default();
        let class = &self.frame.class;
        let vault = NewVault {
            name: class.vault_name(student),
            description: class.description(student, &name, &new_nonce()?),
            icon: class.vaults.icon.clone(),
            admins_can_manage: Some(class.vaults.admins_can_manage),
        };
        let operation = Operation::CreateVault { student: student.clone(), vault };
        self.frame.permits(&operation)?;
        Ok(operation)
    }

    /// Makes these vaults; `there` are those that were there before.
    async fn make(
        &mut self,
        list: Vec<(usize, StudentKey, Operation)>,
        there: &HashSet<VaultId>,
    ) -> Result<()> {
        let operations: Vec<_> = list.iter().map(|(.., operation)| operation.clone()).collect();
        let intended = self.ops.intend(&self.frame, &operations).await?;
        let (ops, job) = (self.ops, self.job);
        let brake = Brake::new(job);
        let work = list.into_iter().zip(intended).map(|((at, student, operation), intended)| {
            let brake = &brake;
            async move {
                job.heed().await;
                let made = if brake.is_on() {
                    ops.skip(&intended).await.map(|()| None)
                } else {
                    ops.create(&student, &operation, &intended, there).await.map(Some)
                };
                brake.heed(&made);
                if matches!(made, Ok(Some(_))) {
                    job.made(ops);
                }
                (at, student, made)
            }
        });
        let results: Vec<_> = stream::iter(work).buffer_unordered(VAULTS_AT_ONCE).collect().await;
        let fault = brake.fault();
        self.fault = fault;
        for (at, student, made) in results {
            match made {
                Ok(Some(vault)) => {
                    self.bound(at, &student, &vault);
                    self.nobody_yet(at, &vault);
                }
                // Nothing was done for it: the row is still planned.
                Ok(None) => {}
                Err(fault) if fault.kind == Kind::RateLimit => {}
                Err(fault) => self.fail(at, &fault),
            }
        }
        Ok(())
    }

    fn bound(&mut self, at: usize, student: &StudentKey, vault: &VaultId) {
        self.frame.bind(student, vault);
        self.begun.insert(at);
        self.plan.rows[at].vault = Some(vault.clone());
    }

    /// On a vault that was made a moment ago nobody holds anything yet.
    fn nobody_yet(&mut self, at: usize, vault: &VaultId) {
        let now = self.ops.queries.clock.now();
        let whos: Vec<_> = self.plan.rows[at].steps.iter().filter_map(Step::who).cloned().collect();
        for who in &whos {
            let none = Cell::Proved { set: Permissions::NONE, at: now };
            self.frame.know(vault, who, none);
        }
    }

    /// Grants and revokes, once every vault is there.
    async fn set_levels(&mut self, held: &[Held]) -> Result<()> {
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
        let vault =
            vault.ok_or_else(|| Fault::new(Kind::Refused, format!("{} has no vault", row.student)))?;
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
        let brake = Brake::new(job).at(clock, old);
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

    pub(super) fn set(&mut self, at: usize, outcome: Outcome) {
        self.job.row(at, &outcome, shown(&outcome, self.locked.contains_key(&at)));
        self.plan.rows[at].outcome = outcome;
    }

    pub(super) fn fail(&mut self, at: usize, fault: &Fault) {
        let text = SafeText::new(&fault.to_string());
        let outcome =
            if fault.kind == Kind::Refused { Outcome::Refused(text) } else { Outcome::Failed(text) };
        self.failed.insert(at, fault.clone());
        self.set(at, outcome);
    }
}

/// How a row is shown: one that goes on after a wait says what is so meanwhile.
fn shown(outcome: &Outcome, locked: bool) -> Outcome {
    match outcome {
        Outcome::Planned if locked => Outcome::Waiting("locked out, retrying".into()),
        outcome => outcome.clone(),
    }
}

fn by_name(vaults: &[Vault]) -> HashMap<&str, Vec<Vault>> {
    let mut by_name: HashMap<&str, Vec<Vault>> = HashMap::new();
    for vault in vaults {
        by_name.entry(vault.name.as_str()).or_default().push(vault.clone());
    }
    by_name
}
