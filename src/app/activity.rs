//! What arrived, newest last, and what of it was not seen yet.

use std::collections::VecDeque;

use jiff::tz::TimeZone;
use jiff::{RoundMode, SignedDuration, Timestamp, Unit, ZonedRound};

use super::filter::Filter;
use super::msg::Step;
use super::roster::stepped;
use crate::domain::activity::{Arrival, ArrivalKind};
use crate::domain::directory::ItemRef;

/// How many arrivals are kept on the screen; the journal has them all.
const KEPT: usize = 1_000;
/// How many hours of uploads are counted.
pub const HOURS: usize = 24;

/// The arrivals shown.
#[derive(Clone, Debug)]
pub struct Activity {
    /// Oldest first.
    pub arrivals: VecDeque<Arrival>,
    /// The selected one, counted from the newest.
    pub cursor: usize,
    /// Whether the selection stays at the newest.
    pub follow: bool,
    /// The last one that was read, on this screen or another one.
    pub read_until: u64,
    /// The last one that had been read when the pane got the keys: newer ones are marked as new until
    /// it loses them.
    pub rule: u64,
    /// Whether only what no assignment claims is shown.
    pub only_unmatched: bool,
    /// Whether the journal holds older ones that were not read.
    pub is_cut: bool,
    /// What is typed after `/`.
    pub filter: Filter,
}

impl Default for Activity {
    fn default() -> Self {
        let filter = Filter::default();
        Self {
            arrivals: VecDeque::new(),
            cursor: 0,
            follow: true,
            read_until: 0,
            rule: 0,
            only_unmatched: false,
            is_cut: false,
            filter,
        }
    }
}

impl Activity {
    /// Adds arrivals in the order of their numbers; of one that is there already, what is told now
    /// counts. Returns how many are newer than all that were there. The journal's history may come
    /// after the first news.
    pub fn add(&mut self, arrivals: impl IntoIterator<Item = Arrival>) -> usize {
        let (mut newer, mut older) = (0, Vec::new());
        for arrival in arrivals {
            if arrival.seq > self.last() {
                if !self.follow && self.accepts(&arrival) {
                    self.cursor += 1;
                }
                self.arrivals.push_back(arrival);
                newer += 1;
            } else {
                older.push(arrival);
            }
        }
        for arrival in older {
            match self.arrivals.binary_search_by_key(&arrival.seq, |arrival| arrival.seq) {
                Ok(at) => self.arrivals[at] = arrival,
                Err(at) => self.arrivals.insert(at, arrival),
            }
        }
        let surplus = self.arrivals.len().saturating_sub(KEPT);
        self.arrivals.drain(..surplus);
        self.is_cut |= surplus > 0;
        newer
    }

    /// The number of the newest; 0 where there is none.
    pub fn last(&self) -> u64 {
        self.arrivals.back().map_or(0, |arrival| arrival.seq)
    }

    /// How many of those kept were not read.
    pub fn unread(&self) -> usize {
        self.arrivals.iter().rev().take_while(|arrival| arrival.seq > self.read_until).count()
    }

    /// The arrivals of an item, newest first.
    pub fn of_item<'a>(&'a self, at: &'a ItemRef) -> impl Iterator<Item = &'a Arrival> {
        let of = |arrival: &&Arrival| arrival.item.id == at.item && arrival.vault.id == at.vault;
        self.arrivals.iter().rev().filter(of)
    }

    /// Whether an arrival is shown.
    fn accepts(&self, arrival: &Arrival) -> bool {
        (!self.only_unmatched || arrival.unmatched) && self.filter.accepts(texts(arrival))
    }

    /// How many uploads came in each of the last 24 hours, the hour of `now` last. Hours begin as the
    /// clocks of the zone do; after a night in which they are turned they are 60 minutes all the same.
    pub fn an_hour(&self, now: Timestamp, zone: &TimeZone) -> [u32; HOURS] {
        let mut hours = [0; HOURS];
        let Some(end) = next_hour(now, zone) else { return hours };
        let since = |at: Timestamp| end.as_second().saturating_sub(at.as_second()).max(1);
        for arrival in self.arrivals.iter().rev() {
            // Clocks may have been set back: what is older may stand before what is newer.
            let ago = usize::try_from((since(arrival.detected_at) - 1) / 3_600).unwrap_or(HOURS);
            if ago < HOURS && arrival.kind != ArrivalKind::Removed {
                hours[HOURS - 1 - ago] += 1;
            }
        }
        hours
    }

    /// The arrivals that pass the filter, newest first.
    pub fn shown(&self) -> impl Iterator<Item = &Arrival> {
        self.arrivals.iter().rev().filter(|arrival| self.accepts(arrival))
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

    /// Shows only what no assignment claims, or everything again; the selection stays where it can.
    pub(super) fn toggle_unmatched(&mut self) {
        let selected = self.selected().map(|arrival| arrival.seq);
        self.only_unmatched = !self.only_unmatched;
        let same = self.shown().position(|arrival| Some(arrival.seq) == selected);
        self.cursor = same.unwrap_or(0);
        self.follow = self.cursor == 0 && self.follow;
    }

    /// Follows the newest, or stays where it is.
    pub fn toggle_follow(&mut self) {
        self.follow = !self.follow;
        if self.follow {
            self.cursor = 0;
        }
    }
}

/// When the next hour begins in a zone.
pub fn next_hour(now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let hour =
        now.to_zoned(zone.clone()).round(ZonedRound::new().smallest(Unit::Hour).mode(RoundMode::Trunc));
    hour.ok()?.timestamp().checked_add(SignedDuration::from_hours(1)).ok()
}

fn texts(arrival: &Arrival) -> [&str; 4] {
    let assignment = arrival.assignment.as_ref().map_or("", |id| id.as_str());
    [arrival.student.key.as_str(), arrival.item.title.as_str(), arrival.vault.name.as_str(), assignment]
}
