//! State and decisions of the screen. Knows the domain; no runtime, no terminal, no clock, no
//! provider: what it needs comes in as an [`Event`](msg::Event), what it wants goes out as an [`Effect`].

pub mod activity;
mod ahead;
mod answers;
pub mod assignments;
pub mod attention;
mod closing;
pub mod command;
pub mod copy;
mod filter;
mod forms;
mod held;
pub mod jobs;
pub mod key;
pub mod matrix;
pub mod mouse;
mod moves;
pub mod msg;
pub mod overlay;
mod past;
pub mod people;
mod plans;
mod reloads;
pub mod remote;
pub mod roster;
pub mod staging;
mod update;
mod why;

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

pub use answers::ends_beat;
pub use filter::Filter;
pub use update::{start, update};

use crate::domain::access::AccountKind;
use crate::domain::activity::Arrival;
use crate::domain::assignment::AssignmentId;
use crate::domain::budget::Budget;
use crate::domain::class::StudentKey;
use crate::domain::directory::Item;
use crate::domain::fault::Fault;
use crate::domain::id::{ItemId, VaultId};
use crate::domain::operation::{Capabilities, Capability};
use crate::domain::query::{ClassView, LocalCopy, Role, StatusRow};
use crate::domain::text::SafeText;
use activity::Activity;
use assignments::Only;
use attention::Needs;
use jiff::Timestamp;
use jobs::Panel;
use matrix::Matrix;
use msg::{Effect, Pane, Viewport};
use overlay::Overlay;
use remote::{Kept, Remote, Ticket};
use roster::Rows;

/// What does not change while the dashboard is open.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Setting {
    /// The class's id.
    pub class: String,
    /// The class's title.
    pub title: SafeText,
    /// The zone in which times are shown.
    pub zone: jiff::tz::TimeZone,
    /// Whether this is the demo class, whose people and arrivals are simulated.
    pub demo: bool,
    /// Whether changes are refused.
    pub read_only: bool,
    /// What the provider can do.
    pub can: Capabilities,
    /// The folder offered for downloads.
    pub folder: String,
    /// The folder in which the program was started: what a folder that is typed is relative to.
    pub started_in: String,
    /// The word for how the service is reached, where it is not the sandbox.
    pub via: Option<&'static str>,
    /// The time between two looks of the live view, once it is known.
    pub beat: Option<Duration>,
    /// When the dashboard was opened.
    pub opened_at: Timestamp,
    /// Whether a shell is there that can have us go on once we are stopped.
    pub has_shell: bool,
    /// Whether an arrival rings the terminal's bell.
    pub bell: bool,
}

/// How the live view stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Live {
    /// Has not answered yet.
    Starting,
    /// Looks at every beat.
    On,
    /// Was paused by hand.
    Paused,
    /// The last beat failed; the next one tries again. Since when the screen is old.
    Failing(Fault, Option<Timestamp>),
}

/// How much a notice matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Something was done.
    Info,
    /// Something is not as expected.
    Warning,
    /// Something failed.
    Error,
}

/// One line above the keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What it says.
    pub text: SafeText,
    /// How much it matters.
    pub weight: Weight,
}

/// Everything the screen shows.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct State {
    /// What does not change.
    pub setting: Setting,
    /// The class.
    pub class: Remote<ClassView>,
    /// Selection, filter and marks over its rows.
    pub rows: Rows,
    /// Items of the vaults on and near the screen.
    pub items: HashMap<VaultId, Vec<Item>>,
    /// The selected item.
    pub item: usize,
    /// What is typed after `/` in the items.
    pub item_filter: Filter,
    /// The matrix.
    pub matrix: Matrix,
    /// What needs the instructor.
    pub attention: Needs,
    /// What arrived.
    pub activity: Activity,
    /// What runs, and who takes the arrivals.
    pub jobs: Panel,
    /// The copies on this machine of a vault's files: those of the selected student.
    pub copies: Kept<(VaultId, Vec<LocalCopy>)>,
    /// The pane that has the keys.
    pub focus: Pane,
    /// Which of attention and roster had the keys last; wide screens have room for one of them.
    pub left: Pane,
    /// Which of activity and jobs had the keys last.
    pub below: Pane,
    /// The keys of a sequence that was begun.
    pub prefix: Vec<key::Chord>,
    /// What lies over the panes, the last on top.
    pub overlays: Vec<Overlay>,
    /// The plans that were agreed to since the dashboard was opened, the oldest first.
    pub plans: Vec<overlay::Review>,
    /// How the live view stands.
    pub live: Live,
    /// Who looks at the vaults, once that is known.
    pub role: Option<Role>,
    /// The time, as far as events have told it: nothing on the screen moves between them.
    pub now: Timestamp,
    /// How the ration of requests stands; `None` where nothing is rationed.
    pub budget: Option<Budget>,
    /// Vaults that changed and whose items are not known yet.
    pub changing: BTreeSet<VaultId>,
    /// Whether the mouse chooses; else the terminal has it, to select text.
    pub mouse: bool,
    /// One line above the keys.
    pub notice: Option<Notice>,
    /// Whether a plan was carried out since the dashboard was opened.
    pub changed: bool,
    /// Whether leaving was asked for and calls are still in flight.
    pub leaving: bool,
    /// Whether something visible has changed since the last draw.
    pub dirty: bool,
    pending: Pending,
    viewport: Viewport,
    next_ticket: u64,
}

/// What was asked for and has not been answered.
#[derive(Clone, Debug, Default)]
struct Pending {
    items: Remote<()>,
    /// The vaults whose items are being read.
    reading: Vec<VaultId>,
    /// Vaults whose items are known to be other than those that were read.
    outdated: BTreeSet<VaultId>,
    access: Remote<()>,
    arrivals: Kept<()>,
    decisions: BTreeSet<Ticket>,
    /// What was asked of jobs of other programs.
    wants: BTreeSet<Ticket>,
    /// Arrivals that were offered again.
    handed: BTreeSet<Ticket>,
    /// The assignment that was chosen by hand.
    chosen: Option<AssignmentId>,
    /// The item to be selected when the list comes that holds it.
    wanted_item: Option<ItemId>,
    opening: Opening,
    /// Students whose access was asked for in this round.
    asked: Vec<StudentKey>,
    people_asked: bool,
    /// The vaults that were on the screen at the last draw.
    on_screen: Vec<VaultId>,
    /// Whether the service has said since the dashboard was opened who acts.
    met: bool,
    /// Whether rows have become old while they were being read.
    stale: bool,
    /// When a beat of the live view last went well.
    last_beat: Option<Timestamp>,
    /// When somebody last looked at the terminal again.
    focused: Option<Timestamp>,
}

/// What decides with which pane the dashboard opens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Opening {
    /// Whether something needs the instructor.
    #[default]
    ByNeed,
    /// It has, or a key was quicker.
    ByHand,
}

impl State {
    /// The state before anything was read, with the rows of the last time where there are any.
    pub fn new(setting: Setting, front: Option<ClassView>) -> Self {
        let now = setting.opened_at;
        let mut state = Self {
            setting,
            class: Remote { value: front, ..Remote::default() },
            rows: Rows::default(),
            items: HashMap::new(),
            item: 0,
            item_filter: Filter::default(),
            matrix: Matrix::default(),
            attention: Needs::default(),
            activity: Activity::default(),
            jobs: Panel::default(),
            copies: Kept::default(),
            focus: Pane::Roster,
            left: Pane::Roster,
            below: Pane::Activity,
            prefix: Vec::new(),
            overlays: Vec::new(),
            plans: Vec::new(),
            live: Live::Starting,
            role: None,
            now,
            budget: None,
            changing: BTreeSet::new(),
            mouse: false,
            notice: None,
            changed: false,
            leaving: false,
            dirty: true,
            pending: Pending::default(),
            viewport: Viewport::default(),
            next_ticket: 0,
        };
        state.name_arrivals();
        state.arrange();
        state
    }

    /// The names by which the activity is filtered are those of the class.
    fn name_arrivals(&mut self) {
        let named = self.all_rows().iter().map(|row| (row.key.clone(), row.name.clone())).collect();
        self.activity.names = named;
    }

    /// The class, as far as it is known.
    pub fn view(&self) -> Option<&ClassView> {
        self.class.value.as_ref()
    }

    /// Whether the service has said since the dashboard was opened who acts; until then it is only
    /// known who acted the last time.
    pub fn knows_who_acts(&self) -> bool {
        self.pending.met
    }

    /// The rows of the class.
    pub fn all_rows(&self) -> &[StatusRow] {
        self.view().map_or(&[], |view| &view.rows)
    }

    /// The selected student.
    pub fn selected(&self) -> Option<&StatusRow> {
        self.rows.selected(self.all_rows())
    }

    /// The items of the selected student that pass the filter; `None` until they are known.
    pub fn shown_items(&self) -> Option<Vec<&Item>> {
        let items = self.items.get(self.selected()?.vault.as_ref()?)?;
        let passes = |item: &&Item| self.item_filter.accepts([item.title.as_str(), item.category.as_str()]);
        Some(items.iter().filter(passes).collect())
    }

    /// The kind of the account; Business until it is known, since that shows most levels.
    pub fn kind(&self) -> AccountKind {
        let identity = self.view().and_then(|view| view.identity.as_ref());
        identity.map_or(AccountKind::Business, |identity| identity.kind)
    }

    /// The arrival that is selected.
    pub fn arrival(&self) -> Option<&Arrival> {
        self.activity.selected()
    }

    /// The panes that there is something to show in, in the order of their numbers.
    pub fn panes(&self) -> impl Iterator<Item = Pane> {
        let jobs = self.has_jobs() || self.focus == Pane::Jobs;
        Pane::ALL.into_iter().filter(move |pane| *pane != Pane::Jobs || jobs)
    }

    /// The filter of a pane.
    pub fn filter_of(&self, pane: Pane) -> &Filter {
        match pane {
            Pane::Attention => &self.attention.filter,
            Pane::Roster | Pane::Access => &self.rows.filter,
            Pane::Items => &self.item_filter,
            Pane::Activity => &self.activity.filter,
            Pane::Jobs => &self.jobs.filter,
        }
    }

    /// The filter of the pane that has the keys.
    pub fn filter(&self) -> &Filter {
        self.filter_of(self.focus)
    }

    fn filter_mut(&mut self) -> &mut Filter {
        match self.focus {
            Pane::Attention => &mut self.attention.filter,
            Pane::Roster | Pane::Access => &mut self.rows.filter,
            Pane::Items => &mut self.item_filter,
            Pane::Activity => &mut self.activity.filter,
            Pane::Jobs => &mut self.jobs.filter,
        }
    }

    /// Why changes cannot be made here, if they cannot.
    pub fn why_not_change(&self) -> Result<(), String> {
        if self.setting.read_only {
            return Err("read-only: changes are refused".into());
        }
        if !self.setting.can.has(Capability::ChangeAccess) {
            return Err("this provider cannot change access".into());
        }
        Ok(())
    }

    /// Whether a plan is being carried out, shown or not.
    fn is_applying(&self) -> bool {
        self.running().is_some() || self.in_line() > 0
    }

    fn ticket(&mut self) -> Ticket {
        self.next_ticket += 1;
        Ticket(self.next_ticket)
    }

    fn say(&mut self, weight: Weight, text: impl AsRef<str>) {
        self.notice = Some(Notice { text: SafeText::new(text.as_ref()), weight });
        self.dirty = true;
    }

    /// Applies the filter anew and keeps the selection where it can.
    fn arrange(&mut self) {
        let rows = self.class.value.as_ref().map_or(&[][..], |view| &view.rows);
        let selected = self.rows.selected(rows).map(|row| row.key.clone());
        self.arrange_at(selected.as_ref());
    }

    /// The same, at this student.
    fn arrange_at(&mut self, selected: Option<&StudentKey>) {
        let (rows, heads) =
            self.class.value.as_ref().map_or((&[][..], &[][..]), |view| (&view.rows, &view.assignments));
        let chosen = self.pending.chosen.as_ref();
        let chosen = chosen.and_then(|id| heads.iter().position(|head| head.id == *id));
        self.rows.assignment = chosen.or_else(|| assignments::current(heads, self.now));
        if self.rows.assignment.is_none() {
            self.rows.only = Only::Everybody;
        }
        self.rows.arrange(rows, selected);
    }
}

/// What an event wants done; most want nothing.
type Effects = Vec<Effect>;
