//! What arrived, newest last, and what of it was not seen yet.

use std::collections::{HashMap, VecDeque};

use jiff::tz::TimeZone;
use jiff::{RoundMode, SignedDuration, Timestamp, Unit, ZonedRound};

use super::State;
use super::filter::Filter;
use super::msg::Step;
use super::roster::stepped;
use crate::domain::activity::{Arrival, ArrivalKind};
use crate::domain::class::StudentKey;
use crate::domain::directory::ItemRef;
use crate::domain::text::SafeText;

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
    /// Whose arrivals are shown; `None` is everybody's.
    pub only_of: Option<StudentKey>,
    /// What is typed after `/`.
    pub filter: Filter,
    /// The students' names: a filter finds them, too.
    pub(super) names: HashMap<StudentKey, SafeText>,
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
            only_of: None,
            filter,
            names: HashMap::new(),
        }
    }
}

impl Activity {
    /// Adds arrivals in the order of their numbers; of one that is there already, what is told now
    /// counts. Returns how many are newer than all that were there. The journal's history may come
    /// after the first news.
    pub fn add(&mut self, arrivals: impl IntoIterator<Item = Arrival>) -> usize {
        let selected = self.selected().map(|arrival| arrival.seq).filter(|_| !self.follow);
        let (mut newer, mut older) = (0, Vec::new());
        for arrival in arrivals {
            if arrival.seq > self.last() {
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
        if let Some(seq) = selected {
            self.stay_at(seq);
        }
        newer
    }

    /// Selects the arrival of this number; where it is not shown any more, the one before it.
    fn stay_at(&mut self, seq: u64) {
        let newer = self.shown().take_while(|arrival| arrival.seq > seq).count();
        self.cursor = newer.min(self.shown().count().saturating_sub(1));
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
        let key = &arrival.student.key;
        let name = self.names.get(key).map_or("", SafeText::as_str);
        (!self.only_unmatched || arrival.unmatched)
            && self.only_of.as_ref().is_none_or(|only| only == key)
            && self.filter.accepts(texts(arrival).into_iter().chain([name]))
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
        self.only_of = None;
        let same = self.shown().position(|arrival| Some(arrival.seq) == selected);
        self.cursor = same.unwrap_or(0);
        self.follow = self.cursor == 0 && self.follow;
    }

    /// Shows a student's uploads that no assignment claims, the newest selected; whether there are any.
    pub(super) fn show_unmatched_of(&mut self, student: &StudentKey) -> bool {
        let theirs = |arrival: &&Arrival| arrival.unmatched && arrival.student.key == *student;
        if !self.arrivals.iter().any(|arrival| theirs(&arrival)) {
            return false;
        }
        self.filter.clear();
        (self.only_unmatched, self.only_of) = (true, Some(student.clone()));
        (self.cursor, self.follow) = (0, false);
        true
    }

    /// Whether anything but the filter hides arrivals.
    pub fn is_narrowed(&self) -> bool {
        self.only_unmatched || self.only_of.is_some()
    }

    /// Shows everything again that the filter does not hide.
    pub(super) fn widen(&mut self) {
        let selected = self.selected().map(|arrival| arrival.seq);
        (self.only_unmatched, self.only_of) = (false, None);
        if let Some(seq) = selected.filter(|_| !self.follow) {
            self.stay_at(seq);
        }
    }

    /// Follows the newest, or stays where it is.
    pub fn toggle_follow(&mut self) {
        self.follow = !self.follow;
        if self.follow {
            self.cursor = 0;
        }
    }
}

/// Why no arrival is selected.
pub(super) fn nothing(state: &State) -> &'static str {
    if state.activity.arrivals.is_empty() { "nothing has arrived yet" } else { "nothing is selected" }
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
