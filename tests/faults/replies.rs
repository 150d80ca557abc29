//! Answers that are late, lost, refused or none: the symptom, and what really happened.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::raw::{ask, get};
use crate::support::Fixture;

/// The same question at both doors.
const LISTS: [&str; 2] = ["/v1/vaults", "/sandbox/v1/vaults"];

async fn create(fixture: &Fixture, name: &str) -> crate::raw::Seen {
    ask(fixture, "POST", "/sandbox/v1/vaults", &json!({ "name": name }), usize::MAX).await
}

#[tokio::test]
async fn delay_answers_as_ever_but_later() {
    let fixture = Fixture::new().await;
    fixture.make("one").await;
    fixture.plan(1, json!([{ "fault": "delay", "delay_ms": 200 }])).await;
    for path in LISTS {
        let began = Instant::now();
        let seen = get(&fixture, path).await;
        assert!(began.elapsed() >= Duration::from_millis(200));
        assert_eq!((seen.status(), &seen.json()[0]["name"]), (200, &json!("one")));
    }
    assert_eq!(fixture.injected().await, 2);
}

#[tokio::test]
async fn hang_says_nothing_until_the_client_leaves_or_the_longest_time_is_over() {
    let fixture = Fixture::new().await;
    fixture.plan(1, json!([{ "fault": "hang" }])).await;
    for path in LISTS {
        let waiting = tokio::time::timeout(Duration::from_millis(300), get(&fixture, path));
        assert!(waiting.await.is_err());
    }
    fixture.plan(1, json!([{ "fault": "hang", "delay_ms": 100 }])).await;
    assert!(get(&fixture, "/v1/vaults").await.is_nothing());
    assert!(create(&fixture, "one").await.is_nothing());
    assert_eq!(fixture.vaults_made(), 0);
}

#[tokio::test]
async fn refusals_come_in_their_forms_and_nothing_happens() {
    let fixture = Fixture::new().await;
    let rules = json!([
        { "fault": "rate-limit", "retry_after_s": 7, "times": 1 }, { "fault": "rate-limit-bare", "times": 1 },
        { "fault": "server-error", "times": 1 }, { "fault": "gateway", "times": 1 },
    ]);
    for path in [Some(LISTS[0]), Some(LISTS[1]), None] {
        fixture.plan(1, rules.clone()).await;
        let mut seen = Vec::new();
        for _ in 0..4 {
            seen.push(match path {
                Some(path) => get(&fixture, path).await,
                None => create(&fixture, "one").await,
            });
        }
        let heads: Vec<_> = seen.iter().map(|seen| (seen.status(), seen.header("retry-after"))).collect();
        assert_eq!(heads, [(429, Some("7".to_owned())), (429, None), (500, None), (502, None)]);
        for json in &seen[..3] {
            assert_eq!(json.json()["status"], json.status());
            assert!(json.json()["message"].as_str().unwrap().len() > 10);
        }
        assert_eq!(seen[3].header("content-type").unwrap(), "text/html; charset=utf-8");
        assert!(String::from_utf8_lossy(&seen[3].body).contains("<h1>502 Bad Gateway</h1>"));
    }
    assert_eq!(fixture.vaults_made(), 0);
}

#[tokio::test]
async fn a_lost_reply_closes_the_line_and_the_change_has_happened() {
    let fixture = Fixture::new().await;
    let vault = fixture.make("old").await;
    fixture.plan(1, json!([{ "fault": "lost-reply" }])).await;
    assert!(create(&fixture, "one").await.is_nothing());
    let upload = format!("/sandbox/v1/vaults/{vault}/files?name=a.txt&title=a");
    assert!(ask(&fixture, "POST", &upload, &json!({ "some": "bytes" }), usize::MAX).await.is_nothing());
    let note = json!({ "title": "n", "category": "SECURE_NOTE", "vault": { "id": vault } });
    let path = format!("/v1/vaults/{vault}/items");
    assert!(ask(&fixture, "POST", &path, &note, usize::MAX).await.is_nothing());
    assert!(get(&fixture, "/v1/vaults").await.is_nothing());
    assert_eq!(fixture.vaults_made(), 2);
    assert_eq!(fixture.happened("item.create").len(), 2, "{:?}", fixture.happened("item.create"));
}

#[tokio::test]
async fn a_late_change_happens_after_its_answer_was_lost() {
    let fixture = Fixture::new().await;
    let vault = fixture.make("old").await;
    let delay = Duration::from_millis(1_500);
    fixture.plan(1, json!([{ "fault": "late", "delay_ms": 1_500 }])).await;
    let began = Instant::now();
    let upload = format!("/sandbox/v1/vaults/{vault}/files?name=a.txt&title=a");
    let bytes = json!({ "some": "bytes" });
    let (made, sent) =
        tokio::join!(create(&fixture, "one"), ask(&fixture, "POST", &upload, &bytes, usize::MAX));
    assert!(made.is_nothing() && sent.is_nothing());
    let early = (fixture.vaults_made(), fixture.happened("item.create").len());
    assert!(began.elapsed() >= delay || early == (1, 0), "{early:?}");
    // Reads are not befallen; the list is asked for until the vault is there.
    let there = async {
        while get(&fixture, "/v1/vaults").await.json().as_array().unwrap().len() < 2
            || fixture.happened("item.create").is_empty()
        {}
    };
    tokio::time::timeout(crate::raw::LONGEST, there).await.unwrap();
    assert!(began.elapsed() >= delay);
    assert_eq!((fixture.vaults_made(), fixture.injected().await), (2, 2));
}

#[tokio::test]
async fn a_stale_answer_is_an_earlier_one_of_the_same_request_and_token() {
    let fixture = Fixture::new().await;
    fixture.plan(1, json!([{ "fault": "stale", "from": 2 }])).await;
    for path in LISTS {
        let before = get(&fixture, path).await.json();
        assert_eq!(get(&fixture, path).await.json(), before, "the first repetition is not befallen");
        fixture.make(&format!("new at {}", path.len())).await;
        assert_eq!(get(&fixture, path).await.json(), before);
        let admin = fixture.admin();
        let (_, own) = fixture.get(path, &admin).await;
        assert_ne!(own, before, "somebody else asked for the first time");
        fixture.plan(1, json!([{ "fault": "stale", "from": 2 }])).await;
        assert_ne!(get(&fixture, path).await.json(), before, "another plan remembers nothing");
    }
}

#[tokio::test]
async fn a_refusal_is_not_what_a_stale_answer_repeats() {
    let fixture = Fixture::new().await;
    let vault = fixture.make("one").await;
    fixture.plan(1, json!([{ "fault": "gateway", "times": 1 }, { "fault": "stale" }])).await;
    let path = format!("/v1/vaults/{vault}");
    let statuses = [get(&fixture, &path).await, get(&fixture, &path).await, get(&fixture, &path).await];
    assert_eq!(statuses.map(|seen| seen.status()), [502, 200, 200]);
    let missing = get(&fixture, "/v1/vaults/sbxvaultvaultvaultvault000").await.status();
    let told = fixture.told().await;
    assert_eq!((missing, &told["rules"][1]), (403, &json!({ "matched": 1, "injected": 1 })));
    assert_eq!(told["log"][1]["fault"], Value::from("stale"));
}
