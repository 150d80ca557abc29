//! When a deadline passes: then standings are read again, though nothing has arrived.
//!
//! Nothing is missing before a look after the deadline has not shown it, and standings know of looks
//! only what is written down. So a deadline has passed when such a look is written down, and no sooner.

use jiff::Timestamp;

use crate::domain::assignment::Relief;
use crate::domain::calendar::instant;
use crate::domain::class::Class;
use crate::domain::fault::Fault;
use crate::store::Store;

/// Up to which look deadlines were told.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    begun: bool,
    looked: Option<Timestamp>,
}

/// Every deadline of the class by now, sorted: those of the class file, and those that a person decided.
pub(super) fn all(store: &Store, class: &Class) -> Result<Vec<Timestamp>, Fault> {
    if class.assignments.is_empty() {
        return Ok(Vec::new());
    }
    let own = class.assignments.iter().flat_map(|assignment| {
        let later = assignment.extensions.iter().map(|extension| &extension.relief).filter_map(until);
        [Some(assignment.due), assignment.accept_until].into_iter().flatten().chain(later)
    });
    let decided = store.reliefs()?;
    let mut all: Vec<Timestamp> =
        own.chain(decided.iter().filter_map(until)).map(|shown| instant(shown, &class.time_zone)).collect();
    all.sort();
    all.dedup();
    Ok(all)
}

fn until(relief: &Relief) -> Option<jiff::civil::DateTime> {
    match relief {
        Relief::Until(until) => Some(*until),
        Relief::Excused => None,
    }
}

/// Whether a deadline lies behind this look and not behind the one before. At the deadline itself it
/// does not.
pub(super) fn between(all: &[Timestamp], before: Option<Timestamp>, look: Timestamp) -> bool {
    all.iter().any(|deadline| before.is_none_or(|before| before <= *deadline) && *deadline < look)
}

impl Deadlines {
    /// Whether nobody has asked yet.
    pub(super) fn is_new(&self) -> bool {
        !self.begun
    }

    /// Whether one has passed since the last time this was asked; `looked` is the last look that is
    /// written down.
    pub(super) fn passed(&mut self, all: &[Timestamp], looked: Option<Timestamp>) -> bool {
        let first = !std::mem::replace(&mut self.begun, true);
        let before = std::mem::replace(&mut self.looked, looked);
        !first && looked.is_some_and(|looked| between(all, before, looked))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::assignment::{Assignment, AssignmentId, Extension, Rule};
    use crate::domain::class::StudentKey;
    use crate::domain::decision::Decision;
    use crate::domain::text::SafeText;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn class(due: &str) -> Class {
        let mut class = Class::new("CS101");
        class.time_zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
        let extension = Extension {
            student: StudentKey::parse("s1").unwrap(),
            relief: Relief::Until("2026-11-05T12:00:00".parse().unwrap()),
            reason: "ill".into(),
        };
        class.assignments.push(Assignment {
            id: AssignmentId::parse("hw1").unwrap(),
            title: "hw1".into(),
            rule: Rule::default(),
            due: due.parse().unwrap(),
            accept_until: Some("2026-11-03T12:00:00".parse().unwrap()),
            extensions: vec![extension],
        });
        class
    }

    #[test]
    fn a_deadline_passes_once_and_not_before_its_second_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("store.db")).unwrap();
        let all = all(&store, &class("2026-11-02T12:00:00")).unwrap();
        let mut deadlines = Deadlines::default();
        assert!(deadlines.is_new());
        let passed: Vec<bool> = [
            "2026-11-02T10:59:59Z",
            "2026-11-02T11:00:00Z",
            "2026-11-02T11:00:00.1Z",
            "2026-11-02T11:00:05Z",
            "2026-11-04T00:00:00Z",
            "2026-11-05T11:00:00Z",
            "2026-11-05T11:00:01Z",
            // The clock is set back, and the deadline passes once more.
            "2026-11-05T10:00:00Z",
            "2026-11-05T12:00:00Z",
        ]
        .map(|time| deadlines.passed(&all, Some(at(time))))
        .into();
        assert_eq!(passed, [false, false, true, false, true, false, true, false, true]);
        assert!(!deadlines.is_new(), "else every look would be the first one");
    }

    #[test]
    fn what_was_decided_is_a_deadline_too_and_nights_when_clocks_change_are_read_as_verdicts_do() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("store.db")).unwrap();
        // 02:30 is not there in this night: it is due at the first moment after the gap.
        let class = class("2026-03-29T02:30:00");
        assert_eq!(all(&store, &class).unwrap()[0], class.assignments[0].due_at(&class.time_zone));
        let decision = Decision::Extend {
            student: StudentKey::parse("s2").unwrap(),
            assignment: AssignmentId::parse("hw1").unwrap(),
            relief: Relief::Until("2026-12-01T12:00:00".parse().unwrap()),
            reason: SafeText::new("moved"),
        };
        assert!(store.decide(&decision, Timestamp::UNIX_EPOCH).unwrap());
        assert_eq!(all(&store, &class).unwrap().last(), Some(&at("2026-12-01T11:00:00Z")));
    }
}
