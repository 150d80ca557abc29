//! By which ways somebody has an access, and what is on the vaults that should not be.

use super::figures::moment;
use super::matrix::belongs;
use super::page::Page;
use super::veil::wrap;
use crate::app::State;
use crate::app::command::key_of;
use crate::app::overlay::{Strays, Why};
use crate::domain::access::{Cell, Level, Principal, Why as Unknown};
use crate::domain::drift::Drift;
use crate::domain::text::{SafeText, counted};
use crate::domain::ways::{Holder, Path, Via};

/// The ways of whoever was asked about, then those of the others on the vault.
pub(super) fn ways(page: &mut Page<'_>, why: &Why) {
    let (state, theme) = (page.state, page.theme);
    let row = state.row(&why.student);
    let vault = row.map_or_else(|| why.vault.to_string(), |row| row.vault_name.to_string());
    page.title = format!("Why: who is on {vault}");
    let Some(holders) = &why.holders.value else {
        return page.waiting(why.holders.fault(), "looking up the ways to this vault");
    };
    let has_column = |who: &Principal| state.view().is_some_and(|view| belongs(view, row, who));
    let meant = |holder: &&Holder| match &why.who {
        Some(who) => holder.who == *who,
        None => !has_column(&holder.who),
    };
    let (first, rest): (Vec<&Holder>, Vec<&Holder>) = holders.iter().partition(meant);
    if first.is_empty() {
        let text =
            if why.who.is_some() { "no way is known here" } else { "nobody else is known to be on it" };
        page.line(text, theme.dim);
    }
    several(page, &first);
    if !rest.is_empty() {
        page.heading("also on this vault");
        several(page, &rest);
    }
}

/// What a key can do about what should not be on the vault, where anything is.
pub(super) fn mend(page: &mut Page<'_>, why: &Why) {
    let has_strays = page.state.row(&why.student).is_some_and(|row| row.strays() > 0);
    if has_strays && why.holders.value.is_some() {
        page.line("m plans to take away what should not be here", page.theme.heading);
        page.gap();
    }
}

/// From so many on, those who are there by their office alone are one line, and so are groups whose members
/// are not shown.
const MANY: usize = 2;

/// Everybody with their ways. Who is there only as an administrator of the account is on every vault: many
/// of them are named in one line, after the others.
fn several(page: &mut Page<'_>, holders: &[&Holder]) {
    let state = page.state;
    let by_office = |holder: &&&Holder| {
        !holder.paths.is_empty() && holder.paths.iter().all(|path| path.via == Via::Administration)
    };
    let (office, others): (Vec<&Holder>, Vec<&Holder>) = holders.iter().partition(by_office);
    let (folded, shown): (&[&Holder], &[&Holder]) =
        if office.len() < MANY { (&[], &office) } else { (&office, &[]) };
    others.iter().chain(shown).for_each(|holder| paths(page, holder));
    if let [first, ..] = folded {
        let names = folded.iter().map(|holder| holder.name.as_str()).collect::<Vec<_>>().join("; ");
        let level = first.paths.first().map_or_else(String::new, |path| level(path.cell, state));
        let same =
            folded.iter().all(|one| one.paths.iter().all(|path| self::level(path.cell, state) == level));
        let level = if same { format!(", {level}") } else { String::new() };
        let count = folded.len();
        let text = format!("{count} as administrators of the account{level}, on every vault: {names}");
        page.text(&text, page.theme.dim);
    }
}

fn paths(page: &mut Page<'_>, holder: &Holder) {
    page.line(format!("{} ({})", holder.name, holder.who), page.theme.heading);
    // Of groups whose members are not shown only the names tell one from the other.
    let (perhaps, mut shown): (Vec<&Path>, Vec<&Path>) =
        holder.paths.iter().partition(|path| is_perhaps(path));
    let folds = perhaps.len() >= MANY;
    if !folds {
        shown = holder.paths.iter().collect();
    }
    let mut ways: Vec<String> = shown.into_iter().map(|path| in_words(path, page.state)).collect();
    if folds {
        ways.push(perhaps_in_words(&perhaps, page.state));
    }
    for way in ways {
        page.led("  - ", &way, page.theme.text);
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

/// The list of what should not be.
pub(super) fn drift(page: &mut Page<'_>, strays: &Strays) {
    let (state, theme) = (page.state, page.theme);
    page.title = "Drift".into();
    let Some(found) = &strays.found.value else {
        let what = if strays.fresh {
            "reading who is on every vault, one request each"
        } else {
            "comparing what was read with the class file"
        };
        return page.waiting(strays.found.fault(), what);
    };
    page.title = format!("Drift: {} on {}", found.list.len(), counted(found.compared, "vault"));
    if let Some(oldest) = found.oldest {
        let at = moment(oldest, &state.setting.zone);
        page.line(format!("the oldest list was read {at}"), theme.dim);
    }
    if found.list.is_empty() {
        page.text("nobody visible has more than the class file asks for", theme.good);
        let plan = key_of(state, "plan");
        let missing = format!("what somebody lacks is not looked for here: {plan} in Access plans it");
        page.text(&missing, theme.dim);
    }
    for (at, one) in found.list.iter().enumerate() {
        let parts = wrap(state, &line(one, state), page.width.saturating_sub(2));
        page.entry(&parts, theme.text, at == strays.cursor);
    }
    for (vault, why) in &found.unread {
        page.text(&format!("not read: {vault}: {why}"), theme.warning);
    }
    for note in &found.unverified {
        page.text(&format!("not verified: {note}"), theme.dim);
    }
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
