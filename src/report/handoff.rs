//! `handoff/1`: who is handed arrivals and how far each is; `handoff-test/1`: one offer.

use serde::Serialize;

use super::{Look, Page, Table, cell};
use crate::domain::handoff::{Attempt, DeadLetter, Progress};
use crate::domain::text::{SafeText, counted};

/// Everybody who is handed arrivals.
#[derive(Serialize)]
pub struct Queues {
    /// By name.
    pub consumers: Vec<Queue>,
    /// Those of the class file that were never there before: they begin with what comes once the
    /// vaults are watched.
    pub not_begun: Vec<SafeText>,
}

/// One of them.
#[derive(Serialize)]
pub struct Queue {
    /// How far it is.
    #[serde(flatten)]
    pub progress: Progress,
    /// What was set aside, oldest first, with what is back in line.
    pub dead_letters: Vec<DeadLetter>,
}

impl Page for Queues {
    fn schema(&self) -> &'static str {
        "handoff/1"
    }

    fn table(&self, look: &Look) -> Table {
        let mut table = Table::new([
            "consumer",
            "means",
            "handed to",
            "waiting",
            "not taken",
            "offers",
            "since",
            "again at",
            "set aside",
        ]);
        for Queue { progress, .. } in &self.consumers {
            let retrying = progress.retrying.as_ref();
            table.push([
                progress.consumer.clone(),
                progress.means.clone(),
                cell(progress.acked),
                cell(progress.waiting),
                retrying.map(|retrying| cell(retrying.seq)).unwrap_or_default(),
                retrying.map(|retrying| cell(retrying.attempts)).unwrap_or_default(),
                look.time(retrying.map(|retrying| retrying.since)),
                look.time(retrying.map(|retrying| retrying.at)),
                cell(progress.dead.len()),
            ]);
        }
        table
    }

    fn notes(&self, look: &Look) -> Vec<SafeText> {
        let mut notes = Vec::new();
        for Queue { progress, dead_letters } in &self.consumers {
            let name = &progress.consumer;
            if let Some(retrying) = &progress.retrying {
                let stuck =
                    if retrying.stuck { "waits in its place until this is over" } else { "is not taken" };
                notes.push(cell(format_args!("{name}: {} {stuck}: {}", retrying.seq, retrying.why)));
            }
            for letter in dead_letters {
                let DeadLetter { seq, attempts, why, .. } = letter;
                let at = look.time(Some(letter.at));
                let offers = counted(*attempts, "offer");
                let state = if letter.again { "is back in line" } else { "was set aside" };
                notes.push(cell(format_args!("{name}: {seq} {state}, {at}, after {offers}: {why}")));
            }
        }
        if self.consumers.iter().any(|queue| !queue.progress.dead.is_empty()) {
            notes.push("strongroom handoff retry puts what was set aside back in line".into());
        }
        for name in &self.not_begun {
            notes.push(cell(format_args!(
                "{name} has not begun: it is handed what comes once the vaults are watched; \
                 strongroom handoff replay {name} --from 0 gives it the rest"
            )));
        }
        if self.consumers.is_empty() && self.not_begun.is_empty() {
            notes.push("the class file names nobody: see [[watch.hook]] and [[watch.webhook]]".into());
        }
        notes
    }
}

/// One offer.
#[derive(Serialize)]
pub struct Trial(
    /// What came of it.
    pub Attempt,
);

impl Page for Trial {
    fn schema(&self) -> &'static str {
        "handoff-test/1"
    }

    fn table(&self, _: &Look) -> Table {
        let mut table = Table::new(["consumer", "ended", "why", "took"]);
        let took = format!("{} ms", self.0.took.as_millis());
        table.push([
            self.0.consumer.clone(),
            self.0.ended.word().into(),
            self.0.why.clone(),
            took.as_str().into(),
        ]);
        table
    }

    fn notes(&self, _: &Look) -> Vec<SafeText> {
        self.0.tail.clone()
    }
}
