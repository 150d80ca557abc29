//! Plans that wait: what happens meanwhile counts, what is done stays done, and nobody is left without
//! access for the sake of a wait.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use strongroom::domain::access::{Level, Principal};
use strongroom::domain::budget::{Allowance, Purpose};
use strongroom::domain::class::{Staff, StaffName};
use strongroom::domain::directory::{Grant, Group, Identity, Person, Vault};
use strongroom::domain::fault::{Fault, Kind, Result};
use strongroom::domain::id::{PersonId, VaultId};
use strongroom::domain::operation::{Call, Capabilities, Receipt};
use strongroom::domain::plan::{Change, Outcome, Wish};
use strongroom::ops::{Ended, OnProgress, Patience, Progress};
use strongroom::provider::budget::{Ledger, Rationed};
use strongroom::provider::{Provider, Shared, sandbox::Sandbox};
use strongroom::sandbox::Limits;
use tokio_util::sync::CancellationToken;

use crate::support::{Desk, Fixture, count, key};

type Judge = Box<dyn Fn(&Call) -> Option<Fault> + Send + Sync>;

/// A sandbox that refuses the changes that a judge refuses, and notes what was sent.
struct Judged {
    inner: Sandbox,
    judge: Judge,
    /// Nothing is refused nor noted before.
    armed: AtomicBool,
    sent: Mutex<Vec<String>>,
}

#[async_trait]
impl Provider for Judged {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }
    async fn identity(&self) -> Result<Identity> {
        self.inner.identity().await
    }
    async fn people(&self) -> Result<Vec<Person>> {
        self.inner.people().await
    }
    async fn groups(&self) -> Result<Vec<Group>> {
        self.inner.groups().await
    }
    async fn vaults(&self) -> Result<Vec<Vault>> {
        self.inner.vaults().await
    }
    async fn vault(&self, id: &VaultId) -> Result<Vault> {
        self.inner.vault(id).await
    }
    async fn grants(&self, vault: &VaultId) -> Result<Vec<Grant>> {
        self.inner.grants(vault).await
    }
    async fn allowances(&self) -> Result<Vec<Allowance>> {
        self.inner.allowances().await
    }
    async fn apply(&self, call: &Call) -> Result<Receipt> {
        if !self.armed.load(Ordering::SeqCst) {
            return self.inner.apply(call).await;
        }
        let refused = (self.judge)(call);
        let what = match call {
            Call::Grant { who, .. } => format!("grant {}", who.id()),
            Call::Revoke { who, .. } => format!("revoke {}", who.id()),
            _ => "other".to_owned(),
        };
        let what = if refused.is_some() { format!("{what} refused") } else { what };
        self.sent.lock().unwrap().push(what);
        match refused {
            Some(fault) => Err(fault),
            None => self.inner.apply(call).await,
        }
    }
}

fn judged(fixture: &Fixture, judge: impl Fn(&Call) -> Option<Fault> + Send + Sync + 'static) -> Arc<Judged> {
    Arc::new(Judged {
        inner: fixture.provider(),
        judge: Box::new(judge),
        armed: AtomicBool::new(false),
        sent: Mutex::default(),
    })
}

/// Refuses the grants with these numbers, counted from nought.
fn refused(grants: std::ops::Range<usize>, fault: &Fault) -> impl Fn(&Call) -> Option<Fault> + use<> {
    let (seen, fault) = (AtomicUsize::new(0), fault.clone());
    move |call| {
        let is_grant = matches!(call, Call::Grant { .. });
        (is_grant && grants.contains(&seen.fetch_add(1, Ordering::SeqCst))).then(|| fault.clone())
    }
}

fn too_soon() -> Fault {
    Fault::new(Kind::RateLimit, "Too many requests. Your client has been rate-limited.")
}

fn hourly() -> Fault {
    Fault::new(Kind::RateLimit, "(429) the writes of this hour").retry_after(Duration::from_secs(3_000))
}

fn person(id: &str) -> Principal {
    Principal::Person(PersonId::parse(id).unwrap())
}

fn silent() -> OnProgress {
    Arc::new(|_| {})
}

/// Narrows the accesses of these people, each on one vault, to reading.
async fn narrow(
    desk: &Desk,
    list: &[(&str, &str)],
    patience: Patience,
    cancel: CancellationToken,
    tell: OnProgress,
) -> Ended {
    let change = |(student, id): &(&str, &str)| Change {
        vault: desk.vault(student),
        who: person(id),
        to: Level::Read,
    };
    let plan = desk.ops.plan(&Wish::Access(list.iter().map(change).collect())).await.unwrap();
    desk.ops.run(plan, patience, cancel, tell).await.unwrap()
}

#[tokio::test]
async fn a_student_who_leaves_the_class_during_a_wait_is_granted_nothing() {
    let fixture = Fixture::with(|config| config.limits = Limits::Teams).await;
    let people = fixture.students(120).await;
    let ledger = Ledger::new(fixture.clock(), 0.1);
    let rationed: Shared = Arc::new(Rationed::new(Arc::new(fixture.provider()), ledger, Purpose::Changes));
    let desk = fixture.desk_at("one", rationed, fixture.clock());
    let plan = desk.ops.plan(&Wish::Provision(Vec::new())).await.unwrap();
    let (store, paused) = (desk.queries.store.clone(), AtomicBool::new(false));
    let tell: OnProgress = Arc::new(move |told| {
        if matches!(told, Progress::Paused { .. }) && !paused.swap(true, Ordering::SeqCst) {
            store.apply_roster(&[], &[key("s110")]).unwrap();
        }
    });
    let ended = desk.ops.run(plan, Patience::Wait, CancellationToken::new(), tell).await.unwrap();
    assert_eq!((ended.fault.clone(), count(&ended, "done")), (None, 119));
    let given = fixture.happened("grant.person").into_iter().filter(|line| line["person"] == people[110].0);
    assert_eq!(given.count(), 0);
    assert_eq!(ended.plan.rows[110].outcome.name(), "refused");
    desk.assert_audited();
}

#[tokio::test]
async fn what_happens_while_changes_are_held_back_counts_without_any_long_pause() {
    let fixture = Fixture::new().await;
    let people = fixture.students(40).await;
    let judge = refused(8..9, &too_soon());
    let provider = judged(&fixture, judge);
    provider.armed.store(true, Ordering::SeqCst);
    let desk = fixture.desk_at("one", provider, fixture.clock());
    let plan = desk.ops.plan(&Wish::Provision(Vec::new())).await.unwrap();
    let (store, done) = (desk.queries.store.clone(), AtomicUsize::new(0));
    let tell: OnProgress = Arc::new(move |told| {
        if matches!(told, Progress::Row(_, Outcome::Done)) && done.fetch_add(1, Ordering::SeqCst) == 9 {
            store.apply_roster(&[], &[key("s031")]).unwrap();
        }
    });
    let ended = desk.ops.run(plan, Patience::Wait, CancellationToken::new(), tell).await.unwrap();
    assert_eq!((ended.fault.clone(), count(&ended, "done")), (None, 39));
    let given = fixture.happened("grant.person").into_iter().filter(|line| line["person"] == people[31].0);
    assert_eq!(given.count(), 0);
    let (all, writes) = fixture.requests().await;
    assert!(all - writes < 40, "{} looks for {writes} changes", all - writes);
    desk.assert_audited();
}

#[tokio::test]
async fn what_is_done_of_a_row_is_not_done_again_after_a_wait() {
    let mut fixture = Fixture::new().await;
    let people = fixture.students(1).await;
    let ta = fixture.person("ta").await;
    fixture.class.staff = vec![Staff { who: StaffName::User("ta@example.edu".into()), level: Level::Write }];
    let provider = judged(&fixture, refused(1..2, &hourly()));
    let desk = fixture.desk_at("one", provider.clone(), fixture.clock());
    assert_eq!(desk.provision().await.fault, None);
    provider.armed.store(true, Ordering::SeqCst);
    let list = [("s000", people[0].0.as_str()), ("s000", ta.0.as_str())];
    let ended = narrow(&desk, &list, Patience::Wait, CancellationToken::new(), silent()).await;
    assert_eq!((ended.fault.clone(), count(&ended, "done")), (None, 1), "{:?}", ended.plan.rows);
    let student = [format!("revoke {}", people[0].0), format!("grant {}", people[0].0)];
    let sent = provider.sent.lock().unwrap().clone();
    for call in student {
        assert_eq!(sent.iter().filter(|line| **line == call).count(), 1, "{sent:?}");
    }
    desk.assert_audited();
}
