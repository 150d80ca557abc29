//! A request to make a vault whose answer got lost, and which takes effect long after a second one was sent
//! and answered: the vault that comes late is found, put into quarantine, and never deleted by itself.
//!
//! `STRONGROOM_LATE=200` takes that many students.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests; the figures are what they are for")]

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::json;
use strongroom::domain::attention::Reason;
use strongroom::domain::directory::NewVault;
use strongroom::domain::fault::{Fault, Kind, Result};
use strongroom::domain::id::VaultId;
use strongroom::domain::operation::{Call, Receipt};
use strongroom::domain::plan::Plan;
use strongroom::provider::{Provider, sandbox::Sandbox};
use strongroom::watch::Watch;

use crate::support::{Fixture, count, key, word};

/// A sandbox behind a line on which requests to make a vault may stay for up to ten minutes.
struct Slow {
    inner: Sandbox,
    /// The time, in seconds; nothing waits for it.
    now: AtomicI64,
    /// What is still on its way, and when it arrives.
    away: Mutex<Vec<(i64, NewVault)>>,
    /// For whom a first request was lost already.
    lost: Mutex<HashSet<String>>,
    random: Mutex<fastrand::Rng>,
}

impl Slow {
    /// Lets that many seconds pass; what arrives by then takes effect.
    async fn pass(&self, seconds: i64) {
        let now = self.now.fetch_add(seconds, Ordering::SeqCst) + seconds;
        let due: Vec<NewVault> = {
            let mut away = self.away.lock().unwrap();
            let (due, left) = away.drain(..).partition(|(at, _)| *at <= now);
            *away = left;
            let due: Vec<(i64, NewVault)> = due;
            due.into_iter().map(|(_, new)| new).collect()
        };
        for new in due {
            self.inner.apply(&Call::CreateVault(new)).await.unwrap();
        }
    }

    /// Whether this request stays away, and for how long: the first one of every second student.
    fn delay(&self, new: &NewVault) -> Option<i64> {
        let mut random = self.random.lock().unwrap();
        let lost = random.bool() && self.lost.lock().unwrap().insert(new.name.clone());
        lost.then(|| random.i64(0..=600))
    }
}

#[async_trait]
impl Provider for Slow {
    fn inner(&self) -> Option<&dyn Provider> {
        Some(&self.inner)
    }
    async fn apply(&self, call: &Call) -> Result<Receipt> {
        if let Call::CreateVault(new) = call {
            if let Some(delay) = self.delay(new) {
                let at = self.now.load(Ordering::SeqCst) + delay;
                self.away.lock().unwrap().push((at, new.clone()));
                return Err(Fault::new(Kind::Unknown, "the answer got lost"));
            }
            let answer = self.inner.apply(call).await;
            // Others arrive between this effect and its answer.
            self.pass(3).await;
            return answer;
        }
        self.inner.apply(call).await
    }
}

#[tokio::test]
async fn every_vault_that_comes_late_is_found_and_none_is_deleted() {
    let students = std::env::var("STRONGROOM_LATE").map_or(12, |number| number.parse().unwrap());
    let (mut all, mut requests) = (0, 0);
    for seed in 0..if students > 12 { 5 } else { 3 } {
        let fixture = Fixture::new().await;
        fixture.students(students).await;
        let slow = Arc::new(Slow {
            inner: fixture.provider(),
            now: AtomicI64::new(0),
            away: Mutex::default(),
            lost: Mutex::default(),
            random: Mutex::new(fastrand::Rng::with_seed(seed)),
        });
        let desk = fixture.desk_with("one", slow.clone());
        for _ in 0..4 {
            desk.provision().await;
            slow.pass(30).await;
        }
        slow.pass(601).await;
        assert_eq!(slow.away.lock().unwrap().len(), 0);
        // The beat of whoever watches lists the vaults anyway.
        let watching = fixture.desk("one");
        let mut watch = Watch::new(watching.queries.clone(), 0);
        for second in 0..3 {
            let at = Timestamp::from_second(1_790_000_000 + second * 5).unwrap();
            watch.step(at, |report| assert_eq!(report.fault, None)).await;
        }
        let (store, made) = (&watching.queries.store, fixture.vaults_made());
        let found = store.quarantined().unwrap();
        assert_eq!(store.bindings().unwrap().len(), students, "everybody has one");
        assert_eq!(found.len(), made - students, "seed {seed}: every one that is too many");
        let own: HashMap<_, _> =
            store.bindings().unwrap().into_iter().map(|one| (one.student, one.vault)).collect();
        for one in &found {
            assert_ne!(own[&one.student], one.vault, "a student's own is never in quarantine");
            assert_eq!(one.items, Some(0));
        }
        let set_aside: HashSet<String> = found.iter().map(|one| one.vault.to_string()).collect();
        let granted = fixture.happened("grant.person");
        assert!(granted.iter().all(|line| !set_aside.contains(&word(&line["vault"]))), "nobody is on one");
        assert_eq!(granted.len(), students);
        assert_eq!(fixture.happened("vault.delete").len(), 0);
        let needs = watching.queries.attention().await.unwrap().needs;
        let told = needs.iter().filter(|need| need.reason == Reason::Quarantined).count();
        assert_eq!(told, found.len());
        // Known ones cost nothing more.
        let before = fixture.requests().await.0;
        assert!(!watching.queries.quarantine(&slow.inner.vaults().await.unwrap()).await.unwrap());
        assert_eq!(fixture.requests().await.0, before + 1, "the list itself");
        all += found.len();
        requests += found.len();
        let next = watching.provision().await;
        assert_eq!(count(&next, "unchanged"), students, "another run changes nothing");
    }
    println!(
        "{students} students, late by 0 to 600 s: {all} duplicates, all in quarantine by {requests} further reads, none deleted"
    );
    assert!(all > 0);
}

#[tokio::test]
async fn a_request_that_the_service_carries_out_late_is_found_by_the_next_list() {
    let fixture = Fixture::new().await;
    fixture.students(1).await;
    let late = json!({ "seed": 7, "rules": [
        { "fault": "late", "method": "POST", "route": "/sandbox/v1/vaults", "times": 1, "delay_ms": 1500 }
    ]});
    fixture.call(reqwest::Method::PUT, "/sandbox/v1/faults", &fixture.admin(), late).await;
    let desk = fixture.desk("one");
    assert_eq!(count(&desk.provision().await, "failed"), 1, "nobody can know");
    assert_eq!(count(&desk.provision().await, "done"), 1);
    let found = async {
        loop {
            let vaults = desk.queries.provider.vaults().await.unwrap();
            if desk.queries.quarantine(&vaults).await.unwrap() {
                return desk.queries.store.quarantined().unwrap();
            }
        }
    };
    let found = tokio::time::timeout(std::time::Duration::from_secs(30), found).await.unwrap();
    assert_eq!((found.len(), found[0].student.as_str()), (1, "s000"));
    assert_ne!(found[0].vault, desk.vault("s000"));
    assert_eq!(fixture.vaults_made(), 2);
}

#[tokio::test]
async fn a_vault_in_quarantine_is_nobodys_and_only_an_empty_one_may_be_deleted() {
    let fixture = Fixture::new().await;
    fixture.students(2).await;
    let desk = fixture.desk("one");
    desk.provision().await;
    let second = json!({ "name": "CS101-s000", "description": "again [sr:s000:abcdefgh]" });
    let second = word(&fixture.posted("/sandbox/v1/vaults", &fixture.service(), second).await["id"]);
    let plain = json!({ "name": "CS101-s001", "description": "somebody else's" });
    fixture.posted("/sandbox/v1/vaults", &fixture.service(), plain).await;
    let vaults = desk.queries.provider.vaults().await.unwrap();
    assert!(desk.queries.quarantine(&vaults).await.unwrap());
    let store = &desk.queries.store;
    let one = VaultId::parse(&second).unwrap();
    let found = store.quarantined().unwrap();
    assert_eq!(found.iter().map(|one| &one.vault).collect::<Vec<_>>(), [&one], "the other one has no mark");
    let now = Timestamp::now();
    let file = rusqlite::Connection::open(store.path()).unwrap();
    assert_eq!(file.execute("DELETE FROM binding WHERE student = 's000'", []).unwrap(), 1);
    assert_eq!(store.bind(&key("s000"), &one, "abcdefgh", now).unwrap_err().kind, Kind::Refused);
    // Lost and found again: the one in quarantine is not taken for the student's.
    let ended = desk.provision().await;
    assert_eq!(count(&ended, "done") + count(&ended, "unchanged"), 2, "{:?}", ended.plan.rows);
    assert_ne!(desk.vault("s000"), one);
    let frame = desk.queries.frame(false).await.unwrap();
    let discard = |vault: &VaultId, items| Plan::discard(&frame, (&key("s000"), vault), "x".into(), items);
    assert_eq!(discard(&one, Some(0)).unwrap().rows[0].vault.as_ref(), Some(&one));
    assert_eq!(discard(&one, Some(1)).unwrap_err().kind, Kind::Refused, "there is something in it");
    assert_eq!(discard(&one, None).unwrap_err().kind, Kind::Refused, "nobody can say");
    assert_eq!(discard(&desk.vault("s001"), Some(0)).unwrap_err().kind, Kind::Refused, "a classmate's own");
    // Whoever deletes it in 1Password has it leave the quarantine.
    fixture
        .call(reqwest::Method::DELETE, &format!("/sandbox/v1/vaults/{one}"), &fixture.service(), json!(null))
        .await;
    let vaults = desk.queries.provider.vaults().await.unwrap();
    assert!(desk.queries.quarantine(&vaults).await.unwrap());
    assert_eq!(store.quarantined().unwrap(), []);
}
