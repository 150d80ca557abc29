//! The keys in effect: those of the table, and what the user's settings put in their place. Knows names,
//! keys and where they count; not where settings are read from.

use std::collections::{BTreeMap, BTreeSet};

use super::{COMMANDS, Command, Context, in_words};
use crate::app::key::{Chord, ctrl};
use crate::domain::nearest::nearest;
use crate::domain::preferences::Objection;

/// The keys in effect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keymap {
    /// Of the commands whose keys are not those of the table.
    changed: BTreeMap<(Context, &'static str), Own>,
}

/// A command's keys as settings give them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Own {
    /// The setting by its dotted path.
    setting: String,
    /// The keys, each with its place in the setting's list.
    keys: Vec<(usize, Vec<Chord>)>,
}

/// A command and keys that give it.
type Bound<'a> = (&'static Command, &'a [Chord]);

impl Keymap {
    /// The keys of the table, overridden by settings: a command's name (`refresh`; where a name stands in
    /// several places `roster.invite`) and its keys, each a sequence of chords with spaces between them
    /// (`ctrl-r`, `g g`). No keys take a command its own away: it stays in the palette.
    ///
    /// # Errors
    /// Every problem: unknown commands with the nearest name, keys that cannot be read or that terminals do
    /// not tell apart, and conflicts with other commands. Keys that cannot be read are in nobody's way.
    pub fn with(settings: &BTreeMap<String, Vec<String>>) -> Result<Self, Vec<Objection>> {
        let (mut keymap, mut wrong) = (Self::default(), Vec::new());
        for (name, words) in settings {
            let setting = format!("keys.{name}");
            let object = |entry, what, mend| Objection { setting: setting.clone(), entry, what, mend };
            let command = match named(name) {
                Ok(command) => command,
                Err((what, mend)) => {
                    wrong.push(object(None, what, mend));
                    continue;
                }
            };
            let mut keys = Vec::new();
            // Whatever is set, there is a way out, which may be named as well.
            let leaves = |word: &str| command.name == "quit" && word == "ctrl-c";
            for (at, word) in words.iter().enumerate().filter(|(_, word)| !leaves(word)) {
                match sequence(word) {
                    Ok(key) => keys.push((at, key)),
                    Err((what, mend)) => wrong.push(object(Some(at), what, mend)),
                }
            }
            if command.name == "quit" {
                keys.push((words.len(), vec![ctrl('c')]));
            }
            if keymap.changed.contains_key(&(command.context, command.name)) {
                let what = format!("{} has its keys already", full(command));
                wrong.push(object(None, what, "write its keys once".into()));
                continue;
            }
            keymap.changed.insert((command.context, command.name), Own { setting, keys });
        }
        wrong.extend(keymap.conflicts());
        if wrong.is_empty() { Ok(keymap) } else { Err(wrong) }
    }

    /// The keys of a command, the first of them the one that is shown.
    pub fn of<'a>(&'a self, command: &'a Command) -> impl Iterator<Item = &'a [Chord]> {
        let own = self.changed.get(&(command.context, command.name));
        let of_table = command.keys.iter().copied().filter(move |_| own.is_none());
        own.into_iter().flat_map(|own| &own.keys).map(|(_, keys)| keys.as_slice()).chain(of_table)
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
    fn conflicts(&self) -> BTreeSet<Objection> {
        let mut found = BTreeSet::new();
        for inmost in Context::ALL.into_iter().filter(|context| context.is_innermost()) {
            let over = inmost.outward().any(|context| context == Context::Overlay);
            let mut nearer: Vec<Bound<'_>> = Vec::new();
            for command in inmost.outward().flat_map(Context::commands) {
                let (mut left, mut takers) = (0, Vec::new());
                for keys in self.of(command) {
                    let hidden = nearer
                        .iter()
                        .copied()
                        .find(|(_, taken)| keys.starts_with(taken) || taken.starts_with(keys));
                    match hidden {
                        // What lies over the panes may have a key that means something else elsewhere.
                        Some(taker) if over && taker.0.context != command.context => takers.push(taker),
                        Some(other) => drop(found.insert(self.clash(other, (command, keys)))),
                        None => left += 1,
                    }
                    nearer.push((command, keys));
                }
                if left == 0 && !takers.is_empty() {
                    found.insert(self.starved(command, inmost, &takers));
                }
            }
        }
        found
    }

    /// Two commands with the same keys, or one whose keys begin those of the other.
    fn clash(&self, nearer: Bound<'_>, other: Bound<'_>) -> Objection {
        let ((one, taken), (two, keys)) = ((full(nearer.0), nearer.1), (full(other.0), other.1));
        let (what, mend) = if taken == keys {
            let what = format!("{one} and {two} are both given by `{}`", in_words(keys));
            (what, "give one of them another key; ? on the dashboard lists all".to_owned())
        } else {
            let shorter = if taken.len() < keys.len() { &one } else { &two };
            let (taken, keys) = (in_words(taken), in_words(keys));
            (
                format!("`{taken}` of {one} and `{keys}` of {two}: one begins the other"),
                format!("give {shorter} a key that begins no other; ? on the dashboard lists all"),
            )
        };
        self.objection(&[other, nearer], what, mend)
    }

    /// A command that has keys and cannot be given by any of them here, since these come first.
    fn starved(&self, command: &'static Command, here: Context, takers: &[Bound<'_>]) -> Objection {
        let name = full(command);
        let taken = takers.iter().map(|(taker, keys)| format!("`{}` gives {}", in_words(keys), full(taker)));
        let taken = taken.collect::<Vec<_>>().join(", ");
        let what = format!("{name} has no key left in {}: {taken}", here.name());
        let between: Vec<Bound<'_>> = takers.iter().copied().chain([(command, &[][..])]).collect();
        self.objection(
            &between,
            what,
            format!("give {name} a key that is free there, or one of the others another"),
        )
    }

    /// What is wrong between commands, told of the first of these keys that settings have put there.
    fn objection(&self, between: &[Bound<'_>], what: String, mend: String) -> Objection {
        let set = between.iter().find_map(|(command, keys)| {
            let own = self.changed.get(&(command.context, command.name))?;
            let entry = own.keys.iter().find(|(_, one)| one == keys).map(|(at, _)| *at);
            Some((own.setting.clone(), entry))
        });
        let (setting, entry) = set.unwrap_or_else(|| ("keys".into(), None));
        Objection { setting, entry, what, mend }
    }
}

/// A command's name with its place, as settings take it.
pub fn full(command: &Command) -> String {
    format!("{}.{}", command.context.word(), command.name)
}

/// The command of a name in settings; else what is wrong, and the mend.
fn named(name: &str) -> Result<&'static Command, (String, String)> {
    let (place, word) = name.split_once('.').map_or((None, name), |(place, word)| (Some(place), word));
    let is_it = |c: &&Command| c.name == word && place.is_none_or(|place| c.context.word() == place);
    let found: Vec<&Command> = COMMANDS.iter().filter(is_it).collect();
    match found[..] {
        [one] => Ok(one),
        [] => {
            let all: Vec<String> =
                COMMANDS.iter().map(|c| if place.is_some() { full(c) } else { c.name.into() }).collect();
            let known: Vec<&str> = all.iter().map(String::as_str).collect();
            let near = nearest(name, &known).map(|near| format!("did you mean `{near}`?"));
            let mend = near.unwrap_or_else(|| "? on the dashboard lists all commands".into());
            Err(("unknown command".into(), mend))
        }
        [..] => {
            let all: Vec<String> = found.iter().map(|c| format!("`{}`", full(c))).collect();
            Err(("it stands in several places".into(), format!("write {}", all.join(" or "))))
        }
    }
}

/// A sequence of keys as it is written; else what is wrong, and the mend.
fn sequence(text: &str) -> Result<Vec<Chord>, (String, String)> {
    let mut keys = Vec::new();
    for word in text.split_whitespace() {
        let chord: Chord = word.parse().map_err(|mend| (format!("`{word}` is no key"), mend))?;
        if let Some(why) = chord.why_not() {
            return Err((format!("`{chord}` cannot be used: {why}"), "choose another key".into()));
        }
        keys.push(chord);
    }
    if keys.is_empty() {
        Err(("no key is named".into(), "the space bar is `space`".into()))
    } else {
        Ok(keys)
    }
}
