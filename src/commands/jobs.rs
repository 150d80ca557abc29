//! `strongroom jobs`: what is carried out, waits, or was left unfinished, in whichever program.

use super::carrying::{code, watched};
use super::{Context, DONE, Done, Failure};
use crate::cli;
use crate::domain::fault::Fault;
use crate::domain::history::What;
use crate::domain::job::{Head, JobId, State};
use crate::domain::plan::{Plan, Row, Step};
use crate::ops::{Ended, Patience};
use crate::report::jobs::{Job, Jobs};
use crate::setup::Opened;

/// How many are shown beside those that are not over.
const SHOWN: usize = 20;

/// Shows jobs, or says what is wanted of one. Only going on with one asks anything of the service.
pub(super) async fn run(context: &mut Context, command: Option<&cli::Jobs>) -> Done {
    let asks = matches!(command, Some(cli::Jobs::Resume { .. }));
    let interrupt = context.interrupt.clone();
    let work = async { if asks { context.open().await } else { context.open_stored().await } };
    let opened = interrupt.or(work).await??;
    let (ops, told) = (&opened.ops, command.is_some() && context.choice.read_only);
    if told && !matches!(command, Some(cli::Jobs::Show { .. })) {
        return Err(Fault::refused("read-only: jobs are left as they are").into());
    }
    match command {
        None => {
            let jobs = opened.queries.plans(SHOWN).await?;
            context.report.page(&Jobs { jobs, nothing: "no plan was carried out here yet" })?;
            Ok(DONE)
        }
        Some(cli::Jobs::Show { job }) => show(context, &opened, job).await,
        Some(cli::Jobs::Pause { job }) => {
            ops.pause(job).await?;
            context.report.say(format_args!("{job} waits after the calls in flight"));
            show(context, &opened, job).await
        }
        Some(cli::Jobs::Cancel { job }) => {
            ops.cancel(job).await?;
            context.report.say(format_args!("{job} ends; what is done stays done"));
            show(context, &opened, job).await
        }
        Some(cli::Jobs::Resume { job: Some(job) }) => {
            let state = ops.head(job).await?.state;
            if matches!(state, State::Queued | State::Running | State::Paused) {
                ops.go_on(job).await?;
                context.report.say(format_args!("{job} goes on in its program"));
                return show(context, &opened, job).await;
            }
            resume(context, &opened, std::slice::from_ref(job)).await
        }
        Some(cli::Jobs::Resume { job: None }) => {
            let left: Vec<JobId> = ops.left().await?.into_iter().map(|head| head.id).collect();
            resume(context, &opened, &left).await
        }
    }
}

async fn show(context: &mut Context, opened: &Opened, job: &JobId) -> Done {
    let mut kept = opened.ops.job(job).await?;
    name_made(opened, job, &mut kept.plan).await;
    context.report.page(&Job::new(kept.head, &kept.plan))?;
    Ok(DONE)
}

/// Names in a plan the vaults that its job has made, as the log tells them: the plan was agreed to before there
/// were any. What cannot be read there stays open.
async fn name_made(opened: &Opened, job: &JobId, plan: &mut Plan) {
    let is_open = |row: &Row| row.vault.is_none() && row.steps.contains(&Step::CreateVault);
    if !plan.rows.iter().any(is_open) {
        return;
    }
    let Ok(past) = opened.ops.past().await else { return };
    let entries = past.entries.iter().filter(|entry| entry.job.as_ref() == Some(job));
    for change in entries.flat_map(|entry| &entry.changes).filter(|change| change.is_done()) {
        let (What::Made(Some(vault)), Some(student)) = (&change.what, &change.student) else { continue };
        if let Some(row) = plan.rows.iter_mut().find(|row| row.student == *student && is_open(row)) {
            row.vault = Some(vault.clone());
        }
    }
}

/// Goes on with jobs and shows how they stand then.
async fn resume(context: &mut Context, opened: &Opened, jobs: &[JobId]) -> Done {
    let mut heads = Vec::new();
    let done = go_on(context, opened, jobs, Patience::Stop, &mut heads).await;
    // Whoever could not wait for the end of one is told nothing more.
    if heads.len() == jobs.len() || context.interrupt.came().is_none() {
        context.report.page(&Jobs { jobs: heads, nothing: "nothing was left unfinished" })?;
    }
    done
}

/// Goes on with jobs, one after another; `heads` tells how they stand then. The first that is stopped ends
/// it.
pub(super) async fn go_on(
    context: &mut Context,
    opened: &Opened,
    jobs: &[JobId],
    patience: Patience,
    heads: &mut Vec<Head>,
) -> Done {
    let mut done = DONE;
    for job in jobs {
        let is_left = opened.ops.head(job).await?.state == State::Left;
        let ended = one(context, opened, job, patience).await.map_err(|failure| match failure {
            // What is over already has no end to be given.
            Failure::Fault(fault) if fault.hint.is_none() && is_left => {
                fault.hint(format!("to end it as it is: strongroom jobs cancel {job}")).into()
            }
            other => other,
        })?;
        heads.push(opened.ops.head(job).await?);
        context.report.say(format_args!("{job}: {}", ended.in_words()));
        done = done.max(code(context, ended)?);
    }
    Ok(done)
}

/// Goes on with one.
async fn one(
    context: &mut Context,
    opened: &Opened,
    job: &JobId,
    patience: Patience,
) -> Result<Ended, Failure> {
    let plan = opened.ops.job(job).await?.plan;
    let (ops, id) = (opened.ops.clone(), job.clone());
    let run = |tell, cancel| async move { ops.resume(&id, patience, cancel, tell).await };
    watched(context, opened, &plan, patience, run).await
}
