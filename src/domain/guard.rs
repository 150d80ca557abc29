//! Plans whose damage would be wide if they were a mistake: they are carried out only where a number or a
//! name was typed that is easily got wrong by whoever has not looked.

use serde::{Deserialize, Serialize};

use super::text::SafeText;

/// What is weighty about a plan, and what has to be typed before it is carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// What it would do, in words: one line each.
    pub because: Vec<SafeText>,
    /// What has to be typed, exactly: a number or a name.
    pub word: SafeText,
}
