//! What is handed to a consumer, and what comes back: the same for programs and addresses.

use std::time::Duration;

use serde::Serialize;

use crate::domain::arrival::Arrival;
use crate::domain::text::SafeText;

/// An arrival as it is handed over: the contract's JSON, which only a trial adds to.
#[derive(Serialize)]
pub(super) struct Letter<'a> {
    #[serde(flatten)]
    pub(super) arrival: &'a Arrival,
    /// Whether it is made up.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) test: bool,
    /// The how-manieth offer it is.
    #[serde(skip)]
    pub(super) attempt: u32,
}

/// How a consumer took it.
pub(super) struct Answer {
    pub(super) verdict: Verdict,
    pub(super) why: SafeText,
    pub(super) tail: Vec<SafeText>,
    /// How long it asks to be left alone.
    pub(super) retry_after: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It has it.
    Taken,
    /// It does not want this arrival.
    Refused,
    /// It cannot take any now.
    Away,
}

impl Answer {
    /// It could not be offered at all.
    pub(super) fn away(why: &str) -> Self {
        Self { verdict: Verdict::Away, why: SafeText::new(why), tail: Vec::new(), retry_after: None }
    }
}
