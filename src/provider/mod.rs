//! How a vault service is reached. Each provider translates its wire format at its own edge, and
//! everything that comes out is typed, checked against what was asked, and safe to show.
//!
//! A provider decides nothing: it knows no class, no roster and no rule of access. It never sends a
//! [`Call`] again that may have happened (a conflict of two writers says that nothing did); a reply
//! that got lost is a fault of [`Kind::Unknown`], and the caller looks before it tries again.

use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::budget::{Allowance, Budget};
use crate::domain::directory::{
    FileRef, Grant, Group, Identity, Item, ItemDetail, ItemRef, NewDocument, Person, Vault,
};
use crate::domain::events::{Feed, From, Page};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::id::{GroupId, PersonId, VaultId};
use crate::domain::operation::{Call, Capabilities, Receipt};
use crate::domain::service::Part;
pub use crate::process::{Sink, Source};

pub mod budget;
mod claims;
pub mod connect;
pub mod events;
mod http;
pub mod op;
pub mod sandbox;

/// A shared provider.
pub type Shared = Arc<dyn Provider>;

/// A vault service. Every method says by default that the provider cannot do it, so a provider
/// writes only what it can do.
#[async_trait]
pub trait Provider: Send + Sync {
    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// Whose token is in use.
    async fn identity(&self) -> Result<Identity> {
        Err(Fault::unsupported("tell whose token it uses"))
    }

    /// The people of the account.
    async fn people(&self) -> Result<Vec<Person>> {
        Err(Fault::unsupported("list people"))
    }

    /// The groups of the account.
    async fn groups(&self) -> Result<Vec<Group>> {
        Err(Fault::unsupported("list groups"))
    }

    /// Who is in a group; `None` where this identity is not shown that. A provider that lists members
    /// with the groups need not answer.
    async fn members(&self, _group: &GroupId) -> Result<Option<Vec<PersonId>>> {
        Ok(None)
    }

    /// The vaults that this identity can see; one request whatever their number.
    async fn vaults(&self) -> Result<Vec<Vault>> {
        Err(Fault::unsupported("list vaults"))
    }

    /// One vault with its description.
    async fn vault(&self, _id: &VaultId) -> Result<Vault> {
        Err(Fault::unsupported("describe a vault"))
    }

    /// Who has direct access to a vault.
    async fn grants(&self, _vault: &VaultId) -> Result<Vec<Grant>> {
        Err(Fault::unsupported("list who has access"))
    }

    /// The items of a vault, without fields and files.
    async fn items(&self, _vault: &VaultId) -> Result<Vec<Item>> {
        Err(Fault::unsupported("list items"))
    }

    /// The items of a vault as [`Provider::items`] lists them, those in the archive among them.
    async fn whole_list(&self, _vault: &VaultId) -> Result<Vec<Item>> {
        Err(Fault::unsupported("list what is in the archive"))
    }

    /// One item with fields and files. Concealed values are dropped while the answer is parsed.
    async fn item(&self, _at: &ItemRef) -> Result<ItemDetail> {
        Err(Fault::unsupported("read an item"))
    }

    /// Streams a file; returns the number of bytes written, which is the size that was announced.
    async fn download(&self, _file: &FileRef, _to: Sink<'_>) -> Result<u64> {
        Err(Fault::unsupported("fetch files"))
    }

    /// Makes an item that holds one file, streamed from `bytes`.
    async fn upload(&self, _to: &NewDocument, _bytes: Source<'_>) -> Result<ItemRef> {
        Err(Fault::unsupported("make items"))
    }

    /// The windows of the ration as the service reports them; asking costs nothing of it. Empty
    /// where nothing is rationed.
    async fn allowances(&self) -> Result<Vec<Allowance>> {
        Ok(Vec::new())
    }

    /// How the ration stands, without asking; `None` where nothing is rationed.
    fn budget(&self) -> Option<Budget> {
        None
    }

    /// Sets requests aside for changes that belong together, all of them or none: between the two
    /// calls of a narrowing the ration must not run out. Every [`Provider::apply`] uses one up; what is
    /// not used has to be given back with [`Provider::release`].
    ///
    /// # Errors
    /// A fault of [`Kind::RateLimit`] with the time to wait, where not so many are left.
    fn reserve(&self, _writes: u32) -> Result<()> {
        Ok(())
    }

    /// Gives reserved requests back that were not sent.
    fn release(&self, _writes: u32) {}

    /// Which feeds of activity the token may read.
    async fn feeds(&self) -> Result<Vec<Feed>> {
        Err(Fault::unsupported("tell who did what"))
    }

    /// A page of a feed. Asking again with the same cursor asks the same again.
    async fn activity(&self, _feed: Feed, _from: &From) -> Result<Page> {
        Err(Fault::unsupported("tell who did what"))
    }

    /// Whether it reads that vault: a Connect token names the vaults it covers, for ever.
    fn covers(&self, _vault: &VaultId) -> bool {
        true
    }

    /// Whether looking at that vault's items is taken off a ration.
    fn charges(&self, _vault: &VaultId) -> bool {
        self.budget().is_some()
    }

    /// The services it is put together of, as they stand; empty for a single one.
    fn parts(&self) -> Vec<Part> {
        Vec::new()
    }

    /// Carries out a change, once.
    async fn apply(&self, _call: &Call) -> Result<Receipt> {
        Err(Fault::unsupported("change anything"))
    }
}

/// The fault for an answer that is about something else than what was asked (I12).
fn crossed(what: &str) -> Fault {
    Fault::new(Kind::Broken, format!("the service answered with another {what} than was asked for"))
        .hint("nothing of it was used; try again")
}
