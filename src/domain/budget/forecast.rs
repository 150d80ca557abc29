//! How long a plan will take, from what is left of the ration and how fast calls are.

use std::time::Duration;

use super::{Action, Allowance};

/// What a plan will send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    /// Vaults to make.
    pub vaults: u32,
    /// Changes of access.
    pub changes: u32,
    /// Requests that read.
    pub reads: u32,
}

/// How fast it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speed {
    /// How long a call takes.
    pub call: Duration,
    /// How many are under way at once.
    pub at_once: u32,
    /// The time between two changes of access; then they are sent one at a time.
    pub between: Duration,
}

impl Default for Speed {
    /// Before any call was measured: 1Password's community reports 0.7 to 2 s a call.
    fn default() -> Self {
        Self { call: Duration::from_secs(1), at_once: 8, between: Duration::ZERO }
    }
}

impl Speed {
    /// The time that calls take which are not held up by a ration, in seconds.
    fn seconds(self, effort: Effort) -> f64 {
        let call = self.call.as_secs_f64();
        let together = call / f64::from(self.at_once.max(1));
        let change = if self.between.is_zero() { together } else { call + self.between.as_secs_f64() };
        f64::from(effort.vaults) * together
            + f64::from(effort.changes) * change
            + f64::from(effort.reads) * call
    }
}

/// How long it takes: the calls themselves, and the waits for windows to end. Without windows only
/// the calls.
pub fn duration(effort: Effort, windows: &[Allowance], speed: Speed) -> Duration {
    let writes = effort.vaults + effort.changes;
    let all = speed.seconds(effort);
    if writes == 0 {
        return Duration::try_from_secs_f64(all).unwrap_or(Duration::MAX);
    }
    let each = all / f64::from(writes);
    let of = |window: &&Allowance| window.action != Action::Read && window.limit > 0;
    let mut open: Vec<Open> = windows.iter().filter(of).map(Open::new).collect();
    let (mut at, mut left) = (0.0_f64, u64::from(writes));
    while left > 0 {
        for window in &mut open {
            window.end(at);
        }
        let Some(least) = open.iter().map(|window| window.remaining).min() else {
            at += each * count(left);
            break;
        };
        if least == 0 {
            // The last of the windows that are used up opens the way.
            let waits = open.iter().filter(|window| window.remaining == 0);
            at = waits.map(|window| window.ends.unwrap_or(at)).fold(at, f64::max);
            continue;
        }
        let sent = least.min(left);
        for window in &mut open {
            window.take(sent, at);
        }
        at += each * count(sent);
        left -= sent;
    }
    Duration::try_from_secs_f64(at).unwrap_or(Duration::MAX)
}

/// A window while it is used up and starts again.
struct Open {
    limit: u64,
    remaining: u64,
    /// In seconds from now.
    ends: Option<f64>,
    length: f64,
}

impl Open {
    fn new(window: &Allowance) -> Self {
        let ends = (window.reset > 0).then(|| count(window.reset));
        let remaining = if ends.is_some() { window.remaining.min(window.limit) } else { window.limit };
        Self { limit: window.limit, remaining, ends, length: window.scope.window().as_secs_f64() }
    }

    fn end(&mut self, at: f64) {
        if self.ends.is_some_and(|ends| ends <= at) {
            (self.remaining, self.ends) = (self.limit, None);
        }
    }

    fn take(&mut self, sent: u64, at: f64) {
        self.remaining -= sent;
        self.ends.get_or_insert(at + self.length);
    }
}

#[allow(clippy::cast_precision_loss, reason = "requests and seconds are far below 2^52")]
fn count(number: u64) -> f64 {
    number as f64
}
