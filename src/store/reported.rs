//! Records of the Events API, looked for by what they are about: one statement for as much as is asked at once.

use super::Store;
use super::row::{all, from_json, stamp, text, to_json};
use crate::domain::events::Activity;
use crate::domain::fault::Fault;
use crate::domain::id::VaultId;
use crate::domain::reported::Wanted;

/// By vault and time, each item within its own.
const OF_ITEMS: &str = "SELECT a.json FROM json_each(?1) w CROSS JOIN activity a
    ON a.vault = json_extract(w.value, '$[0]') AND a.at >= json_extract(w.value, '$[2]')
    AND a.at <= json_extract(w.value, '$[3]')
    WHERE a.item = json_extract(w.value, '$[1]') ORDER BY a.at, a.uuid";

/// Of vaults; and what names no vault, which the index of vaults holds together. Without being told to, SQLite
/// would go through the whole feed by its primary key.
const ACCESS: &str =
    "SELECT a.json FROM json_each(?1) w CROSS JOIN activity a INDEXED BY activity_of ON a.vault = w.value
    WHERE a.feed = 'auditevents' AND a.item IS NULL
    UNION ALL SELECT json FROM activity INDEXED BY activity_of
    WHERE vault IS NULL AND feed = 'auditevents' AND json_extract(json, '$.object') = 'gm'";

impl Store {
    /// What was reported of items, each within its time; by time. Found by vault and time, one look an item.
    pub fn reported_of(&self, wanted: &[Wanted]) -> Result<Vec<Activity>, Fault> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let one = |one: &Wanted| {
            let Wanted { at, from, until } = one;
            [at.vault.to_string(), at.item.to_string(), stamp(*from), stamp(*until)]
        };
        let wanted: Vec<_> = wanted.iter().map(one).collect();
        self.read(|connection| all(connection, OF_ITEMS, [to_json(&wanted)?], |row| from_json(text(row, 0)?)))
    }

    /// What the audit events tell of these vaults, and of who came into groups and left them; in no order.
    pub fn reported_access(&self, vaults: &[VaultId]) -> Result<Vec<Activity>, Fault> {
        self.read(|connection| all(connection, ACCESS, [to_json(vaults)?], |row| from_json(text(row, 0)?)))
    }
}

#[cfg(test)]
#[path = "reported_tests.rs"]
mod tests;
