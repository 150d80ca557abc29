//! `adopt/1`: the vaults of the class that were found again.

use serde::Serialize;

use super::{Look, Page, Table, cell};
use crate::domain::budget::Cost;
use crate::domain::class::StudentKey;
use crate::domain::id::VaultId;
use crate::domain::text::{SafeText, counted};
use crate::queries::adopt::{Fate, Found};

/// What was found, and what came of it.
#[derive(Serialize)]
pub struct Adopted {
    rows: Vec<Row>,
    dry_run: bool,
    /// What finding out has asked of the ration.
    requests: Cost,
    /// What it would ask to be told the students' levels again.
    offer: Offer,
}

#[derive(Serialize)]
struct Row {
    vault: VaultId,
    name: SafeText,
    student: Option<StudentKey>,
    outcome: &'static str,
    message: Option<SafeText>,
    mend: Option<&'static str>,
}

#[derive(Serialize)]
struct Offer {
    command: &'static str,
    requests: Cost,
}

impl Adopted {
    /// What was found; `offer` is the price of granting the students' levels again.
    pub fn new(found: &[Found], dry_run: bool, requests: Cost, offer: Cost) -> Self {
        let row = |found: &Found| {
            let (message, mend) = words(&found.fate);
            Row {
                vault: found.vault.clone(),
                name: found.name.clone(),
                student: found.student.clone(),
                outcome: found.fate.name(),
                message,
                mend,
            }
        };
        let offer = Offer { command: "strongroom provision", requests: offer };
        Self { rows: found.iter().map(row).collect(), dry_run, requests, offer }
    }
}

/// Why a vault was not bound, and what mends it.
fn words(fate: &Fate) -> (Option<SafeText>, Option<&'static str>) {
    match fate {
        Fate::Known | Fate::Bound(_) => (None, None),
        Fate::Quarantined => (
            Some("several vaults carry the mark of this student".into()),
            Some("look into them in 1Password, delete the empty one, and adopt again"),
        ),
        Fate::Conflict(why) => {
            (Some(why.clone()), Some("look at both in 1Password; nothing was changed here"))
        }
        Fate::Unmarked => (
            Some("it has a name of this class and no mark: Strongroom did not make it".into()),
            Some("rename it in 1Password, or give the class another id"),
        ),
        Fate::NotInRoster => (
            Some("its student is not in the roster".into()),
            Some("import the class list first: strongroom roster import FILE"),
        ),
        Fate::Elsewhere => (
            Some("its name is not the one that this class gives to the student of its mark".into()),
            Some(
                "if it is a renamed vault of the class, give it its name back in 1Password, then adopt again",
            ),
        ),
        Fate::Unreadable(fault) => {
            (Some(SafeText::new(&fault.to_string())), Some("try again; see strongroom doctor"))
        }
    }
}

impl Page for Adopted {
    fn schema(&self) -> &'static str {
        "adopt/1"
    }

    fn table(&self, _: &Look) -> Table {
        let mut table = Table::new(["vault", "name", "student", "outcome", "why", "mend"]);
        for row in &self.rows {
            table.push([
                cell(&row.vault),
                row.name.clone(),
                row.student.as_ref().map(cell).unwrap_or_default(),
                row.outcome.into(),
                row.message.clone().unwrap_or_default(),
                row.mend.unwrap_or_default().into(),
            ]);
        }
        table
    }

    fn notes(&self, _: &Look) -> Vec<SafeText> {
        let count = |word| self.rows.iter().filter(|row| row.outcome == word).count();
        let kept = if self.dry_run { "; nothing was kept (--dry-run)" } else { "" };
        let (bound, known) = (count("bound"), count("known"));
        let rest = self.rows.len() - bound - known;
        let mut notes =
            vec![cell(format_args!("{bound} bound, {known} known before, {rest} not bound{kept}"))];
        if self.offer.requests.writes > 0 {
            let (command, Cost { reads, writes }) = (self.offer.command, self.offer.requests);
            notes.push(cell(format_args!(
                "levels are not known (?): `{command}` grants them again and is told them, {} and {}",
                counted(reads, "read"),
                counted(writes, "write")
            )));
        }
        notes
    }
}
