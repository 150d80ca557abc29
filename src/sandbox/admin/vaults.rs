//! Vaults and who has access to them, as `op vault …` treats them.

use axum::Json;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, Pair};
use crate::domain::access::{Permissions, Principal};
use crate::domain::id::VaultId;
use crate::sandbox::front::{Call, Words, body, parse};
use crate::sandbox::refusal::{Refusal, Result};
use crate::sandbox::wire::{GroupWire, PersonWire, VaultWire};

pub(super) async fn vaults(call: Call) -> Result<Json<Vec<VaultWire>>> {
    let vaults = call.read(|turn, caller| Ok(turn.vaults(caller)?.into_iter().map(VaultWire::own).collect()));
    vaults.await.map(Json)
}

pub(super) async fn vault(call: Call, Path(vault): Path<String>) -> Result<Json<VaultWire>> {
    let vault =
        call.read(move |turn, caller| turn.vault(caller, &parse("Vault", &vault)?).map(VaultWire::own));
    vault.await.map(Json)
}

/// `{"name":…,"description":…,"icon":…,"admins_can_manage":…}`.
pub(super) async fn create(call: Call, bytes: Bytes) -> Result<(StatusCode, Json<VaultWire>)> {
    let made = call.write(move |turn, caller| turn.create_vault(caller, &body(&bytes)?).map(VaultWire::own));
    made.await.map(|vault| (StatusCode::CREATED, Json(vault)))
}

/// What may be changed of a vault.
#[derive(Deserialize)]
struct Renamed {
    name: String,
}

/// `{"name":…}`.
pub(super) async fn rename(call: Call, Path(vault): Path<String>, bytes: Bytes) -> Result<Json<VaultWire>> {
    let renamed = call.write(move |turn, caller| {
        let Renamed { name } = body(&bytes)?;
        turn.rename_vault(caller, &parse("Vault", &vault)?, &name).map(VaultWire::own)
    });
    renamed.await.map(Json)
}

pub(super) async fn delete(call: Call, Path(vault): Path<String>) -> Result<StatusCode> {
    let gone = call.write(move |turn, caller| turn.delete_vault(caller, &parse("Vault", &vault)?));
    gone.await.map(|()| StatusCode::NO_CONTENT)
}

pub(super) async fn grants(call: Call, Path(vault): Path<String>) -> Answer {
    let grants = call.read(move |turn, caller| {
        let grants = turn.grants(caller, &parse("Vault", &vault)?)?;
        let people = grants.people.into_iter().map(|(row, set)| PersonWire::granted(row, set));
        let groups =
            grants.groups.into_iter().map(|(id, name, set)| GroupWire::granted(id.into(), name, set));
        Ok(json!({ "people": people.collect::<Vec<_>>(), "groups": groups.collect::<Vec<_>>() }))
    });
    grants.await.map(Json)
}

/// What the second id of a path is of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Side {
    Person,
    Group,
}

/// The vault and the principal of a path.
fn holder(side: Side, at: &Pair) -> Result<(VaultId, Principal)> {
    let vault = parse("Vault", &at.0)?;
    let who = match side {
        Side::Group => Principal::Group(parse("Group", &at.1)?),
        Side::Person => Principal::Person(parse("User", &at.1)?),
    };
    Ok((vault, who))
}

fn outcome(vault: &VaultId, who: &Principal, set: Permissions) -> Value {
    let key = if matches!(who, Principal::Person(_)) { "user_id" } else { "group_id" };
    json!({ "vault_id": vault, key: who.id(), "permissions": set })
}

#[derive(Deserialize)]
struct Named {
    permissions: Vec<String>,
}

fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Permissions> {
    Permissions::parse(names).map_err(|_| Refusal::bad("one of the permissions is not known"))
}

/// `{"permissions":[…]}`: adds them, and tells the resulting set.
pub(super) async fn grant(side: Side, call: Call, Path(at): Path<Pair>, bytes: Bytes) -> Answer {
    let granted = call.write(move |turn, caller| {
        let (vault, who) = holder(side, &at)?;
        turn.reach(caller, &vault)?;
        let wanted: Named = body(&bytes)?;
        let set = turn.grant(caller, &vault, &who, named(wanted.permissions.iter().map(String::as_str))?)?;
        Ok(outcome(&vault, &who, set))
    });
    granted.await.map(Json)
}

/// All, or those of `?permissions=…,…`.
pub(super) async fn revoke(side: Side, call: Call, Path(at): Path<Pair>, words: Words) -> Answer {
    let revoked = call.write(move |turn, caller| {
        let (vault, who) = holder(side, &at)?;
        turn.reach(caller, &vault)?;
        let part = words.get("permissions").map(|names| named(names.split(','))).transpose()?;
        let set = turn.revoke(caller, &vault, &who, part)?;
        Ok(outcome(&vault, &who, set))
    });
    revoked.await.map(Json)
}
