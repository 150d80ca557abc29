//! What lies over the panes as lines one below the other: for whoever reads it line by line.

use super::overlay::Text;
use super::theme::Theme;
use super::{closing, detail, help, import, inspector, past, review, staged, why};
use crate::app::State;
use crate::app::overlay::Overlay;
use crate::domain::text::SafeText;

/// The title and the lines of what is on top, at most so many cells wide; nothing where only panes are shown.
pub fn lines(state: &State, width: usize) -> Option<(String, Vec<String>)> {
    let theme = &Theme::terminal();
    let told = |(title, lines): (String, Vec<Text>)| (title, lines);
    let listed = |(title, lines, _): (String, Vec<Text>, usize)| (title, lines);
    let (title, lines) = match state.overlays.last()? {
        Overlay::Help(one) => told(help::keys(one, state, theme, width)),
        Overlay::Notices { .. } => told(help::notices(state, theme, width)),
        Overlay::Inspector => told(inspector::about(state, theme, width)),
        Overlay::Plan(_) | Overlay::Job(_) => {
            let shown = state.review()?;
            told(review::plan(shown, state, theme, width))
        }
        Overlay::Why(one) => told(why::ways(one, state, theme, width, true)),
        Overlay::Drift(strays) => listed(why::drift(strays, state, theme, width)),
        Overlay::Staged { .. } => told(staged::compared(state, theme, width)),
        Overlay::History(one) => match one.open.and(one.selected()) {
            Some(entry) => told(past::changes(entry, state, theme, width)),
            None => listed(past::list(one, state, theme, width)),
        },
        Overlay::Closing(one) => listed(closing::steps(one, state, theme, width)),
        Overlay::Detail(one) => told(detail::item(one, state, theme, width)),
        Overlay::Fetched { ticket, .. } => told(detail::fetched(*ticket, state, theme, width)),
        Overlay::Output { attempt, .. } => told(detail::output(attempt, state, theme, width)),
        Overlay::Import(one) if one.is_shown() => told(import::preview(one, state, theme, width)),
        form => told(asked(form, state, theme)),
    };
    let shown = |text: &str| SafeText::new(&state.veiled(text)).to_string();
    Some((shown(&title), lines.iter().map(|(line, _)| shown(line.trim_end())).collect()))
}

/// A question, or a form as the question that it is.
fn asked(form: &Overlay, state: &State, theme: &Theme) -> (String, Vec<Text>) {
    let line = |text: String| (text, theme.text);
    match form {
        Overlay::Confirm(question) => {
            let warning = Some(&question.warning).filter(|text| !text.is_empty()).cloned();
            let lines = [Some(question.text.clone()), warning, Some("y yes, n no".into())];
            ("Sure?".into(), lines.into_iter().flatten().map(line).collect())
        }
        Overlay::Download(one) => (
            "Download".into(),
            vec![line(format!("the folder to fetch to; an empty line takes {}", one.folder.value()))],
        ),
        Overlay::Export(one) => (
            format!("Write {} rows to a file", one.sheet.rows.len()),
            vec![line(format!(
                "its name, ending in .csv, .json or .md; an empty line takes {}",
                one.file.value()
            ))],
        ),
        Overlay::Import(_) => ("Import a class list".into(), vec![line("the path of the file".into())]),
        Overlay::Extend(one) if one.at_reason => {
            ("Deadline".into(), vec![line("because; an empty line leaves it out".into())])
        }
        Overlay::Extend(one) => (
            format!("Deadline of {} for {}", one.assignment.id, state.whom(&one.students)),
            vec![line(
                "until when: +48h, +2d, 2026-12-05 23:59, excused; an empty line takes it back".into(),
            )],
        ),
        Overlay::Assign(one) => {
            let heads = one.assignments.iter().enumerate();
            let mut lines = vec![line("0 none".into())];
            lines.extend(heads.map(|(at, head)| line(format!("{} {} {}", at + 1, head.id, head.title))));
            lines.push(line("r by the rules; then y takes it".into()));
            (format!("Which assignment is {} for?", state.titled(one.upload.title.as_str())), lines)
        }
        Overlay::SignOff(one) => {
            let folder = one.folder.as_ref().map(|folder| format!("; the folder is {}", folder.value()));
            let text =
                format!("an empty line signs it off and begins{}; esc leaves", folder.unwrap_or_default());
            (format!("{}: {}", one.step.stage.name(), one.step.stage.in_words()), vec![line(text)])
        }
        _ => (String::new(), Vec::new()),
    }
}
