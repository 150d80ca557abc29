//! Looking at everything a class needs, and saying what mends what is wrong.
//!
//! Knows the parts of a class that could be put together, each on its own: with no class file, no
//! `op` and no network every check that can be made still is. What was found is data; nothing is
//! printed here, and nothing is changed but the note of when a person's run last saw who is in the
//! groups of staff.

pub mod account;
mod claims;
pub mod class;
pub mod connect;
pub mod events;
pub mod files;
pub mod handoff;
pub mod program;
pub mod services;
pub mod staff;
pub mod terminal;

use serde::Serialize;

use crate::domain::fault::Fault;
use crate::domain::text::SafeText;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As it should be.
    Ok,
    /// Worth knowing; nothing has to be done.
    Note,
    /// It works, and somebody should look at it.
    Warning,
    /// Something will not work.
    Failure,
}

impl State {
    /// The word shown.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Failure => "failure",
        }
    }
}

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at; a part of the contract.
    pub name: &'static str,
    /// How it ended.
    pub state: State,
    /// What was found.
    pub what: SafeText,
    /// What a person can do about it.
    pub mend: Option<SafeText>,
}

impl Finding {
    fn new(name: &'static str, state: State, what: impl AsRef<str>) -> Self {
        Self { name, state, what: SafeText::new(what.as_ref()), mend: None }
    }

    /// As it should be.
    pub fn ok(name: &'static str, what: impl AsRef<str>) -> Self {
        Self::new(name, State::Ok, what)
    }

    /// Worth knowing.
    pub fn note(name: &'static str, what: impl AsRef<str>) -> Self {
        Self::new(name, State::Note, what)
    }

    /// Works, and somebody should look.
    pub fn warning(name: &'static str, what: impl AsRef<str>) -> Self {
        Self::new(name, State::Warning, what)
    }

    /// Will not work.
    pub fn failure(name: &'static str, what: impl AsRef<str>) -> Self {
        Self::new(name, State::Failure, what)
    }

    /// What failed, with its own mend.
    pub fn fault(name: &'static str, fault: &Fault) -> Self {
        Self { mend: fault.hint.clone(), ..Self::failure(name, fault.message.as_str()) }
    }

    /// Only a warning where another service reads `instead`: the class goes on without what failed.
    #[must_use]
    fn where_others_read(mut self, instead: bool) -> Self {
        if instead {
            self.state = self.state.min(State::Warning);
        }
        self
    }

    /// Adds what a person can do.
    #[must_use]
    pub fn mend(mut self, mend: impl AsRef<str>) -> Self {
        self.mend = Some(SafeText::new(mend.as_ref()));
        self
    }
}

/// The worst of some findings.
pub fn worst(findings: &[Finding]) -> State {
    findings.iter().map(|finding| finding.state).max().unwrap_or(State::Ok)
}

/// A few of many names, with how many more there are.
fn some(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let more = names.len().saturating_sub(SHOWN);
    let shown = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}
