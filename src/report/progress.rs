//! How far a long change has come, on standard error while it runs.
//!
//! It is told from several threads at once, so it does not go through a [`Report`](super::Report),
//! which one command holds.

use std::io::{self, Write as _};
use std::sync::{Mutex, PoisonError};

use crate::domain::class::StudentKey;
use crate::domain::plan::Outcome;
use crate::domain::text::SafeText;

/// How far the rows of a plan have come.
pub struct Progress {
    rows: Vec<StudentKey>,
    total: usize,
    /// Whether a single line is replaced again and again.
    counter: bool,
    done: Mutex<usize>,
}

impl Progress {
    /// The progress of a plan with these rows, `total` of which will change something. On a
    /// terminal (`live`) it is a counter, elsewhere one line a row.
    pub fn new(rows: Vec<StudentKey>, total: usize, live: bool) -> Self {
        Self { rows, total, counter: live, done: Mutex::new(0) }
    }

    /// Tells that a row stands so now. Only the end of a row is worth a word.
    pub fn tell(&self, row: usize, outcome: &Outcome) {
        if matches!(outcome, Outcome::Planned | Outcome::Running) {
            return;
        }
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        *done += 1;
        let line = if self.counter {
            format!("\r{}/{}", *done, self.total)
        } else {
            let who = self.rows.get(row).map_or("", StudentKey::as_str);
            let why = outcome.message().map(|why| format!(": {why}")).unwrap_or_default();
            let text = format!("{}/{} {who} {}{why}", *done, self.total, outcome.name());
            format!("{}\n", SafeText::new(&text))
        };
        show(&line);
    }

    /// Clears the counter, so that what follows begins on a clean line.
    pub fn end(&self) {
        if self.counter {
            show("\r\u{1b}[K"); // carriage return, erase to the end of the line (ECMA-48 EL)
        }
    }
}

fn show(text: &str) {
    // Progress that nobody can see is no reason to stop a change.
    let _shown = io::stderr().lock().write_all(text.as_bytes());
}
