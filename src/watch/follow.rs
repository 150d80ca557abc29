//! Reading along what the Events API reports, in the program that watches: which records are of the class, kept
//! with the place where each feed goes on, and the vaults that are to be looked at because of it.
//!
//! A report says where to look and nothing else: whatever it tells, an arrival is announced by a look alone.
//! It runs beside the live view and never holds a beat up: a feed is asked for a few pages at a time, at a pace of
//! its own. The place where a feed goes on is written in one transaction with the page before it, so that a program
//! that is killed loses nothing, and what is then asked for again is not taken twice.
//!
//! Of what is reported only what concerns the class is kept (see `scope`), and that no longer than the service
//! keeps it. Time comes in as an argument of [`Follower::step`].

mod course;
mod lead;
mod scope;
mod start;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::{OnTold, Pulse};
use crate::domain::events::{Activity, Feed, From, Page};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::operation::Capability;
use crate::domain::query::WatchReport;
use crate::domain::text::SafeText;
use crate::queries::{Current, Queries, blocking};
use crate::store::Taken;
use course::Course;
pub use lead::Leads;
pub(super) use lead::Told;
use scope::Scope;
use start::Start;
pub use start::WINDOW;

/// How often a feed is asked where nothing more is known to be there: as often as 1Password's own clients ask.
const PACE: Duration = Duration::from_secs(10);
/// And never more often than this, whatever is asked for; what is left of a long feed is read in such steps.
const SHORTEST: Duration = Duration::from_secs(1);
/// So many pages of a feed in one step: both feeds together stay far below the 600 requests a minute, and the
/// 30,000 an hour, that the service answers (1Password developer page "Events API rate limits").
const PAGES: usize = 2;
/// So many steps at most of somebody who reads once.
const STEPS: usize = 300;
/// A report this old is no reason to look: whoever watches has looked since.
const NEWS: SignedDuration = SignedDuration::from_hours(1);
/// How often what is too old is forgotten.
const FORGETS: Duration = Duration::from_secs(24 * 3_600);
/// Clocks differ. What is said to happen later than this is not kept: it would never be old enough to be forgotten.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// Reads the feeds of one class.
pub struct Follower {
    queries: Queries,
    current: Current,
    leads: Leads,
    told: OnTold,
    reports: Option<mpsc::UnboundedSender<WatchReport>>,
    pace: Duration,
    /// Asking what the token may read, and whether that is known.
    asking: Course,
    asked: bool,
    courses: [Course; Feed::ALL.len()],
    /// Whether it is known who is in the account, which tells what is of the class.
    met: bool,
    /// When what is too old was last forgotten.
    forgot: Option<Timestamp>,
    /// What was told last of the store.
    said: Option<SafeText>,
}

impl Follower {
    /// Whether the service tells who did what.
    pub fn is_wanted(queries: &Queries) -> bool {
        queries.provider.capabilities().has(Capability::ReadActivity)
    }

    /// A follower that says where to look by `leads`, and what a person should know by `told`.
    pub fn new(queries: Queries, leads: Leads, told: OnTold) -> Self {
        Self {
            queries,
            current: Current::default(),
            leads,
            told,
            reports: None,
            pace: PACE,
            asking: Course::default(),
            asked: false,
            courses: Default::default(),
            met: false,
            forgot: None,
            said: None,
        }
    }

    /// Has every step begin with the class file that is in effect then.
    #[must_use]
    pub fn following(self, current: Current) -> Self {
        Self { current, ..self }
    }

    /// The same at another pace; never faster than once a second.
    #[must_use]
    pub fn every(self, pace: Duration) -> Self {
        Self { pace: pace.max(SHORTEST), ..self }
    }

    /// Has it report whenever there is something new to read in the store.
    #[must_use]
    pub fn reporting(self, reports: mpsc::UnboundedSender<WatchReport>) -> Self {
        Self { reports: Some(reports), ..self }
    }

    /// Reads along as long as this program is the one that watches, until `cancel`. Wherever it is cut, a page is
    /// taken over whole or not at all.
    pub async fn run(mut self, mut pulse: watch::Receiver<Pulse>, cancel: CancellationToken) {
        let work = async {
            while pulse.wait_for(|pulse| pulse.watching).await.is_ok() {
                let clock = self.queries.clock.clone();
                let wait = self.step(clock.now()).await;
                clock.sleep_until(clock.now().checked_add(wait).unwrap_or(Timestamp::MAX)).await;
            }
        };
        let _ended = cancel.run_until_cancelled(Box::pin(work)).await;
    }

    /// Reads what is there by now and was not read yet, for whoever looks once; until `cancel`.
    pub async fn once(&mut self, cancel: &CancellationToken) {
        let work = async {
            for _ in 0..STEPS {
                let clock = self.queries.clock.clone();
                let wait = self.step(clock.now()).await;
                if !self.courses.iter().any(Course::goes_on) {
                    return;
                }
                clock.sleep_until(clock.now().checked_add(wait).unwrap_or(Timestamp::MAX)).await;
            }
        };
        let _ended = cancel.run_until_cancelled(Box::pin(work)).await;
    }

    /// Reads some pages of the feeds whose turn it is; how long to wait before the next step.
    pub async fn step(&mut self, now: Timestamp) -> Duration {
        self.current.renew(&mut self.queries);
        match self.round(now).await {
            Ok(()) => self.said = None,
            Err(fault) => {
                // A store that fails is told of once.
                if self.said.as_ref() != Some(&fault.message) {
                    self.tell(format!("who did what is not read: {fault}"));
                    self.said = Some(fault.message);
                }
                return self.pace;
            }
        }
        let mut left = self.courses.iter().filter(|course| !course.is_off()).peekable();
        if left.peek().is_none() {
            // Nothing is asked for any more; what is there already still grows old.
            return FORGETS;
        }
        let next =
            if self.asked { left.filter_map(|course| course.wait(now)).min() } else { self.asking.wait(now) };
        next.unwrap_or(Duration::MAX).clamp(SHORTEST, start::LONGEST)
    }

    async fn round(&mut self, now: Timestamp) -> Result<()> {
        self.forget(now).await?;
        if !self.asked {
            self.ask(now).await;
        }
        for feed in Feed::ALL {
            if self.asked && self.course(feed).is_due(now) {
                self.read(feed, now).await?;
            }
        }
        Ok(())
    }

    /// Asks which feeds the token may read, and tells of each that it may not.
    async fn ask(&mut self, now: Timestamp) {
        if !self.asking.is_due(now) || self.courses.iter().all(Course::is_off) {
            return;
        }
        match self.queries.provider.feeds().await {
            Ok(feeds) => {
                (self.asking, self.asked) = (Course::default(), true);
                for feed in Feed::ALL.into_iter().filter(|feed| !feeds.contains(feed)) {
                    if self.course(feed).turn_off() {
                        self.tell(format!(
                            "the token of the Events API may not read {feed}: what they tell is not known here \
                             (issue a token that may, then start again)"
                        ));
                    }
                }
            }
            Err(fault) => {
                if self.asking.failed(&fault, self.pace, now) {
                    for course in &mut self.courses {
                        course.turn_off();
                    }
                    self.tell(format!("who did what is not read until the next start: {fault}"));
                }
            }
        }
    }

    /// Reads the next pages of a feed.
    async fn read(&mut self, feed: Feed, now: Timestamp) -> Result<()> {
        let Some(start) = self.start(feed, now).await? else {
            // Nobody knows yet who or what is in the class.
            let every = self.pace;
            self.course(feed).rest(every, now);
            return Ok(());
        };
        let Start { mut from, mut since, mut words } = start;
        for _ in 0..PAGES {
            let page = match self.queries.provider.activity(feed, &from).await {
                Ok(page) => page,
                Err(fault) => {
                    self.failed(feed, &fault, now);
                    return Ok(());
                }
            };
            self.take(feed, &page, since.take(), now).await?;
            // It is so by now, and not only meant.
            if let Some(words) = words.take() {
                self.tell(words);
            }
            let every = self.pace;
            if !self.course(feed).answered(&from, &page, every, now) {
                return Ok(());
            }
            from = From::Cursor(page.cursor);
        }
        Ok(())
    }

    /// Where the next question of a feed begins; `None` while people and groups are not known, and of audit events
    /// while no vault is bound: what is not of the class is not kept, and would be passed over for good.
    async fn start(&mut self, feed: Feed, now: Timestamp) -> Result<Option<Start>> {
        let store = self.queries.store.clone();
        let lost = self.course(feed).is_lost();
        // Once it was told who is in the account, that is stored.
        self.met = self.met || self.queries.frame(false).await.is_ok();
        if !self.met {
            return Ok(None);
        }
        blocking(move || {
            let bound = store.bindings()?.into_iter().map(|binding| binding.bound_at).min();
            let followed = store.followed(feed)?;
            let begins = feed != Feed::Audit || bound.is_some() || followed.is_some();
            Ok(begins.then(|| Start::of(feed, followed.as_ref(), bound, lost, now)))
        })
        .await
    }

    /// Takes over what a page tells of the class, and says where to look because of it.
    async fn take(&self, feed: Feed, page: &Page, since: Option<Timestamp>, now: Timestamp) -> Result<()> {
        let scope = if page.list.is_empty() { Scope::default() } else { self.scope().await? };
        let latest = now.checked_add(AHEAD).unwrap_or(Timestamp::MAX);
        let list = page.list.iter().filter(|record| record.at <= latest);
        let kept: Vec<Activity> = list.filter_map(|record| scope.kept(record)).collect();
        let (store, cursor, is_last) = (self.queries.store.clone(), page.cursor.clone(), !page.has_more);
        let new = blocking(move || {
            store.take_page(feed, &Taken { kept: &kept, cursor: &cursor, since, is_last }, now)
        })
        .await?;
        let is_news = |record: &&Activity| now.duration_since(record.at) < NEWS;
        self.leads.raise(new.iter().filter(is_news).filter_map(|record| scope.lead(record)));
        if let Some(reports) = self.reports.as_ref().filter(|_| !new.is_empty()) {
            drop(reports.send(WatchReport { reported: true, ..WatchReport::nothing(now) }));
        }
        Ok(())
    }

    async fn scope(&self) -> Result<Scope> {
        let (frame, store) = (self.queries.frame(false).await?, self.queries.store.clone());
        blocking(move || Ok(Scope::of(&frame, store.vaults_of_class()?))).await
    }

    /// A feed could not be read: it is asked again later, or not any more.
    fn failed(&mut self, feed: Feed, fault: &Fault, now: Timestamp) {
        let every = self.pace;
        let course = self.course(feed);
        if course.failed(fault, every, now) {
            course.turn_off();
            self.tell(format!("{feed} are not read until the next start: {fault}"));
        }
        // The token may be refused as a whole by now, or have lost this feed: the service says which.
        self.asked &= !matches!(fault.kind, Kind::SignIn | Kind::Denied);
    }

    /// Forgets what the service itself does not know any more.
    async fn forget(&mut self, now: Timestamp) -> Result<()> {
        let is_due =
            |at: Timestamp| Duration::try_from(now.duration_since(at)).map_or(true, |age| age >= FORGETS);
        if !self.forgot.is_none_or(is_due) {
            return Ok(());
        }
        let (store, before) = (self.queries.store.clone(), now.checked_sub(WINDOW).unwrap_or(Timestamp::MIN));
        blocking(move || store.forget_activity(before)).await?;
        self.forgot = Some(now);
        Ok(())
    }

    fn course(&mut self, feed: Feed) -> &mut Course {
        let [audit, usage] = &mut self.courses;
        match feed {
            Feed::Audit => audit,
            Feed::Usage => usage,
        }
    }

    fn tell(&self, line: impl AsRef<str>) {
        (self.told)(SafeText::new(line.as_ref()));
    }
}
