//! The rows of the class, shared by roster and matrix: which are shown, selected and marked.

use std::collections::BTreeSet;

use super::assignments::Only;
use super::filter::Filter;
use super::msg::Step;
use crate::domain::class::StudentKey;
use crate::domain::query::StatusRow;

/// Moves a position within `len` rows; `page` is half a page.
pub fn stepped(at: usize, step: Step, len: usize, page: usize) -> usize {
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
    pub marks: BTreeSet<StudentKey>,
    /// At whom a range of marks began, and the marks before it.
    pub range: Option<(StudentKey, BTreeSet<StudentKey>)>,
    /// What the titles say about all rows.
    pub counts: Counts,
    /// The place of the assignment that is shown, among those of the class.
    pub assignment: Option<usize>,
    /// Whom it narrows to.
    pub only: Only,
    /// The students whom a line of the attention stands for, with its word, where it was followed.
    pub among: Option<(&'static str, BTreeSet<StudentKey>)>,
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
    /// Applies the filter anew and stays at the selected student where it is still shown.
    pub fn arrange(&mut self, rows: &[StatusRow], selected: Option<&StudentKey>) {
        let passes = |row: &StatusRow| {
            let pseudonym = self.filter.veil.as_ref().and_then(|veil| veil.student(&row.key));
            self.filter.accepts([
                pseudonym.unwrap_or(row.name.as_str()),
                row.key.as_str(),
                row.email.as_str(),
                row.state.label(),
                row.vault_name.as_str(),
            ])
        };
        let stands = |row: &StatusRow| row.standings.get(self.assignment?).copied();
        let shown = (0..rows.len()).filter(|at| self.only.accepts(stands(&rows[*at])));
        let among = |row: &StatusRow| self.among.as_ref().is_none_or(|(_, keys)| keys.contains(&row.key));
        self.shown = shown.filter(|at| among(&rows[*at]) && passes(&rows[*at])).collect();
        let same = selected.and_then(|key| self.shown.iter().position(|at| rows[*at].key == *key));
        self.cursor = same.unwrap_or(self.cursor).min(self.shown.len().saturating_sub(1));
        self.counts = Counts::of(rows, self.assignment);
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
    pub fn step(&mut self, rows: &[StatusRow], step: Step, page: usize) {
        self.cursor = stepped(self.cursor, step, self.shown.len(), page);
        let begun = |(from, before): &(StudentKey, BTreeSet<StudentKey>)| {
            Some((self.shown.iter().position(|at| rows[*at].key == *from)?, before.clone()))
        };
        // Rows may have come or gone since; a range whose beginning is hidden has ended.
        let Some((from, before)) = self.range.as_ref().and_then(begun) else {
            self.range = None;
            return;
        };
        let (low, high) = (self.cursor.min(from), self.cursor.max(from));
        self.marks = before;
        self.marks.extend(self.shown[low..=high].iter().map(|at| rows[*at].key.clone()));
    }

    /// Marks the selected row and moves on, or takes its mark away.
    pub fn toggle(&mut self, rows: &[StatusRow]) {
        if let Some(row) = self.selected(rows) {
            if !self.marks.remove(&row.key) {
                self.marks.insert(row.key.clone());
            }
            self.range = None;
            self.cursor = stepped(self.cursor, Step::Down, self.shown.len(), 1);
        }
    }

    /// Begins a range at the selected row, or ends it.
    pub fn toggle_range(&mut self, rows: &[StatusRow]) {
        let began = self.selected(rows).map(|row| (row.key.clone(), self.marks.clone()));
        self.range = if self.range.is_some() { None } else { began };
        self.step(rows, Step::Left, 0);
    }

    /// Marks everything shown; when all of it is marked, unmarks it.
    pub fn toggle_all(&mut self, rows: &[StatusRow]) {
        let keys: Vec<_> = self.shown.iter().map(|at| rows[*at].key.clone()).collect();
        if keys.iter().all(|key| self.marks.contains(key)) {
            self.marks.retain(|key| !keys.contains(key));
        } else {
            self.marks.extend(keys);
        }
        self.range = None;
    }

    /// Takes the marks of these students away: they were acted upon.
    pub(super) fn unmark<'a>(&mut self, keys: impl IntoIterator<Item = &'a StudentKey>) {
        for key in keys {
            self.marks.remove(key);
        }
        self.range = None;
    }

    /// The rows that an action means: the marked ones in order, else the selected one.
    pub fn meant<'a>(&self, rows: &'a [StatusRow]) -> Vec<&'a StatusRow> {
        if self.marks.is_empty() {
            return self.selected(rows).into_iter().collect();
        }
        rows.iter().filter(|row| self.marks.contains(&row.key)).collect()
    }

    /// How many marked students are not shown.
    pub fn hidden_marks(&self, rows: &[StatusRow]) -> usize {
        let shown = self.shown.iter().filter(|at| self.marks.contains(&rows[**at].key)).count();
        self.marks.len() - shown
    }
}
