//! The account of a class for whoever asks, put together from what is stored: who has access to what, every
//! change, how far the end of the term is. Knows reads and the log; changes nothing, and
//! must not know who asks.

mod folder;
mod log;

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::audit::{Filter, Record};
use crate::domain::access::Level;
use crate::domain::class::StudentKey;
use crate::domain::digest::Digest;
use crate::domain::fault::Result;
use crate::domain::frame::{Frame, Whom};
use crate::domain::id::VaultId;
use crate::domain::query::{ClassView, LocalCopy, StatusRow};
use crate::domain::roster::Student;
use crate::domain::text::SafeText;
use crate::ops::Ops;
use crate::queries::{Queries, blocking};
use crate::report::access::{Access, Ledger};
use crate::report::audit::Verification;
use crate::report::class::changes::{Known, changes};
use crate::report::class::{ClassReport, Copy, Excepted, Facts, Files};
use crate::report::status::Status;
use crate::report::submissions::{Missing, Which};
use crate::report::term::Ending;
pub use folder::{failed, new_file, write, write_new};
pub use log::{Checked, Source, names, words};

/// What of a class is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    /// The vault whose checkpoints the log is compared with, by id or exact name; `None` compares nothing.
    pub checkpoints: Option<&'a str>,
    /// Changes since then; `None` is all of them.
    pub since: Option<Timestamp>,
    /// Whether the service is asked first: what [`Cost::GRANTS`](crate::domain::budget::Cost::GRANTS) says for
    /// each vault, and a few requests more.
    pub fresh: bool,
}

/// Puts the report of a class together from what is stored. Where the log is damaged, the changes before that
/// line are told.
///
/// # Errors
/// Those of the store and of the log's file; where the service is asked, also its own.
pub async fn gather(ops: &Ops, asked: Asked<'_>) -> Result<ClassReport> {
    let Asked { checkpoints, since, fresh } = asked;
    let queries = &ops.queries;
    let frame = queries.frame(fresh).await?;
    if fresh {
        let keys: Vec<StudentKey> = frame.bindings.keys().cloned().collect();
        queries.access(&keys).await?;
        queries.provider.allowances().await?;
    }
    let frame = if fresh { queries.frame(false).await? } else { frame };
    let view = queries.class_view(false).await?;
    let checked = Checked::of(ops, checkpoints.map_or(Source::Nothing, Source::Vault)).await?;
    let mut unverified = frame.unverified();
    unverified.extend(checked.told);
    unverified.extend(checked.fault.map(|fault| SafeText::new(&fault.to_string())));
    let local = local(ops, &frame, since).await?;
    let vaults: Vec<VaultId> = frame.bindings.values().cloned().collect();
    let (ways, damaged) = ops.why(&vaults).await?;
    unverified.extend(damaged.map(|fault| SafeText::new(&format!("no change after this is told: {fault}"))));
    let class = &frame.class;
    let looked: HashSet<VaultId> = local
        .looked
        .iter()
        .filter(|(_, version)| version.is_some())
        .map(|(vault, _)| vault.clone())
        .collect();
    Ok(ClassReport {
        facts: facts(ops, &frame, &view, since, fresh),
        access: Access::new(&view, &view.rows, &local.ledger, frame.unverified(), Some(&ways)),
        students: Status::new(&class.id, &view, fresh, &looked).with_seats(frame.seats()),
        exceptions: exceptions(&frame),
        changes: changes(&local.records, &local.known),
        assignments: assignments(queries, &view).await?,
        term: term(ops, &frame).await?,
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
    ledger: Ledger,
    looked: HashMap<VaultId, Option<u64>>,
    copies: Vec<Copy>,
}

async fn local(ops: &Ops, frame: &Frame, since: Option<Timestamp>) -> Result<Local> {
    let mut known = Known { kind: Some(frame.identity.kind), ..Known::default() };
    let people = frame.people.iter().map(|person| (person.id.to_string(), person.name.clone()));
    let groups = frame.groups.iter().map(|group| (group.id.to_string(), group.name.clone()));
    known.people = people.chain(groups).collect();
    let owners = frame.bindings.iter().map(|(key, vault)| (vault.to_string(), SafeText::new(key.as_str())));
    known.owners = owners.collect();
    let bindings: Vec<(StudentKey, VaultId)> =
        frame.bindings.iter().map(|(key, vault)| (key.clone(), vault.clone())).collect();
    let (queries, audit) = (ops.queries.clone(), ops.audit.clone());
    blocking(move || {
        // That it ended at a bad line is told with the verification.
        let (records, _) = audit.list(&Filter { since, ..Filter::default() })?;
        known.names = names(&queries, &records)?;
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

fn facts(ops: &Ops, frame: &Frame, view: &ClassView, since: Option<Timestamp>, fresh: bool) -> Facts {
    let kind = if frame.identity.is_service_account { "the service account" } else { "the person" };
    let with_vault = |row: &&StatusRow| row.vault.is_some();
    Facts {
        class: frame.class.id.clone(),
        title: frame.class.title.clone(),
        account: SafeText::new(frame.identity.account.as_str()),
        account_name: frame.identity.account_name.clone(),
        simulated: frame.identity.id.is_sandbox(),
        seen_by: SafeText::new(&format!("{kind} {} ({})", frame.identity.name, frame.identity.id)),
        made_at: ops.queries.clock.now(),
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

/// How far the end of the term is for everybody; `None` as long as nobody has thought of it.
async fn term(ops: &Ops, frame: &Frame) -> Result<Option<Ending>> {
    let steps = ops.term(&Whom::of(frame.clone(), &[])).await?;
    let is_begun = !frame.closing.is_empty() || steps.iter().any(|step| step.signed.is_some());
    let concerned = |student: &&Student| {
        frame.bindings.contains_key(&student.key) || frame.closing.contains_key(&student.key)
    };
    let students = frame.students.iter().filter(concerned);
    let students = students.map(|one| (one.key.clone(), one.name.clone(), frame.closing.get(&one.key)));
    Ok(is_begun.then(|| Ending::new(steps, students)))
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
    Files { manifest_sha256: (!copies.is_empty()).then(|| Digest::from(sum).to_string()), copies }
}
