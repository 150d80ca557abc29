//! By which ways somebody has an access, what is on the vaults and should not be, and what would mend it.

use super::msg::{Action, Asked, Effect};
use super::overlay::{Overlay, Source, Strays, Why};
use super::remote::{Answer, Remote};
use super::{Effects, State, matrix};
use crate::domain::class::StudentKey;
use crate::domain::plan::Wish;
use crate::domain::query::{Data, Query};

/// The question why somebody has the access of the selected cell.
pub(super) fn cell(state: &State) -> Result<Action, String> {
    let view = state.view().ok_or("the class has not been read yet")?;
    let row = state.selected().ok_or("nobody is selected")?;
    let vault = row.vault.clone().ok_or_else(|| matrix::no_vault(row))?;
    let others = matrix::is_others(view, state.matrix.column);
    let who = if others { None } else { Some(matrix::cell(view, row, state.matrix.column)?.1) };
    Ok(Action::Why(Asked { student: row.key.clone(), vault, who }))
}

/// The plan that takes away what should not be: on the vault that is looked at, or on that of the selected
/// line.
pub(super) fn mend(state: &State) -> Result<Action, String> {
    state.why_not_change()?;
    let whose = match state.overlays.last() {
        Some(Overlay::Why(why)) => Some(why.student.clone()),
        Some(Overlay::Drift(strays)) => {
            let found = strays.found.value.as_ref().and_then(|found| found.list.get(strays.cursor));
            found.map(|drift| drift.student.clone())
        }
        _ => None,
    };
    Ok(wish(whose.ok_or("nothing should be taken away here")?))
}

/// The same on every vault.
pub(super) fn mend_all(state: &State) -> Result<Action, String> {
    state.why_not_change()?;
    let Some(Overlay::Drift(Strays { found, .. })) = state.overlays.last() else {
        return Err("what should not be is not shown".into());
    };
    match &found.value {
        Some(found) if !found.list.is_empty() => Ok(Action::Review(Source::Wish(Wish::Mend(Vec::new())))),
        _ => Err("nothing should be taken away".into()),
    }
}

fn wish(student: StudentKey) -> Action {
    Action::Review(Source::Wish(Wish::Mend(vec![student])))
}

/// Asks by which ways somebody has an access.
pub(super) fn ask(state: &mut State, asked: Asked) -> Effects {
    let Asked { student, vault, who } = asked;
    let ticket = state.ticket();
    let holders = Remote::asked(ticket);
    let query = Query::Why(vault.clone());
    state.overlays.push(Overlay::Why(Why { student, vault, who, holders, top: 0 }));
    vec![Effect::Load(ticket, query)]
}

/// Shows what should not be on the vaults; `fresh` has the list of every vault read first.
pub(super) fn compare(state: &mut State, fresh: bool) -> Effects {
    let ticket = state.ticket();
    let found = Remote::asked(ticket);
    state.overlays.push(Overlay::Drift(Strays { found, fresh, cursor: 0 }));
    vec![Effect::Load(ticket, Query::Drift { fresh })]
}

impl Why {
    /// Takes an answer; what was told of another vault is not shown.
    pub(super) fn settle(&mut self, answer: Answer) {
        let vault = self.vault.clone();
        answer.settle(&mut self.holders, |data| match data {
            Data::Why(of, holders) if of == vault => Some(holders),
            _ => None,
        });
    }
}
