//! What the handles of one program remember together: how the services stand, and who reads which vault. Waits for
//! Connect within a time. Holds no service itself, since every handle has connections of its own.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::board::{Board, Moment, Rows};
use super::health::Health;
use crate::clock::Clock;
use crate::domain::directory::{FileRef, ItemRef};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::id::{FileId, VaultId};
use crate::domain::parts::Part;
use crate::provider::Shared;

/// How long Connect may take for an answer that is no file: it stands in the local network and reads its own
/// copy, and somebody else can be asked.
const PATIENCE: Duration = Duration::from_secs(10);

/// So many files that broke off are remembered.
const BROKEN: usize = 64;

/// What is known of several services. One for each program.
pub struct Memory {
    clock: Clock,
    /// The word for the service that acts.
    acting: &'static str,
    /// Whether Connect reads what it can; else it only stands in for the service that acts.
    pub(super) connect_first: bool,
    state: Mutex<State>,
    /// Held by whoever makes the list of vaults out of two.
    pub(super) listing: tokio::sync::Mutex<()>,
}

/// What is known of the services and the vaults.
#[derive(Default)]
pub(super) struct State {
    pub(super) board: Board,
    health: [Health; 4],
    /// Files that have broken off at Connect, the newest last.
    broken: VecDeque<(ItemRef, FileId)>,
    /// How many vaults Connect listed last.
    covered: Option<usize>,
}

/// One of the services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Acting,
    /// Connect, listing vaults.
    Connect,
    /// Connect, reading what is in them: that it lists vaults says nothing of that.
    Inside,
    Events,
}

impl Memory {
    /// Nothing is known yet. The service of that word acts: `op` or `sandbox`. Connect is asked first for what it
    /// covers, or else where the acting service fails.
    pub fn new(acting: &'static str, connect_first: bool, clock: Clock) -> Self {
        Self { clock, acting, connect_first, state: Mutex::default(), listing: tokio::sync::Mutex::default() }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        // Every change of the state is whole when something panics.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn ticks(&self) -> Duration {
        self.clock.ticks()
    }

    pub(super) fn moment(&self) -> Moment {
        Moment { at: self.clock.now(), ticks: self.clock.ticks() }
    }

    /// Waits for an answer of a service, and heeds it.
    pub(super) async fn heard<T>(&self, who: Who, work: impl Future<Output = Result<T>> + Send) -> Result<T> {
        let answer = work.await;
        let (now, ticks) = (self.clock.now(), self.clock.ticks());
        self.state().health[who as usize].heed(answer.as_ref().err(), now, ticks);
        answer
    }

    /// The same of Connect, which may not take long.
    pub(super) async fn soon<T>(&self, who: Who, work: impl Future<Output = Result<T>> + Send) -> Result<T> {
        let late = || Fault::new(Kind::Unreachable, format!("no answer from Connect within {PATIENCE:?}"));
        let work = async { tokio::time::timeout(PATIENCE, work).await.unwrap_or_else(|_| Err(late())) };
        self.heard(who, work).await
    }

    /// Connect, where it covers a vault and has caught up with what is known of it. Where it was left out, this
    /// one call may try.
    pub(super) fn reader<'a>(&self, connect: Option<&'a Shared>, vault: &VaultId) -> Option<&'a Shared> {
        let connect = connect.filter(|connect| connect.covers(vault))?;
        let mut state = self.state();
        let fit = state.board.is_fit(vault);
        (fit && state.health[Who::Inside as usize].may_ask(self.ticks())).then_some(connect)
    }

    /// Connect, where it covers a file's vault and the file has not broken off there: for what does not change.
    pub(super) fn holder<'a>(&self, connect: Option<&'a Shared>, file: &FileRef) -> Option<&'a Shared> {
        let connect = connect.filter(|connect| connect.covers(&file.at.vault))?;
        let mut state = self.state();
        if state.broken.iter().any(|(at, id)| *at == file.at && *id == file.file) {
            return None;
        }
        state.health[Who::Inside as usize].may_ask(self.ticks()).then_some(connect)
    }

    /// A file broke off at Connect: the next time somebody else is asked for it.
    pub(super) fn breaks_off(&self, file: &FileRef) {
        let broken = &mut self.state().broken;
        broken.push_back((file.at.clone(), file.file.clone()));
        if broken.len() > BROKEN {
            broken.pop_front();
        }
    }

    /// Whether Connect reads a vault now.
    pub(super) fn reads(&self, connect: Option<&Shared>, vault: &VaultId) -> bool {
        let Some(connect) = connect.filter(|_| self.connect_first) else { return false };
        let state = self.state();
        let is_up = [Who::Connect, Who::Inside].iter().all(|who| !state.health[*who as usize].is_down());
        connect.covers(vault) && state.board.is_fit(vault) && is_up
    }

    /// What Connect lists now; nothing where it fails, or is left out, with that or with what is in its vaults:
    /// what it lists would be read elsewhere.
    pub(super) async fn rows(&self, connect: Option<&Shared>) -> Rows {
        let Some(connect) = connect else { return Rows::new() };
        let may_ask = {
            let (mut state, ticks) = (self.state(), self.ticks());
            let reads = state.health[Who::Inside as usize].is_due(ticks);
            reads && state.health[Who::Connect as usize].may_ask(ticks)
        };
        if !may_ask {
            return Rows::new();
        }
        let Ok(vaults) = self.soon(Who::Connect, connect.vaults()).await else { return Rows::new() };
        self.state().covered = Some(vaults.len());
        vaults.into_iter().map(|vault| (vault.id.clone(), vault)).collect()
    }

    /// The services as they stand, the acting one first.
    pub(super) fn parts(&self, connect: Option<&Shared>, has_events: bool) -> Vec<Part> {
        let state = self.state();
        let part = |who: Who, name, covers| state.health[who as usize].part(name, covers);
        let connect = connect.map(|connect| {
            let known = state.board.known();
            let covered = known.iter().filter(|vault| connect.covers(&vault.id)).count();
            let covers = state.covered.map(|listed| listed.min(covered));
            let (lists, reads) =
                (part(Who::Connect, "connect", covers), part(Who::Inside, "connect", covers));
            Part { calls: lists.calls + reads.calls, down: lists.down.or(reads.down), ..lists }
        });
        let events = has_events.then(|| part(Who::Events, "events", None));
        [Some(part(Who::Acting, self.acting, None)), connect, events].into_iter().flatten().collect()
    }
}
