//! `jobs/1`: plans on their way, those that were left and those that are over; `job/1`: one with its rows.

use serde::Serialize;

use super::{Look, Page, Table, cell};
use crate::domain::class::StudentKey;
use crate::domain::id::VaultId;
use crate::domain::job::{Head, State, Wanted};
use crate::domain::plan::{Outcome, Plan, Row};
use crate::domain::text::SafeText;

/// Several jobs, the newest first.
#[derive(Serialize)]
pub struct Jobs {
    /// How each stands.
    pub jobs: Vec<Head>,
    /// What people are told where there are none.
    #[serde(skip)]
    pub nothing: &'static str,
}

impl Page for Jobs {
    fn schema(&self) -> &'static str {
        "jobs/1"
    }

    fn table(&self, look: &Look) -> Table {
        let mut table =
            Table::new(["id", "state", "rows", "failed", "begun", "done about", "by", "title", "why"]);
        for job in &self.jobs {
            table.push([
                cell(&job.id),
                stands(job),
                cell(format_args!("{}/{}", job.ended, job.rows)),
                cell(job.failed),
                look.time(Some(job.made_at)),
                look.time(job.ends.filter(|_| job.state == State::Running)),
                job.by.clone(),
                job.title.clone(),
                job.why.clone().unwrap_or_default(),
            ]);
        }
        table
    }

    fn nothing(&self) -> Option<SafeText> {
        self.jobs.is_empty().then(|| self.nothing.into())
    }

    fn notes(&self, _: &Look) -> Vec<SafeText> {
        let mut notes = Vec::new();
        if self.jobs.iter().any(|job| job.state == State::Left) {
            notes.push("what was left can go on: strongroom jobs resume".into());
        }
        notes
    }
}

/// The state, and what somebody wants that its program has not seen yet.
fn stands(job: &Head) -> SafeText {
    let asked = match (job.state, job.wanted) {
        (State::Running | State::Queued, Wanted::Pause) => ", is to pause",
        (State::Paused, Wanted::Go) => ", is to go on",
        (State::Running | State::Queued | State::Paused, Wanted::Cancel) => ", is to end",
        _ => "",
    };
    cell(format_args!("{}{asked}", job.state.word()))
}

/// One job with its rows.
#[derive(Serialize)]
pub struct Job {
    job: Head,
    rows: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    student: StudentKey,
    vault: Option<VaultId>,
    outcome: &'static str,
    message: Option<SafeText>,
    #[serde(skip)]
    name: SafeText,
}

impl Job {
    /// A job and its plan, every row with its outcome; rows that changed nothing from the beginning are
    /// left out.
    pub fn new(job: Head, plan: &Plan) -> Self {
        let line = |row: &Row| Line {
            student: row.student.clone(),
            vault: row.vault.clone(),
            outcome: row.outcome.name(),
            message: row.outcome.message().cloned(),
            name: row.name.clone(),
        };
        let changes = |row: &&Row| !row.steps.is_empty() || row.outcome == Outcome::Planned;
        Self { job, rows: plan.rows.iter().filter(changes).map(line).collect() }
    }
}

impl Page for Job {
    fn schema(&self) -> &'static str {
        "job/1"
    }

    fn table(&self, _: &Look) -> Table {
        let mut table = Table::new(["student", "name", "vault", "outcome", "message"]);
        for row in &self.rows {
            table.push([
                cell(&row.student),
                row.name.clone(),
                row.vault.as_ref().map(cell).unwrap_or_default(),
                row.outcome.into(),
                row.message.clone().unwrap_or_default(),
            ]);
        }
        table
    }

    fn notes(&self, look: &Look) -> Vec<SafeText> {
        let Head { id, ended, rows, failed, ends, why, .. } = &self.job;
        let mut line =
            format!("{id} is {}: {ended} of {rows} rows have ended, {failed} failed", stands(&self.job));
        if let Some(why) = why {
            line = format!("{line}; {why}");
        }
        if ends.is_some() && self.job.state == State::Running {
            line = format!("{line}; done about {}", look.time(*ends));
        }
        vec![SafeText::new(&line)]
    }
}
