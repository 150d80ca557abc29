//! The Connect door: `/v1/…`, `/heartbeat`, `/health` and `/metrics` as a Connect server answers them.
//!
//! Paths, statuses and shapes are those of Connect's OpenAPI document 1.7.1 and of what its official clients
//! send: filters in both spellings, slashes at the end, spaces as `+` or `%20`. A Connect token sees its vaults
//! and no other ones: lists leave them out, `/v1/activity` too, an id beyond them is a 403, an unknown one within them a 404, and a
//! token without the right to write is refused with 401. People's and the service account's tokens are taken as
//! well, which the real server does not do; what they may do is decided as at the management routes.
//!
//! What 1Password's own code says of the real one and is imitated for Connect tokens: the answer to `PUT` has
//! the version from before (its Terraform provider expects one more), deleting is for good, and documents
//! cannot be made. What is said of its copy that lags behind, of refusals that pass and of conflicts happens
//! only by a plan of faults (`sync-lag`, `forbidden`, `not-ready`, `conflict`). Decided here, since nothing is
//! recorded: whoever changes through Connect is the Connect server (`lastEditedBy` is the claim `sub`); `PATCH`
//! answers with the new version; a token that may only write is answered without values, and is refused reading
//! in the words for writing; 100 KB are 102,400 bytes.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRef, Path};
use axum::routing::{MethodRouter, get};

mod about;
mod activity;
mod asked;
mod files;
mod filter;
mod items;
mod patch;
mod state;

pub(super) use asked::Lagging;

use super::front::{Front, Words};
use super::refusal::{Refusal, Result};
use super::routes;
use super::wire::VaultWire;
use super::world::{Caller, Turn};
use crate::domain::id::VaultId;
use activity::Log;
use asked::Asked;
use filter::Filter;

/// A Connect server: the world, and what was asked with Connect tokens.
#[derive(Clone)]
pub(super) struct Server {
    front: Front,
    log: Arc<Log>,
}

impl Server {
    pub(super) fn new(front: Front) -> Self {
        Self { front, log: Arc::default() }
    }
}

impl FromRef<Server> for Front {
    fn from_ref(server: &Server) -> Self {
        server.front.clone()
    }
}

/// The ids of an item's path.
type At = (String, String);

/// The routes, by path.
pub(super) fn routes() -> Vec<(&'static str, MethodRouter<Server>)> {
    use items::{change, create, delete, item, items, replace};
    vec![
        (routes::HEARTBEAT.path, get(|| async { "." })),
        (routes::HEALTH.path, get(state::health)),
        (routes::METRICS.path, get(state::metrics)),
        (routes::ACTIVITY.path, get(activity::list)),
        (routes::VAULTS.path, get(vaults)),
        (routes::VAULT.path, get(vault)),
        (routes::ITEMS.path, get(items).post(create)),
        (routes::ITEM.path, get(item).put(replace).patch(change).delete(delete)),
        (routes::FILES.path, get(files::files)),
        (routes::FILE.path, get(files::file)),
        (routes::CONTENT.path, get(files::content)),
    ]
}

fn filter(words: &Words, attributes: &[&str]) -> Result<Option<Filter>> {
    let text = words.get("filter").filter(|text| !text.is_empty());
    text.map(|text| Filter::parse(text)?.on(attributes)).transpose()
}

/// Refuses a vault out of scope, and reading with a token that can only write.
fn readable(turn: &Turn<'_>, caller: &Caller, vault: &VaultId) -> Result<()> {
    turn.reach(caller, vault)?;
    match caller.scope.rights(vault) {
        Some(rights) if !rights.reads() => Err(Refusal::no_right("read")),
        _ => Ok(()),
    }
}

/// Refuses a vault out of scope, and writing with a token that can only read.
fn writable(turn: &Turn<'_>, caller: &Caller, vault: &VaultId) -> Result<()> {
    turn.reach(caller, vault)?;
    match caller.scope.rights(vault) {
        Some(rights) if !rights.writes() => Err(Refusal::no_right("write")),
        _ => Ok(()),
    }
}

async fn vaults(asked: Asked, words: Words) -> Result<Json<Vec<VaultWire>>> {
    let vaults = asked.read(move |turn, caller, _| {
        let filter = filter(&words, &["name", "title"])?;
        let rows = turn.vaults(caller)?.into_iter();
        let rows = rows.filter(|row| filter.as_ref().is_none_or(|filter| filter.takes(&row.name)));
        Ok(rows.map(VaultWire::connect).collect())
    });
    vaults.await.map(Json)
}

async fn vault(asked: Asked, Path(vault): Path<String>) -> Result<Json<VaultWire>> {
    let vault = asked.read(move |turn, caller, about| {
        let vault = about.vault(&vault)?;
        turn.vault(caller, &vault).map(VaultWire::connect)
    });
    vault.await.map(Json)
}
