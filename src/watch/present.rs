//! Who is on the vaults: the list of every vault is read once a day, spread over it, and compared with
//! the one before.
//!
//! It is bounded: one list a vault in each round of 22 hours (two in the first, where all were read at once
//! and are spread), at most four a beat, and where requests are rationed only what the looks at uploads leave
//! over. A list that somebody else has read counts as well.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Watch;
use super::check::{Checks, ROUND};
use crate::domain::budget::Cost;
use crate::domain::directory::Vault;
use crate::domain::fault::Result;
use crate::domain::frame::Frame;
use crate::domain::id::VaultId;
use crate::queries::blocking;

/// A list that could not be read counts as this old: it has its turn again after a quarter of a round.
const UNREAD: Duration = Duration::from_secs(ROUND.as_secs() / 4 * 3);

/// When the list of each of these vaults is taken to have been read last. Those that nobody ever read are
/// spread over the round that is to come, the first of them at once.
pub(super) fn spread<'a>(
    vaults: impl Iterator<Item = &'a VaultId>,
    listed: &HashMap<VaultId, Timestamp>,
    now: Timestamp,
) -> Checks {
    let (known, unread): (Vec<_>, Vec<_>) = vaults.partition(|vault| listed.contains_key(*vault));
    let mut at: HashMap<VaultId, Timestamp> = HashMap::new();
    at.extend(known.into_iter().filter_map(|vault| Some((vault.clone(), *listed.get(vault)?))));
    let each = ROUND / u32::try_from(unread.len().max(1)).unwrap_or(u32::MAX);
    for (vault, rank) in unread.into_iter().zip(1_u32..) {
        at.insert(vault.clone(), before(now, each * rank));
    }
    Checks::new(at)
}

fn before(now: Timestamp, age: Duration) -> Timestamp {
    SignedDuration::try_from(age).ok().and_then(|age| now.checked_sub(age).ok()).unwrap_or(now)
}

impl Watch {
    /// Reads the lists whose turn it is, and those of which something is told that is newer; whether somebody came
    /// or went.
    pub(super) async fn compare(
        &mut self,
        frame: &Arc<Frame>,
        ours: &[&Vault],
        told: &HashMap<VaultId, Timestamp>,
        now: Timestamp,
    ) -> Result<bool> {
        if self.lists.is_none() {
            self.lists = Some(spread(ours.iter().map(|vault| &vault.id), &frame.listed, now));
        }
        let Some(lists) = &self.lists else { return Ok(false) };
        let due =
            lists.due(ours, self.beat_takes, now).into_iter().filter(|vault| !told.contains_key(&vault.id));
        let due: Vec<VaultId> = told.keys().chain(due.map(|vault| &vault.id)).cloned().collect();
        let mut changed = false;
        for vault in due {
            let (store, id) = (self.queries.store.clone(), vault.clone());
            let before = blocking(move || store.grants(&id)).await?;
            // Somebody may have looked at it since.
            let recent = |at: Timestamp| now.duration_since(at) < SignedDuration::from_hours(11);
            let fresh =
                |at: &Timestamp| *at <= now && told.get(&vault).map_or_else(|| recent(*at), |told| at > told);
            if let Some((_, at)) = before.as_ref().filter(|(_, at)| fresh(at)) {
                let at = *at;
                self.was_listed(&vault, at);
                self.saw(&vault, told);
                continue;
            }
            // What the list leaves out waits for one that does not.
            if ours.iter().all(|listed| listed.id != vault) {
                continue;
            }
            let Some(mut fare) = self.share.spare(&vault, now) else { break };
            if !fare.take(Cost::GRANTS) {
                break;
            }
            match self.queries.try_grants(std::slice::from_ref(&vault)).await {
                Ok(failed) => {
                    let at = if failed.is_empty() { now } else { self::before(now, UNREAD) };
                    self.was_listed(&vault, at);
                    // A service that is away may answer the next time; who does not let us in will not.
                    if !failed.iter().any(|(_, fault)| fault.is_outage()) {
                        self.saw(&vault, told);
                    }
                }
                // What stops everything is told by the beat; it is read when its turn comes again.
                Err(_) => break,
            }
            let (store, id) = (self.queries.store.clone(), vault.clone());
            let after = blocking(move || store.grants(&id)).await?;
            changed |= after.map(|(list, _)| list) != before.map(|(list, _)| list);
        }
        Ok(changed)
    }

    /// What was told of access to a vault is followed.
    fn saw(&self, vault: &VaultId, told: &HashMap<VaultId, Timestamp>) {
        if let Some(until) = told.get(vault) {
            self.leads.saw_access(vault, *until);
        }
    }

    fn was_listed(&mut self, vault: &VaultId, at: Timestamp) {
        if let Some(lists) = &mut self.lists {
            lists.listed(vault, at);
        }
    }
}

#[cfg(test)]
#[path = "present_tests.rs"]
mod tests;
