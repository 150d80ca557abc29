//! Everything that the verdicts of a class are made from: whoever has the same again has the same
//! verdicts.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::assignment::{Assignment, Relief};
use super::calendar::instant;
use super::class::{Class, StudentKey};
use super::decision::Decided;
use super::submission::{Looked, Sighting};

/// What verdicts are made from, beside the journal up to a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grounds {
    /// The assignments of the class file.
    pub assignments: Vec<Assignment>,
    /// The zone of the class's clocks.
    pub zone: TimeZone,
    /// What was decided.
    pub decided: Decided,
    /// How many of all the times at which something is due for anybody have passed.
    pub passed: usize,
    /// The number of the last arrival.
    pub seq: Option<u64>,
    /// What was there before the first look.
    pub before: Vec<(StudentKey, Sighting)>,
    /// Who is in the class, in the order in which they are listed.
    pub students: Vec<StudentKey>,
    /// How the vault of each who has one was looked at.
    pub looks: HashMap<StudentKey, Looked>,
}

impl Grounds {
    /// How many of the times at which something is due for anybody lie before now.
    pub fn passed(class: &Class, decided: &Decided, now: Timestamp) -> usize {
        let zone = &class.time_zone;
        let until = |relief: Relief| match relief {
            Relief::Until(until) => Some(instant(until, zone)),
            Relief::Excused => None,
        };
        let own = class.assignments.iter().flat_map(|one| &one.extensions).chain(decided.extensions.values());
        let dues = class.assignments.iter().map(|one| one.due_at(zone));
        dues.chain(own.filter_map(|extension| until(extension.relief))).filter(|due| *due < now).count()
    }
}
