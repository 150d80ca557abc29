//! The end of a term: its steps one below the other, and the form in which one is signed off.

use ratatui::layout::Rect;

use super::Canvas;
use super::overlay::{Text, boxed};
use super::table::moment;
use super::theme::Theme;
use super::veil::wrap;
use crate::app::State;
use crate::app::overlay::{Closing, SignOff};
use crate::domain::plan::takes;
use crate::domain::term::{Progress, Stage};
use crate::domain::text::counted;

/// The steps, and below the selected one what it does; and which line is the last about it.
pub(super) fn steps(
    closing: &Closing,
    state: &State,
    theme: &Theme,
    width: usize,
) -> (String, Vec<Text>, usize) {
    let whose = match closing.students.len() {
        0 => "the class".to_owned(),
        count => counted(count, "marked student"),
    };
    let title = format!("End of term: {whose}");
    let Some(term) = &closing.term.value else {
        let (text, style) = match closing.term.fault() {
            Some(fault) => (fault.to_string(), theme.bad),
            None => ("looking up how far the steps are".to_owned(), theme.dim),
        };
        return (title, wrap(state, &text, width).into_iter().map(|line| (line, style)).collect(), 0);
    };
    let (mut lines, mut last): (Vec<Text>, usize) = (Vec::new(), 0);
    for (at, step) in term.steps.iter().enumerate() {
        let selected = at == closing.cursor;
        let style = match step {
            _ if selected => theme.selected,
            Progress { done, of, .. } if done == of => theme.dim,
            _ => theme.text,
        };
        let mark = if selected { ">" } else { " " };
        let text = format!("{mark} {}", line(step, state, width));
        lines.push((format!("{text:<width$}"), style));
        if selected {
            lines.extend(about(step, state, theme, width));
            last = lines.len() - 1;
        }
    }
    if let Some(fault) = closing.term.fault() {
        lines.extend(wrap(state, &fault.to_string(), width).into_iter().map(|line| (line, theme.bad)));
    }
    (title, lines, last)
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
        1 => format!("1 request{}", takes(step.takes)),
        requests => format!("{requests} requests{}", takes(step.takes)),
    }
}

/// What the selected step does, who signed it off, and what is in the way.
fn about(step: &Progress, state: &State, theme: &Theme, width: usize) -> Vec<Text> {
    let mut lines: Vec<Text> = Vec::new();
    let mut add = |text: String, style| {
        let parts = wrap(state, &text, width.saturating_sub(4));
        lines.extend(parts.into_iter().map(|part| (format!("    {part}"), style)));
    };
    add(step.stage.in_words().to_owned(), theme.heading);
    if let Some((at, by)) = step.signed.as_ref().filter(|_| width < WITH_NAMES) {
        add(format!("signed off {} by {by}", moment(*at, &state.setting.zone)), theme.dim);
    }
    match (step.lacks, step.is_next()) {
        (Some((lacks, count)), Err(_)) => {
            let text = format!("cannot be taken yet: {} comes first, for {count}", lacks.name());
            add(text, theme.warning);
        }
        (Some((lacks, count)), Ok(())) => {
            add(format!("{} comes first and is not done for {count}", lacks.name()), theme.warning);
        }
        (None, _) => {}
    }
    lines
}

/// The form in which a step about files or notes is signed off.
pub(super) fn sign_off(canvas: &mut Canvas<'_, '_>, area: Rect, form: &SignOff) {
    let (state, theme) = (canvas.state, canvas.theme);
    let width = area.width.saturating_sub(4).min(80);
    let room = usize::from(width.saturating_sub(4));
    let step = &form.step;
    let whose = if form.students.is_empty() {
        format!("the class: {}", counted(step.of, "vault"))
    } else {
        state.whom(&form.students)
    };
    let mut lines: Vec<Text> = Vec::new();
    let mut add =
        |text: &str, style| lines.extend(wrap(state, text, room).into_iter().map(|line| (line, style)));
    add(&format!("{}: {}", step.stage.name(), step.stage.in_words()), theme.heading);
    add(&format!("for {whose}; done for {} of {}", step.done, step.of), theme.text);
    if step.done == step.of {
        add("it was done for everybody; what has changed since is done again", theme.dim);
    } else {
        add(&price(step), theme.text);
    }
    if let Some((lacks, count)) = step.lacks {
        add(&format!("{} is not done for {count}: they are left out", lacks.name()), theme.warning);
    }
    let folder = u16::from(form.folder.is_some()) * 3;
    let height = u16::try_from(lines.len() + 4).unwrap_or(u16::MAX).saturating_add(folder);
    let inside = boxed(canvas, area, (width, height), "Sign this step off");
    for (y, (text, style)) in (0..inside.height).zip(&lines) {
        canvas.line(inside, y, theme.text).text(text, *style);
    }
    if let Some(input) = &form.folder {
        let what = match step.stage {
            Stage::Pull => "where the files are kept",
            Stage::Verify => "where the copies are",
            _ => "the folder of the files; the report lies beside them",
        };
        let y = inside.height.saturating_sub(5);
        canvas.line(inside, y, theme.text).text(what, theme.dim);
        super::field::field(canvas, inside, y + 1, input, true);
        let place = super::forms::place(input, state);
        canvas.line(inside, y + 2, theme.text).text(&place, theme.dim);
    }
    let last = inside.height.saturating_sub(1);
    canvas.line(inside, last, theme.text).text("enter signs it off and begins   esc leaves", theme.heading);
}
