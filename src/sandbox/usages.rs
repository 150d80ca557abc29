//! `POST /sandbox/v1/usages`: what somebody does with an item in an app without changing it, such as showing a
//! value. Apps tell 1Password of that by themselves; no other request stands for it.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use super::front::{Bearer, Front, body};
use super::refusal::Result;
use super::routes;
use crate::domain::id::{ItemId, VaultId};

/// What is done, in the words of the item usages.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Done {
    vault: VaultId,
    item: ItemId,
    action: String,
}

/// `{"vault":…,"item":…,"action":"reveal"}`.
pub(super) async fn tell(State(front): State<Front>, bearer: Bearer, bytes: Bytes) -> Result<StatusCode> {
    let told = front.write(&routes::USED, bearer, move |turn, caller| {
        let done: Done = body(&bytes)?;
        turn.use_in_app(caller, &done.vault, &done.item, &done.action)
    });
    told.await.map(|()| StatusCode::NO_CONTENT)
}
