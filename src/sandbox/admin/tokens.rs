//! `/sandbox/v1/tokens…`: tokens of Connect and of the Events API, as administrators make them with the CLI or
//! on the web, and take them back. Neither service lets itself be asked for that.

use axum::Json;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::domain::secret::{Expose as _, Secret};
use crate::sandbox::front::{Call, body};
use crate::sandbox::refusal::Result;
use crate::sandbox::wire::seconds;
use crate::sandbox::world::{Listed, Opened, Scope};

/// Makes a Connect token: `{"name":…,"vaults":[{"id":…,"rights":"r"|"w"|"rw"}],"expires_in_s":…}`.
pub(super) async fn connect(call: Call, bytes: Bytes) -> Result<(StatusCode, Json<Value>)> {
    let made = call.write(move |turn, caller| {
        caller.administrator_only("make Connect tokens")?;
        turn.issue_connect(caller, &body(&bytes)?).map(told)
    });
    made.await.map(|answer| (StatusCode::CREATED, Json(answer)))
}

/// Makes a token of the Events API: `{"name":…,"features":[…],"expires_in_s":…,"audience":…}`.
pub(super) async fn events(call: Call, bytes: Bytes) -> Result<(StatusCode, Json<Value>)> {
    let made = call.write(move |turn, caller| {
        caller.administrator_only("make tokens of the Events API")?;
        turn.issue_events(caller, &body(&bytes)?).map(told)
    });
    made.await.map(|answer| (StatusCode::CREATED, Json(answer)))
}

/// All of them, without the tokens themselves.
pub(super) async fn list(call: Call) -> Result<Json<Vec<Value>>> {
    let all = call.read(|turn, caller| Ok(turn.issued(caller)?.iter().map(shown).collect()));
    all.await.map(Json)
}

/// Takes one back by its id.
pub(super) async fn revoke(call: Call, Path(token): Path<String>) -> Result<StatusCode> {
    let gone = call.write(move |turn, caller| turn.revoke_issue(caller, &token));
    gone.await.map(|()| StatusCode::NO_CONTENT)
}

/// With the token, which is told this once.
fn told((listed, token): (Listed, Secret)) -> Value {
    let mut answer = shown(&listed);
    answer["token"] = Value::from(token.expose_secret());
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
            let of = |opened: &Opened| json!({ "id": opened.vault, "acl": opened.rights.0 });
            answer["vaults"] = vaults.iter().map(of).collect();
        }
        Scope::Events { features, .. } => answer["features"] = json!(features),
    }
    answer
}
