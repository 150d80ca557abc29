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

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &'static str, calls: u64) -> Part {
        Part { name, calls, down: None, failing: None, covers: None }
    }

    fn down(since: i64) -> Down {
        Down { since: Timestamp::from_second(since).unwrap_or_default(), why: "it fails".into() }
    }

    #[test]
    fn shares_are_told_once_there_are_enough_calls() {
        let percent = |calls, beside| {
            let all = [part("op", calls), part("connect", beside)];
            all[0].percent(&all)
        };
        assert_eq!(percent(10, 9), None);
        assert_eq!(percent(10, 10), Some(50));
        assert_eq!(percent(1, 199), Some(1), "rounded");
        assert_eq!(percent(3, 397), Some(1));
    }

    #[test]
    fn services_that_stand_otherwise_are_told_again_and_shares_only_where_they_moved() {
        let before = [part("op", 100), part("connect", 100)];
        let with = |calls: [u64; 2], adjust: fn(&mut Part)| {
            let mut after = [part("op", calls[0]), part("connect", calls[1])];
            adjust(&mut after[1]);
            after
        };
        let same: fn(&mut Part) = |_| {};
        assert!(!differ(&before, &with([100, 100], same)));
        assert!(!differ(&before, &with([108, 92], same)), "four of a hundred");
        assert!(differ(&before, &with([110, 90], same)));
        assert!(differ(&before, &with([1, 1], same)), "too few to tell");
        assert!(!differ(&with([1, 1], same), &with([2, 1], same)));
        assert!(differ(&before, &with([100, 100], |part| part.name = "events")));
        assert!(differ(&before, &with([100, 100], |part| part.covers = Some(3))));
        assert!(differ(&before, &with([100, 100], |part| part.down = Some(down(1)))));
        let was_down = with([100, 100], |part| part.down = Some(down(1)));
        assert!(!differ(&was_down, &was_down));
        assert!(differ(&was_down, &with([100, 100], |part| part.down = Some(down(2)))));
        assert!(differ(&before, &before[..1]));
    }

    #[test]
    fn only_a_connect_that_answers_stands_in() {
        let mut all = [part("op", 0), part("connect", 0)];
        all[1].covers = Some(2);
        let of = |all: &[Part], name| instead(&part(name, 0), all);
        assert_eq!(of(&all, "op"), "connect reads 2 vaults, nothing can be changed");
        assert_eq!(of(&all, "connect"), "op reads instead");
        all[1].down = Some(down(1));
        assert_eq!(of(&all, "op"), "nothing stands in");
        let events = [part("op", 0), Part { covers: Some(2), ..part("events", 0) }];
        assert_eq!(of(&events, "op"), "nothing stands in");
    }
}
