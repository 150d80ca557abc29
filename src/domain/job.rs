//! A plan on its way: what it is called in log and store, and how far it is.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::digest::Digest;
use super::id::as_text;
use super::text::SafeText;

/// The name of one carrying-out of a plan: eight letters and digits, different each time. It stands in
/// every record of the audit log that belongs to it, in front of the plan's digest.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct JobId(Box<str>);

impl JobId {
    /// The number of letters and digits.
    const LENGTH: usize = 8;

    /// Reads a name; anything that has not its exact form is none.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = text.len() == Self::LENGTH
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        fits.then(|| Self(text.into()))
    }

    /// What stands in the records of the audit log: this name and the digest of the plan.
    pub fn in_record(&self, plan: &Digest) -> String {
        format!("{self}:{}", plan.short())
    }

    /// The name in a record of the audit log.
    pub fn of_record(plan: &str) -> Option<Self> {
        Self::parse(plan.split(':').next()?)
    }
}

as_text!(JobId, &'static str, |text| Self::parse(&text)
    .ok_or("eight lower-case letters and digits are expected"));

/// How a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Waits for its turn behind another job of the same program.
    Queued,
    /// A program that lives carries it out.
    Running,
    /// Somebody has asked it to wait; the rest is not sent until it is told to go on.
    Paused,
    /// The program that carried it out is gone, or gave up with rows left: it can go on.
    Left,
    /// Somebody has ended it with rows left; it does not go on.
    Cancelled,
    /// Every row has come to its end.
    Ended,
}

impl State {
    /// The word in tables and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Left => "left",
            Self::Cancelled => "cancelled",
            Self::Ended => "ended",
        }
    }

    /// Whether rows may still be carried out.
    pub fn is_open(self) -> bool {
        !matches!(self, Self::Cancelled | Self::Ended)
    }
}

/// What somebody wants of a job, whichever program carries it out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wanted {
    /// That it goes on.
    #[default]
    Go,
    /// That it waits after the calls in flight, until it is told to go on.
    Pause,
    /// That it ends after the calls in flight.
    Cancel,
}

impl Wanted {
    /// The word in the store and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Go => "go",
            Self::Pause => "pause",
            Self::Cancel => "cancel",
        }
    }
}

/// What is shown of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Head {
    /// Its name.
    pub id: JobId,
    /// The digest of its plan.
    pub plan: Digest,
    /// What it does, in a few words.
    pub title: SafeText,
    /// How it stands.
    pub state: State,
    /// What somebody wants of it, which its program may not have seen yet.
    pub wanted: Wanted,
    /// When it was begun, by this machine's clock.
    pub made_at: Timestamp,
    /// Which program began it, for example `dashboard, pid 4711`.
    pub by: SafeText,
    /// How many of its rows change something.
    pub rows: u64,
    /// How many of those have come to an end, whichever.
    pub ended: u64,
    /// How many of those failed or were refused.
    pub failed: u64,
    /// When it will probably be done, as far as its program has told.
    pub ends: Option<Timestamp>,
    /// Why it does not go on just now, if it does not.
    pub why: Option<SafeText>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_found_by_what_stands_in_the_log() {
        let id = JobId::parse("k7q2m5ab").unwrap();
        assert_eq!(JobId::of_record(&id.in_record(&Digest::of(&1))), Some(id));
        assert_eq!(JobId::of_record("somebody's plan"), None);
    }
}
