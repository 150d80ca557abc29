//! How far each consumer of arrivals is: what it has acknowledged, what it does not take, and what
//! was set aside for it.
//!
//! A turn is settled only from the state in which it was taken: where a person has moved the cursor
//! or dropped a letter in between, that counts.

use rusqlite::{Connection, Row, Transaction};

use super::row::{
    all, count, first, from_json, limit, maybe, maybe_count, number, run, stamp, text, time, to_json,
};
use super::{Store, Trouble};
use crate::domain::fault::{Fault, Kind};
use crate::domain::handoff::{Attempt, DeadLetter, Ended, Progress, Retrying};
use crate::domain::text::SafeText;

pub(super) const TABLES: &str = "
-- Whoever is handed arrivals. `tried` and what follows it are of the arrival that is not taken now;
-- `refusals` are those of the offers that count against it, `wait_ms` is the length of the wait that
-- ends at `next_at`.
CREATE TABLE consumer (
    name TEXT PRIMARY KEY, means TEXT NOT NULL, present INTEGER NOT NULL, acked INTEGER NOT NULL,
    tried INTEGER, attempts INTEGER, refusals INTEGER, since TEXT, next_at TEXT, wait_ms INTEGER,
    why TEXT, stuck INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE dead_letter (
    consumer TEXT NOT NULL, seq INTEGER NOT NULL, at TEXT NOT NULL, attempts INTEGER NOT NULL,
    why TEXT NOT NULL, again INTEGER NOT NULL,
    PRIMARY KEY (consumer, seq)
) STRICT, WITHOUT ROWID;

-- What is back in line, so that the next one is found without a look at all that was set aside.
CREATE INDEX letter_again ON dead_letter (consumer, seq) WHERE again = 1;

-- Arrivals whose files are not there and will not be, and why: nobody asks for them again.
CREATE TABLE without_files (seq INTEGER PRIMARY KEY, why TEXT NOT NULL) STRICT;

CREATE TABLE attempt (id INTEGER PRIMARY KEY, json TEXT NOT NULL) STRICT;
";

/// How many attempts are kept.
pub const KEPT: u64 = 200;

/// What is offered to a consumer next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// To whom.
    pub consumer: String,
    /// Which arrival.
    pub seq: u64,
    /// Whether it was set aside before and was put back in line.
    pub again: bool,
    /// How it was not taken so far; `None` before the first offer.
    pub tried: Option<Offer>,
    /// What it had acknowledged when the turn was taken.
    acked: u64,
}

/// How the offers of one arrival went so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// As it is shown.
    pub retrying: Retrying,
    /// How many of the attempts count against the arrival.
    pub refusals: u32,
    /// The length of the wait that ends at `retrying.at`, in milliseconds.
    pub wait_ms: u64,
}

impl Store {
    /// Makes these the consumers, each a name and the word for how it is reached. One that was never
    /// there begins behind the newest arrival; one that is gone keeps its place, and is not shown.
    pub fn enrol_consumers(&self, consumers: &[(String, &'static str)]) -> Result<(), Fault> {
        const SQL: &str = "INSERT INTO consumer (name, means, present, acked)
            VALUES (?1, ?2, 1, coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'arrival'), 0))
            ON CONFLICT (name) DO UPDATE SET means = excluded.means, present = 1";
        self.write(|transaction| {
            run(transaction, "UPDATE consumer SET present = 0", [])?;
            for (name, means) in consumers {
                run(transaction, SQL, (name, means))?;
            }
            Ok(())
        })
    }

    /// What is offered to a consumer next: what it was offered and has not taken; else what was put back
    /// in line; else the first arrival that it has not acknowledged. `None` where nothing waits.
    pub fn turn(&self, consumer: &str) -> Result<Option<Turn>, Fault> {
        self.read(|connection| {
            let Some((acked, tried)) = line(connection, consumer)? else { return Ok(None) };
            let fresh = "SELECT min(seq) FROM arrival WHERE seq > ?1";
            let fresh = first(connection, fresh, [number(acked)?], |row| maybe_count(row, 0))?.flatten();
            let trying = tried.as_ref().map(|offer| offer.retrying.seq);
            let held = match trying {
                Some(seq) if fresh == Some(seq) => Some((seq, false)),
                Some(seq) => is_again(connection, consumer, seq)?.then_some((seq, true)),
                None => None,
            };
            let next = match held {
                Some(held) => Some(held),
                None => {
                    next_again(connection, consumer)?.map(|seq| (seq, true)).or(fresh.map(|seq| (seq, false)))
                }
            };
            Ok(next.map(|(seq, again)| {
                let tried = tried.filter(|offer| offer.retrying.seq == seq);
                Turn { consumer: consumer.to_owned(), seq, again, tried, acked }
            }))
        })
    }

    /// Notes how an offer ended, and with it what comes next: the arrival is acknowledged, offered again
    /// as `later` says, or set aside. Nothing is noted of a turn that somebody has ended meanwhile;
    /// the attempt itself always is.
    pub fn settle_turn(&self, turn: &Turn, attempt: &Attempt, later: Option<&Offer>) -> Result<(), Fault> {
        self.write(|transaction| {
            keep_attempt(transaction, attempt)?;
            if !is_standing(transaction, turn)? {
                return Ok(());
            }
            match (attempt.ended, later) {
                (Ended::Refused, Some(later)) => wait(transaction, turn, later),
                (Ended::Refused, None) => Ok(()),
                (Ended::Taken, _) => go_on(transaction, turn, None),
                (Ended::SetAside, _) => go_on(transaction, turn, Some(attempt)),
            }
        })
    }

    /// Notes that a turn waits although nothing was offered.
    pub fn hold_turn(&self, turn: &Turn, later: &Offer) -> Result<(), Fault> {
        self.write(
            |transaction| {
                if is_standing(transaction, turn)? { wait(transaction, turn, later) } else { Ok(()) }
            },
        )
    }

    /// Goes on although nothing was offered: the journal does not hold the arrival any more, or there is
    /// nobody to offer it to.
    pub fn skip_turn(&self, turn: &Turn) -> Result<(), Fault> {
        self.write(
            |transaction| {
                if is_standing(transaction, turn)? { go_on(transaction, turn, None) } else { Ok(()) }
            },
        )
    }

    /// How far the consumers of now are, by name.
    pub fn progress(&self) -> Result<Vec<Progress>, Fault> {
        const SQL: &str = "SELECT name, means FROM consumer WHERE present = 1 ORDER BY name";
        let last = self.last_seq()?;
        self.read(|connection| {
            let read = |row: &Row<'_>| Ok((text(row, 0)?.to_owned(), SafeText::new(text(row, 1)?)));
            let mut found = Vec::new();
            for (name, means) in all(connection, SQL, [], read)? {
                let Some((acked, tried)) = line(connection, &name)? else { continue };
                let (dead, back) = (dead(connection, &name)?, back(connection, &name)?);
                found.push(Progress {
                    consumer: SafeText::new(&name),
                    means,
                    acked,
                    waiting: last.saturating_sub(acked) + back,
                    retrying: tried.map(|offer| offer.retrying),
                    dead,
                });
            }
            Ok(found)
        })
    }

    /// The newest attempts, at most `rows`, newest first.
    pub fn attempts(&self, rows: usize) -> Result<Vec<Attempt>, Fault> {
        const SQL: &str = "SELECT json FROM attempt ORDER BY id DESC LIMIT ?1";
        let read = |row: &Row<'_>| from_json(text(row, 0)?);
        self.read(|connection| all(connection, SQL, [limit(rows)], read))
    }

    /// What was set aside for a consumer, oldest first.
    pub fn dead_letters(&self, consumer: &str) -> Result<Vec<DeadLetter>, Fault> {
        self.read(|connection| letters(connection, consumer))
    }

    /// Ends the wait for what is not taken: it is offered again at once. Whether anything waited.
    pub fn hurry(&self, consumer: &str) -> Result<bool, Fault> {
        // A wait of no length ends wherever the clock stands.
        const SQL: &str = "UPDATE consumer SET wait_ms = 0 WHERE name = ?1 AND tried IS NOT NULL";
        self.write(|transaction| Ok(run(transaction, SQL, [consumer])? > 0))
    }

    /// Puts what was set aside back in line, all of it or these numbers; which were.
    pub fn retry_letters(&self, consumer: &str, seqs: &[u64]) -> Result<Vec<u64>, Fault> {
        self.each_letter(consumer, seqs, "UPDATE dead_letter SET again = 1 WHERE consumer = ?1 AND seq = ?2")
    }

    /// Forgets what was set aside, these numbers, also one that is tried again just now; which were
    /// there.
    pub fn drop_letters(&self, consumer: &str, seqs: &[u64]) -> Result<Vec<u64>, Fault> {
        self.each_letter(consumer, seqs, "DELETE FROM dead_letter WHERE consumer = ?1 AND seq = ?2")
    }

    fn each_letter(&self, consumer: &str, seqs: &[u64], sql: &str) -> Result<Vec<u64>, Fault> {
        self.write(|transaction| {
            let letters = letters(transaction, consumer)?.into_iter().map(|letter| letter.seq);
            let wanted: Vec<u64> = letters.filter(|seq| seqs.is_empty() || seqs.contains(seq)).collect();
            for seq in &wanted {
                run(transaction, sql, (consumer, number(*seq)?))?;
            }
            let tried =
                line(transaction, consumer)?.and_then(|(_, tried)| tried).map(|tried| tried.retrying.seq);
            if let Some(seq) = tried
                && wanted.contains(&seq)
                && !is_again(transaction, consumer, seq)?
            {
                calm(transaction, consumer)?;
            }
            Ok(wanted)
        })
    }

    /// Notes that the files of an arrival are not there and will not be.
    pub fn put_without_files(&self, seq: u64, why: &SafeText) -> Result<(), Fault> {
        const SQL: &str = "INSERT OR REPLACE INTO without_files (seq, why) VALUES (?1, ?2)";
        self.write(|transaction| run(transaction, SQL, (number(seq)?, why.as_str())).map(drop))
    }

    /// Why the files of an arrival are not there; `None` where that was not noted.
    pub fn without_files(&self, seq: u64) -> Result<Option<SafeText>, Fault> {
        const SQL: &str = "SELECT why FROM without_files WHERE seq = ?1";
        let read = |row: &Row<'_>| Ok(SafeText::new(text(row, 0)?));
        self.read(|connection| first(connection, SQL, [number(seq)?], read))
    }

    /// Moves a consumer back, so that everything after `seq` is offered again in order. What was set
    /// aside behind it is among that, and files that were not there are asked for once more. Returns where
    /// the consumer was; one that was never there stands at `seq` from now on.
    ///
    /// # Errors
    /// [`Kind::Input`] where that would pass over arrivals.
    pub fn replay(&self, consumer: &str, means: &'static str, seq: u64) -> Result<Option<u64>, Fault> {
        let last = self.last_seq()?;
        self.write(|transaction| {
            let before = line(transaction, consumer)?.map(|(acked, _)| acked);
            if seq > before.unwrap_or(last) {
                let message = format!("{consumer} has not been handed the arrivals up to {seq} yet");
                let hint = "a replay goes back; nothing is passed over";
                return Err(Trouble::Told(Fault::new(Kind::Input, message).hint(hint)));
            }
            let made = "INSERT INTO consumer (name, means, present, acked) VALUES (?1, ?2, 1, ?3)
                ON CONFLICT (name) DO UPDATE SET acked = excluded.acked";
            run(transaction, made, (consumer, means, number(seq)?))?;
            calm(transaction, consumer)?;
            let behind = "DELETE FROM dead_letter WHERE consumer = ?1 AND seq > ?2";
            run(transaction, behind, (consumer, number(seq)?))?;
            run(transaction, "DELETE FROM without_files WHERE seq > ?1", [number(seq)?])?;
            Ok(before)
        })
    }
}

/// What a consumer has acknowledged, and what it does not take.
fn line(connection: &Connection, consumer: &str) -> Result<Option<(u64, Option<Offer>)>, Trouble> {
    const SQL: &str = "SELECT acked, tried, attempts, refusals, since, next_at, wait_ms, why, stuck
        FROM consumer WHERE name = ?1";
    first(connection, SQL, [consumer], |row| {
        let Some(seq) = maybe_count(row, 1)? else { return Ok((count(row, 0)?, None)) };
        let small = |at| Ok::<_, Trouble>(u32::try_from(count(row, at)?).unwrap_or(u32::MAX));
        let retrying = Retrying {
            seq,
            attempts: small(2)?,
            since: time(text(row, 4)?)?,
            at: time(text(row, 5)?)?,
            why: SafeText::new(text(row, 7)?),
            stuck: count(row, 8)? > 0,
        };
        Ok((count(row, 0)?, Some(Offer { retrying, refusals: small(3)?, wait_ms: count(row, 6)? })))
    })
}

/// The first arrival that is back in line for a consumer.
fn next_again(connection: &Connection, consumer: &str) -> Result<Option<u64>, Trouble> {
    Ok(first(connection, NEXT_AGAIN, [consumer], |row| maybe_count(row, 0))?.flatten())
}

const NEXT_AGAIN: &str = "SELECT min(seq) FROM dead_letter WHERE consumer = ?1 AND again = 1";

fn is_again(connection: &Connection, consumer: &str, seq: u64) -> Result<bool, Trouble> {
    const SQL: &str = "SELECT 1 FROM dead_letter WHERE consumer = ?1 AND seq = ?2 AND again = 1";
    Ok(first(connection, SQL, (consumer, number(seq)?), |_| Ok(()))?.is_some())
}

const BACK: &str = "SELECT count(*) FROM dead_letter WHERE consumer = ?1 AND again = 1";

/// How many are back in line.
fn back(connection: &Connection, consumer: &str) -> Result<u64, Trouble> {
    Ok(first(connection, BACK, [consumer], |row| count(row, 0))?.unwrap_or_default())
}

/// What was set aside and is not back in line, oldest first.
fn dead(connection: &Connection, consumer: &str) -> Result<Vec<u64>, Trouble> {
    const SQL: &str = "SELECT seq FROM dead_letter WHERE consumer = ?1 AND again = 0 ORDER BY seq";
    all(connection, SQL, [consumer], |row| count(row, 0))
}

fn letters(connection: &Connection, consumer: &str) -> Result<Vec<DeadLetter>, Trouble> {
    const SQL: &str =
        "SELECT seq, at, attempts, why, again FROM dead_letter WHERE consumer = ?1 ORDER BY seq";
    all(connection, SQL, [consumer], |row| {
        Ok(DeadLetter {
            seq: count(row, 0)?,
            at: time(text(row, 1)?)?,
            attempts: u32::try_from(count(row, 2)?).unwrap_or(u32::MAX),
            why: SafeText::new(maybe(row, 3)?.unwrap_or_default()),
            again: count(row, 4)? > 0,
        })
    })
}

/// Whether the turn is still the consumer's: nobody has moved its cursor, or dropped the letter.
fn is_standing(transaction: &Transaction<'_>, turn: &Turn) -> Result<bool, Trouble> {
    const SQL: &str = "SELECT 1 FROM consumer WHERE name = ?1 AND acked = ?2";
    if turn.again {
        return is_again(transaction, &turn.consumer, turn.seq);
    }
    Ok(first(transaction, SQL, (&turn.consumer, number(turn.acked)?), |_| Ok(()))?.is_some())
}

fn wait(transaction: &Transaction<'_>, turn: &Turn, later: &Offer) -> Result<(), Trouble> {
    const SQL: &str =
        "UPDATE consumer SET tried = ?2, attempts = ?3, refusals = ?4, since = ?5, next_at = ?6,
        wait_ms = ?7, why = ?8, stuck = ?9 WHERE name = ?1";
    let Offer { retrying, refusals, wait_ms } = later;
    let (since, at) = (stamp(retrying.since), stamp(retrying.at));
    let (seq, wait, why) = (number(turn.seq)?, number(*wait_ms)?, retrying.why.as_str());
    let row = (&turn.consumer, seq, retrying.attempts, *refusals, since, at, wait, why, retrying.stuck);
    run(transaction, SQL, row).map(drop)
}

/// Ends a turn: the arrival was taken, or set aside with the attempt that did it.
fn go_on(transaction: &Transaction<'_>, turn: &Turn, aside: Option<&Attempt>) -> Result<(), Trouble> {
    const ASIDE: &str = "INSERT OR REPLACE INTO dead_letter (consumer, seq, at, attempts, why, again)
        VALUES (?1, ?2, ?3, ?4, ?5, 0)";
    let which = (&turn.consumer, number(turn.seq)?);
    if !turn.again {
        run(transaction, "UPDATE consumer SET acked = ?2 WHERE name = ?1", which)?;
    }
    match aside {
        Some(last) => {
            let row = (which.0, which.1, stamp(last.at), last.attempt, last.why.as_str());
            run(transaction, ASIDE, row)?;
        }
        None => {
            run(transaction, "DELETE FROM dead_letter WHERE consumer = ?1 AND seq = ?2", which)?;
        }
    }
    calm(transaction, &turn.consumer)
}

fn calm(transaction: &Transaction<'_>, consumer: &str) -> Result<(), Trouble> {
    const SQL: &str = "UPDATE consumer SET tried = NULL, attempts = NULL, refusals = NULL, since = NULL,
        next_at = NULL, wait_ms = NULL, why = NULL, stuck = NULL WHERE name = ?1 AND tried IS NOT NULL";
    run(transaction, SQL, [consumer]).map(drop)
}

fn keep_attempt(transaction: &Transaction<'_>, attempt: &Attempt) -> Result<(), Trouble> {
    run(transaction, "INSERT INTO attempt (json) VALUES (?1)", [to_json(attempt)?])?;
    let newest = transaction.last_insert_rowid();
    let old = newest.saturating_sub(number(KEPT)?);
    run(transaction, "DELETE FROM attempt WHERE id <= ?1", [old]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_back_in_line_is_found_without_a_look_at_all_that_was_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("store.db")).unwrap();
        for sql in [NEXT_AGAIN, BACK] {
            let plan = format!("EXPLAIN QUERY PLAN {sql}");
            let read = |row: &Row<'_>| Ok(text(row, 3)?.to_owned());
            let plan = store.read(|connection| all(connection, &plan, ["grade"], read)).unwrap().concat();
            assert!(plan.contains("letter_again (consumer=?)"), "{sql}: {plan}");
        }
    }
}
