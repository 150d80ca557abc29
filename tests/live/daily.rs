//! The daily full check: whatever content versions say, every vault is listed once a day.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

use std::collections::HashSet;
use std::sync::Arc;

use strongroom::domain::arrival::ArrivalKind;
use strongroom::domain::attention::{Need, Reason};
use strongroom::watch::Watch;

use crate::line::Line;
use crate::{alarms, at, behind_a_line, class, hand_in, kinds, look};

const DAY: i64 = 86_400;

#[tokio::test]
async fn a_vault_whose_version_stands_still_is_found_within_a_day_and_is_an_alarm() {
    let (fixture, desk, people) = class(3).await;
    let (line, mut watch) = behind_a_line(&fixture);
    look(&mut watch, 0).await;
    let silent = desk.vault("s001");
    line.freeze(&silent).await;
    hand_in(&fixture, &desk, "s001", &people[1].1, "hw1").await;
    let (mut told, mut second) = (Vec::new(), 0);
    while told.is_empty() {
        second += 600;
        assert!(second <= DAY, "nobody has noticed it for a day");
        told = look(&mut watch, second).await;
    }
    assert_eq!(kinds(&told), [(ArrivalKind::New, "s001")]);
    assert_eq!((told[0].not_before, told[0].files.len()), (Some(at(0)), 1), "no list told anything of it");
    assert_eq!(alarms(&desk), Vec::<String>::new(), "the list may have come just before the change");
    // One beat in fifteen asks for the people in place of the vaults.
    for later in [600, 1_200] {
        assert_eq!(look(&mut watch, second + later).await, []);
    }
    assert_eq!(alarms(&desk), [format!("version-stood-still:{silent}")]);
}

#[tokio::test]
async fn every_vault_is_listed_once_a_day_one_a_beat_also_over_restarts() {
    let (fixture, desk, people) = class(6).await;
    let line = Arc::new(Line::new(&fixture));
    let queries = fixture.desk_with("one", line.clone()).queries;
    let mut watch = Watch::new(queries.clone(), 0);
    look(&mut watch, 0).await;
    line.listed.lock().unwrap().clear();
    for beat in 1..=3 * 144 {
        let second = beat * 600;
        if beat % 100 == 0 {
            watch = Watch::new(queries.clone(), queries.store.last_seq().unwrap());
        }
        // One of them is busy: it needs no check of its own.
        if beat % 10 == 0 {
            hand_in(&fixture, &desk, "s000", &people[0].1, &format!("hw{beat}")).await;
        }
        let before = line.listed.lock().unwrap().len();
        look(&mut watch, second).await;
        let listed = line.listed.lock().unwrap().len() - before;
        assert!(listed <= 2, "{listed} lists in beat {beat}");
        let oldest = queries.checked_at().await.unwrap().unwrap();
        assert!(at(second).duration_since(oldest).as_secs() <= DAY, "beat {beat}: {oldest}");
    }
    let listed = line.listed.lock().unwrap().clone();
    let others: Vec<_> = listed.iter().filter(|vault| **vault != desk.vault("s000")).collect();
    println!("three days: {} lists, {} of them of five quiet vaults", listed.len(), others.len());
    assert_eq!(others.iter().collect::<HashSet<_>>().len(), 5);
    assert!((15..=21).contains(&others.len()), "{}", others.len());
    assert_eq!(alarms(&desk), Vec::<String>::new());
}

#[tokio::test]
async fn a_long_sleep_or_a_clock_that_jumps_checks_a_few_at_a_time() {
    let (fixture, _desk, _) = class(8).await;
    let (line, mut watch) = behind_a_line(&fixture);
    look(&mut watch, 0).await;
    for (second, most) in [(10 * DAY, 1), (10 * DAY + 1, 1), (-DAY, 1), (1 - DAY, 1)] {
        let before = line.listed.lock().unwrap().len();
        look(&mut watch, second).await;
        let listed = line.listed.lock().unwrap().len() - before;
        assert!(listed <= most, "{listed} at {second}");
    }
}

#[tokio::test]
async fn a_change_between_the_list_and_the_check_is_no_alarm() {
    let (fixture, desk, people) = class(1).await;
    let (line, mut watch) = behind_a_line(&fixture);
    look(&mut watch, 0).await;
    let listed = line.hold("vaults");
    let checking = tokio::spawn(async move { (look(&mut watch, DAY).await, watch) });
    listed.reached.notified().await;
    hand_in(&fixture, &desk, "s000", &people[0].1, "hw1").await;
    listed.go_on.notify_one();
    let (told, mut watch) = checking.await.unwrap();
    assert_eq!(kinds(&told), [(ArrivalKind::New, "s000")]);
    assert_eq!(look(&mut watch, DAY + 1).await, [], "it is told once");
    assert_eq!(alarms(&desk), Vec::<String>::new());
}

#[tokio::test]
async fn who_should_not_be_on_a_vault_is_noticed_within_a_day_by_one_list_a_vault() {
    let (fixture, desk, _) = class(6).await;
    let (mallory, _) = fixture.person("mallory").await;
    let line = Arc::new(Line::new(&fixture));
    let queries = fixture.desk_with("one", line.clone()).queries;
    let mut watch = Watch::new(queries.clone(), 0);
    let needed = || async { queries.attention().await.unwrap().needs };
    let unexpected =
        |needs: &[Need]| needs.iter().filter(|need| need.reason == Reason::UnexpectedAccess).count();
    let (mut second, mut found) = (0, None);
    for day in 0..3 {
        if day == 1 {
            let path = format!("/sandbox/v1/vaults/{}/people/{mallory}", desk.vault("s003"));
            let body = serde_json::json!({ "permissions": ["view_items"] });
            fixture.call(reqwest::Method::PUT, &path, &fixture.admin(), body).await;
        }
        let before = line.lists();
        while second < (day + 1) * DAY {
            look(&mut watch, second).await;
            second += 600;
            if day > 0 && found.is_none() && unexpected(&needed().await) == 1 {
                found = Some(second);
            }
        }
        let lists = line.lists() - before;
        println!("day {day}: {lists} lists of who is on six vaults");
        // Those that were all read at once are spread first.
        let most = if day == 0 { 12 } else { 8 };
        assert!(lists <= most, "{lists} lists of six vaults in a day");
    }
    assert!(found.is_some_and(|found| found <= 2 * DAY), "{found:?}");
}
