//! `strongroom provision`, `grant` and `revoke`: a wish, its plan, and what came of it.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Context, DONE, Done, PARTLY, names};
use crate::cli::{self, Command};
use crate::domain::access::Level;
use crate::domain::fault::{Fault, Kind};
use crate::domain::job::State;
use crate::domain::operation::Operation;
use crate::domain::plan::{Change, Outcome, Plan, Wish};
use crate::ops::{Ended, OnProgress, Patience, Progress};
use crate::queries::blocking;
use crate::report::plan::Changed;
use crate::report::progress::Progress as Shown;
use crate::setup::{self, Opened};

/// From here on it is told when a change will be done.
const WORTH_TELLING: Duration = Duration::from_secs(10);

/// Makes the vaults that are missing, and grants each to its student.
pub(super) async fn provision(context: &mut Context, students: &[String], wait: bool) -> Done {
    let interrupt = context.interrupt.clone();
    // Until something is sent there is nothing to end in good order.
    let ready = interrupt.or(Box::pin(plan_vaults(context, students))).await;
    let (opened, plan) = match ready {
        Ok(ready) => ready?,
        Err(code) => return Ok(code),
    };
    let patience = if wait { Patience::Wait } else { Patience::Stop };
    let Some(ended) = carry_out(context, &opened, plan, patience, "provision/1").await? else {
        return Ok(context.interrupt.again().await);
    };
    code(context, ended)
}

/// The exit code of a plan that was carried out.
pub(super) fn code(context: &Context, ended: Ended) -> Done {
    if let Some(fault) = ended.fault {
        return Err(fault.into());
    }
    if let Some(code) = context.interrupt.came() {
        return Ok(code);
    }
    let is_broken = |outcome: &Outcome| matches!(outcome, Outcome::Refused(_) | Outcome::Failed(_));
    Ok(if ended.count(is_broken) > 0 { PARTLY } else { DONE })
}

/// The class, and what is missing in it.
async fn plan_vaults(context: &mut Context, students: &[String]) -> Result<(Opened, Plan), Fault> {
    let opened = setup::open(&context.choice, false).await?;
    context.of(&opened);
    let mut keys = Vec::new();
    if !students.is_empty() {
        keys = names::students(&opened.queries.frame(true).await?, students)?;
    }
    let plan = opened.ops.plan(&Wish::Provision(keys)).await?;
    Ok((opened, plan))
}

/// Gives or takes one access.
pub(super) async fn access(context: &mut Context, command: &Command) -> Done {
    let interrupt = context.interrupt.clone();
    let (opened, plan, schema) = match interrupt.or(Box::pin(plan_access(context, command))).await {
        Ok(ready) => ready?,
        Err(code) => return Ok(code),
    };
    let Some(ended) = carry_out(context, &opened, plan, Patience::Stop, schema).await? else {
        return Ok(context.interrupt.again().await);
    };
    if let Some(fault) = ended.fault {
        return Err(fault.into());
    }
    match ended.plan.rows.first().map(|row| &row.outcome) {
        Some(Outcome::Refused(why)) => Err(Fault::new(Kind::Refused, why).into()),
        Some(Outcome::Failed(why)) => {
            // The service's own fault decides the exit code.
            let fault = ended.failed.get(&0).cloned();
            Err(fault.unwrap_or_else(|| Fault::new(Kind::Broken, why)).into())
        }
        Some(Outcome::Planned | Outcome::Running) => Ok(context.interrupt.first().await),
        _ => Ok(DONE),
    }
}

/// The class, and the steps to the access that a command names.
async fn plan_access(
    context: &mut Context,
    command: &Command,
) -> Result<(Opened, Plan, &'static str), Fault> {
    let opened = setup::open(&context.choice, false).await?;
    context.of(&opened);
    let (change, schema) = change(&opened, command).await?;
    let plan = opened.ops.plan(&Wish::Access(vec![change])).await?;
    Ok((opened, plan, schema))
}

/// The change that a command names. Ids name themselves; everything else asks the service.
async fn change(opened: &Opened, command: &Command) -> Result<(Change, &'static str), Fault> {
    let (who, vault, to, schema) = match command {
        Command::Grant { who, vault, level } => (who, vault, *level, "grant/1"),
        Command::Revoke { who, vault } => (who, vault, Level::None, "revoke/1"),
        _ => return Err(Fault::new(Kind::Broken, "the command changes no access")),
    };
    if let Some(Operation::Grant { who, vault, .. } | Operation::Revoke { who, vault }) =
        cli::operation(command)
    {
        return Ok((Change { vault, who, to }, schema));
    }
    let frame = opened.queries.frame(true).await?;
    let vault = names::vault(&frame, &opened.queries, vault).await?;
    Ok((Change { vault, who: names::who(&frame, who)?, to }, schema))
}

/// Carries out a plan and prints it; `None` if somebody could not wait for its end.
pub(super) async fn carry_out(
    context: &mut Context,
    opened: &Opened,
    plan: Plan,
    patience: Patience,
    schema: &'static str,
) -> Result<Option<Ended>, Fault> {
    let cost = plan.cost();
    if plan.changes() == 0 {
        let quiet: OnProgress = Arc::new(|_| {});
        let ended = opened.ops.run(plan, patience, context.interrupt.token(), quiet).await?;
        context.report.page(&Changed::new(schema, &ended.plan, cost, None))?;
        return Ok(Some(ended));
    }
    let ops = opened.ops.clone();
    let shown = plan.clone();
    let run = |tell, cancel| async move { ops.run(plan, patience, cancel, tell).await };
    let Some(ended) = watched(context, opened, &shown, patience, run).await? else {
        return Ok(None);
    };
    context.report.page(&Changed::new(schema, &ended.plan, cost, ended.fault.as_ref()))?;
    context.report.say(ended.in_words());
    tell_left(context, opened, &ended).await?;
    tell_strays(context, opened, &ended).await?;
    Ok(Some(ended))
}

/// Tells how far a plan is while `run` carries it out; `None` if somebody could not wait for its end.
pub(super) async fn watched<F>(
    context: &mut Context,
    opened: &Opened,
    plan: &Plan,
    patience: Patience,
    run: impl FnOnce(OnProgress, CancellationToken) -> F,
) -> Result<Option<Ended>, Fault>
where
    F: Future<Output = Result<Ended, Fault>>,
{
    let keys = plan.rows.iter().map(|row| row.student.clone()).collect();
    let zone = opened.config.class.time_zone.clone();
    let progress = Arc::new(Shown::new(keys, plan.changes(), context.report.is_live(), zone));
    let tell: OnProgress = {
        let progress = Arc::clone(&progress);
        // An end that is seconds away is not worth a line.
        let soon = plan.eta.is_none_or(|eta| eta < WORTH_TELLING);
        Arc::new(move |told| match told {
            Progress::Row(row, outcome) => progress.tell(row, &outcome),
            Progress::Paused { until, why } => progress.paused(until, &why),
            Progress::Ends(_) if soon && patience == Patience::Stop => {}
            Progress::Ends(ends) => progress.ends(ends),
            Progress::Queued => progress.says("waits for its turn"),
            Progress::Held => progress.says("paused; strongroom jobs resume has it go on"),
            Progress::Resumed | Progress::Job(_) => {}
        })
    };
    let ended = tokio::select! {
        biased;
        ended = run(tell, context.interrupt.token()) => Some(ended),
        () = acknowledged(context, &progress) => None,
    };
    progress.end();
    let Some(ended) = ended else {
        let ops = opened.ops.clone();
        blocking(move || ops.abandon()).await?;
        context.report.say("left before every answer came: what is not known is in the log as unknown");
        return Ok(None);
    };
    ended.map(Some)
}

/// Tells how to go on with what is left to do.
async fn tell_left(context: &mut Context, opened: &Opened, ended: &Ended) -> Result<(), Fault> {
    let Some(job) = &ended.plan.job else { return Ok(()) };
    if ended.count(|outcome| *outcome == Outcome::Planned) > 0
        && opened.ops.head(job).await?.state == State::Left
    {
        context.report.say(format_args!("strongroom jobs resume {job} goes on with it"));
    }
    Ok(())
}

/// Tells what was found on the changed vaults and should not be there.
async fn tell_strays(context: &mut Context, opened: &Opened, ended: &Ended) -> Result<(), Fault> {
    if ended.strays.is_empty() {
        return Ok(());
    }
    let frame = opened.queries.frame(false).await?;
    for stray in &ended.strays {
        let name = frame.student(&stray.student).map(|student| student.name.clone()).unwrap_or_default();
        context.report.say(format_args!("unexpected: {}: {}", stray.in_words(&name), stray.mend()));
    }
    Ok(())
}

/// Says that a first signal was heard; ends with the second one.
async fn acknowledged(context: &Context, progress: &Shown) {
    context.interrupt.first().await;
    progress.stopping();
    context.interrupt.again().await;
}
