//! The items of the selected student's vault.

use std::collections::HashMap;

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Canvas;
use super::roster::position;
use super::table::{Line, moment, scrolled};
use crate::app::State;
use crate::app::msg::Pane;
use crate::domain::activity::Arrival;
use crate::domain::directory::{Item, ItemState};
use crate::domain::id::{ItemId, VaultId};
use crate::domain::query::{LocalCopy, StatusRow};
use crate::domain::text::SafeText;

const KIND: usize = 12;
const VERSION: usize = 4;
const BY: usize = 9;
const UPDATED: usize = 12;
const WORK: usize = 20;
/// Without how late.
const SHORT_WORK: usize = 15;
const COPY: usize = 8;
const HASH: usize = 8;
const HANDED: usize = 9;
const TITLE_AT_LEAST: usize = 20;

/// Which columns there is room for; one that is left out has no width.
struct Columns {
    title: usize,
    kind: usize,
    by: usize,
    work: usize,
    copy: usize,
    hash: usize,
    handed: usize,
}

impl Columns {
    /// Columns come with the data behind them, and where titles would be cut they give way: the kind,
    /// the editor, the hash, the hand-off, the copy, the assignment.
    fn of(width: usize, state: &State, known: &Known<'_>) -> Self {
        let mut left = width.saturating_sub(2 + VERSION + UPDATED + 3);
        let mut take = |cells: usize, wanted: bool| {
            if !wanted || left < TITLE_AT_LEAST + cells + 1 {
                return 0;
            }
            left -= cells + 1;
            cells
        };
        let assignments = !state.assignments().is_empty();
        let work = take(WORK, assignments);
        let work = if work == 0 { take(SHORT_WORK, assignments) } else { work };
        let copies = !known.copies.is_empty();
        let copy = take(COPY, copies);
        let handed = take(HANDED, !state.jobs.consumers().is_empty());
        let hash = take(HASH, copies);
        let by = take(BY, true);
        let kind = take(KIND, true);
        Self { title: left.max(12), kind, by, work, copy, hash, handed }
    }
}

/// What is known of the items of a vault beside the list itself.
struct Known<'a> {
    /// The newest arrival of each item.
    arrivals: HashMap<&'a ItemId, &'a Arrival>,
    copies: HashMap<&'a ItemId, &'a LocalCopy>,
}

impl<'a> Known<'a> {
    fn of(state: &'a State, vault: Option<&VaultId>) -> Self {
        let here = state.activity.arrivals.iter().filter(|arrival| Some(&arrival.vault.id) == vault);
        // Oldest first: the newest stays.
        let arrivals = here.map(|arrival| (&arrival.item.id, arrival)).collect();
        let mut copies: HashMap<&ItemId, &LocalCopy> = HashMap::new();
        for copy in copies_of(state, vault) {
            let newest = copies.entry(&copy.at.item).or_insert(copy);
            if newest.version < copy.version {
                *newest = copy;
            }
        }
        Self { arrivals, copies }
    }
}

/// The copies of a vault's files, as far as they are known.
pub(super) fn copies_of<'a>(state: &'a State, vault: Option<&VaultId>) -> &'a [LocalCopy] {
    let known = state.copies.value().filter(|(of, _)| Some(of) == vault);
    known.map_or(&[], |(_, copies)| copies)
}

/// Draws the items.
pub(super) fn draw(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let (state, theme) = (canvas.state, canvas.theme);
    let known = Known::of(state, state.selected().and_then(|row| row.vault.as_ref()));
    let columns = Columns::of(area.width.into(), state, &known);
    heading(canvas, area, &columns);
    let height = usize::from(area.height.saturating_sub(2));
    canvas.memo.viewport.items = height;
    let (Some(row), Some(items)) = (state.selected(), state.shown_items()) else {
        let text = why_nothing(state);
        canvas.line(area, 1, theme.dim).skip(2).text(text, Style::new());
        return;
    };
    if items.is_empty() {
        let text = if state.item_filter.is_active() {
            "no item matches the filter; esc clears it"
        } else {
            "nothing uploaded yet"
        };
        canvas.line(area, 1, theme.dim).skip(2).text(text, Style::new());
    }
    let first = scrolled(canvas.memo.items, state.item, items.len(), height);
    canvas.memo.items = first;
    canvas.stand(Rect { height: area.height.saturating_sub(1), ..area }, 1, (first, items.len()), state.item);
    for (at, item) in items.iter().enumerate().skip(first).take(height) {
        let selected = at == state.item && state.focus == Pane::Items;
        let base = if selected { theme.selected } else { theme.text };
        let y = u16::try_from(at - first + 1).unwrap_or(u16::MAX);
        let mut line = canvas.line(area, y, base);
        line.text(if selected { "> " } else { "  " }, Style::new());
        item_columns(&mut line, item, row, &columns, state);
        beside(&mut line, item, &known, &columns, (state, theme));
    }
    position(canvas, area, first, height, items.len());
}

fn heading(canvas: &mut Canvas<'_, '_>, area: Rect, columns: &Columns) {
    let heading = canvas.theme.heading;
    let mut line = canvas.line(area, 0, heading);
    line.skip(2).column("TITLE", columns.title, heading);
    for (name, cells) in [
        ("KIND", columns.kind),
        ("VER", VERSION),
        ("BY", columns.by),
        ("UPDATED", UPDATED),
        ("FOR", columns.work),
        ("COPY", columns.copy),
        ("SHA-256", columns.hash),
        ("HAND-OFF", columns.handed),
    ] {
        if cells > 0 {
            line.column(name, cells, heading);
        }
    }
}

fn item_columns(line: &mut Line<'_>, item: &Item, row: &StatusRow, columns: &Columns, state: &State) {
    let mark = match item.state {
        ItemState::Active => "",
        ItemState::Archived => "[archived] ",
        ItemState::Deleted => "[deleted] ",
    };
    let kind = item.category.as_str().to_lowercase().replace('_', " ");
    let updated = item.updated_at.map_or_else(String::new, |at| moment(at, &state.setting.zone));
    line.column(&format!("{mark}{}", item.title), columns.title, Style::new());
    if columns.kind > 0 {
        line.column(&kind, KIND, Style::new());
    }
    line.column(&format!("v{}", item.version), VERSION, Style::new());
    if columns.by > 0 {
        line.column(editor(item, row, state), BY, Style::new());
    }
    line.column(&updated, UPDATED, Style::new());
}

/// What is known beside the list: the assignment, the copy, the hand-off.
fn beside(
    line: &mut Line<'_>,
    item: &Item,
    known: &Known<'_>,
    columns: &Columns,
    (state, theme): (&State, &super::Theme),
) {
    let arrival = known.arrivals.get(&item.id);
    let copy = known.copies.get(&item.id);
    if columns.work > 0 {
        let (text, style) = arrival.map_or_else(Default::default, |a| super::activity::work(a, theme));
        line.column(&text, columns.work, style);
    }
    if columns.copy > 0 {
        let (text, style) = match copy {
            None => (String::new(), theme.dim),
            Some(copy) if copy.version == item.version => ("saved".into(), theme.good),
            Some(copy) => (format!("only v{}", copy.version), theme.warning),
        };
        line.column(&text, columns.copy, style);
    }
    if columns.hash > 0 {
        // It was read from a file of ours, which somebody else may have written to.
        let hash = copy.map_or_else(SafeText::default, |copy| {
            SafeText::new(copy.sha256.get(..HASH).unwrap_or(&copy.sha256))
        });
        let hash = hash.as_str();
        line.column(hash, columns.hash, theme.dim);
    }
    if columns.handed > 0 {
        let handed = arrival.and_then(|arrival| state.jobs.handed(arrival.seq));
        let (text, style) = handed.map_or_else(Default::default, |h| super::jobs::handed(h, theme));
        line.column(&text, columns.handed, style);
    }
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
