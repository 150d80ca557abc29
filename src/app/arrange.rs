//! The order of what is shown, made anew when rows, filters, sorts or the chosen assignment change.

use super::State;
use super::assignments::{self, Only};
use super::columns::{Field, Table};
use super::order::By;
use super::students::About;
use crate::domain::class::StudentKey;

impl State {
    /// Takes note of rows that have changed, and keeps the selection where it can.
    pub(super) fn learn(&mut self) {
        let selected = self.selected().map(|row| row.key.clone());
        self.learn_at(selected.as_ref());
    }

    /// The same, at this student.
    pub(super) fn learn_at(&mut self, selected: Option<&StudentKey>) {
        self.rows.learn(self.class.value.as_ref().map_or(&[][..], |view| &view.rows));
        let vaults = &self.rows.index;
        self.items.marks.retain(|at| vaults.vault(&at.vault).is_some());
        self.arrange_at(selected, true);
        self.name_arrivals();
        self.arrange_needs();
        self.shelve_again();
        self.stay_in_grid();
    }

    /// Applies the filter anew and keeps the selection where it can.
    pub(super) fn arrange(&mut self) {
        let selected = self.selected().map(|row| row.key.clone());
        self.arrange_at(selected.as_ref(), false);
    }

    /// The same after the rows or their sort have changed; sorts them anew.
    pub(super) fn sort_rows(&mut self) {
        let selected = self.selected().map(|row| row.key.clone());
        self.arrange_at(selected.as_ref(), true);
    }

    /// The same where this field has changed and is what they are sorted by.
    pub(super) fn sort_after(&mut self, changed: Field) {
        let sort = self.tables.of(Table::Roster).sort;
        if sort.is_some_and(|sort| sort.by == By::Field(changed)) {
            self.sort_rows();
        }
    }

    /// What is known beside the rows.
    pub(super) fn about(&self) -> About<'_> {
        About { assignment: self.rows.assignment, kind: self.kind(), zone: &self.setting.zone }
    }

    fn arrange_at(&mut self, selected: Option<&StudentKey>, anew: bool) {
        let (rows, heads) =
            self.class.value.as_ref().map_or((&[][..], &[][..]), |view| (&view.rows, &view.assignments));
        let chosen = self.pending.chosen.as_ref();
        let chosen = chosen.and_then(|id| heads.iter().position(|head| head.id == *id));
        let before = self.rows.assignment;
        self.rows.assignment = chosen.or_else(|| assignments::current(heads, self.now));
        if self.rows.assignment.is_none() {
            self.rows.only = Only::Everybody;
        }
        let about = About { assignment: self.rows.assignment, kind: self.kind(), zone: &self.setting.zone };
        let sort = self.tables.of(Table::Roster).sort;
        let by_due = sort.is_some_and(|sort| sort.by == By::Field(Field::Due));
        if anew || (by_due && before != self.rows.assignment) {
            self.rows.sort(self.class.value.as_ref(), sort, about);
        }
        self.rows.arrange(rows, selected, about);
        // The items of somebody else begin with their first one.
        if self.selected().map(|row| &row.key) != selected {
            self.items.cursor = 0;
        }
    }
}
