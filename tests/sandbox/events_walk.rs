//! The protocol of cursors: whoever walks along a feed meets every record once, in the order of arrival.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use fastrand::Rng;
use jiff::Timestamp;
use serde_json::{Value, json};
use strongroom::sandbox::world::{NewPerson, PersonRow};
use strongroom::sandbox::{Config, serve};
use tokio_util::sync::CancellationToken;

use crate::feeds::{AUDIT, EARLY, Page, USAGES, uuids};
use crate::support::{Bench, login, text, word};

/// People who are added in this process, at a time that need not be the clock's.
fn add(bench: &Bench, count: usize, at: i64) -> Vec<PersonRow> {
    let admin = text(&bench.running.admin);
    let then = Timestamp::from_second(at).unwrap();
    let added = bench.running.world.at(then).write(|turn| {
        let admin = turn.sign_in(&admin)?;
        (0..count)
            .map(|n| {
                let email = format!("p{n}-{at}@example.edu");
                let new = NewPerson { name: format!("p{n}"), email, kind: None, state: None };
                turn.add_person(&admin, &new).map(|(row, _)| row)
            })
            .collect()
    });
    added.unwrap()
}

/// The second at which the clock of a bench begins.
const START: i64 = 1_790_000_000;

/// Who the records of a feed are about.
fn about(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| word(&item["object_uuid"])).collect()
}

#[tokio::test]
async fn with_any_limit_every_record_comes_once_and_in_the_order_of_arrival() {
    let bench = Bench::new().await;
    let token = bench.events().await;
    let people: Vec<String> = add(&bench, 60, START).into_iter().map(|row| row.id.into()).collect();
    for limit in [1, 2, 3, 7, 19, 20, 30, 59, 60, 61, 1_000] {
        let mut asked = json!({ "start_time": EARLY, "limit": limit });
        let mut met = Vec::new();
        loop {
            let page = bench.page(AUDIT, &token, asked).await;
            assert!(page.items.len() <= limit, "{limit}");
            assert!(
                !page.has_more || page.items.len() == limit,
                "{limit}: a page with more behind it is full"
            );
            met.extend(about(&page.items));
            if !page.has_more {
                break;
            }
            asked = json!({ "cursor": page.cursor });
        }
        assert_eq!(met, people, "{limit}");
    }
    let page = bench.page(AUDIT, &token, json!({ "start_time": EARLY })).await;
    assert!(page.items.len() == 60 && !page.has_more, "100 is usual");
}

#[tokio::test]
async fn the_usual_page_has_100_records() {
    let bench = Bench::new().await;
    let token = bench.events().await;
    add(&bench, 101, START);
    let page = bench.page(AUDIT, &token, json!({})).await;
    assert!(page.items.len() == 100 && page.has_more);
    let rest = bench.page(AUDIT, &token, json!({ "cursor": page.cursor })).await;
    assert!(rest.items.len() == 1 && !rest.has_more);
}

#[tokio::test]
async fn records_that_come_during_a_walk_are_met_too_whatever_its_steps() {
    for seed in 0..8 {
        let mut rng = Rng::with_seed(seed);
        let bench = Bench::new().await;
        let token = bench.events().await;
        let (mut made, mut met) = (Vec::new(), Vec::new());
        let mut asked = json!({ "start_time": EARLY, "limit": rng.u32(1..5) });
        for round in 0..40 {
            // At any time: what happened earlier may arrive later.
            let at = START + rng.i64(-100_000..100_000) * 10 + round;
            made.extend(add(&bench, rng.usize(..4), at).into_iter().map(|row| String::from(row.id)));
            let page = bench.page(AUDIT, &token, asked).await;
            met.extend(about(&page.items));
            asked = json!({ "cursor": page.cursor });
        }
        let rest = bench.walk(AUDIT, &token, asked).await;
        met.extend(about(&rest.items));
        assert_eq!(met, made, "{seed}");
        let unique: BTreeSet<_> = met.iter().collect();
        assert_eq!(unique.len(), met.len());
    }
}

#[tokio::test]
async fn the_same_cursor_is_answered_the_same_page() {
    let bench = Bench::new().await;
    let (token, other) = (bench.events().await, bench.events().await);
    add(&bench, 10, START);
    let first = bench.page(AUDIT, &token, json!({ "start_time": EARLY, "limit": 4 })).await;
    let asked = json!({ "cursor": first.cursor });
    let second = bench.page(AUDIT, &token, asked.clone()).await;
    assert_eq!(second.items.len(), 4);
    add(&bench, 3, START - 50);
    for token in [&token, &other] {
        assert_eq!(bench.page(AUDIT, token, asked.clone()).await, second);
    }
    let (_, older) = bench.post("/api/v1/auditevents", &token, asked).await;
    assert_eq!(Page::of(&older).uuids(), second.uuids(), "both versions have the same order and cursors");
    assert_eq!(Page::of(&older).cursor, second.cursor);
}

#[tokio::test]
async fn a_cursor_comes_with_nothing_too_and_finds_what_comes_later() {
    let bench = Bench::new().await;
    let token = bench.events().await;
    let nothing = bench.page(AUDIT, &token, json!({})).await;
    assert!(nothing.items.is_empty() && !nothing.has_more && !nothing.cursor.is_empty());
    let still = bench.page(AUDIT, &token, json!({ "cursor": nothing.cursor })).await;
    assert_eq!(still, nothing);
    let vault = bench.make("v").await;
    bench.pass(10 * 86_400);
    for _ in 0..2 {
        let page = bench.page(AUDIT, &token, json!({ "cursor": nothing.cursor })).await;
        assert_eq!(about(&page.items), std::slice::from_ref(&vault));
    }
}

#[tokio::test]
async fn what_happened_before_the_first_question_is_not_told_though_it_arrives_later() {
    let bench = Bench::new().await;
    let token = bench.events().await;
    let first = bench.page(AUDIT, &token, json!({ "start_time": "2026-09-21T14:00:00Z", "limit": 1 })).await;
    add(&bench, 2, START - 3_600);
    let late: Vec<String> = add(&bench, 2, START - 60).into_iter().map(|row| row.id.into()).collect();
    let rest = bench.walk(AUDIT, &token, json!({ "cursor": first.cursor })).await;
    assert_eq!(about(&rest.items), late);
}

#[tokio::test]
async fn an_end_stays_with_its_cursor() {
    let bench = Bench::new().await;
    let token = bench.events().await;
    add(&bench, 3, START);
    add(&bench, 3, START + 100);
    let asked = json!({ "start_time": EARLY, "end_time": "2026-09-21T14:13:21Z", "limit": 2 });
    let all = bench.walk(AUDIT, &token, asked).await;
    assert_eq!(all.items.len(), 3);
    add(&bench, 1, START + 200);
    assert!(bench.page(AUDIT, &token, json!({ "cursor": all.cursor })).await.items.is_empty());
}

#[tokio::test]
async fn feeds_go_on_by_themselves_and_share_no_record() {
    let bench = Bench::new().await;
    let (token, vault) = (bench.events().await, bench.make("v").await);
    for n in 0..3 {
        bench.post(&format!("/v1/vaults/{vault}/items"), &bench.service(), login(&format!("L{n}"))).await;
    }
    let (audit, usages) = (bench.told(AUDIT, &token).await, bench.told(USAGES, &token).await);
    assert_eq!((audit.len(), usages.len()), (4, 3));
    let all: BTreeSet<_> = uuids(&audit).into_iter().chain(uuids(&usages)).collect();
    assert_eq!(all.len(), 7);
    for uuid in all {
        assert!(uuid.len() == 26 && uuid.starts_with("SBX") && !uuid.contains(char::is_lowercase), "{uuid}");
    }
}

#[tokio::test]
async fn a_cursor_outlives_the_sandbox_that_gave_it() {
    let mut bench = Bench::new().await;
    let token = bench.events().await;
    add(&bench, 5, START);
    let first = bench.page(AUDIT, &token, json!({ "start_time": EARLY, "limit": 2 })).await;
    let asked = json!({ "cursor": first.cursor });
    let before = bench.page(AUDIT, &token, asked.clone()).await;
    let mut again = Config::new(bench.folder.path().join("world"));
    again.clock = std::sync::Arc::new(|| Timestamp::from_second(START).unwrap());
    bench.running.stop().await;
    bench.running = serve(again, CancellationToken::new()).await.unwrap();
    assert_eq!(bench.page(AUDIT, &token, asked).await, before);
    let rest = bench.walk(AUDIT, &token, json!({ "cursor": before.cursor })).await;
    assert_eq!(rest.items.len(), 1, "and the renewal of a token is nobody's doing");
}
