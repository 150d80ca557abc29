//! What an answer changes, and the end of what was done. Knows who waits for what.

use std::collections::HashMap;

use super::ahead::look_ahead;
use super::columns::{Field, Table};
use super::command::key_of;
use super::msg::Effect;
use super::overlay::Overlay;
use super::pending::Deed;
use super::picture::Picture;
use super::remote::{Answer, Ticket};
use super::{Effects, State, Weight, closing, export, inspector, plans, reloads};
use crate::domain::directory::{Item, ItemState};
use crate::domain::fault::{Fault, Kind};
use crate::domain::id::VaultId;
use crate::domain::query::{Data, Query, StatusRow};
use crate::domain::text::SafeText;
use crate::domain::transfer::Progress;

/// Asks for the class; `fresh` asks the service for people.
pub(super) fn load_class(state: &mut State, fresh: bool) -> Effects {
    let ticket = state.ticket();
    state.class.ask(ticket);
    state.pending.people_asked |= fresh;
    vec![Effect::Load(ticket, Query::Class { fresh })]
}

/// Puts an answer in its place; one that nobody waits for any more is dropped.
pub(super) fn loaded(state: &mut State, answer: Answer) -> Effects {
    let ticket = answer.ticket;
    let take: fn(&mut State, Answer) -> Effects = match () {
        () if state.class.awaits(ticket) => class_loaded,
        () if state.pending.items.awaits(ticket) => items_loaded,
        () if state.pending.access.awaits(ticket) => access_loaded,
        () if state.attention.known.awaits(ticket) => reloads::attention_loaded,
        () if state.jobs.known.awaits(ticket) => reloads::jobs_loaded,
        () if state.jobs.work.awaits(ticket) => reloads::work_loaded,
        () if state.items.copies.awaits(ticket) => reloads::copies_loaded,
        () if state.pending.arrivals.awaits(ticket) => reloads::arrivals_loaded,
        () if state.inspector.awaits(ticket) => inspected,
        () if state.overlays.iter().any(|over| over.awaits(ticket)) => over_loaded,
        () => return vec![],
    };
    state.dirty = true;
    take(state, answer)
}

/// The ways to the access that is inspected have come.
fn inspected(state: &mut State, answer: Answer) -> Effects {
    if let Some(why) = &mut state.inspector.why {
        why.settle(answer);
    }
    vec![]
}

/// What lies over the panes gets what it has asked for.
fn over_loaded(state: &mut State, answer: Answer) -> Effects {
    let ticket = answer.ticket;
    let Some(overlay) = state.overlays.iter_mut().find(|over| over.awaits(ticket)) else { return vec![] };
    match overlay {
        Overlay::Plan(review) => return Vec::from_iter(plans::loaded(review, answer, &mut state.tickets)),
        Overlay::Why(why) => why.settle(answer),
        Overlay::Closing(closing) => closing.settle(answer),
        Overlay::Drift(strays) => {
            answer.settle(&mut strays.found, |data| match data {
                Data::Drift(found) => Some(*found),
                _ => None,
            });
            // The lists were read: rows and needs follow from them.
            return load_class(state, false).into_iter().chain(reloads::attention(state)).collect();
        }
        Overlay::History(past) => answer.settle(&mut past.list, |data| match data {
            Data::History(entries) => Some(entries.into_iter().rev().collect()),
            _ => None,
        }),
        Overlay::Detail(detail) => answer.settle(&mut detail.item, |data| match data {
            Data::Detail(item) => Some(*item),
            _ => None,
        }),
        Overlay::Picture(Picture::Timeline { found, .. }) => answer.settle(found, |data| match data {
            Data::Submissions(list) => Some(list),
            _ => None,
        }),
        Overlay::Import(import) => {
            if let Some(fault) = import.settle(answer) {
                state.say(Weight::Error, fault.to_string());
            }
        }
        _ => {}
    }
    vec![]
}

fn class_loaded(state: &mut State, answer: Answer) -> Effects {
    let selected = state.selected().map(|row| row.key.clone());
    answer.settle(&mut state.class, |data| match data {
        Data::Class(view) => Some(*view),
        _ => None,
    });
    let fault = state.class.fault().map(ToString::to_string);
    // The first answer is what was stored; the second one came from the service.
    state.pending.met |= state.pending.people_asked && fault.is_none();
    if let Some(text) = fault {
        state.say(Weight::Error, text);
    }
    state.learn_at(selected.as_ref());
    // What is stored is on the screen: now the service is asked.
    if !state.pending.people_asked {
        return load_class(state, true);
    }
    if std::mem::take(&mut state.pending.stale) && state.class.fault().is_none() {
        return load_class(state, false);
    }
    look_ahead(state)
}

fn items_loaded(state: &mut State, answer: Answer) -> Effects {
    let Answer { ticket, at, data } = answer;
    state.pending.items.settle(ticket, at, data.as_ref().map(|_| ()).map_err(Clone::clone));
    state.pending.reading.clear();
    let selected = state.selected_item().map(|item| item.id.clone());
    match data {
        Ok(Data::Items(lists)) => {
            count_items(state, &lists);
            state.items.lists.extend(lists);
            state.unshelve();
        }
        Ok(_) => {}
        Err(fault) => state.say(Weight::Error, fault.to_string()),
    }
    let wanted = state.pending.wanted_item.take();
    let selected = wanted.or(selected);
    let items = state.shown_items().unwrap_or_default();
    // The selection stays on its item, wherever a newer one has moved it.
    let same = items.iter().position(|item| selected.as_ref() == Some(&item.id));
    state.items.cursor = same.unwrap_or_else(|| state.items.cursor.min(items.len().saturating_sub(1)));
    if state.pending.items.fault().is_some() { vec![] } else { look_ahead(state) }
}

/// The lists themselves are right, whatever was counted on the way.
fn count_items(state: &mut State, lists: &[(VaultId, Vec<Item>)]) {
    let active: HashMap<&VaultId, usize> = lists
        .iter()
        .map(|(vault, items)| (vault, items.iter().filter(|item| item.state == ItemState::Active).count()))
        .collect();
    for row in state.class.value.iter_mut().flat_map(|view| &mut view.rows) {
        if let Some(count) = row.vault.as_ref().and_then(|vault| active.get(vault)) {
            row.items = u32::try_from(*count).unwrap_or(u32::MAX);
        }
    }
    state.sort_after(Field::Items);
}

fn access_loaded(state: &mut State, answer: Answer) -> Effects {
    let Answer { ticket, at, data } = answer;
    state.pending.access.settle(ticket, at, data.as_ref().map(|_| ()).map_err(Clone::clone));
    inspector::forget(state);
    let mut strangers = false;
    match data {
        Ok(Data::Rows(rows)) => {
            strangers = rows.iter().any(|row| row.strays() > 0);
            replace_rows(state, rows);
        }
        Ok(_) => {}
        Err(fault) => state.say(Weight::Error, fault.to_string()),
    }
    let mut effects = look_ahead(state);
    if strangers {
        effects.extend(reloads::attention(state));
    }
    effects
}

fn replace_rows(state: &mut State, changed: Vec<StatusRow>) {
    let Some(view) = state.class.value.as_mut() else {
        return;
    };
    let mut known = true;
    for new in changed {
        let at = state.rows.index.student(&new.key).filter(|at| *at < view.rows.len());
        if let Some(at) = at.filter(|at| view.rows[*at].key == new.key) {
            known &= state.rows.index.replace(at, &view.rows[at], &new, state.veil.as_deref());
            view.rows[at] = new;
        }
    }
    if !known {
        state.learn();
    } else if state.tables.of(Table::Roster).sort.is_some() {
        state.sort_rows();
    } else {
        state.arrange();
    }
}

/// A plan or a download has ended.
pub(super) fn finished(state: &mut State, ticket: Ticket, result: Result<SafeText, Fault>) -> Effects {
    let refused = matches!(&result, Err(fault) if fault.kind == Kind::Refused);
    let (text, weight) = match result {
        Ok(text) => (text, Weight::Info),
        Err(fault) => (SafeText::new(&fault.to_string()), Weight::Error),
    };
    if state.jobs.download_mut(ticket).is_some() {
        return fetched(state, ticket, text, weight);
    }
    state.say(weight, text.as_str());
    match state.pending.deeds.remove(&ticket) {
        Some(Deed::Decide) => {
            return load_class(state, false).into_iter().chain(reloads::all(state)).collect();
        }
        Some(Deed::Want) => return reloads::jobs(state).into_iter().chain(reloads::work(state)).collect(),
        Some(Deed::HandOff) => return reloads::all(state),
        Some(Deed::Export(_)) => {
            export::finished(state, ticket, weight != Weight::Error);
            return vec![];
        }
        None => {}
    }
    let Some(over) = plans::finished(state, ticket, &text, refused) else {
        return vec![];
    };
    let mut effects = over.effects;
    inspector::forget(state);
    // The changed vaults' lists are older than the changes: they are read again where visible.
    state.pending.asked.retain(|key| !over.changed.contains(key));
    effects.extend(load_class(state, false));
    effects.extend(reloads::attention(state));
    effects.extend(reloads::work(state));
    effects.extend(closing::reload(state));
    effects
}

/// A download has ended, or another task about files.
fn fetched(state: &mut State, ticket: Ticket, text: SafeText, weight: Weight) -> Effects {
    let why = format!("{}, {} shows why", key_of(state, "jobs"), key_of(state, "open-job"));
    let Some(download) = state.jobs.download_mut(ticket) else { return vec![] };
    let (failed, missing) = (weight == Weight::Error, !download.failures.is_empty());
    let is_step = download.task.is_step();
    let said = if failed || missing { format!("{why}: {text}") } else { text.to_string() };
    download.ended = Some(if failed { Err(text) } else { Ok(text) });
    let weight = if missing && !failed { Weight::Warning } else { weight };
    state.say(weight, said);
    let mut effects = reloads::all(state);
    if is_step {
        effects.extend(load_class(state, false));
        effects.extend(closing::reload(state));
    }
    effects
}

/// A download has come further.
pub(super) fn fetching(state: &mut State, ticket: Ticket, progress: Progress) -> Effects {
    if let Some(download) = state.jobs.download_mut(ticket) {
        download.progress = progress;
        state.dirty = true;
    }
    vec![]
}

/// What a download could not fetch.
pub(super) fn failures(state: &mut State, ticket: Ticket, failures: Vec<SafeText>) -> Effects {
    if let Some(download) = state.jobs.download_mut(ticket) {
        download.failures = failures;
        state.dirty = true;
    }
    vec![]
}
