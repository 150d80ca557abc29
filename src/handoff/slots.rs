//! The places for offers that are under way at once. Whoever waits for one is served in turn.

use tokio::sync::{Semaphore, SemaphorePermit};

use super::AT_ONCE;

/// The places; one of them is never held by a consumer that fails.
pub(super) struct Slots {
    all: Semaphore,
    failing: Semaphore,
}

/// A place, until it is dropped.
pub(super) struct Slot<'a>(#[expect(dead_code, reason = "held")] [Option<SemaphorePermit<'a>>; 2]);

impl Default for Slots {
    fn default() -> Self {
        Self { all: Semaphore::new(AT_ONCE), failing: Semaphore::new(AT_ONCE - 1) }
    }
}

impl Slots {
    /// A place for a consumer, which is `failing` where it did not take what it was offered last.
    pub(super) async fn one(&self, failing: bool) -> Slot<'_> {
        // Neither is ever closed.
        let among = if failing { self.failing.acquire().await.ok() } else { None };
        Slot([among, self.all.acquire().await.ok()])
    }
}
