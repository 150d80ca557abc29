//! The live view's share of the ration: how long a beat is, and whose turn it is to be read.
//!
//! Vaults that changed wait in one queue: those on the screen first, then whoever waits longest. What
//! is not needed is saved up, so that a lone change is read at once. No vault takes more than a part
//! of what there is, so that a busy one, or one with very much in it, does not hold the others up.
//! Where nothing is rationed everything is read in the beat that shows it.
//!
//! Vaults that are read beside the ration are read at once too, and looked at every few seconds; only the others
//! are counted, and listed at the pace that the ration allows.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::look::{Turn, Why};
use super::purse::{Fare, Purse};
use crate::domain::budget::beat::{BESIDE, Demand, SHORTEST, Tiers};
use crate::domain::budget::{Action, Budget};
use crate::domain::directory::Vault;
use crate::domain::fault::{Fault, Kind};
use crate::domain::id::VaultId;

/// The part of the account's day that one vault may take.
const OF_DAY: f64 = 0.05;
/// The part of the share that is planned with; the rest is for what is saved up at the beginning.
const PLANNED: f64 = 0.99;
/// So many changes of one vault in an hour count for the length of the beat.
const COUNTED: u32 = 6;
/// How much an hour that has just passed counts among those before it.
const NEWEST: f64 = 0.2;
/// The longest sleep while a window is shut: whoever asks what is left, which is free, may find that
/// it goes on.
const LONGEST: Duration = Duration::from_secs(3_600);

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
    /// Vaults of which something was reported: they have their turn as if they were on the screen.
    pub(super) told: HashSet<VaultId>,
    rationed: bool,
    /// The vaults that are read beside the ration.
    beside: HashSet<VaultId>,
    /// How many are taken off it.
    charged: usize,
    /// What there is for what changed.
    purse: Purse,
    /// How many items of vaults that were looked at are still to be read.
    left: HashMap<VaultId, usize>,
    /// Since when vaults wait.
    waiting: HashMap<VaultId, (Timestamp, u64)>,
    /// Changes noticed in an hour, on average.
    changes_per_hour: f64,
    /// Since when and how many are counted for the next average.
    counted: Option<(Timestamp, f64)>,
    /// How many of them were of one vault: a busy one does not make the beat longer for all.
    of_each: HashMap<VaultId, u32>,
}

impl Share {
    pub(super) fn is_rationed(&self) -> bool {
        self.rationed
    }

    /// Whether some vaults are read beside the ration.
    pub(super) fn is_beside(&self) -> bool {
        !self.beside.is_empty()
    }

    /// Whether that one is.
    pub(super) fn is_read_beside(&self, vault: &VaultId) -> bool {
        self.beside.contains(vault)
    }

    /// Takes over which vaults are read beside the ration, and how many are not.
    pub(super) fn weigh(&mut self, beside: HashSet<VaultId>, charged: usize) {
        (self.beside, self.charged) = (beside, charged);
    }

    /// Takes over how the ration stands at the beginning of a beat.
    pub(super) fn begin(&mut self, budget: Option<&Budget>, now: Timestamp) {
        self.rationed = budget.is_some();
        let Some(budget) = budget else { return self.purse.open() };
        self.average(now);
        let tiers = self.tiers(f64::from(budget.live_per_hour));
        let per_hour = tiers.map_or(0.0, |tiers| tiers.detail_per_hour);
        let day = budget.allowances.iter().find(|window| window.action == Action::ReadWrite);
        let most_of_one = day.map_or(f64::MAX, |day| OF_DAY * as_f64(day.limit) / 24.0);
        self.purse.fill(per_hour, most_of_one, now);
    }

    fn tiers(&self, allowed: f64) -> Option<Tiers> {
        let vaults = self.charged;
        let shown = self.shown.lock().iter().filter(|vault| !self.beside.contains(vault)).count();
        let edits_per_hour = self.changes_per_hour / as_f64(vaults.max(1) as u64);
        Demand { vaults, shown, edits_per_hour }.tiers(allowed * PLANNED, self.shortest.unwrap_or(SHORTEST))
    }

    /// Counts how often something changes, an hour at a time.
    fn average(&mut self, now: Timestamp) {
        let (since, count) = *self.counted.get_or_insert((now, 0.0));
        if now < since {
            // The clock was set back: the hour is counted anew.
            self.counted = Some((now, count));
            return;
        }
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

    /// Vaults that moved; those that have waited already keep their place, and so do those of which the list
    /// told nothing.
    pub(super) fn noticed(&mut self, moved: &[(Vault, Why)], listed: &HashSet<VaultId>, now: Timestamp) {
        let mut waiting = HashMap::new();
        waiting.extend(self.waiting.extract_if(|vault, _| !listed.contains(vault)));
        for (vault, why) in moved {
            let before = self.waiting.get(&vault.id);
            let news =
                *why == Why::Moved && before.is_none_or(|(_, version)| *version != vault.content_version);
            if news
                && !self.beside.contains(&vault.id)
                && let Some((_, count)) = &mut self.counted
            {
                let of_it = self.of_each.entry(vault.id.clone()).or_default();
                *of_it += 1;
                *count += if *of_it <= COUNTED { 1.0 } else { 0.0 };
            }
            // Where the clock was set back nobody is put behind for it.
            let since = before.map_or(now, |(since, _)| (*since).min(now));
            waiting.insert(vault.id.clone(), (since, vault.content_version));
        }
        self.left.retain(|vault, _| waiting.contains_key(vault));
        self.waiting = waiting;
    }

    /// Those that are read in this beat, in their order. The first look at what was there before us
    /// is on top of the share: it happens once.
    pub(super) fn take_turns(&mut self, mut moved: Vec<(Vault, Why)>, now: Timestamp) -> Vec<Turn> {
        let free = self.whole || self.purse.is_open();
        if !free {
            let shown = self.shown.lock();
            let since = |id: &VaultId| self.waiting.get(id).map_or(now, |(since, _)| *since);
            moved.sort_by_cached_key(|(vault, _)| {
                let first = shown.contains(&vault.id) || self.told.contains(&vault.id);
                (!first, since(&vault.id), vault.id.clone())
            });
        }
        let turn = |(vault, why): (Vault, Why)| {
            let left = self.left.get(&vault.id).copied().unwrap_or_default();
            let fare = if free || why == Why::First || self.beside.contains(&vault.id) {
                Fare::free(vault.id.clone())
            } else {
                self.purse.pay(&vault.id, left, now)?
            };
            Some(Turn { vault, why, own: false, fare })
        };
        moved.into_iter().filter_map(turn).collect()
    }

    /// A turn for the daily check of a vault that has not changed, where that leaves enough for those
    /// that have. One that is read beside the ration is listed by the account itself where that can be paid for:
    /// what a copy leaves out is found in no other way.
    pub(super) fn take_check(&mut self, vault: &Vault, now: Timestamp) -> Option<Turn> {
        let (beside, paid) = (self.beside.contains(&vault.id), self.spare(&vault.id, now));
        let own = paid.is_some();
        let fare = if beside { paid.unwrap_or_else(|| Fare::free(vault.id.clone())) } else { paid? };
        Some(Turn { vault: vault.clone(), why: Why::Due, own, fare })
    }

    /// The same for a vault of which something was reported while its version stands still.
    pub(super) fn take_told(&mut self, vault: &Vault, now: Timestamp) -> Option<Turn> {
        let beside = self.beside.contains(&vault.id);
        let fare = if beside { Fare::free(vault.id.clone()) } else { self.spare(&vault.id, now)? };
        Some(Turn { vault: vault.clone(), why: Why::Told, own: false, fare })
    }

    /// Whether a look before its time is paid for.
    pub(super) fn pays_for_look(&self, now: Timestamp) -> bool {
        self.whole || self.purse.pay_for_look(now)
    }

    /// What asking the service that acts about a vault may cost, where that leaves enough for vaults that have
    /// changed.
    pub(super) fn spare(&mut self, vault: &VaultId, now: Timestamp) -> Option<Fare> {
        let free = self.whole || self.purse.is_open();
        if free { Some(Fare::free(vault.clone())) } else { self.purse.pay_for_check(vault, now) }
    }

    /// A vault was read.
    pub(super) fn read(&mut self, vault: &VaultId) {
        self.waiting.remove(vault);
        self.left.remove(vault);
    }

    /// A vault was read but for so many items: it waits again, behind the others.
    pub(super) fn left(&mut self, vault: &VaultId, items: usize, now: Timestamp) {
        self.left.insert(vault.clone(), items);
        self.failed(vault, now);
    }

    /// A vault could not be read: it waits again, behind the others.
    pub(super) fn failed(&mut self, vault: &VaultId, now: Timestamp) {
        if let Some((since, _)) = self.waiting.get_mut(vault) {
            *since = now;
        }
    }

    /// How much time is to lie between two lists that are taken off the ration.
    pub(super) fn pace(&self, budget: Option<&Budget>) -> Duration {
        let Some(budget) = budget.filter(|_| !self.whole) else { return Duration::ZERO };
        self.listing(budget)
    }

    fn listing(&self, budget: &Budget) -> Duration {
        self.tiers(f64::from(budget.live_per_hour)).map_or(LONGEST, |tiers| tiers.every)
    }

    /// How long to wait before the next beat.
    pub(super) fn wait(&self, budget: Option<&Budget>, fault: Option<&Fault>, every: Duration) -> Duration {
        // What the ration stops is no matter to those beside it.
        if budget.is_some() && self.is_beside() {
            return self.shortest.unwrap_or(BESIDE);
        }
        let stopped = fault.filter(|fault| fault.kind == Kind::RateLimit).and_then(|fault| fault.retry_after);
        let beat = match budget {
            None => every,
            Some(budget) => self.listing(budget),
        };
        stopped.map_or(beat, |wait| wait.min(LONGEST).max(beat))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::budget::{Allowance, Scope};
    use crate::domain::text::SafeText;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + second).unwrap()
    }

    fn vault(number: usize, version: u64) -> (Vault, Why) {
        let vault = Vault {
            id: VaultId::parse(&format!("v{number:025}")).unwrap(),
            name: SafeText::new("C"),
            description: None,
            content_version: version,
            items: None,
            created_at: None,
        };
        (vault, Why::Moved)
    }

    fn budget() -> Budget {
        let day = Allowance {
            scope: Scope::Account,
            action: Action::ReadWrite,
            limit: 50_000,
            used: 0,
            remaining: 50_000,
            reset: 0,
        };
        Budget {
            allowances: vec![day],
            reported_at: at(0),
            ours: 0,
            others: 0,
            stopped: Vec::new(),
            live_per_hour: 200,
        }
    }

    fn ids(vaults: &[(Vault, Why)]) -> HashSet<VaultId> {
        vaults.iter().map(|(vault, _)| vault.id.clone()).collect()
    }

    #[test]
    fn a_clock_that_is_set_back_keeps_filling_and_puts_nobody_behind() {
        let mut share = Share { charged: 10, ..Share::default() };
        let day = 86_400;
        share.begin(Some(&budget()), at(0));
        let all: HashSet<VaultId> = (0..6).map(|number| vault(number, 1).0.id).collect();
        let first: Vec<_> = (0..4).map(|number| vault(number, 1)).collect();
        share.noticed(&first, &all, at(0));
        // What is not sent is given back, so that they are held.
        let spent = share.take_turns(first, at(0));
        assert_eq!(spent.len(), 4, "what is saved up at the beginning");
        let late = vec![vault(4, 1)];
        share.noticed(&late, &all, at(0));
        assert!(share.take_turns(late.clone(), at(0)).is_empty(), "nothing is left");
        // Back by a day: what was saved up stays, and from then on it fills again.
        share.begin(Some(&budget()), at(-day));
        assert!(share.take_turns(late.clone(), at(-day)).is_empty());
        let hour = 3_600 - day;
        share.begin(Some(&budget()), at(hour));
        let both = vec![vault(4, 1), vault(5, 1)];
        share.noticed(&both, &all, at(hour));
        let turns = share.take_turns(both, at(hour));
        assert_eq!(turns[0].vault.id, late[0].0.id, "whoever waits longest is first");
        assert!(share.counted.is_some_and(|(since, _)| since <= at(hour)));
    }

    #[test]
    fn looks_before_their_time_are_paid_for_and_leave_enough_for_what_changed() {
        let mut share = Share::default();
        assert!((0..100).all(|_| share.pays_for_look(at(0))), "nothing is rationed");
        share.weigh(HashSet::new(), 10);
        share.begin(Some(&budget()), at(0));
        let paid = (0..100).take_while(|_| share.pays_for_look(at(0))).count();
        assert!((1..=6).contains(&paid), "{paid}");
        let changed = vec![vault(0, 1), vault(1, 1)];
        share.noticed(&changed, &ids(&changed), at(0));
        assert_eq!(share.take_turns(changed, at(0)).len(), 2, "two that change just then are read at once");
        assert!(!share.pays_for_look(at(0)));
        assert!(share.pays_for_look(at(3_600)), "it is saved up again");
    }

    #[test]
    fn a_vault_that_something_is_told_of_has_its_turn_before_those_that_wait() {
        let mut share = Share::default();
        share.weigh(HashSet::new(), 10);
        share.begin(Some(&budget()), at(0));
        let waiting: Vec<_> = (0..9).map(|number| vault(number, 1)).collect();
        share.noticed(&waiting, &ids(&waiting), at(0));
        share.told.insert(waiting[8].0.id.clone());
        let turns = share.take_turns(waiting.clone(), at(0));
        assert!(turns.len() < waiting.len() && turns[0].vault.id == waiting[8].0.id);
    }
}
