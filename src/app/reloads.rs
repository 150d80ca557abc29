//! What is read again when something has happened: what needs the instructor, the jobs, the arrivals,
//! and the copies of the vault on the screen. One question of each at a time.

use super::msg::{Effect, Pane};
use super::pending::Opening;
use super::remote::Answer;
use super::{Effects, State, Weight, activity, visits};
use crate::domain::query::{Data, Query};

/// From so many on, the journal may hold older arrivals than those it was asked for.
const MANY: usize = 500;

/// Asks what needs the instructor.
pub(super) fn attention(state: &mut State) -> Option<Effect> {
    let ticket = state.ticket();
    state.attention.known.wants(ticket).then_some(Effect::Load(ticket, Query::Attention))
}

/// Asks how far the consumers are.
pub(super) fn jobs(state: &mut State) -> Option<Effect> {
    let ticket = state.ticket();
    state.jobs.known.wants(ticket).then_some(Effect::Load(ticket, Query::Jobs))
}

/// Asks which plans the store knows, of this program and of others.
pub(super) fn work(state: &mut State) -> Option<Effect> {
    let ticket = state.ticket();
    state.jobs.work.wants(ticket).then_some(Effect::Load(ticket, Query::Work))
}

/// Asks for the newest arrivals, with what is known beside them.
pub(super) fn arrivals(state: &mut State) -> Option<Effect> {
    let ticket = state.ticket();
    state.pending.arrivals.wants(ticket).then_some(Effect::Load(ticket, Query::Arrivals))
}

/// Asks for the copies of the selected student's files, where they are not known or `again`.
pub(super) fn copies(state: &mut State, again: bool) -> Option<Effect> {
    let vault = state.selected()?.vault.clone()?;
    let known = state.items.copies.value().is_some_and(|(of, _)| *of == vault);
    let failed = state.items.copies.fault().is_some();
    if (known || failed) && !again {
        return None;
    }
    let ticket = state.ticket();
    state.items.copies.wants(ticket).then_some(Effect::Load(ticket, Query::Copies(vault)))
}

/// Everything that follows from what was decided, handed on or fetched.
pub(super) fn all(state: &mut State) -> Effects {
    let asked = [attention(state), jobs(state), work(state), arrivals(state), copies(state, true)];
    asked.into_iter().flatten().collect()
}

/// What needs the instructor has come.
pub(super) fn attention_loaded(state: &mut State, answer: Answer) -> Effects {
    let again = answer.keep(&mut state.attention.known, |data| match data {
        Data::Attention(list) => Some(*list),
        _ => None,
    });
    settle_attention(state);
    if again { attention(state).into_iter().collect() } else { vec![] }
}

/// How far the consumers are has come.
pub(super) fn jobs_loaded(state: &mut State, answer: Answer) -> Effects {
    let again = answer.keep(&mut state.jobs.known, |data| match data {
        Data::Jobs(jobs) => Some(*jobs),
        _ => None,
    });
    state.shelve_again();
    if again { jobs(state).into_iter().collect() } else { vec![] }
}

/// Which plans the store knows has come.
pub(super) fn work_loaded(state: &mut State, answer: Answer) -> Effects {
    let again = answer.keep(&mut state.jobs.work, |data| match data {
        Data::Work(work) => Some(work),
        _ => None,
    });
    if again { work(state).into_iter().collect() } else { vec![] }
}

/// The copies of a vault's files have come; meanwhile another student may have been selected.
pub(super) fn copies_loaded(state: &mut State, answer: Answer) -> Effects {
    let again = answer.keep(&mut state.items.copies, |data| match data {
        Data::Copies(vault, copies) => Some((vault, copies)),
        _ => None,
    });
    state.shelve_again();
    copies(state, again).into_iter().collect()
}

/// The first need decides which pane the dashboard opens with, unless a key was quicker.
fn settle_attention(state: &mut State) {
    state.arrange_needs();
    let count = state.needs().len();
    if count > 0 && state.pending.opening == Opening::ByNeed {
        state.pending.opening = Opening::ByHand;
        // Nothing was read there before: what is to be marked as read is asked for by the arrivals.
        drop(visits::focus(state, Pane::Attention));
        state.select_need(state.attention.cursor);
    }
}

/// The newest arrivals have come.
pub(super) fn arrivals_loaded(state: &mut State, answer: Answer) -> Effects {
    let settled = answer.data.as_ref().map(|_| ()).map_err(Clone::clone);
    let again = state.pending.arrivals.settle(answer.ticket, answer.at, settled);
    match answer.data {
        Ok(Data::Arrivals(arrivals, read_until)) => {
            state.activity.is_cut |= arrivals.len() >= MANY;
            state.activity.add(arrivals);
            state.shelve_again();
            state.activity.read_until = state.activity.read_until.max(read_until);
            if state.focus != Pane::Activity {
                state.activity.rule = state.activity.read_until;
            }
        }
        Ok(_) => {}
        Err(fault) => state.say(Weight::Error, fault.to_string()),
    }
    let mut effects = activity::mark_read(state);
    if again {
        effects.extend(arrivals(state));
    }
    effects
}
