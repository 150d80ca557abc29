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
#[derive(Debug, Default)]
pub(super) struct Walls {
    token: Option<Wall>,
    things: HashMap<About, Wall>,
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
        let high = walls.filter(|wall| wall.refusals >= REFUSALS);
        for wall in high {
            if !over(wall) {
                return Some(wall.fault.clone());
            }
            wall.at = now;
        }
        None
    }

    /// Heeds how a call was answered.
    pub(super) fn heed(&mut self, about: &About, fault: Option<&Fault>, now: Timestamp) {
        match fault {
            Some(fault) if fault.kind == Kind::SignIn => count(&mut self.token, fault, now),
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

    /// Takes the token's wall down: somebody asks whether it is taken again.
    pub(super) fn look_again(&mut self) {
        self.token = None;
    }
}

fn count(wall: &mut Option<Wall>, fault: &Fault, at: Timestamp) {
    let refusals = wall.as_ref().map_or(0, |wall| wall.refusals) + 1;
    *wall = Some(Wall { refusals, fault: fault.clone(), at });
}
