//! What the Events API has to tell, in the order in which it arrives there: records as they go out.
//!
//! A record is written with the change or the use that it is about, so that names are those of that moment and
//! a person who is deleted later is still told of. Knows the parts that both feeds share: people, sessions,
//! addresses, places. What is told of which change stands in [`super::audit`], of which use in
//! [`super::usage`]. Must not know cursors or the versions of the API: a record has all that the second
//! version tells.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::caller::By;
use super::token::UPPER;
use super::{Client, PersonRow, Turn, fresh};
use crate::domain::events::Feed;
use crate::domain::id::PersonId;
use crate::sandbox::refusal::Result;

/// How far back the Events API tells (its reference), in days.
const DAYS: i64 = 120;

/// Which records are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) struct Span {
    /// The feed.
    pub(in crate::sandbox) feed: Feed,
    /// Those that arrived behind this place.
    pub(in crate::sandbox) after: i64,
    /// That happened at this time or later, in nanoseconds since 1970.
    pub(in crate::sandbox) start: i64,
    /// That happened before this time.
    pub(in crate::sandbox) end: Option<i64>,
    /// At most so many.
    pub(in crate::sandbox) limit: u32,
}

/// Some records of a feed.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::sandbox) struct Told {
    /// In the order in which they arrived.
    pub(in crate::sandbox) records: Vec<Value>,
    /// The place of the last one; where it was asked from if there is none.
    pub(in crate::sandbox) place: i64,
    /// Whether there are more behind it by now.
    pub(in crate::sandbox) has_more: bool,
}

/// A time as it is compared: nanoseconds since 1970.
pub(in crate::sandbox) fn nanos(time: Timestamp) -> i64 {
    i64::try_from(time.as_nanosecond()).unwrap_or(if time < Timestamp::UNIX_EPOCH { 0 } else { i64::MAX })
}

impl Turn<'_> {
    /// Records in the order in which they arrived. What happened too long ago is told no more.
    pub(in crate::sandbox) fn told(&self, span: &Span) -> Result<Told> {
        let day = 24 * 60 * 60 * 1_000_000_000;
        let start = span.start.max(nanos(self.now) - DAYS * day);
        let limit = usize::try_from(span.limit).unwrap_or(usize::MAX);
        let rows = self.all(
            "SELECT place, body FROM report
             WHERE feed = ? AND place > ? AND time >= ? AND time < ? ORDER BY place LIMIT ?",
            (span.feed.name(), span.after, start, span.end.unwrap_or(i64::MAX), i64::from(span.limit) + 1),
            |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)),
        )?;
        let mut told = Told { records: Vec::new(), place: span.after, has_more: false };
        for (place, body) in rows {
            if told.records.len() == limit {
                told.has_more = true;
                break;
            }
            told.records.push(serde_json::from_str(&body)?);
            told.place = place;
        }
        Ok(told)
    }

    /// Lets records arrive once more, as the last ones of now: where they were before, they are not told.
    pub(in crate::sandbox) fn put_off(&self, uuids: &[String]) -> Result<()> {
        let move_on = "UPDATE report SET place = (SELECT max(place) + 1 FROM report) WHERE uuid = ?";
        for uuid in uuids {
            self.change(move_on, [uuid])?;
        }
        Ok(())
    }

    /// Writes a record: what is told of it, and what every record has.
    pub(super) fn tell(&self, feed: Feed, mut record: Map<String, Value>) -> Result<()> {
        // Events have ids in upper case, like people.
        let uuid = fresh::<PersonId>()?;
        let (time, written) = match feed {
            Feed::Audit => (self.now, self.now.to_string()),
            Feed::Usage => {
                let time = Timestamp::from_millisecond(self.millis()).unwrap_or(self.now);
                (time, time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string())
            }
        };
        record.insert("uuid".to_owned(), json!(uuid));
        record.insert("timestamp".to_owned(), json!(written));
        record.insert("account_uuid".to_owned(), json!(self.account()?.id));
        let body = Value::Object(record).to_string();
        let row = (feed.name(), uuid.as_str(), nanos(time), body);
        self.change("INSERT INTO report (feed, uuid, time, body) VALUES (?, ?, ?, ?)", row).map(drop)
    }

    /// What is told of a person: id, name, address. Of a service account or an integration it is not known
    /// whether anything is told but its id; nothing is.
    pub(super) fn details(&self, person: &str) -> Option<Value> {
        let found = self.person(&PersonId::parse(person).ok()?).ok().filter(PersonRow::is_human);
        found.map(|row| json!({ "uuid": row.id, "name": row.name, "email": row.email }))
    }

    /// The session of whoever does something: one an hour for each person and kind of program.
    pub(super) fn session(&self, by: By<'_>) -> Value {
        let who = by.who.map_or("", PersonId::as_str);
        let client = by.client.map_or("", Client::name);
        let began = self.now.as_second().div_euclid(3600) * 3600;
        json!({
            "uuid": made_up(&["session", who, client, &began.to_string()]),
            "login_time": Timestamp::from_second(began).unwrap_or(self.now).to_string(),
            "device_uuid": made_up(&["device", who, client]).to_ascii_lowercase(),
            "ip": address(by),
        })
    }
}

/// From which address somebody comes: of those for examples (RFC 5737), the same one always.
pub(super) fn address(by: By<'_>) -> String {
    match by.client {
        Some(Client::App | Client::Web) => {
            let digest = Sha256::digest(by.who.map_or("", PersonId::as_str));
            format!("203.0.113.{}", 1 + u16::from(digest[0]) % 254)
        }
        Some(Client::Cli) => "198.51.100.7".to_owned(),
        Some(Client::Connect) | None => "192.0.2.10".to_owned(),
    }
}

/// Where somebody is, as far as an address tells that: nowhere for what runs on a server.
pub(super) fn place(client: Client) -> Option<Value> {
    matches!(client, Client::App | Client::Web).then(|| {
        json!({
            "country": "Canada", "region": "Ontario", "city": "Toronto",
            "latitude": 43.64, "longitude": -79.433,
        })
    })
}

/// An id in upper case that is always the same for the same words.
fn made_up(words: &[&str]) -> String {
    let digest = Sha256::digest(words.join("|"));
    let letters = digest.iter().take(23).map(|byte| char::from(UPPER[usize::from(byte % 32)]));
    "SBX".chars().chain(letters).collect()
}

/// A number that stands for an id where a number is wanted; the real one is internal.
pub(super) fn number(id: &str) -> u32 {
    let digest = Sha256::digest(id);
    u32::from_be_bytes([0, digest[0], digest[1], digest[2]])
}
