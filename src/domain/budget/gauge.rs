//! The ration as figures for a gauge: what is left of each window, whose share of the day is how large, and
//! what will be left when the window ends.

use jiff::{SignedDuration, Timestamp};

use super::{Action, Allowance, Budget, Scope};

/// One window of the ration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gauge {
    /// The window as it stands.
    pub window: Allowance,
    /// When it ends; `None` while none has started.
    pub ends: Option<Timestamp>,
    /// What will be left at its end where the live view asks for all that it may, and nobody else for
    /// anything; `None` for windows that the live view does not use.
    pub at_end: Option<u64>,
}

impl Gauge {
    /// How many of so many parts are left, rounded up: what is left is never drawn as nothing.
    pub fn left_of(&self, parts: u64) -> u64 {
        (self.window.remaining.min(self.window.limit) * parts).div_ceil(self.window.limit.max(1))
    }
}

/// Every window, those of the hour first, in the order in which they were reported.
pub fn gauges(budget: &Budget) -> Vec<Gauge> {
    let mut all: Vec<Gauge> = budget.allowances.iter().map(|window| gauge(budget, *window)).collect();
    all.sort_by_key(|gauge| gauge.window.scope == Scope::Account);
    all
}

fn gauge(budget: &Budget, window: Allowance) -> Gauge {
    let seconds = i64::try_from(window.reset).unwrap_or(i64::MAX);
    let ends = (window.reset > 0)
        .then(|| budget.reported_at.checked_add(SignedDuration::from_secs(seconds)).ok())
        .flatten();
    // A window that has not started begins whole with the next request.
    let (left, time) = match window.reset {
        0 => (window.limit, window.scope.window().as_secs()),
        reset => (window.remaining, reset),
    };
    let will_ask = u64::from(budget.live_per_hour).saturating_mul(time) / 3_600;
    let at_end = (window.action != Action::Write).then(|| left.saturating_sub(will_ask));
    Gauge { window, ends, at_end }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access::AccountKind;
    use crate::domain::budget::ration;

    fn budget() -> Budget {
        Budget {
            allowances: ration(AccountKind::Business).into(),
            reported_at: Timestamp::UNIX_EPOCH,
            ours: 0,
            others: 0,
            stopped: Vec::new(),
            live_per_hour: 500,
        }
    }

    #[test]
    fn a_window_that_runs_ends_and_what_is_left_then_is_what_the_live_view_leaves() {
        let mut budget = budget();
        let day = budget.allowances.iter_mut().find(|window| window.scope == Scope::Account).unwrap();
        (day.remaining, day.used, day.reset) = (10_000, 40_000, 7_200);
        let day = gauges(&budget).pop().unwrap();
        assert_eq!(day.ends, Timestamp::from_second(7_200).ok());
        assert_eq!(day.at_end, Some(9_000));
        assert_eq!((day.left_of(10), day.left_of(100)), (2, 20));
    }

    #[test]
    fn a_window_that_has_not_started_has_no_end_and_writes_are_not_the_live_views() {
        let gauges = gauges(&budget());
        assert!(gauges.iter().all(|gauge| gauge.ends.is_none()));
        let left: Vec<_> = gauges.iter().map(|gauge| gauge.at_end).collect();
        assert_eq!(left, [None, Some(9_500), Some(38_000)]);
    }

    #[test]
    fn one_request_that_is_left_can_be_seen_and_none_cannot() {
        let mut budget = budget();
        budget.allowances[0].remaining = 1;
        budget.allowances[1].remaining = 0;
        let gauges = gauges(&budget);
        assert_eq!((gauges[0].left_of(20), gauges[1].left_of(20), gauges[2].left_of(20)), (1, 0, 20));
    }
}
