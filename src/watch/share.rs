//! The live view's share of the ration: how long a beat is, and whose turn it is to be read.
//!
//! Vaults that changed wait in one queue: those on the screen first, then whoever waits longest. What
//! is not needed is saved up, so that a lone change is read at once. No vault takes more than a part
//! of what there is, so that a busy one does not hold the others up. Where nothing is rationed
//! everything is read in the beat that shows it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::budget::beat::{Bucket, Demand, REFRESH, SHORTEST, Tiers};
use crate::domain::budget::{Action, Budget};
use crate::domain::directory::Vault;
use crate::domain::fault::{Fault, Kind};
use crate::domain::id::VaultId;

/// So many hours' worth of requests are saved up while nothing changes.
const SAVED: f64 = 4.0;
/// The part of the account's day that one vault may take.
const OF_DAY: f64 = 0.05;
/// The part of what there is for changes that one vault may take, where that is less.
const OF_DETAIL: f64 = 0.25;
/// So many refreshes of one vault are never held back by its own bucket alone.
const BURST: f64 = 4.0;
/// The part of the share that is planned with; the rest is for what is saved up at the beginning.
const PLANNED: f64 = 0.99;
/// So many changes of one vault in an hour count for the length of the beat.
const COUNTED: u32 = 6;
/// How much an hour that has just passed counts among those before it.
const NEWEST: f64 = 0.2;
/// The longest a beat may become while a window is shut.
const LONGEST: Duration = Duration::from_secs(86_400);

/// The vaults on the screen; the screen says which, the live view reads them first. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Shown(Arc<Mutex<HashSet<VaultId>>>);

impl Shown {
    /// These are on the screen now, and no others.
    pub fn set(&self, vaults: impl IntoIterator<Item = VaultId>) {
        *self.lock() = vaults.into_iter().collect();
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<VaultId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the live view may ask for, and what waits for it.
#[derive(Debug, Default)]
pub(super) struct Share {
    /// The shortest beat, where the class file names one.
    pub(super) shortest: Option<Duration>,
    /// Whether everything is read at once, whatever it costs.
    pub(super) whole: bool,
    pub(super) shown: Shown,
    /// `None` where nothing is rationed.
    tiers: Option<Tiers>,
    rationed: bool,
    detail: Option<Bucket>,
    of_vault: HashMap<VaultId, Bucket>,
    /// Since when vaults wait.
    waiting: HashMap<VaultId, (Timestamp, u64)>,
    /// Changes noticed in an hour, on average.
    changes_per_hour: f64,
    /// Since when and how many are counted for the next average.
    counted: Option<(Timestamp, f64)>,
    /// How many of them were of one vault: a busy one does not make the beat longer for all.
    of_each: HashMap<VaultId, u32>,
    /// Vaults whose turn it was and that were paid for.
    paid: HashSet<VaultId>,
}

impl Share {
    pub(super) fn is_rationed(&self) -> bool {
        self.rationed
    }

    /// Takes over how the ration stands at the beginning of a beat.
    pub(super) fn begin(&mut self, budget: Option<&Budget>, vaults: usize, now: Timestamp) {
        let Some(budget) = budget else {
            (self.rationed, self.tiers, self.detail) = (false, None, None);
            return;
        };
        self.rationed = true;
        self.average(now);
        let allowed = f64::from(budget.live_per_hour);
        self.tiers = self.tiers(allowed, vaults);
        let per_hour = self.tiers.map_or(0.0, |tiers| tiers.detail_per_hour);
        let most = (SAVED * per_hour).max(REFRESH * BURST);
        match &mut self.detail {
            Some(bucket) => bucket.change(most, per_hour, now),
            None => self.detail = Some(Bucket::new(REFRESH * BURST, most, per_hour, now)),
        }
        let day = budget.allowances.iter().find(|window| window.action == Action::ReadWrite);
        let of_day = day.map_or(f64::MAX, |day| OF_DAY * as_f64(day.limit) / 24.0);
        let (each, saved) = (of_day.min(OF_DETAIL * per_hour), REFRESH * BURST);
        self.of_vault.retain(|_, bucket| {
            bucket.change(saved, each, now);
            bucket.level() < saved
        });
    }

    fn tiers(&self, allowed: f64, vaults: usize) -> Option<Tiers> {
        let shown = self.shown.lock().len();
        let edits_per_hour = self.changes_per_hour / as_f64(vaults.max(1) as u64);
        Demand { vaults, shown, edits_per_hour }.tiers(allowed * PLANNED, self.shortest.unwrap_or(SHORTEST))
    }

    /// Counts how often something changes, an hour at a time.
    fn average(&mut self, now: Timestamp) {
        let (since, count) = *self.counted.get_or_insert((now, 0.0));
        let hours = now.duration_since(since).as_secs_f64() / 3_600.0;
        if hours >= 1.0 {
            self.changes_per_hour += NEWEST * (count / hours - self.changes_per_hour);
            self.counted = Some((now, 0.0));
            self.of_each.clear();
        } else if hours > 0.25 {
            // More than before shows at once, less only in the end.
            self.changes_per_hour = self.changes_per_hour.max(count / hours * hours.sqrt());
        }
    }

    /// Vaults that moved; those that have waited already keep their place.
    pub(super) fn noticed(&mut self, moved: &[(Vault, bool)], now: Timestamp) {
        let mut waiting = HashMap::new();
        for (vault, baseline) in moved {
            let before = self.waiting.get(&vault.id);
            let news = !baseline && before.is_none_or(|(_, version)| *version != vault.content_version);
            if news && let Some((_, count)) = &mut self.counted {
                let of_it = self.of_each.entry(vault.id.clone()).or_default();
                *of_it += 1;
                *count += if *of_it <= COUNTED { 1.0 } else { 0.0 };
            }
            let since = before.map_or(now, |(since, _)| *since);
            waiting.insert(vault.id.clone(), (since, vault.content_version));
        }
        self.waiting = waiting;
    }

    /// Those that are read in this beat, in their order. The first look at what was there before us
    /// is on top of the share: it happens once.
    pub(super) fn take_turns(&mut self, mut moved: Vec<(Vault, bool)>, now: Timestamp) -> Vec<(Vault, bool)> {
        let Some(mut bucket) = self.detail.filter(|_| !self.whole) else { return moved };
        bucket.fill(now);
        {
            let shown = self.shown.lock();
            let since = |id: &VaultId| self.waiting.get(id).map_or(now, |(since, _)| *since);
            moved.sort_by_cached_key(|(vault, _)| {
                (!shown.contains(&vault.id), since(&vault.id), vault.id.clone())
            });
        }
        let each = OF_DETAIL * self.tiers.map_or(0.0, |tiers| tiers.detail_per_hour);
        let saved = REFRESH * BURST;
        moved.retain(|(vault, baseline)| {
            if *baseline {
                return true;
            }
            let own = self.of_vault.entry(vault.id.clone());
            let own = own.or_insert_with(|| Bucket::new(saved, saved, each, now));
            own.fill(now);
            let turn = bucket.has(REFRESH) && own.has(REFRESH);
            if turn {
                bucket.take(REFRESH);
                own.take(REFRESH);
                self.paid.insert(vault.id.clone());
            }
            turn
        });
        self.detail = Some(bucket);
        moved
    }

    /// A vault was read, with so many items in detail: what was taken for it is put right.
    pub(super) fn read(&mut self, vault: &VaultId, details: usize) {
        self.waiting.remove(vault);
        if !self.paid.remove(vault) {
            return;
        }
        let more = 2.0 + as_f64(details as u64) - REFRESH;
        let buckets = self.detail.as_mut().into_iter().chain(self.of_vault.get_mut(vault));
        buckets.for_each(|bucket| bucket.take(more));
    }

    /// A vault could not be read: it waits again, behind the others. What was not sent is not taken.
    pub(super) fn failed(&mut self, vault: &VaultId, fault: &Fault, now: Timestamp) {
        if let Some((since, _)) = self.waiting.get_mut(vault) {
            *since = now;
        }
        if self.paid.remove(vault) && fault.kind == Kind::RateLimit {
            let buckets = self.detail.as_mut().into_iter().chain(self.of_vault.get_mut(vault));
            buckets.for_each(|bucket| bucket.take(-REFRESH));
        }
    }

    /// How long to wait before the next beat.
    pub(super) fn wait(
        &self,
        budget: Option<&Budget>,
        fault: Option<&Fault>,
        vaults: usize,
        every: Duration,
    ) -> Duration {
        let stopped = fault.filter(|fault| fault.kind == Kind::RateLimit).and_then(|fault| fault.retry_after);
        let beat = match budget {
            None => every,
            Some(budget) => {
                let tiers = self.tiers(f64::from(budget.live_per_hour), vaults);
                tiers.map_or(Duration::from_secs(3_600), |tiers| tiers.every)
            }
        };
        stopped.map_or(beat, |wait| wait.max(beat)).min(LONGEST)
    }
}

/// The fault that says most of several vaults' faults: what stops everything, else always the same
/// one, so that it does not look like another.
pub(super) fn worst(failed: BTreeMap<VaultId, Fault>) -> Option<Fault> {
    let stops = failed.values().find(|fault| fault.kind == Kind::RateLimit).cloned();
    stops.or_else(|| failed.into_values().next())
}

#[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn as_f64(count: u64) -> f64 {
    count as f64
}
