//! `/api/…`: the Events API of 1Password Business, over what really happened here.
//!
//! Introspection, audit events and item usages, each in both versions that are still supported; attempts to
//! sign in are not imitated, since nobody signs in to a sandbox. Paths, bodies and the protocol of cursors are
//! those of 1Password's pages on the Events API (1.4.1), the error bodies those that its users have seen. Only
//! tokens of the Events API are taken, each for the feeds that it names. What the real service is not told of,
//! nobody is told of here ([`super::world`] decides that when it happens).
//!
//! ```text
//! {"start_time":…} | {"cursor":…} ─> Cursor ─> told(span) ─> {"cursor","has_more","items"}
//! ```

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRef, State};
use axum::routing::{MethodRouter, get, post};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

mod cursor;
mod pace;

pub(super) use cursor::Cursor;

use super::front::{Call, Front, body};
use super::refusal::{Refusal, Result};
use super::routes;
use super::world::{Caller, Feature, Issue, Scope, Turn};
use crate::domain::events::Feed;
use pace::Paces;

/// The records of a page when nobody says how many, and the most of them.
const USUAL: u32 = 100;
const MOST: u32 = 1_000;
/// How far back a first question looks when it does not say, in seconds.
const HOUR: i64 = 3_600;

type Answer = Result<Json<Value>>;

/// The Events API: the world, and how often each token has asked.
#[derive(Clone)]
pub(super) struct Reporting {
    front: Front,
    paces: Arc<Paces>,
}

impl Reporting {
    pub(super) fn new(front: Front) -> Self {
        Self { front, paces: Arc::default() }
    }
}

impl FromRef<Reporting> for Front {
    fn from_ref(reporting: &Reporting) -> Self {
        reporting.front.clone()
    }
}

/// A version of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    First,
    Second,
}

/// The routes, by path.
pub(super) fn routes() -> Vec<(&'static str, MethodRouter<Reporting>)> {
    use Version::{First, Second};
    let feed =
        |feed, version| post(move |reporting, call, bytes| page(feed, version, reporting, call, bytes));
    let token = |version| get(move |reporting, call| introspect(version, reporting, call));
    vec![
        (routes::INTROSPECT.path, token(Second)),
        (routes::INTROSPECT_1.path, token(First)),
        (routes::AUDIT.path, feed(Feed::Audit, Second)),
        (routes::AUDIT_1.path, feed(Feed::Audit, First)),
        (routes::USAGES.path, feed(Feed::Usage, Second)),
        (routes::USAGES_1.path, feed(Feed::Usage, First)),
    ]
}

/// The token behind a request, if it may ask at this moment.
fn admitted<'c>(paces: &Paces, turn: &Turn<'_>, caller: &'c Caller) -> Result<(&'c Issue, &'c [Feature])> {
    let Scope::Events { issue, features } = &caller.scope else { return Err(Refusal::unknown_token()) };
    paces.admit(&issue.id, turn.now())?;
    Ok((issue, features))
}

async fn introspect(version: Version, State(reporting): State<Reporting>, call: Call) -> Answer {
    let told = call.read(move |turn, caller| {
        let (issue, features) = admitted(&reporting.paces, turn, caller)?;
        let issued = issue.issued.to_string();
        Ok(match version {
            Version::First => json!({ "UUID": issue.id, "IssuedAt": issued, "Features": features }),
            Version::Second => json!({
                "uuid": issue.id, "issued_at": issued, "features": features,
                "account_uuid": turn.account()?.id,
            }),
        })
    });
    told.await.map(Json)
}

/// What is asked of a feed: from where on, or where it goes on.
#[derive(Deserialize)]
struct Asked {
    cursor: Option<String>,
    limit: Option<u32>,
    start_time: Option<Timestamp>,
    end_time: Option<Timestamp>,
}

impl Asked {
    /// Where that is. A cursor stands alone: it carries all the rest.
    fn cursor(self, turn: &Turn<'_>, feed: Feed, account: &str) -> Result<Cursor> {
        let Self { cursor, limit, start_time, end_time } = self;
        if let Some(text) = cursor {
            let alone = limit.is_none() && start_time.is_none() && end_time.is_none();
            let known = Cursor::read(&text, account).filter(|cursor| alone && cursor.feed() == feed);
            return known.ok_or_else(|| Refusal::bad("that is no cursor of this feed"));
        }
        let limit = limit.unwrap_or(USUAL);
        if !(1..=MOST).contains(&limit) {
            return Err(Refusal::bad("limit is 1 to 1000"));
        }
        let last = end_time.unwrap_or_else(|| turn.now());
        let hour_before = Timestamp::from_nanosecond(last.as_nanosecond() - i128::from(HOUR) * 1_000_000_000);
        let start = start_time.or(hour_before.ok()).unwrap_or(Timestamp::MIN);
        if end_time.is_some_and(|end| end <= start) {
            return Err(Refusal::bad("end_time is before start_time"));
        }
        Ok(Cursor::first(feed, limit, start, end_time))
    }
}

async fn page(
    feed: Feed,
    version: Version,
    State(reporting): State<Reporting>,
    call: Call,
    bytes: Bytes,
) -> Answer {
    let told = call.read(move |turn, caller| {
        let (_, features) = admitted(&reporting.paces, turn, caller)?;
        if !features.iter().any(|feature| feature.feed() == Some(feed)) {
            return Err(Refusal::unknown_token());
        }
        let asked: Asked = body(&bytes)?;
        let account = turn.account()?.id;
        let cursor = asked.cursor(turn, feed, account.as_str())?;
        let told = turn.told(&cursor.span())?;
        let records = told.records.into_iter().map(|record| version.of(record));
        Ok(json!({
            "cursor": cursor.next(told.place).text(account.as_str()), "has_more": told.has_more,
            "items": records.collect::<Vec<_>>(),
        }))
    });
    told.await.map(Json)
}

impl Feature {
    /// The feed that is read with it; `None` for one that is not imitated.
    fn feed(self) -> Option<Feed> {
        match self {
            Self::AuditEvents => Some(Feed::Audit),
            Self::ItemUsages => Some(Feed::Usage),
            Self::SignInAttempts => None,
        }
    }
}

impl Version {
    /// A record as this version has it: what came with the second one (1.3.0 and 1.4.0 of the changelog) is
    /// not in the first.
    fn of(self, mut record: Value) -> Value {
        if let (Self::First, Some(fields)) = (self, record.as_object_mut()) {
            fields.retain(|name, _| {
                !["account_uuid", "actor_account_uuid", "actor_type"].contains(&name.as_str())
            });
            if let Some(user) = fields.get_mut("user").and_then(Value::as_object_mut) {
                user.retain(|name, _| !["user_type", "user_account_uuid"].contains(&name.as_str()));
            }
        }
        record
    }
}
