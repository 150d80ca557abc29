//! `strongroom audit report`: puts the account of a class together, for this command and for the end of a
//! term.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::fs::{self, DirBuilder};
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::{Checked, failed, new_file};
use crate::audit::{Filter, Record};
use crate::commands::{Context, DONE, Done, status};
use crate::domain::access::Level;
use crate::domain::class::StudentKey;
use crate::domain::fault::Result;
use crate::domain::frame::Frame;
use crate::domain::id::VaultId;
use crate::domain::query::{ClassView, LocalCopy, StatusRow};
use crate::domain::text::SafeText;
use crate::queries::{Queries, blocking};
use crate::report::Format;
use crate::report::access::Access;
use crate::report::audit::Verification;
use crate::report::class::{ClassReport, Copy, Excepted, Facts, Files, Known, changes};
use crate::report::status::Status;
use crate::report::submissions::{Missing, Which};
use crate::setup::Opened;

pub(super) async fn run(
    context: &mut Context,
    opened: &Opened,
    since: Option<Timestamp>,
    out: Option<&Path>,
    fresh: bool,
) -> Done {
    let report = gather(opened, since, fresh).await?;
    let zone = opened.config.class.time_zone.clone();
    let Some(folder) = out else {
        let text =
            if context.report.format() == Format::Json { report.json()? } else { report.markdown(&zone) };
        context.report.lines(&text)?;
        return Ok(DONE);
    };
    let written = write(&report, folder, &zone, context.report.format())?;
    context.report.say(format_args!("written to {}: {}", folder.display(), written.join(", ")));
    Ok(DONE)
}

/// Writes the report into a folder, in every format or the one that was asked for; returns the names of the
/// files. Nothing is overwritten, and where one of them is there nothing is written.
pub(crate) fn write(
    report: &ClassReport,
    folder: &Path,
    zone: &jiff::tz::TimeZone,
    format: Format,
) -> Result<Vec<String>> {
    let mut files: Vec<(String, String)> = Vec::new();
    if matches!(format, Format::Table | Format::Markdown) {
        files.push(("report.md".into(), report.markdown(zone)));
    }
    if matches!(format, Format::Table | Format::Json) {
        files.push(("report.json".into(), report.json()?));
    }
    if matches!(format, Format::Table | Format::Csv) {
        files.extend(report.csv()?);
    }
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| failed(folder, &error))?;
    for (name, _) in &files {
        let path = folder.join(name);
        if fs::symlink_metadata(&path).is_ok() {
            return Err(failed(&path, &std::io::ErrorKind::AlreadyExists.into()));
        }
    }
    for (name, text) in &files {
        let path = folder.join(name);
        let written = new_file(&path).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        written.map_err(|error| failed(&path, &error))?;
    }
    Ok(files.into_iter().map(|(name, _)| name).collect())
}

/// Puts the report of a class together from what is stored; `fresh` asks the service first, what
/// [`Cost::GRANTS`](crate::domain::budget::Cost::GRANTS) says for each vault and a few requests more.
/// Changes are those `since` a time, or all; where the log is damaged, those before the line.
pub(crate) async fn gather(opened: &Opened, since: Option<Timestamp>, fresh: bool) -> Result<ClassReport> {
    let queries = &opened.queries;
    let frame = queries.frame(fresh).await?;
    if fresh {
        let keys: Vec<StudentKey> = frame.bindings.keys().cloned().collect();
        queries.access(&keys).await?;
        queries.provider.allowances().await?;
    }
    let frame = if fresh { queries.frame(false).await? } else { frame };
    let view = status::view(queries, false).await?;
    let checked = Checked::of(opened, None).await?;
    let mut unverified = frame.unverified();
    unverified.extend(checked.told);
    unverified.extend(checked.fault.map(|fault| SafeText::new(&fault.to_string())));
    let local = local(queries, &frame, opened, since).await?;
    let vaults: Vec<VaultId> = frame.bindings.values().cloned().collect();
    let (ways, damaged) = opened.ops.why(&vaults).await?;
    unverified.extend(damaged.map(|fault| SafeText::new(&format!("no change after this is told: {fault}"))));
    let class = &frame.class;
    let looked: HashSet<VaultId> = local
        .looked
        .iter()
        .filter(|(_, version)| version.is_some())
        .map(|(vault, _)| vault.clone())
        .collect();
    Ok(ClassReport {
        facts: facts(opened, &frame, &view, since, fresh),
        access: Access::new(&view, &view.rows, &local.ledger, frame.unverified(), Some(&ways)),
        students: Status::new(&class.id, &view, fresh, &looked).with_seats(frame.seats()),
        exceptions: exceptions(&frame),
        changes: changes(&local.records, &local.known),
        assignments: assignments(queries, &view).await?,
        files: files(local.copies),
        log: Verification::new(checked.verified, checked.against),
        requests: queries.provider.budget().map(|budget| budget.allowances),
        unverified,
    })
}

/// What the local state tells.
struct Local {
    records: Vec<Record>,
    known: Known,
    ledger: crate::report::access::Ledger,
    looked: HashMap<VaultId, Option<u64>>,
    copies: Vec<Copy>,
}

async fn local(queries: &Queries, frame: &Frame, opened: &Opened, since: Option<Timestamp>) -> Result<Local> {
    let mut known = Known { kind: Some(frame.identity.kind), ..Known::default() };
    let people = frame.people.iter().map(|person| (person.id.to_string(), person.name.clone()));
    let groups = frame.groups.iter().map(|group| (group.id.to_string(), group.name.clone()));
    known.people = people.chain(groups).collect();
    let owners = frame.bindings.iter().map(|(key, vault)| (vault.to_string(), SafeText::new(key.as_str())));
    known.owners = owners.collect();
    let bindings: Vec<(StudentKey, VaultId)> =
        frame.bindings.iter().map(|(key, vault)| (key.clone(), vault.clone())).collect();
    let (queries, audit) = (queries.clone(), opened.ops.audit.clone());
    blocking(move || {
        // That it ended at a bad line is told with the verification.
        let (records, _) = audit.list(&Filter { since, ..Filter::default() })?;
        known.names = super::names(&queries, &records)?;
        let mut copies = Vec::new();
        for (student, vault) in bindings {
            let of = |copy: LocalCopy| Copy { student: student.clone(), copy };
            copies.extend(queries.store.copies(&vault)?.into_iter().map(of));
        }
        let (ledger, looked) = (queries.store.ledger()?, queries.store.seen_versions()?);
        Ok(Local { records, known, ledger, looked, copies })
    })
    .await
}

fn facts(opened: &Opened, frame: &Frame, view: &ClassView, since: Option<Timestamp>, fresh: bool) -> Facts {
    let kind = if frame.identity.is_service_account { "the service account" } else { "the person" };
    let with_vault = |row: &&StatusRow| row.vault.is_some();
    Facts {
        class: frame.class.id.clone(),
        title: frame.class.title.clone(),
        account: SafeText::new(frame.identity.account.as_str()),
        account_name: frame.identity.account_name.clone(),
        simulated: frame.identity.id.is_sandbox(),
        seen_by: SafeText::new(&format!("{kind} {} ({})", frame.identity.name, frame.identity.id)),
        made_at: opened.queries.clock.now(),
        fresh,
        students: view.rows.len(),
        gone: view.rows.iter().filter(|row| row.gone).count(),
        vaults: view.rows.iter().filter(with_vault).count(),
        strays: view.rows.iter().filter_map(StatusRow::unexpected).sum(),
        unread: view.rows.iter().filter(with_vault).filter(|row| row.others.is_none()).count(),
        since,
    }
}

fn exceptions(frame: &Frame) -> Vec<Excepted> {
    let excepted = |one: &crate::domain::class::Exception| Excepted {
        who: SafeText::new(&one.who),
        vault: one.vault.clone(),
        level: one.level,
        reason: one.reason.clone(),
        until: one.until,
        live: one.until >= frame.today && one.level != Level::None,
    };
    frame.class.exceptions.iter().map(excepted).collect()
}

async fn assignments(queries: &Queries, view: &ClassView) -> Result<Option<Missing>> {
    if queries.class.assignments.is_empty() {
        return Ok(None);
    }
    let mut all = queries.submissions_of_all().await?;
    let unmatched = all.first_mut().map(|one| std::mem::take(&mut one.unmatched)).unwrap_or_default();
    let called: HashMap<&StudentKey, &SafeText> = view.rows.iter().map(|row| (&row.key, &row.name)).collect();
    let name = |key: &StudentKey| called.get(key).map(|name| (*name).clone()).unwrap_or_default();
    Ok(Some(Missing::new(&queries.class.id, all, Which::All, unmatched, name)))
}

fn files(mut copies: Vec<Copy>) -> Files {
    let order =
        |one: &Copy| (one.student.clone(), one.copy.at.clone(), one.copy.version, one.copy.file.clone());
    copies.sort_by_cached_key(order);
    let mut sum = Sha256::new();
    for Copy { student, copy } in &copies {
        let LocalCopy { at, file, version, sha256, .. } = copy;
        sum.update(format!("{sha256} {student} {} {} {version} {file}\n", at.vault, at.item));
    }
    let digits = || {
        let bytes = sum.finalize();
        bytes.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}"); // a String takes every write
            text
        })
    };
    Files { manifest_sha256: (!copies.is_empty()).then(digits), copies }
}
