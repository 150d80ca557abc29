//! A large class: 300 students, 10 assignments, 20,000 arrivals.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use strongroom::clock::Clock;
use strongroom::domain::arrival::{ArrivalKind, By, NewArrival};
use strongroom::domain::assignment::Assignment;
use strongroom::domain::class::StudentKey;
use strongroom::domain::directory::{FileMeta, Item, ItemState};
use strongroom::domain::id::{FileId, ItemId, VaultId};
use strongroom::domain::roster::Student;
use strongroom::domain::submission::Standing;
use strongroom::domain::text::{SafeText, Untrusted};
use strongroom::store::{Listing, SeenItem, Store};

use crate::journal;

const STUDENTS: usize = 300;
const ASSIGNMENTS: usize = 10;
const ARRIVALS: usize = 20_000;

fn due(n: usize) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + 604_800 * i64::try_from(n).unwrap()).unwrap()
}

fn assignments() -> Vec<Assignment> {
    let due = |n| due(n).to_zoned(jiff::tz::TimeZone::UTC).datetime();
    (0..ASSIGNMENTS).map(|n| journal::assignment(&format!("hw{n}"), &format!("hw{n} *"), due(n))).collect()
}

fn key(n: usize) -> StudentKey {
    StudentKey::parse(&format!("s{n:04}")).unwrap()
}

fn vault(n: usize) -> VaultId {
    VaultId::parse(&format!("v{n:025}")).unwrap()
}

/// The number `n` of a student's items: for the assignments in turn, of odd students an hour late.
fn item(student: usize, n: usize) -> SeenItem {
    let hour = SignedDuration::from_hours(if student.is_multiple_of(2) { -1 } else { 1 });
    let time = due(n % ASSIGNMENTS) + hour;
    let item = Item {
        id: ItemId::parse(&format!("i{student:04}{n:021}")).unwrap(),
        version: 1,
        state: ItemState::Active,
        title: SafeText::new(&format!("hw{} part {n}.tar.gz", n % ASSIGNMENTS)),
        category: SafeText::new("DOCUMENT"),
        tags: vec![SafeText::new("homework")],
        created_at: Some(time),
        updated_at: Some(time),
        last_edited_by: None,
    };
    let id = FileId::parse(&"f".repeat(26)).unwrap();
    SeenItem { item, files: vec![FileMeta { id, name: Untrusted::new("work.tar.gz"), size: 4_711 }] }
}

fn arrival(student: usize, seen: &SeenItem) -> NewArrival {
    let time = seen.item.created_at.unwrap();
    let looks = [time - SignedDuration::from_secs(21), time + SignedDuration::from_secs(9)];
    let found = journal::arrival(ArrivalKind::New, (key(student), vault(student)), seen, looks);
    NewArrival { by: By::Student, ..found }
}

#[tokio::test]
async fn a_large_class_is_judged_in_a_moment() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("store.db")).unwrap();
    let student = |n: usize| Student {
        key: key(n),
        name: SafeText::new(&format!("Student {n:04}")),
        email: Untrusted::new(format!("s{n}@example.edu")),
    };
    store.enroll(&(0..STUDENTS).map(student).collect::<Vec<_>>()).unwrap();
    store.first_look(&[]).unwrap();
    let now = due(ASSIGNMENTS);
    for n in 0..STUDENTS {
        store.bind(&key(n), &vault(n), "nonce", now).unwrap();
        let count = ARRIVALS / STUDENTS + usize::from(n < ARRIVALS % STUDENTS);
        let items: Vec<SeenItem> = (0..count).map(|at| item(n, at)).collect();
        let news = items.iter().map(|seen| arrival(n, seen)).collect();
        let listing = Listing { version: 1, whole: true, at: now, looks: 0, span: None, fell: false };
        store.settle(&vault(n), listing, |_, _| (items, news)).unwrap();
    }
    assert_eq!(store.last_seq().unwrap(), ARRIVALS as u64);
    let queries = journal::queries(store, assignments(), Clock::real());

    let mut took = Vec::new();
    for _ in 0..5 {
        let began = Instant::now();
        let all = queries.standings().await.unwrap();
        took.push(began.elapsed());
        assert_eq!(all.len(), STUDENTS);
        for (n, (_, report)) in all.iter().enumerate() {
            let expected = if n.is_multiple_of(2) { Standing::OnTime } else { Standing::Late(3_600) };
            assert!(report.verdicts.iter().all(|verdict| verdict.standing == expected), "{n}: {report:?}");
        }
    }
    let began = Instant::now();
    let told = queries.last_arrivals(500).await.unwrap();
    let arrivals = began.elapsed();
    assert!(told.iter().all(|arrival| arrival.assignment.is_some() && arrival.lateness_s.is_some()));
    let first = took[0];
    took.sort();
    assert!(took[0] < first / 2, "the same again is not judged anew: {first:?}, then {took:?}");
    println!(
        "{STUDENTS} students, {ASSIGNMENTS} assignments, {ARRIVALS} arrivals: standings {took:?}; 500 arrivals {arrivals:?}"
    );
    assert!(took[0] < Duration::from_secs(20), "a bound for a slow machine, not the measure: {took:?}");
}
