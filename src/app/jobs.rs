//! What runs, who takes the arrivals, and how their newest attempts ended: one list with one cursor.

use std::borrow::Cow;

use super::State;
use super::columns::{Field, Table};
use super::filter::Filter;
use super::msg::{Errand, Order, Retry};
use super::order::{By, Key, Sort, sorted};
use super::overlay::{Review, Stage};
use super::remote::{Kept, Ticket};
use super::roster::around;
use super::terms::Sieve;
use crate::domain::handoff::{Attempt, Ended, Handed, Jobs, Progress};
use crate::domain::job::Head;
use crate::domain::text::SafeText;
use crate::domain::transfer;

/// A download of this session, or another task about files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Download {
    /// Which.
    pub ticket: Ticket,
    /// What was asked for.
    pub task: Task,
    /// How far it is.
    pub progress: transfer::Progress,
    /// Whether it was asked to stop.
    pub stopping: bool,
    /// How it ended; `None` while it runs.
    pub ended: Option<Result<SafeText, SafeText>>,
    /// What was not fetched, and why.
    pub failures: Vec<SafeText>,
}

impl Download {
    /// One that begins now.
    pub(super) fn begun(ticket: Ticket, task: Task) -> Self {
        let progress = transfer::Progress::default();
        Self { ticket, task, progress, stopping: false, ended: None, failures: Vec::new() }
    }
}

/// What is done with files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// They are fetched.
    Fetch(Order),
    /// A step of the end of the term.
    Step(Errand),
}

impl Task {
    /// A word or two for it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Fetch(_) => "download",
            Self::Step(errand) => errand.stage.name(),
        }
    }

    /// The folder, as it was typed.
    pub fn folder(&self) -> &str {
        match self {
            Self::Fetch(order) => &order.folder,
            Self::Step(errand) => &errand.folder,
        }
    }

    /// Whether it is a step of the end of the term.
    pub fn is_step(&self) -> bool {
        matches!(self, Self::Step(_))
    }
}

/// The list.
#[derive(Clone, Debug, Default)]
pub struct Panel {
    /// Consumers and attempts.
    pub known: Kept<Jobs>,
    /// The plans that the store knows, of every program.
    pub work: Kept<Vec<Head>>,
    /// What is or was fetched since the dashboard was opened, the oldest first.
    pub downloads: Vec<Download>,
    /// The selected line, of those that can be selected.
    pub cursor: usize,
    /// What is typed after `/`.
    pub filter: Filter,
}

/// A line that can be selected.
#[derive(Clone, Copy, Debug)]
pub enum Entry<'a> {
    /// A plan that was agreed to here.
    Plan(&'a Review),
    /// A plan of another program, or one that was left.
    Other(&'a Head),
    /// A download.
    Download(&'a Download),
    /// A consumer.
    Consumer(&'a Progress),
    /// An attempt.
    Attempt(&'a Attempt),
}

impl Entry<'_> {
    /// What a column says, as a filter finds it and rows are sorted by it.
    fn told(&self, field: Field) -> Cow<'_, str> {
        match (field, self) {
            (Field::Kind, Self::Plan(_) | Self::Other(_)) => "plan".into(),
            (Field::Kind, Self::Download(one)) => one.task.name().into(),
            (Field::Kind, Self::Consumer(_)) => "consumer".into(),
            (Field::Kind, Self::Attempt(_)) => "attempt".into(),
            (Field::Name, Self::Plan(review)) => review.title().into(),
            (Field::Name, Self::Other(head)) => head.title.as_str().into(),
            (Field::Name, Self::Download(one)) => one.task.folder().into(),
            (Field::Name, Self::Consumer(one)) => one.consumer.as_str().into(),
            (Field::Name, Self::Attempt(one)) => one.consumer.as_str().into(),
            (Field::State, Self::Plan(review)) => match review.stage {
                Stage::Running => "running",
                Stage::Queued | Stage::Review => "in line",
                Stage::Ended(_) => "ended",
            }
            .into(),
            (Field::State, Self::Other(head)) => head.state.word().into(),
            (Field::State, Self::Download(one)) => match one.ended {
                None => "running",
                Some(Ok(_)) => "ended",
                Some(Err(_)) => "failed",
            }
            .into(),
            (Field::State, Self::Consumer(one)) if !one.dead.is_empty() => "set aside".into(),
            (Field::State, Self::Consumer(one)) if one.waiting > 0 => "waiting".into(),
            (Field::State, Self::Consumer(_)) => "up to date".into(),
            (Field::State, Self::Attempt(one)) => match one.ended {
                Ended::Taken => "taken",
                Ended::Refused => "refused",
                Ended::SetAside => "set aside",
            }
            .into(),
            _ => "".into(),
        }
    }

    fn passes(&self, sieve: &mut Sieve<'_>) -> bool {
        let why = if let Self::Attempt(one) = self { one.why.as_str() } else { "" };
        let text = sieve.fold(&format!("{}\n{why}", self.told(Field::Name)));
        sieve.accepts(&text, |field| self.told(field))
    }
}

impl Panel {
    /// The download that was begun last, of those that run.
    pub fn running(&self) -> Option<&Download> {
        self.downloads.iter().rev().find(|download| download.ended.is_none())
    }

    /// The download of this number.
    pub(super) fn download_mut(&mut self, ticket: Ticket) -> Option<&mut Download> {
        self.downloads.iter_mut().find(|download| download.ticket == ticket)
    }

    /// The consumers, as far as they are known.
    pub fn consumers(&self) -> &[Progress] {
        self.known.value().map_or(&[], |jobs| &jobs.consumers)
    }

    /// How the hand-off of an arrival stands: with the consumer that is least far.
    pub fn handed(&self, seq: u64) -> Option<Handed> {
        self.consumers().iter().map(|consumer| consumer.of(seq)).min_by_key(|handed| urgency(*handed))
    }

    /// The newest attempt to hand an arrival to a consumer.
    pub fn last_attempt(&self, consumer: &Progress, seq: u64) -> Option<&Attempt> {
        let mut attempts = self.known.value()?.attempts.iter();
        attempts.find(|attempt| attempt.seq == seq && attempt.consumer == consumer.consumer)
    }

    /// How many arrivals were set aside.
    pub fn dead(&self) -> usize {
        self.consumers().iter().map(|consumer| consumer.dead.len()).sum()
    }
}

/// Which hand-off needs somebody first, the least number: what was set aside, then what is tried again.
pub(super) fn urgency(handed: Handed) -> i64 {
    match handed {
        Handed::SetAside => 0,
        Handed::Retrying(_) => 1,
        Handed::Waiting => 2,
        Handed::Done => 3,
    }
}

impl State {
    /// The lines of the jobs that can be selected and pass the filter.
    pub fn entries(&self) -> Vec<Entry<'_>> {
        let jobs = &self.jobs;
        let mut entries = Vec::new();
        let ended = |review: &&Review| matches!(review.stage, Stage::Ended(_));
        let plans = || self.plans.iter();
        // What is carried out comes first, then what waits; what has ended last, the newest first.
        entries.extend(plans().filter(|review| review.stage == Stage::Running).map(Entry::Plan));
        entries.extend(plans().filter(|review| review.stage == Stage::Queued).map(Entry::Plan));
        entries.extend(self.others().into_iter().map(Entry::Other));
        entries.extend(plans().filter(ended).rev().map(Entry::Plan));
        entries.extend(jobs.downloads.iter().map(Entry::Download));
        entries.extend(jobs.consumers().iter().map(Entry::Consumer));
        let attempts = jobs.known.value().map_or(&[][..], |jobs| &jobs.attempts).iter();
        entries.extend(attempts.map(Entry::Attempt));
        let mut sieve = jobs.filter.sieve(Table::Jobs.fields());
        if !sieve.is_open() {
            // What is fetched is shown whatever is looked for: it is the screen's own work.
            entries.retain(|entry| matches!(entry, Entry::Download(_)) || entry.passes(&mut sieve));
        }
        match self.tables.of(Table::Jobs).sort {
            Some(Sort { by: By::Field(field), reversed }) => {
                let order = sorted(entries.len(), reversed, |at| Key::text(&entries[at].told(field)));
                order.into_iter().map(|at| entries[at]).collect()
            }
            _ => entries,
        }
    }

    /// The place of the next line that the last filter finds, or of the one before.
    pub(super) fn next_entry(&self, forward: bool) -> Option<usize> {
        let (entries, mut sieve) = (self.entries(), self.jobs.filter.last(Table::Jobs.fields())?);
        around(self.jobs.cursor, entries.len(), forward).find(|at| entries[*at].passes(&mut sieve))
    }

    /// Whether there is anything to show under jobs.
    pub fn has_jobs(&self) -> bool {
        !self.plans.is_empty()
            || !self.others().is_empty()
            || !self.jobs.downloads.is_empty()
            || !self.jobs.consumers().is_empty()
    }

    /// The plans that can go on and were not agreed to here.
    pub fn others(&self) -> Vec<&Head> {
        let ours = |head: &Head| {
            let job = |review: &Review| {
                review.plan.value.as_ref().is_some_and(|plan| plan.job.as_ref() == Some(&head.id))
            };
            self.plans.iter().any(job)
        };
        let known = self.jobs.work.value().map_or(&[][..], Vec::as_slice).iter();
        known.filter(|head| head.state.is_open() && !ours(head)).collect()
    }

    /// What can be offered again of the selected line.
    pub(super) fn retries(&self) -> Result<Vec<Retry>, String> {
        let entries = self.entries();
        let retry = |consumer: &Progress, seq: &u64| Retry { consumer: consumer.consumer.clone(), seq: *seq };
        match entries.get(self.jobs.cursor) {
            Some(Entry::Consumer(consumer)) if consumer.dead.is_empty() => {
                Err("nothing was set aside here".into())
            }
            Some(Entry::Consumer(consumer)) => {
                Ok(consumer.dead.iter().map(|seq| retry(consumer, seq)).collect())
            }
            Some(Entry::Attempt(attempt)) if attempt.ended == Ended::Taken => Err("it was taken".into()),
            Some(Entry::Attempt(attempt)) => {
                let of = |consumer: &&Progress| consumer.consumer == attempt.consumer;
                let consumer = self.jobs.consumers().iter().find(of);
                let dead = consumer.filter(|consumer| consumer.dead.contains(&attempt.seq));
                dead.map(|consumer| vec![retry(consumer, &attempt.seq)])
                    .ok_or_else(|| "it is offered again by itself".into())
            }
            _ => Err("no consumer and no attempt is selected".into()),
        }
    }
}
