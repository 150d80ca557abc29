//! What would do wide damage if it were a mistake: it is carried out only where a number or a name was typed
//! that is easily got wrong by whoever has not looked. What is weighty about a plan, the plan says.

use serde::{Deserialize, Serialize};

use super::fault::Fault;
use super::text::{SafeText, counted};

/// More revocations than these are weighty in any class.
pub(super) const REVOCATIONS: usize = 10;
/// One part in so many of a class is weighty, where it is more than one.
const SHARE: usize = 5;

/// What is weighty about a plan, and what has to be typed before it is carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// What it would do, in words: one line each.
    pub because: Vec<SafeText>,
    /// What has to be typed, exactly: a number or a name.
    pub word: SafeText,
}

impl Guard {
    /// What is weighty about a class list that is about to be taken over: of the `present` students of the
    /// roster it names `kept`; `listed` is how many it names in all.
    pub(super) fn of_import(present: usize, kept: usize, listed: usize) -> Option<Self> {
        let gone = present.saturating_sub(kept);
        let mut because = Vec::new();
        if present > 0 && listed == 0 {
            because.push("the class list is empty".into());
        }
        if is_wide(gone, present) {
            because.push(SafeText::new(&format!(
                "{} of {} would be marked as gone",
                counted(gone, "student"),
                present
            )));
        }
        if gone > 1 && listed > 0 && kept * 2 < present.min(listed) {
            because.push(SafeText::new(&format!(
                "it names only {kept} of the {} in the roster: is it of another class?",
                counted(present, "student")
            )));
        }
        let word = SafeText::from(gone.to_string().as_str());
        (!because.is_empty()).then_some(Self { because, word })
    }

    /// Refuses to go on unless exactly the word was typed.
    ///
    /// # Errors
    /// [`Kind::Refused`](super::fault::Kind::Refused), naming what would be asked.
    pub fn agreed(&self, typed: Option<&str>) -> Result<(), Fault> {
        if typed.is_some_and(|typed| typed.trim() == self.word.as_str()) {
            return Ok(());
        }
        let because: Vec<&str> = self.because.iter().map(SafeText::as_str).collect();
        let wanted = match typed {
            Some(_) => "something else was typed than",
            None => "nobody has typed",
        };
        let message = format!("{}; {wanted} \"{}\"", because.join("; "), self.word);
        let hint = format!("nothing was changed; look at it again, and agree with --confirm {}", self.word);
        Err(Fault::refused(message).hint(hint))
    }
}

/// More than ten, or more than one in five and more than one.
pub(super) fn is_wide(part: usize, whole: usize) -> bool {
    part > REVOCATIONS || (part > 1 && part * SHARE > whole)
}

#[cfg(test)]
#[path = "guard_tests.rs"]
mod tests;
