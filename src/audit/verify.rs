//! Walking the chain from its first record to its last, and comparing it with checkpoints.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::ops::ControlFlow;
use std::path::Path;

use serde::Serialize;

use super::checkpoint::{Checkpoint, Compared};
use super::disk;
use super::key::{Code, Key};
use super::record::{Chained, Head, LINE_LIMIT, Link, Phase, Record, Seq, check};
use super::{damaged, trouble};
use crate::domain::fault::Fault;

/// The first line that does not belong where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bad {
    /// Its number, from 1 on.
    pub line: u64,
    /// The number that the line itself gives, if it still can be read; in its place belongs the record
    /// of the line's number.
    pub seq: Option<Seq>,
    /// What is wrong with it, in words that follow "line 7 …".
    pub why: &'static str,
}

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, seq, why } = self;
        match seq {
            Some(seq) if seq.0 != *line => {
                write!(f, "line {line} {why} (it gives itself the number {seq})")
            }
            _ => write!(f, "line {line} (record {line}) {why}"),
        }
    }
}

/// What a walk over a log found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// How many records were good: all of them, or those before the first bad one.
    pub records: u64,
    /// The last good record; `None` if there is none.
    pub head: Option<Head>,
    /// The code of the first record, which tells one log from another; `None` if there is none.
    pub first: Option<Code>,
    /// Intents among the good records that have no result, oldest first.
    pub open_intents: Vec<Seq>,
    /// Where the chain breaks; nothing after it was looked at.
    pub first_bad: Option<Bad>,
    /// Whether the log ends in a line without a line feed, as a crash leaves it. That is no sign
    /// of tampering: nobody was told of that record, and the next append cuts it off.
    pub torn_tail: bool,
}

/// Checks a log from its first record to its last, reading it as a stream.
///
/// Every changed byte, and every record deleted, moved, repeated, put in or re-stamped without the
/// key is found. Not found is a cut at the end: a log without its last records (or no log at
/// all) is good, unless [`Verified::head`] is compared with one noted elsewhere. A program may
/// append meanwhile; what was there at the start is checked.
///
/// Fails with [`Kind::Local`](crate::domain::fault::Kind::Local) where a file cannot be read; a key
/// is never made here.
pub fn verify(log: &Path, key: &Path) -> Result<Verified, Fault> {
    verify_against(log, key, &[]).map(|(verified, _)| verified)
}

/// The same, and what each of these checkpoints proves of the log, in their order.
///
/// A checkpoint that whoever cuts the log did not take away closes the gap at the end: up to its record
/// nothing is missing.
///
/// # Errors
/// As [`verify`].
pub fn verify_against(
    log: &Path,
    key: &Path,
    checkpoints: &[Checkpoint],
) -> Result<(Verified, Vec<Compared>), Fault> {
    against(log, &Key::read(key, log)?, checkpoints)
}

/// The same, with the key in hand.
pub(super) fn against(
    log: &Path,
    key: &Key,
    checkpoints: &[Checkpoint],
) -> Result<(Verified, Vec<Compared>), Fault> {
    let wanted: BTreeSet<Seq> = checkpoints.iter().map(|one| one.seq).collect();
    let (mut open, mut first, mut met) = (BTreeSet::new(), None, BTreeMap::new());
    let walk = walk(log, key, None, |good: Link, _| {
        first.get_or_insert(good.mac);
        if wanted.contains(&good.seq) {
            met.insert(good.seq, good.mac);
        }
        match (good.phase, good.of) {
            (Phase::Intent, _) => drop(open.insert(good.seq)),
            (Phase::Result, Some(of)) => drop(open.remove(&of)),
            (Phase::Result, None) => {}
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let compared = checkpoints
        .iter()
        .map(|one| one.compared(key, first, met.get(&one.seq).copied(), walk.first_bad.is_some()))
        .collect();
    let verified = Verified {
        records: walk.head.seq.0,
        head: (walk.head != Head::START).then_some(walk.head),
        first: first.filter(|_| walk.head != Head::START),
        open_intents: open.into_iter().collect(),
        first_bad: walk.first_bad,
        torn_tail: walk.torn_tail,
    };
    Ok((verified, compared))
}

/// The code of the first record, if it is good.
pub(super) fn first(log: &Path, key: &Key) -> Result<Option<Code>, Fault> {
    let fail = |error: io::Error| trouble(log, &error);
    let Some((file, len)) = open_between_appends(log).map_err(fail)? else {
        return Ok(None);
    };
    let mut line = Vec::with_capacity(1024);
    BufReader::new(file.take(len.min(LINE_LIMIT as u64 + 1))).read_until(b'\n', &mut line).map_err(fail)?;
    line.pop_if(|byte| *byte == b'\n');
    Ok(check::<Link>(key, &line).ok().map(|good| good.mac))
}

/// The intents without result of a log that must be whole.
pub(super) fn open_intents(log: &Path, key: &Key) -> Result<Vec<Record>, Fault> {
    let mut open = BTreeMap::new();
    let walk = walk(log, key, None, |good: Link, line| {
        match (good.phase, good.of) {
            (Phase::Intent, _) => drop(open.insert(good.seq, line.to_vec())),
            (Phase::Result, Some(of)) => drop(open.remove(&of)),
            (Phase::Result, None) => {}
        }
        Ok(ControlFlow::Continue(()))
    })?;
    if let Some(bad) = walk.first_bad {
        return Err(damaged(log, &bad));
    }
    let record = |line: Vec<u8>| serde_json::from_slice(&line).map_err(|e| trouble(log, &e.into()));
    open.into_values().map(record).collect()
}

/// Whether a piece without a line feed is a whole record and one more byte. No crash leaves that:
/// the byte was the record's line feed, and cutting the piece off would destroy a good record.
pub(super) fn lost_its_end(key: &Key, torn: &[u8]) -> bool {
    torn.split_last().is_some_and(|(_, line)| check::<Link>(key, line).is_ok())
}

/// Where a walk ended.
pub(super) struct Walk {
    head: Head,
    pub(super) first_bad: Option<Bad>,
    torn_tail: bool,
}

/// Shows every good record and its line (without the line feed), up to the first bad one or to where
/// `each` breaks or fails. This is the only way in which records are read from the beginning: what it shows
/// goes with its code and follows the record before.
///
/// `after` a number, the chain begins with the first record of a higher one that goes with its code: what
/// lies before is passed over whatever it is.
pub(super) fn walk<T: Chained>(
    log: &Path,
    key: &Key,
    after: Option<Seq>,
    mut each: impl FnMut(T, &[u8]) -> Result<ControlFlow<()>, Fault>,
) -> Result<Walk, Fault> {
    let fail = |error: io::Error| trouble(log, &error);
    let mut walk = Walk { head: Head::START, first_bad: None, torn_tail: false };
    let Some((file, len)) = open_between_appends(log).map_err(fail)? else {
        return Ok(walk);
    };
    let mut reader = BufReader::with_capacity(256 * 1024, file.take(len));
    let mut line = Vec::with_capacity(1024);
    let (mut number, mut passing) = (0, after);
    loop {
        line.clear();
        let limit = LINE_LIMIT as u64 + 2;
        if reader.by_ref().take(limit).read_until(b'\n', &mut line).map_err(fail)? == 0 {
            return Ok(walk);
        }
        number += 1;
        let ended = line.pop_if(|byte| *byte == b'\n').is_some();
        let found = match passing {
            Some(after) => {
                let begins = check::<T>(key, &line).ok().filter(|one| ended && one.head().seq > after);
                let Some(one) = begins else { continue };
                passing = None;
                Ok(one)
            }
            None if ended => follow(key, &line, walk.head),
            None if line.len() > LINE_LIMIT => Err("is too long"),
            None if lost_its_end(key, &line) => Err("has lost its line feed"),
            None => {
                walk.torn_tail = true;
                return Ok(walk);
            }
        };
        match found {
            Ok(good) => {
                walk.head = good.head();
                if each(good, &line)?.is_break() {
                    return Ok(walk);
                }
            }
            Err(why) => {
                walk.first_bad = Some(Bad { line: number, seq: own_number(&line), why });
                return Ok(walk);
            }
        }
    }
}

/// The number that a line gives itself, whatever else is wrong with it.
fn own_number(line: &[u8]) -> Option<Seq> {
    #[derive(serde::Deserialize)]
    struct Numbered {
        seq: Seq,
    }
    serde_json::from_slice::<Numbered>(line).ok().map(|line| line.seq)
}

/// Checks a line by itself, then that it follows the record before.
fn follow<T: Chained>(key: &Key, line: &[u8], before: Head) -> Result<T, &'static str> {
    let good: T = check(key, line)?;
    if good.head().seq.0 != before.seq.0 + 1 {
        return Err("has a number that does not follow: a record is missing, moved or repeated");
    }
    if good.prev() != before.mac {
        return Err("does not follow the record before it: it comes from another chain");
    }
    Ok(good)
}

/// The log and its length at a moment when no append was under way; `None` if there is no log.
fn open_between_appends(log: &Path) -> io::Result<Option<(File, u64)>> {
    let file = match disk::open(log, OpenOptions::new().read(true)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    file.lock_shared()?;
    let len = file.metadata()?.len();
    file.unlock()?;
    Ok(Some((file, len)))
}
