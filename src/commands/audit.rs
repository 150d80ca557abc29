//! `strongroom audit`.

mod export;

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use jiff::Timestamp;

use super::{Context, DONE, Done, PARTLY};
use crate::audit::{About, Bad, Checkpoint, Filter, LARGEST_CHECKPOINT, Seq};
use crate::cli::{Against as Wanted, Audit as Command, Kept, Since};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::text::SafeText;
use crate::dossier::{self, Asked, Checked, Source, names, write_new};
use crate::ops::checkpoint::Noted as Found;
use crate::queries::blocking;
use crate::report::Format;
use crate::report::audit::{Against, Noted, Records, Verification};
use crate::report::events::Compared;
use crate::setup::Opened;

/// Lists, verifies or hands out the log. Only a checkpoint is anything that is sent.
pub(super) async fn run(context: &mut Context, command: &Command) -> Done {
    let opened = context.open_stored().await?;
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
            let beyond = since.is_none() && op.is_none() && records.records.is_empty() && bad.is_none();
            context.report.page(&records)?;
            passed_over(context, *after, beyond);
            whole(&opened, bad)
        }
        Command::Verify { against: Some(Wanted::Events) } => events(context, &opened).await,
        Command::Verify { against: Some(Wanted::Log(kept)) } => verify(context, &opened, Some(kept)).await,
        Command::Verify { against: None } => verify(context, &opened, None).await,
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
            let all = filter.since.is_none();
            let (found, bad) = export::run(context, &opened, filter, out.as_deref(), *names).await?;
            passed_over(context, *after, all && found == 0 && bad.is_none());
            whole(&opened, bad)
        }
        Command::Report { since, out, fresh } => {
            let since = since.map(|since| moment(since, &opened)).transpose()?;
            report(context, &opened, since, out.as_deref(), *fresh).await
        }
    }
}

/// Says what was not looked at on the way, or that all of it lies `beyond` the end of the log.
fn passed_over(context: &mut Context, after: Option<u64>, beyond: bool) {
    let Some(after) = after else { return };
    if beyond {
        context.report.say(format_args!("the log has no record after number {after}"));
    } else {
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

/// What the log is to be compared with: what is wanted, or else the vault of the class file, if there is one.
fn source<'a>(opened: &'a Opened, wanted: Option<&Kept>) -> Result<Source<'a>> {
    Ok(match (wanted, &opened.config.checkpoint_vault) {
        (Some(Kept::File(path)), _) => {
            let kept_in = SafeText::new(&path.display().to_string());
            let checkpoint = read(path)?;
            of_this_class(opened, &checkpoint)?;
            Source::Given(Box::new(Found { kept_in, in_vault: false, checkpoint }))
        }
        (Some(Kept::Vault), None) => return Err(unnamed()),
        (Some(Kept::Vault) | None, Some(vault)) => Source::Vault(vault),
        (Some(Kept::Nothing) | None, _) => Source::Nothing,
    })
}

/// A broken chain is a failure (exit code 1) that names the line, and so is a log that contradicts a
/// checkpoint. Half a line at the end is what a crash leaves and no failure.
async fn verify(context: &mut Context, opened: &Opened, wanted: Option<&Kept>) -> Done {
    let Checked { verified, against, told, fault } =
        Checked::of(&opened.ops, source(opened, wanted)?).await?;
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

/// Prints what the log and the audit events say of each other. A damaged log is told of as far as it is whole,
/// and fails as it does without events.
async fn events(context: &mut Context, opened: &Opened) -> Done {
    let (found, damaged) = opened.ops.findings().await?;
    context.report.page(&Compared::new(&opened.config.class.id, &found, damaged.is_none()))?;
    if let Some(fault) = damaged {
        return Err(fault.into());
    }
    Ok(if found.tally.has_findings() { PARTLY } else { DONE })
}

/// Prints the account of the class, or writes it to a folder.
async fn report(
    context: &mut Context,
    opened: &Opened,
    since: Option<Timestamp>,
    out: Option<&Path>,
    fresh: bool,
) -> Done {
    let asked = Asked { checkpoints: opened.config.checkpoint_vault.as_deref(), since, fresh };
    let report = dossier::gather(&opened.ops, asked).await?;
    let (zone, format) = (&opened.config.class.time_zone, context.report.format());
    let Some(folder) = out else {
        let text = if format == Format::Json { report.json()? } else { report.markdown(zone) };
        context.report.lines(&text)?;
        return Ok(DONE);
    };
    let written = dossier::write(&report, folder, zone, format)?;
    context.report.say(format_args!("written to {}: {}", folder.display(), written.join(", ")));
    Ok(DONE)
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
    write_new(file, &checkpoint.to_json()?)?;
    let kept_in = SafeText::new(&file.display().to_string());
    let told = vec!["it proves something only where whoever can write to the log cannot replace it".into()];
    context.report.page(&Noted { vault: None, item: None, kept_in, made: false, checkpoint, told })?;
    Ok(DONE)
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
