//! A service on this machine that speaks the cursor protocol, and plays every trick that is known of one.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use strongroom::domain::events::Feed;
use strongroom::provider::events::Events;
use tokio_util::task::AbortOnDropHandle;

pub(crate) const TOKEN: &str = "events-token-canary";

/// What comes in place of the answer that would be due.
#[derive(Clone, Debug)]
pub(crate) enum Trick {
    /// A refusal, with seconds to wait where it says so.
    Status(u16, Option<u64>),
    /// This, with 200.
    Body(String),
    /// The half of the answer.
    Truncated,
    /// The page, and the cursor that was sent: the same is answered again.
    SameCursor,
    /// The page before this one once more, and then this one.
    Again,
    /// The records of the page in the reverse order.
    Reversed,
    /// No record, and more to come.
    EmptyPage,
    /// Another address.
    Redirect,
}

/// A question that was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) body: Value,
}

#[derive(Default)]
struct Told {
    features: Vec<String>,
    records: HashMap<Feed, Vec<Value>>,
    tricks: HashMap<Feed, VecDeque<Trick>>,
    greeting: VecDeque<Trick>,
    asked: Vec<Asked>,
    page: usize,
    /// Cursors that lead to themselves, for ever.
    circle: bool,
}

/// The service; it ends with this value.
pub(crate) struct Script {
    told: Arc<Mutex<Told>>,
    pub(crate) url: String,
    _running: AbortOnDropHandle<()>,
}

impl Script {
    pub(crate) async fn new() -> Self {
        let told =
            Told { features: vec!["auditevents".into(), "itemusages".into()], page: 2, ..Told::default() };
        let told = Arc::new(Mutex::new(told));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(answer).with_state(told.clone());
        let running = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { told, url, _running: AbortOnDropHandle::new(running) }
    }

    pub(crate) fn events(&self) -> Events {
        Events::at(Some(&self.url), TOKEN.into(), None).unwrap()
    }

    fn told<T>(&self, with: impl FnOnce(&mut Told) -> T) -> T {
        with(&mut self.told.lock().unwrap())
    }

    /// What the token may read.
    pub(crate) fn features(&self, features: &[&str]) {
        self.told(|told| told.features = features.iter().map(|word| (*word).to_owned()).collect());
    }

    /// So many records a page.
    pub(crate) fn page(&self, records: usize) {
        self.told(|told| told.page = records);
    }

    /// Something happened.
    pub(crate) fn happened(&self, feed: Feed, record: Value) {
        self.told(|told| told.records.entry(feed).or_default().push(record));
    }

    /// The next answers of a feed.
    pub(crate) fn play(&self, feed: Feed, tricks: impl IntoIterator<Item = Trick>) {
        self.told(|told| told.tricks.entry(feed).or_default().extend(tricks));
    }

    /// The next answers to who asks what the token may read.
    pub(crate) fn greet(&self, tricks: impl IntoIterator<Item = Trick>) {
        self.told(|told| told.greeting.extend(tricks));
    }

    /// Whether all tricks of a feed were played.
    pub(crate) fn is_played(&self, feed: Feed) -> bool {
        self.told(|told| told.tricks.get(&feed).is_none_or(VecDeque::is_empty))
    }

    /// From now on every cursor leads back to the first one.
    pub(crate) fn go_round(&self, circle: bool) {
        self.told(|told| told.circle = circle);
    }

    /// What was asked since it was last looked, of one feed.
    pub(crate) fn asked(&self, feed: Feed) -> Vec<Asked> {
        self.told(|told| {
            let (found, others) = told.asked.drain(..).partition(|asked| asked.path == path(feed));
            told.asked = others;
            found
        })
    }

    /// Which addresses were asked at all, since it was last looked.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.told(|told| told.asked.drain(..).map(|asked| asked.path).collect())
    }
}

pub(crate) fn path(feed: Feed) -> String {
    format!("/api/v2/{}", feed.name())
}

fn error(status: u16, wait: Option<u64>) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    let words = status.canonical_reason().unwrap();
    let body = json!({ "Error": { "Message": words } }).to_string();
    let mut answer = (status, body).into_response();
    if let Some(wait) = wait {
        answer.headers_mut().insert("retry-after", wait.into());
    }
    answer
}

async fn answer(State(told): State<Arc<Mutex<Told>>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let mut told = told.lock().unwrap();
    let token = headers["authorization"].to_str().unwrap().trim_start_matches("Bearer ").to_owned();
    let body: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    told.asked.push(Asked { path: uri.path().to_owned(), body: body.clone() });
    if token != TOKEN {
        return error(401, None);
    }
    if uri.path() == "/api/v2/auth/introspect" {
        return match told.greeting.pop_front() {
            Some(Trick::Status(status, wait)) => error(status, wait),
            Some(Trick::Body(body)) => body.into_response(),
            _ => json!({
                "uuid": "T", "issued_at": "2026-01-02T03:04:05Z", "features": told.features,
                "account_uuid": "SBXAAAAAAAAAAAAAAAAAAAAAAA",
            })
            .to_string()
            .into_response(),
        };
    }
    let feed = Feed::ALL.into_iter().find(|feed| path(*feed) == uri.path());
    feed.map_or_else(|| error(404, None), |feed| feed_answer(&mut told, feed, &body))
}

fn feed_answer(told: &mut Told, feed: Feed, body: &Value) -> Response {
    if !told.features.iter().any(|word| word == feed.name()) {
        return error(401, None);
    }
    let records = told.records.get(&feed).cloned().unwrap_or_default();
    let from = match body["cursor"].as_str() {
        Some(cursor) => cursor.strip_prefix("at:").and_then(|at| at.parse::<usize>().ok()),
        None => Some(0),
    };
    let Some(mut from) = from else { return error(400, None) };
    let trick = told.tricks.get_mut(&feed).and_then(VecDeque::pop_front);
    if matches!(trick, Some(Trick::Again)) {
        from = from.saturating_sub(told.page);
    }
    let until = (from + told.page).min(records.len());
    let mut items = records.get(from..until).unwrap_or_default().to_vec();
    let (mut next, mut more) = (until.max(from.min(records.len())), until < records.len());
    if told.circle {
        (next, more) = (if until >= records.len() { 0 } else { until }, true);
    }
    match trick {
        Some(Trick::Status(status, wait)) => return error(status, wait),
        Some(Trick::Body(body)) => return body.into_response(),
        Some(Trick::Redirect) => {
            return (StatusCode::FOUND, [("location", "/elsewhere")]).into_response();
        }
        Some(Trick::SameCursor) => (next, more) = (from, true),
        Some(Trick::Reversed) => items.reverse(),
        Some(Trick::EmptyPage) => {
            items.clear();
            (next, more) = (from, true);
            let odd = json!({ "cursor": format!("at:{next}"), "has_more": more, "items": null });
            return odd.to_string().into_response();
        }
        _ => {}
    }
    let answer = json!({ "cursor": format!("at:{next}"), "has_more": more, "items": items }).to_string();
    if matches!(trick, Some(Trick::Truncated)) {
        let half = answer.chars().take(answer.len() / 2).collect::<String>();
        return half.into_response();
    }
    answer.into_response()
}
