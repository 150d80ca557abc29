//! A sandbox behind a line that can be cut, and whose answers can be held back or lost.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use strongroom::domain::directory::{Grant, Item, ItemDetail, ItemRef, Person};
use strongroom::domain::fault::{Fault, Kind, Result};
use strongroom::domain::id::{ItemId, VaultId};
use strongroom::domain::vault_list::VaultList;
use strongroom::provider::{Provider, sandbox::Sandbox};
use tokio::sync::Notify;

use crate::support::Fixture;

/// Where an answer is held back: it is there, and nobody has it yet.
#[derive(Default)]
pub(crate) struct Held {
    pub(crate) reached: Notify,
    pub(crate) go_on: Notify,
}

/// A sandbox behind a line that can be cut, for some vaults or for all.
pub(crate) struct Line {
    inner: Sandbox,
    pub(crate) down: AtomicBool,
    /// Whether nobody can be asked for the people.
    pub(crate) nobody: AtomicBool,
    broken: std::sync::Mutex<HashSet<VaultId>>,
    /// How many more details of items come through, where that is limited.
    through: std::sync::Mutex<Option<usize>>,
    /// Answered in place of the details of items, so many times.
    pub(crate) lost: std::sync::Mutex<Option<(Fault, usize)>>,
    held: std::sync::Mutex<Option<(&'static str, Arc<Held>)>>,
    /// Vaults whose content version is told as this, whatever happens in them.
    frozen: std::sync::Mutex<HashMap<VaultId, u64>>,
    /// What the next list of a vault's items says, whatever is there.
    lagging: std::sync::Mutex<HashMap<VaultId, Vec<Item>>>,
    /// The versions of items that were told in such a list: the details are of those.
    said: std::sync::Mutex<HashMap<ItemId, u64>>,
    /// Whether details are older than such a list.
    pub(crate) older: AtomicBool,
    /// Which vaults were listed item by item, in order.
    pub(crate) listed: std::sync::Mutex<Vec<VaultId>>,
    /// How often it was asked who is on a vault.
    lists: AtomicUsize,
}

impl Line {
    pub(crate) fn new(fixture: &Fixture) -> Self {
        Self {
            inner: fixture.provider(),
            down: AtomicBool::new(false),
            nobody: AtomicBool::new(false),
            broken: std::sync::Mutex::default(),
            through: std::sync::Mutex::default(),
            lost: std::sync::Mutex::default(),
            held: std::sync::Mutex::default(),
            frozen: std::sync::Mutex::default(),
            lagging: std::sync::Mutex::default(),
            said: std::sync::Mutex::default(),
            older: AtomicBool::new(false),
            listed: std::sync::Mutex::default(),
            lists: AtomicUsize::new(0),
        }
    }

    /// How often it was asked who is on a vault.
    pub(crate) fn lists(&self) -> usize {
        self.lists.load(Ordering::SeqCst)
    }

    pub(crate) fn fail_items(&self, vault: &VaultId) {
        self.broken.lock().unwrap().insert(vault.clone());
    }

    /// The vault's content version stands still from now on.
    pub(crate) async fn freeze(&self, vault: &VaultId) {
        let vaults = self.inner.vaults().await.unwrap();
        let version = vaults.iter().find(|listed| listed.id == *vault).unwrap().content_version;
        self.frozen.lock().unwrap().insert(vault.clone(), version);
    }

    /// The vault's content version is told as this from now on; as it is for `None`.
    pub(crate) fn tell(&self, vault: &VaultId, version: Option<u64>) {
        let mut frozen = self.frozen.lock().unwrap();
        match version {
            Some(version) => frozen.insert(vault.clone(), version),
            None => frozen.remove(vault),
        };
    }

    /// The next list of a vault's items is the one of now.
    pub(crate) async fn lag(&self, vault: &VaultId) {
        let items = self.inner.items(vault).await.unwrap();
        self.lagging.lock().unwrap().insert(vault.clone(), items);
    }

    /// The next list of a vault's items is this.
    pub(crate) fn say(&self, vault: &VaultId, items: Vec<Item>) {
        self.said.lock().unwrap().extend(items.iter().map(|item| (item.id.clone(), item.version)));
        self.lagging.lock().unwrap().insert(vault.clone(), items);
    }

    pub(crate) fn cut_after_items(&self, items: usize) {
        *self.through.lock().unwrap() = Some(items);
    }

    /// Holds the next answer of that kind back.
    pub(crate) fn hold(&self, what: &'static str) -> Arc<Held> {
        let held = Arc::<Held>::default();
        *self.held.lock().unwrap() = Some((what, held.clone()));
        held
    }

    async fn pass(&self, what: &str) {
        let held = self.held.lock().unwrap().take_if(|(kind, _)| *kind == what);
        if let Some((_, held)) = held {
            held.reached.notify_one();
            held.go_on.notified().await;
        }
    }

    pub(crate) fn mend(&self) {
        self.down.store(false, Ordering::SeqCst);
        self.broken.lock().unwrap().clear();
        *self.through.lock().unwrap() = None;
    }
}

#[async_trait]
impl Provider for Line {
    fn inner(&self) -> Option<&dyn Provider> {
        Some(&self.inner)
    }
    async fn people(&self) -> Result<Vec<Person>> {
        if self.nobody.load(Ordering::SeqCst) {
            return Err(Fault::new(Kind::Broken, "the people cannot be listed"));
        }
        self.inner.people().await
    }
    async fn vaults(&self) -> Result<VaultList> {
        if self.down.load(Ordering::SeqCst) {
            return Err(Fault::new(Kind::Unreachable, "no answer"));
        }
        let mut vaults = self.inner.vaults().await?;
        self.pass("vaults").await;
        for vault in &mut vaults.rows {
            let frozen = self.frozen.lock().unwrap().get(&vault.id).copied();
            if let Some(version) = frozen {
                (vault.content_version, vault.items) = (version, None);
            }
        }
        Ok(vaults)
    }
    async fn grants(&self, vault: &VaultId) -> Result<Vec<Grant>> {
        self.lists.fetch_add(1, Ordering::SeqCst);
        self.inner.grants(vault).await
    }
    async fn items(&self, vault: &VaultId) -> Result<Vec<Item>> {
        if self.broken.lock().unwrap().contains(vault) {
            return Err(Fault::new(Kind::Broken, "this vault cannot be listed"));
        }
        self.listed.lock().unwrap().push(vault.clone());
        let old = self.lagging.lock().unwrap().remove(vault);
        let items = match old {
            Some(old) => Ok(old),
            None => self.inner.items(vault).await,
        };
        self.pass("items").await;
        items
    }
    async fn item(&self, at: &ItemRef) -> Result<ItemDetail> {
        if let Some((fault, times)) = &mut *self.lost.lock().unwrap()
            && *times > 0
        {
            *times -= 1;
            return Err(fault.clone());
        }
        if let Some(left) = &mut *self.through.lock().unwrap() {
            let Some(less) = left.checked_sub(1) else {
                return Err(Fault::new(Kind::Unreachable, "no answer"));
            };
            *left = less;
        }
        let mut detail = self.inner.item(at).await?;
        let said = self.said.lock().unwrap().get(&at.item).copied();
        if let Some(said) = said.filter(|_| !self.older.load(Ordering::SeqCst)) {
            detail.item.version = said;
        }
        Ok(detail)
    }
}
