//! The steward gives students their vaults by itself, where the class file says `auto = true`.
//!
//! It works in the program that watches the class, and does one thing: a student of the roster who has
//! become active (exactly one person with exactly the address) gets the own vault and the class's level
//! on it, through [`Ops`] and every rule, ration and line of the log that a typed `strongroom provision`
//! goes through. It invites nobody and confirms nobody: that stays a person's act.
//!
//! It serves only who never had it. A student whose access was taken away stays without it, whoever
//! took it and however that ended: bound to a vault, only those are served whose access is still
//! promised from the moment when the vault was made (see [`Store::promise`](crate::store::Store)). Where
//! a vault of the student's is there already that this machine does not know, somebody has to look:
//! its history is not known here.
//!
//! How many students it serves at once is not limited. A first start serves a whole class, and so does
//! a roster that came late; what it does only adds, each student is judged alone, and the ration holds.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Busy, OnTold, Pulse};
use crate::domain::attention::{FailedRow, PROVISION};
use crate::domain::class::StudentKey;
use crate::domain::fault::{Kind, Result};
use crate::domain::frame::Frame;
use crate::domain::plan::{Outcome, Plan, Row, Step, Wish};
use crate::domain::roster::Student;
use crate::domain::text::SafeText;
use crate::ops::{Ended, OnProgress, Ops, Patience, Progress};
use crate::queries::{Current, blocking};

/// How long a student who could not be served waits for the next attempt; twice as long each time.
const AGAIN: Duration = Duration::from_secs(60);
/// And at most so long.
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// Gives students their vaults by itself.
pub struct Steward {
    ops: Ops,
    told: OnTold,
    /// Who could not be served.
    waits: HashMap<StudentKey, Wait>,
    /// Why nobody could be.
    pause: Option<Wait>,
    /// What was told last of why nobody could be served.
    said: Option<SafeText>,
    /// How many students were served.
    served: usize,
    current: Current,
}

/// Until when nothing is tried again.
#[derive(Clone, Copy)]
struct Wait {
    times: u32,
    until: Timestamp,
}

impl Wait {
    /// The next one after this, or the first.
    fn after(before: Option<&Self>, now: Timestamp, at_least: Duration) -> Self {
        let times = before.map_or(0, |wait| wait.times);
        let wait = AGAIN.saturating_mul(1 << times.min(10)).min(LONGEST).max(at_least);
        Self { times: times + 1, until: now.checked_add(wait).unwrap_or(Timestamp::MAX) }
    }
}

impl Steward {
    /// A steward that changes through `ops`, and says what it does.
    pub fn new(ops: Ops, told: OnTold) -> Self {
        let (waits, current) = (HashMap::new(), Current::default());
        Self { ops: ops.by_itself(), told, waits, pause: None, said: None, served: 0, current }
    }

    /// Has every round begin with the class file that is in effect then.
    #[must_use]
    pub fn following(self, current: Current) -> Self {
        Self { current, ..self }
    }

    /// Whether the class wants one, and changes are allowed.
    pub fn is_wanted(ops: &Ops) -> bool {
        ops.queries.class.auto && !ops.read_only
    }

    /// Serves at the start and whenever people or bindings have changed, as long as this program
    /// watches; and again those who could not be served, after a while. Ends with `cancel`, or when
    /// nobody tells of changes any more. What is under way then is brought to its end.
    /// While it works it is `busy`.
    pub async fn run(mut self, mut pulse: watch::Receiver<Pulse>, cancel: CancellationToken, busy: Busy) {
        if !Self::is_wanted(&self.ops) {
            return;
        }
        let mut fresh = true;
        loop {
            // Whoever lets another program watch asks after it has said so: it sees this one, or this one
            // sees that.
            let task = busy.begin();
            let seen = *pulse.borrow_and_update();
            if seen.watching {
                let stop = cancel.child_token();
                let mut leaving = pulse.clone();
                let end = async {
                    // Whoever does not watch any more leaves the rest to whoever does.
                    drop(leaving.wait_for(|pulse| !pulse.watching).await);
                    stop.cancel();
                    std::future::pending::<()>().await;
                };
                tokio::select! {
                    // What went wrong is told and waited for.
                    _told = Box::pin(self.round(fresh, Patience::Wait, &stop)) => {}
                    () = end => {}
                }
                fresh = false;
            }
            drop(task);
            let news = pulse.wait_for(|now| now.watching != seen.watching || now.people != seen.people);
            let clock = self.ops.queries.clock.clone();
            let due = self.due().filter(|_| seen.watching);
            let again = async {
                match due {
                    Some(due) => clock.sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = cancel.cancelled() => return,
                news = news => if news.is_err() { return },
                () = again => {}
            }
        }
    }

    /// When somebody is to be served who could not be before.
    fn due(&self) -> Option<Timestamp> {
        let pause = self.pause.map(|pause| pause.until);
        pause.or_else(|| self.waits.values().map(|wait| wait.until).min())
    }

    /// How many students it has served so far.
    pub fn served(&self) -> usize {
        self.served
    }

    /// Asks who is there, and serves everybody who is to be served now, as far as the ration goes. `cancel`
    /// ends it after the calls in flight.
    ///
    /// # Errors
    /// Why nobody could be served; of a single student it is told, and kept for the list of what needs
    /// attention.
    pub async fn once(&mut self, cancel: &CancellationToken) -> Result<()> {
        self.round(true, Patience::Stop, cancel).await
    }

    /// Serves everybody who is to be served now. Where it is not to look afresh, it asks the service only
    /// where there is somebody.
    async fn round(&mut self, fresh: bool, patience: Patience, cancel: &CancellationToken) -> Result<()> {
        self.current.renew(&mut self.ops.queries);
        let now = self.ops.queries.clock.now();
        if !Self::is_wanted(&self.ops) || self.pause.is_some_and(|pause| pause.until > now) {
            return Ok(());
        }
        let served = self.serve(fresh, patience, cancel).await;
        let now = self.ops.queries.clock.now();
        match &served {
            Ok(()) => {
                // Who was to be served again and is not any more is not waited for.
                self.waits.retain(|_, wait| wait.until > now);
                if self.pause.take().is_some() {
                    self.said = None;
                    self.ops.queries.token_accepted().await?;
                }
            }
            Err(fault) => {
                self.ops.queries.token_refused(fault).await?;
                let least = fault.retry_after.unwrap_or_default();
                self.pause = Some(Wait::after(self.pause.as_ref(), now, least));
                // A service that stays away is told of once.
                if self.said.as_ref() != Some(&fault.message) {
                    self.said = Some(fault.message.clone());
                    self.tell(format!("could not give vaults: {fault}"));
                }
            }
        }
        served
    }

    async fn serve(&mut self, fresh: bool, patience: Patience, cancel: &CancellationToken) -> Result<()> {
        let wanted = self.wanted(fresh).await?;
        let wanted = self.leave_unknown(wanted).await?;
        if wanted.is_empty() {
            return Ok(());
        }
        let plan = self.ops.plan(&Wish::Provision(wanted)).await?;
        let progress = self.progress(&plan);
        let ended = self.ops.run_in_turn(plan, patience, cancel.clone(), progress).await?;
        self.settle(&ended);
        ended.fault.map_or(Ok(()), Err)
    }

    /// Who is to be served, with the name of the vault where there is none yet that this machine could
    /// have made.
    async fn wanted(&self, fresh: bool) -> Result<Vec<(StudentKey, Option<String>)>> {
        let queries = &self.ops.queries;
        let frame = match queries.frame(fresh).await {
            // Nothing is stored yet.
            Err(fault) if fault.kind == Kind::Unreachable && !fresh => queries.frame(true).await?,
            frame => frame?,
        };
        let store = queries.store.clone();
        let promised: HashSet<StudentKey> = blocking(move || store.promised()).await?.into_iter().collect();
        // A vault that is there may be another machine's, also where one was promised here: only what this
        // one has begun to make is known to be its own.
        let unbound = promised.iter().any(|key| !frame.bindings.contains_key(key));
        let audit = self.ops.audit.clone();
        let begun = if unbound { blocking(move || audit.vaults_begun()).await? } else { HashSet::default() };
        let ours = |key: &StudentKey| begun.contains(&self.ops.audit.pseudonym(key.as_str()));
        let now = queries.clock.now();
        let rests = |key: &StudentKey| self.waits.get(key).is_some_and(|wait| wait.until > now);
        let due = |student: &&Student| is_active(&frame, student) && !rests(&student.key);
        let wanted = frame.students.iter().filter(due).filter_map(|student| {
            let key = student.key.clone();
            match (promised.contains(&key), frame.bindings.contains_key(&key)) {
                (true, true) => Some((key, None)),
                (true, false) if ours(&key) => Some((key, None)),
                (false, true) => None,
                (_, false) => Some((key, Some(frame.class.vault_name(&student.key)))),
            }
        });
        Ok(wanted.collect())
    }

    /// Leaves out whose vault is there already without being known here; that is noted.
    async fn leave_unknown(&mut self, wanted: Vec<(StudentKey, Option<String>)>) -> Result<Vec<StudentKey>> {
        if wanted.iter().all(|(_, name)| name.is_none()) {
            return Ok(wanted.into_iter().map(|(key, _)| key).collect());
        }
        let vaults = self.ops.queries.provider.vaults().await?;
        let names: HashSet<&str> = vaults.iter().map(|vault| vault.name.as_str()).collect();
        let is_there =
            |name: &Option<String>| name.as_ref().is_some_and(|name| names.contains(name.as_str()));
        let (there, missing): (Vec<_>, Vec<_>) = wanted.into_iter().partition(|(_, name)| is_there(name));
        let at = self.ops.queries.clock.now();
        let failed = there.into_iter().map(|(student, name)| {
            let name = name.unwrap_or_default();
            let message = format!(
                "a vault named {name} is there already, and is not known here: run `strongroom adopt`, then \
                 `strongroom provision {student}`"
            );
            FailedRow { student, op: PROVISION.to_owned(), message: SafeText::new(&message), at }
        });
        let failed: Vec<FailedRow> = failed.collect();
        for row in &failed {
            self.put_off(&row.student, at);
            self.tell(format!("{}: {}", row.student, row.message));
        }
        let store = self.ops.queries.store.clone();
        blocking(move || failed.iter().try_for_each(|row| store.failed(row))).await?;
        Ok(missing.into_iter().map(|(key, _)| key).collect())
    }

    /// Tells of each student as soon as the own vault can be used, and of long waits.
    fn progress(&self, plan: &Plan) -> OnProgress {
        let done: Vec<SafeText> = plan.rows.iter().map(given).collect();
        let told = Arc::clone(&self.told);
        Arc::new(move |progress| match progress {
            Progress::Row(at, Outcome::Done) => done.get(at).cloned().into_iter().for_each(|line| told(line)),
            Progress::Paused { until, why } => {
                told(SafeText::new(&format!("giving vaults goes on at {until:.0}: {why}")));
            }
            _ => {}
        })
    }

    /// Takes over how each student's row ended.
    fn settle(&mut self, ended: &Ended) {
        let now = self.ops.queries.clock.now();
        self.served += ended.count(|outcome| *outcome == Outcome::Done);
        for row in &ended.plan.rows {
            match &row.outcome {
                Outcome::Failed(why) | Outcome::Refused(why) => {
                    self.put_off(&row.student, now);
                    self.tell(format!("could not give {} the own vault: {why}", row.name));
                }
                Outcome::Done | Outcome::Unchanged => drop(self.waits.remove(&row.student)),
                _ => {}
            }
        }
    }

    fn put_off(&mut self, student: &StudentKey, now: Timestamp) {
        let wait = Wait::after(self.waits.get(student), now, Duration::ZERO);
        self.waits.insert(student.clone(), wait);
    }

    fn tell(&self, line: impl AsRef<str>) {
        (self.told)(SafeText::new(line.as_ref()));
    }
}

/// Whether a student is in the class, and active by the exact address.
fn is_active(frame: &Frame, student: &Student) -> bool {
    !frame.gone.contains(&student.key) && frame.sign_up(student).0.is_active()
}

/// What is told of a row that is done.
fn given(row: &Row) -> SafeText {
    let line = if row.steps.contains(&Step::CreateVault) {
        format!("made the vault of {} and gave access", row.name)
    } else {
        format!("gave {} access to the own vault", row.name)
    };
    SafeText::new(&line)
}
