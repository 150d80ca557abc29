//! The Events API of 1Password Business: what a token may read of it, and its two feeds, page by page.
//!
//! It only reads, and tells nothing but who did what. Every question is a POST with a cursor or with the time
//! to begin at (1Password developer pages "Events API reference" and "Pagination"); an answer has a cursor for
//! the next question, with nothing in it too. What a page holds is read as it comes: a record that cannot be
//! understood is left out and counted, and keeps no other from being read.
//!
//! The token is sent to one host over TLS: to the one of the class file, else to the one that the token itself
//! names as its audience, as 1Password's own clients do. Only an address that is named as such may be this
//! machine's; ids of a sandbox are read there and nowhere else.

mod record;
#[cfg(test)]
mod tests;
mod token;

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::Provider;
use super::http::Http;
use crate::domain::events::{Cursor, Feed, From, Page};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::host::is_loopback_http;
use crate::domain::id::AccountId;
use crate::domain::operation::{Capabilities, Capability};
use crate::domain::secret::Secret;
use crate::domain::text::SafeText;
use token::Claims;

/// The most records of a page, as the reference says.
const LIMIT: usize = 1_000;
/// The longest answer, in bytes: far more than so many records have.
const ANSWER_LIMIT: usize = 8 << 20;
/// By then an answer has to be over: who reads along is held up by one that goes on and on.
const WITHIN: Duration = Duration::from_secs(60);
/// The longest cursor that is kept, in bytes. Nobody says how long they are; those of samples have some hundred.
const LONGEST_CURSOR: usize = 16 << 10;
/// What the service tells of a token.
const INTROSPECTION: &str = "/api/v2/auth/introspect";

/// The Events API, seen with one token.
pub struct Events {
    http: Http,
    host: SafeText,
    /// Whether it is on this machine, and so may be a sandbox.
    is_local: bool,
    expires: Option<Timestamp>,
    account: OnceLock<AccountId>,
}

/// What the service tells of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Introspection {
    /// The feeds that it may read.
    pub feeds: Vec<Feed>,
    /// Whose events it reads; not told by every version of the service.
    pub account: Option<AccountId>,
    /// When it was issued.
    pub issued_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct WirePage {
    cursor: Option<String>,
    has_more: Option<bool>,
    items: Option<Items>,
}

/// The records of a page as they come, and never more than a page may have.
#[derive(Default)]
struct Items {
    list: Vec<Value>,
    /// Whether there were others.
    too_many: bool,
}

impl<'de> Deserialize<'de> for Items {
    fn deserialize<D: Deserializer<'de>>(wire: D) -> std::result::Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Items;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of records")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<Items, A::Error> {
                let mut items = Items::default();
                while items.list.len() < LIMIT {
                    let Some(item) = seq.next_element()? else { return Ok(items) };
                    items.list.push(item);
                }
                while seq.next_element::<IgnoredAny>()?.is_some() {
                    items.too_many = true;
                }
                Ok(items)
            }
        }
        wire.deserialize_seq(List)
    }
}

impl Events {
    /// The Events API at an address such as `https://events.1password.com`, or where none is given at the host
    /// that the token names; through no proxy but the one that is named.
    ///
    /// # Errors
    /// [`Kind::Input`] where neither names a host, or it is one that a token must not be sent to.
    pub fn at(host: Option<&str>, token: Secret, proxy: Option<&str>) -> Result<Self> {
        let claims = Claims::of(&token);
        let (base, is_local) = match host {
            Some(host) => configured(host)?,
            None => (format!("https://{}", claims.host.as_ref().ok_or_else(nowhere)?), false),
        };
        let http = if is_local { Http::loopback(&base, token) } else { Http::tls(&base, token, proxy) };
        let (http, host) = (http.bounded(ANSWER_LIMIT, WITHIN), SafeText::new(&base));
        Ok(Self { http, host, is_local, expires: claims.expires, account: OnceLock::new() })
    }

    /// The address that is asked.
    pub fn host(&self) -> &SafeText {
        &self.host
    }

    /// Until when the token is good, where it says so.
    pub fn expires(&self) -> Option<Timestamp> {
        self.expires
    }

    /// Whose events it reads, once the service has told what the token may read.
    pub fn account(&self) -> Option<&AccountId> {
        self.account.get()
    }

    /// Asks what the token may read.
    ///
    /// # Errors
    /// [`Kind::SignIn`] where the token is refused; those of the way there.
    pub async fn introspect(&self) -> Result<Introspection> {
        let answer: Value = self.http.get(INTROSPECTION).await.map_err(|fault| hinted(fault, TOKEN))?;
        let features: Vec<_> = answer["features"].as_array().into_iter().flatten().collect();
        let account = answer["account_uuid"].as_str().and_then(|id| AccountId::parse(id).ok());
        if let Some(account) = &account {
            if account.is_sandbox() && !self.is_local {
                return Err(Fault::new(
                    Kind::Broken,
                    "the Events API answered with the account of a sandbox",
                ));
            }
            // It never changes: a token belongs to one account.
            let _kept = self.account.set(account.clone());
        }
        Ok(Introspection {
            feeds: Feed::ALL
                .into_iter()
                .filter(|feed| features.iter().any(|one| *one == feed.name()))
                .collect(),
            account,
            issued_at: answer["issued_at"].as_str().and_then(|at| at.parse().ok()),
        })
    }
}

#[async_trait]
impl Provider for Events {
    fn capabilities(&self) -> Capabilities {
        Capabilities::of(&[Capability::ReadActivity])
    }

    async fn feeds(&self) -> Result<Vec<Feed>> {
        Ok(self.introspect().await?.feeds)
    }

    async fn activity(&self, feed: Feed, from: &From) -> Result<Page> {
        let question = match from {
            From::Time(at) => json!({ "limit": LIMIT, "start_time": at.to_string() }),
            From::Cursor(cursor) => json!({ "cursor": cursor.as_str() }),
        };
        let path = match feed {
            Feed::Audit => "/api/v2/auditevents",
            Feed::Usage => "/api/v2/itemusages",
        };
        let answer = self.http.ask::<WirePage>(path, &question).await;
        let answer = answer.map_err(|fault| hinted(fault, FEATURE).during(feed.to_string()))?;
        page(feed, answer, self.is_local)
    }
}

/// An answer as it is understood.
fn page(feed: Feed, answer: WirePage, is_local: bool) -> Result<Page> {
    let wrong = |what| Err(Fault::new(Kind::Broken, format!("{feed}: the answer {what}")));
    let cursor = match answer.cursor {
        Some(cursor) if cursor.len() > LONGEST_CURSOR => return wrong("has a cursor that is too long"),
        Some(cursor) if !cursor.is_empty() => Cursor::new(cursor),
        _ => return wrong("has no cursor"),
    };
    let Items { list: items, too_many } = answer.items.unwrap_or_default();
    if too_many {
        return wrong("has more records than a page may have");
    }
    let came = items.len();
    let list: Vec<_> = items.iter().filter_map(|item| record::record(feed, item, is_local)).collect();
    let left_out = came - list.len();
    Ok(Page { list, cursor, has_more: answer.has_more.unwrap_or(false), left_out })
}

const TOKEN: &str =
    "check the token of the Events API: 1Password tells its owner when it expires or is revoked";
const FEATURE: &str = "issue a token that may read audit events and item usages";

/// Says what mends a token that is refused.
fn hinted(fault: Fault, mend: &str) -> Fault {
    if matches!(fault.kind, Kind::SignIn | Kind::Denied) { fault.hint(mend) } else { fault }
}

/// An address of the class file, and whether it is this machine's.
fn configured(host: &str) -> Result<(String, bool)> {
    let base = host.trim_end_matches('/');
    if let Some(name) = base.strip_prefix("https://").filter(|name| !name.is_empty()) {
        return Ok((format!("https://{name}"), false));
    }
    if is_loopback_http(base) {
        return Ok((base.to_owned(), true));
    }
    Err(Fault::new(Kind::Input, "the address of the Events API must begin with https://")
        .hint("for example host = \"https://events.1password.com\" under [provider.events]"))
}

fn nowhere() -> Fault {
    Fault::new(Kind::Input, "the token of the Events API names no host to ask").hint(
        "write host = \"https://events.1password.com\", or that of your region, under [provider.events]",
    )
}
