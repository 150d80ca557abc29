//! The words of `strongroom download`.

use std::path::PathBuf;

use clap::Args;

use crate::domain::assignment::AssignmentId;

/// `strongroom download`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Download {
    /// Only these students; by default everybody with a vault
    #[arg(value_name = "STUDENT")]
    pub students: Vec<String>,
    /// Only this item of the one student, by id or exact title
    #[arg(long, conflicts_with_all = ["assignment", "filter"])]
    pub item: Option<String>,
    /// Only what is handed in for this assignment
    #[arg(long, value_name = "ASSIGNMENT", value_parser = assignment)]
    pub assignment: Option<AssignmentId>,
    /// Only items whose title or file names hold this text; a ! in front turns it round
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub filter: Option<String>,
    /// The folder; made if it is not there
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,
    /// Only show how much would be fetched
    #[arg(long)]
    pub dry_run: bool,
    /// Fetch nothing; read again what was fetched, and tell what is not as it was
    #[arg(long, conflicts_with_all = ["students", "item", "assignment", "filter", "dry_run", "wait"])]
    pub verify: bool,
    /// Where the ration of requests is used up, wait until it is renewed and go on
    #[arg(long, conflicts_with = "dry_run")]
    pub wait: bool,
}

impl Download {
    /// Refuses what would have no effect.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        if self.item.is_some() && self.students.len() != 1 {
            return Err("--item is an item of one student: name exactly one");
        }
        Ok(())
    }
}

fn assignment(word: &str) -> Result<AssignmentId, String> {
    AssignmentId::parse(word).ok_or_else(|| "an assignment's id is made of a-z, 0-9 and -".to_owned())
}
