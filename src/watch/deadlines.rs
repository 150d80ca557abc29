//! When a deadline passes: then standings are read again, though nothing has arrived.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::DateTime;

use crate::domain::assignment::Relief;
use crate::domain::class::Class;

/// The deadlines of a class, and until when they were looked at.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    all: Vec<Timestamp>,
    looked: Option<Timestamp>,
}

impl Deadlines {
    /// Those of the class file. What the clocks show twice, or never, in a night when they are changed
    /// counts both ways: one look too many does no harm.
    pub(super) fn of(class: &Arc<Class>) -> Self {
        let times = class.assignments.iter().flat_map(|assignment| {
            let later = assignment.extensions.iter().filter_map(|extension| match extension.relief {
                Relief::Until(until) => Some(until),
                Relief::Excused => None,
            });
            let later: Vec<DateTime> = later.collect();
            [Some(assignment.due), assignment.accept_until].into_iter().flatten().chain(later)
        });
        let mut all: Vec<Timestamp> = times
            .flat_map(|time| {
                let told = || class.time_zone.to_ambiguous_timestamp(time);
                [told().earlier(), told().later()]
            })
            .flatten()
            .collect();
        all.sort();
        all.dedup();
        Self { all, looked: None }
    }

    /// Whether one has passed since the last time this was asked. At the deadline itself it has not.
    pub(super) fn passed(&mut self, now: Timestamp) -> bool {
        let looked = self.looked.replace(now);
        looked.is_some_and(|looked| self.all.iter().any(|deadline| looked <= *deadline && *deadline < now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::assignment::{Assignment, AssignmentId, Extension, Rule};
    use crate::domain::class::StudentKey;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_deadline_passes_once_and_not_before_its_second_is_over() {
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
            due: "2026-11-02T12:00:00".parse().unwrap(),
            accept_until: Some("2026-11-03T12:00:00".parse().unwrap()),
            extensions: vec![extension],
        });
        let mut deadlines = Deadlines::of(&Arc::new(class));
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
        .map(|time| deadlines.passed(at(time)))
        .into();
        assert_eq!(passed, [false, false, true, false, true, false, true, false, true]);
    }
}
