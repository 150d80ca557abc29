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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::domain::frame::tests::vault;

    const JOBS: [&str; 3] = ["jobaaaaa", "jobbbbbb", "jobccccc"];

    /// A job that made a vault, with this outcome.
    fn job(number: usize, outcome: &'static str) -> Entry {
        let what = What::Made(Some(vault("a")));
        Entry {
            job: JobId::parse(JOBS[number]),
            seq: number as u64,
            at: Timestamp::UNIX_EPOCH,
            by: "u on m".into(),
            changes: vec![Changed { what, student: None, outcome, message: None }],
            undone_by: None,
            undoes: None,
            elsewhere: None,
        }
    }

    fn decision(seq: u64) -> Entry {
        let what = What::Decided { op: "extend".into(), words: "hw1 extended".into() };
        let changes = vec![Changed { what, student: None, outcome: DONE, message: None }];
        Entry { job: None, seq, changes, ..job(0, DONE) }
    }

    /// Which job is taken back where none is named.
    fn last(history: &[Entry]) -> Option<usize> {
        let entry = Entry::last_in_force(history)?;
        history.iter().position(|one| one == entry)
    }

    #[test]
    fn the_last_job_that_changed_something_and_stands_is_taken_back() {
        assert_eq!(last(&[]), None);
        assert_eq!(last(&[job(0, DONE), job(1, DONE)]), Some(1));
        assert_eq!(last(&[job(0, DONE), job(1, "refused")]), Some(0), "it has changed nothing");
        assert_eq!(last(&[job(0, DONE), decision(1)]), Some(0), "a decision is of no job");
        let named = Entry { job: JobId::parse(JOBS[1]), ..decision(1) };
        assert_eq!(
            last(&[job(0, DONE), named]),
            Some(0),
            "what was decided is taken back by its own command"
        );
        let mut undone = vec![job(0, DONE), job(1, DONE), job(2, DONE)];
        undone[2].undoes = undone[1].job.clone();
        Entry::relate(&mut undone);
        assert_eq!(undone[1].undone_by, undone[2].job);
        assert_eq!(last(&undone), Some(0));
    }

    #[test]
    fn taking_back_what_took_back_puts_it_in_force_again() {
        let mut history = vec![job(0, DONE), job(1, DONE), job(2, DONE)];
        history[1].undoes = history[0].job.clone();
        history[2].undoes = history[1].job.clone();
        Entry::relate(&mut history);
        assert_eq!(history[0].undone_by, None);
        assert_eq!(history[1].undone_by, history[2].job);
        assert_eq!(last(&history), Some(0));
        // One that has changed nothing has taken nothing back.
        let mut idle = vec![job(0, DONE), job(1, "failed")];
        idle[1].undoes = idle[0].job.clone();
        Entry::relate(&mut idle);
        assert_eq!(idle[0].undone_by, None);
    }

    #[test]
    fn only_decisions_since_the_job_are_told_to_whoever_takes_it_back() {
        let history = [decision(1), job(2, DONE), decision(3), decision(4)];
        let told = |seq| Entry::decided_since(&history, seq).map(|words| words.to_string());
        assert_eq!(told(4), None);
        assert!(told(3).unwrap().contains('1'), "{:?}", told(3));
        assert!(told(2).unwrap().contains('2'), "{:?}", told(2));
        assert_eq!(Entry::decided_since(&[job(2, DONE)], 1), None);
    }

    #[test]
    fn what_is_no_change_is_told_apart_by_whether_it_was_sent() {
        let mut entry = job(0, DONE);
        for outcome in [DONE, "failed", "unknown", OPEN, "refused", "unchanged"] {
            entry.changes.push(Changed { outcome, ..entry.changes[0].clone() });
        }
        assert_eq!(entry.counts(), (2, 3, 2));
        assert_eq!(entry.shortfall(), ["3 not done", "2 not sent"]);
        assert_eq!(job(0, DONE).shortfall(), [""; 0]);
    }
}
