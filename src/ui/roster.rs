//! Who is in the class. Where there is too little room columns fold: items, others, last upload, what
//! was handed in, own access, and last how the student stands with the assignment; name and state never.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Canvas;
use super::table::{Line, moment, scrolled};
use crate::app::State;
use crate::app::assignments::{Only, handed_in};
use crate::app::msg::Pane;
use crate::domain::frame::SignUp;
use crate::domain::query::StatusRow;
use crate::domain::submission::Standing;

/// Widths: state, the assignment, own access, handed in, items, others, last upload; the name takes
/// the rest.
const STATE: usize = 11;
const DUE: usize = 13;
/// The word alone, without how late.
const SHORT_DUE: usize = 7;
const OWN: usize = 4;
const HANDED_IN: usize = 5;
const ITEMS: usize = 5;
const OTHERS: usize = 3;
const LAST: usize = 12;
const NAME_AT_LEAST: usize = 16;
const SHORT_NAME: usize = 14;

/// Which columns there is room for; one that is left out has no width.
struct Columns {
    name: usize,
    due: usize,
    own: usize,
    handed_in: usize,
    items: usize,
    others: usize,
    last: usize,
}

impl Columns {
    fn of(width: usize, assignments: bool) -> Self {
        // Where it is narrow, how a student stands matters more than the end of a name.
        let name = if assignments && width < 44 { SHORT_NAME } else { NAME_AT_LEAST };
        let mut left = width.saturating_sub(3 + STATE + 1 + name + 1);
        let mut take = |cells: usize| {
            if left <= cells {
                return 0;
            }
            left -= cells + 1;
            cells
        };
        let mut due = if assignments { take(DUE) } else { 0 };
        if assignments && due == 0 {
            due = take(SHORT_DUE);
        }
        let own = take(OWN);
        let handed_in = if assignments { take(HANDED_IN) } else { 0 };
        let items = if assignments { 0 } else { take(ITEMS) };
        let (last, others) = (take(LAST), take(OTHERS));
        let items = if assignments { take(ITEMS) } else { items };
        Self { name: name + left, due, own, handed_in, items, others, last }
    }
}

/// Draws the roster.
pub(super) fn draw(canvas: &mut Canvas<'_, '_>, area: Rect) {
    let (state, theme) = (canvas.state, canvas.theme);
    let columns = Columns::of(area.width.into(), state.assignment().is_some());
    heading(canvas, area, &columns);
    let height = usize::from(area.height.saturating_sub(2));
    let first = scrolled(canvas.memo.rows, state.rows.cursor, state.rows.shown.len(), height);
    canvas.memo.rows = first;
    canvas.stand(
        Rect { height: area.height.saturating_sub(1), ..area },
        1,
        (first, state.rows.shown.len()),
        state.rows.cursor,
    );
    canvas.memo.viewport.rows = first..first + height;

    let rows = state.all_rows();
    for (at, index) in state.rows.shown.iter().enumerate().skip(first).take(height) {
        let (row, selected) = (&rows[*index], at == state.rows.cursor);
        let base = match (selected, state.focus == Pane::Roster) {
            (true, true) => theme.selected,
            (true, false) => theme.shadow,
            _ => theme.text,
        };
        let y = u16::try_from(at - first + 1).unwrap_or(u16::MAX);
        let mut line = canvas.line(area, y, base);
        line.text(if selected { ">" } else { " " }, Style::new());
        line.text(if state.rows.marks.contains(&row.key) { "*" } else { " " }, theme.warning);
        line.text(if is_changing(state, row) { "~" } else { " " }, theme.staged);
        student(&mut line, row, &columns, state, theme);
    }
    if state.rows.shown.is_empty() {
        empty(canvas, area);
    }
    position(canvas, area, first, height, state.rows.shown.len());
}

fn heading(canvas: &mut Canvas<'_, '_>, area: Rect, columns: &Columns) {
    let due = canvas.state.assignment().map_or("", |head| head.id.as_str());
    let heading = canvas.theme.heading;
    let mut line = canvas.line(area, 0, heading);
    line.skip(3).column("NAME", columns.name, heading).column("STATE", STATE, heading);
    for (name, cells) in [
        (due, columns.due),
        ("SELF", columns.own),
        ("SUBM", columns.handed_in),
        ("ITEMS", columns.items),
        ("OTH", columns.others),
        ("LAST UPLOAD", columns.last),
    ] {
        if cells > 0 {
            line.column(name, cells, heading);
        }
    }
}

fn student(line: &mut Line<'_>, row: &StatusRow, columns: &Columns, state: &State, theme: &super::Theme) {
    let sign_up = match &row.state {
        _ if row.closing.is_some() => theme.dim,
        _ if row.awaits_vault() || row.lacks_access() => theme.warning,
        SignUp::Person(_) if row.state.is_active() => theme.good,
        SignUp::NotInvited => theme.dim,
        _ => theme.warning,
    };
    let label = match row {
        row if row.gone => "gone",
        StatusRow { closing: Some(word), .. } => word.as_str(),
        row if row.awaits_vault() => "no vault",
        row if row.lacks_access() => "no access",
        row => row.state.label(),
    };
    line.column(state.named(row), columns.name, Style::new()).column(label, STATE, sign_up);
    if columns.due > 0 {
        let standing = state.rows.assignment.and_then(|at| row.standings.get(at).copied());
        let (mut text, style) = standing.map_or_else(Default::default, |standing| stands(standing, theme));
        match standing {
            // Nobody can look into what is not there.
            Some(Standing::Unknown) if row.vault.is_none() => text = "-".into(),
            Some(Standing::Late(_)) if columns.due < DUE => text = "late".into(),
            _ => {}
        }
        let own = state.assignment().and_then(|head| state.extension(row, &head.id));
        // An `e`, as beside others who are excepted.
        if own.is_some() && text != "excused" && columns.due == DUE {
            text.push_str(" e");
        }
        line.column(&text, columns.due, style);
    }
    if columns.own > 0 {
        let own = if row.vault.is_some() { row.own.letter(state.kind()) } else { ' ' };
        line.column(&format!(" {own}"), OWN, Style::new());
    }
    if columns.handed_in > 0 {
        let (done, of) = handed_in(row);
        line.column(&format!("{done}/{of}"), columns.handed_in, Style::new());
    }
    if columns.items > 0 {
        let items = if row.vault.is_some() { row.items.to_string() } else { String::new() };
        line.column(&format!("{items:>4}"), ITEMS, Style::new());
    }
    if columns.others > 0 {
        let (text, style) = others(row, row.strays(), theme);
        line.column(&text, OTHERS, style);
    }
    if columns.last > 0 {
        let last = row.last_upload.map_or_else(String::new, |at| moment(at, &state.setting.zone));
        line.column(&last, LAST, Style::new());
    }
}

/// How a student stands with the assignment.
pub(super) fn stands(standing: Standing, theme: &super::Theme) -> (String, Style) {
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
pub(super) fn others(row: &StatusRow, count: usize, theme: &super::Theme) -> (String, Style) {
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
    let text = match (state.view(), state.rows.filter.is_active(), state.class.fault()) {
        (_, true, _) => "no student matches the filter; esc clears it",
        (Some(_), ..) if state.rows.only == Only::Missing => "nobody has missed this; esc shows everybody",
        (Some(_), ..) if state.rows.only == Only::Late => "nobody was late; esc shows everybody",
        (None, _, Some(_)) => "the class could not be read; ctrl-r tries again",
        (None, ..) => "reading the class",
        (Some(_), ..) => "the roster is empty: strongroom roster import FILE",
    };
    canvas.line(area, 1, canvas.theme.dim).skip(3).text(text, Style::new());
}

/// Which rows are on the screen, at the bottom right.
pub(super) fn position(canvas: &mut Canvas<'_, '_>, area: Rect, first: usize, height: usize, count: usize) {
    if area.height < 3 || count == 0 {
        return;
    }
    let text = format!("{}-{} of {count} ", first + 1, (first + height).min(count));
    let theme = canvas.theme;
    canvas.line(area, area.height - 1, theme.text).right(&text, theme.dim);
}
