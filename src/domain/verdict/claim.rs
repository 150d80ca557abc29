//! Where one item belongs by what was seen of it. Knows sightings; which rules they satisfy is found next door.

use jiff::Timestamp;

use crate::domain::arrival::{ArrivalKind, By};
use crate::domain::submission::{Moment, Sighting};

/// Where an item belongs: to which assignment by its number in the class, and by which of its sightings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) assignment: usize,
    pub(super) sighting: usize,
    pub(super) by_hand: bool,
    pub(super) moment: Moment,
}

/// What became of one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It belongs to an assignment.
    Claimed(Claim),
    /// Nobody claims it, though it is an upload.
    Unmatched,
    /// It is no upload, or somebody decided that it belongs nowhere.
    Nothing,
}

/// What an item's sightings so far say of where it belongs.
pub(super) struct Weighed {
    /// Somebody else than the student made it, and the student has not changed it yet.
    of_others: bool,
    /// By assignment, the first sighting that satisfied its rule.
    pub(super) firsts: Vec<Option<usize>>,
    /// The assignment of the newest one that satisfied a rule.
    pub(super) newest: Option<usize>,
    /// The assignment that takes anything, and the first sighting for it.
    pub(super) rest: Option<(usize, usize)>,
    /// Whether any held a file.
    pub(super) upload: bool,
}

impl Weighed {
    pub(super) fn of(item: &[Sighting], assignments: usize) -> Self {
        let made =
            |first: &Sighting| first.kind == ArrivalKind::New && first.version <= 1 && others(first.by);
        let (firsts, of_others) = (vec![None; assignments], item.first().is_some_and(made));
        Self { of_others, firsts, newest: None, rest: None, upload: false }
    }

    /// Whether a sighting counts as handed in: none of those by others of an item that they made.
    pub(super) fn counts(&mut self, sighting: &Sighting) -> bool {
        let there = sighting.kind != ArrivalKind::Removed;
        self.of_others &= !there || others(sighting.by);
        there && !self.of_others
    }

    /// What has become of the item with this sighting.
    pub(super) fn fate(&self, item: &[Sighting], at: usize) -> Fate {
        let explicit = self.newest.and_then(|assignment| Some((assignment, self.firsts[assignment]?)));
        if let Some((assignment, sighting)) = explicit.or(self.rest) {
            let moment = moment_of(&item[sighting]);
            return Fate::Claimed(Claim { assignment, sighting, by_hand: false, moment });
        }
        let is_new = item.first().is_some_and(|first| first.seq.is_some() && first.kind == ArrivalKind::New);
        let there = item[at].kind != ArrivalKind::Removed;
        if self.upload && there && is_new { Fate::Unmatched } else { Fate::Nothing }
    }
}

fn others(by: By) -> bool {
    matches!(by, By::Instructor | By::ServiceAccount | By::Other)
}

/// When a sighting happened. Of one that shows the last change of somebody else to an item whose
/// beginning nobody saw, the student's part is when the item was made.
fn moment_of(sighting: &Sighting) -> Moment {
    if others(sighting.by) && sighting.kind == ArrivalKind::New && sighting.version > 1 {
        return Moment { told: sighting.created.or(sighting.moment.told), ..sighting.moment };
    }
    sighting.moment
}

/// An item that a person has given to an assignment counts from when it was made.
pub(super) fn by_hand(item: &[Sighting], assignment: usize) -> Fate {
    let Some(at) = item.iter().position(|sighting| sighting.kind != ArrivalKind::Removed) else {
        return Fate::Nothing;
    };
    let sighting = &item[at];
    let told = sighting.created.filter(|made| *made > Timestamp::UNIX_EPOCH);
    let moment = match sighting.kind {
        ArrivalKind::New => Moment { told: told.or(sighting.moment.told), ..sighting.moment },
        // It was there before, at the look that did not show this change.
        _ => Moment { after: None, seen: sighting.moment.after.unwrap_or(sighting.moment.seen), told },
    };
    Fate::Claimed(Claim { assignment, sighting: at, by_hand: true, moment })
}
