//! How far plans and the consumers of arrivals are, as the store tells it: in whichever program carries
//! them out or hands them on.

use super::Queries;
use crate::domain::fault::Result;
use crate::domain::handoff::Jobs;
use crate::domain::job::Head;

/// How many attempts are shown.
const SHOWN: usize = 100;

impl Queries {
    /// Plans on their way, the newest first: every one that is not over, and as many others as to make
    /// `limit`. In whichever program each is carried out.
    ///
    /// # Errors
    /// [`Kind::Local`](crate::domain::fault::Kind::Local) where the store fails.
    pub async fn plans(&self, limit: usize) -> Result<Vec<Head>> {
        self.with_store(move |store| store.jobs(limit)).await
    }

    /// Every consumer, and the newest attempts.
    pub async fn jobs(&self) -> Result<Jobs> {
        self.with_store(move |store| {
            Ok(Jobs { consumers: store.progress()?, attempts: store.attempts(SHOWN)? })
        })
        .await
    }
}
