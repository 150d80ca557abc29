//! When a feed is asked next: its pace, how it waits after a failure, and what it does where the service sends it
//! round and round. Knows neither the service nor the store, and no clock.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use jiff::Timestamp;

use super::SHORTEST;
use super::start::LONGEST;
use crate::domain::events::{Cursor, From, Page};
use crate::domain::fault::{Fault, Kind};

/// The longest wait that a service may ask for (`Retry-After`).
const ASKED: Duration = Duration::from_secs(3_600);
/// So often a token may be refused before it counts as refused: a service that has just been restarted, or a
/// token that has just been issued, may say no once.
const REFUSALS: u32 = 3;
/// So often a service may fail in a row before it is not asked by the same cursor again.
const LOST: u32 = 5;
/// So many places are remembered of one long read; far more than a feed of 120 days has pages.
const PLACES: usize = 100_000;

/// How the reading of one feed goes.
#[derive(Debug, Default)]
pub(super) struct Course {
    /// When it has its turn; at once where that is not known.
    due: Option<Timestamp>,
    /// Failures in a row.
    failures: u32,
    /// Of those, how often the token was refused, and how often the answer made no sense.
    refusals: u32,
    broken: u32,
    /// The places that were passed since the feed was last read to its end, in short.
    passed: HashSet<u64>,
    /// How often since then it came back to a place that it had passed.
    rounds: u32,
    /// Whether more is known to be there.
    more: bool,
    /// Whether it is given up until the next start.
    off: bool,
}

impl Course {
    /// Whether it has its turn. A clock that was set back makes no wait longer than the longest.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        !self.off && self.wait(now).is_none_or(|wait| wait.is_zero() || wait > ASKED)
    }

    /// How long until then; `None` where nothing was asked yet.
    pub(super) fn wait(&self, now: Timestamp) -> Option<Duration> {
        self.due.map(|due| Duration::try_from(due.duration_since(now)).unwrap_or_default())
    }

    /// Whether more is known to be there, and it is not waited for.
    pub(super) fn goes_on(&self) -> bool {
        self.more && !self.off && self.failures == 0 && self.rounds == 0
    }

    /// Whether it is given up.
    pub(super) fn is_off(&self) -> bool {
        self.off
    }

    /// Gives it up until the next start; whether it was not before.
    pub(super) fn turn_off(&mut self) -> bool {
        !std::mem::replace(&mut self.off, true)
    }

    /// Whether the place where it was left may be one that the service does not take any more.
    pub(super) fn is_lost(&self) -> bool {
        self.broken >= LOST
    }

    /// Asks again at the usual pace.
    pub(super) fn rest(&mut self, every: Duration, now: Timestamp) {
        self.due = Some(later(now, every));
    }

    /// A page came, and is kept; whether the next one is asked for at once.
    pub(super) fn answered(&mut self, asked: &From, page: &Page, every: Duration, now: Timestamp) -> bool {
        (self.failures, self.refusals, self.broken) = (0, 0, 0);
        self.more = page.has_more;
        if !page.has_more {
            (self.rounds, self.passed) = (0, HashSet::new());
            self.rest(every, now);
            return false;
        }
        if self.passed.len() >= PLACES {
            self.passed.clear();
        }
        if let From::Cursor(cursor) = asked {
            self.passed.insert(place(cursor));
        }
        if self.passed.contains(&place(&page.cursor)) {
            // It says that there is more and leads back to where it was. It may find its way, so that it is gone
            // round once more, and less and less often.
            self.rounds += 1;
            self.passed.clear();
            self.due = Some(later(now, growing(every, self.rounds - 1)));
            return false;
        }
        self.due = Some(later(now, SHORTEST));
        true
    }

    /// It failed; whether that is for good.
    pub(super) fn failed(&mut self, fault: &Fault, every: Duration, now: Timestamp) -> bool {
        let own = growing(every, self.failures);
        self.failures += 1;
        match fault.kind {
            Kind::SignIn | Kind::Denied => self.refusals += 1,
            // Nothing that waiting would mend.
            Kind::Unsupported | Kind::Input | Kind::Refused => return true,
            Kind::Broken => self.broken += 1,
            _ => {}
        }
        let wait = fault.retry_after.map_or_else(|| shortened(own), |asked| asked.clamp(own, ASKED.max(own)));
        self.due = Some(later(now, wait.max(SHORTEST)));
        self.refusals >= REFUSALS
    }
}

/// A place in a feed, in short.
fn place(cursor: &Cursor) -> u64 {
    let mut short = DefaultHasher::new();
    cursor.as_str().hash(&mut short);
    short.finish()
}

/// The wait after so many others: each is twice as long as the one before.
fn growing(every: Duration, others: u32) -> Duration {
    every.saturating_mul(1 << others.min(10)).min(LONGEST.max(every))
}

/// A little less, so that programs which failed together do not ask together again.
fn shortened(wait: Duration) -> Duration {
    let millis = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
    wait.saturating_sub(Duration::from_millis(fastrand::u64(0..=millis / 4)))
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
#[path = "course_tests.rs"]
mod tests;
