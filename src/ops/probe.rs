//! Trying whether vaults may be made: the one change that belongs to no class yet, and so stands in
//! no log. What it makes carries no mark, holds nothing, and is deleted again.

use super::make::new_nonce;
use crate::domain::directory::{NewVault, Vault};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::id::VaultId;
use crate::domain::operation::{Call, Receipt};
use crate::provider::Provider;

const DESCRIPTION: &str = "Strongroom tried whether vaults may be made. It is empty and can be deleted";

/// Makes an empty vault and deletes it again: a write, then a read and a write. To be run to its end.
///
/// # Errors
/// Why no vault may be made; or, with the vault's name and id, why the new one could not be deleted.
pub async fn probe(provider: &dyn Provider, class: &str) -> Result<()> {
    let name = format!("{class}-probe-{}", new_nonce()?);
    let vault = NewVault {
        name: name.clone(),
        description: DESCRIPTION.to_owned(),
        icon: None,
        admins_can_manage: None,
    };
    let made = match provider.apply(&Call::CreateVault(vault)).await {
        Ok(Receipt::Vault(vault)) => vault.id,
        Ok(_) => return Err(left(&name, None, &Fault::new(Kind::Unknown, "the answer named no vault"))),
        Err(fault) if fault.kind == Kind::Unknown => found(provider, &name, fault).await?,
        Err(fault) => return Err(fault.during("making a vault to try it")),
    };
    match provider.apply(&Call::DeleteVault(made.clone())).await {
        Ok(_) => Ok(()),
        Err(fault) => Err(left(&name, Some(&made), &fault)),
    }
}

/// Looks for the vault whose making was not answered.
async fn found(provider: &dyn Provider, name: &str, fault: Fault) -> Result<VaultId> {
    let is_it = |vault: &Vault| vault.name.as_str() == name;
    let vaults = provider.vaults().await.map_err(|_| left(name, None, &fault))?;
    vaults.into_iter().find(is_it).map(|vault| vault.id).ok_or(fault)
}

fn left(name: &str, made: Option<&VaultId>, fault: &Fault) -> Fault {
    let id = made.map(|id| format!(" ({id})")).unwrap_or_default();
    Fault::new(fault.kind, format!("the empty vault {name}{id} may be left behind: {}", fault.message))
        .hint("delete it in 1Password")
}
