//! The user's settings, `settings.toml`: what the screen looks like and which keys it has. Knows what the file
//! may say; which commands there are is known elsewhere.

use std::path::PathBuf;

use toml::de::DeValue;

use super::document::{Document, syntax};
use super::value::{Taken, Wrong, flag, list, meant, quoted, quoted_list, text, words};
use super::{Environment, Places, Refusal, keys, read};
use crate::domain::fault::Fault;
use crate::domain::preferences::{Colours, Objection, Preferences};

/// Settings with every one at its default, explained.
pub const SETTINGS: &str = include_str!("../../assets/settings.toml");
/// The file's name.
pub(super) const NAME: &str = "settings.toml";
/// Whether the dashboard is opened line by line; `0` says no.
pub const PLAIN: &str = "STRONGROOM_PLAIN";
/// Overrides the theme of the settings.
pub const THEME: &str = "STRONGROOM_THEME";

/// The layouts that can be kept whatever the width.
const LAYOUTS: [&str; 4] = ["auto", "one", "grid", "wide"];

/// What the screen has against settings that can be read; it is known there which commands, keys and columns exist.
pub type Judge = fn(&Preferences) -> Vec<Objection>;

/// Where the settings are.
pub fn file(places: &Places) -> PathBuf {
    places.config.join(NAME)
}

/// The settings in effect but for the flags: defaults, file, environment.
///
/// # Errors
/// A fault of [`Kind::Input`](crate::domain::fault::Kind::Input) where there is a file that cannot be read or
/// understood, or the screen objects.
pub fn settings(places: &Places, env: &Environment, judge: Judge) -> Result<Preferences, Fault> {
    let path = file(places);
    let chosen = match path.try_exists() {
        Ok(false) => Preferences::default(),
        _ => parse(&read(&path)?, &path.display().to_string(), judge)?,
    };
    Ok(over(chosen, env))
}

/// What the command line says about the screen; it comes before everything else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Flags {
    /// The theme.
    pub theme: Option<String>,
    /// When colours are used.
    pub colours: Option<Colours>,
    /// Whether only ASCII is drawn.
    pub ascii: bool,
    /// Whether the terminal's bell rings when something arrives.
    pub bell: bool,
    /// Whether people are shown under pseudonyms from the start.
    pub privacy: bool,
    /// Whether it is opened line by line.
    pub plain: bool,
}

impl Flags {
    /// Settings with the flags over them.
    pub fn over(&self, mut preferences: Preferences, env: &Environment) -> Preferences {
        if let Some(theme) = &self.theme {
            preferences.theme.clone_from(theme);
        }
        preferences.ascii |= self.ascii;
        preferences.bell |= self.bell;
        preferences.privacy |= self.privacy;
        preferences.plain |= self.plain;
        match self.colours {
            // It was said: the settings are not asked, the environment is.
            Some(Colours::Auto) => preferences.colours = over(Preferences::default(), env).colours,
            Some(colours) => preferences.colours = colours,
            None => {}
        }
        preferences
    }
}

/// Settings with those of the environment over them.
pub fn over(mut preferences: Preferences, env: &Environment) -> Preferences {
    if let Some(theme) = env.text(THEME) {
        theme.clone_into(&mut preferences.theme);
    }
    let dumb = env.text("TERM") == Some("dumb") && preferences.colours == Colours::Auto;
    if dumb || env.text("NO_COLOR").is_some() {
        preferences.colours = Colours::Never;
    }
    if let Some(plain) = env.text(PLAIN) {
        preferences.plain = !matches!(plain, "" | "0");
    }
    preferences
}

/// Understands the text of the settings. `origin` is its path.
///
/// # Errors
/// Every problem with its line and column: syntax, unknown keys, values that are not allowed, and what the judge
/// says of the others.
pub fn parse(file: &str, origin: &str, judge: Judge) -> Result<Preferences, Refusal> {
    let root = syntax(file).map_err(|problems| Refusal::new(origin, problems))?;
    let mut document = Document::new(file, root.get_ref(), &keys::SETTINGS);
    let mut chosen = Preferences::default();
    if let Some(theme) = document.take("ui.theme", words) {
        theme.clone_into(&mut chosen.theme);
    }
    if let Some(colours) = document.take("ui.color", colours) {
        chosen.colours = colours;
    }
    for (path, place) in [
        ("ui.ascii", &mut chosen.ascii),
        ("ui.mouse", &mut chosen.mouse),
        ("ui.bell", &mut chosen.bell),
        ("ui.privacy", &mut chosen.privacy),
        ("ui.plain", &mut chosen.plain),
    ] {
        if let Some(yes) = document.take(path, flag) {
            *place = yes;
        }
    }
    let layout = document.take("ui.layout", |value| one_of(value, &LAYOUTS, "layout"));
    chosen.layout = layout.filter(|layout| *layout != LAYOUTS[0]).map(str::to_owned);
    let columns = document.take("ui.columns", |value| list(value, "write [\"state\", \"items\"]", words));
    chosen.columns = columns.unwrap_or_default();
    for (at, command, value) in document.leaves("keys") {
        let path = format!("keys.{command}");
        // Where they cannot be read it has none: they are in no other's way.
        let sequences = document.meaning(&path, value, sequences).unwrap_or_default();
        if chosen.keys.insert(command, sequences).is_some() {
            document.report(at, format!("`{path}`: it stands here twice"), "write its keys once");
        }
    }
    for Objection { setting, entry, what, mend } in judge(&chosen) {
        let at = document.place(&setting, entry);
        document.report(at, format!("`{setting}`: {what}"), mend);
    }
    if document.problems.is_empty() { Ok(chosen) } else { Err(Refusal::new(origin, document.problems)) }
}

/// The settings in effect as TOML.
pub fn to_toml(chosen: &Preferences) -> String {
    let mut lines = vec!["[ui]".to_owned()];
    lines.push(format!("theme = {}", quoted(&chosen.theme)));
    lines.push(format!("color = {}", quoted(chosen.colours.name())));
    for (key, yes) in [
        ("ascii", chosen.ascii),
        ("mouse", chosen.mouse),
        ("bell", chosen.bell),
        ("privacy", chosen.privacy),
        ("plain", chosen.plain),
    ] {
        lines.push(format!("{key} = {yes}"));
    }
    lines.push(format!("layout = {}", quoted(chosen.layout.as_deref().unwrap_or(LAYOUTS[0]))));
    lines.push(format!("columns = {}", quoted_list(&chosen.columns)));
    lines.extend([String::new(), "[keys]".to_owned()]);
    lines.extend(chosen.keys.iter().map(|(command, keys)| format!("{command} = {}", quoted_list(keys))));
    lines.push(String::new());
    lines.join("\n")
}

fn colours(value: &DeValue<'_>) -> Taken<Colours> {
    let names = Colours::ALL.map(Colours::name);
    let word = one_of(value, &names, "use of colours")?;
    Ok(Colours::ALL.into_iter().find(|colours| colours.name() == word).unwrap_or_default())
}

/// One of these words.
fn one_of<'a>(value: &'a DeValue<'a>, known: &[&'static str], what: &str) -> Taken<&'static str> {
    let word = text(value)?;
    let found = known.iter().copied().find(|known| *known == word);
    found.ok_or_else(|| {
        let mend = meant(word, known, || format!("write one of: {}", known.join(", ")));
        Wrong::new(format!("\"{word}\" is no {what}"), mend)
    })
}

/// The keys of a command, each as it is pressed.
fn sequences(value: &DeValue<'_>) -> Taken<Vec<String>> {
    list(value, "write a list of keys: [\"x\", \"g g\", \"ctrl-d\"]", text)
}

#[cfg(test)]
mod tests;
