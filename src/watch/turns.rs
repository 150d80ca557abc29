//! Whose turn it is in a beat: vaults that moved, then those of which something was reported, then the daily check.
//!
//! What is reported decides the order, and that a vault is listed whose version stands still; not what is found
//! there. A vault that was listed after what is reported of it has no turn for that: it is known already.

use std::collections::HashSet;

use jiff::Timestamp;

use super::follow::Told;
use super::look::Turn;
use super::{Leads, Watch};
use crate::domain::directory::Vault;

impl Watch {
    /// Where to say which vaults are to be looked at because of what was reported.
    pub fn leads(&self) -> Leads {
        self.leads.clone()
    }

    /// What was reported since the last look: of `quiet` vaults those whose items are older than what is told of
    /// them.
    pub(super) fn told(&mut self, quiet: &[&Vault], first: bool) -> Told {
        let mut told = self.leads.take();
        let quiet: HashSet<_> = quiet.iter().map(|vault| &vault.id).collect();
        told.items.retain(|vault, at| {
            let is_known = self.checks.full_at(vault).is_some_and(|full_at| full_at > *at);
            !first && quiet.contains(vault) && !is_known
        });
        self.share.told = std::mem::take(&mut told.vaults);
        told
    }

    /// Whose turn it is: those that moved, as far as the share goes, and then, where that leaves enough
    /// for the next that do, those that something is told of, and those whose daily check is due.
    pub(super) fn turns(
        &mut self,
        moved: Vec<(Vault, bool)>,
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
        let mut left = Told::default();
        for vault in reported {
            let Some(turn) = self.share.take_told(vault, now) else {
                left.items.extend(told.items.get_key_value(&vault.id).map(|(id, at)| (id.clone(), *at)));
                continue;
            };
            turns.push(turn);
        }
        self.leads.put_back(left, now);
        let due = self.checks.due(&quiet, self.beat_takes, now);
        turns.extend(due.into_iter().map_while(|vault| self.share.take_check(vault, now)));
        turns
    }
}
