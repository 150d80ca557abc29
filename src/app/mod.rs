//! State and decisions of the screen. Knows the domain; no runtime, no terminal, no clock, no
//! provider: what it needs comes in as an [`Event`](msg::Event), what it wants goes out as an [`Effect`].
//!
//! | about | modules |
//! |---|---|
//! | what comes in and goes out | [`msg`] is the whole vocabulary, with [`orders`] for what is more than a word; `update` takes an event, `act` carries out what a person asked for, `answers` what came back; [`setting`] |
//! | what is asked for | [`remote`] values and `pending` questions; `ahead` of being asked, again in `reloads`; `beats` of the live view |
//! | keys and words | [`key`], [`command`] and its table, [`palette`], [`fuzzy`]; [`mouse`] |
//! | the rows of the class | [`roster`], their [`index`] and columns in [`students`], `arrange`; [`assignments`] choose the standing that is shown |
//! | the other panes | [`items`], [`matrix`], [`activity`] and its [`actors`], [`attention`], [`jobs`], [`inspector`]; [`grid`] and [`picture`] over the whole class |
//! | what every table can | [`tables`] by [`columns`] and [`fields`]; [`order`], `filter` by its [`terms`]; `held` selections, [`marks`]; [`sheets`] for [`copy`] and [`export`] |
//! | moving about | `moves` within a pane, `visits` to another, [`trail`] back; [`layout`] |
//! | what lies over the panes | [`overlay`], and the `forms` in some; [`import`], `why`, `closing` |
//! | changes | [`staging`] of cells, [`people`], `plans` from review to end, `past` ones taken back |
//! | what is said, hidden and chosen | [`notices`], [`privacy`], [`chosen`] |

mod act;
pub mod activity;
pub mod actors;
mod ahead;
mod answers;
mod arrange;
pub mod assignments;
pub mod attention;
mod beats;
pub mod chosen;
mod closing;
pub mod columns;
pub mod command;
pub mod copy;
pub mod export;
pub mod fields;
mod filter;
mod forms;
pub mod fuzzy;
pub mod grid;
mod held;
pub mod import;
pub mod index;
pub mod inspector;
pub mod items;
pub mod jobs;
pub mod key;
pub mod layout;
pub mod marks;
pub mod matrix;
pub mod mouse;
mod moves;
pub mod msg;
pub mod notices;
pub mod order;
pub mod orders;
pub mod overlay;
pub mod palette;
mod past;
mod pending;
pub mod people;
pub mod picture;
mod plans;
pub mod privacy;
mod reloads;
pub mod remote;
pub mod roster;
pub mod setting;
pub mod sheets;
pub mod staging;
pub mod students;
pub mod tables;
pub mod terms;
pub mod trail;
mod update;
mod visits;
mod why;

use std::collections::BTreeSet;
use std::sync::Arc;

pub use beats::ends_beat;
pub use filter::Filter;
pub use notices::Weight;
pub use setting::{READ_ONLY, Setting};
pub use update::{start, update};

use crate::domain::access::AccountKind;
use crate::domain::arrival::Arrival;
use crate::domain::budget::Budget;
use crate::domain::fault::Fault;
use crate::domain::id::VaultId;
use crate::domain::parts::Part;
use crate::domain::query::{ClassView, Role, StatusRow};
use activity::Activity;
use attention::Needs;
use chosen::Chosen;
use columns::Tables;
use command::Keymap;
use inspector::Inspector;
use items::Items;
use jiff::Timestamp;
use jobs::Panel;
use layout::{Layout, Zoom};
use matrix::Matrix;
use msg::{Effect, Pane, Viewport};
use notices::Notices;
use overlay::Overlay;
use palette::Palette;
use pending::{Deed, Pending};
use remote::{Remote, Ticket, Tickets};
use roster::Rows;
use trail::Trail;

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
    /// The items of the vaults, and those of the selected student as they are shown.
    pub items: Items,
    /// The columns of the tables, and by which ones rows are sorted.
    pub tables: Tables,
    /// The matrix.
    pub matrix: Matrix,
    /// What needs the instructor.
    pub attention: Needs,
    /// What arrived.
    pub activity: Activity,
    /// What runs, and who takes the arrivals.
    pub jobs: Panel,
    /// The pane that has the keys.
    pub focus: Pane,
    /// Which of attention and roster had the keys last; wide screens have room for one of them.
    pub left: Pane,
    /// Which of activity and jobs had the keys last.
    pub below: Pane,
    /// The views before this one.
    pub trail: Trail,
    /// The keys in effect.
    pub keymap: Keymap,
    /// Which panes are shown at once.
    pub layout: Layout,
    /// How much of the screen the pane with the keys takes.
    pub zoom: Zoom,
    /// What is known of what is selected, in full.
    pub inspector: Inspector,
    /// The keys of a sequence that was begun.
    pub prefix: Vec<key::Chord>,
    /// What lies over the panes, the last on top.
    pub overlays: Vec<Overlay>,
    /// The palette while it is open, above everything else.
    pub palette: Option<Palette>,
    /// What was given in the palette in this run, the newest last.
    pub said: Vec<String>,
    /// The plans that were agreed to since the dashboard was opened, the oldest first.
    pub plans: Vec<overlay::Review>,
    /// What the user has chosen about the screen.
    pub chosen: Chosen,
    /// How the live view stands.
    pub live: Live,
    /// Who looks at the vaults, once that is known.
    pub role: Option<Role>,
    /// The time, as far as events have told it: nothing on the screen moves between them.
    pub now: Timestamp,
    /// How the ration of requests stands; `None` where nothing is rationed.
    pub budget: Option<Budget>,
    /// How the services stand that the class is read through, where there are several; the acting one first.
    pub parts: Vec<Part>,
    /// Vaults that changed and whose items are not known yet.
    pub changing: BTreeSet<VaultId>,
    /// What was said at the bottom.
    pub notices: Notices,
    /// Whether the mouse chooses; else the terminal has it, to select text.
    pub mouse: bool,
    /// What is hidden while privacy mode is on.
    veil: Option<Arc<privacy::Veil>>,
    /// Whether a plan was carried out since the dashboard was opened.
    pub changed: bool,
    /// Whether leaving was asked for and calls are still in flight.
    pub leaving: bool,
    /// Whether something visible has changed since the last draw.
    pub dirty: bool,
    pending: Pending,
    viewport: Viewport,
    tickets: Tickets,
}

impl State {
    /// The state before anything was read, with the rows of the last time where there are any.
    pub fn new(setting: Setting, front: Option<ClassView>) -> Self {
        let now = setting.opened_at;
        let mut state = Self {
            setting,
            class: Remote { value: front, ..Remote::default() },
            rows: Rows::default(),
            items: Items::default(),
            tables: Tables::default(),
            matrix: Matrix::default(),
            attention: Needs::default(),
            activity: Activity::default(),
            jobs: Panel::default(),
            focus: Pane::Roster,
            left: Pane::Roster,
            below: Pane::Activity,
            trail: Trail::default(),
            keymap: Keymap::default(),
            layout: Layout::Auto,
            zoom: Zoom::Normal,
            inspector: Inspector::default(),
            prefix: Vec::new(),
            overlays: Vec::new(),
            palette: None,
            said: Vec::new(),
            plans: Vec::new(),
            chosen: Chosen::default(),
            live: Live::Starting,
            role: None,
            now,
            budget: None,
            parts: Vec::new(),
            changing: BTreeSet::new(),
            notices: Notices::default(),
            mouse: false,
            veil: None,
            changed: false,
            leaving: false,
            dirty: true,
            pending: Pending::default(),
            viewport: Viewport::default(),
            tickets: Tickets::default(),
        };
        state.learn();
        state
    }

    /// The names by which the activity is filtered are those of the class.
    fn name_arrivals(&mut self) {
        let named = self.all_rows().iter().map(|row| (row.key.clone(), row.name.clone())).collect();
        self.activity.names = named;
        self.activity.arrange();
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

    /// The kind of the account; Business until it is known, since that shows most levels.
    pub fn kind(&self) -> AccountKind {
        self.view().map_or(AccountKind::Business, matrix::account)
    }

    /// The arrival that is selected.
    pub fn arrival(&self) -> Option<&Arrival> {
        self.activity.selected()
    }

    /// The panes that there is something to show in, in the order of their numbers.
    pub fn panes(&self) -> impl Iterator<Item = Pane> {
        let jobs = self.has_jobs() || self.focus == Pane::Jobs;
        let inspector = self.viewport.inspector.is_some() || self.focus == Pane::Inspector;
        Pane::ALL.into_iter().filter(move |pane| match pane {
            Pane::Jobs => jobs,
            Pane::Inspector => inspector,
            _ => true,
        })
    }

    /// The filter of a pane.
    pub fn filter_of(&self, pane: Pane) -> &Filter {
        match pane {
            Pane::Attention => &self.attention.filter,
            Pane::Roster | Pane::Access => &self.rows.filter,
            Pane::Items => &self.items.filter,
            Pane::Activity => &self.activity.filter,
            Pane::Jobs => &self.jobs.filter,
            Pane::Inspector => self.filter_of(self.looked_at()),
        }
    }

    /// The filter of the pane that has the keys.
    pub fn filter(&self) -> &Filter {
        self.filter_of(self.focus)
    }

    fn filter_mut(&mut self) -> &mut Filter {
        match self.looked_at() {
            Pane::Attention => &mut self.attention.filter,
            Pane::Roster | Pane::Access => &mut self.rows.filter,
            Pane::Items => &mut self.items.filter,
            Pane::Activity | Pane::Inspector => &mut self.activity.filter,
            Pane::Jobs => &mut self.jobs.filter,
        }
    }

    /// Whether a plan is being carried out, shown or not.
    fn is_applying(&self) -> bool {
        self.running().is_some() || self.in_line() > 0
    }

    /// The number of something small that begins now.
    fn begin_deed(&mut self, deed: Deed) -> Ticket {
        let ticket = self.ticket();
        self.pending.deeds.insert(ticket, deed);
        ticket
    }

    fn ticket(&mut self) -> Ticket {
        self.tickets.next()
    }
}

/// What an event wants done; most want nothing.
type Effects = Vec<Effect>;
