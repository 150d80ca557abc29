//! The audit log: what was about to be done and what came of it, one JSON object a line.
//!
//! Knows `domain` and its two files, the log and the key. It must not know what the operations
//! mean, who sends them, or what time it is.
//!
//! **The chain.** Every record carries a code, HMAC-SHA256 over its line and with it over the code
//! of the record before. Without the key no record can be changed, left out, moved, repeated or
//! added so that [`verify()`] accepts it. What the chain cannot prove: that the *end* is complete. A
//! log that lost its last records is a shorter, good log; only a [`Checkpoint`] kept elsewhere
//! tells. Nor does it prove anything against somebody who has the key.
//!
//! **Several programs.** Each append waits for the file's lock, takes up the chain from the last
//! line, and lets go. An [`Audit`] holds no open file, so any number of them, in any number of threads
//! and programs, keep one chain. It remembers only how far the log was at its last append: a log that
//! is shorter at the next one has lost records, and nothing more is written to it.
//!
//! **Crashes.** [`Audit::intend`] returns after its records are synced, and only then may
//! something be sent. A line without a line feed is what a crash left of a record that nobody was
//! told of; the next append cuts it off.

mod checkpoint;
pub(crate) mod disk;
mod file;
mod key;
mod read;
mod record;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod trials_tests;
mod verify;

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::Value;

use crate::domain::fault::{Fault, Kind};
use crate::domain::text::SafeText;
pub use checkpoint::{About, Checkpoint, Compared, LARGEST as LARGEST_CHECKPOINT};
pub use key::Code;
use key::Key;
pub use read::Filter;
pub use record::{Actor, Head, Outcome, Phase, Record, Seq};
pub use verify::{Bad, Verified, verify, verify_against};

/// A log that can be written. Cloning it is cheap, and the clones write the same log.
#[derive(Clone)]
pub struct Audit {
    log: PathBuf,
    key: Key,
    /// Whether results were written that nobody has synced yet.
    unsynced: Arc<AtomicBool>,
    /// The last record of the last append, and where it ended.
    last: Arc<Mutex<Option<(Head, u64)>>>,
}

/// What is about to be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Intent {
    /// The name of the operation.
    pub op: &'static str,
    /// Its arguments. Names and addresses go through [`Audit::pseudonym`] first.
    pub args: Value,
    /// Who acts.
    pub actor: Actor,
    /// The plan that it belongs to.
    pub plan: Option<String>,
    /// What is so now, as far as it is known.
    pub before: Option<Value>,
}

/// An intent that stands in the log. A result can only be written with one in hand.
#[derive(Clone, Debug, PartialEq)]
pub struct Intended {
    seq: Seq,
    mac: Code,
    op: SafeText,
    actor: Actor,
    plan: Option<SafeText>,
}

impl Intended {
    /// The number of the intent's record.
    pub fn seq(&self) -> Seq {
        self.seq
    }
}

impl Record {
    /// The intent that this record is, so that its result can be written; `None` for a result.
    pub fn intended(&self) -> Option<Intended> {
        let Self { seq, mac, op, actor, plan, .. } = self;
        let intended =
            || Intended { seq: *seq, mac: *mac, op: op.clone(), actor: actor.clone(), plan: plan.clone() };
        (self.phase == Phase::Intent).then(intended)
    }
}

impl Audit {
    /// Opens a log: reads its key, which is made (0600, in a 0700 folder) if neither key nor log
    /// exist. The log itself is made by the first record.
    ///
    /// Refused with [`Kind::Local`]: a key that others can read or that belongs to somebody else, a
    /// key in the folder of the log, and a log whose key is gone.
    pub fn open(log: &Path, key: &Path) -> Result<Self, Fault> {
        let key = Key::read_or_make(key, log)?;
        Ok(Self { log: log.to_owned(), key, unsynced: Arc::default(), last: Arc::default() })
    }

    /// Writes what is about to be done, all of it or nothing, and returns after it was synced.
    ///
    /// It fails closed: after a fault ([`Kind::Local`]: disk full, no right to write, a damaged log,
    /// another key, a record longer than a mebibyte) nothing may be sent.
    pub fn intend(&self, intents: &[Intent], now: Timestamp) -> Result<Vec<Intended>, Fault> {
        let record = |intent: &Intent| Record {
            op: SafeText::new(intent.op),
            args: intent.args.clone(),
            actor: intent.actor.clone(),
            plan: intent.plan.as_deref().map(SafeText::new),
            before: intent.before.clone(),
            ..blank(Phase::Intent, &intent.actor, now)
        };
        let mut records: Vec<Record> = intents.iter().map(record).collect();
        self.append(&mut records, true)?;
        Ok(records.iter().filter_map(Record::intended).collect())
    }

    /// Writes what came of an intent. It is written at once, and synced by the next
    /// [`flush`](Self::flush) or [`intend`](Self::intend): losing it to a power cut leaves an open
    /// intent, never a wrong record. Fails as `intend` does; what was sent stays sent.
    pub fn conclude(
        &self,
        of: &Intended,
        outcome: Outcome,
        message: Option<&str>,
        after: Option<Value>,
        now: Timestamp,
    ) -> Result<Seq, Fault> {
        let record = Record {
            op: of.op.clone(),
            plan: of.plan.clone(),
            of: Some(of.seq),
            outcome: Some(outcome),
            message: message.map(SafeText::new),
            after,
            ..blank(Phase::Result, &of.actor, now)
        };
        let mut records = [record];
        self.append(&mut records, false)?;
        let [record] = records;
        Ok(record.seq)
    }

    /// Syncs the results written since the last sync; does nothing if there are none.
    pub fn flush(&self) -> Result<(), Fault> {
        if !self.unsynced.swap(false, Ordering::AcqRel) {
            return Ok(());
        }
        let opened = disk::open(&self.log, OpenOptions::new().read(true));
        let synced = opened.and_then(|file| {
            disk::sync(&file)?;
            #[cfg(test)]
            crate::seeded::synced(file.metadata()?.len());
            Ok(())
        });
        synced.map_err(|error| {
            self.unsynced.store(true, Ordering::Release);
            trouble(&self.log, &error)
        })
    }

    /// What stands in the log for a name or an address: 16 hex digits that only the key can
    /// reproduce. The store keeps an erasable table from them back to the text.
    pub fn pseudonym(&self, text: &str) -> String {
        // No record begins with this word, so that a pseudonym never is a part of a record's code.
        let code = self.key.code(&[b"pseudonym:", text.as_bytes()]).to_string();
        code.chars().take(16).collect()
    }

    /// Intents without a result, oldest first: what a crash or a lost answer left to look at.
    ///
    /// Reads the whole log and checks it; a damaged one is a fault, since nothing should be
    /// resumed on the word of a forged record.
    pub fn open_intents(&self) -> Result<Vec<Record>, Fault> {
        verify::open_intents(&self.log, &self.key)
    }

    /// Checks the log as [`verify_against`] does.
    ///
    /// # Errors
    /// A fault of [`Kind::Local`] where the log cannot be read.
    pub fn verify_against(&self, checkpoints: &[Checkpoint]) -> Result<(Verified, Vec<Compared>), Fault> {
        verify::against(&self.log, &self.key, checkpoints)
    }

    /// The code of the first record, which tells one log from another; `None` where there is none.
    ///
    /// # Errors
    /// A fault of [`Kind::Local`] where the log cannot be read.
    pub fn first(&self) -> Result<Option<Code>, Fault> {
        verify::first(&self.log, &self.key)
    }

    /// Numbers, chains and appends the records under the lock of the file.
    fn append(&self, records: &mut [Record], sync: bool) -> Result<(), Fault> {
        if records.is_empty() {
            return Ok(());
        }
        let fail = |error: io::Error| trouble(&self.log, &error);
        let file = file::open_locked(&self.log).map_err(fail)?;
        let (mut head, end) = self.head(&file)?;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        whole(&self.log, *last, (head, end))?;
        let mut bytes = Vec::with_capacity(records.len() * 512);
        for record in records.iter_mut() {
            let start = bytes.len();
            (record.seq, record.prev) = (Seq(head.seq.0 + 1), head.mac);
            record.write(&self.key, &mut bytes).map_err(|error| fail(error.into()))?;
            if bytes.len() - start > record::LINE_LIMIT {
                return Err(fail(io::Error::other("a record is too long")));
            }
            head = Head { seq: record.seq, mac: record.mac };
        }
        if !sync {
            self.unsynced.store(true, Ordering::Release); // before writing, so that no flush misses it
        }
        file::append(&file, end, &bytes, sync).map_err(fail)?;
        *last = Some((head, end + bytes.len() as u64));
        if sync {
            self.unsynced.store(false, Ordering::Release); // still locked: nothing came in between
        }
        Ok(())
    }

    /// The last record of the locked file and where it ends. Cuts off what a crash left after it.
    fn head(&self, file: &File) -> Result<(Head, u64), Fault> {
        let fail = |error: io::Error| trouble(&self.log, &error);
        disk::reading().map_err(fail)?;
        let len = file.metadata().map_err(fail)?.len();
        let mut pieces = file::Backwards::new(file, len);
        let torn = pieces.next().map_err(fail)?.unwrap_or_default();
        let line = pieces.next().map_err(fail)?;
        let head = match line {
            None => Head::START,
            Some(line) => match record::check::<record::Link>(&self.key, &line) {
                Ok(good) => Head { seq: good.seq, mac: good.mac },
                Err(why) => return Err(damaged(&self.log, format_args!("its last record {why}"))),
            },
        };
        if torn.is_empty() {
            return Ok((head, len));
        }
        if verify::lost_its_end(&self.key, &torn) {
            return Err(damaged(&self.log, "the end of its last record was changed"));
        }
        let end = len - torn.len() as u64;
        disk::cut(file, end).map_err(fail)?;
        Ok((head, end))
    }
}

impl fmt::Debug for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Audit").field("log", &self.log).finish_non_exhaustive()
    }
}

/// A record that says nothing yet; `append` gives it its number and its codes.
fn blank(phase: Phase, actor: &Actor, time: Timestamp) -> Record {
    Record {
        seq: Seq(0),
        time,
        phase,
        op: SafeText::default(),
        args: Value::Object(serde_json::Map::new()),
        actor: actor.clone(),
        plan: None,
        of: None,
        outcome: None,
        message: None,
        before: None,
        after: None,
        prev: Code::ZERO,
        mac: Code::ZERO,
    }
}

/// Refuses a log that has lost records since this program appended to it: to go on would hide that.
fn whole(log: &Path, last: Option<(Head, u64)>, now: (Head, u64)) -> Result<(), Fault> {
    let Some((head, end)) = last else { return Ok(()) };
    let same = now.0.seq > head.seq || now.0 == head;
    if same && now.1 >= end {
        return Ok(());
    }
    let message = format!(
        "the audit log {} has lost records: this program wrote record {}, and it now ends with {}",
        log.display(),
        head.seq,
        now.0.seq
    );
    Err(Fault::new(Kind::Local, message)
        .hint("bring it back from a copy; if it was moved away on purpose, start Strongroom again"))
}

fn trouble(log: &Path, error: &io::Error) -> Fault {
    let hint = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "free some space on its disk",
        _ => "check the file and its folder; nothing is changed without a log",
    };
    Fault::new(Kind::Local, format!("the audit log {}: {error}", log.display())).hint(hint)
}

fn damaged(log: &Path, why: impl fmt::Display) -> Fault {
    let message = format!("the audit log {} is damaged: {why}", log.display());
    let hint = "look with `strongroom audit verify`; keep the file as it is and bring the log back from a copy, or \
                move it away to begin a new one";
    Fault::new(Kind::Local, message).hint(hint)
}
