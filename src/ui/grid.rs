//! The whole matrix: a row for each student, a column for each vault, names and keys always in sight. Only the
//! cells on the screen are looked up and written, whatever the size of the class.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Canvas;
use super::boxes::boxed;
use super::table::scrolled;
use super::theme::Theme;
use super::veil::fit;
use crate::app::State;
use crate::app::grid::{Grid, Square};
use crate::app::privacy::KEY;
use crate::domain::access::{Cell, Level};
use crate::domain::query::StatusRow;

/// Cells of a column, the space behind it included.
const COLUMN: usize = 3;
/// Cells of a student's name: where it is narrow, and where it is not.
const NAMES: (usize, usize) = (18, 26);
/// How many lines the keys of the vaults have at most: their ends, which tell them apart.
const KEYS: usize = 9;
/// What the cells mean; the first one that fits.
const LEGENDS: [&str; 3] = [
    "own vault: its level   others: - none  X! stray  Xe exception  ? list not read   S R W M C levels",
    "- none  X! stray  Xe exception  ? list not read  S R W M C levels",
    "- none  X! stray  Xe except  ? not read",
];

/// Draws it over all panes.
pub(super) fn draw(canvas: &mut Canvas<'_, '_>, area: Rect, grid: Grid) {
    let (state, theme) = (canvas.state, canvas.theme);
    let (rows, vaults) = (&state.rows.shown, state.rows.index.columns());
    let room = usize::from(area.width).saturating_sub(4);
    let name = if room < 90 { NAMES.0 } else { NAMES.1 };
    let across = (room.saturating_sub(name + 3) / COLUMN).clamp(1, vaults.len().max(1));
    let left = scrolled(canvas.memo.grid.1, grid.column, vaults.len(), across);
    let seen = vaults.get(left..(left + across).min(vaults.len())).unwrap_or_default();
    let keys = keys(state, seen, usize::from(area.height));
    // The keys, what is selected, the legend and the box stand around the rows.
    let height = usize::from(area.height).saturating_sub(keys.len() + 4);
    let top = scrolled(canvas.memo.grid.0, state.rows.cursor, rows.len(), height);
    canvas.memo.grid = (top, left);
    canvas.memo.viewport.rows = top..top + height;
    canvas.memo.viewport.across = across;

    let title = format!(
        "Whole matrix: row {} of {}, column {} of {}",
        from_to(top, height, rows.len()),
        rows.len(),
        from_to(left, across, vaults.len()),
        vaults.len()
    );
    let inside = boxed(canvas, area, (area.width, area.height), &title);
    let style = |at: usize| if left + at == grid.column { theme.focus } else { theme.heading };
    for (y, letters) in (0..inside.height).zip(&keys) {
        let mut line = canvas.line(inside, y, theme.heading);
        line.text(if usize::from(y) + 1 == keys.len() { "  STUDENT" } else { "" }, Style::new());
        let written = if usize::from(y) + 1 == keys.len() { 9 } else { 0 };
        line.skip(u16::try_from(name + 3 - written).unwrap_or(0));
        for (at, letter) in letters.iter().enumerate() {
            line.column(letter, COLUMN - 1, style(at));
        }
    }
    let below = u16::try_from(keys.len()).unwrap_or(u16::MAX);
    for (at, student) in rows.iter().enumerate().skip(top).take(height) {
        let Some(row) = state.all_rows().get(*student) else { continue };
        let selected = at == state.rows.cursor;
        let y = below + u16::try_from(at - top).unwrap_or(u16::MAX);
        let mut line = canvas.line(inside, y, if selected { theme.shadow } else { theme.text });
        line.text(if selected { ">" } else { " " }, Style::new());
        line.text(if state.rows.marks.contains(&row.key) { "*" } else { " " }, theme.warning);
        line.column(state.named(row), name, Style::new());
        for (column, vault) in seen.iter().enumerate() {
            let (text, style) = shown(state, *student, *vault, theme);
            let here = selected && left + column == grid.column;
            line.column(&text, COLUMN - 1, if here { style.patch(theme.selected) } else { style });
        }
    }
    let line = state.rows.cursor.checked_sub(top).filter(|line| *line < height && !rows.is_empty());
    if let (Some(line), Some(across)) = (line, grid.column.checked_sub(left)) {
        let right = u16::try_from(name + 3 + across * COLUMN).unwrap_or(u16::MAX);
        let down = below.saturating_add(u16::try_from(line).unwrap_or(u16::MAX));
        super::spots::park(canvas, inside, right, down);
    }
    bottom(canvas, inside);
}

/// What is selected, and what the cells mean.
fn bottom(canvas: &mut Canvas<'_, '_>, inside: Rect) {
    let (state, theme) = (canvas.state, canvas.theme);
    if inside.height < 3 {
        return;
    }
    let nobody = || "no student matches the filter; esc closes this".to_owned();
    let words = in_words(state).unwrap_or_else(nobody);
    canvas.line(inside, inside.height - 2, theme.text).text(&words, theme.text);
    let mut line = canvas.line(inside, inside.height - 1, theme.text);
    let legend = LEGENDS.into_iter().find(|legend| legend.len() <= line.room());
    line.text(legend.unwrap_or_default(), theme.dim);
}

/// Which of a list are on the screen: `1-23`.
fn from_to(first: usize, seen: usize, count: usize) -> String {
    if count == 0 { "0".into() } else { format!("{}-{}", first + 1, (first + seen).min(count)) }
}

/// The keys of the vaults' students from top to bottom, a letter a line; of long ones the end. In privacy mode
/// the digits of what stands for them.
fn keys(state: &State, seen: &[usize], height: usize) -> Vec<Vec<String>> {
    let veiling = if state.veil().is_some() { KEY } else { "" };
    let letters = |row: &StatusRow| {
        let key = state.keyed(&row.key);
        key.strip_prefix(veiling).unwrap_or(&key).chars().collect::<Vec<char>>()
    };
    let keys: Vec<Vec<char>> =
        seen.iter().map(|at| state.all_rows().get(*at).map_or_else(Vec::new, letters)).collect();
    let most = KEYS.min(height / 4).max(1);
    let lines = keys.iter().map(Vec::len).max().unwrap_or(0).clamp(1, most);
    let letter = |key: &[char], line: usize| {
        let at = (key.len() + line).checked_sub(lines);
        at.and_then(|at| key.get(at)).map_or_else(String::new, |letter| format!(" {letter}"))
    };
    (0..lines).map(|line| keys.iter().map(|key| letter(key, line)).collect()).collect()
}

/// What a cell says: a letter, and a mark behind it.
fn shown(state: &State, student: usize, vault: usize, theme: &Theme) -> (String, Style) {
    let kind = state.kind();
    match state.square(student, vault) {
        Square::Own(cell, wider) => {
            let style = match cell.level(kind) {
                _ if wider => theme.bad,
                None => theme.dim,
                Some(Level::Custom) => theme.warning,
                Some(_) => theme.good,
            };
            (format!("{}{}", cell.letter(kind), if wider { "!" } else { "" }), style)
        }
        Square::Abroad(abroad) if abroad.excepted => {
            (format!("{}e", abroad.cell.letter(kind)), theme.warning)
        }
        Square::Abroad(abroad) => (format!("{}!", abroad.cell.letter(kind)), theme.bad),
        Square::Nothing => ("-".into(), theme.dim),
        Square::Unread => ("?".into(), theme.dim),
    }
}

/// What is known of the selected cell.
fn in_words(state: &State) -> Option<String> {
    let (from, to) = state.grid_place()?;
    let (student, owner) = state.grid_cell()?;
    let kind = state.kind();
    let level = |cell: Cell| cell.level(kind).map_or("a level that is not shown", Level::name);
    let vault = owner.vault_name.as_str();
    let (name, whose) = (fit(state, state.named(student), 30), fit(state, state.named(owner), 30));
    Some(match state.square(from, to) {
        Square::Own(cell, wider) => {
            let more = if wider { ", more than the class file asks for" } else { "" };
            format!("{}{more}: {name} on the own vault {vault}", level(cell))
        }
        Square::Abroad(abroad) => {
            let word = if abroad.excepted { "by an exception" } else { "a stray; d says why" };
            format!("{}, {word}: {name} on {vault} of {whose}", level(abroad.cell))
        }
        Square::Nothing => format!("none: {name} on {vault} of {whose}"),
        Square::Unread => format!("nobody has read this list yet: {name} on {vault} of {whose}"),
    })
}
