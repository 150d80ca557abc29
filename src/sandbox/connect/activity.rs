//! `GET /v1/activity`: the requests that were made to this Connect server with Connect tokens.
//!
//! Kept in memory and bounded: the oldest are forgotten, and all of them when the sandbox ends. Undocumented and
//! decided here: the latest come first, a Connect token sees its own requests, those about vaults in its scope, and
//! those about no vault, and no figure counts others; a request that was refused for whatever reason is a `DENY`,
//! and asking for the list does not stand in it, since it would move under whoever pages through it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::extract::State;
use axum::http::HeaderName;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Server;
use super::about::About;
use crate::domain::id::{AccountId, PersonId};
use crate::sandbox::front::{Call, Words};
use crate::sandbox::refusal::{Refusal, Result};
use crate::sandbox::routes::Route;
use crate::sandbox::wire::seconds;
use crate::sandbox::world::Caller;

/// How many requests are remembered.
const KEPT: usize = 10_000;
/// How many are told at once if it is not said how many.
const LIMIT: usize = 50;

const CONTENT_RANGE: HeaderName = HeaderName::from_static("content-range");

/// The requests of Connect tokens.
#[derive(Debug, Default)]
pub(in crate::sandbox) struct Log {
    seen: Mutex<VecDeque<Seen>>,
    awake: AtomicBool,
}

/// A request as it turned out.
#[derive(Debug)]
pub(super) struct Request {
    /// The program's name, as it says.
    pub(super) agent: String,
    pub(super) about: About,
    pub(super) done: bool,
}

#[derive(Debug)]
struct Seen {
    id: String,
    time: Timestamp,
    action: &'static str,
    actor: PersonId,
    jti: String,
    kind: &'static str,
    request: Request,
}

impl Log {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers a request if it came with a Connect token.
    pub(super) fn note(&self, time: Timestamp, route: &Route, caller: &Caller, request: Request) {
        let Some(issue) = caller.scope.issue().filter(|_| caller.scope.is_connect()) else { return };
        self.wake();
        let action = match route.method {
            "GET" => "READ",
            "POST" => "CREATE",
            "DELETE" => "DELETE",
            _ => "UPDATE",
        };
        let kind = if route.path.contains("/items") { "ITEM" } else { "VAULT" };
        let mut seen = self.lock();
        seen.truncate(KEPT - 1);
        seen.push_front(Seen {
            id: uuid(),
            time,
            action,
            actor: caller.id.clone(),
            jti: issue.id.clone(),
            kind,
            request,
        });
    }

    /// The server has its first token, with which it can begin to copy.
    pub(super) fn wake(&self) {
        self.awake.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_awake(&self) -> bool {
        self.awake.load(Ordering::Relaxed)
    }

    /// How many are remembered.
    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }
}

impl Seen {
    /// Whether somebody is told of it: whose it is, and whoever may see its vault, if it is about one.
    fn concerns(&self, caller: &Caller) -> bool {
        let own = caller.scope.issue().is_some_and(|issue| issue.id == self.jti);
        own || self.request.about.vault.as_ref().is_none_or(|vault| caller.scope.rights(vault).is_some())
    }

    /// `APIRequest` of the OpenAPI document. Whoever asks is on this machine, as all of the sandbox is.
    fn wire(&self, account: &AccountId) -> Value {
        let About { vault, item, version, .. } = &self.request.about;
        let mut resource = json!({ "type": self.kind });
        if let Some(vault) = vault {
            resource["vault"] = json!({ "id": vault });
        }
        if let Some(item) = item {
            resource["item"] = json!({ "id": item });
        }
        if let Some(version) = version {
            resource["itemVersion"] = json!(version);
        }
        json!({
            "requestId": self.id,
            "timestamp": seconds(self.time),
            "action": self.action,
            "result": if self.request.done { "SUCCESS" } else { "DENY" },
            "actor": {
                "id": self.actor, "account": account, "jti": self.jti,
                "userAgent": self.request.agent, "requestIp": "127.0.0.1",
            },
            "resource": resource,
        })
    }
}

/// A random UUID (RFC 9562, version 4).
fn uuid() -> String {
    let bits = fastrand::u128(..) & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let part = |from: u32, digits: usize| {
        let part = (bits >> from) & ((1 << (4 * digits)) - 1);
        format!("{part:0digits$x}")
    };
    [part(96, 8), part(80, 4), part(64, 4), part(48, 4), part(0, 12)].join("-")
}

/// A number of the query, or what it is without one.
fn number(words: &Words, name: &str, without: usize) -> Result<usize> {
    let Some(word) = words.get(name).filter(|word| !word.is_empty()) else { return Ok(without) };
    word.parse().map_err(|_| Refusal::bad(format!("Invalid {name}")))
}

pub(super) async fn list(State(server): State<Server>, call: Call, words: Words) -> Result<Response> {
    let log = server.log.clone();
    let listed = call.read(move |turn, caller| {
        if !caller.scope.is_connect() {
            return Err(Refusal::unknown_token());
        }
        let (limit, offset) = (number(&words, "limit", LIMIT)?, number(&words, "offset", 0)?);
        let account = turn.account()?.id;
        let seen = log.lock();
        let told: Vec<&Seen> = seen.iter().filter(|seen| seen.concerns(caller)).collect();
        let page: Vec<Value> = told.iter().skip(offset).take(limit).map(|seen| seen.wire(&account)).collect();
        let first = if page.is_empty() { 0 } else { offset + 1 };
        let last = if page.is_empty() { 0 } else { offset + page.len() };
        Ok((format!("{first}-{last}/{}", told.len()), page))
    });
    let (range, page) = listed.await?;
    Ok(([(CONTENT_RANGE, range)], Json(page)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_an_id_of_the_documented_form() {
        for _ in 0..100 {
            let id = uuid();
            let lengths: Vec<usize> = id.split('-').map(str::len).collect();
            let version = (id.chars().nth(14), id.chars().nth(19));
            assert_eq!((lengths.as_slice(), version.0), ([8, 4, 4, 4, 12].as_slice(), Some('4')), "{id}");
            assert!(version.1.is_some_and(|variant| "89ab".contains(variant)), "{id}");
        }
    }
}
