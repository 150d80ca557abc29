//! The account book that handles share: windows, walls, and when the service was asked last.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;

use super::wall::{About, Walls};
use crate::clock::Clock;
use crate::domain::budget::windows::{Gate, Short, Windows};
use crate::domain::budget::{Action, Allowance, Budget, Cost, Purpose, Stop};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::id::VaultId;
use crate::provider::Provider;

/// How old a report may grow while calls are sent.
const REPORT: Duration = Duration::from_secs(600);
/// How old it may be where it says that something is used up.
const DOUBT: Duration = Duration::from_secs(30);
/// How long a refusal stands that names no time and shows in no window.
const PAUSE: Duration = Duration::from_secs(60);

/// What was sent and what is left, shared by all handles of a service account. Cheap to clone.
#[derive(Clone)]
pub struct Ledger {
    inner: Arc<Inner>,
}

struct Inner {
    clock: Clock,
    /// The live view's part of what the account has left a day.
    share: f64,
    state: Mutex<State>,
    /// Held by whoever asks for a report.
    asking: tokio::sync::Mutex<()>,
    /// Told when a request that tried has its answer.
    tried: Notify,
}

#[derive(Default)]
struct State {
    /// `None` until the service has reported windows.
    windows: Option<Windows>,
    walls: Walls,
    /// When the service was asked last, with or without an answer.
    asked: Option<Timestamp>,
    /// Whether it did not answer then.
    unanswered: bool,
    /// How often it has answered or failed to.
    reports: u64,
}

impl Ledger {
    /// An empty one. `share` is the live view's part of what the account has left a day, from 0 to 1.
    pub fn new(clock: Clock, share: f64) -> Self {
        Self {
            inner: Arc::new(Inner {
                clock,
                share,
                state: Mutex::default(),
                asking: tokio::sync::Mutex::default(),
                tried: Notify::new(),
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change of the state is whole when something panics.
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the service for its windows; it costs nothing. A service that has none is not rationed.
    pub(super) async fn ask(&self, provider: &dyn Provider) -> Result<Vec<Allowance>> {
        let _asking = self.inner.asking.lock().await;
        self.report(provider).await
    }

    /// The same, unless somebody else has asked since `reports`.
    async fn ask_once(&self, provider: &dyn Provider, reports: u64) {
        let _asking = self.inner.asking.lock().await;
        if self.state().reports == reports {
            // Whoever cannot be asked is believed to be as it was.
            drop(self.report(provider).await);
        }
    }

    async fn report(&self, provider: &dyn Provider) -> Result<Vec<Allowance>> {
        let answer = provider.allowances().await;
        let now = self.inner.clock.now();
        let mut state = self.state();
        (state.asked, state.reports, state.unanswered) = (Some(now), state.reports + 1, answer.is_err());
        match (&answer, &mut state.windows) {
            (Ok(reported), windows) if reported.is_empty() => *windows = None,
            (Ok(reported), Some(windows)) => windows.report(reported, now),
            (Ok(reported), windows) => *windows = Some(Windows::new(reported, now)),
            (Err(_), Some(windows)) => windows.not_reported(now),
            (Err(_), None) => {}
        }
        answer
    }

    /// Asks where nothing is known yet, or what is known has grown old.
    async fn know(&self, provider: &dyn Provider) {
        let now = self.inner.clock.now();
        let (due, first, reports) = {
            let state = self.state();
            let old = |asked: Timestamp| match (&state.windows, state.unanswered) {
                (_, true) => age(asked, now) >= PAUSE,
                (Some(_), false) => age(asked, now) >= REPORT,
                (None, false) => false,
            };
            (state.asked.is_none_or(old), state.asked.is_none(), state.reports)
        };
        if first {
            self.ask_once(provider, reports).await;
        } else if due && let Ok(_asking) = self.inner.asking.try_lock() {
            drop(self.report(provider).await);
        }
    }

    /// Lets a call through, or tells why it is not sent.
    pub(super) async fn admit(&self, provider: &dyn Provider, request: Request) -> Result<Sent<'_>> {
        self.know(provider).await;
        let mut doubted = false;
        loop {
            let tried = self.inner.tried.notified();
            tokio::pin!(tried);
            // From here on an answer is not missed.
            tried.as_mut().enable();
            let (gate, reports) = self.gate(&request)?;
            match gate {
                Entry::Let { counted, probe } => {
                    return Ok(Sent { ledger: self, request, counted, probe });
                }
                Entry::Try => tried.await,
                Entry::Ask => self.ask_once(provider, reports).await,
                Entry::Doubt(_) if !doubted => {
                    doubted = true;
                    self.ask_once(provider, reports).await;
                }
                Entry::Doubt(short) => return Err(self.told(short)),
            }
        }
    }

    fn gate(&self, request: &Request) -> Result<(Entry, u64)> {
        let Request { cost, purpose, about, reserved } = request;
        let now = self.inner.clock.now();
        let mut state = self.state();
        let State { windows, walls, reports, .. } = &mut *state;
        let Some(windows) = windows else {
            return Ok((Entry::Let { counted: false, probe: false }, *reports));
        };
        if let Some(fault) = walls.before(about, *purpose, now) {
            return Err(fault);
        }
        let gate = windows.gate(*cost, *purpose, *reserved, now);
        if matches!(gate, Gate::Open | Gate::Probe) {
            windows.send(*cost, now);
        }
        let entry = match gate {
            Gate::Open | Gate::Probe => Entry::Let { counted: true, probe: gate == Gate::Probe },
            Gate::Ask => Entry::Ask,
            Gate::Wait => Entry::Try,
            Gate::Shut(short)
                if age(windows.reported_at(), now) >= DOUBT && windows.stops(now).is_empty() =>
            {
                Entry::Doubt(short)
            }
            Gate::Shut(short) => {
                if short.used_up {
                    note(windows, short, now);
                }
                return Err(fault_of(short, now));
            }
        };
        Ok((entry, *reports))
    }

    /// Stops what is used up, and says so.
    fn told(&self, short: Short) -> Fault {
        let now = self.inner.clock.now();
        if let Some(windows) = self.state().windows.as_mut().filter(|_| short.used_up) {
            note(windows, short, now);
        }
        fault_of(short, now)
    }

    /// Sets writes aside, all of them or none.
    pub(super) fn reserve(&self, writes: u32) -> Result<()> {
        let now = self.inner.clock.now();
        let mut state = self.state();
        let Some(windows) = &mut state.windows else { return Ok(()) };
        let cost = Cost { reads: 0, writes };
        let stops = windows.stops(now).into_iter().filter(|stop| cost.counted_as(stop.action) > 0);
        if let Some(Stop { action, until }) = stops.max_by_key(|stop| stop.until) {
            return Err(fault_of(Short { action, until, used_up: true, purpose: Purpose::Changes }, now));
        }
        if let Err(short) = windows.room(cost, Purpose::Changes, now) {
            if windows.allowances(now).iter().any(|w| w.action == short.action && w.remaining == 0) {
                note(windows, short, now);
            }
            return Err(fault_of(short, now));
        }
        windows.reserve(writes);
        Ok(())
    }

    /// Gives back, or uses, what was set aside.
    pub(super) fn release(&self, writes: u32) {
        if let Some(windows) = &mut self.state().windows {
            windows.release(writes);
        }
    }

    /// Takes the token's wall down.
    pub(super) fn look_again(&self) {
        self.state().walls.look_again();
    }

    /// A vault was made: what is in it may not be found at once.
    pub(super) fn made(&self, vault: &VaultId) {
        let now = self.inner.clock.now();
        self.state().walls.made(vault.clone(), now);
    }

    /// How the ration stands; `None` where nothing is rationed, or nobody has asked yet.
    pub(super) fn budget(&self) -> Option<Budget> {
        let now = self.inner.clock.now();
        let state = self.state();
        let windows = state.windows.as_ref()?;
        Some(Budget {
            allowances: windows.allowances(now),
            reported_at: windows.reported_at(),
            ours: windows.ours(),
            others: windows.others(),
            stopped: windows.stops(now),
            live_per_hour: windows.per_hour(self.inner.share, now),
        })
    }
}

/// A call that is to be sent.
pub(super) struct Request {
    /// What it costs.
    pub(super) cost: Cost,
    /// Who asks.
    pub(super) purpose: Purpose,
    /// What it is about.
    pub(super) about: About,
    /// Whether it was set aside before.
    pub(super) reserved: bool,
}

/// Whether a call is let in.
enum Entry {
    Let {
        counted: bool,
        probe: bool,
    },
    Ask,
    Try,
    /// The windows say no, but it is long since the service said so itself.
    Doubt(Short),
}

/// A call that was let through.
pub(super) struct Sent<'a> {
    ledger: &'a Ledger,
    request: Request,
    counted: bool,
    probe: bool,
}

impl Sent<'_> {
    /// Heeds the answer, and hands it on.
    pub(super) async fn heed<T>(mut self, provider: &dyn Provider, answer: Result<T>) -> Result<T> {
        let now = self.ledger.inner.clock.now();
        let fault = answer.as_ref().err();
        let limited = fault.is_some_and(|fault| fault.kind == Kind::RateLimit);
        if self.counted {
            self.ledger.state().walls.heed(&self.request.about, fault, now);
        }
        if let Some(windows) = self.ledger.state().windows.as_mut().filter(|_| self.counted && limited) {
            windows.refused(self.request.cost);
        }
        self.answered();
        let answer = match answer {
            // Whoever waits for this answer goes on when the stop is set, not before.
            Err(fault) if limited => Err(self.limited(provider, fault).await),
            answer => answer,
        };
        self.tried(!limited);
        answer
    }

    /// It is no longer under way.
    fn answered(&mut self) {
        if std::mem::take(&mut self.counted)
            && let Some(windows) = &mut self.ledger.state().windows
        {
            windows.answered(self.request.cost);
        }
    }

    /// Those who wait for its answer go on.
    fn tried(&mut self, let_in: bool) {
        if !std::mem::take(&mut self.probe) {
            return;
        }
        if let Some(windows) = &mut self.ledger.state().windows {
            windows.tried(self.request.cost, let_in);
        }
        self.ledger.inner.tried.notify_waiters();
    }

    /// The service refuses this kind of calls: asks until when, and stops them. The time comes from
    /// the report where it has one, since the text of the refusal is cut short.
    async fn limited(&self, provider: &dyn Provider, fault: Fault) -> Fault {
        let reports = self.ledger.state().reports;
        self.ledger.ask_once(provider, reports).await;
        let now = self.ledger.inner.clock.now();
        let mut state = self.ledger.state();
        let Some(windows) = &mut state.windows else { return fault };
        let spent = windows.spent(self.request.cost, now);
        for stop in &spent {
            windows.stop(*stop, true);
        }
        if let Some(stop) = spent.iter().max_by_key(|stop| stop.until) {
            return fault.retry_after(wait(stop.until, now));
        }
        // No window is used up: the client as a whole is held back. Whoever changes access has a
        // tempo of its own for that.
        if self.request.purpose != Purpose::Changes || self.request.cost.writes == 0 {
            let pause = fault.retry_after.unwrap_or(PAUSE);
            let until = now.checked_add(pause).unwrap_or(Timestamp::MAX);
            let action = if self.request.cost.writes > 0 { Action::Write } else { Action::Read };
            windows.stop(Stop { action, until }, false);
            return fault.retry_after(pause);
        }
        fault
    }
}

impl Drop for Sent<'_> {
    /// A call that was given up may have been counted all the same: it stays counted.
    fn drop(&mut self) {
        self.answered();
        self.tried(false);
    }
}

/// Stops what the windows show to be used up.
fn note(windows: &mut Windows, short: Short, now: Timestamp) {
    let known = windows.stops(now).iter().any(|stop| stop.action == short.action);
    if !known {
        windows.stop(Stop { action: short.action, until: short.until }, true);
    }
}

/// How long ago that was. What a clock that was set back takes to be still to come is as old as can
/// be: nobody relies on it.
fn age(then: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(then)).unwrap_or(Duration::MAX)
}

fn wait(until: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(until.duration_since(now)).unwrap_or_default()
}

/// The refusal that is answered without asking the service; the same words however long it lasts.
fn fault_of(short: Short, now: Timestamp) -> Fault {
    let what = match short.action {
        Action::Read => "the service account's reads of this hour",
        Action::Write => "the service account's writes of this hour",
        Action::ReadWrite => "the 1Password account's requests of this day",
    };
    let message = if short.used_up {
        format!("{what} are used up; nothing more is sent until they are renewed")
    } else {
        let (whose, others) = match short.purpose {
            Purpose::Changes => ("what changes may take", "the live view and what you ask for yourself"),
            Purpose::Keys | Purpose::Watch => ("the live view's part", "what you ask for yourself"),
        };
        format!("{whose} of {what} is used up; the rest is kept for {others}")
    };
    Fault::new(Kind::RateLimit, message)
        .hint("wait until they are renewed; `strongroom budget` shows when")
        .retry_after(wait(short.until, now))
}
