//! A class list that is to be taken over: the form, and what it would change.

use ratatui::layout::Rect;

use super::boxes::{box_width, boxed, page_width, paged};
use super::field::field;
use super::forms::path;
use super::page::Page;
use super::{Canvas, boxes};
use crate::app::import::Import;
use crate::domain::roster::{Enrolment, Refusal, Student};
use crate::domain::text::counted;

/// The form, or what was found.
pub(super) fn draw(canvas: &mut Canvas<'_, '_>, area: Rect, import: &Import) {
    if !import.is_shown() {
        return form(canvas, area, import);
    }
    let guarded = import.ready().and_then(|enrolment| enrolment.guard.as_ref());
    let below = if guarded.is_some() { 4 } else { 3 };
    let above = Rect { height: area.height.saturating_sub(below), ..area };
    let mut page = Page::new(canvas.state, canvas.theme, page_width(area));
    preview(&mut page, import);
    paged(canvas, above, &page, import.top);
    let inside = boxed(
        canvas,
        Rect { y: above.bottom(), height: below, ..area },
        (box_width(area), below),
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
    let keys = "enter shows what would change   esc leaves";
    let inside = boxes::form(canvas, area, 7, "Import a class list", keys);
    let theme = canvas.theme;
    let help = "the file, as Canvas, Moodle or a spreadsheet writes it";
    canvas.line(inside, 0, theme.text).text(help, theme.dim);
    path(canvas, inside, 1, &import.path, import.pasted.is_none());
    let (pasted, style) = match &import.pasted {
        Some(text) => {
            let lines = counted(text.lines().count(), "line");
            (format!("pasted: {lines}; esc forgets it"), theme.good)
        }
        None => ("or paste the whole list here".to_owned(), theme.dim),
    };
    canvas.line(inside, 3, theme.text).text(&pasted, style);
}

/// What taking the list over would change, or everything that is wrong in it.
pub(super) fn preview(page: &mut Page<'_>, import: &Import) {
    match &import.preview.value {
        None => {
            page.title = "Class list".into();
            page.line("reading the list", page.theme.dim);
        }
        Some(Err(refusal)) => refused(page, refusal),
        Some(Ok(enrolment)) => found(page, enrolment),
    }
}

fn refused(page: &mut Page<'_>, refusal: &Refusal) {
    let theme = page.theme;
    let count = refusal.problems.len() + refusal.more;
    page.title = format!("Class list refused: {}", counted(count, "problem"));
    for problem in &refusal.problems {
        let text = format!("line {}, column {}: {}", problem.line, problem.column, problem.message);
        page.text(&text, theme.bad);
        if !problem.mend.is_empty() {
            page.indented(4, problem.mend.as_str(), theme.dim);
        }
    }
    if refusal.more > 0 {
        page.line(format!("and {} more", refusal.more), theme.bad);
    }
}

fn found(page: &mut Page<'_>, enrolment: &Enrolment) {
    let (imported, changes, theme) = (&enrolment.imported, &enrolment.changes, page.theme);
    page.title = format!("Class list: {}", enrolment.in_words());
    let mut add = |text: String, style| page.text(&text, style);
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
}
