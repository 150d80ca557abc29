//! The files that were fetched to this machine: which, where, and what is in them.

use rusqlite::Row;

use super::row::{all, count, first, id, number, run, stamp, text, time};
use super::{Store, Trouble};
use crate::domain::directory::ItemRef;
use crate::domain::fault::Fault;
use crate::domain::id::{FileId, ItemId, VaultId};
use crate::domain::query::LocalCopy;

pub(super) const TABLES: &str = "
CREATE TABLE copy (
    vault TEXT NOT NULL, item TEXT NOT NULL, version INTEGER NOT NULL, file TEXT NOT NULL,
    path TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (vault, item, version, file)
) STRICT, WITHOUT ROWID;
";

const COLUMNS: &str = "vault, item, version, file, path, sha256, size, at";

impl Store {
    /// Notes a copy; of the same file of the same version the last one counts.
    pub fn put_copy(&self, copy: &LocalCopy) -> Result<(), Fault> {
        const SQL: &str = "INSERT OR REPLACE INTO copy (vault, item, version, file, path, sha256, size, at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        self.write(|transaction| {
            let (vault, item) = (copy.at.vault.as_str(), copy.at.item.as_str());
            let (version, size) = (number(copy.version)?, number(copy.size)?);
            let (path, hash) = (copy.path.as_str(), copy.sha256.as_str());
            let row = (vault, item, version, copy.file.as_str(), path, hash, size, stamp(copy.saved_at));
            run(transaction, SQL, row).map(drop)
        })
    }

    /// The copies of a vault's files, of all versions.
    pub fn copies(&self, vault: &VaultId) -> Result<Vec<LocalCopy>, Fault> {
        let sql = format!("SELECT {COLUMNS} FROM copy WHERE vault = ?1");
        self.read(|connection| all(connection, &sql, [vault.as_str()], copy))
    }

    /// The copy of one file of one version of an item.
    pub fn copy_of(
        &self,
        vault: &VaultId,
        item: &ItemId,
        version: u64,
        file: &FileId,
    ) -> Result<Option<LocalCopy>, Fault> {
        let sql = format!(
            "SELECT {COLUMNS} FROM copy WHERE vault = ?1 AND item = ?2 AND version = ?3 AND file = ?4"
        );
        self.read(|connection| {
            let which = (vault.as_str(), item.as_str(), number(version)?, file.as_str());
            first(connection, &sql, which, copy)
        })
    }
}

fn copy(row: &Row<'_>) -> Result<LocalCopy, Trouble> {
    Ok(LocalCopy {
        at: ItemRef { vault: id(text(row, 0)?)?, item: id(text(row, 1)?)? },
        version: count(row, 2)?,
        file: id(text(row, 3)?)?,
        path: text(row, 4)?.to_owned(),
        sha256: text(row, 5)?.to_owned(),
        size: count(row, 6)?,
        saved_at: time(text(row, 7)?)?,
    })
}
