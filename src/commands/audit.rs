//! `strongroom audit`.

pub(super) mod class_report;
mod export;

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;

use super::{Context, DONE, Done};
use crate::audit::{
    self, About, Bad, Checkpoint, Compared, Filter, LARGEST_CHECKPOINT, Record, Seq, Verified,
};
use crate::cli::{Against as Wanted, Audit as Command, Since};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::text::SafeText;
use crate::ops::checkpoint::Noted as Found;
use crate::queries::{Queries, blocking};
use crate::report::audit::{Against, Noted, Records, Verification};
use crate::setup::{self, Opened};

/// Lists, verifies or hands out the log. Only a checkpoint is anything that is sent.
pub(super) async fn run(context: &mut Context, command: &Command) -> Done {
    let opened = setup::open(&context.choice, true).await?;
    context.of(&opened.config.class);
    match command {
        Command::List { limit, since, op, after } => {
            let since = since.map(|since| moment(since, &opened)).transpose()?;
            let filter = Filter { limit: *limit, since, op: op.clone(), after: after.map(Seq) };
            let (audit, queries) = (opened.ops.audit.clone(), opened.queries.clone());
            let listed = blocking(move || {
                let (records, bad) = audit.list(&filter)?;
                Ok((Records { names: names(&queries, &records)?, records }, bad))
            });
            let (records, bad) = listed.await?;
            context.report.page(&records)?;
            passed_over(context, *after);
            whole(&opened, bad)
        }
        Command::Verify { against } => verify(context, &opened, against.as_ref()).await,
        Command::Checkpoint { file: Some(file), .. } => note(context, &opened, file).await,
        Command::Checkpoint { vault, make, anew, file: None } => {
            let stored = if *make {
                opened.ops.make_checkpoint_vault(*anew).await?
            } else {
                let vault = vault.as_ref().or(opened.config.checkpoint_vault.as_ref()).ok_or_else(unnamed)?;
                opened.ops.store_checkpoint(vault, *anew).await?
            };
            context.report.page(&Noted {
                vault: Some(stored.place.vault),
                item: Some(stored.item.item),
                kept_in: stored.place.name,
                made: stored.made,
                checkpoint: stored.checkpoint,
                told: stored.place.told,
            })?;
            Ok(DONE)
        }
        Command::Export { since, after, out, names } => {
            let since = since.map(|since| moment(since, &opened)).transpose()?;
            let filter = Filter { since, after: after.map(Seq), ..Filter::default() };
            let bad = export::run(context, &opened, filter, out.as_deref(), *names).await?;
            passed_over(context, *after);
            whole(&opened, bad)
        }
        Command::Report { since, out, fresh } => {
            let since = since.map(|since| moment(since, &opened)).transpose()?;
            class_report::run(context, &opened, since, out.as_deref(), *fresh).await
        }
    }
}

/// Says what was not looked at on the way.
fn passed_over(context: &mut Context, after: Option<u64>) {
    if let Some(after) = after {
        context.report.say(format_args!("not checked: whatever stands before record {}", after + 1));
    }
}

/// Fails where reading ended before the end of the log, and says how to read on.
fn whole(opened: &Opened, bad: Option<Bad>) -> Done {
    let Some(bad) = bad else { return Ok(DONE) };
    let hint = format!(
        "nothing from there on was told; what stands behind it: --after {}, and see `strongroom audit verify`",
        bad.line
    );
    Err(opened.ops.audit.damage(&bad).hint(hint).into())
}

/// A log, and the checkpoint that it was compared with.
pub(super) struct Checked {
    pub(super) verified: Verified,
    pub(super) against: Option<Against>,
    /// What there is to say about the checkpoint, or why it could not be compared.
    pub(super) told: Vec<SafeText>,
    pub(super) fault: Option<Fault>,
}

impl Checked {
    /// Checks the log, and compares it with the vault of the class file, if there is one and it can be
    /// read, or with what is wanted.
    pub(super) async fn of(opened: &Opened, wanted: Option<&Wanted>) -> Result<Self> {
        let (mut told, mut fault, mut kept, mut found) = (Vec::new(), None, None, Vec::new());
        match (wanted, &opened.config.checkpoint_vault) {
            (Some(Wanted::File(path)), _) => {
                let kept_in = SafeText::new(&path.display().to_string());
                let checkpoint = read(path)?;
                of_this_class(opened, &checkpoint)?;
                found.push(Found { kept_in, in_vault: false, checkpoint });
            }
            (Some(Wanted::Vault), None) => return Err(unnamed()),
            (Some(Wanted::Vault) | None, Some(vault)) => match opened.ops.checkpoints(vault).await {
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
            (Some(Wanted::Nothing) | None, _) => {}
        }
        let (log, key) = (opened.audit_log.clone(), opened.audit_key.clone());
        let checkpoints: Vec<Checkpoint> = found.iter().map(|one| one.checkpoint.clone()).collect();
        let (verified, compared) = blocking(move || audit::verify_against(&log, &key, &checkpoints)).await?;
        let doubt = kept.and_then(|kept| kept.doubt(verified.records));
        fault = fault.or_else(|| doubt.map(|doubt| Fault { kind: Kind::Local, ..doubt }));
        let against = telling(found, &compared);
        Ok(Self { verified, against, told, fault })
    }
}

/// Of several checkpoints the one that says most: one that denies the log, or the first.
fn telling(found: Vec<Found>, compared: &[Compared]) -> Option<Against> {
    let at = compared.iter().position(|compared| compared.denies()).unwrap_or_default();
    let (Found { kept_in, checkpoint, .. }, compared) =
        found.into_iter().zip(compared.iter().copied()).nth(at)?;
    Some(Against { kept_in, time: checkpoint.time, seq: checkpoint.seq, compared })
}

/// A broken chain is a failure (exit code 1) that names the line, and so is a log that contradicts a
/// checkpoint. Half a line at the end is what a crash leaves and no failure.
async fn verify(context: &mut Context, opened: &Opened, wanted: Option<&Wanted>) -> Done {
    let Checked { verified, against, told, fault } = Checked::of(opened, wanted).await?;
    let (bad, wrong) = (verified.first_bad.clone(), against.as_ref().and_then(Against::contradiction));
    context.report.page(&Verification::new(verified, against))?;
    for line in told {
        context.report.say(line);
    }
    let log = opened.audit_log.display();
    if let Some(bad) = bad {
        let message = format!("{log}: {bad}");
        let hint = "keep the file as it is, and compare it with a copy: somebody or something changed it";
        return Err(Fault::new(Kind::Local, message).hint(hint).into());
    }
    if let Some(wrong) = wrong {
        let hint = "keep the file as it is, and look for a copy of it that is whole";
        return Err(Fault::new(Kind::Local, format!("{log}: {wrong}")).hint(hint).into());
    }
    fault.map_or(Ok(DONE), |fault| Err(fault.into()))
}

/// Writes where the log ends to a new file.
async fn note(context: &mut Context, opened: &Opened, file: &Path) -> Done {
    let (audit, actor) = (opened.ops.audit.clone(), opened.ops.actor.clone());
    let (class, now) = (opened.config.class.id.clone(), opened.queries.clock.now());
    let account = opened.queries.frame(false).await.map(|frame| frame.identity.account.to_string());
    let account = account.unwrap_or_default();
    let checkpoint = blocking(move || {
        let (verified, _) = audit.verify_against(&[])?;
        if let Some(bad) = verified.first_bad {
            return Err(Fault { kind: Kind::Refused, ..audit.damage(&bad) });
        }
        let Some((head, first)) = verified.head.zip(verified.first) else {
            return Err(Fault::new(Kind::Input, "the log has no records yet: there is no end to note"));
        };
        audit.checkpoint(&About { class: &class, account: &account, actor: &actor, first, head }, now)
    });
    let checkpoint = checkpoint.await?;
    new_file(file)
        .and_then(|mut to| {
            to.write_all(
                checkpoint.to_json().map_err(|fault| std::io::Error::other(fault.to_string()))?.as_bytes(),
            )?;
            to.sync_all()
        })
        .map_err(|error| failed(file, &error))?;
    let kept_in = SafeText::new(&file.display().to_string());
    let told = vec!["it proves something only where whoever can write to the log cannot replace it".into()];
    context.report.page(&Noted { vault: None, item: None, kept_in, made: false, checkpoint, told })?;
    Ok(DONE)
}

/// Makes a file for its owner only; one that is there is not touched.
fn new_file(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

fn failed(path: &Path, error: &std::io::Error) -> Fault {
    let path = path.display();
    if error.kind() == std::io::ErrorKind::AlreadyExists {
        return Fault::new(Kind::Input, format!("{path}: there is such a file already"))
            .hint("nothing is overwritten: name another one");
    }
    Fault::new(Kind::Local, format!("{path}: {error}")).hint("check the folder and its disk")
}

fn read(path: &Path) -> Result<Checkpoint> {
    let named = |error: std::io::Error| Fault::new(Kind::Input, format!("{}: {error}", path.display()));
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST_CHECKPOINT + 1).read_to_end(&mut bytes))
        .map_err(named)?;
    Checkpoint::parse(&bytes).map_err(|fault| fault.during(path.display().to_string()))
}

/// One key may serve several classes; a checkpoint proves something of its own log only.
fn of_this_class(opened: &Opened, checkpoint: &Checkpoint) -> Result<()> {
    let class = &opened.config.class.id;
    if checkpoint.class.as_str() == class {
        return Ok(());
    }
    let message = format!("the checkpoint is of the class {}, not of {class}", checkpoint.class);
    Err(Fault::new(Kind::Input, message).hint("name one of this class"))
}

fn unnamed() -> Fault {
    Fault::new(Kind::Input, "no vault for checkpoints is named").hint(
        "write checkpoint_vault = \"ID\" below [audit] into the class file, name one with --vault, make one with \
         `strongroom audit checkpoint --make`, or keep a file: --file",
    )
}

fn moment(since: Since, opened: &Opened) -> Result<Timestamp> {
    match since {
        Since::Time(time) => Ok(time),
        Since::Day(day) => {
            let zone = opened.config.class.time_zone.clone();
            let start =
                day.to_zoned(zone).map_err(|error| Fault::new(Kind::Input, format!("{day}: {error}")));
            start.map(|start| start.timestamp())
        }
    }
}

/// What the pseudonyms in the arguments stand for, as far as it is still kept.
fn names(queries: &Queries, records: &[Record]) -> Result<HashMap<String, SafeText>> {
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
fn words(record: &Record) -> Vec<&str> {
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
