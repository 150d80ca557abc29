//! A list of vaults, and what it is worth: whether it is whole, and as of when it tells of each. Knows nothing of who
//! put it together.

use std::collections::HashSet;
use std::ops::Deref;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::directory::Vault;
use super::fault::Fault;
use super::id::VaultId;

/// What may lie between the time of a beat and the lists that are asked for in it.
const STEP: SignedDuration = SignedDuration::from_secs(60);

/// The vaults that a service has listed; reads like them. Made of rows alone it is that of a service which tells of
/// itself: whole, and of now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VaultList {
    /// The vaults.
    pub rows: Vec<Vault>,
    /// Whether it is whole. Of vaults that it leaves out nothing is known by it.
    pub gap: Gap,
    /// What a copy that tells of them was held against; `None` where no copy has a part in it.
    pub held: Option<Held>,
}

/// What the account itself has shown, where a copy tells of its vaults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// When the account was asked for the last list of its own, and how long before this one that was; `None` before
    /// the first.
    pub against: Option<(Timestamp, Duration)>,
    /// The vaults of which it has shown something newer than was told.
    pub behind: HashSet<VaultId>,
}

/// Of which vaults a list tells nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Gap {
    /// It is whole.
    #[default]
    None,
    /// It leaves vaults out that are not asked for at every beat.
    Due,
    /// It leaves vaults out, since the service that lists them failed.
    Failed(Fault),
}

impl VaultList {
    /// As of when it tells of a vault, where it came at `now`: a copy may be behind, and proves nothing but what the
    /// account has shown in a list of its own. `None` where the account has shown something newer, or that cannot be
    /// told.
    pub fn as_of(&self, vault: &VaultId, now: Timestamp) -> Option<Timestamp> {
        let Some(held) = &self.held else { return Some(now) };
        let (at, age) = held.against.filter(|_| !held.behind.contains(vault))?;
        // Where the clock was set back since, the time of then is not one of this clock.
        let age = SignedDuration::try_from(age).ok()?;
        let latest = now.checked_sub(age).ok()?.checked_add(STEP).ok()?;
        (at <= latest).then(|| at.min(now))
    }
}

impl FromIterator<Vault> for VaultList {
    fn from_iter<T: IntoIterator<Item = Vault>>(rows: T) -> Self {
        Self { rows: rows.into_iter().collect(), ..Self::default() }
    }
}

impl Deref for VaultList {
    type Target = [Vault];

    fn deref(&self) -> &[Vault] {
        &self.rows
    }
}

impl IntoIterator for VaultList {
    type Item = Vault;
    type IntoIter = std::vec::IntoIter<Vault>;

    fn into_iter(self) -> Self::IntoIter {
        self.rows.into_iter()
    }
}
