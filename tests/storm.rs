//! Days of uploads, edits and removals while the watcher is killed, restarted and given a wrong clock:
//! what the journal tells is compared with what the sandbox's world really did.
//!
//! By default a short storm; `STRONGROOM_STORM=10000 cargo test --test storm -- --nocapture` is the long one,
//! and `STRONGROOM_SEED` picks another.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic, reason = "tests")]

mod support;
#[path = "storm/world.rs"]
mod world;

use std::collections::{BTreeMap, HashSet};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::Poll;

use jiff::SignedDuration;
use sha2::{Digest as _, Sha256};
use strongroom::clock::Clock;
use strongroom::domain::activity::{Arrival, ArrivalKind};
use strongroom::watch::Watch;
use support::{Desk, Fixture};
use world::{Known, Storm};

/// How often something is done in the vaults, by default.
const SHORT: usize = 400;
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

    fn read(&mut self, desk: &Desk) {
        loop {
            let page = desk.queries.store.arrivals(self.seq, 1_000).unwrap();
            if page.is_empty() {
                return;
            }
            for arrival in &page {
                self.take(arrival);
            }
        }
    }

    /// How many items stand otherwise in the journal than in the world, which was just looked at whole.
    fn differs(&self, world: &BTreeMap<String, Known>) -> usize {
        let there = |item: &String| self.items.get(item).filter(|(kind, _)| *kind != ArrivalKind::Removed);
        let missed = world.iter().filter(|(item, known)| there(item).map(|(_, v)| *v) != Some(known.version));
        let ghosts = self
            .items
            .iter()
            .filter(|(item, (kind, _))| *kind != ArrivalKind::Removed && !world.contains_key(item.as_str()));
        missed.count() + ghosts.count()
    }
}

/// One life of a watcher, in a runtime of its own that ends with it.
struct Life {
    fixture: Arc<Fixture>,
    clock: Clock,
    /// Looks, and after how many polls of the last one it dies.
    looks: u64,
    dies_after: Option<u64>,
}

impl Life {
    /// Lives it; whether its last look was whole.
    fn live(self) -> bool {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let desk = self.fixture.desk_at("one", Arc::new(self.fixture.provider()), self.clock.clone());
            let mut watch = Watch::new(desk.queries.clone(), desk.queries.store.last_seq().unwrap());
            let mut well = false;
            for look in 0..self.looks {
                well = true;
                let step = watch.step(self.clock.now(), |report| well &= report.fault.is_none());
                match self.dies_after.filter(|_| look + 1 == self.looks) {
                    Some(polls) => {
                        let _cut = at_most(polls, step).await;
                        well = false;
                    }
                    None => {
                        step.await;
                    }
                }
            }
            well
        })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_missed_and_nothing_is_told_twice() {
    let (acts, seed) = (number("STRONGROOM_STORM", SHORT as u64), number("STRONGROOM_SEED", 7));
    let fixture = Arc::new(Fixture::new().await);
    let people = fixture.students(STUDENTS).await;
    let desk = fixture.desk("one");
    assert_eq!(desk.provision().await.fault, None);
    let vaults = (0..STUDENTS).map(|number| desk.vault(&format!("s{number:03}")).to_string());
    let mut storm = Storm::new(seed, vaults.zip(people.into_iter().map(|(_, token)| token)).collect());
    let mut chance = fastrand::Rng::with_seed(seed ^ 0xA5A5);
    let skew = Arc::new(AtomicI64::new(0));
    let clock = {
        let (truth, skew) = (fixture.clock(), skew.clone());
        let now = move || truth.now() + SignedDuration::from_secs(skew.load(Ordering::SeqCst));
        Clock::of(now, |_| Box::pin(async {}))
    };
    let began = fixture.clock().now();
    let (mut journal, mut looks, mut kills, mut steps) = (Journal::default(), 0_u64, 0_u64, 0_u64);
    let live = async |looks, dies_after| {
        let life = Life { fixture: fixture.clone(), clock: clock.clone(), looks, dies_after };
        tokio::task::spawn_blocking(move || life.live()).await.unwrap()
    };
    // The first look ever announces nothing.
    assert!(live(1, None).await);
    let mut done = 0;
    while done < acts {
        for _ in 0..chance.u64(1..=20).min(acts - done) {
            storm.act(&fixture).await;
            fixture.pass(chance.i64(1..=900));
            done += 1;
        }
        if chance.f64() < 0.1 {
            skew.store(chance.i64(-172_800..=172_800), Ordering::SeqCst);
            steps += 1;
        }
        let dies = chance.f64() < 0.6;
        let polls = dies.then(|| chance.u64(1..=120));
        kills += u64::from(dies);
        if live(chance.u64(1..=2), polls).await {
            looks += 1;
            journal.read(&desk);
            let (at, now) = (done, clock.now());
            assert_eq!(journal.differs(&storm.alive), 0, "after {at} acts of seed {seed}, at {now}");
        }
    }
    assert!(live(3, None).await);
    journal.read(&desk);
    let days = fixture.clock().now().duration_since(began).as_hours() / 24;
    println!(
        "{done} acts ({}) in {days} simulated days, seed {seed}: {looks} whole looks compared, {kills} kills, \
         {steps} steps of the clock; arrivals {}, version jumps {}, missed {}, doubled {}, gaps in seq {}",
        storm.in_words(),
        journal.seq,
        journal.jumps,
        journal.differs(&storm.alive),
        journal.doubled,
        journal.gaps,
    );
    assert_eq!((journal.differs(&storm.alive), journal.doubled, journal.gaps), (0, 0, 0));
}

/// In hexadecimal digits.
fn sha256(bytes: &[u8]) -> String {
    let digits: Vec<String> = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}
