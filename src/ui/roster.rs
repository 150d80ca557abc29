//! Who is in the class. Where there is too little room columns fold; name and state never.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Canvas;
use super::columns::{Placed, fitting, heading};
use super::figures::moment;
use super::spots::within;
use super::table::Line;
use super::theme::Theme;
use crate::app::State;
use crate::app::assignments::{Only, handed_in};
use crate::app::columns::{Field, Table};
use crate::app::msg::Pane;
use crate::app::students::{staff_letters, state_word};
use crate::domain::admission::SignUp;
use crate::domain::query::StatusRow;
use crate::domain::submission::Standing;

/// From this width on how a student stands is said with how late.
const DUE: usize = 13;

/// Draws the roster.
pub(super) fn draw(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let (state, theme) = (canvas.state, canvas.theme);
    let has = |field| state.has_column(Table::Roster, field);
    let placed = fitting(state.tables.of(Table::Roster), usize::from(area.width).saturating_sub(3), has);
    heading(canvas, area, (Pane::Roster, Table::Roster), 3, &placed);
    let below = within(area, 1, 1);
    let shown = canvas.rows(below, state.rows.shown.len(), state.rows.cursor);
    canvas.memo.viewport.rows = shown.start..shown.start + usize::from(below.height);
    let rows = state.all_rows();
    for (y, at) in (0..).zip(shown.clone()) {
        let (row, selected) = (&rows[state.rows.shown[at]], at == state.rows.cursor);
        let base = match (selected, state.focus == Pane::Roster) {
            (true, true) => theme.selected,
            (true, false) => theme.shadow,
            _ => theme.text,
        };
        let mut line = canvas.line(below, y, base);
        line.text(if selected { ">" } else { " " }, Style::new());
        line.text(if state.rows.marks.contains(&row.key) { "*" } else { " " }, theme.warning);
        line.text(if is_changing(state, row) { "~" } else { " " }, theme.staged);
        student(&mut line, row, &placed, state, theme);
    }
    if state.rows.shown.is_empty() {
        empty(canvas, area);
    }
    canvas.position(area, &shown, state.rows.shown.len());
}

fn student(line: &mut Line<'_>, row: &StatusRow, placed: &[Placed], state: &State, theme: &Theme) {
    for Placed { field, cells } in placed {
        let (text, style) = column(row, *field, *cells, state, theme);
        line.column(&text, *cells, style);
    }
}

/// What a column says of a student.
fn column(row: &StatusRow, field: Field, cells: usize, state: &State, theme: &Theme) -> (String, Style) {
    let plain = |text: &str| (text.to_owned(), Style::new());
    let vault = row.vault.is_some();
    match field {
        Field::Name => plain(state.named(row)),
        Field::State => (state_word(row).to_owned(), sign_up(row, theme)),
        Field::Due => due(row, cells, state, theme),
        Field::Level => {
            let own = if vault { row.own.letter(state.kind()) } else { ' ' };
            (format!(" {own}"), Style::new())
        }
        Field::Submitted => {
            let (done, of) = handed_in(row);
            (format!("{done}/{of}"), Style::new())
        }
        Field::Items if vault => (format!("{:>4}", row.items), Style::new()),
        Field::Others => others(row, row.strays(), theme),
        Field::Last => {
            let last = row.last_upload.map_or_else(String::new, |at| moment(at, &state.setting.zone));
            (last, Style::new())
        }
        Field::Staff => (staff_letters(row, state.kind()), Style::new()),
        Field::Email => (row.email.to_string(), theme.dim),
        Field::Key => (row.key.to_string(), theme.dim),
        Field::Vault if vault => plain(row.vault_name.as_str()),
        _ => plain(""),
    }
}

fn sign_up(row: &StatusRow, theme: &Theme) -> Style {
    match &row.state {
        _ if row.closing.is_some() => theme.dim,
        _ if row.awaits_vault() || row.lacks_access() => theme.warning,
        SignUp::Person(_) if row.state.is_active() => theme.good,
        SignUp::NotInvited => theme.dim,
        _ => theme.warning,
    }
}

/// How a student stands with the assignment that is shown, with an `e` where the deadline is another one.
fn due(row: &StatusRow, cells: usize, state: &State, theme: &Theme) -> (String, Style) {
    let standing = state.rows.assignment.and_then(|at| row.standings.get(at).copied());
    let (mut text, style) = standing.map_or_else(Default::default, |standing| stands(standing, theme));
    match standing {
        // Nobody can look into what is not there.
        Some(Standing::Unknown) if row.vault.is_none() => text = "-".into(),
        Some(Standing::Late(_)) if cells < DUE => text = "late".into(),
        _ => {}
    }
    let own = state.assignment().and_then(|head| state.extension(row, &head.id));
    // An `e`, as beside others who are excepted.
    if own.is_some() && text != "excused" && cells >= DUE {
        text.push_str(" e");
    }
    (text, style)
}

/// How a student stands with the assignment.
pub(super) fn stands(standing: Standing, theme: &Theme) -> (String, Style) {
    match standing {
        Standing::OnTime => (standing.in_words(), theme.good),
        Standing::Late(_) => (standing.in_words(), theme.warning),
        Standing::Missing => ("MISSING".into(), theme.bad),
        Standing::Excused => (standing.in_words(), theme.dim),
        Standing::NotYetDue => ("-".into(), theme.dim),
        Standing::Unknown => ("?".into(), theme.dim),
    }
}

/// How many accesses should not be there, of those that are counted here; `?` where nobody has looked yet.
pub(super) fn others(row: &StatusRow, count: usize, theme: &Theme) -> (String, Style) {
    let excepted = row.others.iter().flatten().any(|other| other.excepted);
    match (count, &row.vault, &row.others) {
        (_, None, _) => (String::new(), theme.dim),
        (0, _, None) => ("?".into(), theme.dim),
        (0, ..) => (if excepted { "0 e".into() } else { "0".into() }, Style::new()),
        // Three cells are all there is: where somebody is excepted, too, that is said.
        (count, ..) => (format!("{count}!{}", if excepted { "e" } else { "" }), theme.bad),
    }
}

fn is_changing(state: &State, row: &StatusRow) -> bool {
    row.vault.as_ref().is_some_and(|vault| state.changing.contains(vault))
}

/// What an empty roster means.
pub(super) fn empty(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let state = canvas.state;
    let due = state.assignment().map(|head| head.due).filter(|due| *due > state.now);
    let not_due = due.map(|due| format!("not due until {}", moment(due, &state.setting.zone)));
    if let (Some(_), false, Some((word, _))) =
        (state.view(), state.rows.filter.is_active(), state.rows.among.as_ref())
    {
        let text = format!("none of those that are left is {word}: esc shows everybody");
        canvas.line(area, 1, canvas.theme.dim).skip(3).text(&text, Style::new());
        return;
    }
    let text = match (state.view(), state.rows.filter.is_active(), state.class.fault()) {
        (Some(_), false, _) if state.rows.only == Only::Missing && not_due.is_some() => {
            not_due.as_deref().unwrap_or_default()
        }
        (_, true, _) => "no student matches the filter; esc clears it",
        (Some(_), ..) if state.rows.only == Only::Missing => "nobody has missed this; esc shows everybody",
        (Some(_), ..) if state.rows.only == Only::Late => "nobody was late; esc shows everybody",
        (None, _, Some(_)) => "the class could not be read; ctrl-r tries again",
        (None, ..) => "reading the class",
        (Some(_), ..) => "the roster is empty: strongroom roster import FILE",
    };
    canvas.line(area, 1, canvas.theme.dim).skip(3).text(text, Style::new());
}
