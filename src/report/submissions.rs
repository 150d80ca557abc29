//! `missing/1`: who has not handed in, who was late, and what no assignment claims.

use jiff::Timestamp;
use serde::Serialize;

use super::{Look, Page, Table, cell};
use crate::domain::class::StudentKey;
use crate::domain::query::{AssignmentHead, Submissions};
use crate::domain::submission::{NO_VAULT, Standing, Unmatched, Verdict};
use crate::domain::text::{SafeText, counted};

/// Which rows are meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Which {
    /// Who has not handed in, was late, or cannot be judged.
    #[default]
    Open,
    /// Who was late.
    Late,
    /// What no assignment claims.
    Unmatched,
    /// Everybody.
    All,
}

impl Which {
    fn wants(self, standing: Standing) -> bool {
        match self {
            Self::All => true,
            Self::Late => matches!(standing, Standing::Late(_)),
            Self::Unmatched => false,
            Self::Open => matches!(standing, Standing::Missing | Standing::Late(_) | Standing::Unknown),
        }
    }
}

/// How a class stands with its assignments.
#[derive(Serialize)]
pub struct Missing {
    class: String,
    assignments: Vec<One>,
    unmatched: Vec<Unmatched>,
    #[serde(skip)]
    which: Which,
}

#[derive(Serialize)]
struct One {
    #[serde(flatten)]
    head: AssignmentHead,
    counts: Counts,
    rows: Vec<Row>,
}

/// How many students stand in each way.
#[derive(Default, Serialize)]
struct Counts {
    on_time: usize,
    late: usize,
    missing: usize,
    excused: usize,
    not_yet_due: usize,
    unknown: usize,
    /// How many of those have no vault to hand in to; people are told that in its place.
    #[serde(skip)]
    no_vault: usize,
}

#[derive(Serialize)]
struct Row {
    name: SafeText,
    #[serde(flatten)]
    verdict: Verdict,
    /// The standing in words, with how late.
    words: SafeText,
}

impl Missing {
    /// How a class stands with these; `name` tells what a student is called.
    pub fn new(
        class: &str,
        all: Vec<Submissions>,
        which: Which,
        unmatched: Vec<Unmatched>,
        name: impl Fn(&StudentKey) -> SafeText,
    ) -> Self {
        let row = |verdict: Verdict| Row { name: name(&verdict.student), words: verdict.in_words(), verdict };
        let one = |one: Submissions| One {
            head: one.assignment,
            counts: counts(&one.verdicts),
            rows: one.verdicts.into_iter().filter(|v| which.wants(v.standing)).map(row).collect(),
        };
        Self { class: class.to_owned(), assignments: all.into_iter().map(one).collect(), unmatched, which }
    }
}

impl Missing {
    /// How many rows there are.
    pub(super) fn rows(&self) -> usize {
        self.assignments.iter().map(|one| one.rows.len()).sum()
    }
}

fn counts(verdicts: &[Verdict]) -> Counts {
    let mut counts = Counts::default();
    for verdict in verdicts {
        counts.no_vault += usize::from(verdict.has_no_vault());
        *match verdict.standing {
            Standing::OnTime => &mut counts.on_time,
            Standing::Late(_) => &mut counts.late,
            Standing::Missing => &mut counts.missing,
            Standing::Excused => &mut counts.excused,
            Standing::NotYetDue => &mut counts.not_yet_due,
            Standing::Unknown => &mut counts.unknown,
        } += 1;
    }
    counts
}

/// What else there is to say of a verdict, in one line.
fn remarks(verdict: &Verdict) -> SafeText {
    let mut parts: Vec<&str> = Vec::new();
    parts.extend(verdict.extended.as_ref().map(SafeText::as_str));
    if let Some(handed_in) = &verdict.handed_in {
        let said = [
            (handed_in.by_hand, "assigned by hand"),
            (handed_in.updated_after_due, "changed after the deadline"),
            (handed_in.removed, "removed since"),
        ];
        parts.extend(said.iter().filter(|(so, _)| *so).map(|(_, words)| *words));
    }
    let told = verdict.in_words();
    parts.extend(verdict.doubt.as_ref().filter(|doubt| **doubt != told).map(SafeText::as_str));
    SafeText::new(&parts.join("; "))
}

impl Page for Missing {
    fn schema(&self) -> &'static str {
        "missing/1"
    }

    fn table(&self, look: &Look) -> Table {
        if self.which == Which::Unmatched {
            let mut table = Table::new(["seq", "student", "title", "seen", "item"]);
            for one in &self.unmatched {
                let (seq, item) = (cell(one.seq), cell(&one.item));
                table.push([seq, cell(&one.student), one.title.clone(), look.time(Some(one.seen)), item]);
            }
            return table;
        }
        let mut table =
            Table::new(["assignment", "student", "name", "standing", "due", "handed in", "title", "remarks"]);
        for (one, row) in self.assignments.iter().flat_map(|one| one.rows.iter().map(move |row| (one, row))) {
            let handed_in = row.verdict.handed_in.as_ref();
            table.push([
                cell(&one.head.id),
                cell(&row.verdict.student),
                row.name.clone(),
                row.words.clone(),
                look.time(Some(row.verdict.due)),
                look.time(handed_in.map(|one| one.judged_at)),
                handed_in.map(|one| one.title.clone()).unwrap_or_default(),
                remarks(&row.verdict),
            ]);
        }
        table
    }

    fn notes(&self, look: &Look) -> Vec<SafeText> {
        let mut notes: Vec<SafeText> = Vec::new();
        if self.which != Which::Unmatched {
            notes.extend(self.assignments.iter().map(|one| one.in_words(look)));
        }
        if self.which != Which::Unmatched && self.assignments.is_empty() {
            notes.push("no assignment is due yet; name one, or see all with --all".into());
        }
        match (self.unmatched.len(), self.which) {
            (0, Which::Unmatched) => notes.push("every upload belongs to an assignment".into()),
            (0, _) => {}
            (_, Which::Unmatched) => {
                notes.push("say where one belongs with `strongroom assign SEQ ASSIGNMENT|none`".into());
            }
            (count, _) => {
                let (uploads, belong) =
                    (counted(count, "upload"), if count == 1 { "belongs" } else { "belong" });
                notes.push(cell(format_args!(
                    "{uploads} {belong} to no assignment: `strongroom missing --unmatched`"
                )));
            }
        }
        notes
    }
}

impl One {
    fn in_words(&self, look: &Look) -> SafeText {
        let Counts { on_time, late, missing, excused, not_yet_due, unknown, no_vault } = self.counts;
        let parts = [
            (on_time, "on time"),
            (late, "late"),
            (missing, "missing"),
            (excused, "excused"),
            (not_yet_due, "not yet due"),
            (no_vault, NO_VAULT),
            (unknown - no_vault, "unknown"),
        ];
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, words)| format!("{count} {words}"))
            .collect();
        let parts = if parts.is_empty() { "no students".to_owned() } else { parts.join(", ") };
        let due: Option<Timestamp> = Some(self.head.due);
        cell(format_args!("{}, due {}: {parts}", self.head.id, look.time(due)))
    }
}
