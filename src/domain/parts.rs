//! How the services stand that a class is read through, where there are several.

use jiff::Timestamp;
use serde::Serialize;

use super::text::{SafeText, counted};

/// So many calls have to be made before it is told how they are shared.
const TOLD_FROM: u64 = 20;
/// A share that differs by so many percent is told again.
const NEWS: u64 = 5;

/// One of several services.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Its word in class files: `op`, `connect`, `events`, `sandbox`.
    pub name: &'static str,
    /// How many calls it has answered or failed in this program.
    pub calls: u64,
    /// Since when it is left out, and why; `None` while it answers.
    pub down: Option<Down>,
    /// How its last call failed, also while it is still asked; `None` where it was answered.
    pub failing: Option<SafeText>,
    /// How many vaults its token covers; `None` where it covers what the account has.
    pub covers: Option<usize>,
}

impl Part {
    /// Its share of all calls in percent, rounded; `None` while there are too few to tell.
    pub fn percent(&self, all: &[Self]) -> Option<u64> {
        let total: u64 = all.iter().map(|part| part.calls).sum();
        (total >= TOLD_FROM).then(|| (self.calls * 100 + total / 2) / total)
    }
}

/// Whether services stand otherwise by enough to be told again.
pub fn differ(one: &[Part], other: &[Part]) -> bool {
    let news = |(a, b): (&Part, &Part)| {
        let shares = match (a.percent(one), b.percent(other)) {
            (Some(a), Some(b)) => a.abs_diff(b) >= NEWS,
            (a, b) => a.is_some() != b.is_some(),
        };
        let since = |part: &Part| part.down.as_ref().map(|down| down.since);
        a.name != b.name || since(a) != since(b) || a.covers != b.covers || shares
    };
    one.len() != other.len() || one.iter().zip(other).any(news)
}

/// What is used in place of a service that is left out, in words.
pub fn instead(left_out: &Part, all: &[Part]) -> String {
    let acting = all.first().map_or("", |part| part.name);
    match left_out.name {
        "events" => "nobody tells who did what".to_owned(),
        "connect" => format!("{acting} reads instead"),
        _ => {
            let up = |part: &&Part| part.name == "connect" && part.down.is_none();
            let covers = all.iter().find(up).and_then(|part| part.covers);
            covers.map_or("nothing stands in".to_owned(), |covers| {
                format!("connect reads {}, nothing can be changed", counted(covers, "vault"))
            })
        }
    }
}

/// That a service is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Down {
    /// The first call that failed.
    pub since: Timestamp,
    /// How it failed.
    pub why: SafeText,
}
