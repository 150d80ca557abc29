//! `strongroom watch`: the live view without a screen, as a service or in a job.

mod reader;
mod ready;
mod sink;

use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;

use super::interrupt::Interrupt;
use super::{Context, DONE, Done, Failure, PARTLY, from_store};
use crate::cli;
use crate::clock::pause;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::handoff::Progress;
use crate::domain::query::{Role, WatchReport};
use crate::domain::text::SafeText;
use crate::queries::Queries;
use crate::setup::{self, Duties, Opened};
use crate::watch::{Busy, Live, Watch};
use reader::Reader;
use ready::Starter;
use sink::Sink;

/// The longest pause: asking whether there is something left of the ration is free.
const HOUR: Duration = Duration::from_secs(3_600);
/// How many arrivals are read from the journal at once.
const PAGE: usize = 1_000;
/// How often `--once` looks again while vaults keep changing under its eyes.
const LOOKS: usize = 10;
/// How many looks without news end `--until-idle`: one beat in fifteen asks for people only.
const IDLE: usize = 2;
/// How many beats that fail in the same way `--until-idle` puts up with.
const EQUAL: usize = 5;

/// Looks again and again, or as often as was asked for. Looking changes nothing outside, so the first
/// signal ends it, whatever is being waited for; whoever runs beside it ends in good order, unless a
/// second signal comes.
pub(super) async fn run(context: &mut Context, options: &cli::Watch) -> Done {
    let interrupt = context.interrupt.clone();
    let starter = Starter::of(&context.choice.env);
    // Who follows needs no service, so that the account of the last time is taken where there is one;
    // whoever looks asks whose token it is.
    let opened = interrupt.or(context.open_stored()).await??.through("watch");
    let name = options.consumer.clone().or_else(|| options.once.then(|| cli::ONCE.to_owned()));
    let _reader = name.as_deref().map(|name| Reader::begin(&opened.queries.store, name)).transpose()?;
    let reader = name.map(|name| (opened.queries.store.clone(), name));
    let mut sink = Sink::new(&mut context.report, options.jsonl, reader.clone());
    let cursor = begin(&opened.queries, options.from, reader.map(|(_, name)| name)).await?;
    let mut live = live(&opened, options, cursor)?;
    let mut duties = Duties::open(&opened, context.choice.env.texts()).await?;
    let (busy, reports) = (duties.beside().busy(), duties.beside().listen());
    let mut looks = Looks {
        options,
        live: &mut live,
        sink: &mut sink,
        starter: &starter,
        busy,
        reports,
        watcher: None,
        people: None,
        blind: false,
        unread: false,
    };
    let work = Box::pin(async {
        if options.once || options.until_idle {
            job(&mut looks, duties, &opened.queries, &interrupt).await
        } else {
            stay(&mut looks, duties, &opened.queries, &interrupt).await
        }
    });
    let ended = tokio::select! {
        ended = work => ended,
        code = interrupt.again() => {
            opened.ops.abandon()?;
            return Err(Failure::Signal(code));
        }
    };
    live.rest()?;
    sink.end()?;
    ended
}

/// Looks until it is told to end; whoever works beside it ends in good order then.
async fn stay(looks: &mut Looks<'_, '_>, duties: Duties, queries: &Queries, interrupt: &Interrupt) -> Done {
    let mut running = duties.stay(looks.live).start();
    let ended = interrupt.or(looks.run(queries)).await;
    looks.starter.stopping();
    let _well = running.end().await;
    ended??;
    Ok(DONE)
}

/// Looks until there is nothing new, gives vaults and looks at those too, and hands on what was found.
/// None of it keeps the rest from being done.
async fn job(
    looks: &mut Looks<'_, '_>,
    mut duties: Duties,
    queries: &Queries,
    interrupt: &Interrupt,
) -> Done {
    let stop = interrupt.token();
    let mut looked = interrupt.or(looks.run(queries)).await?;
    let mut well = true;
    if looked.is_ok() {
        let served =
            passing(looks.sink, &mut looks.reports, Box::pin(duties.serve(looks.live, &stop))).await?;
        well = served.well;
        looks.pass_on();
        if served.any {
            looked = interrupt.or(looks.look(queries)).await?;
        }
    }
    // Whoever reads has it now: what follows may take its time.
    looks.sink.end()?;
    let following = passing(looks.sink, &mut looks.reports, Box::pin(duties.follow(looks.live, &stop))).await;
    looks.pass_on();
    let handing = Box::pin(duties.hand_on(looks.live, &stop));
    let left = passing(looks.sink, &mut looks.reports, handing).await;
    looks.pass_on();
    let retained = passing(looks.sink, &mut looks.reports, Box::pin(duties.retain(looks.live))).await;
    looks.pass_on();
    looked?;
    following?;
    let left = left?;
    retained?;
    if let Some(code) = interrupt.came() {
        return Err(Failure::Signal(code));
    }
    let waiting: Vec<Progress> = left.into_iter().flatten().filter(|one| one.waiting > 0).collect();
    for one in &waiting {
        looks.sink.report.say(still_waiting(one));
    }
    let whole = well && waiting.is_empty() && !looks.blind && !looks.unread;
    Ok(if whole { DONE } else { PARTLY })
}

/// Does some work, and passes on what is reported beside it meanwhile.
async fn passing<T>(
    sink: &mut Sink<'_>,
    reports: &mut Option<UnboundedReceiver<WatchReport>>,
    work: impl Future<Output = T> + Unpin,
) -> T {
    let mut work = work;
    loop {
        let report = async {
            match reports {
                Some(reports) => reports.recv().await,
                None => None,
            }
        };
        tokio::select! {
            done = &mut work => return done,
            Some(report) = report => sink.take(report),
        }
    }
}

/// Says that a consumer has not taken everything, and why.
fn still_waiting(one: &Progress) -> String {
    let why = one.retrying.as_ref().map_or_else(String::new, |retrying| format!(": {}", retrying.why));
    let noun = if one.waiting == 1 { "arrival waits" } else { "arrivals wait" };
    format!("{} {noun} for {}{why}; `strongroom handoff` shows it", one.waiting, one.consumer)
}

/// Whoever waits for a complete look asks for it; otherwise it is a live view like the screen's.
fn live(opened: &Opened, options: &cli::Watch, cursor: u64) -> Result<Live> {
    match options {
        cli::Watch { once: true, .. } => {
            Ok(Live::new(Watch::new(opened.queries.clone(), cursor).whole(), "watch --once"))
        }
        cli::Watch { until_idle: true, .. } => {
            Ok(Live::new(Watch::new(opened.queries.clone(), cursor).whole(), "watch --until-idle"))
        }
        _ => setup::live(opened, cursor, "watch"),
    }
}

/// The number after which it begins: what was asked for, what the reader has had, or where the
/// journal ends. A reader that is new has had everything until now.
async fn begin(queries: &Queries, from: Option<u64>, reader: Option<String>) -> Result<u64> {
    from_store(queries, move |store| {
        let end = store.last_seq()?;
        let Some(name) = reader else { return Ok(from.unwrap_or(end)) };
        let had = store.reader_acked(&name)?;
        if had.is_none() {
            store.ack_reader(&name, from.unwrap_or(end))?;
        }
        Ok(from.or(had).unwrap_or(end))
    })
    .await
}

/// The looks of one call.
struct Looks<'a, 'r> {
    options: &'a cli::Watch,
    live: &'a mut Live,
    sink: &'a mut Sink<'r>,
    starter: &'a Starter,
    busy: Busy,
    reports: Option<UnboundedReceiver<WatchReport>>,
    /// Who was last told to watch, `None` for this program.
    watcher: Option<SafeText>,
    /// Why the people could not be asked for; not told yet.
    people: Option<Fault>,
    /// Whether they were not asked, and everything else was looked at.
    blind: bool,
    /// Whether vaults could not be looked at the last time, and the others were.
    unread: bool,
}

impl Looks<'_, '_> {
    async fn run(&mut self, queries: &Queries) -> Result<()> {
        self.replay(queries).await?;
        if self.live.try_to_watch()? {
            // That decides whom an upload is said to be by; the vaults are looked at all the same.
            match queries.refresh().await {
                Err(fault) if is_final(&fault) => return Err(fault),
                people => self.people = people.err(),
            }
        }
        self.look(queries).await
    }

    /// Looks until everything that was asked for is done.
    async fn look(&mut self, queries: &Queries) -> Result<()> {
        let (mut told, mut idle, mut looks, mut equal) = (None, 0, 0, 0);
        loop {
            self.sink.begin();
            let beat = self.live.step(queries.clock.now(), |found| self.sink.take(found)).await;
            if let Some(failed) = self.sink.failed.take() {
                return Err(failed);
            }
            looks += 1;
            let (fault, failed) = match self.sink.ended() {
                Some((fault, alone)) => (Some(fault), !alone),
                None => (None, false),
            };
            idle = if self.sink.moved || failed { 0 } else { idle + 1 };
            if let Some(fault) = fault.as_ref().filter(|_| failed) {
                equal = if same(told.as_ref(), fault) { equal + 1 } else { 1 };
                if self.gives_up(fault, equal) {
                    return Err(self.people.take().unwrap_or_else(|| fault.clone()));
                }
            } else {
                equal = 0;
                self.tell_role();
                self.unread = fault.is_some();
                if let Some(people) = self.people.take() {
                    self.sink.report.fault(&super::mended(&people));
                    self.blind = true;
                }
            }
            // A service that stays away is told of once.
            if let Some(fault) = fault.as_ref().filter(|fault| !same(told.as_ref(), fault)) {
                self.sink.report.fault(&super::mended(fault));
            }
            if self.is_over(looks, idle) {
                return Ok(());
            }
            let wait = self.pause(idle, beat, fault.as_ref());
            told = fault;
            self.wait(wait).await;
        }
    }

    /// Whether a beat that failed, so often in the same way, is the end.
    fn gives_up(&self, fault: &Fault, equal: usize) -> bool {
        let tired = self.options.until_idle && equal >= EQUAL && fault.kind != Kind::RateLimit;
        self.options.once || is_final(fault) || tired
    }

    /// Whether everything that was asked for is done.
    fn is_over(&self, looks: usize, idle: usize) -> bool {
        let settled = self.options.once && (!self.sink.moved || looks >= LOOKS || !self.live.is_watching());
        let quiet = self.options.until_idle && idle >= IDLE && self.busy.is_idle();
        self.sink.report.is_closed() || settled || quiet
    }

    /// Says who watches, to people and to whoever started it: it is ready then. Of a job only that
    /// another program does.
    fn tell_role(&mut self) {
        let Some(role) = self.sink.role.take() else { return };
        let job = self.options.once || self.options.until_idle;
        let status = match role {
            Role::Watching if job => return,
            Role::Watching => {
                self.watcher = None;
                format!("watching, pid {}", std::process::id())
            }
            // When that one looked is told once.
            Role::Following { watcher, .. } if self.watcher.as_ref() == Some(&watcher) => return,
            Role::Following { watcher, looked_at } => {
                let looked = looked_at.map_or_else(
                    || SafeText::new("it has not looked yet"),
                    |at| {
                        SafeText::new(&format!(
                            "it last looked at {}",
                            self.sink.report.look().time(Some(at))
                        ))
                    },
                );
                let text = format!("following ({watcher} watches; {looked})");
                self.watcher = Some(watcher);
                text
            }
        };
        self.sink.report.say(&status);
        if !job {
            self.starter.ready(&status);
        }
    }

    /// How long to wait before the next look; a look that only makes sure does not wait.
    fn pause(&self, idle: usize, beat: Duration, fault: Option<&Fault>) -> Duration {
        let sure = self.options.once || (self.options.until_idle && idle > 0 && self.busy.is_idle());
        match fault {
            Some(fault) => fault.retry_after.map_or(beat, |wait| wait.min(HOUR).max(beat)),
            None if sure => Duration::ZERO,
            None => beat,
        }
    }

    /// Waits so long, or until there is a reason to look, and passes on what is reported beside it.
    async fn wait(&mut self, wait: Duration) {
        let live = &*self.live;
        passing(self.sink, &mut self.reports, Box::pin(live.rest_until(pause(wait)))).await;
    }

    /// Passes on what was reported beside the looks.
    fn pass_on(&mut self) {
        while let Some(report) = self.reports.as_mut().and_then(|reports| reports.try_recv().ok()) {
            self.sink.take(report);
        }
    }

    /// Repeats what the journal holds after where it begins.
    async fn replay(&mut self, queries: &Queries) -> Result<()> {
        loop {
            let arrivals = queries.arrivals_after(self.live.cursor(), PAGE).await?;
            let Some(last) = arrivals.last() else { return Ok(()) };
            self.live.skip_to(last.seq);
            for arrival in &arrivals {
                self.sink.arrival(arrival);
            }
            if let Some(failed) = self.sink.failed.take() {
                return Err(failed);
            }
        }
    }
}

/// Whether it is the fault that was told before; a wait that grows shorter is not another one.
fn same(told: Option<&Fault>, fault: &Fault) -> bool {
    told.is_some_and(|told| (told.kind, &told.message) == (fault.kind, &fault.message))
}

/// What does not get better by looking again. A right that is missing on one vault does not count:
/// the others are still looked at.
fn is_final(fault: &Fault) -> bool {
    matches!(fault.kind, Kind::SignIn | Kind::Unsupported | Kind::Refused)
}
