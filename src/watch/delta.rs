//! What changed between two looks at a vault: a pure comparison of states, never of clocks.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use crate::domain::arrival::{ArrivalKind, ArrivalStudent, ArrivalVault, By, NewArrival};
use crate::domain::directory::{FileMeta, Item, ItemState};
use crate::domain::frame::Frame;
use crate::domain::id::{ItemId, VaultId};
use crate::domain::roster::Student;
use crate::store::SeenItem;

/// The items whose details have to be read: those that are new or have another version.
pub(super) fn news<'a>(before: &[SeenItem], now: &'a [Item]) -> Vec<&'a Item> {
    let before: HashMap<_, _> = before.iter().map(|seen| (&seen.item.id, seen)).collect();
    let is_news = |item: &&Item| {
        item.state == ItemState::Active
            && before.get(&item.id).is_none_or(|seen| seen.item.version < item.version)
    };
    now.iter().filter(is_news).collect()
}

/// Whose vault it is, and who is who, for the arrivals of one vault.
pub(super) struct Place<'a> {
    pub(super) frame: &'a Frame,
    pub(super) student: &'a Student,
    pub(super) vault: &'a VaultId,
    pub(super) now: Timestamp,
    /// Before which time nothing of what is new can have happened.
    pub(super) not_before: Option<Timestamp>,
}

impl Place<'_> {
    /// Compares two looks: what is to be remembered, and what has arrived, in a stable order.
    ///
    /// A version lower than the one remembered is an answer that lags behind: it replaces nothing.
    /// Items out of use count as removed. What is left for `later` stays as it is remembered.
    pub(super) fn compare(
        &self,
        before: &[SeenItem],
        now: &[Item],
        files: &HashMap<ItemId, Vec<FileMeta>>,
        later: &HashSet<ItemId>,
    ) -> (Vec<SeenItem>, Vec<NewArrival>) {
        let mut known: HashMap<&ItemId, &SeenItem> =
            before.iter().map(|seen| (&seen.item.id, seen)).collect();
        let (mut kept, mut arrivals) = (Vec::new(), Vec::new());
        for item in now.iter().filter(|item| item.state == ItemState::Active) {
            let old = known.remove(&item.id);
            let files = files.get(&item.id).or_else(|| old.map(|old| &old.files));
            let fresh = SeenItem { item: item.clone(), files: files.cloned().unwrap_or_default() };
            match old {
                Some(old) if old.item.version >= item.version => kept.push(old.clone()),
                _ if later.contains(&item.id) => kept.extend(old.cloned()),
                _ => {
                    let kind = if old.is_some() { ArrivalKind::Updated } else { ArrivalKind::New };
                    // Every change of an item raises its version by one.
                    let changes = item.version - old.map_or(0, |old| old.item.version);
                    arrivals.push(self.arrival(kind, &fresh, changes.max(1)));
                    kept.push(fresh);
                }
            }
        }
        let mut removed: Vec<_> = known.into_values().collect();
        removed.sort_by(|a, b| a.item.id.cmp(&b.item.id));
        arrivals.extend(removed.into_iter().map(|old| self.arrival(ArrivalKind::Removed, old, 1)));
        (kept, arrivals)
    }

    fn arrival(&self, kind: ArrivalKind, SeenItem { item, files }: &SeenItem, changes: u64) -> NewArrival {
        let (_, person) = self.frame.sign_up(self.student);
        NewArrival {
            kind,
            detected_at: self.now,
            not_before: self.not_before,
            changes,
            student: ArrivalStudent {
                key: self.student.key.clone(),
                email: self.student.email.clone(),
                user_id: person.map(|person| person.id.clone()),
            },
            vault: ArrivalVault {
                id: self.vault.clone(),
                name: self.frame.class.vault_name(&self.student.key).as_str().into(),
            },
            item: item.into(),
            files: files.clone(),
            // Who removed an item is told by nobody; its last editor need not be who removed it.
            by: if kind == ArrivalKind::Removed {
                By::Unknown
            } else {
                self.frame.by(self.student, item.last_edited_by.as_ref())
            },
        }
    }
}
