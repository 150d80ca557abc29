//! `/sandbox/v1/tokens…`: tokens of Connect and of the Events API, as administrators make them with the CLI or
//! on the web, and take them back. Neither service lets itself be asked for that.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::front::{Bearer, Front, body};
use super::refusal::Result;
use super::routes;
use super::wire::seconds;
use super::world::{Listed, Made, Scope};
use crate::domain::secret::Expose as _;

/// Makes a Connect token: `{"name":…,"vaults":[{"id":…,"rights":"r"|"w"|"rw"}],"expires_in_s":…}`.
pub(super) async fn connect(
    State(front): State<Front>,
    bearer: Bearer,
    bytes: Bytes,
) -> Result<(StatusCode, Json<Value>)> {
    let made = front.write(&routes::CONNECT_NEW, bearer, move |turn, caller| {
        turn.administrator_only(caller, "make Connect tokens")?;
        turn.issue_connect(caller, &body(&bytes)?).map(told)
    });
    made.await.map(|answer| (StatusCode::CREATED, Json(answer)))
}

/// Makes a token of the Events API: `{"name":…,"features":[…],"expires_in_s":…,"audience":…}`.
pub(super) async fn events(
    State(front): State<Front>,
    bearer: Bearer,
    bytes: Bytes,
) -> Result<(StatusCode, Json<Value>)> {
    let made = front.write(&routes::EVENTS_NEW, bearer, move |turn, caller| {
        turn.administrator_only(caller, "make tokens of the Events API")?;
        turn.issue_events(caller, &body(&bytes)?).map(told)
    });
    made.await.map(|answer| (StatusCode::CREATED, Json(answer)))
}

/// All of them, without the tokens themselves.
pub(super) async fn list(State(front): State<Front>, bearer: Bearer) -> Result<Json<Vec<Value>>> {
    let all = front
        .read(&routes::TOKENS, bearer, |turn, caller| Ok(turn.issued(caller)?.iter().map(shown).collect()));
    all.await.map(Json)
}

/// Takes one back by its id.
pub(super) async fn revoke(
    State(front): State<Front>,
    bearer: Bearer,
    Path(token): Path<String>,
) -> Result<StatusCode> {
    let gone = front.write(&routes::TOKEN_DEL, bearer, move |turn, caller| turn.revoke_issue(caller, &token));
    gone.await.map(|()| StatusCode::NO_CONTENT)
}

/// With the token, which is told this once.
fn told(made: Made) -> Value {
    let mut answer = shown(&Listed { principal: made.principal, scope: made.scope });
    answer["token"] = Value::from(made.token.expose_secret());
    answer
}

fn shown(listed: &Listed) -> Value {
    let issue = listed.scope.issue();
    let mut answer = json!({
        "principal": listed.principal,
        "id": issue.map(|issue| &issue.id),
        "name": issue.map(|issue| &issue.name),
        "issued_at": issue.map(|issue| seconds(issue.issued)),
        "expires_at": issue.and_then(|issue| issue.expires).map(seconds),
        "revoked": issue.is_some_and(|issue| issue.revoked),
    });
    match &listed.scope {
        Scope::Account => {}
        Scope::Connect { vaults, .. } => {
            let of = |opened: &super::world::Opened| json!({ "id": opened.vault, "acl": opened.rights.0 });
            answer["vaults"] = vaults.iter().map(of).collect();
        }
        Scope::Events { features, .. } => answer["features"] = json!(features),
    }
    answer
}
