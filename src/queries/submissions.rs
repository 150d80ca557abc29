//! How students stand with assignments, from the journal and what was decided.

use super::Queries;
use crate::domain::assignment::AssignmentId;
use crate::domain::fault::{Fault, Result};
use crate::domain::query::Submissions;

impl Queries {
    /// How every student stands with an assignment, and what no assignment claims.
    pub async fn submissions(&self, _assignment: &AssignmentId) -> Result<Submissions> {
        super::blocking(|| Err(Fault::unsupported("tell this"))).await
    }
}
