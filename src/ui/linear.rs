//! What lies over the panes as lines one below the other: for whoever reads it line by line.

use super::overlay::page;
use super::theme::Theme;
use crate::app::State;
use crate::app::overlay::Overlay;
use crate::domain::text::{SafeText, counted};

/// The title and the lines of what is on top, at most so many cells wide; nothing where only panes are shown.
pub(crate) fn lines(state: &State, width: usize) -> Option<(String, Vec<String>)> {
    let theme = Theme::terminal();
    let overlay = state.overlays.last()?;
    let (title, lines) = match page(overlay, state, &theme, width) {
        Some(page) => (page.title, page.lines.into_iter().map(|(line, _)| line).collect()),
        None => asked(overlay, state),
    };
    let shown = |text: &str| SafeText::new(&state.veiled(text)).to_string();
    Some((shown(&title), lines.iter().map(|line| shown(line.trim_end())).collect()))
}

/// A question, or a form as the question that it is.
fn asked(form: &Overlay, state: &State) -> (String, Vec<String>) {
    match form {
        Overlay::Confirm(question) => {
            let warning = Some(&question.warning).filter(|text| !text.is_empty()).cloned();
            let lines = [Some(question.text.clone()), warning, Some("y yes, n no".into())];
            ("Sure?".into(), lines.into_iter().flatten().collect())
        }
        Overlay::Download(one) => (
            "Download".into(),
            vec![format!("the folder to fetch to; an empty line takes {}", one.folder.value())],
        ),
        Overlay::Export(one) => (
            format!("Write {} to a file", counted(one.sheet.rows.len(), "row")),
            vec![format!("its name, ending in .csv, .json or .md; an empty line takes {}", one.file.value())],
        ),
        Overlay::Import(_) => ("Import a class list".into(), vec!["the path of the file".into()]),
        Overlay::Extend(one) if one.at_reason => {
            ("Deadline".into(), vec!["because; an empty line leaves it out".into()])
        }
        Overlay::Extend(one) => (
            format!("Deadline of {} for {}", one.assignment.id, state.whom(&one.students)),
            vec!["until when: +48h, +2d, 2026-12-05 23:59, excused; an empty line takes it back".into()],
        ),
        Overlay::Assign(one) => {
            let heads = one.assignments.iter().enumerate();
            let mut lines = vec!["0 none".to_owned()];
            lines.extend(heads.map(|(at, head)| format!("{} {} {}", at + 1, head.id, head.title)));
            lines.push("r by the rules; then y takes it".into());
            (format!("Which assignment is {} for?", state.titled(one.upload.title.as_str())), lines)
        }
        Overlay::SignOff(one) => {
            let folder = one.folder.as_ref().map(|folder| format!("; the folder is {}", folder.value()));
            let text =
                format!("an empty line signs it off and begins{}; esc leaves", folder.unwrap_or_default());
            (format!("{}: {}", one.step.stage.name(), one.step.stage.in_words()), vec![text])
        }
        _ => (String::new(), Vec::new()),
    }
}
