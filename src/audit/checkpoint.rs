//! A note of where the log ends, to be kept apart from it: it proves the more, the fewer can both cut the
//! log and take the note away.
//!
//! Knows the chain's codes. It must not know where a note is kept. What is in one is no secret: numbers,
//! times, codes, and which machine wrote it.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::key::{Code, Key};
use super::record::{Actor, Head, Seq};
use super::{Audit, Intended};
use crate::domain::fault::{Fault, Kind};
use crate::domain::text::{SafeText, ascii};

/// The name of the JSON form; a part of the contract.
pub(super) const SCHEMA: &str = "strongroom.checkpoint/1";
/// The largest note that is read, in bytes.
pub const LARGEST: u64 = 16 * 1024;

/// A note of the last record of a log at some time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// [`SCHEMA`].
    schema: SafeText,
    /// Which class's log it is.
    pub class: SafeText,
    /// And of which account.
    pub account: SafeText,
    /// When it was written, by the clock of the machine that did.
    pub time: Timestamp,
    /// That machine.
    pub machine: SafeText,
    /// How many records the log had.
    pub records: u64,
    /// The number of the last one.
    pub seq: Seq,
    /// Its code.
    pub mac: Code,
    /// The code of the first one, which tells one log from another.
    pub first: Code,
    /// Over all of it, under the key of the log: that it was this log's keeper who wrote it.
    code: Code,
}

/// What a checkpoint proves of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Compared {
    /// Up to its record nothing was cut off or replaced.
    Proved,
    /// The log ends before its record: the end was cut off.
    Short,
    /// The record of its number is another one: the log was replaced, under its own key.
    Replaced,
    /// The log begins with another record: it was begun anew, or another log lies in its place.
    Anew,
    /// The chain breaks before its record, so that it proves nothing.
    Broken,
    /// It was not written under the key of this log, or was changed since.
    NotOurs,
}

impl Compared {
    /// Whether it contradicts the log: somebody took records away or put others there.
    pub fn contradicts(self) -> bool {
        matches!(self, Self::Short | Self::Replaced | Self::Anew)
    }

    /// Whether the log is not to be gone on with by it: contradicted, or by a note that was tampered with.
    pub fn denies(self) -> bool {
        self.contradicts() || self == Self::NotOurs
    }

    /// What is so, in words that follow "the checkpoint …".
    pub fn words(self) -> &'static str {
        match self {
            Self::Proved => "proves that nothing up to its record was cut off or replaced",
            Self::Short => "is of a later record than the last one here: the end of the log was cut off",
            Self::Replaced => "names another record of that number: the log was replaced",
            Self::Anew => "is of a log that began with another record: this one was begun anew or replaced",
            Self::Broken => "proves nothing, since the chain breaks before its record",
            Self::NotOurs => "was not written under the key of this log, or was changed since",
        }
    }
}

/// What a checkpoint says beside the record.
#[derive(Clone, Debug)]
pub struct About<'a> {
    /// The id of the class.
    pub class: &'a str,
    /// The id of the account.
    pub account: &'a str,
    /// Who writes it.
    pub actor: &'a Actor,
    /// The code of the first record.
    pub first: Code,
    /// The last one.
    pub head: Head,
}

impl Intended {
    /// The intent as the last record of the log at the moment when it was written.
    pub fn head(&self) -> Head {
        Head { seq: self.seq, mac: self.mac }
    }
}

impl Audit {
    /// Whether a note was written under the key of this log and not changed since.
    pub fn wrote(&self, checkpoint: &Checkpoint) -> bool {
        checkpoint.code_under(&self.key).ok() == Some(checkpoint.code)
    }

    /// A note of a record, under the key of this log.
    ///
    /// # Errors
    /// [`Kind::Broken`] where it cannot be written as JSON.
    pub fn checkpoint(&self, about: &About<'_>, now: Timestamp) -> Result<Checkpoint, Fault> {
        let mut checkpoint = Checkpoint {
            schema: SCHEMA.into(),
            class: about.class.into(),
            account: about.account.into(),
            time: now,
            machine: about.actor.machine.clone(),
            records: about.head.seq.0,
            seq: about.head.seq,
            mac: about.head.mac,
            first: about.first,
            code: Code::ZERO,
        };
        checkpoint.code = checkpoint.code_under(&self.key).map_err(|error| unreadable(&error))?;
        Ok(checkpoint)
    }
}

impl Checkpoint {
    /// Reads a note; whether it is to be believed, only a comparison tells.
    ///
    /// # Errors
    /// [`Kind::Input`] for whatever is no checkpoint of this version.
    pub fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        let read: Self = serde_json::from_slice(bytes).map_err(|error| unreadable(&error))?;
        if read.schema.as_str() != SCHEMA || read.records != read.seq.0 {
            let message = "a checkpoint of another version of Strongroom";
            return Err(Fault::new(Kind::Input, message).hint("compare with the version that wrote it"));
        }
        Ok(read)
    }

    /// The note as one line of JSON in plain ASCII, with a line feed.
    ///
    /// # Errors
    /// [`Kind::Input`] where it cannot be written.
    pub fn to_json(&self) -> Result<String, Fault> {
        let json = serde_json::to_string(self).map_err(|error| unreadable(&error))?;
        Ok(format!("{}\n", ascii(&json)))
    }

    /// The record that it is of.
    pub fn head(&self) -> Head {
        Head { seq: self.seq, mac: self.mac }
    }

    /// What it proves of a log with this first record and this one of its own number.
    pub(super) fn compared(
        &self,
        key: &Key,
        first: Option<Code>,
        there: Option<Code>,
        broken: bool,
    ) -> Compared {
        if self.code_under(key).ok() != Some(self.code) {
            return Compared::NotOurs;
        }
        match (first, there) {
            (Some(first), _) if first != self.first => Compared::Anew,
            (_, Some(mac)) if mac == self.mac => Compared::Proved,
            (_, Some(_)) => Compared::Replaced,
            (_, None) if broken => Compared::Broken,
            (_, None) => Compared::Short,
        }
    }

    fn code_under(&self, key: &Key) -> serde_json::Result<Code> {
        let plain = Self { code: Code::ZERO, ..self.clone() };
        // No record begins with this word, so that a note never passes for one.
        Ok(key.code(&[b"checkpoint:", serde_json::to_string(&plain)?.as_bytes()]))
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "checkpoint of {} at record {}", self.time, self.seq)
    }
}

/// The text of a JSON error quotes what was read, so only where it was is told.
fn unreadable(error: &serde_json::Error) -> Fault {
    let at = format!("line {}, column {}", error.line(), error.column());
    Fault::new(Kind::Input, format!("not a checkpoint ({at})"))
        .hint("name a file that `strongroom audit checkpoint --file` has written")
}
