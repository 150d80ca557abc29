//! When the work for one assignment came in, as counts over time. Knows verdicts and moments, nothing of how
//! they are drawn.

use jiff::{SignedDuration, Timestamp};

use super::submission::{Standing, Verdict};

/// How far before the deadline it begins where nobody has handed in anything.
const BEFORE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How many had handed in by when, between two moments, and how everybody stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    /// Where the first part begins.
    pub from: Timestamp,
    /// Where the last part ends.
    pub until: Timestamp,
    /// How many had handed in by the end of each part, late work included; parts are equally long. `None` for
    /// parts that lie ahead.
    pub handed_in: Vec<Option<u32>>,
    /// The part in which the deadline is.
    pub due_in: usize,
    /// Of whom something was asked: everybody who is not excused.
    pub asked: u32,
    /// Who was on time, by their own deadline.
    pub on_time: u32,
    /// Who was late.
    pub late: u32,
    /// Who has handed in nothing, and it was due.
    pub missing: u32,
    /// Who has handed in nothing, and still has time.
    pub open: u32,
    /// Of whom it cannot be told.
    pub unknown: u32,
    /// Who is excused.
    pub excused: u32,
}

impl Timeline {
    /// Puts verdicts about one assignment on a line of so many parts, at least one: from the first work, or a
    /// week before the deadline, to the last work, the deadline, and a little more.
    pub fn of(verdicts: &[Verdict], due: Timestamp, now: Timestamp, parts: usize) -> Self {
        let times = || verdicts.iter().filter_map(|one| Some(one.handed_in.as_ref()?.judged_at));
        let first = times().min().unwrap_or(due).min(due.saturating_sub(BEFORE).unwrap_or(due));
        let last = times().max().unwrap_or(due).max(due);
        let parts = parts.max(1);
        // The deadline stands out only where something follows it.
        let margin = last.duration_since(first).as_secs() / 12 + 1;
        let line = Line { from: first.as_second(), until: last.as_second().saturating_add(margin), parts };
        let mut came = vec![0_u32; parts];
        times().for_each(|at| came[line.part(at)] += 1);
        let ahead = |part: usize| part > 0 && line.begins(part) > now.as_second();
        let mut sum = 0;
        let handed_in = came.iter().enumerate().map(|(part, count)| {
            sum += count;
            (!ahead(part)).then_some(sum)
        });
        let count = |is: fn(&Standing) -> bool| {
            let count = verdicts.iter().filter(|verdict| is(&verdict.standing)).count();
            u32::try_from(count).unwrap_or(u32::MAX)
        };
        let excused = count(|standing| *standing == Standing::Excused);
        Self {
            from: first,
            until: Timestamp::from_second(line.until).unwrap_or(last),
            handed_in: handed_in.collect(),
            due_in: line.part(due),
            asked: u32::try_from(verdicts.len()).unwrap_or(u32::MAX) - excused,
            on_time: count(|standing| *standing == Standing::OnTime),
            late: count(|standing| matches!(standing, Standing::Late(_))),
            missing: count(|standing| *standing == Standing::Missing),
            open: count(|standing| *standing == Standing::NotYetDue),
            unknown: count(|standing| *standing == Standing::Unknown),
            excused,
        }
    }
}

/// A stretch of time in equal parts, in seconds.
#[derive(Clone, Copy)]
struct Line {
    from: i64,
    until: i64,
    parts: usize,
}

impl Line {
    fn part(self, at: Timestamp) -> usize {
        let whole = i128::from(self.until - self.from).max(1);
        let into = i128::from((at.as_second() - self.from).max(0));
        let part = into * i128::try_from(self.parts).unwrap_or(1) / whole;
        usize::try_from(part).unwrap_or(0).min(self.parts - 1)
    }

    fn begins(self, part: usize) -> i64 {
        let whole = i128::from(self.until - self.from);
        let (part, parts) = (i128::try_from(part).unwrap_or(0), i128::try_from(self.parts).unwrap_or(1));
        self.from.saturating_add(i64::try_from(whole * part / parts).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::assignment::AssignmentId;
    use crate::domain::class::StudentKey;
    use crate::domain::directory::ItemRef;
    use crate::domain::id::{ItemId, VaultId};
    use crate::domain::submission::{HandedIn, Moment};

    fn hours(hours: i64) -> Timestamp {
        Timestamp::from_second(1_793_000_000 + 3_600 * hours).unwrap()
    }

    fn verdict(standing: Standing, at: Option<Timestamp>) -> Verdict {
        let place = ItemRef {
            vault: VaultId::parse(&format!("sbxvault{:018}", 1)).unwrap(),
            item: ItemId::parse(&format!("sbxitem{:019}", 1)).unwrap(),
        };
        let handed_in = at.map(|at| HandedIn {
            at: place,
            title: "hw1.pdf".into(),
            version: 1,
            seq: None,
            moment: Moment { after: None, seen: at, told: Some(at) },
            judged_at: at,
            by_hand: false,
            updated_after_due: false,
            removed: false,
        });
        Verdict {
            student: StudentKey::parse("s1").unwrap(),
            assignment: AssignmentId::parse("hw1").unwrap(),
            standing,
            due: hours(0),
            extended: None,
            handed_in,
            doubt: None,
        }
    }

    #[test]
    fn work_adds_up_to_everybody_who_has_handed_in() {
        let verdicts = [
            verdict(Standing::OnTime, Some(hours(-100))),
            verdict(Standing::OnTime, Some(hours(-1))),
            verdict(Standing::Late(3_600), Some(hours(1))),
            verdict(Standing::Missing, None),
            verdict(Standing::Excused, None),
        ];
        let line = Timeline::of(&verdicts, hours(0), hours(500), 40);
        assert_eq!(line.handed_in.last(), Some(&Some(3)));
        assert_eq!((line.asked, line.on_time, line.late, line.missing, line.excused), (4, 2, 1, 1, 1));
        let counts: Vec<u32> = line.handed_in.iter().flatten().copied().collect();
        assert!(counts.is_sorted(), "nobody takes work back: {counts:?}");
        assert_eq!(counts[line.due_in - 1], 1, "the two of the last hour share the deadline's part");
    }

    #[test]
    fn what_lies_ahead_has_no_count() {
        let line = Timeline::of(&[verdict(Standing::NotYetDue, None)], hours(0), hours(-84), 28);
        assert_eq!(line.from, hours(-168));
        assert!(line.handed_in[0].is_some() && line.handed_in[27].is_none());
        let ahead = line.handed_in.iter().filter(|count| count.is_none()).count();
        assert!((12..=16).contains(&ahead), "now is near the middle: {ahead}");
    }

    #[test]
    fn any_number_of_parts_holds_the_deadline() {
        for parts in 0..50 {
            for at in [-2_000, -1, 0, 1, 3_000] {
                let verdicts = [verdict(Standing::OnTime, Some(hours(at)))];
                let line = Timeline::of(&verdicts, hours(0), hours(9_000), parts);
                assert_eq!(line.handed_in.len(), parts.max(1));
                assert!(line.due_in < line.handed_in.len() && line.from < line.until);
                assert_eq!(line.handed_in.last(), Some(&Some(1)));
            }
        }
    }
}
