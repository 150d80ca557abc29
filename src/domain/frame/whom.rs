//! Whom a step of the end of the term is about, and how far it is for them. Knows what is noted of everybody's
//! end of the term; which step waits for which is the term's to say.

use std::collections::HashMap;
use std::time::Duration;

use super::Frame;
use crate::domain::class::StudentKey;
use crate::domain::term::{Closing, Detail, Progress, Stage};

/// Students, and what is known of them.
#[derive(Clone, Debug)]
pub struct Whom {
    /// The class.
    pub frame: Frame,
    /// Everybody of the roster who has a vault, or had one until it was deleted; or those who were named.
    pub students: Vec<StudentKey>,
}

impl Whom {
    /// Those who are named; where nobody is, everybody who has a vault or had one.
    pub fn of(frame: Frame, named: &[StudentKey]) -> Self {
        let mut students = named.to_vec();
        if students.is_empty() {
            let had = |key: &StudentKey| frame.closing.get(key).is_some_and(|one| one.is_done(Stage::Delete));
            let all = frame.students.iter().map(|student| student.key.clone());
            students = all.filter(|key| frame.bindings.contains_key(key) || had(key)).collect();
        }
        Self { frame, students }
    }

    /// How far the end of the term is for one of them.
    pub fn closing(&self, student: &StudentKey) -> Closing {
        self.frame.closing.get(student).cloned().unwrap_or_default()
    }

    /// Those who have a vault.
    pub fn bound(&self) -> Vec<StudentKey> {
        self.students.iter().filter(|key| self.frame.bindings.contains_key(key)).cloned().collect()
    }

    /// Those for whom a step is not done; whose vault is deleted there is nothing left to do.
    pub fn left(&self, stage: Stage) -> Vec<StudentKey> {
        let is_left = |key: &&StudentKey| {
            let closing = self.closing(key);
            !closing.is_done(stage) && !closing.is_done(Stage::Delete)
        };
        self.students.iter().filter(is_left).cloned().collect()
    }

    /// Whether nothing of a step can be done any more for somebody for whom it never was: the vault is gone.
    fn is_past(&self, stage: Stage, student: &StudentKey) -> bool {
        let closing = self.closing(student);
        !closing.is_done(stage) && closing.is_done(Stage::Delete)
    }

    /// How far a step is; `items` counts those of each vault as far as they were looked at. Who signed it
    /// off and how long the rest takes is not known here.
    pub fn progress(&self, stage: Stage, items: &HashMap<StudentKey, u64>) -> Progress {
        let left = self.left(stage);
        let first = left.iter().filter_map(|key| self.closing(key).lacks(stage)).min();
        let count = |first: Stage| left.iter().filter(|key| !self.closing(key).is_done(first)).count();
        let of = self.students.iter().filter(|key| !self.is_past(stage, key)).count();
        let items: u64 = left.iter().filter_map(|key| items.get(key)).sum();
        let many = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Progress {
            stage,
            done: of - left.len(),
            of,
            signed: None,
            requests: stage.price(
                many(self.bound().len()),
                many(left.len()),
                u32::try_from(items).unwrap_or(u32::MAX),
            ),
            takes: Duration::ZERO,
            lacks: first.map(|first| (first, count(first))),
        }
    }

    /// The folder of the last pull.
    pub fn folder(&self) -> Option<&str> {
        let pulled = self.frame.closing.values().filter_map(|closing| closing.get(Stage::Pull));
        match &pulled.max_by_key(|noted| noted.at)?.detail {
            Detail::Pulled { folder, .. } => Some(folder),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::fault::Kind;
    use crate::domain::frame::tests::{frame, key};
    use crate::domain::term::Noted;

    #[test]
    fn what_is_left_is_what_was_not_done_for_whom_still_has_a_vault() {
        let mut frame = frame(|_| {});
        let noted = || Noted { at: Timestamp::UNIX_EPOCH, detail: Detail::Nothing };
        frame.closing.entry(key("a")).or_default().note(Stage::Freeze, noted());
        let whom = Whom::of(frame, &[key("a"), key("b")]);
        let items = HashMap::from([(key("a"), 3), (key("b"), 4)]);
        let freeze = whom.progress(Stage::Freeze, &items);
        assert_eq!((freeze.done, freeze.of, freeze.requests.writes), (1, 2, 2));
        assert_eq!(whom.progress(Stage::Pull, &items).requests.reads, 19);
        let archive = whom.progress(Stage::Archive, &items);
        assert_eq!(archive.lacks, Some((Stage::Revoke, 2)));
        assert_eq!(archive.is_next().unwrap_err().kind, Kind::Refused);
        // Of those who lack something only those are counted who lack what is named.
        let mut frame = whom.frame.clone();
        for stage in [Stage::Pull, Stage::Verify] {
            frame.closing.entry(key("a")).or_default().note(stage, noted());
        }
        let ahead = Whom::of(frame.clone(), &[key("a"), key("b")]);
        assert_eq!(ahead.progress(Stage::Delete, &items).lacks, Some((Stage::Verify, 1)));
        // What was deleted was not archived, unless it was so before.
        frame.closing.entry(key("a")).or_default().note(Stage::Archive, noted());
        for student in ["a", "b"] {
            frame.closing.entry(key(student)).or_default().note(Stage::Delete, noted());
        }
        let archive = Whom::of(frame, &[key("a"), key("b")]).progress(Stage::Archive, &items);
        assert_eq!((archive.done, archive.of), (1, 1));
        // Who was never verified is refused row by row, the others go on.
        assert_eq!(whom.progress(Stage::Revoke, &items).is_next(), Ok(()));
    }

    #[test]
    fn where_nobody_is_named_it_is_everybody_who_has_a_vault_or_had_one() {
        let mut frame = frame(|_| {});
        let noted = || Noted { at: Timestamp::UNIX_EPOCH, detail: Detail::Nothing };
        frame.closing.entry(key("d")).or_default().note(Stage::Delete, noted());
        assert_eq!(Whom::of(frame.clone(), &[]).students, ["a", "b", "d", "e"].map(key));
        assert_eq!(Whom::of(frame, &[key("c")]).students, [key("c")]);
    }
}
