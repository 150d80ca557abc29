//! A student, and a cell of the access matrix.

use crate::app::assignments::extension_in_words;
use crate::app::matrix::no_vault;
use crate::app::people::next_in_words;
use crate::app::{State, matrix};
use crate::domain::arrival::Arrival;
use crate::domain::class::StudentKey;
use crate::domain::query::StatusRow;
use crate::domain::submission::{NO_VAULT, Standing};
use crate::ui::activity;
use crate::ui::figures::moment;
use crate::ui::matrix::known;
use crate::ui::page::Page;
use crate::ui::review::{sign, step_in_words};
use crate::ui::roster::stands;
use crate::ui::veil::foreign;

/// So many of the last things that happened are listed.
const LAST: usize = 8;

/// A student: who, how they stand with everything, and what happened last.
pub(super) fn student(page: &mut Page<'_>, row: &StatusRow) {
    let (state, theme) = (page.state, page.theme);
    let zone = &state.setting.zone;
    page.field("e-mail", row.email.as_str(), theme.text);
    page.field("key", &state.keyed(&row.key), theme.text);
    let style = if row.state.is_active() { theme.good } else { theme.warning };
    page.field("state", row.state.label(), style);
    if row.gone {
        page.field("", "no longer in the roster's source", theme.warning);
    }
    page.maybe("next", next_in_words(state, row), theme.warning);
    page.maybe("person", row.user.as_ref().map(ToString::to_string), theme.dim);
    match &row.vault {
        Some(id) => {
            page.field("vault", row.vault_name.as_str(), theme.text);
            page.field("", id.as_str(), theme.dim);
            page.field("items", &row.items.to_string(), theme.text);
        }
        None => page.field("vault", "none", theme.dim),
    }
    page.maybe("closing", row.closing.as_ref().map(ToString::to_string), theme.warning);
    page.maybe("uploaded", row.last_upload.map(|at| moment(at, zone)), theme.text);
    if state.rows.marks.contains(&row.key) {
        page.field("marked", "yes", theme.warning);
    }
    for like in &row.look_alikes {
        page.field("looks as", &like.in_words(), theme.warning);
    }
    work(page, row);
    if row.vault.is_some() {
        page.heading("Access");
        levels(page, row);
    }
    happened(page, row);
}

/// How the student stands with every assignment, with the deadline that counts for them.
fn work(page: &mut Page<'_>, row: &StatusRow) {
    let (state, theme) = (page.state, page.theme);
    let zone = &state.setting.zone;
    if state.assignments().is_empty() {
        return;
    }
    page.heading("Assignments");
    for (at, head) in state.assignments().iter().enumerate() {
        let standing = row.standings.get(at).copied();
        let (word, style) = standing.map_or(("?".to_owned(), theme.dim), |standing| match standing {
            Standing::NotYetDue => (standing.in_words(), theme.dim),
            Standing::Unknown if row.vault.is_none() => (NO_VAULT.to_owned(), theme.dim),
            standing => stands(standing, theme),
        });
        page.indented(2, &format!("{:<10} {word}, due {}", head.id.as_str(), moment(head.due, zone)), style);
        if let Some(own) = state.extension(row, &head.id) {
            let text =
                format!("{:<10} {}: {}", "", extension_in_words(own), foreign(state, own.reason.as_str()));
            page.indented(2, text.trim_end_matches([':', ' ']), theme.staged);
        }
        if let Some(arrival) = newest_for(state, &row.key, head.id.as_str()) {
            let text = format!(
                "{:<10} {} {}",
                "",
                moment(arrival.detected_at, zone),
                state.titled(arrival.item.title.as_str())
            );
            page.indented(2, &text, theme.dim);
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
fn levels(page: &mut Page<'_>, row: &StatusRow) {
    let (state, theme) = (page.state, page.theme);
    let own = if row.vault.is_some() { known(row.own, state) } else { no_vault(row).to_owned() };
    page.indented(2, &format!("own: {own}"), theme.text);
    let staff = state.view().map_or(&[][..], |view| &view.staff);
    for (column, cell) in staff.iter().zip(&row.staff) {
        page.indented(2, &format!("{}: {}", column.name, known(*cell, state)), theme.text);
    }
    match &row.others {
        None => page.indented(2, "others: not read yet", theme.dim),
        Some(others) if others.is_empty() => page.indented(2, "others: nobody", theme.dim),
        Some(others) => {
            for other in others {
                let (mark, style) = match other.kind {
                    Some(stray) => (stray.word(), theme.bad),
                    None => ("a live exception", theme.warning),
                };
                page.indented(2, &format!("{}, {mark}: {}", other.name, known(other.cell, state)), style);
            }
        }
    }
    for excess in &row.wider {
        page.indented(2, &format!("{}: more than {}", excess.name, excess.asked), theme.bad);
    }
}

/// What was changed for the student by plans of this session, and what arrived, as far as it is in memory.
fn happened(page: &mut Page<'_>, row: &StatusRow) {
    let (state, theme) = (page.state, page.theme);
    let zone = &state.setting.zone;
    let plans = state.plans.iter().rev().flat_map(|review| {
        let rows = review.plan.value.iter().flat_map(|plan| &plan.rows);
        rows.filter(|one| one.student == row.key && !one.steps.is_empty()).map(move |one| (review, one))
    });
    let plans: Vec<_> = plans.take(LAST).collect();
    if !plans.is_empty() {
        page.heading("Changed from here");
    }
    for (review, one) in plans {
        let (sign, style) = sign(&one.outcome, theme);
        page.indented(2, &format!("{sign} {}: {}", review.title(), one.outcome.name()), style);
        for step in &one.steps {
            page.indented(2, &format!("  {}", step_in_words(step)), theme.dim);
        }
    }
    let arrivals = state.activity.arrivals.iter().rev().filter(|arrival| arrival.student.key == row.key);
    let arrivals: Vec<_> = arrivals.take(LAST).collect();
    if !arrivals.is_empty() {
        page.heading("Arrivals");
    }
    for arrival in arrivals {
        let at = moment(arrival.detected_at, zone);
        let what = arrival.kind.word();
        let (work, _) = activity::work(arrival, theme);
        let title = state.titled(arrival.item.title.as_str());
        let text = format!("{at} {what} {title} v{}  {work}", arrival.item.version);
        page.indented(2, text.trim_end(), theme.text);
    }
}

/// The selected cell: what is known, how, and by which ways.
pub(super) fn cell(page: &mut Page<'_>, row: &StatusRow) {
    let (state, theme) = (page.state, page.theme);
    page.field("vault", row.vault_name.as_str(), theme.text);
    let Some(view) = state.view() else { return };
    match matrix::cell(view, row, state.matrix.column) {
        Err(reason) => page.field("who", reason, theme.dim),
        Ok((vault, who, cell)) => {
            let (name, _) = matrix::held(view, row, &who);
            page.field("who", name.as_str(), theme.heading);
            page.field("", &who.to_string(), theme.dim);
            page.field("level", &known(cell, state), theme.text);
            let set = cell.set().filter(|set| !set.is_empty()).map(|set| set.names().join(", "));
            page.maybe("means", set, theme.dim);
            if let Some(to) = state.matrix.staged.get(&(vault, who)) {
                page.field("staged", &to.to_string(), theme.staged);
            }
        }
    }
    if row.foreign {
        page.field("made by", "another service account", theme.warning);
    }
    let why = state.inspector.why.as_ref().filter(|why| Some(&why.vault) == row.vault.as_ref());
    if let Some(why) = why {
        page.heading("Ways to it");
        crate::ui::why::ways(page, why);
        if why.holders.value.as_ref().is_some_and(|holders| !holders.is_empty()) {
            return;
        }
    }
    page.heading("Everybody on this vault");
    levels(page, row);
}
