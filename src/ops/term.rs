//! The end of a term in the log: that somebody has agreed to a step, and for whom it was done. Nothing is
//! sent to the service here.

use serde_json::json;

use super::Ops;
use super::lock::{Lock, Over};
use super::recover::Found;
use crate::audit::Record;
use crate::domain::budget::forecast::Effort;
use crate::domain::class::StudentKey;
use crate::domain::digest::Digest;
use crate::domain::fault::Result;
use crate::domain::frame::Whom;
use crate::domain::plan::{Outcome, Plan, Row};
use crate::domain::term::{Closings, Detail, Progress, Stage};
use crate::domain::text::SafeText;
use crate::store::{Signed, Store};

/// The names of these records in the log.
const SIGNED: &str = "sign-off";
const NOTED: &str = "close-term";
const REOPENED: &str = "reopen";
const NAMES: [&str; 3] = [SIGNED, NOTED, REOPENED];

/// Held by whoever takes a step: of one class one at a time.
#[derive(Debug)]
pub struct Taking {
    _lock: Lock,
}

impl Ops {
    /// Takes the turn for a step of the end of the term.
    ///
    /// # Errors
    /// [`Kind::Conflict`](crate::domain::fault::Kind::Conflict) while another program takes one, and
    /// [`Kind::Refused`](crate::domain::fault::Kind::Refused) where changes are refused.
    pub async fn take_step(&self) -> Result<Taking> {
        self.may_change()?;
        Ok(Taking { _lock: self.lock(Over::Term).await? })
    }

    /// How far every step is, from what is stored.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn term(&self, whom: &Whom) -> Result<Vec<Progress>> {
        let look = |store: &Store| Ok((store.signed()?, store.last_upload()?));
        let (signed, uploads) = self.queries.with_store(look).await?;
        let items = uploads.into_iter().map(|(student, one)| (student, one.items)).collect();
        let step = |stage: Stage| {
            let progress = whom.progress(stage, &items);
            let (reads, changes) = (progress.requests.reads, progress.requests.writes);
            // Who agreed to it for others, or before it was taken back, is not said of these.
            let is_of = |key: &StudentKey| whom.frame.closing.get(key).is_some_and(|c| c.is_begun(stage));
            let is_known = whom.students.iter().any(is_of);
            let by = signed.iter().find(|signed| is_known && signed.stage == stage);
            Progress {
                signed: by.map(|signed| (signed.at, signed.by.clone())),
                takes: self.estimate(Effort { vaults: 0, changes, reads }),
                ..progress
            }
        };
        Ok(Stage::ALL.into_iter().map(step).collect())
    }

    /// Records that somebody has agreed to a step for these students, before anything of it is done. Where it
    /// takes access away nobody gives it back from then on, whatever becomes of this program.
    ///
    /// # Errors
    /// Those of the log, and then nothing is kept; those of the store.
    pub async fn sign_off(&self, stage: Stage, students: &[StudentKey], word: Option<&str>) -> Result<()> {
        let args = json!({
            "step": stage, "students": self.pseudonyms(students), "typed": word.is_some(),
        });
        let by = SafeText::new(&format!("{} on {}", self.actor.user, self.actor.machine));
        let (now, students) = (self.queries.clock.now(), students.to_vec());
        self.told(SIGNED, args, None, move |store| {
            if matches!(stage, Stage::Freeze | Stage::Revoke) {
                store.begin_closing(stage, &students, now)?;
            }
            store.sign(&Signed { stage, at: now, by })
        })
        .await
    }

    /// Signs off the plan of a step, before anything of it is sent, for everybody for whom the step will be
    /// noted; of one that goes on, for those for whom that was not done before.
    pub(super) async fn begin_step(&self, plan: &Plan, resumed: bool) -> Result<()> {
        let Some(stage) = plan.stage else { return Ok(()) };
        let before = self.closings().await?;
        let is_settled = |student: &StudentKey| {
            let closing = before.get(student);
            closing.is_some_and(|one| one.is_done(stage) || resumed && one.is_begun(stage))
        };
        let comes = |outcome: &Outcome| matches!(outcome, Outcome::Planned | Outcome::Unchanged);
        let rows = plan.rows.iter().filter(|row| comes(&row.outcome));
        // What is sent is signed off also where the step was done once.
        let sends = |row: &&Row| row.outcome == Outcome::Planned && !resumed;
        let students: Vec<StudentKey> = rows
            .filter(|row| sends(row) || !is_settled(&row.student))
            .map(|row| row.student.clone())
            .collect();
        if students.is_empty() {
            return Ok(());
        }
        self.sign_off(stage, &students, plan.typed.as_deref()).await
    }

    /// Records for whom the plan of a step has come to its end, where that was not so before. A deletion is
    /// noted where it is done: nothing can be looked at afterwards.
    pub(super) async fn end_step(&self, plan: &Plan) -> Result<()> {
        let Some(stage) = plan.stage.filter(|stage| *stage != Stage::Delete) else { return Ok(()) };
        let before = self.closings().await?;
        let ended = plan.rows.iter().filter(|row| matches!(row.outcome, Outcome::Done | Outcome::Unchanged));
        let new = ended.filter(|row| !before.get(&row.student).is_some_and(|one| one.is_done(stage)));
        self.note_step(stage, new.map(|row| (row.student.clone(), Detail::Nothing)).collect()).await
    }

    async fn closings(&self) -> Result<Closings> {
        self.queries.with_store(Store::closings).await
    }

    /// Records for whom a step was done, with what belongs to it.
    ///
    /// # Errors
    /// As [`Ops::sign_off`].
    pub async fn note_step(&self, stage: Stage, notes: Vec<(StudentKey, Detail)>) -> Result<()> {
        if notes.is_empty() {
            return Ok(());
        }
        let students: Vec<StudentKey> = notes.iter().map(|(student, _)| student.clone()).collect();
        let manifests: Vec<Option<Digest>> = notes.iter().map(|(_, detail)| manifest(detail)).collect();
        let mut args = json!({ "step": stage, "students": self.pseudonyms(&students) });
        if manifests.iter().any(Option::is_some) {
            args["manifests"] = json!(manifests);
        }
        let now = self.queries.clock.now();
        self.told(NOTED, args, Some(json!("done")), move |store| store.note_closing(stage, &notes, now)).await
    }

    /// Takes the end of the term back for these students: their access may be given again. Nothing that was
    /// done for them counts any more; the log keeps it.
    ///
    /// # Errors
    /// As [`Ops::sign_off`] and [`Ops::take_step`].
    pub async fn reopen(&self, students: &[StudentKey]) -> Result<()> {
        let _turn = self.take_step().await?;
        let args = json!({ "students": self.pseudonyms(students) });
        let keys = students.to_vec();
        self.told(REOPENED, args, Some(json!("open")), move |store| store.forget_closing(&Stage::ALL, &keys))
            .await
    }

    fn pseudonyms(&self, students: &[StudentKey]) -> Vec<String> {
        students.iter().map(|student| self.audit.pseudonym(student.as_str())).collect()
    }

    /// Records that the end of such a step was never told which a program began before it died. What it
    /// was about is in the store; the next run of the step goes on.
    pub(super) async fn recover_term(&self, open: &[Record]) -> Result<usize> {
        if !open.iter().any(is_ours) {
            return Ok(0);
        }
        // Whoever takes a step now tells the end of it.
        let Ok(_turn) = self.take_step().await else { return Ok(0) };
        let open = self.unfinished().await?;
        let message = "the program ended before it told the end; `strongroom close-term` shows what is so";
        let left = open.iter().filter(|record| is_ours(record));
        self.settle(left.map(|record| (record, Found::unknown(message)))).await
    }
}

fn is_ours(record: &Record) -> bool {
    NAMES.iter().chain(&super::purge::NAMES).any(|name| *name == record.op.as_str())
}

fn manifest(detail: &Detail) -> Option<Digest> {
    match detail {
        Detail::Verified(verified) => Some(verified.manifest),
        _ => None,
    }
}
