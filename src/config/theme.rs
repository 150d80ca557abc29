//! Themes: those that are built in, and those of the user in `themes/NAME.toml` beside the settings. Knows what
//! a theme file may say; how a terminal is told is not known here.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use toml::de::DeValue;

use super::document::{Document, syntax};
use super::value::{Taken, Wrong, list, meant, mismatch, text};
use super::{Places, Refusal, keys, read};
use crate::domain::fault::{Fault, Kind};
use crate::domain::palette::{Mark, NAMES, Paint, Palette, Slot};

/// The themes that are built in, by name; the first is the default.
pub const THEMES: [(&str, &str); 7] = [
    ("terminal", include_str!("../../assets/themes/terminal.toml")),
    ("dark", include_str!("../../assets/themes/dark.toml")),
    ("light", include_str!("../../assets/themes/light.toml")),
    ("high-contrast", include_str!("../../assets/themes/high-contrast.toml")),
    ("deuteranopia", include_str!("../../assets/themes/deuteranopia.toml")),
    ("tritanopia", include_str!("../../assets/themes/tritanopia.toml")),
    ("mono", include_str!("../../assets/themes/mono.toml")),
];

/// The folder of the user's themes.
pub fn folder(places: &Places) -> PathBuf {
    places.config.join("themes")
}

/// The file of a theme of the user; one of a built-in name comes before that one.
pub fn file(name: &str, places: &Places) -> Option<PathBuf> {
    let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "-_ ".contains(c));
    let path = folder(places).join(format!("{name}.toml"));
    (plain && path.is_file()).then_some(path)
}

/// The names of all themes: the built-in ones, then those of the user.
pub fn names(places: &Places) -> Vec<String> {
    let mut names: Vec<String> = THEMES.iter().map(|(name, _)| (*name).to_owned()).collect();
    let entries = fs::read_dir(folder(places)).into_iter().flatten().flatten();
    let own: BTreeSet<String> = entries
        .filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".toml").map(str::to_owned))
        .filter(|name| file(name, places).is_some() && !names.contains(name))
        .collect();
    names.extend(own);
    names
}

/// The theme of that name.
///
/// # Errors
/// A fault of [`Kind::Input`] when there is none, or its file cannot be read or understood.
pub fn theme(name: &str, places: &Places) -> Result<Palette, Fault> {
    if let Some(path) = file(name, places) {
        return Ok(parse(&read(&path)?, &path.display().to_string())?.named(name));
    }
    if let Some(palette) = built_in(name) {
        return Ok(palette);
    }
    let names = names(places);
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    let mend = meant(name, &known, || {
        format!("the themes are: {}, auto; yours stand in {}", known.join(", "), folder(places).display())
    });
    Err(Fault::new(Kind::Input, format!("there is no theme \"{name}\"")).hint(mend))
}

/// A theme that is built in.
pub fn built_in(name: &str) -> Option<Palette> {
    let (name, text) = THEMES.iter().find(|(known, _)| *known == name)?;
    parse(text, name).ok().map(|palette| palette.named(name))
}

/// Understands the text of a theme. `origin` is its path.
///
/// # Errors
/// Every problem with its line and column: syntax, unknown keys, colours and marks that there are not.
pub fn parse(file: &str, origin: &str) -> Result<Palette, Refusal> {
    let root = syntax(file).map_err(|problems| Refusal::new(origin, problems))?;
    let mut document = Document::new(file, root.get_ref(), &keys::THEME);
    let name = Path::new(origin).file_stem().and_then(|name| name.to_str()).unwrap_or(origin);
    let name = document.take("name", text).unwrap_or(name);
    let base = document.take("base", base).unwrap_or_default();
    let mut palette = base.named(name);
    for slot in Slot::ALL {
        if let Some(paint) = document.at(&format!("colors.{}", slot.name()), paint) {
            palette.set(slot, paint);
        }
        if let Some(marks) = document.at(&format!("styles.{}", slot.name()), marks) {
            palette.mark(slot, marks);
        }
    }
    if document.problems.is_empty() { Ok(palette) } else { Err(Refusal::new(origin, document.problems)) }
}

/// A built-in theme to start from.
fn base(value: &DeValue<'_>) -> Taken<Palette> {
    let name = text(value)?;
    let known = THEMES.map(|(name, _)| name);
    let mend = || meant(name, &known, || format!("the built-in themes are: {}", known.join(", ")));
    // A built-in theme has no base of its own: nothing goes in circles.
    built_in(name).ok_or_else(|| Wrong::new(format!("there is no built-in theme \"{name}\""), mend()))
}

fn paint(value: &DeValue<'_>) -> Taken<Paint> {
    const MEND: &str =
        "write a name such as \"red\" or \"bright-red\", a number from 0 to 255, or \"#rrggbb\"";
    if let Some(number) = value.as_integer() {
        let number = u8::from_str_radix(number.as_str(), number.radix()).ok();
        return number
            .map(Paint::Indexed)
            .ok_or_else(|| Wrong::new("there is no colour of that number", MEND));
    }
    let word = value.as_str().ok_or_else(|| mismatch(value, "a colour", MEND))?;
    let part = |at: usize| word.get(at..at + 2).and_then(|part| u8::from_str_radix(part, 16).ok());
    let is_hex =
        word.len() == 7 && word.starts_with('#') && word.chars().skip(1).all(|c| c.is_ascii_hexdigit());
    if is_hex && let (Some(r), Some(g), Some(b)) = (part(1), part(3), part(5)) {
        return Ok(Paint::Rgb(r, g, b));
    }
    match word {
        "default" => Ok(Paint::Default),
        "gray" | "grey" => Ok(Paint::Indexed(8)),
        _ => {
            let number = NAMES.iter().position(|name| *name == word);
            let number = number.and_then(|number| u8::try_from(number).ok());
            let mend = || meant(word, &NAMES, || MEND.to_owned());
            number.map(Paint::Indexed).ok_or_else(|| Wrong::new(format!("\"{word}\" is no colour"), mend()))
        }
    }
}

fn marks(value: &DeValue<'_>) -> Taken<Vec<Mark>> {
    const MEND: &str = "write a list, [\"bold\"], of: bold, dim, italic, underline, reverse";
    let mark = |word: &str| {
        let found = Mark::ALL.into_iter().find(|mark| mark.name() == word);
        found.ok_or_else(|| Wrong::new(format!("letters are never \"{word}\""), MEND))
    };
    list(value, MEND, text)?.iter().map(|word| mark(word)).collect()
}

#[cfg(test)]
mod tests;
