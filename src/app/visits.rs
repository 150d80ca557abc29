//! Where a key leads: to a pane, a row, a student, an item or a cell, whatever hides it now.

use std::collections::BTreeSet;

use super::assignments::Only;
use super::command::key_of;
use super::jobs::Entry;
use super::msg::Pane;
use super::{Effects, State, Weight, activity, attention, matrix, why};
use crate::domain::attention::Reason;
use crate::domain::class::StudentKey;
use crate::domain::id::ItemId;
use crate::domain::job;

/// Gives a pane the keys.
pub(super) fn focus(state: &mut State, pane: Pane) -> Effects {
    if state.focus == Pane::Activity && pane != Pane::Activity {
        // What was new when it was looked at is not new any more.
        state.activity.rule = state.activity.read_until;
    }
    state.focus = pane;
    match pane {
        Pane::Attention | Pane::Roster => state.left = pane,
        Pane::Activity | Pane::Jobs => state.below = pane,
        Pane::Items | Pane::Access | Pane::Inspector => {}
    }
    if pane != Pane::Inspector {
        state.inspector.of = pane;
    }
    activity::mark_read(state)
}

/// Selects the row of this place in a pane.
pub(super) fn select(state: &mut State, pane: Pane, place: usize) {
    match pane {
        Pane::Roster | Pane::Access => state.select_row(place),
        Pane::Items => state.items.cursor = place,
        Pane::Activity => state.activity.go_to(place),
        Pane::Attention => state.select_need(place),
        Pane::Jobs => state.jobs.cursor = place,
        Pane::Inspector => {}
    }
}

impl State {
    /// Selects the student of this place; the items of somebody else begin with their first one.
    pub(super) fn select_row(&mut self, place: usize) {
        if self.rows.cursor != place {
            (self.rows.cursor, self.items.cursor) = (place, 0);
        }
    }
}

/// Goes to where a need comes from.
pub(super) fn follow_up(state: &mut State) -> Effects {
    let Some(need) = state.need().cloned() else {
        return vec![];
    };
    if let Some(id) = &need.assignment {
        state.pending.chosen = Some(id.clone());
        state.arrange();
    }
    match (need.reason, &need.student, &need.item) {
        (Reason::DeadLetter | Reason::ConsumerBehind, ..) => focus(state, Pane::Jobs),
        (Reason::LeftJob, ..) => go_to_left(state, need.text.as_str()),
        (Reason::UnexpectedAccess, Some(key), _) => go_to_stray(state, key),
        (Reason::Quarantined, Some(key), _) => {
            go_to_student(state, key);
            // The vault left behind has no row: it is nobody's.
            state.say(Weight::Info, format!("the other vault is nobody's row here: {}", need.next));
            focus(state, Pane::Roster)
        }
        (Reason::Unmatched, Some(key), Some(at)) if need.count > 1 => {
            if state.activity.show_unmatched_of(key) {
                focus(state, Pane::Activity)
            } else {
                go_to_item(state, key, &at.item)
            }
        }
        (_, Some(key), Some(at)) => go_to_item(state, key, &at.item),
        (_, Some(key), None) => {
            go_to_student(state, key);
            focus(state, Pane::Roster)
        }
        // What is stored names them all; nothing is asked of the service for it.
        (Reason::UnexpectedAccess, None, _) => why::compare(state, false),
        (Reason::Unmatched, None, _) => {
            state.activity.show_unmatched();
            focus(state, Pane::Activity)
        }
        (Reason::Missing, None, _) => narrowed(state, Only::Missing),
        (Reason::Late, None, _) => narrowed(state, Only::Late),
        (Reason::TokenExpiry | Reason::WatcherGap | Reason::Alarm | Reason::Seats, None, _) => {
            state.say(Weight::Info, &need.next);
            vec![]
        }
        (reason, None, _) => {
            let keys: BTreeSet<StudentKey> = attention::whom(state, &need).into_iter().collect();
            widen(state);
            state.rows.among = Some((reason.word(), keys)).filter(|(_, keys)| !keys.is_empty());
            state.arrange();
            focus(state, Pane::Roster)
        }
    }
}

/// Selects a student, whatever hides the row now. Whether there is one.
pub(super) fn go_to_student(state: &mut State, key: &StudentKey) -> bool {
    let shown = state.rows.place(key).is_some();
    // What hides nobody who is looked for stays.
    if !shown && (state.rows.filter.is_active() || state.rows.is_narrowed()) {
        widen(state);
        state.say(Weight::Info, "everybody is shown again: the student was hidden");
    }
    let at = state.rows.place(key);
    if let Some(at) = at {
        (state.rows.cursor, state.items.cursor) = (at, 0);
    }
    at.is_some()
}

/// Selects an item of a student.
pub(super) fn go_to_item(state: &mut State, key: &StudentKey, item: &ItemId) -> Effects {
    if !go_to_student(state, key) {
        return vec![];
    }
    state.items.filter.clear();
    state.unshelve();
    let items = state.shown_items();
    let known = items.is_some();
    let at = items.unwrap_or_default().iter().position(|one| one.id == *item);
    state.items.cursor = at.unwrap_or(0);
    // Where the list is still to be read, the item is selected when it comes.
    state.pending.wanted_item = (!known).then(|| item.clone());
    focus(state, Pane::Items)
}

/// Selects what a student holds on the own vault.
pub(super) fn go_to_own(state: &mut State, key: &StudentKey) -> Effects {
    go_to_student(state, key);
    state.matrix.column = 0;
    focus(state, Pane::Access)
}

/// Selects who else is on a student's vault.
pub(super) fn go_to_others(state: &mut State, key: &StudentKey) -> Effects {
    go_to_student(state, key);
    state.matrix.column = state.view().map_or(0, |view| matrix::columns(view) - 1);
    focus(state, Pane::Access)
}

/// Selects the cell of a student's vault with somebody who should not be there, or has too much.
pub(super) fn go_to_stray(state: &mut State, key: &StudentKey) -> Effects {
    let wider = state.row(key).filter(|row| row.unexpected().unwrap_or(0) == 0).and_then(|row| {
        let who = &row.wider.first()?.who;
        let staff = state.view()?.staff.iter().position(|staff| staff.who == *who);
        // The first column is the student's own.
        Some(staff.map_or(0, |at| at + 1))
    });
    let effects = go_to_others(state, key);
    if let Some(column) = wider {
        state.matrix.column = column;
    }
    effects
}

/// Selects the job that a program has left and that a line tells of.
fn go_to_left(state: &mut State, told: &str) -> Effects {
    state.jobs.filter.clear();
    let is_it = |entry: &Entry<'_>| match entry {
        Entry::Other(head) => head.state == job::State::Left && told.contains(head.id.as_str()),
        _ => false,
    };
    if let Some(at) = state.entries().iter().position(is_it) {
        state.jobs.cursor = at;
    }
    focus(state, Pane::Jobs)
}

/// Shows who stands so with the assignment that is shown: exactly those that a line counts.
pub(super) fn narrowed(state: &mut State, only: Only) -> Effects {
    widen(state);
    state.rows.only = only;
    state.arrange();
    focus(state, Pane::Roster)
}

/// Shows everybody in the roster.
pub(super) fn widen(state: &mut State) {
    state.rows.filter.clear();
    (state.rows.only, state.rows.among) = (Only::Everybody, None);
    state.arrange();
}

/// Shows a student's uploads that no assignment claims, one of which is to be chosen.
pub(super) fn show_unmatched(state: &mut State, student: &StudentKey) -> Effects {
    if !state.activity.show_unmatched_of(student) {
        let enter = key_of(state, "follow-up");
        state.say(
            Weight::Warning,
            format!("the activity does not reach back to them: {enter} goes to their items"),
        );
        return vec![];
    }
    let effects = focus(state, Pane::Activity);
    let (assign, back) = (key_of(state, "assign"), key_of(state, "back"));
    state.say(
        Weight::Info,
        format!("several uploads: {assign} assigns the selected one, {back} shows everything"),
    );
    effects
}
