//! What is known of people is not kept for longer than the class file says: it is looked once a day by the
//! program that watches, and by no other. Nothing changes in 1Password.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{OnTold, Pulse};
use crate::domain::text::{SafeText, counted};
use crate::ops::{Ops, Retained};
use crate::queries::Current;

/// How often it is looked.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How many are named who are kept for longer.
const NAMED: usize = 5;

/// Erases what is older than a number of days, and says so.
pub struct Retention {
    ops: Ops,
    days: u32,
    told: OnTold,
    current: Current,
}

impl Retention {
    /// Keeps what is known of people for so many days.
    pub fn new(ops: Ops, days: u32, told: OnTold) -> Self {
        Self { ops, days, told, current: Current::default() }
    }

    /// Has every look begin with the class file that is in effect then.
    #[must_use]
    pub fn following(self, current: Current) -> Self {
        Self { current, ..self }
    }

    /// Looks once. What goes wrong is told: nobody who reads is kept from reading by it.
    pub async fn once(&self) {
        if self.ops.read_only {
            return;
        }
        let mut ops = self.ops.clone();
        self.current.renew(&mut ops.queries);
        let lines = match ops.retain(self.days).await {
            Ok(retained) => in_words(self.days, &retained),
            Err(fault) => {
                vec![format!("what is older than {} could not be erased: {fault}", counted(self.days, "day"))]
            }
        };
        for line in lines {
            (self.told)(SafeText::new(&line));
        }
    }

    /// Looks every day on which this program is the one that watches, until `cancel`.
    pub async fn run(self, mut pulse: watch::Receiver<Pulse>, cancel: CancellationToken) {
        loop {
            let watching = pulse.wait_for(|pulse| pulse.watching);
            if !matches!(cancel.run_until_cancelled(watching).await, Some(Ok(_))) {
                return;
            }
            self.once().await;
            let clock = self.ops.queries.clock.clone();
            let next = clock.now().checked_add(DAY).unwrap_or(Timestamp::MAX);
            if cancel.run_until_cancelled(clock.sleep_until(next)).await.is_none() {
                return;
            }
        }
    }
}

/// What was erased, who was not and why; nothing where there was nothing to erase.
fn in_words(days: u32, retained: &Retained) -> Vec<String> {
    let Retained { students, arrivals, kept, lingers } = retained;
    let mut parts = Vec::new();
    if *students > 0 {
        parts.push(counted(*students, "student"));
    }
    if *arrivals > 0 {
        parts.push(format!("names in {}", counted(*arrivals, "arrival")));
    }
    let days = counted(days, "day");
    let mut lines = Vec::new();
    if !parts.is_empty() {
        lines.push(format!("kept for {days}: erased {}", parts.join(" and ")));
    }
    for (student, why) in kept.iter().take(NAMED) {
        lines.push(format!("{student} is kept for more than {days}: {why}"));
    }
    if let Some(others) = kept.len().checked_sub(NAMED).filter(|others| *others > 0) {
        let others = if others == 1 { "1 other is".to_owned() } else { format!("{others} others are") };
        lines.push(format!("and {others} kept for more than {days}"));
    }
    if *lingers {
        lines.push(
            "another program reads the store: some of what was erased may be found in its file".to_owned(),
        );
    }
    lines
}
