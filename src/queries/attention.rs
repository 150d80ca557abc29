//! What needs the instructor, from what is stored: nothing is asked of the service.

use super::Queries;
use crate::domain::attention::Attention;
use crate::domain::fault::{Fault, Result};

impl Queries {
    /// What needs the instructor now, the gravest first.
    pub async fn attention(&self) -> Result<Attention> {
        super::blocking(|| Err(Fault::unsupported("tell this"))).await
    }
}
