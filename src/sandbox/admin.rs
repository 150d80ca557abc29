//! `/sandbox/v1/…`: what 1Password lets one do through its CLI and apps, as JSON over HTTP.
//!
//! People, groups, vaults, access, items, uploads and tokens; and what the sandbox tells of itself: the ration,
//! counts of requests, the ledger. Errors have Connect's form. Who may do what is decided by the world, not
//! here.

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use axum::routing::{MethodRouter, delete, get, patch, post, put};
use serde_json::{Value, json};

mod items;
mod people;
mod service_account;
mod tokens;
mod upload;
mod vaults;
mod visits;

use super::front::{Call, Front};
use super::refusal::{Refusal, Result};
use super::routes;
use super::world::{Allowance, Entry, Role, Step};

type Answer = Result<Json<Value>>;

/// The two ids of a path.
type Pair = (String, String);

/// The routes, by path.
pub(super) fn routes() -> Vec<(&'static str, MethodRouter<Front>)> {
    use vaults::Side::{Group, Person};
    let step = |step| post(move |call, person| people::step(step, call, person));
    let access = |side| {
        put(move |call, at, bytes| vaults::grant(side, call, at, bytes))
            .delete(move |call, at, words| vaults::revoke(side, call, at, words))
    };
    let upload = post(upload::upload).layer(DefaultBodyLimit::disable()); // has a limit of its own
    vec![
        (routes::WHOAMI.path, get(whoami)),
        (routes::PEOPLE.path, get(people::people).post(people::add)),
        (routes::PERSON_DEL.path, delete(people::delete)),
        (routes::ACCEPT.path, step(Step::Accept)),
        (routes::CONFIRM.path, step(Step::Confirm)),
        (routes::SUSPEND.path, step(Step::Suspend)),
        (routes::REACTIVATE.path, step(Step::Reactivate)),
        (routes::GROUPS.path, get(people::groups).post(people::add_group)),
        (routes::JOIN.path, put(people::join).delete(people::leave)),
        (routes::OWN_VAULTS.path, get(vaults::vaults).post(vaults::create)),
        (routes::OWN_VAULT.path, get(vaults::vault).patch(vaults::rename).delete(vaults::delete)),
        (routes::GRANTS.path, get(vaults::grants)),
        (routes::GRANT.path, access(Person)),
        (routes::GRANT_GROUP.path, access(Group)),
        (routes::ALL_ITEMS.path, get(items::items)),
        (routes::ARCHIVE.path, post(items::archive)),
        (routes::USED.path, post(items::used)),
        (routes::UPLOAD.path, upload),
        (routes::VISIT.path, post(visits::open)),
        (routes::SERVICE.path, patch(service_account::decide)),
        (routes::GIVEN.path, put(service_account::give)),
        (routes::TOKENS.path, get(tokens::list)),
        (routes::CONNECT_NEW.path, post(tokens::connect)),
        (routes::EVENTS_NEW.path, post(tokens::events)),
        (routes::TOKEN_DEL.path, delete(tokens::revoke)),
        (routes::RATELIMIT.path, get(ratelimit)),
        (routes::REQUESTS.path, get(requests)),
        (routes::LEDGER.path, get(ledger)),
    ]
}

async fn whoami(call: Call) -> Answer {
    let who = call.read(|turn, caller| {
        let (account, person) = (turn.account()?, turn.person(&caller.id)?);
        Ok(json!({
            "account": { "id": account.id, "name": account.name, "kind": account.kind },
            "principal": {
                "id": person.id, "name": person.name, "email": person.email, "type": person.kind,
                "state": person.state, "administrator": caller.role == Role::Administrator,
            },
            "view": turn.view(caller),
        }))
    });
    who.await.map(Json)
}

async fn ratelimit(call: Call) -> Result<Json<Vec<Allowance>>> {
    let allowances = call.read(|turn, caller| match caller.role {
        Role::Person => Err(Refusal::denied()),
        Role::ServiceAccount | Role::Administrator => turn.allowances(),
    });
    allowances.await.map(Json)
}

async fn requests(State(front): State<Front>, call: Call) -> Answer {
    let counts = call.read(move |_, caller| {
        if caller.role == Role::Person {
            return Err(Refusal::denied());
        }
        let counts = front.counts();
        let total: u64 = counts.values().sum();
        let rows = counts.iter().map(|((who, method, route), count)| {
            json!({ "principal": who, "method": method, "route": route, "count": count })
        });
        Ok(json!({ "requests": rows.collect::<Vec<_>>(), "total": total }))
    });
    counts.await.map(Json)
}

async fn ledger(call: Call) -> Result<Json<Vec<Entry>>> {
    let ledger = call.read(|turn, caller| {
        caller.administrator_only("read the ledger")?;
        turn.ledger()
    });
    ledger.await.map(Json)
}
