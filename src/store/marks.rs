//! Whether what others wrote is of interest: a short sum of each table, for whoever reads along.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::row::{all, text};
use super::{Store, Trouble};
use crate::domain::fault::Fault;

/// Tables that have a notice of their own, grow without end, or say nothing of the class.
const APART: [&str; 9] =
    ["watched", "seen_vault", "seen_item", "first_look", "arrival", "front", "name", "reader", "cached"];

impl Store {
    /// A number for each table that rows, standings and the hand-off are made of; it changes when
    /// something in the table does. Only numbers of the same program can be compared.
    pub fn marks(&self) -> Result<BTreeMap<String, u64>, Fault> {
        const TABLES: &str =
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
        self.read(|connection| {
            let tables = all(connection, TABLES, [], |row| Ok(text(row, 0)?.to_owned()))?;
            let wanted = tables.into_iter().filter(|table| !APART.contains(&table.as_str()));
            let mut marks = wanted
                .map(|table| {
                    // The name comes from the schema, and a name in quotes is nothing but a name.
                    let sql = format!("SELECT * FROM \"{}\"", table.replace('"', "\"\""));
                    Ok((table, mark(connection, &sql)?))
                })
                .collect::<Result<BTreeMap<_, _>, Trouble>>()?;
            // What is read anew and the same is no news, so that its time does not count.
            marks.insert("cached".into(), mark(connection, "SELECT name, json FROM cached")?);
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
