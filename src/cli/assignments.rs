//! The words of the commands about what students hand in: `missing`, `assign`, `extend`, `handout`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::domain::assignment::{AssignmentId, NONE};
use crate::domain::until::Until;

/// What students hand in, by when, and who has not.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Assignments {
    /// Who has not handed in, and who was late
    ///
    /// From the journal and what was decided: nothing is asked of 1Password. Without an ASSIGNMENT, every
    /// one that is due.
    Missing(Missing),
    /// Say to which assignment an upload belongs, whatever the rules say
    Assign {
        /// Which item: the number of an arrival, an item's id, or with --student its exact title
        item: String,
        /// The assignment's id; none is no assignment, and it is not listed as unmatched any more
        #[arg(value_name = "ASSIGNMENT|none", required_unless_present = "by_rule")]
        assignment: Option<String>,
        /// Whose item
        #[arg(long, value_name = "STUDENT")]
        student: Option<String>,
        /// Take back what was said: the rules of the class file decide again
        #[arg(long, conflicts_with = "assignment")]
        by_rule: bool,
    },
    /// Give a student more time for an assignment, or excuse them from it
    Extend {
        /// Whom: roster key, exact e-mail address or user id
        student: String,
        /// For what: the assignment's id
        assignment: String,
        /// How far
        #[command(flatten)]
        relief: Relief,
        /// Why; kept with the extension and shown with it, never written to the log
        #[arg(long, value_name = "TEXT", conflicts_with = "restore")]
        reason: Option<String>,
    },
    /// What students need to know: their vault, how to name what they upload, and by when
    ///
    /// Placeholders of a template: {class}, {title}, {key}, {name}, {email}, {vault}, {zone} and
    /// {assignments}. A { of its own is written {{. What is filled into a template named *.md, or into the
    /// built-in one, is kept from being read as Markdown; any other template is plain text, and so is its
    /// list of assignments.
    Handout {
        /// Only these students; by default everybody in the class
        #[arg(value_name = "STUDENT")]
        students: Vec<String>,
        /// A text with placeholders, in place of the built-in one
        #[arg(long, value_name = "FILE")]
        template: Option<PathBuf>,
        /// One file a student in this folder (*.md, or *.txt of a plain template); by default standard
        /// output. Nothing is overwritten; what is there already and the same is left, so that a run which
        /// was cut short can be repeated
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
}

/// `strongroom missing`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Missing {
    /// The assignment's id
    #[arg(value_name = "ASSIGNMENT")]
    pub assignment: Option<String>,
    /// Only what came late
    #[arg(long, conflicts_with_all = ["unmatched", "all"])]
    pub late: bool,
    /// Only the uploads that no assignment claims
    #[arg(long, conflicts_with = "all")]
    pub unmatched: bool,
    /// Every assignment and everybody, also who is in time and what is not due yet
    #[arg(long)]
    pub all: bool,
}

/// How far a deadline gives way.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
#[group(required = true, multiple = false)]
pub struct Relief {
    /// Until then, by the class's clocks: 2026-12-05T23:59, or +48h or +2d after it is due
    #[arg(long, value_name = "TIME", value_parser = until)]
    pub until: Option<Until>,
    /// Nothing has to be handed in
    #[arg(long)]
    pub excused: bool,
    /// Take back what was decided: the class file holds again
    #[arg(long)]
    pub restore: bool,
}

/// The assignment that a word names; `None` for the word of none.
///
/// # Errors
/// What is wrong with the word.
pub fn assignment(word: &str) -> Result<Option<AssignmentId>, String> {
    if word == NONE {
        return Ok(None);
    }
    AssignmentId::parse(word).map(Some).ok_or_else(|| format!("\"{word}\" is no assignment's id"))
}

fn until(word: &str) -> Result<Until, String> {
    Until::parse(word).map_err(|why| format!("{why}: write a time such as 2026-12-05T23:59, or +48h or +2d"))
}
