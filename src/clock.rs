//! Where the time comes from, and how it is waited for: a value, so that simulated days need no
//! paused runtime.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// The longest sleep at a time: a machine that slept, or a clock that was set, is noticed after it.
const NAP: Duration = Duration::from_secs(30);

type Waiting = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A clock that can be read and waited for. Cheap to clone.
#[derive(Clone)]
pub struct Clock {
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    until: Arc<dyn Fn(Timestamp) -> Waiting + Send + Sync>,
}

impl Clock {
    /// The clock of this machine.
    pub fn real() -> Self {
        Self::of(Timestamp::now, |time| {
            Box::pin(async move {
                while let Ok(left) = Duration::try_from(time - Timestamp::now()) {
                    if left.is_zero() {
                        return;
                    }
                    tokio::time::sleep(left.min(NAP)).await;
                }
            })
        })
    }

    /// A clock that is read and waited for in this way; waiting for a time that has passed must end
    /// at once.
    pub fn of(
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
        until: impl Fn(Timestamp) -> Waiting + Send + Sync + 'static,
    ) -> Self {
        Self { now: Arc::new(now), until: Arc::new(until) }
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// Waits until it is that late.
    pub async fn sleep_until(&self, time: Timestamp) {
        (self.until)(time).await;
    }
}

/// Waits so long, by the clock that stands still while the machine sleeps or by the one that can be
/// set, whichever is first: after a sleep it is over, and a clock that is set back makes it no longer.
pub async fn pause(wait: Duration) {
    let begun = Instant::now();
    let due = Timestamp::now().checked_add(wait).unwrap_or(Timestamp::MAX);
    while let Some(left) = wait.checked_sub(begun.elapsed()).filter(|left| !left.is_zero()) {
        if Timestamp::now() >= due {
            return;
        }
        tokio::time::sleep(left.min(NAP)).await;
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}
