//! Plans on their way, whichever command made them: how far they are, what came of them, and the exit code of that.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use super::{Context, DONE, Done, Failure, PARTLY};
use crate::domain::fault::{Fault, Kind};
use crate::domain::job::State;
use crate::domain::plan::{Outcome, Plan, Row};
use crate::ops::{Ended, OnProgress, Patience, Progress};
use crate::queries::blocking;
use crate::report::Format;
use crate::report::plan::{Changed, summary};
use crate::report::progress::Progress as Shown;
use crate::setup::Opened;

/// From here on it is told when a change will be done.
const WORTH_TELLING: Duration = Duration::from_secs(10);

/// What ends so soon has ended by the time that it is read, however patient somebody is.
const AT_ONCE: SignedDuration = SignedDuration::from_secs(1);

/// What `--wait` says of a ration that is used up.
pub(super) fn patience(waits: bool) -> Patience {
    if waits { Patience::Wait } else { Patience::Stop }
}

/// Carries out a plan and prints it.
///
/// # Errors
/// A second signal, of somebody who could not wait for the end of it.
pub(super) async fn carry_out(
    context: &mut Context,
    opened: &Opened,
    plan: Plan,
    patience: Patience,
    schema: &'static str,
) -> Result<Ended, Failure> {
    let cost = plan.cost();
    if plan.changes() == 0 {
        let quiet: OnProgress = Arc::new(|_| {});
        let ended = opened.ops.run(plan, patience, context.interrupt.token(), quiet).await?;
        context.report.page(&Changed::new(schema, &ended.plan, cost, None))?;
        return Ok(ended);
    }
    let ops = opened.ops.clone();
    let shown = plan.clone();
    let run = |tell, cancel| async move { ops.run(plan, patience, cancel, tell).await };
    let ended = watched(context, opened, &shown, patience, run).await?;
    context.report.page(&Changed::new(schema, &ended.plan, cost, ended.fault.as_ref()))?;
    context.report.say(ended.in_words());
    tell_left(context, opened, &ended).await?;
    tell_strays(context, opened, &ended).await?;
    Ok(ended)
}

/// Says in words that nothing was to be sent, and why of what a rule forbids: the exit code tells only that.
/// Where an error is told as JSON it stands alone.
pub(super) fn tell_nothing(context: &mut Context, plan: &Plan) {
    if context.report.format() == Format::Json {
        return;
    }
    context.report.say(summary(plan));
    let refused = |row: &&Row| matches!(row.outcome, Outcome::Refused(_));
    let mut refused = plan.rows.iter().filter(refused);
    if let Some(first) = refused.next() {
        let why = first.outcome.message().cloned().unwrap_or_default();
        let others = match refused.count() {
            0 => String::new(),
            others => format!("; and {others} more, with the reason in each row"),
        };
        context.report.say(format_args!("refused: {}: {why}{others}", first.student));
    }
}

/// The exit code of a plan that was carried out.
pub(super) fn code(context: &Context, ended: Ended) -> Done {
    if let Some(fault) = ended.fault {
        return Err(fault.into());
    }
    if let Some(code) = context.interrupt.came() {
        return Err(Failure::Signal(code));
    }
    let is_broken = |outcome: &Outcome| matches!(outcome, Outcome::Refused(_) | Outcome::Failed(_));
    Ok(if ended.count(is_broken) > 0 { PARTLY } else { DONE })
}

/// The exit code of a plan that may be about a single row: then that row's own fault decides it.
pub(super) fn code_of_one(context: &Context, ended: Ended) -> Done {
    if let (None, [row]) = (&ended.fault, ended.plan.rows.as_slice()) {
        let fault = match &row.outcome {
            Outcome::Refused(why) => Fault::refused(why),
            Outcome::Failed(why) => Fault::new(Kind::Broken, why),
            Outcome::Planned | Outcome::Running => return code(context, ended),
            Outcome::Done | Outcome::Unchanged | Outcome::Waiting(_) => return Ok(DONE),
        };
        return Err(ended.failed.get(&0).cloned().unwrap_or(fault).into());
    }
    code(context, ended)
}

/// Tells how far a plan is while `run` carries it out.
///
/// # Errors
/// As [`carry_out`].
pub(super) async fn watched<F>(
    context: &mut Context,
    opened: &Opened,
    plan: &Plan,
    patience: Patience,
    run: impl FnOnce(OnProgress, CancellationToken) -> F,
) -> Result<Ended, Failure>
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
        let clock = opened.queries.clock.clone();
        Arc::new(move |told| match told {
            Progress::Row(row, outcome) => progress.tell(row, &outcome),
            Progress::Paused { until, why } => progress.paused(until, &why),
            Progress::Ends(_) if soon && patience == Patience::Stop => {}
            Progress::Ends(ends) if ends.duration_since(clock.now()) < AT_ONCE => {}
            Progress::Ends(ends) => progress.ends(ends),
            Progress::Queued => progress.says("waits for its turn"),
            Progress::Held => progress.says("paused; strongroom jobs resume has it go on"),
            Progress::Resumed | Progress::Job(_) => {}
        })
    };
    let ended = tokio::select! {
        biased;
        ended = run(tell, context.interrupt.token()) => Ok(ended),
        code = acknowledged(context, &progress) => Err(code),
    };
    progress.end();
    match ended {
        Ok(ended) => Ok(ended?),
        Err(code) => {
            let ops = opened.ops.clone();
            blocking(move || ops.abandon()).await?;
            context.report.say("left before every answer came: what is not known is in the log as unknown");
            Err(Failure::Signal(code))
        }
    }
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

/// Says that a first signal was heard; ends with the second one, and the exit code that it asks for.
async fn acknowledged(context: &Context, progress: &Shown) -> u8 {
    context.interrupt.first().await;
    progress.stopping();
    context.interrupt.again().await
}
