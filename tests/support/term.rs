//! A class with assignments, needs and consumers, as the store would tell it.

#![allow(clippy::unwrap_used, dead_code, reason = "tests; each uses a part")]

use std::time::Duration;

use strongroom::app::msg::Event;
use strongroom::domain::arrival::{Arrival, ArrivalKind, SavedCopy};
use strongroom::domain::assignment::AssignmentId;
use strongroom::domain::attention::{Attention, Need, Reason, Since};
use strongroom::domain::budget::Cost;
use strongroom::domain::class::StudentKey;
use strongroom::domain::directory::ItemRef;
use strongroom::domain::handoff::{Attempt, Ended, Jobs, Progress, Retrying};
use strongroom::domain::id::FileId;
use strongroom::domain::query::{AssignmentHead, ClassView, Data, LocalCopy, Query};
use strongroom::domain::submission::Standing;
use strongroom::domain::term::{Progress as Step, Stage, Term};
use strongroom::domain::text::SafeText;

use crate::screen::{Screen, arrival, asked, at, class, item_id, report, setting, student, vault};

pub(crate) fn hw(number: usize) -> AssignmentId {
    AssignmentId::parse(&format!("hw{number}")).unwrap()
}

/// Two assignments: one was due an hour ago, one is due in a day.
pub(crate) fn heads() -> Vec<AssignmentHead> {
    vec![
        AssignmentHead { id: hw(1), title: "Password file".into(), due: at(-60) },
        AssignmentHead { id: hw(2), title: "Threat model".into(), due: at(24 * 60) },
    ]
}

/// One student of each standing, again and again.
pub(crate) fn course(students: usize) -> ClassView {
    let mut view = class(students);
    view.assignments = heads();
    for (number, row) in view.rows.iter_mut().enumerate() {
        let first = match number % 6 {
            0 => Standing::OnTime,
            1 => Standing::Late(7_800),
            2 => Standing::Missing,
            3 => Standing::Excused,
            4 => Standing::Late(450_000),
            _ => Standing::Unknown,
        };
        let second = if number % 4 == 0 { Standing::OnTime } else { Standing::NotYetDue };
        row.standings = vec![first, second];
    }
    view
}

/// Arrivals with everything that can be known of them.
pub(crate) fn arrivals() -> Vec<Arrival> {
    let kinds = [ArrivalKind::New, ArrivalKind::Updated, ArrivalKind::Removed, ArrivalKind::New];
    let mut all: Vec<Arrival> = (1..=8_u64)
        .map(|seq| {
            let number = usize::try_from(seq).unwrap();
            arrival(seq, number * 3 % 16, kinds[number % 4])
        })
        .collect();
    for (number, arrival) in all.iter_mut().enumerate() {
        (arrival.assignment, arrival.lateness_s) = match number % 3 {
            0 => (Some(hw(1)), Some(0)),
            1 => (Some(hw(1)), Some(7_800)),
            _ => (None, None),
        };
        arrival.unmatched = arrival.assignment.is_none() && arrival.kind != ArrivalKind::Removed;
        arrival.saved = (number % 2 == 0)
            .then(|| SavedCopy { path: "/home/t/files/a.pdf".into(), sha256: "ab12cd34".repeat(8) });
        arrival.found.changes = if number == 4 { 3 } else { 1 };
        arrival.found.item.version = arrival.found.changes + 1;
    }
    all
}

fn need(reason: Reason, text: &str, next: &str, of: Option<usize>) -> Need {
    Need {
        reason,
        text: text.into(),
        next: next.into(),
        since: Some(at(-30)),
        student: of.map(student),
        students: Vec::new(),
        item: None,
        assignment: None,
        count: 1,
    }
}

/// One need of each kind that leads somewhere.
pub(crate) fn needs() -> Vec<Need> {
    let mut unmatched =
        need(Reason::Unmatched, "notes.pdf belongs to no assignment", "strongroom assign", Some(1));
    unmatched.item = Some(ItemRef { vault: vault(1), item: item_id(10) });
    let mut missing =
        need(Reason::Missing, "handed in nothing for hw1", "strongroom extend s002 hw1", Some(2));
    missing.assignment = Some(hw(1));
    vec![
        need(
            Reason::UnexpectedAccess,
            "Jo Doe can read the vault",
            "strongroom revoke --student s004",
            Some(4),
        ),
        need(Reason::DeadLetter, "grade would not take arrival 3", "strongroom handoff retry grade 3", None),
        need(Reason::Confirm, "has accepted the invitation", "strongroom people confirm s003", Some(3)),
        need(Reason::NoVault, "active and without a vault", "strongroom provision s009", Some(9)),
        unmatched,
        missing,
        need(Reason::Late, "4 students handed in hw1 late", "strongroom submissions hw1 --late", None),
        need(Reason::Invite, "is not in the account", "strongroom people invite s010", Some(10)),
        need(Reason::Seats, "1 seat is left for guests", "buy seats, or remove guests", None),
    ]
}

pub(crate) fn attention(needs: Vec<Need>) -> Attention {
    let since = Since {
        at: Some(at(-1_000)),
        new: 12,
        updated: 3,
        removed: 1,
        students: 9,
        checked_at: Some(at(-400)),
    };
    Attention { needs, since }
}

pub(crate) fn attempt(consumer: &str, seq: u64, ended: Ended) -> Attempt {
    let (why, tail) = match ended {
        Ended::Taken => ("exit code 0", vec!["graded: 9 of 10".into()]),
        _ => ("exit code 1", vec!["Traceback".into(), "no such file: rubric.toml".into()]),
    };
    Attempt {
        consumer: consumer.into(),
        seq,
        attempt: if ended == Ended::Taken { 1 } else { 3 },
        at: at(i64::try_from(seq).unwrap()),
        took: Duration::from_millis(1_800),
        ended,
        why: why.into(),
        tail,
    }
}

/// A consumer that has set one aside and tries another, and one that is up to date.
pub(crate) fn jobs() -> Jobs {
    let retrying =
        Retrying { seq: 7, attempts: 2, since: at(7), at: at(12), why: "exit code 1".into(), stuck: false };
    let consumer = |name: &str, means: &str, acked, waiting| Progress {
        consumer: name.into(),
        means: means.into(),
        acked,
        waiting,
        retrying: None,
        dead: Vec::new(),
    };
    let grade = Progress { retrying: Some(retrying), dead: vec![3], ..consumer("grade", "hook", 6, 2) };
    Jobs {
        consumers: vec![grade, consumer("lms", "webhook", 8, 0)],
        attempts: vec![
            attempt("lms", 8, Ended::Taken),
            attempt("grade", 7, Ended::Refused),
            attempt("grade", 6, Ended::Taken),
            attempt("grade", 3, Ended::SetAside),
        ],
    }
}

pub(crate) fn copies(of: usize) -> Vec<LocalCopy> {
    let copy = |number: usize, version| LocalCopy {
        at: ItemRef { vault: vault(of), item: item_id(of * 10 + number) },
        file: FileId::parse(&format!("sbxfile{:019}", 1)).unwrap(),
        version,
        path: format!("/home/t/CS101-F26-files/s{of:03}/hw1/hw3-report.pdf"),
        sha256: "ab12cd34".repeat(8),
        size: 1_250_000,
        saved_at: at(3),
    };
    vec![copy(0, 1), copy(2, 1)]
}

/// A class in the middle of a term: assignments, arrivals, needs, consumers, copies.
pub(crate) fn term(students: usize, needs: Vec<Need>) -> Screen {
    let mut screen = Screen::starting(setting());
    let ask = |query: Query, screen: &Screen| asked(&screen.effects, &query);
    let answers = [
        (Query::Attention, Data::Attention(Box::new(attention(needs)))),
        (Query::Jobs, Data::Jobs(Box::new(jobs()))),
        (Query::Arrivals, Data::Arrivals(arrivals(), 5)),
    ];
    for (query, data) in answers {
        let ticket = ask(query.clone(), &screen);
        screen
            .effects
            .retain(|effect| !matches!(effect, strongroom::app::msg::Effect::Load(t, _) if *t == ticket));
        screen.loaded(ticket, Ok(data));
    }
    screen.answer(&course(students));
    screen.send(Event::Watched(Box::new(report(Vec::new()))));
    screen.shows(0..60);
    screen.answer(&course(students));
    screen
}

pub(crate) fn key_of(need: &Need) -> Option<&StudentKey> {
    need.student.as_ref()
}

pub(crate) fn words(text: &str) -> SafeText {
    SafeText::new(text)
}

/// The end of a term in the middle: pulled and partly verified, nothing revoked.
pub(crate) fn ending() -> Term {
    let step = |stage: Stage, done: usize, reads: u32, writes: u32| {
        let lacks = match stage {
            Stage::Report | Stage::Revoke | Stage::Delete => Some((Stage::Verify, 4)),
            Stage::Archive => Some((Stage::Revoke, 12)),
            _ => None,
        };
        Step {
            stage,
            done,
            of: 12,
            signed: (done > 0).then(|| (at(-90), "teacher on desk".into())),
            requests: Cost { reads, writes },
            takes: Duration::from_secs(u64::from(reads + writes * 2)),
            lacks: lacks.filter(|_| done < 12),
        }
    };
    Term {
        steps: vec![
            step(Stage::Freeze, 12, 0, 0),
            step(Stage::Pull, 12, 0, 0),
            step(Stage::Verify, 8, 9, 0),
            step(Stage::Report, 0, 0, 0),
            step(Stage::Revoke, 0, 24, 12),
            step(Stage::Archive, 0, 0, 0),
            step(Stage::Delete, 0, 84, 12),
        ],
        folder: Some("/home/t/end".into()),
    }
}
