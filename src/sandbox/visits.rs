//! What only the imitation of the CLI and whoever sets a world up ask for: letting a run of the CLI
//! in, and what the service account was created with.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::front::{Bearer, Front, body, parse};
use super::refusal::{Refusal, Result};
use super::wire::PersonWire;
use super::world::{Cost, Favours};
use super::{op, routes};
use crate::domain::id::VaultId;

/// What a run of the CLI asks for when it comes.
#[derive(Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Visiting {
    /// Its words, such as `vault list`.
    pub(super) command: String,
    /// Requests that read.
    pub(super) reads: u32,
    /// Requests that write.
    pub(super) writes: u32,
    /// One more request that reads for every vault in scope.
    pub(super) each_vault: bool,
    /// How open points are to be answered.
    pub(super) favours: Favours,
}

/// Signs in, charges the whole command, and says who is there.
pub(super) async fn open(State(front): State<Front>, bearer: Bearer, bytes: Bytes) -> Result<Json<Value>> {
    let desk = front.clone();
    let opened = front.call(&routes::VISIT, bearer, move |at, caller| {
        let asked: Visiting = body(&bytes)?;
        let command = op::command(&asked.command).ok_or_else(|| Refusal::bad("there is no such command"))?;
        let each = if asked.each_vault { at.read(|turn| turn.vaults(&caller))?.len() } else { 0 };
        let reads = u64::from(asked.reads) + u64::try_from(each).unwrap_or(u64::MAX);
        let cost = Cost { reads, writes: u64::from(asked.writes) };
        desk.count_command(command, cost, &caller);
        desk.charge(at, &caller, cost)?;
        let visit = desk.open_visit(&caller, asked.favours)?;
        at.read(|turn| {
            let (account, person) = (turn.account()?, turn.person(&caller.id)?);
            Ok(json!({
                "visit": visit,
                "account": { "id": account.id, "name": account.name, "kind": account.kind },
                "principal": PersonWire::new(person),
            }))
        })
    });
    opened.await.map(Json)
}

/// What the service account was created with.
#[derive(Deserialize)]
struct Rights {
    can_create_vaults: bool,
}

/// For administrators: whether the service account may make vaults.
pub(super) async fn decide(State(front): State<Front>, bearer: Bearer, bytes: Bytes) -> Result<StatusCode> {
    let decided = front.write(&routes::SERVICE, bearer, move |turn, caller| {
        turn.administrator_only(caller, "change what it was created with")?;
        let rights: Rights = body(&bytes)?;
        turn.let_create_vaults(caller, rights.can_create_vaults)
    });
    decided.await.map(|()| StatusCode::NO_CONTENT)
}

/// How a vault is given.
#[derive(Deserialize)]
struct Giving {
    #[serde(default)]
    write: bool,
}

/// For administrators: gives the service account a vault of somebody else.
pub(super) async fn give(
    State(front): State<Front>,
    bearer: Bearer,
    Path(vault): Path<String>,
    bytes: Bytes,
) -> Result<StatusCode> {
    let given = front.write(&routes::GIVEN, bearer, move |turn, caller| {
        let vault: VaultId = parse("Vault", &vault)?;
        turn.administrator_only(caller, "be given vaults")?;
        let giving: Giving = body(&bytes)?;
        turn.give_vault(caller, &vault, giving.write)
    });
    given.await.map(|()| StatusCode::NO_CONTENT)
}
