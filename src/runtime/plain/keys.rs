//! Keys as lines: what a screen would have got for a line, and what is typed for a command.

use crate::app::State;
use crate::app::command::{COMMANDS, Command, Found, available, find};
use crate::app::key::{Chord, Key, ch, ctrl, key};
use crate::app::msg::Event;
use crate::app::overlay::Overlay;

/// A key that was pressed.
pub(super) fn press(chord: Chord) -> Event {
    Event::Key(chord)
}

/// The keys that give a command in effect: those of the table, or the user's own.
pub(super) fn keys(state: &State, name: &str) -> Vec<Event> {
    let here = available(state).find(|command| command.name == name);
    let command =
        here.or_else(|| COMMANDS.iter().find(|command| command.name == name && state.overlays.is_empty()));
    let keys = command.and_then(|command| state.keymap.of(command).find(|keys| !keys.is_empty()));
    keys.unwrap_or_default().iter().copied().map(press).collect()
}

/// Goes to a line, counted from one.
pub(super) fn nth(state: &State, number: usize) -> Vec<Event> {
    let down = keys(state, "down");
    let steps = (1..number).flat_map(|_| down.clone());
    keys(state, "first").into_iter().chain(steps).collect()
}

/// Why a command of the screen is none here.
pub(super) fn why_not_here(name: &str) -> Option<&'static str> {
    match name {
        "palette" => Some("a command is given by its name: :name"),
        "filter" | "search" => Some("/text filters, / shows all"),
        "to-shell" => Some("ctrl-z stops the program, as any other"),
        "uploads" | "timeline" | "heat-map" | "budget" | "matrix" | "columns" | "mouse" => {
            Some("this is only on the screen: it has no lines to read")
        }
        name if name.starts_with("copy-") => Some("nothing can be copied from here: E writes a file"),
        _ => None,
    }
}

/// A filter in place of the one that is there.
pub(super) fn filtered(state: &State, text: &str) -> Vec<Event> {
    let typed = [press(ctrl('u')), Event::Paste(text.to_owned()), press(key(Key::Enter))];
    keys(state, "filter").into_iter().chain(typed).collect()
}

/// The key that a line stands for: a named one, or a single character.
pub(super) fn typed(line: &str) -> Option<Chord> {
    match line {
        "enter" => Some(key(Key::Enter)),
        "space" => Some(ch(' ')),
        _ => {
            let mut chars = line.chars();
            chars.next().filter(|_| chars.next().is_none()).map(ch)
        }
    }
}

/// What is typed for a command here, where one of its keys can be a line and means nothing else.
pub(super) fn word_of(state: &State, command: &Command) -> Option<String> {
    let is_taken = |word: &str| match state.overlays.last() {
        None => word.parse::<usize>().is_ok() || ["m", "b", "q", "/"].contains(&word),
        Some(over) => (is_list(over) && word.parse::<usize>().is_ok()) || word == "b",
    };
    let gives =
        |chord| matches!(find(state, &[chord]), Found::Command(found) if std::ptr::eq(found, command));
    let words = state.keymap.of(command).filter(|keys| keys.len() == 1).map(|keys| keys[0]);
    let words = words.filter(|chord| gives(*chord)).map(|chord| (chord, chord.to_string()));
    let mut words = words.filter(|(chord, word)| typed(word) == Some(*chord) && !is_taken(word));
    words.next().map(|(_, word)| word)
}

/// Whether what lies over the panes is a list, whose lines have numbers.
pub(super) fn is_list(over: &Overlay) -> bool {
    matches!(over, Overlay::History(_) | Overlay::Drift(_) | Overlay::Closing(_))
}
