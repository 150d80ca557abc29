//! What a person does with a table: choose a column, sort by it, make it wider, show and order columns, and
//! go from one match to the next.

use super::columns::{Columns, Field, Table};
use super::command::key_of;
use super::msg::{Action, Pane, Step};
use super::order::{By, Sort};
use super::overlay::{Chooser, Overlay};
use super::{Effects, State, Weight, matrix, visits};
use crate::domain::query::StatusRow;

/// The table that a pane shows; the matrix has the rows of the roster.
pub fn table(pane: Pane) -> Table {
    match pane {
        Pane::Roster | Pane::Access | Pane::Inspector => Table::Roster,
        Pane::Items => Table::Items,
        Pane::Activity => Table::Activity,
        Pane::Attention => Table::Attention,
        Pane::Jobs => Table::Jobs,
    }
}

impl State {
    /// Whether a column of a table has anything to show: not all of them have in every class.
    pub fn has_column(&self, table: Table, field: Field) -> bool {
        match (table, field) {
            (Table::Roster, Field::Due | Field::Submitted) => self.assignment().is_some(),
            (Table::Items | Table::Activity, Field::Assignment) => !self.assignments().is_empty(),
            (_, Field::Handed) => !self.jobs.consumers().is_empty(),
            (Table::Items, Field::Copy | Field::Hash) => {
                let vault = self.selected().and_then(|row| row.vault.as_ref());
                self.items.copies.value().is_some_and(|(of, copies)| Some(of) == vault && !copies.is_empty())
            }
            (Table::Activity, Field::Copy) => self.activity.has_copies(),
            (Table::Activity, Field::Actor | Field::Client) => self.activity.has_actors(),
            _ => true,
        }
    }

    /// What the filter of the pane that has the keys asks for and is not there, in words.
    pub fn filter_problem(&self) -> Option<String> {
        let table = table(self.looked_at());
        let of_work = || {
            let asked = |word: &str| {
                let (field, wanted) = word.trim_start_matches('!').split_once(':')?;
                let head = self.assignments().iter().find(|head| head.id.as_str() == field)?;
                let wanted = if wanted.is_empty() { "missing" } else { wanted };
                let (before, after) = (key_of(self, "previous-assignment"), key_of(self, "next-assignment"));
                let show = format!("{before} and {after} show {}", head.id);
                Some(format!("due:{wanted} asks for the assignment that is shown; {show}"))
            };
            self.filter().text().split_whitespace().find_map(asked)
        };
        let of_work = if table == Table::Roster { of_work() } else { None };
        of_work.or_else(|| self.filter().unknown(table.fields()))
    }

    fn columns_mut(&mut self) -> &mut Columns {
        self.tables.of_mut(table(self.looked_at()))
    }

    /// What the rows of the pane would be sorted by, with its word.
    fn chosen(&self) -> Option<(By, String)> {
        if self.looked_at() == Pane::Access {
            let view = self.view()?;
            let column = self.matrix.column;
            return Some((By::Access(column), matrix::heading(view, column)));
        }
        let field = self.tables.of(table(self.looked_at())).chosen()?;
        Some((By::Field(field), field.word().to_owned()))
    }
}

/// Chooses the column beside; the matrix has its own.
pub(super) fn across(state: &mut State, step: Step) {
    let table = table(state.looked_at());
    let mut columns = state.tables.of(table).clone();
    columns.step(step, |field| state.has_column(table, field));
    state.tables.of_mut(table).at = columns.at;
}

/// Whether rows can be sorted by what is chosen.
pub(super) fn sortable(state: &State, reverse: bool) -> Result<Action, String> {
    let (by, _) = state.chosen().ok_or("there is no column here")?;
    if by == By::Field(Field::Handed) && table(state.looked_at()) == Table::Activity {
        return Err("arrivals are not sorted by who took them: 6 Jobs shows what waits".into());
    }
    Ok(Action::Sort { reverse })
}

/// Sorts by the chosen column, or as the rows come where that is what they are sorted by; or turns the order
/// round.
pub(super) fn sort(state: &mut State, reverse: bool) -> Effects {
    let Some((by, word)) = state.chosen() else { return vec![] };
    let sort = match (state.tables.of(table(state.looked_at())).sort, reverse) {
        (Some(sort), true) => Some(Sort { reversed: !sort.reversed, ..sort }),
        (None, true) => Some(Sort { by, reversed: true }),
        (Some(sort), false) if sort.by == by => None,
        (_, false) => Some(Sort { by, reversed: false }),
    };
    state.columns_mut().sort = sort;
    match table(state.looked_at()) {
        Table::Roster => state.sort_rows(),
        Table::Items => {
            state.items.marks.end_range();
            state.shelve_again();
        }
        Table::Activity => state.activity.sort(sort),
        Table::Attention => state.arrange_needs(),
        Table::Jobs => {}
    }
    let turn = key_of(state, "reverse");
    let text = match sort {
        None => "in the order in which they come".to_owned(),
        Some(Sort { reversed: true, .. }) if reverse => format!("turned round; {turn} turns it back"),
        Some(_) if reverse => "turned back".to_owned(),
        Some(_) => {
            let again = key_of(state, "sort");
            format!("sorted by {word}; {turn} turns it round, {again} again leaves it as it comes")
        }
    };
    state.say(Weight::Info, text);
    vec![]
}

/// Whether the chosen column can be made wider or narrower.
pub(super) fn width(state: &State, by: i16) -> Result<Action, String> {
    if state.looked_at() == Pane::Access {
        return Err("the columns of the matrix share the room: there is none to be chosen".into());
    }
    has_widths(state)?;
    Ok(Action::Widen(by))
}

/// The lines of the jobs are of several kinds, each with its own columns.
fn has_widths(state: &State) -> Result<(), String> {
    if table(state.looked_at()) == Table::Jobs {
        let sort = key_of(state, "sort");
        return Err(format!("the lines of the jobs have no columns of their own: {sort} sorts them"));
    }
    Ok(())
}

/// Whether columns can be chosen here.
pub(super) fn choosable(state: &State) -> Result<Action, String> {
    has_widths(state)?;
    Ok(Action::Columns)
}

/// Follows the newest arrival, which is the first one only where nothing else is sorted by.
pub(super) fn follow(state: &mut State) -> Effects {
    state.activity.toggle_follow();
    if state.activity.follow {
        state.tables.of_mut(Table::Activity).sort = None;
    }
    vec![]
}

/// Makes the chosen column wider or narrower.
pub(super) fn widen(state: &mut State, by: i16) -> Effects {
    let (now, table) = (state.viewport.chosen, table(state.looked_at()));
    let columns = state.tables.of_mut(table);
    let known = columns.list.get(columns.at).and_then(|choice| choice.cells);
    let spec = columns.chosen().and_then(|field| table.spec(field)).map_or(0, |spec| spec.cells);
    let now = if now > 0 { now } else { known.unwrap_or(spec) };
    let (cells, word) = (columns.widen(now, by), columns.chosen().map_or("", Field::word));
    state.say(Weight::Info, format!("{word}: {cells} cells"));
    vec![]
}

/// Shows which columns there are.
pub(super) fn choose(state: &mut State) -> Effects {
    let table = table(state.looked_at());
    let at = state.tables.of(table).at;
    state.overlays.push(Overlay::Columns(Chooser { table, at }));
    vec![]
}

fn chooser(state: &State) -> Option<Chooser> {
    match state.overlays.last() {
        Some(Overlay::Columns(chooser)) => Some(*chooser),
        _ => None,
    }
}

/// Shows the selected column of the overlay, or hides it.
pub(super) fn toggle(state: &mut State) -> Effects {
    if let Some(Chooser { table, at }) = chooser(state)
        && !state.tables.of_mut(table).toggle(at)
    {
        state.say(Weight::Warning, "this column always stands: it says whose row it is");
    }
    vec![]
}

/// Moves the selected column of the overlay up or down in the order.
pub(super) fn shift(state: &mut State, step: Step) -> Effects {
    if let Some(Chooser { table, at }) = chooser(state) {
        let to = state.tables.of_mut(table).shift(at, step);
        if let Some(Overlay::Columns(chooser)) = state.overlays.last_mut() {
            chooser.at = to;
        }
    }
    vec![]
}

/// Has all columns as they were before somebody changed them; the sort stays.
pub(super) fn reset(state: &mut State) -> Effects {
    if let Some(Chooser { table, .. }) = chooser(state) {
        let sort = state.tables.of(table).sort;
        *state.tables.of_mut(table) = Columns { sort, ..Columns::of(table) };
    }
    vec![]
}

/// Where `n` or `N` leads.
fn next_place(state: &State, forward: bool) -> Option<usize> {
    match state.looked_at() {
        Pane::Roster | Pane::Access => state.rows.next_match(state.all_rows(), forward, state.about()),
        Pane::Items => state.next_item(forward),
        Pane::Activity => state.activity.next_match(forward),
        Pane::Attention => state.next_need(forward),
        Pane::Jobs => state.next_entry(forward),
        Pane::Inspector => None,
    }
}

/// Whether there is a filter to go from match to match by.
pub(super) fn next(state: &State, forward: bool) -> Result<Action, String> {
    let fields = table(state.looked_at()).fields();
    state.filter().last(fields).ok_or_else(|| {
        let (filter, back) = (key_of(state, "filter"), key_of(state, "back"));
        format!("nothing was looked for yet: {filter} filters, {back} shows everything again")
    })?;
    Ok(Action::Next { forward })
}

/// Selects the next row that the filter finds, or the one before; from the last one it goes on with the
/// first. After the filter was cleared it is looked for among everything.
pub(super) fn go_next(state: &mut State, forward: bool) -> Effects {
    let Some(place) = next_place(state, forward) else {
        state.say(Weight::Warning, "nothing here matches what was looked for");
        return vec![];
    };
    visits::select(state, state.looked_at(), place);
    vec![]
}

/// What is done with marks: those of the students, or of the items where they have the keys.
#[derive(Clone, Copy)]
pub(super) enum Marking {
    One,
    Range,
    All,
    Clear,
}

pub(super) fn mark(state: &mut State, what: Marking) -> Effects {
    if state.looked_at() == Pane::Items {
        match what {
            Marking::One => state.mark_item(),
            Marking::Range => state.range_items(),
            Marking::All => state.mark_items(),
            Marking::Clear => state.items.marks.clear(),
        }
        if state.items.filter.asks(Field::Marked) {
            state.shelve_again();
        }
        return vec![];
    }
    let rows: &[StatusRow] = state.class.value.as_ref().map_or(&[], |view| &view.rows);
    match what {
        Marking::One => state.rows.toggle(rows),
        Marking::Range => state.rows.toggle_range(rows),
        Marking::All => state.rows.toggle_all(rows),
        Marking::Clear => state.rows.marks.clear(),
    }
    if state.rows.filter.asks(Field::Marked) {
        state.arrange();
    }
    vec![]
}
