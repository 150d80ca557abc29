//! What was changed here, job by job, as the audit log tells it: what is shown, and what a plan that takes a job back is made of.

use jiff::Timestamp;

use super::access::{Permissions, Principal};
use super::admission::Admission;
use super::class::StudentKey;
use super::events::Actor;
use super::id::VaultId;
use super::job::JobId;
use super::text::{SafeText, counted};

/// The outcome of a change that was done.
pub const DONE: &str = "done";
/// The outcome of a change of which no end is told.
pub const OPEN: &str = "open";

/// Whether something was sent for a change with this outcome, a word of the audit log or [`OPEN`].
pub(super) fn was_sent(outcome: &str) -> bool {
    !["refused", "unchanged"].contains(&outcome)
}

/// One carrying-out of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name; changes of logs that know no jobs have none, and are listed one by one.
    pub job: Option<JobId>,
    /// The number of its first record in the log.
    pub seq: u64,
    /// When it began.
    pub at: Timestamp,
    /// Who did it: the user and machine, and what 1Password saw of them.
    pub by: SafeText,
    /// What came of it, in the order of the log.
    pub changes: Vec<Changed>,
    /// The job that took it back, if one did.
    pub undone_by: Option<JobId>,
    /// The job that it took back, if it did.
    pub undoes: Option<JobId>,
    /// Who made it elsewhere, as 1Password reports, with the name that is known here where it tells none; `None`
    /// for what our log tells.
    pub elsewhere: Option<Actor>,
}

/// One change that was begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// What was done.
    pub what: What,
    /// Whose vault or person, as far as it is still known here.
    pub student: Option<StudentKey>,
    /// What came of it: a word of the audit log ([`DONE`] where the service did it), or [`OPEN`].
    pub outcome: &'static str,
    /// What the service or Strongroom said.
    pub message: Option<SafeText>,
}

impl Changed {
    /// Whether the service did it.
    pub fn is_done(&self) -> bool {
        self.outcome == DONE
    }

    /// Whether it was sent, whatever came of it.
    pub(super) fn was_sent(&self) -> bool {
        was_sent(self.outcome)
    }
}

impl Entry {
    /// How many changes the service did, of how many no answer tells that, and of how many nothing was sent.
    pub fn counts(&self) -> (usize, usize, usize) {
        let sent = self.changes.iter().filter(|change| change.was_sent()).count();
        let done = self.changes.iter().filter(|change| change.is_done()).count();
        (done, sent - done, self.changes.len() - sent)
    }

    /// The changes that are none, as they are counted: those that ended otherwise, and those that were never sent.
    pub fn shortfall(&self) -> Vec<String> {
        let (_, ill, unsent) = self.counts();
        let all = [(ill, "not done"), (unsent, "not sent")];
        all.into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect()
    }

    /// Whether anything was changed by it.
    pub fn has_changed(&self) -> bool {
        self.changes.iter().any(Changed::is_done)
    }

    /// The job that is taken back where none is named: the last one that changed something, is in force,
    /// and is no taking back itself.
    pub fn last_in_force(history: &[Self]) -> Option<&Self> {
        let fits = |entry: &&Self| {
            let counts = |change: &Changed| {
                change.is_done() && !matches!(change.what, What::Decided { .. } | What::Class { .. })
            };
            entry.job.is_some()
                && entry.undoes.is_none()
                && entry.undone_by.is_none()
                && entry.changes.iter().any(counts)
        };
        history.iter().rev().find(fits)
    }

    /// What whoever takes back the last job is told of newer decisions about submissions: they are of no job,
    /// and stay. `None` where there are none since the record `seq`.
    pub fn decided_since(history: &[Self], seq: u64) -> Option<SafeText> {
        let decided = |change: &&Changed| change.is_done() && matches!(change.what, What::Decided { .. });
        let newer = history.iter().filter(|entry| entry.job.is_none() && entry.seq > seq);
        let ops: Vec<_> = newer.flat_map(|entry| entry.changes.iter().filter(decided)).collect();
        let What::Decided { op: last, .. } = &ops.last()?.what else { return None };
        let count = counted(ops.len(), "newer decision");
        Some(SafeText::new(&format!("not taken back by this: {count} about submissions, the last: {last}")))
    }

    /// Notes in a history, oldest first, which job was taken back by which. A job whose taking back was
    /// itself taken back is in force again.
    pub fn relate(history: &mut [Self]) {
        for at in 0..history.len() {
            let Some(undone) = history[at].undoes.clone().filter(|_| history[at].has_changed()) else {
                continue;
            };
            let by = history[at].job.clone();
            let Some(target) = history.iter_mut().find(|entry| entry.job.as_ref() == Some(&undone)) else {
                continue;
            };
            target.undone_by = by;
            if let Some(first) = target.undoes.clone()
                && let Some(first) = history.iter_mut().find(|entry| entry.job.as_ref() == Some(&first))
                && first.undone_by.as_ref() == Some(&undone)
            {
                first.undone_by = None;
            }
        }
    }
}

/// What a change was about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// An access.
    Access {
        /// On which vault.
        vault: VaultId,
        /// Whose.
        who: Principal,
        /// The name shown.
        name: SafeText,
        /// What they held before; `None` where that was not known.
        before: Option<Permissions>,
        /// What they held after; `None` where the outcome is not known.
        after: Option<Permissions>,
    },
    /// A vault that was made; which, where that is known.
    Made(Option<VaultId>),
    /// A vault that was deleted.
    Deleted(VaultId),
    /// A person.
    Admission(Admission),
    /// A decision about a student's submission.
    Decided {
        /// Its name in the log.
        op: SafeText,
        /// What was decided, in words behind the student's name.
        words: SafeText,
    },
    /// What 1Password reports, and our log does not tell of.
    Reported {
        /// The name of whoever was concerned.
        who: Option<SafeText>,
        /// The name of the group that they came into or left.
        group: Option<SafeText>,
        /// What it was, in words.
        words: SafeText,
    },
    /// What is about no single student: a step of the end of the term, a checkpoint, an erasure.
    Class {
        /// Its name in the log.
        op: SafeText,
        /// What it was, in words.
        words: SafeText,
    },
}
