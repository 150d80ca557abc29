//! Which columns of a table there is room for, their headings, and the overlay in which they are chosen.

use ratatui::layout::Rect;

use super::page::Page;
use super::{Canvas, veil};
use crate::app::State;
use crate::app::columns::{Choice, Columns, Field, Spec, Table};
use crate::app::msg::Pane;
use crate::app::order::By;
use crate::app::overlay::Chooser;
use crate::domain::text::{pad, width};

/// A column that is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    /// What it shows.
    pub field: Field,
    /// Its width in cells, without the space behind it.
    pub cells: usize,
}

/// One that might be, before it is known what there is room for.
#[derive(Clone, Copy)]
struct Candidate {
    spec: &'static Spec,
    cells: usize,
    /// Whether somebody has chosen the width.
    fixed: bool,
    chosen: bool,
}

impl Candidate {
    fn of(table: Table, choice: Choice, chosen: bool) -> Option<Self> {
        let spec = table.spec(choice.field)?;
        let cells = usize::from(choice.cells.unwrap_or(spec.cells));
        Some(Self { spec, cells, fixed: choice.cells.is_some(), chosen })
    }
}

fn taken(columns: &[Candidate]) -> usize {
    columns.iter().map(|column| column.cells + 1).sum::<usize>().saturating_sub(1)
}

/// The columns that fit into so many cells, in their order. Where there is too little room columns fold, in
/// the order that the table states; the chosen one stays, and the others scroll by to show it.
pub(super) fn fitting(columns: &Columns, room: usize, has: impl Fn(Field) -> bool) -> Vec<Placed> {
    let candidates = columns.list.iter().enumerate().filter(|(_, choice)| choice.shown && has(choice.field));
    let all: Vec<Candidate> = candidates
        .filter_map(|(at, choice)| Candidate::of(columns.table, *choice, at == columns.at))
        .collect();
    let folded = folded(all.clone(), room);
    let is_there = folded.iter().any(|column| column.chosen) || all.iter().all(|column| !column.chosen);
    widened(if is_there { folded } else { scrolled(&all, room) }, room)
}

/// Leaves out what folds first until the others fit; what folds last is made short before, and then what
/// takes the rest.
fn folded(mut kept: Vec<Candidate>, room: usize) -> Vec<Candidate> {
    let fold = |kept: &mut Vec<Candidate>, from: u8| {
        while taken(kept) > room {
            let first = kept.iter().map(|column| column.spec.folds).filter(|folds| *folds >= from).max();
            let Some(first) = first else { break };
            kept.retain(|column| column.spec.folds != first);
        }
    };
    let shorten = |kept: &mut Vec<Candidate>, which: fn(&Spec) -> bool| {
        for at in 0..kept.len() {
            let over = taken(kept).saturating_sub(room);
            let column = &mut kept[at];
            if over > 0 && !column.fixed && which(column.spec) {
                column.cells = column.cells.saturating_sub(over).max(column.spec.least.into());
            }
        }
    };
    fold(&mut kept, 2);
    // A word that is cut says nothing: it is the short form or the whole one.
    if taken(&kept) > room {
        for column in kept.iter_mut().filter(|column| !column.fixed && column.spec.folds == 1) {
            column.cells = column.spec.least.into();
        }
    }
    shorten(&mut kept, |spec| spec.most.is_some());
    fold(&mut kept, 1);
    shorten(&mut kept, |_| true);
    kept
}

/// Those that never scroll, then as many as fit up to the chosen one, then those behind it.
fn scrolled(all: &[Candidate], room: usize) -> Vec<Candidate> {
    let stands = |column: &Candidate| column.spec.frozen || column.chosen;
    let never_folds = |column: &Candidate| stands(column) || column.spec.folds == 0;
    let with: Vec<Candidate> = all.iter().filter(|column| never_folds(column)).copied().collect();
    let there_is_room = taken(&with) <= room;
    let kept = all.iter().map(|column| if there_is_room { never_folds(column) } else { stands(column) });
    let mut kept: Vec<bool> = kept.collect();
    let chosen = all.iter().position(|column| column.chosen).unwrap_or(0);
    let fits = |kept: &[bool], more: usize| {
        let with = all.iter().zip(kept).enumerate().filter(|(at, (_, kept))| **kept || *at == more);
        taken(&with.map(|(_, (column, _))| *column).collect::<Vec<_>>()) <= room
    };
    for at in (0..chosen).rev().chain(chosen + 1..all.len()) {
        if kept[at] {
            continue;
        }
        if !fits(&kept, at) {
            if at < chosen {
                continue;
            }
            break;
        }
        kept[at] = true;
    }
    all.iter().zip(kept).filter(|(_, kept)| *kept).map(|(column, _)| *column).collect()
}

/// Gives what is left to the column that takes it.
fn widened(mut kept: Vec<Candidate>, room: usize) -> Vec<Placed> {
    let left = room.saturating_sub(taken(&kept));
    for column in kept.iter_mut().filter(|column| !column.fixed) {
        if let Some(most) = column.spec.most {
            column.cells = (column.cells + left).min(usize::from(most).max(column.cells));
        }
    }
    kept.into_iter().map(|column| Placed { field: column.spec.field, cells: column.cells }).collect()
}

/// The heading of a table: the chosen column stands out, the one that is sorted by has a sign. Tells the
/// state how wide the chosen one is.
pub(super) fn heading(
    canvas: &mut Canvas<'_, '_>,
    area: Rect,
    (pane, table): (Pane, Table),
    skip: u16,
    placed: &[Placed],
) {
    let (state, theme) = (canvas.state, canvas.theme);
    let columns = state.tables.of(table);
    let focused = state.focus == pane;
    if focused {
        let chosen = placed.iter().find(|column| columns.chosen() == Some(column.field));
        canvas.memo.placed = placed.iter().map(|column| column.field).collect();
        canvas.memo.viewport.chosen = chosen.map_or(0, |column| u16::try_from(column.cells).unwrap_or(0));
    }
    let mut line = canvas.line(area, 0, theme.heading);
    line.skip(skip);
    for Placed { field, cells } in placed {
        let sort =
            columns.sort.filter(|sort| sort.by == By::Field(*field)).map(crate::app::order::Sort::sign);
        let title = title(state, table, *field);
        let chosen = focused && columns.at > 0 && columns.chosen() == Some(*field);
        let style = if chosen { theme.focus } else { theme.heading };
        // A heading as wide as its column has its sign in the space behind it.
        if sort.is_some() && width(&title) == *cells && line.room() > *cells {
            line.text(&signed(state, &title, cells + 1, sort), style);
        } else {
            line.column(&signed(state, &title, *cells, sort), *cells, style);
        }
    }
}

/// A heading with the sign of the sort, which is never cut.
pub(super) fn signed(state: &State, name: &str, cells: usize, sign: Option<char>) -> String {
    match sign {
        Some(sign) => format!("{}{sign}", veil::fit(state, name, cells.saturating_sub(1))),
        None => veil::fit(state, name, cells).into_owned(),
    }
}

/// What stands over a column: of the assignment that is shown, its id.
fn title(state: &State, table: Table, field: Field) -> String {
    match (table, field, state.assignment()) {
        (Table::Roster, Field::Due, Some(head)) => head.id.to_string(),
        _ => table.spec(field).map_or("", |spec| spec.heading).to_owned(),
    }
}

/// The columns of a table, a line each; those that are drawn now are `placed`.
pub(super) fn chooser(page: &mut Page<'_>, chooser: Chooser, placed: &[Field]) {
    let state = page.state;
    let columns = state.tables.of(chooser.table);
    page.title = format!("Columns of the {}", chooser.table.name());
    for (at, choice) in columns.list.iter().enumerate() {
        let frozen = chooser.table.spec(choice.field).is_some_and(|spec| spec.frozen);
        let shown = match (frozen, choice.shown) {
            (true, _) => "[=]",
            (false, true) => "[x]",
            (false, false) => "[ ]",
        };
        let mut notes = Vec::new();
        if choice.shown && !placed.is_empty() && !placed.contains(&choice.field) {
            notes.push("no room".into());
        }
        notes.extend(choice.cells.map(|cells| format!("{cells} cells")));
        if frozen {
            notes.push("always stands".into());
        }
        if !state.has_column(chooser.table, choice.field) {
            notes.retain(|note| note != "no room");
            notes.push("nothing to show yet".into());
        }
        let sort = columns.sort.filter(|sort| sort.by == By::Field(choice.field));
        notes.extend(sort.map(|sort| format!("sorted by {}", sort.sign())));
        let heading = title(state, chooser.table, choice.field);
        let text = format!("{shown} {:<12}{} {}", choice.field.word(), pad(&heading, 12), notes.join(", "));
        page.entry(&[text.trim_end().to_owned()], page.theme.text, at == chooser.at);
    }
}

/// Whether a pane that does without a heading needs one: a column is chosen, or sorted by.
pub(super) fn needs_heading(state: &State, table: Table) -> bool {
    let columns = state.tables.of(table);
    columns.at > 0 || columns.sort.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(columns: &Columns, room: usize) -> String {
        let placed = fitting(columns, room, |_| true);
        let taken: usize = placed.iter().map(|one| one.cells + 1).sum();
        assert!(taken <= room + 1 || room < 40, "{taken} of {room}");
        let each = placed.iter().map(|one| format!("{}={} ", one.field.word(), one.cells));
        each.collect::<Vec<_>>().concat()
    }

    #[test]
    fn columns_fold_in_the_stated_order_and_name_and_state_never() {
        let mut columns = Columns::of(Table::Roster);
        for choice in &mut columns.list {
            choice.shown = true;
        }
        let mut before: Vec<Field> = fitting(&columns, 300, |_| true).iter().map(|one| one.field).collect();
        assert_eq!(before.len(), columns.list.len());
        let mut gone = Vec::new();
        for room in (10..300).rev() {
            let now: Vec<Field> = fitting(&columns, room, |_| true).iter().map(|one| one.field).collect();
            gone.extend(before.iter().filter(|field| !now.contains(field)).map(|field| field.word()));
            before = now;
        }
        let order =
            ["email", "key", "vault", "items", "last", "others", "staff", "submitted", "level", "due"];
        assert_eq!(gone, order);
        assert_eq!(before, [Field::Name, Field::State]);
    }

    #[test]
    fn what_folds_last_is_short_before_it_goes() {
        let columns = Columns::of(Table::Roster);
        assert_eq!(words(&columns, 42), "name=16 state=11 due=13 ");
        assert_eq!(words(&columns, 41), "name=21 state=11 due=7 ");
        assert_eq!(words(&columns, 34), "name=14 state=11 due=7 ");
        assert_eq!(words(&columns, 33), "name=21 state=11 ");
    }

    #[test]
    fn a_chosen_column_scrolls_into_view_beside_the_frozen_one() {
        let mut columns = Columns::of(Table::Roster);
        assert!(!words(&columns, 50).contains("last"));
        columns.at = columns.list.iter().position(|choice| choice.field == Field::Last).unwrap();
        let shown = words(&columns, 50);
        assert!(shown.starts_with("name=") && shown.contains("last=12"), "{shown}");
        columns.at = 0;
        assert!(!words(&columns, 50).contains("last"));
    }

    #[test]
    fn a_width_that_was_chosen_stays_and_the_rest_goes_to_the_name() {
        let mut columns = Columns::of(Table::Roster);
        columns.at = 1;
        columns.widen(11, 4);
        assert!(words(&columns, 120).contains("state=15"));
        columns.at = 0;
        columns.widen(16, 4);
        assert!(words(&columns, 200).starts_with("name=20 "), "the rest stays empty then");
    }
}
