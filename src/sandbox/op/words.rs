//! The command line of the CLI, read as it reads it: global flags anywhere, `--flag value` and
//! `--flag=value`, switches with `=false`, a lone `-` as an object.

use std::collections::BTreeMap;

use super::commands::{self, COMMANDS, OTHERS, Price, Shape, Visiting, begins};
use super::home::env;
use super::trouble::{Result, Trouble};

const GLOBAL_VALUES: [&str; 5] = ["account", "config", "encoding", "format", "session"];
const GLOBAL_SWITCHES: [&str; 6] = ["cache", "debug", "iso-timestamps", "no-color", "help", "version"];
const SHORT: [(&str, &str); 5] =
    [("-h", "--help"), ("-v", "--version"), ("-n", "--no-newline"), ("-o", "--out-file"), ("-f", "--force")];

/// A command line.
#[derive(Debug, Default)]
pub(super) struct Words {
    shape: Option<&'static Shape>,
    /// What was named: vaults, items, people, paths.
    pub(super) objects: Vec<String>,
    flags: BTreeMap<String, String>,
    /// Whether JSON is wanted, by flag or by `OP_FORMAT`.
    pub(super) json: bool,
    group: String,
}

impl Words {
    /// Reads what was typed after the program's name.
    pub(super) fn read(typed: &[String]) -> Result<Self> {
        let mut words = Self::default();
        let mut path = String::new();
        let mut rest = typed.iter();
        while let Some(word) = rest.next() {
            if word.starts_with('-') && word != "-" {
                words.flag(word, &mut rest)?;
            } else if words.shape.is_some() {
                words.objects.push(word.clone());
            } else {
                if !path.is_empty() {
                    path.push(' ');
                }
                path.push_str(word);
                words.shape = commands::find(&path);
                if words.shape.is_none() && !is_group(&path) {
                    return Err(unknown(&path));
                }
            }
        }
        words.group = path;
        let format = words.value("format").map(str::to_owned);
        words.json = match format.or_else(|| env("OP_FORMAT")?.into_string().ok()).as_deref() {
            Some("json") => true,
            Some("human-readable" | "") | None => false,
            Some(word) => return Err(Trouble::new(format!("invalid output format: \"{word}\""))),
        };
        words.counted()
    }

    fn counted(self) -> Result<Self> {
        let Some(shape) = self.shape else { return Ok(self) };
        let (least, most) = shape.objects;
        if self.objects.len() < least && !self.is("help") {
            return Err(Trouble::usage(
                format!("accepts {least} arg(s), received {}", self.objects.len()),
                shape.full,
            ));
        }
        if self.objects.len() > most {
            return Err(Trouble::usage(
                format!("accepts at most {most} arg(s), received {}", self.objects.len()),
                shape.full,
            ));
        }
        Ok(self)
    }

    fn flag<'w>(&mut self, word: &'w str, rest: &mut impl Iterator<Item = &'w String>) -> Result<()> {
        let long = SHORT.iter().find(|(short, _)| *short == word).map_or(word, |(_, long)| long);
        let full = self.shape.map_or("op", |shape| shape.full);
        let unknown = || {
            let kind = if word.starts_with("--") { "flag" } else { "shorthand flag" };
            Trouble::usage(format!("unknown {kind}: {word}"), full)
        };
        let (name, value) = long
            .strip_prefix("--")
            .ok_or_else(unknown)?
            .split_once('=')
            .map_or((long.trim_start_matches('-'), None), |(name, value)| (name, Some(value.to_owned())));
        let (values, switches) =
            self.shape.map_or((&[][..], &[][..]), |shape| (shape.values, shape.switches));
        let value = if GLOBAL_SWITCHES.contains(&name) || switches.contains(&name) {
            value.unwrap_or_else(|| "true".to_owned())
        } else if GLOBAL_VALUES.contains(&name) || values.contains(&name) {
            let missing = || Trouble::usage(format!("flag needs an argument: {word}"), full);
            value.or_else(|| rest.next().cloned()).ok_or_else(missing)?
        } else {
            return Err(unknown());
        };
        self.flags.insert(name.to_owned(), value);
        Ok(())
    }

    /// The command without `op`; empty where none was named.
    pub(super) fn name(&self) -> &'static str {
        self.shape.map_or("", Shape::name)
    }

    /// The value of a flag.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.flags.get(name).map(String::as_str)
    }

    /// The value of a flag that has to be there.
    pub(super) fn need(&self, name: &str) -> Result<&str> {
        let full = self.shape.map_or("op", |shape| shape.full);
        self.value(name).ok_or_else(|| Trouble::usage(format!("required flag(s) \"{name}\" not set"), full))
    }

    /// Whether a switch is on.
    pub(super) fn is(&self, name: &str) -> bool {
        self.value(name) == Some("true")
    }

    /// The values of a flag that takes several, with commas.
    pub(super) fn several(&self, name: &str) -> Vec<String> {
        let words = self.value(name).unwrap_or_default().split(',').map(str::trim);
        words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }

    /// What is answered without asking anybody: the version, and help.
    pub(super) fn without_service(&self) -> Option<String> {
        if self.is("version") {
            return Some(super::VERSION.to_owned());
        }
        let full = self.shape.map_or_else(|| format!("op {}", self.group), |shape| shape.full.to_owned());
        let help = self.is("help") || self.shape.is_none();
        help.then(|| {
            format!(
                "An imitation of 1Password CLI {}.\n\nUsage:  {} [flags]",
                super::VERSION,
                full.trim_end()
            )
        })
    }

    /// What the sandbox is asked when this run begins.
    pub(super) fn visiting(&self) -> Visiting {
        let mut price = self
            .shape
            .map_or(Price { reads: 0, writes: 0, vault_id_saves: 0, item_id_saves: 0 }, |s| s.price);
        let name = self.name();
        let each_vault = name == "item list" && self.value("vault").is_none();
        if each_vault {
            price.reads = 1;
        }
        let (vault, item) = self.named();
        let saved = |id: Option<&str>, saves: u32| if id.is_some_and(is_id) { saves } else { 0 };
        let saved =
            saved(vault.as_deref(), price.vault_id_saves) + saved(item.as_deref(), price.item_id_saves);
        Visiting {
            command: name.to_owned(),
            reads: price.reads.saturating_sub(saved),
            writes: price.writes,
            each_vault,
            ..Visiting::default()
        }
    }

    /// The vault and the item that are named, wherever they stand.
    fn named(&self) -> (Option<String>, Option<String>) {
        let first = self.objects.first().cloned();
        match self.name() {
            "read" => {
                let parts = first.unwrap_or_default();
                let mut parts = parts.trim_start_matches("op://").split('/').map(str::to_owned);
                (parts.next(), parts.next())
            }
            name if begins(name, "vault") => (first, None),
            _ => (self.value("vault").map(str::to_owned), first),
        }
    }
}

/// Whether a word has the form of an id.
pub(super) fn is_id(word: &str) -> bool {
    word.len() == 26 && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn is_group(path: &str) -> bool {
    COMMANDS.iter().any(|shape| begins(shape.name(), path))
        || OTHERS.iter().any(|name| begins(name, path) && *name != path)
}

fn unknown(path: &str) -> Trouble {
    if let Some(name) = OTHERS.iter().find(|name| begins(path, name)) {
        if env("OP_SERVICE_ACCOUNT_TOKEN").is_some() && commands::is_refused(name) {
            return Trouble::not_for_service_accounts(&format!("op {name}"));
        }
        return Trouble::new(format!("op {name} is not a part of this imitation"));
    }
    let (group, word) = path
        .rsplit_once(' ')
        .map_or((String::from("op"), path), |(group, word)| (format!("op {group}"), word));
    Trouble::usage(format!("unknown command \"{word}\" for \"{group}\""), &group)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Words> {
        Words::read(&line.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn flags_stand_anywhere_and_have_two_forms() {
        for line in [
            "--format json vault user grant --vault v --user=u --permissions a,b --no-input",
            "vault --format=json user grant --no-input --permissions=a,b --user u --vault=v",
        ] {
            let words = read(line).unwrap();
            assert_eq!((words.name(), words.json, words.is("no-input")), ("vault user grant", true, true));
            assert_eq!((words.value("vault"), words.value("user")), (Some("v"), Some("u")));
            assert_eq!(words.several("permissions"), ["a", "b"]);
        }
        assert!(!read("vault list --cache=false").unwrap().is("cache"));
        assert_eq!(read("item create - --vault v").unwrap().objects, ["-"]);
    }

    #[test]
    fn mistakes_are_told_as_the_cli_tells_them() {
        for (line, words) in [
            ("vault frob", "unknown command \"frob\" for \"op vault\""),
            ("vault create n --name x", "unknown flag: --name"),
            ("vault get", "accepts 1 arg(s), received 0"),
            ("vault get v --format", "flag needs an argument: --format"),
            ("run -- env", "op run is not a part of this imitation"),
        ] {
            let trouble = read(line).unwrap_err();
            assert!(trouble.message.starts_with(words) && trouble.code == 1, "{trouble:?}");
        }
    }

    #[test]
    fn ids_make_a_command_cheaper() {
        let id = "sbxaaaaaaaaaaaaaaaaaaaaaaa";
        for (line, reads) in [
            ("item get a --vault b".to_owned(), 3),
            (format!("item get {id} --vault {id}"), 1),
            (format!("item list --vault {id}"), 2),
            ("item list --vault b".to_owned(), 3),
            ("item list".to_owned(), 1),
            (format!("vault get {id}"), 1),
            (format!("read op://{id}/{id}/{id}"), 1),
            ("read op://a/b/c".to_owned(), 3),
        ] {
            assert_eq!(read(&line).unwrap().visiting().reads, reads, "{line}");
        }
        assert!(read("item list").unwrap().visiting().each_vault);
    }
}
