//! The live view over a real sandbox, beat by beat; time is an argument.

#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "live/behind.rs"]
mod behind;
#[path = "live/daily.rs"]
mod daily;
#[path = "live/deadline.rs"]
mod deadline;
#[path = "live/follow.rs"]
mod follow;
#[path = "live/line.rs"]
mod line;
#[path = "live/observed.rs"]
mod observed;
#[path = "live/restored.rs"]
mod restored;
mod support;
#[path = "live/takeover.rs"]
mod takeover;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::Timestamp;
use line::Line;
use reqwest::Method;
use serde_json::Value;
use strongroom::domain::arrival::{Arrival, ArrivalKind, By};
use strongroom::domain::fault::{Fault, Kind};
use strongroom::domain::query::WatchReport;
use strongroom::watch::Watch;
use support::{Desk, Fixture, word};

/// A class of so many students with vaults, and their ids and tokens.
async fn class(students: usize) -> (Fixture, Desk, Vec<(String, String)>) {
    let fixture = Fixture::new().await;
    let people = fixture.students(students).await;
    let desk = fixture.desk("one");
    assert_eq!(desk.provision().await.fault, None);
    (fixture, desk, people)
}

/// A live view of a class behind a line of its own.
fn behind_a_line(fixture: &Fixture) -> (Arc<Line>, Watch) {
    let line = Arc::new(Line::new(fixture));
    let watch = Watch::new(fixture.desk_with("one", line.clone()).queries, 0);
    (line, watch)
}

/// A moment of a day in the past, in seconds from its begin.
fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

/// A beat of that moment that goes well: what arrived.
async fn look(watch: &mut Watch, second: i64) -> Vec<Arrival> {
    let mut arrivals = Vec::new();
    watch
        .step(at(second), |report| {
            assert_eq!(report.fault, None);
            arrivals.extend(report.arrivals);
        })
        .await;
    arrivals
}

/// What the alarms of a program are about.
fn alarms(desk: &Desk) -> Vec<String> {
    desk.queries.store.alarms().unwrap().into_iter().map(|alarm| alarm.subject).collect()
}

async fn beat(watch: &mut Watch) -> Vec<WatchReport> {
    let mut reports = Vec::new();
    watch.step(Timestamp::now(), |report| reports.push(report)).await;
    reports
}

async fn news(watch: &mut Watch) -> Vec<Arrival> {
    let reports = beat(watch).await;
    assert!(reports.iter().all(|report| report.fault.is_none()), "{reports:?}");
    reports.into_iter().flat_map(|report| report.arrivals).collect()
}

fn kinds(arrivals: &[Arrival]) -> Vec<(ArrivalKind, &str)> {
    arrivals.iter().map(|arrival| (arrival.kind, arrival.student.key.as_str())).collect()
}

async fn hand_in(fixture: &Fixture, desk: &Desk, student: &str, token: &str, name: &str) -> Value {
    fixture.upload(desk.vault(student).as_str(), &format!("?name={name}&title={name}"), token, b"bytes").await
}

#[tokio::test]
async fn an_upload_is_announced_once_with_its_student_and_files() {
    let (fixture, desk, people) = class(3).await;
    hand_in(&fixture, &desk, "s000", &people[0].1, "early.pdf").await;
    let mut watch = Watch::new(desk.queries.clone(), 0);
    assert_eq!(news(&mut watch).await, [], "the first look announces nothing");
    hand_in(&fixture, &desk, "s001", &people[1].1, "hw1.pdf").await;
    let arrivals = news(&mut watch).await;
    assert_eq!(kinds(&arrivals), [(ArrivalKind::New, "s001")]);
    let arrival = &arrivals[0];
    assert_eq!((arrival.seq, arrival.by, arrival.files.len()), (1, By::Student, 1));
    assert_eq!((arrival.files[0].name.raw(), arrival.files[0].size), ("hw1.pdf", 5));
    assert_eq!(arrival.student.user_id.as_ref().unwrap().as_str(), people[1].0);
    assert_eq!(news(&mut watch).await, []);
}

#[tokio::test]
async fn updates_archiving_and_deleting_are_told_apart() {
    let (fixture, desk, people) = class(1).await;
    let mut watch = Watch::new(desk.queries.clone(), 0);
    news(&mut watch).await;
    let (token, vault) = (people[0].1.as_str(), desk.vault("s000"));
    let one = word(&hand_in(&fixture, &desk, "s000", token, "one").await["id"]);
    let two = word(&hand_in(&fixture, &desk, "s000", token, "two").await["id"]);
    assert_eq!(news(&mut watch).await.len(), 2);
    fixture.upload(vault.as_str(), &format!("?name=one&item={one}"), token, b"longer bytes").await;
    let updated = news(&mut watch).await;
    assert_eq!(kinds(&updated), [(ArrivalKind::Updated, "s000")]);
    assert_eq!((updated[0].item.version, updated[0].files[0].size), (2, 12));
    let path = format!("/sandbox/v1/vaults/{vault}/items/{one}/archive");
    fixture.posted(&path, token, Value::Null).await;
    assert_eq!(kinds(&news(&mut watch).await), [(ArrivalKind::Removed, "s000")]);
    let path = format!("/v1/vaults/{vault}/items/{two}");
    assert_eq!(fixture.call(Method::DELETE, &path, &fixture.service(), Value::Null).await.0, 204);
    let removed = news(&mut watch).await;
    assert_eq!((kinds(&removed), removed[0].by), (vec![(ArrivalKind::Removed, "s000")], By::Unknown));
    assert_eq!(removed[0].seq, 5);
}

#[tokio::test]
async fn what_happened_while_nobody_looked_is_found() {
    let (fixture, desk, people) = class(2).await;
    news(&mut Watch::new(desk.queries.clone(), 0)).await;
    hand_in(&fixture, &desk, "s001", &people[1].1, "night.pdf").await;
    let mut later = Watch::new(fixture.desk("one").queries, 0);
    assert_eq!(kinds(&news(&mut later).await), [(ArrivalKind::New, "s001")]);
}

#[tokio::test]
async fn a_list_that_lags_behind_removes_nothing_and_hides_nothing() {
    let (fixture, desk, people) = class(1).await;
    let (line, mut watch) = behind_a_line(&fixture);
    news(&mut watch).await;
    line.lag(&desk.vault("s000")).await;
    hand_in(&fixture, &desk, "s000", &people[0].1, "hw1.pdf").await;
    assert_eq!(kinds(&news(&mut watch).await), [(ArrivalKind::New, "s000")], "not hidden");
    line.lag(&desk.vault("s000")).await;
    hand_in(&fixture, &desk, "s000", &people[0].1, "hw2.pdf").await;
    assert_eq!(
        kinds(&news(&mut watch).await),
        [(ArrivalKind::New, "s000")],
        "neither removed nor told again"
    );
    assert_eq!(news(&mut watch).await, []);
}

#[tokio::test]
async fn an_interrupted_first_look_announces_nothing_later() {
    let (fixture, desk, people) = class(4).await;
    for (number, (_, token)) in people.iter().enumerate() {
        hand_in(&fixture, &desk, &format!("s{number:03}"), token, "old.pdf").await;
    }
    // The first look dies after the first vault that it could read.
    let line = Arc::new(Line::new(&fixture));
    line.fail_items(&desk.vault("s003"));
    line.fail_items(&desk.vault("s002"));
    let mut first = Watch::new(fixture.desk_with("one", line).queries, 0);
    let reports = beat(&mut first).await;
    assert!(reports.last().unwrap().fault.is_some());
    drop(first);
    let mut second = Watch::new(desk.queries.clone(), 0);
    assert_eq!(news(&mut second).await, []);
    hand_in(&fixture, &desk, "s003", &people[3].1, "new.pdf").await;
    assert_eq!(kinds(&news(&mut second).await), [(ArrivalKind::New, "s003")]);
}

#[tokio::test]
async fn a_vault_made_after_the_first_look_announces_its_items() {
    let (fixture, desk, _) = class(1).await;
    let mut watch = Watch::new(desk.queries.clone(), 0);
    news(&mut watch).await;
    fixture.enrol("late");
    let (_, token) = fixture.person("late").await;
    let desk = fixture.desk("one");
    desk.provision().await;
    hand_in(&fixture, &desk, "late", &token, "hw1.pdf").await;
    assert_eq!(kinds(&news(&mut watch).await), [(ArrivalKind::New, "late")]);
}

#[tokio::test]
async fn a_class_that_had_no_vaults_at_the_first_look_loses_nothing() {
    let fixture = Fixture::new().await;
    let people = fixture.students(2).await;
    let desk = fixture.desk("one");
    let mut watch = Watch::new(desk.queries.clone(), 0);
    assert_eq!(news(&mut watch).await, []);
    desk.provision().await;
    hand_in(&fixture, &desk, "s000", &people[0].1, "first.pdf").await;
    assert_eq!(kinds(&news(&mut watch).await), [(ArrivalKind::New, "s000")]);
}

#[tokio::test]
async fn vaults_that_were_there_before_us_announce_nothing_when_they_are_found_again() {
    let (fixture, desk, people) = class(2).await;
    hand_in(&fixture, &desk, "s000", &people[0].1, "old.pdf").await;
    let anew = fixture.desk("two");
    let mut watch = Watch::new(anew.queries.clone(), 0);
    assert_eq!(news(&mut watch).await, [], "nothing is bound yet");
    anew.provision().await;
    assert_eq!(news(&mut watch).await, [], "what was there at the first look is no news");
    hand_in(&fixture, &desk, "s000", &people[0].1, "new.pdf").await;
    assert_eq!(news(&mut watch).await.len(), 1);
}

#[tokio::test]
async fn an_idle_beat_is_one_request_however_many_vaults_there_are() {
    let (fixture, desk, _) = class(50).await;
    let mut watch = Watch::new(desk.queries.clone(), 0);
    news(&mut watch).await;
    let mut before = fixture.requests().await.0;
    for number in 2..=14 {
        let reports = beat(&mut watch).await;
        assert_eq!(reports.len(), 1, "nothing but the end of the beat is told");
        assert!(!reports[0].stale && reports[0].arrivals.is_empty());
        let now = fixture.requests().await.0;
        assert_eq!(now - before, 1, "beat {number}");
        before = now;
    }
    let (_, counts) = fixture.get("/sandbox/v1/requests", &fixture.admin()).await;
    let of = |counts: &Value, route: &str| {
        let rows = counts["requests"].as_array().unwrap().iter();
        rows.filter(|row| row["route"] == route).map(|row| row["count"].as_u64().unwrap()).sum::<u64>()
    };
    let (vaults, people) = (of(&counts, "/v1/vaults"), of(&counts, "/sandbox/v1/people"));
    beat(&mut watch).await;
    let (_, counts) = fixture.get("/sandbox/v1/requests", &fixture.admin()).await;
    assert_eq!(of(&counts, "/v1/vaults"), vaults, "the fifteenth beat asks for people instead");
    assert_eq!(of(&counts, "/sandbox/v1/people"), people + 1);
}

#[tokio::test]
async fn a_sign_up_is_noticed_by_the_fifteenth_beat() {
    let (fixture, desk, _) = class(1).await;
    let mut watch = Watch::new(desk.queries.clone(), 0);
    for _ in 1..=14 {
        beat(&mut watch).await;
    }
    fixture.person("newcomer").await;
    let reports = beat(&mut watch).await;
    assert!(reports.last().unwrap().stale);
}

#[tokio::test]
async fn two_watchers_at_once_tell_everything_once_and_leave_no_gap() {
    let (fixture, desk, people) = class(8).await;
    let mut one = Watch::new(desk.queries.clone(), 0);
    let mut two = Watch::new(fixture.desk("one").queries, 0);
    tokio::join!(news(&mut one), news(&mut two));
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for round in 0..4 {
        for (number, (_, token)) in people.iter().enumerate() {
            hand_in(&fixture, &desk, &format!("s{number:03}"), token, &format!("hw{round}")).await;
        }
        let (a, b) = tokio::join!(news(&mut one), news(&mut two));
        first.extend(a);
        second.extend(b);
    }
    first.extend(news(&mut one).await);
    second.extend(news(&mut two).await);
    for told in [&first, &second] {
        let seqs: Vec<_> = told.iter().map(|arrival| arrival.seq).collect();
        assert_eq!(seqs, (1..=32).collect::<Vec<_>>());
        let items: HashSet<_> = told.iter().map(|arrival| arrival.item.id.clone()).collect();
        assert_eq!(items.len(), 32);
    }
}

#[tokio::test]
async fn a_vault_that_cannot_be_listed_does_not_stop_the_others() {
    let (fixture, desk, people) = class(3).await;
    let (line, mut watch) = behind_a_line(&fixture);
    news(&mut watch).await;
    for (number, (_, token)) in people.iter().enumerate() {
        hand_in(&fixture, &desk, &format!("s{number:03}"), token, "hw1").await;
    }
    line.fail_items(&desk.vault("s001"));
    let reports = beat(&mut watch).await;
    assert_eq!(reports.last().unwrap().fault.as_ref().map(|fault| fault.kind), Some(Kind::Broken));
    let told: HashSet<_> =
        reports.iter().flat_map(|r| &r.arrivals).map(|a| a.student.key.to_string()).collect();
    assert_eq!(told, ["s000".to_owned(), "s002".to_owned()].into());
    line.mend();
    assert_eq!(kinds(&news(&mut watch).await), [(ArrivalKind::New, "s001")]);
}

#[tokio::test]
async fn a_vault_that_stays_unreadable_is_told_of_once_and_the_fault_stays() {
    let (fixture, desk, people) = class(3).await;
    let (line, mut watch) = behind_a_line(&fixture);
    news(&mut watch).await;
    for (number, (_, token)) in people.iter().enumerate().take(2) {
        hand_in(&fixture, &desk, &format!("s{number:03}"), token, "hw1").await;
    }
    line.fail_items(&desk.vault("s000"));
    line.fail_items(&desk.vault("s001"));
    let first = beat(&mut watch).await;
    assert_eq!(first[0].changed.len(), 2);
    // The fifteenth beat asks for people: it goes well, and the vaults are as unknown as before.
    for number in 3..=16 {
        let reports = beat(&mut watch).await;
        assert_eq!(reports.len(), 1, "beat {number}: {reports:?}");
        assert_eq!(reports[0].fault, first.last().unwrap().fault);
    }
    hand_in(&fixture, &desk, "s001", &people[1].1, "hw2").await;
    assert_eq!(beat(&mut watch).await[0].changed, [desk.vault("s001")], "it has moved further");
    line.mend();
    assert_eq!(news(&mut watch).await.len(), 3);
}

#[tokio::test]
async fn an_item_that_was_just_listed_and_is_not_found_is_looked_at_once_more() {
    let (fixture, desk, people) = class(1).await;
    let (line, mut watch) = behind_a_line(&fixture);
    news(&mut watch).await;
    hand_in(&fixture, &desk, "s000", &people[0].1, "hw1").await;
    *line.lost.lock().unwrap() = Some((Fault::new(Kind::NotFound, "not there yet"), 1));
    assert_eq!(news(&mut watch).await, [], "without its files it is no news yet");
    let arrivals = news(&mut watch).await;
    assert_eq!((kinds(&arrivals), arrivals[0].files.len()), (vec![(ArrivalKind::New, "s000")], 1));
    assert_eq!(news(&mut watch).await, []);
}

#[tokio::test]
async fn an_item_whose_detail_never_comes_is_announced_without_files_in_the_end() {
    for kind in [Kind::NotFound, Kind::Denied, Kind::Broken] {
        let (fixture, desk, people) = class(1).await;
        let (line, mut watch) = behind_a_line(&fixture);
        news(&mut watch).await;
        hand_in(&fixture, &desk, "s000", &people[0].1, "hw1").await;
        *line.lost.lock().unwrap() = Some((Fault::new(kind, "this item cannot be read"), usize::MAX));
        let mut arrivals = Vec::new();
        for _ in 0..6 {
            arrivals.extend(beat(&mut watch).await.into_iter().flat_map(|report| report.arrivals));
        }
        assert_eq!(kinds(&arrivals), [(ArrivalKind::New, "s000")], "{kind:?}");
        assert_eq!(arrivals[0].files, [], "{kind:?}");
        let left = usize::MAX - line.lost.lock().unwrap().as_ref().unwrap().1;
        assert!(left <= 5, "{kind:?} was asked for {left} times");
    }
}

#[tokio::test]
async fn what_was_read_before_a_fault_is_announced_and_the_rest_later_also_by_another_program() {
    let (fixture, desk, people) = class(1).await;
    let (line, mut watch) = behind_a_line(&fixture);
    news(&mut watch).await;
    for name in ["one", "two", "three"] {
        hand_in(&fixture, &desk, "s000", &people[0].1, name).await;
    }
    line.cut_after_items(2);
    let reports = beat(&mut watch).await;
    assert_eq!(reports.last().unwrap().fault.as_ref().map(|fault| fault.kind), Some(Kind::Unreachable));
    assert!(reports.iter().all(|report| report.settled.is_empty()), "one item is not known yet");
    let first: Vec<_> = reports.into_iter().flat_map(|report| report.arrivals).collect();
    assert_eq!(first.len(), 2);
    assert!(first.iter().all(|arrival| arrival.files.len() == 1));
    line.mend();
    let mut later = Watch::new(fixture.desk("one").queries, first[1].seq);
    let rest = news(&mut later).await;
    assert_eq!((rest.len(), rest[0].files.len()), (1, 1));
    assert_eq!(kinds(&news(&mut watch).await), kinds(&rest), "the same one, out of the journal");
    assert_eq!((news(&mut later).await, news(&mut watch).await), (Vec::new(), Vec::new()));
}

#[tokio::test]
async fn a_listing_that_was_overtaken_takes_nothing_back() {
    let (fixture, desk, people) = class(1).await;
    let (slow_line, fast_line) = (Arc::new(Line::new(&fixture)), Arc::new(Line::new(&fixture)));
    let mut slow = Watch::new(fixture.desk_with("one", slow_line.clone()).queries, 0);
    let mut fast = Watch::new(fixture.desk_with("one", fast_line.clone()).queries, 0);
    news(&mut slow).await;
    news(&mut fast).await;
    hand_in(&fixture, &desk, "s000", &people[0].1, "one").await;
    // Both hear of the same version. The fast one begins first, but the slow one lists first: it
    // misses what arrives before the fast one lists, and takes its list over last.
    let heard = fast_line.hold("vaults");
    let fast = tokio::spawn(async move { (news(&mut fast).await, fast) });
    heard.reached.notified().await;
    let listed = slow_line.hold("items");
    let slow = tokio::spawn(async move { (news(&mut slow).await, slow) });
    listed.reached.notified().await;
    hand_in(&fixture, &desk, "s000", &people[0].1, "two").await;
    heard.go_on.notify_one();
    let (told, mut fast) = fast.await.unwrap();
    assert_eq!(told.len(), 2);
    listed.go_on.notify_one();
    let (told, mut slow) = slow.await.unwrap();
    assert_eq!(kinds(&told), [(ArrivalKind::New, "s000"), (ArrivalKind::New, "s000")]);
    assert_eq!((news(&mut fast).await, news(&mut slow).await), (Vec::new(), Vec::new()));
}

#[tokio::test]
async fn a_fault_is_told_and_the_next_beat_recovers() {
    let (fixture, desk, people) = class(1).await;
    let (line, mut watch) = behind_a_line(&fixture);
    news(&mut watch).await;
    line.down.store(true, Ordering::SeqCst);
    hand_in(&fixture, &desk, "s000", &people[0].1, "hw1").await;
    let reports = beat(&mut watch).await;
    assert_eq!(reports.len(), 1);
    assert_eq!(reports[0].fault.as_ref().map(|fault| fault.kind), Some(Kind::Unreachable));
    line.mend();
    assert_eq!(news(&mut watch).await.len(), 1);
}
