//! Who has access, as far as it was told: what we granted, and what lists have shown.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{Row, Transaction};

use super::row::{all, first, from_json, id, principal, run, stamp, text, time, to_json};
use super::strays::sight;
use super::{Dated, Store, Trouble};
use crate::domain::access::{Permissions, Principal};
use crate::domain::directory::Grant;
use crate::domain::fault::Fault;
use crate::domain::id::VaultId;

pub(super) fn record(
    transaction: &Transaction<'_>,
    vault: &VaultId,
    who: &Principal,
    set: Permissions,
    now: Timestamp,
) -> Result<(), Trouble> {
    const SQL: &str = "INSERT INTO access (vault, who, permissions, at) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (vault, who) DO UPDATE SET permissions = excluded.permissions, at = excluded.at";
    let names = set.names().join(",");
    run(transaction, SQL, (vault.as_str(), who.id(), names, stamp(now))).map(drop)
}

impl Store {
    /// Notes what somebody holds directly on a vault since `now`, as the answer to a change said.
    /// The empty set is kept too: that they hold nothing is known then.
    pub fn record_access(
        &self,
        vault: &VaultId,
        who: &Principal,
        set: Permissions,
        now: Timestamp,
    ) -> Result<(), Fault> {
        self.write(|transaction| record(transaction, vault, who, set, now))
    }

    /// Forgets what is known of somebody's access to a vault, and the vault's list with it: neither
    /// may be taken for true once the outcome of a change is not known.
    pub fn forget_access(&self, vault: &VaultId, who: &Principal) -> Result<(), Fault> {
        self.write(|transaction| {
            let (ledger, listing) =
                ("DELETE FROM access WHERE vault = ?1 AND who = ?2", "DELETE FROM listing WHERE vault = ?1");
            run(transaction, ledger, (vault.as_str(), who.id()))?;
            run(transaction, listing, [vault.as_str()]).map(drop)
        })
    }

    /// The whole ledger: what was last noted for everybody on every vault.
    pub fn ledger(&self) -> Result<HashMap<(VaultId, Principal), Dated<Permissions>>, Fault> {
        const SQL: &str = "SELECT who, permissions, at, vault FROM access";
        let read = |row: &Row<'_>| {
            let (who, held) = held(row)?;
            Ok(((id(text(row, 3)?)?, who), held))
        };
        Ok(self.read(|connection| all(connection, SQL, [], read))?.into_iter().collect())
    }

    /// The ledger of one vault.
    pub fn ledger_of(&self, vault: &VaultId) -> Result<HashMap<Principal, Dated<Permissions>>, Fault> {
        const SQL: &str = "SELECT who, permissions, at FROM access WHERE vault = ?1";
        Ok(self.read(|connection| all(connection, SQL, [vault.as_str()], held))?.into_iter().collect())
    }

    /// Keeps the list of who has direct access to a vault, as it was read at `now`. What the ledger knew
    /// before that and the list denies is forgotten for good.
    pub fn put_grants(&self, vault: &VaultId, grants: &[Grant], now: Timestamp) -> Result<(), Fault> {
        const SQL: &str = "INSERT INTO listing (vault, grants, at) VALUES (?1, ?2, ?3)
            ON CONFLICT (vault) DO UPDATE SET grants = excluded.grants, at = excluded.at";
        self.write(|transaction| {
            sight(transaction, vault, grants, now)?;
            overrule(transaction, vault, grants, now)?;
            run(transaction, SQL, (vault.as_str(), to_json(grants)?, stamp(now))).map(drop)
        })
    }

    /// The last list of a vault, and when it was read; `None` if none was ever read.
    pub fn grants(&self, vault: &VaultId) -> Result<Option<Dated<Vec<Grant>>>, Fault> {
        const SQL: &str = "SELECT grants, at FROM listing WHERE vault = ?1";
        self.read(|connection| {
            first(connection, SQL, [vault.as_str()], |row| {
                Ok((from_json(text(row, 0)?)?, time(text(row, 1)?)?))
            })
        })
    }

    /// The last list of every vault that has one.
    pub fn all_grants(&self) -> Result<HashMap<VaultId, Dated<Vec<Grant>>>, Fault> {
        let read =
            |row: &Row<'_>| Ok((id(text(row, 2)?)?, (from_json(text(row, 0)?)?, time(text(row, 1)?)?)));
        let rows =
            self.read(|connection| all(connection, "SELECT grants, at, vault FROM listing", [], read))?;
        Ok(rows.into_iter().collect())
    }
}

/// Forgets what the ledger knew of those whom a new list does not show, or shows with something else: were
/// a later list to show them without a level, or the list to be forgotten, it would count again.
fn overrule(
    transaction: &Transaction<'_>,
    vault: &VaultId,
    grants: &[Grant],
    now: Timestamp,
) -> Result<(), Trouble> {
    const KNOWN: &str = "SELECT who, permissions, at FROM access WHERE vault = ?1";
    const FORGET: &str = "DELETE FROM access WHERE vault = ?1 AND who = ?2";
    let known = all(transaction, KNOWN, [vault.as_str()], held)?;
    for (who, (set, _)) in known.into_iter().filter(|(_, (_, at))| *at <= now) {
        let listed = grants.iter().find(|grant| grant.who == who);
        // That somebody was given nothing any more is what their absence says too; it tells who took it. Once
        // they are shown it is not known any more.
        let agrees = listed.map_or(set.is_empty(), |grant| {
            !set.is_empty() && grant.permissions.is_none_or(|listed| listed == set)
        });
        if !agrees {
            run(transaction, FORGET, (vault.as_str(), who.id()))?;
        }
    }
    Ok(())
}

/// A row of the ledger: who, permissions, at.
fn held(row: &Row<'_>) -> Result<(Principal, Dated<Permissions>), Trouble> {
    let set = Permissions::parse(text(row, 1)?.split(','))
        .map_err(|_| Trouble::Damaged("a permission is not one that this version knows"))?;
    Ok((principal(text(row, 0)?)?, (set, time(text(row, 2)?)?)))
}
