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

/// What was told since the last look.
#[derive(Clone, Debug, Default)]
pub(in crate::watch) struct Told {
    /// Vaults of any kind of lead.
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

    /// What was told since it was last asked.
    pub(in crate::watch) fn take(&self) -> Told {
        std::mem::take(&mut self.lock())
    }

    /// What could not be looked at waits for the next look; it wakes nobody for that.
    pub(in crate::watch) fn put_back(&self, left: Told, now: Timestamp) {
        let mut told = self.lock();
        let is_news = |at: &Timestamp| now.duration_since(*at) < STALE;
        for (vault, at) in left.items.into_iter().filter(|(_, at)| is_news(at)) {
            told.items.entry(vault).or_insert(at);
        }
        for (vault, at) in left.access.into_iter().filter(|(_, at)| is_news(at)) {
            told.access.entry(vault).or_insert(at);
        }
        told.vaults.extend(left.vaults);
    }
}
