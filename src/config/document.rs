//! A file as TOML with places, be it a class file, the settings or a theme: walks it, takes values out, and collects what is wrong.
//! Knows TOML and which keys exist; not what their values mean.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{Keys, Kind};
use super::value::{Taken, Wrong};
use super::{Problem, Source};

/// One table of the file; of an array of tables, one entry.
#[derive(Clone, Copy)]
pub(super) struct Section<'a> {
    table: &'a DeTable<'a>,
    /// Where it begins, in bytes.
    pub start: usize,
}

/// The file while it is read.
pub(super) struct Document<'a> {
    text: &'a str,
    root: Section<'a>,
    /// What is wrong so far.
    pub problems: Vec<Problem>,
    /// Where each setting that was taken came from.
    pub sources: BTreeMap<&'static str, Source>,
}

/// The syntax of a file; every error of it where it does not parse.
pub(super) fn syntax(text: &str) -> Result<Spanned<DeTable<'_>>, Vec<Problem>> {
    let (root, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Ok(root);
    }
    let problem = |error: &toml::de::Error| {
        let at = place(text, error.span().map_or(0, |span| span.start));
        Problem::new(at, error.message(), "the file is TOML, see https://toml.io")
    };
    Err(errors.iter().map(problem).collect())
}

impl<'a> Document<'a> {
    /// A document whose keys have been checked.
    pub(super) fn new(text: &'a str, root: &'a DeTable<'a>, keys: &Keys) -> Self {
        let root = Section { table: root, start: 0 };
        let mut document = Self { text, root, problems: Vec::new(), sources: BTreeMap::new() };
        document.check(root.table, "", keys);
        document
    }

    /// Checks that every key is known, and that tables are tables.
    fn check(&mut self, table: &'a DeTable<'a>, path: &str, keys: &Keys) {
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            let inner = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            let at = key.span().start;
            match (keys.kind(&inner), value.get_ref()) {
                (None, _) => self.report(at, format!("unknown key `{inner}`"), keys.mend(path, name)),
                (Some(Kind::Token(variable)), _) => {
                    let mend = format!("set {variable}, or name a file of mode 0600: token_file");
                    self.report(at, "a token never stands in the class file", mend);
                }
                (Some(Kind::Table), DeValue::Table(table)) => self.check(table, &inner, keys),
                (Some(Kind::Tables), DeValue::Array(entries)) => {
                    for entry in entries {
                        match entry.get_ref() {
                            DeValue::Table(table) => self.check(table, &inner, keys),
                            _ => self.report(
                                entry.span().start,
                                "a table is expected",
                                "write { key = value }",
                            ),
                        }
                    }
                }
                (Some(Kind::Free), DeValue::Table(_)) | (Some(Kind::Value), _) => {}
                (Some(Kind::Table | Kind::Free), _) => {
                    self.report(at, format!("`{inner}` is a table"), format!("write [{inner}]"));
                }
                (Some(Kind::Tables), _) => {
                    self.report(at, format!("`{inner}` is a list of tables"), format!("write [[{inner}]]"));
                }
            }
        }
    }

    /// The value at a dotted path.
    pub(super) fn value(&self, path: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        let (tables, key) = path.rsplit_once('.').map_or((None, path), |(tables, key)| (Some(tables), key));
        let mut table = self.root.table;
        for name in tables.into_iter().flat_map(|tables| tables.split('.')) {
            table = table.get(name)?.get_ref().as_table()?;
        }
        table.get(key)
    }

    /// Takes the value at a path, if it is there and right; what is wrong is reported.
    pub(super) fn take<T>(
        &mut self,
        path: &'static str,
        meaning: impl FnOnce(&'a DeValue<'a>) -> Taken<T>,
    ) -> Option<T> {
        let taken = self.at(path, meaning);
        if self.value(path).is_some() {
            self.sources.insert(path, Source::File);
        }
        taken
    }

    /// The same where nobody asks later on where it came from.
    pub(super) fn at<T>(
        &mut self,
        path: &str,
        meaning: impl FnOnce(&'a DeValue<'a>) -> Taken<T>,
    ) -> Option<T> {
        let value = self.value(path)?;
        self.meaning(path, value, meaning)
    }

    /// Takes a field of an entry; a missing one is reported.
    pub(super) fn field<T>(
        &mut self,
        section: Section<'a>,
        key: &str,
        meaning: impl FnOnce(&'a DeValue<'a>) -> Taken<T>,
    ) -> Option<T> {
        let Some(value) = section.table.get(key) else {
            let mend = format!("add {key} = …");
            self.report(section.start, format!("`{key}` is missing"), mend);
            return None;
        };
        self.meaning(key, value, meaning)
    }

    /// Takes a field of an entry that may be left out.
    pub(super) fn option<T>(
        &mut self,
        section: Section<'a>,
        key: &str,
        meaning: impl FnOnce(&'a DeValue<'a>) -> Taken<T>,
    ) -> Option<T> {
        let value = section.table.get(key)?;
        self.meaning(key, value, meaning)
    }

    /// Takes a value that was found; what is wrong is reported under its name.
    pub(super) fn meaning<T>(
        &mut self,
        name: &str,
        value: &'a Spanned<DeValue<'a>>,
        meaning: impl FnOnce(&'a DeValue<'a>) -> Taken<T>,
    ) -> Option<T> {
        match meaning(value.get_ref()) {
            Ok(value) => Some(value),
            Err(Wrong(what, mend)) => {
                self.report(value.span().start, format!("`{name}`: {what}"), mend);
                None
            }
        }
    }

    /// The entries of an array of tables.
    pub(super) fn entries(&mut self, path: &'static str) -> Vec<Section<'a>> {
        let Some(value) = self.value(path) else { return Vec::new() };
        self.sources.insert(path, Source::File);
        let entries = value.get_ref().as_array().into_iter().flat_map(|entries| entries.iter());
        entries
            .filter_map(|entry| {
                let table = entry.get_ref().as_table()?;
                Some(Section { table, start: entry.span().start })
            })
            .collect()
    }

    /// The values below a table whose keys are only known elsewhere, each with its place and its name; in a table
    /// within it the name is dotted, as if it stood in quotes: `roster.invite`.
    pub(super) fn leaves(&self, path: &str) -> Vec<Leaf<'a>> {
        let table = self.value(path).and_then(|value| value.get_ref().as_table());
        table.map_or_else(Vec::new, leaves)
    }

    /// Where a setting stands by its dotted path, or an entry of its list.
    pub(super) fn place(&self, path: &str, entry: Option<usize>) -> usize {
        let all = leaves(self.root.table);
        let Some((at, _, value)) = all.iter().find(|(_, name, _)| name == path) else { return 0 };
        let entry = entry.and_then(|entry| value.get_ref().as_array()?.get(entry));
        entry.map_or(*at, |entry| entry.span().start)
    }

    /// Notes a problem at a byte of the file.
    pub(super) fn report(&mut self, at: usize, message: impl AsRef<str>, mend: impl AsRef<str>) {
        self.problems.push(Problem::new(place(self.text, at), message, mend));
    }
}

impl<'a> Section<'a> {
    /// A table in it.
    pub(super) fn table(self, key: &str) -> Option<Section<'a>> {
        let value = self.table.get(key)?;
        Some(Section { table: value.get_ref().as_table()?, start: value.span().start })
    }

    /// The tables of a list in it.
    pub(super) fn tables(self, key: &str) -> Vec<Section<'a>> {
        let list = self.table.get(key).and_then(|value| value.get_ref().as_array());
        let entry = |entry: &'a Spanned<DeValue<'a>>| {
            Some(Section { table: entry.get_ref().as_table()?, start: entry.span().start })
        };
        list.into_iter().flat_map(|list| list.iter()).filter_map(entry).collect()
    }

    /// Whether it holds a key.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Where the value of a key stands, in bytes; where it has none, where the table begins.
    pub(super) fn place(&self, key: &str) -> usize {
        self.table.get(key).map_or(self.start, |value| value.span().start)
    }
}

/// A value that is no table: where its key stands, its name, and the value.
type Leaf<'a> = (usize, String, &'a Spanned<DeValue<'a>>);

fn leaves<'a>(table: &'a DeTable<'a>) -> Vec<Leaf<'a>> {
    let mut found = Vec::new();
    for (key, value) in table {
        let name = key.get_ref();
        match value.get_ref().as_table() {
            Some(inner) => {
                let within = leaves(inner).into_iter();
                found.extend(within.map(|(at, inner, value)| (at, format!("{name}.{inner}"), value)));
            }
            None => found.push((key.span().start, name.to_string(), value)),
        }
    }
    found
}

/// Line and character of a byte, both counted from 1.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at.min(text.len())).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}
