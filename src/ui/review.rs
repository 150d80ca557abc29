//! A plan: what it would do, what it costs, what is weighty about it, and how far it is.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Canvas;
use super::header::{figure, until};
use super::overlay::{Text, boxed};
use super::theme::Theme;
use super::veil::wrap;
use crate::app::State;
use crate::app::command::key_of;
use crate::app::overlay::{Review, Source, Stage};
use crate::domain::access::Level;
use crate::domain::budget::Action;
use crate::domain::class::StudentKey;
use crate::domain::plan::{Outcome, Plan, Row, Step, Wish};

/// What rows have in common, in the order in which they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Failed,
    Deletes,
    Takes,
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
            _ if any(takes) => Self::Takes,
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
pub(super) fn plan(review: &Review, state: &State, theme: &Theme, width: usize) -> (String, Vec<Text>) {
    let name = review.title();
    let Some(plan) = &review.plan.value else {
        let text =
            review.plan.fault().map_or_else(|| "working out what would change".into(), ToString::to_string);
        let style = if review.plan.fault().is_some() { theme.bad } else { theme.dim };
        return (
            format!("Plan: {name}"),
            wrap(state, &text, width).into_iter().map(|line| (line, style)).collect(),
        );
    };
    let (done, of) = review.progress();
    let title = match &review.stage {
        Stage::Review => {
            format!("Plan: {} of {} students change: {name}", plan.changes(), plan.rows.len())
        }
        Stage::Queued => format!("In line: {name}"),
        Stage::Running => format!("Applying: {done} of {of}: {name}"),
        Stage::Ended(_) => format!("Plan: ended: {name}"),
    };
    let mut lines = summary(review, plan, state, theme, width);
    changed(review, plan, state, (theme, width), &mut lines);
    lines.push((String::new(), theme.text));
    let ended = matches!(review.stage, Stage::Ended(_));
    let mut rows: Vec<_> = plan.rows.iter().map(|row| (Group::of(row, ended), row)).collect();
    rows.sort_by_key(|(group, _)| *group);
    for group in rows.chunk_by(|one, other| one.0 == other.0) {
        let (heading, count) = (group[0].0.heading(), group.len());
        lines.push((format!("{heading}: {count}"), theme.heading));
        // Of whom nothing changes there is nothing more to say.
        if group[0].0 == Group::Unchanged {
            let whom = state.whom(group.iter().map(|(_, row)| &row.student));
            lines.extend(
                wrap(state, &whom, width.saturating_sub(2))
                    .into_iter()
                    .map(|line| (format!("  {line}"), theme.dim)),
            );
            continue;
        }
        for (_, row) in group {
            row_lines(row, state, theme, width, &mut lines);
        }
    }
    (title, lines)
}

fn summary(review: &Review, plan: &Plan, state: &State, theme: &Theme, width: usize) -> Vec<Text> {
    let cost = plan.cost();
    let identity = state.view().and_then(|view| view.identity.as_ref());
    let account =
        identity.map_or_else(String::new, |id| format!("account {} ({}), ", id.account_name, id.kind.name()));
    let yes = match &plan.guard {
        Some(_) if review.typing => "It is applied once that is typed",
        Some(_) => "y asks for what has to be typed to agree",
        None => "y applies",
    };
    let text = match &review.stage {
        Stage::Ended(text) => format!("{text}. r works it out anew."),
        Stage::Queued => "Waits for the plan before it to end. Esc puts this aside; x leaves it out.".into(),
        Stage::Running => running(review, state),
        Stage::Review if plan.changes() == 0 && plan.taken.is_empty() => "Nothing would change.".into(),
        Stage::Review if plan.changes() == 0 => {
            "Nothing would be sent. y notes that the access is not to be given by itself.".into()
        }
        Stage::Review => format!(
            "{account}class {}: {}{}{}{}. {yes}{}.",
            state.setting.class,
            if cost.reads > 0 { format!("{} and ", counted(cost.reads, "read")) } else { String::new() },
            counted(cost.writes, "write"),
            leaves(plan, state),
            plan.takes(),
            if state.running().is_some() { ", in line behind the plan that runs" } else { "" },
        ),
    };
    let mut lines: Vec<Text> =
        wrap(state, &text, width).into_iter().map(|line| (line, theme.heading)).collect();
    let mut add = |text: &str, style: Style| {
        let parts = wrap(state, text, width).into_iter().filter(|_| !text.is_empty());
        lines.extend(parts.map(|line| (line, style)));
    };
    if review.stage != Stage::Review {
        return lines;
    }
    if let Some(fault) = review.plan.fault() {
        add(&fault.to_string(), theme.bad);
    }
    if plan.changes() > 0 {
        for why in plan.guard.iter().flat_map(|guard| &guard.because) {
            add(&format!("weighty: {why}"), theme.bad);
        }
        let touched = plan.rows.iter().filter(|row| !row.steps.is_empty()).map(|row| &row.student);
        add(&state.hidden_of(touched), theme.warning);
        for note in &plan.unverified {
            add(&format!("not verified: {note}"), theme.dim);
        }
    }
    add(&staff_apart(review, state), theme.dim);
    lines
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
fn changed(
    review: &Review,
    plan: &Plan,
    state: &State,
    (theme, width): (&Theme, usize),
    lines: &mut Vec<Text>,
) {
    let mut add = |text: &str, style: Style| {
        lines.extend(wrap(state, text, width).into_iter().map(|line| (line, style)));
    };
    if let Some(why) = &review.refused {
        add(&format!("worked out anew, nothing was sent: {why}"), theme.warning);
    }
    let Some(before) = review.before.as_ref().filter(|_| review.stage == Stage::Review) else {
        return;
    };
    let of = |plan: &Plan, key: &StudentKey| {
        let row = plan.rows.iter().find(|row| row.student == *key);
        row.map(|row| row.steps.clone()).unwrap_or_default()
    };
    let mut same = true;
    let others = before.rows.iter().filter(|row| plan.rows.iter().all(|new| new.student != row.student));
    for row in plan.rows.iter().chain(others) {
        let (now, was) = (of(plan, &row.student), of(before, &row.student));
        if now == was {
            continue;
        }
        same = false;
        let words = |steps: &[Step]| match steps {
            [] => "nothing".to_owned(),
            steps => steps.iter().map(step_in_words).collect::<Vec<_>>().join("; "),
        };
        add(&format!("~ {}: was {}, is {}", row.name, words(&was), words(&now)), theme.warning);
    }
    if same {
        add("the same steps as before", theme.dim);
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

fn counted(count: u32, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
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

fn row_lines(row: &Row, state: &State, theme: &Theme, width: usize, lines: &mut Vec<Text>) {
    let (sign, style) = sign(&row.outcome, theme);
    let vault = row
        .vault
        .as_ref()
        .and_then(|vault| state.all_rows().iter().find(|r| r.vault.as_ref() == Some(vault)));
    let vault = vault.map_or_else(String::new, |row| format!("  {}", row.vault_name));
    let word = if row.outcome == Outcome::Planned { "" } else { row.outcome.name() };
    lines.push((format!("{sign} {} ({}){vault}  {word}", row.name, row.student), style));
    for step in &row.steps {
        lines.push((format!("    {}", step_in_words(step)), style));
    }
    if let Some(message) = row.outcome.message() {
        let parts = wrap(state, message.as_str(), width.saturating_sub(4));
        lines.extend(parts.into_iter().map(|part| (format!("    {part}"), style)));
    }
}

/// A step in a line.
pub(super) fn step_in_words(step: &Step) -> String {
    let level = |level: Option<Level>| level.map_or("?", Level::name);
    match step {
        Step::CreateVault => "make the vault".into(),
        Step::DeleteVault { name, items } => {
            let with = items.map_or_else(|| "everything in it".to_owned(), |items| format!("{items} items"));
            format!("delete {name} with {with}")
        }
        Step::Grant { name, from, to, .. } => format!("{name}: {} -> {to}", level(*from)),
        Step::Revoke { name, from, .. } => format!("{name}: {} -> none", level(*from)),
        Step::Admission { act, email, .. } => act.in_words(email),
    }
}

/// How many lines the field of a weighty plan takes below it.
pub(super) fn field_height(review: &Review) -> u16 {
    if review.typing { 5 } else { 0 }
}

/// The field in which the word of a weighty plan is typed.
pub(super) fn field(canvas: &mut Canvas<'_, '_>, area: Rect, review: &Review) {
    let guard = review.plan.value.as_ref().and_then(|plan| plan.guard.as_ref());
    let Some(guard) = guard.filter(|_| review.typing) else {
        return;
    };
    let width = area.width.saturating_sub(4).min(110);
    let inside = boxed(canvas, area, (width, area.height), "This is weighty");
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
