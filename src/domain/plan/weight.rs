//! What is weighty about a plan, and which word it asks for. Knows the frame and the rows; must not know how
//! they came about.

use std::collections::BTreeSet;

use super::{Outcome, Plan, Row, Step};
use crate::domain::access::Level;
use crate::domain::frame::Frame;
use crate::domain::guard::{Guard, REVOCATIONS, is_wide};
use crate::domain::text::{SafeText, counted};

impl Plan {
    /// What is weighty about it, by all its rows that change something, those that are done included:
    /// a plan that goes on asks for the same word again. Of several words the gravest is asked for.
    pub fn weight(&self, frame: &Frame) -> Option<Guard> {
        let counts = |row: &&Row| !matches!(row.outcome, Outcome::Refused(_) | Outcome::Unchanged);
        let rows: Vec<&Row> = self.rows.iter().filter(counts).collect();
        let mut all =
            [deletions(&rows), emptied(frame, &rows), revocations(frame, &rows)].into_iter().flatten();
        let mut gravest = all.next()?;
        gravest.because.extend(all.flat_map(|guard| guard.because));
        Some(gravest)
    }
}

/// Deleting what somebody may miss.
fn deletions(rows: &[&Row]) -> Option<Guard> {
    let steps = rows.iter().flat_map(|row| &row.steps);
    let names: Vec<&SafeText> = steps
        .filter_map(|step| match step {
            Step::DeleteVault { name, items } => (*items != Some(0)).then_some(name),
            _ => None,
        })
        .collect();
    let word = match names.as_slice() {
        [] => return None,
        [name] => (*name).clone(),
        names => SafeText::from(names.len().to_string().as_str()),
    };
    let what = format!("{} would be deleted with what is in them, for good", counted(names.len(), "vault"));
    Some(Guard { because: vec![SafeText::new(&what)], word })
}

/// Taking access away where the roster names nobody: a roster that got lost.
fn emptied(frame: &Frame, rows: &[&Row]) -> Option<Guard> {
    let is_empty = frame.students.iter().all(|student| frame.gone.contains(&student.key));
    // A single one is what somebody has named, not what a lost roster makes of a class.
    if !is_empty || Taken::of(frame, rows).count() < 2 {
        return None;
    }
    let what = format!("nobody is in the roster of {} any more", frame.class.id);
    Some(Guard { because: vec![SafeText::new(&what)], word: frame.class.id.as_str().into() })
}

fn revocations(frame: &Frame, rows: &[&Row]) -> Option<Guard> {
    let (taken, owned) = (Taken::of(frame, rows), frame.bindings.len());
    if taken.count() <= REVOCATIONS && !is_wide(taken.vaults, owned) {
        return None;
    }
    let whole = counted(taken.whole, "revocation");
    let all = match taken.parts {
        0 => whole,
        parts if taken.whole == 0 => counted(parts, "narrowing"),
        parts => format!("{whole} and {}", counted(parts, "narrowing")),
    };
    let what = format!("{all} on {} of {}", taken.vaults, counted(owned, "vault"));
    Some(Guard { because: vec![SafeText::new(&what)], word: taken.count().to_string().as_str().into() })
}

/// What is taken away from people, and on how many vaults.
struct Taken {
    /// Accesses of which nothing is left.
    whole: usize,
    /// Accesses of which a part is taken. Under a service account that takes all of it for a while.
    parts: usize,
    vaults: usize,
}

impl Taken {
    fn of(frame: &Frame, rows: &[&Row]) -> Self {
        let is_whole = |step: &Step| matches!(step, Step::Revoke { .. });
        let narrows = |step: &Step| frame.narrows(step);
        let steps = || rows.iter().flat_map(|row| &row.steps);
        let touched = rows.iter().filter(|row| row.steps.iter().any(|step| is_whole(step) || narrows(step)));
        let vaults: BTreeSet<_> = touched.map(|row| &row.vault).collect();
        Self {
            whole: steps().filter(|step| is_whole(step)).count(),
            parts: steps().filter(|step| narrows(step)).count(),
            vaults: vaults.len(),
        }
    }

    fn count(&self) -> usize {
        self.whole + self.parts
    }
}

impl Frame {
    /// Whether a grant leaves somebody without a part of what they are known to hold. What an odd set holds
    /// the step does not say: it counts.
    fn narrows(&self, step: &Step) -> bool {
        let Step::Grant { from: Some(from), to, .. } = step else { return false };
        let kind = self.identity.kind;
        match (from.permissions(kind), to.permissions(kind)) {
            (Some(from), Some(to)) => !to.contains(from),
            _ => *from == Level::Custom,
        }
    }
}

#[cfg(test)]
#[path = "weight_tests.rs"]
mod tests;
