//! Staging changes of access.

use super::{Effects, State, Weight, matrix};
use crate::domain::access::{AccountKind, Level};

pub(super) fn stage(state: &mut State, level: Option<Level>) -> Effects {
    let Some(view) = state.class.value.as_ref() else {
        return vec![];
    };
    let kind = view.identity.as_ref().map_or(AccountKind::Business, |i| i.kind);
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
        (Some(_), left_out) => format!("{now} staged; {left_out} have nothing to change here"),
        (None, _) => format!("{} taken back, {now} staged", before - now),
    };
    state.say(Weight::Info, text);
    vec![]
}
