//! What a request at the Connect door turned out to be about, as far as it came: for its answer, and for whoever
//! is told of it.

use std::sync::Arc;

use crate::domain::id::{FileId, ItemId, VaultId};
use crate::sandbox::front::parse;
use crate::sandbox::refusal::Result;
use crate::sandbox::world::{At, Caller, Replica, Use};

/// What a request turned out to be about, as far as it came.
#[derive(Clone, Debug, Default)]
pub(super) struct About {
    pub(super) vault: Option<VaultId>,
    pub(super) item: Option<ItemId>,
    pub(super) version: Option<u64>,
    /// What is done with the item, as far as that is told beside a change.
    pub(super) used: Option<Use>,
    /// The copy it is answered from.
    pub(super) copy: Option<Arc<Replica>>,
}

impl About {
    /// Reads a vault's id.
    pub(super) fn vault(&mut self, text: &str) -> Result<VaultId> {
        let vault: VaultId = parse("Vault", text)?;
        self.vault = Some(vault.clone());
        Ok(vault)
    }

    /// Reads the ids of an item's path.
    pub(super) fn item(&mut self, vault: &str, item: &str) -> Result<(VaultId, ItemId)> {
        let (vault, item) = (self.vault(vault)?, parse::<ItemId>("Item", item)?);
        self.item = Some(item.clone());
        Ok((vault, item))
    }

    /// Tells that the item was read, where that is told.
    pub(super) fn tell(&self, at: At<'_>, caller: &Caller) -> Result<()> {
        match (self.used, &self.vault, &self.item) {
            (Some(used), Some(vault), Some(item)) => at.tell_use(caller, (vault, item), self.version, used),
            _ => Ok(()),
        }
    }

    /// Whether the bytes of a file would have come to the copy by now.
    pub(super) fn has_bytes(&self, file: &FileId) -> bool {
        self.copy.as_ref().is_none_or(|copy| copy.has_bytes(file))
    }
}
