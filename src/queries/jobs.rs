//! How far the consumers of arrivals are.

use super::Queries;
use crate::domain::fault::{Fault, Result};
use crate::domain::handoff::Jobs;

impl Queries {
    /// Every consumer, and the newest attempts.
    pub async fn jobs(&self) -> Result<Jobs> {
        super::blocking(|| Err(Fault::unsupported("tell this"))).await
    }
}
