//! How a vault service is reached. Each provider translates its wire format at its own edge, and
//! everything that comes out is typed, checked against what was asked, and safe to show.
//!
//! A provider decides nothing: it knows no class, no roster and no rule of access. It never sends a
//! [`Call`] again that may have happened (a conflict of two writers says that nothing did); a reply
//! that got lost is a fault of [`Kind::Unknown`], and the caller looks before it tries again.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::domain::budget::{Allowance, Budget};
use crate::domain::directory::{
    FileRef, Grant, Group, Identity, Item, ItemDetail, ItemRef, NewDocument, Person, Vault,
};
use crate::domain::events::{Feed, From, Page};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::id::{GroupId, PersonId, VaultId};
use crate::domain::operation::{Call, Capabilities, Receipt};
use crate::domain::parts::{Gap, Part};
pub use crate::process::{Sink, Source};

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

/// A shared provider.
pub type Shared = Arc<dyn Provider>;

/// A vault service. Every method says by default that the provider cannot do it, so a provider writes only what
/// it can do; one that stands in front of another writes only what it does otherwise, and passes the rest on.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Whom everything is passed on to that is not written here. Whoever prices or chooses names nobody: what
    /// it does not know must not slip through.
    fn inner(&self) -> Option<&dyn Provider> {
        None
    }

    /// What it can do.
    fn capabilities(&self) -> Capabilities {
        self.inner().map_or_else(Capabilities::default, Provider::capabilities)
    }

    /// Whose token is in use.
    async fn identity(&self) -> Result<Identity> {
        match self.inner() {
            Some(inner) => inner.identity().await,
            None => Err(Fault::unsupported("tell whose token it uses")),
        }
    }

    /// The people of the account.
    async fn people(&self) -> Result<Vec<Person>> {
        match self.inner() {
            Some(inner) => inner.people().await,
            None => Err(Fault::unsupported("list people")),
        }
    }

    /// The groups of the account.
    async fn groups(&self) -> Result<Vec<Group>> {
        match self.inner() {
            Some(inner) => inner.groups().await,
            None => Err(Fault::unsupported("list groups")),
        }
    }

    /// Who is in a group; `None` where this identity is not shown that. A provider that lists members
    /// with the groups need not answer.
    async fn members(&self, group: &GroupId) -> Result<Option<Vec<PersonId>>> {
        match self.inner() {
            Some(inner) => inner.members(group).await,
            None => Ok(None),
        }
    }

    /// The vaults that this identity can see; one request whatever their number.
    async fn vaults(&self) -> Result<Vec<Vault>> {
        match self.inner() {
            Some(inner) => inner.vaults().await,
            None => Err(Fault::unsupported("list vaults")),
        }
    }

    /// One vault with its description.
    async fn vault(&self, id: &VaultId) -> Result<Vault> {
        match self.inner() {
            Some(inner) => inner.vault(id).await,
            None => Err(Fault::unsupported("describe a vault")),
        }
    }

    /// Who has direct access to a vault.
    async fn grants(&self, vault: &VaultId) -> Result<Vec<Grant>> {
        match self.inner() {
            Some(inner) => inner.grants(vault).await,
            None => Err(Fault::unsupported("list who has access")),
        }
    }

    /// The items of a vault, without fields and files.
    async fn items(&self, vault: &VaultId) -> Result<Vec<Item>> {
        match self.inner() {
            Some(inner) => inner.items(vault).await,
            None => Err(Fault::unsupported("list items")),
        }
    }

    /// The items of a vault as [`Provider::items`] lists them, by the account itself and by no copy.
    async fn account_items(&self, vault: &VaultId) -> Result<Vec<Item>> {
        self.items(vault).await
    }

    /// The items of a vault as [`Provider::items`] lists them, those in the archive among them.
    async fn whole_list(&self, vault: &VaultId) -> Result<Vec<Item>> {
        match self.inner() {
            Some(inner) => inner.whole_list(vault).await,
            None => Err(Fault::unsupported("list what is in the archive")),
        }
    }

    /// One item with fields and files. Concealed values are dropped while the answer is parsed.
    async fn item(&self, at: &ItemRef) -> Result<ItemDetail> {
        match self.inner() {
            Some(inner) => inner.item(at).await,
            None => Err(Fault::unsupported("read an item")),
        }
    }

    /// Streams a file; returns the number of bytes written, which is the size that was announced.
    async fn download(&self, file: &FileRef, to: Sink<'_>) -> Result<u64> {
        match self.inner() {
            Some(inner) => inner.download(file, to).await,
            None => Err(Fault::unsupported("fetch files")),
        }
    }

    /// Makes an item that holds one file, streamed from `bytes`.
    async fn upload(&self, to: &NewDocument, bytes: Source<'_>) -> Result<ItemRef> {
        match self.inner() {
            Some(inner) => inner.upload(to, bytes).await,
            None => Err(Fault::unsupported("make items")),
        }
    }

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

    /// Which feeds of activity the token may read.
    async fn feeds(&self) -> Result<Vec<Feed>> {
        match self.inner() {
            Some(inner) => inner.feeds().await,
            None => Err(Fault::unsupported("tell who did what")),
        }
    }

    /// A page of a feed. Asking again with the same cursor asks the same again.
    async fn activity(&self, feed: Feed, from: &From) -> Result<Page> {
        match self.inner() {
            Some(inner) => inner.activity(feed, from).await,
            None => Err(Fault::unsupported("tell who did what")),
        }
    }

    /// Whether it reads that vault: a Connect token names the vaults it covers, for ever.
    fn covers(&self, vault: &VaultId) -> bool {
        self.inner().is_none_or(|inner| inner.covers(vault))
    }

    /// Whether looking at that vault's items is taken off a ration.
    fn charges(&self, vault: &VaultId) -> bool {
        self.inner().map_or_else(|| self.budget().is_some(), |inner| inner.charges(vault))
    }

    /// The services it is put together of, as they stand; empty for a single one.
    fn parts(&self) -> Vec<Part> {
        self.inner().map_or_else(Vec::new, Provider::parts)
    }

    /// Whether the last list of vaults was whole. Of vaults that it leaves out nothing is known by it.
    fn gap(&self) -> Gap {
        Gap::None
    }

    /// As of when the last list told of a vault, where that came at `now`: a copy may be behind, and proves nothing
    /// but what the account has shown in a list of its own. `None` where the account has shown something newer, or
    /// that cannot be told.
    fn as_of(&self, _vault: &VaultId, now: Timestamp) -> Option<Timestamp> {
        Some(now)
    }

    /// Another program may have read since this one did: by what was told here before, nobody is to judge how far
    /// a copy has come.
    fn doubt(&self) {}

    /// Of these vaults every list is to tell, and of others less often. Where they are not those of before, the
    /// next list is a whole one.
    fn mind(&self, _vaults: HashSet<VaultId>) {}

    /// So much time is to lie between two lists that are taken off a ration.
    fn pace(&self, _every: Duration) {}

    /// Carries out a change, once.
    async fn apply(&self, call: &Call) -> Result<Receipt> {
        match self.inner() {
            Some(inner) => inner.apply(call).await,
            None => Err(Fault::unsupported("change anything")),
        }
    }
}

/// The fault for JSON that is none, or not what was asked for. The parser's own words may quote the value that it
/// stumbled over; place and kind are enough.
fn nonsense(error: &serde_json::Error) -> Fault {
    let (line, column, class) = (error.line(), error.column(), error.classify());
    Fault::new(Kind::Broken, format!("the answer makes no sense at {line}:{column} ({class:?})"))
}

/// The fault for an answer that is about something else than what was asked (I12).
fn crossed(what: &str) -> Fault {
    Fault::new(Kind::Broken, format!("the service answered with another {what} than was asked for"))
        .hint("nothing of it was used; try again")
}
