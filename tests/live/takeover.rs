//! Whoever takes over looks, whatever else fails; whoever lost the lease writes nothing.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use strongroom::domain::query::WatchReport;
use strongroom::watch::{Live, Watch};

use crate::line::Line;
use crate::{at, class, hand_in};

async fn step(live: &mut Live, second: i64) -> Vec<WatchReport> {
    let mut reports = Vec::new();
    live.step(at(second), |report| reports.push(report)).await;
    reports
}

#[tokio::test]
async fn whoever_takes_over_looks_also_while_the_people_cannot_be_listed() {
    let (fixture, desk, people) = class(1).await;
    let line = Arc::new(Line::new(&fixture));
    let mut first = Live::new(Watch::new(desk.queries.clone(), 0), "watch");
    let mut second = Live::new(Watch::new(fixture.desk_with("one", line.clone()).queries, 0), "dashboard");
    step(&mut first, 0).await;
    step(&mut second, 1).await;
    drop(first);
    line.nobody.store(true, Ordering::SeqCst);
    hand_in(&fixture, &desk, "s000", &people[0].1, "hw1").await;
    let reports = step(&mut second, 2).await;
    assert!(second.is_watching());
    assert_eq!(reports.iter().map(|report| report.arrivals.len()).sum::<usize>(), 1);
    let fault = reports.last().unwrap().fault.clone().unwrap();
    assert_eq!(fault.message.as_str(), "the people cannot be listed", "and that is told");
    line.nobody.store(false, Ordering::SeqCst);
    assert_eq!(step(&mut second, 3).await.last().unwrap().fault, None);
}

#[tokio::test]
async fn whoever_lost_the_lease_leaves_what_the_new_watcher_wrote() {
    let (fixture, desk, people) = class(1).await;
    let line = Arc::new(Line::new(&fixture));
    let mut first = Live::new(Watch::new(desk.queries.clone(), 0), "watch");
    let mut second = Live::new(Watch::new(fixture.desk_with("one", line.clone()).queries, 0), "dashboard");
    step(&mut first, 0).await;
    step(&mut first, 5).await;
    let vault = desk.vault("s000");
    line.fail_items(&vault);
    hand_in(&fixture, &desk, "s000", &people[0].1, "hw1").await;
    fs::remove_file(fixture.folder.path().join("one/watch.lock")).unwrap();
    step(&mut second, 6).await;
    let waits = || desk.queries.store.seen_vaults().unwrap()[&vault].known_until;
    let known = waits();
    assert!(known.flatten().is_some(), "the vault waits to be read: {known:?}");
    step(&mut first, 7).await;
    assert!(!first.is_watching() && second.is_watching());
    assert_eq!(waits(), known);
}
