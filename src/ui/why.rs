//! By which ways somebody has an access, and what is on the vaults that should not be.

use super::overlay::Text;
use super::table::moment;
use super::theme::Theme;
use super::veil::wrap;
use crate::app::State;
use crate::app::command::key_of;
use crate::app::overlay::{Strays, Why};
use crate::domain::access::{Cell, Level, Why as Unknown};
use crate::domain::drift::{Drift, Path, Via};
use crate::domain::query::Holder;
use crate::domain::text::SafeText;

/// The ways of whoever was asked about, then those of the others on the vault; what the keys can do about it
/// where they go there.
pub(super) fn ways(
    why: &Why,
    state: &State,
    theme: &Theme,
    width: usize,
    has_keys: bool,
) -> (String, Vec<Text>) {
    let row = state.row(&why.student);
    let vault = row.map_or_else(|| why.vault.to_string(), |row| row.vault_name.to_string());
    let title = format!("Why: who is on {vault}");
    let mut lines: Vec<Text> = Vec::new();
    let Some(holders) = &why.holders.value else {
        let (text, style) = match why.holders.fault() {
            Some(fault) => (fault.to_string(), theme.bad),
            None => ("looking up the ways to this vault".to_owned(), theme.dim),
        };
        return (title, wrap(state, &text, width).into_iter().map(|line| (line, style)).collect());
    };
    let belongs = |holder: &&Holder| {
        let own = row.and_then(|row| row.user.as_ref());
        let own = own.is_some_and(|user| holder.who.id() == user.as_str());
        own || state.view().is_some_and(|view| view.staff.iter().any(|staff| staff.who == holder.who))
    };
    let meant = |holder: &&Holder| why.who.as_ref().map_or(!belongs(holder), |who| holder.who == *who);
    let (first, rest): (Vec<&Holder>, Vec<&Holder>) = holders.iter().partition(meant);
    // What can be done stands first: the ways may be many.
    if has_keys && row.is_some_and(|row| row.strays() > 0) {
        lines.push(("m plans to take away what should not be here".into(), theme.heading));
        lines.push((String::new(), theme.text));
    }
    if first.is_empty() {
        let text =
            if why.who.is_some() { "no way is known here" } else { "nobody else is known to be on it" };
        lines.push((text.into(), theme.dim));
    }
    several(&first, state, theme, width, &mut lines);
    if !rest.is_empty() {
        lines.push((String::new(), theme.text));
        lines.push(("also on this vault".into(), theme.heading));
        several(&rest, state, theme, width, &mut lines);
    }
    (title, lines)
}

/// From so many on, those who are there by their office alone are one line, and so are groups whose members
/// are not shown.
const MANY: usize = 2;

/// Everybody with their ways. Who is there only as an administrator of the account is on every vault: many
/// of them are named in one line, after the others.
fn several(holders: &[&Holder], state: &State, theme: &Theme, width: usize, lines: &mut Vec<Text>) {
    let by_office = |holder: &&&Holder| {
        !holder.paths.is_empty() && holder.paths.iter().all(|path| path.via == Via::Administration)
    };
    let (office, others): (Vec<&Holder>, Vec<&Holder>) = holders.iter().partition(by_office);
    let (folded, shown): (&[&Holder], &[&Holder]) =
        if office.len() < MANY { (&[], &office) } else { (&office, &[]) };
    others.iter().chain(shown).for_each(|holder| paths(holder, state, theme, width, lines));
    if let [first, ..] = folded {
        let names = folded.iter().map(|holder| holder.name.as_str()).collect::<Vec<_>>().join("; ");
        let level = first.paths.first().map_or_else(String::new, |path| level(path.cell, state));
        let same =
            folded.iter().all(|one| one.paths.iter().all(|path| self::level(path.cell, state) == level));
        let level = if same { format!(", {level}") } else { String::new() };
        let count = folded.len();
        let text = format!("{count} as administrators of the account{level}, on every vault: {names}");
        lines.extend(wrap(state, &text, width).into_iter().map(|line| (line, theme.dim)));
    }
}

fn paths(holder: &Holder, state: &State, theme: &Theme, width: usize, lines: &mut Vec<Text>) {
    lines.push((format!("{} ({})", holder.name, holder.who), theme.heading));
    // Of groups whose members are not shown only the names tell one from the other.
    let (perhaps, mut shown): (Vec<&Path>, Vec<&Path>) =
        holder.paths.iter().partition(|path| is_perhaps(path));
    let folds = perhaps.len() >= MANY;
    if !folds {
        shown = holder.paths.iter().collect();
    }
    let mut ways: Vec<String> = shown.into_iter().map(|path| in_words(path, state)).collect();
    if folds {
        ways.push(perhaps_in_words(&perhaps, state));
    }
    for way in ways {
        for (at, part) in wrap(state, &way, width.saturating_sub(4)).into_iter().enumerate() {
            let indent = if at == 0 { "  - " } else { "    " };
            lines.push((format!("{indent}{part}"), theme.text));
        }
    }
}

/// Whether a way is one through a group of which it is not shown who is in it.
fn is_perhaps(path: &Path) -> bool {
    matches!(path.via, Via::Group { member: None, .. })
}

/// Several such ways in one: how many groups, and which.
fn perhaps_in_words(paths: &[&Path], state: &State) -> String {
    let name = |path: &&Path| match &path.via {
        Via::Group { name, .. } => match path.cell.level(state.kind()) {
            Some(level) => format!("{name} ({level})"),
            None => name.to_string(),
        },
        _ => String::new(),
    };
    let names = paths.iter().map(name).collect::<Vec<_>>().join("; ");
    format!("perhaps through {} groups, whose members are not shown: {names}", paths.len())
}

fn in_words(path: &Path, state: &State) -> String {
    let zone = &state.setting.zone;
    let via = match &path.via {
        Via::Direct => "directly".to_owned(),
        Via::Group { name, member: Some(true), .. } => format!("through the group {name}"),
        Via::Group { name, member: Some(false), .. } => format!("the group {name}, not a member"),
        Via::Group { name, member: None, .. } => {
            format!("perhaps through the group {name}: members are not shown")
        }
        Via::Maker => "as the service account that made it".to_owned(),
        Via::Administration => "as an administrator of the account".to_owned(),
    };
    let level = level(path.cell, state);
    let since = path
        .since
        .map_or_else(|| "since when is not known".into(), |at| format!("since {}", moment(at, zone)));
    let by = path.by.as_ref().map_or("by whom is not known", SafeText::as_str);
    format!("{via}: {level}, {since}; {by}; {}", path.because)
}

fn level(cell: Cell, state: &State) -> String {
    match cell {
        // The reason stands below the matrix; here it would be said once a way.
        Cell::Unknown { why: Unknown::NotRead } => "level not read".into(),
        Cell::Unknown { why: Unknown::LevelNotShown } => "level not shown".into(),
        cell => cell.level(state.kind()).map_or("custom", Level::name).to_owned(),
    }
}

/// The list of what should not be; and which of its lines is selected.
pub(super) fn drift(
    strays: &Strays,
    state: &State,
    theme: &Theme,
    width: usize,
) -> (String, Vec<Text>, usize) {
    let Some(found) = &strays.found.value else {
        let (text, style) = match strays.found.fault() {
            Some(fault) => (fault.to_string(), theme.bad),
            None if strays.fresh => ("reading who is on every vault, one request each".to_owned(), theme.dim),
            None => ("comparing what was read with the class file".to_owned(), theme.dim),
        };
        let lines = wrap(state, &text, width).into_iter().map(|line| (line, style)).collect();
        return ("Drift".into(), lines, 0);
    };
    let title = format!("Drift: {} on {} vaults", found.list.len(), found.compared);
    let mut lines: Vec<Text> = Vec::new();
    if let Some(oldest) = found.oldest {
        lines.push((format!("the oldest list was read {}", moment(oldest, &state.setting.zone)), theme.dim));
    }
    if found.list.is_empty() {
        let none = "nobody visible has more than the class file asks for";
        lines.extend(wrap(state, none, width).into_iter().map(|line| (line, theme.good)));
        let missing = format!(
            "what somebody lacks is not looked for here: {} in Access plans it",
            key_of(state, "plan")
        );
        lines.extend(wrap(state, &missing, width).into_iter().map(|line| (line, theme.dim)));
    }
    let mut selected = 0;
    for (at, one) in found.list.iter().enumerate() {
        let style = if at == strays.cursor { theme.selected } else { theme.text };
        let mark = if at == strays.cursor { ">" } else { " " };
        for (part, text) in wrap(state, &line(one, state), width.saturating_sub(2)).into_iter().enumerate() {
            let text = format!("{} {text}", if part == 0 { mark } else { " " });
            lines.push((format!("{text:<width$}"), style));
        }
        if at == strays.cursor {
            selected = lines.len().saturating_sub(1);
        }
    }
    for (vault, why) in &found.unread {
        let text = format!("not read: {vault}: {why}");
        lines.extend(wrap(state, &text, width).into_iter().map(|line| (line, theme.warning)));
    }
    for note in &found.unverified {
        let text = format!("not verified: {note}");
        lines.extend(wrap(state, &text, width).into_iter().map(|line| (line, theme.dim)));
    }
    (title, lines, selected)
}

fn line(one: &Drift, state: &State) -> String {
    let whose = state.row(&one.student).map_or_else(|| one.student.to_string(), |row| row.name.to_string());
    let since =
        one.since.map_or_else(String::new, |at| format!(", since {}", moment(at, &state.setting.zone)));
    let level = level(one.cell, state);
    format!(
        "{}: {}; {level}, asked {}{since}",
        one.kind.word(),
        one.in_words(&SafeText::new(&whose)),
        one.asked
    )
}
