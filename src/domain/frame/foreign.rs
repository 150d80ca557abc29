//! Vaults that the service account in use did not make: they are shown, and their access is not
//! changed (1Password, "Use service accounts with the CLI": granting and revoking are "only supported
//! for vaults created by the service account").

use super::Frame;
use crate::domain::fault::Fault;
use crate::domain::id::VaultId;

/// What can be done about such a vault.
pub const FOREIGN_MEND: &str = "run this as a person who may manage the vault (--person), or let an administrator do it in 1Password; `strongroom adopt` lets it be tried again";

impl Frame {
    /// Whether the service account in use did not make a vault, as far as that was noticed. A person
    /// may change whatever the own rights allow.
    pub fn is_foreign(&self, vault: &VaultId) -> bool {
        self.identity.is_service_account && self.foreign.contains(vault)
    }

    /// Refuses a change of access that 1Password would refuse as well.
    pub(super) fn permits_change_of(&self, vault: &VaultId) -> Result<(), Fault> {
        if !self.is_foreign(vault) {
            return Ok(());
        }
        let message = format!(
            "the vault {vault} was not made by this service account, which can change access to its own vaults only"
        );
        Err(Fault::refused(message).hint(FOREIGN_MEND))
    }
}
