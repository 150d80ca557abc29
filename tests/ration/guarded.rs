//! A sandbox behind somebody who judges every change before it is sent, or within the ration of changes; and
//! whoever leaves as soon as a plan waits.

use std::ops::Deref;
use std::sync::Arc;

use async_trait::async_trait;
use strongroom::domain::budget::{Allowance, Purpose};
use strongroom::domain::directory::{Grant, Group, Identity, Person, Vault};
use strongroom::domain::fault::Result;
use strongroom::domain::id::VaultId;
use strongroom::domain::operation::{Call, Capabilities, Receipt};
use strongroom::domain::vault_list::VaultList;
use strongroom::ops::{OnProgress, Progress};
use strongroom::provider::budget::{Ledger, Rationed};
use strongroom::provider::{Provider, Shared, sandbox::Sandbox};
use tokio_util::sync::CancellationToken;

use crate::support::Fixture;

/// A provider within the ration of changes, on the sandbox's own clock.
pub(crate) fn rationed(fixture: &Fixture, provider: Shared) -> Shared {
    let ledger = Ledger::new(fixture.clock(), 0.1);
    Arc::new(Rationed::new(provider, ledger, Purpose::Changes))
}

/// Leaves at the first pause.
pub(crate) fn leaving(cancel: &CancellationToken) -> OnProgress {
    let cancel = cancel.clone();
    Arc::new(move |told| {
        if matches!(told, Progress::Paused { .. }) {
            cancel.cancel();
        }
    })
}

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
    async fn vaults(&self) -> Result<VaultList> {
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
