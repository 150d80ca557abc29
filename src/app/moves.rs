//! Where the keys go and what is selected: focus, movement, looking closer, one step back.

use std::collections::BTreeSet;

use super::assignments::Only;
use super::jobs::Entry;
use super::msg::{Effect, Pane, Step};
use super::overlay::{Detail, Overlay, Review, Stage};
use super::remote::Remote;
use super::roster::stepped;
use super::{Effects, State, Weight, matrix, reloads};
use crate::domain::attention::Reason;
use crate::domain::class::StudentKey;
use crate::domain::directory::ItemRef;
use crate::domain::id::ItemId;
use crate::domain::query::Query;
use crate::domain::text::SafeText;

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
        Pane::Items | Pane::Access => {}
    }
    reloads::mark_read(state)
}

pub(super) fn moved(state: &mut State, step: Step) -> Effects {
    let half = |lines: usize| lines / 2;
    let viewport = state.viewport.clone();
    if let Some(overlay) = state.overlays.last_mut() {
        let top = match overlay {
            Overlay::Help { top }
            | Overlay::Plan(Review { top, .. })
            | Overlay::Detail(Detail { top, .. })
            | Overlay::Output { top, .. }
            | Overlay::Fetched { top, .. } => top,
            Overlay::Assign(choice) => {
                choice.at = stepped(choice.at, step, choice.by_rule() + 1, 5);
                return vec![];
            }
            Overlay::Confirm(_) | Overlay::Download(_) | Overlay::Extend(_) => return vec![],
        };
        *top = stepped(*top, step, viewport.overlay + 1, half(viewport.overlay).max(5));
        return vec![];
    }
    match state.focus {
        Pane::Access if matches!(step, Step::Left | Step::Right) => {
            let columns = state.view().map_or(1, matrix::columns);
            state.matrix.step(step, columns);
        }
        Pane::Roster | Pane::Access => {
            let rows = state.class.value.as_ref().map_or(&[][..], |view| &view.rows);
            let before = state.rows.cursor;
            state.rows.step(rows, step, half(viewport.rows.len()));
            if before != state.rows.cursor {
                state.item = 0;
            }
        }
        Pane::Items => {
            let count = state.shown_items().map_or(0, |items| items.len());
            state.item = stepped(state.item, step, count, half(viewport.items));
        }
        Pane::Activity => state.activity.step(step, half(viewport.activity)),
        Pane::Attention => {
            let count = state.needs().len();
            state.attention.cursor = stepped(state.attention.cursor, step, count, half(viewport.attention));
        }
        Pane::Jobs => {
            let count = state.entries().len();
            state.jobs.cursor = stepped(state.jobs.cursor, step, count, half(viewport.jobs));
        }
    }
    vec![]
}

pub(super) fn open(state: &mut State) -> Effects {
    match state.focus {
        Pane::Roster | Pane::Access => {
            state.item = 0;
            focus(state, Pane::Items)
        }
        Pane::Items => {
            let at = state
                .selected()
                .and_then(|row| row.vault.clone())
                .zip(state.shown_items().and_then(|items| items.get(state.item).map(|item| item.id.clone())));
            at.map_or_else(Vec::new, |(vault, item)| detail(state, ItemRef { vault, item }))
        }
        Pane::Activity => {
            let Some(arrival) = state.activity.selected() else {
                return vec![];
            };
            let (key, item) = (arrival.student.key.clone(), arrival.item.id.clone());
            go_to_item(state, &key, &item)
        }
        Pane::Attention => follow_up(state),
        Pane::Jobs => open_job(state),
    }
}

/// Selects a student, whatever hides the row now. Whether there is one.
fn go_to_student(state: &mut State, key: &StudentKey) -> bool {
    let shown = state.rows.shown.iter().any(|at| state.all_rows()[*at].key == *key);
    // What hides nobody who is looked for stays.
    if !shown && (state.rows.filter.is_active() || state.rows.is_narrowed()) {
        widen(state);
        state.say(Weight::Info, "everybody is shown again: the student was hidden");
    }
    let at = state.rows.shown.iter().position(|at| state.all_rows()[*at].key == *key);
    if let Some(at) = at {
        state.rows.cursor = at;
        state.item = 0;
    }
    at.is_some()
}

/// Shows everybody in the roster.
fn widen(state: &mut State) {
    state.rows.filter.clear();
    (state.rows.only, state.rows.among) = (Only::Everybody, None);
    state.arrange();
}

/// Selects an item of a student.
fn go_to_item(state: &mut State, key: &StudentKey, item: &ItemId) -> Effects {
    if !go_to_student(state, key) {
        return vec![];
    }
    state.item_filter.clear();
    let items = state.shown_items();
    let known = items.is_some();
    let at = items.unwrap_or_default().iter().position(|one| one.id == *item);
    state.item = at.unwrap_or(0);
    // Where the list is still to be read, the item is selected when it comes.
    state.pending.wanted_item = (!known).then(|| item.clone());
    focus(state, Pane::Items)
}

/// Goes to where a need comes from.
fn follow_up(state: &mut State) -> Effects {
    let Some(need) = state.need().cloned() else {
        return vec![];
    };
    if let Some(id) = &need.assignment {
        state.pending.chosen = Some(id.clone());
        state.arrange();
    }
    match (need.reason, &need.student, &need.item) {
        (Reason::DeadLetter | Reason::ConsumerBehind, ..) => focus(state, Pane::Jobs),
        (Reason::UnexpectedAccess, Some(key), _) => {
            go_to_student(state, key);
            state.matrix.column = state.view().map_or(0, |view| matrix::columns(view) - 1);
            focus(state, Pane::Access)
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
        (Reason::UnexpectedAccess, None, _) => focus(state, Pane::Access),
        (Reason::Unmatched, None, _) => {
            state.activity.only_unmatched = true;
            state.activity.only_of = None;
            state.activity.cursor = 0;
            focus(state, Pane::Activity)
        }
        (Reason::Missing, None, _) => narrowed(state, Only::Missing),
        (Reason::Late, None, _) => narrowed(state, Only::Late),
        (Reason::LeftJob, ..) => focus(state, Pane::Jobs),
        (Reason::TokenExpiry | Reason::WatcherGap | Reason::Alarm | Reason::Seats, None, _) => {
            state.say(Weight::Info, &need.next);
            vec![]
        }
        (reason, None, _) => {
            let keys: BTreeSet<StudentKey> = super::attention::whom(state, &need).into_iter().collect();
            widen(state);
            state.rows.among = Some((reason.word(), keys)).filter(|(_, keys)| !keys.is_empty());
            state.arrange();
            focus(state, Pane::Roster)
        }
    }
}

fn narrowed(state: &mut State, only: Only) -> Effects {
    // Exactly those that the line counts.
    widen(state);
    state.rows.only = only;
    state.arrange();
    focus(state, Pane::Roster)
}

/// Shows a student's uploads that no assignment claims, one of which is to be chosen.
pub(super) fn show_unmatched(state: &mut State, student: &StudentKey) -> Effects {
    if !state.activity.show_unmatched_of(student) {
        state.say(Weight::Warning, "the activity does not reach back to them: enter goes to their items");
        return vec![];
    }
    state.say(Weight::Info, "several uploads: a assigns the selected one, esc shows everything");
    focus(state, Pane::Activity)
}

/// Shows the plan that runs, or what a consumer said.
fn open_job(state: &mut State) -> Effects {
    let consumer = |name: &SafeText| {
        let attempts = state.jobs.known.value().map_or(&[][..], |jobs| &jobs.attempts);
        attempts.iter().find(|attempt| attempt.consumer == *name).cloned()
    };
    let attempt = match state.entries().get(state.jobs.cursor) {
        Some(Entry::Plan) => {
            state.overlays.extend(state.job.take().map(Overlay::Plan));
            return vec![];
        }
        Some(Entry::Consumer(one)) => consumer(&one.consumer),
        Some(Entry::Attempt(attempt)) => Some((*attempt).clone()),
        Some(Entry::Download(download)) => {
            let ticket = download.ticket;
            state.overlays.push(Overlay::Fetched { ticket, top: 0 });
            return vec![];
        }
        None => None,
    };
    match attempt {
        Some(attempt) => state.overlays.push(Overlay::Output { attempt, top: 0 }),
        None => state.say(Weight::Info, "nothing was said yet"),
    }
    vec![]
}

pub(super) fn detail(state: &mut State, at: ItemRef) -> Effects {
    let ticket = state.ticket();
    let mut item = Remote::default();
    item.ask(ticket);
    state.overlays.push(Overlay::Detail(Detail { at: at.clone(), item, top: 0 }));
    vec![Effect::Load(ticket, Query::Detail(at))]
}

/// Escape: the nearest thing that can be taken back.
pub(super) fn back(state: &mut State) -> Effects {
    if let Some(overlay) = state.overlays.pop() {
        if let Overlay::Plan(review) = overlay
            && matches!(review.stage, Stage::Running(_))
        {
            state.job = Some(review);
        }
    } else if state.filter().is_active() {
        state.filter_mut().clear();
        filtered(state);
    } else if state.rows.range.is_some() || !state.rows.marks.is_empty() {
        state.rows.range = None;
        state.rows.marks.clear();
    } else if state.focus == Pane::Activity && state.activity.is_narrowed() {
        state.activity.widen();
    } else if matches!(state.focus, Pane::Roster | Pane::Access) && state.rows.is_narrowed() {
        (state.rows.only, state.rows.among) = (Only::Everybody, None);
        state.arrange();
    } else {
        return focus(state, state.left);
    }
    vec![]
}

pub(super) fn filtered(state: &mut State) {
    match state.focus {
        Pane::Roster | Pane::Access => state.arrange(),
        Pane::Items => state.item = 0,
        Pane::Activity => state.activity.cursor = 0,
        Pane::Attention => state.attention.cursor = 0,
        Pane::Jobs => state.jobs.cursor = 0,
    }
}
