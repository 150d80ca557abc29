//! Assignments: what students hand in, by when, and who has more time.

use std::fmt;

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use super::class::StudentKey;
use super::text::SafeText;

/// The folder of files that belong to no assignment; so no assignment has this id.
pub const UNASSIGNED: &str = "unassigned";

/// The longest id, in characters.
const LENGTH: usize = 32;

/// An assignment's id within its class: 1 to 32 of `a-z`, `0-9` and inner `-`. It is a folder's name
/// and stands in hand-offs, so it should not change once something was handed in.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AssignmentId(Box<str>);

impl AssignmentId {
    /// Reads an id; anything of another form, and [`UNASSIGNED`], is refused.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=LENGTH).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !text.starts_with('-')
            && !text.ends_with('-')
            && text != UNASSIGNED;
        fits.then(|| Self(text.into()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AssignmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for AssignmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for AssignmentId {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not an assignment's id: a-z, 0-9 and - are expected")
    }
}

impl From<AssignmentId> for String {
    fn from(id: AssignmentId) -> String {
        id.0.into()
    }
}

/// One assignment of the class file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Decides.
    pub id: AssignmentId,
    /// Decorates.
    pub title: SafeText,
    /// Which items are handed in for it.
    pub rule: Rule,
    /// When it is due, by the clocks of the class's zone.
    pub due: DateTime,
    /// Until when late work is taken, by the same clocks; `None` is for ever.
    pub accept_until: Option<DateTime>,
    /// Who has more time or need not hand in, as the class file says. What was decided later stands
    /// in the store and wins.
    pub extensions: Vec<Extension>,
}

/// Which items belong to an assignment: all that is given has to fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// A pattern for the title: `*` is anything, `?` one character; capitals do not matter.
    pub title: Option<String>,
    /// A tag; capitals do not matter.
    pub tag: Option<String>,
    /// A category as 1Password names it, for example `DOCUMENT`.
    pub category: Option<String>,
    /// Any new item that holds a file.
    pub any: bool,
}

/// More time for one student, or none needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// Whose.
    pub student: StudentKey,
    /// How far.
    pub relief: Relief,
    /// Why, for every report.
    pub reason: SafeText,
}

/// How far a deadline gives way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Relief {
    /// It is due then, by the clocks of the class's zone.
    Until(DateTime),
    /// Nothing has to be handed in.
    Excused,
}
