//! What the palette finds for what is typed: commands, then what can be typed behind one, the best first.

use std::cmp::Reverse;
use std::fmt;
use std::sync::Arc;

use super::Palette;
use crate::app::State;
use crate::app::command::{
    Argument, COMMANDS, Candidate, Command, Context, available, below, in_words, shown_keys,
};
use crate::app::fuzzy::{Fit, Wanted, begins_word};
use crate::domain::nearest::nearest;
use crate::domain::text::{SafeText, fold};

/// What the palette has found.
#[derive(Clone)]
pub struct Found {
    /// For which text.
    pub(super) text: String,
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

/// The lines of the palette: those that were found already, where the same is typed.
pub fn entries(state: &State, palette: &Palette) -> Arc<Found> {
    let text = palette.field.value();
    match &palette.found {
        Some(found) if found.text == text => Arc::clone(found),
        _ => Arc::new(found(state, palette)),
    }
}

pub(super) fn found(state: &State, palette: &Palette) -> Found {
    let (list, behind) = match typed(state, palette.field.value()) {
        Typed::Name(text) => (commands(state, text), None),
        Typed::Behind(command, argument, text) => {
            (choices(state, command, argument, text), Some((command, argument)))
        }
    };
    Found { text: palette.field.value().to_owned(), list, behind }
}

/// Takes apart what is typed.
fn typed<'a>(state: &State, text: &'a str) -> Typed<'a> {
    let text = text.trim_start();
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
pub(super) fn why_not(state: &State, command: &Command, is_here: bool) -> Option<String> {
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
