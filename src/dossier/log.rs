//! The log of a class, as far as it is told to people: whether it is whole, and what its pseudonyms stand for.

use std::collections::HashMap;

use serde_json::Value;

use crate::audit::{Checkpoint, Compared, Record, Verified};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::text::SafeText;
use crate::ops::Ops;
use crate::ops::checkpoint::Noted;
use crate::queries::{Queries, blocking};
use crate::report::audit::Against;

/// A log, and the checkpoint that it was compared with.
pub struct Checked {
    /// What the log itself says.
    pub verified: Verified,
    /// The checkpoint, and what it proves.
    pub against: Option<Against>,
    /// What there is to say about the checkpoint.
    pub told: Vec<SafeText>,
    /// Why it could not be compared, or is not to be believed.
    pub fault: Option<Fault>,
}

/// What a log is compared with.
pub enum Source<'a> {
    /// A checkpoint at hand.
    Given(Box<Noted>),
    /// Those in a vault: its id or exact name.
    Vault(&'a str),
    /// None.
    Nothing,
}

impl Checked {
    /// Checks the log, and compares it with this; a vault that cannot be read is told and no error.
    ///
    /// # Errors
    /// [`Kind::Local`] where the log cannot be read.
    pub async fn of(ops: &Ops, source: Source<'_>) -> Result<Self> {
        let (mut told, mut fault, mut kept, mut found) = (Vec::new(), None, None, Vec::new());
        match source {
            Source::Given(one) => found.push(*one),
            Source::Vault(vault) => match ops.checkpoints(vault).await {
                Ok(there) => {
                    told.clone_from(&there.told);
                    found.clone_from(&there.noted);
                    if there.count == 0 {
                        let none = Fault::new(Kind::NotFound, format!("there is no checkpoint in {vault}"));
                        fault = Some(none.hint("store one: strongroom audit checkpoint"));
                    }
                    kept = Some(there);
                }
                Err(why) => fault = Some(why.during("the checkpoint was not compared")),
            },
            Source::Nothing => {}
        }
        let audit = ops.audit.clone();
        let checkpoints: Vec<Checkpoint> = found.iter().map(|one| one.checkpoint.clone()).collect();
        let (verified, compared) = blocking(move || audit.verify_against(&checkpoints)).await?;
        let doubt = kept.and_then(|kept| kept.doubt(verified.records));
        fault = fault.or_else(|| doubt.map(|doubt| Fault { kind: Kind::Local, ..doubt }));
        let against = telling(found, &compared);
        Ok(Self { verified, against, told, fault })
    }
}

/// Of several checkpoints the one that says most: one that denies the log, or the first.
fn telling(found: Vec<Noted>, compared: &[Compared]) -> Option<Against> {
    let at = compared.iter().position(|compared| compared.denies()).unwrap_or_default();
    let (Noted { kept_in, checkpoint, .. }, compared) =
        found.into_iter().zip(compared.iter().copied()).nth(at)?;
    Some(Against { kept_in, time: checkpoint.time, seq: checkpoint.seq, compared })
}

/// What the pseudonyms in the arguments stand for, as far as it is still kept.
///
/// # Errors
/// Those of the store.
pub fn names(queries: &Queries, records: &[Record]) -> Result<HashMap<String, SafeText>> {
    let mut names = HashMap::new();
    for record in records {
        for word in words(record) {
            if !names.contains_key(word)
                && let Some(name) = queries.store.name(word)?
            {
                names.insert(word.to_owned(), name);
            }
        }
    }
    Ok(names)
}

/// The texts among the arguments of a record, which may be pseudonyms, however deep they stand.
pub fn words(record: &Record) -> Vec<&str> {
    let (mut words, mut left) = (Vec::new(), vec![&record.args]);
    while let Some(value) = left.pop() {
        match value {
            Value::String(word) => words.push(word.as_str()),
            Value::Array(values) => left.extend(values),
            Value::Object(values) => left.extend(values.values()),
            _ => {}
        }
    }
    words
}
