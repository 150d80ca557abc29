//! Where the keys go and what is selected: focus, movement, looking closer, one step back.

use std::collections::BTreeSet;

use super::assignments::Only;
use super::command::key_of;
use super::jobs::Entry;
use super::msg::{Effect, Pane, Step};
use super::overlay::{Detail, Help, Overlay, Past, Review, Source, Why};
use super::remote::Remote;
use super::roster::stepped;
use super::tables::{self, Marking};
use super::{Effects, State, Weight, inspector, matrix, picture, reloads};
use crate::domain::attention::Reason;
use crate::domain::class::StudentKey;
use crate::domain::directory::ItemRef;
use crate::domain::id::ItemId;
use crate::domain::job;
use crate::domain::query::Query;
use crate::domain::text::SafeText;

/// Gives a pane the keys.
pub(super) fn focus(state: &mut State, pane: Pane) -> Effects {
    if state.focus == Pane::Activity && pane != Pane::Activity {
        // What was new when it was looked at is not new any more.
        state.activity.rule = state.activity.read_until;
    }
    state.focus = pane;
    match pane {
        Pane::Attention | Pane::Roster => state.left = pane,
        Pane::Activity | Pane::Jobs => state.below = pane,
        Pane::Items | Pane::Access | Pane::Inspector => {}
    }
    if pane != Pane::Inspector {
        state.inspector.of = pane;
    }
    reloads::mark_read(state)
}

pub(super) fn moved(state: &mut State, step: Step) -> Effects {
    let half = |lines: usize| lines / 2;
    let viewport = state.viewport.clone();
    if !state.overlays.is_empty() {
        moved_over(state, step, viewport.overlay);
        return vec![];
    }
    match state.focus {
        Pane::Access if matches!(step, Step::Left | Step::Right) => {
            let columns = state.view().map_or(1, matrix::columns);
            state.matrix.step(step, columns);
        }
        _ if matches!(step, Step::Left | Step::Right) => tables::across(state, step),
        Pane::Roster | Pane::Access => step_row(state, step),
        Pane::Items => state.step_item(step, half(viewport.items)),
        Pane::Activity => state.activity.step(step, half(viewport.activity)),
        Pane::Inspector => {
            let furthest = viewport.inspector.unwrap_or(0);
            state.inspector.top = stepped(state.inspector.top, step, furthest + 1, 10);
        }
        Pane::Attention => {
            let count = state.needs().len();
            let place = stepped(state.attention.cursor, step, count, half(viewport.attention));
            state.select_need(place);
        }
        Pane::Jobs => {
            let count = state.entries().len();
            state.jobs.cursor = stepped(state.jobs.cursor, step, count, half(viewport.jobs));
        }
    }
    vec![]
}

/// Selects another student.
fn step_row(state: &mut State, step: Step) {
    let rows = state.class.value.as_ref().map_or(&[][..], |view| &view.rows);
    let before = state.rows.cursor;
    state.rows.step(rows, step, state.viewport.rows.len() / 2);
    if before != state.rows.cursor {
        state.items.cursor = 0;
    }
}

/// Selects the row of this place in a pane.
pub(super) fn select(state: &mut State, pane: Pane, place: usize) {
    match pane {
        Pane::Roster | Pane::Access => state.select_row(place),
        Pane::Items => state.items.cursor = place,
        Pane::Activity => state.activity.go_to(place),
        Pane::Attention => state.select_need(place),
        Pane::Jobs => state.jobs.cursor = place,
        Pane::Inspector => {}
    }
}

impl State {
    /// Selects the student of this place; the items of somebody else begin with their first one.
    pub(super) fn select_row(&mut self, place: usize) {
        if self.rows.cursor != place {
            (self.rows.cursor, self.items.cursor) = (place, 0);
        }
    }
}

/// Moves in what lies over the panes, which can be scrolled so far.
fn moved_over(state: &mut State, step: Step, furthest: usize) {
    let page = (furthest / 2).max(5);
    if picture::moved(state, step) {
        return;
    }
    if let Some(Overlay::Grid(_)) = state.overlays.last() {
        return step_row(state, step);
    }
    let Some(overlay) = state.overlays.last_mut() else { return };
    let top = match overlay {
        Overlay::Help(Help { top, .. })
        | Overlay::Notices { top }
        | Overlay::Plan(Review { top, .. })
        | Overlay::Why(Why { top, .. })
        | Overlay::Staged { top }
        | Overlay::History(Past { open: Some(top), .. })
        | Overlay::Detail(Detail { top, .. })
        | Overlay::Output { top, .. }
        | Overlay::Fetched { top, .. } => top,
        Overlay::Inspector => &mut state.inspector.top,
        Overlay::Job(ticket) => {
            let shown = state.plans.iter_mut().find(|review| review.ticket == *ticket);
            let Some(review) = shown else { return };
            &mut review.top
        }
        Overlay::History(past) => {
            let count = past.list.value.as_ref().map_or(0, Vec::len);
            past.cursor = stepped(past.cursor, step, count, page);
            return;
        }
        Overlay::Drift(strays) => {
            let count = strays.found.value.as_ref().map_or(0, |found| found.list.len());
            strays.cursor = stepped(strays.cursor, step, count, page);
            return;
        }
        Overlay::Closing(closing) => {
            let count = closing.term.value.as_ref().map_or(0, |term| term.steps.len());
            closing.cursor = stepped(closing.cursor, step, count, count);
            return;
        }
        Overlay::Columns(chooser) => {
            let count = state.tables.of(chooser.table).list.len();
            chooser.at = stepped(chooser.at, step, count, page);
            return;
        }
        Overlay::Assign(choice) => {
            choice.at = stepped(choice.at, step, choice.by_rule() + 1, 5);
            return;
        }
        Overlay::Grid(_)
        | Overlay::Confirm(_)
        | Overlay::Download(_)
        | Overlay::Export(_)
        | Overlay::Import(_)
        | Overlay::Extend(_)
        | Overlay::SignOff(_)
        | Overlay::Picture(_) => return,
    };
    *top = stepped(*top, step, furthest + 1, page);
}

pub(super) fn open(state: &mut State) -> Effects {
    match state.overlays.last_mut() {
        Some(Overlay::History(past)) => {
            past.open = Some(0);
            return vec![];
        }
        Some(Overlay::Drift(strays)) => {
            let found = strays.found.value.as_ref().and_then(|found| found.list.get(strays.cursor));
            let whose = found.map(|drift| drift.student.clone());
            state.overlays.pop();
            return whose.map_or_else(Vec::new, |whose| go_to_stray(state, &whose));
        }
        Some(Overlay::Picture(_)) => return picture::go(state),
        Some(Overlay::Grid(_)) => return super::grid::follow(state),
        _ => {}
    }
    match state.focus {
        Pane::Roster | Pane::Access => {
            state.items.cursor = 0;
            focus(state, Pane::Items)
        }
        Pane::Items => state.selected_item_ref().map_or_else(Vec::new, |at| detail(state, at)),
        Pane::Activity => {
            let Some(arrival) = state.activity.selected() else {
                return vec![];
            };
            let (key, item) = (arrival.student.key.clone(), arrival.item.id.clone());
            go_to_item(state, &key, &item)
        }
        Pane::Attention => follow_up(state),
        Pane::Jobs => open_job(state),
        Pane::Inspector => vec![],
    }
}

/// Selects a student, whatever hides the row now. Whether there is one.
pub(super) fn go_to_student(state: &mut State, key: &StudentKey) -> bool {
    let shown = state.rows.place(key).is_some();
    // What hides nobody who is looked for stays.
    if !shown && (state.rows.filter.is_active() || state.rows.is_narrowed()) {
        widen(state);
        state.say(Weight::Info, "everybody is shown again: the student was hidden");
    }
    let at = state.rows.place(key);
    if let Some(at) = at {
        (state.rows.cursor, state.items.cursor) = (at, 0);
    }
    at.is_some()
}

/// Selects the job that a program has left and that a line tells of.
fn go_to_left(state: &mut State, told: &str) -> Effects {
    state.jobs.filter.clear();
    let is_it = |entry: &Entry<'_>| match entry {
        Entry::Other(head) => head.state == job::State::Left && told.contains(head.id.as_str()),
        _ => false,
    };
    if let Some(at) = state.entries().iter().position(is_it) {
        state.jobs.cursor = at;
    }
    focus(state, Pane::Jobs)
}

/// Selects the cell of a student's vault with somebody who should not be there, or has too much.
fn go_to_stray(state: &mut State, key: &StudentKey) -> Effects {
    let wider = state.row(key).filter(|row| row.unexpected().unwrap_or(0) == 0).and_then(|row| {
        let who = &row.wider.first()?.who;
        let staff = state.view()?.staff.iter().position(|staff| staff.who == *who);
        // The first column is the student's own.
        Some(staff.map_or(0, |at| at + 1))
    });
    let effects = go_to_others(state, key);
    if let Some(column) = wider {
        state.matrix.column = column;
    }
    effects
}

/// Selects what a student holds on the own vault.
pub(super) fn go_to_own(state: &mut State, key: &StudentKey) -> Effects {
    go_to_student(state, key);
    state.matrix.column = 0;
    focus(state, Pane::Access)
}

/// Selects who else is on a student's vault.
pub(super) fn go_to_others(state: &mut State, key: &StudentKey) -> Effects {
    go_to_student(state, key);
    state.matrix.column = state.view().map_or(0, |view| matrix::columns(view) - 1);
    focus(state, Pane::Access)
}

/// Shows everybody in the roster.
pub(super) fn widen(state: &mut State) {
    state.rows.filter.clear();
    (state.rows.only, state.rows.among) = (Only::Everybody, None);
    state.arrange();
}

/// Selects an item of a student.
fn go_to_item(state: &mut State, key: &StudentKey, item: &ItemId) -> Effects {
    if !go_to_student(state, key) {
        return vec![];
    }
    state.items.filter.clear();
    state.unshelve();
    let items = state.shown_items();
    let known = items.is_some();
    let at = items.unwrap_or_default().iter().position(|one| one.id == *item);
    state.items.cursor = at.unwrap_or(0);
    // Where the list is still to be read, the item is selected when it comes.
    state.pending.wanted_item = (!known).then(|| item.clone());
    focus(state, Pane::Items)
}

/// Goes to where a need comes from.
fn follow_up(state: &mut State) -> Effects {
    let Some(need) = state.need().cloned() else {
        return vec![];
    };
    if let Some(id) = &need.assignment {
        state.pending.chosen = Some(id.clone());
        state.arrange();
    }
    match (need.reason, &need.student, &need.item) {
        (Reason::DeadLetter | Reason::ConsumerBehind, ..) => focus(state, Pane::Jobs),
        (Reason::LeftJob, ..) => go_to_left(state, need.text.as_str()),
        (Reason::UnexpectedAccess, Some(key), _) => go_to_stray(state, key),
        (Reason::Quarantined, Some(key), _) => {
            go_to_student(state, key);
            // The vault left behind has no row: it is nobody's.
            state.say(Weight::Info, format!("the other vault is nobody's row here: {}", need.next));
            focus(state, Pane::Roster)
        }
        (Reason::Unmatched, Some(key), Some(at)) if need.count > 1 => {
            if state.activity.show_unmatched_of(key) {
                focus(state, Pane::Activity)
            } else {
                go_to_item(state, key, &at.item)
            }
        }
        (_, Some(key), Some(at)) => go_to_item(state, key, &at.item),
        (_, Some(key), None) => {
            go_to_student(state, key);
            focus(state, Pane::Roster)
        }
        // What is stored names them all; nothing is asked of the service for it.
        (Reason::UnexpectedAccess, None, _) => super::why::compare(state, false),
        (Reason::Unmatched, None, _) => {
            state.activity.show_unmatched();
            focus(state, Pane::Activity)
        }
        (Reason::Missing, None, _) => narrowed(state, Only::Missing),
        (Reason::Late, None, _) => narrowed(state, Only::Late),
        (Reason::TokenExpiry | Reason::WatcherGap | Reason::Alarm | Reason::Seats, None, _) => {
            state.say(Weight::Info, &need.next);
            vec![]
        }
        (reason, None, _) => {
            let keys: BTreeSet<StudentKey> = super::attention::whom(state, &need).into_iter().collect();
            widen(state);
            state.rows.among = Some((reason.word(), keys)).filter(|(_, keys)| !keys.is_empty());
            state.arrange();
            focus(state, Pane::Roster)
        }
    }
}

pub(super) fn narrowed(state: &mut State, only: Only) -> Effects {
    // Exactly those that the line counts.
    widen(state);
    state.rows.only = only;
    state.arrange();
    focus(state, Pane::Roster)
}

/// Shows a student's uploads that no assignment claims, one of which is to be chosen.
pub(super) fn show_unmatched(state: &mut State, student: &StudentKey) -> Effects {
    if !state.activity.show_unmatched_of(student) {
        let enter = key_of(state, "follow-up");
        state.say(
            Weight::Warning,
            format!("the activity does not reach back to them: {enter} goes to their items"),
        );
        return vec![];
    }
    let effects = focus(state, Pane::Activity);
    let (assign, back) = (key_of(state, "assign"), key_of(state, "back"));
    state.say(
        Weight::Info,
        format!("several uploads: {assign} assigns the selected one, {back} shows everything"),
    );
    effects
}

/// Shows the plan that runs, or what a consumer said.
fn open_job(state: &mut State) -> Effects {
    let consumer = |name: &SafeText| {
        let attempts = state.jobs.known.value().map_or(&[][..], |jobs| &jobs.attempts);
        attempts.iter().find(|attempt| attempt.consumer == *name).cloned()
    };
    let attempt = match state.entries().get(state.jobs.cursor) {
        Some(Entry::Plan(review)) => {
            let ticket = review.ticket;
            state.overlays.push(Overlay::Job(ticket));
            return vec![];
        }
        Some(Entry::Other(head)) if head.state == job::State::Left => {
            let source = Source::Left(head.id.clone());
            return super::plans::review(state, source);
        }
        Some(Entry::Other(head)) => {
            let (hold, stop) = (key_of(state, "hold"), key_of(state, "stop"));
            let text = format!("{} carries it out: {hold} has it wait, {stop} ends it", head.by);
            state.say(Weight::Info, text);
            return vec![];
        }
        Some(Entry::Consumer(one)) => consumer(&one.consumer),
        Some(Entry::Attempt(attempt)) => Some((*attempt).clone()),
        Some(Entry::Download(download)) => {
            let ticket = download.ticket;
            state.overlays.push(Overlay::Fetched { ticket, top: 0 });
            return vec![];
        }
        None => None,
    };
    match attempt {
        Some(attempt) => state.overlays.push(Overlay::Output { attempt, top: 0 }),
        None => state.say(Weight::Info, "nothing was said yet"),
    }
    vec![]
}

pub(super) fn detail(state: &mut State, at: ItemRef) -> Effects {
    let ticket = state.ticket();
    let item = Remote::asked(ticket);
    state.overlays.push(Overlay::Detail(Detail { at: at.clone(), item, top: 0 }));
    vec![Effect::Load(ticket, Query::Detail(at))]
}

/// Escape: the nearest thing that can be taken back.
pub(super) fn back(state: &mut State) -> Effects {
    if let Some(overlay) = state.overlays.pop() {
        match overlay {
            Overlay::History(past) if past.open.is_some() => {
                state.overlays.push(Overlay::History(Past { open: None, ..past }));
            }
            // What was looked for goes first.
            Overlay::Help(help) if !help.search.value().is_empty() => {
                state.overlays.push(Overlay::Help(Help::default()));
            }
            Overlay::Plan(review) if review.typing => {
                state.overlays.push(Overlay::Plan(Review { typing: false, ..review }));
            }
            Overlay::Detail(detail) => inspector::keep(state, detail),
            _ => {}
        }
    } else if state.filter().is_active() {
        state.filter_mut().clear();
        filtered(state);
    } else if state.focus == Pane::Items && !state.items.marks.is_empty() {
        tables::mark(state, Marking::Clear);
    } else if state.rows.marks.has_range() || !state.rows.marks.is_empty() {
        state.rows.marks.clear();
    } else if state.focus == Pane::Activity && state.activity.is_narrowed() {
        state.activity.widen();
    } else if matches!(state.focus, Pane::Roster | Pane::Access) && state.rows.is_narrowed() {
        (state.rows.only, state.rows.among) = (Only::Everybody, None);
        state.arrange();
    } else {
        return focus(state, state.left);
    }
    vec![]
}

pub(super) fn filtered(state: &mut State) {
    match state.looked_at() {
        Pane::Roster | Pane::Access => state.arrange(),
        Pane::Items => {
            state.items.marks.end_range();
            state.unshelve();
            state.items.cursor = 0;
        }
        Pane::Activity | Pane::Inspector => {
            state.activity.arrange();
            state.activity.cursor = 0;
        }
        Pane::Attention => {
            state.arrange_needs();
            state.attention.cursor = 0;
        }
        Pane::Jobs => state.jobs.cursor = 0,
    }
}
