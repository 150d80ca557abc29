//! How long an arrival that was not taken waits before it is offered again.

use std::time::Duration;

use jiff::Timestamp;

use crate::store::Offer;

/// The longest wait that a consumer may ask for (`Retry-After`).
const ASKED: Duration = Duration::from_secs(3_600);

/// The waits between offers: each is twice as long as the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tempo {
    /// The first.
    pub first: Duration,
    /// The longest.
    pub longest: Duration,
}

impl Default for Tempo {
    /// From 1 second to 5 minutes.
    fn default() -> Self {
        Self { first: Duration::from_secs(1), longest: Duration::from_secs(300) }
    }
}

impl Tempo {
    /// The wait after the last one, in milliseconds; as long as the consumer asks for, where it does.
    pub(super) fn next(self, last: Option<u64>, asked: Option<Duration>) -> u64 {
        let (first, longest) = (millis(self.first), millis(self.longest));
        let own = last.map_or(first, |last| last.saturating_mul(2).clamp(first, longest));
        asked.map_or(own, |asked| millis(asked.min(ASKED)).max(own))
    }
}

/// When a wait of that length ends: a little earlier than it says, so that consumers which failed
/// together are not met together again; never where the consumer asked for it.
pub(super) fn end(now: Timestamp, wait_ms: u64, exact: bool) -> Timestamp {
    let less = if exact { 0 } else { fastrand::u64(0..=wait_ms / 4) };
    now + Duration::from_millis(wait_ms - less)
}

/// Until when an offer waits, if it does. A clock that was set back does not make the wait longer than
/// it was meant to be.
pub(super) fn due(offer: &Offer, now: Timestamp) -> Option<Timestamp> {
    let at = offer.retrying.at;
    (at > now).then(|| at.min(now + Duration::from_millis(offer.wait_ms)))
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::handoff::Retrying;

    #[test]
    fn waits_double_up_to_the_longest_and_ask_no_more_than_an_hour() {
        let tempo = Tempo::default();
        let mut waits = vec![tempo.next(None, None)];
        for _ in 0..10 {
            waits.push(tempo.next(waits.last().copied(), None));
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map(|s| s * 1_000));
        assert_eq!(tempo.next(None, Some(Duration::from_secs(90))), 90_000);
        assert_eq!(tempo.next(Some(64_000), Some(Duration::from_secs(2))), 128_000, "never sooner than ours");
        assert_eq!(tempo.next(None, Some(Duration::from_secs(1 << 40))), 3_600_000);
    }

    #[test]
    fn a_clock_that_is_set_back_freezes_no_wait() {
        let now: Timestamp = "2026-11-02T09:30:00Z".parse().unwrap();
        let at = end(now, 4_000, false);
        assert!(at >= now + Duration::from_secs(3) && at <= now + Duration::from_secs(4));
        let retrying =
            Retrying { seq: 1, attempts: 1, since: now, at, why: "exit code 1".into(), stuck: false };
        let offer = Offer { retrying, refusals: 1, wait_ms: 4_000 };
        assert_eq!(due(&offer, now), Some(at));
        assert_eq!(due(&offer, at), None);
        let before = now - Duration::from_secs(86_400);
        assert_eq!(due(&offer, before), Some(before + Duration::from_secs(4)));
    }
}
