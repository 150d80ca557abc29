//! What was changed here, and taking it back.

use super::msg::{Action, Effect};
use super::overlay::{Overlay, Past, Source};
use super::remote::Remote;
use super::{Effects, State};
use crate::domain::history::{Changed, What};
use crate::domain::query::Query;

/// The plan that takes back the last change, or the selected one of the list.
pub(super) fn undo(state: &State) -> Result<Action, String> {
    state.why_not_change()?;
    let Some(Overlay::History(past)) = state.overlays.last() else {
        return Ok(Action::Review(Source::Undo(None)));
    };
    let entry = past.selected().ok_or("nothing is selected")?;
    if entry.elsewhere.is_some() {
        return Err(
            "this was made elsewhere: stage what it should be in Access, or take it back in 1Password".into(),
        );
    }
    if let Some(job) = &entry.undone_by {
        return Err(format!("{job} has taken it back already"));
    }
    let job = entry.job.clone().ok_or_else(|| no_job(&entry.changes))?;
    Ok(Action::Review(Source::Undo(Some(job))))
}

/// Why what belongs to no job is not taken back by a plan, and what does it instead.
fn no_job(changes: &[Changed]) -> &'static str {
    match changes.first().map(|change| &change.what) {
        Some(What::Decided { op, .. }) => match op.as_str() {
            "extend" => "undo takes back plans only: strongroom extend STUDENT ASSIGNMENT --restore",
            "assign" => "undo takes back plans only: strongroom assign ITEM --by-rule",
            _ => "undo takes back plans only: decide again about the submission",
        },
        Some(What::Class { .. }) => "undo takes back plans only, and this was none",
        _ => "this was changed before jobs had names: it cannot be taken back",
    }
}

/// The plan that does again what was taken back last.
pub(super) fn redo(state: &State) -> Result<Action, String> {
    state.why_not_change()?;
    Ok(Action::Review(Source::Redo))
}

/// Shows the changes of the selected job.
pub(super) fn open(state: &State) -> Result<Action, String> {
    match state.overlays.last() {
        Some(Overlay::History(past)) if past.open.is_none() && past.selected().is_some() => Ok(Action::Open),
        Some(Overlay::History(Past { open: Some(_), .. })) => Err("it is shown: esc goes back".into()),
        _ => Err("nothing is selected".into()),
    }
}

/// Asks what was changed here.
pub(super) fn ask(state: &mut State) -> Effects {
    let ticket = state.ticket();
    let list = Remote::asked(ticket);
    state.overlays.push(Overlay::History(Past { list, cursor: 0, open: None }));
    vec![Effect::Load(ticket, Query::History)]
}
