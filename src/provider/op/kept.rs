//! An answer that several parts of one command ask for within seconds, where each question starts
//! three or more children of about a second each.
//!
//! Knows the age of an answer. Must not know what it says.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::domain::fault::Result;

/// The last good answer to one question; whoever asks while it is being asked waits for that answer.
pub(super) struct Kept<T> {
    answer: Mutex<Option<(Instant, u64, T)>>,
    /// Raised by [`Kept::forget`].
    epoch: AtomicU64,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { answer: Mutex::new(None), epoch: AtomicU64::new(0) }
    }
}

impl<T: Clone> Kept<T> {
    /// The answer, if it is no older than that; else `ask` is asked.
    pub(super) async fn get(&self, age: Duration, ask: impl Future<Output = Result<T>>) -> Result<T> {
        let mut kept = self.answer.lock().await;
        let epoch = self.epoch.load(Ordering::SeqCst);
        if let Some((at, of, answer)) = &*kept
            && *of == epoch
            && at.elapsed() <= age
        {
            return Ok(answer.clone());
        }
        let answer = ask.await?;
        *kept = Some((Instant::now(), epoch, answer.clone()));
        Ok(answer)
    }

    /// Nobody is given the present answer any more, nor one that was asked for before now.
    pub(super) fn forget(&self) {
        self.epoch.fetch_add(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fault::{Fault, Kind};

    #[tokio::test]
    async fn an_answer_serves_until_it_is_old_or_forgotten_and_a_failure_never() {
        let (kept, long) = (Kept::default(), Duration::from_secs(3_600));
        let failed = kept.get(long, async { Err(Fault::new(Kind::Broken, "x")) }).await;
        assert!(failed.is_err());
        assert_eq!(kept.get(long, async { Ok(1) }).await, Ok(1));
        assert_eq!(kept.get(long, async { Ok(2) }).await, Ok(1));
        kept.forget();
        assert_eq!(kept.get(long, async { Ok(3) }).await, Ok(3));
        assert_eq!(kept.get(Duration::ZERO, async { Ok(4) }).await, Ok(4), "any time is too long");
    }
}
