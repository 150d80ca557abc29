//! What a person decides about submissions: kept, and written to the audit log like every change.

use std::collections::HashMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::assignment::{AssignmentId, Extension, NONE, Relief};
use super::calendar::written;
use super::class::StudentKey;
use super::directory::ItemRef;
use super::text::SafeText;

/// A decision. It is shown as the command that makes it, and that command reads it back (but for the
/// student of an item, whom the store knows).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// An item belongs to an assignment, whatever the rules say.
    Assign {
        /// Which item.
        item: ItemRef,
        /// Whose vault it is in.
        student: StudentKey,
        /// Which assignment; `None` is none, and the item is not unmatched any more.
        assignment: Option<AssignmentId>,
    },
    /// The rules decide about an item again.
    Unassign {
        /// Which item.
        item: ItemRef,
        /// Whose vault it is in.
        student: StudentKey,
    },
    /// A student has more time, or need not hand in. Replaces what was decided before, and what the
    /// class file says.
    Extend {
        /// Who.
        student: StudentKey,
        /// For what.
        assignment: AssignmentId,
        /// How far.
        relief: Relief,
        /// Why, for every report.
        reason: SafeText,
    },
    /// What was decided about a student's time is taken back; the class file holds again.
    Restore {
        /// Whose.
        student: StudentKey,
        /// For what.
        assignment: AssignmentId,
    },
}

impl Decision {
    /// The name in the audit log.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Assign { .. } => "assign",
            Self::Unassign { .. } => "unassign",
            Self::Extend { .. } => "extend",
            Self::Restore { .. } => "restore-deadline",
        }
    }

    /// Whom it is about.
    pub fn student(&self) -> &StudentKey {
        match self {
            Self::Assign { student, .. }
            | Self::Unassign { student, .. }
            | Self::Extend { student, .. }
            | Self::Restore { student, .. } => student,
        }
    }

    /// What was decided, in one line for people.
    pub fn in_words(&self) -> SafeText {
        let text = match self {
            Self::Assign { item, student, assignment: Some(id) } => {
                format!("{} of {student} belongs to {id}", item.item)
            }
            Self::Assign { item, student, assignment: None } => {
                format!("{} of {student} belongs to no assignment", item.item)
            }
            Self::Unassign { item, student } => format!("the rules decide about {} of {student}", item.item),
            Self::Extend { student, assignment, relief: Relief::Until(until), .. } => {
                format!("{student} has until {} for {assignment}", written(*until))
            }
            Self::Extend { student, assignment, relief: Relief::Excused, .. } => {
                format!("{student} is excused from {assignment}")
            }
            Self::Restore { student, assignment } => {
                format!("{student} has the time that the class file gives for {assignment}")
            }
        };
        SafeText::new(&text)
    }
}

/// The words behind the program's name.
impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Assign { item, student, assignment } => {
                let assignment = assignment.as_ref().map_or(NONE, AssignmentId::as_str);
                write!(f, "assign {} {assignment} --student {student}", item.item)
            }
            Self::Unassign { item, student } => {
                write!(f, "assign {} --by-rule --student {student}", item.item)
            }
            Self::Extend { student, assignment, relief, .. } => {
                write!(f, "extend {student} {assignment} ")?;
                match relief {
                    Relief::Until(until) => write!(f, "--until {until}"),
                    Relief::Excused => f.write_str("--excused"),
                }
            }
            Self::Restore { student, assignment } => write!(f, "extend {student} {assignment} --restore"),
        }
    }
}

/// Everything that was decided, the last of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decided {
    /// Where items belong whose place was decided; `None` is to no assignment.
    pub items: HashMap<ItemRef, Option<AssignmentId>>,
    /// Who has more time for what; each wins over the class file's.
    pub extensions: HashMap<(StudentKey, AssignmentId), Extension>,
}
