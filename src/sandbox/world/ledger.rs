//! The ledger: every change of the world, in order, written in the same transaction as the change.
//!
//! It is the oracle of tests: what really happened, whatever an answer said. It holds ids, names
//! and permissions, never a field's value and never a token. What the Events API tells of a change is
//! written with it ([`super::audit`]).

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use super::caller::By;
use super::{Client, Turn, count, time};
use crate::domain::id::PersonId;
use crate::sandbox::refusal::Result;

/// One change.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// Dense, from 1.
    pub seq: u64,
    /// When.
    pub time: Timestamp,
    /// The id of who did it, or `sandbox` for the world itself.
    pub actor: String,
    /// By which kind of program: `app`, `web`, `cli` or `connect`; empty for the world itself.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub client: String,
    /// What was done, as `noun.verb`.
    pub action: String,
    /// To what: ids, names and permissions, by kind of change.
    #[serde(flatten)]
    pub facts: Map<String, Value>,
}

impl Turn<'_> {
    /// Writes a line, and what is told of it; `facts` is an object.
    pub(super) fn note(&self, by: By<'_>, action: &str, facts: &Value) -> Result<()> {
        let (actor, client) =
            (by.who.map_or("sandbox", PersonId::as_str), by.client.map_or("", Client::name));
        self.change(
            "INSERT INTO ledger (time, actor, action, facts, client) VALUES (?, ?, ?, ?, ?)",
            (self.millis(), actor, action, facts.to_string(), client),
        )?;
        self.tell_change(by, action, facts)
    }

    /// All of it, in order.
    pub fn ledger(&self) -> Result<Vec<Entry>> {
        self.ledger_after(0)
    }

    /// What came after the line of that number, in order.
    pub(crate) fn ledger_after(&self, seq: u64) -> Result<Vec<Entry>> {
        let seq = i64::try_from(seq).unwrap_or(i64::MAX);
        self.all("SELECT * FROM ledger WHERE seq > ? ORDER BY seq", [seq], |row| {
            let facts: String = row.get("facts")?;
            Ok(Entry {
                seq: count(row, "seq")?,
                time: time(row, "time")?,
                actor: row.get("actor")?,
                client: row.get("client")?,
                action: row.get("action")?,
                facts: serde_json::from_str(&facts).unwrap_or_default(),
            })
        })
    }
}
