//! What a run has come to so far: files, bytes and quotas, told as it goes.

use std::sync::{Mutex, PoisonError};

use super::plan::Plan;
use super::{Fetched, Saved};
use crate::clock::Clock;
use crate::domain::fault::{Fault, Result};
use crate::domain::transfer::{Pace, Progress, Quotas, bytes};

/// The count of one run; several students' files come at the same time.
pub(super) struct Tally<'a> {
    clock: &'a Clock,
    quotas: Quotas,
    state: Mutex<State<'a>>,
}

struct State<'a> {
    fetched: Fetched,
    /// The bytes that were asked for.
    asked: u64,
    pace: Pace,
    tell: &'a mut (dyn FnMut(&Progress) + Send),
}

impl<'a> Tally<'a> {
    pub(super) fn new(
        clock: &'a Clock,
        quotas: Quotas,
        plan: &Plan,
        tell: &'a mut (dyn FnMut(&Progress) + Send),
    ) -> Self {
        let all = plan.outlook(|_| false);
        let pace = Pace::new(all.files, all.bytes, clock.now());
        let fetched = Fetched { failed: plan.failed.clone(), ..Fetched::default() };
        Self { clock, quotas, state: Mutex::new(State { fetched, asked: 0, pace, tell }) }
    }

    /// What it came to.
    pub(super) fn end(self) -> Fetched {
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner).fetched
    }

    fn note<T>(&self, change: impl FnOnce(&mut State<'a>) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes the bytes of a file out of the quotas; `used` is what its student has already.
    pub(super) fn take(&self, used: &mut u64, size: u64) -> Result<()> {
        let Quotas { file, student, run } = self.quotas;
        let asked = self.note(|state| state.asked);
        for (total, most, what, key) in [
            (size, file, "of one file", "most_of_file"),
            (used.saturating_add(size), student, "of one student", "most_of_student"),
            (asked.saturating_add(size), run, "at a time", "most_in_all"),
        ] {
            if total > most {
                let message =
                    format!("with its {} that would be more than {} {what}", bytes(size), bytes(most));
                let hint = format!("raise {key} under [download] in the class file");
                return Err(Fault::refused(message).hint(hint));
            }
        }
        *used += size;
        self.note(|state| state.asked += size);
        Ok(())
    }

    /// Gives the bytes of a file back that did not come.
    pub(super) fn give_back(&self, used: &mut u64, size: u64) {
        *used = used.saturating_sub(size);
        self.note(|state| state.asked = state.asked.saturating_sub(size));
    }

    /// A file begins.
    pub(super) fn begins(&self, path: &str) {
        self.note(|state| {
            if let Some(told) = state.pace.begins(path, self.clock.now()) {
                (state.tell)(&told);
            }
        });
    }

    /// Bytes of it have come.
    pub(super) fn comes(&self, count: u64) {
        self.note(|state| {
            if let Some(told) = state.pace.comes(count, self.clock.now()) {
                (state.tell)(&told);
            }
        });
    }

    /// Files and bytes that were planned are replaced by others; see [`Pace::changes`].
    pub(super) fn changes(&self, planned: (u64, u64), now: (u64, u64), came: u64) {
        self.note(|state| state.pace.changes(planned, now, came));
    }

    /// A file has its place: `new`, or as before. `told` bytes of it were counted.
    pub(super) fn done(&self, saved: Saved, new: bool, told: u64) {
        self.note(|state| {
            let progress = state.pace.ends(&saved.path, saved.size, told, self.clock.now());
            let list = if new { &mut state.fetched.saved } else { &mut state.fetched.there };
            list.push(saved);
            (state.tell)(&progress);
        });
    }

    /// A file of that size could not be fetched.
    pub(super) fn failed(&self, path: String, size: u64, told: u64, fault: Fault) {
        self.note(|state| {
            let progress = state.pace.ends(&path, size, told, self.clock.now());
            state.fetched.failed.push((path, fault));
            (state.tell)(&progress);
        });
    }

    /// Ends the run for this reason, with so many files of an item left.
    pub(super) fn stop(&self, fault: Fault, files: usize) {
        self.note(|state| {
            state.fetched.stopped.get_or_insert(fault);
        });
        self.leave(files);
    }

    /// So many files were not tried.
    pub(super) fn leave(&self, files: usize) {
        self.note(|state| state.fetched.left += files as u64);
    }

    /// Whether the run is to end.
    pub(super) fn is_stopped(&self) -> bool {
        self.note(|state| state.fetched.stopped.is_some())
    }
}
