//! `init/1`: a class that was set up, and its first plan.

use serde::Serialize;

use super::plan::Changed;
use super::{Look, Page, Table, cell};
use crate::doctor::Finding;
use crate::domain::budget::Cost;
use crate::domain::plan::{Outcome, Plan};
use crate::domain::text::{SafeText, counted};

/// What was found and written.
#[derive(Serialize)]
pub struct Started<'a> {
    /// The id of the class.
    pub class: &'a str,
    /// The class file.
    pub file: SafeText,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// Every check.
    pub checks: &'a [Finding],
    /// The first plan; nothing of it was sent.
    pub plan: Changed,
    /// The one command that comes next.
    pub next: SafeText,
}

impl<'a> Started<'a> {
    /// A class that was set up.
    pub fn new(
        class: &'a str,
        file: SafeText,
        dry_run: bool,
        checks: &'a [Finding],
        plan: &Plan,
        next: &str,
    ) -> Self {
        let plan = Changed::planned("provision/1", plan);
        Self { class, file, dry_run, checks, plan, next: next.into() }
    }
}

impl Page for Started<'_> {
    fn schema(&self) -> &'static str {
        "init/1"
    }

    fn table(&self, look: &Look) -> Table {
        self.plan.table(look)
    }
}

/// A plan in one line: how many vaults, how many wait, and what it asks of the ration.
pub fn in_words(plan: &Plan) -> SafeText {
    let count =
        |matching: fn(&Outcome) -> bool| plan.rows.iter().filter(|row| matching(&row.outcome)).count();
    let Cost { reads, writes } = plan.cost();
    cell(format_args!(
        "the first plan: {} to be given a vault or a level, {} unchanged, {} waiting, {} refused; {} and {}{}",
        plan.changes(),
        count(|outcome| *outcome == Outcome::Unchanged),
        count(|outcome| matches!(outcome, Outcome::Waiting(_))),
        count(|outcome| matches!(outcome, Outcome::Refused(_))),
        counted(reads, "read"),
        counted(writes, "write"),
        plan.takes(),
    ))
}
