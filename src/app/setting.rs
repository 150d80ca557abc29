//! What does not change while the dashboard is open, and what it refuses.

use std::time::Duration;

use jiff::Timestamp;

use super::State;
use crate::domain::operation::{Capabilities, Capability};
use crate::domain::text::SafeText;

/// Why nothing is changed where changes are refused.
pub const READ_ONLY: &str = "read-only: changes are refused";
/// Why nothing is shown or decided about an assignment where there is none.
pub(super) const NO_ASSIGNMENT: &str = "the class file names no assignment: [[assignment]]";

/// What does not change while the dashboard is open.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Setting {
    /// The class's id.
    pub class: String,
    /// The class's title.
    pub title: SafeText,
    /// The zone in which times are shown.
    pub zone: jiff::tz::TimeZone,
    /// Whether this is the demo class, whose people and arrivals are simulated.
    pub demo: bool,
    /// Whether changes are refused.
    pub read_only: bool,
    /// Whether lines, bars and what is cut are drawn with ASCII characters alone.
    pub ascii: bool,
    /// What the provider can do.
    pub can: Capabilities,
    /// The folder offered for downloads.
    pub folder: String,
    /// The folder in which the program was started: what a folder that is typed is relative to.
    pub started_in: String,
    /// The word for how the service is reached, where it is not the sandbox.
    pub via: Option<&'static str>,
    /// The time between two looks of the live view, once it is known.
    pub beat: Option<Duration>,
    /// When the dashboard was opened.
    pub opened_at: Timestamp,
    /// Whether a shell is there that can have us go on once we are stopped.
    pub has_shell: bool,
    /// Whether an arrival rings the terminal's bell.
    pub bell: bool,
}

impl State {
    /// Why nothing at all is changed here, if it is not.
    pub(super) fn why_not_write(&self) -> Result<(), String> {
        if self.setting.read_only { Err(READ_ONLY.into()) } else { Ok(()) }
    }

    /// Why changes of access cannot be made here, if they cannot.
    pub(super) fn why_not_change(&self) -> Result<(), String> {
        self.why_not_write()?;
        if !self.setting.can.has(Capability::ChangeAccess) {
            return Err("this provider cannot change access".into());
        }
        Ok(())
    }
}
