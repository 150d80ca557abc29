//! Plans on the screen: worked out, agreed to, in line, carried out, refused and worked out anew.
//!
//! What was agreed to is kept in [`State::plans`], whether it is looked at or not. One at a time is carried
//! out; whoever carries them out has the others wait for their turn, and tells so.

use std::collections::BTreeSet;

use super::msg::Effect;
use super::overlay::{Overlay, Review, Source, Stage};
use super::pending::Deed;
use super::remote::{Answer, Ticket, Tickets};
use super::{Effects, State, Weight, closing};
use crate::domain::access::{Level, Principal};
use crate::domain::class::StudentKey;
use crate::domain::fault::Fault;
use crate::domain::id::VaultId;
use crate::domain::job::{JobId, Wanted};
use crate::domain::plan::{Outcome, Plan, Row, Step};
use crate::domain::query::{Data, Query};
use crate::domain::text::SafeText;

/// How many plans that have ended can be looked at again.
const KEPT: usize = 20;

impl State {
    /// The plan that is being carried out.
    pub fn running(&self) -> Option<&Review> {
        self.plans.iter().find(|review| review.stage == Stage::Running)
    }

    /// How many plans wait for their turn.
    pub fn in_line(&self) -> usize {
        self.plans.iter().filter(|review| review.stage == Stage::Queued).count()
    }

    /// A plan that was agreed to.
    pub fn agreed(&self, ticket: Ticket) -> Option<&Review> {
        self.plans.iter().find(|review| review.ticket == ticket)
    }

    /// The plan on top of the screen.
    pub fn review(&self) -> Option<&Review> {
        match self.overlays.last()? {
            Overlay::Plan(review) => Some(review),
            Overlay::Job(ticket) => self.agreed(*ticket),
            _ => None,
        }
    }

    /// The plan that is carried out and not looked at.
    pub(super) fn aside(&self) -> Option<&Review> {
        let shown = |ticket| self.overlays.iter().any(|over| matches!(over, Overlay::Job(t) if *t == ticket));
        self.running().filter(|review| !shown(review.ticket))
    }
}

/// Asks what somebody wants would change, and shows it.
pub(super) fn review(state: &mut State, source: Source) -> Effects {
    let ticket = state.ticket();
    let query = source.query();
    // The plan takes the place of the list of what is staged: it shows the same, with its cost.
    state.overlays.pop_if(|top| matches!(top, Overlay::Staged { .. }));
    state.overlays.push(Overlay::Plan(Review::asked(source, ticket)));
    vec![Effect::Load(ticket, query)]
}

/// Shows the plan that is carried out.
pub(super) fn show(state: &mut State) -> Effects {
    let ticket = state.running().map(|review| review.ticket);
    state.overlays.extend(ticket.map(Overlay::Job));
    vec![]
}

/// Works out anew what is on top of the screen, and keeps what it was to show what has changed.
pub(super) fn again(state: &mut State) -> Effects {
    let Some(old) = state.review().cloned() else {
        return vec![];
    };
    state.overlays.pop();
    state.plans.retain(|review| review.ticket != old.ticket || review.is_open());
    let effects = review(state, old.source.clone());
    if let Some(Overlay::Plan(new)) = state.overlays.last_mut() {
        new.refused = if let Stage::Ended(text) = old.stage { Some(text) } else { None };
        new.before = old.plan.value;
    }
    effects
}

/// Takes an answer. Of the history it is looked up what is to be done again: its plan is asked for next.
pub(super) fn loaded(review: &mut Review, answer: Answer, tickets: &mut Tickets) -> Option<Effect> {
    let entries = match &answer.data {
        Ok(Data::History(entries)) if review.source == Source::Redo => entries,
        _ => {
            answer.settle(&mut review.plan, |data| match data {
                Data::Plan(plan) => Some(plan),
                _ => None,
            });
            return None;
        }
    };
    let Some(job) = last_undo(entries) else {
        let fault = Fault::refused("the last change took nothing back")
            .hint("H shows what was changed; z takes back");
        review.plan.settle(answer.ticket, answer.at, Err(fault));
        return None;
    };
    let ticket = tickets.next();
    review.plan.ask(ticket);
    Some(Effect::Load(ticket, Query::Undo(Some(job))))
}

/// The undo that was the last change of all, if it was one and was not taken back itself.
fn last_undo(entries: &[crate::domain::history::Entry]) -> Option<JobId> {
    let last = entries.last().filter(|entry| entry.undoes.is_some() && entry.undone_by.is_none());
    last.and_then(|entry| entry.job.clone())
}

/// Yes to the plan on top. A weighty one has its word typed first.
pub(super) fn agree(state: &mut State) -> Effects {
    let Some(Overlay::Plan(review)) = state.overlays.last_mut() else {
        return vec![];
    };
    let Some(plan) = &mut review.plan.value else {
        return vec![];
    };
    if let Some(guard) = &plan.guard {
        if !review.typing {
            review.typing = true;
            return vec![];
        }
        let (typed, word) = (review.word.value().trim(), guard.word.as_str());
        // In privacy mode a name is typed as it is shown.
        let shown = state.veil.as_ref().map(|veil| veil.hide(word));
        if typed != word && shown.is_none_or(|shown| shown != typed) {
            let text = format!("that is not {}: nothing was sent", guard.word);
            state.say(Weight::Warning, text);
            return vec![];
        }
        plan.typed = Some(word.to_owned());
    }
    let Some(Overlay::Plan(mut review)) = state.overlays.pop() else {
        return vec![];
    };
    let ticket = state.ticket();
    (review.ticket, review.top, review.typing) = (ticket, 0, false);
    (review.before, review.refused) = (None, None);
    // Who was acted upon is not marked any more: the next key means somebody else.
    state.rows.marks.remove(review.plan.value.iter().flat_map(|plan| &plan.rows).map(|row| &row.student));
    review.stage = if state.running().is_some() { Stage::Queued } else { Stage::Running };
    let effect = match (&review.source, &review.plan.value) {
        (Source::Left(job), _) => Some(Effect::Resume(ticket, job.clone())),
        (source, plan) => plan.clone().map(|plan| closing::carried(ticket, source, plan)),
    };
    state.plans.push(review);
    state.overlays.push(Overlay::Job(ticket));
    effect.into_iter().collect()
}

/// Stops a plan: what is in flight is still waited for; of one in line nothing is sent.
pub(super) fn stop(state: &mut State, ticket: Ticket) -> Effects {
    let Some(review) = state.plans.iter_mut().find(|review| review.ticket == ticket) else {
        return vec![];
    };
    review.stopping = true;
    vec![Effect::Stop(ticket)]
}

/// Has a job wait, go on or end.
pub(super) fn want(state: &mut State, job: JobId, wanted: Wanted) -> Effects {
    let ours = state.plans.iter_mut().find(|review| review.job() == Some(&job));
    if let Some(review) = ours {
        review.held = wanted == Wanted::Pause;
    }
    vec![Effect::Want(state.begin_deed(Deed::Want), job, wanted)]
}

/// A row of the plan that is carried out has come further.
pub(super) fn progress(state: &mut State, ticket: Ticket, row: usize, outcome: Outcome) -> Effects {
    waits(state, ticket, |review| {
        review.stage = Stage::Running;
        if let Some(row) = review.plan.value.as_mut().and_then(|plan| plan.rows.get_mut(row)) {
            row.outcome = outcome;
        }
    })
}

/// The plan that is carried out waits, goes on, or will be done by another time.
pub(super) fn waits(state: &mut State, ticket: Ticket, change: impl FnOnce(&mut Review)) -> Effects {
    let carried = |review: &&mut Review| review.ticket == ticket && review.is_open();
    if let Some(review) = state.plans.iter_mut().find(carried) {
        change(review);
        state.dirty = true;
    }
    vec![]
}

/// What came of a plan that has ended.
pub(super) struct Over {
    /// Whose vaults have changed.
    pub(super) changed: Vec<StudentKey>,
    /// What follows at once.
    pub(super) effects: Effects,
}

/// A plan has ended, if this is the ticket of one.
pub(super) fn finished(state: &mut State, ticket: Ticket, text: &SafeText, refused: bool) -> Option<Over> {
    let carried = |review: &&mut Review| review.ticket == ticket && review.is_open();
    let review = state.plans.iter_mut().find(carried)?;
    review.stage = Stage::Ended(text.clone());
    (review.paused, review.held) = (None, false);
    let plan = review.plan.value.clone().unwrap_or_default();
    state.changed = true;
    note(state, &plan);
    let done = plan.rows.iter().filter(|row| matches!(row.outcome, Outcome::Done | Outcome::Unchanged));
    let done: Vec<Row> = done.cloned().collect();
    unstage(state, &done);
    let mut effects = Vec::new();
    // Nothing was begun: what it rests on has changed, or nobody has agreed. It is shown as it is now.
    let untouched = plan.rows.iter().all(|row| !matches!(row.outcome, Outcome::Done | Outcome::Failed(_)));
    let on_top = matches!(state.overlays.last(), Some(Overlay::Job(shown)) if *shown == ticket);
    if refused && untouched && on_top {
        effects.extend(again(state));
    }
    let ended = state.plans.iter().filter(|review| matches!(review.stage, Stage::Ended(_))).count();
    let mut surplus = ended.saturating_sub(KEPT);
    state.plans.retain(|review| {
        let goes = surplus > 0 && matches!(review.stage, Stage::Ended(_)) && review.ticket != ticket;
        surplus -= usize::from(goes);
        !goes
    });
    let changed = done.into_iter().filter(|row| !row.steps.is_empty()).map(|row| row.student).collect();
    Some(Over { changed, effects })
}

/// Which cells a plan could not change, until one does.
fn note(state: &mut State, plan: &Plan) {
    for row in &plan.rows {
        let Some(vault) = &row.vault else { continue };
        let cells = row.steps.iter().filter_map(Step::who).map(|who| (vault.clone(), who.clone()));
        let cells: BTreeSet<(VaultId, Principal)> = cells.collect();
        match row.outcome {
            Outcome::Failed(_) => state.matrix.failed.extend(cells),
            Outcome::Done => state.matrix.failed.retain(|cell| !cells.contains(cell)),
            _ => {}
        }
    }
}

/// Forgets what was staged and is now done.
fn unstage(state: &mut State, done: &[Row]) {
    for row in done {
        let Some(vault) = &row.vault else { continue };
        let whos: Vec<&Principal> = row.steps.iter().filter_map(Step::who).collect();
        // A row without steps had nothing to change: its staged cells were as wanted already.
        state
            .matrix
            .staged
            .retain(|(at, who), _: &mut Level| at != vault || !(row.steps.is_empty() || whos.contains(&who)));
    }
}
