//! A student, and a cell of the access matrix.

use super::Lines;
use crate::app::assignments::extension_in_words;
use crate::app::matrix::no_vault;
use crate::app::people::next_in_words;
use crate::app::{State, matrix};
use crate::domain::access::{AccountKind, Cell, Level};
use crate::domain::activity::Arrival;
use crate::domain::class::StudentKey;
use crate::domain::query::StatusRow;
use crate::domain::submission::Standing;
use crate::ui::roster::stands;
use crate::ui::table::moment;
use crate::ui::veil::foreign;

/// So many of the last things that happened are listed.
const LAST: usize = 8;

/// A student: who, how they stand with everything, and what happened last.
pub(super) fn student(lines: &mut Lines<'_>, row: &StatusRow, state: &State) {
    let (theme, zone) = (lines.theme, &state.setting.zone);
    lines.field("e-mail", row.email.as_str(), theme.text);
    lines.field("key", &state.keyed(&row.key), theme.text);
    let style = if row.state.is_active() { theme.good } else { theme.warning };
    lines.field("state", row.state.label(), style);
    if row.gone {
        lines.field("", "no longer in the roster's source", theme.warning);
    }
    lines.maybe("next", next_in_words(state, row), theme.warning);
    lines.maybe("person", row.user.as_ref().map(ToString::to_string), theme.dim);
    match &row.vault {
        Some(id) => {
            lines.field("vault", row.vault_name.as_str(), theme.text);
            lines.field("", id.as_str(), theme.dim);
            lines.field("items", &row.items.to_string(), theme.text);
        }
        None => lines.field("vault", "none", theme.dim),
    }
    lines.maybe("closing", row.closing.as_ref().map(ToString::to_string), theme.warning);
    lines.maybe("uploaded", row.last_upload.map(|at| moment(at, zone)), theme.text);
    if state.rows.marks.contains(&row.key) {
        lines.field("marked", "yes", theme.warning);
    }
    for like in &row.look_alikes {
        lines.field("looks as", &like.in_words(), theme.warning);
    }
    work(lines, row, state);
    if row.vault.is_some() {
        lines.heading("Access");
        levels(lines, row, state);
    }
    happened(lines, row, state);
}

/// How the student stands with every assignment, with the deadline that counts for them.
fn work(lines: &mut Lines<'_>, row: &StatusRow, state: &State) {
    let (theme, zone) = (lines.theme, &state.setting.zone);
    if state.assignments().is_empty() {
        return;
    }
    lines.heading("Assignments");
    for (at, head) in state.assignments().iter().enumerate() {
        let standing = row.standings.get(at).copied();
        let (word, style) = standing.map_or(("?".to_owned(), theme.dim), |standing| match standing {
            Standing::NotYetDue => (standing.in_words(), theme.dim),
            standing => stands(standing, theme),
        });
        lines.item(&format!("{:<10} {word}, due {}", head.id.as_str(), moment(head.due, zone)), style);
        if let Some(own) = state.extension(row, &head.id) {
            let text =
                format!("{:<10} {}: {}", "", extension_in_words(own), foreign(state, own.reason.as_str()));
            lines.item(text.trim_end_matches([':', ' ']), theme.staged);
        }
        if let Some(arrival) = newest_for(state, &row.key, head.id.as_str()) {
            let text = format!(
                "{:<10} {} {}",
                "",
                moment(arrival.detected_at, zone),
                state.titled(arrival.item.title.as_str())
            );
            lines.item(&text, theme.dim);
        }
    }
}

/// The newest arrival in memory that belongs to an assignment of a student.
fn newest_for<'a>(state: &'a State, key: &StudentKey, id: &str) -> Option<&'a Arrival> {
    let of = |arrival: &&Arrival| {
        arrival.student.key == *key && arrival.assignment.as_ref().is_some_and(|one| one.as_str() == id)
    };
    state.activity.arrivals.iter().rev().find(of)
}

/// Everybody of whom an access is known, one a line.
fn levels(lines: &mut Lines<'_>, row: &StatusRow, state: &State) {
    let (theme, kind) = (lines.theme, state.kind());
    let own = if row.vault.is_some() { known(row.own, kind, state) } else { no_vault(row).to_owned() };
    lines.item(&format!("own: {own}"), theme.text);
    let staff = state.view().map_or(&[][..], |view| &view.staff);
    for (column, cell) in staff.iter().zip(&row.staff) {
        lines.item(&format!("{}: {}", column.name, known(*cell, kind, state)), theme.text);
    }
    match &row.others {
        None => lines.item("others: not read yet", theme.dim),
        Some(others) if others.is_empty() => lines.item("others: nobody", theme.dim),
        Some(others) => {
            for other in others {
                let (mark, style) = match other.kind {
                    Some(stray) => (stray.word(), theme.bad),
                    None => ("a live exception", theme.warning),
                };
                lines.item(&format!("{}, {mark}: {}", other.name, known(other.cell, kind, state)), style);
            }
        }
    }
    for excess in &row.wider {
        lines.item(&format!("{}: more than {}", excess.name, excess.asked), theme.bad);
    }
}

/// A level, how it is known, and when it was.
fn known(cell: Cell, kind: AccountKind, state: &State) -> String {
    let level = cell.level(kind).map_or("unknown", Level::name);
    let zone = &state.setting.zone;
    match cell {
        Cell::Proved { at, .. } => format!("{level}, read {}", moment(at, zone)),
        Cell::Ledger { at, .. } => format!("{level}, as we granted it {}", moment(at, zone)),
        Cell::Unknown { why } => format!("{level}, {}", why.words()),
    }
}

/// What was changed for the student by plans of this session, and what arrived, as far as it is in memory.
fn happened(lines: &mut Lines<'_>, row: &StatusRow, state: &State) {
    let (theme, zone) = (lines.theme, &state.setting.zone);
    let plans = state.plans.iter().rev().flat_map(|review| {
        let rows = review.plan.value.iter().flat_map(|plan| &plan.rows);
        rows.filter(|one| one.student == row.key && !one.steps.is_empty()).map(move |one| (review, one))
    });
    let plans: Vec<_> = plans.take(LAST).collect();
    if !plans.is_empty() {
        lines.heading("Changed from here");
    }
    for (review, one) in plans {
        let (sign, style) = crate::ui::review::sign(&one.outcome, theme);
        lines.item(&format!("{sign} {}: {}", review.title(), one.outcome.name()), style);
        for step in &one.steps {
            lines.item(&format!("  {}", crate::ui::review::step_in_words(step)), theme.dim);
        }
    }
    let arrivals = state.activity.arrivals.iter().rev().filter(|arrival| arrival.student.key == row.key);
    let arrivals: Vec<_> = arrivals.take(LAST).collect();
    if !arrivals.is_empty() {
        lines.heading("Arrivals");
    }
    for arrival in arrivals {
        let at = moment(arrival.detected_at, zone);
        let what = super::happened(arrival.kind);
        let (work, _) = crate::ui::activity::work(arrival, theme);
        let title = state.titled(arrival.item.title.as_str());
        let text = format!("{at} {what} {title} v{}  {work}", arrival.item.version);
        lines.item(text.trim_end(), theme.text);
    }
}

/// The selected cell: what is known, how, and by which ways.
pub(super) fn cell(lines: &mut Lines<'_>, row: &StatusRow, state: &State) {
    let (theme, kind) = (lines.theme, state.kind());
    lines.field("vault", row.vault_name.as_str(), theme.text);
    let Some(view) = state.view() else { return };
    match matrix::cell(view, row, state.matrix.column) {
        Err(reason) => lines.field("who", reason, theme.dim),
        Ok((vault, who, cell)) => {
            let (name, _) = matrix::held(view, row, &who);
            lines.field("who", name.as_str(), theme.heading);
            lines.field("", &who.to_string(), theme.dim);
            lines.field("level", &known(cell, kind, state), theme.text);
            let set = cell.set().filter(|set| !set.is_empty()).map(|set| set.names().join(", "));
            lines.maybe("means", set, theme.dim);
            if let Some(to) = state.matrix.staged.get(&(vault, who)) {
                lines.field("staged", &to.to_string(), theme.staged);
            }
        }
    }
    if row.foreign {
        lines.field("made by", "another service account", theme.warning);
    }
    let why = state.inspector.why.as_ref().filter(|why| Some(&why.vault) == row.vault.as_ref());
    if let Some(why) = why {
        lines.heading("Ways to it");
        let (_, text) = crate::ui::why::ways(why, state, theme, lines.width, false);
        lines.all.extend(text);
        if why.holders.value.as_ref().is_some_and(|holders| !holders.is_empty()) {
            return;
        }
    }
    lines.heading("Everybody on this vault");
    levels(lines, row, state);
}
