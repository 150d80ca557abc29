//! Stops and windows of the ration, moment by moment, and what of it is worth telling again.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::windows::{Gate, Short, Windows};
use super::*;

const WRITE: Cost = Cost { reads: 0, writes: 1 };
const READ: Cost = Cost { reads: 1, writes: 0 };

fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(1_790_000_000_000 + milliseconds).unwrap()
}

fn fresh() -> Windows {
    Windows::new(&ration(AccountKind::Business), at(0))
}

fn stop(action: Action, until: i64) -> Stop {
    Stop { action, until: at(until) }
}

#[test]
fn after_a_stop_one_request_tries_and_the_others_wait_for_it() {
    let mut windows = fresh();
    windows.stop(stop(Action::Write, 60_000), false);
    let gate = |windows: &mut Windows, cost, now| windows.gate(cost, Purpose::Keys, false, at(now));
    let shut = Short { action: Action::Write, until: at(60_000), used_up: true, purpose: Purpose::Keys };
    assert_eq!(gate(&mut windows, WRITE, 59_999), Gate::Shut(shut));
    assert_eq!(gate(&mut windows, READ, 59_999), Gate::Open, "reads are not stopped");
    assert_eq!(gate(&mut windows, WRITE, 60_000), Gate::Ask);
    windows.not_reported(at(60_000));
    assert_eq!(gate(&mut windows, WRITE, 60_000), Gate::Probe);
    assert_eq!(gate(&mut windows, WRITE, 60_000), Gate::Wait);
    windows.tried(READ, true);
    assert_eq!(gate(&mut windows, WRITE, 60_000), Gate::Wait, "a read has tried nothing");
    windows.tried(WRITE, false);
    assert_eq!(gate(&mut windows, WRITE, 60_001), Gate::Probe);
    windows.tried(WRITE, true);
    assert_eq!(gate(&mut windows, WRITE, 60_001), Gate::Open);
}

#[test]
fn a_stop_by_the_ration_lasts_as_long_as_the_window_that_is_used_up() {
    let mut windows = fresh();
    let mut reported = ration(AccountKind::Business);
    windows.stop(stop(Action::Write, 60_000), true);
    reported[0] = Allowance { used: reported[0].limit, remaining: 0, reset: 100, ..reported[0] };
    windows.report(&reported, at(30_000));
    assert_eq!(windows.stops(at(30_000)), [stop(Action::Write, 130_000)]);
    windows.report(&ration(AccountKind::Business), at(40_000));
    assert_eq!(windows.stops(at(40_000)), []);
}

#[test]
fn what_is_reserved_has_its_room_and_nothing_else_gets_into_it() {
    let mut windows = fresh();
    windows.send(Cost { reads: 0, writes: 999 }, at(0));
    let gate = |windows: &mut Windows, is_reserved| windows.gate(WRITE, Purpose::Changes, is_reserved, at(1));
    assert_eq!(gate(&mut windows, false), Gate::Open);
    windows.reserve(1);
    assert!(matches!(gate(&mut windows, false), Gate::Shut(Short { used_up: false, .. })));
    assert_eq!(gate(&mut windows, true), Gate::Open);
    windows.release(1);
    assert_eq!(gate(&mut windows, false), Gate::Open);
}

#[test]
fn a_window_ends_after_its_begun_seconds() {
    let mut windows = fresh();
    windows.send(WRITE, at(0));
    for (now, reset, used) in [(0, 3_600, 1), (1, 3_600, 1), (1_000, 3_599, 1), (3_600_000, 0, 0)] {
        let write = windows.allowances(at(now))[0];
        assert_eq!((write.reset, write.used, write.remaining), (reset, used, 1_000 - used), "{now}");
    }
}

#[test]
fn left_and_stopped_are_those_of_the_requests_that_are_asked_about() {
    let mut allowances: Vec<_> = ration(AccountKind::Business).into();
    allowances[0].remaining = 7;
    allowances[1].remaining = 300;
    let budget = Budget {
        allowances,
        stopped: vec![stop(Action::Write, 5), stop(Action::ReadWrite, 3), stop(Action::Write, 1)],
        ..budget()
    };
    assert_eq!(budget.left(Action::Write), Some(7));
    assert_eq!(budget.left(Action::Read), Some(300));
    assert_eq!(budget.stopped_until(Action::Write), Some(at(5)));
    assert_eq!(budget.stopped_until(Action::Read), Some(at(3)), "as a stop of both");
}

fn budget() -> Budget {
    Budget {
        allowances: ration(AccountKind::Business).into(),
        reported_at: at(0),
        ours: 0,
        others: 0,
        stopped: vec![],
        live_per_hour: 1_000,
    }
}

#[test]
fn only_what_moved_by_enough_is_told_again() {
    let with = |change: fn(&mut Budget)| {
        let mut other = budget();
        change(&mut other);
        budget().differs(&other)
    };
    assert!(!with(|budget| budget.ours = 40_000));
    assert!(!with(|budget| budget.allowances[0].remaining -= 50));
    assert!(with(|budget| budget.allowances[0].remaining -= 51));
    assert!(with(|budget| budget.allowances[2].limit += 1));
    assert!(with(|budget| budget.allowances.truncate(2)));
    assert!(!with(|budget| budget.others = 500));
    assert!(with(|budget| budget.others = 501));
    assert!(with(|budget| budget.stopped.push(stop(Action::Write, 9))));
    assert!(!with(|budget| budget.live_per_hour = 1_100));
    assert!(with(|budget| budget.live_per_hour = 1_111));
    assert!(with(|budget| budget.live_per_hour = 899));
}
