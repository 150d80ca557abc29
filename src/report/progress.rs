//! How far a long change or a download has come, on standard error while it runs.
//!
//! It is told from several threads at once, so it does not go through a [`Report`](super::Report),
//! which one command holds.

use std::io::{self, Write as _};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::domain::calendar::to_second;
use crate::domain::class::StudentKey;
use crate::domain::plan::Outcome;
use crate::domain::text::SafeText;

/// How far the rows of a plan have come.
pub struct Progress {
    rows: Vec<StudentKey>,
    total: usize,
    ticker: Ticker,
    zone: TimeZone,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    done: usize,
    /// When it will probably be done.
    ends: Option<Timestamp>,
}

impl Progress {
    /// The progress of a plan with these rows, `total` of which will change something. On a
    /// terminal (`live`) it is a counter, elsewhere one line a row. Times are shown in `zone`.
    pub fn new(rows: Vec<StudentKey>, total: usize, live: bool, zone: TimeZone) -> Self {
        let ticker = Ticker { live };
        if live {
            ticker.show(&format!("0/{total}"));
        }
        Self { rows, total, ticker, zone, state: Mutex::default() }
    }

    /// Tells that it was asked to stop, and that calls in flight are still waited for.
    pub fn stopping(&self) {
        self.ticker.clear();
        write("stopping after the calls in flight; a second time leaves at once\n");
    }

    /// Tells that a row stands so now. Only the end of a row is worth a word.
    pub fn tell(&self, row: usize, outcome: &Outcome) {
        if matches!(outcome, Outcome::Planned | Outcome::Running) {
            return;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.done += 1;
        let text = if self.ticker.live {
            let ends = state.ends.map(|ends| format!(", done about {}", self.time(ends)));
            format!("{}/{}{}", state.done, self.total, ends.unwrap_or_default())
        } else {
            let who = self.rows.get(row).map_or("", StudentKey::as_str);
            let why = outcome.message().map(|why| format!(": {why}")).unwrap_or_default();
            format!("{}/{} {who} {}{why}", state.done, self.total, outcome.name())
        };
        self.says(&text);
    }

    /// Tells that nothing is sent until then, and why.
    pub fn paused(&self, until: Timestamp, why: &SafeText) {
        self.says(&format!("waits until {}: {why}", self.time(until)));
    }

    /// Tells something about the whole.
    pub fn says(&self, what: &str) {
        self.ticker.show(SafeText::new(what).as_str());
    }

    /// Tells when it will probably be done: with the counter, or as a line.
    pub fn ends(&self, ends: Timestamp) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.ends = Some(ends);
        if !self.ticker.live {
            self.says(&format!("done about {}", self.time(ends)));
        }
    }

    fn time(&self, time: Timestamp) -> String {
        to_second(time, &self.zone)
    }

    /// Clears the counter, so that what follows begins on a clean line.
    pub fn end(&self) {
        self.ticker.clear();
    }
}

/// A line that is replaced again and again where standard error is a terminal (`live`); elsewhere one line after
/// another.
#[derive(Clone, Copy)]
pub(super) struct Ticker {
    pub(super) live: bool,
}

/// Carriage return, erase to the end of the line (ECMA-48 EL).
const CLEAR: &str = "\r\u{1b}[K";

impl Ticker {
    /// The next line.
    pub(super) fn show(self, text: &str) {
        write(&if self.live { format!("{CLEAR}{text}") } else { format!("{text}\n") });
    }

    /// Takes the line away.
    pub(super) fn clear(self) {
        if self.live {
            write(CLEAR);
        }
    }
}

fn write(text: &str) {
    // Progress that nobody can see is no reason to stop anything.
    let _shown = io::stderr().lock().write_all(text.as_bytes());
}
