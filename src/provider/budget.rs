//! Any provider within its ration: what every call costs is taken off before it is sent, and what
//! cannot succeed is not sent.
//!
//! Several handles, one a purpose, share one [`Ledger`]. A service that reports no windows is passed
//! straight through. Where it does, a call is answered here, without being sent, while its windows are
//! used up or the service has refused its kind, and while a wall stands before it: three refusals in a
//! row of the token, or of one and the same thing.
//!
//! Knows nothing of what the calls are about. The windows themselves are
//! [`crate::domain::budget::windows`].

mod ledger;
mod wall;

use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;

use super::{Provider, Shared, Sink, Source};
use crate::domain::budget::{Allowance, Budget, Cost, Purpose};
use crate::domain::directory::{
    FileRef, Grant, Group, Identity, Item, ItemDetail, ItemRef, NewDocument, Person, Vault,
};
use crate::domain::fault::Result;
use crate::domain::id::{GroupId, PersonId, VaultId};
use crate::domain::operation::{Call, Capabilities, Receipt};
use crate::domain::vault_list::VaultList;
pub use ledger::Ledger;
use ledger::Request;
use wall::About;

/// A provider within its ration, for one purpose.
pub struct Rationed {
    inner: Shared,
    ledger: Ledger,
    purpose: Purpose,
    /// Writes set aside through this handle.
    reserved: AtomicU32,
}

impl Rationed {
    /// `inner` for a purpose; handles with the same ledger must reach the same service account.
    pub fn new(inner: Shared, ledger: Ledger, purpose: Purpose) -> Self {
        Self { inner, ledger, purpose, reserved: AtomicU32::new(0) }
    }

    /// Sends a call for which nothing was set aside.
    async fn call<T>(
        &self,
        cost: Cost,
        about: About,
        work: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        self.send(Request { cost, about, purpose: self.purpose, reserved: false }, work).await
    }

    /// Sends a call if it may be sent, and heeds its answer.
    async fn send<T>(&self, request: Request, work: impl Future<Output = Result<T>> + Send) -> Result<T> {
        let sent = self.ledger.admit(&*self.inner, request).await?;
        let answer = work.await;
        sent.heed(&*self.inner, answer).await
    }

    /// Uses up one of the writes that were set aside, if there is one.
    fn use_reserved(&self) -> bool {
        let taken =
            self.reserved.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if taken.is_ok() {
            self.ledger.release(1);
        }
        taken.is_ok()
    }
}

#[async_trait]
impl Provider for Rationed {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn identity(&self) -> Result<Identity> {
        // Whoever asks this wants to know whether the token is taken again.
        self.ledger.look_again();
        self.call(Cost::FREE, About::Account, self.inner.identity()).await
    }

    async fn people(&self) -> Result<Vec<Person>> {
        self.call(Cost::FREE, About::Account, self.inner.people()).await
    }

    async fn groups(&self) -> Result<Vec<Group>> {
        self.call(Cost::FREE, About::Account, self.inner.groups()).await
    }

    async fn members(&self, group: &GroupId) -> Result<Option<Vec<PersonId>>> {
        self.call(Cost::FREE, About::Account, self.inner.members(group)).await
    }

    async fn vaults(&self) -> Result<VaultList> {
        self.call(Cost::VAULTS, About::Account, self.inner.vaults()).await
    }

    async fn vault(&self, id: &VaultId) -> Result<Vault> {
        self.call(Cost::VAULT, About::vault(id), self.inner.vault(id)).await
    }

    async fn grants(&self, vault: &VaultId) -> Result<Vec<Grant>> {
        self.call(Cost::GRANTS, About::vault(vault), self.inner.grants(vault)).await
    }

    async fn items(&self, vault: &VaultId) -> Result<Vec<Item>> {
        self.call(Cost::ITEMS, About::vault(vault), self.inner.items(vault)).await
    }

    async fn whole_list(&self, vault: &VaultId) -> Result<Vec<Item>> {
        self.call(Cost::ITEMS, About::vault(vault), self.inner.whole_list(vault)).await
    }

    async fn item(&self, at: &ItemRef) -> Result<ItemDetail> {
        self.call(Cost::ITEM, About::item(at), self.inner.item(at)).await
    }

    async fn download(&self, file: &FileRef, to: Sink<'_>) -> Result<u64> {
        self.call(Cost::FILE, About::file(file), self.inner.download(file, to)).await
    }

    async fn upload(&self, to: &NewDocument, bytes: Source<'_>) -> Result<ItemRef> {
        self.call(Cost::UPLOAD, About::vault(&to.vault), self.inner.upload(to, bytes)).await
    }

    async fn allowances(&self) -> Result<Vec<Allowance>> {
        self.ledger.ask(&*self.inner).await
    }

    fn budget(&self) -> Option<Budget> {
        self.ledger.budget()
    }

    fn reserve(&self, writes: u32) -> Result<()> {
        self.ledger.reserve(writes)?;
        self.reserved.fetch_add(writes, Ordering::SeqCst);
        Ok(())
    }

    fn release(&self, writes: u32) {
        let given = self
            .reserved
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| Some(left.saturating_sub(writes)));
        self.ledger.release(given.unwrap_or(0).min(writes));
    }

    async fn apply(&self, call: &Call) -> Result<Receipt> {
        let (cost, about, reserved) = (Cost::of(call), About::call(call), self.use_reserved());
        let request = Request { cost, about, purpose: self.purpose, reserved };
        let answer = self.send(request, self.inner.apply(call)).await;
        if let Ok(Receipt::Vault(vault)) = &answer {
            self.ledger.made(&vault.id);
        }
        answer
    }
}
