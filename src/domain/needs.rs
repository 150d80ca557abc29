//! How the list of what needs the instructor comes about: each part of the class adds what it needs, in any
//! order; then it is put in order. Knows values of the domain; must not know where they were read.

mod people;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::attention::{ACCESS, Alarm, FailedRow, Need, PROVISION, Reason, TOKEN};
use super::calendar::to_minute;
use super::class::StudentKey;
use super::directory::ItemRef;
use super::frame::Seats;
use super::handoff::{Jobs, Progress};
use super::job::{Head, State};
use super::quarantine::Quarantined;
use super::query::Submissions;
use super::submission::{Standing, Unmatched};
use super::text::{SafeText, counted};

/// Up to so many students of one kind have a line each, or are named in it; more are one line.
const FEW: usize = 3;

/// After so long without a look nobody watches; a beat that is stretched for the ration is shorter.
const QUIET: Duration = Duration::from_secs(15 * 60);
/// So long after a deadline it is still told who has missed it.
const RECENT: Duration = Duration::from_secs(14 * 24 * 60 * 60);
/// A shorter time without a watcher is a program that was started again.
const RESTART: Duration = Duration::from_secs(60);
/// A consumer that has not taken an arrival so often does not take it at all just now.
const STUCK: u32 = 2;

/// Which standings a line counts.
type Counts = fn(&Standing) -> bool;

/// The list while it is made.
#[derive(Debug)]
pub struct Needs {
    lines: Vec<Need>,
    /// The students' names.
    names: HashMap<StudentKey, SafeText>,
    zone: TimeZone,
}

impl Needs {
    /// An empty list; `names` are the students' names, `zone` that in which times are told.
    pub fn new(names: HashMap<StudentKey, SafeText>, zone: TimeZone) -> Self {
        Self { lines: Vec::new(), names, zone }
    }

    /// The list: the gravest reasons first, of one reason what is so for the longest time.
    pub fn list(mut self) -> Vec<Need> {
        self.lines.sort_by(|a, b| {
            let key = |need: &Need| (need.reason, need.since.is_none(), need.since);
            key(a).cmp(&key(b)).then_with(|| a.text.as_str().cmp(b.text.as_str()))
        });
        self.lines
    }

    /// A student's name, or the key of somebody who is not known any more.
    fn name(&self, student: &StudentKey) -> SafeText {
        self.names.get(student).cloned().unwrap_or_else(|| student.as_str().into())
    }

    /// Some students by name, and how many others.
    fn some<'a>(&self, students: impl IntoIterator<Item = &'a StudentKey>) -> String {
        let names: Vec<String> = students.into_iter().map(|student| self.name(student).to_string()).collect();
        match names.len().checked_sub(FEW) {
            None | Some(0) => names.join(", "),
            Some(others) => format!("{} and {others} more", names.get(..FEW).unwrap_or_default().join(", ")),
        }
    }

    fn time(&self, time: Timestamp) -> String {
        to_minute(time, &self.zone)
    }

    /// What does not fit together, and a token that was refused.
    pub fn alarms(&mut self, alarms: &[Alarm]) {
        for alarm in alarms {
            let need = if alarm.subject == TOKEN {
                let next =
                    "put a new token in place of the one that the class file names; see `strongroom doctor`";
                Need::new(Reason::TokenExpiry, alarm.message.as_str(), next)
            } else {
                let next = format!("look into it, then: strongroom attention dismiss {}", alarm.subject);
                Need::new(Reason::Alarm, alarm.message.as_str(), next)
            };
            self.lines.push(Need { since: Some(alarm.at), student: alarm.student.clone(), ..need });
        }
    }

    /// Vaults that a lost answer has left behind.
    pub fn left_behind(&mut self, vaults: &[Quarantined]) {
        for one in vaults {
            let items =
                one.items.map(|items| format!(", {} in it", counted(items, "item"))).unwrap_or_default();
            let text = format!(
                "{} has a second vault {} that a lost answer left behind{items}; nobody gets access to it",
                self.name(&one.student),
                one.vault
            );
            let need = Need::new(Reason::Quarantined, text, "strongroom quarantine");
            self.lines.push(Need { since: Some(one.found_at), student: Some(one.student.clone()), ..need });
        }
    }

    /// Jobs that a program has left with rows to do.
    pub fn left_jobs(&mut self, jobs: &[Head]) {
        for job in jobs.iter().filter(|job| job.state == State::Left) {
            let left = job.rows.saturating_sub(job.ended);
            let text =
                format!("the job {} was left, {left} of {} rows to do: {}", job.id, job.rows, job.title);
            let next = format!("strongroom jobs resume {0}; or strongroom jobs cancel {0}", job.id);
            let need = Need::new(Reason::LeftJob, text, next);
            self.lines.push(Need { since: Some(job.made_at), count: left, ..need });
        }
    }

    /// Changes that failed. `settled` tells those apart that are so by now, whoever did it.
    pub fn failed(&mut self, rows: &[FailedRow], settled: impl Fn(&FailedRow) -> bool) {
        for row in rows.iter().filter(|row| !settled(row)) {
            let (key, name) = (&row.student, self.name(&row.student));
            let (what, next) = match row.op.as_str() {
                PROVISION => ("own vault".to_owned(), format!("strongroom provision {key}")),
                ACCESS => (
                    "change of access".to_owned(),
                    format!(
                        "strongroom access {key}; done with it: strongroom attention dismiss failed/{key}/access"
                    ),
                ),
                act => (act.to_owned(), format!("strongroom {act} {key} --person")),
            };
            let need = Need::new(Reason::FailedRow, format!("{name}, {what}: {}", row.message), next);
            self.lines.push(Need { since: Some(row.at), student: Some(key.clone()), ..need });
        }
    }

    /// Uploads that no assignment claims: one line a student, or one for more than a few.
    pub fn unmatched(&mut self, uploads: &[Unmatched]) {
        let mut by_student: BTreeMap<&StudentKey, Vec<&Unmatched>> = BTreeMap::new();
        for upload in uploads {
            by_student.entry(&upload.student).or_default().push(upload);
        }
        if by_student.len() > FEW {
            let text = format!(
                "{} of {} belong to no assignment: {}",
                counted(uploads.len(), "upload"),
                counted(by_student.len(), "student"),
                self.some(by_student.keys().copied())
            );
            let need = Need::new(Reason::Unmatched, text, "strongroom missing --unmatched");
            let since = uploads.iter().map(|upload| upload.seen).min();
            return self.lines.push(Need { since, count: uploads.len() as u64, ..need });
        }
        for (student, uploads) in by_student {
            let Some(oldest) = uploads.iter().min_by_key(|upload| (upload.seen, upload.seq)) else {
                continue;
            };
            let (name, title) = (self.name(student), &oldest.title);
            let text = match uploads.len() - 1 {
                0 => format!("{name}: \"{title}\" belongs to no assignment"),
                others => {
                    let others = counted(others, "other upload");
                    format!("{name}: \"{title}\" and {others} belong to no assignment")
                }
            };
            let next = format!("strongroom assign {} ASSIGNMENT", oldest.seq);
            let at = ItemRef { vault: oldest.vault.clone(), item: oldest.item.clone() };
            self.lines.push(Need {
                since: Some(oldest.seen),
                student: Some(student.clone()),
                item: Some(at),
                count: uploads.len() as u64,
                ..Need::new(Reason::Unmatched, text, next)
            });
        }
    }

    /// Who has missed an assignment's deadline, and who came late: one line each, for two weeks after
    /// the last deadline of somebody that has passed.
    pub fn standings(&mut self, submissions: &Submissions, now: Timestamp) {
        let head = &submissions.assignment;
        let passed = submissions.verdicts.iter().map(|verdict| verdict.due).filter(|due| *due <= now).max();
        if passed.is_none_or(|due| now.duration_since(due).unsigned_abs() > RECENT) {
            return;
        }
        let missing = |standing: &Standing| *standing == Standing::Missing;
        let late = |standing: &Standing| matches!(standing, Standing::Late(_));
        let lines: [(Reason, &str, Counts, &str); 2] =
            [(Reason::Missing, "missing", missing, ""), (Reason::Late, "late", late, " --late")];
        for (reason, word, counts, only) in lines {
            let students: Vec<&StudentKey> =
                submissions.verdicts.iter().filter(|v| counts(&v.standing)).map(|v| &v.student).collect();
            if students.is_empty() {
                continue;
            }
            let (count, due) = (students.len(), self.time(head.due));
            // What is cut is at the end: the count and the word stand first.
            let names = self.some(students.iter().copied());
            let text = format!("{count} {word} {}, due {due}: {names} ({})", head.id, head.title);
            let next = format!("strongroom missing {}{only}", head.id);
            self.lines.push(Need {
                since: Some(head.due),
                student: Some(students[0]).filter(|_| count == 1).cloned(),
                assignment: Some(head.id.clone()),
                count: count as u64,
                ..Need::new(reason, text, next)
            });
        }
    }

    /// Arrivals that were set aside, and consumers that do not take theirs.
    pub fn jobs(&mut self, jobs: &Jobs) {
        for consumer in &jobs.consumers {
            let Progress { consumer: name, dead, waiting, retrying, .. } = consumer;
            if let Some(seq) = dead.first() {
                let text =
                    format!("{name} did not take {}, from number {seq} on", counted(dead.len(), "arrival"));
                let next = format!("mend it, then: strongroom handoff retry {name}");
                let need = Need::new(Reason::DeadLetter, text, next);
                self.lines.push(Need { count: dead.len() as u64, ..need });
            }
            if let Some(retrying) =
                retrying.as_ref().filter(|retrying| retrying.stuck || retrying.attempts >= STUCK)
            {
                let text = format!(
                    "{name} does not take arrival {}: {}; {} behind it",
                    retrying.seq,
                    retrying.why,
                    waiting.saturating_sub(1)
                );
                let next =
                    format!("it is offered again at {}; see `strongroom handoff`", self.time(retrying.at));
                let need = Need::new(Reason::ConsumerBehind, text, next);
                self.lines.push(Need { since: Some(retrying.since), count: *waiting, ..need });
            }
        }
    }

    /// When nobody watched since the last look at the list.
    pub fn gaps(&mut self, gaps: &[(Timestamp, Timestamp)]) {
        let long = |(from, to): &&(Timestamp, Timestamp)| to.duration_since(*from).unsigned_abs() > RESTART;
        let gaps: Vec<_> = gaps.iter().filter(long).collect();
        if let [.., (from, to)] = gaps.as_slice() {
            let times = match gaps.len() {
                1 => String::new(),
                times => format!("{times} times, last "),
            };
            let text = format!("nobody watched {times}from {} to {}", self.time(*from), self.time(*to));
            let next = "of what came in between, the times are those that 1Password tells";
            let need = Need::new(Reason::WatcherGap, text, next);
            self.lines.push(Need { since: Some(*from), count: gaps.len() as u64, ..need });
        }
    }

    /// Whether nobody watches now: the last look at the vaults is long ago, or there was none.
    pub fn unwatched(&mut self, now: Timestamp, last_look: Option<Timestamp>) {
        let quiet = |last: &Timestamp| now.duration_since(*last).unsigned_abs() > QUIET && *last < now;
        let text = match last_look {
            None => "nobody has watched the class yet".to_owned(),
            Some(last) if quiet(&last) => format!("nobody watches: the last look was at {}", self.time(last)),
            Some(_) => return,
        };
        let need = Need::new(Reason::WatcherGap, text, "strongroom watch, or open the dashboard");
        self.lines.push(Need { since: last_look, ..need });
    }

    /// Students on whose vaults somebody of the staff is missing: one line, since one plan gives it to all.
    pub fn without_staff(&mut self, students: &[StudentKey]) {
        let count = students.len();
        let (student, students) = match students {
            [] => return,
            [one] => (Some(one.clone()), &[][..]),
            several => (None, several),
        };
        let text = format!(
            "the class file's staff is not on {} yet: {}",
            counted(count, "vault"),
            self.some(student.iter().chain(students))
        );
        self.lines.push(Need {
            student,
            students: students.to_vec(),
            count: count as u64,
            ..Need::new(Reason::NoStaff, text, "strongroom apply")
        });
    }

    /// Seats for guests that are used up.
    pub fn seats(&mut self, seats: Option<Seats>) {
        if let Some(seats) = seats.filter(|seats| seats.are_used_up()) {
            let next = "suspend guests who are not needed any more, or see Billing in 1Password";
            self.lines.push(Need::new(Reason::Seats, seats.in_words(), next));
        }
    }
}

#[cfg(test)]
#[path = "needs_tests.rs"]
mod tests;
