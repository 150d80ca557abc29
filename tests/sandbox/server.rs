//! The Connect server itself: what was asked of it, how it stands, and its figures.

#![allow(clippy::unwrap_used, reason = "tests")]

use reqwest::Method;
use serde_json::{Value, json};

use crate::connect::Scene;
use crate::support::{Bench, login, word};

async fn page(scene: &Scene, query: &str) -> (String, Vec<Value>) {
    let url = format!("{}/v1/activity{query}", scene.bench.running.url);
    let answer = scene.bench.client.get(url).bearer_auth(&scene.token).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    let range = answer.headers()["content-range"].to_str().unwrap().to_owned();
    (range, answer.json().await.unwrap())
}

#[tokio::test]
async fn every_request_with_a_connect_token_is_activity() {
    let scene = Scene::new().await;
    let (bench, token) = (&scene.bench, &scene.token);
    let items = format!("/v1/vaults/{}/items", scene.vault);
    let one = format!("{items}/{}", scene.item);
    let other = bench.make("other").await;
    bench.get("/v1/vaults", token).await;
    bench.get(&one, token).await;
    bench.put(&one, token, login("x")).await;
    bench.get(&format!("/v1/vaults/{other}/items"), token).await;
    bench.delete(&one, token).await;
    bench.get("/v1/vaults", &bench.service()).await;
    bench.get("/v1/vaults", "nobody").await;
    let (range, list) = page(&scene, "").await;
    assert_eq!(range, "1-6/6");
    let told: Vec<_> = list
        .iter()
        .map(|line| {
            let resource = &line["resource"];
            let part = |part: &Value| part["id"].as_str().unwrap_or_default().to_owned();
            (
                format!("{} {}", word(&line["action"]), word(&line["result"])),
                word(&resource["type"]),
                part(&resource["vault"]),
                part(&resource["item"]),
                resource["itemVersion"].as_u64(),
            )
        })
        .collect();
    let (vault, item) = (scene.vault.clone(), scene.item.clone());
    let (done, kind) = (|verb: &str| format!("{verb} SUCCESS"), |word: &str| word.to_owned());
    assert_eq!(
        told,
        [
            (done("DELETE"), kind("ITEM"), vault.clone(), item.clone(), None),
            (kind("READ DENY"), kind("ITEM"), other, String::new(), None),
            (done("UPDATE"), kind("ITEM"), vault.clone(), item.clone(), Some(2)),
            (done("READ"), kind("ITEM"), vault.clone(), item.clone(), Some(1)),
            (done("READ"), kind("VAULT"), String::new(), String::new(), None),
            (done("CREATE"), kind("ITEM"), vault, item, Some(1)),
        ]
    );
    let (_, listed) = bench.get("/sandbox/v1/tokens", &bench.admin()).await;
    let (_, me) = bench.get("/sandbox/v1/whoami", &bench.admin()).await;
    for line in &list {
        assert_eq!(
            (&line["actor"]["jti"], &line["actor"]["id"]),
            (&listed[0]["id"], &listed[0]["principal"])
        );
        assert_eq!(line["actor"]["account"], me["account"]["id"]);
        assert!(line["timestamp"] == "2026-09-21T14:13:20Z" && line["actor"]["requestIp"] == "127.0.0.1");
    }
    assert_eq!(bench.get("/v1/activity", &bench.service()).await.0, 401, "for Connect tokens alone");
}

#[tokio::test]
async fn activity_of_other_tokens_is_told_as_far_as_its_vault_is_ones_own() {
    let scene = Scene::new().await;
    let bench = &scene.bench;
    let other = bench.make("other").await;
    let stranger = bench.connect(&[(&other, "r")]).await;
    let both = bench.connect(&[(&scene.vault, "r"), (&other, "r")]).await;
    let (own, foreign) = (format!("/v1/vaults/{}/items", scene.vault), format!("/v1/vaults/{other}/items"));
    bench.get(&own, &both).await;
    bench.get(&foreign, &both).await;
    bench.get(&foreign, &stranger).await;
    bench.get(&own, &stranger).await;
    bench.get("/v1/vaults", &both).await;
    let seen = async |token: &str| {
        let (status, list) = bench.get("/v1/activity", token).await;
        assert_eq!(status, 200);
        let resources = list.as_array().unwrap().iter().map(|line| line["resource"]["vault"]["id"].clone());
        resources.collect::<Vec<_>>()
    };
    let (mine, theirs) = (json!(scene.vault), json!(other));
    // Made at first: an item, in the scene's vault.
    assert_eq!(seen(&scene.token).await, [&Value::Null, &mine, &mine, &mine].map(Clone::clone));
    let asked = [&Value::Null, &mine, &theirs, &theirs].map(Clone::clone);
    assert_eq!(seen(&stranger).await, asked, "and what it asked for in vain");
    assert_eq!(seen(&both).await.len(), 6);
    let (range, list) = page(&scene, "?limit=2&offset=1").await;
    assert_eq!((range.as_str(), list.len()), ("2-3/4", 2), "what is not told is not counted");
}

#[tokio::test]
async fn of_a_programs_name_no_more_is_kept_than_is_told() {
    let scene = Scene::new().await;
    let asked = scene.bench.client.get(format!("{}/v1/vaults", scene.bench.running.url));
    let asked = asked.bearer_auth(&scene.token).header("User-Agent", "a".repeat(5_000));
    assert_eq!(asked.send().await.unwrap().status().as_u16(), 200);
    let (_, list) = page(&scene, "?limit=1").await;
    assert_eq!(word(&list[0]["actor"]["userAgent"]), "a".repeat(256));
}

#[tokio::test]
async fn activity_is_told_in_pages() {
    let scene = Scene::new().await;
    for _ in 0..59 {
        scene.bench.get("/v1/vaults", &scene.token).await;
    }
    let (range, all) = page(&scene, "?limit=100").await;
    assert_eq!((range.as_str(), all.len()), ("1-60/60", 60), "asking for it is not part of it");
    for (query, range, from, to) in [
        ("", "1-50/60", 0, 50),
        ("?offset=50", "51-60/60", 50, 60),
        ("?limit=10&offset=5", "6-15/60", 5, 15),
        ("?limit=0", "0-0/60", 0, 0),
        ("?offset=60", "0-0/60", 60, 60),
    ] {
        let (told, list) = page(&scene, query).await;
        assert_eq!((told.as_str(), list.as_slice()), (range, &all[from..to]), "{query}");
    }
    for query in ["?limit=x", "?offset=-1"] {
        assert_eq!(scene.bench.get(&format!("/v1/activity{query}"), &scene.token).await.0, 400, "{query}");
    }
}

#[tokio::test]
async fn health_waits_for_a_token_and_tells_more_to_one() {
    let bench = Bench::new().await;
    let vault = bench.make("v").await;
    let token = bench.connect(&[(&vault, "r")]).await;
    let url = format!("{}/health", bench.running.url);
    let parts = |health: &Value| -> Vec<(String, String)> {
        assert_eq!((&health["name"], &health["version"]), (&json!("1Password Connect API"), &json!("1.8.1")));
        let parts = health["dependencies"].as_array().unwrap().iter();
        parts.map(|part| (word(&part["service"]), word(&part["status"]))).collect()
    };
    let pair = |service: &str, status: &str| (service.to_owned(), status.to_owned());
    let bare: Value = bench.client.get(&url).send().await.unwrap().json().await.unwrap();
    assert_eq!(parts(&bare), [pair("sync", "TOKEN_NEEDED"), pair("sqlite", "ACTIVE")]);
    let (status, wrong) = bench.get("/health", "nobody").await;
    assert_eq!((status, parts(&wrong)), (200, parts(&bare)));
    let (_, opened) = bench.get("/health/", &token).await;
    let active = [pair("sync", "ACTIVE"), pair("sqlite", "ACTIVE"), pair("account_data", "ACTIVE")];
    assert_eq!(parts(&opened), active);
    let later: Value = bench.client.get(&url).send().await.unwrap().json().await.unwrap();
    assert_eq!(parts(&later), active[..2]);
}

#[tokio::test]
async fn figures_are_told_as_prometheus_reads_them() {
    let scene = Scene::new().await;
    for _ in 0..3 {
        scene.bench.get("/v1/vaults", &scene.token).await;
    }
    let answer = scene.bench.client.get(format!("{}/metrics", scene.bench.running.url)).send().await.unwrap();
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/plain"));
    let text = answer.text().await.unwrap();
    for line in text.lines() {
        let figure = line.rsplit_once(' ').is_some_and(|(_, figure)| figure.parse::<f64>().is_ok());
        assert!(figure || line.starts_with("# HELP ") || line.starts_with("# TYPE "), "{line}");
    }
    assert!(text.contains("connect_requests_total{method=\"GET\",route=\"/v1/vaults\"} 3\n"), "{text}");
    assert!(text.contains("connect_activity_entries 4\n"), "{text}");
    assert!(!text.contains("/sandbox/"), "{text}");
}

#[tokio::test]
async fn what_a_route_does_not_take_is_refused() {
    let scene = Scene::new().await;
    for (method, path) in [
        (Method::POST, "/v1/vaults".to_owned()),
        (Method::DELETE, format!("/v1/vaults/{}", scene.vault)),
        (Method::POST, format!("/v1/vaults/{}/items/{}/files", scene.vault, scene.document)),
        (Method::POST, "/v1/activity".to_owned()),
    ] {
        assert_eq!(scene.bench.call(method, &path, &scene.token, json!({})).await.0, 405, "{path}");
    }
}
