//! How much the service account may ask for: windows of an hour for reads and for writes, and one
//! of a day for both together.
//!
//! Figures and wording are those of 1Password's page "Service account rate limits". A window
//! starts with the first request in it. The day's window belongs to the account; the sandbox has
//! one service account, so it is the only one who draws on it.

use serde::Serialize;

use super::Turn;
use crate::domain::access::AccountKind;
use crate::domain::text::counted;
use crate::sandbox::refusal::{Refusal, Result};

/// Which plan's ration applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Limits {
    /// Nothing is counted and nothing refused.
    #[default]
    None,
    /// 10,000 reads and 1,000 writes an hour, 50,000 of both a day.
    Business,
    /// 1,000 reads and 100 writes an hour, 5,000 of both a day.
    Teams,
    /// 1,000 reads and 100 writes an hour, 1,000 of both a day.
    Families,
}

impl Limits {
    /// Reads the word of the command line.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "none" => Some(Self::None),
            "business" => Some(Self::Business),
            "teams" => Some(Self::Teams),
            "families" => Some(Self::Families),
            _ => None,
        }
    }

    /// The kind of account that has this ration; a new world under it becomes one.
    pub fn kind(self) -> Option<AccountKind> {
        match self {
            Self::None => None,
            Self::Business => Some(AccountKind::Business),
            Self::Teams => Some(AccountKind::Teams),
            Self::Families => Some(AccountKind::Families),
        }
    }

    /// Requests in each of [`WINDOWS`].
    fn figures(self) -> Option<[u64; 3]> {
        match self {
            Self::None => None,
            Self::Business => Some([1_000, 10_000, 50_000]),
            Self::Teams => Some([100, 1_000, 5_000]),
            Self::Families => Some([100, 1_000, 1_000]),
        }
    }
}

const HOUR: u64 = 3600;
/// Name, scope, what it counts, seconds: in the order in which the CLI prints them.
const WINDOWS: [(&str, &str, &str, u64); 3] = [
    ("write", "token", "write", HOUR),
    ("read", "token", "read", HOUR),
    ("day", "account", "read_write", 24 * HOUR),
];

/// What a call costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize)]
pub(crate) struct Cost {
    /// Requests that read.
    pub(crate) reads: u64,
    /// Requests that write.
    pub(crate) writes: u64,
}

/// One window, as `op service-account ratelimit --format json` shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Allowance {
    /// `token` or `account`.
    #[serde(rename = "type")]
    pub(crate) scope: &'static str,
    /// `read`, `write` or `read_write`.
    pub(crate) action: &'static str,
    /// Requests in the window.
    pub(crate) limit: u64,
    /// Requests made.
    pub(crate) used: u64,
    /// Requests left.
    pub(crate) remaining: u64,
    /// Seconds until the window ends; 0 if none has started.
    pub(crate) reset: u64,
}

impl Turn<'_> {
    /// The windows as they stand; none without limits.
    pub(crate) fn allowances(&self) -> Result<Vec<Allowance>> {
        let Some(figures) = self.world.rules.limits.figures() else { return Ok(Vec::new()) };
        WINDOWS
            .iter()
            .zip(figures)
            .map(|(&(window, scope, action, seconds), limit)| {
                let (used, reset) = self.window(window, seconds)?;
                Ok(Allowance { scope, action, limit, used, remaining: limit.saturating_sub(used), reset })
            })
            .collect()
    }

    /// Takes the cost of a call from every window, or from none and refuses with 429.
    pub(crate) fn charge(&self, cost: Cost) -> Result<()> {
        let Some(figures) = self.world.rules.limits.figures() else { return Ok(()) };
        let parts = [cost.writes, cost.reads, cost.writes + cost.reads];
        let mut due = Vec::with_capacity(3);
        for ((&(window, scope, _, seconds), limit), part) in WINDOWS.iter().zip(figures).zip(parts) {
            let (used, reset) = self.window(window, seconds)?;
            if part > 0 && used + part > limit {
                return Err(exhausted(scope, if reset == 0 { seconds } else { reset }));
            }
            if part > 0 {
                let started = if reset == 0 { self.millis() } else { -1 };
                due.push((window, started, i64::try_from(used + part).unwrap_or(i64::MAX)));
            }
        }
        for (window, started, used) in due {
            self.change(
                "INSERT INTO ration (window, started, used) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET used = ?3, started = iif(?2 < 0, started, ?2)",
                (window, started, used),
            )?;
        }
        Ok(())
    }

    /// Requests made in the window, and the seconds until it ends (0: not started).
    fn window(&self, window: &str, seconds: u64) -> Result<(u64, u64)> {
        let found = self.one("SELECT started, used FROM ration WHERE window = ?", [window], |row| {
            Ok((row.get::<_, i64>("started")?, super::count(row, "used")?))
        })?;
        let Some((started, used)) = found else { return Ok((0, 0)) };
        let age = u64::try_from(self.millis() - started).unwrap_or_default() / 1000;
        Ok(if age < seconds { (used, seconds - age) } else { (0, 0) })
    }
}

fn exhausted(scope: &str, wait: u64) -> Refusal {
    let whose = if scope == "token" { "this service account" } else { "this 1Password account" };
    Refusal { retry_after: Some(wait), ..Refusal::rationed(whose, &in_words(wait)) }
}

fn in_words(seconds: u64) -> String {
    let minutes = seconds.div_ceil(60);
    match (minutes / 60, minutes % 60) {
        (0, minutes) => counted(minutes, "minute"),
        (hours, 0) => counted(hours, "hour"),
        (hours, minutes) => format!("{} and {}", counted(hours, "hour"), counted(minutes, "minute")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_said_as_1password_says_them() {
        for (seconds, words) in [
            (3480, "58 minutes"),
            (59, "1 minute"),
            (3600, "1 hour"),
            (86_340, "23 hours and 59 minutes"),
            (3661, "1 hour and 2 minutes"),
        ] {
            assert_eq!(in_words(seconds), words);
        }
    }
}
