//! Assignments: what students hand in, by when, and who has more time.

use std::fmt;

use glob::Pattern;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::calendar::instant;
use super::id::{as_text, is_plain};
use super::student_key::StudentKey;
use super::text::{SafeText, fold};

/// The folder of files that belong to no assignment; so no assignment has this id.
pub const UNASSIGNED: &str = "unassigned";
/// The word of commands for no assignment; so no assignment has this id either.
pub const NONE: &str = "none";

/// The longest id, in characters.
const LENGTH: usize = 32;

/// An assignment's id within its class: 1 to 32 of `a-z`, `0-9` and inner `-`. It is a folder's name
/// and stands in hand-offs, so it should not change once something was handed in.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AssignmentId(Box<str>);

impl AssignmentId {
    /// Reads an id; anything of another form, [`UNASSIGNED`] and [`NONE`] are refused.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = is_plain(text, LENGTH) && text != UNASSIGNED && text != NONE;
        fits.then(|| Self(text.into()))
    }

    /// The nearest id to any text: what could be meant by it.
    pub fn folded(text: &str) -> Option<Self> {
        let plain = fold(text);
        let words = plain.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let mut id = words.collect::<Vec<_>>().join("-");
        id.truncate(LENGTH);
        Self::parse(id.trim_end_matches('-'))
    }
}

as_text!(AssignmentId, &'static str, |text| Self::parse(&text)
    .ok_or("not an assignment's id: a-z, 0-9 and - are expected"));

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

impl Assignment {
    /// When it is due for whoever has no more time.
    pub fn due_at(&self, zone: &TimeZone) -> Timestamp {
        instant(self.due, zone)
    }
}

/// Which items belong to an assignment: all that is given has to fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// A pattern for the title.
    pub title: Option<TitlePattern>,
    /// A tag; capitals and accents do not matter.
    pub tag: Option<String>,
    /// A category as 1Password names it, for example `DOCUMENT`.
    pub category: Option<String>,
    /// Any new item that holds a file. Where nothing else is given the rule takes what no other rule
    /// takes.
    pub any: bool,
}

impl Rule {
    /// Whether it says anything.
    pub fn is_empty(&self) -> bool {
        !self.any && !self.is_explicit()
    }

    /// Whether it names items by something of their own.
    pub fn is_explicit(&self) -> bool {
        self.title.is_some() || self.tag.is_some() || self.category.is_some()
    }

    /// Whether an item like that satisfies it.
    pub fn takes(&self, title: &SafeText, tags: &[SafeText], category: &SafeText, holds_file: bool) -> bool {
        let same = |one: &str, other: &str| fold(one) == fold(other);
        !self.is_empty()
            && self.title.as_ref().is_none_or(|pattern| pattern.fits(title))
            && self.tag.as_ref().is_none_or(|wanted| tags.iter().any(|tag| same(wanted, tag.as_str())))
            && self.category.as_ref().is_none_or(|wanted| same(wanted, category.as_str()))
            && (!self.any || holds_file)
    }
}

/// A pattern for whole titles: `*` is anything, `?` one character, `[a-c]` one of these and `[!a-c]`
/// one of the others; capitals and accents do not matter. What a title hides or moves (see
/// [`SafeText`]) is matched as it is shown.
#[derive(Clone, PartialEq, Eq)]
pub struct TitlePattern {
    written: String,
    folded: Pattern,
}

impl TitlePattern {
    /// Reads a pattern; the error says what is wrong with it.
    pub fn parse(written: &str) -> Result<Self, &'static str> {
        if written.trim().is_empty() {
            return Err("it is empty");
        }
        // Between folders `**` means something of its own; titles have none.
        if written.contains("**") {
            return Err("`**` says no more than `*`");
        }
        let folded = Pattern::new(&fold(written)).map_err(|error| error.msg)?;
        Ok(Self { written: written.to_owned(), folded })
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Whether a title fits, as a whole.
    pub fn fits(&self, title: &SafeText) -> bool {
        self.folded.matches(&fold(title.as_str()))
    }
}

impl fmt::Debug for TitlePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.written)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, title: &str) -> bool {
        TitlePattern::parse(pattern).unwrap().fits(&SafeText::new(title))
    }

    #[test]
    fn a_pattern_is_for_the_whole_title() {
        for (pattern, title) in [
            ("hw1*", "HW1.tar.gz"),
            ("hw1*", "hw1/a/../b"),
            ("*[0-9]", "übung 3"),
            ("übung ?", "U\u{308}BUNG 3"),
            ("[!x]*", ".hidden"),
            ("hw1*", "hw1\u{202e}gpj"),
        ] {
            assert!(fits(pattern, title), "{pattern} {title}");
        }
        for (pattern, title) in [("hw1", "hw1.zip"), ("hw1*", "my hw1"), ("hw?", "hw"), ("[a-c]", "d")] {
            assert!(!fits(pattern, title), "{pattern} {title}");
        }
        for bad in ["", " ", "hw**", "[a", "***"] {
            assert!(TitlePattern::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_pattern_made_to_be_slow_is_not() {
        let title = "a".repeat(1_000);
        assert!(!fits(&format!("{}b", "*a".repeat(50)), &title));
    }

    #[test]
    fn a_rule_that_says_nothing_takes_nothing() {
        let (title, none) = (SafeText::new("hw1"), SafeText::default());
        assert!(!Rule::default().takes(&title, &[], &none, true));
        let tag = Rule { tag: Some("HW".into()), any: true, ..Rule::default() };
        assert!(tag.takes(&title, &["hw".into()], &none, true));
        assert!(!tag.takes(&title, &["hw".into()], &none, false), "all that is given has to fit");
        assert!(!tag.takes(&title, &["hw1".into()], &none, true));
    }

    #[test]
    fn an_id_is_suggested_for_any_text() {
        for (text, id) in [("HW 1", "hw-1"), ("Übung_2!", "ubung-2"), ("--a--", "a")] {
            assert_eq!(AssignmentId::folded(text).unwrap().as_str(), id);
        }
        for text in ["", "!!", "Unassigned", "NONE"] {
            assert_eq!(AssignmentId::folded(text), None, "{text}");
        }
    }
}
