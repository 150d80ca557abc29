//! Which assignment each upload belongs to, and how every student stands.
//!
//! **What counts.** An item that somebody else than the student made, at its first version, is not
//! handed in until another hand than theirs changes it; who cannot be told counts as the student.
//!
//! **Where it belongs.** A decision of a person wins. Else the rules, in the order of the class file: of
//! the assignments whose rule a version satisfied, the one of the newest such version. What no such rule
//! takes and holds a file goes to an assignment that takes anything: to the one with the earliest
//! deadline that the upload still keeps, else to the last; once, by its first version with a file.
//!
//! **From when.** From the first version that satisfied the rule; where a person said so, from when the
//! item was made. What is removed or archived later still counts.

mod claim;

use jiff::Timestamp;

use super::arrival::ArrivalKind;
use super::assignment::{Assignment, AssignmentId, Extension, Relief};
use super::calendar::{instant, to_second, written};
use super::class::{Class, StudentKey};
use super::deadline::{Judged, judge};
use super::decision::Decided;
use super::submission::{HandedIn, Looked, Moment, NO_VAULT, Sighting, Standing, Unmatched, Verdict};
use super::text::SafeText;
use claim::{Claim, Fate, Weighed, by_hand};

/// Makes verdicts: the class file, what was decided, and the time.
#[derive(Clone, Copy)]
pub struct Bench<'a> {
    /// The class file.
    pub class: &'a Class,
    /// What was decided.
    pub decided: &'a Decided,
    /// The time.
    pub now: Timestamp,
}

/// By when one student has to hand in for one assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The deadline.
    pub at: Timestamp,
    /// Until when late work is taken.
    pub accept_until: Option<Timestamp>,
    /// Whether nothing has to be handed in.
    pub excused: bool,
    /// Whether that is other than for the others, and why.
    pub extended: Option<SafeText>,
}

/// Where one version of an item belongs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placed {
    /// The assignment.
    pub assignment: Option<AssignmentId>,
    /// How many seconds after the deadline that version came: 0 in time, `None` where it cannot be told
    /// or nothing is due.
    pub lateness_s: Option<i64>,
    /// Whether it is an upload that no assignment claims and nobody has decided about.
    pub unmatched: bool,
}

/// How a student stands with everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// One an assignment, in their order.
    pub verdicts: Vec<Verdict>,
    /// What no assignment claims, oldest first.
    pub unmatched: Vec<Unmatched>,
}

impl Bench<'_> {
    /// By when a student has to hand in for each assignment, in their order.
    pub fn dues(&self, student: &StudentKey) -> Vec<Due> {
        self.class.assignments.iter().map(|assignment| self.due(student, assignment)).collect()
    }

    /// By when a student has to hand in. What was decided wins over the class file; nobody has less time
    /// than the others.
    pub fn due(&self, student: &StudentKey, assignment: &Assignment) -> Due {
        let zone = &self.class.time_zone;
        let (at, last) = (assignment.due_at(zone), assignment.accept_until.map(|last| instant(last, zone)));
        let own = |extension: &&Extension| extension.student == *student;
        let decided = self.decided.extensions.get(&(student.clone(), assignment.id.clone()));
        let Some(extension) = decided.or_else(|| assignment.extensions.iter().find(own)) else {
            return Due { at, accept_until: last, excused: false, extended: None };
        };
        let (word, at) = match extension.relief {
            Relief::Excused => ("excused".to_owned(), at),
            Relief::Until(until) => (format!("until {}", written(until)), at.max(instant(until, zone))),
        };
        let reason = extension.reason.as_str();
        let words = if reason.is_empty() { word } else { format!("{word}: {reason}") };
        Due {
            at,
            accept_until: last.map(|last| last.max(at)),
            excused: extension.relief == Relief::Excused,
            extended: Some(SafeText::new(&words)),
        }
    }

    /// How a student stands. `sightings` are all of the student's vault, in any order; `looked` is how
    /// it was looked at.
    pub fn stands(&self, student: &StudentKey, mut sightings: Vec<Sighting>, looked: Looked) -> Report {
        sightings.sort_by(|a, b| (&a.at, a.seq).cmp(&(&b.at, b.seq)));
        let dues = self.dues(student);
        let mut best: Vec<Option<Verdict>> = dues.iter().map(|_| None).collect();
        let mut unmatched = Vec::new();
        for item in sightings.chunk_by(|a, b| a.at == b.at) {
            match self.fate(&dues, item) {
                Fate::Claimed(claim) => {
                    let verdict = self.verdict(student, &dues, item, &claim);
                    let best = &mut best[claim.assignment];
                    if best.as_ref().is_none_or(|best| rank(&verdict) < rank(best)) {
                        *best = Some(verdict);
                    }
                }
                Fate::Unmatched => unmatched.extend(unmatched_of(student, item)),
                Fate::Nothing => {}
            }
        }
        unmatched.sort_by_key(|one| one.seq);
        let verdicts = best.into_iter().zip(&dues).zip(&self.class.assignments);
        let verdicts = verdicts
            .map(|((best, due), assignment)| {
                best.unwrap_or_else(|| self.without(student, &assignment.id, due, looked))
            })
            .collect();
        Report { verdicts, unmatched }
    }

    /// Where the last of an item's sightings belongs.
    pub fn placed(&self, student: &StudentKey, item: &[Sighting]) -> Placed {
        self.placed_each(student, item, item.len().saturating_sub(1)).pop().unwrap_or_default()
    }

    /// Where each of an item's sightings belongs from the one with the number `from` on, by what was seen
    /// of it until then.
    pub fn placed_each(&self, student: &StudentKey, item: &[Sighting], from: usize) -> Vec<Placed> {
        let dues = self.dues(student);
        let fates = self.fates(&dues, item, from).into_iter();
        fates
            .zip(item.iter().enumerate().skip(from))
            .map(|(fate, (at, _))| self.place(&dues, &item[..=at], fate))
            .collect()
    }

    fn place(&self, dues: &[Due], item: &[Sighting], fate: Fate) -> Placed {
        let (claim, last) = match (fate, item.last()) {
            (Fate::Claimed(claim), Some(last)) => (claim, last),
            (fate, _) => return Placed { unmatched: fate == Fate::Unmatched, ..Placed::default() },
        };
        let due = &dues[claim.assignment];
        let id = self.class.assignments[claim.assignment].id.clone();
        let moment = if claim.sighting + 1 == item.len() { claim.moment } else { last.moment };
        let late = match judge(&moment, due.at, &self.class.time_zone).standing {
            _ if due.excused || last.kind == ArrivalKind::Removed => None,
            Standing::OnTime => Some(0),
            Standing::Late(seconds) => Some(seconds),
            _ => None,
        };
        Placed { assignment: Some(id), lateness_s: late, unmatched: false }
    }

    /// What becomes of an item by all that was seen of it.
    fn fate(&self, dues: &[Due], item: &[Sighting]) -> Fate {
        self.fates(dues, item, item.len().saturating_sub(1)).pop().unwrap_or(Fate::Nothing)
    }

    /// What had become of an item with each of its sightings from the one with the number `from` on.
    fn fates(&self, dues: &[Due], item: &[Sighting], from: usize) -> Vec<Fate> {
        let assignments = &self.class.assignments;
        let each = from..item.len().max(from);
        if let Some(decided) = item.first().and_then(|first| self.decided.items.get(&first.at)) {
            let place = |id: &AssignmentId| assignments.iter().position(|one| one.id == *id);
            match decided.as_ref().map(place) {
                None => return each.map(|_| Fate::Nothing).collect(),
                Some(Some(assignment)) => return each.map(|at| by_hand(&item[..=at], assignment)).collect(),
                // The class file knows that assignment no more: the rules decide.
                Some(None) => {}
            }
        }
        let mut weighed = Weighed::of(item, assignments.len());
        let mut fates = Vec::with_capacity(each.len());
        for (at, sighting) in item.iter().enumerate() {
            if weighed.counts(sighting) {
                self.weigh(dues, at, sighting, &mut weighed);
            }
            if at >= from {
                fates.push(weighed.fate(item, at));
            }
        }
        fates
    }

    /// Adds what one more sighting says of where an item belongs.
    fn weigh(&self, dues: &[Due], at: usize, sighting: &Sighting, weighed: &mut Weighed) {
        let Sighting { title, tags, category, holds_file, .. } = sighting;
        let takes = |assignment: &Assignment| {
            assignment.rule.is_explicit() && assignment.rule.takes(title, tags, category, *holds_file)
        };
        weighed.upload |= holds_file;
        if let Some(assignment) = self.class.assignments.iter().position(takes) {
            weighed.firsts[assignment].get_or_insert(at);
            weighed.newest = Some(assignment);
        } else if weighed.rest.is_none() && *holds_file {
            weighed.rest = self.anything(dues, &sighting.moment).map(|assignment| (assignment, at));
        }
    }

    /// The assignment that takes what no other takes, if there is one.
    fn anything(&self, dues: &[Due], moment: &Moment) -> Option<usize> {
        let open = |(at, assignment): (usize, &Assignment)| {
            (!assignment.rule.is_explicit() && assignment.rule.any && !dues[at].excused).then_some(at)
        };
        let mut open: Vec<usize> = self.class.assignments.iter().enumerate().filter_map(open).collect();
        open.sort_by_key(|at| dues[*at].at);
        let kept = |at: &&usize| {
            let due = dues[**at].at;
            judge(moment, due, &self.class.time_zone).standing == Standing::OnTime
        };
        open.iter().find(kept).or(open.last()).copied()
    }

    fn verdict(&self, student: &StudentKey, dues: &[Due], item: &[Sighting], claim: &Claim) -> Verdict {
        let zone = &self.class.time_zone;
        let (due, first) = (&dues[claim.assignment], &item[claim.sighting]);
        let Judged { standing, at, mut doubts } = judge(&claim.moment, due.at, zone);
        let late = matches!(standing, Standing::Late(_));
        let show = |time| to_second(time, zone);
        if late && !claim.by_hand {
            doubts.extend(unseen(first, claim.sighting == 0, due.at, show));
        }
        if let Some(last) = due.accept_until.filter(|last| late && at > *last) {
            doubts.push(format!("after {}, no longer accepted", show(last)));
        }
        let changed = |later: &Sighting| {
            later.kind != ArrivalKind::Removed
                && matches!(judge(&later.moment, due.at, zone).standing, Standing::Late(_))
        };
        Verdict {
            student: student.clone(),
            assignment: self.class.assignments[claim.assignment].id.clone(),
            standing: if due.excused { Standing::Excused } else { standing },
            due: due.at,
            extended: due.extended.clone(),
            handed_in: Some(HandedIn {
                at: first.at.clone(),
                title: first.title.clone(),
                version: first.version,
                seq: first.seq,
                moment: claim.moment,
                judged_at: at,
                by_hand: claim.by_hand,
                updated_after_due: item.iter().skip(claim.sighting + 1).any(changed),
                removed: item.last().is_some_and(|last| last.kind == ArrivalKind::Removed),
            }),
            doubt: in_words(&doubts),
        }
    }

    /// The verdict where nothing is there.
    fn without(&self, student: &StudentKey, assignment: &AssignmentId, due: &Due, looked: Looked) -> Verdict {
        let mut doubts = Vec::new();
        let standing = if due.excused {
            Standing::Excused
        } else if self.now <= due.at {
            Standing::NotYetDue
        } else if matches!(looked, Looked::At(looked) if looked > due.at) {
            Standing::Missing
        } else {
            doubts.push(match looked {
                Looked::At(looked) => {
                    let since = to_second(looked, &self.class.time_zone);
                    format!("nobody has looked into the vault since {since}")
                }
                Looked::Never => "nobody has looked into the vault yet".to_owned(),
                Looked::NoVault => NO_VAULT.to_owned(),
            });
            Standing::Unknown
        };
        Verdict {
            student: student.clone(),
            assignment: assignment.clone(),
            standing,
            due: due.at,
            extended: due.extended.clone(),
            handed_in: None,
            doubt: in_words(&doubts),
        }
    }
}

/// What is said where versions before this one, which nobody saw, may have come in time.
fn unseen(
    first: &Sighting,
    is_first: bool,
    due: Timestamp,
    show: impl Fn(Timestamp) -> String,
) -> Option<String> {
    let made = first.created.filter(|made| *made > Timestamp::UNIX_EPOCH);
    let may_be = made.is_none_or(|made| made <= due);
    let others = match first.kind {
        ArrivalKind::New => first.version > 1 && first.moment.after.is_none_or(|after| after < due),
        _ if is_first => true,
        _ => first.changes > 1 && first.moment.after.is_none_or(|after| after < due),
    };
    (others && may_be).then(|| match made {
        Some(made) => format!("it was made {}; versions before this one were not seen", show(made)),
        None => "versions before this one were not seen".to_owned(),
    })
}

fn unmatched_of(student: &StudentKey, item: &[Sighting]) -> Option<Unmatched> {
    let (first, last) = (item.first()?, item.last()?);
    Some(Unmatched {
        student: student.clone(),
        vault: first.at.vault.clone(),
        item: first.at.item.clone(),
        title: last.title.clone(),
        seq: first.seq?,
        seen: first.moment.seen,
    })
}

/// Of several items handed in for the same, the one that stands best counts: what may be in time before
/// what is late. Of two in time the one that was seen first.
fn rank(verdict: &Verdict) -> (u8, i64, Option<Timestamp>, Option<u64>) {
    let (class, late) = match verdict.standing {
        Standing::OnTime | Standing::Excused => (0, 0),
        Standing::Late(seconds) => (2, seconds),
        _ => (1, 0),
    };
    let handed_in = verdict.handed_in.as_ref();
    (class, late, handed_in.map(|one| one.moment.seen), handed_in.and_then(|one| one.seq))
}

fn in_words(doubts: &[String]) -> Option<SafeText> {
    (!doubts.is_empty()).then(|| SafeText::new(&doubts.join("; ")))
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
