//! Inviting, confirming, suspending and reactivating, over a real sandbox.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use reqwest::Method;
use serde_json::{Value, json};
use strongroom::audit::Filter;
use strongroom::domain::admission::Admission::{self, Confirm, Invite, Reactivate, Suspend};
use strongroom::domain::directory::Person;
use strongroom::domain::fault::{Fault, Kind, Result};
use strongroom::domain::operation::{Call, Receipt};
use strongroom::domain::plan::{Plan, Wish};
use strongroom::ops::{Ended, Patience};
use strongroom::provider::{Provider, sandbox::Sandbox};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::support::{Desk, Fixture, count, key};

/// A line to the sandbox that loses answers, and can keep changes waiting.
struct Line {
    inner: Sandbox,
    /// What becomes of the answer to the first change.
    loses: Loses,
    /// Whether people cannot be listed any more once an answer got lost.
    blind: bool,
    calls: AtomicUsize,
    /// Told of the call that hangs, where one does: the sandbox has carried it out.
    hangs: Option<Notify>,
    during: Mutex<Option<CancellationToken>>,
}

/// What becomes of the answer to the first change.
#[derive(Clone, Copy, PartialEq)]
enum Loses {
    Nothing,
    TheAnswer,
    /// A conflict is answered, though it was done.
    AfterConflict,
    /// A conflict is answered, and nothing was done.
    BeforeConflict,
}

#[async_trait]
impl Provider for Line {
    fn inner(&self) -> Option<&dyn Provider> {
        Some(&self.inner)
    }
    async fn people(&self) -> Result<Vec<Person>> {
        if self.blind && self.calls.load(Ordering::SeqCst) > 0 {
            return Err(Fault::new(Kind::Unreachable, "the line is cut"));
        }
        self.inner.people().await
    }
    async fn apply(&self, call: &Call) -> Result<Receipt> {
        let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        let conflict = || Err(Fault::new(Kind::Conflict, "(409) Conflict"));
        if number == 1 && self.loses == Loses::BeforeConflict {
            return conflict();
        }
        let answer = self.inner.apply(call).await;
        if let Some(cancel) = self.during.lock().unwrap().as_ref() {
            cancel.cancel();
        }
        if let Some(hangs) = &self.hangs {
            hangs.notify_one();
            std::future::pending::<()>().await;
        }
        match self.loses {
            Loses::TheAnswer if number == 1 => Err(Fault::new(Kind::Unknown, "the answer got lost")),
            Loses::AfterConflict if number == 1 => conflict(),
            _ => answer,
        }
    }
}

fn line(fixture: &Fixture) -> Line {
    Line {
        inner: fixture.provider_as(&fixture.admin()),
        loses: Loses::Nothing,
        blind: false,
        calls: AtomicUsize::new(0),
        hangs: None,
        during: Mutex::new(None),
    }
}

fn administrator(fixture: &Fixture) -> Desk {
    fixture.desk_with("one", Arc::new(line(fixture)))
}

async fn plan(desk: &Desk, act: Admission, students: &[&str]) -> Result<Plan> {
    desk.ops.plan(&Wish::People(act, students.iter().map(|name| key(name)).collect())).await
}

async fn run(desk: &Desk, act: Admission, students: &[&str]) -> Ended {
    desk.run(plan(desk, act, students).await.unwrap()).await
}

async fn state(fixture: &Fixture, name: &str) -> Option<String> {
    let (_, people) = fixture.get("/sandbox/v1/people", &fixture.admin()).await;
    let people = people.as_array().unwrap().clone();
    let found = people.iter().find(|person| person["email"] == format!("{name}@example.edu"))?.clone();
    Some(crate::support::word(&found["state"]))
}

async fn accept(fixture: &Fixture, name: &str) {
    let (_, people) = fixture.get("/sandbox/v1/people", &fixture.admin()).await;
    let email = format!("{name}@example.edu");
    let id = people.as_array().unwrap().iter().find(|p| p["email"] == email).unwrap()["id"].clone();
    let path = format!("/sandbox/v1/people/{}/accept", id.as_str().unwrap());
    fixture.posted(&path, &fixture.admin(), Value::Null).await;
}

fn records(desk: &Desk, op: Admission) -> Vec<String> {
    let filter = Filter { op: Some(op.name().into()), ..Filter::default() };
    let records = desk.ops.audit.list(&filter).unwrap().0;
    let results = records.iter().filter_map(|record| record.outcome);
    results.map(|outcome| serde_json::to_value(outcome).unwrap().as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn from_an_address_in_the_class_list_to_a_member_and_out_again() {
    let fixture = Fixture::new().await;
    for name in ["w1", "w2"] {
        fixture.enrol(name);
    }
    let desk = administrator(&fixture);
    assert_eq!(count(&run(&desk, Invite, &["w1", "w2"]).await, "done"), 2);
    assert_eq!(state(&fixture, "w1").await.unwrap(), "TRANSFER_STARTED");
    assert_eq!(count(&run(&desk, Invite, &["w1"]).await, "unchanged"), 1, "nobody is invited twice");
    assert_eq!(count(&run(&desk, Confirm, &["w1"]).await, "waiting"), 1);
    accept(&fixture, "w1").await;
    let ended = run(&desk, Confirm, &[]).await;
    assert_eq!((count(&ended, "done"), ended.plan.rows.len()), (1, 1), "only who waits");
    assert_eq!(count(&run(&desk, Suspend, &["w1"]).await, "done"), 1);
    assert_eq!(state(&fixture, "w1").await.unwrap(), "SUSPENDED");
    assert_eq!(count(&run(&desk, Reactivate, &["w1"]).await, "done"), 1);
    assert_eq!(state(&fixture, "w1").await.unwrap(), "ACTIVE");
    for act in [Invite, Confirm, Suspend, Reactivate] {
        assert!(records(&desk, act).iter().all(|outcome| outcome == "done"), "{act:?}");
    }
    desk.assert_audited();
    let log = std::fs::read_to_string(&desk.log).unwrap();
    assert!(!log.contains("example.edu") && !log.contains("w1"), "no name stands in the log: {log}");
}

#[tokio::test]
async fn a_service_account_and_read_only_change_nobody() {
    let fixture = Fixture::new().await;
    fixture.enrol("w1");
    let service = fixture.desk("one");
    let fault = plan(&service, Invite, &["w1"]).await.unwrap_err();
    assert!(fault.kind == Kind::Denied && fault.to_string().contains("--person"), "{fault}");
    // A plan that somebody else made is refused as well.
    let desk = administrator(&fixture);
    let made = plan(&desk, Invite, &["w1"]).await.unwrap();
    let progress: strongroom::ops::OnProgress = Arc::new(|_| {});
    let ended =
        service.ops.run(made.clone(), Patience::Stop, CancellationToken::new(), Arc::clone(&progress)).await;
    assert_eq!(ended.unwrap_err().kind, Kind::Denied);
    let mut ops = desk.ops.clone();
    ops.read_only = true;
    let ended = ops.run(made, Patience::Stop, CancellationToken::new(), progress).await;
    assert_eq!(ended.unwrap_err().kind, Kind::Refused);
    assert_eq!(state(&fixture, "w1").await, None);
    assert_eq!(fixture.happened("person.create").iter().filter(|line| line["actor"] != "sandbox").count(), 0);
}

#[tokio::test]
async fn a_lost_answer_is_looked_for_and_nothing_is_sent_again() {
    let fixture = Fixture::new().await;
    fixture.enrol("w1");
    let sent = Arc::new(Line { loses: Loses::TheAnswer, ..line(&fixture) });
    let desk = fixture.desk_with("one", sent.clone());
    assert_eq!(count(&run(&desk, Invite, &["w1"]).await, "done"), 1);
    assert_eq!((sent.calls.load(Ordering::SeqCst), records(&desk, Invite)), (1, vec!["done".to_owned()]));
    desk.assert_audited();
}

#[tokio::test]
async fn what_no_look_can_tell_is_unknown_and_the_next_run_looks_first() {
    let fixture = Fixture::new().await;
    fixture.enrol("w1");
    let sent = Arc::new(Line { loses: Loses::TheAnswer, blind: true, ..line(&fixture) });
    let desk = fixture.desk_with("one", sent.clone());
    assert_eq!(count(&run(&desk, Invite, &["w1"]).await, "failed"), 1);
    assert_eq!((sent.calls.load(Ordering::SeqCst), records(&desk, Invite)), (1, vec!["unknown".to_owned()]));
    let desk = administrator(&fixture);
    assert_eq!(count(&run(&desk, Invite, &["w1"]).await, "unchanged"), 1);
}

#[tokio::test]
async fn an_invitation_that_met_a_conflict_is_looked_for_before_it_is_sent_once_more() {
    for (loses, times) in [(Loses::AfterConflict, 1), (Loses::BeforeConflict, 2)] {
        let fixture = Fixture::new().await;
        fixture.enrol("w1");
        let sent = Arc::new(Line { loses, ..line(&fixture) });
        let desk = fixture.desk_with("one", sent.clone());
        assert_eq!(count(&run(&desk, Invite, &["w1"]).await, "done"), 1);
        assert_eq!(sent.calls.load(Ordering::SeqCst), times);
        desk.assert_audited();
    }
}

#[tokio::test]
async fn nobody_is_asked_for_where_another_program_is_still_at_it() {
    let fixture = Fixture::new().await;
    fixture.enrol("w1");
    let hung = Arc::new(Line { hangs: Some(Notify::new()), ..line(&fixture) });
    let desk = fixture.desk_with("one", hung.clone());
    let plan = plan(&desk, Invite, &["w1"]).await.unwrap();
    let working = desk.ops.run(plan, Patience::Stop, CancellationToken::new(), Arc::new(|_| {}));
    tokio::pin!(working);
    tokio::select! {
        _ = &mut working => unreachable!("it hangs"),
        () = hung.hangs.as_ref().unwrap().notified() => {}
    }
    let blind = Line { blind: true, calls: AtomicUsize::new(1), ..line(&fixture) };
    let other = fixture.desk_with("one", Arc::new(blind));
    assert_eq!(other.ops.recover().await, Ok(0));
}

#[tokio::test]
async fn whoever_dies_in_the_middle_is_looked_after_by_the_next() {
    let fixture = Fixture::new().await;
    fixture.enrol("w1");
    let hung = Arc::new(Line { hangs: Some(Notify::new()), ..line(&fixture) });
    let desk = fixture.desk_with("one", hung.clone());
    let plan_of_one = plan(&desk, Invite, &["w1"]).await.unwrap();
    let dying = desk.ops.run(plan_of_one, Patience::Stop, CancellationToken::new(), Arc::new(|_| {}));
    tokio::select! {
        _ = dying => unreachable!("it hangs"),
        () = hung.hangs.as_ref().unwrap().notified() => {}
    }
    drop(desk);
    let next = administrator(&fixture);
    assert_eq!(next.ops.recover().await.unwrap(), 1);
    assert_eq!(records(&next, Invite), ["done"], "a look shows the invited address");
    assert_eq!(next.ops.recover().await.unwrap(), 0);
    assert_eq!(count(&run(&next, Invite, &["w1"]).await, "unchanged"), 1);
    next.assert_audited();
}

#[tokio::test]
async fn a_plan_is_judged_again_when_it_is_carried_out() {
    let fixture = Fixture::new().await;
    let people = fixture.students(2).await;
    let desk = administrator(&fixture);
    let made = plan(&desk, Suspend, &["s000", "s001"]).await.unwrap();
    let path = format!("/sandbox/v1/people/{}/suspend", people[0].0);
    fixture.posted(&path, &fixture.admin(), Value::Null).await;
    let gone = format!("/sandbox/v1/people/{}", people[1].0);
    fixture.call(Method::DELETE, &gone, &fixture.admin(), Value::Null).await;
    let body = json!({ "name": "another", "email": "s001@example.edu" });
    fixture.posted("/sandbox/v1/people", &fixture.admin(), body).await;
    let ended = desk.ops.run(made, Patience::Stop, CancellationToken::new(), Arc::new(|_| {})).await;
    let fault = ended.unwrap_err();
    assert_eq!(fault.kind, Kind::Refused);
    assert!(
        fault.message.as_str().contains("s000: ") && fault.message.as_str().contains("s001: "),
        "{fault}"
    );
    assert_eq!(state(&fixture, "s001").await.unwrap(), "ACTIVE", "another person has the address now");
}

#[tokio::test]
async fn whoever_stops_leaves_the_rest_planned_and_every_intent_told() {
    let fixture = Fixture::new().await;
    fixture.students(40).await;
    let stop = CancellationToken::new();
    let sent = Arc::new(Line { during: Mutex::new(Some(stop.clone())), ..line(&fixture) });
    let desk = fixture.desk_with("one", sent.clone());
    let names: Vec<String> = (0..40).map(|number| format!("s{number:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let made = plan(&desk, Suspend, &names).await.unwrap();
    let ended = desk.ops.run(made, Patience::Stop, stop, Arc::new(|_| {})).await.unwrap();
    let done = count(&ended, "done");
    assert!((1..=4).contains(&done), "{done} were under way");
    assert_eq!(count(&ended, "planned"), 40 - done);
    assert_eq!(sent.calls.load(Ordering::SeqCst), done);
    desk.assert_audited();
}

#[tokio::test]
async fn two_programs_invite_an_address_once() {
    let fixture = Fixture::new().await;
    (0..10).for_each(|number| fixture.enrol(&format!("w{number}")));
    let names: Vec<String> = (0..10).map(|number| format!("w{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (one, two) = (administrator(&fixture), administrator(&fixture));
    let (first, second) =
        (plan(&one, Invite, &names).await.unwrap(), plan(&two, Invite, &names).await.unwrap());
    let (first, second) = tokio::join!(one.run(first), two.run(second));
    assert_eq!(count(&first, "done") + count(&second, "done"), 10);
    assert_eq!(count(&run(&one, Invite, &names).await, "unchanged"), 10);
    one.assert_audited();
}

#[tokio::test]
async fn who_acts_is_not_learned_from_another_program() {
    let fixture = Fixture::new().await;
    fixture.students(1).await;
    let service = fixture.desk("one");
    let person = fixture.desk_with("one", Arc::new(fixture.provider_as(&fixture.admin())));
    service.queries.refresh().await.unwrap();
    person.queries.refresh().await.unwrap();
    let frame = service.queries.frame(false).await.unwrap();
    assert!(frame.identity.is_service_account, "the same state, but another program");
    assert!(frame.groups.iter().all(|group| group.members.is_none()), "nor what only a person is shown");
    let frame = person.queries.frame(false).await.unwrap();
    assert!(!frame.identity.is_service_account && frame.groups.iter().any(|group| group.members.is_some()));
    service.provision().await;
    let log = std::fs::read_to_string(&service.log).unwrap();
    assert!(log.contains("create-vault") && !log.contains("\"person\":\"SBX"), "{log}");
}
