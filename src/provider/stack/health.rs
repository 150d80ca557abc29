//! How one service of a stack stands: how often it was called, and whether it is left out.
//!
//! Knows nothing of what it is asked. The time comes in as an argument: of the day for whoever is told since
//! when, and in ticks, which no setting of the clock moves, for when it is tried again.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::fault::{Fault, Kind};
use crate::domain::parts::{Down, Part};

/// So many failures in a row, of any calls, leave a service out.
const FAILURES: u32 = 3;
/// How long it is left alone then, before one call tries again.
const FIRST: Duration = Duration::from_secs(5);
/// And at most, after trying in vain again and again.
const LONGEST: Duration = Duration::from_secs(300);
/// The part of a pause by which it is longer or shorter by chance, so that several programs do not try together.
const JITTER: f64 = 0.2;

/// How a service stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Health {
    calls: u64,
    /// Failures since the last answer.
    failures: u32,
    /// The first of them.
    down: Option<Down>,
    /// The next pause.
    pause: Duration,
    /// In ticks: when it may be tried again.
    again: Duration,
}

impl Health {
    /// Whether it is left out.
    pub(super) fn is_down(&self) -> bool {
        self.failures >= FAILURES
    }

    /// Whether one might be sent by now.
    pub(super) fn is_due(&self, ticks: Duration) -> bool {
        !self.is_down() || ticks >= self.again
    }

    /// Whether a call may be sent. Where it is left out, this one call tries when its time has come, and the
    /// others wait for the next.
    pub(super) fn may_ask(&mut self, ticks: Duration) -> bool {
        if !self.is_down() {
            return true;
        }
        let due = self.is_due(ticks);
        if due {
            self.again = ticks + self.pause;
        }
        due
    }

    /// Heeds how a call was answered.
    pub(super) fn heed(&mut self, fault: Option<&Fault>, now: Timestamp, ticks: Duration) {
        match fault.map(|fault| fault.kind) {
            // Held back by the ration, or by ourselves: it says nothing of the service.
            Some(Kind::RateLimit | Kind::Unsupported | Kind::Refused | Kind::Local) => return,
            Some(Kind::Unreachable | Kind::SignIn | Kind::Broken) => {}
            // Whoever answers, if only to refuse, is there. A change of which nothing is known proves neither.
            Some(Kind::Unknown) => {
                self.calls += 1;
                return;
            }
            _ => {
                *self = Self { calls: self.calls + 1, ..Self::default() };
                return;
            }
        }
        self.calls += 1;
        self.failures = self.failures.saturating_add(1);
        let why = fault.map(|fault| fault.message.clone()).unwrap_or_default();
        let since = self.down.take().map_or(now, |down| down.since);
        self.down = Some(Down { since, why });
        if self.is_down() {
            self.pause = if self.pause.is_zero() { FIRST } else { self.pause.saturating_mul(2).min(LONGEST) };
            let chance = 1.0 + JITTER * (2.0 * fastrand::f64() - 1.0);
            self.again = ticks + self.pause.mul_f64(chance);
        }
    }

    /// How it stands, for whoever shows it.
    pub(super) fn part(&self, name: &'static str, covers: Option<usize>) -> Part {
        let failing = self.down.as_ref().map(|down| down.why.clone());
        let down = self.down.clone().filter(|_| self.is_down());
        Part { name, calls: self.calls, down, failing, covers }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn at(second: u32) -> (Timestamp, Duration) {
        (
            Timestamp::from_second(1_790_000_000 + i64::from(second)).unwrap(),
            Duration::from_secs(second.into()),
        )
    }

    fn fails(health: &mut Health, kind: Kind, second: u32) {
        let (now, ticks) = at(second);
        health.heed(Some(&Fault::new(kind, "away")), now, ticks);
    }

    #[test]
    fn three_failures_in_a_row_leave_a_service_out_since_the_first_of_them() {
        let mut health = Health::default();
        fails(&mut health, Kind::Unreachable, 0);
        fails(&mut health, Kind::Broken, 1);
        // It answered, if only to refuse one thing.
        fails(&mut health, Kind::NotFound, 2);
        fails(&mut health, Kind::SignIn, 3);
        fails(&mut health, Kind::RateLimit, 4);
        fails(&mut health, Kind::Broken, 5);
        assert!(!health.is_down() && health.may_ask(at(5).1));
        fails(&mut health, Kind::Unreachable, 6);
        let part = health.part("connect", Some(7));
        assert_eq!(part.down, Some(Down { since: at(3).0, why: "away".into() }));
        assert_eq!((part.calls, part.covers), (6, Some(7)), "what was not sent is no call");
    }

    #[test]
    fn it_is_tried_again_by_one_call_after_pauses_that_grow_from_seconds_to_minutes() {
        let mut health = Health::default();
        (0..3).for_each(|_| fails(&mut health, Kind::Unreachable, 0));
        let (mut tries, mut pauses) = (Vec::new(), Vec::new());
        for second in 0..3_600 {
            if health.may_ask(at(second).1) {
                assert!(!health.may_ask(at(second).1), "the others do not try");
                pauses.push(second - tries.last().copied().unwrap_or(0));
                tries.push(second);
                fails(&mut health, Kind::Unreachable, second);
            }
        }
        assert!((4..=6).contains(&pauses[0]) && (8..=13).contains(&pauses[1]), "{pauses:?}");
        assert!(pauses.iter().all(|pause| *pause <= 361), "{pauses:?}");
        assert!((12..30).contains(&tries.len()), "{tries:?}");
        let (now, ticks) = at(3_600);
        health.heed(None, now, ticks);
        assert!(!health.is_down() && health.part("connect", None).down.is_none());
        fails(&mut health, Kind::Unreachable, 3_601);
        assert!(!health.is_down(), "it is counted anew");
    }
}
