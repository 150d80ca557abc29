//! What the service account was created with, for whoever sets a world up.

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::StatusCode;
use serde::Deserialize;

use crate::domain::id::VaultId;
use crate::sandbox::front::{Call, body, parse};
use crate::sandbox::refusal::Result;

#[derive(Deserialize)]
struct Rights {
    can_create_vaults: bool,
}

/// `{"can_create_vaults":…}`.
pub(super) async fn decide(call: Call, bytes: Bytes) -> Result<StatusCode> {
    let decided = call.write(move |turn, caller| {
        caller.administrator_only("change what it was created with")?;
        let rights: Rights = body(&bytes)?;
        turn.let_create_vaults(caller, rights.can_create_vaults)
    });
    decided.await.map(|()| StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct Giving {
    #[serde(default)]
    write: bool,
}

/// `{"write":…}`: gives it a vault of somebody else.
pub(super) async fn give(call: Call, Path(vault): Path<String>, bytes: Bytes) -> Result<StatusCode> {
    let given = call.write(move |turn, caller| {
        let vault: VaultId = parse("Vault", &vault)?;
        caller.administrator_only("be given vaults")?;
        let giving: Giving = body(&bytes)?;
        turn.give_vault(caller, &vault, giving.write)
    });
    given.await.map(|()| StatusCode::NO_CONTENT)
}
