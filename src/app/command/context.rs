//! Where keys count: in a pane, in what lies over the panes, or everywhere. Each context stands in a wider
//! one, whose keys count in it as well unless it has them itself.

use super::{COMMANDS, Command};
use crate::app::State;
use crate::app::msg::Pane;
use crate::app::overlay::Overlay;

/// Where a command's keys count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    /// In what needs the instructor.
    Attention,
    /// In the roster.
    Roster,
    /// In the items of a student.
    Items,
    /// In the access matrix.
    Access,
    /// In the activity.
    Activity,
    /// In the jobs.
    Jobs,
    /// In any pane with rows of students.
    Students,
    /// In any pane.
    Pane,
    /// While a plan is shown.
    Plan,
    /// While the ways to an access are shown.
    Why,
    /// While what should not be is shown.
    Drift,
    /// While what is staged is shown.
    Staged,
    /// While what was changed is shown.
    History,
    /// While the end of the term is shown.
    Closing,
    /// While an item is shown.
    Detail,
    /// While a picture is shown.
    Picture,
    /// While columns are chosen.
    Columns,
    /// In the whole matrix.
    Grid,
    /// While the keys are shown.
    Help,
    /// While an assignment is chosen.
    Choice,
    /// While a question is asked.
    Question,
    /// In any overlay.
    Overlay,
    /// Everywhere but in text fields.
    Anywhere,
}

impl Context {
    /// Every context.
    pub const ALL: [Self; 23] = [
        Self::Attention,
        Self::Roster,
        Self::Items,
        Self::Access,
        Self::Activity,
        Self::Jobs,
        Self::Students,
        Self::Pane,
        Self::Plan,
        Self::Why,
        Self::Drift,
        Self::Staged,
        Self::History,
        Self::Closing,
        Self::Detail,
        Self::Picture,
        Self::Columns,
        Self::Grid,
        Self::Help,
        Self::Choice,
        Self::Question,
        Self::Overlay,
        Self::Anywhere,
    ];

    /// The heading, the word in settings, and the context around it.
    const fn about(self) -> (&'static str, &'static str, Option<Self>) {
        match self {
            Self::Attention => ("Attention", "attention", Some(Self::Pane)),
            Self::Roster => ("Roster", "roster", Some(Self::Students)),
            Self::Items => ("Items", "items", Some(Self::Pane)),
            Self::Access => ("Access", "access", Some(Self::Students)),
            Self::Activity => ("Activity", "activity", Some(Self::Pane)),
            Self::Jobs => ("Jobs", "jobs", Some(Self::Pane)),
            Self::Students => ("Roster and access", "students", Some(Self::Pane)),
            Self::Pane => ("Any pane", "pane", Some(Self::Anywhere)),
            Self::Plan => ("Plan", "plan", Some(Self::Overlay)),
            Self::Why => ("Why", "why", Some(Self::Overlay)),
            Self::Drift => ("Drift", "drift", Some(Self::Overlay)),
            Self::Staged => ("Staged", "staged", Some(Self::Overlay)),
            Self::History => ("History", "history", Some(Self::Overlay)),
            Self::Closing => ("End of term", "closing", Some(Self::Overlay)),
            Self::Detail => ("Item", "item", Some(Self::Overlay)),
            Self::Picture => ("Picture", "picture", Some(Self::Overlay)),
            Self::Columns => ("Columns", "columns", Some(Self::Overlay)),
            Self::Grid => ("Whole matrix", "matrix", Some(Self::Overlay)),
            Self::Help => ("Help", "help", Some(Self::Overlay)),
            Self::Choice => ("Assignment", "assignment", Some(Self::Overlay)),
            Self::Question => ("Question", "question", Some(Self::Overlay)),
            Self::Overlay => ("Any overlay", "overlay", Some(Self::Anywhere)),
            Self::Anywhere => ("Everywhere", "anywhere", None),
        }
    }

    /// The heading in help and README.
    pub fn name(self) -> &'static str {
        self.about().0
    }

    /// The word before a command's name in settings, in kebab-case.
    pub fn word(self) -> &'static str {
        self.about().1
    }

    /// This one and those around it: all whose keys count here, the nearest first.
    pub fn outward(self) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(self), |context| context.about().2)
    }

    /// Whether no other context stands in it.
    pub(super) fn is_innermost(self) -> bool {
        Self::ALL.iter().all(|context| context.about().2 != Some(self))
    }

    /// The commands of this context alone.
    pub(super) fn commands(self) -> impl Iterator<Item = &'static Command> {
        COMMANDS.iter().filter(move |command| command.context == self)
    }

    /// The one of a pane; the inspector has no keys of its own.
    pub fn of_pane(pane: Pane) -> Self {
        match pane {
            Pane::Attention => Self::Attention,
            Pane::Roster => Self::Roster,
            Pane::Items => Self::Items,
            Pane::Access => Self::Access,
            Pane::Activity => Self::Activity,
            Pane::Jobs => Self::Jobs,
            Pane::Inspector => Self::Pane,
        }
    }

    /// The one of what lies over the panes; none where letters are typed.
    pub fn over(overlay: &Overlay) -> Option<Self> {
        match overlay {
            Overlay::Help(help) => (!help.typing).then_some(Self::Help),
            Overlay::Plan(review) => (!review.typing).then_some(Self::Plan),
            Overlay::Job(_) => Some(Self::Plan),
            Overlay::Why(_) => Some(Self::Why),
            Overlay::Drift(_) => Some(Self::Drift),
            Overlay::Staged { .. } => Some(Self::Staged),
            Overlay::History(_) => Some(Self::History),
            Overlay::Closing(_) => Some(Self::Closing),
            Overlay::Detail(_) => Some(Self::Detail),
            Overlay::Columns(_) => Some(Self::Columns),
            Overlay::Grid(_) => Some(Self::Grid),
            Overlay::Picture(_) => Some(Self::Picture),
            Overlay::Confirm(_) => Some(Self::Question),
            Overlay::Assign(_) => Some(Self::Choice),
            Overlay::Output { .. }
            | Overlay::Fetched { .. }
            | Overlay::Notices { .. }
            | Overlay::Inspector => Some(Self::Overlay),
            Overlay::Download(_)
            | Overlay::Export(_)
            | Overlay::Import(_)
            | Overlay::Extend(_)
            | Overlay::SignOff(_) => None,
        }
    }

    /// The nearest one now; none where letters are typed into what lies over the panes.
    pub fn nearest(state: &State) -> Option<Self> {
        state.overlays.last().map_or_else(|| Some(Self::of_pane(state.focus)), Self::over)
    }

    /// Whether its commands can be given now.
    pub(in crate::app) fn is_here(self, state: &State) -> bool {
        Self::nearest(state).into_iter().flat_map(Self::outward).any(|context| context == self)
    }

    /// The pane in which its commands are given, where it belongs to one.
    pub fn pane(self) -> Option<Pane> {
        match self {
            Self::Attention => Some(Pane::Attention),
            Self::Roster | Self::Students => Some(Pane::Roster),
            Self::Items => Some(Pane::Items),
            Self::Access => Some(Pane::Access),
            Self::Activity => Some(Pane::Activity),
            Self::Jobs => Some(Pane::Jobs),
            _ => None,
        }
    }
}
