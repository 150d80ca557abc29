//! What lies over the panes: help, a plan, an item, a question, a form.

use jiff::Timestamp;
use tui_input::Input;

use super::msg::{Effect, Fetch, Upload};
use super::remote::{Remote, Ticket};
use crate::domain::assignment::AssignmentId;
use crate::domain::class::StudentKey;
use crate::domain::directory::{ItemDetail, ItemRef};
use crate::domain::handoff::Attempt;
use crate::domain::plan::{Outcome, Plan};
use crate::domain::query::AssignmentHead;
use crate::domain::text::SafeText;

/// One layer; the last of the stack gets the keys.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// The keys of the pane below.
    Help {
        /// The first line shown.
        top: usize,
    },
    /// A plan to be reviewed.
    Plan(Review),
    /// One item.
    Detail(Detail),
    /// A question that a key answers.
    Confirm(Question),
    /// Where to put files.
    Download(Form),
    /// How much more time.
    Extend(Extension),
    /// Which assignment.
    Assign(Choice),
    /// How far a download is, and what could not be fetched.
    Fetched {
        /// Which download.
        ticket: Ticket,
        /// The first line shown.
        top: usize,
    },
    /// What a consumer said.
    Output {
        /// When it was handed what.
        attempt: Attempt,
        /// The first line shown.
        top: usize,
    },
}

/// A plan on the screen.
#[derive(Clone, Debug)]
pub struct Review {
    /// The plan; `None` until it has been worked out.
    pub plan: Remote<Plan>,
    /// The first line shown.
    pub top: usize,
    /// What happens next.
    pub stage: Stage,
    /// Until when nothing is sent, and why, while it waits.
    pub paused: Option<(Timestamp, SafeText)>,
    /// When it will probably be done.
    pub ends: Option<Timestamp>,
    /// Whether it was asked to stop after the call in flight.
    pub stopping: bool,
}

/// How far a plan has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Waits for a yes.
    Review,
    /// Is being carried out.
    Running(Ticket),
    /// Has been carried out, with one line about it.
    Ended(SafeText),
}

impl Review {
    /// A plan that is being worked out.
    pub fn of(plan: Remote<Plan>) -> Self {
        Self { plan, top: 0, stage: Stage::Review, paused: None, ends: None, stopping: false }
    }

    /// How many rows have come to an end, and how many would change something.
    pub fn progress(&self) -> (usize, usize) {
        let rows = self.plan.value.as_ref().map_or(&[][..], |plan| &plan.rows);
        let ended = |row: &&_| {
            let row: &crate::domain::plan::Row = row;
            !row.steps.is_empty() && !matches!(row.outcome, Outcome::Planned | Outcome::Running)
        };
        (rows.iter().filter(ended).count(), rows.iter().filter(|row| !row.steps.is_empty()).count())
    }
}

/// An item on the screen.
#[derive(Clone, Debug)]
pub struct Detail {
    /// Which item.
    pub at: ItemRef,
    /// The item with fields and files.
    pub item: Remote<ItemDetail>,
    /// The first line shown.
    pub top: usize,
}

/// A question.
#[derive(Clone, Debug)]
pub struct Question {
    /// What is asked.
    pub text: String,
    /// What is easily overlooked; empty where nothing is.
    pub warning: String,
    /// What a yes does.
    pub yes: Effect,
}

/// A folder to be typed.
#[derive(Clone, Debug)]
pub struct Form {
    /// What is fetched.
    pub what: Vec<Fetch>,
    /// The assignments to which the files of students can be narrowed.
    pub assignments: Vec<AssignmentId>,
    /// To which they are; `None` takes them all.
    pub only: Option<usize>,
    /// The folder.
    pub folder: Input,
}

/// More time to be typed.
#[derive(Clone, Debug)]
pub struct Extension {
    /// Whose.
    pub students: Vec<StudentKey>,
    /// For what.
    pub assignment: AssignmentHead,
    /// How much.
    pub time: Input,
    /// Why.
    pub reason: Input,
    /// Whether the reason is being typed.
    pub at_reason: bool,
}

impl Extension {
    /// The field that is being typed.
    pub fn field(&mut self) -> &mut Input {
        if self.at_reason { &mut self.reason } else { &mut self.time }
    }
}

/// An assignment to be chosen for an upload.
#[derive(Clone, Debug)]
pub struct Choice {
    /// For what.
    pub upload: Upload,
    /// The assignments, in the order of the class file.
    pub assignments: Vec<AssignmentHead>,
    /// The chosen one: 0 is none, then they are numbered from 1; one more leaves it to the rules.
    pub at: usize,
}

impl Choice {
    /// The place of the entry that leaves it to the rules.
    pub fn by_rule(&self) -> usize {
        self.assignments.len() + 1
    }
}
