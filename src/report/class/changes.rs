//! Every change of the log in one row: who did what to whose access, when, what was so before and after,
//! and what came of it.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::audit::{Outcome, Phase, Record, Seq};
use crate::domain::access::{AccountKind, Level, Permissions};
use crate::domain::history::OPEN;
use crate::domain::job::JobId;
use crate::domain::text::SafeText;
use crate::report::{Look, Table, cell};

/// What ids and pseudonyms in the log stand for, as far as it is known here.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Students by pseudonym: key and name.
    pub names: HashMap<String, SafeText>,
    /// Students by their vault's id.
    pub owners: HashMap<String, SafeText>,
    /// People and groups by id.
    pub people: HashMap<String, SafeText>,
    /// The kind of account, which names levels.
    pub kind: Option<AccountKind>,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Changed {
    /// The number of its intent in the log.
    pub seq: Seq,
    /// When it was begun.
    pub time: Timestamp,
    /// When its end was told.
    pub ended: Option<Timestamp>,
    /// What was done, by its name in the log.
    pub op: SafeText,
    /// Which step of the end of a term, where it is one.
    pub step: Option<SafeText>,
    /// About which student or students, as far as that is known still.
    pub student: Option<SafeText>,
    /// On which vault, by its id.
    pub vault: Option<SafeText>,
    /// Whose access, by id.
    pub who: Option<SafeText>,
    /// What they are called.
    pub who_name: Option<SafeText>,
    /// What was so before, in words; `?` where it was not known.
    pub before: SafeText,
    /// What was asked for.
    pub wanted: SafeText,
    /// What was so afterwards.
    pub after: SafeText,
    /// What came of it; `open` where that was never told.
    pub outcome: &'static str,
    /// What was said of it.
    pub message: Option<SafeText>,
    /// The user and machine that did it.
    pub by: SafeText,
    /// What 1Password saw of them: the id of a service account or a person; empty where it was asked nothing.
    pub acting_as: SafeText,
    /// Through which front end.
    pub via: Option<SafeText>,
    /// As a part of which job.
    pub job: Option<JobId>,
}

/// Pairs of intent and result, oldest first.
pub fn changes(records: &[Record], known: &Known) -> Vec<Changed> {
    let mut rows: BTreeMap<Seq, Changed> = BTreeMap::new();
    for record in records {
        match (record.phase, record.of) {
            (Phase::Intent, _) => drop(rows.insert(record.seq, begun(record, known))),
            (Phase::Result, Some(of)) => {
                if let Some(row) = rows.get_mut(&of) {
                    row.ended = Some(record.time);
                    row.outcome = record.outcome.map_or(OPEN, Outcome::word);
                    row.message.clone_from(&record.message);
                    row.after = in_words(record.after.as_ref(), known.kind);
                }
            }
            (Phase::Result, None) => {}
        }
    }
    rows.into_values().collect()
}

fn begun(record: &Record, known: &Known) -> Changed {
    let word = |name: &str| record.args.get(name).and_then(Value::as_str);
    let vault = word("vault").or_else(|| word("in"));
    let who = record.args.get("who").and_then(|who| who.as_str().or_else(|| who.get("id")?.as_str()));
    let who = who.or_else(|| word("user"));
    let name = |hash: &str| known.names.get(hash).cloned().unwrap_or_else(|| hash.into());
    let several = record.args.get("students").and_then(Value::as_array).map(|hashes| {
        let names = hashes.iter().filter_map(Value::as_str).map(|hash| name(hash).to_string());
        SafeText::new(&names.collect::<Vec<_>>().join(", "))
    });
    let named = word("student").map(name).or(several);
    let owner = || vault.and_then(|vault| known.owners.get(vault).cloned());
    let actor = &record.actor;
    Changed {
        seq: record.seq,
        time: record.time,
        ended: None,
        op: record.op.clone(),
        step: word("step").map(SafeText::new),
        student: named.or_else(owner),
        vault: vault.map(SafeText::new),
        who: who.map(SafeText::new),
        who_name: who.and_then(|who| known.people.get(who).cloned()),
        before: in_words(record.before.as_ref(), known.kind),
        wanted: word("level").map(SafeText::new).unwrap_or_default(),
        after: SafeText::default(),
        outcome: OPEN,
        message: None,
        by: cell(format_args!("{}@{}", actor.user, actor.machine)),
        acting_as: actor.person.clone().unwrap_or_else(|| actor.service_account.clone()),
        via: actor.via.clone(),
        job: record.plan.as_ref().and_then(|plan| JobId::of_record(plan.as_str())),
    }
}

/// A list of permissions as a level; whatever else as it stands.
fn in_words(value: Option<&Value>, kind: Option<AccountKind>) -> SafeText {
    match value {
        None => SafeText::default(),
        Some(Value::Null) => "?".into(),
        Some(Value::String(word)) => SafeText::new(word),
        Some(Value::Array(names)) => {
            let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
            let level = Permissions::parse(names.iter().copied()).ok().zip(kind);
            let level = level.map(|(set, kind)| Level::of(set, kind)).filter(|level| *level != Level::Custom);
            level.map_or_else(|| SafeText::new(&names.join(", ")), |level| level.name().into())
        }
        Some(Value::Object(parts)) => {
            let part = |(name, value): (&String, &Value)| {
                format!("{name} {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            };
            SafeText::new(&parts.iter().map(part).collect::<Vec<_>>().join(", "))
        }
        Some(value) => SafeText::new(&value.to_string()),
    }
}

/// The same as a table.
pub(super) fn table(rows: &[Changed], look: &Look) -> Table {
    let mut table = Table::new([
        "seq",
        "time",
        "op",
        "step",
        "student",
        "vault",
        "who",
        "name",
        "before",
        "wanted",
        "after",
        "outcome",
        "message",
        "by",
        "acting as",
        "via",
        "job",
    ]);
    for row in rows {
        table.push([
            cell(row.seq),
            look.time(Some(row.time)),
            row.op.clone(),
            row.step.clone().unwrap_or_default(),
            row.student.clone().unwrap_or_default(),
            row.vault.clone().unwrap_or_default(),
            row.who.clone().unwrap_or_default(),
            row.who_name.clone().unwrap_or_default(),
            row.before.clone(),
            row.wanted.clone(),
            row.after.clone(),
            row.outcome.into(),
            row.message.clone().unwrap_or_default(),
            row.by.clone(),
            row.acting_as.clone(),
            row.via.clone().unwrap_or_default(),
            row.job.as_ref().map(cell).unwrap_or_default(),
        ]);
    }
    table
}
