//! Carrying out one row of a plan about vaults, and what keeps others from beginning.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use super::Ops;
use super::job::{Job, Patience};
use super::level::Halted;
use crate::audit::Intended;
use crate::clock::Clock;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::frame::Frame;
use crate::domain::operation::Operation;
use crate::domain::plan::Outcome;
use crate::domain::text::SafeText;

/// The ration is used up, or the token is refused: no other row would fare better.
pub(super) const FOR_ALL: &[Kind] = &[Kind::RateLimit, Kind::SignIn];

/// How carrying out a row came out.
pub(super) struct Ending {
    pub(super) outcome: Outcome,
    pub(super) fault: Option<Fault>,
    /// Whether somebody is left without access until the row goes on.
    pub(super) locked: bool,
    /// Whether something of it was changed.
    pub(super) begun: bool,
}

/// Carries out the operations of one row; a failed one stops the rest.
pub(super) async fn row(
    ops: &Ops,
    job: &Job,
    frame: &Frame,
    operations: &[Operation],
    intended: &[Intended],
    brake: &Brake<'_>,
) -> Ending {
    let mut ending = Ending { outcome: Outcome::Done, fault: None, locked: false, begun: false };
    job.heed().await;
    for (operation, intended) in operations.iter().zip(intended) {
        if ending.outcome != Outcome::Done || brake.is_on() {
            if ending.outcome == Outcome::Done {
                ending.outcome = Outcome::Planned;
            }
            // Every intent gets its result, also that nothing was sent.
            if let Err(fault) = ops.skip(intended).await {
                ending.outcome = failed(&fault);
            }
            continue;
        }
        let cost = writes(frame, operation);
        let done = match operation {
            Operation::DeleteVault { .. } => ops.delete(job, frame, operation, intended).await,
            _ => ops.set_level(job, frame, operation, intended).await,
        };
        if let Err(Halted { fault, locked }) = done {
            // Whoever is patient has the other half done after the wait.
            ending.begun |= locked;
            ending.locked = locked && fault.kind == Kind::RateLimit && job.patience == Patience::Wait;
            ending.outcome = match fault.kind {
                Kind::RateLimit if !locked || ending.locked => Outcome::Planned,
                // Nothing was sent: something is in the way of a deletion.
                Kind::Refused if matches!(operation, Operation::DeleteVault { .. }) => outcome_of(&fault),
                _ => failed(&fault),
            };
            brake.heed(&Err::<(), _>(fault.clone()));
            ending.fault = Some(fault);
        } else {
            ending.begun = true;
            job.changed(ops, cost);
        }
    }
    ending
}

/// How a row ended that a fault has ended: refused here, or failed out there.
pub(super) fn outcome_of(fault: &Fault) -> Outcome {
    if fault.kind == Kind::Refused {
        Outcome::Refused(SafeText::new(&fault.to_string()))
    } else {
        failed(fault)
    }
}

fn failed(fault: &Fault) -> Outcome {
    Outcome::Failed(SafeText::new(&fault.to_string()))
}

/// Stops what was not begun: somebody wants to leave, the ration is used up, the token is refused, or
/// what was read is too old.
pub(super) struct Brake<'a> {
    job: &'a Job,
    /// What concerns every row alike.
    stops: &'static [Kind],
    fault: Mutex<Option<Fault>>,
    /// When nothing more is begun by what was read.
    old: Option<(&'a Clock, Timestamp)>,
}

impl<'a> Brake<'a> {
    /// One that faults of these kinds put on.
    pub(super) fn new(job: &'a Job, stops: &'static [Kind]) -> Self {
        Self { job, stops, fault: Mutex::new(None), old: None }
    }

    /// The same, and it stops what was not begun by that time.
    pub(super) fn at(self, clock: &'a Clock, time: Timestamp) -> Self {
        Self { old: Some((clock, time)), ..self }
    }

    pub(super) fn is_on(&self) -> bool {
        let old = self.old.is_some_and(|(clock, time)| clock.now() > time);
        old || self.job.stops() || self.fault().is_some()
    }

    pub(super) fn heed<T>(&self, result: &Result<T>) {
        if let Err(fault) = result
            && self.stops.contains(&fault.kind)
        {
            *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault.clone());
        }
    }

    pub(super) fn fault(&self) -> Option<Fault> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What an operation was planned to send.
fn writes(frame: &Frame, operation: &Operation) -> u32 {
    let (Operation::Grant { vault, who, level }, kind) = (operation, frame.identity.kind) else { return 1 };
    frame.cell(vault, who).level(kind).map_or(1, |from| from.calls_to(*level))
}
