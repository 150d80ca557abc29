//! The words of the talk: a line for a row, an arrival, a command, and the class as a whole.

use std::fmt::Write as _;

use super::keys::{why_not_here, word_of};
use crate::app::State;
use crate::app::command::{Command, available};
use crate::app::msg::Pane;
use crate::domain::arrival::Arrival;
use crate::domain::submission::Standing;
use crate::domain::text::{SafeText, counted};

/// One line, in which nothing can move a cursor, and nothing is drawn.
pub(super) fn say(out: &mut String, text: &str) {
    let safe = SafeText::new(text);
    let plain = safe.as_str().replace('…', "...").replace('─', "-");
    // A String takes every write.
    let _written = writeln!(out, "{}", plain.trim_end());
}

/// The class and who acts.
pub(super) fn heading(state: &State) -> String {
    let badge = |is: bool, word: &str| if is { format!("{word}, ") } else { String::new() };
    let setting = &state.setting;
    let live = state.view().map_or_else(String::new, |view| format!(", {}", counted(view.total, "student")));
    format!(
        "{}{}{}class {}{live}",
        badge(setting.demo, "demo: people and arrivals are simulated"),
        badge(setting.read_only, "read-only"),
        badge(state.veil().is_some(), "private"),
        setting.class
    )
}

/// The title of the pane and a line a row: the first cell, then each other one behind its heading.
pub(super) fn rows(state: &State) -> (String, Vec<String>) {
    let sheet = state.sheet(crate::app::sheets::Which::Shown);
    let marked = state.rows.marks.len();
    let filter = state.filter();
    let mut title = format!("{}: {}", state.focus.name(), counted(sheet.rows.len(), "line"));
    if state.focus == Pane::Items {
        let whose = state.selected().map_or("nobody", |row| state.named(row));
        title = format!("Items of {whose}: {}", counted(sheet.rows.len(), "line"));
    }
    if filter.is_active() {
        title = format!("{title} with \"{}\" (/ shows all)", filter.text());
    }
    if marked > 0 && matches!(state.focus, Pane::Roster | Pane::Access) {
        title = format!("{title}, {marked} marked with * (:clear-marks)");
    }
    if state.focus == Pane::Access {
        let at = state.matrix.column + 1;
        let staged = counted(state.matrix.staged.len(), "change");
        let named = sheet.columns.get(at + 2).map_or("others", SafeText::as_str);
        let named = state.veiled(named);
        title = format!(
            "{title}; column {at} is {named}; {staged} staged (grant LEVEL, revoke, column N, A reviews)"
        );
    }
    let shown = |heading: &str, cell: &str| match heading {
        "title" => state.titled(cell).into_owned(),
        _ => state.veiled(cell).into_owned(),
    };
    let is_marked = |at: usize| {
        let row = state.rows.shown.get(at).and_then(|at| state.all_rows().get(*at));
        let of_students = matches!(state.focus, Pane::Roster | Pane::Access);
        of_students && row.is_some_and(|row| state.rows.marks.contains(&row.key))
    };
    let row = |(at, row): (usize, &Vec<SafeText>)| {
        let mut line = format!("{}.{}", at + 1, if is_marked(at) { " *" } else { "" });
        let cells = sheet.columns.iter().zip(row).filter(|(_, cell)| !cell.is_empty());
        for (place, (heading, cell)) in cells.enumerate() {
            let cell = shown(heading.as_str(), cell.as_str());
            let plain = ["name", "title", "time", "reason", "what", "student"].contains(&heading.as_str());
            let between = if place == 0 { " " } else { "; " };
            line.push_str(between);
            if !plain {
                line.push_str(&state.veiled(heading.as_str()));
                line.push(' ');
            }
            line.push_str(&cell);
        }
        line
    };
    let lines: Vec<String> = sheet.rows.iter().enumerate().map(row).collect();
    let lines = if lines.is_empty() { vec!["nothing here".into()] } else { lines };
    (title, lines)
}

/// `14:31 new: Bai, Xiaoming, hw3.pdf, on time`.
pub(super) fn arrived(state: &State, arrival: &Arrival) -> String {
    let kind = arrival.kind.word();
    let at = arrival.detected_at.to_zoned(state.setting.zone.clone()).strftime("%H:%M").to_string();
    let key = arrival.student.key.as_str();
    let whose = state.row(&arrival.student.key).map_or(state.veiled(key), |row| state.named(row).into());
    let title = state.titled(arrival.item.title.as_str());
    let work = match (&arrival.assignment, arrival.lateness_s) {
        (Some(id), Some(late)) if late > 0 => format!(", {id} {}", Standing::Late(late).in_words()),
        (Some(id), Some(_)) => format!(", {id} on time"),
        (Some(id), None) => format!(", {id}"),
        (None, _) if arrival.unmatched => ", for no assignment".into(),
        (None, _) => String::new(),
    };
    let actor = state.actor(arrival).filter(|actor| *actor != whose);
    let by = actor.map_or_else(String::new, |actor| format!(", by {actor}"));
    let client = crate::app::actors::client(arrival);
    let with = client.map_or_else(String::new, |client| format!(", with {client}"));
    format!("{at} {kind}: {whose}, {title}{work}{by}{with}")
}

/// The commands that can be given here, with their keys.
pub(super) fn commands(state: &State, out: &mut String) {
    let how = if state.overlays.is_empty() {
        "a number opens a line; m more; b back; /text or text filters; or one of these, as :name or key"
    } else {
        "m more; b back; or one of these, as :name or key"
    };
    say(out, how);
    let moves = ["up", "down", "first", "last", "half-page-up", "half-page-down", "redraw", "help"];
    let said = |command: &&Command| !moves.contains(&command.name) && why_not_here(command.name).is_none();
    for command in available(state).filter(said) {
        let keys = word_of(state, command).map_or_else(String::new, |word| format!(" ({word})"));
        let why = (command.plan)(state).err().map_or_else(String::new, |why| format!("; not now: {why}"));
        say(out, &format!(":{}{keys}: {}{}", command.name, command.doc, state.veiled(&why)));
    }
}
