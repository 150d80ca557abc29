//! The ration of requests: what 1Password lets a service account ask for, what is left of it, and
//! what something will cost. Figures of 1Password's page "Service account rate limits"; costs of the
//! table in "Use service accounts with the CLI".

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::access::AccountKind;
use super::operation::Call;

pub mod beat;
pub mod forecast;
pub mod gauge;
pub mod tempo;
pub mod windows;

/// Percent of every window that the live view leaves to the instructor's own keys.
pub const KEPT_FOR_KEYS: u64 = 20;

/// Percent of an hour's reads that changes leave to the live view, beside those of [`KEPT_FOR_KEYS`]: however
/// many vaults a plan has to look at, what arrives is seen meanwhile.
pub const KEPT_FOR_WATCH: u64 = 10;

/// What requests are for: who goes first when few are left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// What a person asks for.
    Keys,
    /// The live view; it leaves [`KEPT_FOR_KEYS`] percent.
    Watch,
    /// Changes of vaults and access; of the hour's reads they leave [`KEPT_FOR_WATCH`] percent more than that.
    Changes,
}

/// Requests that something asks of the service account's ration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Requests that read.
    pub reads: u32,
    /// Requests that write.
    pub writes: u32,
}

impl Cost {
    /// `op vault list`.
    pub const VAULTS: Self = Self::of_reads(1);
    /// `op vault get ID`.
    pub const VAULT: Self = Self::of_reads(1);
    /// `op vault user list` and `op vault group list`.
    pub const GRANTS: Self = Self::of_reads(2);
    /// `op item list --vault ID`.
    pub const ITEMS: Self = Self::of_reads(2);
    /// `op item get ID --vault ID`.
    pub const ITEM: Self = Self::of_reads(1);
    /// `op read` with ids.
    pub const FILE: Self = Self::of_reads(1);
    /// `op vault delete ID`, and what is looked at right before it: the vault, who is on it, and its items.
    pub(super) const DELETION: Self = Self {
        reads: Self::VAULT.reads + Self::GRANTS.reads + Self::ITEMS.reads + Self::DELETE.reads,
        writes: Self::DELETE.writes,
    };
    /// `op vault delete ID`.
    const DELETE: Self = Self { reads: 1, writes: 1 };
    /// `op document create --vault ID`.
    pub const UPLOAD: Self = Self { reads: 0, writes: 1 };
    /// What is not counted: who one is, people, groups, and the ration itself (README of
    /// `lasuillard/1password-exporter`).
    pub const FREE: Self = Self { reads: 0, writes: 0 };

    const fn of_reads(reads: u32) -> Self {
        Self { reads, writes: 0 }
    }

    /// What a call costs. What a service account cannot do at all is not counted.
    pub fn of(call: &Call) -> Self {
        match call {
            Call::CreateVault(_) | Call::Grant { .. } | Call::Revoke { .. } => Self { reads: 0, writes: 1 },
            Call::DeleteVault(_) => Self::DELETE,
            Call::Invite { .. } | Call::Confirm(_) | Call::Suspend(_) | Call::Reactivate(_) => Self::FREE,
        }
    }

    /// Reads and writes together.
    pub fn total(self) -> u32 {
        self.reads + self.writes
    }

    /// How many of them a window counts.
    pub fn counted_as(self, action: Action) -> u32 {
        match action {
            Action::Read => self.reads,
            Action::Write => self.writes,
            Action::ReadWrite => self.total(),
        }
    }
}

impl std::ops::Add for Cost {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { reads: self.reads + other.reads, writes: self.writes + other.writes }
    }
}

impl std::ops::AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// Whose ration it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// The service account's token: windows of an hour.
    Token,
    /// The whole 1Password account, all service accounts together: a window of 24 hours.
    Account,
}

impl Scope {
    /// How long a window is.
    pub fn window(self) -> Duration {
        Duration::from_secs(if self == Self::Token { 3_600 } else { 86_400 })
    }
}

/// Which requests are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Those that read.
    Read,
    /// Those that write.
    Write,
    /// Both.
    ReadWrite,
}

impl Action {
    /// Whether a window or a stop of these requests is about those of a kind.
    fn covers(self, kind: Self) -> bool {
        self == kind || self == Self::ReadWrite
    }
}

/// One window of the ration, as `op service-account ratelimit` reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowance {
    /// Whose.
    #[serde(rename = "type")]
    pub scope: Scope,
    /// Of which requests.
    pub action: Action,
    /// Requests in the window.
    pub limit: u64,
    /// Requests made.
    pub used: u64,
    /// Requests left.
    pub remaining: u64,
    /// Seconds until the window ends; 0 while none has started.
    pub reset: u64,
}

/// The ration of a kind of account with nothing used, in the order in which the CLI prints it.
pub fn ration(kind: AccountKind) -> [Allowance; 3] {
    let (write, read, day) = match kind {
        AccountKind::Business => (1_000, 10_000, 50_000),
        AccountKind::Teams => (100, 1_000, 5_000),
        AccountKind::Families => (100, 1_000, 1_000),
    };
    let full = |scope, action, limit| Allowance { scope, action, limit, used: 0, remaining: limit, reset: 0 };
    [
        full(Scope::Token, Action::Write, write),
        full(Scope::Token, Action::Read, read),
        full(Scope::Account, Action::ReadWrite, day),
    ]
}

/// A class of requests that is not sent at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// Which requests.
    pub action: Action,
    /// Until when.
    pub until: Timestamp,
}

/// How the ration stands, as far as this program knows without asking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// The windows; what was sent since the last report is taken off.
    pub allowances: Vec<Allowance>,
    /// When the service reported them last.
    pub reported_at: Timestamp,
    /// Requests of the account's day that this program has sent since it started.
    pub ours: u64,
    /// Requests of the account's day that others have sent since then, as the reports show.
    pub others: u64,
    /// What is not sent at the moment, since the service refused it.
    pub stopped: Vec<Stop>,
    /// Requests an hour that the live view may ask for.
    pub live_per_hour: u32,
}

impl Budget {
    /// The requests left for something of this kind before any window is used up.
    pub fn left(&self, action: Action) -> Option<u64> {
        let of = |window: &&Allowance| window.action.covers(action);
        self.allowances.iter().filter(of).map(|window| window.remaining).min()
    }

    /// Until when requests of this kind are not sent, if they are not.
    pub fn stopped_until(&self, action: Action) -> Option<Timestamp> {
        let of = |stop: &&Stop| stop.action.covers(action);
        self.stopped.iter().filter(of).map(|stop| stop.until).max()
    }

    /// Whether it differs from another one by enough to be told again: another stop, a twentieth of
    /// a window, a hundredth of the day by others, or a tenth of what the live view may ask for.
    pub fn differs(&self, other: &Self) -> bool {
        let apart = |a: u64, b: u64, part: u64| a.abs_diff(b) > part;
        let windows = self.allowances.len() != other.allowances.len()
            || self.allowances.iter().zip(&other.allowances).any(|(one, other)| {
                one.limit != other.limit || apart(one.remaining, other.remaining, one.limit / 20)
            });
        let day = self.allowances.iter().find(|window| window.scope == Scope::Account);
        windows
            || self.stopped != other.stopped
            || apart(self.others, other.others, day.map_or(0, |day| day.limit / 100))
            || apart(
                u64::from(self.live_per_hour),
                u64::from(other.live_per_hour),
                u64::from(self.live_per_hour / 10),
            )
    }
}

#[cfg(test)]
#[path = "budget_tests.rs"]
mod tests;
