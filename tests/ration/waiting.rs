//! Plans that wait: what happens meanwhile counts, what is done stays done, and nobody is left without
//! access for the sake of a wait.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use strongroom::domain::access::{Level, Principal};
use strongroom::domain::class::{Staff, StaffName};
use strongroom::domain::fault::{Fault, Kind, Result};
use strongroom::domain::id::PersonId;
use strongroom::domain::operation::Call;
use strongroom::domain::plan::{Change, Outcome, Wish};
use strongroom::ops::{Ended, OnProgress, Patience, Progress};
use strongroom::sandbox::Limits;
use tokio_util::sync::CancellationToken;

use crate::guarded::{Guard, Guarded, leaving, rationed};
use crate::support::{Desk, Fixture, count, key};

type Judge = Box<dyn Fn(&Call) -> Option<Fault> + Send + Sync>;

/// A sandbox that refuses the changes that a judge refuses, and notes what was sent.
struct Judged {
    judge: Judge,
    /// Nothing is refused nor noted before.
    armed: AtomicBool,
    sent: Mutex<Vec<String>>,
}

impl Guard for Judged {
    fn judge(&self, call: &Call) -> Result<()> {
        if !self.armed.load(Ordering::SeqCst) {
            return Ok(());
        }
        let refused = (self.judge)(call);
        let what = match call {
            Call::Grant { who, .. } => format!("grant {}", who.id()),
            Call::Revoke { who, .. } => format!("revoke {}", who.id()),
            _ => "other".to_owned(),
        };
        let what = if refused.is_some() { format!("{what} refused") } else { what };
        self.sent.lock().unwrap().push(what);
        refused.map_or(Ok(()), Err)
    }
}

fn judged(
    fixture: &Fixture,
    judge: impl Fn(&Call) -> Option<Fault> + Send + Sync + 'static,
) -> Arc<Guarded<Judged>> {
    let judged = Judged { judge: Box::new(judge), armed: AtomicBool::new(false), sent: Mutex::default() };
    Arc::new(Guarded::new(fixture.provider(), judged))
}

/// A desk that has provisioned its class, and its provider, whose judge judges from now on.
async fn provisioned(
    fixture: &Fixture,
    judge: impl Fn(&Call) -> Option<Fault> + Send + Sync + 'static,
) -> (Arc<Guarded<Judged>>, Desk) {
    let provider = judged(fixture, judge);
    let desk = fixture.desk_at("one", provider.clone(), fixture.clock());
    assert_eq!(desk.provision().await.fault, None);
    provider.armed.store(true, Ordering::SeqCst);
    (provider, desk)
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
    let mut plan = desk.ops.plan(&Wish::Access(list.iter().map(change).collect())).await.unwrap();
    plan.typed = plan.guard.as_ref().map(|guard| guard.word.to_string());
    desk.ops.run(plan, patience, cancel, tell).await.unwrap()
}

#[tokio::test]
async fn a_student_who_leaves_the_class_during_a_wait_is_granted_nothing() {
    let fixture = Fixture::with(|config| config.limits = Limits::Teams).await;
    let people = fixture.students(120).await;
    let rationed = rationed(&fixture, Arc::new(fixture.provider()));
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
    let looks = all - writes - 39;
    assert!(looks < 40, "{looks} looks for {writes} changes, beside one at each vault in the end");
    desk.assert_audited();
}

#[tokio::test]
async fn what_is_done_of_a_row_is_not_done_again_after_a_wait() {
    let mut fixture = Fixture::new().await;
    let people = fixture.students(1).await;
    let ta = fixture.person("ta").await;
    fixture.class.staff = vec![Staff { who: StaffName::User("ta@example.edu".into()), level: Level::Write }];
    let (provider, desk) = provisioned(&fixture, refused(1..2, &hourly())).await;
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

#[tokio::test]
async fn whoever_leaves_in_the_middle_of_a_narrowing_is_told_who_is_locked_out() {
    let fixture = Fixture::new().await;
    let people = fixture.students(1).await;
    for (patience, fault) in [(Patience::Stop, too_soon()), (Patience::Wait, hourly())] {
        let (provider, desk) = provisioned(&fixture, refused(0..100, &fault)).await;
        let cancel = CancellationToken::new();
        let tell = leaving(&cancel);
        let ended = narrow(&desk, &[("s000", &people[0].0)], patience, cancel, tell).await;
        let Outcome::Failed(why) = &ended.plan.rows[0].outcome else { panic!("{:?}", ended.plan.rows) };
        let said = "s000 has no access now: run it again";
        assert!(why.as_str().starts_with(said), "{why}");
        assert!(ended.failed[&0].message.as_str().starts_with(said));
        provider.armed.store(false, Ordering::SeqCst);
        fixture.pass(600);
        let again = CancellationToken::new();
        let ended = narrow(&desk, &[("s000", &people[0].0)], Patience::Stop, again, silent()).await;
        assert_eq!((ended.fault.clone(), count(&ended, "done")), (None, 1), "running it again mends it");
        desk.assert_audited();
    }
}

#[tokio::test]
async fn leaving_does_not_cut_the_short_wait_of_a_narrowing() {
    let fixture = Fixture::new().await;
    let people = fixture.students(1).await;
    let (_, desk) = provisioned(&fixture, refused(0..1, &too_soon())).await;
    let cancel = CancellationToken::new();
    let tell = leaving(&cancel);
    let ended = narrow(&desk, &[("s000", &people[0].0)], Patience::Stop, cancel, tell).await;
    assert_eq!((ended.fault.clone(), count(&ended, "done")), (None, 1), "{:?}", ended.plan.rows);
    desk.assert_audited();
}

#[tokio::test]
async fn a_patient_narrowing_gives_back_after_the_hour_what_it_took() {
    let fixture = Fixture::new().await;
    let people = fixture.students(2).await;
    let (provider, desk) = provisioned(&fixture, refused(0..1, &hourly())).await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell: OnProgress = {
        let told = told.clone();
        Arc::new(move |progress| told.lock().unwrap().push(progress))
    };
    let list = [("s000", people[0].0.as_str()), ("s001", people[1].0.as_str())];
    let ended = narrow(&desk, &list, Patience::Wait, CancellationToken::new(), tell).await;
    assert_eq!((ended.fault.clone(), count(&ended, "done")), (None, 2), "{:?}", ended.plan.rows);
    let sent = provider.sent.lock().unwrap().clone();
    for (id, _) in &people {
        for what in ["revoke", "grant"] {
            let call = format!("{what} {id}");
            assert_eq!(sent.iter().filter(|line| **line == call).count(), 1, "{sent:?}");
        }
    }
    let meanwhile = Outcome::Waiting("locked out, retrying".into());
    assert!(told.lock().unwrap().iter().any(|p| matches!(p, Progress::Row(_, o) if *o == meanwhile)));
    desk.assert_audited();
}

#[tokio::test]
async fn the_second_half_of_a_narrowing_is_set_aside_while_it_waits() {
    let fixture = Fixture::with(|config| config.limits = Limits::Teams).await;
    let people = fixture.students(1).await;
    let judged = judged(&fixture, refused(0..1, &too_soon()));
    let rationed = rationed(&fixture, judged.clone());
    let desk = fixture.desk_at("one", rationed.clone(), fixture.clock());
    assert_eq!(desk.provision().await.fault, None);
    judged.armed.store(true, Ordering::SeqCst);
    // Somebody else takes all that is left while it waits.
    let (all, taken) = (rationed.clone(), Arc::new(AtomicUsize::new(0)));
    let tell: OnProgress = {
        let taken = taken.clone();
        Arc::new(move |told| {
            while matches!(told, Progress::Paused { .. }) && all.reserve(1).is_ok() {
                taken.fetch_add(1, Ordering::SeqCst);
            }
        })
    };
    let list = [("s000", people[0].0.as_str())];
    let ended = narrow(&desk, &list, Patience::Stop, CancellationToken::new(), tell).await;
    assert!(taken.load(Ordering::SeqCst) > 50);
    assert_eq!((ended.fault.clone(), count(&ended, "done")), (None, 1), "{:?}", ended.plan.rows);
    desk.assert_audited();
}

#[tokio::test]
async fn a_ration_that_runs_out_leaves_no_vault_without_its_student() {
    let fixture = Fixture::with(|config| config.limits = Limits::Teams).await;
    fixture.students(80).await;
    let desk = fixture.desk_with("one", rationed(&fixture, Arc::new(fixture.provider())));
    let ended = desk.provision().await;
    assert_eq!(ended.fault.as_ref().map(|fault| fault.kind), Some(Kind::RateLimit));
    assert_eq!(
        (count(&ended, "done"), fixture.vaults_made()),
        (50, 50),
        "a hundred writes are fifty students"
    );
}
