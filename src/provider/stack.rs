//! Several services as one: the one that acts, a Connect server that reads beside it, and the Events API.
//!
//! The first in the order of the class file that can, and that covers the vault, answers a read; where it fails
//! the next one is asked. Changes, people, access and identity only ever go to the service that acts, and so does
//! every look on which a change rests: before a vault is deleted, nobody relies on a copy. Connect is never asked
//! for the archive, which its list leaves out (Connect server API reference, "List all items"; whether `state`
//! ever stands in a list is not known, and a list that may lack something proves nothing).
//!
//! What Connect answers is charged to nobody. Only the acting service is rationed, by whoever hands it in.
//!
//! A service that fails three times in a row is left out and tried again by itself; the acting one is asked all
//! the same, since nobody else can answer for it. Knows no class and no rule; who reads which vault is `board`.

mod board;
mod health;
mod memory;
mod tally;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::{Provider, Shared, Sink, Source};
use crate::domain::budget::{Allowance, Budget};
use crate::domain::directory::{
    FileRef, Grant, Group, Identity, Item, ItemDetail, ItemRef, ItemState, NewDocument, Person, Vault,
};
use crate::domain::events::{Feed, From, Page};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::id::{GroupId, PersonId, VaultId};
use crate::domain::operation::{Call, Capabilities, Capability, Receipt};
use crate::domain::parts::Part;
use crate::domain::vault_list::VaultList;
use board::{Fresh, Rows};
pub use memory::Memory;
use memory::Who;
use tally::Tally;

/// A handle on all services, for one purpose.
pub struct Stack {
    acting: Shared,
    connect: Option<Shared>,
    events: Option<Shared>,
    memory: Arc<Memory>,
    /// Whether changes rest on what is read.
    exact: bool,
}

impl Stack {
    /// A handle for looking. `acting` is within its ration, with the purpose of this handle.
    pub fn new(acting: Shared, memory: Arc<Memory>) -> Self {
        Self { acting, connect: None, events: None, memory, exact: false }
    }

    /// The same with a Connect server.
    #[must_use]
    pub fn with_connect(self, connect: Shared) -> Self {
        Self { connect: Some(connect), ..self }
    }

    /// The same with the Events API.
    #[must_use]
    pub fn with_events(self, events: Shared) -> Self {
        Self { events: Some(events), ..self }
    }

    /// The same for changes: what it reads is read where it acts.
    #[must_use]
    pub fn exact(self) -> Self {
        Self { exact: true, ..self }
    }

    /// Connect, unless a change rests on what is read.
    fn copy(&self) -> Option<&Shared> {
        self.connect.as_ref().filter(|_| !self.exact)
    }

    /// Waits for an answer of the service that acts.
    async fn act<T>(&self, work: impl Future<Output = Result<T>> + Send) -> Result<T> {
        self.memory.heard(Who::Acting, work).await
    }

    /// Connect, where it is to read a vault before the acting service.
    fn before(&self, vault: &VaultId) -> Option<&Shared> {
        self.memory.reader(self.copy().filter(|_| self.memory.connect_first), vault)
    }

    /// Connect, where it may stand in for the acting service, which has failed like this.
    fn instead(&self, vault: &VaultId, fault: &Fault) -> Option<&Shared> {
        // That something is not there, or not allowed, is an answer.
        let copy = self.copy().filter(|_| !self.memory.connect_first && fault.is_outage());
        self.memory.reader(copy, vault)
    }

    /// The list of the acting service, which is noted.
    async fn listed(&self, rows: &Rows) -> Result<VaultList> {
        let asked = self.memory.state().board.ask(self.memory.moment());
        let answer = self.act(self.acting.vaults()).await;
        let list = answer.inspect_err(|fault| self.memory.state().board.fail(fault, self.memory.ticks()))?;
        self.memory.state().board.take(asked, list.rows.clone(), rows, self.memory.ticks());
        Ok(list)
    }

    /// The items of a vault by Connect, where they are as many as it says that there are: one that a list leaves
    /// out would be taken for removed.
    async fn copied(&self, connect: &Shared, vault: &VaultId) -> Result<Vec<Item>> {
        let items = self.memory.soon(Who::Inside, connect.items(vault)).await?;
        let active = items.iter().filter(|item| item.state == ItemState::Active).count() as u64;
        if self.memory.state().board.counted(vault).is_none_or(|said| said == active) {
            return Ok(items);
        }
        // Somebody may have changed something since it said so.
        let row = self.memory.soon(Who::Connect, connect.vault(vault)).await?;
        if row.items == Some(active) {
            return Ok(items);
        }
        Err(Fault::new(Kind::Broken, "listing items: Connect lists not as many as it says that there are"))
    }

    /// The items of a vault by the acting service, for whoever takes them over.
    async fn own_items(&self, vault: &VaultId) -> Result<Vec<Item>> {
        let items = self.act(self.acting.items(vault)).await?;
        self.memory.state().board.read_elsewhere(vault);
        Ok(items)
    }
}

/// Vaults are made or deleted, or may be until this is dropped: whatever is answered, and where nobody waits for it.
struct Moves<'a>(&'a Memory);

impl Drop for Moves<'_> {
    fn drop(&mut self) {
        self.0.state().board.anew();
    }
}

/// Whether somebody else is asked where Connect has failed like this. What is wrong with the disk, or with the
/// question, is wrong everywhere.
fn passes_on(fault: &Fault) -> bool {
    !matches!(fault.kind, Kind::Local | Kind::Input | Kind::Refused)
}

#[async_trait]
impl Provider for Stack {
    fn capabilities(&self) -> Capabilities {
        let events = self.events.as_ref().map(|_| Capability::ReadActivity);
        let connect = self.connect.as_ref().map(|_| Capability::ReadItems);
        connect.into_iter().chain(events).fold(self.acting.capabilities(), Capabilities::with)
    }

    async fn identity(&self) -> Result<Identity> {
        self.act(self.acting.identity()).await
    }

    async fn people(&self) -> Result<Vec<Person>> {
        self.act(self.acting.people()).await
    }

    async fn groups(&self) -> Result<Vec<Group>> {
        self.act(self.acting.groups()).await
    }

    async fn members(&self, group: &GroupId) -> Result<Option<Vec<PersonId>>> {
        self.act(self.acting.members(group)).await
    }

    /// One list made of two; the acting service is asked only for what Connect does not tell, and now and then
    /// for which vaults there are.
    async fn vaults(&self) -> Result<VaultList> {
        if self.copy().is_none() {
            return self.listed(&Rows::new()).await;
        }
        let (memory, connect_first) = (&self.memory, self.memory.connect_first);
        let _listing = memory.listing.lock().await;
        let mut rows = if connect_first { memory.rows(self.copy()).await } else { Rows::new() };
        let needed = memory.state().board.needs_list(&rows, memory.ticks());
        let (mut fresh, mut failed) = (Fresh::Unheard, None);
        if needed || !connect_first {
            match self.listed(&rows).await {
                Ok(_) if connect_first => fresh = Fresh::ConnectFirst,
                Ok(_) => fresh = Fresh::ActingFirst,
                Err(fault) if memory.state().board.is_new() => return Err(fault),
                Err(fault) => failed = Some(fault),
            }
            if failed.is_some() && !connect_first {
                rows = memory.rows(self.copy()).await;
            }
        }
        let told = memory.state().board.tell(&rows, fresh, memory.ticks());
        match failed {
            Some(fault) if told.is_empty() => Err(fault),
            _ => Ok(told),
        }
    }

    /// By the acting service alone: whose vault it is, is told by its description, which Connect may leave out.
    async fn vault(&self, id: &VaultId) -> Result<Vault> {
        self.act(self.acting.vault(id)).await
    }

    async fn grants(&self, vault: &VaultId) -> Result<Vec<Grant>> {
        self.act(self.acting.grants(vault)).await
    }

    async fn items(&self, vault: &VaultId) -> Result<Vec<Item>> {
        if self.copy().is_none() {
            return self.act(self.acting.items(vault)).await;
        }
        if let Some(connect) = self.before(vault) {
            match self.copied(connect, vault).await {
                Err(fault) if passes_on(&fault) => {}
                answer => return answer,
            }
        }
        let answer = self.own_items(vault).await;
        let Some(connect) = answer.as_ref().err().and_then(|fault| self.instead(vault, fault)) else {
            return answer;
        };
        self.copied(connect, vault).await.or(answer)
    }

    async fn account_items(&self, vault: &VaultId) -> Result<Vec<Item>> {
        if self.copy().is_none() { self.items(vault).await } else { self.own_items(vault).await }
    }

    async fn whole_list(&self, vault: &VaultId) -> Result<Vec<Item>> {
        let items = self.act(self.acting.whole_list(vault)).await?;
        if self.copy().is_some() {
            self.memory.state().board.showed(vault, &items);
        }
        Ok(items)
    }

    async fn item(&self, at: &ItemRef) -> Result<ItemDetail> {
        if let Some(connect) = self.before(&at.vault) {
            match self.memory.soon(Who::Inside, connect.item(at)).await {
                // The list that it was found in was newer.
                Ok(detail) if self.memory.state().board.is_old(at, detail.item.version) => {}
                Err(fault) if passes_on(&fault) => {}
                answer => return answer,
            }
        }
        let answer = self.act(self.acting.item(at)).await;
        let Some(connect) = answer.as_ref().err().and_then(|fault| self.instead(&at.vault, fault)) else {
            return answer;
        };
        self.memory.soon(Who::Inside, connect.item(at)).await.or(answer)
    }

    /// A file's content never changes under its id, so that a copy which lags behind either has it or not. Once
    /// bytes were written nobody else goes on: the caller begins anew with an empty sink, and then somebody else is
    /// asked first.
    async fn download(&self, file: &FileRef, to: Sink<'_>) -> Result<u64> {
        let mut to = Tally::new(to);
        let (memory, vault) = (&self.memory, &file.at.vault);
        if let Some(connect) = memory.holder(self.copy().filter(|_| memory.connect_first), file) {
            match memory.heard(Who::Inside, connect.download(file, &mut to)).await {
                Err(fault) if passes_on(&fault) && to.is_empty() => {}
                answer => {
                    if answer.as_ref().is_err_and(passes_on) {
                        memory.breaks_off(file);
                    }
                    return answer;
                }
            }
        }
        let answer = self.act(self.acting.download(file, &mut to)).await;
        let instead = answer.as_ref().err().and_then(|fault| self.instead(vault, fault));
        let Some(connect) = instead.filter(|_| to.is_empty()) else { return answer };
        let second = memory.heard(Who::Inside, connect.download(file, &mut to)).await;
        if to.is_empty() { second.or(answer) } else { second }
    }

    async fn upload(&self, to: &NewDocument, bytes: Source<'_>) -> Result<ItemRef> {
        self.act(self.acting.upload(to, bytes)).await
    }

    async fn allowances(&self) -> Result<Vec<Allowance>> {
        self.acting.allowances().await
    }

    fn budget(&self) -> Option<Budget> {
        self.acting.budget()
    }

    fn reserve(&self, writes: u32) -> Result<()> {
        self.acting.reserve(writes)
    }

    fn release(&self, writes: u32) {
        self.acting.release(writes);
    }

    async fn feeds(&self) -> Result<Vec<Feed>> {
        match &self.events {
            Some(events) => self.memory.heard(Who::Events, events.feeds()).await,
            None => self.acting.feeds().await,
        }
    }

    async fn activity(&self, feed: Feed, from: &From) -> Result<Page> {
        match &self.events {
            Some(events) => self.memory.heard(Who::Events, events.activity(feed, from)).await,
            None => self.acting.activity(feed, from).await,
        }
    }

    fn charges(&self, vault: &VaultId) -> bool {
        !self.memory.reads(self.copy(), vault) && self.acting.charges(vault)
    }

    fn parts(&self) -> Vec<Part> {
        self.memory.parts(self.connect.as_ref(), self.events.is_some())
    }

    fn doubt(&self) {
        self.memory.state().board.doubt();
    }

    fn mind(&self, vaults: HashSet<VaultId>) {
        self.memory.state().board.mind(vaults);
    }

    fn pace(&self, every: Duration) {
        self.memory.state().board.pace(every);
    }

    async fn apply(&self, call: &Call) -> Result<Receipt> {
        let _moves = matches!(call, Call::CreateVault(_) | Call::DeleteVault(_)).then(|| Moves(&self.memory));
        self.act(self.acting.apply(call)).await
    }
}
