//! A plan: what it would do, what it costs, what is weighty about it, and how far it is.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Canvas;
use super::boxes::{box_width, boxed};
use super::figures::{figure, until};
use super::page::Page;
use super::theme::Theme;
use crate::app::State;
use crate::app::command::key_of;
use crate::app::overlay::{Review, Source, Stage};
use crate::domain::access::Level;
use crate::domain::budget::Action;
use crate::domain::class::StudentKey;
use crate::domain::plan::{Outcome, Plan, Row, Step, Wish};
use crate::domain::text::counted;

/// What rows have in common, in the order in which they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Failed,
    Deletes,
    Takes,
    Lowers,
    Refused,
    Makes,
    Gives,
    People,
    Waits,
    Unchanged,
}

impl Group {
    /// By what its steps do; once it has ended, what went wrong comes first.
    fn of(row: &Row, ended: bool) -> Self {
        let any = |matching: fn(&Step) -> bool| row.steps.iter().any(matching);
        match row.outcome {
            Outcome::Failed(_) | Outcome::Refused(_) if ended => Self::Failed,
            Outcome::Refused(_) if row.seen.is_none() => Self::Refused,
            Outcome::Waiting(_) => Self::Waits,
            _ if any(|step| matches!(step, Step::DeleteVault { .. })) => Self::Deletes,
            _ if any(|step| matches!(step, Step::Revoke { .. })) => Self::Takes,
            _ if any(takes) => Self::Lowers,
            _ if any(|step| *step == Step::CreateVault) => Self::Makes,
            _ if any(|step| step.admission().is_some()) => Self::People,
            _ if row.steps.is_empty() => Self::Unchanged,
            _ => Self::Gives,
        }
    }

    fn heading(self) -> &'static str {
        match self {
            Self::Failed => "did not work",
            Self::Deletes => "deletes",
            Self::Takes => "takes away",
            Self::Lowers => "lowers",
            Self::Refused => "refused: nothing is sent",
            Self::Makes => "makes vaults",
            Self::Gives => "gives",
            Self::People => "people",
            Self::Waits => "waits for somebody",
            Self::Unchanged => "is as it should be",
        }
    }
}

/// Whether a step leaves somebody with less.
fn takes(step: &Step) -> bool {
    match step {
        Step::Revoke { .. } => true,
        Step::Grant { from, to, .. } => from.is_some_and(|from| from > *to),
        _ => false,
    }
}

/// A plan with every row, by what it does.
pub(super) fn plan(page: &mut Page<'_>, review: &Review) {
    let (state, theme, name) = (page.state, page.theme, review.title());
    let Some(plan) = &review.plan.value else {
        page.title = format!("Plan: {name}");
        return page.waiting(review.plan.fault(), "working out what would change");
    };
    let (done, of) = review.progress();
    page.title = match &review.stage {
        Stage::Review => {
            let verb = if plan.rows.len() == 1 { "changes" } else { "change" };
            format!("Plan: {} of {} {verb}: {name}", plan.changes(), counted(plan.rows.len(), "student"))
        }
        Stage::Queued => format!("In line: {name}"),
        Stage::Running => format!("Applying: {done} of {of}: {name}"),
        Stage::Ended(_) => format!("Plan: ended: {name}"),
    };
    page.text(&summary(review, plan, state), theme.heading);
    if review.stage == Stage::Review {
        doubts(page, review, plan);
    }
    changed(page, review, plan);
    page.gap();
    let ended = matches!(review.stage, Stage::Ended(_));
    let mut rows: Vec<_> = plan.rows.iter().map(|row| (Group::of(row, ended), row)).collect();
    rows.sort_by_key(|(group, _)| *group);
    for rows in rows.chunk_by(|one, other| one.0 == other.0) {
        let group = rows[0].0;
        page.line(format!("{}: {}", group.heading(), rows.len()), theme.heading);
        // Of whom nothing changes there is nothing more to say.
        if group == Group::Unchanged {
            page.indented(2, &state.whom(rows.iter().map(|(_, row)| &row.student)), theme.dim);
        } else {
            for (_, row) in rows {
                one(page, row);
            }
        }
    }
}

/// What it would do and cost, or how far it is.
fn summary(review: &Review, plan: &Plan, state: &State) -> String {
    match &review.stage {
        Stage::Ended(text) => format!("{text}. r works it out anew."),
        Stage::Queued => "Waits for the plan before it to end. Esc puts this aside; x leaves it out.".into(),
        Stage::Running => running(review, state),
        Stage::Review if plan.changes() == 0 && plan.taken.is_empty() => "Nothing would change.".into(),
        Stage::Review if plan.changes() == 0 => {
            "Nothing would be sent. y notes that the access is not to be given by itself.".into()
        }
        Stage::Review => {
            let identity = state.view().and_then(|view| view.identity.as_ref());
            let account = identity
                .map_or_else(String::new, |id| format!("account {} ({}), ", id.account_name, id.kind.name()));
            let yes = match &plan.guard {
                Some(_) if review.typing => "It is applied once that is typed",
                Some(_) => "y asks for what has to be typed to agree",
                None => "y applies",
            };
            let cost = plan.cost();
            let reads =
                if cost.reads > 0 { format!("{} and ", counted(cost.reads, "read")) } else { String::new() };
            let (writes, leaves, takes) = (counted(cost.writes, "write"), leaves(plan, state), plan.takes());
            let line = if state.running().is_some() { ", in line behind the plan that runs" } else { "" };
            format!("{account}class {}: {reads}{writes}{leaves}{takes}. {yes}{line}.", state.setting.class)
        }
    }
}

/// What is weighty about a plan, what it touches that is not seen, and what could not be checked.
fn doubts(page: &mut Page<'_>, review: &Review, plan: &Plan) {
    let (state, theme) = (page.state, page.theme);
    let mut said = |text: &str, style: Style| {
        if !text.is_empty() {
            page.text(text, style);
        }
    };
    if let Some(fault) = review.plan.fault() {
        said(&fault.to_string(), theme.bad);
    }
    if plan.changes() > 0 {
        for why in plan.guard.iter().flat_map(|guard| &guard.because) {
            said(&format!("weighty: {why}"), theme.bad);
        }
        let touched = plan.rows.iter().filter(|row| !row.steps.is_empty()).map(|row| &row.student);
        said(&state.hidden_of(touched), theme.warning);
        for note in &plan.unverified {
            said(&format!("not verified: {note}"), theme.dim);
        }
    }
    for note in &plan.notes {
        said(note.as_str(), theme.warning);
    }
    said(&staff_apart(review, state), theme.dim);
}

/// That vaults are given without the staff's access, where the class file names staff: that is a plan of its own.
fn staff_apart(review: &Review, state: &State) -> String {
    let gives = matches!(review.source, Source::Wish(Wish::Provision(_)));
    let staff = state.view().is_some_and(|view| !view.staff.is_empty());
    if !gives || !staff {
        return String::new();
    }
    format!("for the students alone: staff get theirs by {} in Access", key_of(state, "plan"))
}

/// Why a plan was worked out anew, and what is different from what it was.
fn changed(page: &mut Page<'_>, review: &Review, plan: &Plan) {
    let theme = page.theme;
    if let Some(why) = &review.refused {
        page.text(&format!("worked out anew, nothing was sent: {why}"), theme.warning);
    }
    let Some(before) = review.before.as_ref().filter(|_| review.stage == Stage::Review) else {
        return;
    };
    let of = |plan: &Plan, key: &StudentKey| {
        let row = plan.rows.iter().find(|row| row.student == *key);
        row.map(|row| row.steps.clone()).unwrap_or_default()
    };
    let words = |steps: &[Step]| match steps {
        [] => "nothing".to_owned(),
        steps => steps.iter().map(step_in_words).collect::<Vec<_>>().join("; "),
    };
    let others = before.rows.iter().filter(|row| plan.rows.iter().all(|new| new.student != row.student));
    let mut same = true;
    for row in plan.rows.iter().chain(others) {
        let (now, was) = (of(plan, &row.student), of(before, &row.student));
        if now != was {
            same = false;
            let text = format!("~ {}: was {}, is {}", row.name, words(&was), words(&now));
            page.text(&text, theme.warning);
        }
    }
    if same {
        page.text("the same steps as before", theme.dim);
    }
}

/// What lies ahead of a plan that is carried out. Times of the clock only: nothing here ticks.
fn running(review: &Review, state: &State) -> String {
    let zone = &state.setting.zone;
    let clock = |at: jiff::Timestamp| until(at, review.plan.as_of.unwrap_or(at), zone);
    let mut text = match &review.paused {
        _ if review.stopping => return "Stops after the call in flight. Esc puts this aside.".into(),
        _ if review.held => {
            return "Waits after the call in flight, until p. Esc puts this aside; x stops it.".into();
        }
        Some((at, why)) => format!("Nothing is sent until {}: {why}. ", clock(*at)),
        None => review.ends.map_or_else(String::new, |at| format!("Done about {}. ", clock(at))),
    };
    text.push_str("Esc puts this aside, it goes on; p has it wait; x stops it.");
    text
}

/// What a plan leaves of the ration of writes.
fn leaves(plan: &Plan, state: &State) -> String {
    let Some(budget) = &state.budget else {
        return String::new();
    };
    let left = budget.left(Action::Write);
    let left = left.map(|left| left.checked_sub(plan.cost().writes.into()));
    match left {
        Some(Some(left)) => format!(", which leaves {} writes", figure(left)),
        Some(None) => ", more than this hour has left".into(),
        None => String::new(),
    }
}

/// How a row stands, as a sign and a style.
pub(super) fn sign(outcome: &Outcome, theme: &Theme) -> (&'static str, Style) {
    match outcome {
        Outcome::Planned => (" ", theme.text),
        Outcome::Running => (">", theme.staged),
        Outcome::Done => ("+", theme.good),
        Outcome::Unchanged => ("=", theme.dim),
        Outcome::Waiting(_) => (".", theme.dim),
        Outcome::Refused(_) | Outcome::Failed(_) => ("!", theme.bad),
    }
}

/// A row: whose, on which vault, its steps, and what came of it.
fn one(page: &mut Page<'_>, row: &Row) {
    let (sign, style) = sign(&row.outcome, page.theme);
    let on = |vault| page.state.all_rows().iter().find(|row| row.vault.as_ref() == Some(vault));
    let vault = row.vault.as_ref().and_then(on);
    let vault = vault.map_or_else(String::new, |row| format!("  {}", row.vault_name));
    let word = if row.outcome == Outcome::Planned { "" } else { row.outcome.name() };
    page.line(format!("{sign} {} ({}){vault}  {word}", row.name, row.student), style);
    for step in &row.steps {
        page.line(format!("    {}", step_in_words(step)), style);
    }
    if let Some(message) = row.outcome.message() {
        page.indented(4, message.as_str(), style);
    }
}

/// A step in a line.
pub(super) fn step_in_words(step: &Step) -> String {
    let level = |level: Option<Level>| level.map_or("?", Level::name);
    match step {
        Step::CreateVault => "make the vault".into(),
        Step::DeleteVault { name, items } => {
            let with = items.map_or_else(|| "everything in it".to_owned(), |items| counted(items, "item"));
            format!("delete {name} with {with}")
        }
        Step::Grant { name, from, to, .. } => format!("{name}: {} -> {to}", level(*from)),
        Step::Revoke { name, from, .. } => format!("{name}: {} -> none", level(*from)),
        Step::Admission { act, email, .. } => act.in_words(email),
    }
}

/// The field in which the word of a weighty plan is typed.
pub(super) fn field(canvas: &mut Canvas<'_, '_>, area: Rect, review: &Review) {
    let Some(guard) = review.plan.value.as_ref().and_then(|plan| plan.guard.as_ref()) else {
        return;
    };
    let inside = boxed(canvas, area, (box_width(area), area.height), "This is weighty");
    let theme = canvas.theme;
    canvas
        .line(inside, 0, theme.text)
        .text("type ", theme.text)
        .text(guard.word.as_str(), theme.bad)
        .text(" to agree", theme.text);
    super::field::field(canvas, inside, 1, &review.word, true);
    canvas
        .line(inside, 2, theme.text)
        .text("enter applies   esc goes back   arrows scroll the plan", theme.heading);
}
