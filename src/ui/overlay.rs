//! What lies over the panes.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line as Title;
use ratatui::widgets::{Block, Clear};

use super::Canvas;
use super::header::{figure, until};
use super::table::Line;
use super::{detail, forms};
use crate::app::State;
use crate::app::command::{COMMANDS, Context, pane_contexts};
use crate::app::overlay::{Overlay, Question, Review, Stage};
use crate::domain::access::Level;
use crate::domain::budget::Action;
use crate::domain::plan::{Outcome, Plan, Row, Step};
use crate::domain::text::{fit, wrap};

/// A line of an overlay: text with one style.
pub(super) type Text = (String, Style);

/// Draws the topmost overlay.
pub(super) fn draw(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let (state, theme) = (canvas.state, canvas.theme);
    let width = area.width.saturating_sub(4).min(110);
    let text = usize::from(width.saturating_sub(4));
    match state.overlays.last() {
        None => {}
        Some(Overlay::Help { top }) => {
            scrolling(canvas, area, width, "Keys", &help(state, theme, text), *top);
        }
        Some(Overlay::Plan(review)) => {
            let (title, lines) = plan(review, state, theme, text);
            scrolling(canvas, area, width, &title, &lines, review.top);
        }
        Some(Overlay::Detail(detail)) => {
            let (title, lines) = detail::item(detail, state, theme, text);
            scrolling(canvas, area, width, &title, &lines, detail.top);
        }
        Some(Overlay::Confirm(question)) => ask(canvas, area, question),
        Some(Overlay::Download(form)) => forms::folder(canvas, area, form),
        Some(Overlay::Extend(form)) => forms::extension(canvas, area, form),
        Some(Overlay::Assign(choice)) => forms::choice(canvas, area, choice),
        Some(Overlay::Fetched { ticket, top }) => {
            let (title, lines) = detail::fetched(*ticket, state, theme, text);
            scrolling(canvas, area, width, &title, &lines, *top);
        }
        Some(Overlay::Output { attempt, top }) => {
            let (title, lines) = detail::output(attempt, state, theme, text);
            scrolling(canvas, area, width, &title, &lines, *top);
        }
    }
}

/// A box in the middle with a title; returns what is inside.
pub(super) fn boxed(
    canvas: &mut Canvas<'_, '_>,
    area: Rect,
    (width, height): (u16, u16),
    title: &str,
) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    let (x, y) = (area.x + (area.width - width) / 2, area.y + (area.height - height) / 2);
    let place = Rect { x, y, width, height };
    let title = fit(title, usize::from(width.saturating_sub(4))).into_owned();
    let block = Block::bordered().border_style(canvas.theme.focus);
    let block = block.title(Title::styled(format!(" {title} "), canvas.theme.focus));
    let inside = block.inner(place);
    canvas.frame.render_widget(Clear, place);
    canvas.frame.render_widget(block, place);
    Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside }
}

fn scrolling(canvas: &mut Canvas<'_, '_>, area: Rect, width: u16, title: &str, lines: &[Text], top: usize) {
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX).clamp(5, area.height);
    let room = usize::from(height - 2);
    let furthest = lines.len().saturating_sub(room);
    let top = top.min(furthest);
    let more =
        if furthest > top { format!("{title}  ({} more below)", furthest - top) } else { title.to_owned() };
    let inside = boxed(canvas, area, (width, height), &more);
    canvas.memo.viewport.overlay = furthest;
    for (y, (text, style)) in (0..inside.height).zip(lines.iter().skip(top)) {
        Line::new(canvas.frame.buffer_mut(), inside, y, canvas.theme.text).text(text, *style);
    }
}

/// The commands of where we were, by context.
fn help(state: &State, theme: &super::Theme, width: usize) -> Vec<Text> {
    let mut lines = Vec::new();
    let here = pane_contexts(state.focus).iter().copied();
    let others = [Context::Plan, Context::Detail, Context::Choice, Context::Question, Context::Overlay];
    for context in here.chain(others) {
        lines.push((context.name().to_owned(), theme.heading));
        for command in COMMANDS.iter().filter(|command| command.context == context) {
            let keys: Vec<_> = command.keys.iter().map(ToString::to_string).collect();
            let keys = keys.join(" ");
            let mut keys = match width {
                100.. => format!("  {keys:<18} {:<16}", command.name),
                _ => format!("  {keys:<18}"),
            };
            for part in wrap(command.doc, width.saturating_sub(keys.len() + 1)) {
                lines.push((format!("{keys} {part}"), theme.text));
                keys = " ".repeat(keys.len());
            }
        }
        lines.push((String::new(), theme.text));
    }
    lines.push(("Unofficial, not affiliated with 1Password.".into(), theme.dim));
    lines
}

/// A plan with every line: who, which vault, from which level to which, and how it stands.
fn plan(review: &Review, state: &State, theme: &super::Theme, width: usize) -> (String, Vec<Text>) {
    let Some(plan) = &review.plan.value else {
        let text =
            review.plan.fault().map_or_else(|| "working out what would change".into(), ToString::to_string);
        let style = if review.plan.fault().is_some() { theme.bad } else { theme.dim };
        return ("Plan".into(), wrap(&text, width).into_iter().map(|line| (line, style)).collect());
    };
    let (done, of) = review.progress();
    let title = match &review.stage {
        Stage::Review => format!("Plan: {} of {} students change", plan.changes(), plan.rows.len()),
        Stage::Running(_) => format!("Applying: {done} of {of}"),
        Stage::Ended(_) => "Plan: ended".into(),
    };
    let mut lines = summary(review, plan, state, theme, width);
    let rank = |row: &&Row| match row.outcome {
        Outcome::Failed(_) | Outcome::Planned | Outcome::Running => 0,
        Outcome::Refused(_) => 1,
        Outcome::Done => 2,
        Outcome::Waiting(_) => 3,
        Outcome::Unchanged => 4,
    };
    let mut rows: Vec<_> = plan.rows.iter().collect();
    // While it runs the order stays, so that nothing jumps; before and after, what matters is first.
    if !matches!(review.stage, Stage::Running(_)) {
        rows.sort_by_key(rank);
    }
    for row in rows {
        row_lines(row, state, theme, width, &mut lines);
    }
    (title, lines)
}

fn summary(review: &Review, plan: &Plan, state: &State, theme: &super::Theme, width: usize) -> Vec<Text> {
    let cost = plan.cost();
    let identity = state.view().and_then(|view| view.identity.as_ref());
    let account =
        identity.map_or_else(String::new, |id| format!("account {} ({}), ", id.account_name, id.kind.name()));
    let text = match &review.stage {
        Stage::Ended(text) => text.to_string(),
        Stage::Running(_) => running(review, state),
        Stage::Review if plan.changes() == 0 && plan.taken.is_empty() => "Nothing would change.".into(),
        Stage::Review if plan.changes() == 0 => {
            "Nothing would be sent. y notes that the access is not to be given by itself.".into()
        }
        Stage::Review => format!(
            "{account}class {}: {}{}{}{}. y applies.",
            state.setting.class,
            if cost.reads > 0 { format!("{} and ", counted(cost.reads, "read")) } else { String::new() },
            counted(cost.writes, "write"),
            leaves(plan, state),
            plan.takes()
        ),
    };
    let mut lines: Vec<_> = wrap(&text, width).into_iter().map(|line| (line, theme.heading)).collect();
    if review.stage == Stage::Review && plan.changes() > 0 {
        for note in &plan.unverified {
            let note = format!("not verified: {note}");
            lines.extend(wrap(&note, width).into_iter().map(|line| (line, theme.dim)));
        }
    }
    lines.push((String::new(), theme.text));
    lines
}

/// What lies ahead of a plan that is carried out. Times of the clock only: nothing here ticks.
fn running(review: &Review, state: &State) -> String {
    let zone = &state.setting.zone;
    let clock = |at: jiff::Timestamp| until(at, review.plan.as_of.unwrap_or(at), zone);
    let mut text = match &review.paused {
        _ if review.stopping => return "Stops after the call in flight. Esc puts this aside.".into(),
        Some((at, why)) => format!("Nothing is sent until {}: {why}. ", clock(*at)),
        None => review.ends.map_or_else(String::new, |at| format!("Done about {}. ", clock(at))),
    };
    text.push_str("Esc puts this aside, it goes on; x stops it.");
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

fn row_lines(row: &Row, state: &State, theme: &super::Theme, width: usize, lines: &mut Vec<Text>) {
    let (sign, style) = match row.outcome {
        Outcome::Planned => (" ", theme.text),
        Outcome::Running => (">", theme.staged),
        Outcome::Done => ("+", theme.good),
        Outcome::Unchanged => ("=", theme.dim),
        Outcome::Waiting(_) => (".", theme.dim),
        Outcome::Refused(_) | Outcome::Failed(_) => ("!", theme.bad),
    };
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
        let parts = wrap(message.as_str(), width.saturating_sub(4));
        lines.extend(parts.into_iter().map(|part| (format!("    {part}"), style)));
    }
}

fn step_in_words(step: &Step) -> String {
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

fn ask(canvas: &mut Canvas<'_, '_>, area: Rect, question: &Question) {
    let lines = wrap(&question.text, 56);
    let warning = if question.warning.is_empty() { vec![] } else { wrap(&question.warning, 56) };
    let height = u16::try_from(lines.len() + warning.len() + 4).unwrap_or(u16::MAX);
    let inside = boxed(canvas, area, (62, height), "Sure?");
    let lines = lines.iter().map(|line| (line, Style::new()));
    let warning = warning.iter().map(|line| (line, canvas.theme.warning));
    for (y, (line, style)) in (0..inside.height).zip(lines.chain(warning)) {
        Line::new(canvas.frame.buffer_mut(), inside, y, canvas.theme.text).text(line, style);
    }
    let last = inside.height.saturating_sub(1);
    Line::new(canvas.frame.buffer_mut(), inside, last, canvas.theme.text)
        .text("y yes   n no", canvas.theme.heading);
}
