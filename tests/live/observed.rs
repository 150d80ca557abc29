//! What was observed until when: arrivals are bounded by the last look that did not show them, over
//! restarts, waits and steps of the clock.

#![allow(clippy::unwrap_used, reason = "tests")]

use jiff::{SignedDuration, Timestamp};
use strongroom::domain::arrival::{Arrival, ArrivalKind};
use strongroom::watch::Watch;

use crate::{at, behind_a_line, class, hand_in, kinds};

async fn look(watch: &mut Watch, second: i64) -> Vec<Arrival> {
    let mut arrivals = Vec::new();
    watch.step(at(second), |report| arrivals.extend(report.arrivals)).await;
    arrivals
}

fn bounds(arrivals: &[Arrival]) -> Vec<(Option<i64>, i64)> {
    let second = |time: Timestamp| time.as_second() - at(0).as_second();
    arrivals.iter().map(|found| (found.not_before.map(second), second(found.detected_at))).collect()
}

#[tokio::test]
async fn an_arrival_came_after_the_last_look_that_did_not_show_it() {
    let (fixture, desk, people) = class(2).await;
    let mut watch = Watch::new(desk.queries.clone(), 0);
    for second in [0, 5, 10] {
        assert_eq!(look(&mut watch, second).await, []);
    }
    let item = hand_in(&fixture, &desk, "s000", &people[0].1, "hw1").await;
    let found = look(&mut watch, 15).await;
    assert_eq!((bounds(&found), found[0].changes), (vec![(Some(10), 15)], 1));
    // Three edits between two looks are one arrival that says so.
    let id = item["id"].as_str().unwrap();
    for bytes in ["a", "bb", "ccc"] {
        let query = format!("?name=hw1&item={id}");
        fixture.upload(desk.vault("s000").as_str(), &query, &people[0].1, bytes.as_bytes()).await;
    }
    let found = look(&mut watch, 20).await;
    assert_eq!((bounds(&found), found[0].changes), (vec![(Some(15), 20)], 3));
    assert_eq!(found[0].changes_in_words().unwrap(), "3 changes, latest seen");
    assert_eq!(kinds(&found), [(ArrivalKind::Updated, "s000")]);
}

#[tokio::test]
async fn after_a_restart_it_came_after_the_last_look_that_was_written_down() {
    let (fixture, desk, people) = class(1).await;
    let mut watch = Watch::new(desk.queries.clone(), 0);
    for second in [0, 4, 8, 12, 16] {
        look(&mut watch, second).await;
    }
    // Killed: nothing is written down in the end, and the last seconds are not claimed.
    drop(watch);
    assert_eq!(desk.queries.last_look().await.unwrap(), Some(at(12)));
    hand_in(&fixture, &desk, "s000", &people[0].1, "night").await;
    let desk = fixture.desk("one");
    let mut watch = Watch::new(desk.queries.clone(), 0);
    assert_eq!(bounds(&look(&mut watch, 3_600).await), [(Some(12), 3_600)]);
    assert_eq!(desk.queries.gaps(at(0)).await.unwrap(), [(at(12), at(3_600))]);
}

#[tokio::test]
async fn a_vault_that_waits_to_be_read_is_known_no_longer_than_it_showed_itself_unchanged() {
    let (fixture, desk, people) = class(2).await;
    let (line, mut watch) = behind_a_line(&fixture);
    look(&mut watch, 0).await;
    look(&mut watch, 20).await;
    hand_in(&fixture, &desk, "s000", &people[0].1, "one").await;
    line.fail_items(&desk.vault("s000"));
    for second in [40, 60, 80] {
        assert_eq!(look(&mut watch, second).await, []);
    }
    drop(watch);
    hand_in(&fixture, &desk, "s001", &people[1].1, "two").await;
    let mut watch = Watch::new(fixture.desk("one").queries, 0);
    let mut found = look(&mut watch, 100).await;
    found.sort_by(|a, b| a.student.key.cmp(&b.student.key));
    assert_eq!(bounds(&found), [(Some(20), 100), (Some(80), 100)]);
}

#[tokio::test]
async fn what_was_read_in_part_is_bounded_by_the_look_before_also_after_a_restart() {
    let (fixture, desk, people) = class(1).await;
    let (line, mut watch) = behind_a_line(&fixture);
    look(&mut watch, 0).await;
    look(&mut watch, 20).await;
    for name in ["one", "two"] {
        hand_in(&fixture, &desk, "s000", &people[0].1, name).await;
    }
    line.cut_after_items(1);
    assert_eq!(bounds(&look(&mut watch, 40).await), [(Some(20), 40)]);
    drop(watch);
    let mut watch = Watch::new(fixture.desk("one").queries, 1);
    assert_eq!(bounds(&look(&mut watch, 60).await), [(Some(20), 60)]);
}

#[tokio::test]
async fn steps_of_the_clock_lose_nothing_double_nothing_and_claim_nothing() {
    let (fixture, desk, people) = class(1).await;
    let mut watch = Watch::new(desk.queries.clone(), 0);
    let day = SignedDuration::from_hours(24).as_secs();
    let mut told = Vec::new();
    // Back by a day, to the same second, forward by two days, and back again.
    for (number, second) in [0, 5, 10, 10 - day, 15 - day, 15 - day, 15 + day, 20 + day, 0].iter().enumerate()
    {
        if number > 0 {
            hand_in(&fixture, &desk, "s000", &people[0].1, &format!("hw{number}")).await;
        }
        told.extend(look(&mut watch, *second).await);
    }
    let seqs: Vec<u64> = told.iter().map(|found| found.seq).collect();
    assert_eq!(seqs, (1..=8).collect::<Vec<_>>());
    assert!(told.iter().all(|found| found.not_before.is_none_or(|bound| bound <= found.detected_at)));
    let expected = [
        (Some(0), 5),
        (Some(5), 10),
        (None, 10 - day),
        (Some(10 - day), 15 - day),
        (Some(15 - day), 15 - day),
        (Some(15 - day), 15 + day),
        (Some(15 + day), 20 + day),
        (None, 0),
    ];
    assert_eq!(bounds(&told), expected);
    // A restart with a clock behind what is written down.
    let mut watch = Watch::new(fixture.desk("one").queries, 8);
    hand_in(&fixture, &desk, "s000", &people[0].1, "late").await;
    assert_eq!(bounds(&look(&mut watch, -5).await), [(None, -5)]);
}

#[tokio::test]
async fn a_pause_is_a_gap_and_a_beat_that_is_missed_is_none() {
    let (fixture, desk, _) = class(1).await;
    let (line, mut watch) = behind_a_line(&fixture);
    let gaps = async || desk.queries.gaps(at(0)).await.unwrap();
    look(&mut watch, 0).await;
    line.down.store(true, std::sync::atomic::Ordering::SeqCst);
    look(&mut watch, 10).await;
    line.mend();
    look(&mut watch, 20).await;
    assert_eq!(gaps().await, []);
    line.down.store(true, std::sync::atomic::Ordering::SeqCst);
    for second in (30..600).step_by(30) {
        look(&mut watch, second).await;
    }
    line.mend();
    look(&mut watch, 600).await;
    assert_eq!(gaps().await, [(at(20), at(600))]);
    // The machine sleeps.
    look(&mut watch, 7_800).await;
    assert_eq!(gaps().await, [(at(20), at(600)), (at(600), at(7_800))]);
    assert_eq!(desk.queries.gaps(at(700)).await.unwrap(), [(at(700), at(7_800))]);
}
