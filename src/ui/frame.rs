//! What surrounds the panes: tabs, borders, and the lines at the bottom.

use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line as Title;
use ratatui::widgets::{Block, BorderType};

use super::Canvas;
use super::header::until;
use super::table::{Line, moment};
use crate::app::command::{Command, Context, available, find};
use crate::app::key::Chord;
use crate::app::msg::Pane;
use crate::app::people::next_in_words;
use crate::app::{Live, State, Weight, matrix};
use crate::domain::access::Cell;
use crate::domain::text::fit;

/// Says how large the terminal has to be.
pub(super) fn too_small(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let (wide, high) = super::SMALLEST;
    let text = format!("Strongroom needs {wide}x{high}, this terminal has {}x{}", area.width, area.height);
    for (y, line) in (0..area.height).zip(crate::domain::text::wrap(&text, area.width.into())) {
        Line::new(canvas.frame.buffer_mut(), area, y, canvas.theme.text).text(&line, Style::new());
    }
}

/// The panes by name, one of them chosen.
pub(super) fn tabs(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let (state, theme) = (canvas.state, canvas.theme);
    let mut line = Line::new(canvas.frame.buffer_mut(), area, 0, theme.text);
    line.skip(1);
    for pane in Pane::ALL {
        let unread = match pane {
            Pane::Activity if state.activity.unread > 0 => format!("({})", state.activity.unread),
            _ => String::new(),
        };
        let name = format!("{} {}{unread}", pane.number(), pane.name());
        if pane == state.focus {
            line.text(&format!("[{name}]"), theme.focus).skip(1);
        } else {
            line.text(&name, theme.text).skip(2);
        }
    }
    let filter = state.filter();
    if filter.is_active() && !filter.editing {
        line.right(&format!("/{} ", fit(filter.text(), 24)), theme.warning);
    }
}

/// A pane's border with its title; returns what is inside.
pub(super) fn boxed(canvas: &mut Canvas<'_, '_>, pane: Pane, area: Rect) -> Rect {
    let (state, theme) = (canvas.state, canvas.theme);
    let style = if state.focus == pane && state.overlays.is_empty() { theme.focus } else { theme.border };
    let room = usize::from(area.width.saturating_sub(4));
    let title = fit(&title(state, pane), room).into_owned();
    let block = Block::bordered().border_type(BorderType::Plain).border_style(style);
    let block = block.title(Title::styled(format!(" {title} "), style));
    let inside = block.inner(area);
    canvas.frame.render_widget(block, area);
    inside
}

fn title(state: &State, pane: Pane) -> String {
    let mut title = match (pane, state.view()) {
        (Pane::Roster, Some(view)) => format!("{} {} {}", pane.number(), pane.name(), view.total),
        _ => format!("{} {}", pane.number(), pane.name()),
    };
    let mut add = |text: String| title.extend(["  ", text.as_str()]);
    let counts = state.rows.counts;
    match pane {
        Pane::Roster => {
            add(format!("active {}", counts.active));
            if counts.awaiting > 0 {
                add(format!("no vault {}", counts.awaiting));
            }
            if counts.shut_out > 0 {
                add(format!("no access {}", counts.shut_out));
            }
            if counts.pending > 0 {
                add(format!("pending {}", counts.pending));
            }
        }
        Pane::Items => match state.selected() {
            Some(row) => add(row.name.to_string()),
            None => add("nobody selected".into()),
        },
        Pane::Access => {
            if counts.drift > 0 {
                add(format!("unexpected access {}", counts.drift));
            }
            if !state.matrix.staged.is_empty() {
                add(format!("{} staged", state.matrix.staged.len()));
            }
        }
        Pane::Activity => {
            add(if state.activity.follow { "following".into() } else { "f follows".into() });
            if state.activity.unread > 0 {
                add(format!("{} new", state.activity.unread));
            }
        }
    }
    let filter = match pane {
        Pane::Roster | Pane::Access => &state.rows.filter,
        Pane::Items => &state.item_filter,
        Pane::Activity => &state.activity.filter,
    };
    if filter.is_active() {
        add(format!("/{}", filter.text()));
    }
    title
}

/// Status, keys and message at the bottom; returns how many lines they take.
pub(super) fn bottom(canvas: &mut Canvas<'_, '_>, area: Rect) -> u16 {
    let lines = if area.height < 20 { 2 } else { 3 };
    let area = Rect { y: area.bottom() - lines, height: lines, ..area };
    if lines == 3 {
        status(canvas, area);
    }
    keys(canvas, Rect { y: area.bottom() - 2, ..area });
    message(canvas, Rect { y: area.bottom() - 1, ..area });
    lines
}

/// What is marked and staged, or what is known of the selected cell.
fn status(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let (state, theme) = (canvas.state, canvas.theme);
    let mut line = Line::new(canvas.frame.buffer_mut(), area, 0, theme.text);
    line.skip(1);
    if let Some(job) = &state.job {
        let (done, of) = job.progress();
        let waits = job.paused.as_ref().map(|(at, _)| {
            let now = job.plan.as_of.unwrap_or(*at);
            format!(", waits until {}", until(*at, now, &state.setting.zone))
        });
        let text = format!("applying {done} of {of}{}; A shows it", waits.unwrap_or_default());
        line.text(&text, theme.staged).skip(2);
    }
    let marks = state.rows.marks.len();
    if marks > 0 {
        let hidden = state.rows.hidden_marks(state.all_rows());
        let hidden = if hidden > 0 { format!(" ({hidden} hidden by filter)") } else { String::new() };
        line.text(&format!("{marks} marked{hidden}"), theme.warning).skip(2);
    }
    let staged = state.matrix.staged.len();
    if staged > 0 {
        let changes = if staged == 1 { "change" } else { "changes" };
        line.text(&format!("{staged} access {changes} staged: A reviews"), theme.staged).skip(2);
    }
    match state.focus {
        Pane::Access => {
            line.text(&cell_in_words(state), theme.dim);
        }
        Pane::Roster => {
            if let Some(row) = state.selected() {
                line.text(&format!("{}  {}  ", row.key, row.email), theme.dim);
                line.text(&next_in_words(state, row).unwrap_or_default(), theme.warning);
            }
        }
        Pane::Items => {
            if let Some(row) = state.selected() {
                line.text(&format!("{}  {}", row.name, row.vault_name), theme.dim);
            }
        }
        Pane::Activity => {}
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
    let level = cell.level(state.kind()).map_or("unknown", crate::domain::access::Level::name);
    if row.foreign {
        return format!("{name}: {level}; {}", matrix::FOREIGN);
    }
    match cell {
        Cell::Proved { at, .. } => format!("{name}: {level}, read {}", moment(at, zone)),
        Cell::Ledger { at, .. } => format!("{name}: {level}, as we granted it {}", moment(at, zone)),
        Cell::Unknown { why } => format!("{name}: unknown, {}", why.words()),
    }
}

/// The footer: the keys of where we are, as many as fit.
fn keys(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let (state, theme) = (canvas.state, canvas.theme);
    let mut line = Line::new(canvas.frame.buffer_mut(), area, 0, theme.text);
    line.skip(1);
    if state.overlays.is_empty() && state.filter().editing {
        line.text("enter", theme.heading).text(" keep  ", theme.dim);
        line.text("esc", theme.heading).text(" clear  ", theme.dim);
        line.text("!", theme.heading).text(" in front turns it round", theme.dim);
        return;
    }
    // A key that means something nearer by here is not the one to show.
    let key = |command: &Command| {
        let free = |key: &&Chord| find(state, **key).is_some_and(|found| std::ptr::eq(found, command));
        command.keys.iter().find(free).map(ToString::to_string)
    };
    let hints = available(state).filter_map(|command| Some((command, key(command)?, command.hint?)));
    let can = |command: &Command| !command.is_occasional() || (command.plan)(state).is_ok();
    let (last, first): (Vec<_>, Vec<_>) = hints
        .filter(|(command, ..)| can(command))
        .partition(|(command, ..)| command.context == Context::Anywhere);
    // Help and the way out are always there.
    let size = |key: &str, hint: &str| key.len() + hint.len() + 3;
    let kept: usize = last.iter().map(|(_, key, hint)| size(key, hint)).sum();
    let fits = |line: &Line<'_>, key: &str, hint: &str| line.room() >= size(key, hint) + kept;
    for (_, key, hint) in &first {
        if fits(&line, key, hint) {
            line.text(key, theme.heading).skip(1).text(hint, theme.dim).skip(2);
        }
    }
    for (_, key, hint) in &last {
        line.text(key, theme.heading).skip(1).text(hint, theme.dim).skip(2);
    }
}

/// The last line: the filter while it is typed, else what there is to say.
fn message(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let (state, theme) = (canvas.state, canvas.theme);
    let filter = state.filter();
    if state.overlays.is_empty() && filter.editing {
        let mut line = Line::new(canvas.frame.buffer_mut(), area, 0, theme.text);
        line.text("/", theme.heading).text(filter.text(), theme.text);
        let x = area.x + 1 + u16::try_from(filter.cursor()).unwrap_or(u16::MAX).min(area.width - 2);
        canvas.frame.set_cursor_position(Position { x, y: area.y });
        return;
    }
    let mut line = Line::new(canvas.frame.buffer_mut(), area, 0, theme.text);
    line.skip(1);
    if let Some(notice) = &state.notice {
        let style = match notice.weight {
            Weight::Info => theme.good,
            Weight::Warning => theme.warning,
            Weight::Error => theme.bad,
        };
        line.text(notice.text.as_str(), style);
    } else if let Live::Failing(fault, _) = &state.live {
        line.text(&fault.to_string(), theme.bad);
    }
}
