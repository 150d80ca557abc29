//! What arrived, newest first.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Canvas;
use super::columns::{Placed, fitting, heading, needs_heading};
use super::figures::{clock, until};
use super::glyphs::Glyphs;
use super::spots::within;
use super::table::Line;
use super::theme::Theme;
use crate::app::State;
use crate::app::activity::HOURS;
use crate::app::actors::client;
use crate::app::columns::{Field, Table};
use crate::app::msg::Pane;
use crate::domain::arrival::{Arrival, ArrivalKind, By};
use crate::domain::submission::Standing;
use crate::domain::text::SafeText;
use crate::domain::transfer;

/// The columns of so many cells.
fn placed(state: &State, room: usize) -> Vec<Placed> {
    fitting(state.tables.of(Table::Activity), room, |field| state.has_column(Table::Activity, field))
}

/// Draws the activity as a pane.
pub(super) fn draw(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let (state, theme) = (canvas.state, canvas.theme);
    let columns = placed(state, usize::from(area.width).saturating_sub(1));
    // A line is worth more to an arrival, unless somebody works with the columns.
    let headed = u16::from(needs_heading(state, Table::Activity) && area.height > 2);
    if headed > 0 {
        heading(canvas, area, (Pane::Activity, Table::Activity), 1, &columns);
    }
    let area = within(area, headed, 0);
    canvas.memo.viewport.activity = usize::from(area.height);
    let count = state.activity.shown().len();
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
    let shown = canvas.rows(area, count, state.activity.cursor);
    let arrivals = state.activity.shown().enumerate().skip(shown.start).take(shown.len());
    for (y, (at, arrival)) in (0..).zip(arrivals) {
        let selected = at == state.activity.cursor && state.focus == Pane::Activity;
        let base = if selected { theme.selected } else { theme.text };
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

/// The newest arrivals below another pane, as many as there is room for.
pub(super) fn strip(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let (state, theme) = (canvas.state, canvas.theme);
    let rule = canvas.glyphs.rule.repeat(usize::from(area.width));
    canvas.line(Rect { height: 1, ..area }, 0, theme.border).text(&rule, Style::new());
    let mut label = match state.activity.unread() {
        0 => " activity ".to_owned(),
        unread => format!(" activity: {unread} new "),
    };
    // The newest of a list that is narrowed are not the newest of all.
    if let Some(narrowed) = unmatched(state) {
        label = format!("{label}{narrowed} ");
    }
    if state.activity.filter.is_active() {
        label = format!("{label}/{} ", state.activity.filter.text());
    }
    let place = Rect { x: area.x + 2, width: area.width.saturating_sub(4), height: 1, ..area };
    canvas.line(place, 0, theme.border).text(&label, theme.heading);
    let columns = placed(state, usize::from(area.width).saturating_sub(1));
    for (y, arrival) in (1..area.height).zip(state.activity.newest()) {
        let mut line = canvas.line(area, y, theme.text);
        line.skip(1);
        one(&mut line, arrival, &columns, state, theme);
    }
}

/// What narrows the activity beside the filter, and how many are left.
pub(super) fn unmatched(state: &State) -> Option<String> {
    let activity = &state.activity;
    let whose =
        activity.only_of.as_ref().map_or_else(String::new, |key| format!(" of {}", state.whom([key])));
    activity.is_narrowed().then(|| format!("[unmatched {}{whose}]", activity.shown().len()))
}

fn one(line: &mut Line<'_>, arrival: &Arrival, columns: &[Placed], state: &State, theme: &Theme) {
    let (sign, style) = match arrival.kind {
        ArrivalKind::New => ("+", theme.good),
        ArrivalKind::Updated => ("~", theme.warning),
        ArrivalKind::Removed => ("x", theme.bad),
    };
    for Placed { field, cells } in columns {
        let (text, style) = match field {
            Field::Time => {
                let time = clock(arrival.detected_at, &state.setting.zone);
                line.column(&time, cells.saturating_sub(2), theme.dim).column(sign, 1, style);
                continue;
            }
            Field::Kind => (arrival.kind.word().to_owned(), style),
            Field::Student => {
                let row = state.row(&arrival.student.key);
                let name = row.map_or(arrival.student.key.as_str(), |row| state.named(row));
                (name.to_owned(), Style::new())
            }
            Field::Title => (state.titled(arrival.item.title.as_str()).into_owned(), Style::new()),
            Field::Size if arrival.files.is_empty() => Default::default(),
            Field::Size => {
                let bytes = arrival.files.iter().fold(0_u64, |sum, file| sum.saturating_add(file.size));
                (format!("{:>8}", transfer::bytes(bytes)), theme.dim)
            }
            Field::Version => (format!("v{}", arrival.item.version), theme.dim),
            Field::Assignment => work(arrival, theme),
            Field::Handed => {
                let handed = state.jobs.handed(arrival.seq);
                handed.map(|handed| super::jobs::handed(handed, theme)).unwrap_or_default()
            }
            Field::Copy if arrival.saved.is_some() => ("saved".to_owned(), theme.good),
            Field::Actor => (state.actor(arrival).unwrap_or_default(), Style::new()),
            Field::Client => (client(arrival).unwrap_or_default(), theme.dim),
            Field::Notes => {
                // What there is to say may be longer than its column: it is the last one mostly.
                let last = columns.last().is_some_and(|last| last.field == Field::Notes);
                if last {
                    line.text(&notes(arrival), theme.warning);
                    continue;
                }
                (notes(arrival), theme.warning)
            }
            _ => Default::default(),
        };
        line.column(&text, *cells, style);
    }
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

/// What the `?` behind an assignment stands for; nothing where there is none.
pub(super) fn unjudged(arrival: &Arrival) -> Option<String> {
    let unjudged = arrival.assignment.is_some() && arrival.lateness_s.is_none();
    let why = match arrival.kind {
        ArrivalKind::Removed => "? what is removed is neither on time nor late",
        _ => "? neither on time nor late: excused, or nobody saw on which side of the deadline it came",
    };
    unjudged.then(|| why.to_owned())
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

/// Who is reported to have made it and by which program; nothing where nobody is. With the address that it came
/// from only where a single arrival is looked at, and not while privacy mode is on.
pub(super) fn made_by(arrival: &Arrival, state: &State) -> String {
    let actor = state.actor(arrival).map(|actor| format!("by {actor}"));
    let client = client(arrival).map(|client| format!("with {client}"));
    let address = arrival.client.as_ref().map_or("", |client| client.address.as_str());
    let from = (!address.is_empty()).then(|| format!("from {}", super::veil::foreign(state, address)));
    [actor, client, from].into_iter().flatten().collect::<Vec<_>>().join(" ")
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
    cut.map_or_else(String::new, |oldest| format!(" since {}", until(oldest, state.now, &state.setting.zone)))
}
