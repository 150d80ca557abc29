//! Where somebody else says that there is something to see: vaults, each with the latest time that is told of.
//!
//! It only decides whose turn it is. What is there is found by looking.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use crate::domain::id::VaultId;

/// A lead that nobody could follow for so long is let go: every vault is looked at anyway.
const STALE: SignedDuration = SignedDuration::from_hours(1);

/// What there is to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// The list of vaults tells it.
    Vault,
    /// Its items.
    Items,
    /// Who is on it.
    Access,
}

/// One lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lead {
    pub(super) vault: VaultId,
    pub(super) sight: Sight,
    pub(super) at: Timestamp,
}

/// The vaults that are to be looked at; whoever reads along says which, the live view looks. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Leads(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    told: Mutex<Told>,
    raised: Notify,
}

/// What was told and not looked at yet.
#[derive(Clone, Debug, Default)]
pub(in crate::watch) struct Told {
    /// Vaults of any kind of lead, since the last look.
    pub(in crate::watch) vaults: HashSet<VaultId>,
    /// When the items of a vault changed last.
    pub(in crate::watch) items: HashMap<VaultId, Timestamp>,
    /// When access to a vault changed last.
    pub(in crate::watch) access: HashMap<VaultId, Timestamp>,
}

impl Leads {
    fn lock(&self) -> MutexGuard<'_, Told> {
        self.0.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// There is something to see.
    pub(super) fn raise(&self, leads: impl Iterator<Item = Lead>) {
        let mut any = false;
        {
            let mut told = self.lock();
            for Lead { vault, sight, at } in leads {
                let times = match sight {
                    Sight::Vault => None,
                    Sight::Items => Some(&mut told.items),
                    Sight::Access => Some(&mut told.access),
                };
                if let Some(times) = times {
                    let latest = times.entry(vault.clone()).or_insert(at);
                    *latest = at.max(*latest);
                }
                told.vaults.insert(vault);
                any = true;
            }
        }
        if any {
            self.0.raised.notify_one();
        }
    }

    /// Waits until there is something new to see.
    pub(in crate::watch) async fn raised(&self) {
        self.0.raised.notified().await;
    }

    /// Whether that holds of every vault that there is something to see of.
    pub(in crate::watch) fn are_all(&self, holds: impl Fn(&VaultId) -> bool) -> bool {
        self.lock().vaults.iter().all(holds)
    }

    /// Whether nobody has looked since.
    pub(in crate::watch) fn are_new(&self) -> bool {
        !self.lock().vaults.is_empty()
    }

    /// What was told, for a look that begins now. It stays told until that is over: a look may fail, or be cut off.
    pub(in crate::watch) fn take(&self, now: Timestamp) -> Told {
        let mut told = self.lock();
        let vaults = std::mem::take(&mut told.vaults);
        let taken = Told { vaults, items: told.items.clone(), access: told.access.clone() };
        let Told { items, access, .. } = &mut *told;
        for times in [items, access] {
            times.retain(|_, at| now.duration_since(*at) < STALE);
            // By now it has happened, whatever the clock says of who tells it.
            for at in times.values_mut() {
                *at = now.min(*at);
            }
        }
        taken
    }

    /// Lets go of what holds for none of these: items that were told of, and access.
    pub(in crate::watch) fn retain(
        &self,
        items: impl Fn(&VaultId, Timestamp) -> bool,
        access: impl Fn(&VaultId, Timestamp) -> bool,
    ) {
        let mut told = self.lock();
        told.items.retain(|vault, at| items(vault, *at));
        told.access.retain(|vault, at| access(vault, *at));
    }

    /// Who is on a vault was seen, as far as it was told of until then.
    pub(in crate::watch) fn saw_access(&self, vault: &VaultId, until: Timestamp) {
        let mut told = self.lock();
        if told.access.get(vault).is_some_and(|at| *at <= until) {
            told.access.remove(vault);
        }
    }
}
