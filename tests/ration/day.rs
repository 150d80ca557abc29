//! A day of the live view: what it asks for, and how long it takes until an upload is known.
//!
//! Where it asks often, six hours of a day; with `STRONGROOM_DAY=whole` all of it.

#![allow(clippy::unwrap_used, clippy::cast_precision_loss, clippy::print_stdout, reason = "tests")]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "tests; small counts")]

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use strongroom::domain::access::AccountKind;
use strongroom::domain::budget::ration;
use strongroom::domain::id::VaultId;
use strongroom::queries::Queries;
use strongroom::watch::Watch;

use crate::account::{Account, Hand, vault_id};

/// How long one call of the CLI takes, in seconds.
const CALL: f64 = 1.0;

/// Who edits what when: seconds from the start, vault, item.
pub(crate) type Edits = Vec<(f64, usize, u64)>;

/// What a day came to.
pub(crate) struct Day {
    pub(crate) lists: u64,
    items: u64,
    details: u64,
    pub(crate) total: u64,
    pub(crate) refused: i64,
    /// Seconds until a vault is known to have changed, and until its items are known.
    who: Vec<f64>,
    pub(crate) what: Vec<f64>,
    /// The latter, of all vaults but the first.
    others: Vec<f64>,
    pub(crate) unread: usize,
    noisy: u64,
    /// Requests of the account's day.
    limit: u64,
}

pub(crate) fn at(numbers: &[f64], part: f64) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
        .get(((sorted.len() as f64 * part) as usize).min(sorted.len().saturating_sub(1)))
        .copied()
        .unwrap_or(0.0)
}

pub(crate) fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len().max(1) as f64
}

impl Day {
    fn print(&self, name: &str) {
        let line = |numbers: &[f64]| {
            format!("{:.0}/{:.0}/{:.0}", mean(numbers), at(numbers, 0.95), at(numbers, 1.0))
        };
        println!(
            "{name:44} requests {:5} = lists {:4} + items {:4}x2 + details {:4}; refused {}; s until who changed \
             {}, its items {} (mean/p95/max), unread {}",
            self.total,
            self.lists,
            self.items,
            self.details,
            self.refused,
            line(&self.who),
            line(&self.what),
            self.unread,
        );
    }
}

/// A day, or the part of one that the ordinary run watches.
struct Part {
    hours: u32,
}

impl Part {
    fn usual() -> Self {
        let whole = std::env::var("STRONGROOM_DAY").is_ok_and(|day| day == "whole");
        if whole { Self::whole() } else { Self { hours: 6 } }
    }

    fn whole() -> Self {
        Self { hours: 24 }
    }

    fn seconds(&self) -> u64 {
        u64::from(self.hours) * 3_600
    }

    /// So much of what there is in a whole day.
    fn of(&self, whole: f64) -> f64 {
        whole * f64::from(self.hours) / 24.0
    }

    /// The most that may be sent, of so much a day: what was saved up at the beginning counts more in a part.
    fn most(&self, whole: f64) -> f64 {
        self.of(whole) + if self.hours < 24 { 12.0 } else { 0.0 }
    }

    /// Edits that are spread over it by chance, so many a day; the same every time.
    fn edits(&self, a_day: f64, vaults: usize, seed: u64, item: impl Fn(usize) -> u64) -> Edits {
        within(self.seconds() as f64, self.of(a_day) as usize, vaults, seed, item)
    }

    async fn watched(&self, kind: AccountKind, vaults: usize, share: f64, edits: Edits) -> Day {
        let hand = Hand::new();
        let account = Arc::new(Account::new(&hand, kind, vaults));
        let (_folder, queries) = account.class(share);
        watched(&hand, &account, queries, edits, self.seconds()).await
    }
}

/// Edits over so many seconds.
pub(crate) fn within(
    seconds: f64,
    count: usize,
    vaults: usize,
    seed: u64,
    item: impl Fn(usize) -> u64,
) -> Edits {
    let mut chance = fastrand::Rng::with_seed(seed);
    let mut edits: Edits =
        (0..count).map(|number| (chance.f64() * seconds, chance.usize(..vaults), item(number))).collect();
    edits.sort_by(|a, b| a.0.total_cmp(&b.0));
    edits
}

#[allow(clippy::too_many_lines, reason = "one day, told in order")]
/// Watches so many seconds. The first look is over before they begin.
pub(crate) async fn watched(
    hand: &Hand,
    account: &Arc<Account>,
    queries: Queries,
    edits: Edits,
    seconds: u64,
) -> Day {
    let kind = account.kind;
    queries.refresh().await.unwrap();
    let mut watch = Watch::new(queries, 0);
    let mut wait = watch.step(hand.now(), |_| {}).await;
    let baseline = (account.count("vaults"), account.count("items"), account.charged());
    let begin = hand.now();
    let end = begin + Duration::from_secs(seconds);
    let mut edits = edits.into_iter().peekable();
    let (mut unseen, mut unread): (HashMap<VaultId, Vec<Timestamp>>, HashMap<VaultId, Vec<Timestamp>>) =
        Default::default();
    let (mut who, mut what, mut others) = (Vec::new(), Vec::new(), Vec::new());
    while hand.now() < end {
        hand.set(hand.now() + wait);
        let now = hand.now();
        while let Some((_, vault, item)) = edits
            .next_if(|(after, ..)| begin + Duration::from_secs_f64(*after) <= now)
            .inspect(|(after, vault, _)| {
                let then = begin + Duration::from_secs_f64(*after);
                unseen.entry(vault_id(*vault)).or_default().push(then);
                unread.entry(vault_id(*vault)).or_default().push(then);
            })
        {
            account.edit(vault, item);
        }
        let mut served = 0_u32;
        wait = watch
            .step(now, |report| {
                assert_eq!(report.fault, None);
                for vault in report.changed {
                    let known = |then: Timestamp| now.duration_since(then).as_secs_f64() + CALL;
                    who.extend(unseen.remove(&vault).unwrap_or_default().into_iter().map(known));
                }
                for vault in report.settled {
                    served += 1;
                    // Four are read at once.
                    let after = CALL * f64::from(1 + 2 * served.div_ceil(4));
                    let known = |then: Timestamp| now.duration_since(then).as_secs_f64() + after;
                    let all: Vec<f64> =
                        unread.remove(&vault).unwrap_or_default().into_iter().map(known).collect();
                    if vault != vault_id(0) {
                        others.extend(&all);
                    }
                    what.extend(all);
                    // A later edit may have come before anybody was told of this one.
                    unseen.remove(&vault);
                }
            })
            .await;
    }
    let noisy = 2 * account.count(&format!("items {}", vault_id(0)))
        + account.count(&format!("item {}", vault_id(0)));
    Day {
        lists: account.count("vaults") - baseline.0,
        items: account.count("items") - baseline.1,
        details: account.count("item"),
        total: account.charged() - baseline.2,
        refused: account.refused.load(Ordering::SeqCst),
        who,
        what,
        others,
        unread: unread.values().map(Vec::len).sum(),
        noisy,
        limit: ration(kind)[2].limit,
    }
}

#[tokio::test]
async fn two_hundred_uploads_a_day_are_noticed_within_the_share() {
    let (part, edits) = (Part::usual(), |part: &Part| part.edits(200.0, 200, 7, |number| number as u64));
    let business = part.watched(AccountKind::Business, 200, 0.1, edits(&part)).await;
    business.print("Business, 200 vaults, 200 uploads, 0.1");
    assert!(business.total as f64 <= part.most(5_000.0) && business.refused == 0, "{}", business.total);
    assert!(at(&business.who, 0.95) <= 45.0 && at(&business.what, 0.95) <= 45.0);
    assert_eq!(business.unread, 0);
    let half = part.watched(AccountKind::Teams, 200, 0.5, edits(&part)).await;
    half.print("Teams, 200 vaults, 200 uploads, 0.5");
    assert!(half.total as f64 <= part.most(2_500.0) && half.refused == 0, "{}", half.total);
    assert!(at(&half.who, 0.95) <= 90.0 && at(&half.what, 0.95) <= 90.0);
    assert_eq!(half.unread, 0);
    let part = Part::whole();
    let tenth = part.watched(AccountKind::Teams, 200, 0.1, edits(&part)).await;
    tenth.print("Teams, 200 vaults, 200 uploads, 0.1");
    assert!(tenth.total <= 500 + 12 && tenth.refused == 0, "{}", tenth.total);
    assert!(at(&tenth.who, 1.0) <= 3_600.0 / (20.0 * 0.5) + 60.0);
}

#[tokio::test]
async fn three_hundred_vaults_that_change_all_the_time_are_known_to_and_read_in_turn() {
    // Four edits an hour in every vault, of one item each.
    let part = Part::usual();
    for (kind, share, most, beat) in
        [(AccountKind::Business, 0.1, 5_000.0, 45.0), (AccountKind::Teams, 0.5, 2_500.0, 90.0)]
    {
        let edits = part.edits(300.0 * 4.0 * 24.0, 300, 9, |_| 1);
        let day = part.watched(kind, 300, share, edits).await;
        day.print(&format!("{kind:?}, 300 vaults, 4 edits/h each, {share}"));
        assert!(day.total as f64 <= part.most(most) && day.refused == 0, "{}", day.total);
        assert!(at(&day.who, 0.95) <= beat, "{}", at(&day.who, 0.95));
    }
}

#[tokio::test]
async fn a_busy_vault_holds_nobody_up_and_takes_little() {
    let part = Part::usual();
    let quiet = part.edits(200.0, 199, 7, |number| number as u64);
    let quiet: Edits = quiet.into_iter().map(|(then, vault, item)| (then, vault + 1, item)).collect();
    let without = part.watched(AccountKind::Business, 200, 0.1, quiet.clone()).await;
    let mut edits = quiet;
    edits.extend((0..part.hours * 120).map(|number| (f64::from(number) * 30.0, 0, 1)));
    edits.sort_by(|a, b| a.0.total_cmp(&b.0));
    let with = part.watched(AccountKind::Business, 200, 0.1, edits).await;
    without.print("Business, nobody busy");
    with.print("Business, one vault changes every 30 s");
    let (before, after) = (at(&without.others, 0.95), at(&with.others, 0.95));
    println!(
        "others' items p95: {before:.1} s before, {after:.1} s after; the busy vault took {}",
        with.noisy
    );
    assert!(after <= before * 1.1, "{before} {after}");
    let most = (part.most(2_500.0), part.most(5_000.0));
    assert!(with.noisy as f64 <= most.0 && with.total as f64 <= most.1, "{} {}", with.noisy, with.total);
}

/// One student puts very many items into the own vault at once; ten minutes later another one hands
/// a single one in.
#[tokio::test]
async fn a_vault_that_is_flooded_holds_nobody_up_and_keeps_within_its_part() {
    // A vault's part: a twentieth of the day, or a quarter of what there is for changes, and what it
    // had saved up.
    let lone = (600.0, 1, 1_000_000);
    for (kind, floods, most) in [
        (AccountKind::Business, &[500][..], 0.05 * 50_000.0),
        (AccountKind::Teams, &[30, 900][..], 0.25 * 500.0),
        (AccountKind::Families, &[50][..], 0.25 * 100.0),
    ] {
        let part = Part::whole();
        let quiet = part.watched(kind, 50, 0.1, vec![lone]).await;
        quiet.print(&format!("{kind:?}, 50 vaults, one upload"));
        let before = at(&quiet.others, 1.0);
        for items in floods {
            let flood = (0..*items).map(|item| (60.0, 0, item)).chain([lone]).collect();
            let flood = part.watched(kind, 50, 0.1, flood).await;
            flood.print(&format!("{kind:?}, the same, {items} items in another vault"));
            let after = at(&flood.others, 1.0);
            println!(
                "the lone upload is known after {before:.0} s, and {after:.0} s; the flooded vault took {}",
                flood.noisy
            );
            assert_eq!((flood.others.len(), flood.refused), (1, 0));
            assert!(after <= before * 1.1 + 60.0, "{before} {after}");
            assert!(flood.noisy as f64 <= most + 12.0, "{} {most}", flood.noisy);
            assert!(flood.total as f64 <= 0.1 * flood.limit as f64 + 12.0, "{}", flood.total);
        }
    }
}

#[tokio::test]
async fn a_flooded_vault_is_read_bit_by_bit_each_item_once_also_when_the_program_starts_again() {
    let hand = Hand::new();
    let account = Arc::new(Account::new(&hand, AccountKind::Business, 3));
    let (_folder, queries) = account.class(0.1);
    queries.refresh().await.unwrap();
    let mut watch = Watch::new(queries.clone(), 0);
    watch.step(hand.now(), |_| {}).await;
    (0..100).for_each(|item| account.edit(0, item));
    let (mut told, mut last, mut settled, mut beats) = (Vec::new(), 0, false, 0);
    while !settled {
        beats += 1;
        assert!(beats < 10_000, "{} of 100 are known", told.len());
        if beats % 100 == 0 {
            watch = Watch::new(queries.clone(), last);
        }
        let mut take = |report: strongroom::domain::query::WatchReport| {
            settled |= !report.settled.is_empty();
            for arrival in report.arrivals {
                last = arrival.seq;
                told.push(arrival.item.id.clone());
            }
        };
        let wait = watch.step(hand.now(), &mut take).await;
        hand.set(hand.now() + wait);
    }
    let count = told.len();
    told.sort();
    told.dedup();
    println!("100 items in {beats} beats, with {} requests for them", account.charged());
    assert_eq!((count, told.len()), (100, 100));
    assert_eq!(account.count("item"), 100, "no item is read twice");
}

#[tokio::test]
async fn a_live_view_without_requests_asks_every_hour_whether_there_are_some_again() {
    let hand = Hand::new();
    let account = Arc::new(Account::new(&hand, AccountKind::Teams, 3));
    let (_folder, queries) = account.class(0.1);
    queries.refresh().await.unwrap();
    let mut watch = Watch::new(queries, 0);
    let wait = watch.step(hand.now(), |_| {}).await;
    account.others_use(5_000);
    hand.set(hand.now() + wait);
    for beat in 0..5 {
        let mut fault = None;
        let wait = watch.step(hand.now(), |report| fault = report.fault).await;
        assert!(fault.unwrap().retry_after.unwrap() > Duration::from_secs(70_000));
        assert!(wait <= Duration::from_secs(3_600), "{wait:?} in beat {beat}");
        hand.set(hand.now() + wait);
    }
    assert_eq!(account.refused.load(Ordering::SeqCst), 1);
    account.renew();
    watch.step(hand.now(), |report| assert_eq!(report.fault, None)).await;
}

#[tokio::test]
async fn as_long_as_somebody_is_to_sign_up_people_are_asked_for_every_few_minutes() {
    let hand = Hand::new();
    let account = Arc::new(Account::new(&hand, AccountKind::Business, 3));
    let (_folder, queries) = account.class(0.1);
    queries.refresh().await.unwrap();
    let mut watch = Watch::new(queries, 0);
    let (end, before) = (hand.now() + Duration::from_secs(3_600), account.count("people"));
    while hand.now() < end {
        let wait = watch.step(hand.now(), |report| assert_eq!(report.fault, None)).await;
        hand.set(hand.now() + wait);
    }
    let asked = account.count("people") - before;
    assert!((15..=30).contains(&asked), "{asked} times in an hour");
}
