//! One record, and the one way it is written as a line.

use std::fmt;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::key::{Code, Key};
use crate::domain::text::{SafeText, ascii};

/// The longest line, in bytes. A longer record is refused, and a longer line is no record.
pub(super) const LINE_LIMIT: usize = 1 << 20;
/// What stands in a line before its code; the code is always the last field.
const BEFORE_CODE: &[u8] = br#","mac":""#;
const AFTER_CODE: &[u8] = br#""}"#;

/// The number of a record in its log: from 1 on, without gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The last record of a chain. Noted elsewhere, it proves later that the log was not cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Its number.
    pub seq: Seq,
    /// Its code.
    pub mac: Code,
}

impl Head {
    /// What the first record follows.
    pub(super) const START: Self = Self { seq: Seq(0), mac: Code::ZERO };
}

/// Whether a record says what is about to be done, or what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Written and synced before anything is sent.
    Intent,
    /// Written when the outcome is known, or known to be unknown.
    Result,
}

/// What came of an intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The service did it.
    Done,
    /// It was so already; nothing was sent.
    Unchanged,
    /// The service said no, or was never reached: nothing was changed.
    Failed,
    /// It was sent and the answer got lost: look before trying again.
    Unknown,
    /// Strongroom itself refused; nothing was sent.
    Refused,
}

impl Outcome {
    /// The word for it, in the log and wherever it is told.
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Unchanged => "unchanged",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Refused => "refused",
        }
    }
}

/// Who acts: this machine and its user, and what 1Password sees of them, which is the service account
/// or the person who is signed in. Neither where nothing is sent and 1Password has not told the program yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The name of this machine.
    pub machine: SafeText,
    /// The user of this machine.
    pub user: SafeText,
    /// The id of the service account; empty where a person acts, or where that is not known.
    pub service_account: SafeText,
    /// The id of the person who acts in 1Password, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<SafeText>,
    /// Through which front end: `dashboard`, `command` or `watch`. Older records do not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<SafeText>,
}

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Its number.
    pub seq: Seq,
    /// When it was written, by this machine's clock.
    pub time: Timestamp,
    /// Intent or result.
    pub phase: Phase,
    /// The name of the operation; a result repeats that of its intent.
    pub op: SafeText,
    /// The operation's arguments: ids and pseudonyms, no names. Empty in a result.
    pub args: Value,
    /// Who acts.
    pub actor: Actor,
    /// The plan that the operation belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<SafeText>,
    /// In a result: the number of its intent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<Seq>,
    /// In a result: what came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// In a result: what the service or Strongroom said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<SafeText>,
    /// What was so before: `null` where that was not known, and `None` where there is nothing to tell.
    #[serde(default, deserialize_with = "told", skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What is so afterwards, in the same way.
    #[serde(default, deserialize_with = "told", skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// The code of the record before; zeros in the first.
    pub prev: Code,
    /// The code of this record: over all of its line but this field.
    pub mac: Code,
}

/// A field that is there is told, also where it is `null`.
fn told<'de, D: Deserializer<'de>>(field: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(field).map(Some)
}

/// What the chain needs of a record; enough where the rest is not looked at.
#[derive(Deserialize)]
pub(super) struct Link {
    pub(super) seq: Seq,
    pub(super) phase: Phase,
    #[serde(default)]
    pub(super) of: Option<Seq>,
    prev: Code,
    pub(super) mac: Code,
}

/// What is read of a line that goes with its code: all of it, or only what chains it.
pub(super) trait Chained: DeserializeOwned {
    /// Its number and code.
    fn head(&self) -> Head;
    /// The code of the record before it.
    fn prev(&self) -> Code;
}

impl Chained for Link {
    fn head(&self) -> Head {
        Head { seq: self.seq, mac: self.mac }
    }

    fn prev(&self) -> Code {
        self.prev
    }
}

impl Chained for Record {
    fn head(&self) -> Head {
        Head { seq: self.seq, mac: self.mac }
    }

    fn prev(&self) -> Code {
        self.prev
    }
}

impl Record {
    /// Writes the record as a line with its code, which is also set in the record.
    pub(super) fn write(&mut self, key: &Key, out: &mut Vec<u8>) -> serde_json::Result<()> {
        self.mac = Code::ZERO;
        let json = ascii(&serde_json::to_string(self)?);
        // The code is the last field and has a fixed length, so the line without it is a prefix.
        let tail = BEFORE_CODE.len() + Code::DIGITS + AFTER_CODE.len();
        let body = json.as_bytes().get(..json.len().saturating_sub(tail)).unwrap_or_default();
        self.mac = key.code(&[body, b"}"]);
        out.extend_from_slice(body);
        out.extend_from_slice(BEFORE_CODE);
        out.extend_from_slice(self.mac.to_string().as_bytes());
        out.extend_from_slice(AFTER_CODE);
        out.push(b'\n');
        Ok(())
    }
}

/// Checks a line (without its line feed) against its own code; what follows from the lines before
/// it is not looked at. The error says in a few words what is wrong.
pub(super) fn check<T: Chained>(key: &Key, line: &[u8]) -> Result<T, &'static str> {
    const FORM: &str = "is not a record";
    if line.len() > LINE_LIMIT {
        return Err("is too long");
    }
    let (rest, after) = line.split_last_chunk::<{ AFTER_CODE.len() }>().ok_or(FORM)?;
    let (rest, digits) = rest.split_last_chunk::<{ Code::DIGITS }>().ok_or(FORM)?;
    let (body, before) = rest.split_last_chunk::<{ BEFORE_CODE.len() }>().ok_or(FORM)?;
    if after != AFTER_CODE || before != BEFORE_CODE {
        return Err(FORM);
    }
    let mac = Code::parse(digits).ok_or(FORM)?;
    if key.code(&[body, b"}"]) != mac {
        return Err("does not match its code: it was changed, or written under another key");
    }
    // A field stands in it once, or it is refused: the code that is read is the one at the end.
    serde_json::from_slice(line).map_err(|_| FORM)
}
