//! The form for a view that is written to a file.

use ratatui::layout::Rect;

use super::Canvas;
use super::field::field;
use super::forms::place;
use super::overlay::boxed;
use crate::app::export::Saving;
use crate::domain::text::counted;

/// What is written, and where to.
pub(super) fn form(canvas: &mut Canvas<'_, '_>, area: Rect, saving: &Saving) {
    let width = area.width.saturating_sub(4).min(80);
    let inside = boxed(canvas, area, (width, 8), "Write this view to a file");
    let (state, theme) = (canvas.state, canvas.theme);
    let marked = if state.rows.marks.is_empty() { "as shown" } else { "of those that are marked" };
    let (rows, columns) = (saving.sheet.rows.len(), saving.sheet.columns.len());
    let marked = if ["roster", "access"].contains(&saving.sheet.view) { marked } else { "as shown" };
    let what =
        format!("{}: {} {marked}, {}", saving.sheet.view, counted(rows, "row"), counted(columns, "column"));
    canvas.line(inside, 0, theme.text).text(&what, theme.heading);
    field(canvas, inside, 1, &saving.file, true);
    let place = place(&saving.file, state);
    canvas.line(inside, 2, theme.text).text(&place, theme.dim);
    let help = "the ending says the format: .csv .json .md; only you can read the file";
    canvas.line(inside, 3, theme.text).text(help, theme.dim);
    let last = inside.height.saturating_sub(1);
    canvas.line(inside, last, theme.text).text("enter writes   esc leaves", theme.heading);
}
