//! The last checkpoint of the audit log that this machine stored in a vault: what the vault has lost since is
//! noticed by it. What is in one, the store does not know.

use rusqlite::Row;

use super::row::{first, id, run, text};
use super::{Store, Trouble};
use crate::domain::directory::ItemRef;
use crate::domain::fault::Fault;

pub(super) const TABLES: &str = "
CREATE TABLE checkpoint (
    one INTEGER PRIMARY KEY CHECK (one = 1), vault TEXT NOT NULL, item TEXT NOT NULL, json TEXT NOT NULL
) STRICT;
";

impl Store {
    /// Keeps a checkpoint, as it was written, in the place of the one before.
    pub fn put_checkpoint(&self, at: &ItemRef, json: &str) -> Result<(), Fault> {
        const SQL: &str = "INSERT OR REPLACE INTO checkpoint (one, vault, item, json) VALUES (1, ?1, ?2, ?3)";
        self.write(|transaction| {
            run(transaction, SQL, (at.vault.as_str(), at.item.as_str(), json))?;
            Ok(())
        })
    }

    /// The last checkpoint, and where it was stored.
    pub fn checkpoint(&self) -> Result<Option<(ItemRef, String)>, Fault> {
        const SQL: &str = "SELECT vault, item, json FROM checkpoint";
        let read = |row: &Row<'_>| -> Result<_, Trouble> {
            let at = ItemRef { vault: id(text(row, 0)?)?, item: id(text(row, 1)?)? };
            Ok((at, text(row, 2)?.to_owned()))
        };
        self.read(|connection| first(connection, SQL, [], read))
    }
}
