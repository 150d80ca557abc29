//! What names a student within a class. It stands by itself, since assignments name students and a class holds
//! assignments; everybody else gets it from the class.

use serde::{Deserialize, Serialize};

use super::id::{as_text, is_plain};

/// A student's key within a class: `[a-z0-9-]`, from the roster. It never changes afterwards,
/// since the student's vault is named after it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StudentKey(Box<str>);

impl StudentKey {
    /// The most characters.
    pub(super) const LONGEST: usize = 64;

    /// Reads a key; anything but 1 to 64 of `a-z`, `0-9` and inner `-` is refused.
    pub fn parse(text: &str) -> Option<Self> {
        is_plain(text, Self::LONGEST).then(|| Self(text.into()))
    }
}

as_text!(StudentKey, &'static str, |text| Self::parse(&text)
    .ok_or("not a student's key: a-z, 0-9 and - are expected"));
