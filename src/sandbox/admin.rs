//! `/sandbox/v1/…`: what 1Password lets one do through its CLI and apps, as JSON over HTTP.
//!
//! People, groups, vaults, access, uploads, tokens, the ration, counts of requests, and the ledger. Errors
//! have Connect's form. Who may do what is decided by the world, not here.

use std::collections::HashMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{MethodRouter, get, patch, post, put};
use serde::Deserialize;
use serde_json::{Value, json};

use super::connect::ids;
use super::faults::desk;
use super::front::{Bearer, Front, body, parse};
use super::refusal::{Refusal, Result};
use super::routes::{self, Route};
use super::upload::upload;
use super::wire::{GroupWire, ItemWire, PersonWire, VaultWire};
use super::world::{Allowance, Entry, Role, Step, View};
use super::{tokens, usages, visits};
use crate::domain::access::{Permissions, Principal};
use crate::domain::id::{GroupId, PersonId, VaultId};
use crate::domain::secret::Expose as _;

type Words = Query<HashMap<String, String>>;
type Answer = Result<Json<Value>>;

/// The routes, by path.
pub(super) fn routes() -> Vec<(&'static str, MethodRouter<Front>)> {
    let upload = post(upload).layer(DefaultBodyLimit::disable()); // has a limit of its own
    vec![
        (routes::WHOAMI.path, get(whoami)),
        (routes::PEOPLE.path, get(people).post(add_person)),
        (routes::PERSON_DEL.path, axum::routing::delete(delete_person)),
        (routes::ACCEPT.path, post(|f, b, p| step(&routes::ACCEPT, Step::Accept, f, b, p))),
        (routes::CONFIRM.path, post(|f, b, p| step(&routes::CONFIRM, Step::Confirm, f, b, p))),
        (routes::SUSPEND.path, post(|f, b, p| step(&routes::SUSPEND, Step::Suspend, f, b, p))),
        (routes::REACTIVATE.path, post(|f, b, p| step(&routes::REACTIVATE, Step::Reactivate, f, b, p))),
        (routes::GROUPS.path, get(groups).post(add_group)),
        (routes::JOIN.path, put(join).delete(leave)),
        (routes::OWN_VAULTS.path, get(vaults).post(create_vault)),
        (routes::OWN_VAULT.path, get(vault).patch(rename_vault).delete(delete_vault)),
        (routes::ALL_ITEMS.path, get(items)),
        (routes::ARCHIVE.path, post(archive)),
        (routes::GRANTS.path, get(grants)),
        (
            routes::GRANT.path,
            put(|f, b, p, w| grant(&routes::GRANT, f, b, p, w))
                .delete(|f, b, p, w| revoke(&routes::REVOKE, f, b, p, w)),
        ),
        (
            routes::GRANT_GROUP.path,
            put(|f, b, p, w| grant(&routes::GRANT_GROUP, f, b, p, w))
                .delete(|f, b, p, w| revoke(&routes::REVOKE_GROUP, f, b, p, w)),
        ),
        (routes::UPLOAD.path, upload),
        (routes::VISIT.path, post(visits::open)),
        (routes::SERVICE.path, patch(visits::decide)),
        (routes::GIVEN.path, put(visits::give)),
        (routes::TOKENS.path, get(tokens::list)),
        (routes::CONNECT_NEW.path, post(tokens::connect)),
        (routes::EVENTS_NEW.path, post(tokens::events)),
        (routes::TOKEN_DEL.path, axum::routing::delete(tokens::revoke)),
        (routes::USED.path, post(usages::tell)),
        (routes::RATELIMIT.path, get(ratelimit)),
        (routes::REQUESTS.path, get(requests)),
        (routes::LEDGER.path, get(ledger)),
        (routes::FAULTS.path, get(desk::show).put(desk::set).delete(desk::end)),
    ]
}

async fn whoami(State(front): State<Front>, bearer: Bearer) -> Answer {
    let view = front.world.rules().view;
    let who = front.read(&routes::WHOAMI, bearer, move |turn, caller| {
        let (account, person) = (turn.account()?, turn.person(&caller.id)?);
        let view = if caller.is_service_account() { view } else { View::Person };
        Ok(json!({
            "account": { "id": account.id, "name": account.name, "kind": account.kind },
            "principal": {
                "id": person.id, "name": person.name, "email": person.email, "type": person.kind,
                "state": person.state, "administrator": caller.role == Role::Administrator,
            },
            "view": view,
        }))
    });
    who.await.map(Json)
}

async fn people(State(front): State<Front>, bearer: Bearer) -> Result<Json<Vec<PersonWire>>> {
    let people = front.read(&routes::PEOPLE, bearer, |turn, caller| {
        Ok(turn.people(caller)?.into_iter().map(PersonWire::new).collect())
    });
    people.await.map(Json)
}

async fn add_person(
    State(front): State<Front>,
    bearer: Bearer,
    bytes: Bytes,
) -> Result<(StatusCode, Json<Value>)> {
    let added = front.write(&routes::PERSON_NEW, bearer, move |turn, caller| {
        turn.administrator_only(caller, "add people")?;
        let (person, token) = turn.add_person(caller, &body(&bytes)?)?;
        Ok(json!({ "person": PersonWire::new(person), "token": token.expose_secret() }))
    });
    added.await.map(|answer| (StatusCode::CREATED, Json(answer)))
}

async fn delete_person(
    State(front): State<Front>,
    bearer: Bearer,
    Path(person): Path<String>,
) -> Result<StatusCode> {
    let gone = front.write(&routes::PERSON_DEL, bearer, move |turn, caller| {
        turn.delete_person(caller, &parse("User", &person)?)
    });
    gone.await.map(|()| StatusCode::NO_CONTENT)
}

async fn step(
    route: &'static Route,
    step: Step,
    State(front): State<Front>,
    bearer: Bearer,
    Path(person): Path<String>,
) -> Result<Json<PersonWire>> {
    let moved = front.write(route, bearer, move |turn, caller| {
        turn.step(caller, &parse("User", &person)?, step).map(PersonWire::new)
    });
    moved.await.map(Json)
}

async fn groups(State(front): State<Front>, bearer: Bearer) -> Result<Json<Vec<GroupWire>>> {
    let groups = front.read(&routes::GROUPS, bearer, |turn, caller| {
        Ok(turn.groups(caller)?.into_iter().map(GroupWire::new).collect())
    });
    groups.await.map(Json)
}

#[derive(Deserialize)]
struct NewGroup {
    name: String,
}

async fn add_group(
    State(front): State<Front>,
    bearer: Bearer,
    bytes: Bytes,
) -> Result<(StatusCode, Json<GroupWire>)> {
    let added = front.write(&routes::GROUP_NEW, bearer, move |turn, caller| {
        turn.administrator_only(caller, "manage groups")?;
        let new: NewGroup = body(&bytes)?;
        turn.add_group(caller, &new.name).map(GroupWire::new)
    });
    added.await.map(|group| (StatusCode::CREATED, Json(group)))
}

type Pair = (String, String);

fn membership(at: &Pair) -> Result<(GroupId, PersonId)> {
    Ok((parse("Group", &at.0)?, parse("User", &at.1)?))
}

async fn join(State(front): State<Front>, bearer: Bearer, Path(at): Path<Pair>) -> Result<StatusCode> {
    let joined = front.write(&routes::JOIN, bearer, move |turn, caller| {
        let (group, person) = membership(&at)?;
        turn.join(caller, &group, &person)
    });
    joined.await.map(|()| StatusCode::NO_CONTENT)
}

async fn leave(State(front): State<Front>, bearer: Bearer, Path(at): Path<Pair>) -> Result<StatusCode> {
    let left = front.write(&routes::LEAVE, bearer, move |turn, caller| {
        let (group, person) = membership(&at)?;
        turn.leave(caller, &group, &person)
    });
    left.await.map(|()| StatusCode::NO_CONTENT)
}

async fn vaults(State(front): State<Front>, bearer: Bearer) -> Result<Json<Vec<VaultWire>>> {
    let vaults = front.read(&routes::OWN_VAULTS, bearer, |turn, caller| {
        Ok(turn.vaults(caller)?.into_iter().map(VaultWire::own).collect())
    });
    vaults.await.map(Json)
}

async fn vault(
    State(front): State<Front>,
    bearer: Bearer,
    Path(vault): Path<String>,
) -> Result<Json<VaultWire>> {
    let vault = front.read(&routes::OWN_VAULT, bearer, move |turn, caller| {
        let vault: VaultId = parse("Vault", &vault)?;
        turn.vault(caller, &vault).map(VaultWire::own)
    });
    vault.await.map(Json)
}

async fn create_vault(
    State(front): State<Front>,
    bearer: Bearer,
    bytes: Bytes,
) -> Result<(StatusCode, Json<VaultWire>)> {
    let made = front.write(&routes::VAULT_NEW, bearer, move |turn, caller| {
        turn.create_vault(caller, &body(&bytes)?).map(VaultWire::own)
    });
    made.await.map(|vault| (StatusCode::CREATED, Json(vault)))
}

/// What may be changed of a vault.
#[derive(Deserialize)]
struct Renamed {
    name: String,
}

async fn rename_vault(
    State(front): State<Front>,
    bearer: Bearer,
    Path(vault): Path<String>,
    bytes: Bytes,
) -> Result<Json<VaultWire>> {
    let renamed = front.write(&routes::VAULT_EDIT, bearer, move |turn, caller| {
        let Renamed { name } = body(&bytes)?;
        turn.rename_vault(caller, &parse("Vault", &vault)?, &name).map(VaultWire::own)
    });
    renamed.await.map(Json)
}

async fn delete_vault(
    State(front): State<Front>,
    bearer: Bearer,
    Path(vault): Path<String>,
) -> Result<StatusCode> {
    let gone = front.write(&routes::VAULT_DELETE, bearer, move |turn, caller| {
        turn.delete_vault(caller, &parse("Vault", &vault)?)
    });
    gone.await.map(|()| StatusCode::NO_CONTENT)
}

/// As `op item list`, with `?archived=true` as `op item list --include-archive`.
async fn items(
    State(front): State<Front>,
    bearer: Bearer,
    Path(vault): Path<String>,
    words: Words,
) -> Result<Json<Vec<ItemWire>>> {
    let items = front.read(&routes::ALL_ITEMS, bearer, move |turn, caller| {
        let vault: VaultId = parse("Vault", &vault)?;
        let archived = words.get("archived").is_some_and(|word| word == "true");
        let more = words.get("additional").is_some_and(|word| word == "true");
        let listed = |row| {
            let additional = if more { turn.additional(caller, &row)? } else { None };
            Ok(ItemWire::listed(row, additional))
        };
        turn.items(caller, &vault, archived)?.into_iter().map(listed).collect()
    });
    items.await.map(Json)
}

async fn archive(State(front): State<Front>, bearer: Bearer, Path(at): Path<Pair>) -> Result<Json<ItemWire>> {
    let archived = front.write(&routes::ARCHIVE, bearer, move |turn, caller| {
        let (vault, item) = ids(&at)?;
        turn.archive_item(caller, &vault, &item).map(ItemWire::full)
    });
    archived.await.map(Json)
}

async fn grants(State(front): State<Front>, bearer: Bearer, Path(vault): Path<String>) -> Answer {
    let grants = front.read(&routes::GRANTS, bearer, move |turn, caller| {
        let grants = turn.grants(caller, &parse("Vault", &vault)?)?;
        let people = grants.people.into_iter().map(|(row, set)| PersonWire::granted(row, set));
        let groups =
            grants.groups.into_iter().map(|(id, name, set)| GroupWire::granted(id.into(), name, set));
        Ok(json!({ "people": people.collect::<Vec<_>>(), "groups": groups.collect::<Vec<_>>() }))
    });
    grants.await.map(Json)
}

/// The vault and the principal of a path.
fn holder(route: &Route, at: &Pair) -> Result<(VaultId, Principal)> {
    let vault = parse("Vault", &at.0)?;
    let who = if route.path == routes::GRANT_GROUP.path {
        Principal::Group(parse("Group", &at.1)?)
    } else {
        Principal::Person(parse("User", &at.1)?)
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

async fn grant(
    route: &'static Route,
    State(front): State<Front>,
    bearer: Bearer,
    Path(at): Path<Pair>,
    bytes: Bytes,
) -> Answer {
    let granted = front.write(route, bearer, move |turn, caller| {
        let (vault, who) = holder(route, &at)?;
        turn.reach(caller, &vault)?;
        let wanted: Named = body(&bytes)?;
        let set = turn.grant(caller, &vault, &who, named(wanted.permissions.iter().map(String::as_str))?)?;
        Ok(outcome(&vault, &who, set))
    });
    granted.await.map(Json)
}

async fn revoke(
    route: &'static Route,
    State(front): State<Front>,
    bearer: Bearer,
    Path(at): Path<Pair>,
    words: Words,
) -> Answer {
    let revoked = front.write(route, bearer, move |turn, caller| {
        let (vault, who) = holder(route, &at)?;
        turn.reach(caller, &vault)?;
        let part = words.get("permissions").map(|names| named(names.split(','))).transpose()?;
        let set = turn.revoke(caller, &vault, &who, part)?;
        Ok(outcome(&vault, &who, set))
    });
    revoked.await.map(Json)
}

async fn ratelimit(State(front): State<Front>, bearer: Bearer) -> Result<Json<Vec<Allowance>>> {
    let allowances = front.read(&routes::RATELIMIT, bearer, |turn, caller| {
        if caller.role == Role::Person { Err(Refusal::denied()) } else { turn.allowances() }
    });
    allowances.await.map(Json)
}

async fn requests(State(front): State<Front>, bearer: Bearer) -> Answer {
    let counts = front.counts();
    let counts = front.read(&routes::REQUESTS, bearer, move |_, caller| {
        if caller.role == Role::Person {
            return Err(Refusal::denied());
        }
        let total: u64 = counts.values().sum();
        let rows: Vec<Value> = counts
            .iter()
            .map(|((who, method, route), count)| {
                json!({ "principal": who, "method": method, "route": route, "count": count })
            })
            .collect();
        Ok(json!({ "requests": rows, "total": total }))
    });
    counts.await.map(Json)
}

async fn ledger(State(front): State<Front>, bearer: Bearer) -> Result<Json<Vec<Entry>>> {
    let ledger = front.read(&routes::LEDGER, bearer, |turn, caller| {
        turn.administrator_only(caller, "read the ledger")?;
        turn.ledger()
    });
    ledger.await.map(Json)
}
