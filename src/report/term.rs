//! `close-term/1`: how far every step of the end of the term is; and the summary that is written beside the
//! files.

use jiff::Timestamp;
use serde::Serialize;

use super::{Look, Page, Table, cell};
use crate::domain::budget::Cost;
use crate::domain::class::{Class, StudentKey};
use crate::domain::query::{AssignmentHead, StatusRow};
use crate::domain::term::{Closing, Progress, Stage};
use crate::domain::text::SafeText;
use crate::domain::transfer::bytes;

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

impl Steps {
    /// The steps of a class, and what was in the way just now.
    pub fn new(class: &str, lines: Vec<Progress>, problems: Vec<Problem>) -> Self {
        let step = |line: Progress| {
            let blocked = line.blocked();
            let (signed_at, signed_by) = line.signed.unzip();
            Step {
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
        };
        Self { class: class.to_owned(), rows: lines.into_iter().map(step).collect(), problems }
    }
}

impl Page for Steps {
    fn schema(&self) -> &'static str {
        "close-term/1"
    }

    fn table(&self, look: &Look) -> Table {
        let mut table = Table::new(["step", "what", "done", "signed off", "by", "requests", "first"]);
        for step in &self.rows {
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

    fn notes(&self, _: &Look) -> Vec<SafeText> {
        let line = |problem: &Problem| cell(format_args!("{}: {}", problem.student, problem.message));
        self.problems.iter().map(line).collect()
    }
}

/// A student in the summary.
pub struct Held<'a> {
    /// As the class is shown.
    pub row: &'a StatusRow,
    /// How far the end of the term is.
    pub closing: Option<&'a Closing>,
}

/// The summary of a class at the end of its term, in Markdown: who handed in what, and what of it is kept.
pub fn summary(
    class: &Class,
    assignments: &[AssignmentHead],
    students: &[Held<'_>],
    now: Timestamp,
) -> String {
    let look = Look { zone: Some(class.time_zone.clone()) };
    let mut head =
        vec!["student", "name", "vault", "items", "last upload", "kept files", "bytes", "manifest"];
    head.extend(assignments.iter().map(|assignment| assignment.id.as_str()));
    let mut table = Table::new(head);
    for Held { row, closing } in students {
        let verified = closing.and_then(Closing::verified);
        let mut cells = vec![
            cell(&row.key),
            row.name.clone(),
            row.vault.as_ref().map(cell).unwrap_or_default(),
            cell(row.items),
            look.time(row.last_upload),
            verified.map(|verified| cell(verified.files)).unwrap_or_default(),
            verified.map(|verified| cell(bytes(verified.bytes))).unwrap_or_default(),
            verified.map(|verified| cell(verified.manifest)).unwrap_or_default(),
        ];
        cells.extend(row.standings.iter().map(|standing| cell(standing.in_words())));
        table.push(cells);
    }
    let title = super::table::escaped(class.title.as_str());
    let written = look.time(Some(now));
    format!(
        "# {title} ({}): end of term\n\nWritten {written}. The files lie beside this report, each with its \
         SHA-256 in `manifest.jsonl`; the column manifest is the hash of a student's lines there.\n\n{}",
        class.id,
        table.markdown()
    )
}
