//! The palette: commands by name, with what is typed behind them. Knows the table of commands and the keys
//! in effect; what is typed never does anything but what a command's own plan says.

mod found;

use std::sync::Arc;

use tui_input::Input;

pub use found::{Entry, Found, entries, unknown};
use found::{found, why_not};

use super::command::{Argument, Command};
use super::filter::edit;
use super::key::{Chord, Key};
use super::msg::Pane;
use super::{Effects, State, Weight, act, visits};

/// So many lines further with page up and page down.
const PAGE: usize = 8;
/// So many of what was said in this run are remembered.
const REMEMBERED: usize = 100;

/// The palette while it is open.
#[derive(Clone, Debug, Default)]
pub struct Palette {
    /// What is typed.
    pub field: Input,
    /// The selected line.
    pub cursor: usize,
    /// Whether it was selected by hand.
    picked: bool,
    /// How far back in what was said before, where that is looked through.
    recalled: Option<usize>,
    /// What was found for what is typed; whoever is looked for may be one of thousands.
    found: Option<Arc<Found>>,
}

impl Palette {
    fn set(&mut self, text: String) {
        self.field = Input::new(text);
        (self.cursor, self.picked) = (0, false);
    }

    fn step(&mut self, by: isize, count: usize) {
        self.cursor = self.cursor.saturating_add_signed(by).min(count.saturating_sub(1));
        self.picked = true;
    }
}

/// After whatever happened: keeps what is found, or finds it anew where another text is typed or what is known
/// has changed.
pub(super) fn keep(state: &mut State, changed: bool) {
    let Some(palette) = &state.palette else { return };
    let kept = palette.found.as_ref().filter(|found| !changed && found.text == palette.field.value());
    if kept.is_none() {
        let found = Arc::new(found(state, palette));
        state.palette.iter_mut().for_each(|palette| palette.found = Some(Arc::clone(&found)));
    }
}

/// Gives a key to the palette.
pub(super) fn typed(state: &mut State, chord: Chord) -> Effects {
    let Some(mut palette) = state.palette.take() else { return vec![] };
    let count = entries(state, &palette).list.len();
    match (chord.ctrl, chord.key) {
        (false, Key::Esc) => return vec![],
        (false, Key::Backspace) if palette.field.value().is_empty() => return vec![],
        (true, Key::Char('c')) => return act::quit(state),
        (false, Key::Enter) => return run(state, palette),
        (false, Key::Tab) => complete(state, &mut palette),
        (false, Key::Up) if palette.field.value().is_empty() || palette.recalled.is_some() => {
            recall(state, &mut palette, true);
        }
        (false, Key::Down) if palette.recalled.is_some() => recall(state, &mut palette, false),
        (false, Key::Up | Key::BackTab) | (true, Key::Char('p')) => palette.step(-1, count),
        (false, Key::Down) | (true, Key::Char('n')) => palette.step(1, count),
        (false, Key::PageUp) => palette.step(-PAGE.cast_signed(), count),
        (false, Key::PageDown) => palette.step(PAGE.cast_signed(), count),
        _ => {
            if edit(&mut palette.field, chord) {
                (palette.cursor, palette.picked, palette.recalled) = (0, false, None);
            }
        }
    }
    state.palette = Some(palette);
    vec![]
}

/// Takes pasted text; line ends in it run nothing.
pub(super) fn pasted(palette: &mut Palette, text: &str) {
    super::filter::paste(&mut palette.field, text);
    (palette.cursor, palette.picked, palette.recalled) = (0, false, None);
}

/// Fills in the selected line; behind it what belongs to it can be typed.
fn complete(state: &State, palette: &mut Palette) {
    let found = entries(state, palette);
    let Some(entry) = found.list.get(palette.cursor) else { return };
    let text = match (&entry.choice, found.behind) {
        (Some(choice), Some((command, _))) => format!("{} {}", command.name, choice.text),
        _ if entry.command.argument.is_some() => format!("{} ", entry.command.name),
        _ => entry.command.name.to_owned(),
    };
    palette.set(text);
}

/// What was said before, one further back or forth, as it may be shown; behind the newest the field is empty again.
fn recall(state: &State, palette: &mut Palette, back: bool) {
    let at = match (palette.recalled, back) {
        (None, true) => Some(0),
        (None | Some(0), false) => None,
        (Some(at), true) => Some((at + 1).min(state.said.len().saturating_sub(1))),
        (Some(at), false) => Some(at - 1),
    };
    let text = at.and_then(|at| state.said.iter().rev().nth(at));
    palette.recalled = at.filter(|_| text.is_some());
    palette.set(text.map_or_else(String::new, |text| state.veiled(text).into_owned()));
}

/// Gives what is selected, or what is typed. Where that cannot be given, the palette stays and says why.
fn run(state: &mut State, palette: Palette) -> Effects {
    let text = palette.field.value().trim().to_owned();
    if text.is_empty() && !palette.picked {
        return vec![];
    }
    let found = entries(state, &palette);
    let entry = found.list.get(palette.cursor).cloned();
    let (command, said, value) = match (found.behind, entry) {
        (None, None) => return stays(state, palette, unknown(&text)),
        (None, Some(entry)) if entry.command.argument.is_some_and(|argument| argument.required) => {
            let mut palette = palette;
            palette.set(format!("{} ", entry.command.name));
            state.palette = Some(palette);
            return vec![];
        }
        (None, Some(Entry { why_not: Some(reason), .. })) => return stays(state, palette, reason),
        (None, Some(entry)) => (entry.command, entry.command.name.to_owned(), None),
        (Some((command, argument)), entry) => {
            let typed = text.strip_prefix('@').or_else(|| text.split_once(' ').map(|(_, rest)| rest.trim()));
            let typed = typed.unwrap_or_default();
            let choice = entry.and_then(|entry| entry.choice).filter(|_| palette.picked || !argument.free);
            match (choice, typed) {
                (None, "") if argument.required => {
                    return stays(state, palette, format!("{} {}", command.name, argument.word));
                }
                (_, "") if !argument.required && !palette.picked => (command, command.name.to_owned(), None),
                (Some(choice), _) => {
                    // An alias means nobody once privacy mode has ended: what is remembered is the key.
                    let kept = if state.veil().is_some() { &choice.value } else { &choice.text };
                    (command, format!("{} {kept}", command.name), Some((argument, choice.value)))
                }
                (None, typed) => {
                    (command, format!("{} {typed}", command.name), Some((argument, typed.to_owned())))
                }
            }
        }
    };
    give(state, palette, command, (said, value))
}

/// Gives a command with what was said behind it, in the pane in which it counts. Where it cannot be given there,
/// everything stays as it is.
fn give(
    state: &mut State,
    palette: Palette,
    command: &Command,
    (said, value): (String, Option<(Argument, String)>),
) -> Effects {
    let is_here = command.context.is_here(state);
    if let Some(reason) = why_not(state, command, is_here).filter(|_| !is_here) {
        return stays(state, palette, reason);
    }
    let before = Focus::of(state);
    let mut effects = Vec::new();
    if let Some(pane) = command.context.pane().filter(|_| !is_here) {
        effects = visits::focus(state, pane);
    }
    let planned = match value {
        Some((argument, value)) => (argument.plan_with)(state, &value),
        None => (command.plan)(state),
    };
    match planned {
        Ok(action) => {
            state.said.retain(|one| *one != said);
            state.said.push(said);
            let over = state.said.len().saturating_sub(REMEMBERED);
            state.said.drain(..over);
            effects.extend(act::act(state, action));
            effects
        }
        Err(reason) => {
            before.restore(state);
            stays(state, palette, reason)
        }
    }
}

/// What a change of the pane with the keys changes.
struct Focus {
    panes: [Pane; 4],
    read: (u64, u64),
}

impl Focus {
    fn of(state: &State) -> Self {
        Self {
            panes: [state.focus, state.left, state.below, state.inspector.of],
            read: (state.activity.rule, state.activity.read_until),
        }
    }

    fn restore(self, state: &mut State) {
        [state.focus, state.left, state.below, state.inspector.of] = self.panes;
        (state.activity.rule, state.activity.read_until) = self.read;
    }
}

fn stays(state: &mut State, palette: Palette, reason: String) -> Effects {
    state.palette = Some(palette);
    state.say(Weight::Warning, reason);
    vec![]
}
