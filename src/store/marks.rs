//! Whether what others wrote is of interest: a short sum of each table, for whoever reads along.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::row::{all, count, text};
use super::{Store, Trouble};
use crate::domain::fault::Fault;

/// What counts how often something was written to tables.
macro_rules! counted {
    ($($table:literal),+) => {
        /// Tables that are counted: what is in them grows, and is too much to be read again and again.
        pub(super) const COUNTED: &[&str] = &[$($table),+];

        /// How often something was written to a table, for those that are [`COUNTED`].
        pub(super) const TABLES: &str = concat!(
            "CREATE TABLE generation (name TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT, WITHOUT ROWID;\n",
            $(
                "INSERT INTO generation VALUES ('", $table, "', 0);\n",
                counted!(@on $table, "_in", "INSERT"),
                counted!(@on $table, "_on", "UPDATE"),
                counted!(@on $table, "_out", "DELETE"),
            )+
        );
    };
    (@on $table:literal, $name:literal, $event:literal) => {
        concat!(
            "CREATE TRIGGER ", $table, $name, " AFTER ", $event, " ON ", $table,
            " BEGIN UPDATE generation SET number = number + 1 WHERE name = '", $table, "'; END;\n",
        )
    };
}

counted!("copy", "attempt", "dead_letter");

/// Under this name a dashboard keeps how far its feed was read.
const READ_UNTIL: &str = "read-until";

/// Tables that have a notice of their own, grow without end, or say nothing of the class.
const APART: [&str; 12] = [
    "activity",
    "feed",
    "watched",
    "seen_vault",
    "seen_item",
    "first_look",
    "arrival",
    "front",
    "name",
    "reader",
    "cached",
    "generation",
];

impl Store {
    /// A number for each table that rows, standings and the hand-off are made of; it changes when
    /// something in the table does, or where it is only counted, whenever something is written to it.
    /// Only numbers of the same program can be compared.
    pub fn marks(&self) -> Result<BTreeMap<String, u64>, Fault> {
        const TABLES: &str =
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
        self.read(|connection| {
            let tables = all(connection, TABLES, [], |row| Ok(text(row, 0)?.to_owned()))?;
            let wanted = tables
                .into_iter()
                .filter(|table| !APART.contains(&table.as_str()) && !COUNTED.contains(&table.as_str()));
            let mut marks = wanted
                .map(|table| {
                    // The name comes from the schema, and a name in quotes is nothing but a name.
                    let sql = format!("SELECT * FROM \"{}\"", table.replace('"', "\"\""));
                    Ok((table, mark(connection, &sql)?))
                })
                .collect::<Result<BTreeMap<_, _>, Trouble>>()?;
            // What is read anew and the same is no news, so that its time does not count; and how far
            // somebody has read the feed is nobody else's business.
            let cached = format!("SELECT name, json FROM cached WHERE name <> '{READ_UNTIL}'");
            marks.insert("cached".into(), mark(connection, &cached)?);
            // A record never changes: how many there are, and the latest, tell enough.
            marks.insert("activity".into(), mark(connection, "SELECT count(*), max(at) FROM activity")?);
            let number = |row: &Row<'_>| Ok((text(row, 0)?.to_owned(), count(row, 1)?));
            marks.extend(all(connection, "SELECT name, number FROM generation", [], number)?);
            Ok(marks)
        })
    }
}

/// The sum of all that a query answers.
fn mark(connection: &Connection, sql: &str) -> Result<u64, Trouble> {
    let mut statement = connection.prepare_cached(sql)?;
    let columns = statement.column_count();
    let (mut rows, mut sum) = (statement.query([])?, DefaultHasher::new());
    while let Some(row) = rows.next()? {
        for at in 0..columns {
            match row.get_ref(at)? {
                ValueRef::Null => 0_u8.hash(&mut sum),
                ValueRef::Integer(number) => number.hash(&mut sum),
                ValueRef::Real(number) => number.to_bits().hash(&mut sum),
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.hash(&mut sum),
            }
        }
    }
    Ok(sum.finish())
}
