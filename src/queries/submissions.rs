//! How students stand with assignments, from the journal and what was decided.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::sightings::authored;
use super::{Queries, blocking};
use crate::domain::arrival::{Arrival, ArrivalKind};
use crate::domain::assignment::{Assignment, AssignmentId};
use crate::domain::class::{Class, StudentKey};
use crate::domain::decision::Decided;
use crate::domain::directory::{Item, ItemRef};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::frame::Frame;
use crate::domain::grounds::Grounds;
use crate::domain::id::VaultId;
use crate::domain::query::{AssignmentHead, Submissions};
use crate::domain::submission::{Looked, Sighting, Standing};
use crate::domain::text::fold;
use crate::domain::verdict::{Bench, Placed, Report};
use crate::store::{Binding, Journal, Judged, SeenVault, Store};

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
        for (_, report) in &*self.standings().await? {
            for (one, verdict) in all.iter_mut().zip(&report.verdicts) {
                one.verdicts.push(verdict.clone());
            }
            unmatched.extend_from_slice(&report.unmatched);
        }
        unmatched.sort_by_key(|one| one.seq);
        for one in &mut all {
            one.unmatched.clone_from(&unmatched);
        }
        Ok(all)
    }

    /// How every student who is in the class stands with every assignment, in the order of names; from the
    /// store.
    pub async fn standings(&self) -> Result<Arc<Judged>> {
        let queries = self.clone();
        blocking(move || standings(&queries.store, &queries.class, queries.baseline()?, queries.clock.now()))
            .await
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

/// Tells where items belong, by the rules and decisions of one moment; cheap to ask.
#[derive(Clone, Debug)]
pub struct Placing {
    class: Arc<Class>,
    decided: Decided,
    seen: HashMap<ItemRef, Vec<Sighting>>,
    now: Timestamp,
}

impl Queries {
    /// What is needed to tell where items belong, read from the store once.
    pub async fn placing(&self) -> Result<Placing> {
        let queries = self.clone();
        blocking(move || {
            let (store, class, now) = (&queries.store, Arc::clone(&queries.class), queries.clock.now());
            let mut seen: HashMap<ItemRef, Vec<Sighting>> = HashMap::new();
            let decided = if class.assignments.is_empty() {
                Decided::default()
            } else {
                let before = queries.baseline()?;
                for (_, sighting) in before.iter().chain(&*store.all_sightings()?) {
                    seen.entry(sighting.at.clone()).or_default().push(sighting.clone());
                }
                store.decided()?
            };
            Ok(Placing { class, decided, seen, now })
        })
        .await
    }
}

impl Placing {
    /// Where an item belongs as it is listed now. A version that the watcher has not seen yet was seen
    /// now.
    pub fn of(&self, student: &StudentKey, at: &ItemRef, item: &Item, has_files: bool) -> Placed {
        let mut seen = self.seen.get(at).cloned().unwrap_or_default();
        seen.retain(|one| one.version <= item.version && one.kind != ArrivalKind::Removed);
        seen.sort_by_key(|one| (one.seq, one.version));
        if seen.last().is_none_or(|last| last.version < item.version) {
            seen.push(self.unseen(at, item, has_files, seen.last()));
        }
        let bench = Bench { class: &self.class, decided: &self.decided, now: self.now };
        bench.placed(student, &seen)
    }

    fn unseen(&self, at: &ItemRef, item: &Item, has_files: bool, before: Option<&Sighting>) -> Sighting {
        let after = before.map(|before| before.moment.seen);
        let seen = Sighting::new(at.vault.clone(), item.into(), has_files, after, self.now);
        let kind = if before.is_some() { ArrivalKind::Updated } else { seen.kind };
        Sighting { kind, ..seen }
    }
}

/// What is shown of every assignment, in the order of the class file.
pub(super) fn heads(class: &Class) -> Vec<AssignmentHead> {
    let head = |assignment: &Assignment| AssignmentHead {
        id: assignment.id.clone(),
        title: assignment.title.clone(),
        due: assignment.due_at(&class.time_zone),
    };
    class.assignments.iter().map(head).collect()
}

/// How every student who is in the class stands. Where all is as the last time, nothing is judged anew.
fn standings(
    store: &Store,
    class: &Class,
    before: Vec<(StudentKey, Sighting)>,
    now: Timestamp,
) -> Result<Arc<Judged>> {
    let mut students: Vec<_> = store.students()?.into_iter().filter(|row| !row.gone).collect();
    students.sort_by_cached_key(|row| (fold(row.student.name.as_str()), row.student.key.clone()));
    let (decided, journal, looks) = (store.decided()?, store.all_sightings()?, looks(store)?);
    let look =
        |one: Binding| (one.student, looks.get(&one.vault).map_or(Looked::Never, |at| Looked::At(*at)));
    let grounds = Grounds {
        assignments: class.assignments.clone(),
        zone: class.time_zone.clone(),
        passed: Grounds::passed(class, &decided, now),
        decided,
        seq: journal.last().and_then(|(_, sighting)| sighting.seq),
        before,
        students: students.into_iter().map(|row| row.student.key).collect(),
        looks: store.bindings()?.into_iter().map(look).collect(),
    };
    Ok(store.judged(grounds, |grounds| judged(class, grounds, &journal, now)))
}

fn judged(class: &Class, grounds: &Grounds, journal: &Journal, now: Timestamp) -> Judged {
    let bench = Bench { class, decided: &grounds.decided, now };
    let mut seen: HashMap<&StudentKey, Vec<Sighting>> = HashMap::new();
    for (student, sighting) in grounds.before.iter().chain(journal) {
        seen.entry(student).or_default().push(sighting.clone());
    }
    let stand = |key: &StudentKey| {
        let sightings = seen.remove(key).unwrap_or_default();
        (
            key.clone(),
            bench.stands(key, sightings, grounds.looks.get(key).copied().unwrap_or(Looked::NoVault)),
        )
    };
    grounds.students.iter().map(stand).collect()
}

/// The last good look at each vault that was ever looked at: its own, or the last list of vaults that
/// showed it unchanged.
fn looks(store: &Store) -> Result<HashMap<VaultId, Timestamp>> {
    let watched = store.last_span()?.map(|span| span.until);
    let look = |(vault, seen): (VaultId, SeenVault)| {
        let listed = seen.full_at?;
        let known = match seen.known_until {
            None => watched,
            // It waits to be read, and was known until then.
            Some(until) => until,
        };
        Some((vault, known.map_or(listed, |known| known.max(listed))))
    };
    Ok(store.seen_vaults()?.into_iter().filter_map(look).collect())
}

/// How each student stands with every assignment, by key; empty for a class without assignments.
pub(super) fn by_student(
    store: &Store,
    frame: &Frame,
    now: Timestamp,
) -> Result<HashMap<StudentKey, Vec<Standing>>> {
    let class = &frame.class;
    if class.assignments.is_empty() {
        return Ok(HashMap::new());
    }
    let words = |report: &Report| report.verdicts.iter().map(|verdict| verdict.standing).collect();
    let before = authored(Some(frame), store.baseline()?);
    let students = standings(store, class, before, now)?;
    Ok(students.iter().map(|(key, report)| (key.clone(), words(report))).collect())
}

/// Adds to arrivals which assignment they belong to and how late they came, by the rules and decisions
/// of now and what was known of their item when they came.
pub(super) fn place(queries: &Queries, arrivals: &mut [Arrival]) -> Result<()> {
    let (class, now) = (&*queries.class, queries.clock.now());
    if class.assignments.is_empty() {
        return Ok(());
    }
    let at = |arrival: &Arrival| ItemRef { vault: arrival.vault.id.clone(), item: arrival.item.id.clone() };
    // The last of each item's arrivals is the one with the highest number.
    let wanted = arrivals.iter().map(|arrival| (at(arrival), arrival.seq)).collect();
    let items = queries.sightings_of(&wanted)?;
    let decided = queries.store.decided()?;
    let bench = Bench { class, decided: &decided, now };
    // Each item is gone through once, from the first of its arrivals here on.
    let mut placed: HashMap<(StudentKey, ItemRef), HashMap<Option<u64>, Placed>> = HashMap::new();
    for arrival in arrivals {
        let (student, at) = (arrival.student.key.clone(), at(arrival));
        let item = items.get(&at).map_or(&[][..], Vec::as_slice);
        let of_item = placed.entry((student, at)).or_insert_with(|| {
            let from = item.partition_point(|one| one.seq < Some(arrival.seq));
            let each = bench.placed_each(&arrival.student.key, item, from);
            item[from..].iter().map(|one| one.seq).zip(each).collect()
        });
        let placed = of_item.remove(&Some(arrival.seq)).unwrap_or_default();
        (arrival.assignment, arrival.lateness_s) = (placed.assignment, placed.lateness_s);
        arrival.unmatched = placed.unmatched;
    }
    Ok(())
}
