//! What can be typed behind a command's name in the palette: what it is called, what completes it, and
//! what it means.

use crate::app::State;
use crate::app::msg::Action;

/// What can be typed behind a command's name.
#[derive(Clone, Copy)]
pub struct Argument {
    /// What it is called, as it is shown behind the name: `NAME`, `full|class`.
    pub word: &'static str,
    /// Whether the command means nothing without it.
    pub required: bool,
    /// Whether what is typed counts as it stands; otherwise the best of the choices is meant.
    pub free: bool,
    /// What can be typed there, for what is typed already.
    pub choices: fn(&State, &str) -> Vec<Candidate>,
    /// The action for what is typed, or why there is none. What comes in is trimmed.
    pub plan_with: fn(&State, &str) -> Result<Action, String>,
}

/// One thing that can be typed behind a command's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// What is typed.
    pub text: String,
    /// What it is, in a few words; looked through as well.
    pub note: String,
    /// What it means: an id, where several may be written alike.
    pub value: String,
    /// What of the typed text is looked for in what it is: the last part, where the first ones are said already.
    pub sought: Option<String>,
}

impl Candidate {
    /// A word and what it is.
    pub fn new(text: impl Into<String>, note: impl Into<String>) -> Self {
        let text = text.into();
        Self { value: text.clone(), text, note: note.into(), sought: None }
    }

    /// The same, found by this part of what is typed, in what it is.
    #[must_use]
    pub(in crate::app) fn sought_by(self, part: &str) -> Self {
        Self { sought: Some(part.to_owned()), ..self }
    }

    /// The same, with what it means.
    #[must_use]
    pub fn meaning(self, value: impl Into<String>) -> Self {
        Self { value: value.into(), ..self }
    }
}
