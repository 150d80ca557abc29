//! Erasing what is known of people: names, addresses, titles, file names, reasons.
//!
//! The numbers of arrivals stay without gaps: what is erased leaves an arrival that says when something
//! happened in which vault and nothing of whom or what. Freed pages are overwritten, the file is written
//! anew and the write-ahead log is emptied, so that nothing can be read out of it afterwards; copies that
//! were kept of earlier versions go too.

use std::collections::BTreeSet;
use std::fs;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, Row, Transaction, params_from_iter};
use serde_json::{Value, json};

use super::row::{all, count, first, from_json, number, run, text, to_json};
use super::{Store, Trouble};
use crate::domain::class::StudentKey;
use crate::domain::fault::{Fault, Kind};

/// The key in the place of an erased student's.
const ERASED: &str = "erased";

/// Of whom is erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom<'a> {
    /// One student.
    Student(&'a StudentKey),
    /// Everybody.
    Class,
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
const BY_VAULT: [&str; 8] =
    ["access", "listing", "seen_item", "seen_vault", "baseline", "copy", "placed", "present"];

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

    /// Erases what is known of somebody for good; `pseudonyms` are those that the audit log has of them.
    ///
    /// # Errors
    /// [`Kind::Refused`] while a plan that names them is on its way.
    pub fn erase(&self, whom: Whom<'_>, pseudonyms: &[String]) -> Result<Erased, Fault> {
        self.read(|connection| Ok(connection.pragma_update(None, "secure_delete", true)?))?;
        let mut erased = self.write(|transaction| {
            jobs(transaction, whom)?;
            let mut erased = Erased { students: enrolled(transaction, whom)?, ..Erased::default() };
            let (seqs, vaults) = (seqs(transaction, whom)?, vaults(transaction, whom)?);
            erased.copies = copies(transaction, &vaults)?;
            erased.items = counted(transaction, "seen_item", &vaults)?;
            erased.decisions = counted(transaction, "placed", &vaults)?;
            for seq in &seqs {
                blank(transaction, *seq, stub)?;
                forget_offers(transaction, *seq)?;
            }
            erased.arrivals = seqs.len() as u64;
            for vault in &vaults {
                for table in BY_VAULT {
                    run(transaction, &format!("DELETE FROM {table} WHERE vault = ?1"), [vault])?;
                }
                run(transaction, "DELETE FROM alarm WHERE instr(subject, ?1) > 0", [vault])?;
            }
            erased.decisions += rows(transaction, whom)?;
            names(transaction, whom, pseudonyms)?;
            for sql in [HARMLESS, "DELETE FROM front"] {
                run(transaction, sql, [])?;
            }
            Ok(erased)
        })?;
        erased.lingers = self.overwrite()?;
        Ok(erased)
    }

    /// How many arrivals are older than `age`, were taken by everybody who follows them, and still say who
    /// and what.
    pub fn old_arrivals(&self, now: Timestamp, age: SignedDuration) -> Result<u64, Fault> {
        self.read(|connection| Ok(old(connection, now, age)?.len() as u64))
    }

    /// Takes out of those what says who and what: addresses, names of files and vaults, and titles too
    /// where `titles`. What tells how a submission stands stays.
    pub fn trim_arrivals(&self, now: Timestamp, age: SignedDuration, titles: bool) -> Result<(), Fault> {
        self.read(|connection| Ok(connection.pragma_update(None, "secure_delete", true)?))?;
        self.write(|transaction| {
            let old = old(transaction, now, age)?;
            old.into_iter().try_for_each(|seq| blank(transaction, seq, |arrival| trim(arrival, titles)))
        })?;
        self.overwrite().map(drop)
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

fn old(connection: &Connection, now: Timestamp, age: SignedDuration) -> Result<Vec<u64>, Trouble> {
    const SQL: &str = "SELECT seq, json_extract(json, '$.detected_at') FROM arrival
        WHERE seq <= ?1 AND json_extract(json, '$.student.email') <> '' ORDER BY seq";
    let before = now.checked_sub(age).unwrap_or(Timestamp::MIN);
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
    let read = |row: &Row<'_>| count(row, 0);
    match whom {
        Whom::Student(key) => {
            all(connection, "SELECT seq FROM arrival WHERE student = ?1 ORDER BY seq", [key.as_str()], read)
        }
        Whom::Class => {
            all(connection, "SELECT seq FROM arrival WHERE student <> ?1 ORDER BY seq", [ERASED], read)
        }
    }
}

/// Every vault that is or was theirs.
fn vaults(connection: &Connection, whom: Whom<'_>) -> Result<Vec<String>, Trouble> {
    const SQL: &str = "SELECT vault FROM binding WHERE ?1 IS NULL OR student = ?1
        UNION SELECT vault FROM arrival WHERE ?1 IS NULL OR student = ?1
        UNION SELECT vault FROM quarantine WHERE ?1 IS NULL OR student = ?1
        UNION SELECT json_extract(detail, '$.deleted.vault') FROM closing
            WHERE step = 'delete' AND (?1 IS NULL OR student = ?1)";
    const LEFT: &str = " UNION SELECT vault FROM seen_vault UNION SELECT vault FROM baseline
        UNION SELECT vault FROM copy UNION SELECT vault FROM access UNION SELECT vault FROM listing
        UNION SELECT vault FROM placed UNION SELECT vault FROM present";
    let read = |row: &Row<'_>| Ok(super::row::maybe(row, 0)?.map(str::to_owned));
    let found = match whom {
        Whom::Student(key) => all(connection, SQL, [Some(key.as_str())], read)?,
        Whom::Class => all(connection, &[SQL, LEFT].concat(), [None::<&str>], read)?,
    };
    Ok(found.into_iter().flatten().collect())
}

fn enrolled(connection: &Connection, whom: Whom<'_>) -> Result<u64, Trouble> {
    const SQL: &str = "SELECT count(*) FROM student WHERE ?1 IS NULL OR key = ?1";
    let key = match whom {
        Whom::Student(key) => Some(key.as_str()),
        Whom::Class => None,
    };
    Ok(first(connection, SQL, [key], |row| count(row, 0))?.unwrap_or_default())
}

fn counted(connection: &Connection, table: &str, vaults: &[String]) -> Result<u64, Trouble> {
    let marks = vec!["?"; vaults.len()].join(", ");
    let sql = format!("SELECT count(*) FROM {table} WHERE vault IN ({marks})");
    Ok(first(connection, &sql, params_from_iter(vaults), |row| count(row, 0))?.unwrap_or_default())
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
        let deleted = match whom {
            Whom::Student(key) => {
                run(transaction, &format!("DELETE FROM {table} WHERE {column} = ?1"), [key.as_str()])?
            }
            Whom::Class => run(transaction, &format!("DELETE FROM {table}"), [])?,
        };
        if table == "extension" {
            decisions = deleted as u64;
        }
    }
    if whom == Whom::Class {
        for table in ["attempt", "dead_letter", "without_files", "signed", "unmarked"] {
            run(transaction, &format!("DELETE FROM {table}"), [])?;
        }
    }
    Ok(decisions)
}

fn names(transaction: &Transaction<'_>, whom: Whom<'_>, pseudonyms: &[String]) -> Result<(), Trouble> {
    if whom == Whom::Class {
        return run(transaction, "DELETE FROM name", []).map(drop);
    }
    let sql = "DELETE FROM name WHERE pseudonym = ?1";
    pseudonyms.iter().try_for_each(|name| run(transaction, sql, [name]).map(drop))
}

/// Plans that have ended go with those they are about; one that is on its way is in the way.
fn jobs(transaction: &Transaction<'_>, whom: Whom<'_>) -> Result<(), Trouble> {
    const OVER: &str = "('ended', 'cancelled')";
    let key = match whom {
        // As a value in JSON, quoted.
        Whom::Student(key) => format!("\"{key}\""),
        Whom::Class => String::new(),
    };
    let open = format!("SELECT id FROM job WHERE instr(plan, ?1) > 0 AND state NOT IN {OVER} LIMIT 1");
    if let Some(job) = first(transaction, &open, [&key], |row| Ok(text(row, 0)?.to_owned()))? {
        let message = format!("the job {job} is not at its end");
        let hint = format!("strongroom apply carries it on, strongroom jobs cancel {job} ends it");
        return Err(Trouble::Told(Fault::new(Kind::Refused, message).hint(hint)));
    }
    run(transaction, "DELETE FROM job WHERE instr(plan, ?1) > 0", [&key]).map(drop)
}

/// Nobody is offered what is not there any more.
fn forget_offers(transaction: &Transaction<'_>, seq: u64) -> Result<(), Trouble> {
    for sql in [
        "DELETE FROM dead_letter WHERE seq = ?1",
        "DELETE FROM without_files WHERE seq = ?1",
        "DELETE FROM attempt WHERE json_extract(json, '$.seq') = ?1",
        "UPDATE consumer SET tried = NULL, why = NULL WHERE tried = ?1",
    ] {
        run(transaction, sql, [number(seq)?])?;
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
