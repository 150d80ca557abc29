//! A sandbox on a free port, in a folder of its own, and short words to talk to it.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use reqwest::{Client, Method, RequestBuilder, redirect};
use serde_json::{Value, json};
use strongroom::domain::secret::{Expose as _, Secret};
use strongroom::sandbox::{Config, Running, serve};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

pub(crate) struct Bench {
    pub(crate) folder: TempDir,
    pub(crate) running: Running,
    pub(crate) client: Client,
    clock: Arc<AtomicI64>,
}

pub(crate) fn client() -> Client {
    Client::builder().tls_certs_only([]).no_proxy().redirect(redirect::Policy::none()).build().unwrap()
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(adjust: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(AtomicI64::new(1_790_000_000));
        let mut config = Config::new(folder.path().join("world"));
        let hand = clock.clone();
        config.clock = Arc::new(move || Timestamp::from_second(hand.load(Ordering::SeqCst)).unwrap());
        adjust(&mut config);
        let running = serve(config, CancellationToken::new()).await.unwrap();
        Self { folder, running, client: client(), clock }
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn admin(&self) -> String {
        text(&self.running.admin)
    }

    pub(crate) fn service(&self) -> String {
        text(&self.running.service_account)
    }

    pub(crate) async fn call(&self, method: Method, path: &str, token: &str, body: Value) -> (u16, Value) {
        let request = self.client.request(method, format!("{}{path}", self.running.url));
        sent(request.bearer_auth(token), body).await
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> (u16, Value) {
        self.call(Method::GET, path, token, Value::Null).await
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: Value) -> (u16, Value) {
        self.call(Method::POST, path, token, body).await
    }

    pub(crate) async fn put(&self, path: &str, token: &str, body: Value) -> (u16, Value) {
        self.call(Method::PUT, path, token, body).await
    }

    pub(crate) async fn delete(&self, path: &str, token: &str) -> (u16, Value) {
        self.call(Method::DELETE, path, token, Value::Null).await
    }

    /// Uploads raw bytes; `query` begins with `?`.
    pub(crate) async fn upload(&self, vault: &str, query: &str, token: &str, bytes: Vec<u8>) -> (u16, Value) {
        let url = format!("{}/sandbox/v1/vaults/{vault}/files{query}", self.running.url);
        let response = self.client.post(url).bearer_auth(token).body(bytes).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// Adds an active person: id and token.
    pub(crate) async fn person(&self, name: &str) -> (String, String) {
        self.person_as(name, json!({})).await
    }

    pub(crate) async fn person_as(&self, name: &str, more: Value) -> (String, String) {
        let mut body = json!({ "name": name, "email": format!("{name}@example.edu") });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let (status, answer) = self.post("/sandbox/v1/people", &self.admin(), body).await;
        assert_eq!(status, 201, "{answer}");
        (word(&answer["person"]["id"]), word(&answer["token"]))
    }

    /// A vault made by the service account.
    pub(crate) async fn vault(&self, name: &str) -> String {
        let (status, answer) =
            self.post("/sandbox/v1/vaults", &self.service(), json!({ "name": name })).await;
        assert_eq!(status, 201, "{answer}");
        word(&answer["id"])
    }

    /// A Connect token for these vaults, each with `r`, `w` or `rw`.
    pub(crate) async fn connect(&self, vaults: &[(&str, &str)]) -> String {
        let vaults: Vec<_> =
            vaults.iter().map(|(vault, rights)| json!({ "id": vault, "rights": rights })).collect();
        let wanted = json!({ "name": "test", "vaults": vaults });
        let (status, answer) = self.post("/sandbox/v1/tokens/connect", &self.admin(), wanted).await;
        assert_eq!(status, 201, "{answer}");
        word(&answer["token"])
    }

    pub(crate) async fn grant(&self, vault: &str, person: &str, names: &str) -> (u16, Value) {
        let path = format!("/sandbox/v1/vaults/{vault}/people/{person}");
        self.put(&path, &self.service(), permissions(names)).await
    }

    pub(crate) async fn content_version(&self, vault: &str) -> u64 {
        let (_, vault) = self.get(&format!("/v1/vaults/{vault}"), &self.service()).await;
        vault["contentVersion"].as_u64().unwrap()
    }
}

/// Sends a request with a body, if there is one: status and answer, as a text where it is no JSON.
pub(crate) async fn sent(request: RequestBuilder, body: Value) -> (u16, Value) {
    let request = if body.is_null() { request } else { request.json(&body) };
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let bytes = response.bytes().await.unwrap();
    let value = serde_json::from_slice(&bytes)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
    (status, value)
}

pub(crate) fn permissions(names: &str) -> Value {
    json!({ "permissions": names.split(',').collect::<Vec<_>>() })
}

pub(crate) fn text(secret: &Secret) -> String {
    secret.expose_secret().to_owned()
}

pub(crate) fn word(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

pub(crate) const SUBMIT: &str = "view_items,create_items";
pub(crate) const READ: &str = "view_items,view_and_copy_passwords,view_item_history";
pub(crate) const WRITE: &str =
    "view_items,view_and_copy_passwords,view_item_history,create_items,edit_items,archive_items";

pub(crate) fn login(title: &str) -> Value {
    json!({
        "title": title, "category": "LOGIN", "tags": ["hw1"],
        "fields": [
            { "id": "username", "type": "STRING", "purpose": "USERNAME", "label": "username", "value": "ngozi" },
            { "id": "password", "type": "CONCEALED", "purpose": "PASSWORD", "label": "password", "value": "canary-value" },
        ],
    })
}
