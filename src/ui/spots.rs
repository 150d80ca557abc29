//! Where panes and their rows stand in the last frame: for the mouse, which finds them there, and for the
//! terminal's cursor, which is parked on the selected row, so that magnifiers and screen readers follow it.

use std::ops::Range;

use ratatui::layout::{Position, Rect};

use super::table::scrolled;
use super::{Canvas, Memo};
use crate::app::mouse::Spot;
use crate::app::msg::Pane;

/// A pane on the screen.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pane: Pane,
    area: Rect,
    /// Its rows: where they stand, and the number of the first of them.
    rows: Option<(Rect, usize)>,
}

impl Place {
    /// A pane whose rows are not known yet.
    pub(super) fn of(pane: Pane, area: Rect) -> Self {
        Self { pane, area, rows: None }
    }
}

/// What is drawn at a place of the last frame, if a pane is.
pub(crate) fn hit(memo: &Memo, column: u16, row: u16) -> Option<Spot> {
    let at = Position { x: column, y: row };
    let place = memo.spots.iter().find(|place| place.area.contains(at))?;
    let row = place.rows.filter(|(rows, _)| rows.contains(at));
    let row = row.map(|(rows, first)| first + usize::from(at.y - rows.y));
    Some(Spot { pane: place.pane, row })
}

/// Puts the terminal's cursor on what is selected in what lies over the panes: so far to the right and down in an
/// area.
pub(super) fn park(canvas: &mut Canvas<'_, '_>, area: Rect, right: u16, down: u16) {
    let at = Position { x: area.x.saturating_add(right), y: area.y.saturating_add(down) };
    if area.contains(at) {
        canvas.frame.set_cursor_position(at);
    }
}

impl Canvas<'_, '_> {
    /// Scrolls the list of the pane that is drawn, so that its selected row is seen, and notes where its rows
    /// stand; returns which of them are on the screen, from the first line of the area on.
    pub(super) fn rows(&mut self, area: Rect, count: usize, selected: usize) -> Range<usize> {
        let Some(place) = self.memo.spots.last_mut() else { return 0..0 };
        let (pane, height) = (place.pane, usize::from(area.height));
        let top = &mut self.memo.tops[pane.number()];
        *top = scrolled(*top, selected, count, height);
        let shown = *top..(*top + height).min(count);
        let lines = u16::try_from(shown.len()).unwrap_or(area.height);
        place.rows = Some((Rect { height: lines, ..area }, shown.start));
        let typed = self.state.overlays.is_empty() && self.state.filter().editing;
        if pane == self.state.focus && !typed && shown.contains(&selected) {
            let line = u16::try_from(selected - shown.start).unwrap_or(0);
            self.frame.set_cursor_position(Position { x: area.x, y: area.y + line });
        }
        shown
    }

    /// Says at the bottom right of an area which rows of so many are on the screen.
    pub(super) fn position(&mut self, area: Rect, shown: &Range<usize>, count: usize) {
        if area.height < 2 || shown.is_empty() {
            return;
        }
        let text = format!("{}-{} of {count} ", shown.start + 1, shown.end);
        let dim = self.theme.dim;
        self.line(area, area.height - 1, self.theme.text).right(&text, dim);
    }
}

/// An area without so many lines at its top and at its bottom.
pub(super) fn within(area: Rect, top: u16, bottom: u16) -> Rect {
    let top = top.min(area.height);
    Rect { y: area.y + top, height: area.height.saturating_sub(top + bottom), ..area }
}
