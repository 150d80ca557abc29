//! A service whose deletions and revocations go wrong.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use strongroom::domain::directory::{Item, Vault};
use strongroom::domain::fault::{Fault, Kind, Result};
use strongroom::domain::id::{ItemId, VaultId};
use strongroom::domain::operation::{Call, Receipt};
use strongroom::domain::vault_list::VaultList;
use strongroom::provider::{Provider, sandbox::Sandbox};
use tokio::sync::Notify;

use crate::support::Fixture;

/// What goes wrong with a deletion.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Mishap {
    Nothing,
    /// It is done, and the answer gets lost.
    LostAfter,
    /// It is not done, and no answer comes.
    LostBefore,
    /// It is not done, and said to be not found.
    SpuriousNotFound,
    /// It is not done, and denied.
    SpuriousDenied,
    /// It is done, and said to be not found.
    NotFoundAfter,
    /// It is done, the answer gets lost, and nothing can be read afterwards.
    ThenSilence,
    /// The vault cannot be looked at before.
    UnseenBefore,
    /// The list of items is that of another vault.
    OtherItems,
    /// The list of items is empty.
    NoItems,
    /// A revocation is not done, and no answer ever comes.
    StuckBefore,
    /// A revocation is done, and no answer ever comes.
    StuckAfter,
}

pub(crate) struct Odd {
    pub(crate) inner: Sandbox,
    pub(crate) mishap: Mishap,
    pub(crate) deleted: AtomicUsize,
    /// How many revocations were asked for and answered, and which of them never is, counted from 1.
    pub(crate) revoked: AtomicUsize,
    pub(crate) answered: AtomicUsize,
    pub(crate) fatal: usize,
    /// Told when it is the turn of that one.
    pub(crate) stuck: Notify,
}

impl Odd {
    fn silent(&self) -> Result<()> {
        let silent = self.mishap == Mishap::ThenSilence && self.deleted.load(Ordering::SeqCst) > 0;
        if silent { Err(Fault::new(Kind::Unreachable, "the line is cut")) } else { Ok(()) }
    }

    async fn no_deletion(&self, call: &Call) -> Result<Receipt> {
        let revokes = matches!(call, Call::Revoke { .. });
        let number = self.revoked.fetch_add(usize::from(revokes), Ordering::SeqCst) + 1;
        let fatal = revokes && number == self.fatal;
        let answer = if fatal && self.mishap == Mishap::StuckBefore {
            Ok(Receipt::Done)
        } else {
            self.inner.apply(call).await
        };
        if fatal {
            // Those before it may still be under way.
            while self.answered.load(Ordering::SeqCst) + 1 < number {
                tokio::task::yield_now().await;
            }
            self.stuck.notify_one();
            return std::future::pending().await;
        }
        self.answered.fetch_add(usize::from(revokes), Ordering::SeqCst);
        answer
    }
}

#[async_trait]
impl Provider for Odd {
    fn inner(&self) -> Option<&dyn Provider> {
        Some(&self.inner)
    }
    async fn vaults(&self) -> Result<VaultList> {
        self.silent()?;
        self.inner.vaults().await
    }
    async fn vault(&self, id: &VaultId) -> Result<Vault> {
        self.silent()?;
        if self.mishap == Mishap::UnseenBefore {
            return Err(Fault::new(Kind::NotFound, "no such vault"));
        }
        self.inner.vault(id).await
    }
    async fn whole_list(&self, vault: &VaultId) -> Result<Vec<Item>> {
        let mut items = self.inner.whole_list(vault).await?;
        match self.mishap {
            Mishap::NoItems => items.clear(),
            Mishap::OtherItems => {
                for item in &mut items {
                    item.id = ItemId::parse(&"z".repeat(26)).unwrap();
                }
            }
            _ => {}
        }
        Ok(items)
    }
    async fn apply(&self, call: &Call) -> Result<Receipt> {
        if !matches!(call, Call::DeleteVault(_)) {
            return self.no_deletion(call).await;
        }
        self.deleted.fetch_add(1, Ordering::SeqCst);
        let lost = || Err(Fault::new(Kind::Unknown, "the answer got lost"));
        let missing = || Err(Fault::new(Kind::NotFound, "no such vault"));
        match self.mishap {
            Mishap::LostBefore => lost(),
            Mishap::SpuriousNotFound => missing(),
            Mishap::SpuriousDenied => Err(Fault::new(Kind::Denied, "not allowed")),
            Mishap::LostAfter | Mishap::ThenSilence => self.inner.apply(call).await.and_then(|_| lost()),
            Mishap::NotFoundAfter => self.inner.apply(call).await.and_then(|_| missing()),
            _ => self.inner.apply(call).await,
        }
    }
}

pub(crate) fn new_line(fixture: &Fixture, mishap: Mishap) -> Odd {
    Odd {
        inner: fixture.provider(),
        mishap,
        deleted: AtomicUsize::new(0),
        revoked: AtomicUsize::new(0),
        answered: AtomicUsize::new(0),
        fatal: 0,
        stuck: Notify::new(),
    }
}

pub(crate) fn odd(fixture: &Fixture, mishap: Mishap) -> Arc<Odd> {
    Arc::new(new_line(fixture, mishap))
}
