//! How far the steps of the end of a term are: what is left of them, what that asks of the ration, and what has
//! to come first.

use std::time::Duration;

use jiff::Timestamp;

use super::Stage;
use crate::domain::budget::Cost;
use crate::domain::fault::Fault;
use crate::domain::text::SafeText;

/// How far one step is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Which.
    pub stage: Stage,
    /// For how many students it is done.
    pub done: usize,
    /// Of how many: whose vault was deleted without it is not among them.
    pub of: usize,
    /// When somebody agreed to it last, and who.
    pub signed: Option<(Timestamp, SafeText)>,
    /// What the rest asks of the ration, at least.
    pub requests: Cost,
    /// How long that takes.
    pub takes: Duration,
    /// What has to come first, and for how many that is not done, if anything.
    pub lacks: Option<(Stage, usize)>,
}

impl Progress {
    /// What has to come first, in words.
    pub fn blocked(&self) -> Option<SafeText> {
        self.lacks.map(|(lacks, count)| SafeText::new(&format!("{} first, for {count}", lacks.name())))
    }

    /// Why the step cannot be taken at all yet, if it cannot.
    ///
    /// # Errors
    /// [`Kind::Refused`](crate::domain::fault::Kind::Refused), naming what comes first.
    pub fn is_next(&self) -> Result<(), Fault> {
        let Some((lacks, count)) = self.lacks.filter(|_| self.stage.waits()) else { return Ok(()) };
        let message = format!("{} comes first: it is not done for {count} of {}", lacks.name(), self.of);
        Err(Fault::refused(message).hint(format!("strongroom close-term --step {}", lacks.name())))
    }
}

/// How far the end of a term is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// Every step, in order.
    pub steps: Vec<Progress>,
    /// The folder of the last pull.
    pub folder: Option<String>,
}
