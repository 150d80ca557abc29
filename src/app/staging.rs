//! Staging changes of access.

use super::{Effects, State, Weight, matrix};
use crate::domain::access::{Level, Principal};
use crate::domain::class::StudentKey;
use crate::domain::id::VaultId;
use crate::domain::text::SafeText;

/// A cell with a change that is staged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staged {
    /// Whose vault, where it is one of the class.
    pub student: Option<StudentKey>,
    /// What it is called.
    pub vault: SafeText,
    /// Whose access.
    pub name: SafeText,
    /// What is so now, where it is known.
    pub now: Option<Level>,
    /// What is wanted.
    pub to: Level,
    /// Why there is nothing to change, or why it cannot be changed.
    pub note: Option<&'static str>,
    /// Whether no row on the screen stands for it.
    pub hidden: bool,
}

impl State {
    /// What is staged, beside what is so, in the order of the rows.
    pub fn staged(&self) -> Vec<Staged> {
        let place = |vault: &VaultId| self.rows.index.vault(vault);
        let mut all: Vec<_> = self
            .matrix
            .staged
            .iter()
            .map(|((vault, who), to)| (place(vault), self.compared(place(vault), vault, who, *to)))
            .collect();
        all.sort_by_key(|(at, _)| at.unwrap_or(usize::MAX));
        all.into_iter().map(|(_, staged)| staged).collect()
    }

    /// How many staged changes no row on the screen stands for.
    pub fn staged_hidden(&self) -> usize {
        let shown = |vault: &VaultId| self.rows.place_of_vault(vault).is_some();
        self.matrix.staged.keys().filter(|(vault, _)| !shown(vault)).count()
    }

    fn compared(&self, at: Option<usize>, vault: &VaultId, who: &Principal, to: Level) -> Staged {
        let Some((view, row)) = self.view().and_then(|view| Some((view, view.rows.get(at?)?))) else {
            let note = Some("the vault belongs to nobody of the class any more");
            let (vault, name) = (SafeText::new(vault.as_str()), SafeText::new(who.id()));
            return Staged { student: None, vault, name, now: None, to, note, hidden: true };
        };
        let (name, level) = matrix::held(view, row, who);
        let own = row.user.as_ref().is_some_and(|user| *who == Principal::Person(user.clone()));
        let note = if level == Some(to) {
            Some("it is so already")
        } else if row.foreign {
            Some(matrix::FOREIGN)
        } else if own && to != Level::None && !row.state.is_active() {
            Some("the student is not active any more")
        } else {
            None
        };
        let hidden = self.rows.place(&row.key).is_none();
        let (student, vault) = (Some(row.key.clone()), row.vault_name.clone());
        Staged { student, vault, name, now: level, to, note, hidden }
    }
}

pub(super) fn stage(state: &mut State, level: Option<Level>) -> Effects {
    let Some(view) = state.class.value.as_ref() else {
        return vec![];
    };
    let kind = matrix::account(view);
    let (before, mut left_out) = (state.matrix.staged.len(), 0);
    for row in state.rows.meant(&view.rows) {
        match (matrix::stageable(view, row, state.matrix.column, level), level) {
            (Ok((vault, who, cell)), Some(level)) => {
                if cell.level(kind) == Some(level) {
                    left_out += 1;
                }
                state.matrix.stage((vault, who), level, cell, kind);
            }
            (Ok((vault, who, _)), None) => drop(state.matrix.staged.remove(&(vault, who))),
            (Err(_), _) => left_out += 1,
        }
    }
    let now = state.matrix.staged.len();
    let text = match (level, left_out) {
        (Some(_), 0) => return vec![],
        (Some(level), 1) if state.rows.marks.is_empty() => format!("it is {level} already"),
        (Some(_), left_out) => format!("{now} staged; {left_out} with nothing to change here"),
        (None, _) => format!("{} taken back, {now} staged", before - now),
    };
    state.say(Weight::Info, text);
    vec![]
}
