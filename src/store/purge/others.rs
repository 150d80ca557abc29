//! What is kept about others and names those who are erased: plans that have ended, alarms, changes that
//! failed, what the Events API reported. It goes as a whole; a plan that is on its way is in the way.

use rusqlite::{Connection, Transaction};

use super::Whom;
use crate::domain::fault::{Fault, Kind};
use crate::domain::mention::Mentions;
use crate::store::Trouble;
use crate::store::row::{all, run, text};

/// The tables that tell of several, what each row is found by, and where it tells.
pub(super) const TELLING: [(&str, &str, &str); 4] = [
    (
        "job",
        "id",
        "plan || ' ' || title || ' ' || coalesce(why, '') || ' '
            || coalesce((SELECT group_concat(message, ' ') FROM job_row WHERE job = id), '')",
    ),
    ("activity", "feed || ' ' || uuid", "json"),
    ("alarm", "subject", "subject || ' ' || message"),
    ("failed_row", "student || ' ' || op", "message"),
];

/// Deletes them.
pub(super) fn forget(transaction: &Transaction<'_>, whom: Whom<'_>, words: &[String]) -> Result<(), Trouble> {
    let words = match whom {
        Whom::Students(_) => Some(words),
        Whom::Class => None,
    };
    is_free(transaction, words)?;
    for (table, name, telling) in TELLING {
        for found in named(transaction, &format!("SELECT {name}, {telling} FROM {table}"), words)? {
            run(transaction, &format!("DELETE FROM {table} WHERE {name} = ?1"), [found])?;
        }
    }
    Ok(())
}

/// Refuses where a plan that is on its way names somebody by one of these words; without words any.
pub(super) fn is_free(connection: &Connection, words: Option<&[String]>) -> Result<(), Trouble> {
    const OPEN: &str = "SELECT id, plan || ' ' || title FROM job WHERE state NOT IN ('ended', 'cancelled')";
    let Some(job) = named(connection, OPEN, words)?.pop() else { return Ok(()) };
    let message = format!("the job {job} is not at its end");
    let hint = format!("strongroom apply carries it on, strongroom jobs cancel {job} ends it");
    Err(Trouble::Told(Fault::new(Kind::Refused, message).hint(hint)))
}

/// What the rows are found by that have one of the words; without words all.
fn named(connection: &Connection, sql: &str, words: Option<&[String]>) -> Result<Vec<String>, Trouble> {
    let found = all(connection, sql, [], |row| {
        let told = text(row, 1)?;
        let is_one = words.is_none_or(|words| {
            let told = Mentions::of(told);
            words.iter().any(|word| told.has(word))
        });
        Ok(is_one.then_some(text(row, 0)?.to_owned()))
    })?;
    Ok(found.into_iter().flatten().collect())
}
