//! What is selected in lists that are read again: held by what it is, never by its place.

use super::State;
use super::jobs::Entry;
use super::remote::Ticket;
use crate::domain::attention::Need;
use crate::domain::job::JobId;
use crate::domain::text::SafeText;

/// What tells a line of the jobs apart from the others.
#[derive(PartialEq)]
enum Job {
    Plan(Ticket),
    Other(JobId),
    Download(Ticket),
    Consumer(SafeText),
    Attempt(SafeText, u64, u32),
}

impl Job {
    fn of(entry: &Entry<'_>) -> Self {
        match entry {
            Entry::Plan(review) => Self::Plan(review.ticket),
            Entry::Other(head) => Self::Other(head.id.clone()),
            Entry::Download(download) => Self::Download(download.ticket),
            Entry::Consumer(consumer) => Self::Consumer(consumer.consumer.clone()),
            Entry::Attempt(one) => Self::Attempt(one.consumer.clone(), one.seq, one.attempt),
        }
    }
}

/// The selected lines of needs and jobs before something happens.
pub(super) struct Held {
    need: Option<Need>,
    job: Option<Job>,
    /// Where they were, and under which filters: whoever moves or filters selects anew.
    places: [(usize, String); 2],
}

impl Held {
    pub(super) fn of(state: &State) -> Self {
        Self {
            need: state.need().cloned(),
            job: state.entries().get(state.jobs.cursor).map(Job::of),
            places: places(state),
        }
    }

    /// Selects the same lines again, wherever they are by now. Where one is gone, its place is kept.
    pub(super) fn restore(self, state: &mut State) {
        let [need, job] = places(state);
        let needs = state.needs();
        let last = needs.len().saturating_sub(1);
        let held = self.need.as_ref().filter(|_| need == self.places[0]);
        let identity =
            |one: &Need| (one.reason, one.student.clone(), one.item.clone(), one.assignment.clone());
        let here = needs.get(state.attention.cursor).copied();
        let same = held.and_then(|held| {
            if here == Some(held) {
                return Some(state.attention.cursor);
            }
            let exactly = needs.iter().position(|one| *one == held);
            exactly.or_else(|| {
                // What it says may have changed; of several alike the first would be a guess.
                let mut alike = needs.iter().enumerate().filter(|(_, one)| identity(one) == identity(held));
                alike.next().filter(|_| alike.next().is_none()).map(|(at, _)| at)
            })
        });
        let at = same.unwrap_or(state.attention.cursor).min(last);
        let entries = state.entries();
        let last = entries.len().saturating_sub(1);
        let held = self.job.filter(|_| job == self.places[1]);
        let same = held.and_then(|held| entries.iter().position(|entry| Job::of(entry) == held));
        state.jobs.cursor = same.unwrap_or(state.jobs.cursor).min(last);
        state.attention.cursor = at;
    }
}

fn places(state: &State) -> [(usize, String); 2] {
    [
        (state.attention.cursor, state.attention.filter.text().to_owned()),
        // A download that begins is what is looked at next.
        (state.jobs.cursor, format!("{} {}", state.jobs.downloads.len(), state.jobs.filter.text())),
    ]
}
