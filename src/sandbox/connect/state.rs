//! How the Connect server stands: `/health` and `/metrics`, for anybody.
//!
//! Of the real `/metrics` only the figures of Go's runtime are documented; here there are the sandbox's own.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::Server;
use crate::sandbox::door::{CONNECT_VERSION, Door};
use crate::sandbox::front::Call;

/// The version and the parts. Until the first Connect token came the copy waits for one; with one in this
/// request, what it opens is told too (Connect 1.1.0).
pub(super) async fn health(State(server): State<Server>, call: Call) -> Json<Value> {
    let opened =
        call.has_token() && call.read(|_, caller| Ok(caller.scope.is_connect())).await.unwrap_or_default();
    if opened {
        server.log.wake();
    }
    let sync = if server.log.is_awake() { "ACTIVE" } else { "TOKEN_NEEDED" };
    let mut parts = vec![
        json!({ "service": "sync", "status": sync }),
        json!({ "service": "sqlite", "status": "ACTIVE", "message": "Connected to ./1password.sqlite" }),
    ];
    if opened {
        parts.push(json!({ "service": "account_data", "status": "ACTIVE" }));
    }
    Json(json!({ "name": "1Password Connect API", "version": CONNECT_VERSION, "dependencies": parts }))
}

/// What was asked of the Connect door, in the text form of Prometheus: by whomever, with people's and the service
/// account's tokens too, which are taken there, and with none.
pub(super) async fn metrics(State(server): State<Server>) -> Response {
    let mut by_route: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for ((_, method, path), count) in server.front.counts() {
        if Door::of(path) == Door::Connect {
            *by_route.entry((path, method)).or_default() += count;
        }
    }
    let mut text = String::from(
        "# HELP connect_requests_total Requests since the start with whatever token, by method and route.\n\
         # TYPE connect_requests_total counter\n",
    );
    for ((path, method), count) in by_route {
        // A String takes every write; routes and methods have nothing that would need to be escaped.
        let _ = writeln!(text, "connect_requests_total{{method=\"{method}\",route=\"{path}\"}} {count}");
    }
    let _ = write!(
        text,
        "# HELP connect_activity_entries Requests that /v1/activity remembers.\n\
         # TYPE connect_activity_entries gauge\nconnect_activity_entries {}\n",
        server.log.len()
    );
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}
