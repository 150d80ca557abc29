//! What is asked for before somebody asks: the items around the screen, and who has access to the
//! vaults on it. Knows what is visible and what is known, nothing of keys.

use super::msg::{Effect, Viewport};
use super::{Effects, State, reloads};
use crate::domain::budget::{Action, Allowance};
use crate::domain::class::StudentKey;
use crate::domain::id::VaultId;
use crate::domain::query::{Query, StatusRow};

/// How many vaults beyond the screen are asked at once who is on them.
const AT_ONCE: usize = 8;
/// How far beyond the screen items are read ahead, in screens to each side.
const AHEAD: usize = 1;

/// After a draw: reads ahead what is about to be seen, and who has access to what is seen, and says
/// which vaults are.
pub(super) fn seen(state: &mut State, viewport: Viewport) -> Effects {
    state.notices.seen();
    let moved = state.viewport != viewport;
    state.viewport = viewport;
    let mut effects = if moved { look_ahead(state) } else { vec![] };
    effects.extend(reloads::copies(state, false));
    let vaults = visible_students(state, &state.viewport.clone()).into_iter();
    let vaults: Vec<VaultId> = vaults.filter_map(|(_, vault, _)| vault).collect();
    if state.pending.on_screen != vaults {
        state.pending.on_screen.clone_from(&vaults);
        effects.push(Effect::Show(vaults));
    }
    effects
}

/// Asks for what the rows on the screen need and is neither known nor asked for.
pub(super) fn look_ahead(state: &mut State) -> Effects {
    let viewport = state.viewport.clone();
    let mut effects = Vec::from_iter(reload_items(state));
    if !state.pending.items.is_loading() {
        effects.extend(items_ahead(state, &viewport));
    }
    // Before the service has said who is who nothing can be asked.
    if !state.pending.access.is_loading() && state.pending.access.fault().is_none() && state.pending.met {
        let asked = &state.pending.asked;
        let unread = |(key, vault, read): &Visible| vault.is_some() && !read && !asked.contains(key);
        let mut wanted = visible_students(state, &viewport);
        wanted.retain(unread);
        let left = state.rows.index.unread() > 0;
        if left && wanted.is_empty() && viewport != Viewport::default() && has_plenty(state) {
            // Who does not belong on a vault has to be seen whatever pane is shown.
            let rows = state.all_rows().iter();
            let rows = rows.filter(|row| row.vault.is_some() && row.others.is_none());
            wanted = rows.filter(|row| !asked.contains(&row.key)).take(AT_ONCE).map(visible).collect();
        }
        effects.extend(load_access(state, wanted.into_iter().map(|(key, ..)| key).collect()));
    }
    effects
}

/// Whether requests need not be saved for what somebody asks for: nothing is rationed, or more than half
/// of what may be read is left.
fn has_plenty(state: &State) -> bool {
    let mut windows = state.budget.iter().flat_map(|budget| &budget.allowances);
    let stopped = state.budget.as_ref().is_some_and(|budget| !budget.stopped.is_empty());
    let half = |window: &Allowance| window.remaining.saturating_mul(2) > window.limit;
    !stopped && windows.all(|window| window.action == Action::Write || half(window))
}

pub(super) type Visible = (StudentKey, Option<VaultId>, bool);

pub(super) fn visible_students(state: &State, viewport: &Viewport) -> Vec<Visible> {
    let rows = state.all_rows();
    let shown = state.rows.shown.iter().skip(viewport.rows.start).take(viewport.rows.len());
    let shown = shown.filter_map(|at| rows.get(*at));
    shown.map(visible).collect()
}

fn visible(row: &StatusRow) -> Visible {
    (row.key.clone(), row.vault.clone(), row.others.is_some())
}

fn items_ahead(state: &mut State, viewport: &Viewport) -> Option<Effect> {
    let rows = state.class.value.as_ref().map_or(&[][..], |view| &view.rows);
    let size = viewport.rows.len().max(1);
    let (start, end) = (viewport.rows.start, viewport.rows.end);
    let vaults = |from: usize, to: usize| {
        let shown = state.rows.shown.iter().skip(from).take(to.saturating_sub(from));
        shown.filter_map(|at| rows.get(*at)?.vault.clone())
    };
    let missing = |vault: &VaultId| !state.items.lists.contains_key(vault);
    // Nothing is read while everything on the screen and a little more is known.
    if !vaults(start.saturating_sub(size / 2), end + size / 2).any(|vault| missing(&vault)) {
        return None;
    }
    let wanted: Vec<_> = vaults(start.saturating_sub(size * AHEAD), end + size * AHEAD).collect();
    let unknown: Vec<_> = wanted.iter().filter(|vault| missing(vault)).cloned().collect();
    if state.items.lists.len() > 8 * size * (2 * AHEAD + 1) {
        state.items.lists.retain(|vault, _| wanted.contains(vault));
        state.unshelve();
    }
    Some(load_items(state, unknown, false))
}

impl State {
    /// How many vaults' lists were read, and of how many, while some are still unread.
    pub fn first_look(&self) -> Option<(usize, usize)> {
        let (all, unread) = (self.rows.index.columns().len(), self.rows.index.unread());
        (unread > 0).then(|| (all - unread, all))
    }
}

pub(super) fn load_items(state: &mut State, vaults: Vec<VaultId>, fresh: bool) -> Effect {
    if state.pending.items.is_loading() {
        // The answer that is under way will come too late to be taken.
        let late = std::mem::take(&mut state.pending.reading);
        state.pending.outdated.extend(late.into_iter().filter(|vault| !vaults.contains(vault)));
    }
    let ticket = state.ticket();
    state.pending.items.ask(ticket);
    state.pending.reading.clone_from(&vaults);
    Effect::Load(ticket, Query::Items { vaults, fresh })
}

/// Reads the lists again that are older than their vaults, one answer at a time: a vault that
/// changes while they are read is not lost, it is read next.
pub(super) fn reload_items(state: &mut State) -> Option<Effect> {
    if state.pending.items.is_loading() || state.pending.outdated.is_empty() {
        return None;
    }
    let vaults = std::mem::take(&mut state.pending.outdated).into_iter().collect();
    Some(load_items(state, vaults, false))
}

pub(super) fn load_access(state: &mut State, keys: Vec<StudentKey>) -> Option<Effect> {
    if keys.is_empty() {
        return None;
    }
    let ticket = state.ticket();
    state.pending.access.ask(ticket);
    state.pending.asked.extend(keys.iter().cloned());
    Some(Effect::Load(ticket, Query::Access(keys)))
}
