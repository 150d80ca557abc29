//! Days of uploads, edits and removals while the watcher is killed, restarted, given a wrong clock and
//! lied to by the service: what the journal tells, and the files that were kept, are compared with what
//! the sandbox's ledger says.
//!
//! By default a short storm; `STRONGROOM_STORM=10000 cargo test --test storm -- --nocapture` is the long one,
//! and `STRONGROOM_SEED` picks another. The same with a Connect server and the Events API beside it:
//! `STRONGROOM_STORM=10000 cargo test --test storm three_services -- --nocapture`.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic, reason = "tests")]

#[path = "storm/services.rs"]
mod services;
#[path = "support/storm.rs"]
mod students;
mod support;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::Poll;

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use services::Services;
use sha2::{Digest as _, Sha256};
use strongroom::clock::Clock;
use strongroom::domain::arrival::{Arrival, ArrivalKind};
use strongroom::domain::id::VaultId;
use strongroom::domain::text::SafeText;
use strongroom::domain::transfer::Quotas;
use strongroom::download::Keeper;
use strongroom::provider::Shared;
use strongroom::watch::Watch;
use strongroom::watch::follow::Follower;
use students::{Deed, Happened, Storm, content, happened};
use support::{Desk, Fixture};

/// How often something is done in the vaults, by default.
const SHORT: u64 = 240;
/// In seconds.
const DAY: i64 = 86_400;
/// The students of the class.
const STUDENTS: usize = 12;

fn number(name: &str, or: u64) -> u64 {
    std::env::var(name).ok().map_or(or, |text| text.parse().unwrap())
}

/// Runs a future for so many polls at most, and drops it then wherever it is.
async fn at_most<F: Future>(polls: u64, future: F) -> Option<F::Output> {
    let (mut future, mut left) = (pin!(future), polls);
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

/// What the journal says of every item: the last kind and version.
#[derive(Default)]
struct Journal {
    seq: u64,
    items: BTreeMap<String, (ArrivalKind, u64)>,
    told: HashSet<(String, u64, ArrivalKind)>,
    gaps: u64,
    doubled: u64,
    jumps: u64,
}

impl Journal {
    fn take(&mut self, arrival: &Arrival) {
        self.gaps += u64::from(arrival.seq != self.seq + 1);
        self.seq = arrival.seq;
        let (item, version) = (arrival.item.id.to_string(), arrival.item.version);
        // The same version of an item is told once; its end, too.
        self.doubled += u64::from(!self.told.insert((item.clone(), version, arrival.kind)));
        self.jumps += u64::from(arrival.changes > 1);
        self.items.insert(item, (arrival.kind, version));
    }

    /// Takes in what is new, and returns it.
    fn read(&mut self, desk: &Desk) -> Vec<Arrival> {
        let mut all = Vec::new();
        loop {
            let page = desk.queries.store.arrivals(self.seq, 1_000).unwrap();
            if page.is_empty() {
                return all;
            }
            for arrival in &page {
                self.take(arrival);
            }
            all.extend(page);
        }
    }

    /// How many items stand otherwise in the journal than in the world, which was just looked at whole.
    fn differs(&self, alive: &BTreeMap<String, u64>) -> usize {
        let there = |item: &String| self.items.get(item).filter(|(kind, _)| *kind != ArrivalKind::Removed);
        let missed = alive.iter().filter(|(item, version)| there(item).map(|(_, v)| v) != Some(*version));
        let is_ghost =
            |item: &String, kind: ArrivalKind| kind != ArrivalKind::Removed && !alive.contains_key(item);
        let ghosts = self.items.iter().filter(|(item, (kind, _))| is_ghost(item, *kind));
        missed.count() + ghosts.count()
    }
}

/// The items that are there, with their versions, as the ledger tells.
fn alive(events: &[Happened]) -> BTreeMap<String, u64> {
    let mut alive = BTreeMap::new();
    for event in events {
        match event.deed {
            Deed::Archived | Deed::Deleted => drop(alive.remove(&event.item)),
            _ => drop(alive.insert(event.item.clone(), event.version)),
        }
    }
    alive
}

/// What may go wrong with the requests of the watcher. Lists that lag behind come on top where they are
/// wanted: what one of them leaves out is taken for removed, so that it may be told of again.
fn trouble(lags: bool) -> Value {
    let stale = if lags { 0.03 } else { 0.0 };
    let shares = [
        ("rate-limit-bare", 0.01),
        ("server-error", 0.02),
        ("gateway", 0.02),
        ("truncated", 0.02),
        ("reset", 0.02),
        ("lost-reply", 0.01),
        ("stale", stale),
        ("wrong-id", 0.02),
        ("invalid-utf8", 0.02),
    ];
    shares
        .map(|(fault, share)| json!({ "fault": fault, "share": share, "principal": "service-account" }))
        .to_vec()
        .into()
}

/// One class in a storm.
struct Weather {
    fixture: Arc<Fixture>,
    desk: Desk,
    clock: Clock,
    skew: Arc<AtomicI64>,
    seed: u64,
    lags: bool,
    services: Option<Services>,
}

/// Which weather it is.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// One service that fails.
    Plain,
    /// Its lists lag behind, too.
    Lagging,
    /// A Connect server for half of the vaults and the Events API stand beside it, and fail as well.
    Services,
}

impl Weather {
    async fn begin(seed: u64, kind: Kind) -> (Self, Storm) {
        let fixture = Arc::new(Fixture::new().await);
        let people = fixture.students(STUDENTS).await;
        let desk = fixture.desk("one");
        assert_eq!(desk.provision().await.fault, None);
        let tokens = people.into_iter().map(|(_, token)| token);
        let storm = Storm::new(&fixture.running.url, seed, tokens).cleaned_by(fixture.service());
        let skew = Arc::new(AtomicI64::new(0));
        let (truth, off) = (fixture.clock(), skew.clone());
        let now = move || truth.now() + SignedDuration::from_secs(off.load(Ordering::SeqCst));
        let clock = Clock::of(now, |_| Box::pin(async {}));
        let services = match kind {
            Kind::Services => Some(Services::of(&fixture).await),
            _ => None,
        };
        (Self { fixture, desk, clock, skew, seed, lags: kind == Kind::Lagging, services }, storm)
    }

    async fn faults(&self, on: bool) -> u64 {
        let admin = self.fixture.admin();
        let (_, told) = self.fixture.get("/sandbox/v1/faults", &admin).await;
        let mut rules = trouble(self.lags);
        if self.services.is_some() {
            rules.as_array_mut().unwrap().extend(services::trouble());
        }
        let plan = json!({ "seed": self.seed, "rules": rules });
        let (method, body) = if on { (Method::PUT, plan) } else { (Method::DELETE, Value::Null) };
        let (status, answer) = self.fixture.call(method, "/sandbox/v1/faults", &admin, body).await;
        assert!((200..300).contains(&status), "{answer}");
        told["injected"].as_u64().unwrap_or_default()
    }

    /// One life of a watcher, in a runtime of its own that ends with it; with `dies_after` it is cut off
    /// after so many polls of its last look.
    async fn live(&self, looks: u64, dies_after: Option<u64>) -> bool {
        let (fixture, clock, services) = (self.fixture.clone(), self.clock.clone(), self.services.clone());
        let life = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let acting: Shared = Arc::new(fixture.provider());
                let provider = match &services {
                    Some(services) => services.beside(acting, &clock),
                    None => acting,
                };
                let desk = fixture.desk_at("one", provider, clock.clone());
                let mut watch = Watch::new(desk.queries.clone(), desk.queries.store.last_seq().unwrap());
                let told = Arc::new(|_: SafeText| {});
                let mut follower = services.map(|_| Follower::new(desk.queries.clone(), watch.leads(), told));
                let mut well = false;
                for look in 1..=looks {
                    well = true;
                    if let Some(follower) = &mut follower {
                        follower.step(clock.now()).await;
                    }
                    let step = watch.step(clock.now(), |report| well &= report.fault.is_none());
                    match dies_after.filter(|_| look == looks) {
                        Some(polls) => {
                            let _cut = at_most(polls, step).await;
                        }
                        None => {
                            step.await;
                        }
                    }
                }
                well
            })
        };
        tokio::task::spawn_blocking(life).await.unwrap()
    }

    async fn events(&self) -> Vec<Happened> {
        happened(&self.fixture.running.url, &self.fixture.admin()).await
    }
}

/// How many kept files are not what the student handed in, and how many there are.
fn spoilt(desk: &Desk, events: &[Happened]) -> (usize, usize) {
    let name = |event: &Happened| {
        let (name, _) = event.file.clone()?;
        Some(((event.item.clone(), event.version), name))
    };
    let mut names: HashMap<(String, u64), String> = events.iter().filter_map(name).collect();
    // A change that is none of the file leaves it as it was.
    for event in events {
        let before = names.get(&(event.item.clone(), event.version.wrapping_sub(1))).cloned();
        if let Some(before) = before {
            names.entry((event.item.clone(), event.version)).or_insert(before);
        }
    }
    let vaults: HashSet<&str> = events.iter().map(|event| event.vault.as_str()).collect();
    let copies: Vec<_> = vaults
        .into_iter()
        .flat_map(|vault| desk.queries.store.copies(&VaultId::parse(vault).unwrap()).unwrap())
        .collect();
    let is_spoilt = |copy: &&strongroom::domain::query::LocalCopy| {
        let name = &names[&(copy.at.item.to_string(), copy.version)];
        let (asked, there) = (sha256(&content(name)), sha256(&std::fs::read(&copy.path).unwrap()));
        asked != there || there != copy.sha256
    };
    (copies.iter().filter(is_spoilt).count(), copies.len())
}

/// In hexadecimal digits.
fn sha256(bytes: &[u8]) -> String {
    let digits: Vec<String> = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}

/// What came of a storm.
struct Outcome {
    doubled: u64,
    gaps: u64,
    spoilt: usize,
    copies: usize,
}

#[allow(clippy::too_many_lines, reason = "one storm, told in order")]
async fn weathered(acts: u64, kind: Kind) -> Outcome {
    let seed = number("STRONGROOM_SEED", 7);
    let (weather, mut storm) = Weather::begin(seed, kind).await;
    let (fixture, desk) = (weather.fixture.clone(), &weather.desk);
    let keeper = Keeper::new(desk.queries.clone(), fixture.folder.path().join("kept"), Quotas::default());
    let mut chance = fastrand::Rng::with_seed(seed ^ 0xA5A5);
    let began = fixture.clock().now();
    let (mut journal, mut compared, mut kills, mut steps, mut faults) = (Journal::default(), 0, 0_u64, 0, 0);
    // The first look ever announces nothing.
    assert!(weather.live(1, None).await);
    let (mut done, mut checked) = (0, 0);
    while done < acts {
        weather.faults(true).await;
        while done < acts && done < checked + (acts / 60).max(40) {
            let some = chance.u64(1..=20).min(acts - done);
            storm.blow(usize::try_from(some).unwrap()).await;
            fixture.pass(chance.i64(1..=9_000));
            done += some;
            if chance.f64() < 0.1 {
                weather.skew.store(chance.i64(-172_800..=172_800), Ordering::SeqCst);
                steps += 1;
            }
            let dies = (chance.f64() < 0.6).then(|| chance.u64(1..=120));
            kills += u64::from(dies.is_some());
            weather.live(chance.u64(1..=2), dies).await;
            // What fails is kept at the next comparison, or by then has moved on.
            for arrival in journal.read(desk) {
                drop(keeper.keep(&arrival).await);
            }
        }
        checked = done;
        faults += weather.faults(false).await;
        // Lists that lagged behind are found out by the daily check: one vault a beat, or all with one
        // beat a day.
        fixture.pass(DAY);
        assert!(weather.live(STUDENTS as u64 + 3, None).await, "no look goes well any more");
        for arrival in journal.read(desk) {
            keeper.keep(&arrival).await.unwrap();
        }
        let (events, now) = (weather.events().await, weather.clock.now());
        let there = alive(&events);
        assert_eq!(journal.differs(&there), 0, "after {done} acts of seed {seed}, at {now}");
        compared += 1;
    }
    let events = weather.events().await;
    let (wrong, copies) = spoilt(desk, &events);
    let days = fixture.clock().now().duration_since(began).as_hours() / 24;
    println!(
        "{} changes in {days} simulated days, seed {seed}: {compared} comparisons, {kills} kills, {steps} steps \
         of the clock, {faults} faults; arrivals {}, version jumps {}, missed {}, doubled {}, gaps in seq {}; \
         copies {copies}, with another sha256 {wrong}",
        events.len(),
        journal.seq,
        journal.jumps,
        journal.differs(&alive(&events)),
        journal.doubled,
        journal.gaps,
    );
    if let Some(services) = &weather.services {
        services.tell(&weather.desk);
        assert_eq!(services.visits(), 0, "a token went to another origin");
    }
    Outcome { doubled: journal.doubled, gaps: journal.gaps, spoilt: wrong, copies }
}

/// A storm through which nothing is doubled, left out or spoilt.
async fn unharmed(kind: Kind) {
    let Outcome { doubled, gaps, spoilt, copies } = weathered(number("STRONGROOM_STORM", SHORT), kind).await;
    assert_eq!((doubled, gaps, spoilt), (0, 0, 0));
    assert!(copies > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_services_that_fail_miss_nothing_together_and_tell_nothing_twice() {
    unharmed(Kind::Services).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_missed_and_nothing_is_told_twice() {
    unharmed(Kind::Plain).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_lists_lag_behind_nothing_is_missed_for_longer_than_a_day() {
    let Outcome { gaps, spoilt, copies, .. } = weathered(SHORT, Kind::Lagging).await;
    assert_eq!((gaps, spoilt), (0, 0));
    assert!(copies > 0);
}
