//! Vaults that carry the mark of a student who has another one. They are never a student's, so that nobody
//! is ever given access to them, and nothing deletes them by itself.

use std::collections::HashSet;

use rusqlite::{Connection, Row};

use super::row::{all, first, id, maybe_count, number, run, stamp, text, time};
use super::{Store, Trouble};
use crate::domain::fault::Fault;
use crate::domain::id::VaultId;
use crate::domain::quarantine::Quarantined;

pub(super) const TABLES: &str = "
CREATE TABLE quarantine (
    vault TEXT PRIMARY KEY, student TEXT NOT NULL, nonce TEXT NOT NULL, items INTEGER, found_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Vaults with a student's name that were looked at and carry no mark of the student: not looked at again.
CREATE TABLE unmarked (vault TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
";

impl Store {
    /// Puts vaults into quarantine; one that is there already stays as it was found. A vault that is
    /// somebody's own is left out, whatever was thought of it: that was decided meanwhile.
    pub fn quarantine(&self, found: &[Quarantined]) -> Result<(), Fault> {
        const SQL: &str = "INSERT INTO quarantine (vault, student, nonce, items, found_at)
            SELECT ?1, ?2, ?3, ?4, ?5 WHERE NOT EXISTS (SELECT 1 FROM binding WHERE vault = ?1)
            ON CONFLICT DO NOTHING";
        self.write(|transaction| {
            for one in found {
                let items = one.items.map(number).transpose()?;
                let row = (one.vault.as_str(), one.student.as_str(), &one.nonce, items, stamp(one.found_at));
                run(transaction, SQL, row)?;
            }
            Ok(())
        })
    }

    /// Every vault in quarantine, by id.
    pub fn quarantined(&self) -> Result<Vec<Quarantined>, Fault> {
        const SQL: &str = "SELECT vault, student, nonce, items, found_at FROM quarantine ORDER BY vault";
        let read = |row: &Row<'_>| -> Result<Quarantined, Trouble> {
            Ok(Quarantined {
                vault: id(text(row, 0)?)?,
                student: id(text(row, 1)?)?,
                nonce: text(row, 2)?.to_owned(),
                items: maybe_count(row, 3)?,
                found_at: time(text(row, 4)?)?,
            })
        };
        self.read(|connection| all(connection, SQL, [], read))
    }

    /// Forgets a vault that is gone; whether it was in quarantine.
    pub fn release_vault(&self, vault: &VaultId) -> Result<bool, Fault> {
        let sql = "DELETE FROM quarantine WHERE vault = ?1";
        self.write(|transaction| Ok(run(transaction, sql, [vault.as_str()])? > 0))
    }

    /// Notes that vaults carry no mark of the student whose name they have.
    pub fn note_unmarked(&self, vaults: &[VaultId]) -> Result<(), Fault> {
        const SQL: &str = "INSERT INTO unmarked (vault) VALUES (?1) ON CONFLICT DO NOTHING";
        self.write(|transaction| {
            vaults.iter().try_for_each(|vault| run(transaction, SQL, [vault.as_str()]).map(drop))
        })
    }

    /// The vaults that carry no mark of the student whose name they have.
    pub fn unmarked(&self) -> Result<HashSet<VaultId>, Fault> {
        let read = |row: &Row<'_>| -> Result<VaultId, Trouble> { id(text(row, 0)?) };
        Ok(self
            .read(|connection| all(connection, "SELECT vault FROM unmarked", [], read))?
            .into_iter()
            .collect())
    }

    /// Whether a vault is in quarantine.
    pub(super) fn is_quarantined(connection: &Connection, vault: &VaultId) -> Result<bool, Trouble> {
        let sql = "SELECT 1 FROM quarantine WHERE vault = ?1";
        Ok(first(connection, sql, [vault.as_str()], |_| Ok(()))?.is_some())
    }
}
