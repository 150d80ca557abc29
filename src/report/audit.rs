//! `audit/1`, and `audit-verify/1`: the log of changes, and whether it is whole.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;

use super::{Look, Page, Table, cell};
use crate::audit::{Outcome, Phase, Record, Verified};
use crate::domain::text::SafeText;

/// Records of the log, as they stand in it.
#[derive(Serialize)]
pub struct Records {
    /// The records, oldest first.
    pub records: Vec<Record>,
    /// What pseudonyms stand for, as far as it was not erased; only for the table.
    #[serde(skip)]
    pub names: HashMap<String, SafeText>,
}

impl Records {
    /// The arguments in one line, with names for pseudonyms.
    fn arguments(&self, record: &Record) -> SafeText {
        let Value::Object(arguments) = &record.args else {
            return SafeText::default();
        };
        let word = |(name, value): (&String, &Value)| {
            let text = value.as_str().map(str::to_owned);
            let id = value.get("id").and_then(Value::as_str).map(str::to_owned);
            let text = text.or(id).unwrap_or_else(|| value.to_string());
            let shown = self.names.get(&text).map_or(text, ToString::to_string);
            format!("{name}={shown}")
        };
        SafeText::new(&arguments.iter().map(word).collect::<Vec<_>>().join(" "))
    }
}

impl Page for Records {
    fn schema(&self) -> &'static str {
        "audit/1"
    }

    fn table(&self, look: &Look) -> Table {
        let mut table = Table::new([
            "seq",
            "time",
            "phase",
            "op",
            "of",
            "outcome",
            "arguments",
            "message",
            "user",
            "acts",
        ]);
        for record in &self.records {
            table.push([
                cell(record.seq),
                look.time(Some(record.time)),
                if record.phase == Phase::Intent { "intent".into() } else { "result".into() },
                record.op.clone(),
                record.of.map(cell).unwrap_or_default(),
                record.outcome.map(|outcome| outcome_word(outcome).into()).unwrap_or_default(),
                self.arguments(record),
                record.message.clone().unwrap_or_default(),
                record.actor.user.clone(),
                record.actor.person.clone().unwrap_or_else(|| "service account".into()),
            ]);
        }
        table
    }
}

fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "done",
        Outcome::Unchanged => "unchanged",
        Outcome::Failed => "failed",
        Outcome::Unknown => "unknown",
        Outcome::Refused => "refused",
    }
}

/// What a walk over the log found.
#[derive(Serialize)]
pub struct Verification {
    /// Whether every record follows from the one before.
    good: bool,
    #[serde(flatten)]
    verified: Verified,
}

impl Verification {
    /// The result of a walk.
    pub fn new(verified: Verified) -> Self {
        Self { good: verified.first_bad.is_none(), verified }
    }
}

impl Page for Verification {
    fn schema(&self) -> &'static str {
        "audit-verify/1"
    }

    fn table(&self, _: &Look) -> Table {
        let mut table = Table::new(["what", "value"]);
        let Verified { records, head, open_intents, first_bad, torn_tail } = &self.verified;
        let mut row = |what: &str, value: SafeText| table.push([what.into(), value]);
        row("chain", if self.good { "good" } else { "broken" }.into());
        row("good records", cell(records));
        if let Some(head) = head {
            row("last record", cell(head.seq));
            row("its code", cell(head.mac));
        }
        if let Some(bad) = first_bad {
            row("first bad line", cell(format_args!("line {} {}", bad.line, bad.why)));
        }
        let open: Vec<String> = open_intents.iter().map(ToString::to_string).collect();
        row("without result", if open.is_empty() { "none".into() } else { SafeText::new(&open.join(", ")) });
        row("half a line at the end", if *torn_tail { "yes, as a crash leaves it" } else { "no" }.into());
        table
    }

    fn notes(&self, _: &Look) -> Vec<SafeText> {
        let mut notes: Vec<SafeText> = vec![
            "proved: no record up to the last good one was changed, left out, moved, repeated or added"
                .into(),
            "not proved: that nothing is missing at the end (compare the last record with a note of it \
             kept elsewhere), nor anything against somebody who has the key"
                .into(),
        ];
        if !self.verified.open_intents.is_empty() {
            notes.push("without result: the outcome is not known; look at these vaults".into());
        }
        notes
    }
}
