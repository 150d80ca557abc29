//! The steps of a row in the order in which they are sent, each judged at its turn: what takes away comes
//! first and makes room for what gives.
//!
//! Every plan that changes access puts its rows together here. Knows the frame and its rules; must not know
//! why somebody wants a step.

use std::collections::HashMap;

use super::Step;
use crate::domain::access::{Level, Principal};
use crate::domain::class::StudentKey;
use crate::domain::fault::Fault;
use crate::domain::frame::Frame;
use crate::domain::id::VaultId;
use crate::domain::roster::Student;

/// The rows of one plan while they are put together.
pub(in crate::domain) struct Turns {
    /// Its cells are changed while a row is judged, and are again as they were behind it.
    frame: Frame,
    /// On whose vault an earlier step puts a guest, who can be on one only.
    guests: HashMap<Principal, StudentKey>,
}

/// What becomes of the steps that a row was to have.
pub(in crate::domain) struct Turn {
    /// Those that the rules let through, in order.
    pub(in crate::domain) steps: Vec<Step>,
    /// Those that are forbidden at their turn, and why.
    pub(in crate::domain) forbidden: Vec<(Step, Fault)>,
}

impl Turns {
    pub(in crate::domain) fn new(frame: &Frame) -> Self {
        Self { frame: frame.clone(), guests: HashMap::new() }
    }

    /// A row on a vault that is there.
    pub(in crate::domain) fn on(&mut self, owner: &Student, vault: &VaultId, mut steps: Vec<Step>) -> Turn {
        steps.sort_by_key(|step| self.frame.rank(vault, step));
        let mut operations = Vec::new();
        self.judge(owner, steps, |frame, step| {
            operations.extend(step.access(vault));
            let permitted = frame.permits_in_turn(&operations);
            if permitted.is_err() {
                operations.pop();
            }
            permitted
        })
    }

    /// A row whose first step makes the vault.
    pub(in crate::domain) fn first(&mut self, owner: &Student, steps: Vec<Step>) -> Turn {
        self.judge(owner, steps, |frame, step| frame.permits_first(owner, std::slice::from_ref(step)))
    }

    fn judge(
        &mut self,
        owner: &Student,
        steps: Vec<Step>,
        mut permits: impl FnMut(&mut Frame, &Step) -> Result<(), Fault>,
    ) -> Turn {
        let mut turn = Turn { steps: Vec::new(), forbidden: Vec::new() };
        for step in steps {
            let single = self.single(owner, &step);
            match single.and_then(|()| permits(&mut self.frame, &step)) {
                Ok(()) => {
                    if let Step::Grant { who, .. } = &step
                        && self.frame.is_guest(who)
                    {
                        self.guests.insert(who.clone(), owner.key.clone());
                    }
                    turn.steps.push(step);
                }
                Err(fault) => turn.forbidden.push((step, fault)),
            }
        }
        turn
    }

    /// Refuses to put a guest on a second vault of the same plan.
    fn single(&self, owner: &Student, step: &Step) -> Result<(), Fault> {
        let Step::Grant { who, .. } = step else { return Ok(()) };
        match self.guests.get(who) {
            Some(other) if *other != owner.key => Err(self.frame.second_vault(who, other.as_str())),
            _ => Ok(()),
        }
    }
}

impl Frame {
    /// Refuses the steps of a row whose vault is still to be made.
    pub fn permits_first(&self, owner: &Student, steps: &[Step]) -> Result<(), Fault> {
        steps.iter().try_for_each(|step| match step {
            Step::CreateVault => self.permits_vault(&owner.key),
            Step::Grant { who, to, .. } => self.permits_level(owner, None, who, *to),
            _ => Err(Fault::refused(format!("{} has no vault", owner.key))),
        })
    }

    /// When a step has its turn: what takes everything, what takes a part, then what gives.
    fn rank(&self, vault: &VaultId, step: &Step) -> u8 {
        let kind = self.identity.kind;
        match step {
            Step::Revoke { .. } => 0,
            Step::Grant { who, to, .. } => {
                let both = self.cell(vault, who).set().zip(to.permissions(kind));
                let narrows = both.is_some_and(|(held, to)| held.plain(kind).contains(to));
                if narrows { 1 } else { 2 }
            }
            _ => 3,
        }
    }

    /// Whether a step takes a student's own access, or makes it another than the class asks: nobody gives it
    /// to them by itself then.
    pub(in crate::domain) fn takes_own(&self, owner: &Student, step: &Step) -> bool {
        let own = self.sign_up(owner).1.map(|person| Principal::Person(person.id.clone()));
        let other = step.level().is_some_and(|level| level != self.class.student);
        other && own.is_some() && step.who() == own.as_ref()
    }

    /// The step that brings somebody to a level on a vault.
    pub(in crate::domain) fn step(&self, vault: &VaultId, who: &Principal, to: Level) -> Step {
        let (who, name) = (who.clone(), self.name(who));
        let from = self.cell(vault, &who).level(self.identity.kind);
        match to {
            Level::None => Step::Revoke { who, name, from },
            to => Step::Grant { who, name, from, to },
        }
    }
}
