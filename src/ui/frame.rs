//! What surrounds the panes: tabs, borders and titles.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Canvas;
use super::activity::unmatched;
use super::boxes::border;
use super::places::Places;
use super::spots::Place;
use super::veil::fit;
use crate::app::State;
use crate::app::assignments::Only;
use crate::app::layout::Zoom;
use crate::app::msg::Pane;
use crate::domain::text::width;

/// Says how large the terminal has to be.
pub(super) fn too_small(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let (wide, high) = super::SMALLEST;
    let text = format!("Strongroom needs {wide}x{high}, this terminal has {}x{}", area.width, area.height);
    for (y, line) in (0..area.height).zip(super::veil::wrap(canvas.state, &text, area.width.into())) {
        canvas.line(area, y, canvas.theme.text).text(&line, Style::new());
    }
}

/// The panes by name, one of them chosen. Where there is too little room, the others lose their names,
/// the last one first; numbers and counts stay.
pub(super) fn tabs(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let (state, theme) = (canvas.state, canvas.theme);
    let panes: Vec<Pane> = state.panes().collect();
    let short = |pane: Pane| format!("{}{}", pane.number(), count(state, pane));
    let zoom = |pane: Pane| match state.zoom.word() {
        // One pane has the screen anyway: there is no half of it.
        word if pane == state.focus && !word.is_empty() && state.zoom != Zoom::Half => format!(" {word}"),
        _ => String::new(),
    };
    let long = |pane: Pane| format!("{} {}{}{}", pane.number(), pane.name(), count(state, pane), zoom(pane));
    let mut names: Vec<String> = panes.iter().map(|pane| long(*pane)).collect();
    let chips = chips(state);
    let room = usize::from(area.width).saturating_sub(4 + width(&chips));
    for (at, pane) in panes.iter().enumerate().rev().filter(|(_, pane)| **pane != state.focus) {
        if names.iter().map(|name| name.len() + 2).sum::<usize>() > room {
            names[at] = short(*pane);
        }
    }
    let mut places = Vec::new();
    let mut line = canvas.line(area, 0, theme.text);
    line.skip(1);
    for (pane, name) in panes.into_iter().zip(names) {
        let cells = |line: &super::Line<'_>| u16::try_from(line.room()).unwrap_or(area.width);
        let x = area.right().saturating_sub(cells(&line));
        let wide = u16::try_from(width(&name)).unwrap_or(area.width) + 2 * u16::from(pane == state.focus);
        places.push(Place::of(pane, Rect { x, y: area.y, width: wide.min(cells(&line)), height: 1 }));
        if pane == state.focus {
            line.text(&format!("[{name}]"), theme.focus).skip(1);
        } else {
            line.text(&name, theme.text).skip(2);
        }
    }
    if !chips.is_empty() {
        line.right(&format!("{chips} "), theme.warning);
    }
    canvas.memo.spots.extend(places);
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
        chips.push(format!("/{}", fit(state, filter.text(), 24)));
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

/// What a pane has to say while it is not looked at.
fn count(state: &State, pane: Pane) -> String {
    let count = match pane {
        Pane::Attention => state.need_count(),
        Pane::Activity => state.activity.unread(),
        Pane::Jobs => state.jobs.dead(),
        Pane::Roster | Pane::Items | Pane::Access | Pane::Inspector => 0,
    };
    if count > 0 { format!("({count})") } else { String::new() }
}

/// A pane's border with its title; returns what is inside.
pub(super) fn boxed(canvas: &mut Canvas<'_, '_>, pane: Pane, area: Rect) -> Rect {
    let (state, theme) = (canvas.state, canvas.theme);
    let style = if state.focus == pane && state.overlays.is_empty() { theme.focus } else { theme.border };
    let room = usize::from(area.width.saturating_sub(4));
    let title = title(state, pane, &canvas.places, room);
    let has_chart = pane == Pane::Activity && canvas.places.picture.is_none();
    let chart = if has_chart { super::activity::chart(state) } else { String::new() };
    let fits = width(&fit(state, &title, room)) + width(&chart) + 6 <= room;
    border(canvas, area, &title, if fits { &chart } else { "" }, style)
}

/// The title; where there is too little room counts are left out, the last first, never cut.
fn title(state: &State, pane: Pane, places: &Places, room: usize) -> String {
    let mut parts = parts(state, pane, places);
    let name = match (pane, state.view()) {
        (Pane::Roster, Some(view)) => format!("{} {} {}", pane.number(), pane.name(), view.total),
        _ => format!("{} {}", pane.number(), pane.name()),
    };
    let filter = state.filter_of(pane);
    let filter = if filter.is_active() && pane != Pane::Inspector {
        format!("  /{}", filter.text())
    } else {
        String::new()
    };
    let whole = |parts: &[String]| {
        let parts = std::iter::once(name.as_str()).chain(parts.iter().map(String::as_str));
        format!("{}{filter}", parts.collect::<Vec<_>>().join("  "))
    };
    while parts.len() > 1 && width(&whole(&parts)) > room {
        parts.pop();
    }
    whole(&parts)
}

/// What a title says behind the name, what matters most first.
fn parts(state: &State, pane: Pane, places: &Places) -> Vec<String> {
    let mut parts = Vec::new();
    let mut add = |text: String| parts.push(text);
    let hidden = |pane: Pane| !places.shows(pane);
    if pane == state.focus && state.zoom != Zoom::Normal {
        add(state.zoom.word().to_owned());
    }
    let counts = state.rows.counts;
    match pane {
        Pane::Attention => {
            let count = state.need_count();
            if count > 0 {
                add(count.to_string());
            }
            if hidden(Pane::Roster) {
                add(format!("1 Roster {}", state.view().map_or(0, |view| view.total)));
            }
        }
        Pane::Roster => people(state, hidden(Pane::Attention), &mut add),
        Pane::Items => match state.selected() {
            Some(row) => add(state.named(row).to_owned()),
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
            if state.has_jobs() && hidden(Pane::Jobs) {
                add(format!("6 Jobs{}", count(state, Pane::Jobs)));
            }
        }
        Pane::Inspector => add(state.looked_at().name().to_lowercase()),
        Pane::Jobs => {
            let dead = state.jobs.dead();
            if dead > 0 {
                add(format!("{dead} set aside"));
            }
            if hidden(Pane::Activity) {
                add(format!("4 Activity{}", count(state, Pane::Activity)));
            }
        }
    }
    parts
}

/// Who is in the class, and how they stand with the assignment.
fn people(state: &State, hidden: bool, add: &mut impl FnMut(String)) {
    let needs = state.need_count();
    if needs > 0 && hidden {
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
