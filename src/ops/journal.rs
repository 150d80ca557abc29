//! What a job writes down of itself: that it begins, which rows have begun before anything of them is sent,
//! how rows ended, and how the whole ended. Knows the store; must not know what rows do.
//!
//! Rows are written together: those of a portion before it is sent, and what came of them at its end or
//! after a second. A program that dies in between has lost nothing that counts, since whoever goes on looks
//! at what is so before sending anything.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::Ops;
use super::make::new_nonce;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::job::{JobId, State, Wanted};
use crate::domain::plan::{Outcome, Plan};
use crate::domain::text::SafeText;
use crate::queries::{Queries, blocking};
use crate::store::{Begun, JobLock, Kept, Store, Told};

/// How old what the store tells of a job may be while rows come to their ends.
const SOON: SignedDuration = SignedDuration::from_secs(1);
/// How often the lock of a job is asked for that somebody may only be looking at.
const LOOKS: u32 = 50;

/// The journal of one job. Its program is the only one that writes it.
pub(super) struct Journal {
    queries: Queries,
    id: JobId,
    /// What stands in the records of the audit log.
    record: String,
    held: JobLock,
    untold: Mutex<Untold>,
}

#[derive(Default)]
struct Untold {
    told: Told,
    ends: Option<Timestamp>,
    why: Option<SafeText>,
    /// When something was written last.
    at: Option<Timestamp>,
    /// Whether any row has begun.
    begun: bool,
}

impl Journal {
    /// Begins a job for a plan, which gets its name; nothing was sent yet.
    pub(super) async fn begin(ops: &Ops, plan: &mut Plan, state: State) -> Result<Self> {
        let id = match &plan.job {
            Some(id) => id.clone(),
            None => JobId::parse(&new_nonce()?)
                .ok_or_else(|| Fault::new(Kind::Broken, "a name for a job has not the form of one"))?,
        };
        plan.job = Some(id.clone());
        let (queries, plan, by, at) =
            (ops.queries.clone(), plan.clone(), by(ops.auto), ops.queries.clock.now());
        blocking(move || {
            let held = queries.store.hold_job(&id)?.ok_or_else(|| elsewhere(&id))?;
            queries.store.begin_job(&Begun { id: &id, plan: &plan, state, at, by: &by })?;
            let record = id.in_record(&plan.digest());
            Ok(Self { queries, id, record, held, untold: Mutex::default() })
        })
        .await
    }

    /// Takes over a job that a program has left.
    pub(super) async fn take_over(ops: &Ops, id: &JobId) -> Result<(Self, Kept)> {
        let (queries, id) = (ops.queries.clone(), id.clone());
        blocking(move || {
            let store = &queries.store;
            let held = hold(store, &id)?;
            let kept = store.job(&id)?.ok_or_else(|| unknown(&id))?;
            if !kept.head.state.is_open() {
                let message =
                    format!("the job {id} is {}: nothing of it is left to do", kept.head.state.word());
                return Err(Fault::refused(message));
            }
            store.want_job(&id, Wanted::Go)?;
            let record = id.in_record(&kept.head.plan);
            let untold = Untold { begun: true, ..Untold::default() };
            let journal = Self { queries, id, record, held, untold: Mutex::new(untold) };
            Ok((journal, kept))
        })
        .await
    }

    /// The job's name.
    pub(super) fn id(&self) -> &JobId {
        &self.id
    }

    /// What stands in the records of the audit log.
    pub(super) fn record(&self) -> &str {
        &self.record
    }

    fn untold(&self) -> MutexGuard<'_, Untold> {
        self.untold.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes how a row stands; it is written by and by.
    pub(super) fn row(&self, at: usize, outcome: &Outcome) {
        let mut untold = self.untold();
        untold.begun = true;
        untold.told.rows.push((at, outcome.clone()));
    }

    /// Notes when it will probably be done.
    pub(super) fn ends(&self, ends: Timestamp) {
        let mut untold = self.untold();
        untold.ends = Some(ends);
        untold.told.shown = Some((untold.ends, untold.why.clone()));
    }

    /// Notes why it does not go on just now, if it does not.
    pub(super) fn waits(&self, why: Option<&SafeText>) {
        let mut untold = self.untold();
        untold.why = why.cloned();
        untold.told.shown = Some((untold.ends, untold.why.clone()));
    }

    /// Notes that all of it was examined: nothing was sent before.
    pub(super) fn examined(&self) {
        self.untold().told.examined = true;
    }

    /// Notes how the whole stands.
    pub(super) fn stands(&self, state: State) {
        self.untold().told.state = Some(state);
    }

    /// Writes what was noted; costs nothing where that is nothing.
    pub(super) async fn write(&self) -> Result<()> {
        let now = self.queries.clock.now();
        let told = {
            let mut untold = self.untold();
            if untold.told == Told::default() {
                return Ok(());
            }
            untold.at = Some(now);
            std::mem::take(&mut untold.told)
        };
        let id = self.id.clone();
        self.queries.with_store(move |store| store.tell_job(&id, &told, now)).await
    }

    /// The same, where the last time was a while ago.
    pub(super) async fn write_soon(&self) -> Result<()> {
        let now = self.queries.clock.now();
        // A clock that was set back makes nobody wait for longer.
        let is_fresh = |at| (SignedDuration::ZERO..SOON).contains(&now.duration_since(at));
        let is_fresh = self.untold().at.is_some_and(is_fresh);
        if is_fresh { Ok(()) } else { self.write().await }
    }

    /// What somebody wants of it.
    pub(super) async fn wanted(&self) -> Result<Wanted> {
        let id = self.id.clone();
        self.queries.with_store(move |store| store.wanted_of_job(&id)).await
    }

    /// Writes how the whole ended, and lets go of it.
    pub(super) async fn end(self, state: State) -> Result<()> {
        self.untold().ends = None;
        self.waits(None);
        self.stands(state);
        self.write().await?;
        if !matches!(state, State::Left) {
            self.held.end();
        }
        Ok(())
    }

    /// Lets go of a job that failed before its end: where no row has begun it is as if it had never been,
    /// else it is one that was left.
    pub(super) async fn give_up(self) -> Result<()> {
        if self.untold().begun {
            return self.end(State::Left).await;
        }
        let id = self.id;
        self.queries.with_store(move |store| store.drop_job(&id)).await?;
        self.held.end();
        Ok(())
    }
}

/// Takes the lock of a job that nobody carries out. Whoever looks whether it is alive holds it for a blink.
fn hold(store: &Store, id: &JobId) -> Result<JobLock> {
    for _ in 0..LOOKS {
        if let Some(held) = store.hold_job(id)? {
            return Ok(held);
        }
        std::thread::yield_now();
    }
    Err(elsewhere(id))
}

fn elsewhere(id: &JobId) -> Fault {
    Fault::new(Kind::Conflict, format!("another program carries out the job {id}"))
        .hint("see `strongroom jobs`; it can be paused or cancelled from here")
}

/// What is said of a job that is not there.
pub(super) fn unknown(id: &JobId) -> Fault {
    Fault::new(Kind::Input, format!("there is no job {id}")).hint("see `strongroom jobs`")
}

/// Which program carries it out.
fn by(auto: bool) -> SafeText {
    let what = if auto { "steward, " } else { "" };
    SafeText::new(&format!("{what}pid {}", std::process::id()))
}
