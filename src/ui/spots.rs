//! Where panes and their rows stand in the last frame: for the mouse, which finds them there, and for the
//! terminal's cursor, which is parked on the selected row, so that magnifiers and screen readers follow it.

use ratatui::layout::{Position, Rect};

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
pub fn hit(memo: &Memo, column: u16, row: u16) -> Option<Spot> {
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
    /// Notes where the rows of the pane that is drawn stand: from line `top` of an area on, those of `count`
    /// from `first` on, one of which is selected.
    pub(super) fn stand(&mut self, area: Rect, top: u16, (first, count): (usize, usize), selected: usize) {
        let Some(place) = self.memo.spots.last_mut() else { return };
        let room = area.height.saturating_sub(top);
        let height = u16::try_from(count.saturating_sub(first)).unwrap_or(u16::MAX).min(room);
        let rows = Rect { y: area.y + top, height, ..area };
        place.rows = Some((rows, first));
        let typed = self.state.overlays.is_empty() && self.state.filter().editing;
        let line = selected.checked_sub(first).and_then(|line| u16::try_from(line).ok());
        if let Some(line) = line.filter(|line| *line < height)
            && place.pane == self.state.focus
            && !typed
        {
            self.frame.set_cursor_position(Position { x: rows.x, y: rows.y + line });
        }
    }
}
