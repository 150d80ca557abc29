//! The whole matrix: every student of the class against the vault of every student. Most of it is empty, so
//! only what a vault's list shows is kept; a cell is looked up when it is seen.

use super::command::key_of;
use super::index::Abroad;
use super::msg::{Action, Asked, Step};
use super::overlay::Overlay;
use super::roster::stepped;
use super::{Effects, State, visits};
use crate::domain::access::{Cell, Principal};
use crate::domain::query::StatusRow;

/// What is selected in it, beside the row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Grid {
    /// The selected column: the place of its student among those with a vault.
    pub column: usize,
}

/// What is known of the direct access of one student to one vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Square {
    /// The student's own vault; and whether it is more than the class file asks for.
    Own(Cell, bool),
    /// Somebody else's vault, whose list shows the student.
    Abroad(Abroad),
    /// Somebody else's vault, whose list does not show the student.
    Nothing,
    /// Nobody has read the list of this vault.
    Unread,
}

impl State {
    /// What is known of the access of the student of a row to the vault of another row; both are places in
    /// the class.
    pub fn square(&self, student: usize, vault: usize) -> Square {
        let Some(row) = self.all_rows().get(vault) else { return Square::Nothing };
        if student == vault {
            let own = |who: &Principal| row.user.as_ref().is_some_and(|user| who.id() == user.as_str());
            return Square::Own(row.own, row.wider.iter().any(|excess| own(&excess.who)));
        }
        match self.rows.index.abroad(student, vault) {
            Some(abroad) => Square::Abroad(abroad),
            None if row.others.is_none() => Square::Unread,
            None => Square::Nothing,
        }
    }

    /// The selected cell of the whole matrix: the places in the class of the student, and of whose vault it is.
    pub fn grid_place(&self) -> Option<(usize, usize)> {
        let Some(Overlay::Grid(grid)) = self.overlays.last() else { return None };
        let student = *self.rows.shown.get(self.rows.cursor)?;
        Some((student, *self.rows.index.columns().get(grid.column)?))
    }

    /// The same as rows: whose access, to whose vault.
    pub fn grid_cell(&self) -> Option<(&StatusRow, &StatusRow)> {
        let (student, vault) = self.grid_place()?;
        Some((self.all_rows().get(student)?, self.all_rows().get(vault)?))
    }
}

impl State {
    /// Keeps the selected column one that there is, after the class has changed.
    pub(super) fn stay_in_grid(&mut self) {
        let last = self.rows.index.columns().len().saturating_sub(1);
        for overlay in &mut self.overlays {
            if let Overlay::Grid(grid) = overlay {
                grid.column = grid.column.min(last);
            }
        }
    }
}

/// Whether there is anything to show.
pub(super) fn open(state: &State) -> Result<Action, String> {
    state.view().ok_or("the class has not been read yet")?;
    if state.rows.index.columns().is_empty() {
        let key = key_of(state, "give-vaults");
        return Err(format!("nobody has a vault yet: {key} in the roster plans them"));
    }
    Ok(Action::FullMatrix)
}

/// Shows it, at the selected student's own vault.
pub(super) fn show(state: &mut State) -> Effects {
    let at = state.rows.shown.get(state.rows.cursor).copied().unwrap_or(0);
    let columns = state.rows.index.columns();
    let column = columns.partition_point(|column| *column < at).min(columns.len().saturating_sub(1));
    state.overlays.push(Overlay::Grid(Grid { column }));
    vec![]
}

/// Moves between columns; `page` is half of those that are seen.
pub(super) fn across(state: &mut State, step: Step) -> Effects {
    let (count, page) = (state.rows.index.columns().len(), state.viewport.across / 2);
    if let Some(Overlay::Grid(grid)) = state.overlays.last_mut() {
        grid.column = stepped(grid.column, step, count, page);
    }
    vec![]
}

/// The question by which ways the selected student has what the selected cell shows.
pub(super) fn why(state: &State) -> Result<Action, String> {
    let (student, owner) = state.grid_cell().ok_or("nobody is selected")?;
    let user = student.user.clone().ok_or("this student has not signed up")?;
    let vault = owner.vault.clone().ok_or("this student has no vault any more")?;
    Ok(Action::Why(Asked { student: owner.key.clone(), vault, who: Some(Principal::Person(user)) }))
}

/// Goes to the row of the selected vault in the matrix of staff.
pub(super) fn follow(state: &mut State) -> Effects {
    let key = state.grid_cell().map(|(_, owner)| owner.key.clone());
    let own = state.grid_cell().is_some_and(|(student, owner)| student.key == owner.key);
    state.overlays.pop();
    let Some(key) = key else { return vec![] };
    if own { visits::go_to_own(state, &key) } else { visits::go_to_others(state, &key) }
}
