//! What arrived, newest last, and what of it was not seen yet.

use std::collections::VecDeque;

use super::filter::Filter;
use super::msg::Step;
use super::roster::stepped;
use crate::domain::activity::Arrival;

/// How many arrivals are kept on the screen; the journal has them all.
const KEPT: usize = 1_000;

/// The arrivals shown.
#[derive(Clone, Debug)]
pub struct Activity {
    /// Oldest first.
    pub arrivals: VecDeque<Arrival>,
    /// The selected one, counted from the newest.
    pub cursor: usize,
    /// Whether the selection stays at the newest.
    pub follow: bool,
    /// How many came since the pane was last looked at.
    pub unread: usize,
    /// What is typed after `/`.
    pub filter: Filter,
}

impl Default for Activity {
    fn default() -> Self {
        let filter = Filter::default();
        Self { arrivals: VecDeque::new(), cursor: 0, follow: true, unread: 0, filter }
    }
}

impl Activity {
    /// Adds arrivals that are not there yet, in the order of their numbers; returns how many of them
    /// are newer than all that were there. The journal's history may come after the first news.
    pub fn add(&mut self, arrivals: impl IntoIterator<Item = Arrival>) -> usize {
        let (mut newer, mut older) = (0, Vec::new());
        let last = self.arrivals.back().map_or(0, |arrival| arrival.seq);
        for arrival in arrivals {
            if arrival.seq > self.arrivals.back().map_or(0, |arrival| arrival.seq) {
                if !self.follow && self.filter.accepts(texts(&arrival)) {
                    self.cursor += 1;
                }
                self.arrivals.push_back(arrival);
                newer += 1;
            } else if arrival.seq < last {
                older.push(arrival);
            }
        }
        for arrival in older {
            if let Err(at) = self.arrivals.binary_search_by_key(&arrival.seq, |arrival| arrival.seq) {
                self.arrivals.insert(at, arrival);
            }
        }
        let surplus = self.arrivals.len().saturating_sub(KEPT);
        self.arrivals.drain(..surplus);
        newer
    }

    /// The arrivals that pass the filter, newest first.
    pub fn shown(&self) -> impl Iterator<Item = &Arrival> {
        self.arrivals.iter().rev().filter(|arrival| self.filter.accepts(texts(arrival)))
    }

    /// The selected arrival.
    pub fn selected(&self) -> Option<&Arrival> {
        self.shown().nth(self.cursor)
    }

    /// Moves the selection. Leaving the newest stops following.
    pub fn step(&mut self, step: Step, page: usize) {
        self.cursor = stepped(self.cursor, step, self.shown().count(), page);
        self.follow = self.cursor == 0;
    }

    /// Follows the newest, or stays where it is.
    pub fn toggle_follow(&mut self) {
        self.follow = !self.follow;
        if self.follow {
            self.cursor = 0;
        }
    }
}

fn texts(arrival: &Arrival) -> [&str; 3] {
    [arrival.student.key.as_str(), arrival.item.title.as_str(), arrival.vault.name.as_str()]
}
