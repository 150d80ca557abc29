//! Writing cells straight into the buffer: only what is visible is built.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::privacy::Veil;
use crate::domain::text::{fit, pad, width};

/// One line of a pane, written from left to right.
pub(super) struct Line<'a> {
    buffer: &'a mut Buffer,
    x: u16,
    y: u16,
    end: u16,
    base: Style,
    veil: Option<&'a Veil>,
}

impl<'a> Line<'a> {
    /// A line of an area, counted from its top; the whole line gets the base style.
    pub(super) fn new(buffer: &'a mut Buffer, area: Rect, y: u16, base: Style) -> Self {
        let y = area.y + y;
        buffer.set_style(Rect { y, height: 1, ..area }, base);
        Self { buffer, x: area.x, y, end: area.right(), base, veil: None }
    }

    /// The same, with every text hidden as far as it tells who somebody is.
    pub(super) fn behind(self, veil: Option<&'a Veil>) -> Self {
        Self { veil, ..self }
    }

    /// A text as it may be shown; it is cut only then.
    fn shown<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.veil.map_or(text.into(), |veil| veil.hide(text))
    }

    /// Cells left.
    pub(super) fn room(&self) -> usize {
        usize::from(self.end.saturating_sub(self.x))
    }

    /// Writes a text into a column of exactly `cells`, and a space after it.
    pub(super) fn column(&mut self, text: &str, cells: usize, style: Style) -> &mut Self {
        let cells = cells.min(self.room());
        self.write(&pad(&self.shown(text), cells), cells, style);
        self.skip(1)
    }

    /// Writes a text as wide as it is, as far as there is room.
    pub(super) fn text(&mut self, text: &str, style: Style) -> &mut Self {
        let text = self.shown(text);
        let text = fit(&text, self.room());
        self.write(&text, width(&text), style);
        self
    }

    /// Writes a text at the right end.
    pub(super) fn right(&mut self, text: &str, style: Style) {
        let text = self.shown(text);
        let text = fit(&text, self.room());
        let cells = width(&text);
        self.x = self.end - u16::try_from(cells).unwrap_or(0);
        self.write(&text, cells, style);
    }

    /// Leaves cells empty.
    pub(super) fn skip(&mut self, cells: u16) -> &mut Self {
        self.x = (self.x + cells).min(self.end);
        self
    }

    fn write(&mut self, text: &str, cells: usize, style: Style) {
        if cells > 0 {
            self.buffer.set_stringn(self.x, self.y, text, cells, self.base.patch(style));
            self.x = (self.x + u16::try_from(cells).unwrap_or(u16::MAX)).min(self.end);
        }
    }
}

/// Scrolls so that the cursor is visible, moving as little as possible; returns the first row.
pub(super) fn scrolled(offset: usize, cursor: usize, count: usize, height: usize) -> usize {
    let furthest = count.saturating_sub(height);
    let lowest = (cursor + 1).saturating_sub(height);
    offset.clamp(lowest, cursor.max(lowest)).min(furthest)
}

/// Whether a cell holds a letter put together of several characters, whose width terminals count
/// differently.
pub(crate) fn is_put_together(symbol: &str) -> bool {
    symbol.len() > 1 && symbol.chars().nth(1).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scrolling_moves_as_little_as_possible() {
        assert_eq!(scrolled(0, 4, 100, 10), 0);
        assert_eq!(scrolled(0, 10, 100, 10), 1);
        assert_eq!(scrolled(50, 45, 100, 10), 45);
        assert_eq!(scrolled(95, 99, 100, 10), 90);
        assert_eq!(scrolled(3, 0, 0, 10), 0);
    }
}
