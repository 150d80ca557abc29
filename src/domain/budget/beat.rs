//! How often the live view looks, and how much it reads of what changed: two tiers with budgets of
//! their own.
//!
//! *Detection* is one list of all vaults; *detail* are the lists of items of those that changed. When
//! everything that changes can be read, detection gets what detail leaves, at most nine tenths; else
//! half. Vaults change as independent Poisson processes in this model, so that several edits between
//! two looks cost one refresh.

use std::time::Duration;

use jiff::Timestamp;

/// How many edits a vault is taken to see in an hour where nobody has watched yet: about one a day.
pub const EDITS_PER_HOUR: f64 = 0.05;

/// What reading one changed vault costs: its list, and on average one item.
pub const REFRESH: f64 = 3.0;
/// What the daily full check takes of a vault's list, in requests an hour: one list of two requests.
const CHECK: f64 = 2.0 / 24.0;
/// The shortest beat where requests are rationed, unless the class file names another.
pub const SHORTEST: Duration = Duration::from_secs(30);
/// The beat where some vaults are read beside the ration, by a Connect server. Its list costs nothing there and is
/// read from a copy in the local network; a shorter beat would find nothing sooner, since that copy follows
/// 1Password within seconds at best (nobody tells how many).
pub const BESIDE: Duration = Duration::from_secs(5);
/// The requests an hour that the acting service's own list takes there: one each ten minutes.
const LISTS: f64 = 6.0;
/// The longest: whoever looks less often than this has no live view.
const LONGEST: Duration = Duration::from_secs(3_600);

/// What there is to watch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Demand {
    /// Vaults of the class.
    pub vaults: usize,
    /// How many of them are on the screen.
    pub shown: usize,
    /// Edits of a vault in an hour, on average.
    pub edits_per_hour: f64,
}

/// The two tiers, and what can be expected of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tiers {
    /// The time between two lists of vaults.
    pub every: Duration,
    /// Requests an hour for what changed.
    pub detail_per_hour: f64,
    /// Requests an hour that all of it is expected to take.
    pub expected_per_hour: f64,
    /// The part of the refreshes that can be read; 1 is all.
    pub served: f64,
    /// How long one round over the vaults that are not on the screen takes, where changes outrun
    /// the budget.
    pub round: Option<Duration>,
}

impl Demand {
    /// Refreshes an hour of so many vaults, each at the first list that shows it.
    fn refreshes(&self, vaults: usize, every: f64) -> f64 {
        let hours = every / 3_600.0;
        if self.edits_per_hour <= 0.0 || hours <= 0.0 {
            return 0.0;
        }
        count(vaults) * -(-self.edits_per_hour * hours).exp_m1() / hours
    }

    /// The tiers for so many requests an hour, with a beat of `shortest` at most. `None` where not
    /// even a look an hour is left.
    pub fn tiers(&self, allowed_per_hour: f64, shortest: Duration) -> Option<Tiers> {
        if allowed_per_hour * 0.5 < 3_600.0 / LONGEST.as_secs_f64() {
            return None;
        }
        let every = |share: f64| (3_600.0 / (allowed_per_hour * share)).max(shortest.as_secs_f64());
        let rest = |every: f64| allowed_per_hour - 3_600.0 / every;
        let checks = CHECK * count(self.vaults);
        let wanted = |every: f64| REFRESH * self.refreshes(self.vaults, every) + checks;
        let fits = |share: &f64| wanted(every(*share)) <= 0.9 * rest(every(*share));
        let share = (50..=90_u32).rev().map(|percent| f64::from(percent) / 100.0).find(fits).unwrap_or(0.5);
        let every = every(share);
        let detail = rest(every);
        let (all, shown) =
            (self.refreshes(self.vaults, every), self.refreshes(self.shown.min(self.vaults), every));
        let can = detail / REFRESH;
        let others = count(self.vaults.saturating_sub(self.shown));
        let left = can - shown;
        let round = (all > can && left > 0.0 && others > 0.0)
            .then(|| Duration::try_from_secs_f64(others / left * 3_600.0).unwrap_or(Duration::MAX));
        let changes = REFRESH * all.min(can);
        Some(Tiers {
            every: Duration::from_secs_f64(every),
            detail_per_hour: detail,
            // What has changed goes first.
            expected_per_hour: 3_600.0 / every + changes + checks.min(detail - changes).max(0.0),
            served: if all > can { can / all } else { 1.0 },
            round,
        })
    }
}

/// The tiers where everything is read beside the ration, for so many requests an hour, with a beat that was `named`.
pub fn beside(allowed_per_hour: f64, named: Option<Duration>) -> Tiers {
    let (every, detail_per_hour) = (named.unwrap_or(BESIDE), (allowed_per_hour - LISTS).max(0.0));
    Tiers { every, detail_per_hour, expected_per_hour: LISTS, served: 1.0, round: None }
}

#[allow(clippy::cast_precision_loss, reason = "vaults of a class are far below 2^52")]
fn count(vaults: usize) -> f64 {
    vaults as f64
}

/// Requests that are saved up while they are not needed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    level: f64,
    most: f64,
    per_hour: f64,
    at: Timestamp,
}

impl Bucket {
    /// A bucket with so much in it.
    pub fn new(level: f64, most: f64, per_hour: f64, now: Timestamp) -> Self {
        Self { level: level.min(most), most, per_hour, at: now }
    }

    /// Fills up to now; a clock that was set back takes nothing away.
    pub fn fill(&mut self, now: Timestamp) {
        let hours = now.duration_since(self.at).as_secs_f64() / 3_600.0;
        if hours > 0.0 {
            // What is above the brim was put there on purpose, and is not spilt.
            self.level = (self.level + hours * self.per_hour).min(self.most.max(self.level));
        }
        self.at = now;
    }

    /// Fills at another rate, up to another brim, from now on.
    pub fn change(&mut self, most: f64, per_hour: f64, now: Timestamp) {
        self.fill(now);
        (self.most, self.per_hour) = (most, per_hour);
        self.level = self.level.min(most.max(0.0));
    }

    /// Whether so much is in it.
    pub fn has(&self, amount: f64) -> bool {
        self.level >= amount
    }

    /// Takes it out; what is not in it is owed.
    pub fn take(&mut self, amount: f64) {
        self.level -= amount;
    }

    /// What is in it; below zero what is owed.
    pub fn level(&self) -> f64 {
        self.level
    }
}
