//! Answers that break off, drip, lie, are garbled, or do not end: byte by byte.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::raw::{End, Seen, ask, get};
use crate::support::{Fixture, word};

/// A vault with a file in it: the paths of its list of items, its item, and the file's content.
async fn filled(fixture: &Fixture) -> [String; 3] {
    let vault = fixture.make("one").await;
    let bytes: Vec<u8> = (0..=255).cycle().take(1_024).collect();
    let item = fixture.upload(&vault, "?name=a.bin&title=a", &fixture.service(), &bytes).await;
    let at = format!("/v1/vaults/{vault}/items");
    [at.clone(), format!("{at}/{}", word(&item["id"])), word(&item["files"][0]["content_path"])]
}

/// What comes without and with a fault.
async fn both(fixture: &Fixture, path: &str, rule: Value) -> (Seen, Seen) {
    fixture.plan(1, json!([])).await;
    let right = get(fixture, path).await;
    fixture.plan(1, json!([rule])).await;
    (right, get(fixture, path).await)
}

#[tokio::test]
async fn a_truncated_answer_announces_all_and_brings_half() {
    let fixture = Fixture::new().await;
    for path in filled(&fixture).await {
        for (fault, end) in [("truncated", End::Closed), ("reset", End::Reset)] {
            let (right, seen) = both(&fixture, &path, json!({ "fault": fault })).await;
            assert_eq!((seen.status(), seen.length(), seen.end), (200, right.body.len(), end), "{path}");
            assert_eq!(seen.body, right.body[..right.body.len() / 2], "{fault}");
        }
    }
}

#[tokio::test]
async fn an_answer_without_a_body_is_cut_off_before_its_head() {
    let fixture = Fixture::new().await;
    for (fault, end) in [("truncated", End::Closed), ("reset", End::Reset)] {
        fixture.plan(1, json!([])).await;
        let path = format!("/sandbox/v1/vaults/{}", fixture.make(fault).await);
        fixture.plan(1, json!([{ "fault": fault }])).await;
        let seen = ask(&fixture, "DELETE", &path, &Value::Null, usize::MAX).await;
        assert_eq!((seen.head.as_str(), seen.body.len(), seen.end), ("", 0, end));
    }
    assert_eq!(fixture.happened("vault.delete").len(), 2, "it happened all the same");
}

#[tokio::test]
async fn a_dripping_answer_is_whole_and_slow() {
    let fixture = Fixture::new().await;
    for path in filled(&fixture).await {
        let began = Instant::now();
        let (right, seen) = both(&fixture, &path, json!({ "fault": "drip", "delay_ms": 300 })).await;
        assert!(began.elapsed() >= Duration::from_millis(250));
        assert_eq!((seen.status(), &seen.body), (200, &right.body), "{path}");
        assert!(seen.pieces >= 8 && right.pieces < 8, "{} {}", right.pieces, seen.pieces);
    }
}

#[tokio::test]
async fn garbled_answers_are_no_utf8_and_nothing_else_is_changed() {
    let fixture = Fixture::new().await;
    let [items, item, content] = filled(&fixture).await;
    for path in [items, item] {
        let (right, seen) = both(&fixture, &path, json!({ "fault": "invalid-utf8" })).await;
        assert_eq!((seen.status(), seen.length()), (200, right.length() + 3));
        let bad = std::str::from_utf8(&seen.body).unwrap_err().valid_up_to();
        let mut mended = seen.body.clone();
        mended.drain(bad..bad + 3);
        assert_eq!(mended, right.body);
    }
    let (right, seen) = both(&fixture, &content, json!({ "fault": "invalid-utf8" })).await;
    assert_eq!(seen.body, right.body, "bytes of a file are no text");
    fixture.plan(1, json!([{ "fault": "invalid-utf8" }])).await;
    let path = format!("/sandbox/v1/vaults/{}", fixture.running.account.as_str().to_ascii_lowercase());
    assert!(std::str::from_utf8(&get(&fixture, &path).await.body).is_err(), "refusals as well");
}

#[tokio::test]
async fn an_answer_about_another_object_names_one_that_exists() {
    let fixture = Fixture::new().await;
    fixture.make("other").await;
    let [items, item, _] = filled(&fixture).await;
    let vaults: Vec<String> =
        fixture.happened("vault.create").iter().map(|line| word(&line["vault"])).collect();
    let own = items.split('/').nth(3).unwrap().to_owned();
    let (right, seen) = both(&fixture, &items, json!({ "fault": "wrong-id" })).await;
    let text = |seen: &Seen| String::from_utf8(seen.body.clone()).unwrap();
    let other = word(&seen.json()[0]["vault"]["id"]);
    assert!(other != own && vaults.contains(&other), "{other} {vaults:?}");
    assert_eq!(text(&seen), text(&right).replace(&own, &other));
    // Of an item both ids are at stake; there is no other item in the world, so that one is made up.
    fixture.plan(1, json!([{ "fault": "wrong-id" }])).await;
    let own_item = item.rsplit('/').next().unwrap();
    let mut seen = [false; 2];
    for _ in 0..32 {
        let told = get(&fixture, &item).await.json();
        let wrong = [told["vault"]["id"] != own.as_str(), told["id"] != own_item];
        assert!(wrong[0] != wrong[1], "{told}");
        let id = if wrong[0] { &told["vault"]["id"] } else { &told["id"] };
        assert!(id.as_str().unwrap().starts_with("sbx") && id.as_str().unwrap().len() == 26);
        assert_eq!(wrong[0], vaults.contains(&word(id)));
        seen = [seen[0] || wrong[0], seen[1] || wrong[1]];
    }
    assert_eq!(seen, [true, true]);
    // What was made is answered as something that was there before.
    let made =
        ask(&fixture, "POST", "/sandbox/v1/vaults", &json!({ "name": "new" }), usize::MAX).await.json();
    assert!(vaults.contains(&word(&made["id"])), "{made}");
}

#[tokio::test]
async fn an_answer_without_an_id_to_swap_is_left_alone_and_not_counted() {
    let fixture = Fixture::new().await;
    let vault = fixture.make("empty").await;
    let (right, seen) =
        both(&fixture, &format!("/v1/vaults/{vault}/items"), json!({ "fault": "wrong-id", "times": 1 }))
            .await;
    assert_eq!((seen.json(), right.json()), (json!([]), json!([])));
    assert_eq!(fixture.injected().await, 0);
    assert_ne!(get(&fixture, &format!("/v1/vaults/{vault}")).await.json()["id"], vault.as_str());
    assert_eq!(fixture.injected().await, 1);
}

#[tokio::test]
async fn a_flood_goes_on_for_as_long_as_somebody_reads() {
    const READ: usize = 32 << 20;
    let fixture = Fixture::new().await;
    let [.., content] = filled(&fixture).await;
    let ten = 10_u64 << 30;
    fixture.plan(1, json!([{ "fault": "flood", "declared_bytes": ten }])).await;
    let seen = ask(&fixture, "GET", &content, &Value::Null, READ).await;
    assert_eq!(
        (seen.status(), seen.header("content-length"), seen.end),
        (200, Some(ten.to_string()), End::Left)
    );
    assert!(seen.body.len() > READ - 4_096 && seen.body.iter().all(|byte| *byte == b'~'));
    fixture.plan(1, json!([{ "fault": "flood" }])).await;
    let seen = ask(&fixture, "GET", &content, &Value::Null, READ).await;
    assert_eq!((seen.status(), seen.header("content-length"), seen.end), (200, None, End::Left));
    assert_eq!(seen.header("transfer-encoding").unwrap(), "chunked");
    fixture.plan(1, json!([{ "fault": "flood", "declared_bytes": 100_000 }])).await;
    let seen = get(&fixture, &content).await;
    assert_eq!((seen.length(), seen.body.len(), seen.end), (100_000, 100_000, End::Closed));
}
