//! The rows of the class, shared by roster and matrix: which are shown, selected and marked.

use std::collections::BTreeSet;

use super::State;
use super::assignments::Only;
use super::columns::Table;
use super::filter::Filter;
use super::index::Index;
use super::marks::Marks;
use super::msg::Step;
use super::order::{Sort, sorted};
use super::students::{About, key, told};
use crate::domain::class::StudentKey;
use crate::domain::id::VaultId;
use crate::domain::query::{ClassView, StatusRow};

/// Moves a position within `len` rows; `page` is half a page.
pub(super) fn stepped(at: usize, step: Step, len: usize, page: usize) -> usize {
    let last = len.saturating_sub(1);
    match step {
        Step::Up => at.saturating_sub(1),
        Step::Down => (at + 1).min(last),
        Step::PageUp => at.saturating_sub(page.max(1)),
        Step::PageDown => (at + page.max(1)).min(last),
        Step::First => 0,
        Step::Last => last,
        Step::Left | Step::Right => at,
    }
}

/// Selection, filter and marks over the rows.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Indices of the rows that pass the filter, in order.
    pub shown: Vec<usize>,
    /// The selected one of `shown`.
    pub cursor: usize,
    /// What is typed after `/`.
    pub filter: Filter,
    /// Marked students; they stay marked when a filter hides them.
    pub marks: Marks<StudentKey>,
    /// What the titles say about all rows.
    pub counts: Counts,
    /// The place of the assignment that is shown, among those of the class.
    pub assignment: Option<usize>,
    /// Whom it narrows to.
    pub only: Only,
    /// The students whom a line of the attention stands for, with its word, where it was followed.
    pub among: Option<(&'static str, BTreeSet<StudentKey>)>,
    /// What is looked up about all rows.
    pub index: Index,
    /// All rows in the order in which they are shown.
    order: Vec<usize>,
    /// Where each row stands in `shown`.
    places: Vec<Option<usize>>,
}

/// How many of all rows are in which situation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Active students.
    pub active: usize,
    /// Students who can be given a vault and have none.
    pub awaiting: usize,
    /// Active students who have a vault and no access to it.
    pub shut_out: usize,
    /// Students who have to finish signing up, or to be confirmed.
    pub pending: usize,
    /// Accesses that the class file does not ask for, as far as they can be seen.
    pub drift: usize,
    /// Who has handed in nothing for the assignment that is shown.
    pub missing: usize,
    /// Who was late.
    pub late: usize,
}

impl Counts {
    fn of(rows: &[StatusRow], assignment: Option<usize>) -> Self {
        let mut counts = Self::default();
        for row in rows {
            counts.active += usize::from(row.state.is_active());
            counts.awaiting += usize::from(row.awaits_vault());
            counts.shut_out += usize::from(row.lacks_access());
            counts.pending += usize::from(!row.state.is_active());
            let stands = assignment.and_then(|at| row.standings.get(at).copied());
            counts.missing += usize::from(Only::Missing.accepts(stands));
            counts.late += usize::from(Only::Late.accepts(stands));
            counts.drift += row.strays();
        }
        counts
    }
}

impl Rows {
    /// Takes note of rows that have changed: everything that follows from them is put together anew.
    pub(super) fn learn(&mut self, rows: &[StatusRow]) {
        self.index = Index::of(rows, self.filter.veil.as_deref());
        // Nobody acts upon whoever is not in the class any more.
        let index = &self.index;
        self.marks.retain(|key| index.student(key).is_some());
    }

    /// Puts the rows in order.
    pub(super) fn sort(&mut self, view: Option<&ClassView>, sort: Option<Sort>, about: About<'_>) {
        self.order = match (view, sort) {
            (None, _) => Vec::new(),
            (Some(view), None) => (0..view.rows.len()).collect(),
            (Some(view), Some(sort)) => {
                sorted(view.rows.len(), sort.reversed, |at| key(view, &view.rows[at], sort.by, about))
            }
        };
    }

    /// Applies the filter anew and stays at the selected student where it is still shown.
    pub(super) fn arrange(&mut self, rows: &[StatusRow], selected: Option<&StudentKey>, about: About<'_>) {
        let mut sieve = self.filter.sieve(Table::Roster.fields());
        let (index, marks) = (&self.index, &self.marks);
        let mut passes = |at: usize| {
            let row = &rows[at];
            sieve.accepts(index.folded(at), |field| told(row, field, about, marks.contains(&row.key)))
        };
        let stands = |row: &StatusRow| row.standings.get(self.assignment?).copied();
        let among = |row: &StatusRow| self.among.as_ref().is_none_or(|(_, keys)| keys.contains(&row.key));
        let meant = |row: &StatusRow| self.only.accepts(stands(row)) && among(row);
        let order = self.order.iter().copied().filter(|at| *at < rows.len());
        let shown: Vec<usize> = order.filter(|at| meant(&rows[*at]) && passes(*at)).collect();
        // A range is of what was seen when it was made: what is marked stays so, hidden or not.
        if std::mem::replace(&mut self.shown, shown) != self.shown {
            self.marks.end_range();
        }
        self.places = vec![None; rows.len()];
        for (place, at) in self.shown.iter().enumerate() {
            self.places[*at] = Some(place);
        }
        let same = selected.and_then(|key| self.place(key));
        self.cursor = same.unwrap_or(self.cursor).min(self.shown.len().saturating_sub(1));
        self.counts = Counts::of(rows, self.assignment);
    }

    /// Where a student stands among those that are shown.
    pub fn place(&self, key: &StudentKey) -> Option<usize> {
        self.places.get(self.index.student(key)?).copied().flatten()
    }

    /// Where the student of a vault stands among those that are shown.
    pub(super) fn place_of_vault(&self, vault: &VaultId) -> Option<usize> {
        self.places.get(self.index.vault(vault)?).copied().flatten()
    }

    /// The place of the next row, or the one before, that the last filter finds; from the last one it goes
    /// on with the first.
    pub(super) fn next_match(&self, rows: &[StatusRow], forward: bool, about: About<'_>) -> Option<usize> {
        let mut sieve = self.filter.last(Table::Roster.fields())?;
        around(self.cursor, self.shown.len(), forward).find(|place| {
            let at = self.shown[*place];
            let row = &rows[at];
            sieve.accepts(self.index.folded(at), |field| {
                told(row, field, about, self.marks.contains(&row.key))
            })
        })
    }

    /// Whether anything but the filter hides rows.
    pub fn is_narrowed(&self) -> bool {
        self.only != Only::Everybody || self.among.is_some()
    }

    /// The selected row.
    pub fn selected<'a>(&self, rows: &'a [StatusRow]) -> Option<&'a StatusRow> {
        rows.get(*self.shown.get(self.cursor)?)
    }

    /// Moves the selection, and the end of a range with it.
    pub(super) fn step(&mut self, rows: &[StatusRow], step: Step, page: usize) {
        self.cursor = stepped(self.cursor, step, self.shown.len(), page);
        let (index, places, shown) = (&self.index, &self.places, &self.shown);
        let place = |key: &StudentKey| places.get(index.student(key)?).copied().flatten();
        self.marks.stretch(self.cursor, place, |at| Some(rows.get(*shown.get(at)?)?.key.clone()));
    }

    /// Marks the selected row and moves on, or takes its mark away.
    pub(super) fn toggle(&mut self, rows: &[StatusRow]) {
        if let Some(key) = self.selected(rows).map(|row| row.key.clone()) {
            self.marks.toggle(key);
            self.cursor = stepped(self.cursor, Step::Down, self.shown.len(), 1);
        }
    }

    /// Begins a range at the selected row, or ends it.
    pub(super) fn toggle_range(&mut self, rows: &[StatusRow]) {
        self.marks.toggle_range(self.selected(rows).map(|row| row.key.clone()));
        self.step(rows, Step::Left, 0);
    }

    /// Marks everything shown, or turns the marks round.
    pub(super) fn toggle_all(&mut self, rows: &[StatusRow]) {
        self.marks.toggle_all(self.shown.iter().map(|at| rows[*at].key.clone()));
    }

    /// The rows that an action means: the marked ones in order, else the selected one.
    pub fn meant<'a>(&self, rows: &'a [StatusRow]) -> Vec<&'a StatusRow> {
        if self.marks.is_empty() {
            return self.selected(rows).into_iter().collect();
        }
        let mut places: Vec<usize> = self.marks.iter().filter_map(|key| self.index.student(key)).collect();
        places.sort_unstable();
        places.into_iter().filter_map(|at| rows.get(at)).collect()
    }

    /// How many marked students are not shown.
    pub fn hidden_marks(&self) -> usize {
        self.marks.iter().filter(|key| self.place(key).is_none()).count()
    }
}

impl State {
    /// A student's row.
    pub fn row(&self, key: &StudentKey) -> Option<&StatusRow> {
        let rows = self.all_rows();
        let at = self.rows.index.student(key).and_then(|at| rows.get(at));
        at.filter(|row| row.key == *key)
    }

    /// The same, to be changed.
    pub(super) fn row_mut(&mut self, key: &StudentKey) -> Option<&mut StatusRow> {
        let at = self.rows.index.student(key)?;
        self.class.value.as_mut()?.rows.get_mut(at).filter(|row| row.key == *key)
    }
}

/// The places of a list once round, from the one behind a place, or before it.
pub(super) fn around(from: usize, count: usize, forward: bool) -> impl Iterator<Item = usize> {
    (1..=count).map(move |by| if forward { (from + by) % count } else { (from + count - by) % count })
}
