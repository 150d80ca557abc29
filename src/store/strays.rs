//! Since when who stands in the list of which vault: whoever should not be there is told with that.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::Transaction;

use super::row::{all, first, from_json, id, maybe, principal, run, stamp, text, time};
use super::{Store, Trouble};
use crate::domain::directory::Grant;
use crate::domain::drift::{Presence, Present};
use crate::domain::fault::Fault;
use crate::domain::id::VaultId;

pub(super) const TABLES: &str = "
-- The first list that showed somebody on a vault, and the one before it that did not.
CREATE TABLE present (
    vault TEXT NOT NULL, who TEXT NOT NULL, since TEXT NOT NULL, absent TEXT,
    PRIMARY KEY (vault, who)
) STRICT, WITHOUT ROWID;
";

/// Notes who is in a new list of a vault, before it takes the place of the one that is kept. Whoever is
/// not in it any more is forgotten.
pub(super) fn sight(
    transaction: &Transaction<'_>,
    vault: &VaultId,
    grants: &[Grant],
    now: Timestamp,
) -> Result<(), Trouble> {
    const KEPT: &str = "SELECT grants, at FROM listing WHERE vault = ?1";
    const KNOWN: &str = "SELECT who FROM present WHERE vault = ?1";
    const ADD: &str = "INSERT INTO present (vault, who, since, absent) VALUES (?1, ?2, ?3, ?4)";
    let kept: Option<(Vec<Grant>, Timestamp)> = first(transaction, KEPT, [vault.as_str()], |row| {
        Ok((from_json(text(row, 0)?)?, time(text(row, 1)?)?))
    })?;
    let known: Vec<String> = all(transaction, KNOWN, [vault.as_str()], |row| Ok(text(row, 0)?.to_owned()))?;
    for gone in known.iter().filter(|who| grants.iter().all(|grant| grant.who.id() != who.as_str())) {
        run(transaction, "DELETE FROM present WHERE vault = ?1 AND who = ?2", (vault.as_str(), gone))?;
    }
    for grant in grants.iter().filter(|grant| known.iter().all(|who| who != grant.who.id())) {
        // A list of an older version may be there of which nothing was noted.
        let (since, absent) = match &kept {
            Some((list, at)) if list.iter().any(|before| before.who == grant.who) => (*at, None),
            Some((_, at)) => (now, Some(stamp(*at))),
            None => (now, None),
        };
        run(transaction, ADD, (vault.as_str(), grant.who.id(), stamp(since), absent))?;
    }
    Ok(())
}

impl Store {
    /// Since when who stands in the list of which vault.
    pub fn presence(&self) -> Result<Presence, Fault> {
        const SQL: &str = "SELECT vault, who, since, absent FROM present";
        let rows = self.read(|connection| {
            all(connection, SQL, [], |row| {
                let absent = maybe(row, 3)?.map(time).transpose()?;
                let at = (id(text(row, 0)?)?, principal(text(row, 1)?)?);
                Ok((at, Present { since: time(text(row, 2)?)?, absent }))
            })
        })?;
        Ok(rows.into_iter().collect::<HashMap<_, _>>())
    }
}

#[cfg(test)]
#[path = "strays_tests.rs"]
mod tests;
