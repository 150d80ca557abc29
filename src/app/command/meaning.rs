//! What a command means for what is selected, or why it means nothing there.

use super::key_of;
use crate::app::jobs::Entry;
use crate::app::msg::{Action, Fetch, Pane};
use crate::app::overlay::{Overlay, Review, Source, Stage};
use crate::app::setting::{NO_ASSIGNMENT, READ_ONLY};
use crate::app::{State, activity, attention, matrix};
use crate::domain::access::Level;
use crate::domain::class::StudentKey;
use crate::domain::directory::ItemRef;
use crate::domain::job::{self, Wanted};
use crate::domain::plan::Wish;

/// The pane so many further, of those that there are.
pub(super) fn beside(state: &State, by: isize) -> Pane {
    let panes: Vec<Pane> = state.panes().collect();
    let at = panes.iter().position(|pane| *pane == state.focus).unwrap_or(0);
    let at = at.cast_signed() + by;
    panes[at.rem_euclid(panes.len().cast_signed()).cast_unsigned()]
}

pub(super) fn give_vaults(state: &State) -> Result<Action, String> {
    if state.rows.marks.is_empty() && state.aside().is_some() {
        return Ok(Action::ShowPlan);
    }
    state.why_not_change()?;
    Ok(Action::Review(Source::Wish(Wish::Provision(state.rows.marks.iter().cloned().collect()))))
}

/// The plan that makes everything as the class file says: for the marked students, or for all of them.
pub(super) fn class(state: &State) -> Result<Action, String> {
    state.why_not_change()?;
    Ok(Action::Review(Source::Wish(Wish::Class(state.rows.marks.iter().cloned().collect()))))
}

pub(super) fn stage(state: &State, level: Level) -> Result<Action, String> {
    state.why_not_change()?;
    let view = state.view().ok_or("the class has not been read yet")?;
    if state.matrix.column == 0 && level > Level::STUDENT_CEILING {
        return Err(format!(
            "{level} is never given on a student's own vault: {} at most",
            Level::STUDENT_CEILING
        ));
    }
    if level.permissions(state.kind()).is_none() {
        return Err(format!("{level} cannot be expressed on a {} account", state.kind().name()));
    }
    if matrix::is_others(view, state.matrix.column) && level != Level::None {
        let revoke = key_of(state, "stage-revoke");
        return Err(format!("others are never given access here: {revoke} revokes"));
    }
    if state.rows.marks.is_empty() {
        let row = state.selected().ok_or("nobody is selected")?;
        matrix::stageable(view, row, state.matrix.column, Some(level))?;
    }
    Ok(Action::Stage(level))
}

pub(super) fn unstage(state: &State) -> Result<Action, String> {
    if state.matrix.staged.is_empty() { Err("nothing is staged".into()) } else { Ok(Action::Unstage) }
}

pub(super) fn review(state: &State) -> Result<Action, String> {
    if state.matrix.staged.is_empty() {
        let shown = state.aside().map(|_| Action::ShowPlan);
        let keys =
            ["submit", "read", "write", "manage"].map(|level| key_of(state, &format!("stage-{level}")));
        let (keys, revoke) = (keys.join(" "), key_of(state, "stage-revoke"));
        return shown
            .ok_or_else(|| format!("nothing is staged: {keys} or {revoke} on a cell stages a change"));
    }
    state.why_not_change()?;
    Ok(Action::Review(Source::Wish(Wish::Access(state.matrix.changes()))))
}

pub(super) fn compare(state: &State) -> Result<Action, String> {
    if state.matrix.staged.is_empty() { Err("nothing is staged".into()) } else { Ok(Action::Compare) }
}

pub(super) fn open_item(state: &State) -> Result<Action, String> {
    if state.selected_item().is_some() { Ok(Action::Open) } else { Err("no item is selected".into()) }
}

pub(super) fn apply(state: &State) -> Result<Action, String> {
    let review = state.review().ok_or("no plan is shown")?;
    match review.stage {
        Stage::Running => return Err("the plan is being carried out".into()),
        Stage::Queued => return Err("it waits for its turn".into()),
        Stage::Ended(_) => return Err(format!("it has ended: {} works it out anew", key_of(state, "plan"))),
        Stage::Review => {}
    }
    state.why_not_change()?;
    match &review.plan.value {
        _ if review.plan.is_loading() => Err("the plan is not worked out yet".into()),
        None => Err(format!("the plan could not be worked out: {} tries again", key_of(state, "plan"))),
        Some(plan) if plan.changes() == 0 && plan.taken.is_empty() => Err("nothing would change".into()),
        Some(_) => Ok(Action::Confirm),
    }
}

pub(super) fn again(state: &State) -> Result<Action, String> {
    let review = state.review().ok_or("no plan is shown")?;
    match review.stage {
        _ if review.plan.is_loading() => Err("it is being worked out".into()),
        Stage::Running | Stage::Queued => {
            Err(format!("it was agreed to: {} stops it", key_of(state, "stop")))
        }
        Stage::Review | Stage::Ended(_) => Ok(Action::Again),
    }
}

/// Has the plan that is shown wait, or go on.
pub(super) fn hold(state: &State) -> Result<Action, String> {
    state.review().map_or_else(|| Err("no plan is shown".into()), hold_plan)
}

fn hold_plan(review: &Review) -> Result<Action, String> {
    if !review.is_open() {
        return Err("nothing is being carried out".into());
    }
    let job = review.job().ok_or("it has not begun yet")?.clone();
    match review {
        Review { stopping: true, .. } => Err("it stops after the call in flight".into()),
        Review { held: true, .. } => Ok(Action::Want(job, Wanted::Go)),
        _ => Ok(Action::Want(job, Wanted::Pause)),
    }
}

pub(super) fn stop(state: &State) -> Result<Action, String> {
    state.review().map_or_else(|| Err("no plan is shown".into()), stop_plan)
}

fn stop_plan(review: &Review) -> Result<Action, String> {
    match review.stage {
        _ if review.stopping => Err("it stops after the call in flight".into()),
        _ if review.is_open() => Ok(Action::Stop(review.ticket)),
        _ => Err("nothing is being carried out".into()),
    }
}

pub(super) fn download(state: &State) -> Result<Action, String> {
    if let Some(Overlay::Detail(detail)) = state.overlays.last() {
        if detail.item.value.as_ref().is_some_and(|item| item.files.is_empty()) {
            return Err("no file to fetch".into());
        }
        let owner = state.all_rows().iter().find(|row| row.vault.as_ref() == Some(&detail.at.vault));
        let key = owner.ok_or("this vault belongs to no student")?.key.clone();
        return Ok(Action::Download(vec![Fetch::Item(key, detail.at.clone())]));
    }
    match state.looked_at() {
        Pane::Roster | Pane::Access => {
            let rows = state.rows.meant(state.all_rows());
            let with_vault = rows.iter().filter(|row| row.vault.is_some());
            let what: Vec<_> = with_vault.map(|row| Fetch::Student(row.key.clone())).collect();
            if what.is_empty() { Err("no vault is selected".into()) } else { Ok(Action::Download(what)) }
        }
        Pane::Items => state.meant_items().map(Action::Download),
        Pane::Attention => {
            let need = state.need().ok_or("nothing is selected")?;
            if let (Some(key), Some(at)) = (&need.student, &need.item) {
                return Ok(Action::Download(vec![Fetch::Item(key.clone(), at.clone())]));
            }
            let has_vault = |key: &StudentKey| state.row(key).is_some_and(|row| row.vault.is_some());
            let whom = attention::whom(state, need).into_iter().filter(has_vault);
            let what: Vec<_> = whom.map(Fetch::Student).collect();
            if what.is_empty() {
                Err("nobody it is about has a vault".into())
            } else {
                Ok(Action::Download(what))
            }
        }
        Pane::Jobs => Err("choose in the roster, the items or the activity what to fetch".into()),
        Pane::Activity | Pane::Inspector => {
            let arrival = state.arrival().ok_or_else(|| activity::nothing(state))?;
            let (vault, item) = (arrival.vault.id.clone(), arrival.item.id.clone());
            let at = ItemRef { vault, item };
            Ok(Action::Download(vec![Fetch::Item(arrival.student.key.clone(), at)]))
        }
    }
}

pub(super) fn follow_up(state: &State) -> Result<Action, String> {
    if state.need().is_some() { Ok(Action::Open) } else { Err("nothing needs you here".into()) }
}

pub(super) fn unmatched(state: &State) -> Result<Action, String> {
    if state.assignments().is_empty() {
        return Err(NO_ASSIGNMENT.into());
    }
    Ok(Action::Unmatched)
}

pub(super) fn jobs(state: &State) -> Result<Action, String> {
    if state.has_jobs() {
        return Ok(Action::Focus(Pane::Jobs));
    }
    Err("nothing was carried out, and the class file names nobody who takes arrivals: [[watch.hook]]".into())
}

pub(super) fn open_job(state: &State) -> Result<Action, String> {
    match state.entries().get(state.jobs.cursor) {
        None => Err("nothing is selected".into()),
        Some(_) => Ok(Action::Open),
    }
}

pub(super) fn retry(state: &State) -> Result<Action, String> {
    state.why_not_write()?;
    state.retries().map(Action::Retry)
}

/// Stops the selected line of the jobs.
pub(super) fn stop_job(state: &State) -> Result<Action, String> {
    match state.entries().get(state.jobs.cursor) {
        Some(Entry::Download(download)) if download.ended.is_some() => Err("it has ended".into()),
        Some(Entry::Download(download)) if download.stopping => Err("it stops already".into()),
        Some(Entry::Download(download)) => Ok(Action::StopDownload(download.ticket)),
        Some(Entry::Plan(review)) => stop_plan(review),
        Some(Entry::Other(_)) if state.setting.read_only => Err(READ_ONLY.into()),
        Some(Entry::Other(head)) => Ok(Action::Want(head.id.clone(), Wanted::Cancel)),
        _ => Err("no plan and no download is selected".into()),
    }
}

/// Has the selected job wait, or go on.
pub(super) fn hold_job(state: &State) -> Result<Action, String> {
    match state.entries().get(state.jobs.cursor) {
        Some(Entry::Plan(review)) => hold_plan(review),
        Some(Entry::Other(_)) if state.setting.read_only => Err(READ_ONLY.into()),
        Some(Entry::Other(head)) => match head.state {
            job::State::Left => {
                Err(format!("its program is gone: {} carries it on", key_of(state, "open-job")))
            }
            _ if head.wanted == Wanted::Pause => Ok(Action::Want(head.id.clone(), Wanted::Go)),
            _ => Ok(Action::Want(head.id.clone(), Wanted::Pause)),
        },
        _ => Err("no plan is selected".into()),
    }
}

pub(super) fn theme(state: &State) -> Result<Action, String> {
    if state.chosen.themes.is_empty() {
        Err("there are no themes here".into())
    } else {
        Ok(Action::NextTheme)
    }
}

pub(super) fn choose(state: &State) -> Result<Action, String> {
    let Some(Overlay::Assign(choice)) = state.overlays.last() else {
        return Err("nothing is to be chosen".into());
    };
    if choice.at <= choice.by_rule() { Ok(Action::Choose) } else { Err("nothing is chosen".into()) }
}

pub(super) fn enlarge(state: &State) -> Result<Action, String> {
    state
        .zoom
        .larger()
        .map(Action::Zoom)
        .ok_or_else(|| format!("the pane has the whole screen: {} makes it smaller", key_of(state, "shrink")))
}

pub(super) fn shrink(state: &State) -> Result<Action, String> {
    let smaller = state.zoom.smaller().map(Action::Zoom);
    smaller.ok_or_else(|| format!("the pane has its usual size: {} enlarges it", key_of(state, "enlarge")))
}
