//! The keys in effect: those of the table, and what the user's settings put in their place. Knows names,
//! keys and where they count; not where settings are read from.

use std::collections::{BTreeMap, BTreeSet};

use super::{COMMANDS, Command, Context, in_words};
use crate::app::key::{Chord, ctrl};
use crate::domain::fault::{Fault, Kind};
use crate::domain::nearest::nearest;
use crate::domain::text::SafeText;

/// The keys in effect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keymap {
    /// Of the commands whose keys are not those of the table.
    changed: BTreeMap<(Context, &'static str), Vec<Vec<Chord>>>,
}

impl Keymap {
    /// The keys of the table, overridden by settings: a command's name (`refresh`; where a name stands in
    /// several places `roster.invite`) and its keys, each a sequence of chords with spaces between them
    /// (`ctrl-r`, `g g`). No keys take a command its own away: it stays in the palette.
    ///
    /// # Errors
    /// Every problem, each in a sentence: unknown commands with the nearest name, keys that cannot be
    /// read or that terminals do not tell apart, and conflicts with other commands.
    pub fn with(settings: &BTreeMap<String, Vec<String>>) -> Result<Self, Vec<String>> {
        let (mut keymap, mut problems) = (Self::default(), Vec::new());
        for (name, words) in settings {
            let command = match named(name) {
                Ok(command) => command,
                Err(problem) => {
                    problems.push(problem);
                    continue;
                }
            };
            let mut keys = Vec::new();
            // Whatever is set, there is a way out, which may be named as well.
            let leaves = |word: &&String| command.name == "quit" && *word == "ctrl-c";
            for word in words.iter().filter(|word| !leaves(word)) {
                match sequence(word) {
                    Ok(key) => keys.push(key),
                    Err(why) => {
                        problems.push(format!("{}: `{}`: {why}", SafeText::new(name), SafeText::new(word)));
                    }
                }
            }
            if command.name == "quit" {
                keys.push(vec![ctrl('c')]);
            }
            if keymap.changed.insert((command.context, command.name), keys).is_some() {
                problems.push(format!("{}: its keys are given twice", SafeText::new(name)));
            }
        }
        if problems.is_empty() {
            problems = keymap.conflicts();
        }
        if problems.is_empty() { Ok(keymap) } else { Err(problems) }
    }

    /// The same with every problem as one fault, for whoever reads settings.
    ///
    /// # Errors
    /// A fault of [`Kind::Input`] that names them all.
    pub fn of_settings(settings: &BTreeMap<String, Vec<String>>) -> Result<Self, Fault> {
        Self::with(settings).map_err(|problems| {
            let message = format!("[keys]: {}", problems.join("; "));
            Fault::new(Kind::Input, message).hint("`?` lists every command with its keys")
        })
    }

    /// The keys of a command, the first of them the one that is shown.
    pub fn of<'a>(&'a self, command: &'a Command) -> impl Iterator<Item = &'a [Chord]> {
        let own = self.changed.get(&(command.context, command.name));
        let of_table = command.keys.iter().copied().filter(move |_| own.is_none());
        own.into_iter().flatten().map(Vec::as_slice).chain(of_table)
    }

    /// The key of the first command of a name that has one, for texts that speak of it; else how the palette
    /// gives it.
    pub(in crate::app) fn shown(&self, name: &str) -> String {
        let mut named = COMMANDS.iter().filter(|command| command.name == name);
        named.find_map(|command| self.of(command).next()).map_or_else(|| format!(":{name}"), in_words)
    }

    /// Every conflict, each once: two commands of one place with the same keys, or one whose keys begin
    /// those of the other; keys in panes that another command takes away; and commands over the panes that
    /// have no key left because nearer ones have them all.
    pub fn conflicts(&self) -> Vec<String> {
        let mut found = BTreeSet::new();
        for inmost in Context::ALL.into_iter().filter(|context| context.is_innermost()) {
            let over = inmost.outward().any(|context| context == Context::Overlay);
            let mut nearer: Vec<(&Command, &[Chord])> = Vec::new();
            for command in inmost.outward().flat_map(Context::commands) {
                let mut left = 0;
                for keys in self.of(command) {
                    let hidden =
                        nearer.iter().find(|(_, taken)| keys.starts_with(taken) || taken.starts_with(keys));
                    match hidden {
                        // What lies over the panes may have a key that means something else elsewhere.
                        Some((other, _)) if over && other.context != command.context => {}
                        Some((other, taken)) => drop(found.insert(clash(other, taken, command, keys))),
                        None => left += 1,
                    }
                    nearer.push((command, keys));
                }
                if left == 0 && over && self.of(command).next().is_some() {
                    found.insert(format!(
                        "{} has no key left in {}: nearer commands have them",
                        full(command),
                        inmost.name()
                    ));
                }
            }
        }
        found.into_iter().collect()
    }
}

fn clash(one: &Command, taken: &[Chord], other: &Command, keys: &[Chord]) -> String {
    let (one, other) = (full(one), full(other));
    if taken == keys {
        return format!("{one} and {other} are both given by `{}`", in_words(keys));
    }
    let (shorter, longer) = if taken.len() < keys.len() { (&one, keys) } else { (&other, taken) };
    format!(
        "`{}` of {one} and `{}` of {other}: one begins the other; give {shorter} first another key, such as `{} {}`",
        in_words(taken),
        in_words(keys),
        longer[0],
        longer[0]
    )
}

/// A command's name with its place, as settings take it.
pub fn full(command: &Command) -> String {
    format!("{}.{}", command.context.word(), command.name)
}

/// The command of a name in settings.
fn named(name: &str) -> Result<&'static Command, String> {
    let (place, word) = name.split_once('.').map_or((None, name), |(place, word)| (Some(place), word));
    let is_it = |c: &&Command| c.name == word && place.is_none_or(|place| c.context.word() == place);
    let found: Vec<&Command> = COMMANDS.iter().filter(is_it).collect();
    match found[..] {
        [one] => Ok(one),
        [] => {
            let all: Vec<String> =
                COMMANDS.iter().map(|c| if place.is_some() { full(c) } else { c.name.into() }).collect();
            let known: Vec<&str> = all.iter().map(String::as_str).collect();
            let near = nearest(name, &known)
                .map_or_else(|| ": ? lists them all".to_owned(), |near| format!(" (did you mean `{near}`?)"));
            Err(format!("unknown command `{}`{near}", SafeText::new(name)))
        }
        [..] => {
            let all: Vec<String> = found.iter().map(|c| format!("`{}`", full(c))).collect();
            Err(format!("`{name}` stands in several places: write {}", all.join(" or ")))
        }
    }
}

/// A sequence of keys as it is written.
fn sequence(text: &str) -> Result<Vec<Chord>, String> {
    let mut keys = Vec::new();
    for word in text.split_whitespace() {
        let chord: Chord = word.parse()?;
        if let Some(why) = chord.why_not() {
            return Err(format!("{chord} cannot be used: {why}"));
        }
        keys.push(chord);
    }
    if keys.is_empty() { Err("no key is named; the space bar is `space`".into()) } else { Ok(keys) }
}
