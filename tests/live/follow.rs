//! One program watches, the others read along and take over.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::fs;
use std::time::Duration;

use jiff::Timestamp;
use strongroom::domain::arrival::Arrival;
use strongroom::domain::query::{Role, WatchReport};
use strongroom::watch::{Live, Watch};

use crate::support::{Desk, Fixture};
use crate::{class, hand_in};

async fn step(live: &mut Live) -> Vec<WatchReport> {
    let mut reports = Vec::new();
    live.step(Timestamp::now(), |report| reports.push(report)).await;
    assert!(reports.iter().all(|report| report.fault.is_none()), "{reports:?}");
    reports
}

async fn told(live: &mut Live) -> Vec<Arrival> {
    step(live).await.into_iter().flat_map(|report| report.arrivals).collect()
}

/// A program of its own: another connection to the same store.
fn program(fixture: &Fixture, what: &str) -> (Desk, Live) {
    let desk = fixture.desk("one");
    let live = Live::new(Watch::new(desk.queries.clone(), 0), what);
    (desk, live)
}

fn role(reports: &[WatchReport]) -> Option<Role> {
    reports.last().unwrap().role.clone()
}

#[tokio::test]
async fn a_follower_tells_what_the_watcher_finds_and_sends_nothing() {
    let (fixture, desk, people) = class(2).await;
    let (_one, mut watcher) = program(&fixture, "dashboard");
    let (_two, mut follower) = program(&fixture, "watch");
    let (_three, mut another) = program(&fixture, "watch");
    assert_eq!(role(&step(&mut watcher).await), Some(Role::Watching));
    let Some(Role::Following { watcher: who, looked_at }) = role(&step(&mut follower).await) else {
        panic!("there are two watchers");
    };
    assert!(who.as_str().starts_with("dashboard, pid ") && looked_at.is_some(), "{who} {looked_at:?}");
    step(&mut another).await;
    for round in 0..3 {
        hand_in(&fixture, &desk, "s001", &people[1].1, &format!("hw{round}")).await;
        let found = told(&mut watcher).await;
        let before = fixture.requests().await.0;
        let reports = step(&mut follower).await;
        assert!(reports.iter().any(|report| report.settled == [desk.vault("s001")]), "{reports:?}");
        let read: Vec<Arrival> = reports.into_iter().flat_map(|report| report.arrivals).collect();
        assert_eq!((read, told(&mut another).await), (found.clone(), found));
        assert_eq!(fixture.requests().await.0, before, "a follower asks nothing of the service");
    }
    let quiet = step(&mut follower).await;
    assert_eq!(quiet, [WatchReport::nothing(quiet[0].at)], "nothing new is nothing told");
    assert!(!follower.is_watching() && watcher.is_watching());
}

#[tokio::test]
async fn a_follower_takes_over_where_the_watcher_was_with_nothing_twice_and_nothing_missed() {
    let (fixture, desk, people) = class(2).await;
    let (_one, mut first) = program(&fixture, "dashboard");
    let (_two, mut second) = program(&fixture, "watch");
    step(&mut first).await;
    step(&mut second).await;
    let mut pulse = second.pulse();
    assert!(!pulse.borrow_and_update().watching);
    hand_in(&fixture, &desk, "s000", &people[0].1, "one").await;
    assert_eq!(told(&mut first).await.len(), 1);
    // What the follower has not read, and what nobody has found.
    hand_in(&fixture, &desk, "s001", &people[1].1, "two").await;
    drop(first);
    let reports = step(&mut second).await;
    assert_eq!(role(&reports), Some(Role::Watching));
    let seqs: Vec<u64> = reports.iter().flat_map(|report| &report.arrivals).map(|a| a.seq).collect();
    assert_eq!(seqs, [1, 2]);
    let pulse = *pulse.borrow_and_update();
    assert_eq!((pulse.watching, pulse.seq), (true, 2));
    assert_eq!(told(&mut second).await, []);
}

#[tokio::test]
async fn whoever_pauses_lets_another_watch_and_follows_when_it_goes_on() {
    let (fixture, desk, people) = class(1).await;
    let (_one, mut paused) = program(&fixture, "dashboard");
    let (_two, mut other) = program(&fixture, "watch");
    step(&mut paused).await;
    paused.rest().unwrap();
    assert_eq!(role(&step(&mut other).await), Some(Role::Watching));
    hand_in(&fixture, &desk, "s000", &people[0].1, "one").await;
    assert_eq!(told(&mut other).await.len(), 1);
    assert_eq!(told(&mut paused).await.len(), 1, "as a follower");
    assert!(!paused.is_watching());
    other.rest().unwrap();
    hand_in(&fixture, &desk, "s000", &people[0].1, "two").await;
    let found = told(&mut paused).await;
    assert_eq!((found.len(), found[0].seq, paused.is_watching()), (1, 2, true));
    assert_eq!(told(&mut other).await.len(), 1);
}

#[tokio::test]
async fn a_lock_file_that_is_taken_away_makes_no_second_watcher_for_longer_than_a_beat() {
    let (fixture, desk, people) = class(1).await;
    let (_one, mut first) = program(&fixture, "dashboard");
    let (_two, mut second) = program(&fixture, "watch");
    step(&mut first).await;
    fs::remove_file(fixture.folder.path().join("one/watch.lock")).unwrap();
    step(&mut second).await;
    hand_in(&fixture, &desk, "s000", &people[0].1, "one").await;
    assert_eq!(told(&mut first).await, [], "it knows that it is the watcher no more");
    assert!(!first.is_watching() && second.is_watching());
    assert_eq!(told(&mut second).await.len(), 1);
    assert_eq!(told(&mut first).await.len(), 1);
}

#[tokio::test]
async fn a_follower_tells_of_rows_that_changed_and_not_of_a_watcher_that_goes_on_looking() {
    let (fixture, desk, _) = class(1).await;
    let (_one, mut watcher) = program(&fixture, "watch");
    let (_two, mut follower) = program(&fixture, "dashboard");
    let now = Timestamp::now();
    step(&mut watcher).await;
    step(&mut follower).await;
    for beat in 1..=4 {
        watcher.step(now + Duration::from_secs(20 * beat), |_| {}).await;
        let reports = step(&mut follower).await;
        assert!(reports.iter().all(|report| !report.stale), "{reports:?}");
    }
    fixture.enrol("late");
    fixture.person("late").await;
    let again = fixture.desk("one");
    again.provision().await;
    assert!(step(&mut follower).await.last().unwrap().stale);
    assert_eq!(desk.queries.store.bindings().unwrap().len(), 2);
}
