//! The Events door as its clients meet it: who is let in, what is asked how, and what records look like.

#![allow(clippy::unwrap_used, reason = "tests")]

use reqwest::Method;
use serde_json::{Value, json};

use crate::feeds::{AUDIT, EARLY, USAGES, error, names};
use crate::support::{Bench, READ, login, word};

#[tokio::test]
async fn introspection_tells_what_a_token_is_good_for_in_both_versions() {
    let bench = Bench::new().await;
    let token = bench.events_for(json!(["itemusages"])).await;
    let (status, second) = bench.get("/api/v2/auth/introspect", &token).await;
    assert_eq!(status, 200);
    assert_eq!(names(&second), ["account_uuid", "features", "issued_at", "uuid"]);
    assert_eq!(second["account_uuid"], bench.running.account.as_str());
    assert_eq!(
        (&second["features"], &second["issued_at"]),
        (&json!(["itemusages"]), &json!("2026-09-21T14:13:20Z"))
    );
    let uuid = word(&second["uuid"]);
    assert!(uuid.len() == 26 && uuid.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()));
    let (status, first) = bench.get("/api/auth/introspect/", &token).await;
    assert_eq!(
        (status, first),
        (200, json!({ "UUID": uuid, "IssuedAt": second["issued_at"], "Features": ["itemusages"] }))
    );
}

#[tokio::test]
async fn a_door_takes_its_own_tokens_only() {
    let bench = Bench::new().await;
    let (vault, (_, student)) = (bench.make("v").await, bench.person("ngozi").await);
    let (events, connect) = (bench.events().await, bench.connect(&[(&vault, "rw")]).await);
    let others = [bench.admin(), bench.service(), student, connect, "a.b.c".to_owned(), String::new()];
    for token in others {
        for path in [AUDIT, USAGES, "/api/v1/auditevents", "/api/v1/itemusages"] {
            assert_eq!(bench.post(path, &token, json!({})).await, (401, error("Unauthorized")), "{path}");
        }
        for path in ["/api/v2/auth/introspect", "/api/auth/introspect"] {
            assert_eq!(bench.get(path, &token).await, (401, error("Unauthorized")), "{path}");
        }
    }
    for path in ["/v1/vaults".to_owned(), format!("/v1/vaults/{vault}"), "/sandbox/v1/whoami".to_owned()] {
        let (status, told) = bench.get(&path, &events).await;
        assert_eq!((status, &told["status"]), (401, &json!(401)), "{path}: in Connect's form");
    }
}

#[tokio::test]
async fn a_token_that_ended_or_was_taken_back_is_none() {
    let bench = Bench::new().await;
    let wanted = json!({ "name": "short", "features": ["auditevents"], "expires_in_s": 60 });
    let (_, short) = bench.post("/sandbox/v1/tokens/events", &bench.admin(), wanted).await;
    let (_, long) = bench
        .post(
            "/sandbox/v1/tokens/events",
            &bench.admin(),
            json!({ "name": "long", "features": ["auditevents"] }),
        )
        .await;
    let asks = async |token: &Value| bench.post(AUDIT, &word(token), json!({})).await.0;
    assert_eq!((asks(&short["token"]).await, asks(&long["token"]).await), (200, 200));
    bench.pass(60);
    assert_eq!((asks(&short["token"]).await, asks(&long["token"]).await), (401, 200));
    let path = format!("/sandbox/v1/tokens/{}", word(&long["id"]));
    assert_eq!(bench.delete(&path, &bench.admin()).await.0, 204);
    assert_eq!(asks(&long["token"]).await, 401);
}

#[tokio::test]
async fn a_feed_wants_its_feature() {
    let bench = Bench::new().await;
    for (feature, open, shut) in
        [("auditevents", "auditevents", "itemusages"), ("itemusages", "itemusages", "auditevents")]
    {
        let token = bench.events_for(json!([feature])).await;
        for version in ["v1", "v2"] {
            assert_eq!(bench.post(&format!("/api/{version}/{open}"), &token, json!({})).await.0, 200);
            let refused = bench.post(&format!("/api/{version}/{shut}"), &token, json!({})).await;
            assert_eq!(refused, (401, error("Unauthorized")));
        }
    }
}

#[tokio::test]
async fn questions_that_make_no_sense_are_bad_requests() {
    let bench = Bench::new().await;
    let token = bench.events().await;
    let cursor = bench.page(AUDIT, &token, json!({})).await.cursor;
    for asked in [
        json!({ "limit": 0 }),
        json!({ "limit": 1_001 }),
        json!({ "limit": -1 }),
        json!({ "limit": "100" }),
        json!({ "start_time": "yesterday" }),
        json!({ "start_time": "2026-09-21T12:00:00Z", "end_time": "2026-09-21T12:00:00Z" }),
        json!({ "cursor": "" }),
        json!({ "cursor": "bm9uZQ" }),
        json!({ "cursor": format!("{cursor}A") }),
        json!({ "cursor": cursor, "limit": 5 }),
        json!([]),
        json!("cursor"),
    ] {
        assert_eq!(bench.post(AUDIT, &token, asked.clone()).await, (400, error("Bad Request")), "{asked}");
    }
    let of_another_feed = bench.post(USAGES, &token, json!({ "cursor": cursor })).await;
    assert_eq!(of_another_feed, (400, error("Bad Request")));
    let nothing = bench.call(Method::POST, AUDIT, &token, Value::Null).await;
    assert_eq!(nothing, (400, error("Bad Request")));
    assert_eq!(bench.get(AUDIT, &token).await, (405, error("Method Not Allowed")));
    let none = bench.post("/api/v2/signinattempts", &token, json!({})).await;
    assert_eq!(none, (404, error("Not Found")), "nobody signs in to a sandbox");
    for asked in [
        json!({ "limit": 1 }),
        json!({ "limit": 1_000 }),
        json!({ "limit": null }),
        json!({ "cursor": cursor }),
    ] {
        assert_eq!(bench.post(AUDIT, &token, asked.clone()).await.0, 200, "{asked}");
    }
}

#[tokio::test]
async fn an_account_takes_no_cursor_of_another_one() {
    let (bench, other) = (Bench::new().await, Bench::new().await);
    let cursor = other.page(AUDIT, &other.events().await, json!({})).await.cursor;
    let token = bench.events().await;
    assert_eq!(bench.post(AUDIT, &token, json!({ "cursor": cursor })).await, (400, error("Bad Request")));
}

#[tokio::test]
async fn an_audit_event_has_the_fields_of_the_samples() {
    let bench = Bench::new().await;
    let (token, vault, (person, _)) =
        (bench.events().await, bench.make("v").await, bench.person("ngozi").await);
    let path = format!("/sandbox/v1/vaults/{vault}/people/{person}");
    let (status, _) = bench.put(&path, &bench.admin(), crate::support::permissions(READ)).await;
    assert_eq!(status, 200);
    let record = bench.told(AUDIT, &token).await.pop().unwrap();
    let admin = bench.get("/sandbox/v1/whoami", &bench.admin()).await.1["principal"].clone();
    assert_eq!(
        names(&record),
        [
            "account_uuid",
            "action",
            "actor_account_uuid",
            "actor_details",
            "actor_type",
            "actor_uuid",
            "aux_details",
            "aux_id",
            "aux_uuid",
            "location",
            "object_type",
            "object_uuid",
            "session",
            "timestamp",
            "uuid",
        ]
    );
    assert_eq!(
        record["actor_details"],
        json!({ "uuid": admin["id"], "name": admin["name"], "email": admin["email"] })
    );
    assert_eq!(
        record["aux_details"],
        json!({ "uuid": person, "name": "ngozi", "email": "ngozi@example.edu" })
    );
    assert_eq!((&record["object_uuid"], &record["aux_uuid"]), (&json!(vault), &json!(person)));
    assert!(record["aux_id"].is_u64() && word(&record["uuid"]).starts_with("SBX"));
    assert_eq!(names(&record["session"]), ["device_uuid", "ip", "login_time", "uuid"]);
    assert!(word(&record["session"]["device_uuid"]).starts_with("sbx"));
    assert!(word(&record["session"]["login_time"]) <= word(&record["timestamp"]));
    let path = "/api/v1/auditevents";
    let first = bench.told(path, &token).await.pop().unwrap();
    let mut fewer = record;
    for name in ["account_uuid", "actor_account_uuid", "actor_type"] {
        fewer.as_object_mut().unwrap().remove(name).unwrap();
    }
    assert_eq!(first, fewer);
}

#[tokio::test]
async fn an_item_usage_has_the_fields_of_the_samples() {
    let bench = Bench::new().await;
    let (token, vault, (person, student)) =
        (bench.events().await, bench.make("v").await, bench.person("ngozi").await);
    bench.grant(&vault, &person, crate::support::WRITE).await;
    let path = format!("/v1/vaults/{vault}/items");
    let (_, item) = bench.by("web", Method::POST, &path, &student, login("L")).await;
    let told = bench.told(USAGES, &token).await;
    assert_eq!(told.len(), 1);
    let record = &told[0];
    assert_eq!(
        names(record),
        [
            "account_uuid",
            "action",
            "client",
            "item_uuid",
            "location",
            "timestamp",
            "used_version",
            "user",
            "uuid",
            "vault_uuid"
        ]
    );
    assert_eq!(
        names(&record["client"]),
        [
            "app_name",
            "app_version",
            "ip_address",
            "os_name",
            "os_version",
            "platform_name",
            "platform_version"
        ]
    );
    assert_eq!(names(&record["location"]), ["city", "country", "latitude", "longitude", "region"]);
    assert_eq!(
        record["user"],
        json!({ "uuid": person, "name": "ngozi", "email": "ngozi@example.edu", "user_type": "user",
                "user_account_uuid": bench.running.account.as_str() })
    );
    assert_eq!((&record["item_uuid"], &record["vault_uuid"]), (&item["id"], &json!(vault)));
    assert_eq!((&record["used_version"], &record["action"]), (&json!(1), &json!("server-create")));
    assert_eq!(record["timestamp"], "2026-09-21T14:13:20.000Z", "three digits, as in the sample");
    let first = bench.told("/api/v1/itemusages", &token).await;
    let mut fewer = record.clone();
    fewer.as_object_mut().unwrap().remove("account_uuid").unwrap();
    for name in ["user_type", "user_account_uuid"] {
        fewer["user"].as_object_mut().unwrap().remove(name).unwrap();
    }
    assert_eq!(first, [fewer]);
}

#[tokio::test]
async fn without_a_time_a_feed_tells_the_last_hour_and_never_more_than_120_days() {
    let bench = Bench::new().await;
    let token = bench.events().await;
    let told = async |asked: Value| bench.page(AUDIT, &token, asked).await.items.len();
    let kept = bench.page(AUDIT, &token, json!({ "start_time": EARLY })).await.cursor;
    bench.make("one").await;
    bench.pass(3_600);
    assert_eq!(told(json!({})).await, 1, "an hour ago");
    bench.pass(1);
    assert_eq!(told(json!({})).await, 0);
    assert_eq!(told(json!({ "end_time": "2026-09-21T15:13:20Z" })).await, 1, "an hour before that end");
    assert_eq!(told(json!({ "start_time": "2026-09-21T14:13:20Z" })).await, 1);
    assert_eq!(told(json!({ "start_time": "2026-09-21T16:13:20+02:00" })).await, 1, "an offset is a time");
    assert_eq!(told(json!({ "start_time": "2026-09-21T14:13:20.5Z" })).await, 0);
    assert_eq!(
        told(json!({ "start_time": EARLY, "end_time": "2026-09-21T14:13:20Z" })).await,
        0,
        "before it"
    );
    bench.pass(120 * 86_400 - 3_601);
    assert_eq!(told(json!({ "start_time": EARLY })).await, 1, "120 days ago");
    bench.pass(1);
    assert_eq!(told(json!({ "start_time": EARLY })).await, 0);
    assert_eq!(told(json!({ "cursor": kept })).await, 0, "nor by a cursor that was kept");
}

#[tokio::test]
async fn a_token_that_asks_too_often_waits_until_the_minute_is_over() {
    let bench = Bench::new().await;
    let (token, other) = (bench.events().await, bench.events().await);
    for _ in 0..599 {
        assert_eq!(bench.post(USAGES, &token, json!({ "limit": 1 })).await.0, 200);
    }
    assert_eq!(bench.get("/api/v2/auth/introspect", &token).await.0, 200, "counts as well");
    let response = bench
        .client
        .post(format!("{}{AUDIT}", bench.running.url))
        .bearer_auth(&token)
        .json(&json!({}))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 429);
    assert!(!response.headers().contains_key("retry-after"), "nobody has seen one");
    assert_eq!(response.json::<Value>().await.unwrap(), error("Too Many Requests"));
    assert_eq!(bench.post(AUDIT, &other, json!({})).await.0, 200, "each token by itself");
    bench.pass(60);
    assert_eq!(bench.post(AUDIT, &token, json!({})).await.0, 200);
}
