//! Plans whose damage would be wide if they were a mistake: they are carried out only where a number or a
//! name was typed that is easily got wrong by whoever has not looked.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::access::Level;
use super::fault::Fault;
use super::frame::Frame;
use super::plan::{Outcome, Plan, Row, Step};
use super::text::{SafeText, counted};

/// More revocations than these are weighty in any class.
const REVOCATIONS: usize = 10;
/// One part in so many of a class is weighty, where it is more than one.
const SHARE: usize = 5;

/// What is weighty about a plan, and what has to be typed before it is carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// What it would do, in words: one line each.
    pub because: Vec<SafeText>,
    /// What has to be typed, exactly: a number or a name.
    pub word: SafeText,
}

impl Guard {
    /// What is weighty about a plan, by all its rows that change something, those that are done included:
    /// a plan that goes on asks for the same word again. Of several words the gravest is asked for.
    pub fn of(frame: &Frame, plan: &Plan) -> Option<Self> {
        let counts = |row: &&Row| !matches!(row.outcome, Outcome::Refused(_) | Outcome::Unchanged);
        let rows: Vec<&Row> = plan.rows.iter().filter(counts).collect();
        let mut all =
            [deletions(&rows), emptied(frame, &rows), revocations(frame, &rows)].into_iter().flatten();
        let mut gravest = all.next()?;
        gravest.because.extend(all.flat_map(|guard| guard.because));
        Some(gravest)
    }

    /// What is weighty about a class list that is about to be taken over: of the `present` students of the
    /// roster it names `kept`; `listed` is how many it names in all.
    pub(super) fn of_import(present: usize, kept: usize, listed: usize) -> Option<Self> {
        let gone = present.saturating_sub(kept);
        let mut because = Vec::new();
        if present > 0 && listed == 0 {
            because.push("the class list is empty".into());
        }
        if is_wide(gone, present) {
            because.push(SafeText::new(&format!(
                "{} of {} would be marked as gone",
                counted(gone, "student"),
                present
            )));
        }
        if gone > 1 && listed > 0 && kept * 2 < present.min(listed) {
            because.push(SafeText::new(&format!(
                "it names only {kept} of the {} in the roster: is it of another class?",
                counted(present, "student")
            )));
        }
        let word = SafeText::from(gone.to_string().as_str());
        (!because.is_empty()).then_some(Self { because, word })
    }

    /// Refuses to go on unless exactly the word was typed.
    ///
    /// # Errors
    /// [`Kind::Refused`](super::fault::Kind::Refused), naming what would be asked.
    pub fn agreed(&self, typed: Option<&str>) -> Result<(), Fault> {
        if typed.is_some_and(|typed| typed.trim() == self.word.as_str()) {
            return Ok(());
        }
        let because: Vec<&str> = self.because.iter().map(SafeText::as_str).collect();
        let wanted = match typed {
            Some(_) => "something else was typed than",
            None => "nobody has typed",
        };
        let message = format!("{}; {wanted} \"{}\"", because.join("; "), self.word);
        let hint = format!("nothing was changed; look at it again, and agree with --confirm {}", self.word);
        Err(Fault::refused(message).hint(hint))
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

/// More than ten, or more than one in five and more than one.
fn is_wide(part: usize, whole: usize) -> bool {
    part > REVOCATIONS || (part > 1 && part * SHARE > whole)
}

#[cfg(test)]
#[path = "guard_tests.rs"]
mod tests;
