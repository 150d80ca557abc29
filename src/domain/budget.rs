//! The ration of requests: what 1Password lets a service account ask for, what is left of it, and
//! what something will cost. Figures of 1Password's page "Service account rate limits"; costs of the
//! table in "Use service accounts with the CLI".

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::access::AccountKind;

/// Requests that something asks of the service account's ration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Requests that read.
    pub reads: u32,
    /// Requests that write.
    pub writes: u32,
}

impl std::ops::AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        self.reads += other.reads;
        self.writes += other.writes;
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

impl Allowance {
    /// How long the window is.
    pub fn window(&self) -> Duration {
        Duration::from_secs(if self.scope == Scope::Token { 3_600 } else { 86_400 })
    }
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
