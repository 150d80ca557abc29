//! The parts without I/O, with any numbers.

#![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "tests")]

use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;
use strongroom::domain::access::AccountKind;
use strongroom::domain::budget::beat::{Bucket, Demand, SHORTEST};
use strongroom::domain::budget::forecast::{Effort, Speed, duration};
use strongroom::domain::budget::tempo::Tempo;
use strongroom::domain::budget::windows::{Gate, Windows};
use strongroom::domain::budget::{Action, Cost, Purpose, ration};

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_second(crate::account::START).unwrap() + Duration::from_secs(seconds)
}

fn kinds() -> impl Strategy<Value = AccountKind> {
    prop_oneof![Just(AccountKind::Business), Just(AccountKind::Teams), Just(AccountKind::Families)]
}

proptest! {
    #[test]
    fn no_window_is_ever_overdrawn(
        kind in kinds(),
        calls in prop::collection::vec((0_u64..400, 0_u32..3, 0_u32..3, any::<bool>()), 1..400),
    ) {
        let mut windows = Windows::new(&ration(kind), at(0));
        let mut now = 0;
        for (wait, reads, writes, watch) in calls {
            now += wait;
            let cost = Cost { reads, writes };
            let purpose = if watch { Purpose::Watch } else { Purpose::Keys };
            if windows.gate(cost, purpose, false, at(now)) == Gate::Open {
                windows.send(cost, at(now));
                windows.answered(cost);
            }
            for window in windows.allowances(at(now)) {
                prop_assert!(window.used <= window.limit && window.used + window.remaining == window.limit);
            }
        }
    }

    #[test]
    fn a_report_tells_what_others_sent(
        ours in 0_u32..400,
        theirs in prop::collection::vec(0_u64..300, 1..8),
        before in 0_u64..1_000,
    ) {
        let mut report = ration(AccountKind::Teams);
        let mut used = before;
        for window in &mut report {
            if window.action == Action::ReadWrite {
                (window.used, window.remaining, window.reset) = (used, 5_000 - used, 80_000);
            }
        }
        let mut windows = Windows::new(&report, at(0));
        let mut sum = 0;
        for (number, more) in theirs.into_iter().enumerate() {
            for _ in 0..ours {
                windows.send(Cost::VAULTS, at(number as u64));
                windows.answered(Cost::VAULTS);
            }
            sum += more;
            used += more + u64::from(ours);
            let day = report.iter_mut().find(|window| window.action == Action::ReadWrite).unwrap();
            (day.used, day.remaining) = (used, 5_000_u64.saturating_sub(used));
            windows.report(&report, at(number as u64));
            prop_assert_eq!(windows.others(), sum);
        }
    }

    #[test]
    fn the_beat_keeps_within_what_is_allowed(
        vaults in 1_usize..5_000, shown in 0_usize..80, edits in 0.0_f64..20.0, allowed in 3.0_f64..5_000.0,
    ) {
        let tiers = Demand { vaults, shown, edits_per_hour: edits }.tiers(allowed, SHORTEST).unwrap();
        prop_assert!(tiers.every >= SHORTEST);
        prop_assert!(tiers.expected_per_hour <= allowed * 1.000_001, "{tiers:?}");
        prop_assert!(tiers.detail_per_hour > 0.0 && (0.0..=1.0).contains(&tiers.served));
    }

    #[test]
    fn a_bucket_gives_no_more_than_was_put_in(
        steps in prop::collection::vec((-3_600_i64..7_200, 0.0_f64..5.0), 1..200),
    ) {
        let start = at(100_000_000);
        let (mut bucket, mut now, mut latest) = (Bucket::new(4.0, 20.0, 6.0, start), start, start);
        let (mut taken, mut back) = (0.0, 0.0);
        for (wait, amount) in steps {
            let then = now + jiff::SignedDuration::from_secs(wait);
            // What a clock that was set back goes through twice may be filled twice, and no more.
            back += if wait < 0 { wait.unsigned_abs() as f64 } else { 0.0 };
            now = then;
            latest = latest.max(now);
            bucket.fill(now);
            if bucket.has(amount) {
                bucket.take(amount);
                taken += amount;
            }
            let most = 4.0 + 6.0 * (latest.duration_since(start).as_secs_f64() + back) / 3_600.0;
            prop_assert!(bucket.level() >= 0.0 && bucket.level() <= 20.0 && taken <= most + 1e-6);
        }
    }

    #[test]
    fn a_forecast_grows_with_the_work_and_shrinks_with_the_ration(
        kind in kinds(), vaults in 0_u32..900, changes in 0_u32..900,
    ) {
        let speed = Speed { call: Duration::from_secs(1), at_once: 8, between: Duration::ZERO };
        let effort = |vaults, changes| Effort { vaults, changes, reads: 1 };
        let long = duration(effort(vaults + 1, changes), &ration(kind), speed);
        prop_assert!(long >= duration(effort(vaults, changes), &ration(kind), speed));
        prop_assert!(long >= duration(effort(vaults + 1, changes), &[], speed));
        let hours = (vaults + 1 + changes).div_ceil(if kind == AccountKind::Business { 1_000 } else { 100 }) - 1;
        prop_assert!(long.as_secs() >= u64::from(hours) * 3_600);
    }

    #[test]
    fn the_tempo_finds_what_the_service_takes(limit in 0.0_f64..60.0) {
        let (mut tempo, mut refused, mut spent) = (Tempo::default(), 0, 0.0);
        for _ in 0..300 {
            let mut times = 0;
            while tempo.between().as_secs_f64() < limit {
                times += 1;
                refused += 1;
                // The wait lets the change itself through, not the next one.
                let wait = tempo.was_refused(times, None);
                spent += wait.as_secs_f64();
                if wait.as_secs_f64() >= limit {
                    break;
                }
            }
            spent += tempo.between().as_secs_f64();
            tempo.went_well();
        }
        prop_assert!(refused <= 16, "{refused}");
        prop_assert!(tempo.between().as_secs_f64() <= (limit * 1.6).max(11.0));
        prop_assert!(spent <= 300.0 * (limit * 1.6).max(12.0) + 4_200.0);
    }
}
