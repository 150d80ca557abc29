//! The windows of the ration between two reports: what was sent is taken off, what others sent is
//! worked out, and what the service refused is not sent until the window ends.
//!
//! Knows no clock: every method is told the time.

use std::time::Duration;

use jiff::Timestamp;

use super::{Action, Allowance, Cost, KEPT_FOR_KEYS, KEPT_FOR_WATCH, Purpose, Scope, Stop};

/// One window as it stands by our own counting.
#[derive(Clone, Debug)]
struct Window {
    scope: Scope,
    action: Action,
    limit: u64,
    /// By the last report, and what was sent since.
    used: u64,
    /// When it ends; `None` while none has started.
    ends: Option<Timestamp>,
    /// Our own requests in it.
    ours: u64,
    /// Those of others in it, as far as reports show.
    theirs: u64,
    /// Those of others in it that were there before we came.
    before: u64,
}

/// Why requests of a kind are not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Short {
    /// Which requests.
    pub action: Action,
    /// Until when.
    pub until: Timestamp,
    /// Whether the window is used up; else it is only kept for others of our own.
    pub used_up: bool,
    /// What they were for.
    pub purpose: Purpose,
}

/// A stop, and what ends it.
#[derive(Clone, Copy, Debug)]
struct Held {
    stop: Stop,
    /// Whether a report with room ends it; else one request has to try.
    by_ration: bool,
    probing: bool,
    /// Since when reports show room all the same.
    room_since: Option<Timestamp>,
}

/// When reports have shown room for so long, one request tries, whatever time a refusal has named.
const ROOM: Duration = Duration::from_secs(300);

/// Whether something may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// It may.
    Open,
    /// It may, as the one request that tries whether a stop has ended.
    Probe,
    /// A stop should have ended: ask for a report first.
    Ask,
    /// Another request tries just now: wait for its answer.
    Wait,
    /// Not before this.
    Shut(Short),
}

/// All windows of a service account.
#[derive(Clone, Debug)]
pub struct Windows {
    all: Vec<Window>,
    reported_at: Timestamp,
    sent: u64,
    others: u64,
    in_flight: Cost,
    reserved: u32,
    held: Vec<Held>,
}

impl Windows {
    /// The windows as the service reports them for the first time.
    pub fn new(reported: &[Allowance], now: Timestamp) -> Self {
        let mut windows = Self {
            all: Vec::new(),
            reported_at: now,
            sent: 0,
            others: 0,
            in_flight: Cost::default(),
            reserved: 0,
            held: Vec::new(),
        };
        windows.report(reported, now);
        windows
    }

    /// When the service reported last.
    pub fn reported_at(&self) -> Timestamp {
        self.reported_at
    }

    /// Takes over a new report. What is under way may or may not be in it, so it is counted again.
    pub fn report(&mut self, reported: &[Allowance], now: Timestamp) {
        self.follow_clock(now);
        self.end_windows(now);
        let old = std::mem::take(&mut self.all);
        for report in reported {
            let same = |window: &&Window| window.scope == report.scope && window.action == report.action;
            let known = old.iter().find(same);
            let mut window = Window {
                scope: report.scope,
                action: report.action,
                limit: report.limit,
                used: report.used.max(report.limit.saturating_sub(report.remaining)),
                ends: (report.reset > 0).then(|| after(now, Duration::from_secs(report.reset))),
                ours: known.map_or(0, |known| known.ours),
                theirs: 0,
                before: 0,
            };
            if window.ends.is_none() {
                (window.used, window.ours) = (0, 0);
            }
            window.theirs = window.used.saturating_sub(window.ours);
            window.before = known.map_or(window.theirs, |known| known.before).min(window.theirs);
            window.used += u64::from(self.in_flight.counted_as(report.action));
            self.all.push(window);
        }
        self.reported_at = now;
        self.end_stops(now);
    }

    /// A clock that was set back since the last report takes the stops back with it. The windows come
    /// with every report.
    fn follow_clock(&mut self, now: Timestamp) {
        let Ok(back) = Duration::try_from(self.reported_at.duration_since(now)) else { return };
        for held in &mut self.held {
            held.stop.until = held.stop.until.checked_sub(back).unwrap_or(now);
        }
    }

    /// Stops whose time has come end where the report shows room, and go on where it shows none.
    fn end_stops(&mut self, now: Timestamp) {
        let windows = &self.all;
        self.held.retain_mut(|held| {
            let spent =
                |window: &&Window| window.action.covers(held.stop.action) && window.used >= window.limit;
            let ends = windows.iter().filter(spent).filter_map(|window| window.ends).max();
            match ends {
                Some(ends) => (held.stop.until, held.by_ration, held.room_since) = (ends, true, None),
                None if held.by_ration => return false,
                // The text of a refusal may name a day for what is over in minutes.
                None => {
                    // A clock that was set back makes nobody wait longer.
                    let since = held.room_since.map_or(now, |since| since.min(now));
                    held.room_since = Some(since);
                    if Duration::try_from(now.duration_since(since)).is_ok_and(|room| room >= ROOM) {
                        held.stop.until = held.stop.until.min(now);
                    }
                }
            }
            held.stop.until > now || !held.by_ration
        });
    }

    /// Windows that have ended are empty, and start again with the next request in them.
    fn end_windows(&mut self, now: Timestamp) {
        for window in &mut self.all {
            if window.ends.is_some_and(|ends| ends <= now) {
                if window.scope == Scope::Account {
                    self.others += window.theirs.saturating_sub(window.before);
                }
                (window.used, window.ours, window.theirs, window.before) = (0, 0, 0, 0);
                window.ends = None;
            }
        }
    }

    /// Whether there is room for requests with this purpose.
    pub fn room(&mut self, cost: Cost, purpose: Purpose, now: Timestamp) -> Result<(), Short> {
        self.end_windows(now);
        let aside = Cost { reads: 0, writes: self.reserved };
        for window in &self.all {
            let part = u64::from(cost.counted_as(window.action));
            let kept = match (purpose, window.action) {
                (Purpose::Watch, _) => KEPT_FOR_KEYS,
                (Purpose::Changes, Action::Read) => KEPT_FOR_KEYS + KEPT_FOR_WATCH,
                (Purpose::Keys | Purpose::Changes, _) => 0,
            };
            let limit = window.limit - window.limit * kept / 100;
            if part > 0 && window.used + u64::from(aside.counted_as(window.action)) + part > limit {
                let until = window.ends.unwrap_or_else(|| after(now, window.scope.window()));
                let used_up = window.used + part > window.limit;
                return Err(Short { action: window.action, until, used_up, purpose });
            }
        }
        Ok(())
    }

    /// Whether requests may be sent now. `reserved` ones have their room already.
    pub fn gate(&mut self, cost: Cost, purpose: Purpose, reserved: bool, now: Timestamp) -> Gate {
        let of = |held: &&mut Held| cost.counted_as(held.stop.action) > 0;
        if let Some(held) = self.held.iter_mut().filter(of).max_by_key(|held| held.stop.until) {
            let Stop { action, until } = held.stop;
            if now < until {
                return Gate::Shut(Short { action, until, used_up: true, purpose });
            }
            if self.reported_at < until {
                return Gate::Ask;
            }
            if held.probing {
                return Gate::Wait;
            }
            held.probing = true;
            return Gate::Probe;
        }
        match self.room(cost, purpose, now) {
            Err(short) if !reserved => Gate::Shut(short),
            _ => Gate::Open,
        }
    }

    /// Notes that the service could not be asked: a stop that should have ended is tried.
    pub fn not_reported(&mut self, now: Timestamp) {
        self.follow_clock(now);
        self.reported_at = now;
    }

    /// Notes requests that are being sent.
    pub fn send(&mut self, cost: Cost, now: Timestamp) {
        self.end_windows(now);
        for window in &mut self.all {
            let part = u64::from(cost.counted_as(window.action));
            if part > 0 {
                window.used += part;
                window.ours += part;
                window.ends.get_or_insert_with(|| after(now, window.scope.window()));
            }
        }
        self.sent += u64::from(cost.total());
        self.in_flight += cost;
    }

    /// Notes that they were answered, or given up.
    pub fn answered(&mut self, cost: Cost) {
        self.in_flight.reads = self.in_flight.reads.saturating_sub(cost.reads);
        self.in_flight.writes = self.in_flight.writes.saturating_sub(cost.writes);
    }

    /// Notes how the request fared that tried whether a stop has ended: where it was `let_in`, it has.
    pub fn tried(&mut self, cost: Cost, let_in: bool) {
        let of = |held: &Held| cost.counted_as(held.stop.action) > 0;
        if let_in {
            self.held.retain(|held| !(of(held) && held.probing));
        } else {
            self.held.iter_mut().filter(|held| of(held)).for_each(|held| held.probing = false);
        }
    }

    /// Notes that the service refused them for the ration: then it has not counted them.
    pub fn refused(&mut self, cost: Cost) {
        for window in &mut self.all {
            let part = u64::from(cost.counted_as(window.action));
            window.used = window.used.saturating_sub(part);
            window.ours = window.ours.saturating_sub(part);
        }
        self.sent = self.sent.saturating_sub(u64::from(cost.total()));
    }

    /// The windows that a report shows to be used up for requests of this cost.
    pub fn spent(&self, cost: Cost, now: Timestamp) -> Vec<Stop> {
        let full = |window: &&Window| {
            let part = u64::from(cost.counted_as(window.action));
            part > 0 && window.used + part > window.limit
        };
        let stop = |window: &Window| Stop {
            action: window.action,
            until: window.ends.unwrap_or_else(|| after(now, window.scope.window())),
        };
        self.all.iter().filter(full).map(stop).collect()
    }

    /// Stops requests of a kind. `by_ration` ends with a report that shows room; else one request
    /// tries when the time has come.
    pub fn stop(&mut self, stop: Stop, by_ration: bool) {
        self.held.retain(|held| held.stop.action != stop.action);
        self.held.push(Held { stop, by_ration, probing: false, room_since: None });
    }

    /// Sets writes aside.
    pub fn reserve(&mut self, writes: u32) {
        self.reserved += writes;
    }

    /// Gives back what was set aside, or uses it.
    pub fn release(&mut self, writes: u32) {
        self.reserved = self.reserved.saturating_sub(writes);
    }

    /// The windows, with what was sent since the report taken off.
    pub fn allowances(&self, now: Timestamp) -> Vec<Allowance> {
        let of = |window: &Window| {
            let ends = window.ends.filter(|ends| *ends > now);
            let used = if ends.is_some() { window.used.min(window.limit) } else { 0 };
            Allowance {
                scope: window.scope,
                action: window.action,
                limit: window.limit,
                used,
                remaining: window.limit - used,
                reset: ends.map_or(0, |ends| seconds(ends, now)),
            }
        };
        self.all.iter().map(of).collect()
    }

    /// Requests of the account's day that we have sent.
    pub fn ours(&self) -> u64 {
        self.sent
    }

    /// Requests of the account's day that others have sent since we came, as the reports show.
    pub fn others(&self) -> u64 {
        let day = self.all.iter().find(|window| window.scope == Scope::Account);
        self.others + day.map_or(0, |day| day.theirs.saturating_sub(day.before))
    }

    /// What is not sent now.
    pub fn stops(&self, now: Timestamp) -> Vec<Stop> {
        self.held.iter().map(|held| held.stop).filter(|stop| stop.until > now).collect()
    }

    /// Requests an hour that a share comes to of what others have left of the account's day.
    pub fn per_hour(&self, share: f64, now: Timestamp) -> u32 {
        let mut allowed = f64::MAX;
        for window in &self.all {
            let theirs = if window.ends.is_some_and(|ends| ends > now) { window.theirs } else { 0 };
            let left = as_f64(window.limit.saturating_sub(theirs));
            match (window.scope, window.action) {
                (Scope::Account, _) => allowed = allowed.min(left / 24.0),
                (Scope::Token, Action::Read) => allowed = allowed.min(as_f64(window.limit)),
                (Scope::Token, _) => {}
            }
        }
        floor(if allowed < f64::MAX { allowed * share.clamp(0.0, 1.0) } else { 0.0 })
    }
}

fn after(now: Timestamp, wait: Duration) -> Timestamp {
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

/// Whole seconds until then, rounded up.
fn seconds(then: Timestamp, now: Timestamp) -> u64 {
    let wait = Duration::try_from(then.duration_since(now)).unwrap_or_default();
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

#[allow(clippy::cast_precision_loss, reason = "requests of a day are far below 2^52")]
fn as_f64(count: u64) -> f64 {
    count as f64
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded just before")]
fn floor(value: f64) -> u32 {
    value.clamp(0.0, f64::from(u32::MAX)) as u32
}
