//! Boxes: a border with a title, over the panes or beside them, and a page in one.

use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line as Title;
use ratatui::widgets::{Block, Clear};

use super::Canvas;
use super::page::Page;
use super::veil::fit;
use crate::domain::text::width;

/// Below this width a box is as wide as the screen.
const NARROW: u16 = 80;

/// A border in a style with a title at the left, and one at the right where there is one; returns what is inside.
pub(super) fn border(
    canvas: &mut Canvas<'_, '_>,
    area: Rect,
    title: &str,
    right: &str,
    style: Style,
) -> Rect {
    let title = fit(canvas.state, title, usize::from(area.width.saturating_sub(4))).into_owned();
    let mut block = Block::bordered().border_set(canvas.glyphs.border).border_style(style);
    block = block.title(Title::styled(format!(" {title} "), style));
    if !right.is_empty() {
        block = block.title(Title::styled(format!(" {right} "), canvas.theme.text).right_aligned());
    }
    let inside = block.inner(area);
    canvas.frame.render_widget(block, area);
    inside
}

/// A space at the left and at the right of what stands inside a border.
pub(super) fn padded(inside: Rect) -> Rect {
    Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside }
}

/// A box in the middle of an area, at most so large; returns what is inside.
pub(super) fn boxed(
    canvas: &mut Canvas<'_, '_>,
    area: Rect,
    (width, height): (u16, u16),
    title: &str,
) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    let (x, y) = (area.x + (area.width - width) / 2, area.y + (area.height - height) / 2);
    let place = Rect { x, y, width, height };
    whole_letters(canvas, place);
    canvas.frame.render_widget(Clear, place);
    canvas.frame.buffer_mut().set_style(place, canvas.theme.text);
    let inside = border(canvas, place, title, "", canvas.theme.focus);
    // A field, or the selected line of a list, takes it from here.
    canvas.frame.set_cursor_position(Position { x: inside.x, y: inside.y });
    padded(inside)
}

/// The width of a box over an area, of at most so many cells. Where it is narrow a box takes all of it: what
/// would be seen of the panes beside it are parts of words.
pub(super) fn wide(area: Rect, most: u16) -> u16 {
    if area.width < NARROW { area.width } else { (area.width - 4).min(most) }
}

/// The box of a form of so many lines, with its keys on the last one; returns what is above them.
pub(super) fn form(canvas: &mut Canvas<'_, '_>, area: Rect, lines: u16, title: &str, keys: &str) -> Rect {
    let inside = boxed(canvas, area, (wide(area, 80), lines + 2), title);
    let theme = canvas.theme;
    let height = inside.height.saturating_sub(1);
    canvas.line(inside, height, theme.text).text(keys, theme.heading);
    Rect { height, ..inside }
}

/// The cells of a line of a form over an area.
pub(super) fn form_width(area: Rect) -> usize {
    usize::from(wide(area, 80).saturating_sub(4))
}

/// Takes away the wide letters of which a box would cover one half: a terminal has no halves, and the border
/// would not be drawn there.
fn whole_letters(canvas: &mut Canvas<'_, '_>, place: Rect) {
    let Some(before) = place.x.checked_sub(1).filter(|_| place.width > 0) else { return };
    let buffer = canvas.frame.buffer_mut();
    for y in place.y..place.bottom() {
        if width(buffer[(before, y)].symbol()) > 1 {
            buffer[(before, y)].set_symbol(" ");
        }
    }
}

/// The width of a box over an area that holds a page.
pub(super) fn box_width(area: Rect) -> u16 {
    wide(area, 110)
}

/// The cells of a line of such a page.
pub(super) fn page_width(area: Rect) -> usize {
    usize::from(box_width(area).saturating_sub(4))
}

/// The same of a page of rows, which are read across and have no use for being broken.
pub(super) fn rows_width(area: Rect) -> usize {
    usize::from(wide(area, 180).saturating_sub(4))
}

/// A page in a box, from line `top` on, or so that what is selected is seen.
pub(super) fn paged(canvas: &mut Canvas<'_, '_>, area: Rect, page: &Page<'_>, top: usize) {
    let count = page.lines.len();
    let height = u16::try_from(count + 2).unwrap_or(u16::MAX).clamp(5, area.height);
    let room = usize::from(height - 2);
    let furthest = count.saturating_sub(room);
    let top = page.selected.map_or(top, |line| (line + 2).saturating_sub(room)).min(furthest);
    // What is below matters more than the end of a long title.
    let below = if furthest > top { format!("  ({} more below)", furthest - top) } else { String::new() };
    let title = fit(canvas.state, &page.title, page.width.saturating_sub(below.len()));
    let title = format!("{title}{below}");
    let wide = u16::try_from(page.width + 4).unwrap_or(u16::MAX);
    let inside = boxed(canvas, area, (wide, height), &title);
    canvas.memo.viewport.overlay = furthest;
    for (y, (text, style)) in (0..inside.height).zip(page.lines.iter().skip(top)) {
        canvas.line(inside, y, canvas.theme.text).text(text, *style);
    }
    let line = page.selected.and_then(|line| u16::try_from(line.saturating_sub(top)).ok());
    if let Some(line) = line {
        let y = inside.y + line.min(inside.height.saturating_sub(1));
        canvas.frame.set_cursor_position(Position { x: inside.x, y });
    }
}
