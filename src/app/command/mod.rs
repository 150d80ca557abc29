//! Every command in one table: its name, keys, help, footer hint, and what it means for what is
//! selected. Help, footer and the README's table of keys are made from it; nothing else lists keys.

mod context;
mod keymap;
mod meaning;
mod said;
mod table;
mod twin;
mod word;

use super::key::Chord;
use super::msg::Action;
use super::{READ_ONLY, State};
pub use context::Context;
pub use keymap::{Keymap, full};
pub use table::COMMANDS;
pub use twin::twin;
pub use word::{Argument, Candidate};

/// One command.
#[derive(Clone, Copy)]
pub struct Command {
    /// The name, in kebab-case, as in commands and settings.
    pub name: &'static str,
    /// What it does, as the help says it.
    pub doc: &'static str,
    /// Where its keys count.
    pub context: Context,
    /// Its keys, each a sequence of chords pressed one after the other, mostly of one; the first is the
    /// one shown. None where only the palette gives it.
    pub keys: &'static [&'static [Chord]],
    /// Its place in the footer.
    pub hint: Hint,
    /// The action for what is selected, or why there is none.
    pub plan: fn(&State) -> Result<Action, String>,
    /// What can be typed behind its name in the palette.
    pub argument: Option<Argument>,
}

/// When a command stands in the footer, and with which word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// Never.
    Hidden,
    /// Whenever its keys count.
    Always(&'static str),
    /// Where it can be given.
    Possible(&'static str),
}

impl Hint {
    /// The word, if there is one.
    pub fn word(self) -> Option<&'static str> {
        match self {
            Self::Hidden => None,
            Self::Always(word) | Self::Possible(word) => Some(word),
        }
    }
}

impl Command {
    /// Whether it would change something, and changes are refused: footer and help say so by grey keys.
    pub fn is_refused(&self, state: &State) -> bool {
        state.setting.read_only && (self.plan)(state).is_err_and(|why| why == READ_ONLY)
    }

    /// The word in the footer, where it has a place there now.
    pub fn hint_now(&self, state: &State) -> Option<&'static str> {
        match self.hint {
            Hint::Hidden => None,
            Hint::Always(word) => Some(word),
            Hint::Possible(word) => (self.plan)(state).is_ok().then_some(word),
        }
    }
}

/// The commands that can be given now, the nearest context first.
pub fn available(state: &State) -> impl Iterator<Item = &'static Command> {
    Context::nearest(state).into_iter().flat_map(Context::outward).flat_map(Context::commands)
}

/// Those that can be given in the pane that has the keys, whatever lies over it.
pub(super) fn below(state: &State) -> impl Iterator<Item = &'static Command> {
    Context::of_pane(state.focus).outward().flat_map(Context::commands)
}

/// What a key means behind those that were pressed before it.
#[derive(Clone, Copy)]
pub enum Found {
    /// This command.
    Command(&'static Command),
    /// It begins a longer sequence, or goes on with it.
    Prefix,
    /// Nothing.
    Nothing,
}

/// What a sequence of keys means here: the nearest context that knows it decides.
pub fn find(state: &State, keys: &[Chord]) -> Found {
    let begins = |one: &&[Chord]| one.starts_with(keys);
    for command in available(state) {
        match state.keymap.of(command).find(begins) {
            Some(whole) if whole.len() == keys.len() => return Found::Command(command),
            Some(_) => return Found::Prefix,
            None => {}
        }
    }
    Found::Nothing
}

/// Where keys count that mean nothing here: in another pane, or in the one below what lies over the panes.
pub fn elsewhere(state: &State, keys: &[Chord]) -> Option<&'static Command> {
    let gives = |command: &&Command| state.keymap.of(command).any(|one| one == keys);
    let mut below = below(state).filter(|_| !state.overlays.is_empty());
    let mut panes = COMMANDS.iter().filter(|command| command.context.pane().is_some());
    below.find(gives).or_else(|| panes.find(gives))
}

/// The first keys of a command that give it here: those that mean something nearer by do not.
pub fn shown_keys(state: &State, command: &Command) -> Option<String> {
    let gives = |keys: &&[Chord]| match find(state, keys) {
        Found::Command(found) => std::ptr::eq(found, command),
        _ => false,
    };
    state.keymap.of(command).find(gives).map(in_words)
}

/// The key that gives the nearest command of a name, for texts that speak of it; where it has none,
/// how the palette gives it.
pub fn key_of(state: &State, name: &str) -> String {
    let of_name = |command: &&'static Command| command.name == name;
    let near = available(state).filter(of_name).find_map(|command| state.keymap.of(command).next());
    near.map_or_else(|| state.keymap.shown(name), in_words)
}

/// How a sequence that was begun can go on: the keys still to be pressed, and what they give.
pub fn continuations(state: &State) -> Vec<(String, &'static Command)> {
    let begun = &state.prefix[..];
    let mut found: Vec<(String, &Command)> = Vec::new();
    for command in available(state).filter(|_| !begun.is_empty()) {
        for keys in state.keymap.of(command).filter(|keys| keys.starts_with(begun)) {
            let is_it = matches!(find(state, keys), Found::Command(one) if std::ptr::eq(one, command));
            if let Some(rest) = keys.get(begun.len()..).filter(|rest| is_it && !rest.is_empty()) {
                found.push((in_words(rest), command));
            }
        }
    }
    found
}

/// A sequence of keys as it is shown: `y e`.
pub fn in_words(keys: &[Chord]) -> String {
    keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// Whether a key asks to be stopped, wherever it is pressed.
pub(super) fn stops(state: &State, chord: Chord) -> bool {
    is_key_of(state, "to-shell", chord)
}

/// Whether a key asks to leave, wherever it is pressed.
pub(super) fn quits(state: &State, chord: Chord) -> bool {
    is_key_of(state, "quit", chord)
}

fn is_key_of(state: &State, name: &str, chord: Chord) -> bool {
    let gives = |command: &Command| state.keymap.of(command).any(|keys| keys == [chord]);
    COMMANDS.iter().any(|command| command.name == name && gives(command))
}
