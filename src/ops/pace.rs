//! How fast calls go out: the tempo of permission changes, and how long calls take.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;

use super::VAULTS_AT_ONCE;
use crate::clock::Clock;
use crate::domain::budget::forecast::Speed;
use crate::domain::budget::tempo::Tempo;

/// How much the last call counts among those before it.
const NEWEST: f64 = 0.2;

/// What is known of the speed of calls, by all that share it.
#[derive(Default)]
pub(super) struct Pace {
    state: Mutex<State>,
    free: Notify,
}

#[derive(Default)]
struct State {
    tempo: Tempo,
    /// How often the tempo was slowed down.
    slowed: u64,
    /// Whether a change is under way that others have to wait for.
    busy: bool,
    /// When the next change may begin.
    next: Option<Timestamp>,
    /// In seconds.
    call: Option<f64>,
}

impl Pace {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a turn to change an access: at once where the service holds nobody back, else one
    /// at a time and with its time in between. Where the service takes nothing for longer than `most`,
    /// the time from which it does.
    pub(super) async fn turn(&self, clock: &Clock, most: Duration) -> Result<Turn<'_>, Timestamp> {
        loop {
            let freed = self.free.notified();
            tokio::pin!(freed);
            freed.as_mut().enable();
            let wait = {
                let mut state = self.state();
                let next = state.next.filter(|next| *next > clock.now());
                if state.busy {
                    None
                } else if next.is_none() {
                    let alone = !state.tempo.between().is_zero();
                    state.busy = alone;
                    return Ok(Turn { pace: self, slowed: state.slowed, alone, began: clock.now() });
                } else {
                    next
                }
            };
            match wait {
                // Whoever waits for a time is overtaken by nobody who comes later.
                Some(next) if next <= later(clock.now(), most) => clock.sleep_until(next).await,
                Some(next) => return Err(next),
                None => freed.await,
            }
        }
    }

    /// How fast a plan is carried out.
    pub(super) fn speed(&self) -> Speed {
        let state = self.state();
        Speed {
            call: state.call.map_or(Speed::default().call, Duration::from_secs_f64),
            at_once: u32::try_from(VAULTS_AT_ONCE).unwrap_or(1),
            between: state.tempo.between(),
        }
    }

    /// When the next change may begin, if not at once.
    pub(super) fn next(&self, now: Timestamp) -> Option<Timestamp> {
        self.state().next.filter(|next| *next > now)
    }

    /// Takes a measured call into account.
    pub(super) fn took(&self, began: Timestamp, ended: Timestamp) {
        let took = ended.duration_since(began).as_secs_f64().max(0.0);
        let mut state = self.state();
        state.call = Some(state.call.map_or(took, |before| before + NEWEST * (took - before)));
    }

    /// Whether any call was measured.
    pub(super) fn is_measured(&self) -> bool {
        self.state().call.is_some()
    }
}

/// A change that may be sent now.
pub(super) struct Turn<'a> {
    pace: &'a Pace,
    slowed: u64,
    alone: bool,
    began: Timestamp,
}

impl Turn<'_> {
    /// The service took it.
    pub(super) fn went_well(self, now: Timestamp) {
        self.pace.took(self.began, now);
        let mut state = self.pace.state();
        state.tempo.went_well();
        let between = state.tempo.between();
        let next = (!between.is_zero()).then(|| later(now, between));
        // Another change that was sent beside this one was refused: its wait holds for all.
        state.next = if state.slowed == self.slowed { next } else { state.next.max(next) };
    }

    /// The service refused it as coming too soon, for the `times`-th time in a row; when it may be
    /// repeated. Refusals of changes that were sent together count as one.
    pub(super) fn was_refused(self, now: Timestamp, times: usize, asked: Option<Duration>) -> Timestamp {
        let mut state = self.pace.state();
        if state.slowed != self.slowed && times <= 1 {
            return state.next.unwrap_or(now).max(now);
        }
        let wait = state.tempo.was_refused(times, asked);
        state.slowed += 1;
        let next = later(now, wait);
        state.next = Some(next);
        next
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.alone {
            self.pace.state().busy = false;
        }
        self.pace.free.notify_waiters();
    }
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_change_sent_beside_a_refused_one_does_not_shorten_the_wait() {
        let (pace, clock) = (Pace::default(), Clock::real());
        let (minute, ban) = (Duration::from_secs(60), Duration::from_secs(600));
        let refused = pace.turn(&clock, minute).await.unwrap();
        let beside = pace.turn(&clock, minute).await.unwrap();
        let now = clock.now();
        let until = refused.was_refused(now, 1, Some(ban));
        assert_eq!(until, later(now, ban));
        beside.went_well(now);
        assert_eq!(pace.next(now), Some(until));
        assert_eq!(pace.turn(&clock, minute).await.err(), Some(until));
    }
}
