//! Whose turn it is in a beat: vaults that moved, then those of which something was reported, then the daily check.
//!
//! What is reported decides the order, and that a vault is listed whose version stands still; not what is found
//! there. A vault that was listed after what is reported of it has no turn for that: it is known already.

use std::collections::HashSet;

use jiff::Timestamp;

use super::follow::Told;
use super::look::{Turn, Why};
use super::{Leads, Watch};
use crate::domain::directory::Vault;
use crate::domain::id::VaultId;

impl Watch {
    /// Where to say which vaults are to be looked at because of what was reported.
    pub fn leads(&self) -> Leads {
        self.leads.clone()
    }

    /// What was reported and not looked at yet: of `quiet` vaults those whose items are older than what is told of
    /// them. Of a vault that the list leaves out, or that lags behind in it, it waits for one that tells more.
    pub(super) fn reported_of(&mut self, quiet: &[&Vault], first: bool) -> Told {
        let (checks, frame) = (&self.checks, &self.frame);
        let is_ours = |vault: &VaultId| frame.as_ref().is_some_and(|frame| frame.owner(vault).is_some());
        let is_known = |vault: &VaultId, at| checks.full_at(vault).is_some_and(|full_at| full_at >= at);
        self.leads.retain(|vault, at| is_ours(vault) && !is_known(vault, at), |vault, _| is_ours(vault));
        let mut told = self.leads.take(self.last.unwrap_or(Timestamp::MIN));
        let quiet: HashSet<_> = quiet.iter().map(|vault| &vault.id).collect();
        told.items.retain(|vault, _| !first && quiet.contains(vault));
        self.share.told = std::mem::take(&mut told.vaults);
        told
    }

    /// Whose turn it is: those that moved, as far as the share goes, and then, where that leaves enough
    /// for the next that do, those that something is told of, and those whose daily check is due.
    pub(super) fn turns(
        &mut self,
        moved: Vec<(Vault, Why)>,
        quiet: &[&Vault],
        (first, told): (bool, &Told),
        now: Timestamp,
    ) -> Vec<Turn> {
        let mut turns = self.share.take_turns(moved, now);
        if first {
            return turns;
        }
        let (reported, quiet): (Vec<&Vault>, Vec<&Vault>) =
            quiet.iter().partition(|vault| told.items.contains_key(&vault.id));
        turns.extend(reported.into_iter().filter_map(|vault| self.share.take_told(vault, now)));
        let due = self.checks.due(&quiet, self.beat_takes, now);
        turns.extend(due.into_iter().map_while(|vault| self.share.take_check(vault, now)));
        turns
    }
}
