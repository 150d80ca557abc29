//! Erasing what is known of people: names, addresses, titles, file names, reasons.
//!
//! The numbers of arrivals stay without gaps: what is erased leaves an arrival that says when something
//! happened in which vault and nothing of whom or what. Freed pages are overwritten, the file is written
//! anew and the write-ahead log is emptied, so that nothing can be read out of it afterwards; copies that
//! were kept of earlier versions go too.

mod others;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fs;

use jiff::Timestamp;
use rusqlite::{Connection, Row, Transaction};
use serde_json::{Value, json};

use super::row::{all, count, first, from_json, maybe, number, run, text, to_json};
use super::{Store, Trouble};
use crate::domain::class::StudentKey;
use crate::domain::fault::{Fault, Kind};

/// The key in the place of an erased student's.
const ERASED: &str = "erased";

/// Of whom is erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom<'a> {
    /// These students.
    Students(&'a [StudentKey]),
    /// Everybody.
    Class,
}

impl<'a> Whom<'a> {
    /// Their keys; for everybody one that is none.
    fn keys(self) -> Vec<Option<&'a str>> {
        match self {
            Self::Students(keys) => keys.iter().map(|key| Some(key.as_str())).collect(),
            Self::Class => vec![None],
        }
    }
}

/// Arrivals of which is erased who and what, whoever they are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Old {
    /// What was detected before this.
    pub before: Timestamp,
    /// Whether titles go too. What tells how a submission stands stays.
    pub titles: bool,
}

/// What is erased.
#[derive(Clone, Copy, Debug)]
pub struct Erasing<'a> {
    /// Of whom.
    pub whom: Whom<'a>,
    /// What stands for each of them in the audit log.
    pub pseudonyms: &'a [(StudentKey, String)],
    /// What they are called, in whatever is kept about others: names, addresses, ids.
    pub words: &'a [String],
    /// Arrivals of others.
    pub old: Option<Old>,
}

/// What was erased.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// How many students.
    pub students: u64,
    /// How many arrivals lost their names and titles.
    pub arrivals: u64,
    /// How many items of the last looks.
    pub items: u64,
    /// How many decisions about submissions.
    pub decisions: u64,
    /// Where copies of their files are on this machine. They stay.
    pub copies: Vec<String>,
    /// Of how many arrivals of others was erased who and what.
    pub trimmed: u64,
    /// Whether a program that reads just now keeps the old write-ahead log alive: then some of it may still
    /// be found in the file until the next purge.
    pub lingers: bool,
}

/// The tables that know a student by key, with the column.
const BY_STUDENT: [(&str, &str); 9] = [
    ("student", "key"),
    ("binding", "student"),
    ("promised", "student"),
    ("failed_row", "student"),
    ("alarm", "student"),
    ("extension", "student"),
    ("closing", "student"),
    ("gone_since", "student"),
    ("quarantine", "student"),
];

/// The tables that know a student by vault.
const BY_VAULT: [&str; 10] = [
    "access",
    "activity",
    "baseline",
    "copy",
    "listing",
    "placed",
    "present",
    "seen_item",
    "seen_vault",
    "unmarked",
];

/// The tables that go with the class.
const BY_CLASS: [&str; 6] = ["attempt", "dead_letter", "feed", "without_files", "signed", "unmarked"];

/// Cached answers that tell of no student.
const HARMLESS: &str = "DELETE FROM cached WHERE name NOT IN ('identity', 'read-until')";

impl Store {
    /// How many arrivals of a student, or of anybody, somebody who follows them has not taken yet.
    pub fn untaken(&self, whom: Whom<'_>) -> Result<u64, Fault> {
        self.read(|connection| {
            let taken = taken(connection)?;
            let seqs = seqs(connection, whom)?;
            let letters = letters(connection)?;
            Ok(seqs.iter().filter(|seq| **seq > taken || letters.contains(seq)).count() as u64)
        })
    }

    /// Erases what is known of somebody for good, all of it or nothing. That their access was taken at the
    /// end of the term is kept under their pseudonyms, see [`Store::recall`].
    ///
    /// # Errors
    /// [`Kind::Refused`] while a plan that names them is on its way.
    pub fn erase(&self, erasing: &Erasing<'_>) -> Result<Erased, Fault> {
        let whom = erasing.whom;
        self.read(|connection| Ok(connection.pragma_update(None, "secure_delete", true)?))?;
        let mut erased = self.write(|transaction| {
            others::forget(transaction, whom, erasing.words)?;
            let mut erased = Erased { students: enrolled(transaction, whom)?, ..Erased::default() };
            let (seqs, vaults) = (seqs(transaction, whom)?, vaults(transaction, whom)?);
            erased.copies = copies(transaction, &vaults)?;
            for vault in &vaults {
                erased.items += counted(transaction, "seen_item", vault)?;
                erased.decisions += counted(transaction, "placed", vault)?;
            }
            for seq in &seqs {
                blank(transaction, *seq, stub)?;
            }
            forget_offers(transaction, &seqs)?;
            erased.arrivals = seqs.len() as u64;
            for vault in &vaults {
                for table in BY_VAULT {
                    run(transaction, &format!("DELETE FROM {table} WHERE vault = ?1"), [vault])?;
                }
                run(transaction, "DELETE FROM alarm WHERE instr(subject, ?1) > 0", [vault])?;
            }
            super::closing::entomb(transaction, erasing.pseudonyms)?;
            erased.decisions += rows(transaction, whom)?;
            names(transaction, whom, erasing.pseudonyms)?;
            for sql in [HARMLESS, "DELETE FROM front"] {
                run(transaction, sql, [])?;
            }
            if let Some(old) = &erasing.old {
                let seqs = old_arrivals(transaction, old.before)?;
                erased.trimmed = seqs.len() as u64;
                for seq in seqs {
                    blank(transaction, seq, |arrival| trim(arrival, old.titles))?;
                }
            }
            Ok(erased)
        })?;
        erased.lingers = self.overwrite()?;
        Ok(erased)
    }

    /// How many arrivals were detected before a time, were taken by everybody who follows them, and still say
    /// who and what.
    pub fn old_arrivals(&self, before: Timestamp) -> Result<u64, Fault> {
        self.read(|connection| Ok(old_arrivals(connection, before)?.len() as u64))
    }

    /// Refuses where a plan that is on its way names somebody by one of these words.
    pub fn is_free(&self, words: &[String]) -> Result<(), Fault> {
        self.read(|connection| others::is_free(connection, Some(words)))
    }

    /// Leaves nothing of what was deleted in the file or beside it; whether another program keeps some of
    /// it alive.
    fn overwrite(&self) -> Result<bool, Fault> {
        for version in 1..super::schema::VERSION {
            let kept = self.path().with_extension(format!("db.{version}"));
            match fs::remove_file(&kept) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    let message = format!("the copy {}: {error}", kept.display());
                    return Err(Fault::new(Kind::Local, message).hint("remove it by hand"));
                }
                _ => {}
            }
        }
        *self.inner.sightings.lock().unwrap_or_else(std::sync::PoisonError::into_inner) =
            std::sync::Arc::default();
        *self.inner.judged.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = None;
        self.read(|connection| {
            connection.execute_batch("VACUUM")?;
            Ok(connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0))? != 0)
        })
    }
}

/// Up to which number everybody who follows arrivals has taken them.
fn taken(connection: &Connection) -> Result<u64, Trouble> {
    const SQL: &str = "SELECT min(acked) FROM
        (SELECT acked FROM consumer WHERE present = 1 UNION ALL SELECT acked FROM reader)";
    let read = |row: &Row<'_>| Ok(row.get::<_, Option<i64>>(0)?);
    let least = first(connection, SQL, [], read)?.flatten();
    Ok(least.map_or(i64::MAX as u64, |least| u64::try_from(least).unwrap_or_default()))
}

fn old_arrivals(connection: &Connection, before: Timestamp) -> Result<Vec<u64>, Trouble> {
    const SQL: &str = "SELECT seq, json_extract(json, '$.detected_at') FROM arrival WHERE seq <= ?1
        AND json_extract(json, '$.student.email') || json_extract(json, '$.vault.name') <> '' ORDER BY seq";
    let (taken, letters) = (taken(connection)?, letters(connection)?);
    let read = |row: &Row<'_>| Ok((count(row, 0)?, text(row, 1)?.parse::<Timestamp>().ok()));
    let found = all(connection, SQL, [number(taken)?], read)?;
    let is_old = |at: Option<Timestamp>| at.is_some_and(|at| at < before);
    Ok(found
        .into_iter()
        .filter(|(seq, at)| is_old(*at) && !letters.contains(seq))
        .map(|(seq, _)| seq)
        .collect())
}

/// The numbers that were set aside for somebody.
fn letters(connection: &Connection) -> Result<BTreeSet<u64>, Trouble> {
    let found = all(connection, "SELECT DISTINCT seq FROM dead_letter", [], |row| count(row, 0))?;
    Ok(found.into_iter().collect())
}

fn seqs(connection: &Connection, whom: Whom<'_>) -> Result<Vec<u64>, Trouble> {
    const ALL: &str = "SELECT seq FROM arrival WHERE student <> ?1 ORDER BY seq";
    const OF: &str = "SELECT seq FROM arrival WHERE student = ?1 ORDER BY seq";
    let mut found = Vec::new();
    for key in whom.keys() {
        let sql = if key.is_some() { OF } else { ALL };
        found.extend(all(connection, sql, [key.unwrap_or(ERASED)], |row| count(row, 0))?);
    }
    Ok(found)
}

/// Every vault that is or was theirs.
fn vaults(connection: &Connection, whom: Whom<'_>) -> Result<Vec<String>, Trouble> {
    const SQL: &str = "SELECT vault FROM binding WHERE ?1 IS NULL OR student = ?1
        UNION SELECT vault FROM arrival WHERE ?1 IS NULL OR student = ?1
        UNION SELECT vault FROM quarantine WHERE ?1 IS NULL OR student = ?1
        UNION SELECT json_extract(detail, '$.deleted.vault') FROM closing
            WHERE step = 'delete' AND (?1 IS NULL OR student = ?1)";
    let left = BY_VAULT.map(|table| [" UNION SELECT vault FROM ", table].concat()).concat();
    let mut found = BTreeSet::new();
    for key in whom.keys() {
        let sql = if key.is_some() { SQL.to_owned() } else { format!("{SQL}{left}") };
        let read = |row: &Row<'_>| Ok(maybe(row, 0)?.map(str::to_owned));
        found.extend(all(connection, &sql, [key], read)?.into_iter().flatten());
    }
    Ok(found.into_iter().collect())
}

fn enrolled(connection: &Connection, whom: Whom<'_>) -> Result<u64, Trouble> {
    const SQL: &str = "SELECT count(*) FROM student WHERE ?1 IS NULL OR key = ?1";
    let mut found = 0;
    for key in whom.keys() {
        found += first(connection, SQL, [key], |row| count(row, 0))?.unwrap_or_default();
    }
    Ok(found)
}

fn counted(connection: &Connection, table: &str, vault: &str) -> Result<u64, Trouble> {
    let sql = format!("SELECT count(*) FROM {table} WHERE vault = ?1");
    Ok(first(connection, &sql, [vault], |row| count(row, 0))?.unwrap_or_default())
}

fn copies(connection: &Connection, vaults: &[String]) -> Result<Vec<String>, Trouble> {
    let mut found = Vec::new();
    for vault in vaults {
        let sql = "SELECT path FROM copy WHERE vault = ?1 ORDER BY path";
        found.extend(all(connection, sql, [vault], |row| Ok(text(row, 0)?.to_owned()))?);
    }
    Ok(found)
}

/// Deletes the rows about them; how many decisions were among those.
fn rows(transaction: &Transaction<'_>, whom: Whom<'_>) -> Result<u64, Trouble> {
    let mut decisions = 0;
    for (table, column) in BY_STUDENT {
        let sql = format!("DELETE FROM {table} WHERE ?1 IS NULL OR {column} = ?1");
        for key in whom.keys() {
            let deleted = run(transaction, &sql, [key])?;
            if table == "extension" {
                decisions += deleted as u64;
            }
        }
    }
    if whom == Whom::Class {
        for table in BY_CLASS {
            run(transaction, &format!("DELETE FROM {table}"), [])?;
        }
    }
    Ok(decisions)
}

fn names(
    transaction: &Transaction<'_>,
    whom: Whom<'_>,
    pseudonyms: &[(StudentKey, String)],
) -> Result<(), Trouble> {
    if whom == Whom::Class {
        return run(transaction, "DELETE FROM name", []).map(drop);
    }
    let sql = "DELETE FROM name WHERE pseudonym = ?1";
    pseudonyms.iter().try_for_each(|(_, name)| run(transaction, sql, [name]).map(drop))
}

/// Nobody is offered what is not there any more. Each table is gone through once, however many that are.
fn forget_offers(transaction: &Transaction<'_>, seqs: &[u64]) -> Result<(), Trouble> {
    let seqs = to_json(seqs)?;
    for sql in [
        "DELETE FROM dead_letter WHERE seq IN (SELECT value FROM json_each(?1))",
        "DELETE FROM without_files WHERE seq IN (SELECT value FROM json_each(?1))",
        "DELETE FROM attempt WHERE json_extract(json, '$.seq') IN (SELECT value FROM json_each(?1))",
        "UPDATE consumer SET tried = NULL, why = NULL WHERE tried IN (SELECT value FROM json_each(?1))",
    ] {
        run(transaction, sql, [&seqs])?;
    }
    Ok(())
}

fn blank(transaction: &Transaction<'_>, seq: u64, change: impl FnOnce(&mut Value)) -> Result<(), Trouble> {
    let number = number(seq)?;
    let read = |row: &Row<'_>| from_json::<Value>(text(row, 0)?);
    let Some(mut arrival) = first(transaction, "SELECT json FROM arrival WHERE seq = ?1", [number], read)?
    else {
        return Ok(());
    };
    change(&mut arrival);
    run(transaction, "UPDATE arrival SET json = ?2 WHERE seq = ?1", (number, to_json(&arrival)?)).map(drop)
}

/// What is left of an arrival of somebody who was erased.
fn stub(arrival: &mut Value) {
    trim(arrival, true);
    arrival["student"]["key"] = json!(ERASED);
    arrival["files"] = json!([]);
    arrival["by"] = json!("unknown");
}

/// Takes out who and what, and leaves what a verdict rests on.
fn trim(arrival: &mut Value, titles: bool) {
    arrival["student"]["email"] = json!("");
    arrival["student"]["user_id"] = Value::Null;
    arrival["vault"]["name"] = json!("");
    arrival["item"]["last_edited_by"] = Value::Null;
    for file in arrival["files"].as_array_mut().into_iter().flatten() {
        file["name"] = json!("");
    }
    if titles {
        arrival["item"]["title"] = json!("");
        arrival["item"]["tags"] = json!([]);
    }
}
