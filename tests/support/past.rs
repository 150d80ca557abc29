//! Plans, jobs, drift and history as the store and the log would tell them.

#![allow(clippy::unwrap_used, dead_code, reason = "tests; each uses a part")]

use strongroom::domain::access::{AccountKind, Cell, Level, Permissions, Principal, Why};
use strongroom::domain::arrival::Arrival;
use strongroom::domain::digest::Digest;
use strongroom::domain::drift::{Drift, Drifts, Stray};
use strongroom::domain::events::{Actor, Client};
use strongroom::domain::guard::Guard;
use strongroom::domain::history::{Changed, Entry, What};
use strongroom::domain::id::GroupId;
use strongroom::domain::job::{Head, JobId, State, Wanted};
use strongroom::domain::plan::{Outcome, Plan, Row, Step};
use strongroom::domain::text::Untrusted;
use strongroom::domain::ways::{Holder, Path, Via};

use crate::screen::{at, person, proved, row, student, teacher, vault};

pub(crate) fn job(number: usize) -> JobId {
    JobId::parse(&format!("job{number:05}")).unwrap()
}

/// Takes twelve students' access away: weighty.
pub(crate) fn weighty() -> Plan {
    let revoke = |number: usize| Row {
        student: student(number),
        name: row(number).name,
        vault: row(number).vault,
        steps: vec![Step::Revoke {
            who: Principal::Person(person(number)),
            name: row(number).name,
            from: Some(Level::Write),
        }],
        seen: None,
        outcome: Outcome::Planned,
    };
    Plan {
        rows: (0..12).map(revoke).collect(),
        guard: Some(Guard {
            because: vec!["12 accesses are taken away, of 16 students".into()],
            word: "12".into(),
        }),
        title: "as the class file says".into(),
        ..Plan::default()
    }
}

/// A job of another program that was left, and one that goes on.
pub(crate) fn work() -> Vec<Head> {
    let head = |number, state, by: &str| Head {
        id: job(number),
        plan: Digest::of(&number),
        title: "give vaults".into(),
        state,
        wanted: Wanted::Go,
        made_at: at(-9),
        by: by.into(),
        rows: 200,
        ended: 137,
        failed: 2,
        ends: Some(at(40)),
        why: None,
    };
    vec![head(7, State::Left, "dashboard, pid 4711"), head(8, State::Running, "apply, pid 815")]
}

pub(crate) fn stranger() -> Principal {
    Principal::Person(person(800))
}

/// A stranger, and somebody who has more than was asked for.
pub(crate) fn drifts() -> Drifts {
    let one = |of: usize, who, name: &str, kind, cell, asked| Drift {
        student: student(of),
        vault: vault(of),
        who,
        name: name.into(),
        kind,
        cell,
        asked,
        since: Some(at(-120)),
        absent: None,
        foreign: false,
    };
    let unknown = Cell::Unknown { why: Why::LevelNotShown };
    Drifts {
        list: vec![
            one(4, stranger(), "Jo Doe", Stray::Stranger, unknown, Level::None),
            one(0, teacher(), "Dr. Ruiz", Stray::Wider, proved(Level::Manage), Level::Read),
        ],
        compared: 14,
        oldest: Some(at(-60)),
        unread: vec![(vault(6), "the vault could not be read: no answer".into())],
        unverified: vec!["access through groups: a service account is not shown who is in them".into()],
    }
}

/// Who is on a vault, by every kind of way.
pub(crate) fn holders(of: usize) -> Vec<Holder> {
    let path = |via, because: &str| Path {
        via,
        cell: proved(Level::Write),
        since: Some(at(-120)),
        by: Some("t.ruiz on lab-3, job job00007".into()),
        actor: None,
        named: Vec::new(),
        ours: Some("t.ruiz on lab-3".into()),
        because: because.into(),
    };
    let group = |member| Via::Group {
        group: Principal::Group(GroupId::parse(&format!("sbxgroup{:018}", 2)).unwrap()),
        name: "Faculty".into(),
        member,
    };
    let unknown = Path {
        since: None,
        by: None,
        ours: None,
        cell: Cell::Unknown { why: Why::LevelNotShown },
        ..path(Via::Direct, "nothing in the class file allows it")
    };
    let own = path(Via::Direct, "the vault is theirs");
    vec![
        Holder { who: Principal::Person(person(of)), name: row(of).name, paths: vec![own] },
        Holder { who: stranger(), name: "Jo Doe".into(), paths: vec![unknown, path(group(None), "staff")] },
        Holder {
            who: teacher(),
            name: "Dr. Ruiz".into(),
            paths: vec![
                path(group(Some(true)), "staff"),
                path(Via::Maker, "made it"),
                path(Via::Administration, "administers"),
            ],
        },
    ]
}

/// Three jobs, oldest first: a grant, a vault that failed, and the grant taken back.
pub(crate) fn history() -> Vec<Entry> {
    let set = |level: Level| level.permissions(AccountKind::Business);
    let access = |before, after, outcome, message: Option<&str>| Changed {
        what: What::Access { vault: vault(0), who: teacher(), name: "Dr. Ruiz".into(), before, after },
        student: Some(student(0)),
        outcome,
        message: message.map(Into::into),
    };
    let entry = |number: usize, changes| Entry {
        job: Some(job(number)),
        seq: number as u64 * 2,
        at: at(i64::try_from(number).unwrap()),
        by: "t.ruiz on lab-3 as service account Strongroom".into(),
        changes,
        undone_by: None,
        undoes: None,
        elsewhere: None,
    };
    let made = Changed {
        what: What::Made(None),
        student: Some(student(9)),
        outcome: "failed",
        message: Some("403".into()),
    };
    let granted = access(Some(Permissions::NONE), set(Level::Read), "done", None);
    let back = access(set(Level::Read), Some(Permissions::NONE), "done", None);
    vec![
        Entry { undone_by: Some(job(3)), ..entry(1, vec![granted]) },
        entry(2, vec![made, access(None, None, "unknown", Some("no answer came"))]),
        Entry { undoes: Some(job(1)), ..entry(3, vec![back]) },
    ]
}

/// Somebody of whom 1Password tells.
pub(crate) fn reporter(name: &str) -> Actor {
    Actor { id: Some(person(700)), name: name.into(), email: Some(Untrusted::new("dana.ruiz@example.edu")) }
}

/// What was made elsewhere, after the jobs of [`history`]: two changes at a time.
pub(crate) fn elsewhere(actor: &str, who: &str) -> Entry {
    let change = |words: String| Changed {
        what: What::Reported { who: Some(who.into()), group: None, words: words.as_str().into() },
        student: Some(student(0)),
        outcome: "done",
        message: None,
    };
    Entry {
        job: None,
        seq: 0,
        at: at(4),
        by: actor.into(),
        changes: vec![change(format!("gave {who} access")), change(format!("took the access of {who} away"))],
        undone_by: None,
        undoes: None,
        elsewhere: Some(reporter(actor)),
    }
}

/// The ways of [`holders`], the first of them as 1Password reports it.
pub(crate) fn reported_holders(of: usize, actor: &str) -> Vec<Holder> {
    let mut all = holders(of);
    let path = &mut all[1].paths[0];
    path.since = Some(at(-300));
    path.by = Some(format!("given by {actor} ({}), as 1Password reports", person(700)).as_str().into());
    path.actor = Some(reporter(actor));
    path.named = vec![reporter(actor)];
    all
}

/// An arrival of which it is reported who made it, and with which program.
pub(crate) fn reported(mut arrival: Arrival, actor: &str) -> Arrival {
    arrival.actor = Some(reporter(actor));
    arrival.client = Some(Client {
        app: "1Password CLI".into(),
        version: "2.31.0".into(),
        platform: "".into(),
        os: "Linux".into(),
        address: "203.0.113.77".into(),
    });
    arrival
}
