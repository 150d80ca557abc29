//! How a vault service is reached. Each provider translates its wire format at its own edge, and
//! everything that comes out is typed, checked against what was asked, and safe to show.
//!
//! A provider decides nothing: it knows no class, no roster and no rule of access. It never sends a
//! [`Call`] again that may have happened (a conflict of two writers says that nothing did); a reply
//! that got lost is a fault of [`Kind::Unknown`], and the caller looks before it tries again.
//!
//! # To write a provider
//!
//! | it is | it writes |
//! |---|---|
//! | a service | [`Provider::capabilities`], and every method that it can answer. Whatever it leaves out is a fault of [`Kind::Unsupported`], or the answer of a service that has none of it: no ration, no parts |
//! | in front of another | [`Provider::inner`], and what it does otherwise. The rest is passed on |
//! | pricing or choosing ([`budget::Rationed`], [`stack::Stack`]) | no `inner` and every call: what it does not know must not slip through |
//!
//! `tests/contract` holds every service to the same answers: a new one is a way to the world there.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::domain::budget::{Allowance, Budget};
use crate::domain::directory::{
    FileRef, Grant, Group, Identity, Item, ItemDetail, ItemRef, NewDocument, Person, Vault,
};
use crate::domain::events::{Feed, From, Page};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::id::{GroupId, PersonId, VaultId};
use crate::domain::operation::{Call, Capabilities, Receipt};
use crate::domain::parts::Part;
use crate::domain::vault_list::VaultList;

pub mod budget;
pub mod connect;
pub mod events;
mod http;
mod jwt;
pub mod op;
pub mod sandbox;
pub mod stack;
mod wire;
mod world;

/// Where the bytes of a file go.
pub type Sink<'a> = &'a mut (dyn AsyncWrite + Send + Unpin);

/// Where the bytes of a file come from.
pub type Source<'a> = &'a mut (dyn AsyncRead + Send + Unpin);

/// A shared provider.
pub type Shared = Arc<dyn Provider>;

/// A vault service; see the [module](self) for which methods one has to write.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Whom everything is passed on to that is not written here.
    fn inner(&self) -> Option<&dyn Provider> {
        None
    }

    /// What it can do.
    fn capabilities(&self) -> Capabilities {
        self.inner().map_or_else(Capabilities::default, Provider::capabilities)
    }

    /// Whose token is in use.
    async fn identity(&self) -> Result<Identity> {
        behind(self.inner(), "tell whose token it uses")?.identity().await
    }

    /// The people of the account.
    async fn people(&self) -> Result<Vec<Person>> {
        behind(self.inner(), "list people")?.people().await
    }

    /// The groups of the account.
    async fn groups(&self) -> Result<Vec<Group>> {
        behind(self.inner(), "list groups")?.groups().await
    }

    /// Who is in a group; `None` where this identity is not shown that. A provider that lists members
    /// with the groups need not answer.
    async fn members(&self, group: &GroupId) -> Result<Option<Vec<PersonId>>> {
        match self.inner() {
            Some(inner) => inner.members(group).await,
            None => Ok(None),
        }
    }

    /// The vaults that this identity can see; one request whatever their number. What the list is worth it says
    /// itself: that of a single service is whole and of now, and made of its rows alone.
    async fn vaults(&self) -> Result<VaultList> {
        behind(self.inner(), "list vaults")?.vaults().await
    }

    /// One vault with its description.
    async fn vault(&self, id: &VaultId) -> Result<Vault> {
        behind(self.inner(), "describe a vault")?.vault(id).await
    }

    /// Who has direct access to a vault.
    async fn grants(&self, vault: &VaultId) -> Result<Vec<Grant>> {
        behind(self.inner(), "list who has access")?.grants(vault).await
    }

    /// The items of a vault, without fields and files.
    async fn items(&self, vault: &VaultId) -> Result<Vec<Item>> {
        behind(self.inner(), "list items")?.items(vault).await
    }

    /// The items of a vault as [`Provider::items`] lists them, those in the archive among them.
    async fn whole_list(&self, vault: &VaultId) -> Result<Vec<Item>> {
        behind(self.inner(), "list what is in the archive")?.whole_list(vault).await
    }

    /// One item with fields and files. Concealed values are dropped while the answer is parsed.
    async fn item(&self, at: &ItemRef) -> Result<ItemDetail> {
        behind(self.inner(), "read an item")?.item(at).await
    }

    /// Streams a file; returns the number of bytes written, which is the size that was announced.
    async fn download(&self, file: &FileRef, to: Sink<'_>) -> Result<u64> {
        behind(self.inner(), "fetch files")?.download(file, to).await
    }

    /// Makes an item that holds one file, streamed from `bytes`.
    async fn upload(&self, to: &NewDocument, bytes: Source<'_>) -> Result<ItemRef> {
        behind(self.inner(), "make items")?.upload(to, bytes).await
    }

    /// Carries out a change, once.
    async fn apply(&self, call: &Call) -> Result<Receipt> {
        behind(self.inner(), "change anything")?.apply(call).await
    }

    // Who did what: the Events API.

    /// Which feeds of activity the token may read.
    async fn feeds(&self) -> Result<Vec<Feed>> {
        behind(self.inner(), "tell who did what")?.feeds().await
    }

    /// A page of a feed. Asking again with the same cursor asks the same again.
    async fn activity(&self, feed: Feed, from: &From) -> Result<Page> {
        behind(self.inner(), "tell who did what")?.activity(feed, from).await
    }

    // The ration: kept by whoever stands in front of a service that has one.

    /// The windows of the ration as the service reports them; asking costs nothing of it. Empty
    /// where nothing is rationed.
    async fn allowances(&self) -> Result<Vec<Allowance>> {
        match self.inner() {
            Some(inner) => inner.allowances().await,
            None => Ok(Vec::new()),
        }
    }

    /// How the ration stands, without asking; `None` where nothing is rationed.
    fn budget(&self) -> Option<Budget> {
        self.inner()?.budget()
    }

    /// Sets requests aside for changes that belong together, all of them or none: between the two
    /// calls of a narrowing the ration must not run out. Every [`Provider::apply`] uses one up; what is
    /// not used has to be given back with [`Provider::release`].
    ///
    /// # Errors
    /// A fault of [`Kind::RateLimit`] with the time to wait, where not so many are left.
    fn reserve(&self, writes: u32) -> Result<()> {
        self.inner().map_or(Ok(()), |inner| inner.reserve(writes))
    }

    /// Gives reserved requests back that were not sent.
    fn release(&self, writes: u32) {
        if let Some(inner) = self.inner() {
            inner.release(writes);
        }
    }

    /// Whether looking at that vault's items is taken off a ration.
    fn charges(&self, vault: &VaultId) -> bool {
        self.inner().map_or_else(|| self.budget().is_some(), |inner| inner.charges(vault))
    }

    // Several services as one: a single service has no parts, and is no copy of anything.

    /// The services it is put together of, as they stand; empty for a single one.
    fn parts(&self) -> Vec<Part> {
        self.inner().map_or_else(Vec::new, Provider::parts)
    }

    /// Whether it reads that vault: a Connect token names the vaults it covers, for ever.
    fn covers(&self, vault: &VaultId) -> bool {
        self.inner().is_none_or(|inner| inner.covers(vault))
    }

    /// The items of a vault as [`Provider::items`] lists them, by the account itself and by no copy.
    async fn account_items(&self, vault: &VaultId) -> Result<Vec<Item>> {
        self.items(vault).await
    }

    /// Another program may have read since this one did: by what was told here before, nobody is to judge how far
    /// a copy has come.
    fn doubt(&self) {
        if let Some(inner) = self.inner() {
            inner.doubt();
        }
    }

    /// Of these vaults every list is to tell, and of others less often. Where they are not those of before, the
    /// next list is a whole one.
    fn mind(&self, vaults: HashSet<VaultId>) {
        if let Some(inner) = self.inner() {
            inner.mind(vaults);
        }
    }

    /// So much time is to lie between two lists that are taken off a ration.
    fn pace(&self, every: Duration) {
        if let Some(inner) = self.inner() {
            inner.pace(every);
        }
    }
}

/// Whom a call is passed on to; nobody, where the provider cannot do it at all.
fn behind<'a>(inner: Option<&'a dyn Provider>, what: &str) -> Result<&'a dyn Provider> {
    inner.ok_or_else(|| Fault::unsupported(what))
}

/// The fault for an answer that is about something else than what was asked (I12).
fn crossed(what: &str) -> Fault {
    Fault::new(Kind::Broken, format!("the service answered with another {what} than was asked for"))
        .hint("nothing of it was used; try again")
}

/// The fault for JSON that is none, or not what was asked for. The parser's own words may quote the value that it
/// stumbled over; place and kind are enough.
fn nonsense(error: &serde_json::Error) -> Fault {
    let (line, column, class) = (error.line(), error.column(), error.classify());
    Fault::new(Kind::Broken, format!("the answer makes no sense at {line}:{column} ({class:?})"))
}
