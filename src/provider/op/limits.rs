//! How long a run of the CLI may take and how much it may say.

use std::time::Duration;

/// The longest transfer that is waited for, in seconds.
const DAY: u64 = 86_400;

/// How long a run of the CLI may take and how much it may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For a question about one thing.
    pub read: Duration,
    /// For a list.
    pub list: Duration,
    /// For a change, which 1Password carries out in several requests.
    pub change: Duration,
    /// For the beginning of a transfer, on top of what its size needs at `pace`: the CLI fetches and
    /// decrypts a file before it prints the first byte.
    pub transfer: Duration,
    /// The slowest transfer that is waited for, in bytes a second.
    pub pace: u64,
    /// How long a transfer that has begun may stand still.
    pub stall: Duration,
    /// How much of an answer is kept, in bytes. What is more is read and thrown away, since a child
    /// that is killed in the middle of a change leaves more doubt than one that talks too much.
    pub answer: usize,
    /// How much of what it says about failures is kept, in bytes; the rest is thrown away.
    pub complaint: usize,
    /// The unit of the growing wait after a conflict of two writers.
    pub conflict: Duration,
}

impl Default for Limits {
    /// 15 s for a question and 30 s for a list are what the Rust crate `hasp` uses; a call takes
    /// 0.7 to 2 s according to 1Password's community.
    fn default() -> Self {
        Self {
            read: Duration::from_secs(15),
            list: Duration::from_secs(30),
            change: Duration::from_secs(60),
            transfer: Duration::from_secs(60),
            pace: 64 << 10,
            stall: Duration::from_secs(30),
            answer: 16 << 20,
            complaint: 64 << 10,
            conflict: Duration::from_millis(500),
        }
    }
}

impl Limits {
    /// How long a transfer of that many bytes may take.
    pub(super) fn for_bytes(&self, size: u64) -> Duration {
        self.transfer + Duration::from_secs((size / self.pace.max(1)).min(DAY))
    }
}
