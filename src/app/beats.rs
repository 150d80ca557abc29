//! What the live view tells: how it stands, what has arrived, and what is read again after it.

use super::ahead::{look_ahead, reload_items};
use super::answers::load_class;
use super::columns::Field;
use super::msg::Effect;
use super::remote::Remote;
use super::{Effects, Live, State, Weight, activity, inspector, reloads};
use crate::domain::arrival::{Arrival, ArrivalKind};
use crate::domain::budget::Budget;
use crate::domain::query::WatchReport;

/// What a beat of the live view found.
pub(super) fn watched(state: &mut State, report: WatchReport) -> Effects {
    stand(state, &report);
    state.dirty |= !ends_beat(&report);
    let back = ends_beat(&report) && report.fault.is_none();
    if let Some(budget) = report.budget {
        rationed(state, budget);
    }
    if let Some(parts) = report.parts {
        state.dirty |= state.parts != parts;
        state.parts = parts;
    }
    state.changing.extend(report.changed);
    state.changing.retain(|vault| !report.settled.contains(vault));

    note_uploads(state, &report.arrivals);
    // How many items there are is counted in the lists themselves: those on and near the screen,
    // and those of vaults in which something arrived.
    let arrived = report.arrivals.iter().map(|arrival| arrival.vault.id.clone());
    let shown = report.settled.into_iter().filter(|vault| state.items.lists.contains_key(vault));
    state.pending.outdated.extend(arrived.chain(shown));
    if let Some(told) = report.told.last() {
        state.say(Weight::Info, told);
    }
    if let Some(role) = report.role {
        state.dirty |= state.role.as_ref() != Some(&role);
        state.role = Some(role);
    }
    let news = state.activity.add(report.arrivals) > 0;
    if news {
        state.shelve_again();
    }
    let mut effects: Effects = activity::mark_read(state).into_iter().chain(bell(state, news)).collect();
    // Standings follow from arrivals.
    let counted = news && !state.assignments().is_empty();
    if report.stale || counted {
        // What is being read may be older than this.
        state.pending.stale = state.class.is_loading();
        if !state.pending.stale {
            effects.extend(load_class(state, false));
        }
    }
    effects.extend(reload_items(state));
    if back {
        effects.extend(access_again(state));
    }
    if report.stale || news || report.handed || !report.told.is_empty() {
        effects.extend(reloads::attention(state));
    }
    if report.handed {
        effects.extend(
            [reloads::jobs(state), reloads::arrivals(state), reloads::copies(state, true)]
                .into_iter()
                .flatten(),
        );
    } else if news && !state.jobs.consumers().is_empty() {
        effects.extend(reloads::jobs(state));
    }
    if report.reported {
        // Who made an arrival and who gave an access may be told now.
        inspector::forget(state);
        effects.extend(reloads::arrivals(state));
    }
    effects
}

/// Whether a report is the end of a beat. What is found on the way is told in reports of its own,
/// and says nothing about how the beat ends.
pub fn ends_beat(report: &WatchReport) -> bool {
    report.changed.is_empty()
        && report.settled.is_empty()
        && report.arrivals.is_empty()
        && report.told.is_empty()
        && !report.handed
        && !report.reported
}

/// Takes over how the live view stands, where the report says anything about it.
fn stand(state: &mut State, report: &WatchReport) {
    let live = match &report.fault {
        Some(fault) => Live::Failing(fault.clone(), state.pending.last_beat.or(state.class.as_of)),
        None if ends_beat(report) => {
            state.pending.last_beat = Some(report.at);
            Live::On
        }
        None => return,
    };
    if state.live != live && state.live != Live::Paused {
        state.live = live;
        state.dirty = true;
    }
}

/// The rows tell when something was uploaded last.
fn note_uploads(state: &mut State, arrivals: &[Arrival]) {
    for arrival in arrivals.iter().filter(|arrival| arrival.kind != ArrivalKind::Removed) {
        if let Some(row) = state.row_mut(&arrival.student.key) {
            row.last_upload = Some(arrival.detected_at);
        }
    }
    if !arrivals.is_empty() {
        state.sort_after(Field::Last);
    }
}

/// Rings once a report, however much arrived.
fn bell(state: &State, news: bool) -> Option<Effect> {
    (news && state.setting.bell).then_some(Effect::Bell)
}

/// What could not be asked while the service was away is asked again.
fn access_again(state: &mut State) -> Effects {
    if state.pending.access.fault().is_none() {
        return vec![];
    }
    state.pending.access = Remote::default();
    state.pending.asked.clear();
    look_ahead(state)
}

/// The ration stands otherwise than it did.
pub(super) fn rationed(state: &mut State, budget: Budget) {
    state.dirty |= state.budget.as_ref() != Some(&budget);
    state.budget = Some(budget);
}
