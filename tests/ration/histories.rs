//! Whatever happens in an account, and however a Connect server beside it lags behind, comes and goes: the live
//! view tells what it would have told without it.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use proptest::prelude::*;
use strongroom::domain::access::AccountKind;
use strongroom::domain::arrival::ArrivalKind;
use strongroom::queries::Queries;
use strongroom::watch::{Live, Watch};

use crate::account::{Account, Hand, item_id, vault_id};
use crate::copy::Copy;

const VAULTS: usize = 4;

/// Something that happens.
#[derive(Clone, Debug)]
enum Event {
    /// An item is made or changed.
    Edit(usize, u64),
    /// An item is deleted, if it is there.
    Remove(usize, u64),
    /// The copy takes so many seconds from now on.
    Lag(u64),
    /// The copy is away, or back.
    Away(bool),
    /// The copy follows one vault no more, or does again.
    Stalls(usize, bool),
    /// Its lists of items leave something out, or are whole again.
    Short(bool),
    /// Another program watches for so many seconds, without a copy.
    Elsewhere(u64),
    /// The service itself does not answer, or does again.
    Fails(bool),
    /// The program starts again.
    Restart,
}

fn event() -> impl Strategy<Value = Event> {
    let item = || (0..VAULTS, 0..6_u64);
    prop_oneof![
        6 => item().prop_map(|(vault, item)| Event::Edit(vault, item)),
        2 => item().prop_map(|(vault, item)| Event::Remove(vault, item)),
        2 => (0..200_u64).prop_map(Event::Lag),
        2 => any::<bool>().prop_map(Event::Away),
        2 => (0..VAULTS, any::<bool>()).prop_map(|(vault, stalls)| Event::Stalls(vault, stalls)),
        1 => any::<bool>().prop_map(Event::Short),
        2 => (0..300_u64).prop_map(Event::Elsewhere),
        1 => any::<bool>().prop_map(Event::Fails),
        1 => Just(Event::Restart),
    ]
}

/// What was told of each item, in order: what, and at which version.
type Told = BTreeMap<(usize, u64), Vec<(ArrivalKind, u64)>>;

/// A live view and what it has told.
struct Viewer {
    queries: Queries,
    live: Live,
    told: Told,
    /// Before which time each was said not to have been there: the item, its version, and that time.
    bounds: Vec<((usize, u64), u64, Option<jiff::Timestamp>)>,
    due: jiff::Timestamp,
}

impl Viewer {
    fn new(queries: Queries, hand: &Hand) -> Self {
        let live = Live::new(Watch::new(queries.clone(), 0), "test");
        Self { queries, live, told: Told::new(), bounds: Vec::new(), due: hand.now() }
    }

    async fn beat(&mut self, hand: &Hand) {
        let (told, bounds) = (&mut self.told, &mut self.bounds);
        let numbers = |id: &str| id.trim_start_matches(['v', 'i']).parse::<u64>();
        let wait = self
            .live
            .step(hand.now(), |report| {
                for arrival in report.arrivals {
                    let vault = usize::try_from(numbers(arrival.vault.id.as_str()).unwrap()).unwrap();
                    let item = numbers(arrival.item.id.as_str()).unwrap();
                    told.entry((vault, item)).or_default().push((arrival.kind, arrival.item.version));
                    if arrival.kind != ArrivalKind::Removed {
                        bounds.push(((vault, item), arrival.item.version, arrival.not_before));
                    }
                }
            })
            .await;
        self.due = hand.now() + wait;
    }

    /// Looks as often as it wants to until then.
    async fn until(&mut self, hand: &Hand, end: jiff::Timestamp) {
        while self.due < end {
            hand.set(self.due);
            self.beat(hand).await;
        }
        hand.set(end);
    }

    fn restart(&mut self, hand: &Hand) {
        let last = self.queries.store.last_seq().unwrap();
        self.live = Live::new(Watch::new(self.queries.clone(), last), "test");
        self.due = hand.now();
    }

    /// Another program watches until then; what it finds is told by the journal.
    async fn elsewhere(&mut self, hand: &Hand, other: Queries, end: jiff::Timestamp) {
        self.live.rest().unwrap();
        let last = self.queries.store.last_seq().unwrap();
        let mut other = Live::new(Watch::new(other, last), "another");
        while hand.now() < end {
            other.step(hand.now(), |_| {}).await;
            hand.set(hand.now() + Duration::from_secs(5));
        }
        other.rest().unwrap();
        self.due = hand.now();
    }
}

/// What each item went through: the versions it had, and whether it was there in the end.
#[derive(Default)]
struct World {
    lives: BTreeMap<(usize, u64), Vec<Option<u64>>>,
    /// When each version came.
    came: BTreeMap<((usize, u64), u64), jiff::Timestamp>,
}

fn happen(event: &Event, hand: &Hand, account: &Account, copy: &Copy, world: &mut World) {
    match event {
        Event::Edit(vault, item) => {
            let life = world.lives.entry((*vault, *item)).or_default();
            // What was deleted does not come back under its id.
            if life.last() == Some(&None) {
                return;
            }
            account.edit(*vault, *item);
            let version = life.last().copied().flatten().unwrap_or(0) + 1;
            life.push(Some(version));
            world.came.insert(((*vault, *item), version), hand.now());
        }
        Event::Remove(vault, item) => {
            account.remove(*vault, *item);
            let life = world.lives.entry((*vault, *item)).or_default();
            if life.last().is_some_and(Option::is_some) {
                life.push(None);
            }
        }
        Event::Lag(seconds) => copy.lag.store(seconds * 1_000, Ordering::SeqCst),
        Event::Away(away) => copy.away.store(*away, Ordering::SeqCst),
        Event::Fails(fails) => {
            use strongroom::domain::fault::{Fault, Kind};
            *account.fault.lock().unwrap() = fails.then(|| Fault::new(Kind::Unreachable, "no answer"));
        }
        Event::Stalls(vault, stalls) => {
            let mut stalled = copy.stalled.lock().unwrap();
            if *stalls {
                stalled.insert(*vault)
            } else {
                stalled.remove(vault)
            };
        }
        Event::Short(short) => copy.short.store(*short, Ordering::SeqCst),
        Event::Restart | Event::Elsewhere(_) => {}
    }
}

/// That what was told of an item fits the life it had: in order, nothing twice, nothing that was not so, and at the
/// end what is so.
fn fits(told: &[(ArrivalKind, u64)], life: &[Option<u64>]) -> Result<(), String> {
    let mut at = 0;
    let mut there = false;
    for (kind, version) in told {
        let (wanted, is_new) = match kind {
            ArrivalKind::New => (Some(*version), true),
            ArrivalKind::Removed => (None, false),
            ArrivalKind::Updated => (Some(*version), false),
        };
        if is_new == there {
            return Err(format!("{kind:?} out of turn"));
        }
        let found = life[at..].iter().position(|state| *state == wanted);
        at += found.ok_or_else(|| format!("{kind:?} {version} was not so, or is told again"))? + 1;
        there = wanted.is_some();
    }
    let (last, known) = (life.last().copied().flatten(), life[..at].last().copied().flatten());
    if last == known { Ok(()) } else { Err(format!("{last:?} in the end, {known:?} told")) }
}

async fn lived(events: &[(u64, Event)], covered: &BTreeSet<usize>, first: bool) -> Result<(), String> {
    let hand = Hand::new();
    let account = Arc::new(Account::new(&hand, AccountKind::Business, VAULTS));
    let copy = Copy::new(&hand, &account, covered.iter().copied());
    let (_folder, queries) = copy.class(0.1, first);
    queries.refresh().await.unwrap();
    let mut viewer = Viewer::new(queries, &hand);
    viewer.beat(&hand).await;
    let mut world = World::default();
    for (after, event) in events {
        let end = hand.now() + Duration::from_secs(*after);
        viewer.until(&hand, end).await;
        happen(event, &hand, &account, &copy, &mut world);
        match event {
            Event::Restart => viewer.restart(&hand),
            Event::Elsewhere(seconds) => {
                let end = hand.now() + Duration::from_secs(*seconds);
                viewer.elsewhere(&hand, copy.elsewhere(&viewer.queries), end).await;
            }
            _ => {}
        }
    }
    // Everything answers again: what is to be told is told before long.
    copy.stalled.lock().unwrap().clear();
    for event in [Event::Away(false), Event::Fails(false), Event::Lag(3), Event::Short(false)] {
        happen(&event, &hand, &account, &copy, &mut world);
    }
    let end = hand.now() + Duration::from_secs(1_200);
    viewer.until(&hand, end).await;
    for (key, life) in &world.lives {
        let told = viewer.told.get(key).map_or(&[][..], Vec::as_slice);
        fits(told, life).map_err(|why| format!("{key:?}: {why}: told {told:?}, was {life:?}"))?;
    }
    for (key, version, not_before) in &viewer.bounds {
        let came = world.came.get(&(*key, *version));
        if came.zip(not_before.as_ref()).is_some_and(|(came, not_before)| not_before > came) {
            return Err(format!("{key:?} came at {came:?}, and was said not to be there at {not_before:?}"));
        }
    }
    let strange = viewer.told.keys().find(|key| !world.lives.contains_key(key));
    strange.map_or(Ok(()), |key| Err(format!("{key:?} never was")))
}

/// So many histories, or as many as `STRONGROOM_CASES` says.
fn cases() -> u32 {
    std::env::var("STRONGROOM_CASES").map_or(12, |number| number.parse().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_missed_nor_told_twice_however_a_copy_lags_comes_and_goes(
        events in prop::collection::vec((0..120_u64, event()), 10..60),
        covered in prop::collection::btree_set(0..VAULTS, 0..=VAULTS),
        first in prop::bool::weighted(0.8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let lived = runtime.block_on(lived(&events, &covered, first));
        prop_assert!(lived.is_ok(), "{}", lived.unwrap_err());
    }
}

/// The same history with enough time between: then the journal is the very same.
#[tokio::test]
async fn the_journal_is_that_of_the_service_alone() {
    let mut chance = fastrand::Rng::with_seed(11);
    for round in [0, 3] {
        let mut journals = Vec::new();
        let seed = chance.u64(..);
        for beside in [false, true] {
            let hand = Hand::new();
            let account = Arc::new(Account::new(&hand, AccountKind::Business, VAULTS));
            let copy = Copy::new(&hand, &account, 0..=round);
            let (_folder, queries) = if beside { copy.class(0.1, true) } else { account.class(0.1) };
            queries.refresh().await.unwrap();
            let mut viewer = Viewer::new(queries, &hand);
            let watch = Watch::new(viewer.queries.clone(), 0).at_most_every(Duration::from_secs(30));
            viewer.live = Live::new(watch, "test");
            viewer.beat(&hand).await;
            let (mut chance, mut world) = (fastrand::Rng::with_seed(seed), World::default());
            for _ in 0..12 {
                let (vault, item) = (chance.usize(..VAULTS), chance.u64(..3));
                let what =
                    if chance.u8(..4) == 0 { Event::Remove(vault, item) } else { Event::Edit(vault, item) };
                for event in [Event::Lag(chance.u64(..90)), Event::Away(chance.u8(..3) == 0), what] {
                    happen(&event, &hand, &account, &copy, &mut world);
                }
                // Longer than the acting service is left alone, and than a copy may lag.
                viewer.until(&hand, hand.now() + Duration::from_secs(800)).await;
            }
            journals.push(viewer.told);
        }
        assert!(!journals[0].is_empty());
        assert_eq!(journals[0], journals[1], "round {round}");
    }
}

#[tokio::test]
async fn a_copy_that_does_not_follow_is_passed_over_and_taken_again_when_it_does() {
    let hand = Hand::new();
    let account = Arc::new(Account::new(&hand, AccountKind::Business, VAULTS));
    let copy = Copy::new(&hand, &account, 0..VAULTS);
    let (_folder, queries) = copy.class(0.1, true);
    queries.refresh().await.unwrap();
    let provider = queries.provider.clone();
    let mut viewer = Viewer::new(queries, &hand);
    viewer.beat(&hand).await;
    viewer.until(&hand, hand.now() + Duration::from_secs(60)).await;
    assert!((0..VAULTS).all(|vault| !provider.charges(&vault_id(vault))), "all is read beside the ration");
    copy.lag.store(86_400_000, Ordering::SeqCst);
    account.edit(1, 7);
    viewer.until(&hand, hand.now() + Duration::from_secs(900)).await;
    assert_eq!(viewer.told[&(1, 7)].len(), 1, "{} is told all the same", item_id(7));
    assert!(provider.charges(&vault_id(1)) && !provider.charges(&vault_id(0)));
    copy.lag.store(1_000, Ordering::SeqCst);
    viewer.until(&hand, hand.now() + Duration::from_secs(120)).await;
    assert!(!provider.charges(&vault_id(1)), "it has caught up");
    assert_eq!(viewer.told[&(1, 7)].len(), 1);
}
