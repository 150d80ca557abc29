//! The end of a term: its steps one below the other, and the form in which one is signed off.

use ratatui::layout::Rect;

use super::Canvas;
use super::boxes::{form, form_width};
use super::figures::moment;
use super::forms::path;
use super::page::Page;
use crate::app::State;
use crate::app::overlay::{Closing, SignOff};
use crate::domain::plan::takes;
use crate::domain::term::{Progress, Stage};
use crate::domain::text::counted;

/// The steps, and below the selected one what it does.
pub(super) fn steps(page: &mut Page<'_>, closing: &Closing) {
    let (state, theme) = (page.state, page.theme);
    let whose = match closing.students.len() {
        0 => "the class".to_owned(),
        count => counted(count, "marked student"),
    };
    page.title = format!("End of term: {whose}");
    let Some(term) = &closing.term.value else {
        return page.waiting(closing.term.fault(), "looking up how far the steps are");
    };
    for (at, step) in term.steps.iter().enumerate() {
        let is_selected = at == closing.cursor;
        let style = if step.done == step.of { theme.dim } else { theme.text };
        page.entry(&[line(step, state, page.width)], style, is_selected);
        if is_selected {
            about(page, step);
            page.selected = Some(page.lines.len() - 1);
        }
    }
    if let Some(fault) = closing.term.fault() {
        page.text(&fault.to_string(), theme.bad);
    }
}

/// From this width on a line has room for who signed off.
const WITH_NAMES: usize = 90;
/// From this width on it has room for what a step costs and what is in its way.
const BOTH: usize = 64;

/// A step in one line: how far it is, what the rest costs, and what is in the way or who signed it off.
fn line(step: &Progress, state: &State, width: usize) -> String {
    let far = format!("{}/{}", step.done, step.of);
    let wide = width >= WITH_NAMES;
    if width < BOTH {
        // What is in the way matters more than what it would cost; the rest stands below the selected one.
        let note = step.blocked().map_or_else(|| price(step), |blocked| blocked.to_string());
        return format!("{:<8} {far:>9}  {note}", step.stage.name()).trim_end().to_owned();
    }
    let note = match (&step.signed, step.blocked()) {
        (_, Some(blocked)) => blocked.to_string(),
        (Some((at, by)), None) if wide => format!("signed {} by {by}", moment(*at, &state.setting.zone)),
        (Some((at, _)), None) => format!("signed {}", moment(*at, &state.setting.zone)),
        (None, None) => String::new(),
    };
    format!("{:<8} {far:>9}  {:<24} {note}", step.stage.name(), price(step)).trim_end().to_owned()
}

/// What the rest of a step asks of the ration, and how long that takes.
fn price(step: &Progress) -> String {
    match step.requests.reads + step.requests.writes {
        0 if step.done == step.of => "done".into(),
        0 => "nothing is sent".into(),
        requests => format!("{}{}", counted(requests, "request"), takes(step.takes)),
    }
}

/// What the selected step does, who signed it off, and what is in the way.
fn about(page: &mut Page<'_>, step: &Progress) {
    let (state, theme) = (page.state, page.theme);
    page.indented(4, step.stage.in_words(), theme.heading);
    if let Some((at, by)) = step.signed.as_ref().filter(|_| page.width < WITH_NAMES) {
        page.indented(4, &format!("signed off {} by {by}", moment(*at, &state.setting.zone)), theme.dim);
    }
    let lacks = step.lacks.map(|(lacks, count)| match step.is_next() {
        Err(_) => format!("cannot be taken yet: {} comes first, for {count}", lacks.name()),
        Ok(()) => format!("{} comes first and is not done for {count}", lacks.name()),
    });
    if let Some(lacks) = lacks {
        page.indented(4, &lacks, theme.warning);
    }
}

/// The form in which a step about files or notes is signed off.
pub(super) fn sign_off(canvas: &mut Canvas<'_, '_>, area: Rect, asked: &SignOff) {
    let (state, theme) = (canvas.state, canvas.theme);
    let step = &asked.step;
    let whose = if asked.students.is_empty() {
        format!("the class: {}", counted(step.of, "vault"))
    } else {
        state.whom(&asked.students)
    };
    let mut page = Page::new(state, theme, form_width(area));
    page.text(&format!("{}: {}", step.stage.name(), step.stage.in_words()), theme.heading);
    page.text(&format!("for {whose}; done for {} of {}", step.done, step.of), theme.text);
    if step.done == step.of {
        page.text("it was done for everybody; what has changed since is done again", theme.dim);
    } else {
        page.text(&price(step), theme.text);
    }
    if let Some((lacks, count)) = step.lacks {
        let text = format!("{} is not done for {count}: they are left out", lacks.name());
        page.text(&text, theme.warning);
    }
    let folder = if asked.folder.is_some() { 3 } else { 0 };
    let lines = u16::try_from(page.lines.len() + 2 + folder).unwrap_or(u16::MAX - 2);
    let inside =
        form(canvas, area, lines, "Sign this step off", "enter signs it off and begins   esc leaves");
    for (y, (text, style)) in (0..inside.height).zip(&page.lines) {
        canvas.line(inside, y, theme.text).text(text, *style);
    }
    if let Some(input) = &asked.folder {
        let what = match step.stage {
            Stage::Pull => "where the files are kept",
            Stage::Verify => "where the copies are",
            _ => "the folder of the files; the report lies beside them",
        };
        let y = inside.height.saturating_sub(4);
        canvas.line(inside, y, theme.text).text(what, theme.dim);
        path(canvas, inside, y + 1, input, true);
    }
}
