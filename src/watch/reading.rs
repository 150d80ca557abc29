//! The vaults whose turn it is in a beat are read, and what that makes known is taken over.
//!
//! A listing that the store did not take over makes nothing known: neither the version, nor until when
//! the vault was known, nor that it was listed.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::{StreamExt, stream};
use jiff::Timestamp;

use super::look::{self, Known, Looked, Missed, Turn, Why};
use super::{Watch, journal};
use crate::domain::directory::Vault;
use crate::domain::fault::{Fault, Result};
use crate::domain::frame::Frame;
use crate::domain::id::VaultId;
use crate::domain::query::WatchReport;
use crate::queries::{READS_AT_ONCE, blocking};

impl Watch {
    /// Reads the vaults whose turn it is: those that could not be read, and the number of the others.
    pub(super) async fn read(
        &mut self,
        frame: &Arc<Frame>,
        turns: Vec<Turn>,
        now: Timestamp,
        report: &mut (impl FnMut(WatchReport) + Send),
    ) -> Result<(BTreeMap<VaultId, Fault>, usize)> {
        let mut failed = BTreeMap::new();
        let (queries, span) = (self.queries.clone(), self.vigil.span());
        let turns = turns.into_iter().map(|turn| {
            let id = &turn.vault.id;
            let missed = self.missed.remove(id).unwrap_or_default();
            // The lists of vaults have told nothing of a vault whose version stands still.
            let full_at = || self.checks.full_at(id).filter(|full_at| *full_at <= now);
            let not_before = if turn.why == Why::Due { full_at() } else { self.vigil.known(id) };
            let fell = self.checks.fell(id);
            (turn, missed, Known { now, not_before, span, fell })
        });
        let turns: Vec<(Turn, Missed, Known)> = turns.collect();
        let look = |(turn, missed, known): (Turn, Missed, Known)| {
            let id = turn.vault.id.clone();
            let look = look::look(&queries, frame, turn, missed, known);
            async move { (id, look.await) }
        };
        let mut looks = stream::iter(turns.into_iter().map(look)).buffer_unordered(READS_AT_ONCE);
        let mut settled = 0_usize;
        while let Some((vault, look)) = looks.next().await {
            let fault = match look {
                Ok(Looked { taken: false, missed, fault, .. }) => {
                    // Somebody else knows better: what they have written down counts.
                    let (store, id) = (self.queries.store.clone(), vault.clone());
                    let version = blocking(move || Ok(store.seen_versions()?.remove(&id))).await?;
                    version.map(|version| self.versions.insert(vault.clone(), version));
                    self.missed.insert(vault.clone(), missed);
                    self.share.failed(&vault, now);
                    fault
                }
                Ok(looked) => {
                    let (known, fault) = self.looked(&vault, looked, now);
                    settled += known.len();
                    let arrivals = journal(&self.queries, &mut self.cursor).await?;
                    if !known.is_empty() || !arrivals.is_empty() {
                        report(WatchReport { settled: known, arrivals, ..WatchReport::nothing(now) });
                    }
                    fault
                }
                // One vault that cannot be read does not stop the others: the next beat tries again.
                Err(fault) => {
                    self.share.failed(&vault, now);
                    Some(fault)
                }
            };
            failed.extend(fault.map(|fault| (vault, fault)));
        }
        Ok((failed, settled))
    }

    /// Takes over how a look went: the vault, if everything in it is known now, and what stopped the
    /// look otherwise.
    fn looked(&mut self, vault: &VaultId, looked: Looked, now: Timestamp) -> (Vec<VaultId>, Option<Fault>) {
        let Looked { version, left, missed, fault, surprising, why, taken: _ } = looked;
        if surprising && why == Why::Due {
            self.checks.suspect(vault, version);
        }
        if left > 0 {
            if why.is_check() {
                // From now on it waits like one that moved.
                self.versions.remove(vault);
            }
            self.missed.insert(vault.clone(), missed);
            self.share.left(vault, left, now);
            return (Vec::new(), fault);
        }
        self.share.read(vault);
        let as_of = self.as_of.get(vault).copied();
        self.vigil.read(vault, as_of);
        self.checks.listed(vault, as_of.or(self.vigil.known(vault)).unwrap_or(now));
        self.versions.insert(vault.clone(), Some(version));
        self.reported.remove(vault);
        // Nobody waits to hear of a check that found nothing.
        let settled = if why.is_check() && !surprising { Vec::new() } else { vec![vault.clone()] };
        (settled, fault)
    }

    /// Which vaults of those that moved nobody was told of yet; now they count as told.
    pub(super) fn changed(&mut self, moved: &[(Vault, Why)]) -> Vec<VaultId> {
        let mut changed = Vec::new();
        for (vault, _) in moved {
            if self.reported.insert(vault.id.clone(), vault.content_version) != Some(vault.content_version) {
                changed.push(vault.id.clone());
            }
        }
        changed
    }
}
