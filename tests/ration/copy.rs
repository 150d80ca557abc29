//! A Connect server over the account in memory: a copy of some vaults that follows with a delay, and may be away.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use strongroom::domain::directory::{Item, ItemDetail, ItemRef, Vault};
use strongroom::domain::fault::{Fault, Kind, Result};
use strongroom::domain::id::VaultId;
use strongroom::domain::operation::{Capabilities, Capability};
use strongroom::domain::vault_list::VaultList;
use strongroom::provider::stack::{Memory, Stack};
use strongroom::provider::{Provider, Shared};
use strongroom::queries::Queries;
use tempfile::TempDir;

use crate::account::{Account, Hand, Inside, item_id, item_of};

/// A copy of the account.
pub(crate) struct Copy {
    hand: Hand,
    account: Arc<Account>,
    covers: HashSet<usize>,
    /// How long it takes until a change is here, in milliseconds.
    pub(crate) lag: AtomicU64,
    pub(crate) away: AtomicBool,
    /// Vaults that it follows no more, without a word.
    pub(crate) stalled: Mutex<HashSet<usize>>,
    /// Whether its lists of items leave out the first, without a word.
    pub(crate) short: AtomicBool,
    /// How many changes of each vault are here: it never goes back.
    here: Mutex<HashMap<usize, usize>>,
    pub(crate) calls: AtomicU64,
}

impl Copy {
    pub(crate) fn new(
        hand: &Hand,
        account: &Arc<Account>,
        covers: impl IntoIterator<Item = usize>,
    ) -> Arc<Self> {
        Arc::new(Self {
            hand: hand.clone(),
            account: account.clone(),
            covers: covers.into_iter().collect(),
            lag: AtomicU64::new(0),
            away: AtomicBool::new(false),
            stalled: Mutex::default(),
            short: AtomicBool::new(false),
            here: Mutex::default(),
            calls: AtomicU64::new(0),
        })
    }

    /// A class whose live view looks through this copy too, as what comes first or as what stands in.
    pub(crate) fn class(self: &Arc<Self>, share: f64, first: bool) -> (TempDir, Queries) {
        let memory = Arc::new(Memory::new("op", first, self.hand.clock()));
        let around =
            |rationed: Shared| Arc::new(Stack::new(rationed, memory).with_connect(self.clone())) as Shared;
        self.account.class_by(share, around)
    }

    /// Another program over the same class, which knows nothing of what the first was told, and has no Connect.
    pub(crate) fn elsewhere(self: &Arc<Self>, queries: &Queries) -> Queries {
        Queries { provider: self.account.clone(), ..queries.clone() }
    }

    /// A vault as it is here by now.
    fn inside(&self, vault: usize) -> Inside {
        let time = self.hand.now() - Duration::from_millis(self.lag.load(Ordering::SeqCst));
        let (changes, _) = self.account.as_of(vault, time);
        let mut here = self.here.lock().unwrap();
        let here = here.entry(vault).or_default();
        if !self.stalled.lock().unwrap().contains(&vault) {
            *here = changes.max(*here);
        }
        self.account.after(vault, *here)
    }

    fn called(&self) -> Result<()> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        if self.away.load(Ordering::SeqCst) {
            Err(Fault::new(Kind::Unreachable, "no answer"))
        } else {
            Ok(())
        }
    }

    fn number(&self, vault: &VaultId) -> Result<usize> {
        let number = vault.as_str().trim_start_matches('v').parse().unwrap();
        let denied = || Fault::new(Kind::Denied, "Authorization: token does not have access to vault");
        self.covers.contains(&number).then_some(number).ok_or_else(denied)
    }
}

#[async_trait]
impl Provider for Copy {
    fn capabilities(&self) -> Capabilities {
        Capabilities::of(&[Capability::ReadItems])
    }
    fn covers(&self, vault: &VaultId) -> bool {
        self.number(vault).is_ok()
    }
    async fn vaults(&self) -> Result<VaultList> {
        self.called()?;
        Ok(self.covers.iter().map(|vault| self.inside(*vault).vault()).collect())
    }
    async fn vault(&self, vault: &VaultId) -> Result<Vault> {
        self.called()?;
        Ok(self.inside(self.number(vault)?).vault())
    }
    async fn items(&self, vault: &VaultId) -> Result<Vec<Item>> {
        self.called()?;
        let inside = self.inside(self.number(vault)?);
        let left_out = usize::from(self.short.load(Ordering::SeqCst));
        let items = inside.items.iter().skip(left_out);
        Ok(items.map(|(item, version)| item_of(item_id(*item), *version)).collect())
    }
    async fn item(&self, at: &ItemRef) -> Result<ItemDetail> {
        self.called()?;
        let inside = self.inside(self.number(&at.vault)?);
        let version = inside.items.iter().find(|(item, _)| item_id(**item) == at.item);
        let (_, version) = version.ok_or_else(|| Fault::new(Kind::NotFound, "item not found"))?;
        Ok(ItemDetail { item: item_of(at.item.clone(), *version), fields: Vec::new(), files: Vec::new() })
    }
}
