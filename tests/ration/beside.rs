//! What a Connect server spares: the same day with and without it.
//!
//! In the ordinary run a short day of a small class; with `STRONGROOM_DAY=whole`, 200 vaults and 24 hours:
//! `STRONGROOM_DAY=whole cargo test --test ration a_connect_server -- --nocapture`.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]
#![allow(clippy::cast_precision_loss, reason = "tests; small counts")]

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use strongroom::domain::access::AccountKind;
use strongroom::watch::Watch;

use crate::account::{Account, Hand, vault_id};
use crate::copy::Copy;
use crate::day::{Day, at, mean, watched, within};

/// How long the copy takes until a change is there, in milliseconds: no figure is known of a real one.
const LAG: u64 = 3_000;

/// A day of a class, of which Connect covers so many vaults; `None` without one. Also the calls to Connect.
async fn day(kind: AccountKind, (vaults, seconds): (usize, u64), covered: Option<usize>) -> (Day, u64) {
    let hand = Hand::new();
    let account = Arc::new(Account::new(&hand, kind, vaults));
    // One upload a vault and day, the last of them early enough to be read.
    let uploads = (vaults as u64 * seconds).div_ceil(86_400).max(8);
    let count = usize::try_from(uploads).unwrap();
    let edits = within(seconds as f64 - 900.0, count, vaults, 7, |number| number as u64);
    let copy = Copy::new(&hand, &account, 0..covered.unwrap_or(0));
    copy.lag.store(LAG, Ordering::SeqCst);
    let (_folder, queries) = match covered {
        Some(_) => copy.class(0.1, true),
        None => account.class(0.1),
    };
    let day = watched(&hand, &account, queries, edits, seconds).await;
    (day, copy.calls.load(Ordering::SeqCst))
}

#[tokio::test]
async fn a_connect_server_takes_reading_off_the_ration_and_shows_uploads_sooner() {
    let whole = std::env::var("STRONGROOM_DAY").is_ok_and(|day| day == "whole");
    let size = if whole { (200, 86_400) } else { (40, 7_200) };
    println!(
        "{} vaults, {} h, one upload a vault and day; simulated, a copy lags {} s behind",
        size.0,
        size.1 / 3_600,
        LAG / 1_000
    );
    println!(
        "account   services                  charged  lists  Connect calls  s until in the journal: mean  p95  max  unread"
    );
    for kind in [AccountKind::Business, AccountKind::Teams] {
        let mut days = Vec::new();
        for (name, covered) in
            [("op alone", None), ("op + Connect", Some(size.0)), ("op + Connect for half", Some(size.0 / 2))]
        {
            let (day, calls) = day(kind, size, covered).await;
            let what = &day.what;
            println!(
                "{:9} {name:25} {:7}  {:5}  {calls:13}  {:28.0} {:4.0} {:4.0}  {:6}",
                format!("{kind:?}"),
                day.total,
                day.lists,
                mean(what),
                at(what, 0.95),
                at(what, 1.0),
                day.unread
            );
            assert_eq!(day.refused, 0, "{name}");
            days.push(day);
        }
        let [alone, beside, half] = &days[..] else { unreachable!() };
        // Its own list each ten minutes, and who is on the vaults, which no Connect server tells.
        assert_eq!(beside.unread, 0);
        assert!(beside.total * 2 < alone.total, "{} of {}", beside.total, alone.total);
        assert!(beside.lists <= size.1 / 600 + 2, "{}", beside.lists);
        assert!(mean(&beside.what) < 15.0 && at(&beside.what, 1.0) < 30.0, "{}", mean(&beside.what));
        assert!(half.total <= alone.total && mean(&half.what) < mean(&alone.what));
    }
}

#[tokio::test]
async fn a_ration_that_is_used_up_stops_nothing_that_connect_reads() {
    let hand = Hand::new();
    let account = Arc::new(Account::new(&hand, AccountKind::Teams, 4));
    let copy = Copy::new(&hand, &account, 0..3);
    let (_folder, queries) = copy.class(0.1, true);
    queries.refresh().await.unwrap();
    let provider = queries.provider.clone();
    let mut watch = Watch::new(queries, 0);
    let mut wait = watch.step(hand.now(), |_| {}).await;
    account.others_use(5_000);
    account.edit(0, 1);
    account.edit(3, 1);
    let (end, mut told, mut unread) = (hand.now() + Duration::from_secs(600), Vec::new(), false);
    while hand.now() < end {
        hand.set(hand.now() + wait);
        wait = watch
            .step(hand.now(), |report| {
                told.extend(report.arrivals.iter().map(|arrival| arrival.vault.id.clone()));
                unread |= report.unread && report.fault.is_some();
            })
            .await;
        assert!(wait <= Duration::from_secs(5), "{wait:?}");
    }
    assert_eq!(told, [vault_id(0)]);
    assert!(unread, "that the others are not looked at is told");
    assert!(!provider.charges(&vault_id(0)) && provider.charges(&vault_id(3)));
}

#[tokio::test]
async fn how_the_services_stand_is_told_when_it_is_news_and_a_lost_one_comes_back() {
    let hand = Hand::new();
    let account = Arc::new(Account::new(&hand, AccountKind::Business, 3));
    let copy = Copy::new(&hand, &account, 0..3);
    let (_folder, queries) = copy.class(0.1, true);
    queries.refresh().await.unwrap();
    let mut watch = Watch::new(queries, 0);
    let mut told = Vec::new();
    let mut wait = Duration::ZERO;
    let mut go_on = async |seconds: u64| {
        let (end, mut all) = (hand.now() + Duration::from_secs(seconds), Vec::new());
        while hand.now() < end {
            wait = watch.step(hand.now(), |report| all.extend(report.parts)).await;
            hand.set(hand.now() + wait);
        }
        all
    };
    told.extend(go_on(3_600).await);
    let last = told.last().unwrap();
    assert_eq!(last.iter().map(|part| part.name).collect::<Vec<_>>(), ["op", "connect"]);
    assert!(last[1].percent(last).unwrap() >= 90, "{last:?}");
    assert!(told.len() < 15, "told {} times", told.len());
    assert_eq!(go_on(3_600).await, Vec::<Vec<_>>::new(), "nothing is news");
    copy.away.store(true, Ordering::SeqCst);
    let down = go_on(300).await;
    assert!(down.iter().any(|parts| parts[1].down.is_some()), "{down:?}");
    copy.away.store(false, Ordering::SeqCst);
    let up = go_on(600).await;
    assert!(up.last().unwrap()[1].down.is_none(), "{up:?}");
}
