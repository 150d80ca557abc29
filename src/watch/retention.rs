//! What is known of people is not kept for longer than the class file says: it is looked once a day, in
//! whichever program watches. Nothing changes in 1Password.

use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::steward::OnTold;
use crate::domain::fault::Result;
use crate::domain::text::SafeText;
use crate::ops::Ops;

/// How often it is looked.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Erases what is older than a number of days, and says so.
pub struct Retention {
    ops: Ops,
    days: u32,
    told: OnTold,
}

impl Retention {
    /// Keeps what is known of people for so many days.
    pub fn new(ops: Ops, days: u32, told: OnTold) -> Self {
        Self { ops, days, told }
    }

    /// Looks once.
    ///
    /// # Errors
    /// Where store or log fail.
    pub async fn once(&self) -> Result<()> {
        if self.ops.read_only {
            return Ok(());
        }
        let retained = self.ops.retain(self.days).await?;
        let mut parts = Vec::new();
        if retained.students > 0 {
            parts.push(format!("{} students", retained.students));
        }
        if retained.arrivals > 0 {
            parts.push(format!("names in {} arrivals", retained.arrivals));
        }
        if !parts.is_empty() {
            let line = format!("kept for {} days: erased {}", self.days, parts.join(" and "));
            (self.told)(SafeText::new(&line));
        }
        Ok(())
    }

    /// Looks every day, until `cancel`. What goes wrong is told, and tried again the next day.
    pub async fn run(self, cancel: CancellationToken) {
        loop {
            let clock = self.ops.queries.clock.clone();
            let next = clock.now().checked_add(DAY).unwrap_or(Timestamp::MAX);
            if cancel.run_until_cancelled(clock.sleep_until(next)).await.is_none() {
                return;
            }
            if let Err(fault) = self.once().await {
                (self.told)(SafeText::new(&format!(
                    "what is older than {} days could not be erased: {fault}",
                    self.days
                )));
            }
        }
    }
}
