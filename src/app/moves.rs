//! Moving the selection, looking closer at it, and one step back.

use super::assignments::Only;
use super::command::key_of;
use super::jobs::Entry;
use super::msg::{Effect, Pane, Step};
use super::overlay::{Detail, Help, Overlay, Past, Review, Source, Why};
use super::remote::Remote;
use super::roster::stepped;
use super::tables::{self, Marking};
use super::visits::{self, focus, follow_up, go_to_item};
use super::{Effects, State, Weight, grid, inspector, matrix, picture, plans};
use crate::domain::directory::ItemRef;
use crate::domain::job;
use crate::domain::query::Query;
use crate::domain::text::SafeText;

/// Moves the selection of what is on top: what lies over the panes, or the pane that has the keys.
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

/// Moves on and marks what is passed: begins a range where there is none.
pub(super) fn stretch(state: &mut State, step: Step) -> Effects {
    let begun = if state.looked_at() == Pane::Items {
        state.items.marks.has_range()
    } else {
        state.rows.marks.has_range()
    };
    if !begun {
        tables::mark(state, Marking::Range);
    }
    moved(state, step)
}

/// Looks closer at what is selected, or goes to where it leads.
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
            return whose.map_or_else(Vec::new, |whose| visits::go_to_stray(state, &whose));
        }
        Some(Overlay::Picture(_)) => return picture::go(state),
        Some(Overlay::Grid(_)) => return grid::follow(state),
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
            return plans::review(state, source);
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

/// Shows an item with its fields.
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

/// What is filtered has another filter.
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
