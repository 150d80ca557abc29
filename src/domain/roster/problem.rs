//! What is wrong with a file that a person wrote: where, what, and the mend.
//!
//! Knows places in a text and nothing of rosters or settings: the roster and the class file report
//! in the same way. A file with a problem is refused whole, so all of its problems are told at once.

use std::fmt;

use crate::domain::fault::{Fault, Kind};
use crate::domain::text::{SafeText, counted};

/// One thing that is wrong in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line, counted from 1.
    pub line: usize,
    /// The character within the line, counted from 1, as editors count.
    pub column: usize,
    /// What is wrong.
    pub message: SafeText,
    /// What a person can do about it.
    pub mend: SafeText,
}

impl Problem {
    /// A problem at a place; the texts may quote the file, they are made safe here.
    pub fn new(at: (usize, usize), message: impl AsRef<str>, mend: impl AsRef<str>) -> Self {
        Self {
            line: at.0,
            column: at.1,
            message: SafeText::new(message.as_ref()),
            mend: SafeText::new(mend.as_ref()),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {} ({})", self.line, self.column, self.message, self.mend)
    }
}

/// A file that was refused, with everything that is wrong in it. Never without a problem.
///
/// `Display` gives one line a problem, `file:line:column: what (mend)`. As a [`Fault`] it is the
/// first problem and how many others there are, since a fault is a single line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The file's name for messages; `-` is standard input.
    pub origin: SafeText,
    /// What is wrong, in the order of the file.
    pub problems: Vec<Problem>,
    /// How many problems there are beyond the listed ones.
    pub more: usize,
}

impl Refusal {
    /// A refusal with these problems, put in the order of the file.
    pub fn new(origin: &str, mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| (problem.line, problem.column));
        let origin = if origin == "-" { "standard input" } else { origin };
        Self { origin: SafeText::new(origin), problems, more: 0 }
    }

    /// Lists at most that many problems and counts the others: one wrong column makes as many
    /// problems as a class has students.
    #[must_use]
    pub fn at_most(mut self, listed: usize) -> Self {
        self.more += self.problems.len().saturating_sub(listed);
        self.problems.truncate(listed);
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.problems.iter().enumerate() {
            let end = if at == 0 { "" } else { "\n" };
            write!(f, "{end}{}:{problem}", self.origin)?;
        }
        match self.more {
            0 => Ok(()),
            more => write!(f, "\n{}: and {}", self.origin, counted(more, "more problem")),
        }
    }
}

impl std::error::Error for Refusal {}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        let others = refusal.problems.len().saturating_sub(1) + refusal.more;
        let Some(Problem { line, column, message, mend }) = refusal.problems.into_iter().next() else {
            return Self::new(Kind::Input, format!("{}: refused", refusal.origin));
        };
        let tail = match others {
            0 => String::new(),
            more => format!("; and {}", counted(more, "more problem")),
        };
        Self::new(Kind::Input, format!("{}:{line}:{column}: {message}{tail}", refusal.origin)).hint(mend)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_listed_in_the_order_of_the_file_and_then_counted() {
        let problems = (0..30).rev().map(|n| Problem::new((n + 1, 2), "bad", "mend it")).collect();
        let refusal = Refusal::new("-", problems).at_most(20);
        let text = refusal.to_string();
        assert!(text.starts_with("standard input:1:2: bad (mend it)\nstandard input:2:2:"), "{text}");
        assert!(text.ends_with("and 10 more problems"), "{text}");
        let fault = Fault::from(refusal);
        assert_eq!(fault.message.as_str(), "standard input:1:2: bad; and 29 more problems");
        assert_eq!((fault.exit_code(), fault.hint.unwrap().as_str()), (2, "mend it"));
    }

    #[test]
    fn what_a_message_quotes_is_made_safe() {
        let refusal = Refusal::new("a\u{1b}b.csv", vec![Problem::new((1, 1), "\u{202e}x\n", "none")]);
        assert_eq!(refusal.to_string(), "a<ESC>b.csv:1:1: <U+202E>x⏎ (none)");
    }
}
