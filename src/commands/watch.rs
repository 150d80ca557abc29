//! `strongroom watch`: the live view without a screen.

use std::time::Duration;

use super::{Context, DONE, Done};
use crate::cli;
use crate::domain::activity::Arrival;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::query::WatchReport;
use crate::queries::{Queries, blocking};
use crate::report::arrival::{self, Arrivals};
use crate::report::{Format, Report};
use crate::setup::{self, Opened};
use crate::watch::Watch;

/// The longest pause: asking whether there is something left of the ration is free.
const HOUR: Duration = Duration::from_secs(3_600);

/// How many arrivals are read from the journal at once.
const PAGE: usize = 1_000;
/// How often `--once` looks again while vaults keep changing under its eyes.
const LOOKS: usize = 10;
/// How many looks without news end `--until-idle`: one beat in fifteen asks for people only.
const IDLE: usize = 2;

/// Where arrivals go: out at once, or kept for the end.
struct Sink<'a> {
    report: &'a mut Report,
    jsonl: bool,
    kept: Option<Vec<Arrival>>,
    /// Why something could not be printed.
    failed: Option<Fault>,
    moved: bool,
    fault: Option<Fault>,
}

impl Sink<'_> {
    fn arrival(&mut self, arrival: &Arrival) {
        let printed = match &mut self.kept {
            Some(kept) => {
                kept.push(arrival.clone());
                Ok(())
            }
            None if self.jsonl => self.report.json_line(arrival),
            None => self.report.line(&arrival::line(arrival, &self.report.look())),
        };
        self.failed = self.failed.take().or(printed.err());
    }

    fn take(&mut self, found: WatchReport) {
        found.arrivals.iter().for_each(|arrival| self.arrival(arrival));
        self.moved |= !found.settled.is_empty() || !found.arrivals.is_empty();
        self.fault = self.fault.take().or(found.fault);
    }

    /// Prints what was kept.
    fn end(&mut self) -> Result<()> {
        let kept = self.kept.take();
        kept.map_or(Ok(()), |arrivals| self.report.page(&Arrivals { arrivals }))
    }
}

/// Looks again and again, or as often as was asked for. Nothing outside is changed, so the first
/// signal ends it, whatever is being waited for.
pub(super) async fn run(context: &mut Context, options: cli::Watch) -> Done {
    let interrupt = context.interrupt.clone();
    let opened = match interrupt.or(Box::pin(open(context))).await {
        Ok(opened) => opened?,
        Err(code) => return Ok(code),
    };
    let kept = (context.report.format() != Format::Table).then(Vec::new);
    let report = &mut context.report;
    let mut sink = Sink { report, jsonl: options.jsonl, kept, failed: None, moved: false, fault: None };
    let ended = interrupt.or(Box::pin(looks(&opened, options, &mut sink))).await;
    sink.end()?;
    match ended {
        Ok(done) => Ok(done.map(|()| DONE)?),
        Err(code) => Ok(code),
    }
}

/// Opens the class, and asks who is who: that decides whom an upload is said to be by.
async fn open(context: &mut Context) -> Result<Opened> {
    let opened = setup::open(&context.choice, false).await?;
    context.of(&opened.config.class);
    opened.queries.refresh().await?;
    Ok(opened)
}

async fn looks(opened: &Opened, options: cli::Watch, sink: &mut Sink<'_>) -> Result<()> {
    let cursor = replay(&opened.queries, options.from, sink).await?;
    // Whoever waits for a complete look asks for it; otherwise it is a live view like the screen's.
    let mut watch = if options.once || options.until_idle {
        Watch::new(opened.queries.clone(), cursor).whole()
    } else {
        setup::live(opened, cursor)?
    };
    let (mut told, mut idle, mut looks) = (None, 0, 0);
    loop {
        (sink.moved, sink.fault) = (false, None);
        let beat = watch.step(opened.queries.clock.now(), |found| sink.take(found)).await;
        if let Some(failed) = sink.failed.take() {
            return Err(failed);
        }
        looks += 1;
        idle = if sink.moved || sink.fault.is_some() { 0 } else { idle + 1 };
        let fault = sink.fault.take();
        if let Some(fault) = fault.clone().filter(|fault| options.once || is_final(fault)) {
            return Err(fault);
        }
        let settled = options.once && (!sink.moved || looks >= LOOKS);
        if sink.report.is_closed() || settled || (options.until_idle && idle >= IDLE) {
            return Ok(());
        }
        // A service that stays away is told of once.
        if let Some(fault) = fault.as_ref().filter(|fault| told.as_ref() != Some(*fault)) {
            sink.report.fault(&super::mended(fault));
        }
        let wait = pause(options, idle, beat, fault.as_ref());
        told = fault;
        tokio::time::sleep(wait).await;
    }
}

/// How long to wait before the next look; a look that only makes sure does not wait.
fn pause(options: cli::Watch, idle: usize, beat: Duration, fault: Option<&Fault>) -> Duration {
    match fault {
        Some(fault) => fault.retry_after.map_or(beat, |wait| wait.min(HOUR).max(beat)),
        None if options.once || (options.until_idle && idle > 0) => Duration::ZERO,
        None => beat,
    }
}

/// What does not get better by looking again. A right that is missing on one vault does not count:
/// the others are still looked at.
fn is_final(fault: &Fault) -> bool {
    matches!(fault.kind, Kind::SignIn | Kind::Unsupported)
}

/// Repeats what the journal holds after a number; where the live view goes on from.
async fn replay(queries: &Queries, from: Option<u64>, sink: &mut Sink<'_>) -> Result<u64> {
    let store = queries.store.clone();
    let Some(mut cursor) = from else {
        return blocking(move || store.last_seq()).await;
    };
    loop {
        let (store, after) = (queries.store.clone(), cursor);
        let arrivals = blocking(move || store.arrivals(after, PAGE)).await?;
        let Some(last) = arrivals.last() else {
            return Ok(cursor);
        };
        cursor = last.seq;
        for arrival in &arrivals {
            sink.arrival(arrival);
        }
    }
}
