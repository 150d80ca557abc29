//! `handout/1`: what a student needs to know, from a template with placeholders.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::table::escaped;
use super::{Look, Page, Table, cell};
use crate::domain::assignment::Assignment;
use crate::domain::class::{Class, StudentKey};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::text::SafeText;
use crate::domain::verdict::Due;

/// The built-in template, in Markdown.
pub const TEMPLATE: &str = "\
# {title}

For {name} ({email})

Hand in by putting your work into the 1Password vault **{vault}**. It is yours: the other students of
the class have no access to it. Give the item a title as below: it decides for what it is handed in.

{assignments}

Times are those of {zone}. What counts is the first version that has such a title and is in the vault
by the deadline; to the second, and the last second is in time.
";

/// The placeholders of a template.
const NAMES: [&str; 8] = ["class", "title", "key", "name", "email", "vault", "zone", "assignments"];

/// A template that was read, piece by piece.
pub struct Template {
    pieces: Vec<Piece>,
    /// Whether what is filled in has to keep Markdown from reading it as its own.
    markdown: bool,
}

enum Piece {
    Text(String),
    Value(&'static str),
}

/// Who it is for.
pub struct Reader<'a> {
    /// Decides.
    pub key: &'a StudentKey,
    /// The name in the roster.
    pub name: &'a SafeText,
    /// The address in the roster.
    pub email: &'a SafeText,
    /// The vault's name.
    pub vault: &'a SafeText,
    /// By when each assignment is due for this student, in their order.
    pub dues: &'a [Due],
}

impl Template {
    /// The built-in one. What it is filled with is kept from being read as Markdown.
    ///
    /// # Errors
    /// None that a test would not find.
    pub fn built_in() -> Result<Self> {
        Self::parse(TEMPLATE, "the built-in template", true)
    }

    /// Reads a template; `origin` names it in messages. `{{` is a `{` of its own. What is filled into
    /// Markdown is kept from being read as such; in any other text it stands as it is.
    ///
    /// # Errors
    /// [`Kind::Input`] with the line of a placeholder that is not known, or not closed.
    pub fn parse(text: &str, origin: &str, markdown: bool) -> Result<Self> {
        let mut pieces = Vec::new();
        let (mut rest, mut line) = (text, 1);
        while let Some((before, after)) = rest.split_once('{') {
            line += before.matches('\n').count();
            pieces.push(Piece::Text(before.to_owned()));
            if let Some(after) = after.strip_prefix('{') {
                pieces.push(Piece::Text("{".to_owned()));
                rest = after;
                continue;
            }
            let wrong = |what: &str| {
                let hint =
                    format!("the placeholders are: {{{}}}; a {{ of its own is {{{{", NAMES.join("}, {"));
                Fault::new(Kind::Input, format!("{origin}:{line}: {what}")).hint(hint)
            };
            let (name, after) = after.split_once('}').ok_or_else(|| wrong("a { is not closed"))?;
            let known = NAMES.into_iter().find(|known| *known == name);
            pieces.push(Piece::Value(known.ok_or_else(|| wrong(&format!("{{{name}}} is no placeholder")))?));
            rest = after;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Ok(Self { pieces, markdown })
    }

    /// Whether it is Markdown.
    pub fn is_markdown(&self) -> bool {
        self.markdown
    }

    /// The text for one student.
    pub fn fill(&self, class: &Class, reader: &Reader<'_>) -> String {
        let value = |name: &str| {
            let text = match name {
                "class" => SafeText::new(&class.id),
                "title" => class.title.clone(),
                "key" => cell(reader.key),
                "name" => reader.name.clone(),
                "email" => reader.email.clone(),
                "vault" => reader.vault.clone(),
                "zone" => zone_name(&class.time_zone),
                _ => return assignments(class, reader, self.markdown),
            };
            if self.markdown { escaped(text.as_str()) } else { text.to_string() }
        };
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Value(name) => value(name),
        };
        self.pieces.iter().map(piece).collect()
    }
}

fn zone_name(zone: &TimeZone) -> SafeText {
    zone.iana_name().unwrap_or("the class's zone").into()
}

/// One line an assignment, as a list.
fn assignments(class: &Class, reader: &Reader<'_>, markdown: bool) -> String {
    let lines = class.assignments.iter().zip(reader.dues).map(|(one, due)| line(class, one, due, markdown));
    lines.collect::<Vec<_>>().join("\n")
}

fn line(class: &Class, assignment: &Assignment, due: &Due, markdown: bool) -> String {
    let title = assignment.title.as_str();
    let title = if markdown { format!("**{}**", escaped(title)) } else { title.to_owned() };
    if due.excused {
        return format!("- {title}: you are excused");
    }
    let show = |time: jiff::Timestamp| {
        let shown: DateTime = time.to_zoned(class.time_zone.clone()).datetime();
        let form = if shown.second() == 0 { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d %H:%M:%S" };
        shown.strftime(form).to_string()
    };
    let mut text = format!("- {title}: due {}", show(due.at));
    if due.extended.is_some() {
        text.push_str(" (you have more time than the others)");
    }
    if let Some(last) = due.accept_until {
        text = format!("{text}, late until {}", show(last));
    }
    let rule = &assignment.rule;
    let quoted = |text: &str| match SafeText::new(text).as_str() {
        text if markdown => format!("`{}`", text.replace('`', "'")),
        text => format!("\"{text}\""),
    };
    let mut how = Vec::new();
    how.extend(rule.title.as_ref().map(|title| titles(title.as_str(), quoted)));
    how.extend(rule.tag.as_ref().map(|tag| format!("tag {}", quoted(tag))));
    how.extend(rule.category.as_ref().map(|category| format!("category {}", quoted(category))));
    if how.is_empty() {
        how.push("any file".to_owned());
    }
    format!("{text}; {}", how.join(", "))
}

/// Which titles a pattern means, for somebody who knows no patterns.
fn titles(pattern: &str, quoted: impl Fn(&str) -> String) -> String {
    let plain = |text: &str| !text.is_empty() && !text.contains(['*', '?', '[']);
    let (begins, ends) = (pattern.strip_suffix('*'), pattern.strip_prefix('*'));
    let within = begins.and_then(|text| text.strip_prefix('*'));
    match (begins, ends, within) {
        _ if plain(pattern) => format!("the title {}", quoted(pattern)),
        (Some(text), ..) if plain(text) => format!("titles that begin with {}", quoted(text)),
        (_, Some(text), _) if plain(text) => format!("titles that end with {}", quoted(text)),
        (.., Some(text)) if plain(text) => format!("titles with {} in them", quoted(text)),
        _ => {
            let signs = [
                ("*", "*", "any text"),
                ("?", "?", "one character"),
                ("[", "[…]", "one of the characters inside"),
            ];
            let signs = signs.into_iter().filter(|(sign, ..)| pattern.contains(sign));
            let means = signs.map(|(_, shown, means)| format!("{} is {means}", quoted(shown)));
            let means = means.collect::<Vec<_>>().join(", ");
            format!("titles that fit the pattern {}, where {means}", quoted(pattern))
        }
    }
}

/// The texts that were made.
#[derive(Serialize)]
pub struct Handouts {
    /// One a student.
    pub handouts: Vec<Handout>,
}

/// The text for one student.
#[derive(Serialize)]
pub struct Handout {
    /// For whom.
    pub student: StudentKey,
    /// Their vault's name.
    pub vault: SafeText,
    /// The file it was written to, if it was.
    pub file: Option<SafeText>,
    /// The text.
    pub text: String,
}

impl Page for Handouts {
    fn schema(&self) -> &'static str {
        "handout/1"
    }

    fn table(&self, _: &Look) -> Table {
        let mut table = Table::new(["student", "vault", "file"]);
        for one in &self.handouts {
            table.push([cell(&one.student), one.vault.clone(), one.file.clone().unwrap_or_default()]);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_for_titles_is_said_in_words() {
        let said = |pattern: &str| titles(pattern, |text| format!("<{text}>"));
        assert_eq!(said("hw1"), "the title <hw1>");
        assert_eq!(said("hw1*"), "titles that begin with <hw1>");
        assert_eq!(said("*report"), "titles that end with <report>");
        assert_eq!(said("*essay*"), "titles with <essay> in them");
        assert_eq!(said("hw*.pdf"), "titles that fit the pattern <hw*.pdf>, where <*> is any text");
        assert_eq!(
            said("hw[12]?*"),
            "titles that fit the pattern <hw[12]?*>, where <*> is any text, <?> is one character, <[…]> is one of \
             the characters inside"
        );
        assert_eq!(said("*"), "titles that fit the pattern <*>, where <*> is any text");
    }
}
