//! How the services stand that a class is read through, where there are several.

use jiff::Timestamp;
use serde::Serialize;

use super::text::SafeText;

/// One of several services.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Its word in class files: `op`, `connect`, `events`, `sandbox`.
    pub name: &'static str,
    /// How many calls it has answered or failed in this program.
    pub calls: u64,
    /// Since when it is left out, and why; `None` while it answers.
    pub down: Option<Down>,
    /// How many vaults its token covers; `None` where it covers what the account has.
    pub covers: Option<usize>,
}

/// That a service is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Down {
    /// The first call that failed.
    pub since: Timestamp,
    /// How it failed.
    pub why: SafeText,
}
