//! SIGINT and SIGTERM: the first one asks to end in good order, a second one to leave at once.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::Failure;
use crate::domain::fault::{Fault, Kind};

/// What tells that a signal came. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Interrupt {
    first: CancellationToken,
    again: CancellationToken,
    code: Arc<AtomicU8>,
}

impl Interrupt {
    /// Takes over both signals for the rest of the program's life.
    ///
    /// # Errors
    /// [`Kind::Local`] where the system does not let it.
    pub(super) fn listen() -> Result<Self, Fault> {
        let deaf = |error: std::io::Error| Fault::new(Kind::Local, format!("listening for signals: {error}"));
        let mut interrupt = signal(SignalKind::interrupt()).map_err(deaf)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(deaf)?;
        let listening = Self::default();
        let told = listening.clone();
        tokio::spawn(async move {
            loop {
                let code = tokio::select! {
                    _ = interrupt.recv() => 130,
                    _ = terminate.recv() => 143,
                };
                told.code.store(code, Ordering::Release);
                if told.first.is_cancelled() {
                    told.again.cancel();
                }
                told.first.cancel();
            }
        });
        Ok(listening)
    }

    /// Does something that changes nothing outside, unless the first signal comes before its end.
    pub(super) fn or<T>(&self, work: impl Future<Output = T>) -> impl Future<Output = Result<T, Failure>> {
        // On the heap: whatever reads a class is large.
        let work = Box::pin(work);
        async move {
            tokio::select! {
                biased;
                done = work => Ok(done),
                code = self.first() => Err(Failure::Signal(code)),
            }
        }
    }

    /// Waits for the first signal; the exit code that it asks for.
    pub(super) async fn first(&self) -> u8 {
        self.first.cancelled().await;
        self.code()
    }

    /// Waits for the second signal; the exit code that it asks for.
    pub(super) async fn again(&self) -> u8 {
        self.again.cancelled().await;
        self.code()
    }

    /// The exit code, if a signal came.
    pub(super) fn came(&self) -> Option<u8> {
        self.first.is_cancelled().then(|| self.code())
    }

    /// A token that the first signal cancels.
    pub(super) fn token(&self) -> CancellationToken {
        self.first.child_token()
    }

    fn code(&self) -> u8 {
        self.code.load(Ordering::Acquire)
    }
}
