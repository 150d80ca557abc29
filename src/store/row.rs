//! Values on their way into a row and out of it.

use jiff::Timestamp;
use rusqlite::{Connection, Params, Row};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Trouble;
use crate::domain::access::Principal;
use crate::domain::fault::{Fault, Kind};

/// Runs a query and reads every row.
pub(super) fn all<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    mut read: impl FnMut(&Row<'_>) -> Result<T, Trouble>,
) -> Result<Vec<T>, Trouble> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut values = Vec::new();
    while let Some(row) = rows.next()? {
        values.push(read(row)?);
    }
    Ok(values)
}

/// Runs a query and reads its first row, if there is one.
pub(super) fn first<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnOnce(&Row<'_>) -> Result<T, Trouble>,
) -> Result<Option<T>, Trouble> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    rows.next()?.map(read).transpose()
}

/// Runs a statement and tells how many rows it changed.
pub(super) fn run(connection: &Connection, sql: &str, params: impl Params) -> Result<usize, Trouble> {
    Ok(connection.prepare_cached(sql)?.execute(params)?)
}

/// A text column, where `NULL` is a value.
pub(super) fn maybe<'r>(row: &'r Row<'_>, at: usize) -> Result<Option<&'r str>, Trouble> {
    row.get_ref(at)?.as_str_or_null().map_err(|_| Trouble::Damaged("a text is not UTF-8"))
}

/// A text column.
pub(super) fn text<'r>(row: &'r Row<'_>, at: usize) -> Result<&'r str, Trouble> {
    maybe(row, at)?.ok_or(Trouble::Damaged("a text is missing"))
}

/// A column that is never negative.
pub(super) fn count(row: &Row<'_>, at: usize) -> Result<u64, Trouble> {
    u64::try_from(row.get::<_, i64>(at)?).map_err(|_| Trouble::Damaged("a number is negative"))
}

/// The same, where `NULL` is a value.
pub(super) fn maybe_count(row: &Row<'_>, at: usize) -> Result<Option<u64>, Trouble> {
    row.get::<_, Option<i64>>(at)?.map(|_| count(row, at)).transpose()
}

/// The number as SQLite can keep it.
pub(super) fn number(value: u64) -> Result<i64, Trouble> {
    i64::try_from(value).map_err(|_| refused(&format!("{value} is more than the store can keep")))
}

/// A limit as SQLite understands it.
pub(super) fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// A text as a key or an id that has rules.
pub(super) fn id<T: TryFrom<String>>(text: &str) -> Result<T, Trouble> {
    T::try_from(text.to_owned()).map_err(|_| Trouble::Damaged("an id has not the form of one"))
}

/// A text as who has access.
pub(super) fn principal(text: &str) -> Result<Principal, Trouble> {
    Principal::parse(text).ok_or(Trouble::Damaged("an id has not the form of one"))
}

/// The time as it is kept.
pub(super) fn stamp(time: Timestamp) -> String {
    format!("{time:.9}")
}

/// A kept time.
pub(super) fn time(text: &str) -> Result<Timestamp, Trouble> {
    text.parse().map_err(|_| Trouble::Damaged("a time has not the form of one"))
}

/// The value as JSON.
pub(super) fn to_json(value: &(impl Serialize + ?Sized)) -> Result<String, Trouble> {
    serde_json::to_string(value).map_err(|error| refused(&format!("a value for the store: {error}")))
}

/// A value kept as JSON.
pub(super) fn from_json<T: DeserializeOwned>(json: &str) -> Result<T, Trouble> {
    serde_json::from_str(json).map_err(|_| Trouble::Damaged("a value kept as JSON cannot be read"))
}

/// A value that cannot be kept, which is no fault of the file.
fn refused(why: &str) -> Trouble {
    Trouble::Told(Fault::new(Kind::Local, why).hint("this is a mistake in Strongroom; please report it"))
}
