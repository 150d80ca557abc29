//! The inspector: what it is about, and the little that it asks for. What a pane has selected is shown from
//! what is known already; only the ways to an access are asked for, of what is stored, and only while they
//! are on the screen.

use super::jobs::Entry;
use super::msg::{Effect, Pane};
use super::overlay::{Detail, Overlay, Why};
use super::remote::{Remote, Ticket};
use super::{Effects, State, matrix, visits};
use crate::domain::arrival::Arrival;
use crate::domain::attention::Need;
use crate::domain::class::StudentKey;
use crate::domain::directory::{Item, ItemDetail, ItemRef};
use crate::domain::id::{ItemId, VaultId};
use crate::domain::query::{Query, StatusRow};

/// What the inspector remembers.
#[derive(Clone, Debug)]
pub struct Inspector {
    /// The pane whose selection it shows: the last other one that had the keys.
    pub of: Pane,
    /// The first line shown.
    pub top: usize,
    /// The ways to the access of the selected cell, as far as they are known.
    pub why: Option<Why>,
    /// The item that was opened last, with its fields: they are not asked for by looking.
    pub opened: Option<(ItemRef, ItemDetail)>,
    /// What the first line belongs to.
    mark: Mark,
}

impl Default for Inspector {
    fn default() -> Self {
        Self { of: Pane::Roster, top: 0, why: None, opened: None, mark: Mark::Nothing }
    }
}

/// What is inspected.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// A student.
    Student(&'a StatusRow),
    /// An item of a student's vault.
    Item(&'a StatusRow, &'a Item),
    /// The selected cell of a student's row of the matrix.
    Cell(&'a StatusRow),
    /// What arrived.
    Arrival(&'a Arrival),
    /// What needs somebody.
    Need(&'a Need),
    /// A line of the jobs.
    Job(Entry<'a>),
    /// Nothing is selected.
    Nothing,
}

/// The same by what decides which one it is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Mark {
    Student(StudentKey),
    Item(VaultId, ItemId),
    Cell(StudentKey, usize),
    Arrival(u64),
    Line(Pane, usize),
    Nothing,
}

impl Inspector {
    /// Whether an answer is for it.
    pub(super) fn awaits(&self, ticket: Ticket) -> bool {
        self.why.as_ref().is_some_and(|why| why.holders.awaits(ticket))
    }
}

impl State {
    /// The pane whose selection counts: the inspector has none of its own.
    pub fn looked_at(&self) -> Pane {
        if self.focus == Pane::Inspector { self.inspector.of } else { self.focus }
    }

    /// What is inspected.
    pub fn subject(&self) -> Subject<'_> {
        match self.looked_at() {
            Pane::Attention => self.need().map_or(Subject::Nothing, Subject::Need),
            Pane::Roster => self.selected().map_or(Subject::Nothing, Subject::Student),
            Pane::Access => self.selected().map_or(Subject::Nothing, Subject::Cell),
            Pane::Items => match (self.selected(), self.selected_item()) {
                (Some(row), Some(item)) => Subject::Item(row, item),
                (Some(row), None) => Subject::Student(row),
                (None, _) => Subject::Nothing,
            },
            Pane::Activity | Pane::Inspector => self.arrival().map_or(Subject::Nothing, Subject::Arrival),
            Pane::Jobs => {
                self.entries().get(self.jobs.cursor).map_or(Subject::Nothing, |job| Subject::Job(*job))
            }
        }
    }

    fn mark(&self) -> Mark {
        match self.subject() {
            Subject::Student(row) => Mark::Student(row.key.clone()),
            Subject::Item(row, item) => match &row.vault {
                Some(vault) => Mark::Item(vault.clone(), item.id.clone()),
                None => Mark::Nothing,
            },
            Subject::Cell(row) => Mark::Cell(row.key.clone(), self.matrix.column),
            Subject::Arrival(arrival) => Mark::Arrival(arrival.seq),
            Subject::Need(_) => Mark::Line(Pane::Attention, self.attention.cursor),
            Subject::Job(_) => Mark::Line(Pane::Jobs, self.jobs.cursor),
            Subject::Nothing => Mark::Nothing,
        }
    }

    /// Whether the inspector is on the screen.
    pub(super) fn is_inspecting(&self) -> bool {
        self.viewport.inspector.is_some() || matches!(self.overlays.last(), Some(Overlay::Inspector))
    }
}

/// Shows the inspector: gives it the keys where it stands beside the panes, else puts it over them.
pub(super) fn show(state: &mut State) -> Effects {
    if state.viewport.inspector.is_some() {
        return visits::focus(state, Pane::Inspector);
    }
    state.overlays.push(Overlay::Inspector);
    vec![]
}

/// Keeps an item that was opened: its fields need not be asked for again to be looked at beside the list.
pub(super) fn keep(state: &mut State, detail: Detail) {
    if let Some(item) = detail.item.value {
        state.inspector.opened = Some((detail.at, item));
    }
}

/// After whatever happened: begins at the first line of what is newly selected, and asks for the ways to the
/// selected cell where they can be seen. One question at a time: whoever moves on does not wait for answers.
pub(super) fn follow(state: &mut State) -> Option<Effect> {
    if !state.is_inspecting() {
        return None;
    }
    let mark = state.mark();
    if state.inspector.mark != mark {
        (state.inspector.mark, state.inspector.top) = (mark, 0);
    }
    let Subject::Cell(row) = state.subject() else { return None };
    let (student, vault) = (row.key.clone(), row.vault.clone()?);
    let others = state.view().is_none_or(|view| matrix::is_others(view, state.matrix.column));
    let who = state.view().and_then(|view| matrix::cell(view, state.selected()?, state.matrix.column).ok());
    let who = who.filter(|_| !others).map(|(_, who, _)| who);
    if let Some(why) = &mut state.inspector.why {
        if why.vault == vault {
            why.who = who;
            return None;
        }
        if why.holders.is_loading() {
            return None;
        }
    }
    let ticket = state.ticket();
    let holders = Remote::asked(ticket);
    state.inspector.why = Some(Why { student, vault: vault.clone(), who, holders, top: 0 });
    Some(Effect::Load(ticket, Query::Why(vault)))
}

/// Access has changed or was read again: what is known of the ways to it is old.
pub(super) fn forget(state: &mut State) {
    if state.inspector.why.as_ref().is_some_and(|why| !why.holders.is_loading()) {
        state.inspector.why = None;
    }
}
