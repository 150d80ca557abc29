//! Handing arrivals to what comes next: who takes them, how far each one is, and what it said.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::text::SafeText;

/// Somebody who is handed every arrival, in the order of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consumer {
    /// Its name: unique in the class file, `[a-z0-9-]`. What it has acknowledged is kept under it.
    pub name: String,
    /// How it is reached.
    pub by: Means,
    /// How long one attempt may take.
    pub timeout: Duration,
    /// How often an arrival that it does not take is tried again before it is set aside.
    pub retries: u32,
}

/// How a consumer is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Means {
    /// A program, word by word; no shell is involved. The arrival comes as JSON on its standard
    /// input, and exit code 0 acknowledges it.
    Hook {
        /// The program and its words.
        run: Vec<String>,
    },
    /// An address. The arrival comes as a signed CloudEvent, and an answer of 2xx acknowledges it.
    Webhook {
        /// Where to; https, or plain http on this machine.
        url: String,
        /// The file with the secret that signs, of mode 0600.
        secret_file: std::path::PathBuf,
    },
}

/// How far a consumer is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Which.
    pub consumer: SafeText,
    /// The word for how it is reached: `hook`, `webhook`, `reader`, or `folder` for the files that are
    /// fetched by themselves.
    pub means: SafeText,
    /// The last arrival it has acknowledged, or that was set aside for it.
    pub acked: u64,
    /// How many arrivals wait for it.
    pub waiting: u64,
    /// When the arrival that it does not take is tried again, and how often it was; `None` while all
    /// goes well.
    pub retrying: Option<Retrying>,
    /// The numbers of the arrivals that were set aside, oldest first; those that are back in line count
    /// as waiting.
    pub dead: Vec<u64>,
}

/// An arrival that a consumer did not take, and will be offered again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retrying {
    /// Which arrival.
    pub seq: u64,
    /// How often it was offered.
    pub attempts: u32,
    /// Since when it does not take it.
    pub since: Timestamp,
    /// When it is offered again.
    pub at: Timestamp,
    /// Why it was not taken.
    pub why: SafeText,
    /// Whether it is the consumer that cannot be reached, or the arrival's files that cannot be fetched
    /// yet: then it waits in its place for as long as that takes, and is never set aside.
    #[serde(default)]
    pub stuck: bool,
}

/// An arrival that a consumer refused too often. It waits until a person puts it back in line or
/// drops it; those behind it went on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// Which arrival.
    pub seq: u64,
    /// When it was set aside.
    pub at: Timestamp,
    /// How often it was offered.
    pub attempts: u32,
    /// Why it was not taken the last time.
    pub why: SafeText,
    /// Whether it is back in line.
    pub again: bool,
}

/// One offer of one arrival, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// To whom.
    pub consumer: SafeText,
    /// Which arrival.
    pub seq: u64,
    /// The how-manieth offer of it, from 1.
    pub attempt: u32,
    /// When it began.
    pub at: Timestamp,
    /// How long it took.
    pub took: Duration,
    /// How it ended.
    pub ended: Ended,
    /// In words: exit code, HTTP status, or why it could not be offered at all.
    pub why: SafeText,
    /// The last lines of what it said, at most 20.
    pub tail: Vec<SafeText>,
}

/// How an offer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// It was acknowledged.
    Taken,
    /// It was not, and is offered again.
    Refused,
    /// It was not, too often: it was set aside.
    SetAside,
}

/// What the jobs pane shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jobs {
    /// Every consumer.
    pub consumers: Vec<Progress>,
    /// The newest attempts, newest first.
    pub attempts: Vec<Attempt>,
}

/// How the hand-off of one arrival to one consumer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handed {
    /// Its turn has not come.
    Waiting,
    /// It was offered and not taken, so many times.
    Retrying(u32),
    /// It was acknowledged.
    Done,
    /// It was set aside.
    SetAside,
}

impl Means {
    /// The word for how it is reached.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Hook { .. } => "hook",
            Self::Webhook { .. } => "webhook",
        }
    }
}

impl Ended {
    /// The word in tables and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Refused => "refused",
            Self::SetAside => "set-aside",
        }
    }
}

impl Progress {
    /// How the hand-off of an arrival stands here.
    pub fn of(&self, seq: u64) -> Handed {
        match &self.retrying {
            _ if self.dead.contains(&seq) => Handed::SetAside,
            _ if seq <= self.acked => Handed::Done,
            Some(retrying) if retrying.seq == seq => Handed::Retrying(retrying.attempts),
            _ => Handed::Waiting,
        }
    }
}
