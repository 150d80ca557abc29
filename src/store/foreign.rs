//! Vaults that the service account did not make. 1Password lets a service account change access to
//! its own vaults only, and tells of the others by refusing. The mark can be thrown away: the next
//! refusal sets it again.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use rusqlite::Transaction;

use super::cache::put;
use super::row::{first, from_json, text};
use super::{Store, Trouble};
use crate::domain::fault::Fault;
use crate::domain::id::{PersonId, VaultId};

/// Where the marks stand among the kept answers.
const NAME: &str = "foreign";

/// Which service account was refused, by vault: another one may well have made it.
type Marks = BTreeMap<VaultId, PersonId>;

impl Store {
    /// Notes that a service account did not make a vault.
    pub fn mark_foreign(&self, vault: &VaultId, refused: &PersonId, now: Timestamp) -> Result<(), Fault> {
        self.change_marks(now, |marks| marks.insert(vault.clone(), refused.clone()).is_none())
    }

    /// Takes all marks away, so that the service is asked again.
    pub fn forget_foreign(&self, now: Timestamp) -> Result<(), Fault> {
        self.change_marks(now, |marks| {
            let any = !marks.is_empty();
            marks.clear();
            any
        })
    }

    /// The vaults that this service account did not make, as far as that was noticed.
    pub fn foreign(&self, service_account: &PersonId) -> Result<HashSet<VaultId>, Fault> {
        let marks = self.cached::<Marks>(NAME)?.map_or_else(Marks::new, |(marks, _)| marks);
        Ok(marks.into_iter().filter(|(_, who)| who == service_account).map(|(vault, _)| vault).collect())
    }

    /// In one transaction, so that two programs lose no mark of each other.
    fn change_marks(&self, now: Timestamp, change: impl FnOnce(&mut Marks) -> bool) -> Result<(), Fault> {
        self.write(|transaction| {
            let mut marks = marks(transaction)?;
            if change(&mut marks) { put(transaction, NAME, &marks, now) } else { Ok(()) }
        })
    }
}

fn marks(transaction: &Transaction<'_>) -> Result<Marks, Trouble> {
    const READ: &str = "SELECT json FROM cached WHERE name = ?1";
    let found = first(transaction, READ, [NAME], |row| Ok(from_json(text(row, 0)?).ok()))?;
    Ok(found.flatten().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_holds_for_the_service_account_that_was_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let vault = VaultId::parse(&"v".repeat(26)).unwrap();
        let (one, other) =
            (PersonId::parse(&"A".repeat(26)).unwrap(), PersonId::parse(&"B".repeat(26)).unwrap());
        Store::open(&path).unwrap().mark_foreign(&vault, &one, Timestamp::UNIX_EPOCH).unwrap();
        let store = Store::open(&path).unwrap();
        assert!(store.foreign(&one).unwrap().contains(&vault), "it survives the program");
        assert!(store.foreign(&other).unwrap().is_empty());
        store.forget_foreign(Timestamp::UNIX_EPOCH).unwrap();
        assert!(store.foreign(&one).unwrap().is_empty());
    }
}
