//! What lies over the panes: help, a plan, an item, a question, a form.

use jiff::Timestamp;
use tui_input::Input;

use super::columns::Table;
use super::export::Saving;
use super::grid::Grid;
use super::import::Import;
use super::msg::{Effect, Fetch, Upload};
use super::picture::Picture;
use super::remote::{Remote, Ticket};
use crate::domain::access::Principal;
use crate::domain::assignment::AssignmentId;
use crate::domain::class::StudentKey;
use crate::domain::directory::{ItemDetail, ItemRef};
use crate::domain::drift::Drifts;
use crate::domain::handoff::Attempt;
use crate::domain::history::Entry;
use crate::domain::id::VaultId;
use crate::domain::job::JobId;
use crate::domain::plan::{Outcome, Plan, Wish};
use crate::domain::query::{AssignmentHead, Query};
use crate::domain::term::{Progress, Term};
use crate::domain::text::SafeText;
use crate::domain::ways::Holder;

/// One layer; the last of the stack gets the keys.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "there are a few at a time at most")]
pub enum Overlay {
    /// The keys of the pane below.
    Help(Help),
    /// What was said at the bottom.
    Notices {
        /// The first line shown.
        top: usize,
    },
    /// A plan to be reviewed.
    Plan(Review),
    /// One that was agreed to, by its ticket.
    Job(Ticket),
    /// By which ways somebody has an access.
    Why(Why),
    /// What is on the vaults and should not be.
    Drift(Strays),
    /// What is staged beside what is so.
    Staged {
        /// The first line shown.
        top: usize,
    },
    /// What was changed, job by job.
    History(Past),
    /// How far the end of the term is.
    Closing(Closing),
    /// A step of it that is to be signed off.
    SignOff(SignOff),
    /// One item.
    Detail(Detail),
    /// What is known of what is selected, where there is no room for it beside the panes.
    Inspector,
    /// A picture of the class.
    Picture(Picture),
    /// A question that a key answers.
    Confirm(Question),
    /// Where to put files.
    Download(Destination),
    /// A view that is written to a file.
    Export(Saving),
    /// A class list that is taken over.
    Import(Box<Import>),
    /// How much more time.
    Extend(Extension),
    /// Which assignment.
    Assign(Choice),
    /// Which columns a table shows.
    Columns(Chooser),
    /// Every student against the vault of every student.
    Grid(Grid),
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

impl Overlay {
    /// Whether an answer is for it.
    pub(super) fn awaits(&self, ticket: Ticket) -> bool {
        match self {
            Self::Plan(review) => review.plan.awaits(ticket),
            Self::Why(why) => why.holders.awaits(ticket),
            Self::Drift(strays) => strays.found.awaits(ticket),
            Self::History(past) => past.list.awaits(ticket),
            Self::Closing(closing) => closing.term.awaits(ticket),
            Self::Detail(detail) => detail.item.awaits(ticket),
            Self::Picture(Picture::Timeline { found, .. }) => found.awaits(ticket),
            Self::Import(import) => import.preview.awaits(ticket),
            _ => false,
        }
    }
}

/// What a plan on the screen was worked out from, and can be worked out from again.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// What somebody wants.
    Wish(Wish),
    /// That a job is taken back; the last one where none is named.
    Undo(Option<JobId>),
    /// That the last undo is taken back.
    Redo,
    /// That a job goes on which its program has left.
    Left(JobId),
}

impl Source {
    /// The question whose answer is the plan; for what was taken back last, first what that was.
    pub fn query(&self) -> Query {
        match self {
            Self::Wish(wish) => Query::Plan(wish.clone()),
            Self::Undo(job) => Query::Undo(job.clone()),
            Self::Redo => Query::History,
            Self::Left(job) => Query::Left(job.clone()),
        }
    }
}

/// A plan on the screen.
#[derive(Clone, Debug)]
pub struct Review {
    /// The number by which it is carried out; before that, the one of its question.
    pub ticket: Ticket,
    /// Where it comes from.
    pub source: Source,
    /// The plan; `None` until it has been worked out.
    pub plan: Remote<Plan>,
    /// What it was before it was worked out anew.
    pub before: Option<Plan>,
    /// Why it was worked out anew.
    pub refused: Option<SafeText>,
    /// The first line shown.
    pub top: usize,
    /// What happens next.
    pub stage: Stage,
    /// The number or name that is typed for a weighty plan.
    pub word: Input,
    /// Whether it is being typed.
    pub typing: bool,
    /// Until when nothing is sent, and why, while it waits.
    pub paused: Option<(Timestamp, SafeText)>,
    /// When it will probably be done.
    pub ends: Option<Timestamp>,
    /// Whether it was asked to wait.
    pub held: bool,
    /// Whether it was asked to stop after the call in flight.
    pub stopping: bool,
}

/// How far a plan has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Waits for a yes.
    Review,
    /// Was agreed to, and waits for the one before it to end.
    Queued,
    /// Is being carried out.
    Running,
    /// Has been carried out, with one line about it.
    Ended(SafeText),
}

impl Review {
    /// A plan that is being worked out.
    pub fn asked(source: Source, ticket: Ticket) -> Self {
        Self {
            ticket,
            source,
            plan: Remote::asked(ticket),
            before: None,
            refused: None,
            top: 0,
            stage: Stage::Review,
            word: Input::default(),
            typing: false,
            paused: None,
            ends: None,
            held: false,
            stopping: false,
        }
    }

    /// Whether it was agreed to and has not ended.
    pub fn is_open(&self) -> bool {
        matches!(self.stage, Stage::Queued | Stage::Running)
    }

    /// The job that carries it out, once that has its name.
    pub fn job(&self) -> Option<&JobId> {
        self.plan.value.as_ref()?.job.as_ref()
    }

    /// What it is for, in a few words.
    pub fn title(&self) -> String {
        let known = self.plan.value.as_ref().map(|plan| &plan.title).filter(|title| !title.is_empty());
        if let Some(title) = known {
            return title.to_string();
        }
        match &self.source {
            Source::Wish(Wish::Provision(_)) => "give vaults".into(),
            Source::Wish(Wish::Access(_)) => "staged changes of access".into(),
            Source::Wish(Wish::People(act, _)) => format!("{} people", act.name()),
            Source::Wish(Wish::Class(_)) => "as the class file says".into(),
            Source::Wish(Wish::Ending(stage, _)) => format!("end of term: {}", stage.name()),
            Source::Wish(Wish::Mend(_)) => "take away what should not be".into(),
            Source::Undo(Some(job)) => format!("take back {job}"),
            Source::Undo(None) => "take back the last change".into(),
            Source::Redo => "do again what was taken back".into(),
            Source::Left(job) => format!("carry on {job}"),
        }
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

/// The keys, and what is looked for among them.
#[derive(Clone, Debug, Default)]
pub struct Help {
    /// The first line shown.
    pub top: usize,
    /// What is looked for.
    pub search: Input,
    /// Whether it is being typed.
    pub typing: bool,
}

/// By which ways somebody has an access to a vault.
#[derive(Clone, Debug)]
pub struct Why {
    /// Whose vault.
    pub student: StudentKey,
    /// Which.
    pub vault: VaultId,
    /// Of whom it is asked; `None` is whoever is neither its student nor staff.
    pub who: Option<Principal>,
    /// Everybody with access.
    pub holders: Remote<Vec<Holder>>,
    /// The first line shown.
    pub top: usize,
}

/// What is on the vaults and should not be.
#[derive(Clone, Debug)]
pub struct Strays {
    /// What was found.
    pub found: Remote<Drifts>,
    /// Whether the service is asked, one request a vault.
    pub fresh: bool,
    /// The selected one.
    pub cursor: usize,
}

/// The columns of a table, to be chosen.
#[derive(Clone, Copy, Debug)]
pub struct Chooser {
    /// Of which table.
    pub table: Table,
    /// The selected one.
    pub at: usize,
}

/// What was changed here.
#[derive(Clone, Debug)]
pub struct Past {
    /// The newest first.
    pub list: Remote<Vec<Entry>>,
    /// The selected one.
    pub cursor: usize,
    /// The first line shown of its changes; `None` while the list is shown.
    pub open: Option<usize>,
}

impl Past {
    /// The selected one.
    pub fn selected(&self) -> Option<&Entry> {
        self.list.value.as_ref()?.get(self.cursor)
    }
}

/// How far the end of the term is.
#[derive(Clone, Debug)]
pub struct Closing {
    /// For whom; empty is everybody.
    pub students: Vec<StudentKey>,
    /// The steps.
    pub term: Remote<Term>,
    /// The selected one.
    pub cursor: usize,
}

/// A step of the end of the term that is to be signed off.
#[derive(Clone, Debug)]
pub struct SignOff {
    /// Which, and how far it is.
    pub step: Progress,
    /// For whom; empty is everybody.
    pub students: Vec<StudentKey>,
    /// Where files are kept, where the step has to do with files.
    pub folder: Option<Input>,
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

/// The folder of a download, to be typed.
#[derive(Clone, Debug)]
pub struct Destination {
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
