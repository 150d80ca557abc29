//! What arrived, newest first.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Canvas;
use super::table::{Line, clock, scrolled, size};
use crate::app::State;
use crate::app::msg::Pane;
use crate::domain::activity::{Arrival, ArrivalKind, By};

/// Draws the activity as a pane.
pub(super) fn draw(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let (state, theme) = (canvas.state, canvas.theme);
    let height = usize::from(area.height);
    canvas.memo.viewport.activity = height;
    let count = state.activity.shown().count();
    if count == 0 {
        let text = if state.activity.filter.is_active() {
            "nothing that arrived matches the filter; esc clears it"
        } else {
            "nothing has arrived since the first look"
        };
        Line::new(canvas.frame.buffer_mut(), area, 0, theme.dim).skip(1).text(text, Style::new());
    }
    let first = scrolled(canvas.memo.activity, state.activity.cursor, count, height);
    canvas.memo.activity = first;
    for (at, arrival) in state.activity.shown().enumerate().skip(first).take(height) {
        let selected = at == state.activity.cursor && state.focus == Pane::Activity;
        let base = if selected { theme.selected } else { theme.text };
        let y = u16::try_from(at - first).unwrap_or(u16::MAX);
        let mut line = Line::new(canvas.frame.buffer_mut(), area, y, base);
        line.text(if selected { ">" } else { " " }, Style::new());
        arrival_columns(&mut line, arrival, state, theme);
    }
}

/// The newest two arrivals below another pane.
pub(super) fn strip(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let (state, theme) = (canvas.state, canvas.theme);
    let rule = "─".repeat(usize::from(area.width));
    Line::new(canvas.frame.buffer_mut(), Rect { height: 1, ..area }, 0, theme.border)
        .text(&rule, Style::new());
    let label = match state.activity.unread {
        0 => " activity ".to_owned(),
        unread => format!(" activity: {unread} new "),
    };
    Line::new(
        canvas.frame.buffer_mut(),
        Rect { x: area.x + 2, width: 24, height: 1, ..area },
        0,
        theme.border,
    )
    .text(&label, theme.heading);
    for (y, arrival) in (1..area.height).zip(state.activity.shown()) {
        let mut line = Line::new(canvas.frame.buffer_mut(), area, y, theme.text);
        line.skip(1);
        arrival_columns(&mut line, arrival, state, theme);
    }
}

fn arrival_columns(line: &mut Line<'_>, arrival: &Arrival, state: &State, theme: &super::Theme) {
    let (sign, word, style) = match arrival.kind {
        ArrivalKind::New => ("+", "new", theme.good),
        ArrivalKind::Updated => ("~", "updated", theme.warning),
        ArrivalKind::Removed => ("x", "removed", theme.bad),
    };
    let row = state.all_rows().iter().find(|row| row.key == arrival.student.key);
    let name = row.map_or(arrival.student.key.as_str(), |row| row.name.as_str());
    let bytes: u64 = arrival.files.iter().map(|file| file.size).sum();
    let size = if arrival.files.is_empty() { String::new() } else { size(bytes) };
    let by = match arrival.by {
        By::Student => "",
        By::Instructor => "by staff",
        By::ServiceAccount => "by us",
        By::Other => "by other",
        By::Unknown => "by ?",
    };
    let who = if line.room() < 90 { 18 } else { 24 };
    let title = line.room().saturating_sub(9 + 2 + 8 + who + 1 + 9 + 5 + 9).clamp(8, 60);
    line.column(&clock(arrival.detected_at, &state.setting.zone), 8, theme.dim);
    line.column(sign, 1, style).column(word, 7, style).column(name, who, Style::new());
    line.column(arrival.item.title.as_str(), title, Style::new()).column(&format!("{size:>8}"), 8, theme.dim);
    line.column(&format!("v{}", arrival.item.version), 4, theme.dim).text(by, theme.warning);
}
