//! Provisioning under a ration, over the real sandbox and its clock: what is sent, and whether it ends
//! when it was said to.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use strongroom::clock::Clock;
use strongroom::domain::fault::{Fault, Kind, Result};
use strongroom::domain::operation::{Call, Receipt};
use strongroom::ops::{Ended, Patience, Progress};
use strongroom::sandbox::Limits;
use tokio_util::sync::CancellationToken;

use crate::guarded::{Guard, Guarded, leaving, rationed};
use crate::support::{Desk, Fixture, count};

/// A sandbox whose changes of access come too soon within so many seconds.
struct Throttled {
    clock: Clock,
    seconds: i64,
    /// How long nothing is taken after a refusal.
    ban: i64,
    last: AtomicI64,
    refused: AtomicUsize,
    refused_for_ration: AtomicUsize,
}

impl Guard for Throttled {
    fn judge(&self, call: &Call) -> Result<()> {
        if matches!(call, Call::Grant { .. } | Call::Revoke { .. }) {
            let now = self.clock.now().as_second();
            if now < self.last.load(Ordering::SeqCst) + self.seconds {
                self.refused.fetch_add(1, Ordering::SeqCst);
                self.last.fetch_max(now + self.ban - self.seconds, Ordering::SeqCst);
                return Err(Fault::new(
                    Kind::RateLimit,
                    "Too many requests. Your client has been rate-limited.",
                ));
            }
            self.last.store(now, Ordering::SeqCst);
        }
        Ok(())
    }

    fn answered(&self, answer: &Result<Receipt>) {
        if answer.as_ref().is_err_and(|fault| fault.kind == Kind::RateLimit) {
            self.refused_for_ration.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// What was told while a plan was carried out.
type Told = Arc<Mutex<Vec<(Timestamp, Progress)>>>;

struct Bench {
    fixture: Fixture,
    provider: Arc<Guarded<Throttled>>,
    desk: Desk,
}

impl Bench {
    async fn new(limits: Limits, students: usize, seconds: i64, ban: i64) -> Self {
        let fixture = Fixture::with(|config| config.limits = limits).await;
        fixture.students(students).await;
        let throttled = Throttled {
            clock: fixture.clock(),
            seconds,
            ban,
            last: AtomicI64::new(0),
            refused: AtomicUsize::new(0),
            refused_for_ration: AtomicUsize::new(0),
        };
        let provider = Arc::new(Guarded::new(fixture.provider(), throttled));
        let desk = fixture.desk_at("one", rationed(&fixture, provider.clone()), fixture.clock());
        Self { fixture, provider, desk }
    }

    async fn provision(&self, patience: Patience, cancel: CancellationToken) -> (Ended, Told, Duration, f64) {
        let plan = self.desk.ops.plan(&strongroom::domain::plan::Wish::Provision(Vec::new())).await.unwrap();
        let eta = plan.eta.unwrap();
        let (told, clock, began) = (Told::default(), self.fixture.clock(), self.fixture.clock().now());
        let tell = {
            let told = told.clone();
            Arc::new(move |progress| told.lock().unwrap().push((clock.now(), progress)))
        };
        let ended = self.desk.ops.run(plan, patience, cancel, tell).await.unwrap();
        let took = self.fixture.clock().now().duration_since(began).as_secs_f64();
        (ended, told, eta, took)
    }
}

fn error(eta: f64, took: f64) -> f64 {
    (eta - took).abs() / took
}

#[tokio::test]
async fn two_hundred_students_under_teams_limits_take_as_long_as_was_said() {
    let bench = Bench::new(Limits::Teams, 200, 0, 0).await;
    let (ended, told, eta, took) = bench.provision(Patience::Wait, CancellationToken::new()).await;
    assert_eq!((ended.fault.clone(), count(&ended, "done")), (None, 200));
    let pauses = told.lock().unwrap().iter().filter(|(_, p)| matches!(p, Progress::Paused { .. })).count();
    let refused = bench.provider.refused_for_ration.load(Ordering::SeqCst);
    println!(
        "Teams, 200 students, 400 writes: ETA {:.0} s, took {took:.0} s (error {:.1} %), {pauses} pauses, {refused} \
         requests refused",
        eta.as_secs_f64(),
        100.0 * error(eta.as_secs_f64(), took)
    );
    assert!(took >= 3.0 * 3_600.0 - 60.0, "three hours have to be waited for");
    assert!(error(eta.as_secs_f64(), took) <= 0.2);
    assert!(refused <= pauses, "{refused} requests were refused in {pauses} bans");
    assert_eq!(bench.fixture.vaults_made(), 200);
    bench.fixture.assert_invariants().await;
    bench.desk.assert_audited();
}

#[tokio::test]
async fn a_hundred_grants_under_a_throttle_are_all_made_and_end_when_it_was_said() {
    for ban in [11, 600] {
        let bench = Bench::new(Limits::None, 100, 11, ban).await;
        let (ended, told, _, took) = bench.provision(Patience::Wait, CancellationToken::new()).await;
        assert_eq!((ended.fault.clone(), count(&ended, "done")), (None, 100), "none is lost");
        let told = told.lock().unwrap().clone();
        let began = told[0].0;
        // Nobody knows of the throttle before the first refusal; from then on it is reckoned with.
        let estimates: Vec<(f64, f64)> = told
            .iter()
            .filter_map(|(at, progress)| match progress {
                Progress::Ends(ends) => {
                    Some((at.duration_since(began).as_secs_f64(), ends.duration_since(began).as_secs_f64()))
                }
                _ => None,
            })
            .collect();
        let refused = bench.provider.refused.load(Ordering::SeqCst);
        // The one that held when a tenth of the time was over.
        let (_, ends) = estimates.iter().rfind(|(at, _)| *at <= took / 10.0).unwrap();
        println!(
            "100 grants, one per 11 s, {ban} s after a refusal: took {took:.0} s, said after a tenth {ends:.0} s (error \
             {:.1} %), {refused} refused, {} estimates",
            100.0 * error(*ends, took),
            estimates.len()
        );
        assert!(error(*ends, took) <= 0.2, "{estimates:?}");
        bench.desk.assert_audited();
        bench.fixture.assert_invariants().await;
    }
}

#[tokio::test]
async fn whoever_does_not_wait_is_told_how_long_it_takes_and_nothing_is_refused() {
    let bench = Bench::new(Limits::Teams, 60, 0, 0).await;
    let (ended, ..) = bench.provision(Patience::Stop, CancellationToken::new()).await;
    let fault = ended.fault.clone().unwrap();
    assert_eq!((fault.kind, fault.exit_code()), (Kind::RateLimit, 5));
    assert!(fault.retry_after.unwrap() > Duration::from_secs(3_500));
    assert_eq!((count(&ended, "failed"), count(&ended, "done") + count(&ended, "planned")), (0, 60));
    assert_eq!(bench.provider.refused_for_ration.load(Ordering::SeqCst), 0);
    assert_eq!(bench.fixture.requests().await.1, 100, "all that is left is used");
    bench.desk.assert_audited();
}

#[tokio::test]
async fn leaving_ends_the_wait_and_nothing_is_lost() {
    let bench = Bench::new(Limits::Teams, 60, 0, 0).await;
    let cancel = CancellationToken::new();
    let plan = bench.desk.ops.plan(&strongroom::domain::plan::Wish::Provision(Vec::new())).await.unwrap();
    let tell = leaving(&cancel);
    let ended = bench.desk.ops.run(plan, Patience::Wait, cancel, tell).await.unwrap();
    assert_eq!((ended.fault.clone(), count(&ended, "failed")), (None, 0));
    assert!(count(&ended, "planned") > 0);
    let (ended, ..) = bench.provision(Patience::Wait, CancellationToken::new()).await;
    assert_eq!(count(&ended, "done") + count(&ended, "unchanged"), 60);
    bench.desk.assert_audited();
}

#[tokio::test]
async fn a_narrowing_is_not_begun_without_room_for_both_its_calls() {
    use strongroom::domain::access::{Level, Principal};
    use strongroom::domain::id::PersonId;
    use strongroom::domain::plan::{Change, Wish};
    let fixture = Fixture::with(|config| config.limits = Limits::Teams).await;
    let people = fixture.students(1).await;
    let rationed = rationed(&fixture, Arc::new(fixture.provider()));
    let desk = fixture.desk_at("one", rationed, fixture.clock());
    assert_eq!(desk.provision().await.fault, None);
    for _ in 0..97 {
        fixture.posted("/sandbox/v1/vaults", &fixture.service(), serde_json::json!({ "name": "x" })).await;
    }
    desk.queries.provider.allowances().await.unwrap();
    let who = Principal::Person(PersonId::parse(&people[0].0).unwrap());
    let change = Change { vault: desk.vault("s000"), who, to: Level::Read };
    let plan = desk.queries.plan(&Wish::Access(vec![change])).await.unwrap();
    assert_eq!(plan.cost().writes, 2);
    let ended = desk.run(plan).await;
    assert_eq!(ended.fault.as_ref().map(|fault| fault.kind), Some(Kind::RateLimit));
    assert_eq!(count(&ended, "planned"), 1, "{:?}", ended.plan.rows);
    assert_eq!(fixture.requests().await.1, 99, "neither call was sent");
    desk.assert_audited();
}
