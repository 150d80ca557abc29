//! What is sent and what is not, through the handles of one ledger.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use jiff::SignedDuration;
use strongroom::clock::Clock;
use strongroom::domain::access::AccountKind;
use strongroom::domain::budget::{Action, Allowance, Purpose, ration};
use strongroom::domain::directory::NewVault;
use strongroom::domain::fault::{Fault, Kind, Result};
use strongroom::domain::operation::{Call, Capabilities};
use strongroom::domain::vault_list::VaultList;
use strongroom::provider::Provider;
use strongroom::provider::budget::{Ledger, Rationed};

use crate::account::{Account, Hand, vault_id, window};

struct Desk {
    hand: Hand,
    account: Arc<Account>,
    keys: Rationed,
    watch: Rationed,
    changes: Rationed,
}

fn desk_of(hand: Hand, account: Account) -> Desk {
    let account = Arc::new(account);
    let ledger = Ledger::new(hand.clock(), 0.1);
    let of = |purpose| Rationed::new(account.clone(), ledger.clone(), purpose);
    let (keys, watch, changes) = (of(Purpose::Keys), of(Purpose::Watch), of(Purpose::Changes));
    Desk { hand, account, keys, watch, changes }
}

fn desk() -> Desk {
    let hand = Hand::new();
    let account = Account::new(&hand, AccountKind::Teams, 3);
    desk_of(hand, account)
}

fn revocation() -> Call {
    Call::Revoke {
        vault: vault_id(0),
        who: strongroom::domain::access::Principal::parse(&"P".repeat(26)).unwrap(),
        permissions: None,
    }
}

#[tokio::test]
async fn without_a_ration_everything_passes_and_there_is_no_budget() {
    let hand = Hand::new();
    let account = Account::without_ration(&hand, 1);
    let desk = desk_of(hand, account);
    for _ in 0..2_000 {
        desk.watch.vaults().await.unwrap();
    }
    assert_eq!(desk.watch.budget(), None);
    assert_eq!((desk.account.count("vaults"), desk.account.count("allowances")), (2_000, 1));
    assert_eq!(desk.changes.reserve(10_000), Ok(()));
}

#[tokio::test]
async fn a_used_up_window_is_not_asked_and_goes_on_as_soon_as_it_is_renewed() {
    let desk = desk();
    for _ in 0..1_000 {
        desk.keys.vaults().await.unwrap();
    }
    desk.hand.pass(600.0);
    for _ in 0..50 {
        let fault = desk.keys.vaults().await.unwrap_err();
        assert_eq!((fault.kind, fault.retry_after.unwrap().as_secs()), (Kind::RateLimit, 3_000));
    }
    assert_eq!((desk.account.count("vaults"), desk.account.refused.load(Ordering::SeqCst)), (1_000, 0));
    assert!(desk.changes.apply(&revocation()).await.is_ok(), "writes go on");
    let stops = desk.keys.budget().unwrap().stopped;
    assert_eq!(stops.iter().map(|stop| stop.action).collect::<Vec<_>>(), [Action::Read]);
    desk.hand.pass(3_001.0);
    assert!(desk.keys.vaults().await.is_ok());
    assert_eq!(desk.account.refused.load(Ordering::SeqCst), 0);
    assert_eq!(desk.keys.budget().unwrap().stopped, []);
}

#[tokio::test]
async fn changes_that_read_without_end_leave_the_live_view_its_part_and_the_keys_theirs() {
    let desk = desk();
    let mut read = [0_u32; 3];
    for (at, handle) in [&desk.changes, &desk.watch, &desk.keys].into_iter().enumerate() {
        let fault = loop {
            match handle.vaults().await {
                Ok(_) => read[at] += 1,
                Err(fault) => break fault,
            }
        };
        assert_eq!(fault.kind, Kind::RateLimit);
        assert_eq!(fault.message.as_str().contains("what changes may take"), at == 0, "{fault}");
    }
    assert_eq!(read, [700, 100, 200]);
    assert_eq!(desk.account.refused.load(Ordering::SeqCst), 0, "nothing was sent in vain");
    assert!(desk.changes.apply(&revocation()).await.is_ok(), "writes are all theirs");
}

#[tokio::test]
async fn a_refusal_that_nobody_foresaw_is_the_only_one() {
    let desk = desk();
    desk.keys.vaults().await.unwrap();
    // Other service accounts use the whole day up behind our back.
    desk.account.others_use(4_999);
    for _ in 0..20 {
        let fault = desk.keys.vaults().await.unwrap_err();
        assert_eq!(fault.kind, Kind::RateLimit);
        assert!(fault.retry_after.unwrap().as_secs() >= 86_390, "the report's time, not the text's");
    }
    assert_eq!(desk.account.refused.load(Ordering::SeqCst), 1);
    assert!(desk.changes.apply(&revocation()).await.is_err());
    assert_eq!(desk.account.refused.load(Ordering::SeqCst), 1, "a write is of the same day");
    assert_eq!(desk.keys.budget().unwrap().others, 4_999);
    desk.hand.pass(86_401.0);
    assert!(desk.keys.vaults().await.is_ok());
    assert_eq!(desk.account.refused.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_client_that_is_held_back_tries_once_when_its_time_has_come() {
    let desk = desk();
    desk.keys.vaults().await.unwrap();
    let throttled = Fault::new(Kind::RateLimit, "Too many requests. Your client has been rate-limited.");
    *desk.account.fault.lock().unwrap() = Some(throttled);
    for ban in 1..=5 {
        for _ in 0..20 {
            assert_eq!(desk.keys.vaults().await.unwrap_err().kind, Kind::RateLimit);
        }
        assert_eq!(desk.account.count("failed"), ban, "one request a ban");
        desk.hand.pass(61.0);
    }
    *desk.account.fault.lock().unwrap() = None;
    assert!(desk.keys.vaults().await.is_ok());
}

#[tokio::test]
async fn the_live_view_leaves_a_fifth_to_the_keys() {
    let desk = desk();
    let sent = async {
        let mut sent = 0;
        while desk.watch.vaults().await.is_ok() {
            sent += 1;
        }
        sent
    };
    assert_eq!(sent.await, 800);
    for _ in 0..200 {
        desk.keys.vaults().await.unwrap();
    }
}

#[tokio::test]
async fn what_is_set_aside_nobody_else_takes() {
    let desk = desk();
    desk.changes.identity().await.unwrap();
    for _ in 0..97 {
        desk.keys.apply(&revocation()).await.unwrap();
    }
    assert_eq!(desk.changes.reserve(2), Ok(()));
    assert_eq!(desk.changes.reserve(2).unwrap_err().kind, Kind::RateLimit, "all or none");
    assert!(desk.keys.apply(&revocation()).await.is_ok(), "one is left");
    assert!(desk.keys.apply(&revocation()).await.is_err());
    for _ in 0..2 {
        assert!(desk.changes.apply(&revocation()).await.is_ok());
    }
    assert_eq!((desk.account.count("apply"), desk.account.refused.load(Ordering::SeqCst)), (100, 0));
}

#[tokio::test]
async fn a_wall_is_run_into_three_times_and_then_left_alone_for_minutes() {
    for (kind, whole) in [(Kind::SignIn, true), (Kind::NotFound, false)] {
        let desk = desk();
        desk.watch.identity().await.unwrap();
        *desk.account.fault.lock().unwrap() = Some(Fault::new(kind, "no"));
        for _ in 0..30 {
            assert_eq!(desk.watch.items(&vault_id(0)).await.unwrap_err().kind, kind);
        }
        assert_eq!(desk.account.count("failed"), 3);
        desk.watch.items(&vault_id(1)).await.unwrap_err();
        assert_eq!(desk.account.count("failed"), if whole { 3 } else { 4 }, "another thing");
        desk.hand.pass(301.0);
        for _ in 0..5 {
            desk.watch.items(&vault_id(0)).await.unwrap_err();
        }
        assert_eq!(desk.account.count("failed"), if whole { 4 } else { 5 }, "one try");
        *desk.account.fault.lock().unwrap() = None;
        desk.hand.pass(11.0);
        assert!(desk.keys.items(&vault_id(0)).await.is_ok(), "a key tries again");
        assert!(desk.watch.items(&vault_id(0)).await.is_ok());
    }
}

#[tokio::test]
async fn what_others_use_slows_the_live_view_down() {
    let desk = desk();
    desk.keys.vaults().await.unwrap();
    let before = desk.keys.budget().unwrap().live_per_hour;
    desk.account.others_use(2_500);
    desk.hand.pass(601.0);
    desk.keys.vaults().await.unwrap();
    let after = desk.keys.budget().unwrap();
    assert_eq!((before, after.live_per_hour, after.others), (20, 10, 2_500));
    assert_eq!(window(&after.allowances, Action::ReadWrite).remaining, 5_000 - 2_502);
}

#[tokio::test]
async fn a_clock_that_is_put_right_shuts_nothing_for_as_long_as_it_was_ahead() {
    for banned in [false, true] {
        let hand = Hand::new();
        let account = Arc::new(Account::new(&hand, AccountKind::Teams, 2));
        let ahead = Arc::new(AtomicI64::new(86_400));
        let (time, by) = (hand.clone(), ahead.clone());
        let clock = Clock::of(
            move || time.now() + SignedDuration::from_secs(by.load(Ordering::SeqCst)),
            |_| Box::pin(tokio::task::yield_now()),
        );
        let keys = Rationed::new(account.clone(), Ledger::new(clock, 0.1), Purpose::Keys);
        keys.vaults().await.unwrap();
        if banned {
            let throttled = Fault::new(Kind::RateLimit, "Too many requests.");
            *account.fault.lock().unwrap() = Some(throttled.retry_after(Duration::from_secs(600)));
            keys.vaults().await.unwrap_err();
            *account.fault.lock().unwrap() = None;
        } else {
            // Another program with the same token uses the hour up.
            for _ in 0..999 {
                account.vaults().await.unwrap();
            }
        }
        keys.vaults().await.unwrap_err();
        assert_eq!(keys.vaults().await.unwrap_err().kind, Kind::RateLimit, "banned: {banned}");
        ahead.store(0, Ordering::SeqCst);
        hand.pass(3_700.0);
        // How much time has passed nobody can tell: a ban lasts as long again, an hour is over.
        assert_eq!(keys.vaults().await.is_err(), banned);
        hand.pass(601.0);
        assert!(keys.vaults().await.is_ok(), "banned: {banned}");
    }
}

/// A service that holds the client back, and takes its time to say so.
struct Slow {
    sent: AtomicUsize,
    /// Answers that are let go.
    answers: tokio::sync::Semaphore,
}

#[async_trait]
impl Provider for Slow {
    fn capabilities(&self) -> Capabilities {
        Capabilities::of(&[])
    }
    async fn vaults(&self) -> Result<VaultList> {
        self.sent.fetch_add(1, Ordering::SeqCst);
        self.answers.acquire().await.unwrap().forget();
        let throttled = Fault::new(Kind::RateLimit, "Too many requests. Your client has been rate-limited.");
        Err(throttled.retry_after(Duration::from_secs(600)))
    }
    async fn allowances(&self) -> Result<Vec<Allowance>> {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        Ok(ration(AccountKind::Business).to_vec())
    }
}

#[tokio::test]
async fn of_many_who_wait_for_the_end_of_a_ban_one_tries() {
    let hand = Hand::new();
    let slow = Arc::new(Slow { sent: AtomicUsize::new(0), answers: tokio::sync::Semaphore::new(1) });
    let keys = Arc::new(Rationed::new(slow.clone(), Ledger::new(hand.clock(), 0.1), Purpose::Keys));
    keys.vaults().await.unwrap_err();
    hand.pass(601.0);
    let all: Vec<_> = (0..10)
        .map(|_| {
            let keys = keys.clone();
            tokio::spawn(async move { keys.vaults().await.map(drop) })
        })
        .collect();
    slow.answers.add_permits(100);
    for one in all {
        assert_eq!(one.await.unwrap().unwrap_err().kind, Kind::RateLimit);
    }
    assert_eq!(slow.sent.load(Ordering::SeqCst), 2, "the first, and one more when its time was over");
}

#[tokio::test]
async fn a_refusal_that_no_window_bears_out_is_tried_again_long_before_its_text_says() {
    let desk = desk();
    desk.keys.vaults().await.unwrap();
    let refused = Fault::new(Kind::RateLimit, "(429)").retry_after(Duration::from_secs(90_000));
    *desk.account.fault.lock().unwrap() = Some(refused);
    let mut sent = Vec::new();
    for _ in 0..150 {
        desk.keys.vaults().await.unwrap_err();
        sent.push(desk.account.count("failed"));
        desk.hand.pass(60.0);
    }
    assert_eq!(sent[..15], [1; 15], "one report is not enough");
    assert!((5..=9).contains(&sent[149]), "{} tries in 150 minutes", sent[149]);
    *desk.account.fault.lock().unwrap() = None;
    let mut minutes = 0;
    while desk.keys.vaults().await.is_err() {
        desk.hand.pass(60.0);
        minutes += 1;
    }
    assert!(minutes <= 25, "{minutes}");
}

#[tokio::test]
async fn a_vault_that_was_made_a_moment_ago_has_no_wall() {
    let desk = desk();
    desk.keys.identity().await.unwrap();
    let made = Call::CreateVault(NewVault {
        name: "CS101-new".into(),
        description: String::new(),
        icon: None,
        admins_can_manage: None,
    });
    desk.changes.apply(&made).await.unwrap();
    *desk.account.fault.lock().unwrap() = Some(Fault::new(Kind::NotFound, "not there yet"));
    for _ in 0..6 {
        desk.watch.items(&vault_id(3)).await.unwrap_err();
    }
    assert_eq!(desk.account.count("failed"), 6, "it becomes visible at any moment");
    desk.hand.pass(301.0);
    for _ in 0..6 {
        desk.watch.items(&vault_id(3)).await.unwrap_err();
    }
    assert_eq!(desk.account.count("failed"), 9, "now it is not there");
}
