//! Where the time comes from, and how it is waited for: a value, so that simulated days need no
//! paused runtime. Knows nothing else of ours, nor what anybody waits for.

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
    ticks: Arc<dyn Fn() -> Duration + Send + Sync>,
}

impl Clock {
    /// The clock of this machine.
    pub fn real() -> Self {
        let begun = Instant::now();
        let clock = Self::of(Timestamp::now, |time| {
            Box::pin(async move {
                while let Ok(left) = Duration::try_from(time - Timestamp::now()) {
                    if left.is_zero() {
                        return;
                    }
                    tokio::time::sleep(left.min(NAP)).await;
                }
            })
        });
        clock.ticking(move || begun.elapsed())
    }

    /// A clock that is read and waited for in this way; waiting for a time that has passed must end
    /// at once.
    pub fn of(
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
        until: impl Fn(Timestamp) -> Waiting + Send + Sync + 'static,
    ) -> Self {
        let now = Arc::new(now);
        let same = now.clone();
        let ticks = move || Duration::try_from(same() - Timestamp::UNIX_EPOCH).unwrap_or_default();
        Self { now, until: Arc::new(until), ticks: Arc::new(ticks) }
    }

    /// With ticks of its own, which no setting of the clock moves.
    #[must_use]
    pub fn ticking(mut self, ticks: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        self.ticks = Arc::new(ticks);
        self
    }

    /// How much time has passed since some moment; unlike [`Clock::now`] it never goes back where the
    /// clock is that of the machine.
    pub fn ticks(&self) -> Duration {
        (self.ticks)()
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
