//! The items of the selected student's vault.

use std::collections::HashMap;

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Canvas;
use super::columns::{Placed, fitting, heading};
use super::figures::moment;
use super::spots::within;
use super::theme::Theme;
use crate::app::columns::{Field, Table};
use crate::app::matrix::no_vault;
use crate::app::msg::Pane;
use crate::app::{State, items};
use crate::domain::arrival::Arrival;
use crate::domain::directory::{Item, ItemRef, ItemState};
use crate::domain::id::{ItemId, VaultId};
use crate::domain::query::{LocalCopy, StatusRow};
use crate::domain::text::SafeText;

/// How many digits of a hash are shown.
const HASH: usize = 8;

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
    let known = state.items.copies.value().filter(|(of, _)| Some(of) == vault);
    known.map_or(&[], |(_, copies)| copies)
}

/// Draws the items.
pub(super) fn draw(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let (state, theme) = (canvas.state, canvas.theme);
    let known = Known::of(state, state.selected().and_then(|row| row.vault.as_ref()));
    let has = |field| state.has_column(Table::Items, field);
    let placed = fitting(state.tables.of(Table::Items), usize::from(area.width).saturating_sub(2), has);
    heading(canvas, area, (Pane::Items, Table::Items), 2, &placed);
    let below = within(area, 1, 1);
    canvas.memo.viewport.items = usize::from(below.height);
    let (Some(row), Some(items)) = (state.selected(), state.shown_items()) else {
        let text = why_nothing(state);
        canvas.line(area, 1, theme.dim).skip(2).text(text, Style::new());
        return;
    };
    if items.is_empty() {
        let text = if state.items.filter.is_active() {
            "no item matches the filter; esc clears it"
        } else {
            "nothing uploaded yet"
        };
        canvas.line(area, 1, theme.dim).skip(2).text(text, Style::new());
    }
    let shown = canvas.rows(below, items.len(), state.items.cursor);
    for (y, at) in (0..).zip(shown.clone()) {
        let (item, selected) = (&items[at], at == state.items.cursor && state.focus == Pane::Items);
        let base = if selected { theme.selected } else { theme.text };
        let mut line = canvas.line(below, y, base);
        line.text(if selected { ">" } else { " " }, Style::new());
        let marked = row.vault.as_ref().is_some_and(|vault| {
            let at = ItemRef { vault: vault.clone(), item: item.id.clone() };
            state.items.marks.contains(&at)
        });
        line.text(if marked { "*" } else { " " }, theme.warning);
        for Placed { field, cells } in &placed {
            let (text, style) = column(item, row, *field, &known, (state, theme));
            line.column(&text, *cells, style);
        }
    }
    canvas.position(area, &shown, items.len());
}

/// What a column says of an item: of the list, and of what is known beside it: the assignment, the copy, the
/// hand-off.
fn column(
    item: &Item,
    row: &StatusRow,
    field: Field,
    known: &Known<'_>,
    (state, theme): (&State, &Theme),
) -> (String, Style) {
    let plain = |text: String| (text, Style::new());
    let (arrival, copy) = (known.arrivals.get(&item.id), known.copies.get(&item.id));
    match field {
        Field::Title => {
            let mark = match item.state {
                ItemState::Active => "",
                ItemState::Archived => "[archived] ",
                ItemState::Deleted => "[deleted] ",
            };
            plain(format!("{mark}{}", state.titled(item.title.as_str())))
        }
        Field::Kind => plain(items::kind(item)),
        Field::Version => plain(format!("v{}", item.version)),
        Field::By => plain(items::editor(item, row, state).to_owned()),
        Field::Updated => {
            plain(item.updated_at.map_or_else(String::new, |at| moment(at, &state.setting.zone)))
        }
        Field::Assignment => arrival.map_or_else(Default::default, |a| super::activity::work(a, theme)),
        Field::Copy => match copy {
            None => (String::new(), theme.dim),
            Some(copy) if copy.version == item.version => ("saved".into(), theme.good),
            Some(copy) => (format!("only v{}", copy.version), theme.warning),
        },
        Field::Hash => {
            // It was read from a file of ours, which somebody else may have written to.
            let hash = copy.map_or("", |copy| copy.sha256.get(..HASH).unwrap_or(&copy.sha256));
            (SafeText::new(hash).to_string(), theme.dim)
        }
        Field::Handed => {
            let handed = arrival.and_then(|arrival| state.jobs.handed(arrival.seq));
            handed.map_or_else(Default::default, |handed| super::jobs::handed(handed, theme))
        }
        _ => plain(String::new()),
    }
}

fn why_nothing(state: &State) -> &'static str {
    match state.selected() {
        None => "select a student",
        Some(row) if row.vault.is_none() => no_vault(row),
        Some(_) => "reading",
    }
}
