//! The plan that takes a job back: what each access was before it, as far as the log tells, within the
//! rules of today.
//!
//! What was not known before is refused with the reason, and so is what no level can express: nothing is
//! put together by guess.

use std::collections::{HashMap, HashSet};

use super::{Outcome, Plan, Row, Step, Turns, Wish};
use crate::domain::access::{Level, Permissions, Principal};
use crate::domain::admission::Admission;
use crate::domain::class::StudentKey;
use crate::domain::fault::{Fault, Kind};
use crate::domain::frame::Frame;
use crate::domain::history::{Entry, What};
use crate::domain::id::VaultId;
use crate::domain::operation::Operation;
use crate::domain::roster::Student;
use crate::domain::text::SafeText;

/// How many reasons are named where nothing of a job can be taken back.
const NAMED: usize = 3;

/// An access that the job changed.
struct Touched<'a> {
    vault: &'a VaultId,
    who: &'a Principal,
    /// What was held before the job; `None` where that was not known.
    before: Option<Permissions>,
    /// What the job left.
    left: Option<Permissions>,
}

/// What is to be given back on one vault.
struct Back<'a> {
    owner: &'a Student,
    vault: &'a VaultId,
    steps: Vec<Step>,
    /// What is to be known of whose step.
    notes: Vec<(Principal, String)>,
}

/// What a plan becomes while it is made.
struct Maker<'a> {
    frame: &'a Frame,
    plan: Plan,
    back: Vec<Back<'a>>,
}

/// The plan that takes back what a job has done, bound to the frame that it was worked out from.
///
/// # Errors
/// [`Kind::Input`] where the job did nothing that could be taken back; [`Kind::Denied`] where people were
/// changed and a service account acts.
pub fn inverse(frame: &Frame, entry: &Entry) -> Result<Plan, Fault> {
    let job = entry.job.as_ref().map_or_else(|| "it".to_owned(), |job| format!("job {job}"));
    let plan = Plan {
        unverified: frame.unverified(),
        title: SafeText::new(&format!("undo {}", entry.job.as_ref().map_or("", |job| job.as_str()))),
        undoes: entry.job.clone(),
        ..Plan::default()
    };
    let mut maker = Maker { frame, plan, back: Vec::new() };
    if let Some(by) = &entry.undone_by {
        maker.note(&format!("{job} was already taken back by job {by}"));
    }
    let touched = touched(entry);
    for touched in touched.iter().rev() {
        maker.give_back(touched);
    }
    maker.in_turn();
    maker.others(entry, &touched)?;
    let Maker { mut plan, .. } = maker;
    if plan.rows.is_empty() {
        let nothing = format!("{job} changed nothing that can be taken back");
        let why = plan.notes.iter().take(NAMED).map(SafeText::as_str);
        let mut message = std::iter::once(nothing.as_str()).chain(why).collect::<Vec<_>>().join("; ");
        if let Some(more @ 1..) = plan.notes.len().checked_sub(NAMED) {
            message = format!("{message}; and {more} more");
        }
        return Err(Fault::new(Kind::Input, message).hint("see `strongroom history`"));
    }
    plan.taken = taken(frame, &plan);
    plan.bind(frame);
    Ok(plan)
}

/// Every access that the job changed, once, in the order of the log. What was there before is what the first
/// call found, also where its end is not known or it failed: a narrowing may have been halted after it.
fn touched(entry: &Entry) -> Vec<Touched<'_>> {
    let mut list: Vec<Touched<'_>> = Vec::new();
    let mut at: HashMap<(&VaultId, &Principal), usize> = HashMap::new();
    let mut done: HashSet<(&VaultId, &Principal)> = HashSet::new();
    for change in entry.changes.iter().filter(|change| change.was_sent()) {
        let What::Access { vault, who, before, after, .. } = &change.what else { continue };
        if change.is_done() {
            done.insert((vault, who));
        }
        if let Some(at) = at.get(&(vault, who)) {
            list[*at].left = *after;
        } else {
            at.insert((vault, who), list.len());
            list.push(Touched { vault, who, before: *before, left: *after });
        }
    }
    list.retain(|touched| done.contains(&(touched.vault, touched.who)));
    list
}

impl<'a> Maker<'a> {
    fn note(&mut self, text: &str) {
        self.plan.notes.push(SafeText::new(text));
    }

    /// Brings one access back to what it was.
    fn give_back(&mut self, touched: &Touched<'a>) {
        let Touched { vault, who, before, left } = *touched;
        let name = self.frame.name(who);
        let Some(owner) = self.frame.owner(vault) else {
            let text =
                format!("the vault {vault} is no student's any more: the access of {name} is left as it is");
            return self.note(&text);
        };
        let kind = self.frame.identity.kind;
        let cell = self.frame.cell(vault, who);
        let (now, from) = (cell.set(), cell.level(kind));
        let same = |one: Permissions, other: Permissions| one.plain(kind) == other.plain(kind);
        let to = match before.map(|before| (before, Level::of(before, kind))) {
            None => return self.refuse(owner, touched, &self.unknown_before(touched)),
            Some((before, _)) if now.is_some_and(|now| same(now, before)) => {
                return self.row(owner, vault, Vec::new(), Outcome::Unchanged);
            }
            Some((before, Level::Custom)) => {
                let text = format!(
                    "{name} held permissions that are no level ({}): they are not put together again; grant a level",
                    before.names().join(", ")
                );
                return self.refuse(owner, touched, &text);
            }
            Some((_, to)) => to,
        };
        let moved = left.is_none_or(|left| now.is_none_or(|now| !same(now, left)));
        let at = self.back.iter().position(|back| back.vault == vault).unwrap_or_else(|| {
            self.back.push(Back { owner, vault, steps: Vec::new(), notes: Vec::new() });
            self.back.len() - 1
        });
        self.back[at].steps.push(self.frame.step(vault, who, to));
        if moved {
            let word = |level: Option<Level>| level.map_or("not known", Level::name);
            let text = format!(
                "{name} on the vault of {}: the job left {}, which has changed since; now it is {}, and will be {to}",
                owner.name,
                word(left.map(|left| Level::of(left, kind))),
                word(from)
            );
            self.back[at].notes.push((who.clone(), text));
        }
    }

    /// The rows of what is given back, each step in order and judged at its turn.
    fn in_turn(&mut self) {
        let mut turns = Turns::new(self.frame);
        for Back { owner, vault, steps, notes } in std::mem::take(&mut self.back) {
            let turn = turns.on(owner, vault, steps);
            for (who, text) in notes {
                if turn.steps.iter().any(|step| step.who() == Some(&who)) {
                    self.note(&text);
                }
            }
            for (step, fault) in turn.forbidden {
                let (to, name) =
                    (step.level().unwrap_or(Level::None), step.who().map(|who| self.frame.name(who)));
                let text = format!("{to} cannot be given back to {}: {fault}", name.unwrap_or_default());
                self.row(owner, vault, Vec::new(), Outcome::Refused(SafeText::new(&text)));
            }
            if !turn.steps.is_empty() {
                self.row(owner, vault, turn.steps, Outcome::Planned);
            }
        }
    }

    /// Why nothing can be given back of which it was not known what it was. A rule that forbids any access
    /// says more than that.
    fn unknown_before(&self, touched: &Touched<'_>) -> String {
        let name = self.frame.name(touched.who);
        match self.frame.permits(&Operation::Grant {
            vault: touched.vault.clone(),
            who: touched.who.clone(),
            level: Level::Read,
        }) {
            Err(fault) => format!("nothing can be given back to {name}: {fault}"),
            Ok(()) => format!(
                "what {name} held before was not known, since 1Password shows a service account who has access, \
                 not at which level: grant a level"
            ),
        }
    }

    fn refuse(&mut self, owner: &Student, touched: &Touched<'_>, why: &str) {
        self.row(owner, touched.vault, Vec::new(), Outcome::Refused(SafeText::new(why)));
    }

    fn row(&mut self, owner: &Student, vault: &VaultId, steps: Vec<Step>, outcome: Outcome) {
        self.plan.rows.push(Row::of(owner, Some(vault.clone()), steps, outcome));
    }

    /// Everything that is no access: people are brought back where that can be, the rest is told.
    fn others(&mut self, entry: &Entry, touched: &[Touched<'_>]) -> Result<(), Fault> {
        let (mut ill, mut decided, mut made, mut deleted) = (0_usize, false, Vec::new(), Vec::new());
        let is_touched = |what: &What| {
            let What::Access { vault, who, .. } = what else { return false };
            touched.iter().any(|touched| touched.vault == vault && touched.who == who)
        };
        // What belongs to an access that is taken back as a whole is told with that.
        for change in entry.changes.iter().rev().filter(|change| !is_touched(&change.what)) {
            match &change.what {
                What::Access { .. } | What::Admission(_) if !change.is_done() => ill += 1,
                _ if !change.is_done() => {}
                What::Access { .. } | What::Made(None) | What::Class { .. } | What::Reported { .. } => {}
                What::Made(Some(vault)) => made.push(vault),
                What::Deleted(vault) => deleted.push(vault),
                What::Admission(act) => self.person(*act, change.student.as_ref())?,
                What::Decided { .. } => decided = true,
            }
        }
        // The log was read backwards.
        made.reverse();
        self.made(&made);
        match deleted.as_slice() {
            [] => {}
            [vault] => self.note(&format!("the vault {vault} was deleted and is not brought back")),
            vaults => self.note(&format!("{} vaults were deleted and are not brought back", vaults.len())),
        }
        if decided {
            self.note("what the job decided about submissions is not taken back");
        }
        if ill > 0 {
            self.note(&format!("changes of the job that were not done, and are not taken back: {ill}"));
        }
        Ok(())
    }

    /// Whose vaults that the job made stay.
    fn made(&mut self, vaults: &[&VaultId]) {
        let whose = |vault: &&VaultId| {
            self.frame.owner(vault).map_or_else(|| vault.to_string(), |owner| owner.name.to_string())
        };
        let mut named = vaults.iter().take(NAMED).map(whose).collect::<Vec<_>>().join("; ");
        if let Some(more @ 1..) = vaults.len().checked_sub(NAMED) {
            named = format!("{named}; and {more} more");
        }
        match vaults.len() {
            0 => {}
            1 => self.note(&format!(
                "the vault of {named} that the job made stays: undo takes access back and deletes no vault"
            )),
            count => self.note(&format!(
                "the {count} vaults that the job made stay, those of {named}: undo takes access back and deletes \
                 no vault"
            )),
        }
    }

    fn person(&mut self, act: Admission, student: Option<&StudentKey>) -> Result<(), Fault> {
        let Some(student) = student.and_then(|key| self.frame.student(key)) else {
            self.note("the job changed somebody who is not known here any more");
            return Ok(());
        };
        let refused = match act {
            Admission::Suspend | Admission::Reactivate => {
                let back = if act == Admission::Suspend { Admission::Reactivate } else { Admission::Suspend };
                let rows = Plan::make(self.frame, &Wish::People(back, vec![student.key.clone()]))?.rows;
                self.plan.rows.extend(rows);
                return Ok(());
            }
            Admission::Invite => {
                "an invitation is not taken back from here: remove it in 1Password".to_owned()
            }
            Admission::Confirm => {
                format!(
                    "a confirmation is not taken back: to keep them out, strongroom suspend {}",
                    student.key
                )
            }
        };
        let vault = self.frame.bindings.get(&student.key).cloned();
        let outcome = Outcome::Refused(SafeText::new(&refused));
        self.plan.rows.push(Row::of(student, vault, Vec::new(), outcome));
        Ok(())
    }
}

/// Whose own access is taken, or made another than the class's: nobody gives it to them by itself then.
fn taken(frame: &Frame, plan: &Plan) -> Vec<StudentKey> {
    let takes = |row: &&Row| {
        let owner = frame.student(&row.student).filter(|_| row.outcome == Outcome::Planned);
        owner.is_some_and(|owner| row.steps.iter().any(|step| frame.takes_own(owner, step)))
    };
    plan.rows.iter().filter(takes).map(|row| row.student.clone()).collect()
}

#[cfg(test)]
#[path = "inverse_tests.rs"]
mod tests;
