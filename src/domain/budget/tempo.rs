//! How fast access is changed: no slower than it must be, no faster than 1Password lets its own
//! script (`create_vaults_from_input.py` of 1Password/solutions waits 11 seconds after each change,
//! and 600 on "rate-limited").
//!
//! Additive increase, multiplicative decrease, as in congestion control, of the rate: the time between
//! two changes grows at once on a refusal, and shrinks slowly while none comes.

use std::time::Duration;

/// Where it starts once the service has refused.
const FIRST: f64 = 11.0;
/// The longest time between two changes.
const MOST: f64 = 120.0;
/// So many changes in a row without refusal make it try less.
const PATIENT: u32 = 50;
/// So many make it forget where it was refused.
const FORGIVING: u32 = 400;
/// By how much it tries less.
const STEP: f64 = 0.5;
/// The wait after a refusal that names no time, and after further ones of the same change.
const WAITS: [u64; 2] = [11, 600];
/// A refusal that had to be waited out for longer is not provoked for nothing.
const DEAR: Duration = Duration::from_secs(60);

/// The time between two changes of access.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tempo {
    /// In seconds.
    between: f64,
    /// The longest that was refused.
    refused: f64,
    /// Changes since the last refusal, or since it was made shorter.
    streak: u32,
    /// Changes since the last refusal.
    since: u32,
    /// Whether a refusal had to be waited out for long.
    dear: bool,
}

impl Tempo {
    /// The time between two changes; zero where the service does not hold them back.
    pub fn between(&self) -> Duration {
        Duration::from_secs_f64(self.between)
    }

    /// A change went through.
    pub fn went_well(&mut self) {
        self.streak = self.streak.saturating_add(1);
        self.since = self.since.saturating_add(1);
        if self.since >= FORGIVING {
            (self.refused, self.since, self.dear) = (0.0, 0, false);
        }
        let shorter = self.between - STEP;
        let least = if self.dear { FIRST } else { self.refused };
        if self.streak >= PATIENT && shorter > least {
            // Below the vendor's own figure nothing is left to be held back by.
            self.between = if shorter < STEP { 0.0 } else { shorter };
            self.streak = 0;
        }
    }

    /// A change was refused as coming too soon, for the `times`-th time in a row. How long to wait
    /// before it is repeated: `asked`, if the service said so.
    pub fn was_refused(&mut self, times: usize, asked: Option<Duration>) -> Duration {
        if times <= 1 {
            self.refused = self.refused.max(self.between);
            // One step back leads to where it went well; from anywhere else half as long again.
            let back = self.between + STEP;
            let grown = if self.since >= PATIENT { back } else { self.between * 1.5 };
            self.between = grown.clamp(FIRST, MOST);
            (self.streak, self.since) = (0, 0);
        }
        let own = Duration::from_secs(WAITS[usize::from(times > 1)]);
        let wait = asked.unwrap_or(own).max(self.between());
        self.dear |= wait > DEAR;
        wait
    }
}
