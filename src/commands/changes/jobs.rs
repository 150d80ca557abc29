//! `strongroom jobs`: what is carried out, waits, or was left unfinished, in whichever program.

use super::super::change::watched;
use super::super::{Context, DONE, Done, PARTLY};
use crate::cli;
use crate::domain::fault::{Fault, Kind};
use crate::domain::job::{JobId, State};
use crate::domain::plan::Outcome;
use crate::ops::Patience;
use crate::report::jobs::{Job, Jobs};
use crate::setup::{self, Opened};

/// How many are shown beside those that are not over.
const SHOWN: usize = 20;

/// Shows jobs, or says what is wanted of one. Only going on with one asks anything of the service.
pub(super) async fn run(context: &mut Context, command: Option<&cli::Jobs>) -> Done {
    let asks = matches!(command, Some(cli::Jobs::Resume { .. }));
    let interrupt = context.interrupt.clone();
    let opened = match interrupt.or(Box::pin(setup::open(&context.choice, !asks))).await {
        Ok(opened) => opened?,
        Err(code) => return Ok(code),
    };
    context.of(&opened.config.class);
    let (ops, told) = (&opened.ops, command.is_some() && context.choice.read_only);
    if told && !matches!(command, Some(cli::Jobs::Show { .. })) {
        return Err(Fault::new(Kind::Refused, "read-only: jobs are left as they are").into());
    }
    match command {
        None => {
            context.report.page(&Jobs { jobs: opened.queries.plans(SHOWN).await? })?;
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
    let kept = opened.ops.job(job).await?;
    context.report.page(&Job::new(kept.head, &kept.plan))?;
    Ok(DONE)
}

/// Goes on with jobs, one after another, and tells how they stand then. The first that is stopped ends it.
pub(super) async fn resume(context: &mut Context, opened: &Opened, jobs: &[JobId]) -> Done {
    let (mut heads, mut broken) = (Vec::new(), false);
    for job in jobs {
        let Some(ended) = one(context, opened, job).await? else {
            return Ok(context.interrupt.again().await);
        };
        heads.push(opened.ops.head(job).await?);
        let bad = |outcome: &Outcome| matches!(outcome, Outcome::Refused(_) | Outcome::Failed(_));
        broken |= ended.count(bad) > 0;
        context.report.say(format_args!("{job}: {}", ended.in_words()));
        if let Some(fault) = ended.fault {
            context.report.page(&Jobs { jobs: heads })?;
            return Err(fault.into());
        }
        if let Some(code) = context.interrupt.came() {
            context.report.page(&Jobs { jobs: heads })?;
            return Ok(code);
        }
    }
    context.report.page(&Jobs { jobs: heads })?;
    Ok(if broken { PARTLY } else { DONE })
}

/// Goes on with one; `None` if somebody could not wait for its end.
async fn one(
    context: &mut Context,
    opened: &Opened,
    job: &JobId,
) -> Result<Option<crate::ops::Ended>, Fault> {
    let plan = opened.ops.job(job).await?.plan;
    let (ops, id) = (opened.ops.clone(), job.clone());
    let run = |tell, cancel| async move { ops.resume(&id, Patience::Stop, cancel, tell).await };
    watched(context, opened, &plan, Patience::Stop, run).await
}
