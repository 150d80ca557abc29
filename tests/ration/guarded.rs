//! A sandbox behind somebody who judges every change before it is sent.

use std::ops::Deref;

use async_trait::async_trait;
use strongroom::domain::budget::Allowance;
use strongroom::domain::directory::{Grant, Group, Identity, Person, Vault};
use strongroom::domain::fault::Result;
use strongroom::domain::id::VaultId;
use strongroom::domain::operation::{Call, Capabilities, Receipt};
use strongroom::provider::{Provider, sandbox::Sandbox};

/// Who judges, and may note what came of it.
pub(crate) trait Guard: Send + Sync {
    /// Lets a change pass, or refuses it in the service's place.
    fn judge(&self, call: &Call) -> Result<()>;
    /// Is told what the sandbox answered to what passed.
    fn answered(&self, _answer: &Result<Receipt>) {}
}

/// The sandbox and its guard, whose notes are read through it.
pub(crate) struct Guarded<G> {
    inner: Sandbox,
    guard: G,
}

impl<G> Guarded<G> {
    pub(crate) fn new(inner: Sandbox, guard: G) -> Self {
        Self { inner, guard }
    }
}

impl<G> Deref for Guarded<G> {
    type Target = G;
    fn deref(&self) -> &G {
        &self.guard
    }
}

#[async_trait]
impl<G: Guard> Provider for Guarded<G> {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }
    async fn identity(&self) -> Result<Identity> {
        self.inner.identity().await
    }
    async fn people(&self) -> Result<Vec<Person>> {
        self.inner.people().await
    }
    async fn groups(&self) -> Result<Vec<Group>> {
        self.inner.groups().await
    }
    async fn vaults(&self) -> Result<Vec<Vault>> {
        self.inner.vaults().await
    }
    async fn vault(&self, id: &VaultId) -> Result<Vault> {
        self.inner.vault(id).await
    }
    async fn grants(&self, vault: &VaultId) -> Result<Vec<Grant>> {
        self.inner.grants(vault).await
    }
    async fn allowances(&self) -> Result<Vec<Allowance>> {
        self.inner.allowances().await
    }
    async fn apply(&self, call: &Call) -> Result<Receipt> {
        self.guard.judge(call)?;
        let answer = self.inner.apply(call).await;
        self.guard.answered(&answer);
        answer
    }
}
