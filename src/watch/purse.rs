//! What the looks at changed vaults may spend: requests that are saved up, for all vaults together and
//! for each of its own.
//!
//! Knows vaults by their ids alone, and nothing of queues and beats.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::domain::budget::Cost;
use crate::domain::budget::beat::{Bucket, REFRESH};
use crate::domain::id::VaultId;

/// So many hours' worth of requests are saved up while nothing changes.
const SAVED: f64 = 4.0;
/// What is saved up for one vault, and at least for all together: so many refreshes at once are never
/// held back.
const BRIM: f64 = 4.0 * REFRESH;
/// What one vault's many items leave in the common bucket: two others that change just then are read
/// at once.
const LEFT_TO_OTHERS: f64 = 2.0 * REFRESH;
/// What the daily check leaves there: so many changes at once are never held back by it.
const LEFT_BY_CHECKS: f64 = 4.0 * REFRESH;
/// The part of what there is for changes that one vault may take.
const OF_DETAIL: f64 = 0.25;

/// The buckets; looks that run at once share them. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Purse(Arc<Mutex<Buckets>>);

#[derive(Debug, Default)]
struct Buckets {
    /// `None` where nothing is rationed.
    common: Option<Bucket>,
    of_vault: HashMap<VaultId, Bucket>,
    /// Requests an hour that one vault may take.
    each: f64,
    /// What the common bucket holds at most.
    brim: f64,
}

impl Buckets {
    /// Takes so much out of the common bucket and the vault's; less than nothing is given back.
    fn take(&mut self, vault: &VaultId, amount: f64) {
        let buckets = self.common.as_mut().into_iter().chain(self.of_vault.get_mut(vault));
        buckets.for_each(|bucket| bucket.take(amount));
    }
}

impl Purse {
    fn lock(&self) -> MutexGuard<'_, Buckets> {
        // Every change is whole when something panics.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nothing is rationed.
    pub(super) fn open(&self) {
        self.lock().common = None;
    }

    pub(super) fn is_open(&self) -> bool {
        self.lock().common.is_none()
    }

    /// From now on it fills at so many requests an hour, and one vault takes `most_of_one` an hour at
    /// most.
    pub(super) fn fill(&self, per_hour: f64, most_of_one: f64, now: Timestamp) {
        let mut buckets = self.lock();
        let brim = (SAVED * per_hour).max(BRIM);
        let each = most_of_one.min(OF_DETAIL * per_hour);
        match &mut buckets.common {
            Some(bucket) => bucket.change(brim, per_hour, now),
            None => buckets.common = Some(Bucket::new(BRIM, brim, per_hour, now)),
        }
        (buckets.each, buckets.brim) = (each, brim);
        buckets.of_vault.retain(|_, bucket| {
            bucket.change(BRIM, each, now);
            bucket.level() < BRIM
        });
    }

    /// Pays for a list of a vault's items and the first detail, where that is there. Whoever knows of
    /// `left` items that are still to be read waits until it pays to list them again.
    pub(super) fn pay(&self, vault: &VaultId, left: usize, now: Timestamp) -> Option<Fare> {
        let mut buckets = self.lock();
        let each = buckets.each;
        let own = buckets.of_vault.entry(vault.clone()).or_insert_with(|| Bucket::new(BRIM, BRIM, each, now));
        own.fill(now);
        let wanted = f64::from(Cost::ITEMS.reads) + count(left);
        let turn = own.has(wanted.clamp(REFRESH, BRIM));
        let common = buckets.common.as_mut().is_some_and(|bucket| {
            bucket.fill(now);
            bucket.has(REFRESH)
        });
        (turn && common).then(|| {
            buckets.take(vault, REFRESH);
            Fare { purse: Some(self.clone()), vault: vault.clone(), paid: REFRESH }
        })
    }

    /// Pays for a list of the items of a vault that has not changed, where enough is left for others
    /// that have.
    pub(super) fn pay_for_check(&self, vault: &VaultId, now: Timestamp) -> Option<Fare> {
        let spare = {
            let mut buckets = self.lock();
            let needed = (LEFT_BY_CHECKS + REFRESH).min(buckets.brim);
            buckets.common.as_mut().is_some_and(|bucket| {
                bucket.fill(now);
                bucket.has(needed)
            })
        };
        if spare { self.pay(vault, 0, now) } else { None }
    }

    /// Pays for a list of vaults before its time, where that leaves enough for others.
    pub(super) fn pay_for_look(&self, now: Timestamp) -> bool {
        let Some(bucket) = &mut self.lock().common else { return true };
        bucket.fill(now);
        let (cost, spare) = (f64::from(Cost::VAULTS.total()), LEFT_TO_OTHERS);
        let has = bucket.has(spare + cost);
        if has {
            bucket.take(cost);
        }
        has
    }

    /// One more detail of a vault, where it is there.
    fn one_more(&self, vault: &VaultId, cost: f64) -> bool {
        let mut buckets = self.lock();
        let common = buckets.common.as_ref().is_none_or(|bucket| bucket.has(LEFT_TO_OTHERS + cost));
        let has = common && buckets.of_vault.get(vault).is_some_and(|bucket| bucket.has(cost));
        if has {
            buckets.take(vault, cost);
        }
        has
    }
}

/// What one look at a vault may send. What was paid and not sent is given back in the end.
#[derive(Debug)]
pub(super) struct Fare {
    /// `None` where it may send what it wants.
    purse: Option<Purse>,
    vault: VaultId,
    /// Paid for and not sent.
    paid: f64,
}

impl Fare {
    /// A look that may send what it wants.
    pub(super) fn free(vault: VaultId) -> Self {
        Self { purse: None, vault, paid: 0.0 }
    }

    /// Takes off what is about to be sent; `false` if it may not be.
    pub(super) fn take(&mut self, cost: Cost) -> bool {
        let Some(purse) = &self.purse else { return true };
        let cost = f64::from(cost.total());
        if self.paid >= cost {
            self.paid -= cost;
            return true;
        }
        purse.one_more(&self.vault, cost)
    }

    /// It was refused for the ration, and so was not counted.
    pub(super) fn give_back(&mut self, cost: Cost) {
        self.paid += f64::from(cost.total());
    }
}

impl Drop for Fare {
    fn drop(&mut self) {
        if let Some(purse) = &self.purse {
            purse.lock().take(&self.vault, -self.paid);
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "items of a vault are far below 2^52")]
fn count(items: usize) -> f64 {
    items as f64
}
