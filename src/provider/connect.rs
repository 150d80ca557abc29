//! 1Password Connect: vaults, items and files over REST, reading only.
//!
//! A token covers the vaults that it names and no others, for ever; what it does not cover is not asked for. A
//! server answers from a copy of its own, which may lag: an item that is not there may be there soon, and nothing
//! here says that something is gone. `content_path` is never followed; addresses are built from ids.
//!
//! Tested against the local imitation; it has not met a server of 1Password.

mod health;
mod token;

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::try_join_all;
use jiff::Timestamp;
use reqwest::{Response, Url};
use serde::de::DeserializeOwned;
use tokio::io::AsyncWriteExt as _;

pub use health::{Dependency, Health};
use token::Claims;
pub use token::Scope;

use super::http::{Http, by_size, read};
use super::wire::{WireItem, WireVault};
use super::world::World;
use super::{Provider, Sink, crossed};
use crate::domain::directory::{FileRef, Item, ItemDetail, ItemRef, Vault};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::host::is_loopback;
use crate::domain::id::{AccountId, ItemId, VaultId};
use crate::domain::operation::{Capabilities, Capability};
use crate::domain::secret::Secret;
use crate::domain::text::SafeText;
use crate::domain::vault_list::VaultList;

/// How often a read is tried again that is refused although the token covers it, and the first wait, which
/// doubles: servers have been seen to refuse for a moment (`external-secrets` does the same).
const AGAIN: u32 = 3;
const PAUSE: Duration = Duration::from_millis(100);
/// How many vaults are asked for at once where a list does not tell their versions.
const AT_ONCE: usize = 8;
/// How long a server that is still fetching its copy is left alone.
const SETTLING: Duration = Duration::from_secs(10);
/// The header by which a server tells its version, since Connect 1.3.0; and the longest that is taken.
const VERSION: &str = "1password-connect-version";
const LONGEST_VERSION: usize = 32;

/// A Connect server, with one token.
pub struct Connect {
    pub(super) http: Http,
    /// What the token says of itself; `None` where it is another kind of token, which only the sandbox takes.
    claims: Option<Claims>,
    /// Covered, but no change of them would be seen: the server tells no version.
    unversioned: Mutex<BTreeSet<VaultId>>,
    /// What the server last said its version is.
    version: Mutex<Option<SafeText>>,
    pause: Duration,
}

impl Connect {
    /// A Connect server at an address such as `https://connect.example.edu`, or `http://localhost:8080` on this
    /// machine, with a Connect token. No proxy is used but the one that is named, and none on this machine.
    ///
    /// # Errors
    /// [`Kind::Input`] where the token would travel in the open or the address is none, [`Kind::SignIn`] where it
    /// is no Connect token, [`Kind::Refused`] where the token of a sandbox would leave this machine.
    pub fn at(host: &str, token: Secret, proxy: Option<&str>) -> Result<Self> {
        let is_open = is_open(host)?;
        let claims = Claims::read(&token)?;
        if claims.world == World::Sandbox && !is_open {
            return Err(Fault::refused("the token for Connect is that of a sandbox")
                .hint("a sandbox is on this machine: name its address, http://127.0.0.1:PORT"));
        }
        let http = if is_open { Http::loopback(host, token) } else { Http::tls(host, token, proxy) };
        Ok(Self::with(http, Some(claims)))
    }

    /// The same doors as the sandbox on this machine serves them, with any token of its people.
    pub fn loopback(base: &str, token: Secret) -> Self {
        Self::with(Http::loopback(base, token), None)
    }

    fn with(http: Http, claims: Option<Claims>) -> Self {
        let (unversioned, version) = (Mutex::default(), Mutex::default());
        Self { http, claims, unversioned, version, pause: PAUSE }
    }

    /// The same with another first wait before a refused read is tried again.
    #[must_use]
    pub fn with_pause(self, pause: Duration) -> Self {
        Self { pause, ..self }
    }

    /// Whether anybody answers there; no token is sent.
    ///
    /// # Errors
    /// How it failed.
    pub async fn heartbeat(&self) -> Result<()> {
        self.http.knock("/heartbeat").await
    }

    /// How the server says it is.
    ///
    /// # Errors
    /// How it failed.
    pub async fn health(&self) -> Result<Health> {
        self.get("/health").await.map_err(|fault| fault.during("asking how the server is"))
    }

    /// The version that the server last told with an answer; `None` before the first one, and where it tells none.
    pub fn version(&self) -> Option<SafeText> {
        self.version.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The vaults that the token names, with what it may do there.
    pub fn scopes(&self) -> &[Scope] {
        self.claims.as_ref().map_or(&[], |claims| &claims.scopes)
    }

    /// When the token was made, where it says so.
    pub fn issued(&self) -> Option<Timestamp> {
        self.claims.as_ref()?.issued
    }

    /// Until when the token is good, where it says so.
    pub fn expires(&self) -> Option<Timestamp> {
        self.claims.as_ref()?.expires
    }

    /// The account that the token is of, where it says so.
    pub fn account(&self) -> Option<&AccountId> {
        self.claims.as_ref()?.account.as_ref()
    }

    /// Vaults that the token covers and that are read otherwise all the same: when they were last listed, the
    /// server told no version by which a change would be seen.
    pub fn unversioned(&self) -> Vec<VaultId> {
        self.unversioned.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// Whether an address is on this machine and without TLS; any other must have TLS.
fn is_open(host: &str) -> Result<bool> {
    let bad = |what: &str| {
        // What was written is not quoted: it may hold a password.
        Fault::new(Kind::Input, format!("the address of the Connect server {what}"))
            .hint("write it as https://connect.example.edu, or http://127.0.0.1:8080 on this machine")
    };
    let url = Url::parse(host).map_err(|_| bad("is none"))?;
    let plain = url.username().is_empty() && url.password().is_none();
    if !plain || url.query().is_some() || url.fragment().is_some() {
        return Err(bad("holds more than an address"));
    }
    match (url.scheme(), url.host_str()) {
        ("https", Some(_)) => Ok(false),
        ("http", Some(host)) if is_loopback(host) => Ok(true),
        ("http", _) => Err(bad("has no TLS: the token would travel in the open")),
        _ => Err(bad("is none")),
    }
}

impl Connect {
    /// The items of a vault, as a path lists them.
    pub(super) async fn list(&self, path: &str, vault: &VaultId) -> Result<Vec<Item>> {
        let items: Option<Vec<WireItem>> =
            self.get(path).await.map_err(|fault| fault.during("listing items"))?;
        let items: Result<Vec<Item>> =
            items.unwrap_or_default().iter().map(|item| item.listed(vault)).collect();
        let items = items.map_err(|fault| fault.during("listing items"))?;
        let ids: HashSet<&ItemId> = items.iter().map(|item| &item.id).collect();
        if ids.len() < items.len() {
            return Err(Fault::new(Kind::Broken, "listing items: the list names one of them twice"));
        }
        Ok(items)
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        read(self.open(path, None).await?).await
    }

    /// Asks, and asks again where a read is refused for a moment.
    async fn open(&self, path: &str, within: Option<Duration>) -> Result<Response> {
        let (mut left, mut pause) = (if self.claims.is_some() { AGAIN } else { 0 }, self.pause);
        loop {
            match self.http.stream(path, within).await {
                Ok(answer) => {
                    self.note_version(&answer);
                    return Ok(answer);
                }
                Err(fault) if fault.kind == Kind::Denied && left > 0 => {
                    left -= 1;
                    tokio::time::sleep(pause.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
                    pause *= 2;
                }
                Err(fault) => return Err(self.explained(fault)),
            }
        }
    }

    fn note_version(&self, answer: &Response) {
        let told = answer.headers().get(VERSION).and_then(|version| version.to_str().ok());
        if let Some(told) = told.filter(|told| told.len() <= LONGEST_VERSION) {
            *self.version.lock().unwrap_or_else(PoisonError::into_inner) = Some(SafeText::new(told));
        }
    }

    /// What a failure of a Connect server means, and what helps.
    fn explained(&self, fault: Fault) -> Fault {
        if self.claims.is_none() {
            return fault;
        }
        match fault.kind {
            Kind::SignIn => fault.hint(
                "the token was revoked, has expired or is another server's: `op connect token create` makes a new one",
            ),
            Kind::Denied => {
                fault.hint("the token names the vault: see whether the server was given it, `op connect vault grant`")
            }
            Kind::NotFound => fault.hint("a Connect server answers from a copy, which may be behind"),
            // Its `sync` has not fetched the copy yet, or lost it (connect-sdk-python, issue 9).
            Kind::Broken if fault.message.as_str().contains("failed to initiate") => {
                let fault = Fault { kind: Kind::Unreachable, ..fault };
                fault.retry_after(SETTLING).hint("the server is still fetching its copy: try again")
            }
            _ => fault,
        }
    }

    /// Whether the token reads that vault; any other kind of token is not judged here.
    fn names(&self, vault: &VaultId) -> bool {
        self.claims.as_ref().is_none_or(|claims| claims.read_items_of(vault))
    }

    /// Refuses to ask for what the token does not cover, and for ids of another world.
    fn admit(&self, vault: &VaultId) -> Result<()> {
        let Some(claims) = &self.claims else { return Ok(()) };
        claims.world.admit(vault.is_sandbox())?;
        if self.names(vault) {
            return Ok(());
        }
        Err(Fault::new(Kind::Denied, "the token for Connect does not cover that vault")
            .hint("a token never changes: give the server the vault, and make a new token"))
    }

    /// A listed vault with its version; `None` where the server does not tell it even when asked for the vault.
    async fn versioned(&self, listed: WireVault) -> Result<Option<Vault>> {
        if listed.content_version.is_some() || self.claims.is_none() {
            return Ok(Some(listed.into()));
        }
        match self.one(&listed.id).await {
            Ok(vault) => Ok(vault.content_version.is_some().then(|| vault.into())),
            // Listed and not to be had: it is between two states, and the next list knows more.
            Err(fault) if matches!(fault.kind, Kind::Denied | Kind::NotFound) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    async fn one(&self, id: &VaultId) -> Result<WireVault> {
        let vault: WireVault = self
            .get(&format!("/v1/vaults/{id}"))
            .await
            .map_err(|fault| fault.during("asking for a vault"))?;
        if vault.id == *id { Ok(vault) } else { Err(crossed("vault")) }
    }

    /// What to make of a file's content that is not to be had: where the server knows the file, it has not fetched
    /// the content yet, whatever words it has for that.
    async fn not_fetched(&self, file: &FileRef, fault: Fault) -> Fault {
        let ItemRef { vault, item } = &file.at;
        let known = format!("/v1/vaults/{vault}/items/{item}/files/{}", file.file);
        let is_open = matches!(fault.kind, Kind::NotFound | Kind::Broken) && self.claims.is_some();
        if !is_open || self.open(&known, None).await.is_err() {
            return fault;
        }
        Fault { kind: Kind::Unreachable, ..fault }
            .retry_after(SETTLING)
            .hint("the server knows the file and has not fetched its content yet: try again")
    }
}

#[async_trait]
impl Provider for Connect {
    fn capabilities(&self) -> Capabilities {
        Capabilities::of(&[Capability::ReadItems])
    }

    /// Those that the token covers and whose changes would be seen; see [`Connect::unversioned`].
    async fn vaults(&self) -> Result<VaultList> {
        let listed: Option<Vec<WireVault>> =
            self.get("/v1/vaults").await.map_err(|fault| fault.during("listing vaults"))?;
        let mut listed = listed.unwrap_or_default();
        listed.retain(|vault| self.names(&vault.id));
        let ids: BTreeSet<&VaultId> = listed.iter().map(|vault| &vault.id).collect();
        if ids.len() < listed.len() {
            return Err(Fault::new(Kind::Broken, "listing vaults: the list names one of them twice"));
        }
        let (mut vaults, mut unversioned) = (Vec::with_capacity(listed.len()), BTreeSet::new());
        while !listed.is_empty() {
            let some: Vec<WireVault> = listed.drain(..listed.len().min(AT_ONCE)).collect();
            let ids: Vec<VaultId> = some.iter().map(|vault| vault.id.clone()).collect();
            let answers = try_join_all(some.into_iter().map(|vault| self.versioned(vault))).await?;
            for (id, answer) in ids.into_iter().zip(answers) {
                match answer {
                    Some(vault) => vaults.push(vault),
                    None => {
                        unversioned.insert(id);
                    }
                }
            }
        }
        *self.unversioned.lock().unwrap_or_else(PoisonError::into_inner) = unversioned;
        Ok(vaults.into_iter().collect())
    }

    /// With version 0 where the server tells none.
    async fn vault(&self, id: &VaultId) -> Result<Vault> {
        self.admit(id)?;
        self.one(id).await.map(Vault::from)
    }

    async fn items(&self, vault: &VaultId) -> Result<Vec<Item>> {
        self.admit(vault)?;
        self.list(&format!("/v1/vaults/{vault}/items"), vault).await
    }

    // What is in the archive is not listed at all, so `whole_list` is not for Connect.

    async fn item(&self, at: &ItemRef) -> Result<ItemDetail> {
        self.admit(&at.vault)?;
        let path = format!("/v1/vaults/{}/items/{}", at.vault, at.item);
        let item: WireItem = self.get(&path).await.map_err(|fault| fault.during("reading an item"))?;
        item.detail(at)
    }

    fn covers(&self, vault: &VaultId) -> bool {
        let unversioned = self.unversioned.lock().unwrap_or_else(PoisonError::into_inner);
        self.names(vault) && !unversioned.contains(vault)
    }

    async fn download(&self, file: &FileRef, to: Sink<'_>) -> Result<u64> {
        self.admit(&file.at.vault)?;
        let ItemRef { vault, item } = &file.at;
        let path = format!("/v1/vaults/{vault}/items/{item}/files/{}/content", file.file);
        let mut answer = match self.open(&path, Some(by_size(file.size))).await {
            Ok(answer) => answer,
            Err(fault) => return Err(self.not_fetched(file, fault).await.during("fetching a file")),
        };
        let mut written: u64 = 0;
        let broken = |at: u64| Fault::new(Kind::Broken, format!("the file broke off after {at} bytes"));
        while let Some(piece) = answer.chunk().await.map_err(|_| broken(written))? {
            written += piece.len() as u64;
            // A server that sends more than it announced is stopped, before the disk fills.
            if written > file.size {
                let size = file.size;
                return Err(Fault::new(Kind::Broken, format!("the file is longer than its {size} bytes")));
            }
            let failed = |error| Fault::new(Kind::Local, format!("writing the file: {error}"));
            to.write_all(&piece).await.map_err(failed)?;
        }
        if written != file.size {
            let size = file.size;
            return Err(Fault::new(Kind::Broken, format!("the file ended after {written} of {size} bytes")));
        }
        Ok(written)
    }
}
