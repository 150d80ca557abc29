//! What has happened since an arrival that somebody has seen, in numbers.

use jiff::Timestamp;
use rusqlite::Row;

use super::row::{all, count, first, maybe, number, text, time};
use super::{Store, Trouble};
use crate::domain::attention::Since;
use crate::domain::fault::Fault;

impl Store {
    /// What has arrived after a number, and when all vaults of students were last looked at whole; `at`
    /// is taken over as it is.
    pub fn since(&self, after: u64, at: Option<Timestamp>) -> Result<Since, Fault> {
        const KINDS: &str =
            "SELECT json_extract(json, '$.kind'), count(*) FROM arrival WHERE seq > ?1 GROUP BY 1";
        const STUDENTS: &str = "SELECT count(DISTINCT student) FROM arrival WHERE seq > ?1";
        const CHECKED: &str = "SELECT count(*), count(s.full_at), min(s.full_at)
            FROM binding b LEFT JOIN seen_vault s ON s.vault = b.vault";
        let kind = |row: &Row<'_>| Ok((text(row, 0)?.to_owned(), count(row, 1)?));
        let checked = |row: &Row<'_>| -> Result<Option<Timestamp>, Trouble> {
            let whole = count(row, 0)? == count(row, 1)?;
            maybe(row, 2)?.filter(|_| whole).map(time).transpose()
        };
        self.read(|connection| {
            let after = number(after)?;
            let mut since = Since { at, ..Since::default() };
            for (kind, count) in all(connection, KINDS, [after], kind)? {
                match kind.as_str() {
                    "new" => since.new = count,
                    "updated" => since.updated = count,
                    "removed" => since.removed = count,
                    _ => return Err(Trouble::Damaged("an arrival is of no known kind")),
                }
            }
            since.students = first(connection, STUDENTS, [after], |row| count(row, 0))?.unwrap_or_default();
            since.checked_at = first(connection, CHECKED, [], checked)?.flatten();
            Ok(since)
        })
    }
}
