//! What a refused or granted change tells of who made a vault.

use super::Ops;
use crate::domain::fault::{Fault, Kind};
use crate::domain::frame::{FOREIGN_MEND, Frame};
use crate::domain::id::VaultId;
use crate::queries::blocking;

impl Ops {
    /// Notes that the service account did not make a vault, where the service refused it a change of
    /// access for want of the right and nothing tells that it did: it has every right on a vault of its
    /// own. Returns the fault with the mend.
    pub(super) async fn learn_from_refusal(&self, frame: &Frame, vault: &VaultId, fault: Fault) -> Fault {
        if !frame.identity.is_service_account
            || fault.kind != Kind::Denied
            || self.is_ours(frame, vault).await
        {
            return fault;
        }
        let (store, now) = (self.queries.store.clone(), self.queries.clock.now());
        let (vault, who) = (vault.clone(), frame.identity.id.clone());
        // Where it cannot be kept the next refusal tells it again.
        let _kept = blocking(move || store.mark_foreign(&vault, &who, now)).await;
        fault.hint(FOREIGN_MEND)
    }

    /// Whether this service account has changed a vault's access before, or made it, as the log tells.
    /// Then a refusal has another reason, and may pass. The ledger of levels does not say who acted.
    async fn is_ours(&self, frame: &Frame, vault: &VaultId) -> bool {
        let (audit, vault, who) = (self.audit.clone(), vault.clone(), frame.identity.id.clone());
        // A log that cannot be read tells nothing, and then no vault is marked either.
        blocking(move || audit.has_changed(vault.as_str(), who.as_str())).await.unwrap_or(true)
    }
}
