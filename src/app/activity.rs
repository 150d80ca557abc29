//! What arrived, newest last, and what of it was not seen yet.

use std::collections::{HashMap, VecDeque};

use jiff::tz::TimeZone;
use jiff::{RoundMode, SignedDuration, Timestamp, Unit, ZonedRound};

use super::actors::client;
use super::columns::{Field, Table};
use super::filter::Filter;
use super::msg::{Effect, Pane, Step};
use super::order::{self, Key, Sort, sorted};
use super::roster::{around, stepped};
use super::terms::Sieve;
use super::{Effects, State};
use crate::domain::arrival::{Arrival, ArrivalKind, By};
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
    /// The places of those that are shown, in their order.
    order: Vec<usize>,
    /// By what that order was made; what is wanted stands with the columns.
    sort: Option<Sort>,
    /// How many were fetched.
    copies: usize,
    /// Of how many it is reported who made them.
    actors: usize,
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
            order: Vec::new(),
            sort: None,
            copies: 0,
            actors: 0,
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
        self.arrange();
        if let Some(seq) = selected {
            self.stay_at(seq);
        }
        newer
    }

    /// Puts those that pass the filter in order: the newest first, unless they are sorted by a column.
    pub(super) fn arrange(&mut self) {
        self.copies = self.arrivals.iter().filter(|arrival| arrival.saved.is_some()).count();
        self.actors = self.arrivals.iter().filter(|arrival| arrival.actor.is_some()).count();
        let last = self.arrivals.len();
        let newest = |at: usize| last - 1 - at;
        let mut sieve = self.filter.sieve(Table::Activity.fields());
        let open = sieve.is_open();
        let places: Vec<usize> = match self.sort {
            None => (0..last).map(newest).collect(),
            Some(Sort { by, reversed }) => {
                let order = sorted(last, reversed, |at| self.key(&self.arrivals[newest(at)], by));
                order.into_iter().map(newest).collect()
            }
        };
        let mut shown = |at: &usize| {
            let arrival = &self.arrivals[*at];
            self.is_wide(arrival) && (open || self.finds(&mut sieve, arrival))
        };
        let order = places.into_iter().filter(|at| shown(at)).collect();
        self.order = order;
    }

    /// Sorts by a column, or not at all; the selected one stays selected.
    pub(super) fn sort(&mut self, sort: Option<Sort>) {
        let selected = self.selected().map(|arrival| arrival.seq);
        self.sort = sort;
        self.arrange();
        if let Some(seq) = selected {
            self.stay_at(seq);
        }
        self.follow = self.cursor == 0 && self.follow && sort.is_none();
    }

    /// Selects the arrival of this number; where it is not shown any more, the one that has its place.
    fn stay_at(&mut self, seq: u64) {
        let same = self.shown().position(|arrival| arrival.seq == seq);
        let newer = || match self.sort {
            None => self.shown().take_while(|arrival| arrival.seq > seq).count(),
            Some(_) => self.cursor,
        };
        self.cursor = same.unwrap_or_else(newer).min(self.order.len().saturating_sub(1));
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

    /// Whether an arrival is one of those that the pane is narrowed to.
    fn is_wide(&self, arrival: &Arrival) -> bool {
        (!self.only_unmatched || arrival.unmatched)
            && self.only_of.as_ref().is_none_or(|only| *only == arrival.student.key)
    }

    pub(super) fn name<'a>(&'a self, arrival: &'a Arrival) -> &'a str {
        self.names.get(&arrival.student.key).map_or(arrival.student.key.as_str(), SafeText::as_str)
    }

    fn finds(&self, sieve: &mut Sieve<'_>, arrival: &Arrival) -> bool {
        let assignment = arrival.assignment.as_ref().map_or("", |id| id.as_str());
        let key = arrival.student.key.as_str();
        let (name, title) = (self.shown_name(arrival), self.shown_title(arrival));
        let text = sieve.fold(&[key, &title, arrival.vault.name.as_str(), assignment, name].join("\n"));
        sieve.accepts(&text, |field| match field {
            Field::Student => name.to_owned().into(),
            Field::Title => title.clone().into_owned().into(),
            Field::Kind => arrival.kind.word().into(),
            Field::Assignment if arrival.unmatched => "unmatched".into(),
            Field::Assignment => assignment.into(),
            Field::By => by(arrival.by).into(),
            Field::Actor => self.shown_actor(arrival).unwrap_or_default().into(),
            Field::Client => client(arrival).unwrap_or_default().into(),
            Field::Version => format!("v{}", arrival.item.version).into(),
            Field::Copy => if arrival.saved.is_some() { "yes" } else { "" }.into(),
            Field::Key => key.into(),
            Field::Vault => arrival.vault.name.as_str().into(),
            _ => "".into(),
        })
    }

    /// What an arrival is sorted by: what is shown of it, since the order of names tells of them, too.
    fn key(&self, arrival: &Arrival, by: order::By) -> Key {
        let order::By::Field(field) = by else { return Key::Nothing };
        match field {
            Field::Time => Key::Number(arrival.detected_at.as_second()),
            Field::Kind => Key::text(arrival.kind.word()),
            Field::Student => Key::text(self.shown_name(arrival)),
            Field::Title => Key::text(&self.shown_title(arrival)),
            Field::Size if arrival.files.is_empty() => Key::Nothing,
            Field::Size => {
                let bytes = arrival.files.iter().fold(0_u64, |sum, file| sum.saturating_add(file.size));
                Key::Number(i64::try_from(bytes).unwrap_or(i64::MAX))
            }
            Field::Version => Key::Number(i64::try_from(arrival.item.version).unwrap_or(i64::MAX)),
            Field::Assignment => work_key(arrival),
            Field::Copy if arrival.saved.is_none() => Key::Nothing,
            Field::Copy => Key::Number(0),
            Field::Notes => Key::text(self::by(arrival.by)),
            Field::Actor => self.shown_actor(arrival).map_or(Key::Nothing, |actor| Key::text(&actor)),
            Field::Client => client(arrival).map_or(Key::Nothing, |client| Key::text(&client)),
            _ => Key::Nothing,
        }
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

    /// The arrivals that pass the filter, in their order: the newest first, unless they are sorted.
    pub fn shown(&self) -> impl ExactSizeIterator<Item = &Arrival> {
        self.order.iter().map(|at| &self.arrivals[*at])
    }

    /// The same, the newest first whatever they are sorted by.
    pub fn newest(&self) -> impl Iterator<Item = &Arrival> {
        let mut order = self.order.clone();
        order.sort_unstable_by(|one, other| other.cmp(one));
        order.into_iter().map(|at| &self.arrivals[at])
    }

    /// The selected arrival.
    pub fn selected(&self) -> Option<&Arrival> {
        self.arrivals.get(*self.order.get(self.cursor)?)
    }

    /// The place of the next arrival that the last filter finds, or of the one before.
    pub(super) fn next_match(&self, forward: bool) -> Option<usize> {
        let mut sieve = self.filter.last(Table::Activity.fields())?;
        let mut finds = |at: &usize| self.finds(&mut sieve, &self.arrivals[self.order[*at]]);
        around(self.cursor, self.order.len(), forward).find(|at| finds(at))
    }

    /// Selects the one of this place. Leaving the newest stops following.
    pub(super) fn go_to(&mut self, place: usize) {
        self.cursor = place;
        self.follow = place == 0 && self.sort.is_none();
    }

    /// Moves the selection. Leaving the newest stops following.
    pub fn step(&mut self, step: Step, page: usize) {
        self.go_to(stepped(self.cursor, step, self.order.len(), page));
    }

    /// Shows only what no assignment claims, or everything again; the selection stays where it can.
    pub(super) fn toggle_unmatched(&mut self) {
        let selected = self.selected().map(|arrival| arrival.seq);
        self.only_unmatched = !self.only_unmatched;
        self.only_of = None;
        self.arrange();
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
        self.arrange();
        true
    }

    /// Shows everybody's uploads that no assignment claims, the newest selected.
    pub(super) fn show_unmatched(&mut self) {
        self.filter.clear();
        (self.only_unmatched, self.only_of, self.cursor) = (true, None, 0);
        self.arrange();
    }

    /// Whether anything but the filter hides arrivals.
    pub fn is_narrowed(&self) -> bool {
        self.only_unmatched || self.only_of.is_some()
    }

    /// Shows everything again that the filter does not hide.
    pub(super) fn widen(&mut self) {
        let selected = self.selected().map(|arrival| arrival.seq);
        (self.only_unmatched, self.only_of) = (false, None);
        self.arrange();
        if let Some(seq) = selected.filter(|_| !self.follow) {
            self.stay_at(seq);
        }
    }

    /// Whether any of those kept was fetched.
    pub(super) fn has_copies(&self) -> bool {
        self.copies > 0
    }

    /// Whether of any of those kept it is reported who made them.
    pub(super) fn has_actors(&self) -> bool {
        self.actors > 0
    }

    /// Follows the newest, or stays where it is.
    pub(super) fn toggle_follow(&mut self) {
        self.follow = !self.follow;
        if self.follow {
            self.sort = None;
            self.arrange();
            self.cursor = 0;
        }
    }
}

/// Notes what is read while the activity has the keys.
pub(super) fn mark_read(state: &mut State) -> Effects {
    let last = state.activity.last();
    if state.focus != Pane::Activity || last <= state.activity.read_until {
        return vec![];
    }
    state.activity.read_until = last;
    vec![Effect::MarkRead(last)]
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

/// Who did it, in a word that a filter finds.
fn by(by: By) -> &'static str {
    match by {
        By::Student => "student",
        By::Instructor => "staff",
        By::ServiceAccount => "us",
        By::Other => "other",
        By::Unknown => "",
    }
}

/// By the assignment, the latest first within one; what nothing claims stands before them.
pub(super) fn work_key(arrival: &Arrival) -> Key {
    match &arrival.assignment {
        None if arrival.unmatched => Key::Text(String::new()),
        None => Key::Nothing,
        Some(id) => {
            let late = arrival.lateness_s.unwrap_or(0).clamp(0, 999_999_999);
            Key::Text(format!("{} {:09}", crate::domain::text::fold(id.as_str()), 999_999_999 - late))
        }
    }
}
