//! How far those have come who read the journal themselves, by their names.

use super::Store;
use super::row::{count, first, number, run};
use crate::domain::fault::Fault;

pub(super) const TABLES: &str = "
CREATE TABLE reader (name TEXT PRIMARY KEY, acked INTEGER NOT NULL) STRICT, WITHOUT ROWID;
";

impl Store {
    /// The number of the last arrival that a reader has acknowledged; `None` for one that nobody has
    /// heard of.
    pub fn reader_acked(&self, name: &str) -> Result<Option<u64>, Fault> {
        const SQL: &str = "SELECT acked FROM reader WHERE name = ?1";
        self.read(|connection| first(connection, SQL, [name], |row| count(row, 0)))
    }

    /// Notes that a reader has everything up to this number. It never goes back.
    pub fn ack_reader(&self, name: &str, seq: u64) -> Result<(), Fault> {
        const SQL: &str = "INSERT INTO reader (name, acked) VALUES (?1, ?2)
            ON CONFLICT (name) DO UPDATE SET acked = excluded.acked WHERE acked < excluded.acked";
        self.write(|transaction| run(transaction, SQL, (name, number(seq)?)).map(drop))
    }
}
