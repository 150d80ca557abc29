//! The forms: a folder, more time, an assignment.

use ratatui::layout::Rect;
use ratatui::style::Style;
use tui_input::Input;

use super::Canvas;
use super::field::field;
use super::overlay::boxed;
use super::table::moment;
use crate::app::State;
use crate::app::assignments::{extension_in_words, read_relief};
use crate::app::msg::Fetch;
use crate::app::overlay::{self, Choice, Destination};
use crate::domain::assignment::{Extension, Relief};
use crate::domain::calendar::instant;
use crate::domain::class::StudentKey;
use crate::domain::text::{SafeText, wrap};

/// Where a folder that was typed lies, where it is relative to the one in which the program was started.
pub(super) fn place(input: &Input, state: &State) -> String {
    let (typed, from) = (input.value().trim(), state.setting.started_in.as_str());
    if typed.is_empty() || typed.starts_with(['/', '~']) || from.is_empty() {
        return String::new();
    }
    let typed = typed.trim_start_matches("./");
    SafeText::new(&format!("= {}/{typed}", from.trim_end_matches('/'))).to_string()
}

/// Where to put files, and of which assignment.
pub(super) fn folder(canvas: &mut Canvas<'_, '_>, area: Rect, form: &Destination) {
    let width = area.width.saturating_sub(4).min(80);
    let help = "files are 0600, named by student and item, never overwritten";
    let help = wrap(help, usize::from(width.saturating_sub(4)));
    let height = u16::try_from(help.len() + 7).unwrap_or(u16::MAX);
    let inside = boxed(canvas, area, (width, height), "Download to folder");
    let theme = canvas.theme;
    let only = form.only.and_then(|at| form.assignments.get(at));
    let files = only.map_or_else(|| "the files".to_owned(), |id| format!("what was handed in for {id}"));
    let keys: Vec<&StudentKey> = form.what.iter().map(Fetch::student).collect();
    let what = match &form.what[..] {
        [Fetch::Item(..)] => format!("the files of an item of {}", canvas.state.whom(keys.iter().copied())),
        _ => format!("{files} of {}", canvas.state.whom(keys.iter().copied())),
    };
    let hidden = canvas.state.hidden_of(keys);
    let mut tab = String::new();
    if !form.assignments.is_empty() {
        tab.push_str("tab: another assignment, or all  ");
    }
    canvas.line(inside, 0, theme.text).text(&what, theme.dim);
    canvas.line(inside, 1, theme.text).text(&tab, theme.dim).text(&hidden, theme.warning);
    field(canvas, inside, 2, &form.folder, true);
    let place = place(&form.folder, canvas.state);
    canvas.line(inside, 3, theme.text).text(&place, theme.dim);
    for (y, part) in (4..inside.height).zip(&help) {
        canvas.line(inside, y, theme.text).text(part, theme.dim);
    }
    let last = inside.height.saturating_sub(1);
    canvas.line(inside, last, theme.text).text("enter fetches   esc leaves", theme.heading);
}

/// How much more time, and why.
pub(super) fn extension(canvas: &mut Canvas<'_, '_>, area: Rect, form: &overlay::Extension) {
    let width = area.width.saturating_sub(4).min(80);
    let title = format!("Deadline of {}", form.assignment.id);
    let inside = boxed(canvas, area, (width, 12), &title);
    let (state, theme) = (canvas.state, canvas.theme);
    let due = moment(form.assignment.due, &state.setting.zone);
    let own = form.students.iter().filter_map(|key| state.extension(state.row(key)?, &form.assignment.id));
    let own: Vec<&Extension> = own.collect();
    let now = match (&own[..], &form.students[..]) {
        ([], _) => format!("now: due {due}, as for everybody"),
        ([one], [_]) => format!("now: {}; for the others due {due}", extension_in_words(one)),
        (some, all) => format!("now: {} of {} have a deadline of their own", some.len(), all.len()),
    };
    let mut text = |y: u16, text: &str, style: Style| {
        canvas.line(inside, y, theme.text).text(text, style);
    };
    text(0, &state.whom(&form.students), theme.heading);
    text(1, &state.hidden_of(&form.students), theme.warning);
    text(2, &now, theme.dim);
    text(3, "until", theme.heading);
    // More time is counted from the deadline of everybody: what comes of it is seen while it is typed.
    let zone = &state.setting.zone;
    match read_relief(form.time.value(), form.assignment.due, zone) {
        Ok(Some(Relief::Until(until))) => {
            let until = moment(instant(until, zone), zone);
            text(5, &format!("due {due} gives way to {until}"), theme.good);
        }
        _ => text(5, "+48h, +2d, 2026-12-05 23:59, excused; leave it empty to take it back", theme.dim),
    }
    text(6, "because (may be left out)", theme.heading);
    text(inside.height.saturating_sub(1), "enter goes on   tab the other field   esc leaves", theme.heading);
    field(canvas, inside, 4, &form.time, !form.at_reason);
    field(canvas, inside, 7, &form.reason, form.at_reason);
}

/// Which assignment an upload belongs to: numbered, the chosen one marked.
pub(super) fn choice(canvas: &mut Canvas<'_, '_>, area: Rect, choice: &Choice) {
    let width = area.width.saturating_sub(4).min(80);
    let height = u16::try_from(choice.assignments.len() + 7).unwrap_or(u16::MAX).min(area.height);
    let inside = boxed(canvas, area, (width, height), "Which assignment is this for?");
    let (state, theme) = (canvas.state, canvas.theme);
    canvas
        .line(inside, 0, theme.text)
        .text(&state.titled(choice.upload.title.as_str()), theme.heading)
        .text(&format!("  of {}", state.whom([&choice.upload.student])), theme.text);
    let room = usize::from(inside.height.saturating_sub(3));
    let first = (choice.at + 1).saturating_sub(room.max(1));
    for (y, at) in (1..inside.height.saturating_sub(1)).zip(first..=choice.by_rule()) {
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
    let last = inside.height.saturating_sub(1);
    canvas
        .line(inside, last, theme.text)
        .text("a number selects   enter takes it   esc leaves", theme.heading);
}
