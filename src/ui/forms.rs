//! The forms: a folder, a file, more time, an assignment.

use ratatui::layout::Rect;
use ratatui::style::Style;
use tui_input::Input;

use super::Canvas;
use super::boxes::{form, form_width};
use super::field::field;
use super::figures::moment;
use crate::app::State;
use crate::app::assignments::{extension_in_words, read_relief};
use crate::app::export::Saving;
use crate::app::msg::Fetch;
use crate::app::overlay::{Choice, Destination, Extension};
use crate::domain::assignment::{Extension as Own, Relief};
use crate::domain::calendar::instant;
use crate::domain::class::StudentKey;
use crate::domain::text::{SafeText, counted, wrap};

/// Where a folder that was typed lies, where it is relative to the one in which the program was started.
fn place(input: &Input, state: &State) -> String {
    let (typed, from) = (input.value().trim(), state.setting.started_in.as_str());
    if typed.is_empty() || typed.starts_with(['/', '~']) || from.is_empty() {
        return String::new();
    }
    let typed = typed.trim_start_matches("./");
    SafeText::new(&format!("= {}/{typed}", from.trim_end_matches('/'))).to_string()
}

/// The field of a folder or a file on a line of a form, and below it where that lies.
pub(super) fn path(canvas: &mut Canvas<'_, '_>, inside: Rect, y: u16, input: &Input, active: bool) {
    field(canvas, inside, y, input, active);
    let (place, theme) = (place(input, canvas.state), canvas.theme);
    canvas.line(inside, y + 1, theme.text).text(&place, theme.dim);
}

/// Where to put files, and of which assignment.
pub(super) fn folder(canvas: &mut Canvas<'_, '_>, area: Rect, asked: &Destination) {
    let help = wrap("files are 0600, named by student and item, never overwritten", form_width(area));
    let lines = u16::try_from(help.len() + 5).unwrap_or(u16::MAX - 2);
    let inside = form(canvas, area, lines, "Download to folder", "enter fetches   esc leaves");
    let (state, theme) = (canvas.state, canvas.theme);
    let only = asked.only.and_then(|at| asked.assignments.get(at));
    let files = only.map_or_else(|| "the files".to_owned(), |id| format!("what was handed in for {id}"));
    let keys: Vec<&StudentKey> = asked.what.iter().map(Fetch::student).collect();
    let whose = state.whom(keys.iter().copied());
    let what = match &asked.what[..] {
        [Fetch::Item(..)] => format!("the files of an item of {whose}"),
        _ => format!("{files} of {whose}"),
    };
    let tab = if asked.assignments.is_empty() { "" } else { "tab: another assignment, or all  " };
    canvas.line(inside, 0, theme.text).text(&what, theme.dim);
    canvas.line(inside, 1, theme.text).text(tab, theme.dim).text(&state.hidden_of(keys), theme.warning);
    path(canvas, inside, 2, &asked.folder, true);
    for (y, part) in (4..inside.height).zip(&help) {
        canvas.line(inside, y, theme.text).text(part, theme.dim);
    }
}

/// A view that is written to a file: what is written, and where to.
pub(super) fn export(canvas: &mut Canvas<'_, '_>, area: Rect, saving: &Saving) {
    let inside = form(canvas, area, 6, "Write this view to a file", "enter writes   esc leaves");
    let (state, theme, sheet) = (canvas.state, canvas.theme, &saving.sheet);
    let of_students = ["roster", "access"].contains(&sheet.view);
    let which =
        if of_students && !state.rows.marks.is_empty() { "of those that are marked" } else { "as shown" };
    let (rows, columns) = (counted(sheet.rows.len(), "row"), counted(sheet.columns.len(), "column"));
    let what = format!("{}: {rows} {which}, {columns}", sheet.view);
    canvas.line(inside, 0, theme.text).text(&what, theme.heading);
    path(canvas, inside, 1, &saving.file, true);
    let help = "the ending says the format: .csv .json .md; only you can read the file";
    canvas.line(inside, 3, theme.text).text(help, theme.dim);
}

/// How much more time, and why.
pub(super) fn extension(canvas: &mut Canvas<'_, '_>, area: Rect, asked: &Extension) {
    let title = format!("Deadline of {}", asked.assignment.id);
    let inside = form(canvas, area, 10, &title, "enter goes on   tab the other field   esc leaves");
    let (state, theme, zone) = (canvas.state, canvas.theme, &canvas.state.setting.zone);
    let due = moment(asked.assignment.due, zone);
    let own = asked.students.iter().filter_map(|key| state.extension(state.row(key)?, &asked.assignment.id));
    let own: Vec<&Own> = own.collect();
    let now = match (&own[..], &asked.students[..]) {
        ([], _) => format!("now: due {due}, as for everybody"),
        ([one], [_]) => format!("now: {}; for the others due {due}", extension_in_words(one)),
        (some, all) => format!("now: {} of {} have a deadline of their own", some.len(), all.len()),
    };
    let mut text = |y: u16, text: &str, style: Style| {
        canvas.line(inside, y, theme.text).text(text, style);
    };
    text(0, &state.whom(&asked.students), theme.heading);
    text(1, &state.hidden_of(&asked.students), theme.warning);
    text(2, &now, theme.dim);
    text(3, "until", theme.heading);
    // More time is counted from the deadline of everybody: what comes of it is seen while it is typed.
    match read_relief(asked.time.value(), asked.assignment.due, zone) {
        Ok(Some(Relief::Until(until))) => {
            let until = moment(instant(until, zone), zone);
            text(5, &format!("due {due} gives way to {until}"), theme.good);
        }
        _ => text(5, "+48h, +2d, 2026-12-05 23:59, excused; leave it empty to take it back", theme.dim),
    }
    text(6, "because (may be left out)", theme.heading);
    field(canvas, inside, 4, &asked.time, !asked.at_reason);
    field(canvas, inside, 7, &asked.reason, asked.at_reason);
}

/// Which assignment an upload belongs to: numbered, the chosen one marked.
pub(super) fn choice(canvas: &mut Canvas<'_, '_>, area: Rect, choice: &Choice) {
    let lines = u16::try_from(choice.assignments.len() + 5).unwrap_or(u16::MAX - 2);
    let keys = "a number selects   enter takes it   esc leaves";
    let inside = form(canvas, area, lines, "Which assignment is this for?", keys);
    let (state, theme) = (canvas.state, canvas.theme);
    canvas
        .line(inside, 0, theme.text)
        .text(&state.titled(choice.upload.title.as_str()), theme.heading)
        .text(&format!("  of {}", state.whom([&choice.upload.student])), theme.text);
    let room = usize::from(inside.height.saturating_sub(2));
    let first = (choice.at + 1).saturating_sub(room.max(1));
    for (y, at) in (1..inside.height).zip(first..=choice.by_rule()) {
        let (mark, base) = if at == choice.at { (">", theme.selected) } else { (" ", theme.text) };
        let mut line = canvas.line(inside, y, base);
        line.text(mark, Style::new()).skip(1);
        match at.checked_sub(1).and_then(|at| choice.assignments.get(at)) {
            None if at == 0 => line.text("0  none", Style::new()),
            None => line.text("r  by the rules", Style::new()),
            Some(head) => {
                let due = moment(head.due, &state.setting.zone);
                line.text(&format!("{at}  {}  {}  due {due}", head.id, head.title), Style::new())
            }
        };
    }
}
