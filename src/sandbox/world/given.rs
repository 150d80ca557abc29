//! What a service account gets when it is created and never afterwards: vaults that it did not make,
//! and whether it may make any.
//!
//! 1Password's page "Service account security" calls both immutable; the routes that set them here
//! stand for having created the service account so. Given vaults can be read, and written where that
//! was given; who has access to them is not the service account's to change.

use serde_json::json;

use super::{Caller, Turn};
use crate::domain::access::{Permission, Permissions};
use crate::domain::id::VaultId;
use crate::sandbox::refusal::{Refusal, Result};

const CREATES: &str = "can_create_vaults";

/// What `read_items`, and `write_items` with it, let one do.
pub(super) fn given_rights(writes: bool) -> Permissions {
    let read = Permissions::of(&[Permission::AllowViewing]);
    let write = Permissions::of(&[
        Permission::CreateItems,
        Permission::EditItems,
        Permission::ArchiveItems,
        Permission::DeleteItems,
    ]);
    if writes { read | write } else { read }
}

impl Turn<'_> {
    /// Whether a vault was given to the service account, and if so whether for writing too.
    pub(super) fn given(&self, vault: &VaultId) -> Result<Option<bool>> {
        self.one("SELECT writes FROM given WHERE vault = ?", [vault.as_str()], |row| row.get(0))
    }

    /// Gives the service account a vault that somebody else made, as at its creation.
    pub(crate) fn give_vault(&self, caller: &Caller, vault: &VaultId, writes: bool) -> Result<()> {
        caller.administrator_only("be given vaults")?;
        match self.vault_facts(vault)? {
            Some((kind, _)) if kind == "USER_CREATED" => {}
            Some(_) => return Err(Refusal::bad("a built-in vault cannot be given to a service account")),
            None => return Err(Refusal::missing("vault", vault.as_str())),
        }
        self.change("INSERT OR REPLACE INTO given VALUES (?, ?)", (vault.as_str(), writes))?;
        let facts = json!({ "vault": vault, "writes": writes });
        self.note(caller.by(), "service-account.vault", &facts)
    }

    /// Whether the service account may make vaults; it may unless it was said otherwise.
    pub(crate) fn may_create_vaults(&self) -> Result<bool> {
        let setting = self.one("SELECT value FROM setting WHERE name = ?", [CREATES], |row| row.get(0))?;
        Ok(setting.unwrap_or(true))
    }

    /// Decides whether the service account may make vaults, as at its creation.
    pub(crate) fn let_create_vaults(&self, caller: &Caller, may: bool) -> Result<()> {
        caller.administrator_only("change what it was created with")?;
        if may == self.may_create_vaults()? {
            return Ok(());
        }
        self.change("INSERT OR REPLACE INTO setting VALUES (?, ?)", (CREATES, may))?;
        self.note(caller.by(), "service-account.rights", &json!({ CREATES: may }))
    }
}
