//! When people and groups are asked for: in the usual round, because somebody is waited for, or because somebody
//! else may have watched.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::Watch;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::frame::Frame;
use crate::domain::roster::Student;

/// Every so many beats the people are asked for, in place of the vaults.
const PEOPLE_EVERY: u64 = 15;
/// And every so many times, the groups in place of the people.
const GROUPS_EVERY: u64 = 8;
/// Where requests are rationed and beats are long, the people are asked for so often as long as somebody
/// of the roster is still to sign up or to get a vault. Asking for them is said to cost nothing of the
/// ration, which is not certain: so not at every beat.
const SIGN_UPS: SignedDuration = SignedDuration::from_secs(180);
/// So often people are asked for where beats are short because vaults are read beside the ration.
const PEOPLE: SignedDuration = SignedDuration::from_secs(450);
/// And so often while that fails.
const PEOPLE_AGAIN: SignedDuration = SignedDuration::from_secs(60);

impl Watch {
    /// Whether it is time to ask for people or groups: somebody else may have watched, it is their turn in the
    /// usual round, or somebody is waited for.
    pub(super) fn asks_people(&self, now: Timestamp) -> bool {
        self.meet || self.is_their_turn(now) || self.awaits_sign_ups(now)
    }

    fn is_their_turn(&self, now: Timestamp) -> bool {
        if !self.share.is_beside() {
            return self.beat.is_multiple_of(PEOPLE_EVERY);
        }
        let every = if self.is_told_down() { PEOPLE_AGAIN } else { PEOPLE };
        self.asked_at.is_none_or(|at| now < at || now.duration_since(at) >= every)
    }

    /// Whether it was told that the service which acts is away.
    fn is_told_down(&self) -> bool {
        self.told_parts.first().is_some_and(|part| part.down.is_some())
    }

    /// Whether it is time to ask for people because somebody is waited for.
    fn awaits_sign_ups(&self, now: Timestamp) -> bool {
        let due = self.asked_at.is_none_or(|at| now < at || now.duration_since(at) >= SIGN_UPS);
        let waited_for = |frame: &Arc<Frame>| {
            let served = |student: &Student| {
                frame.bindings.contains_key(&student.key) && frame.sign_up(student).0.is_active()
            };
            frame.students.iter().any(|student| !frame.gone.contains(&student.key) && !served(student))
        };
        self.share.is_rationed() && due && self.frame.as_ref().is_some_and(waited_for)
    }

    /// Asks for the people, or now and then for the groups, which change less often; whether
    /// anything changed.
    pub(super) async fn people(&mut self) -> Result<bool> {
        let groups = if self.share.is_beside() {
            self.rounds += 1;
            self.rounds.is_multiple_of(GROUPS_EVERY)
        } else {
            self.beat.is_multiple_of(PEOPLE_EVERY * GROUPS_EVERY)
        };
        let changed = match (self.meet, groups) {
            (true, _) => self.queries.refresh().await?,
            (false, true) => self.queries.refresh_groups().await?,
            (false, false) => self.queries.refresh_people().await?,
        };
        self.meet = false;
        if changed {
            self.frame = None;
        }
        Ok(changed)
    }

    /// People could not be asked for: they are at the next beat, unless that is known to be in vain. Who was asked
    /// too often is not asked before the usual time.
    pub(super) fn asks_again(&mut self, fault: &Fault) {
        let waits = fault.kind == Kind::RateLimit || self.is_told_down();
        self.asked_at = self.asked_at.filter(|_| waits);
    }
}
