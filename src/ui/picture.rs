//! Pictures: uploads an hour, a timeline against the deadline, the access of the whole class, and the ration.
//! What they count comes from the domain and the state; here it only gets cells.

mod chart;
mod gauge;
mod heat;

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Canvas;
use super::boxes::{border, boxed, padded, wide};
use super::figures::until;
use super::veil::{fit, wrap};
use crate::app::activity::{HOURS, next_hour};
use crate::app::picture::{Picture, scale};
use crate::app::remote::Remote;
use crate::domain::query::{AssignmentHead, Submissions};
use crate::domain::timeline::Timeline;
use chart::{Bar, Chart, Mark, plot_width};

/// Draws a picture over the panes.
pub(super) fn draw(canvas: &mut Canvas<'_, '_>, area: Rect, picture: &Picture) {
    let height = area.height.saturating_sub(1);
    canvas.memo.viewport.overlay = 0;
    match picture {
        Picture::Uploads => {
            let inside = boxed(canvas, area, (wide(area, 110), height.min(24)), "Uploads an hour");
            uploads(canvas, inside);
        }
        Picture::Timeline { assignment, found } => {
            let inside = boxed(canvas, area, (wide(area, 140), height.min(36)), &title(canvas, assignment));
            timeline(canvas, inside, assignment, found);
        }
        Picture::HeatMap { cursor } => heat::draw(canvas, area, *cursor),
        Picture::Budget => gauge::draw(canvas, area),
    }
}

/// The picture beside the activity, with its border.
pub(super) fn beside(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let inside = border(canvas, area, "Uploads an hour", "", canvas.theme.border);
    uploads(canvas, padded(inside));
}

/// Uploads of each of the last hours, with a scale and the hours below.
fn uploads(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let (state, theme) = (canvas.state, canvas.theme);
    let hours = state.activity.an_hour(state.now, &state.setting.zone);
    let most = hours.iter().copied().max().unwrap_or(0);
    let end = next_hour(state.now, &state.setting.zone).unwrap_or(state.now);
    let begins = |at: usize| {
        let ago = i64::try_from(HOURS - at).unwrap_or(0);
        end.checked_sub(jiff::SignedDuration::from_hours(ago)).unwrap_or(end)
    };
    let hour = |at: usize| begins(at).to_zoned(state.setting.zone.clone()).strftime("%H").to_string();
    let bars: Vec<Bar> = hours.iter().map(|count| Bar { value: Some(*count), good: *count }).collect();
    // Every hour where there is room, else every third.
    let each = plot_width(area) / HOURS;
    let step = if each >= 3 { 1 } else { 3 };
    let labels = (0..HOURS).filter(|at| at % step == 0).map(|at| (at, hour(at))).collect();
    let total: u32 = hours.iter().sum();
    let note = super::activity::counted_since(state);
    let text = format!("{total} in {HOURS} hours{note}, most {most} in one");
    canvas.line(area, 0, theme.text).text(&text, Style::new());
    let below = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let chart = Chart { bars, top: scale(most), labels, mark: None, style: theme.text, over: theme.text };
    chart::draw(canvas, below, &chart);
}

fn title(canvas: &Canvas<'_, '_>, assignment: &AssignmentHead) -> String {
    let state = canvas.state;
    let due = until(assignment.due, state.now, &state.setting.zone);
    format!("Timeline {}  due {due}  {}", assignment.id, fit(state, assignment.title.as_str(), 40))
}

/// Who had handed in by when: on time in one style, what came later on top of it in another.
fn timeline(
    canvas: &mut Canvas<'_, '_>,
    area: Rect,
    assignment: &AssignmentHead,
    found: &Remote<Box<Submissions>>,
) {
    let (state, theme) = (canvas.state, canvas.theme);
    let Some(list) = &found.value else {
        let (text, style) = match found.fault() {
            Some(fault) => (fault.to_string(), theme.bad),
            None => ("looking up who has handed in".to_owned(), theme.dim),
        };
        for (y, line) in (0..area.height).zip(wrap(state, &text, area.width.into())) {
            canvas.line(area, y, style).text(&line, Style::new());
        }
        return;
    };
    let line = Timeline::of(&list.verdicts, assignment.due, state.now, plot_width(area).max(1));
    let by_deadline = line.handed_in.get(line.due_in).copied().flatten();
    let bars = line.handed_in.iter().enumerate().map(|(at, value)| {
        let good = if at <= line.due_in { *value } else { by_deadline.or(*value) };
        Bar { value: *value, good: good.unwrap_or(0) }
    });
    let handed_in = line.handed_in.iter().flatten().last().copied().unwrap_or(0);
    let all = [
        (line.on_time, "on time", theme.good),
        (line.late, "late", theme.warning),
        (line.missing, "missing", theme.bad),
        (line.open, "not yet due", theme.text),
        (line.unknown, "unknown", theme.dim),
        (line.excused, "excused", theme.dim),
    ];
    let mut head = canvas.line(area, 0, theme.text);
    head.text(&format!("{handed_in} of {} handed in", line.asked), theme.heading).skip(2);
    for (count, word, style) in all.into_iter().filter(|(count, ..)| *count > 0) {
        let text = format!("{count} {word}");
        if head.room() >= text.len() {
            head.text(&text, style).skip(2);
        }
    }
    let (parts, zone) = (line.handed_in.len(), &state.setting.zone);
    let labels = vec![(0, until(line.from, state.now, zone)), (parts, until(line.until, state.now, zone))];
    let due = format!("due {}", until(assignment.due, state.now, zone));
    let chart = Chart {
        bars: bars.collect(),
        // What is missing to the top is who has not handed in.
        top: line.asked.max(handed_in).max(1),
        labels,
        mark: Some(Mark { at: line.due_in, word: due }),
        style: theme.good,
        over: theme.warning,
    };
    chart::draw(canvas, Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area }, &chart);
}
