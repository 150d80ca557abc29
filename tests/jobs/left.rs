//! What a program leaves: found, shown, gone on with once, or ended.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use strongroom::domain::attention::Reason;
use strongroom::domain::fault::Kind;
use strongroom::domain::job::{JobId, State};
use strongroom::domain::plan::{Outcome, Wish};
use strongroom::ops::Patience;
use strongroom::sandbox::Limits;
use tokio_util::sync::CancellationToken;

use crate::support::{Desk, Fixture, count};

pub(crate) async fn resume(
    desk: &Desk,
    id: &JobId,
) -> strongroom::domain::fault::Result<strongroom::ops::Ended> {
    desk.ops.resume(id, Patience::Stop, CancellationToken::new(), Arc::new(|_| {})).await
}

#[tokio::test]
async fn what_the_ration_has_left_is_gone_on_with_and_told_until_then() {
    let fixture = Fixture::with(|config| config.limits = Limits::Teams).await;
    fixture.students(60).await;
    let desk = fixture.desk("one");
    let ended = desk.provision().await;
    assert!(ended.fault.is_some());
    let left = desk.ops.left().await.unwrap();
    let [head] = left.as_slice() else { unreachable!("{left:?}") };
    let settled = count(&ended, "done") as u64;
    assert_eq!((head.state, head.rows, head.ended, head.failed), (State::Left, 60, settled, 0));
    let needs = desk.queries.attention().await.unwrap().needs;
    assert!(needs.iter().any(|need| need.reason == Reason::LeftJob), "{needs:?}");
    fixture.pass(3_601);
    let other = fixture.desk("one");
    let ended = resume(&other, &head.id).await.unwrap();
    assert_eq!((count(&ended, "done"), &ended.fault), (60, &None), "with those of the first program");
    assert_eq!((other.ops.left().await.unwrap(), fixture.vaults_made()), (Vec::new(), 60));
    let head = other.ops.head(&head.id).await.unwrap();
    assert_eq!((head.state, head.ended, head.ends, head.why), (State::Ended, 60, None, None));
    assert_eq!(resume(&other, &head.id).await.unwrap_err().kind, Kind::Refused);
    fixture.assert_invariants().await;
    other.assert_audited();
}

#[tokio::test]
async fn every_record_of_a_job_carries_its_name_and_the_digest_of_its_plan() {
    let fixture = Fixture::new().await;
    fixture.students(3).await;
    let desk = fixture.desk("one");
    let plan = desk.ops.plan(&Wish::Provision(Vec::new())).await.unwrap();
    let digest = plan.digest();
    let ended = desk.run(plan).await;
    let id = ended.plan.job.clone().unwrap();
    let records = desk.ops.audit.list(&strongroom::audit::Filter::default()).unwrap().0;
    assert_eq!(records.len(), 12);
    for record in records {
        assert_eq!(record.plan.unwrap().as_str(), id.in_record(&digest));
    }
    let kept = desk.ops.job(&id).await.unwrap();
    assert_eq!((kept.head.plan, kept.head.state, kept.begun), (digest, State::Ended, vec![0, 1, 2]));
    assert!(kept.plan.rows.iter().all(|row| row.outcome == Outcome::Done));
    assert!(!desk.queries.store.path().with_file_name("jobs").join(format!("{id}.lock")).exists());
}

#[tokio::test]
async fn a_plan_without_changes_or_one_that_may_not_begin_makes_no_job() {
    let fixture = Fixture::new().await;
    fixture.students(1).await;
    let desk = fixture.desk("one");
    let plan = desk.plan().await;
    std::fs::create_dir(&desk.log).unwrap();
    let run = desk.ops.run(plan.clone(), Patience::Stop, CancellationToken::new(), Arc::new(|_| {})).await;
    assert_eq!(run.unwrap_err().kind, Kind::Local, "without a log nothing begins");
    assert_eq!(desk.queries.plans(9).await.unwrap(), []);
    std::fs::remove_dir(&desk.log).unwrap();
    desk.run(plan).await;
    assert_eq!(count(&desk.provision().await, "unchanged"), 1);
    assert_eq!(desk.queries.plans(9).await.unwrap().len(), 1, "the second one had nothing to do");
}

#[tokio::test]
async fn a_job_is_left_only_when_its_program_is_gone_and_two_never_go_on_with_it() {
    let fixture = Fixture::new().await;
    fixture.students(4).await;
    let desk = fixture.desk("one");
    let cancel = CancellationToken::new();
    cancel.cancel();
    let plan = desk.plan().await;
    let ended = desk.ops.run(plan, Patience::Stop, cancel, Arc::new(|_| {})).await.unwrap();
    let id = ended.plan.job.unwrap();
    let store = desk.queries.store.clone();
    let held = store.hold_job(&id).unwrap().unwrap();
    let other = fixture.desk("one");
    assert_eq!(resume(&other, &id).await.unwrap_err().kind, Kind::Conflict);
    drop(held);
    assert_eq!(other.ops.head(&id).await.unwrap().state, State::Left);
    let ended = resume(&other, &id).await.unwrap();
    assert_eq!((count(&ended, "done"), fixture.vaults_made()), (4, 4));
}

#[tokio::test]
async fn what_was_left_can_be_ended_and_then_never_goes_on() {
    let fixture = Fixture::new().await;
    fixture.students(2).await;
    let desk = fixture.desk("one");
    let cancel = CancellationToken::new();
    cancel.cancel();
    let plan = desk.plan().await;
    let ended = desk.ops.run(plan, Patience::Stop, cancel, Arc::new(|_| {})).await.unwrap();
    let id = ended.plan.job.unwrap();
    assert_eq!(desk.ops.pause(&id).await.unwrap_err().kind, Kind::Refused, "nobody carries it out");
    desk.ops.cancel(&id).await.unwrap();
    assert_eq!(desk.ops.head(&id).await.unwrap().state, State::Cancelled);
    assert_eq!((desk.ops.left().await.unwrap(), fixture.vaults_made()), (Vec::new(), 0));
    assert_eq!(resume(&desk, &id).await.unwrap_err().kind, Kind::Refused);
    let nobody = JobId::parse("aaaaaaaa").unwrap();
    assert_eq!(desk.ops.cancel(&nobody).await.unwrap_err().kind, Kind::Input);
}

#[tokio::test]
async fn who_is_not_active_any_more_gets_nothing_from_a_job_that_goes_on() {
    let fixture = Fixture::new().await;
    let people = fixture.students(3).await;
    let desk = fixture.desk("one");
    let cancel = CancellationToken::new();
    cancel.cancel();
    let plan = desk.plan().await;
    let ended = desk.ops.run(plan, Patience::Stop, cancel, Arc::new(|_| {})).await.unwrap();
    let suspend = format!("/sandbox/v1/people/{}/suspend", people[1].0);
    fixture.posted(&suspend, &fixture.admin(), serde_json::Value::Null).await;
    let ended = resume(&desk, &ended.plan.job.unwrap()).await.unwrap();
    assert_eq!((count(&ended, "done"), fixture.vaults_made()), (2, 2), "{:?}", ended.plan.rows);
    assert!(!matches!(ended.plan.rows[1].outcome, Outcome::Done));
}
