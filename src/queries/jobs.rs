//! How far the consumers of arrivals are, as the store tells it: in whichever program hands them on.

use super::{Queries, blocking};
use crate::domain::fault::Result;
use crate::domain::handoff::Jobs;

/// How many attempts are shown.
const SHOWN: usize = 100;

impl Queries {
    /// Every consumer, and the newest attempts.
    pub async fn jobs(&self) -> Result<Jobs> {
        let store = self.store.clone();
        blocking(move || Ok(Jobs { consumers: store.progress()?, attempts: store.attempts(SHOWN)? })).await
    }
}
