//! What a look has to know of the class beforehand: whose vaults they are, what they are called, and
//! what was seen of them before.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use jiff::Timestamp;

use super::Watch;
use super::check::Checks;
use super::vigil::Vigil;
use crate::domain::directory::Vault;
use crate::domain::fault::Result;
use crate::domain::frame::Frame;
use crate::domain::id::VaultId;
use crate::queries::blocking;

impl Watch {
    /// Keeps under which names the vaults are listed, where those, or what others wrote, are not what
    /// they were at the last look; whether that is news.
    pub(super) async fn know_names(&mut self, frame: &Frame, ours: &[&Vault], rebound: bool) -> Result<bool> {
        let mut digest = DefaultHasher::new();
        for vault in ours {
            (&vault.id, &vault.name).hash(&mut digest);
        }
        let names = Some(digest.finish());
        if !rebound && self.names == names {
            return Ok(false);
        }
        let owned = ours.iter().filter_map(|vault| Some((&frame.owner(&vault.id)?.key, *vault)));
        let renamed = self.queries.keep_names(owned).await?;
        self.names = names;
        Ok(renamed)
    }

    /// Reads bindings and frame again where they are missing or new; whether they changed.
    pub(super) async fn know_bindings(&mut self) -> Result<bool> {
        let store = self.queries.store.clone();
        let bindings = blocking(move || store.bound()).await?;
        let rebound = bindings != self.bindings;
        if self.frame.is_none() || rebound {
            self.frame = Some(Arc::new(match self.queries.frame(false).await {
                Ok(frame) => frame,
                Err(_) => self.queries.frame(true).await?,
            }));
            self.bindings = bindings;
            self.mind();
        }
        Ok(rebound)
    }

    /// Whether another program has written to the store since the last beat: it may have granted or
    /// revoked something, or read who has access.
    pub(super) async fn others_wrote(&mut self) -> Result<bool> {
        let (store, mut others) = (self.queries.store.clone(), std::mem::take(&mut self.others));
        let (moved, others) = blocking(move || others.moved(&store).map(|moved| (moved, others))).await?;
        self.others = others;
        Ok(moved.rows)
    }

    /// Begins the first look ever; whether some vault of ours still waits for it.
    ///
    /// It takes in every vault that is there, also those that are nobody's yet: when one of them is
    /// found to be a student's later on, what it held today is no news; a vault made from now on
    /// announces everything, also where the class has none today.
    pub(super) async fn first_look(
        &mut self,
        vaults: &[Vault],
        ours: &[&Vault],
        now: Timestamp,
    ) -> Result<bool> {
        if !self.begun {
            let ids: Vec<VaultId> = vaults.iter().map(|vault| vault.id.clone()).collect();
            let store = self.queries.store.clone();
            let (seen, last) = blocking(move || {
                store.first_look(&ids)?;
                Ok((store.seen_vaults()?, store.last_span()?))
            })
            .await?;
            self.versions = seen.iter().map(|(id, seen)| (id.clone(), seen.content_version)).collect();
            let full_at = seen.iter().filter_map(|(id, seen)| Some((id.clone(), seen.full_at?)));
            self.checks = Checks::new(full_at.collect());
            self.vigil = Vigil::take_up(&seen, last, now);
            self.begun = true;
        }
        Ok(ours.iter().any(|vault| self.versions.get(&vault.id) == Some(&None)))
    }
}
