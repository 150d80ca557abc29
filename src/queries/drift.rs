//! Who is on the vaults and should not be, and since when that is seen: from what is stored, or by asking
//! for the list of every vault first.

use std::collections::HashSet;

use super::{Queries, blocking, unread};
use crate::domain::class::StudentKey;
use crate::domain::drift::{Drifts, Presence, drift};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::frame::Frame;
use crate::domain::id::VaultId;
use crate::domain::text::SafeText;

/// So many lists are asked for before they are kept: what was read is kept where the ration ends.
const PORTION: usize = 16;

impl Queries {
    /// Every visible access to these students' vaults that the class file does not ask for; no students is
    /// everybody. `fresh` asks for people and for the list of every vault first, one read each. Where the
    /// ration ends on the way the rest is told as not read.
    ///
    /// # Errors
    /// Where the service cannot be asked at all, or the store fails.
    pub async fn drift(&self, fresh: bool, keys: &[StudentKey]) -> Result<Drifts> {
        let mut failed = Vec::new();
        if fresh {
            let frame = self.frame(true).await?;
            let wanted = |key: &StudentKey| keys.is_empty() || keys.contains(key);
            let vaults = frame.bindings.iter().filter(|(key, _)| wanted(key));
            failed = self.read_lists(vaults.map(|(_, vault)| vault.clone()).collect()).await?;
        }
        let (frame, seen) = self.frame_and_presence().await?;
        let mut drifts = drift(&frame, &seen, keys);
        let told: HashSet<VaultId> = failed.iter().map(|(vault, _)| vault.clone()).collect();
        drifts.unread.retain(|(vault, _)| !told.contains(vault));
        drifts.unread.extend(failed);
        Ok(drifts)
    }

    /// The frame of what is stored, and since when who stands in the lists.
    ///
    /// # Errors
    /// Where the service has not answered once, or the store fails.
    pub async fn frame_and_presence(&self) -> Result<(Frame, Presence)> {
        let queries = self.clone();
        blocking(move || Ok((queries.known_frame()?.ok_or_else(unread)?, queries.store.presence()?))).await
    }

    /// Asks for lists, and tells which could not be read.
    async fn read_lists(&self, vaults: Vec<VaultId>) -> Result<Vec<(VaultId, SafeText)>> {
        let mut failed = Vec::new();
        let mut portions = vaults.chunks(PORTION);
        while let Some(portion) = portions.next() {
            match self.try_grants(portion).await {
                Ok(list) => failed.extend(list.into_iter().map(|(vault, fault)| (vault, words(&fault)))),
                Err(fault) if fault.kind == Kind::RateLimit => {
                    let left = portion.iter().chain(portions.flatten());
                    failed.extend(left.map(|vault| (vault.clone(), words(&fault))));
                    break;
                }
                Err(fault) => return Err(fault),
            }
        }
        Ok(failed)
    }
}

fn words(fault: &Fault) -> SafeText {
    SafeText::new(&fault.to_string())
}
