//! Working out what a wish would change, by people and lists as they are now.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use super::{Queries, each};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::frame::Frame;
use crate::domain::id::VaultId;
use crate::domain::plan::{Plan, Row, Wish};

/// How old the list of who is on a vault may be when steps on it are planned, in seconds. Whatever its age,
/// it is read again before they are sent.
const FRESH: i64 = 60;

impl Queries {
    /// What a wish would change, judged by people as they are now. Who is on the vaults that it changes is
    /// read, unless that was a moment ago; to compare a class with its file, who is on every vault of it.
    pub async fn plan(&self, wish: &Wish) -> Result<Plan> {
        let frame = self.frame(true).await?;
        let whole = matches!(wish, Wish::Class(_) | Wish::Mend(_));
        let vaults = match wish {
            Wish::Class(keys) | Wish::Mend(keys) => {
                let wanted = |key| keys.is_empty() || keys.contains(key);
                let bindings = frame.bindings.iter().filter(|(key, _)| wanted(*key));
                bindings.map(|(_, vault)| vault.clone()).collect()
            }
            _ => self.unread(&frame, wish)?,
        };
        if vaults.is_empty() {
            return Plan::make(&frame, wish);
        }
        let frame = self.look_at(&vaults, whole).await?;
        if let Wish::Access(_) = wish
            && let Some(fault) = frame.unread.values().find(|fault| fault.kind != Kind::Denied)
        {
            return Err(fault.clone());
        }
        Plan::make(&frame, wish)
    }

    /// The same by what was read last, without a look at any vault: for what it would cost.
    pub async fn draft(&self, wish: &Wish) -> Result<Plan> {
        Plan::make(&self.frame(true).await?, wish)
    }

    /// The vaults that a wish changes, or may change, and whose lists are not of this minute.
    fn unread(&self, frame: &Frame, wish: &Wish) -> Result<Vec<VaultId>> {
        let now = self.clock.now();
        let is_fresh = |vault: &VaultId| {
            frame.listed.get(vault).is_some_and(|at| now.duration_since(*at).as_secs() < FRESH)
        };
        let draft = Plan::make(frame, wish)?;
        let mut vaults: BTreeSet<VaultId> = draft.rows.iter().filter_map(Row::looked_at).cloned().collect();
        if let Wish::Access(changes) = wish {
            let unknown = |vault: &&VaultId| frame.known(vault).next().is_none();
            vaults.extend(changes.iter().map(|change| &change.vault).filter(unknown).cloned());
        }
        Ok(vaults.into_iter().filter(|vault| !is_fresh(vault)).collect())
    }

    /// Asks who is on these vaults and reads the frame with the answers, which tells of a vault whose list
    /// could not be read that it could not. Where the ration ends on the way, that is why the rest could not
    /// be read if they are to be told (`partly`), and else the fault.
    pub async fn look_at(&self, vaults: &[VaultId], partly: bool) -> Result<Frame> {
        let ended: OnceLock<Fault> = OnceLock::new();
        let failed = each(vaults.to_vec(), |vault| {
            let ended = &ended;
            async move {
                if let Some(fault) = ended.get() {
                    return Ok(vec![(vault, fault.clone())]);
                }
                match self.try_grants(std::slice::from_ref(&vault)).await {
                    Err(fault) if partly && fault.kind == Kind::RateLimit => {
                        let fault = ended.get_or_init(|| fault).clone();
                        Ok(vec![(vault, fault)])
                    }
                    answer => answer,
                }
            }
        });
        let failed = failed.await?;
        let mut frame = self.frame(false).await?;
        frame.unread = failed.into_iter().flatten().collect();
        Ok(frame)
    }
}
