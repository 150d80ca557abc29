//! Bringing somebody to exactly a level: one step in the log, though it may take two calls.
//!
//! The ration for all of its calls is set aside before the first one, so that nobody stays locked
//! out between two of them because it ran out.

use std::time::Duration;

use super::Ops;
use super::job::{Job, MOMENT, until};
use super::pace::Turn;
use super::records::in_record;
use crate::audit::Intended;
use crate::domain::access::{Cell, Level, Permissions, Principal};
use crate::domain::budget::Action;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::frame::FOREIGN_MEND;
use crate::domain::frame::Frame;
use crate::domain::id::VaultId;
use crate::domain::operation::{Call, Capability, Operation, Receipt, calls};
use crate::domain::text::SafeText;
use crate::seeded::{self, Bug};

/// How often one call is repeated that the service refuses as coming too soon.
const TIMES: usize = 12;
/// Whoever is to wait longer has used up a window of the ration: 1Password's own script waits this long
/// after "rate-limited".
const LONGEST: Duration = Duration::from_secs(600);

impl Ops {
    /// Brings somebody to exactly a level, between intent and result.
    pub(super) async fn set_level(
        &self,
        job: &Job,
        frame: &Frame,
        operation: &Operation,
        intended: &Intended,
    ) -> Result<(), Halted> {
        let (vault, who, level) = match operation {
            Operation::Grant { vault, who, level } => (vault, who, *level),
            Operation::Revoke { vault, who } => (vault, who, Level::None),
            _ => return Err(Fault::new(Kind::Broken, "this changes no level").into()),
        };
        let known = frame.cell(vault, who);
        let mut change = Change { intended, known, begun: false, sent: false, reserved: 0, kept: Ok(()) };
        let mut result = self.set_exactly(job, frame, (vault, who), level, &mut change).await;
        if let Err(fault) = result {
            result = Err(self.learn_from_refusal(frame, vault, fault).await);
        }
        self.queries.provider.release(std::mem::take(&mut change.reserved));
        if result.as_ref().is_err_and(|fault| fault.kind == Kind::Unknown) {
            self.forget(vault, who).await?;
        }
        match &result {
            Err(fault) if fault.kind == Kind::RateLimit && !change.begun => self.skip(intended).await?,
            _ => self.conclude(intended, &result.clone().map(|set| in_record(Some(set)))).await?,
        }
        // What was taken away first is not given back yet.
        let locked = change.sent && level != Level::None && change.known.set() == Some(Permissions::NONE);
        result.map(drop).and(change.kept).map_err(|fault| {
            let fault = if locked { locked_out(&frame.name(who), fault) } else { fault };
            Halted { fault, locked }
        })
    }

    async fn set_exactly(
        &self,
        job: &Job,
        frame: &Frame,
        (vault, who): (&VaultId, &Principal),
        level: Level,
        change: &mut Change<'_>,
    ) -> Result<Permissions> {
        let target = frame.expressible(level)?;
        let kind = frame.identity.kind;
        let partly = !frame.identity.is_service_account
            && self.queries.provider.capabilities().has(Capability::RevokePartly);
        // A second round only where the first one showed more than was expected.
        for _ in 0..2 {
            let calls = calls((vault, who), change.known, target, kind, partly);
            self.reserve(change, u32::try_from(calls.len()).unwrap_or(u32::MAX))?;
            for call in calls {
                let set = self.send(job, &call, change).await?;
                change.sent = true;
                change.known = Cell::Ledger { set, at: self.queries.clock.now() };
                // What was begun is finished, also where keeping it here fails.
                let kept = self.remember(vault, who, set).await;
                change.kept = std::mem::replace(&mut change.kept, Ok(())).and(kept);
            }
            match change.known.set() {
                Some(set) if set.plain(kind) == target => return Ok(set),
                _ => {}
            }
        }
        let held = change.known.set().map_or("unknown", |set| Level::of(set, kind).name());
        Err(Fault::new(Kind::Broken, format!("1Password answered with {held} where {level} was asked for")))
    }

    /// Sets writes aside for a change, beside those that it has already.
    fn reserve(&self, change: &mut Change<'_>, writes: u32) -> Result<()> {
        self.queries.provider.reserve(writes)?;
        change.reserved += writes;
        Ok(())
    }

    /// Sends one call; returns what the principal holds afterwards, as the answer says.
    async fn send(&self, job: &Job, call: &Call, change: &mut Change<'_>) -> Result<Permissions> {
        let answer = match (self.apply(job, call, change).await, call) {
            // Nothing to take away, or no such vault: a look tells which.
            (Err(fault), Call::Revoke { vault, who, permissions: None }) if fault.kind == Kind::NotFound => {
                let absent = seeded::is(Bug::Trust404) || self.absent(vault, who).await?;
                return absent.then_some(Permissions::NONE).ok_or(fault);
            }
            (answer, _) => answer?,
        };
        match (answer, call) {
            (Receipt::Access(set), _) => Ok(set),
            (_, Call::Revoke { permissions: None, .. }) => Ok(Permissions::NONE),
            (_, Call::Revoke { permissions: Some(part), .. }) => {
                Ok(change.known.set().unwrap_or_default() - *part)
            }
            _ => Err(Fault::new(Kind::Unknown, "the answer did not say who has access now")),
        }
    }

    /// Sends one call in its turn, and again where the service refused it as coming too soon: what it
    /// refused was not done.
    async fn apply(&self, job: &Job, call: &Call, change: &mut Change<'_>) -> Result<Receipt> {
        let clock = &self.queries.clock;
        let mut times = 0;
        loop {
            let turn = self.turn(job, change.sent).await?;
            if !change.begun {
                self.begin(change.intended);
                change.begun = true;
            }
            change.reserved = change.reserved.saturating_sub(1);
            let fault = match self.queries.provider.apply(call).await {
                Err(fault) if self.is_too_soon(&fault) => fault,
                answer => {
                    if answer.is_ok() {
                        turn.went_well(clock.now());
                    }
                    return answer;
                }
            };
            times += 1;
            let next = turn.was_refused(clock.now(), times, fault.retry_after);
            job.tell_end(self);
            let fault = fault.retry_after(until(next, clock.now()));
            if times >= TIMES {
                return Err(fault);
            }
            // Set aside before the wait: nobody else takes it meanwhile.
            self.reserve(change, 1)?;
            if !job.hold_back(self, next, change.sent, &fault).await {
                return Err(fault);
            }
        }
    }

    /// Waits for a turn. Where somebody else's change was refused and it is to wait for long, that is
    /// waited out as for an own one.
    async fn turn(&self, job: &Job, halfway: bool) -> Result<Turn<'_>> {
        let clock = &self.queries.clock;
        loop {
            let turn = self.pace.turn(clock, MOMENT);
            // Nobody is left locked out for the sake of leaving at once.
            let Some(turn) = job.unless_leaving(self, halfway, turn).await else {
                let left = Fault::new(Kind::RateLimit, "stopped while it waited for its turn");
                return Err(left.hint("run it again"));
            };
            let next = match turn {
                Ok(turn) => return Ok(turn),
                Err(next) => next,
            };
            let held = Fault::new(Kind::RateLimit, "1Password holds changes of access back");
            let held = held.retry_after(until(next, clock.now()));
            if !job.hold_back(self, next, halfway, &held).await {
                return Err(held);
            }
        }
    }

    /// Whether the service refused a change as coming too soon, rather than for its ration.
    fn is_too_soon(&self, fault: &Fault) -> bool {
        let budget = self.queries.provider.budget();
        let stopped = budget.is_some_and(|budget| budget.stopped_until(Action::Write).is_some());
        let long = fault.retry_after.is_some_and(|wait| wait > LONGEST);
        fault.kind == Kind::RateLimit && !stopped && !long
    }

    /// Whether the vault's list, read now, does not name somebody.
    async fn absent(&self, vault: &VaultId, who: &Principal) -> Result<bool> {
        let grants = self.queries.provider.grants(vault).await?;
        Ok(grants.iter().all(|grant| grant.who != *who))
    }

    /// Notes that the service account did not make a vault, where the service refused it a change of
    /// access for want of the right and nothing tells that it did: it has every right on a vault of its
    /// own. Returns the fault with the mend.
    async fn learn_from_refusal(&self, frame: &Frame, vault: &VaultId, fault: Fault) -> Fault {
        if !frame.identity.is_service_account
            || fault.kind != Kind::Denied
            || self.is_ours(frame, vault).await
        {
            return fault;
        }
        let (vault, who, now) = (vault.clone(), frame.identity.id.clone(), self.queries.clock.now());
        // Where it cannot be kept the next refusal tells it again.
        drop(self.queries.with_store(move |store| store.mark_foreign(&vault, &who, now)).await);
        fault.hint(FOREIGN_MEND)
    }

    /// Whether this service account has changed a vault's access before, or made it, as the log tells.
    /// Then a refusal has another reason, and may pass. The ledger of levels does not say who acted.
    async fn is_ours(&self, frame: &Frame, vault: &VaultId) -> bool {
        let (vault, who) = (vault.clone(), frame.identity.id.clone());
        // A log that cannot be read tells nothing, and then no vault is marked either.
        self.with_log(move |audit| audit.has_changed(vault.as_str(), who.as_str())).await.unwrap_or(true)
    }

    /// Forgets what is known of an access: neither ledger nor list may be believed until somebody has looked.
    pub(super) async fn forget(&self, vault: &VaultId, who: &Principal) -> Result<()> {
        let (vault, who) = (vault.clone(), who.clone());
        self.queries.with_store(move |store| store.forget_access(&vault, &who)).await
    }

    async fn remember(&self, vault: &VaultId, who: &Principal, set: Permissions) -> Result<()> {
        let (vault, who, now) = (vault.clone(), who.clone(), self.queries.clock.now());
        self.queries.with_store(move |store| store.record_access(&vault, &who, set, now)).await
    }
}

/// How far a change of one access has come.
struct Change<'a> {
    intended: &'a Intended,
    /// What is known of it now.
    known: Cell,
    /// Whether a call may have left this machine.
    begun: bool,
    /// Whether something was changed.
    sent: bool,
    /// Writes that are set aside for it and not used yet.
    reserved: u32,
    /// Whether the local state could keep it.
    kept: Result<()>,
}

/// Why a change did not come to its end.
pub(super) struct Halted {
    pub(super) fault: Fault,
    /// Whether somebody was left without any access in the middle of it.
    pub(super) locked: bool,
}

/// The same fault, saying first what is so until somebody does something.
fn locked_out(name: &SafeText, fault: Fault) -> Fault {
    let has = if fault.kind == Kind::Unknown { "may have" } else { "has" };
    let message = format!("{name} {has} no access now: run it again; {}", fault.message);
    Fault { message: SafeText::new(&message), ..fault }
}

impl From<Fault> for Halted {
    fn from(fault: Fault) -> Self {
        Self { fault, locked: false }
    }
}
