//! What the word that is being typed in a shell may stand for: found with the definition of the command
//! line itself, so that completion needs no second list of commands.
//!
//! Pure. Nothing of the line is expanded or run: a word with a `$` stays that word.

use std::path::PathBuf;

use clap::{Arg, Args, Command, CommandFactory as _};

use super::Cli;

/// `strongroom complete`, for the scripts of `strongroom completions`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct Complete {
    /// What was typed up to the cursor, the program first
    #[arg(long, allow_hyphen_values = true)]
    pub line: String,
    /// The characters that the shell takes for ends of words beside spaces; by default only values are
    /// printed, as shells want that part options from values themselves
    #[arg(long, allow_hyphen_values = true)]
    pub breaks: Option<String>,
}

/// A kind of name that is known on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// Roster keys and e-mail addresses.
    Students,
    /// Exact names of students' vaults.
    Vaults,
    /// The id of the class.
    Class,
    /// Ids of the class file's assignments.
    Assignments,
    /// The word for no assignment.
    Unassigned,
    /// Jobs.
    Jobs,
    /// Those who are handed arrivals.
    Consumers,
}

/// A word on its way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// Which names may stand here; none where it is no place for names.
    pub names: Vec<Names>,
    /// What was typed of the name.
    pub value: String,
    /// The class file that was named before.
    pub class: Option<PathBuf>,
    /// The state folder that was named before.
    pub state: Option<PathBuf>,
    /// The whole word, with the option in front of the value.
    word: String,
}

impl Typed {
    /// Reads a line up to its cursor.
    pub fn read(line: &str) -> Self {
        let mut words = split(line);
        let Some(last) = words.pop().filter(|_| !words.is_empty()) else { return Self::default() };
        let mut root = Cli::command();
        root.build();
        let mut walk = Walk { at: &root, waits: None, positionals: 0, ended: false, typed: Self::default() };
        for word in words.iter().skip(1) {
            walk.take(&word.text);
        }
        // A name never needs quotes: what is in quotes is something else.
        if last.quoted { walk.typed } else { walk.end(last.text) }
    }

    /// What a shell puts in the place of the word, or of its part behind the last of `breaks`.
    pub fn replacement(&self, name: &str, breaks: Option<&str>) -> String {
        let Some(breaks) = breaks else { return name.to_owned() };
        let from = self.word.len() - self.value.len();
        let last = self.word.char_indices().rev().find(|(_, c)| breaks.contains(*c));
        let broken = last.map_or(0, |(at, c)| at + c.len_utf8());
        match self.word.get(broken..from) {
            Some(option) => format!("{option}{name}"),
            None => name.get(broken.saturating_sub(from)..).unwrap_or_default().to_owned(),
        }
    }
}

/// The way through the words that are complete.
struct Walk<'a> {
    at: &'a Command,
    /// The option whose value comes next.
    waits: Option<&'a Arg>,
    positionals: usize,
    /// Whether `--` was there.
    ended: bool,
    typed: Typed,
}

impl<'a> Walk<'a> {
    fn take(&mut self, word: &str) {
        if let Some(option) = self.waits.take() {
            return self.note(option, word);
        }
        if self.ended || !word.starts_with('-') || word == "-" {
            match self.at.find_subcommand(word).filter(|_| !self.ended && self.positionals == 0) {
                Some(command) => self.at = command,
                None => self.positionals += 1,
            }
            return;
        }
        if word == "--" {
            self.ended = true;
            return;
        }
        match (self.option(word), word.split_once('=')) {
            (Some(option), Some((_, value))) => self.note(option, value),
            (option, None) => self.waits = option,
            (None, Some(_)) => {}
        }
    }

    /// The option with a value that a word names.
    fn option(&self, word: &str) -> Option<&'a Arg> {
        let name = word.strip_prefix("--")?.split('=').next()?;
        let named = |arg: &&Arg| arg.get_long() == Some(name) && arg.get_action().takes_values();
        self.at.get_arguments().find(named)
    }

    fn note(&mut self, option: &Arg, value: &str) {
        match option.get_id().as_str() {
            "class" => self.typed.class = Some(value.into()),
            "state" => self.typed.state = Some(value.into()),
            _ => {}
        }
    }

    fn end(mut self, word: String) -> Typed {
        let option = word.split_once('=').filter(|_| !self.ended && word.starts_with("--"));
        let (arg, value) = match (self.waits, option) {
            (Some(option), _) => (Some(option), word.clone()),
            (None, Some((_, value))) => (self.option(&word), value.to_owned()),
            (None, None) if word.starts_with('-') && !self.ended => (None, word.clone()),
            (None, None) => (self.positional(), word.clone()),
        };
        self.typed.names = arg.map(names).unwrap_or_default();
        (self.typed.value, self.typed.word) = (value, word);
        self.typed
    }

    /// The positional whose turn it is; one that takes many takes the rest.
    fn positional(&self) -> Option<&'a Arg> {
        let mut all: Vec<&Arg> = self.at.get_positionals().collect();
        all.sort_by_key(|arg| arg.get_index());
        let many = |arg: &&&Arg| arg.get_num_args().is_some_and(|range| range.max_values() > 1);
        all.get(self.positionals).or_else(|| all.last().filter(many)).copied()
    }
}

/// Which names an argument takes, by the word that its help has for it.
fn names(arg: &Arg) -> Vec<Names> {
    let named = arg.get_value_names().and_then(|names| names.first()).map_or("", |name| name.as_str());
    match named {
        "STUDENT" | "WHO" => vec![Names::Students],
        "VAULT" | "STUDENT|VAULT" => vec![Names::Students, Names::Vaults],
        "STUDENT|CLASS" => vec![Names::Students, Names::Class],
        "ASSIGNMENT" => vec![Names::Assignments],
        "ASSIGNMENT|none" => vec![Names::Assignments, Names::Unassigned],
        "CONSUMER" => vec![Names::Consumers],
        "JOB" => vec![Names::Jobs],
        _ => Vec::new(),
    }
}

/// A word as the shell would read it, but that nothing is expanded.
#[derive(Default)]
struct Word {
    text: String,
    quoted: bool,
}

/// The words of a line; the last one is what the cursor stands behind, and may be empty.
fn split(line: &str) -> Vec<Word> {
    let (mut words, mut word) = (Vec::new(), Word::default());
    let (mut within, mut begun) = (None, false);
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (within, c) {
            (Some(quote), _) if c == quote => within = None,
            (None, '\'' | '"') => (within, begun, word.quoted) = (Some(c), true, true),
            (None | Some('"'), '\\') => {
                (begun, word.quoted) = (true, true);
                word.text.extend(chars.next());
            }
            (None, c) if c.is_whitespace() => {
                if begun {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            _ => {
                begun = true;
                word.text.push(c);
            }
        }
    }
    words.push(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: &str) -> (Vec<Names>, String) {
        let typed = Typed::read(line);
        (typed.names, typed.value)
    }

    #[test]
    fn the_place_of_a_word_is_found_with_the_definition_of_the_command_line() {
        use Names as N;
        for (line, names, value) in [
            ("strongroom grant ngo", vec![N::Students], "ngo"),
            ("strongroom grant s1 --vault ", vec![N::Students, N::Vaults], ""),
            ("strongroom grant s1 --vault=CS", vec![N::Students, N::Vaults], "CS"),
            ("strongroom --class x.toml revoke s", vec![N::Students], "s"),
            ("strongroom provision s1 s2 s", vec![N::Students], "s"),
            ("strongroom provision -- s", vec![N::Students], "s"),
            ("strongroom extend s1001 h", vec![N::Assignments], "h"),
            ("strongroom assign 7 n", vec![N::Assignments, N::Unassigned], "n"),
            ("strongroom missing ", vec![N::Assignments], ""),
            ("strongroom download --to x --assignment h", vec![N::Assignments], "h"),
            ("strongroom undo ", vec![N::Jobs], ""),
            ("strongroom jobs pause a", vec![N::Jobs], "a"),
            ("strongroom handoff retry ", vec![N::Consumers], ""),
            ("strongroom purge C", vec![N::Students, N::Class], "C"),
            ("strongroom roster show s", vec![N::Students], "s"),
        ] {
            assert_eq!(at(line), (names, value.to_owned()), "{line}");
        }
        for line in [
            "",
            "strongroom",
            "strongroom ",
            "strongroom gra",
            "strongroom grant --le",
            "strongroom grant s1 --level r",
            "strongroom grant s1 s2",
            "strongroom init --id C",
            "strongroom quarantine --delete ",
            "strongroom grant \"s",
            "strongroom nothing s",
            "strongroom --class ",
        ] {
            assert_eq!(at(line).0, [], "{line}");
        }
    }

    #[test]
    fn class_and_state_that_were_typed_are_known() {
        let typed = Typed::read("strongroom --class '/a b/c.toml' grant --state=/x\\ y s");
        assert_eq!(typed.class.as_deref(), Some("/a b/c.toml".as_ref()));
        assert_eq!(typed.state.as_deref(), Some("/x y".as_ref()));
        assert_eq!(typed.names, [Names::Students]);
    }

    #[test]
    fn only_what_the_shell_replaces_is_given_to_it() {
        let replaced = |line: &str, name: &str, breaks| Typed::read(line).replacement(name, breaks);
        let bash = Some(" \t\n\"'><=;|&(:@");
        assert_eq!(replaced("strongroom grant s1", "s1001", bash), "s1001");
        assert_eq!(replaced("strongroom grant ngozi@ex", "ngozi@example.edu", bash), "example.edu");
        assert_eq!(replaced("strongroom grant s --vault=CS", "CS101-s1", bash), "CS101-s1");
        assert_eq!(replaced("strongroom grant s --vault=a@b", "a@b.edu", bash), "b.edu");
        assert_eq!(replaced("strongroom grant s --vault=CS", "CS101-s1", Some("@")), "--vault=CS101-s1");
        assert_eq!(replaced("strongroom grant s --vault=CS", "CS101-s1", None), "CS101-s1");
    }
}
