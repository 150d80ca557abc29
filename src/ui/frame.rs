//! What surrounds the panes: tabs, borders, and the lines at the bottom.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line as Title;
use ratatui::widgets::{Block, BorderType};

use super::Canvas;
use super::header::until;
use super::table::{Line, moment};
use crate::app::assignments::{Only, extension_in_words};
use crate::app::command::{Command, Context, available, find};
use crate::app::key::Chord;
use crate::app::msg::Pane;
use crate::app::people::next_in_words;
use crate::app::{Live, State, Weight, matrix};
use crate::domain::access::{Cell, Principal};
use crate::domain::query::StatusRow;
use crate::domain::text::{fit, width};

/// Says how large the terminal has to be.
pub(super) fn too_small(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let (wide, high) = super::SMALLEST;
    let text = format!("Strongroom needs {wide}x{high}, this terminal has {}x{}", area.width, area.height);
    for (y, line) in (0..area.height).zip(crate::domain::text::wrap(&text, area.width.into())) {
        Line::new(canvas.frame.buffer_mut(), area, y, canvas.theme.text).text(&line, Style::new());
    }
}

/// The panes by name, one of them chosen. Where there is too little room, the others lose their names,
/// the last one first; numbers and counts stay.
pub(super) fn tabs(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let (state, theme) = (canvas.state, canvas.theme);
    let panes: Vec<Pane> = state.panes().collect();
    let short = |pane: Pane| format!("{}{}", pane.number(), count(state, pane));
    let long = |pane: Pane| format!("{} {}{}", pane.number(), pane.name(), count(state, pane));
    let mut names: Vec<String> = panes.iter().map(|pane| long(*pane)).collect();
    let chips = chips(state);
    let room = usize::from(area.width).saturating_sub(4 + width(&chips));
    for (at, pane) in panes.iter().enumerate().rev().filter(|(_, pane)| **pane != state.focus) {
        if names.iter().map(|name| name.len() + 2).sum::<usize>() > room {
            names[at] = short(*pane);
        }
    }
    let mut line = Line::new(canvas.frame.buffer_mut(), area, 0, theme.text);
    line.skip(1);
    for (pane, name) in panes.into_iter().zip(names) {
        if pane == state.focus {
            line.text(&format!("[{name}]"), theme.focus).skip(1);
        } else {
            line.text(&name, theme.text).skip(2);
        }
    }
    if !chips.is_empty() {
        line.right(&format!("{chips} "), theme.warning);
    }
}

/// What narrows the rows of the pane that has the keys.
fn chips(state: &State) -> String {
    let mut chips = Vec::new();
    if let Pane::Roster | Pane::Access = state.focus {
        chips.extend(narrowed(state));
    }
    if state.focus == Pane::Activity {
        chips.extend(unmatched(state));
    }
    let filter = state.filter();
    if filter.is_active() && !filter.editing {
        chips.push(format!("/{}", fit(filter.text(), 24)));
    }
    chips.join(" ")
}

/// What narrows the rows of students beside the filter, and how many are left.
fn narrowed(state: &State) -> Option<String> {
    let rows = &state.rows;
    let only = state.assignment().filter(|_| rows.only != Only::Everybody);
    let only = only.map(|head| format!("{} {}", rows.only.word(), head.id));
    let words = only.into_iter().chain(rows.among.as_ref().map(|(word, _)| (*word).to_owned()));
    let words = words.collect::<Vec<_>>().join(", ");
    rows.is_narrowed().then(|| format!("[{words} {}]", rows.shown.len()))
}

/// What narrows the activity beside the filter, and how many are left.
pub(super) fn unmatched(state: &State) -> Option<String> {
    let activity = &state.activity;
    let whose =
        activity.only_of.as_ref().map_or_else(String::new, |key| format!(" of {}", state.whom([key])));
    activity.is_narrowed().then(|| format!("[unmatched {}{whose}]", activity.shown().count()))
}

/// What a pane has to say while it is not looked at.
fn count(state: &State, pane: Pane) -> String {
    let count = match pane {
        Pane::Attention => state.need_count(),
        Pane::Activity => state.activity.unread(),
        Pane::Jobs => state.jobs.dead(),
        Pane::Roster | Pane::Items | Pane::Access => 0,
    };
    if count > 0 { format!("({count})") } else { String::new() }
}

/// A pane's border with its title; returns what is inside.
pub(super) fn boxed(canvas: &mut Canvas<'_, '_>, pane: Pane, area: Rect) -> Rect {
    let (state, theme) = (canvas.state, canvas.theme);
    let style = if state.focus == pane && state.overlays.is_empty() { theme.focus } else { theme.border };
    let room = usize::from(area.width.saturating_sub(4));
    let shared = canvas.frame.area().width < super::HUGE;
    let title = fit(&title(state, pane, shared, room), room).into_owned();
    let block = Block::bordered().border_type(BorderType::Plain).border_style(style);
    let mut block = block.title(Title::styled(format!(" {title} "), style));
    let chart = if pane == Pane::Activity { super::activity::chart(state) } else { String::new() };
    if !chart.is_empty() && width(&title) + width(&chart) + 6 <= room {
        block = block.title(Title::styled(format!(" {chart} "), theme.text).right_aligned());
    }
    let inside = block.inner(area);
    canvas.frame.render_widget(block, area);
    inside
}

/// The title; where there is too little room counts are left out, the last first, never cut.
fn title(state: &State, pane: Pane, shared: bool, room: usize) -> String {
    let mut parts = Vec::new();
    let name = match (pane, state.view()) {
        (Pane::Roster, Some(view)) => format!("{} {} {}", pane.number(), pane.name(), view.total),
        _ => format!("{} {}", pane.number(), pane.name()),
    };
    let mut add = |text: String| parts.push(text);
    let counts = state.rows.counts;
    match pane {
        Pane::Attention => {
            let count = state.need_count();
            if count > 0 {
                add(count.to_string());
            }
            add(format!("1 Roster {}", state.view().map_or(0, |view| view.total)));
        }
        Pane::Roster => people(state, &mut add),
        Pane::Items => match state.selected() {
            Some(row) => add(row.name.to_string()),
            None => add("nobody selected".into()),
        },
        Pane::Access => {
            narrowed(state).into_iter().for_each(&mut add);
            if counts.drift > 0 {
                add(format!("unexpected access {}", counts.drift));
            }
            if !state.matrix.staged.is_empty() {
                add(format!("{} staged", state.matrix.staged.len()));
            }
        }
        Pane::Activity => {
            add(if state.activity.follow { "following".into() } else { "f follows".into() });
            if state.activity.unread() > 0 {
                add(format!("{} new", state.activity.unread()));
            }
            unmatched(state).into_iter().for_each(&mut add);
            if state.has_jobs() && shared {
                add(format!("6 Jobs{}", count(state, Pane::Jobs)));
            }
        }
        Pane::Jobs => {
            let dead = state.jobs.dead();
            if dead > 0 {
                add(format!("{dead} set aside"));
            }
            if shared {
                add(format!("4 Activity{}", count(state, Pane::Activity)));
            }
        }
    }
    let filter = state.filter_of(pane);
    let filter = if filter.is_active() { format!("  /{}", filter.text()) } else { String::new() };
    let whole = |parts: &[String]| {
        let parts = std::iter::once(name.as_str()).chain(parts.iter().map(String::as_str));
        format!("{}{filter}", parts.collect::<Vec<_>>().join("  "))
    };
    while parts.len() > 1 && width(&whole(&parts)) > room {
        parts.pop();
    }
    whole(&parts)
}

/// Who is in the class, and how they stand with the assignment.
fn people(state: &State, add: &mut impl FnMut(String)) {
    let needs = state.need_count();
    if needs > 0 {
        add(format!("0 Attention {needs}"));
    }
    let counts = state.rows.counts;
    narrowed(state).into_iter().for_each(&mut *add);
    if let Some(head) = state.assignment() {
        if state.rows.only == Only::Everybody {
            add(head.id.to_string());
        }
        for (count, word) in [(counts.missing, "missing"), (counts.late, "late")] {
            if count > 0 && state.rows.only.word() != word {
                add(format!("{word} {count}"));
            }
        }
    }
    for (count, word) in [
        (counts.awaiting, "no vault"),
        (counts.shut_out, "no access"),
        (counts.pending, "pending"),
        (counts.active, "active"),
    ] {
        if count > 0 || word == "active" {
            add(format!("{word} {count}"));
        }
    }
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
    applying(&mut line, state, theme);
    if let Some(download) = state.jobs.running().filter(|_| state.focus != Pane::Jobs) {
        line.text(&format!("{}: {}", download.task.name(), super::jobs::in_words(download)), theme.staged)
            .skip(2);
    }
    let marks = state.rows.marks.len();
    if marks > 0 {
        let hidden = state.rows.hidden_marks(state.all_rows());
        let by = if state.rows.filter.is_active() { "by filter" } else { "here" };
        let hidden = if hidden > 0 { format!(" ({hidden} hidden {by})") } else { String::new() };
        line.text(&format!("{marks} marked{hidden}"), theme.warning).skip(2);
    }
    let staged = state.matrix.staged.len();
    if staged > 0 {
        let changes = if staged == 1 { "change" } else { "changes" };
        let hidden = match state.staged_hidden() {
            0 => String::new(),
            hidden => format!(" ({hidden} hidden here)"),
        };
        line.text(&format!("{staged} access {changes} staged{hidden}: A reviews"), theme.staged).skip(2);
    }
    selected(&mut line, state, theme, area.width);
}

/// The plan that is carried out behind the panes, and how many wait for it to end.
fn applying(line: &mut Line<'_>, state: &State, theme: &super::Theme) {
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
    let shows = if state.matrix.staged.is_empty() { "A shows it" } else { "6 shows it" };
    line.text(&format!("applying {done} of {of}{waits}{behind}; {shows}"), theme.staged).skip(2);
}

/// What is known of what is selected, or what the pane has to say.
fn selected(line: &mut Line<'_>, state: &State, theme: &super::Theme, width: u16) {
    match state.focus {
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
        // On wide screens it stands in the title.
        Pane::Activity if width < super::WIDE => {
            line.text(&super::activity::chart(state), theme.text);
        }
        Pane::Activity => {
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
    let level = cell.level(state.kind()).map_or("unknown", crate::domain::access::Level::name);
    if row.foreign {
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
    match cell {
        Cell::Proved { at, .. } => format!("{name}: {level}, read {}", moment(at, zone)),
        Cell::Ledger { at, .. } => format!("{name}: {level}, as we granted it {}", moment(at, zone)),
        Cell::Unknown { why } => format!("{name}: unknown, {}", why.words()),
    }
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
    let all: usize = first.iter().map(|(_, key, hint)| size(key, hint)).sum();
    let first = if all + kept > line.room() { folded(first) } else { first };
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

/// A command that has a place in the footer, its key, and its word.
type Hint = (&'static Command, String, &'static str);

/// The same with all that stages something under one word.
fn folded(hints: Vec<Hint>) -> Vec<Hint> {
    let mut folded: Vec<Hint> = Vec::new();
    let stages = |command: &Command| command.name.starts_with("stage-") || command.name == "unstage";
    for (command, key, hint) in hints {
        match folded.iter_mut().find(|(one, ..)| stages(one) && stages(command)) {
            Some((_, keys, _)) => keys.push_str(&key),
            None => folded.push((command, key, if stages(command) { "stage" } else { hint })),
        }
    }
    folded
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
