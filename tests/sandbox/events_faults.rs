//! What goes wrong at the Events door on purpose, and that a follower who keeps to the protocol misses nothing.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::feeds::{AUDIT, EARLY, USAGES, error};
use crate::support::{Bench, word};

impl Bench {
    async fn plan(&self, seed: u64, rules: Value) {
        let plan = json!({ "seed": seed, "rules": rules });
        let (status, told) = self.put("/sandbox/v1/faults", &self.admin(), plan).await;
        assert_eq!(status, 200, "{told}");
    }

    /// How often each rule of the plan befell somebody.
    async fn tally(&self) -> Vec<u64> {
        let (_, told) = self.get("/sandbox/v1/faults", &self.admin()).await;
        told["rules"].as_array().unwrap().iter().map(|rule| rule["injected"].as_u64().unwrap()).collect()
    }

    /// Changes that are told: groups.
    async fn happen(&self, count: usize, name: &str) -> Vec<String> {
        let mut groups = Vec::new();
        for n in 0..count {
            let body = json!({ "name": format!("{name}{n}") });
            groups.push(word(&self.post("/sandbox/v1/groups", &self.admin(), body).await.1["id"]));
        }
        groups
    }
}

fn about(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| word(&item["object_uuid"])).collect()
}

fn start(limit: usize) -> Value {
    json!({ "start_time": EARLY, "limit": limit })
}

#[tokio::test]
async fn a_page_comes_twice_and_then_the_right_one() {
    let bench = Bench::new().await;
    let token = bench.events().await;
    let groups = bench.happen(6, "g").await;
    bench.plan(1, json!([{ "fault": "duplicate-page", "route": AUDIT, "times": 1 }])).await;
    let first = bench.page(AUDIT, &token, start(3)).await;
    assert_eq!(bench.tally().await, [0], "before the first page there is none");
    let again = bench.page(AUDIT, &token, json!({ "cursor": first.cursor })).await;
    assert_eq!(again.items, first.items);
    assert!(again.has_more && again.cursor != first.cursor);
    let second = bench.page(AUDIT, &token, json!({ "cursor": again.cursor })).await;
    assert_eq!(about(&second.items), groups[3..]);
    assert_eq!(bench.tally().await, [1]);
}

#[tokio::test]
async fn a_cursor_is_repeated_and_the_page_comes_again_until_it_is_not() {
    let bench = Bench::new().await;
    let token = bench.events().await;
    bench.happen(6, "g").await;
    bench.plan(1, json!([{ "fault": "repeated-cursor", "times": 2 }])).await;
    let first = bench.page(AUDIT, &token, start(3)).await;
    let asked = json!({ "cursor": first.cursor });
    for _ in 0..2 {
        let page = bench.page(AUDIT, &token, asked.clone()).await;
        assert_eq!((page.items.len(), &page.cursor), (3, &first.cursor));
    }
    let page = bench.page(AUDIT, &token, asked).await;
    assert_ne!(page.cursor, first.cursor);
    assert_eq!(bench.tally().await, [2]);
    // An empty page repeats its cursor anyway: nothing went wrong.
    bench.plan(1, json!([{ "fault": "repeated-cursor" }])).await;
    bench.page(AUDIT, &token, json!({ "cursor": page.cursor })).await;
    assert_eq!(bench.tally().await, [0]);
}

#[tokio::test]
async fn a_page_comes_out_of_order_with_the_same_records() {
    let bench = Bench::new().await;
    let token = bench.events().await;
    let groups = bench.happen(8, "g").await;
    bench.plan(7, json!([{ "fault": "out-of-order-page" }])).await;
    let page = bench.page(AUDIT, &token, start(100)).await;
    let found = about(&page.items);
    assert_ne!(found, groups);
    assert_eq!(found.iter().collect::<BTreeSet<_>>(), groups.iter().collect());
    bench.page(AUDIT, &token, start(1)).await;
    assert_eq!(bench.tally().await, [1], "one record has one order");
}

#[tokio::test]
async fn records_that_are_late_come_behind_all_others_and_are_found_by_the_kept_cursor() {
    let bench = Bench::new().await;
    let token = bench.events().await;
    let groups = bench.happen(10, "g").await;
    bench.plan(3, json!([{ "fault": "late-records", "times": 1 }])).await;
    let page = bench.page(AUDIT, &token, start(100)).await;
    let (there, held): (Vec<String>, Vec<String>) = {
        let there = about(&page.items);
        groups.iter().cloned().partition(|group| there.contains(group))
    };
    assert!(!held.is_empty() && !there.is_empty());
    assert_eq!(about(&page.items), there, "the others keep their order");
    bench.pass(60);
    let new = bench.happen(2, "new").await;
    let rest = bench.walk(AUDIT, &token, json!({ "cursor": page.cursor })).await;
    assert_eq!(about(&rest.items), [held.clone(), new].concat());
    assert!(rest.items[0]["timestamp"].as_str() < rest.items.last().unwrap()["timestamp"].as_str());
    let whole = bench.told(AUDIT, &token).await;
    assert_eq!(about(&whole[there.len()..]), about(&rest.items), "for everybody");
}

#[tokio::test]
async fn refusals_have_the_words_of_this_door() {
    let bench = Bench::new().await;
    let token = bench.events().await;
    for (fault, status, words) in [
        ("rate-limit", 429, "Too Many Requests"),
        ("rate-limit-bare", 429, "Too Many Requests"),
        ("server-error", 500, "Internal Server Error"),
        ("unauthorized", 401, "Unauthorized"),
    ] {
        bench.plan(1, json!([{ "fault": fault, "times": 1, "route": "/api/**" }])).await;
        assert_eq!(bench.post(USAGES, &token, json!({})).await, (status, error(words)), "{fault}");
        assert_eq!(bench.tally().await, [1]);
        assert_eq!(bench.post(USAGES, &token, json!({})).await.0, 200, "{fault}");
    }
    bench.plan(1, json!([{ "fault": "rate-limit", "retry_after_s": 7 }])).await;
    let asked = bench.client.post(format!("{}{AUDIT}", bench.running.url)).bearer_auth(&token);
    let answer = asked.json(&json!({})).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (429, "7"));
}

#[tokio::test]
async fn a_question_that_is_too_long_is_refused_as_one() {
    let bench = Bench::new().await;
    let token = bench.events().await;
    bench.plan(1, json!([{ "fault": "repeated-cursor" }])).await;
    let asked = json!({ "cursor": "a".repeat(70_000) });
    assert_eq!(bench.post(AUDIT, &token, asked).await, (413, error("Payload Too Large")));
    assert_eq!(bench.tally().await, [0], "that is nobody's mishap");
}

#[tokio::test]
async fn a_body_ends_in_the_middle_and_the_cursor_is_good_still() {
    let bench = Bench::new().await;
    let token = bench.events().await;
    let groups = bench.happen(4, "g").await;
    bench.plan(1, json!([{ "fault": "truncated", "times": 1 }])).await;
    let asked =
        || bench.client.post(format!("{}{AUDIT}", bench.running.url)).bearer_auth(&token).json(&start(100));
    let broken = asked().send().await.unwrap();
    assert_eq!(broken.status(), 200);
    assert!(broken.bytes().await.is_err());
    assert_eq!(about(&bench.page(AUDIT, &token, start(100)).await.items), groups);
}

#[tokio::test]
async fn rules_about_feeds_are_about_feeds_alone() {
    let bench = Bench::new().await;
    for fault in ["duplicate-page", "repeated-cursor", "out-of-order-page", "late-records", "unauthorized"] {
        let rule = json!({ "seed": 1, "rules": [{ "fault": fault, "route": "/v1/vaults" }] });
        let (status, told) = bench.put("/sandbox/v1/faults", &bench.admin(), rule).await;
        assert_eq!(status, 400, "{fault}: {told}");
    }
    let late = json!({ "seed": 1, "rules": [{ "fault": "late", "route": AUDIT }] });
    assert_eq!(
        bench.put("/sandbox/v1/faults", &bench.admin(), late).await.0,
        400,
        "nothing could happen late"
    );
}

/// A follower as one should be: keeps the cursor of the last page that was whole, forgets nothing.
async fn follow(bench: &Bench, token: &str, rounds: usize, made: &mut Vec<String>) -> Vec<String> {
    let (mut cursor, mut met) = (None::<String>, Vec::new());
    for round in 0..rounds {
        if round < rounds / 2 {
            made.extend(bench.happen(2, &format!("r{round}-")).await);
        }
        bench.pass(1);
        let asked = cursor.as_ref().map_or_else(|| start(5), |cursor| json!({ "cursor": cursor }));
        let request =
            bench.client.post(format!("{}{AUDIT}", bench.running.url)).bearer_auth(token).json(&asked);
        let Ok(answer) = request.send().await else { continue };
        let Ok(body) = answer.bytes().await else { continue };
        let Ok(page) = serde_json::from_slice::<Value>(&body) else { continue };
        let Some(items) = page["items"].as_array() else { continue };
        met.extend(about(items));
        cursor = page["cursor"].as_str().map(str::to_owned);
    }
    met
}

#[tokio::test]
async fn under_all_faults_at_once_a_follower_meets_everything_and_a_seed_replays_it() {
    let run = async |seed: u64| {
        let bench = Bench::new().await;
        let token = bench.events().await;
        let kinds = [
            "duplicate-page",
            "repeated-cursor",
            "out-of-order-page",
            "late-records",
            "rate-limit",
            "server-error",
            "unauthorized",
            "truncated",
            "gateway",
            "lost-reply",
        ];
        let rules: Vec<_> =
            kinds.iter().map(|fault| json!({ "fault": fault, "share": 0.1, "route": AUDIT })).collect();
        bench.plan(seed, json!(rules)).await;
        let mut made = Vec::new();
        let met = follow(&bench, &token, 160, &mut made).await;
        let tally = bench.tally().await;
        assert!(tally.iter().all(|count| *count > 0), "{kinds:?} {tally:?}");
        let unique: BTreeSet<_> = met.iter().collect();
        assert_eq!(unique, made.iter().collect(), "{seed}: nothing missed, nothing made up");
        assert!(met.len() > made.len(), "and some came twice");
        // Ids differ from world to world, their order does not.
        let places: Vec<_> = met.iter().map(|id| made.iter().position(|known| known == id)).collect();
        (places, tally)
    };
    let first = run(5).await;
    assert_eq!(first, run(5).await);
    assert_ne!(first.1, run(6).await.1);
}
