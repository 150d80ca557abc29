//! The lines at the bottom, and the first of them: what is under way, and what is known of what is selected.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::layout::Rect;

use super::Canvas;
use super::figures::{moment, until};
use super::matrix::known;
use super::table::Line;
use super::theme::Theme;
use crate::app::assignments::extension_in_words;
use crate::app::command::key_of;
use crate::app::msg::Pane;
use crate::app::overlay::Overlay;
use crate::app::people::next_in_words;
use crate::app::{State, matrix};
use crate::domain::access::{Level, Principal};
use crate::domain::query::StatusRow;
use crate::domain::text::counted;

/// How many lines the bottom of a screen takes.
pub(super) fn lines(screen: Rect) -> u16 {
    if screen.height < 20 { 2 } else { 3 }
}

/// Status, keys and message at the bottom; returns how many lines they take.
pub(super) fn bottom(canvas: &mut Canvas<'_, '_>, area: Rect) -> u16 {
    let lines = lines(area);
    let area = Rect { y: area.bottom() - lines, height: lines, ..area };
    if lines == 3 {
        status(canvas, area);
    }
    super::footer::keys(canvas, Rect { y: area.bottom() - 2, ..area });
    super::footer::message(canvas, Rect { y: area.bottom() - 1, ..area });
    lines
}

/// What is marked and staged, or what is known of the selected cell.
fn status(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let (state, theme, is_one) = (canvas.state, canvas.theme, canvas.places.is_one());
    let mut line = canvas.line(area, 0, theme.text);
    line.skip(1);
    applying(&mut line, state, theme);
    if let Some(download) = state.jobs.running().filter(|_| state.focus != Pane::Jobs) {
        line.text(&format!("{}: {}", download.task.name(), super::jobs::in_words(download)), theme.staged)
            .skip(2);
    }
    let marks = state.rows.marks.len();
    if marks > 0 {
        let hidden = state.rows.hidden_marks();
        let by = if state.rows.filter.is_active() { "by filter" } else { "here" };
        let hidden = if hidden > 0 { format!(" ({hidden} hidden {by})") } else { String::new() };
        line.text(&format!("{marks} marked{hidden}"), theme.warning).skip(2);
    }
    let items = state.items.marks.len();
    if items > 0 {
        let hidden = match state.hidden_items() {
            0 => String::new(),
            hidden => format!(" ({hidden} of them elsewhere or hidden)"),
        };
        line.text(&format!("{}{hidden}", counted(items, "marked item")), theme.warning).skip(2);
    }
    let staged = state.matrix.staged.len();
    if staged > 0 {
        let hidden = match state.staged_hidden() {
            0 => String::new(),
            hidden => format!(" ({hidden} hidden here)"),
        };
        let (changes, review) = (counted(staged, "access change"), key_of(state, "review"));
        line.text(&format!("{changes} staged{hidden}: {review} reviews"), theme.staged).skip(2);
    }
    selected(&mut line, state, theme, is_one);
}

/// The plan that is carried out behind the panes, and how many wait for it to end.
fn applying(line: &mut Line<'_>, state: &State, theme: &Theme) {
    let Some(job) = state.running() else { return };
    let (done, of) = job.progress();
    let waits = match &job.paused {
        _ if job.held => ", waits".into(),
        Some((at, _)) => {
            let now = job.plan.as_of.unwrap_or(*at);
            format!(", waits until {}", until(*at, now, &state.setting.zone))
        }
        None => String::new(),
    };
    let behind = match state.in_line() {
        0 => String::new(),
        waiting => format!(", {waiting} in line"),
    };
    let shows = key_of(state, if state.matrix.staged.is_empty() { "review" } else { "jobs" });
    line.text(&format!("applying {done} of {of}{waits}{behind}; {shows} shows it"), theme.staged).skip(2);
}

/// What is known of what is selected, or what the pane has to say.
fn selected(line: &mut Line<'_>, state: &State, theme: &Theme, is_one: bool) {
    // The whole matrix tells of its own cell, which is another one than that of the pane below it.
    if matches!(state.overlays.last(), Some(Overlay::Grid(_))) {
        return;
    }
    match state.looked_at() {
        Pane::Access => {
            line.text(&cell_in_words(state), theme.dim);
        }
        Pane::Roster => {
            if let Some(row) = state.selected() {
                line.text(&format!("{}  {}  ", row.key, row.email), theme.dim);
                let head = state.assignment();
                if let Some(own) = head.and_then(|head| state.extension(row, &head.id)) {
                    line.text(&format!("e: {}", extension_in_words(own)), theme.staged).skip(2);
                }
                line.text(&next_in_words(state, row).unwrap_or_default(), theme.warning);
            }
        }
        Pane::Items => {
            if let Some(row) = state.selected() {
                line.text(&format!("{}  {}", row.name, row.vault_name), theme.dim);
            }
        }
        Pane::Attention => {
            if let Some(need) = state.need() {
                let since = need.since.map(|at| until(at, state.now, &state.setting.zone));
                line.text("next: ", theme.dim).text(need.next.as_str(), theme.warning);
                if let Some(since) = since {
                    line.text(&format!("  since {since}"), theme.dim);
                }
            }
        }
        // Beside other panes it stands in the title.
        Pane::Activity if is_one => {
            line.text(&super::activity::chart(state), theme.text);
        }
        Pane::Activity | Pane::Inspector => {
            if let Some(arrival) = state.arrival() {
                line.text(&super::activity::in_words(arrival, state), theme.dim);
            }
        }
        Pane::Jobs => {
            if state.jobs.dead() > 0 {
                line.text("R offers again what was set aside", theme.dim);
            }
        }
    }
}

/// What is known of the selected cell, and how.
fn cell_in_words(state: &State) -> String {
    let (Some(view), Some(row)) = (state.view(), state.selected()) else {
        return String::new();
    };
    let zone = &state.setting.zone;
    let (who, cell) = match matrix::cell(view, row, state.matrix.column) {
        Ok((_, who, cell)) => (who, cell),
        Err(reason) => return reason.into(),
    };
    let staff = view.staff.iter().find(|column| column.who == who).map(|column| &column.name);
    let other = row.others.iter().flatten().find(|other| other.who == who).map(|other| &other.name);
    let name = staff.or(other).unwrap_or(&row.name);
    if row.foreign {
        let level = cell.level(state.kind()).map_or("unknown", Level::name);
        return format!("{name}: {level}; {}", matrix::FOREIGN);
    }
    let name = match stray_in_words(row, &who, zone) {
        Some(stray) => format!("{name}, {stray}"),
        None => name.to_string(),
    };
    // Whoever is not active has nothing of what was given.
    let name = match state.matrix.column {
        0 if !row.state.is_active() => format!("{name}, {}", row.state.label()),
        _ => name,
    };
    format!("{name}: {}", known(cell, state))
}

/// Why somebody should not be on a vault, or has too much there, and since when.
fn stray_in_words(row: &StatusRow, who: &Principal, zone: &TimeZone) -> Option<String> {
    let since =
        |at: Option<Timestamp>| at.map_or_else(String::new, |at| format!(" since {}", moment(at, zone)));
    let wider = row.wider.iter().find(|excess| excess.who == *who);
    let other = row.others.iter().flatten().find(|other| other.who == *who);
    match (wider, other) {
        (Some(excess), _) => Some(format!("more than {}{}", excess.asked, since(excess.since))),
        (None, Some(other)) => Some(format!("{}{}", other.kind?.word(), since(other.since))),
        (None, None) => None,
    }
}
