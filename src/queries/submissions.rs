//! How students stand with assignments, from the journal and what was decided.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::{Queries, blocking};
use crate::domain::activity::Arrival;
use crate::domain::assignment::{Assignment, AssignmentId};
use crate::domain::class::{Class, StudentKey};
use crate::domain::decision::Decided;
use crate::domain::directory::ItemRef;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::id::VaultId;
use crate::domain::query::{AssignmentHead, Submissions};
use crate::domain::submission::{Sighting, Standing};
use crate::domain::text::fold;
use crate::domain::verdict::{Bench, Report};
use crate::store::Store;

/// How everybody stands with every assignment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standings {
    /// Every student who is in the class, in the order of names.
    pub students: Vec<(StudentKey, Report)>,
}

impl Queries {
    /// How every student stands with an assignment, and what no assignment claims.
    ///
    /// # Errors
    /// [`Kind::Input`] where the class has no such assignment.
    pub async fn submissions(&self, assignment: &AssignmentId) -> Result<Submissions> {
        let number = self.class.assignments.iter().position(|one| one.id == *assignment);
        let number = number.ok_or_else(|| no_such(&self.class, assignment.as_str()))?;
        Ok(self.submissions_of_all().await?.swap_remove(number))
    }

    /// The same for every assignment, in the order of the class file; what none of them claims stands
    /// in each.
    pub async fn submissions_of_all(&self) -> Result<Vec<Submissions>> {
        let heads = heads(&self.class).into_iter();
        let submissions =
            |assignment| Submissions { assignment, verdicts: Vec::new(), unmatched: Vec::new() };
        let mut all: Vec<Submissions> = heads.map(submissions).collect();
        let mut unmatched = Vec::new();
        for (_, report) in self.standings().await?.students {
            for (one, verdict) in all.iter_mut().zip(report.verdicts) {
                one.verdicts.push(verdict);
            }
            unmatched.extend(report.unmatched);
        }
        unmatched.sort_by_key(|one| one.seq);
        for one in &mut all {
            one.unmatched.clone_from(&unmatched);
        }
        Ok(all)
    }

    /// How every student who is in the class stands with every assignment, from the store.
    pub async fn standings(&self) -> Result<Standings> {
        let (store, class, now) = (self.store.clone(), Arc::clone(&self.class), self.clock.now());
        blocking(move || standings(&store, &class, now)).await
    }
}

/// What is said to somebody who names an assignment that is not there.
pub fn no_such(class: &Class, word: &str) -> Fault {
    let fault = Fault::new(Kind::Input, format!("the class has no assignment \"{word}\""));
    let known: Vec<&str> = class.assignments.iter().map(|one| one.id.as_str()).collect();
    if known.is_empty() {
        return fault.hint("add an [[assignment]] to the class file; see `strongroom config check`");
    }
    fault.hint(format!("the assignments are: {}", known.join(", ")))
}

/// What is shown of an assignment.
fn head(class: &Class, assignment: &Assignment) -> AssignmentHead {
    AssignmentHead {
        id: assignment.id.clone(),
        title: assignment.title.clone(),
        due: assignment.due_at(&class.time_zone),
    }
}

/// What is shown of every assignment, in the order of the class file.
pub(super) fn heads(class: &Class) -> Vec<AssignmentHead> {
    class.assignments.iter().map(|assignment| head(class, assignment)).collect()
}

/// How every student who is in the class stands.
pub(super) fn standings(store: &Store, class: &Class, now: Timestamp) -> Result<Standings> {
    let mut students: Vec<_> = store.students()?.into_iter().filter(|row| !row.gone).collect();
    students.sort_by_cached_key(|row| (fold(row.student.name.as_str()), row.student.key.clone()));
    let keys = students.into_iter().map(|row| row.student.key);
    let decided = store.decided()?;
    let bench = Bench { class, decided: &decided, now };
    let mut seen: HashMap<StudentKey, Vec<Sighting>> = HashMap::new();
    for (student, sighting) in store.sightings(0)?.into_iter().chain(store.never_arrived()?) {
        seen.entry(student).or_default().push(sighting);
    }
    let vaults: HashMap<StudentKey, VaultId> =
        store.bindings()?.into_iter().map(|binding| (binding.student, binding.vault)).collect();
    let looks = store.seen_vaults()?;
    let stand = |key: StudentKey| {
        let looked = vaults.get(&key).and_then(|vault| looks.get(vault)?.full_at);
        let report = bench.stands(&key, seen.remove(&key).unwrap_or_default(), looked);
        (key, report)
    };
    Ok(Standings { students: keys.map(stand).collect() })
}

/// How each student stands with every assignment, by key; empty for a class without assignments.
pub(super) fn by_student(
    store: &Store,
    class: &Class,
    now: Timestamp,
) -> Result<HashMap<StudentKey, Vec<Standing>>> {
    if class.assignments.is_empty() {
        return Ok(HashMap::new());
    }
    let words = |report: Report| report.verdicts.into_iter().map(|verdict| verdict.standing).collect();
    let students = standings(store, class, now)?.students.into_iter();
    Ok(students.map(|(key, report)| (key, words(report))).collect())
}

/// Adds to arrivals which assignment they belong to and how late they came, by the rules and decisions
/// of now and what was known of their item when they came.
pub(super) fn place(store: &Store, class: &Class, arrivals: &mut [Arrival], now: Timestamp) -> Result<()> {
    if class.assignments.is_empty() {
        return Ok(());
    }
    let decided: Decided = store.decided()?;
    let bench = Bench { class, decided: &decided, now };
    for arrival in arrivals {
        let at = ItemRef { vault: arrival.vault.id.clone(), item: arrival.item.id.clone() };
        let item: Vec<_> = store.sightings_of(&at, arrival.seq)?.into_iter().map(|(_, one)| one).collect();
        (arrival.assignment, arrival.lateness_s) = bench.placed(&arrival.student.key, &item);
    }
    Ok(())
}
