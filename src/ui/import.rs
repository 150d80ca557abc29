//! A class list that is to be taken over: the form, and what it would change.

use ratatui::layout::Rect;

use super::Canvas;
use super::field::field;
use super::forms::place;
use super::overlay::{Text, boxed, scrolling};
use super::theme::Theme;
use super::veil::wrap;
use crate::app::State;
use crate::app::import::Import;
use crate::domain::roster::{Enrolment, Refusal, Student};
use crate::domain::text::counted;

/// The form, or what was found.
pub(super) fn draw(canvas: &mut Canvas<'_, '_>, area: Rect, import: &Import) {
    let width = area.width.saturating_sub(4).min(110);
    if !import.is_shown() {
        return form(canvas, area, import);
    }
    let guarded = import.ready().and_then(|enrolment| enrolment.guard.as_ref());
    let below = if guarded.is_some() { 4 } else { 3 };
    let above = Rect { height: area.height.saturating_sub(below), ..area };
    let (title, lines) = preview(import, canvas.state, canvas.theme, usize::from(width.saturating_sub(4)));
    scrolling(canvas, above, width, &title, &lines, import.top);
    let inside = boxed(
        canvas,
        Rect { y: above.bottom(), height: below, ..area },
        (width, below),
        if import.ready().is_some() { "Take it over" } else { "Class list" },
    );
    let theme = canvas.theme;
    let keys = if import.ready().is_some() { "enter takes it over   esc goes back" } else { "esc goes back" };
    match guarded {
        Some(guard) => {
            let text = format!("type {} to agree;  {keys}", guard.word);
            canvas.line(inside, 0, theme.text).text(&text, theme.heading);
            field(canvas, inside, 1, &import.word, true);
        }
        None => drop(canvas.line(inside, 0, theme.text).text(keys, theme.heading)),
    }
}

fn form(canvas: &mut Canvas<'_, '_>, area: Rect, import: &Import) {
    let width = area.width.saturating_sub(4).min(80);
    let inside = boxed(canvas, area, (width, 9), "Import a class list");
    let (state, theme) = (canvas.state, canvas.theme);
    canvas
        .line(inside, 0, theme.text)
        .text("the file, as Canvas, Moodle or a spreadsheet writes it", theme.dim);
    field(canvas, inside, 1, &import.path, import.pasted.is_none());
    let place = place(&import.path, state);
    canvas.line(inside, 2, theme.text).text(&place, theme.dim);
    let pasted = match &import.pasted {
        Some(text) => format!("pasted: {}; esc forgets it", counted(text.lines().count(), "line")),
        None => "or paste the whole list here".to_owned(),
    };
    let style = if import.pasted.is_some() { theme.good } else { theme.dim };
    canvas.line(inside, 3, theme.text).text(&pasted, style);
    let last = inside.height.saturating_sub(1);
    canvas.line(inside, last, theme.text).text("enter shows what would change   esc leaves", theme.heading);
}

/// What taking the list over would change, or everything that is wrong in it.
pub(super) fn preview(import: &Import, state: &State, theme: &Theme, width: usize) -> (String, Vec<Text>) {
    match &import.preview.value {
        None => ("Class list".into(), vec![("reading the list".into(), theme.dim)]),
        Some(Err(refusal)) => refused(refusal, state, theme, width),
        Some(Ok(enrolment)) => found(enrolment, state, theme, width),
    }
}

fn refused(refusal: &Refusal, state: &State, theme: &Theme, width: usize) -> (String, Vec<Text>) {
    let mut lines: Vec<Text> = Vec::new();
    for problem in &refusal.problems {
        let text = format!("line {}, column {}: {}", problem.line, problem.column, problem.message);
        lines.extend(wrap(state, &text, width).into_iter().map(|line| (line, theme.bad)));
        if !problem.mend.is_empty() {
            let mend = wrap(state, problem.mend.as_str(), width.saturating_sub(4));
            lines.extend(mend.into_iter().map(|line| (format!("    {line}"), theme.dim)));
        }
    }
    if refusal.more > 0 {
        lines.push((format!("and {} more", refusal.more), theme.bad));
    }
    let count = refusal.problems.len() + refusal.more;
    (format!("Class list refused: {}", counted(count, "problem")), lines)
}

fn found(enrolment: &Enrolment, state: &State, theme: &Theme, width: usize) -> (String, Vec<Text>) {
    let (imported, changes) = (&enrolment.imported, &enrolment.changes);
    let mut lines: Vec<Text> = Vec::new();
    let mut add = |text: String, style| {
        lines.extend(wrap(state, &text, width).into_iter().map(|line| (line, style)));
    };
    for why in enrolment.guard.iter().flat_map(|guard| &guard.because) {
        add(format!("weighty: {why}"), theme.bad);
    }
    add(format!("read as {}", imported.format), theme.dim);
    for note in &imported.notes {
        add(note.to_string(), theme.warning);
    }
    for row in &imported.skipped {
        add(format!("line {}: left out: {}", row.line, row.reason), theme.warning);
    }
    let who = |student: &Student| format!("{}  {}  {}", student.key, student.name, student.email.safe());
    for student in &changes.new {
        add(format!("+ {}", who(student)), theme.good);
    }
    for change in &changes.changed {
        let moves = if change.moves_email() { "; another person gets the vault" } else { "" };
        let text = format!(
            "~ {}  was {}  {}{moves}",
            who(&change.after),
            change.before.name,
            change.before.email.safe()
        );
        add(text, theme.warning);
    }
    for student in &changes.gone {
        add(format!("- {}; nobody loses access by it", who(student)), theme.bad);
    }
    (format!("Class list: {}", enrolment.in_words()), lines)
}
