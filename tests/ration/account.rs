//! An account in memory, under the ration of its kind, on a clock that is moved by hand.

#![allow(clippy::unwrap_used, reason = "tests")]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "tests; small numbers")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use strongroom::clock::Clock;
use strongroom::domain::access::AccountKind;
use strongroom::domain::budget::{Action, Allowance, Cost, Purpose, ration};
use strongroom::domain::class::{Class, StudentKey};
use strongroom::domain::directory::{Group, Identity, Item, ItemDetail, ItemRef, ItemState, Person, Vault};
use strongroom::domain::fault::{Fault, Kind, Result};
use strongroom::domain::id::{AccountId, ItemId, PersonId, VaultId};
use strongroom::domain::operation::{Call, Capabilities, Receipt};
use strongroom::domain::roster::Student;
use strongroom::domain::text::{SafeText, Untrusted};
use strongroom::domain::vault_list::VaultList;
use strongroom::provider::budget::{Ledger, Rationed};
use strongroom::provider::{Provider, Shared};
use strongroom::queries::{Acting, Queries};
use strongroom::store::Store;
use tempfile::TempDir;

pub(crate) const START: i64 = 1_790_000_000;

/// A clock that is moved by hand, or by whoever waits. In milliseconds.
#[derive(Clone)]
pub(crate) struct Hand(Arc<AtomicI64>);

impl Hand {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(START * 1_000)))
    }
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::SeqCst)).unwrap()
    }
    pub(crate) fn pass(&self, seconds: f64) {
        self.0.fetch_add(Duration::from_secs_f64(seconds).as_millis() as i64, Ordering::SeqCst);
    }
    pub(crate) fn set(&self, time: Timestamp) {
        let up = i64::from(time.subsec_nanosecond() % 1_000_000 > 0);
        self.0.fetch_max(time.as_millisecond() + up, Ordering::SeqCst);
    }
    pub(crate) fn clock(&self) -> Clock {
        let (hand, wait) = (self.clone(), self.clone());
        Clock::of(
            move || hand.now(),
            move |time| {
                wait.set(time);
                Box::pin(tokio::task::yield_now())
            },
        )
    }
}

pub(crate) fn vault_id(number: usize) -> VaultId {
    VaultId::parse(&format!("v{number:025}")).unwrap()
}

pub(crate) fn item_id(number: u64) -> ItemId {
    ItemId::parse(&format!("i{number:025}")).unwrap()
}

#[derive(Clone, Default)]
pub(crate) struct Inside {
    id: Option<VaultId>,
    name: SafeText,
    pub(crate) version: u64,
    pub(crate) items: BTreeMap<u64, u64>,
}

impl Inside {
    pub(crate) fn vault(&self) -> Vault {
        Vault {
            id: self.id.clone().unwrap(),
            name: self.name.clone(),
            description: None,
            content_version: self.version,
            items: Some(self.items.len() as u64),
            created_at: None,
        }
    }
}

fn inside(number: usize) -> Inside {
    let name = SafeText::new(&format!("CS101-s{number:04}"));
    Inside { id: Some(vault_id(number)), name, version: 1, items: BTreeMap::new() }
}

/// The account, the windows of its service account, and what was asked of it.
pub(crate) struct Account {
    hand: Hand,
    pub(crate) kind: AccountKind,
    rationed: bool,
    vaults: Mutex<Vec<Inside>>,
    /// What vaults were like, and since when; for whoever copies them.
    past: Mutex<Vec<Vec<(Timestamp, Inside)>>>,
    windows: Mutex<Vec<(Allowance, Option<Timestamp>)>>,
    /// Calls by name.
    pub(crate) calls: Mutex<BTreeMap<String, u64>>,
    /// Calls that were sent and refused for the ration.
    pub(crate) refused: AtomicI64,
    /// Answered in place of everything that costs something.
    pub(crate) fault: Mutex<Option<Fault>>,
}

impl Account {
    pub(crate) fn new(hand: &Hand, kind: AccountKind, vaults: usize) -> Self {
        Self {
            hand: hand.clone(),
            kind,
            rationed: true,
            vaults: Mutex::new((0..vaults).map(inside).collect()),
            past: Mutex::new((0..vaults).map(|number| vec![(hand.now(), inside(number))]).collect()),
            windows: Mutex::new(ration(kind).into_iter().map(|window| (window, None)).collect()),
            calls: Mutex::default(),
            refused: AtomicI64::new(0),
            fault: Mutex::default(),
        }
    }

    pub(crate) fn without_ration(hand: &Hand, vaults: usize) -> Self {
        Self { rationed: false, ..Self::new(hand, AccountKind::Business, vaults) }
    }

    /// Somebody adds an item to a vault, or changes one.
    pub(crate) fn edit(&self, vault: usize, item: u64) {
        let mut vaults = self.vaults.lock().unwrap();
        vaults[vault].version += 1;
        *vaults[vault].items.entry(item).or_default() += 1;
        self.past.lock().unwrap()[vault].push((self.hand.now(), vaults[vault].clone()));
    }

    /// Somebody deletes an item, where it is there.
    pub(crate) fn remove(&self, vault: usize, item: u64) {
        let mut vaults = self.vaults.lock().unwrap();
        if vaults[vault].items.remove(&item).is_some() {
            vaults[vault].version += 1;
            self.past.lock().unwrap()[vault].push((self.hand.now(), vaults[vault].clone()));
        }
    }

    /// What a vault was like at a time, and how many changes it had seen.
    pub(crate) fn as_of(&self, vault: usize, time: Timestamp) -> (usize, Inside) {
        let past = self.past.lock().unwrap();
        let at = past[vault].partition_point(|(since, _)| *since <= time).max(1) - 1;
        (at, past[vault][at].1.clone())
    }

    /// The same by the number of changes.
    pub(crate) fn after(&self, vault: usize, changes: usize) -> Inside {
        self.past.lock().unwrap()[vault][changes].1.clone()
    }

    /// Another service account of the same 1Password account draws on the day.
    pub(crate) fn others_use(&self, requests: u64) {
        let mut windows = self.windows.lock().unwrap();
        let now = self.hand.now();
        let (day, ends) = &mut windows[2];
        day.used += requests;
        ends.get_or_insert(now + Duration::from_secs(86_400));
    }

    /// The service begins all windows anew before their time.
    pub(crate) fn renew(&self) {
        *self.windows.lock().unwrap() = ration(self.kind).into_iter().map(|window| (window, None)).collect();
    }

    pub(crate) fn count(&self, call: &str) -> u64 {
        self.calls.lock().unwrap().get(call).copied().unwrap_or(0)
    }

    /// Reads and writes that were charged in the account's day window so far, refused ones left out.
    pub(crate) fn charged(&self) -> u64 {
        let of = |name: &str, cost: Cost| self.count(name) * u64::from(cost.total());
        of("vaults", Cost::VAULTS) + of("items", Cost::ITEMS) + of("item", Cost::ITEM) + self.count("apply")
    }

    fn charge(&self, name: &str, about: &str, cost: Cost) -> Result<()> {
        if let Some(fault) = self.fault.lock().unwrap().clone() {
            *self.calls.lock().unwrap().entry("failed".into()).or_default() += 1;
            return Err(fault);
        }
        let now = self.hand.now();
        let mut windows = self.windows.lock().unwrap();
        for (window, ends) in windows.iter_mut() {
            if ends.is_some_and(|ends| ends <= now) {
                (window.used, *ends) = (0, None);
            }
        }
        for (window, ends) in windows.iter().filter(|_| self.rationed) {
            let part = u64::from(cost.counted_as(window.action));
            if part > 0 && window.used + part > window.limit {
                self.refused.fetch_add(1, Ordering::SeqCst);
                let wait = Duration::try_from(ends.unwrap().duration_since(now)).unwrap();
                // The text is cut short in the wild: the wait in it is not to be relied on.
                return Err(Fault::new(Kind::RateLimit, "(429) Too Many Requests").retry_after(wait / 2));
            }
        }
        for (window, ends) in windows.iter_mut() {
            let part = u64::from(cost.counted_as(window.action));
            if part > 0 {
                window.used += part;
                ends.get_or_insert(now + window.scope.window());
            }
        }
        let mut calls = self.calls.lock().unwrap();
        *calls.entry(name.to_owned()).or_default() += 1;
        *calls.entry(format!("{name} {about}")).or_default() += 1;
        Ok(())
    }

    /// A class of one student a vault, and its live view's handle on this account.
    pub(crate) fn class(self: &Arc<Self>, share: f64) -> (TempDir, Queries) {
        self.class_by(share, |rationed| rationed)
    }

    /// The same with something around the handle.
    pub(crate) fn class_by(
        self: &Arc<Self>,
        share: f64,
        around: impl FnOnce(Shared) -> Shared,
    ) -> (TempDir, Queries) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("store.db")).unwrap();
        let count = self.vaults.lock().unwrap().len();
        let key = |number: usize| StudentKey::parse(&format!("s{number:04}")).unwrap();
        let student = |number: usize| Student {
            key: key(number),
            name: SafeText::new(&format!("Student {number}")),
            email: Untrusted::new(format!("s{number}@example.edu")),
        };
        store.enroll(&(0..count).map(student).collect::<Vec<_>>()).unwrap();
        for number in 0..count {
            store.bind(&key(number), &vault_id(number), "nonce", self.hand.now()).unwrap();
        }
        let ledger = Ledger::new(self.hand.clock(), share);
        let provider = around(Arc::new(Rationed::new(self.clone(), ledger, Purpose::Watch)));
        let queries = Queries {
            provider,
            store,
            class: Arc::new(Class::new("CS101")),
            clock: self.hand.clock(),
            acting: Acting::default(),
        };
        (folder, queries)
    }
}

#[async_trait]
impl Provider for Account {
    fn capabilities(&self) -> Capabilities {
        Capabilities::of(&[])
    }
    async fn identity(&self) -> Result<Identity> {
        Ok(Identity {
            account: AccountId::parse(&"A".repeat(26)).unwrap(),
            account_name: "Account".into(),
            kind: self.kind,
            id: PersonId::parse(&"P".repeat(26)).unwrap(),
            name: "Service".into(),
            is_service_account: true,
            sees_levels: false,
        })
    }
    async fn people(&self) -> Result<Vec<Person>> {
        *self.calls.lock().unwrap().entry("people".into()).or_default() += 1;
        Ok(Vec::new())
    }
    async fn groups(&self) -> Result<Vec<Group>> {
        Ok(Vec::new())
    }
    async fn vaults(&self) -> Result<VaultList> {
        self.charge("vaults", "", Cost::VAULTS)?;
        let vaults = self.vaults.lock().unwrap();
        Ok(vaults.iter().map(Inside::vault).collect())
    }
    async fn items(&self, vault: &VaultId) -> Result<Vec<Item>> {
        self.charge("items", vault.as_str(), Cost::ITEMS)?;
        let number: usize = vault.as_str().trim_start_matches('v').parse().unwrap();
        let vaults = self.vaults.lock().unwrap();
        Ok(vaults[number].items.iter().map(|(item, version)| item_of(item_id(*item), *version)).collect())
    }
    async fn item(&self, at: &ItemRef) -> Result<ItemDetail> {
        self.charge("item", at.vault.as_str(), Cost::ITEM)?;
        let number: usize = at.vault.as_str().trim_start_matches('v').parse().unwrap();
        let vaults = self.vaults.lock().unwrap();
        let version = vaults[number].items.iter().find(|(item, _)| item_id(**item) == at.item);
        let (_, version) = version.ok_or_else(|| Fault::new(Kind::NotFound, "item not found"))?;
        Ok(ItemDetail { item: item_of(at.item.clone(), *version), fields: Vec::new(), files: Vec::new() })
    }
    async fn apply(&self, call: &Call) -> Result<Receipt> {
        self.charge("apply", "", Cost::of(call))?;
        if !matches!(call, Call::CreateVault(_)) {
            return Ok(Receipt::Done);
        }
        let mut vaults = self.vaults.lock().unwrap();
        let made = inside(vaults.len());
        let vault = made.vault();
        vaults.push(made);
        Ok(Receipt::Vault(Box::new(vault)))
    }
    async fn allowances(&self) -> Result<Vec<Allowance>> {
        let now = self.hand.now();
        let windows = self.windows.lock().unwrap();
        let of = |(window, ends): &(Allowance, Option<Timestamp>)| {
            let ends = ends.filter(|ends| *ends > now);
            let used = if ends.is_some() { window.used } else { 0 };
            // Rounded up, as the sandbox does.
            let reset = ends.map_or(0, |ends| ends.duration_since(now).as_secs_f64().ceil() as u64);
            Allowance { used, remaining: window.limit.saturating_sub(used), reset, ..*window }
        };
        *self.calls.lock().unwrap().entry("allowances".into()).or_default() += 1;
        Ok(if self.rationed { windows.iter().map(of).collect() } else { Vec::new() })
    }
}

pub(crate) fn item_of(id: ItemId, version: u64) -> Item {
    Item {
        id,
        title: "hw".into(),
        category: "DOCUMENT".into(),
        version,
        tags: Vec::new(),
        state: ItemState::Active,
        created_at: None,
        updated_at: None,
        last_edited_by: None,
    }
}

/// The action's window, for tests.
pub(crate) fn window(windows: &[Allowance], action: Action) -> Allowance {
    *windows.iter().find(|window| window.action == action).unwrap()
}
