//! Walls: what was refused three times in a row for a reason that does not pass by itself is not
//! asked again for a while. 1Password shuts out a token that keeps failing.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::budget::Purpose;
use crate::domain::directory::{FileRef, ItemRef};
use crate::domain::fault::{Fault, Kind};
use crate::domain::id::VaultId;
use crate::domain::operation::Call;

/// So many refusals in a row make a wall.
const REFUSALS: u32 = 3;
/// How long it stands before one more call tries.
const STANDS: Duration = Duration::from_secs(300);
/// The same for somebody who presses a key.
const STANDS_FOR_KEYS: Duration = Duration::from_secs(10);
/// How long a vault that we made may take until everything in it is found: nothing about it has a wall.
const YOUNG: Duration = Duration::from_secs(300);
/// More walls than this are not remembered.
const MOST: usize = 10_000;

/// What a call is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum About {
    /// The account as a whole.
    Account,
    /// One thing in it, by its id.
    Thing(String),
}

impl About {
    pub(super) fn vault(id: &VaultId) -> Self {
        Self::Thing(id.to_string())
    }

    /// Whether it is about a vault or something in it.
    fn is_of(&self, vault: &VaultId) -> bool {
        let Self::Thing(id) = self else { return false };
        id.split('/').next() == Some(vault.as_str())
    }

    pub(super) fn item(at: &ItemRef) -> Self {
        Self::Thing(format!("{}/{}", at.vault, at.item))
    }

    pub(super) fn file(file: &FileRef) -> Self {
        Self::Thing(format!("{}/{}/{}", file.at.vault, file.at.item, file.file))
    }

    pub(super) fn call(call: &Call) -> Self {
        match call {
            Call::Grant { vault, who, .. } | Call::Revoke { vault, who, .. } => {
                Self::Thing(format!("{vault}/{}", who.id()))
            }
            Call::DeleteVault(vault) => Self::vault(vault),
            Call::Confirm(person) | Call::Suspend(person) | Call::Reactivate(person) => {
                Self::Thing(person.to_string())
            }
            Call::CreateVault(_) | Call::Invite { .. } => Self::Account,
        }
    }
}

/// Refusals in a row.
#[derive(Clone, Debug)]
struct Wall {
    refusals: u32,
    fault: Fault,
    at: Timestamp,
}

/// All walls of a service account. The token has one, and everything that was not found.
///
/// A vault, its items as a list and its access have one together: they are found or not found together,
/// and whichever is found takes it down. A vault that was made through this ledger a moment ago has
/// none, since it may not be visible everywhere yet.
#[derive(Debug, Default)]
pub(super) struct Walls {
    token: Option<Wall>,
    things: HashMap<About, Wall>,
    /// Vaults that were made, and when.
    made: Vec<(VaultId, Timestamp)>,
}

impl Walls {
    /// The refusal that stands in the way of a call. Where its time is over, this one call may try,
    /// and it stands again.
    pub(super) fn before(&mut self, about: &About, purpose: Purpose, now: Timestamp) -> Option<Fault> {
        let stands = if purpose == Purpose::Keys { STANDS_FOR_KEYS } else { STANDS };
        let over = |wall: &Wall| {
            let age = Duration::try_from(now.duration_since(wall.at));
            // A clock that was set back makes nobody wait longer.
            age.map_or(true, |age| age >= stands)
        };
        let thing = self.things.get_mut(about);
        let walls = self.token.as_mut().into_iter().chain(thing);
        let mut high: Vec<&mut Wall> = walls.filter(|wall| wall.refusals >= REFUSALS).collect();
        // Only a call that is sent tries, so that none of them stands again before all are asked.
        let stands = high.iter().find(|wall| !over(wall)).map(|wall| wall.fault.clone());
        if stands.is_none() {
            for wall in &mut high {
                wall.at = now;
            }
        }
        stands
    }

    /// Heeds how a call was answered.
    pub(super) fn heed(&mut self, about: &About, fault: Option<&Fault>, now: Timestamp) {
        match fault {
            Some(fault) if fault.kind == Kind::SignIn => count(&mut self.token, fault, now),
            Some(fault) if fault.kind == Kind::NotFound && self.is_young(about, now) => self.token = None,
            Some(fault) if fault.kind == Kind::NotFound && matches!(about, About::Thing(_)) => {
                if self.things.len() >= MOST {
                    self.things.clear();
                }
                let mut wall = self.things.remove(about);
                count(&mut wall, fault, now);
                self.things.extend(wall.map(|wall| (about.clone(), wall)));
            }
            // Whoever is told anything else was let in.
            Some(fault) if fault.kind != Kind::Unreachable => self.token = None,
            Some(_) => {}
            None => {
                self.token = None;
                self.things.remove(about);
            }
        }
    }

    /// A vault was made.
    pub(super) fn made(&mut self, vault: VaultId, now: Timestamp) {
        self.forget_old(now);
        self.made.push((vault, now));
    }

    fn is_young(&mut self, about: &About, now: Timestamp) -> bool {
        self.forget_old(now);
        self.made.iter().any(|(vault, _)| about.is_of(vault))
    }

    fn forget_old(&mut self, now: Timestamp) {
        self.made.retain(|(_, at)| Duration::try_from(now.duration_since(*at)).is_ok_and(|age| age < YOUNG));
    }

    /// Takes the token's wall down: somebody asks whether it is taken again.
    pub(super) fn look_again(&mut self) {
        self.token = None;
    }
}

fn count(wall: &mut Option<Wall>, fault: &Fault, at: Timestamp) {
    let refusals = wall.as_ref().map_or(0, |wall| wall.refusals) + 1;
    *wall = Some(Wall { refusals, fault: fault.clone(), at });
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_call_that_one_wall_refuses_is_no_try_at_another() {
        let at = |seconds: i64| Timestamp::from_second(1_790_000_000 + seconds).unwrap();
        let (mut walls, thing) = (Walls::default(), About::Thing("v".into()));
        for _ in 0..REFUSALS {
            walls.heed(&About::Account, Some(&Fault::new(Kind::SignIn, "no")), at(0));
            walls.heed(&thing, Some(&Fault::new(Kind::NotFound, "not there")), at(100));
        }
        let refused = |fault: Option<Fault>| fault.map(|fault| fault.kind);
        assert_eq!(refused(walls.before(&thing, Purpose::Watch, at(310))), Some(Kind::NotFound));
        assert_eq!(refused(walls.before(&About::Account, Purpose::Watch, at(311))), None);
        assert_eq!(refused(walls.before(&About::Account, Purpose::Watch, at(312))), Some(Kind::SignIn));
    }
}
