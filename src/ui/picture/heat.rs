//! The access of the whole class on one page: a cell a student, or a cell for several, of whom the gravest is
//! shown.

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::State;
use crate::app::picture::{Heat, folded};
use crate::domain::access::Level;
use crate::domain::query::StatusRow;
use crate::domain::text::{SafeText, counted, width};
use crate::ui::Canvas;
use crate::ui::boxes::{boxed, wide};
use crate::ui::glyphs::Glyphs;
use crate::ui::spots::park;
use crate::ui::theme::Theme;

/// Cells of a student where each has three signs: own, staff, others, and a space.
const WIDE: usize = 4;
/// Lines below the cells: an empty one, the two of the legend, and two about the cursor.
const BELOW: u16 = 5;

/// Draws it as large as there is room.
pub(super) fn draw(canvas: &mut Canvas<'_, '_>, area: Rect, cursor: usize) {
    let (state, theme, glyphs) = (canvas.state, canvas.theme, canvas.glyphs);
    let rows = state.all_rows();
    let room = usize::from(wide(area, u16::MAX).saturating_sub(4)).max(1);
    let lines = usize::from(area.height.saturating_sub(3 + BELOW)).max(1);
    let shape = Shape::of(rows.len(), room, lines);
    let cells = folded(rows, shape.each, state.kind());
    let used = u16::try_from(cells.len().div_ceil(shape.per_line)).unwrap_or(u16::MAX).max(1);
    let several = if shape.each > 1 { format!(", {} in each cell", shape.each) } else { String::new() };
    let title = format!("Access of {}{several}", counted(rows.len(), "student"));
    let size = (wide(area, u16::MAX), used.saturating_add(2 + BELOW));
    let inside = boxed(canvas, area, size, &title);
    canvas.memo.viewport.heat = (shape.per_line, shape.each);
    let selected = cursor / shape.each;
    let strays = cells.iter().filter(|(_, heat)| *heat == Heat::Stray).count();
    // Where everybody drifts the mark tells nothing: the level is worth more.
    let all_drift = strays > 0 && strays == cells.len();
    for (y, line) in (0..inside.height.saturating_sub(BELOW)).zip(cells.chunks(shape.per_line)) {
        let mut out = canvas.line(inside, y, theme.text);
        for (x, (at, heat)) in line.iter().enumerate() {
            let (at, is_here) = (*at, usize::from(y) * shape.per_line + x == selected);
            let base = if is_here { theme.selected } else { Style::new() };
            if shape.is_wide {
                let Some(row) = rows.get(at) else { continue };
                for (part, heat) in parts(row, state.kind()).into_iter().enumerate() {
                    let own = all_drift && part == 0;
                    let (sign, style) =
                        if own { drifting(row, state, &glyphs, theme) } else { sign(heat, &glyphs, theme) };
                    out.text(sign, style.patch(base));
                }
                out.skip(1);
            } else {
                let row = rows.get(at).filter(|_| all_drift);
                let (sign, style) = row
                    .map_or_else(|| sign(*heat, &glyphs, theme), |row| drifting(row, state, &glyphs, theme));
                out.text(sign, style.patch(base));
            }
        }
    }
    let (down, across) = (selected / shape.per_line, selected % shape.per_line);
    let cell = |at: usize| u16::try_from(at).unwrap_or(u16::MAX);
    park(canvas, inside, cell(across * if shape.is_wide { WIDE } else { 1 }), cell(down));
    let about = cells.get(selected).and_then(|(at, _)| rows.get(*at));
    below(canvas, inside, about, (&shape, all_drift));
}

/// How students are laid out.
struct Shape {
    /// Students in a cell.
    each: usize,
    /// Cells in a line.
    per_line: usize,
    /// Whether a student has three signs.
    is_wide: bool,
}

impl Shape {
    fn of(count: usize, room: usize, lines: usize) -> Self {
        if count.saturating_mul(WIDE) <= room * lines && count.div_ceil((room / WIDE).max(1)) <= lines {
            return Self { each: 1, per_line: (room / WIDE).max(1), is_wide: true };
        }
        Self { each: count.div_ceil(room * lines).max(1), per_line: room, is_wide: false }
    }
}

/// A student's own access, that of staff, and that of others.
fn parts(row: &StatusRow, kind: crate::domain::access::AccountKind) -> [Heat; 3] {
    let own = match Heat::of(row, kind) {
        // Who the stray is stands under others, unless it is the student.
        Heat::Stray if row.unexpected().unwrap_or(0) > 0 => {
            row.own.level(kind).map_or(Heat::Unknown, Heat::Level)
        }
        heat => heat,
    };
    [own, Heat::staff(row, kind), Heat::others(row, kind)]
}

/// A student who drifts, where everybody does: the level, in the colour of what is wrong.
fn drifting(row: &StatusRow, state: &State, glyphs: &Glyphs, theme: &Theme) -> (&'static str, Style) {
    let heat = row.own.level(state.kind()).map_or(Heat::Unknown, Heat::Level);
    (sign(heat, glyphs, theme).0, theme.bad)
}

/// A level as a block that is the higher the more it allows; everything else as a letter.
fn sign(heat: Heat, glyphs: &Glyphs, theme: &Theme) -> (&'static str, Style) {
    match heat {
        Heat::NoVault => (".", theme.dim),
        Heat::Level(Level::None) => ("-", theme.dim),
        Heat::Level(Level::Submit) => (glyphs.level(2), theme.text),
        Heat::Level(Level::Read) => (glyphs.level(4), theme.text),
        Heat::Level(Level::Write) => (glyphs.level(6), theme.text),
        Heat::Level(Level::Manage) => (glyphs.level(8), theme.text),
        Heat::Level(Level::Custom) => ("C", theme.warning),
        Heat::ShutOut => ("0", theme.warning),
        Heat::Unknown => ("?", theme.dim),
        Heat::Stray => ("!", theme.bad),
    }
}

/// What the signs mean, and what is known of the student under the cursor.
fn below(
    canvas: &mut Canvas<'_, '_>,
    inside: Rect,
    about: Option<&StatusRow>,
    (shape, all_drift): (&Shape, bool),
) {
    let (state, theme, glyphs) = (canvas.state, canvas.theme, canvas.glyphs);
    let from = inside.height.saturating_sub(BELOW - 1);
    let levels = [Level::Submit, Level::Read, Level::Write, Level::Manage];
    let levels = levels.map(|level| format!("{} {level}", sign(Heat::Level(level), &glyphs, theme).0));
    let everybody = format!("drift with all {}", state.all_rows().len());
    let drift = if all_drift { everybody.as_str() } else { "! drift" };
    let words = [drift, "? unknown", "0 shut out", "C custom", ". no vault", "- none"];
    let first = if shape.is_wide { "own, staff, others" } else { "own" };
    let levels = std::iter::once(first).chain(levels.iter().map(String::as_str));
    legend(canvas, inside, from, levels);
    legend(canvas, inside, from + 1, words.into_iter());
    let Some(row) = about else { return };
    let mut line = canvas.line(inside, from + 2, theme.text);
    line.text(state.named(row), theme.heading).skip(2).text(row.state.label(), theme.text).skip(2);
    line.text(if row.vault.is_some() { row.vault_name.as_str() } else { "no vault" }, theme.dim);
    let level = row.own.level(state.kind()).map_or("unknown", Level::name);
    let mut text = format!("own {level}");
    if row.strays() > 0 {
        let names = row.others.iter().flatten().filter(|other| !other.excepted).map(|other| &other.name);
        let names = names.chain(row.wider.iter().map(|excess| &excess.name));
        let names = names.map(SafeText::as_str).collect::<Vec<_>>().join("; ");
        text = format!("{text}  drift: {names}");
    }
    let style = if row.strays() > 0 { theme.bad } else { theme.text };
    canvas.line(inside, from + 3, theme.text).text(&text, style);
}

/// As many words of a legend as there is room for.
fn legend<'a>(canvas: &mut Canvas<'_, '_>, inside: Rect, y: u16, words: impl Iterator<Item = &'a str>) {
    let theme = canvas.theme;
    let mut line = canvas.line(inside, y, theme.text);
    for word in words {
        if line.room() >= width(word) {
            line.text(word, theme.dim).skip(2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_of_any_size_is_one_page() {
        for count in (0..5_000).step_by(7) {
            for (room, lines) in [(52, 5), (72, 14), (112, 30), (192, 50)] {
                let shape = Shape::of(count, room, lines);
                let cells = count.div_ceil(shape.each);
                assert!(cells.div_ceil(shape.per_line) <= lines, "{count} in {room}x{lines}");
                let wide = if shape.is_wide { WIDE } else { 1 };
                assert!(shape.per_line * wide <= room);
            }
        }
        let shape = Shape::of(2_000, 112, 30);
        assert_eq!((shape.each, shape.is_wide), (1, false), "2,000 students have a cell each");
    }
}
