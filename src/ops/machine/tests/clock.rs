//! The one clock of a case: it goes where the case or somebody who waits sets it. Each look at it takes a
//! millisecond, so that nothing happens at the same time as something else.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

use crate::clock::Clock;

/// The first moment, in milliseconds.
const FIRST: i64 = 1_790_000_000_000;

/// What sets the clock.
#[derive(Clone)]
pub(super) struct Hand(Arc<AtomicI64>);

impl Hand {
    pub(super) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(FIRST)))
    }

    pub(super) fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.fetch_add(1, Ordering::SeqCst)).unwrap()
    }

    /// So many seconds pass.
    pub(super) fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    /// The clock as the program has it: whoever waits for a time makes it that late.
    pub(super) fn clock(&self) -> Clock {
        let (hand, wait) = (self.clone(), self.clone());
        Clock::of(
            move || hand.now(),
            move |time| {
                wait.0.fetch_max(time.as_millisecond() + 1, Ordering::SeqCst);
                Box::pin(tokio::task::yield_now())
            },
        )
    }
}
