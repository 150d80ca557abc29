//! A text field: as much of what is typed as there is room for, and the cursor in its cell.

use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use tui_input::Input;
use unicode_segmentation::UnicodeSegmentation as _;

use super::Canvas;
use crate::domain::text::{SafeText, width};

/// Draws a text field on a line of an area; its cursor is shown where it has the keys.
pub(super) fn field(canvas: &mut Canvas<'_, '_>, inside: Rect, y: u16, input: &Input, active: bool) {
    let style = if active { canvas.theme.selected } else { canvas.theme.shadow };
    behind(canvas, inside, y, ("", Style::new()), (input, style), active);
}

/// The same behind a sign.
pub(super) fn behind(
    canvas: &mut Canvas<'_, '_>,
    inside: Rect,
    y: u16,
    (sign, sign_style): (&str, Style),
    (input, style): (&Input, Style),
    active: bool,
) {
    let before = u16::try_from(width(sign)).unwrap_or(0);
    let room = inside.width.saturating_sub(before);
    let (mut shown, cursor) = window(input, usize::from(room));
    let whole = SafeText::new(input.value());
    let hidden = canvas.state.veiled(whole.as_str());
    if hidden != whole.as_str() {
        // What is hidden is not cut: half a name would be found no more.
        shown = hidden.into_owned();
    }
    let base = canvas.theme.text;
    canvas.line(inside, y, base).text(sign, sign_style).text(&shown, style);
    if active {
        let x = (inside.x + before + cursor).min(inside.right().saturating_sub(1));
        canvas.frame.set_cursor_position(Position { x, y: inside.y + y });
    }
}

/// As much of what is typed as fits with the cursor in it, and the cursor's cell. Whole letters only: one of
/// two cells is never cut.
fn window(input: &Input, room: usize) -> (String, u16) {
    let value = input.value();
    let at = value.char_indices().nth(input.cursor()).map_or(value.len(), |(at, _)| at);
    let (before, after) = value.split_at_checked(at).unwrap_or((value, ""));
    let (before, after) = (SafeText::new(before), SafeText::new(after));
    let (mut shown, mut cells) = (before.as_str(), width(before.as_str()));
    while cells >= room.max(1) {
        let Some(first) = shown.graphemes(true).next() else { break };
        shown = shown.get(first.len()..).unwrap_or_default();
        cells -= width(first);
    }
    let mut text = shown.to_owned();
    let mut used = cells;
    for grapheme in after.as_str().graphemes(true) {
        used += width(grapheme);
        if used > room {
            break;
        }
        text.push_str(grapheme);
    }
    (text, u16::try_from(cells).unwrap_or(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, back: usize, room: usize) -> (String, u16) {
        let mut input = Input::new(text.into());
        for _ in 0..back {
            input.handle(tui_input::InputRequest::GoToPrevChar);
        }
        window(&input, room)
    }

    #[test]
    fn the_cursor_stands_in_its_cell() {
        assert_eq!(shown("hw3", 0, 10), ("hw3".into(), 3));
        assert_eq!(shown("王小明", 0, 10), ("王小明".into(), 6));
        assert_eq!(shown("王小明", 1, 10), ("王小明".into(), 4));
        assert_eq!(shown("e\u{301}a", 1, 10), ("e\u{301}a".into(), 1));
    }

    #[test]
    fn what_is_longer_than_the_field_moves_with_the_cursor() {
        assert_eq!(shown("abcdefgh", 0, 5), ("efgh".into(), 4));
        assert_eq!(shown("abcdefgh", 8, 5), ("abcde".into(), 0));
        // Half of a wide letter is not shown.
        assert_eq!(shown("王小明", 0, 4), ("明".into(), 2));
        assert_eq!(shown("王小明", 3, 5), ("王小".into(), 0));
        assert_eq!(shown("王", 0, 1), (String::new(), 0));
    }
}
