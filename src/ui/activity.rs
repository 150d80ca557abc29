//! What arrived, newest first.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Canvas;
use super::glyphs::Glyphs;
use super::table::{Line, clock, scrolled, size};
use super::theme::Theme;
use crate::app::State;
use crate::app::activity::HOURS;
use crate::app::msg::Pane;
use crate::domain::activity::{Arrival, ArrivalKind, By};
use crate::domain::submission::Standing;
use crate::domain::text::SafeText;

/// Widths of what folds; the time, the sign, the name, the title and the version always stand.
const WORK: usize = 24;
const HANDED: usize = 9;
const WORD: usize = 7;
const SIZE: usize = 8;
const COPY: usize = 5;
const NOTE: usize = 9;
const TITLE_AT_LEAST: usize = 16;

/// Which columns there is room for; one that is left out has no width.
struct Columns {
    who: usize,
    title: usize,
    work: usize,
    handed: usize,
    kind: usize,
    size: usize,
    copy: usize,
}

impl Columns {
    fn of(room: usize, state: &State) -> Self {
        let who = if room < 90 { 18 } else { 24 };
        let mut left = room.saturating_sub(9 + 2 + who + 1 + TITLE_AT_LEAST + 1 + 5);
        let mut take = |cells: usize, wanted: bool| {
            if !wanted || left <= cells {
                return 0;
            }
            left -= cells + 1;
            cells
        };
        let work = take(WORK, !state.assignments().is_empty());
        let handed = take(HANDED, !state.jobs.consumers().is_empty());
        let (kind, size) = (take(WORD, true), take(SIZE, true));
        let copy = take(COPY, state.activity.arrivals.iter().any(|arrival| arrival.saved.is_some()));
        take(NOTE, true);
        Self { who, title: (TITLE_AT_LEAST + left).min(60), work, handed, kind, size, copy }
    }
}

/// Draws the activity as a pane.
pub(super) fn draw(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let (state, theme) = (canvas.state, canvas.theme);
    let height = usize::from(area.height);
    canvas.memo.viewport.activity = height;
    let count = state.activity.shown().count();
    if count == 0 {
        let text = if state.activity.filter.is_active() {
            "nothing that arrived matches the filter; esc clears it"
        } else if state.activity.is_narrowed() {
            "every upload belongs to an assignment; u shows everything"
        } else {
            "nothing has arrived since the first look"
        };
        canvas.line(area, 0, theme.dim).skip(1).text(text, Style::new());
    }
    let first = scrolled(canvas.memo.activity, state.activity.cursor, count, height);
    canvas.memo.activity = first;
    canvas.stand(area, 0, (first, count), state.activity.cursor);
    let columns = Columns::of(usize::from(area.width).saturating_sub(1), state);
    for (at, arrival) in state.activity.shown().enumerate().skip(first).take(height) {
        let selected = at == state.activity.cursor && state.focus == Pane::Activity;
        let base = if selected { theme.selected } else { theme.text };
        let y = u16::try_from(at - first).unwrap_or(u16::MAX);
        let mut line = canvas.line(area, y, base);
        let (mark, style) = match (selected, arrival.seq > state.activity.rule) {
            (true, _) => (">", Style::new()),
            (false, true) => ("|", theme.focus),
            (false, false) => (" ", Style::new()),
        };
        line.text(mark, style);
        one(&mut line, arrival, &columns, state, theme);
    }
}

/// The newest two arrivals below another pane.
pub(super) fn strip(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let (state, theme) = (canvas.state, canvas.theme);
    let rule = canvas.glyphs.rule.repeat(usize::from(area.width));
    canvas.line(Rect { height: 1, ..area }, 0, theme.border).text(&rule, Style::new());
    let mut label = match state.activity.unread() {
        0 => " activity ".to_owned(),
        unread => format!(" activity: {unread} new "),
    };
    // Two lines of a list that is narrowed are not the newest two.
    if let Some(narrowed) = super::frame::unmatched(state) {
        label = format!("{label}{narrowed} ");
    }
    if state.activity.filter.is_active() {
        label = format!("{label}/{} ", state.activity.filter.text());
    }
    let place = Rect { x: area.x + 2, width: area.width.saturating_sub(4), height: 1, ..area };
    canvas.line(place, 0, theme.border).text(&label, theme.heading);
    let columns = Columns::of(usize::from(area.width).saturating_sub(1), state);
    for (y, arrival) in (1..area.height).zip(state.activity.shown()) {
        let mut line = canvas.line(area, y, theme.text);
        line.skip(1);
        one(&mut line, arrival, &columns, state, theme);
    }
}

fn one(line: &mut Line<'_>, arrival: &Arrival, columns: &Columns, state: &State, theme: &Theme) {
    let (sign, word, style) = match arrival.kind {
        ArrivalKind::New => ("+", "new", theme.good),
        ArrivalKind::Updated => ("~", "updated", theme.warning),
        ArrivalKind::Removed => ("x", "removed", theme.bad),
    };
    let name = state.row(&arrival.student.key).map_or(arrival.student.key.as_str(), |row| state.named(row));
    line.column(&clock(arrival.detected_at, &state.setting.zone), 8, theme.dim).column(sign, 1, style);
    if columns.kind > 0 {
        line.column(word, columns.kind, style);
    }
    line.column(name, columns.who, Style::new());
    line.column(&state.titled(arrival.item.title.as_str()), columns.title, Style::new());
    if columns.size > 0 {
        let bytes: u64 = arrival.files.iter().map(|file| file.size).sum();
        let size = if arrival.files.is_empty() { String::new() } else { size(bytes) };
        line.column(&format!("{size:>8}"), columns.size, theme.dim);
    }
    line.column(&format!("v{}", arrival.item.version), 4, theme.dim);
    if columns.work > 0 {
        let (text, style) = work(arrival, theme);
        line.column(&text, columns.work, style);
    }
    if columns.handed > 0 {
        let handed = state.jobs.handed(arrival.seq).map(|handed| super::jobs::handed(handed, theme));
        let (text, style) = handed.unwrap_or_default();
        line.column(&text, columns.handed, style);
    }
    if columns.copy > 0 {
        line.column(if arrival.saved.is_some() { "saved" } else { "" }, columns.copy, theme.good);
    }
    line.text(&notes(arrival), theme.warning);
}

/// The assignment of an arrival, and how late it was; empty where there is nothing to claim it.
pub(super) fn work(arrival: &Arrival, theme: &Theme) -> (String, Style) {
    match (&arrival.assignment, arrival.lateness_s) {
        (Some(id), Some(late)) if late > 0 => {
            // The first version counts: a later one that came late says nothing against it.
            let updated = if arrival.kind == ArrivalKind::Updated { "updated, " } else { "" };
            (format!("{id} {updated}{}", Standing::Late(late).in_words()), theme.warning)
        }
        (Some(id), Some(_)) => (format!("{id} on time"), theme.good),
        (Some(id), None) => (format!("{id} ?"), theme.dim),
        (None, _) if arrival.unmatched => ("unmatched".into(), theme.warning),
        (None, _) => (String::new(), theme.dim),
    }
}

/// Who did it where it was not the student, and what was not seen of it.
pub(super) fn notes(arrival: &Arrival) -> String {
    let by = match arrival.by {
        By::Student => "",
        By::Instructor => "by staff",
        By::ServiceAccount => "by us",
        By::Other => "by other",
        // Of what is gone nobody tells who took it away.
        By::Unknown if arrival.kind == ArrivalKind::Removed => "",
        By::Unknown => "by ?",
    };
    match (arrival.changes, by) {
        (0 | 1, by) => by.to_owned(),
        (changes, "") => format!("{changes} changes, latest seen"),
        (changes, by) => format!("{by}, {changes} changes, latest seen"),
    }
}

/// What there is no column for: what was not seen, where the copy is, and each consumer.
pub(super) fn in_words(arrival: &Arrival, state: &State) -> String {
    let mut parts = vec![notes(arrival)];
    parts.extend(arrival.saved.as_ref().map(|saved| format!("saved as {}", SafeText::new(&saved.path))));
    for consumer in state.jobs.consumers() {
        let word = super::jobs::word(consumer.of(arrival.seq));
        parts.push(format!("{} {word}", consumer.consumer));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("; ")
}

/// Uploads an hour over the last day, as blocks: it moves with what arrives and on the hour only.
/// Begins with the first hour in which any came; empty where they came in one hour only.
pub(super) fn chart(state: &State) -> String {
    let glyphs = Glyphs::of(state.setting.ascii);
    let hours = state.activity.an_hour(state.now, &state.setting.zone);
    let most = hours.iter().copied().max().unwrap_or(0);
    if hours.iter().filter(|count| **count > 0).count() < 2 {
        return String::new();
    }
    let block = |count: &u32| match (u64::from(*count) * 8).div_ceil(u64::from(most)) {
        0 => "_",
        eighths => glyphs.level(usize::try_from(eighths).unwrap_or(8)),
    };
    let blocks: String = hours.iter().skip_while(|count| **count == 0).map(block).collect();
    let since = counted_since(state);
    let of = since.strip_prefix(' ').map_or_else(String::new, |since| format!("{since} "));
    format!("uploads/h {of}{blocks} most {most}")
}

/// Since when uploads are counted, where that is not the whole time: what was not read cannot be counted. With
/// a space before it; empty where nothing is missing.
pub(super) fn counted_since(state: &State) -> String {
    let oldest = state.activity.arrivals.front().map(|arrival| arrival.detected_at);
    let whole = state.now.checked_sub(jiff::SignedDuration::from_hours(i64::try_from(HOURS).unwrap_or(0)));
    let cut = oldest.filter(|oldest| state.activity.is_cut && whole.is_ok_and(|whole| *oldest > whole));
    cut.map_or_else(String::new, |oldest| {
        format!(" since {}", super::header::until(oldest, state.now, &state.setting.zone))
    })
}
