//! What tests of the Events door have in common: tokens, questions, and the walk along a feed.

#![allow(clippy::unwrap_used, reason = "tests")]

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Bench, sent, word};

pub(crate) const AUDIT: &str = "/api/v2/auditevents";
pub(crate) const USAGES: &str = "/api/v2/itemusages";

/// Before anything that happens here, and within what the feeds tell.
pub(crate) const EARLY: &str = "2026-09-01T00:00:00Z";

impl Bench {
    /// A token of the Events API for both feeds.
    pub(crate) async fn events(&self) -> String {
        self.events_for(json!(["auditevents", "itemusages"])).await
    }

    pub(crate) async fn events_for(&self, features: Value) -> String {
        let wanted = json!({ "name": "siem", "features": features });
        let (status, made) = self.post("/sandbox/v1/tokens/events", &self.admin(), wanted).await;
        assert_eq!(status, 201, "{made}");
        word(&made["token"])
    }

    /// One page.
    pub(crate) async fn page(&self, feed: &str, token: &str, asked: Value) -> Page {
        let (status, body) = self.post(feed, token, asked.clone()).await;
        assert_eq!(status, 200, "{asked}: {body}");
        Page::of(&body)
    }

    /// All that a feed tells, and where it goes on.
    pub(crate) async fn walk(&self, feed: &str, token: &str, mut asked: Value) -> Page {
        let mut all = Vec::new();
        for _ in 0..10_000 {
            let page = self.page(feed, token, asked).await;
            all.extend(page.items);
            if !page.has_more {
                return Page { items: all, ..page };
            }
            asked = json!({ "cursor": page.cursor });
        }
        unreachable!("a feed without an end")
    }

    /// All that a feed tells, from the beginning.
    pub(crate) async fn told(&self, feed: &str, token: &str) -> Vec<Value> {
        self.walk(feed, token, json!({ "start_time": EARLY, "limit": 1_000 })).await.items
    }

    /// A request by one kind of program.
    pub(crate) async fn by(
        &self,
        client: &str,
        method: Method,
        path: &str,
        token: &str,
        body: Value,
    ) -> (u16, Value) {
        let request = self.client.request(method, format!("{}{path}", self.running.url));
        sent(request.bearer_auth(token).header("Sandbox-Client", client), body).await
    }
}

/// An answer of a feed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Page {
    pub(crate) items: Vec<Value>,
    pub(crate) cursor: String,
    pub(crate) has_more: bool,
}

impl Page {
    pub(crate) fn of(body: &Value) -> Self {
        assert_eq!(names(body), ["cursor", "has_more", "items"]);
        Self {
            items: body["items"].as_array().unwrap().clone(),
            cursor: word(&body["cursor"]),
            has_more: body["has_more"].as_bool().unwrap(),
        }
    }

    pub(crate) fn uuids(&self) -> Vec<String> {
        uuids(&self.items)
    }
}

pub(crate) fn uuids(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| word(&item["uuid"])).collect()
}

/// The names of an object's fields, in order.
pub(crate) fn names(value: &Value) -> Vec<&str> {
    let mut names: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

/// An error body of this door.
pub(crate) fn error(words: &str) -> Value {
    json!({ "Error": { "Message": words } })
}
