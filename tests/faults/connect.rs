//! What is said of real Connect servers and happens here by a plan: a copy that lags behind, refusals that pass,
//! and conflicts.

#![allow(clippy::unwrap_used, reason = "tests")]

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Fixture, word};

struct Scene {
    fixture: Fixture,
    vault: String,
    token: String,
}

impl Scene {
    async fn new() -> Self {
        let fixture = Fixture::new().await;
        let vault = fixture.make("one").await;
        let wanted = json!({ "name": "test", "vaults": [{ "id": vault }] });
        let made = fixture.posted("/sandbox/v1/tokens/connect", &fixture.admin(), wanted).await;
        Self { vault, token: word(&made["token"]), fixture }
    }

    async fn get(&self, rest: &str) -> (u16, Value) {
        self.fixture.get(&format!("/v1/vaults/{}{rest}", self.vault), &self.token).await
    }

    async fn call(&self, method: Method, rest: &str, body: Value) -> (u16, Value) {
        self.fixture.call(method, &format!("/v1/vaults/{}{rest}", self.vault), &self.token, body).await
    }

    async fn make(&self, title: &str) -> String {
        let body = json!({ "title": title, "category": "PASSWORD" });
        let (status, item) = self.call(Method::POST, "/items", body).await;
        assert_eq!(status, 200, "{item}");
        word(&item["id"])
    }

    /// Content version of the vault, number of items in the list, and in the vault's own figure.
    async fn seen(&self) -> (u64, usize, u64) {
        let (vault, items) = (self.get("").await.1, self.get("/items").await.1);
        let figure = |value: &Value| value.as_u64().unwrap();
        (figure(&vault["contentVersion"]), items.as_array().unwrap().len(), figure(&vault["items"]))
    }

    async fn lag(&self, seconds: u64) {
        self.fixture.plan(1, json!([{ "fault": "sync-lag", "delay_ms": seconds * 1000 }])).await;
    }

    async fn injected(&self) -> u64 {
        self.fixture.told().await["injected"].as_u64().unwrap()
    }
}

#[tokio::test]
async fn lists_versions_and_items_lag_behind_alike() {
    let scene = Scene::new().await;
    let first = scene.make("first").await;
    scene.lag(10).await;
    assert_eq!(scene.seen().await, (2, 1, 1));
    assert_eq!(scene.injected().await, 0, "what is up to date is nobody's mishap");
    let second = scene.make("second").await;
    let path = format!("/items/{second}");
    assert_eq!(scene.get(&path).await.0, 404, "after POST, GET may not find it");
    assert_eq!(scene.call(Method::DELETE, &format!("/items/{first}"), Value::Null).await.0, 204);
    assert_eq!(scene.get(&format!("/items/{first}")).await.0, 200, "after DELETE, GET may still find it");
    scene.fixture.pass(9);
    assert_eq!(scene.seen().await, (2, 1, 1));
    let service = scene.fixture.service();
    let (_, items) = scene.fixture.get(&format!("/v1/vaults/{}/items", scene.vault), &service).await;
    assert_eq!(items[0]["id"], second.as_str(), "for nobody else");
    assert_eq!(scene.injected().await, 4);
    scene.fixture.pass(1);
    assert_eq!(scene.seen().await, (4, 1, 1));
    assert_eq!((scene.get(&path).await.0, scene.get(&format!("/items/{first}")).await.0), (200, 404));
    assert_eq!(scene.injected().await, 4);
}

#[tokio::test]
async fn the_bytes_of_a_file_come_after_what_is_said_of_it() {
    let scene = Scene::new().await;
    scene.lag(10).await;
    let service = scene.fixture.service();
    let item = scene.fixture.upload(&scene.vault, "?name=a.txt", &service, b"bytes").await;
    let file = format!("/items/{}/files/{}", word(&item["id"]), word(&item["files"][0]["id"]));
    let content = format!("{file}/content");
    assert_eq!((scene.get(&file).await.0, scene.get(&content).await.0), (404, 404));
    scene.fixture.pass(10);
    assert_eq!(scene.get(&file).await.0, 200);
    let (status, refusal) = scene.get(&content).await;
    assert_eq!(
        (status, word(&refusal["message"]).as_str()),
        (500, "the content of the file has not been synced yet")
    );
    let files = format!("/items/{}/files", word(&item["id"]));
    for inlined in [format!("{file}?inline_files=true"), format!("{files}?inline_content=true")] {
        assert_eq!(scene.get(&inlined).await, (500, refusal.clone()), "{inlined}");
    }
    scene.fixture.pass(10);
    assert_eq!(scene.get(&content).await.0, 200);
    assert_eq!(scene.get(&format!("{file}?inline_files=true")).await.0, 200);
    let again = scene.fixture.upload(&scene.vault, "?name=b.txt", &service, b"bytes").await;
    scene.fixture.pass(20);
    let content = format!("/items/{}/files/{}/content", word(&again["id"]), word(&again["files"][0]["id"]));
    assert_eq!(scene.get(&content).await.0, 200, "long enough for both");
}

#[tokio::test]
async fn a_token_that_is_taken_back_is_known_at_once_whatever_lags() {
    let scene = Scene::new().await;
    scene.lag(600).await;
    let (_, tokens) = scene.fixture.get("/sandbox/v1/tokens", &scene.fixture.admin()).await;
    let path = format!("/sandbox/v1/tokens/{}", word(&tokens[0]["id"]));
    assert_eq!(scene.fixture.call(Method::DELETE, &path, &scene.fixture.admin(), Value::Null).await.0, 204);
    assert_eq!(scene.get("").await.0, 401);
}

#[tokio::test]
async fn refusals_that_pass_have_the_recorded_words() {
    let scene = Scene::new().await;
    for (fault, status, said) in [
        ("forbidden", 403, "Authorization: token does not have access to vault"),
        ("not-ready", 500, "failed to initiate, review service logs for details"),
    ] {
        scene.fixture.plan(1, json!([{ "fault": fault, "times": 2, "principal": "connect" }])).await;
        assert_eq!(
            scene.fixture.get(&format!("/v1/vaults/{}", scene.vault), &scene.fixture.service()).await.0,
            200
        );
        for _ in 0..2 {
            let (found, answer) = scene.get("").await;
            assert_eq!((found, answer), (status, json!({ "status": status, "message": said })));
        }
        assert_eq!(scene.get("").await.0, 200, "{fault} passes");
        let told = scene.fixture.told().await;
        assert_eq!((&told["rules"][0]["matched"], &told["injected"]), (&json!(3), &json!(2)));
    }
}

#[tokio::test]
async fn a_conflict_changes_nothing() {
    let scene = Scene::new().await;
    let item = format!("/items/{}", scene.make("first").await);
    let before = scene.seen().await;
    scene.fixture.plan(1, json!([{ "fault": "conflict" }])).await;
    let body = json!({ "title": "x", "category": "PASSWORD" });
    for (method, rest, body, status) in [
        (Method::POST, "/items", body.clone(), 409),
        (Method::PUT, item.as_str(), body, 409),
        (Method::PATCH, item.as_str(), json!([]), 409),
        (Method::DELETE, item.as_str(), Value::Null, 500),
    ] {
        let (found, answer) = scene.call(method, rest, body).await;
        assert_eq!(found, status, "{answer}");
        assert!(status == 409 || answer["message"] == "Something went wrong", "{answer}");
    }
    assert_eq!(scene.seen().await, before);
}
