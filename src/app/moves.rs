//! Where the keys go and what is selected: focus, movement, looking closer, one step back.

use super::msg::{Effect, Pane, Step};
use super::overlay::{Detail, Overlay, Review, Stage};
use super::remote::Remote;
use super::roster::stepped;
use super::{Effects, State, matrix};
use crate::domain::directory::ItemRef;
use crate::domain::query::Query;

pub(super) fn focus(state: &mut State, pane: Pane) -> Effects {
    state.focus = pane;
    if pane == Pane::Activity {
        state.activity.unread = 0;
    }
    vec![]
}

pub(super) fn moved(state: &mut State, step: Step) -> Effects {
    let half = |lines: usize| lines / 2;
    let viewport = state.viewport.clone();
    if let Some(overlay) = state.overlays.last_mut() {
        let top = match overlay {
            Overlay::Help { top }
            | Overlay::Plan(Review { top, .. })
            | Overlay::Detail(Detail { top, .. }) => top,
            Overlay::Confirm(_) | Overlay::Download(_) => return vec![],
        };
        *top = stepped(*top, step, viewport.overlay + 1, half(viewport.overlay).max(5));
        return vec![];
    }
    match state.focus {
        Pane::Access if matches!(step, Step::Left | Step::Right) => {
            let columns = state.view().map_or(1, matrix::columns);
            state.matrix.step(step, columns);
        }
        Pane::Roster | Pane::Access => {
            let rows = state.class.value.as_ref().map_or(&[][..], |view| &view.rows);
            let before = state.rows.cursor;
            state.rows.step(rows, step, half(viewport.rows.len()));
            if before != state.rows.cursor {
                state.item = 0;
            }
        }
        Pane::Items => {
            let count = state.shown_items().map_or(0, |items| items.len());
            state.item = stepped(state.item, step, count, half(viewport.items));
        }
        Pane::Activity => state.activity.step(step, half(viewport.activity)),
    }
    vec![]
}

pub(super) fn open(state: &mut State) -> Effects {
    match state.focus {
        Pane::Roster | Pane::Access => {
            state.item = 0;
            focus(state, Pane::Items)
        }
        Pane::Items => {
            let at = state
                .selected()
                .and_then(|row| row.vault.clone())
                .zip(state.shown_items().and_then(|items| items.get(state.item).map(|item| item.id.clone())));
            at.map_or_else(Vec::new, |(vault, item)| detail(state, ItemRef { vault, item }))
        }
        Pane::Activity => {
            let Some(arrival) = state.activity.selected().cloned() else {
                return vec![];
            };
            state.rows.filter.clear();
            state.arrange();
            let rows = state.class.value.as_ref().map_or(&[][..], |view| &view.rows);
            let at = rows.iter().position(|row| row.key == arrival.student.key);
            if let Some(at) = at {
                state.rows.cursor = at;
                state.item_filter.clear();
                let items = state.shown_items().unwrap_or_default();
                state.item = items.iter().position(|item| item.id == arrival.item.id).unwrap_or(0);
                state.focus = Pane::Items;
            }
            vec![]
        }
    }
}

pub(super) fn detail(state: &mut State, at: ItemRef) -> Effects {
    let ticket = state.ticket();
    let mut item = Remote::default();
    item.ask(ticket);
    state.overlays.push(Overlay::Detail(Detail { at: at.clone(), item, top: 0 }));
    vec![Effect::Load(ticket, Query::Detail(at))]
}

/// Escape: the nearest thing that can be taken back.
pub(super) fn back(state: &mut State) -> Effects {
    if let Some(overlay) = state.overlays.pop() {
        if let Overlay::Plan(review) = overlay
            && matches!(review.stage, Stage::Running(_))
        {
            state.job = Some(review);
        }
    } else if state.filter().is_active() {
        state.filter_mut().clear();
        filtered(state);
    } else if state.rows.range.is_some() || !state.rows.marks.is_empty() {
        state.rows.range = None;
        state.rows.marks.clear();
    } else {
        state.focus = Pane::Roster;
    }
    vec![]
}

pub(super) fn filtered(state: &mut State) {
    match state.focus {
        Pane::Roster | Pane::Access => state.arrange(),
        Pane::Items => state.item = 0,
        Pane::Activity => state.activity.cursor = 0,
    }
}
