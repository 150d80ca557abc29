//! The items of the selected student's vault.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Canvas;
use super::roster::position;
use super::table::{Line, moment, scrolled};
use crate::app::State;
use crate::app::msg::Pane;
use crate::domain::directory::{Item, ItemState};
use crate::domain::query::StatusRow;

const KIND: usize = 12;
const VERSION: usize = 4;
const BY: usize = 9;
const UPDATED: usize = 12;
const TITLE_AT_LEAST: usize = 24;

/// Draws the items.
pub(super) fn draw(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let (state, theme) = (canvas.state, canvas.theme);
    let mut title = usize::from(area.width).saturating_sub(2 + KIND + VERSION + BY + UPDATED + 5).max(12);
    // Where titles would be cut, the kind gives way.
    let kind = title >= TITLE_AT_LEAST;
    title += if kind { 0 } else { KIND + 1 };
    let heading = theme.heading;
    let mut line = Line::new(canvas.frame.buffer_mut(), area, 0, heading);
    line.skip(2).column("TITLE", title, heading);
    if kind {
        line.column("KIND", KIND, heading);
    }
    line.column("VER", VERSION, heading);
    line.column("BY", BY, heading).column("UPDATED", UPDATED, heading);

    let height = usize::from(area.height.saturating_sub(2));
    canvas.memo.viewport.items = height;
    let (Some(row), Some(items)) = (state.selected(), state.shown_items()) else {
        let text = why_nothing(state);
        Line::new(canvas.frame.buffer_mut(), area, 1, theme.dim).skip(2).text(text, Style::new());
        return;
    };
    if items.is_empty() {
        let text = if state.item_filter.is_active() {
            "no item matches the filter; esc clears it"
        } else {
            "nothing uploaded yet"
        };
        Line::new(canvas.frame.buffer_mut(), area, 1, theme.dim).skip(2).text(text, Style::new());
    }
    let first = scrolled(canvas.memo.items, state.item, items.len(), height);
    canvas.memo.items = first;
    for (at, item) in items.iter().enumerate().skip(first).take(height) {
        let selected = at == state.item && state.focus == Pane::Items;
        let base = if selected { theme.selected } else { theme.text };
        let y = u16::try_from(at - first + 1).unwrap_or(u16::MAX);
        let mut line = Line::new(canvas.frame.buffer_mut(), area, y, base);
        line.text(if selected { "> " } else { "  " }, Style::new());
        item_columns(&mut line, item, row, (title, kind), state);
    }
    position(canvas, area, first, height, items.len());
}

fn item_columns(
    line: &mut Line<'_>,
    item: &Item,
    row: &StatusRow,
    (title, with_kind): (usize, bool),
    state: &State,
) {
    let mark = match item.state {
        ItemState::Active => "",
        ItemState::Archived => "[archived] ",
        ItemState::Deleted => "[deleted] ",
    };
    let kind = item.category.as_str().to_lowercase().replace('_', " ");
    let updated = item.updated_at.map_or_else(String::new, |at| moment(at, &state.setting.zone));
    line.column(&format!("{mark}{}", item.title), title, Style::new());
    if with_kind {
        line.column(&kind, KIND, Style::new());
    }
    line.column(&format!("v{}", item.version), VERSION, Style::new());
    line.column(editor(item, row, state), BY, Style::new()).column(&updated, UPDATED, Style::new());
}

/// Who changed the item last, in a word.
fn editor(item: &Item, row: &StatusRow, state: &State) -> &'static str {
    let ours = state.view().and_then(|view| view.identity.as_ref()).map(|identity| &identity.id);
    match &item.last_edited_by {
        None => "",
        by if *by == row.user => "student",
        Some(by) if Some(by) == ours => "service",
        Some(_) => "other",
    }
}

fn why_nothing(state: &State) -> &'static str {
    match state.selected() {
        None => "select a student",
        Some(row) if row.vault.is_none() && row.state.is_active() => {
            "no vault yet: A in the roster plans one"
        }
        Some(row) if row.vault.is_none() => "no vault yet: the student has to be active first",
        Some(_) => "reading",
    }
}
