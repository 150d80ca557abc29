//! The one place where the world is changed. It must not know the class file, nor either front end.
//!
//! Every change goes the same way: capability, rules of access, intent written and synced to the
//! audit log, the provider, the result. When the log cannot be written nothing is sent. A plan is
//! carried out row by row, a few vaults at a time and one call at a time on each; a row that fails
//! does not stop the others, and a row is never begun while another program holds its vault.
//!
//! # The way of a plan
//!
//! | step | where |
//! |---|---|
//! | may it be carried out at all; the job that it becomes | `run`: [`Ops::run`], `may`; `journal`, `job` |
//! | all that it rests on is read, and looked at | `check`: `ground`, `examine` |
//! | its rows, portion by portion: about vaults | `vaults`: `Run::go`, `next`, `portion` |
//! | their locks, and what others have done meanwhile | `lock`, `vaults::held`; `rest` tells what is left of a row |
//! | vaults that are missing | `vaults::made`, `make` |
//! | intents of all rows, synced; then the calls | `vaults::changes`, `records`: `intend`; `row` |
//! | one call in its turn, its answer, the ledger, the result | `level` with `pace`, `delete`; `records`: `conclude` |
//! | or, about people | `people`: `Run::go`, `portion`, `admit` |
//! | what stays noted, and who is on the vaults now | `noted`, `compare` |
//!
//! What a program left: `resume` goes on with jobs, `recover` looks after intents without a result. What is
//! sent to nobody stands in the log too: `decide`, `term`, `purge`; no message in it names anybody: `nameless`.
//! The log read back: `history`, [`reported`], `undo`. Apart: [`checkpoint`], [`probe`].

mod check;
pub mod checkpoint;
#[cfg(test)]
mod closed_tests;
mod compare;
mod decide;
mod delete;
mod history;
mod job;
mod journal;
mod level;
mod lock;
#[cfg(test)]
#[path = "machine/tests/mod.rs"]
mod machine;
mod make;
mod nameless;
mod noted;
mod pace;
mod people;
pub mod probe;
mod purge;
mod records;
mod recover;
pub mod reported;
mod rest;
mod resume;
mod row;
mod run;
mod term;
mod undo;
mod vaults;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;

use crate::audit::{Actor, Audit};
use crate::domain::budget::forecast::{self, Effort};
use crate::domain::class::StudentKey;
use crate::domain::drift::Drift;
use crate::domain::fault::{Fault, Result};
use crate::domain::frame::Frame;
use crate::domain::plan::{Outcome, Plan, Wish};
use crate::domain::term::Verified;
use crate::domain::text::SafeText;
use crate::queries::{Queries, blocking};
pub use crate::store::Erased;
pub use history::Past;
pub use job::{OnProgress, Patience, Progress};
use pace::Pace;
pub use purge::Retained;
use records::{Flight, Label};
pub use term::Taking;

/// How many vaults are changed at once.
const VAULTS_AT_ONCE: usize = 8;

/// Tells whether what was verified of a student's vault is still in its copies, and why not; reads them all.
pub type Copies = Arc<dyn Fn(&StudentKey, &Verified) -> Result<()> + Send + Sync>;

/// Everything a change needs. Cheap to clone.
#[derive(Clone)]
pub struct Ops {
    /// Reads, the provider and the store.
    pub queries: Queries,
    /// The audit log.
    pub audit: Audit,
    /// This machine and its user, for the log.
    pub actor: Actor,
    /// Whether every change is refused.
    pub read_only: bool,
    /// A folder for the locks of vaults.
    pub locks: PathBuf,
    /// Whether it is the watcher that acts by itself, see [`Ops::by_itself`].
    auto: bool,
    /// Which plan is carried out, for the log.
    label: Label,
    /// Intents that have no result yet.
    in_flight: Arc<Mutex<Vec<Flight>>>,
    /// How fast calls go out.
    pace: Arc<Pace>,
    /// Looks at copies before what they are of is deleted.
    copies: Option<Copies>,
    /// Held by the job whose turn it is, among those of this program that wait for each other.
    queue: Arc<tokio::sync::Mutex<()>>,
}

/// How a plan ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The plan, every row with its outcome.
    pub plan: Plan,
    /// Why everything stopped early, if it did.
    pub fault: Option<Fault>,
    /// Why rows failed or were refused, by their number.
    pub failed: BTreeMap<usize, Fault>,
    /// What is on the vaults that it was about and should not be, as read afterwards.
    pub strays: Vec<Drift>,
    /// How many of those vaults were not read again: the ration left no room, or they could not be read.
    pub uncompared: usize,
}

impl Ended {
    /// One of which nothing was sent.
    fn of(plan: Plan) -> Self {
        Self { plan, fault: None, failed: BTreeMap::new(), strays: Vec::new(), uncompared: 0 }
    }

    /// How many rows ended in each way.
    pub fn count(&self, matching: impl Fn(&Outcome) -> bool) -> usize {
        self.plan.rows.iter().filter(|row| matching(&row.outcome)).count()
    }

    /// One line about it.
    pub fn in_words(&self) -> SafeText {
        let done = self.count(|outcome| *outcome == Outcome::Done);
        let others = [
            ("unchanged", self.count(|o| *o == Outcome::Unchanged)),
            ("waiting", self.count(|o| matches!(o, Outcome::Waiting(_)))),
            ("refused", self.count(|o| matches!(o, Outcome::Refused(_)))),
            ("failed", self.count(|o| matches!(o, Outcome::Failed(_)))),
            ("left to do", self.count(|o| *o == Outcome::Planned)),
        ];
        let others = others.into_iter().filter(|(_, count)| *count > 0);
        let mut parts = vec![format!("{done} done")];
        parts.extend(others.map(|(word, count)| format!("{count} {word}")));
        let mut text = parts.join(", ");
        if let Some(fault) = &self.fault {
            text = format!("{text}; stopped: {fault}");
        }
        if !self.strays.is_empty() {
            text = format!("{text}; unexpected access on these vaults: {}", self.strays.len());
        }
        SafeText::new(&text)
    }
}

impl Ops {
    /// What changes need; `locks` is a folder of this class's own.
    pub fn new(queries: Queries, audit: Audit, actor: Actor, read_only: bool, locks: PathBuf) -> Self {
        let (in_flight, pace, queue, label) =
            (Arc::default(), Arc::default(), Arc::default(), Label::default());
        let (auto, copies) = (false, None);
        Self { queries, audit, actor, read_only, locks, auto, label, in_flight, pace, copies, queue }
    }

    /// The same, with who looks at copies: without, no vault is deleted of which any are kept.
    #[must_use]
    pub fn with_copies(self, copies: Copies) -> Self {
        Self { copies: Some(copies), ..self }
    }

    /// The same, for the watcher that gives students their vaults without being told to each time: the
    /// log says so (`"auto": true` among the arguments), and of what somebody has settled meanwhile
    /// nothing is done.
    #[must_use]
    pub fn by_itself(self) -> Self {
        Self { auto: true, ..self }
    }

    /// What a wish would change, after a look at what a program that died had begun.
    pub async fn plan(&self, wish: &Wish) -> Result<Plan> {
        if !self.read_only {
            self.recover().await?;
        }
        let began = self.queries.clock.now();
        let mut plan = self.queries.plan(wish).await?;
        self.measured(began);
        plan.eta = Some(self.estimate(plan.effort()));
        Ok(plan)
    }

    /// The class as it is now; reading it tells how long calls take, for whoever estimates next.
    pub async fn frame(&self) -> Result<Frame> {
        let began = self.queries.clock.now();
        let frame = self.queries.frame(true).await?;
        self.measured(began);
        Ok(frame)
    }

    /// Takes the look at the class that began then for the first measure of how fast calls are.
    fn measured(&self, began: Timestamp) {
        if !self.pace.is_measured() {
            // People and groups were asked for one after the other.
            let both = self.queries.clock.now().duration_since(began) / 2;
            self.pace.took(began, began.checked_add(both).unwrap_or(began));
        }
    }

    /// How long so much takes from now on, with what is left of the ration and as fast as calls are.
    pub fn estimate(&self, effort: Effort) -> Duration {
        let windows = self.queries.provider.budget().map_or_else(Vec::new, |budget| budget.allowances);
        forecast::duration(effort, &windows, self.pace.speed())
    }

    /// What has to be known before anything is changed.
    async fn ready(&self) -> Result<Frame> {
        self.queries.identify().await?;
        self.recover().await?;
        let ops = self.clone();
        blocking(move || ops.recall()).await?;
        self.queries.frame(true).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::frame::tests::facts;
    use crate::domain::plan::Row;

    #[test]
    fn every_row_is_counted_by_how_it_ended() {
        let why = || SafeText::new("why");
        let ends = [
            (7, Outcome::Done),
            (1, Outcome::Unchanged),
            (2, Outcome::Waiting(why())),
            (3, Outcome::Refused(why())),
            (4, Outcome::Failed(why())),
            (5, Outcome::Planned),
        ];
        let student = facts().students.remove(0);
        let row = |outcome: &Outcome| Row::of(&student, None, Vec::new(), outcome.clone());
        let rows = ends.iter().flat_map(|(count, outcome)| vec![row(outcome); *count]).collect();
        let told = Ended::of(Plan { rows, ..Plan::default() }).in_words();
        assert_eq!(told.as_str(), "7 done, 1 unchanged, 2 waiting, 3 refused, 4 failed, 5 left to do");
        assert_eq!(Ended::of(Plan::default()).in_words().as_str(), "0 done");
    }
}
