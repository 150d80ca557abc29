//! `close-term/1`: how far every step of the end of the term is; and the same for the report of a class, with
//! every student.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::{Look, Page, Table, cell};
use crate::domain::budget::Cost;
use crate::domain::class::StudentKey;
use crate::domain::digest::Digest;
use crate::domain::term::{Closing, Progress, Stage, Verified};
use crate::domain::text::SafeText;

/// Every step with how far it is.
#[derive(Serialize)]
pub struct Steps {
    class: String,
    #[serde(rename = "steps")]
    rows: Vec<Step>,
    /// What could not be done just now, student by student.
    problems: Vec<Problem>,
}

/// Why a step was not done for a student.
#[derive(Clone, Debug, Serialize)]
pub struct Problem {
    /// Whom.
    pub student: StudentKey,
    /// Why.
    pub message: SafeText,
}

#[derive(Serialize)]
struct Step {
    #[serde(rename = "step")]
    stage: Stage,
    does: &'static str,
    done: usize,
    of: usize,
    signed_at: Option<Timestamp>,
    signed_by: Option<SafeText>,
    requests: Cost,
    takes_s: u64,
    blocked: Option<SafeText>,
}

impl Step {
    fn new(line: Progress) -> Self {
        let blocked = line.blocked();
        let (signed_at, signed_by) = line.signed.unzip();
        Self {
            stage: line.stage,
            does: line.stage.in_words(),
            done: line.done,
            of: line.of,
            signed_at,
            signed_by,
            requests: line.requests,
            takes_s: line.takes.as_secs(),
            blocked,
        }
    }
}

impl Steps {
    /// The steps of a class, and what was in the way just now.
    pub fn new(class: &str, lines: Vec<Progress>, problems: Vec<Problem>) -> Self {
        Self { class: class.to_owned(), rows: lines.into_iter().map(Step::new).collect(), problems }
    }
}

impl Page for Steps {
    fn schema(&self) -> &'static str {
        "close-term/1"
    }

    fn table(&self, look: &Look) -> Table {
        table(&self.rows, look)
    }

    fn notes(&self, _: &Look) -> Vec<SafeText> {
        let line = |problem: &Problem| cell(format_args!("{}: {}", problem.student, problem.message));
        self.problems.iter().map(line).collect()
    }
}

fn table(steps: &[Step], look: &Look) -> Table {
    let mut table = Table::new(["step", "what", "done", "signed off", "by", "requests", "first"]);
    for step in steps {
        let requests = step.requests.reads + step.requests.writes;
        table.push([
            step.stage.name().into(),
            step.does.into(),
            cell(format_args!("{} of {}", step.done, step.of)),
            look.time(step.signed_at),
            step.signed_by.clone().unwrap_or_default(),
            if requests == 0 { SafeText::default() } else { cell(requests) },
            step.blocked.clone().unwrap_or_default(),
        ]);
    }
    table
}

/// How far the end of a term is, in the report of a class.
#[derive(Serialize)]
pub struct Ending {
    steps: Vec<Step>,
    students: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    student: StudentKey,
    name: SafeText,
    /// When each step was done.
    done: BTreeMap<Stage, Timestamp>,
    /// What was agreed to and begun, and is not known to be done.
    begun: Vec<Stage>,
    /// What was verified last.
    kept: Option<Kept>,
}

/// What of a vault is kept in copies.
#[derive(Serialize)]
struct Kept {
    folder: String,
    files: u64,
    bytes: u64,
    manifest: Digest,
    /// What was found and is kept nowhere, in words.
    unkept: Option<String>,
}

impl Kept {
    fn new(verified: &Verified) -> Self {
        Self {
            folder: verified.folder.clone(),
            files: verified.files,
            bytes: verified.bytes,
            manifest: verified.manifest,
            unkept: verified.unkept_in_words(),
        }
    }
}

impl Ending {
    /// Every step, and every student whom it is about, with what is noted of them.
    pub fn new<'a>(
        steps: Vec<Progress>,
        students: impl IntoIterator<Item = (StudentKey, SafeText, Option<&'a Closing>)>,
    ) -> Self {
        let student = |(student, name, closing): (StudentKey, SafeText, Option<&Closing>)| {
            let noted = |stage: &Stage| closing.and_then(|closing| closing.get(*stage));
            let is_done = |stage: &Stage| closing.is_some_and(|closing| closing.is_done(*stage));
            let done = Stage::ALL.into_iter().filter(is_done);
            let begun = Stage::ALL.into_iter().filter(|stage| noted(stage).is_some() && !is_done(stage));
            Line {
                student,
                name,
                done: done.filter_map(|stage| Some((stage, noted(&stage)?.at))).collect(),
                begun: begun.collect(),
                kept: closing.and_then(Closing::verified).map(Kept::new),
            }
        };
        Self {
            steps: steps.into_iter().map(Step::new).collect(),
            students: students.into_iter().map(student).collect(),
        }
    }

    /// A line a step.
    pub(super) fn steps(&self, look: &Look) -> (Table, usize) {
        (table(&self.steps, look), self.steps.len())
    }

    /// A line a student.
    pub(super) fn students(&self, look: &Look) -> (Table, usize) {
        let mut head = vec!["student", "name"];
        head.extend(Stage::ALL.map(Stage::name));
        head.extend(["kept files", "bytes", "manifest", "not kept"]);
        let mut table = Table::new(head);
        for one in &self.students {
            let mut cells = vec![cell(&one.student), one.name.clone()];
            cells.extend(Stage::ALL.map(|stage| match one.done.get(&stage) {
                Some(at) => look.time(Some(*at)),
                None if one.begun.contains(&stage) => "begun".into(),
                None => SafeText::default(),
            }));
            if let Some(Kept { files, bytes, manifest, unkept, .. }) = &one.kept {
                cells.extend([cell(files), cell(bytes), cell(manifest)]);
                cells.push(unkept.as_deref().map(SafeText::new).unwrap_or_default());
            }
            table.push(cells);
        }
        (table, self.students.len())
    }
}
