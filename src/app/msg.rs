//! The whole vocabulary of the screen: what is asked for, what happened, what is to be done.
//!
//! All of it is plain data, so that a key press can be compared, replayed, and printed as the
//! command that does the same.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::assignments::Only;
use super::chosen::{Cause, Edition};
use super::copy::What;
use super::export::Export;
use super::key::Chord;
use super::layout::Zoom;
use super::mouse::Mouse;
use super::overlay::Source;
use super::picture::Kind;
use super::remote::Ticket;
use crate::domain::access::Level;
use crate::domain::assignment::{AssignmentId, Relief};
use crate::domain::budget::Budget;
use crate::domain::class::{Class, StudentKey};
use crate::domain::decision::Decision;
use crate::domain::fault::Fault;
use crate::domain::id::VaultId;
use crate::domain::job::{JobId, Wanted};
use crate::domain::palette::Palette;
use crate::domain::plan::{Outcome, Plan};
use crate::domain::preferences::{Followed, Layout, Preferences};
use crate::domain::query::{Data, Query, WatchReport};
use crate::domain::roster::Imported;
use crate::domain::text::SafeText;
use crate::domain::transfer::Progress;

pub use super::orders::{Asked, Ending, Errand, Fetch, Order, Retry, Upload};

/// The panes, in the order of their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pane {
    /// What needs the instructor.
    Attention,
    /// Who is in the class.
    Roster,
    /// What is in the selected student's vault.
    Items,
    /// Who may do what on which vault.
    Access,
    /// What arrived.
    Activity,
    /// What is known of what is selected.
    Inspector,
    /// Who takes the arrivals, and what runs.
    Jobs,
}

impl Pane {
    /// Every pane.
    pub const ALL: [Self; 7] = [
        Self::Attention,
        Self::Roster,
        Self::Items,
        Self::Access,
        Self::Activity,
        Self::Inspector,
        Self::Jobs,
    ];

    /// The name in titles.
    pub fn name(self) -> &'static str {
        match self {
            Self::Attention => "Attention",
            Self::Roster => "Roster",
            Self::Items => "Items",
            Self::Access => "Access",
            Self::Activity => "Activity",
            Self::Inspector => "Inspector",
            Self::Jobs => "Jobs",
        }
    }

    /// The number in titles, and the key.
    pub fn number(self) -> usize {
        self as usize
    }
}

/// A movement of the selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// One up.
    Up,
    /// One down.
    Down,
    /// One column to the left.
    Left,
    /// One column to the right.
    Right,
    /// Half a page up.
    PageUp,
    /// Half a page down.
    PageDown,
    /// To the first.
    First,
    /// To the last.
    Last,
}

/// Something that a person asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Leave, after asking where something would be lost.
    Quit,
    /// Go to a pane.
    Focus(Pane),
    /// Move the selection.
    Move(Step),
    /// Look closer at what is selected.
    Open,
    /// One step back: dialog, filter, marks, pane.
    Back,
    /// Type a filter.
    Filter,
    /// Show the keys.
    Help,
    /// Type a command.
    Palette,
    /// Go back to the view before this one.
    Return,
    /// Select a student, whatever hides the row now.
    GoTo(StudentKey),
    /// Show what was said at the bottom.
    Notices,
    /// Ask the service again for what the pane shows.
    Refresh,
    /// Stop or resume the live view.
    Pause,
    /// Stay at the newest arrival, or stop doing so.
    Follow,
    /// Mark the selected row, or take its mark away.
    Mark,
    /// Begin or end a range of marks.
    Range,
    /// Mark every shown row; where some are marked, turn the marks round.
    MarkAll,
    /// Take all marks away.
    ClearMarks,
    /// Mark what is passed on the way.
    Stretch(Step),
    /// Sort by the chosen column, or turn the order round.
    Sort {
        /// Whether it is turned round.
        reverse: bool,
    },
    /// Make the chosen column wider by so many cells, or narrower.
    Widen(i16),
    /// Show which columns there are.
    Columns,
    /// Show the selected column of them, or hide it.
    ToggleColumn,
    /// Move the selected column in their order.
    ShiftColumn(Step),
    /// Have the columns as they were.
    ResetColumns,
    /// Go to the next row that the filter finds, or to the one before.
    Next {
        /// Whether to the next one.
        forward: bool,
    },
    /// Show every student against the vault of every student.
    FullMatrix,
    /// Move between the columns of that.
    Across(Step),
    /// Stage a level for the selected cell, or for the marked rows; `None` revokes.
    Stage(Level),
    /// Take back what is staged for the selected cell or the marked rows.
    Unstage,
    /// Show a plan.
    Review(Source),
    /// Show the plan that is being carried out.
    ShowPlan,
    /// Work the plan on the screen out anew.
    Again,
    /// Have a job wait, go on or end, whichever program carries it out.
    Want(JobId, Wanted),
    /// Show what is staged beside what is so.
    Compare,
    /// Show by which ways somebody has the access of a cell.
    Why(Asked),
    /// Show what is on the vaults and should not be.
    Drift,
    /// Show what was changed here.
    History,
    /// Show how far the end of the term is.
    Closing,
    /// Show what a step of it would do, to be signed off.
    SignOff,
    /// Carry out the plan on the screen, or say yes.
    Confirm,
    /// Stop a plan that was agreed to, after the call in flight.
    Stop(Ticket),
    /// Ask where to put the files.
    Download(Vec<Fetch>),
    /// Take the assignment before this one, or the one after it.
    Turn(Step),
    /// Show everybody, who has missed the assignment, or who was late, in turn.
    Narrow,
    /// Show everybody who has missed an assignment, or was late: the one shown where none is named.
    NarrowTo(Only, Option<AssignmentId>),
    /// Show everybody, whatever hides rows.
    Everybody,
    /// Ask how much more time these students get.
    Extend(Vec<StudentKey>, AssignmentId),
    /// Ask whether these students are to get so much more time; `None` takes back what was decided.
    ExtendTo(Vec<StudentKey>, AssignmentId, Option<Relief>),
    /// Ask which assignment an upload belongs to.
    Assign(Upload),
    /// Ask whether it belongs to this one, or to none.
    AssignTo(Upload, Option<AssignmentId>),
    /// Take the chosen assignment.
    Choose,
    /// Show only what no assignment claims, or everything.
    Unmatched,
    /// Show a student's uploads that no assignment claims.
    ShowUnmatched(StudentKey),
    /// Offer these arrivals to their consumers again.
    Retry(Vec<Retry>),
    /// Stop a download; what is complete is kept.
    StopDownload(Ticket),
    /// Show so many panes at once.
    Layout(Layout),
    /// Give the pane with the keys so much room.
    Zoom(Zoom),
    /// Show what is known of what is selected.
    Inspect,
    /// Show a picture.
    Picture(Kind),
    /// Ask for the file that this view is written to.
    Export,
    /// Ask for a class list that is taken over.
    Import,
    /// Hide who everybody is, or show it again.
    Privacy,
    /// Use the theme of that name.
    Theme(String),
    /// Use the theme behind the one that is shown.
    NextTheme,
    /// Draw everything again.
    Redraw,
    /// Give the terminal back to the shell until it has us go on.
    Suspend,
    /// Let the mouse choose, or let the terminal have it.
    Mouse,
    /// Copy that of what is selected.
    Copy(What),
}

/// The rows of each pane that are on the screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Viewport {
    /// Rows of the roster, or of the matrix where only that is shown.
    pub rows: Range<usize>,
    /// The number of lines that the items have.
    pub items: usize,
    /// The number of lines that the activity has.
    pub activity: usize,
    /// The number of lines that the list of needs has.
    pub attention: usize,
    /// The number of lines that the jobs have.
    pub jobs: usize,
    /// The number of lines that the overlay has.
    pub overlay: usize,
    /// How far the inspector can be scrolled, where it stands beside the panes.
    pub inspector: Option<usize>,
    /// How many cells of the heat map stand in a line, and for how many students each stands.
    pub heat: (usize, usize),
    /// How many cells the chosen column of the pane that has the keys has.
    pub chosen: u16,
    /// How many columns of the whole matrix are seen.
    pub across: usize,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A key was pressed.
    Key(Chord),
    /// Text was pasted. It never triggers a command.
    Paste(String),
    /// After a draw: what is visible has changed.
    Viewport(Viewport),
    /// The terminal has another size.
    Resize,
    /// The terminal has the keys again, at that time.
    Focused(Timestamp),
    /// The mouse.
    Mouse(Mouse),
    /// A signal asks to give the terminal back for a while.
    Stop,
    /// We were stopped, and go on.
    Continued,
    /// A text was copied that way, or could not be.
    Copied(What, Result<&'static str, Fault>),
    /// An answer came.
    Loaded(Ticket, Timestamp, Box<Result<Data, Fault>>),
    /// A row of a plan that is carried out has changed.
    Progress(Ticket, usize, Outcome),
    /// A plan that was agreed to is a job of that name.
    Named(Ticket, JobId),
    /// A plan waits for its turn behind another one of this program.
    InLine(Ticket),
    /// Somebody has asked a plan to wait.
    Held(Ticket),
    /// A plan that is carried out sends nothing until then, with the reason; or goes on.
    Paused(Ticket, Option<(Timestamp, SafeText)>),
    /// When a plan that is carried out will probably be done.
    Ends(Ticket, Timestamp),
    /// Something that ran has ended, with one line about it.
    Finished(Ticket, Timestamp, Result<SafeText, Fault>),
    /// There is a file already where a view was to be written.
    There(Ticket),
    /// A download has come further.
    Fetching(Ticket, Progress),
    /// What a download could not fetch, and why; it comes before or after its end.
    Failures(Ticket, Vec<SafeText>),
    /// The live view found something, or failed.
    Watched(Box<WatchReport>),
    /// How the ration of requests stands, as far as that is known without asking.
    Ration(Budget),
    /// The time between two looks of the live view is another one.
    Beat(Duration),
    /// The time: told before whatever else has happened, and when another hour begins.
    Time(Timestamp),
    /// The settings were edited.
    Settings(Box<Preferences>),
    /// A theme was read, or could not be; and why it was.
    Theme(Box<Result<Palette, Fault>>, Cause),
    /// The names of the themes that there are have changed.
    Themes(Vec<String>),
    /// The terminal has told whether its background is dark.
    Background(bool),
    /// The class file was edited.
    Edition(Box<Edition>),
    /// A file was edited and cannot be taken over.
    Broken(Followed, Fault),
    /// A file that could not be taken over says again what is in effect.
    Mended(Followed),
    /// A signal asks to leave at once.
    Interrupt,
}

/// Something to be done outside.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Answer a question.
    Load(Ticket, Query),
    /// Carry out a plan.
    Apply(Ticket, Plan),
    /// Stop a plan after the call in flight.
    Stop(Ticket),
    /// Go on with a job that its program has left.
    Resume(Ticket, JobId),
    /// Have a job wait, go on or end, whichever program carries it out.
    Want(Ticket, JobId, Wanted),
    /// Take a step of the end of the term.
    Close(Ticket, Ending),
    /// Fetch files to a folder.
    Download(Ticket, Order),
    /// Keep what was decided about submissions.
    Decide(Ticket, Vec<Decision>),
    /// Write a view to a file.
    Export(Ticket, Export),
    /// Take a class list over; what was typed where that is weighty.
    Enrol(Ticket, Box<Imported>, Option<String>),
    /// Offer arrivals again that were set aside.
    HandOff(Ticket, Vec<Retry>),
    /// Arrivals up to this one were read.
    MarkRead(u64),
    /// Pause or resume the live view.
    Pause(bool),
    /// Look now instead of at the next beat.
    LookNow,
    /// These vaults are on the screen now: their items come first where requests are rationed.
    Show(Vec<VaultId>),
    /// Read the theme of that name, and why.
    Theme(String, Cause),
    /// Draw in these colours from now on.
    Dress(Box<Palette>),
    /// Work by this edition of the class file from now on.
    Edition(Arc<Class>),
    /// Repaint every cell.
    Redraw,
    /// Give the terminal back and stop until somebody has us go on.
    Suspend,
    /// Take the terminal again.
    Reclaim,
    /// Take the mouse, or leave it to the terminal.
    Mouse(bool),
    /// Copy a text.
    Copy(What, String),
    /// Ring the bell.
    Bell,
    /// Leave when the calls in flight have been answered.
    Quit,
    /// Leave now; calls in flight are recorded as unknown.
    QuitNow,
}
