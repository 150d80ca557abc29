//! A sandbox on a free port, in a folder of its own that is gone afterwards, and short words to talk to it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
#![allow(dead_code, missing_docs, reason = "tests; each uses a part")]

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
    pub(super) clock: Arc<AtomicI64>,
}

pub(crate) fn client() -> Client {
    Client::builder().tls_certs_only([]).no_proxy().redirect(redirect::Policy::none()).build().unwrap()
}

pub(crate) fn word(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

pub(crate) fn text(secret: &Secret) -> String {
    secret.expose_secret().to_owned()
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

    /// Posts what has to go well: the answer.
    pub(crate) async fn posted(&self, path: &str, token: &str, body: Value) -> Value {
        let (status, answer) = self.post(path, token, body).await;
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        answer
    }

    /// Sends a file into a vault; `query` begins with `?`.
    pub(crate) async fn send_file(
        &self,
        vault: &str,
        query: &str,
        token: &str,
        bytes: Vec<u8>,
    ) -> (u16, Value) {
        let url = format!("{}/sandbox/v1/vaults/{vault}/files{query}", self.running.url);
        let request = self.client.post(url).bearer_auth(token).body(bytes);
        sent(request, Value::Null).await
    }

    /// The same, which has to go well: the item.
    pub(crate) async fn upload(&self, vault: &str, query: &str, token: &str, bytes: &[u8]) -> Value {
        let (status, item) = self.send_file(vault, query, token, bytes.to_vec()).await;
        assert_eq!(status, 200, "{item}");
        item
    }

    /// A vault of the service account.
    pub(crate) async fn make(&self, name: &str) -> String {
        word(&self.posted("/sandbox/v1/vaults", &self.service(), json!({ "name": name })).await["id"])
    }

    /// Adds an active person: id and token.
    pub(crate) async fn person(&self, name: &str) -> (String, String) {
        self.person_as(name, json!({})).await
    }

    pub(crate) async fn person_as(&self, name: &str, more: Value) -> (String, String) {
        let mut body = json!({ "name": name, "email": format!("{name}@example.edu") });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = self.posted("/sandbox/v1/people", &self.admin(), body).await;
        (word(&answer["person"]["id"]), word(&answer["token"]))
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
