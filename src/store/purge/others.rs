//! What is kept about others and names those who are erased: plans that have ended, alarms, changes that
//! failed, what the Events API reported. It goes as a whole; a plan that is on its way is in the way.

use rusqlite::{Connection, Transaction, params_from_iter};

use super::Whom;
use crate::domain::fault::Fault;
use crate::domain::mention::Mentions;
use crate::store::Trouble;
use crate::store::row::{all, run, text};

/// The tables that tell of several, the columns each row is found by, and where it tells.
pub(super) const TELLING: [(&str, &[&str], &str); 4] = [
    (
        "job",
        &["id"],
        "plan || ' ' || title || ' ' || coalesce(why, '') || ' '
            || coalesce((SELECT group_concat(message, ' ') FROM job_row WHERE job = id), '')",
    ),
    ("activity", &["feed", "uuid"], "json"),
    ("alarm", &["subject"], "subject || ' ' || message"),
    ("failed_row", &["student", "op"], "message"),
];

/// Deletes them.
pub(super) fn forget(transaction: &Transaction<'_>, whom: Whom<'_>, words: &[String]) -> Result<(), Trouble> {
    if whom == Whom::Class {
        is_free(transaction, None)?;
        let all = |table: &str| run(transaction, &format!("DELETE FROM {table}"), []).map(drop);
        return TELLING.iter().try_for_each(|(table, ..)| all(table));
    }
    is_free(transaction, Some(words))?;
    for (table, key, telling) in TELLING {
        let sql = format!("SELECT {telling}, {} FROM {table}", key.join(", "));
        for found in named(transaction, &sql, Some(words))? {
            run(transaction, &deletion(table, key), params_from_iter(found))?;
        }
    }
    Ok(())
}

/// Deletes the row with a key. The columns stand as they are, so that it is looked up: there may be very many.
pub(super) fn deletion(table: &str, key: &[&str]) -> String {
    let columns: Vec<String> = key.iter().map(|column| format!("{column} = ?")).collect();
    format!("DELETE FROM {table} WHERE {}", columns.join(" AND "))
}

/// Refuses where a plan that is on its way names somebody by one of these words; without words any.
pub(super) fn is_free(connection: &Connection, words: Option<&[String]>) -> Result<(), Trouble> {
    const OPEN: &str = "SELECT plan || ' ' || title, id FROM job WHERE state NOT IN ('ended', 'cancelled')";
    let Some(job) = named(connection, OPEN, words)?.pop().map(|id| id.concat()) else { return Ok(()) };
    let message = format!("the job {job} is not at its end");
    let hint = format!("strongroom apply carries it on, strongroom jobs cancel {job} ends it");
    Err(Trouble::Told(Fault::refused(message).hint(hint)))
}

/// The keys of the rows that have one of the words, in their first column; without words of all.
fn named(connection: &Connection, sql: &str, words: Option<&[String]>) -> Result<Vec<Vec<String>>, Trouble> {
    let found = all(connection, sql, [], |row| {
        let told = text(row, 0)?;
        let is_one = words.is_none_or(|words| {
            let told = Mentions::of(told);
            words.iter().any(|word| told.has(word))
        });
        let key = || (1..row.as_ref().column_count()).map(|column| Ok(text(row, column)?.to_owned()));
        is_one.then(|| key().collect::<Result<Vec<String>, Trouble>>()).transpose()
    })?;
    Ok(found.into_iter().flatten().collect())
}
