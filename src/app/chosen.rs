//! What the user has chosen about the screen, how it follows its files while the dashboard is open, and how it
//! stands with those that cannot be taken over.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::columns::{Columns, Table};
use super::command::Keymap;
use super::layout::Layout;
use super::msg::Effect;
use super::{Effects, State, Weight, answers, reloads};
use crate::domain::class::Class;
use crate::domain::fault::{Fault, Kind};
use crate::domain::palette::Palette;
use crate::domain::preferences::{AUTO, Colours, Followed, Objection, Preferences};

/// What is chosen.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    /// The settings in effect.
    pub preferences: Preferences,
    /// The themes that there are, by name; the user's come last.
    pub themes: Vec<String>,
    /// The theme that was chosen, or [`AUTO`].
    pub theme: String,
    /// Whether the terminal's background is dark, once the terminal has told it.
    pub is_dark: Option<bool>,
    /// Files that cannot be taken over as they are, and why; what was read of them before stays in effect.
    pub broken: BTreeMap<Followed, Fault>,
}

impl Chosen {
    /// What was chosen before the first frame.
    pub fn new(preferences: Preferences, themes: Vec<String>, is_dark: Option<bool>) -> Self {
        let theme = preferences.theme.clone();
        Self { preferences, themes, theme, is_dark, broken: BTreeMap::new() }
    }

    /// The name of the theme to be shown: the one that follows the background is neutral until that is known.
    pub fn shown(&self) -> &str {
        match (self.theme.as_str(), self.is_dark) {
            (AUTO, Some(true)) => "dark",
            (AUTO, Some(false)) => "light",
            (AUTO, None) => "terminal",
            (name, _) => name,
        }
    }

    /// The theme behind the one that is shown.
    pub fn next(&self) -> Option<&String> {
        let at = self.themes.iter().position(|name| name == self.shown());
        self.themes.get(at.map_or(0, |at| (at + 1) % self.themes.len()))
    }

    /// What keeps files from being taken over, in full.
    pub fn troubles(&self) -> impl Iterator<Item = String> + '_ {
        self.broken.iter().map(|(of, fault)| format!("{} not taken over: {fault}", of.name()))
    }

    /// What keeps a file from being taken over, in one line.
    pub fn trouble(&self) -> Option<String> {
        let (of, fault) = self.broken.iter().next()?;
        let more = match self.broken.len() {
            1 => String::new(),
            all => format!(" (and {} more files)", all - 1),
        };
        Some(format!("{} not taken over: {fault}{more}", of.name()))
    }
}

/// What was found in a class file that was edited.
#[derive(Clone, Debug, PartialEq)]
pub struct Edition {
    /// The class as the file says it now.
    pub class: Arc<Class>,
    /// The parts of the file that count from the next start on.
    pub later: Vec<&'static str>,
}

/// Why a theme is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Somebody has chosen it.
    Person,
    /// Its file was edited.
    File,
    /// Something else was chosen or told that it follows from.
    Other,
}

/// Chooses a theme by hand.
pub(super) fn choose(state: &mut State, name: String) -> Effects {
    state.chosen.theme = name;
    vec![Effect::Theme(state.chosen.shown().to_owned(), Cause::Person)]
}

/// Chooses the theme behind the one that is shown.
pub(super) fn choose_next(state: &mut State) -> Effects {
    let next = state.chosen.next().cloned();
    next.map_or_else(Vec::new, |name| choose(state, name))
}

/// A theme was read.
pub(super) fn themed(state: &mut State, read: Result<Palette, Fault>, cause: Cause) -> Effects {
    match read {
        Ok(palette) => {
            state.chosen.broken.remove(&Followed::Theme);
            let at = state.chosen.themes.iter().position(|name| *name == palette.name);
            let at =
                at.map_or_else(String::new, |at| format!(", {} of {}", at + 1, state.chosen.themes.len()));
            let off = match state.chosen.preferences.colours {
                Colours::Never => "; colours are off: NO_COLOR, or color = \"never\"",
                _ => "",
            };
            match cause {
                Cause::Person => state.say(Weight::Info, format!("theme {}{at}{off}", palette.name)),
                Cause::File => state.say(Weight::Info, format!("theme {} was read again", palette.name)),
                Cause::Other => {}
            }
            state.dirty = true;
            vec![Effect::Dress(Box::new(palette))]
        }
        Err(fault) => broken(state, Followed::Theme, fault),
    }
}

/// What the screen has against settings: commands, keys and columns that do not exist, and keys that are in each
/// other's way. Whoever reads a file of them asks this before anything of it counts.
pub fn objections(new: &Preferences) -> Vec<Objection> {
    understood(new).err().unwrap_or_default()
}

/// The keys, and the columns of the roster, as settings name them.
fn understood(new: &Preferences) -> Result<(Keymap, Columns), Vec<Objection>> {
    let columns = Columns::parse(Table::Roster, &new.columns).map_err(|what| {
        let mend = ":columns on the dashboard shows what there is".into();
        Objection { setting: "ui.columns".into(), entry: None, what, mend }
    });
    match (Keymap::with(&new.keys), columns) {
        (Ok(keymap), Ok(columns)) => Ok((keymap, columns)),
        (keymap, columns) => Err(keymap.err().into_iter().flatten().chain(columns.err()).collect()),
    }
}

/// Settings that were not asked about where they were read: all that is wrong with them, in one line.
fn refused(objections: &[Objection]) -> Fault {
    let told: Vec<String> = objections.iter().map(ToString::to_string).collect();
    Fault::new(Kind::Input, told.join("; "))
}

/// The settings were edited, and are in effect from now on.
pub(super) fn settled(state: &mut State, new: Preferences) -> Effects {
    let (keymap, columns) = match understood(&new) {
        Ok(read) => read,
        Err(objections) => return broken(state, Followed::Settings, refused(&objections)),
    };
    state.keymap = keymap;
    // What was begun with the keys of before may mean something else now.
    state.prefix.clear();
    if state.chosen.preferences.columns != new.columns {
        state.take_columns(columns);
    }
    state.chosen.broken.remove(&Followed::Settings);
    let old = std::mem::replace(&mut state.chosen.preferences, new);
    let now = &state.chosen.preferences;
    let changed = [
        (old.theme != now.theme, "theme"),
        (old.colours != now.colours, "color"),
        (old.ascii != now.ascii, "ascii"),
        (old.mouse != now.mouse, "mouse"),
        (old.bell != now.bell, "bell"),
        (old.privacy != now.privacy, "privacy"),
        (old.plain != now.plain, "plain (from the next start on)"),
        (old.layout != now.layout, "layout"),
        (old.columns != now.columns, "columns"),
        (old.keys != now.keys, "keys"),
    ];
    let changed: Vec<&str> = changed.into_iter().filter_map(|(is, what)| is.then_some(what)).collect();
    let (theme, colours) = (old.theme != now.theme, old.colours != now.colours);
    if theme {
        state.chosen.theme.clone_from(&state.chosen.preferences.theme);
    }
    state.dirty = true;
    let what = if changed.is_empty() { "nothing is different".to_owned() } else { changed.join(", ") };
    state.say(Weight::Info, format!("settings read again: {what}"));
    let new = state.chosen.preferences.clone();
    let mut effects = state.prefer(&old, &new);
    if theme || colours {
        effects.push(Effect::Theme(state.chosen.shown().to_owned(), Cause::Other));
    }
    effects
}

impl State {
    /// Takes over what was chosen before the first frame. Keys and columns that cannot be taken over are told
    /// like a file that cannot be read.
    pub fn begin(&mut self, chosen: Chosen) {
        self.chosen = chosen;
        match understood(&self.chosen.preferences) {
            Ok((keymap, columns)) => {
                self.keymap = keymap;
                self.take_columns(columns);
            }
            Err(objections) => drop(self.chosen.broken.insert(Followed::Settings, refused(&objections))),
        }
        let new = self.chosen.preferences.clone();
        self.prefer(&Preferences::default(), &new);
    }

    /// Has the roster's columns stand so; by what it is sorted stays.
    fn take_columns(&mut self, columns: Columns) {
        let roster = self.tables.of_mut(Table::Roster);
        let sort = roster.sort;
        *roster = Columns { sort, ..columns };
    }

    /// Makes everything that is different as it was chosen; what was switched by hand since stays where the
    /// settings say nothing else.
    fn prefer(&mut self, old: &Preferences, new: &Preferences) -> Effects {
        (self.setting.ascii, self.setting.bell) = (new.ascii, new.bell);
        if old.layout != new.layout {
            let named = |layout: &Layout| new.layout.as_deref() == Some(layout.name());
            self.layout = Layout::ALL.into_iter().find(named).unwrap_or(Layout::Auto);
        }
        if old.privacy != new.privacy {
            self.set_privacy(new.privacy);
        }
        if old.mouse != new.mouse && self.mouse != new.mouse {
            self.mouse = new.mouse;
            return vec![Effect::Mouse(new.mouse)];
        }
        vec![]
    }
}

/// The terminal has told its background.
pub(super) fn lit(state: &mut State, is_dark: bool) -> Effects {
    let before = state.chosen.shown().to_owned();
    state.chosen.is_dark = Some(is_dark);
    let now = state.chosen.shown();
    if now == before { vec![] } else { vec![Effect::Theme(now.to_owned(), Cause::Other)] }
}

/// The class file was edited: what is shown is read again by it.
pub(super) fn edited(state: &mut State, edition: Edition) -> Effects {
    state.chosen.broken.remove(&Followed::Class);
    state.setting.title = edition.class.title.clone();
    state.setting.zone = edition.class.time_zone.clone();
    if edition.later.is_empty() {
        state.say(Weight::Info, "the class file was read again");
    } else {
        let parts = edition.later.join(", ");
        state.say(
            Weight::Warning,
            format!("the class file was read again; {parts} count from the next start on"),
        );
    }
    // Before anything is asked: answers are worked out by the edition of the moment they are asked for.
    let mut effects = vec![Effect::Edition(edition.class)];
    effects.extend(answers::load_class(state, false));
    effects.extend(reloads::all(state));
    effects
}

/// A file cannot be taken over; what was read before stays. It is said until the file is mended.
pub(super) fn broken(state: &mut State, of: Followed, fault: Fault) -> Effects {
    state.notices.overtaken();
    state.dirty |= state.chosen.broken.get(&of) != Some(&fault);
    state.chosen.broken.insert(of, fault);
    vec![]
}

/// A file that could not be taken over is again what is in effect.
pub(super) fn mended(state: &mut State, of: Followed) -> Effects {
    if state.chosen.broken.remove(&of).is_some() {
        state.say(Weight::Info, format!("{}: mended", of.name()));
    }
    vec![]
}
