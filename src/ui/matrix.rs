//! The access matrix: a row for each vault, a column for its student, for each of the staff, and
//! one for everybody else.

use jiff::SignedDuration;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::columns::signed;
use super::figures::moment;
use super::roster::others;
use super::spots::within;
use super::table::{Line, scrolled};
use super::theme::Theme;
use super::{Canvas, veil};
use crate::app::State;
use crate::app::columns::{Field, Table};
use crate::app::matrix::{self, cell, columns};
use crate::app::msg::Pane;
use crate::app::order::{By, Sort};
use crate::domain::access::{Cell, Level, Principal};
use crate::domain::id::VaultId;
use crate::domain::query::{ClassView, StatusRow};
use crate::domain::text::SafeText;

/// The least and the most cells of a column, those of the student's name, and of the vault's.
const COLUMN: (usize, usize) = (8, 14);
const NAME: usize = 20;
const VAULT: usize = 18;
/// What the letters mean, below the rows; the first one that fits.
const LEGENDS: [&str; 5] = [
    "- none  S submit  R read  W write  M manage  C custom  ? unknown  X>Y staged  ! drift  e exception  x failed  ~ old",
    "- none S submit R read W write M manage C custom ? X>Y ! drift e except x failed ~ old",
    "- none  S submit  R read  W write  M manage  C custom  ? unknown  X>Y staged",
    "S submit R read W write  X>Y staged  ! drift  x failed",
    "S submit R read W write M manage C custom ? unknown",
];

/// Which columns are on the screen.
struct Window {
    /// Cells of the student's name.
    name: usize,
    /// Cells of the vault's name; none where there is too little room.
    vault: usize,
    /// Cells of every other column, the space after it included.
    column: usize,
    first: usize,
    count: usize,
}

/// Draws the matrix.
pub(super) fn draw(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let (state, theme) = (canvas.state, canvas.theme);
    let Some(view) = state.view().filter(|_| !state.rows.shown.is_empty()) else {
        return super::roster::empty(canvas, Rect { height: area.height.max(2), ..area });
    };
    let legend = u16::from(area.height > 6);
    let window = window(canvas, view, area);
    heading(canvas, area, view, &window);
    let rows = within(area, 1, 1 + legend);
    let seen = canvas.rows(rows, state.rows.shown.len(), state.rows.cursor);
    if state.focus == Pane::Access || !canvas.places.shows(Pane::Roster) {
        canvas.memo.viewport.rows = seen.start..seen.start + usize::from(rows.height);
    }
    for (y, at) in (0..).zip(seen.clone()) {
        let (row, selected) = (&view.rows[state.rows.shown[at]], at == state.rows.cursor);
        let focused = selected && state.focus == Pane::Access;
        let base = if selected { theme.shadow } else { theme.text };
        let mut line = canvas.line(rows, y, base);
        line.text(if selected { ">" } else { " " }, Style::new());
        line.text(if state.rows.marks.contains(&row.key) { "*" } else { " " }, theme.warning);
        let style = if row.vault.is_some() { Style::new() } else { theme.dim };
        named(&mut line, row, &window, style, (state, theme));
        for column in window.first..window.first + window.count {
            let (text, mut style) = shown(state, view, row, column, theme);
            if focused && column == state.matrix.column {
                style = style.patch(theme.selected);
            }
            line.column(&text, window.column - 1, style);
        }
    }
    canvas.position(area, &seen, state.rows.shown.len());
    if legend > 0 {
        let mut line = canvas.line(area, area.height - 2, theme.text);
        line.skip(2);
        let legend = LEGENDS.into_iter().find(|legend| legend.len() <= line.room());
        line.text(legend.unwrap_or_default(), theme.dim);
    }
}

fn window(canvas: &mut Canvas<'_, '_>, view: &ClassView, area: Rect) -> Window {
    let width = usize::from(area.width).saturating_sub(2);
    let all = columns(view);
    // Whose vault it is matters more than its name, which is made of the student's key; and a column
    // that cannot be seen is worse than either.
    let vault = if width >= NAME + VAULT + 2 + all * COLUMN.0 { VAULT } else { 0 };
    let room = width.saturating_sub(NAME + 1 + if vault > 0 { vault + 1 } else { 0 });
    let count = (room / COLUMN.0).clamp(1, all);
    let column = (room / count).clamp(COLUMN.0, COLUMN.1);
    let first = scrolled(canvas.memo.matrix_column, canvas.state.matrix.column, all, count);
    canvas.memo.matrix_column = first;
    let left = room.saturating_sub(count * column);
    Window { name: NAME + left.min(12), vault, column, first, count }
}

/// Whose row it is: the student, the vault, and how far the end of the term is for them.
fn named(
    line: &mut Line<'_>,
    row: &StatusRow,
    window: &Window,
    style: Style,
    (state, theme): (&State, &Theme),
) {
    let closing = row.closing.as_ref().map(SafeText::as_str);
    let Some(word) = closing else {
        line.column(state.named(row), window.name, style);
        if window.vault > 0 {
            match &row.vault {
                Some(_) => line.column(row.vault_name.as_str(), window.vault, Style::new()),
                None => line.column("no vault", window.vault, theme.dim),
            };
        }
        return;
    };
    if window.vault > 0 {
        line.column(state.named(row), window.name, theme.dim);
        let vault = row.vault.as_ref().map_or("", |_| row.vault_name.as_str());
        line.column(format!("{word} {vault}").trim_end(), window.vault, theme.dim);
    } else {
        let name = veil::fit(state, state.named(row), window.name.saturating_sub(word.len() + 1));
        line.column(&format!("{name} {word}"), window.name, theme.dim);
    }
}

fn heading(canvas: &mut Canvas<'_, '_>, area: Rect, view: &ClassView, window: &Window) {
    let (state, theme) = (canvas.state, canvas.theme);
    let chosen = state.matrix.column;
    let focused = canvas.state.focus == Pane::Access;
    let sort = canvas.state.tables.of(Table::Roster).sort;
    let mut line = canvas.line(area, 0, theme.heading);
    line.skip(2);
    let by_name = sort.filter(|sort| sort.by == By::Field(Field::Name)).map(Sort::sign);
    line.column(&signed(state, "STUDENT", window.name, by_name), window.name, theme.heading);
    if window.vault > 0 {
        line.column("VAULT", window.vault, theme.heading);
    }
    for column in window.first..window.first + window.count {
        let sort = sort.filter(|sort| sort.by == By::Access(column)).map(Sort::sign);
        let style = if focused && column == chosen { theme.focus } else { theme.heading };
        let name = signed(state, &matrix::heading(view, column), window.column - 1, sort);
        line.column(&name, window.column - 1, style);
    }
}

/// What a cell says: a letter, with what is staged behind it, or a mark.
fn shown(state: &State, view: &ClassView, row: &StatusRow, column: usize, theme: &Theme) -> (String, Style) {
    let Some(vault) = &row.vault else {
        return (String::new(), theme.dim);
    };
    let kind = state.kind();
    let at = cell(view, row, column).ok();
    let staged = at.as_ref().and_then(|(vault, who, _)| staged(state, vault, who));
    if let (Some(to), Some((.., cell))) = (staged, &at) {
        // What the world has brought about by itself is staged for nothing.
        let (sign, style) = if cell.level(kind) == Some(to) { ('=', theme.dim) } else { ('>', theme.staged) };
        return (format!(" {}{sign}{}", cell.letter(kind), to.letter()), style);
    }
    if column + 1 == columns(view) {
        // Whoever has a column of their own is marked there.
        let (text, style) = others(row, row.unexpected().unwrap_or(0), theme);
        // Of several, or of somebody who is gone, only that something is staged.
        if among_others(state, view, row, vault) {
            return (format!(" {text}>"), theme.staged);
        }
        let failed =
            state.matrix.failed.iter().any(|(at, who)| at == vault && !belongs(view, Some(row), who));
        let mark = if failed { "x" } else { "" };
        return (format!(" {text}{mark}"), style);
    }
    let Some((vault, who, cell)) = at else {
        return (" -".into(), theme.dim);
    };
    let style = match cell.level(kind) {
        None => theme.dim,
        Some(Level::Custom) => theme.warning,
        Some(_) => Style::new(),
    };
    let place = (vault, who);
    let (mark, style) = if state.matrix.failed.contains(&place) {
        ("x", theme.bad)
    } else if row.wider.iter().any(|excess| excess.who == place.1) {
        ("!", theme.bad)
    } else if is_old(cell, state) {
        ("~", theme.dim)
    } else {
        ("", style)
    };
    (format!(" {}{mark}", cell.letter(kind)), style)
}

/// How long a list of who is on a vault counts as new: they are read once a day at least.
const DAY: SignedDuration = SignedDuration::from_hours(25);

/// Whether what is known of a cell may have changed long since.
fn is_old(cell: Cell, state: &State) -> bool {
    matches!(cell, Cell::Proved { at, .. } if state.now.duration_since(at) > DAY)
}

/// A level, how it is known, and since when.
pub(super) fn known(cell: Cell, state: &State) -> String {
    let (level, zone) = (cell.level(state.kind()).map_or("unknown", Level::name), &state.setting.zone);
    match cell {
        Cell::Proved { at, .. } => format!("{level}, read {}", moment(at, zone)),
        Cell::Ledger { at, .. } => format!("{level}, as we granted it {}", moment(at, zone)),
        Cell::Unknown { why } => format!("{level}, {}", why.words()),
    }
}

/// Whether somebody has a column of their own, as one of the staff or in a student's row.
pub(super) fn belongs(view: &ClassView, row: Option<&StatusRow>, who: &Principal) -> bool {
    let own = row.and_then(|row| row.user.as_ref()).is_some_and(|user| who.id() == user.as_str());
    own || view.staff.iter().any(|staff| staff.who == *who)
}

/// Whether something is staged for somebody without a column.
fn among_others(state: &State, view: &ClassView, row: &StatusRow, vault: &VaultId) -> bool {
    state.matrix.staged.keys().any(|(at, who)| at == vault && !belongs(view, Some(row), who))
}

fn staged(state: &State, vault: &VaultId, who: &Principal) -> Option<Level> {
    state.matrix.staged.get(&(vault.clone(), who.clone())).copied()
}
