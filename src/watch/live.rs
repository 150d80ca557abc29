//! What screen and command run: the watcher of the class while nobody else is, else a follower who
//! reads what the watcher writes down and is ready to take over.
//!
//! A follower sends nothing: several programs together ask for what one does.

use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::deadlines::{self, Deadlines};
use super::lease::{self, Lease};
use super::tail::{Moved, Tail};
use super::{Leads, Pulse, Shown, Watch};
use crate::domain::fault::Result;
use crate::domain::query::{Role, WatchReport};
use crate::queries::{Current, blocking};

/// How often a follower looks whether there is something new, and whether the watcher is still there.
const FOLLOW: Duration = Duration::from_secs(1);
/// When the watcher last looked is told anew where it is so much later.
const LATER: SignedDuration = SignedDuration::from_secs(60);

/// The live view of one program.
pub struct Live {
    watch: Watch,
    /// Where the class's state is.
    folder: PathBuf,
    /// What others show of this program.
    what: String,
    lease: Option<Lease>,
    /// Whether somebody else may have watched since this program last did.
    doubt: bool,
    tail: Tail,
    deadlines: Deadlines,
    pulse: watch::Sender<Pulse>,
    told_role: Option<Role>,
    current: Current,
}

impl Live {
    /// A live view that looks as `watch` does when it is this program's turn. `what` it is for others,
    /// for example `dashboard`.
    pub fn new(watch: Watch, what: &str) -> Self {
        let folder = watch.queries.store.path().parent().unwrap_or(Path::new(".")).to_owned();
        Self {
            deadlines: Deadlines::default(),
            folder,
            what: what.to_owned(),
            lease: None,
            doubt: false,
            tail: Tail::default(),
            pulse: watch::Sender::new(Pulse { seq: watch.cursor, ..Pulse::default() }),
            told_role: None,
            current: Current::default(),
            watch,
        }
    }

    /// Has every step begin with the class file that is in effect then.
    #[must_use]
    pub fn following(self, current: Current) -> Self {
        Self { current, ..self }
    }

    /// Where to say which vaults are on the screen: those are read first.
    pub fn shown(&self) -> Shown {
        self.watch.shown()
    }

    /// Where to say which vaults are to be looked at because of what was reported.
    pub fn leads(&self) -> Leads {
        self.watch.leads()
    }

    /// Waits for a beat, until `over`; less long where something is reported that is worth a look of its own.
    pub async fn rest_until(&self, over: impl Future<Output = ()>) {
        let mut over = pin!(over);
        loop {
            tokio::select! {
                biased;
                () = &mut over => return,
                () = self.watch.leads.raised() => {}
            }
            if self.is_watching() && self.watch.leads.are_new() && self.watch.looks_early() {
                return;
            }
        }
    }

    /// How it stands, for whoever works beside it.
    pub fn pulse(&self) -> watch::Receiver<Pulse> {
        self.pulse.subscribe()
    }

    /// Whether this program is the watcher.
    pub fn is_watching(&self) -> bool {
        self.lease.is_some()
    }

    /// The last arrival that was reported.
    pub fn cursor(&self) -> u64 {
        self.watch.cursor
    }

    /// What arrived up to this number need not be reported.
    pub fn skip_to(&mut self, seq: u64) {
        self.watch.cursor = self.watch.cursor.max(seq);
    }

    /// Becomes the watcher where nobody else is; whether it is now.
    pub fn try_to_watch(&mut self) -> Result<bool> {
        if self.lease.as_ref().is_some_and(|lease| !lease.stands()) {
            self.rest()?;
        }
        if self.lease.is_none() {
            self.lease = Lease::take(&self.folder, &self.what)?;
            if self.lease.is_some() && std::mem::take(&mut self.doubt) {
                self.watch.take_over();
            }
        }
        Ok(self.is_watching())
    }

    /// Lets another program watch, until the next step.
    pub fn rest(&mut self) -> Result<()> {
        // Whoever lost the lease writes nothing: somebody else does by now, and that counts.
        let written = match &self.lease {
            Some(lease) if lease.stands() => self.watch.rest(),
            _ => {
                self.watch.vigil.end();
                Ok(())
            }
        };
        self.doubt |= self.lease.take().is_some();
        self.tail = Tail::default();
        self.beat();
        written
    }

    /// Tells those beside it that they are to begin nothing more, before [`Live::rest`] lets another
    /// program watch.
    pub fn leave(&self) {
        self.pulse.send_if_modified(|pulse| std::mem::take(&mut pulse.watching));
    }

    /// Tells the role with the next step, whether it has changed or not.
    pub fn tell_role(&mut self) {
        self.told_role = None;
    }

    /// One beat, of the watcher or of a follower; how long to wait before the next. The last report
    /// ends the beat, and says the role where that has changed.
    pub async fn step(&mut self, now: Timestamp, mut report: impl FnMut(WatchReport) + Send) -> Duration {
        self.current.renew(&mut self.watch.queries);
        if self.deadlines.is_new() {
            // What was shown so far was judged by this look.
            drop(self.deadline_passed().await);
        }
        let mut last = WatchReport::nothing(now);
        let wait = match self.try_to_watch() {
            Ok(true) => {
                // The last report is only known when there is no other.
                let mut held: Option<WatchReport> = None;
                let wait =
                    self.watch.step(now, |found| held.replace(found).into_iter().for_each(&mut report));
                let wait = wait.await;
                last = held.unwrap_or(last);
                wait
            }
            Ok(false) => {
                match self.follow(now, &mut report).await {
                    Ok(moved) => {
                        (last.stale, last.handed, last.reported) = (moved.rows, moved.handed, moved.reported);
                    }
                    Err(fault) => last.fault = Some(fault),
                }
                FOLLOW
            }
            Err(fault) => {
                last.fault = Some(fault);
                FOLLOW
            }
        };
        match self.deadline_passed().await {
            Ok(passed) => last.stale |= passed,
            Err(fault) => last.fault = last.fault.or(Some(fault)),
        }
        match self.role().await {
            Ok(role) => last.role = role,
            Err(fault) => last.fault = last.fault.or(Some(fault)),
        }
        self.beat();
        report(last);
        wait
    }

    async fn follow(
        &mut self,
        now: Timestamp,
        report: &mut (impl FnMut(WatchReport) + Send),
    ) -> Result<Moved> {
        self.doubt = true;
        let Watch { queries, cursor, .. } = &mut self.watch;
        self.tail.read(queries, cursor, now, report).await
    }

    /// Whether a look that is written down lies behind a deadline by now. The watcher writes its last
    /// one down where it does, so that nobody waits for that.
    async fn deadline_passed(&mut self) -> Result<bool> {
        let (store, class) = (self.watch.queries.store.clone(), self.watch.queries.class.clone());
        let (looked, all) = blocking(move || {
            Ok((store.last_span()?.map(|span| span.until), deadlines::all(&store, &class)?))
        })
        .await?;
        let observed = self.watch.vigil.span().filter(|_| self.is_watching()).map(|span| span.until);
        let Some(observed) = observed.filter(|observed| deadlines::between(&all, looked, *observed)) else {
            return Ok(self.deadlines.passed(&all, looked));
        };
        let (store, mut vigil) = (self.watch.queries.store.clone(), std::mem::take(&mut self.watch.vigil));
        let (vigil, written) = blocking(move || {
            let written = vigil.write(&store);
            Ok((vigil, written))
        })
        .await?;
        self.watch.vigil = vigil;
        written?;
        Ok(self.deadlines.passed(&all, Some(observed)))
    }

    /// What is to be told of who watches.
    async fn role(&mut self) -> Result<Option<Role>> {
        let role = if self.is_watching() {
            Role::Watching
        } else {
            let (store, folder) = (self.watch.queries.store.clone(), self.folder.clone());
            let (last, watcher) = blocking(move || Ok((store.last_span()?, lease::holder(&folder)))).await?;
            Role::Following { watcher, looked_at: last.map(|span| span.until) }
        };
        if self.told_role.as_ref().is_some_and(|told| same(told, &role)) {
            return Ok(None);
        }
        self.told_role = Some(role.clone());
        Ok(Some(role))
    }

    /// Tells those beside it how it stands, where that has changed.
    fn beat(&self) {
        let pulse = Pulse { watching: self.is_watching(), seq: self.watch.cursor, people: self.watch.people };
        self.pulse.send_if_modified(|told| std::mem::replace(told, pulse) != pulse);
    }
}

/// Whether there is nothing to tell between these: a watcher that looks on is no news.
fn same(told: &Role, role: &Role) -> bool {
    match (told, role) {
        (
            Role::Following { watcher: a, looked_at: Some(then) },
            Role::Following { watcher: b, looked_at: Some(now) },
        ) => a == b && now.duration_since(*then).abs() < LATER,
        (told, role) => told == role,
    }
}
