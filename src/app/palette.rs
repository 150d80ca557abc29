//! The palette: commands by name, with what is typed behind them. Knows the table of commands and the keys
//! in effect; what is typed never does anything but what a command's own plan says.

use std::cmp::Reverse;
use std::fmt;
use std::sync::Arc;

use tui_input::Input;

use super::command::{
    Argument, COMMANDS, Candidate, Command, Context, available, below, in_words, shown_keys,
};
use super::filter::edit;
use super::fuzzy::{Fit, Wanted, begins_word};
use super::key::{Chord, Key};
use super::msg::Pane;
use super::{Effects, State, Weight, act, moves};
use crate::domain::nearest::nearest;
use crate::domain::text::{SafeText, fold};

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

/// What the palette has found.
#[derive(Clone)]
pub struct Found {
    /// For which text.
    text: String,
    /// The lines, the best first.
    pub list: Vec<Entry>,
    /// The command whose argument is chosen.
    pub behind: Option<(&'static Command, Argument)>,
}

impl fmt::Debug for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Found").field("lines", &self.list.len()).finish_non_exhaustive()
    }
}

/// One line of the palette.
#[derive(Clone)]
pub struct Entry {
    /// The command.
    pub command: &'static Command,
    /// What is typed behind it, where that is chosen.
    pub choice: Option<Candidate>,
    /// The letters that were found in its name, by their number.
    pub letters: Vec<usize>,
    /// The letters that were found in what is said about it.
    pub note_letters: Vec<usize>,
    /// Why it cannot be given now, if it cannot.
    pub why_not: Option<String>,
    /// The keys that give it; empty where none do.
    pub keys: String,
    /// Where it counts, where that is not here.
    pub place: Option<&'static str>,
}

impl Entry {
    /// What it is called.
    pub fn name(&self) -> &str {
        self.choice.as_ref().map_or(self.command.name, |choice| &choice.text)
    }

    /// What is said about it.
    pub fn note(&self) -> &str {
        self.choice.as_ref().map_or(self.command.doc, |choice| &choice.note)
    }
}

/// How well a line fits, the best first: whether it is exactly what is typed, begins so, is called so, and
/// counts here; of what is typed behind a command, whether it begins so, or one of its words; then by its letters.
type Rank = Reverse<(bool, bool, bool, bool, u32)>;

/// What is typed, taken apart.
enum Typed<'a> {
    /// A command is looked for.
    Name(&'a str),
    /// A command is known, and what stands behind it.
    Behind(&'static Command, Argument, &'a str),
}

impl Palette {
    fn typed(&self, state: &State) -> Typed<'_> {
        let text = self.field.value().trim_start();
        let (name, rest) = match text.strip_prefix('@') {
            Some(rest) => ("student", rest),
            None => match text.split_once(' ') {
                Some((name, rest)) => (name, rest),
                None => return Typed::Name(text.trim()),
            },
        };
        // Of several of one name the nearest is meant: what lies over the panes, the pane below it, any other.
        let all = available(state).chain(below(state)).chain(COMMANDS.iter());
        let mut all = all.filter(|command| command.name == name);
        match all.find_map(|command| Some((command, command.argument?))) {
            Some((command, argument)) => Typed::Behind(command, argument, rest.trim()),
            None => Typed::Name(text.trim()),
        }
    }

    fn set(&mut self, text: String) {
        self.field = Input::new(text);
        (self.cursor, self.picked) = (0, false);
    }

    fn step(&mut self, by: isize, count: usize) {
        self.cursor = self.cursor.saturating_add_signed(by).min(count.saturating_sub(1));
        self.picked = true;
    }
}

/// The lines of the palette: those that were found already, where the same is typed.
pub fn entries(state: &State, palette: &Palette) -> Arc<Found> {
    let text = palette.field.value();
    match &palette.found {
        Some(found) if found.text == text => Arc::clone(found),
        _ => Arc::new(found(state, palette)),
    }
}

fn found(state: &State, palette: &Palette) -> Found {
    let (list, behind) = match palette.typed(state) {
        Typed::Name(text) => (commands(state, text), None),
        Typed::Behind(command, argument, text) => {
            (choices(state, command, argument, text), Some((command, argument)))
        }
    };
    Found { text: palette.field.value().to_owned(), list, behind }
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

/// The commands that fit: by name, then by what is said about them; those of where we are first.
fn commands(state: &State, text: &str) -> Vec<Entry> {
    let mut wanted = Wanted::new(text);
    let others = COMMANDS.iter().filter(|command| !command.context.is_here(state));
    let mut found: Vec<(Rank, Entry)> = Vec::new();
    for command in available(state).chain(others) {
        let Some((by_name, fit, note_letters)) = fits(&mut wanted, command.name, command.doc) else {
            continue;
        };
        let is_here = command.context.is_here(state);
        let begins = by_name && command.name.starts_with(text);
        let rank = (command.name == text, begins, by_name, is_here, fit.score);
        let keys =
            if is_here { shown_keys(state, command) } else { state.keymap.of(command).next().map(in_words) };
        let entry = Entry {
            command,
            choice: None,
            letters: fit.letters,
            note_letters,
            why_not: why_not(state, command, is_here),
            keys: keys.unwrap_or_default(),
            place: (!is_here).then(|| command.context.name()),
        };
        found.push((Reverse(rank), entry));
    }
    if !wanted.is_empty() {
        found.sort_by_key(|(rank, _)| *rank);
    }
    found.into_iter().map(|(_, entry)| entry).collect()
}

/// Whether the name itself fits, how well, and the letters found in the note.
fn fits(wanted: &mut Wanted, name: &str, note: &str) -> Option<(bool, Fit, Vec<usize>)> {
    if let Some(fit) = wanted.fit(name) {
        return Some((true, fit, Vec::new()));
    }
    let fit = wanted.fit_words(&format!("{name} {note}"))?;
    let before = unicode_segmentation::UnicodeSegmentation::graphemes(name, true).count() + 1;
    let (of_name, of_note): (Vec<usize>, Vec<usize>) = fit.letters.into_iter().partition(|at| *at < before);
    let of_note = of_note.into_iter().map(|at| at - before).collect();
    Some((false, Fit { score: fit.score, letters: of_name }, of_note))
}

/// Why a command cannot be given now, as far as that is known before anything is selected.
fn why_not(state: &State, command: &Command, is_here: bool) -> Option<String> {
    if is_here {
        let given = command.argument.is_some_and(|argument| argument.required);
        return (command.plan)(state).err().filter(|_| !given);
    }
    match command.context.pane() {
        _ if !state.overlays.is_empty() => Some("esc first: something lies over the panes".into()),
        Some(pane) if state.panes().any(|one| one == pane) => None,
        Some(pane) => Some(format!("there is nothing under {} yet", pane.name())),
        None => Some(match command.context {
            Context::Question | Context::Overlay => "nothing lies over the panes".into(),
            over => format!("only while this is shown: {}", over.name()),
        }),
    }
}

/// What can be typed behind a command, the best first.
fn choices(state: &State, command: &'static Command, argument: Argument, text: &str) -> Vec<Entry> {
    let mut wanted = Wanted::new(text);
    let mut part = None;
    let mut found: Vec<(Rank, Entry)> = Vec::new();
    for choice in (argument.choices)(state, text) {
        let (name, sought) = match &choice.sought {
            Some(sought) => (&choice.note, sought.as_str()),
            None => (&choice.text, text),
        };
        let of_part = choice.sought.as_ref().map(|sought| part.get_or_insert_with(|| Wanted::new(sought)));
        let fit = match of_part {
            // The part is looked for in what the line is: the letters found there stand in the note.
            Some(part) => fits(part, name, &choice.text).map(|(by_name, fit, _)| {
                (by_name, Fit { score: fit.score, letters: Vec::new() }, fit.letters)
            }),
            None => fits(&mut wanted, name, &choice.note),
        };
        let Some((by_name, fit, note_letters)) = fit else { continue };
        let is_it = choice.text == text || choice.value == text;
        let (folded, sought) = (fold(name), fold(sought));
        let begins = folded.starts_with(&sought) || fold(&choice.value).starts_with(&sought);
        let rank = (is_it, begins, begins_word(&folded, &sought), by_name, fit.score);
        let entry = Entry {
            command,
            choice: Some(choice),
            letters: fit.letters,
            note_letters,
            why_not: None,
            keys: String::new(),
            place: None,
        };
        found.push((Reverse(rank), entry));
    }
    if !wanted.is_empty() {
        found.sort_by_key(|(rank, _)| *rank);
    }
    found.into_iter().map(|(_, entry)| entry).collect()
}

/// What there is to say where nothing fits.
pub fn unknown(text: &str) -> String {
    let word = text.trim().split(' ').next().unwrap_or_default();
    let known: Vec<&str> = COMMANDS.iter().map(|command| command.name).collect();
    if known.contains(&word) {
        return format!("`{word}` takes nothing behind it");
    }
    let near = nearest(word, &known).map_or_else(String::new, |near| format!(": did you mean `{near}`?"));
    format!("no command is called `{}`{near}", SafeText::new(word))
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
        effects = moves::focus(state, pane);
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
