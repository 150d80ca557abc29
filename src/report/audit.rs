//! `audit/1`, `audit-verify/1` and `audit-checkpoint/1`: the log of changes, whether it is whole, and
//! where its end is kept.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::{Look, Page, Table, cell};
use crate::audit::{Checkpoint, Code, Compared, Outcome, Phase, Record, Seq, Verified};
use crate::domain::fault::Fault;
use crate::domain::id::{ItemId, VaultId};
use crate::domain::text::{SafeText, ascii, counted};

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
    /// A value with names for pseudonyms.
    fn shown(&self, value: &Value) -> String {
        let name = |text: &str| self.names.get(text).map_or_else(|| text.to_owned(), ToString::to_string);
        match value {
            Value::String(text) => name(text),
            Value::Array(values) => values.iter().map(|one| self.shown(one)).collect::<Vec<_>>().join(", "),
            value => value.get("id").and_then(Value::as_str).map_or_else(|| value.to_string(), name),
        }
    }

    /// The arguments in one line, with names for pseudonyms.
    fn arguments(&self, record: &Record) -> SafeText {
        let Value::Object(arguments) = &record.args else {
            return SafeText::default();
        };
        let word = |(name, value): (&String, &Value)| format!("{name}={}", self.shown(value));
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
            "via",
        ]);
        for record in &self.records {
            table.push([
                cell(record.seq),
                look.time(Some(record.time)),
                if record.phase == Phase::Intent { "intent".into() } else { "result".into() },
                record.op.clone(),
                record.of.map(cell).unwrap_or_default(),
                record.outcome.map(|outcome| outcome.word().into()).unwrap_or_default(),
                self.arguments(record),
                record.message.clone().unwrap_or_default(),
                record.actor.user.clone(),
                record.actor.person.clone().unwrap_or_else(|| "service account".into()),
                record.actor.via.clone().unwrap_or_default(),
            ]);
        }
        table
    }
}

/// What a walk over the log found, and what that proves.
#[derive(Serialize)]
pub struct Verification {
    /// Whether every record follows from the one before.
    good: bool,
    #[serde(flatten)]
    verified: Verified,
    /// The checkpoint that the log was compared with.
    checkpoint: Option<Against>,
    /// What is proved.
    proved: Vec<SafeText>,
    /// What is not.
    not_proved: Vec<SafeText>,
}

/// A checkpoint beside the log.
#[derive(Clone, Debug, Serialize)]
pub struct Against {
    /// Where it is kept: a vault's name or a file.
    pub kept_in: SafeText,
    /// When it was written.
    pub time: Timestamp,
    /// Its record.
    pub seq: Seq,
    /// What it proves.
    pub compared: Compared,
}

impl Against {
    /// What is wrong, for a fault; `None` where it goes with the log.
    pub fn contradiction(&self) -> Option<String> {
        let Self { kept_in, time, seq, compared } = self;
        let words = compared.words();
        compared
            .denies()
            .then(|| format!("the checkpoint of {time} at record {seq}, kept in {kept_in}, {words}"))
    }
}

impl Verification {
    /// The result of a walk, and of the comparison with a checkpoint, if there was one.
    pub fn new(verified: Verified, checkpoint: Option<Against>) -> Self {
        let proved_until =
            checkpoint.as_ref().filter(|one| one.compared == Compared::Proved).map(|one| one.seq.0);
        let (mut proved, mut not_proved) = (Vec::new(), Vec::new());
        if verified.records > 0 {
            proved.push(cell(format_args!(
                "no record up to {} was changed, left out, moved, repeated or added",
                verified.records
            )));
        }
        match (&checkpoint, proved_until) {
            (Some(one), Some(seq)) => {
                proved.push(cell(format_args!(
                    "nothing up to record {seq} was cut off or replaced (checkpoint of {}, kept in {})",
                    one.time, one.kept_in
                )));
                let after = verified.records.saturating_sub(seq);
                let there = match after {
                    0 => "none is here".to_owned(),
                    after => format!("{} here, and their chain is good as far as it goes", counted(after, "record")),
                };
                not_proved.push(cell(format_args!(
                    "whether any record after number {seq} is missing at the end: {there}"
                )));
            }
            (Some(one), None) => not_proved.push(cell(format_args!(
                "whether anything was cut off or replaced: the checkpoint of {} at record {}, kept in {}, {}",
                one.time,
                one.seq,
                one.kept_in,
                one.compared.words()
            ))),
            (None, _) => not_proved.push(
                "whether any record is missing at the end: that takes a checkpoint kept apart from it, see `strongroom audit checkpoint`"
                    .into(),
            ),
        }
        not_proved.push("what somebody wrote who has the key of the log".into());
        not_proved.push("whether times are right: they are those of the machines that wrote".into());
        Self { good: verified.first_bad.is_none(), verified, checkpoint, proved, not_proved }
    }
}

impl Page for Verification {
    fn schema(&self) -> &'static str {
        "audit-verify/1"
    }

    fn table(&self, look: &Look) -> Table {
        let mut table = Table::new(["what", "value"]);
        let Verified { records, head, first: _, open_intents, first_bad, torn_tail } = &self.verified;
        let mut row = |what: &str, value: SafeText| table.push([what.into(), value]);
        row("chain", if self.good { "good" } else { "broken" }.into());
        row("good records", cell(records));
        if let Some(head) = head {
            row("last record", cell(head.seq));
            row("its code", cell(head.mac));
        }
        if let Some(bad) = first_bad {
            row("first bad line", cell(bad));
        }
        if let Some(Against { kept_in, time, seq, compared }) = &self.checkpoint {
            let time = look.time(Some(*time));
            row("checkpoint", cell(format_args!("record {seq}, of {time}, kept in {kept_in}")));
            let word = if *compared == Compared::Proved { "goes with the log" } else { compared.words() };
            row("it", word.into());
        }
        let open: Vec<String> = open_intents.iter().map(ToString::to_string).collect();
        row("without result", if open.is_empty() { "none".into() } else { SafeText::new(&open.join(", ")) });
        row("half a line at the end", if *torn_tail { "yes, as a crash leaves it" } else { "no" }.into());
        table
    }

    fn notes(&self, _: &Look) -> Vec<SafeText> {
        let proved = self.proved.iter().map(|what| cell(format_args!("proved: {what}")));
        let not_proved =
            self.not_proved.iter().map(|what| cell(format_args!("cannot be told from this: {what}")));
        let mut notes: Vec<SafeText> = proved.chain(not_proved).collect();
        if !self.verified.open_intents.is_empty() {
            notes.push("without result: the outcome is not known; look at these vaults".into());
        }
        notes
    }
}

/// A checkpoint that was written.
#[derive(Serialize)]
pub struct Noted {
    /// The vault, where it is kept in one.
    pub vault: Option<VaultId>,
    /// The vault's item.
    pub item: Option<ItemId>,
    /// The vault's name, or the file.
    pub kept_in: SafeText,
    /// Whether the vault was made for it.
    pub made: bool,
    /// What was noted.
    pub checkpoint: Checkpoint,
    /// What could not be seen, and who else is on the vault.
    pub told: Vec<SafeText>,
}

impl Page for Noted {
    fn schema(&self) -> &'static str {
        "audit-checkpoint/1"
    }

    fn table(&self, look: &Look) -> Table {
        let mut table = Table::new(["what", "value"]);
        let mut row = |what: &str, value: SafeText| table.push([what.into(), value]);
        row("kept in", self.kept_in.clone());
        if let (Some(vault), Some(item)) = (&self.vault, &self.item) {
            row("vault", cell(vault));
            row("item", cell(item));
        }
        row("records", cell(self.checkpoint.records));
        row("last record", cell(self.checkpoint.seq));
        row("its code", cell(self.checkpoint.mac));
        row("time", look.time(Some(self.checkpoint.time)));
        table
    }

    fn notes(&self, _: &Look) -> Vec<SafeText> {
        let mut notes = self.told.clone();
        if let (true, Some(vault)) = (self.made, &self.vault) {
            notes.push("write into the class file, so that verify compares with it:".into());
            notes.push("[audit]".into());
            notes.push(cell(format_args!("checkpoint_vault = \"{vault}\"")));
            notes.push(
                "the token on this machine made it and can archive what is in it: give staff access in 1Password, \
                 so that somebody sees that; students never. A file that is kept elsewhere proves more: --file"
                    .into(),
            );
        }
        notes
    }
}

/// One record as other programs read it; its fields are a part of the contract.
#[derive(Serialize)]
pub struct Exported<'a> {
    schema: &'static str,
    class: &'a str,
    seq: Seq,
    time: Timestamp,
    phase: Phase,
    op: &'a SafeText,
    args: &'a Value,
    machine: &'a SafeText,
    user: &'a SafeText,
    #[serde(skip_serializing_if = "SafeText::is_empty")]
    service_account: &'a SafeText,
    #[serde(skip_serializing_if = "Option::is_none")]
    person: &'a Option<SafeText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    via: &'a Option<SafeText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: &'a Option<SafeText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<Seq>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: &'a Option<SafeText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: &'a Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: &'a Option<Value>,
    prev: Code,
    mac: Code,
    #[serde(skip_serializing_if = "Option::is_none")]
    names: Option<&'a BTreeMap<String, SafeText>>,
}

impl<'a> Exported<'a> {
    /// A record of a class; `names` tells what hashes in it stand for.
    pub fn new(class: &'a str, record: &'a Record, names: Option<&'a BTreeMap<String, SafeText>>) -> Self {
        Self {
            schema: "strongroom.audit/1",
            class,
            seq: record.seq,
            time: record.time,
            phase: record.phase,
            op: &record.op,
            args: &record.args,
            machine: &record.actor.machine,
            user: &record.actor.user,
            service_account: &record.actor.service_account,
            person: &record.actor.person,
            via: &record.actor.via,
            plan: &record.plan,
            of: record.of,
            outcome: record.outcome,
            message: &record.message,
            before: &record.before,
            after: &record.after,
            prev: record.prev,
            mac: record.mac,
            names,
        }
    }

    /// As one line of plain ASCII, with its line feed.
    ///
    /// # Errors
    /// [`Kind::Local`](crate::domain::fault::Kind::Local) where it cannot be written as JSON.
    pub fn line(&self) -> Result<String, Fault> {
        Ok(format!("{}\n", ascii(&super::json::line(self)?)))
    }
}
