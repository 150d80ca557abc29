//! The steward: who gets a vault without a key pressed, and who never does. Over a real sandbox, whose
//! ledger tells what really happened.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use reqwest::Method;
use serde_json::{Value, json};
use strongroom::audit::{Filter, Intent};
use strongroom::clock::Clock;
use strongroom::domain::access::{Level, Principal};
use strongroom::domain::fault::{Fault, Kind, Result};
use strongroom::domain::id::PersonId;
use strongroom::domain::operation::{Call, Receipt};
use strongroom::domain::plan::{Change, Wish};
use strongroom::ops::Patience;
use strongroom::provider::{Provider, sandbox::Sandbox};

use strongroom::watch::steward::Steward;
use strongroom::watch::{Busy, OnTold, Pulse};
use support::{Desk, Fixture, count, key};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

type Lines = Arc<Mutex<Vec<String>>>;

async fn fixture() -> Fixture {
    let mut fixture = Fixture::new().await;
    fixture.class.auto = true;
    fixture
}

fn steward(desk: &Desk) -> (Steward, Lines) {
    let lines = Lines::default();
    let kept = Arc::clone(&lines);
    let told: OnTold = Arc::new(move |line| kept.lock().unwrap().push(line.to_string()));
    (Steward::new(desk.ops.clone(), told), lines)
}

/// One round of a new steward, which must not fail; what it said.
async fn serve(desk: &Desk) -> Vec<String> {
    let (mut steward, lines) = steward(desk);
    steward.once(&CancellationToken::new()).await.unwrap();
    let lines = lines.lock().unwrap();
    lines.clone()
}

/// Somebody in the account, in whatever state.
async fn someone(fixture: &Fixture, name: &str, address: &str, state: Option<&str>) -> String {
    let mut body = json!({ "name": name, "email": address });
    if let Some(state) = state {
        body["state"] = state.into();
    }
    let answer = fixture.posted("/sandbox/v1/people", &fixture.admin(), body).await;
    support::word(&answer["person"]["id"])
}

async fn revoke(desk: &Desk, student: &str, person: &str) -> strongroom::ops::Ended {
    let who = Principal::Person(PersonId::parse(person).unwrap());
    let wish = Wish::Access(vec![Change { vault: desk.vault(student), who, to: Level::None }]);
    desk.run(desk.ops.plan(&wish).await.unwrap()).await
}

#[tokio::test]
async fn an_active_student_gets_vault_and_access_and_the_log_says_who_gave_it() {
    let fixture = fixture().await;
    let people = fixture.students(2).await;
    fixture.enrol("w1");
    let desk = fixture.desk("one");
    let mut told = serve(&desk).await;
    told.sort();
    assert_eq!(told, ["made the vault of s000 and gave access", "made the vault of s001 and gave access"]);
    let (_, own) = fixture.get("/v1/vaults", &people[0].1).await;
    assert_eq!(own.as_array().unwrap().len(), 1);
    let records = desk.ops.audit.list(&Filter::default()).unwrap().0;
    let mut intents = records.iter().filter(|record| record.outcome.is_none());
    assert!(intents.all(|record| record.args["auto"] == true), "{records:?}");
    desk.assert_audited();
    fixture.assert_invariants().await;
    let before = fixture.requests().await.1;
    assert_eq!(serve(&desk).await, Vec::<String>::new());
    assert_eq!(fixture.requests().await.1, before, "nothing is sent twice");
    let by_hand = fixture.desk("two");
    by_hand.provision().await;
    assert!(!std::fs::read_to_string(&by_hand.log).unwrap().contains("auto"), "a person's run is a person's");
}

#[tokio::test]
async fn who_is_not_exactly_one_active_person_gets_nothing() {
    let fixture = fixture().await;
    let people = fixture.students(2).await;
    for name in ["alike", "double", "named", "waiting"] {
        fixture.enrol(name);
    }
    fixture
        .posted(&format!("/sandbox/v1/people/{}/suspend", people[0].0), &fixture.admin(), Value::Null)
        .await;
    someone(&fixture, "Alike", "alike+1@example.edu", None).await;
    someone(&fixture, "named", "somebody@example.com", None).await;
    someone(&fixture, "waiting", "waiting@example.edu", Some("TRANSFER_ACCEPTED")).await;
    let desk = fixture.desk("one");
    let mut here = fixture.students.lock().unwrap().clone();
    let gone = here.remove(1);
    desk.queries.store.apply_roster(&here, &[gone.key]).unwrap();
    assert_eq!(serve(&desk).await, Vec::<String>::new());
    assert_eq!(fixture.vaults_made(), 0, "suspended, gone, alike, of the same name, unconfirmed");
    let told = desk.queries.attention().await.unwrap();
    let told: Vec<String> =
        told.needs.iter().map(|need| format!("{}: {}", need.reason.word(), need.text)).collect();
    assert!(
        told.iter().any(|line| line.starts_with("look-alike: alike (alike@example.edu): alike+1@")),
        "{told:?}"
    );
    assert!(told.iter().any(|line| line.contains("named signed up as somebody@example.com")), "{told:?}");
    assert!(told.iter().any(|line| line.starts_with("confirm: waiting ")), "{told:?}");
    let waits = desk.plan().await;
    let waits = waits.rows.iter().find(|row| row.student == key("alike")).unwrap();
    assert!(
        waits.outcome.message().unwrap().as_str().contains("alike+1@example.edu looks like"),
        "{waits:?}"
    );
}

#[tokio::test]
async fn what_a_person_took_away_stays_away() {
    let fixture = fixture().await;
    let people = fixture.students(2).await;
    let desk = fixture.desk("one");
    serve(&desk).await;
    assert_eq!(count(&revoke(&desk, "s000", &people[0].0).await, "done"), 1);
    let elsewhere = format!("/sandbox/v1/vaults/{}/people/{}", desk.vault("s001"), people[1].0);
    fixture.call(Method::DELETE, &elsewhere, &fixture.service(), Value::Null).await;
    desk.queries.access(&[key("s000"), key("s001")]).await.unwrap();
    assert_eq!(serve(&desk).await, Vec::<String>::new());
    assert_eq!(fixture.happened("grant.person").len(), 2);
    let needs = desk.queries.attention().await.unwrap().needs;
    let lacking: Vec<_> = needs.iter().filter(|need| need.next.as_str().contains("provision")).collect();
    assert_eq!(lacking.len(), 1, "it was taken here on purpose, there perhaps not: {needs:?}");
    assert_eq!(lacking[0].student, Some(key("s001")));
    assert_eq!(count(&desk.provision().await, "done"), 2, "a person may give it again");
}

#[tokio::test]
async fn what_a_person_took_away_between_plan_and_run_stays_away() {
    let fixture = fixture().await;
    let people = fixture.students(1).await;
    let desk = fixture.desk("one");
    let auto = desk.ops.clone().by_itself();
    let plan = auto.plan(&Wish::Provision(vec![key("s000")])).await.unwrap();
    desk.provision().await;
    assert_eq!(count(&revoke(&desk, "s000", &people[0].0).await, "done"), 1);
    let ended = auto.run(plan, Patience::Stop, CancellationToken::new(), Arc::new(|_| {})).await;
    assert_eq!(ended.unwrap_err().kind, Kind::Refused, "the plan rests on a student without a vault");
    assert_eq!(fixture.happened("grant.person").len(), 1);
    assert_eq!(desk.queries.store.promised().unwrap(), []);
    assert_eq!(serve(&desk).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_revoke_that_has_nothing_to_take_is_heard() {
    let fixture = fixture().await;
    let people = fixture.students(2).await;
    let desk = fixture.desk_with("one", line(&fixture, Kind::Unreachable));
    assert_eq!(count(&desk.provision().await, "failed"), 2);
    let desk = fixture.desk("one");
    desk.queries.try_grants(&[desk.vault("s000"), desk.vault("s001")]).await.unwrap();
    assert_eq!(count(&revoke(&desk, "s000", &people[0].0).await, "unchanged"), 1);
    let who = Principal::Person(PersonId::parse(&people[0].0).unwrap());
    let other = Change { vault: desk.vault("s001"), who, to: Level::None };
    let ended = desk.run(desk.ops.plan(&Wish::Access(vec![other])).await.unwrap()).await;
    assert_eq!(count(&ended, "unchanged"), 1, "that says nothing of s001's own access");
    assert_eq!(desk.queries.store.failed_rows().unwrap().len(), 2, "nor were they made good");
    assert_eq!(serve(&desk).await, ["gave s001 access to the own vault"]);
}

/// A line to the sandbox on which changes of access fail, or lose their answer.
struct Line {
    inner: Sandbox,
    fault: Mutex<Option<Kind>>,
    /// Whether the sandbox carries them out all the same.
    happens: bool,
}

#[async_trait]
impl Provider for Line {
    fn inner(&self) -> Option<&dyn Provider> {
        Some(&self.inner)
    }
    async fn apply(&self, call: &Call) -> Result<Receipt> {
        let fault = *self.fault.lock().unwrap();
        match fault.filter(|_| !matches!(call, Call::CreateVault(_))) {
            Some(kind) => {
                if self.happens {
                    self.inner.apply(call).await?;
                }
                Err(Fault::new(kind, "the line is cut"))
            }
            None => self.inner.apply(call).await,
        }
    }
}

fn line(fixture: &Fixture, fault: Kind) -> Arc<Line> {
    Arc::new(Line { inner: fixture.provider(), fault: Mutex::new(Some(fault)), happens: false })
}

#[tokio::test]
async fn what_was_taken_away_without_an_answer_stays_away() {
    let fixture = fixture().await;
    let people = fixture.students(1).await;
    serve(&fixture.desk("one")).await;
    let lossy = Arc::new(Line { happens: true, ..Arc::into_inner(line(&fixture, Kind::Unknown)).unwrap() });
    let desk = fixture.desk_with("one", lossy);
    assert_eq!(count(&revoke(&desk, "s000", &people[0].0).await, "failed"), 1);
    assert_eq!(
        serve(&fixture.desk("one")).await,
        Vec::<String>::new(),
        "the ledger has forgotten, we have not"
    );
    assert_eq!(fixture.happened("grant.person").len(), 1);
}

#[tokio::test]
async fn a_vault_that_was_left_without_access_by_accident_is_finished() {
    let fixture = fixture().await;
    fixture.students(1).await;
    let desk = fixture.desk_with("one", line(&fixture, Kind::Unreachable));
    assert_eq!(count(&desk.provision().await, "failed"), 1);
    assert_eq!((fixture.vaults_made(), fixture.happened("grant.person").len()), (1, 0));
    let needs = desk.queries.attention().await.unwrap().needs;
    assert!(needs.iter().any(|need| need.text.as_str().contains("the line is cut")), "{needs:?}");
    assert_eq!(serve(&fixture.desk("one")).await, ["gave s000 access to the own vault"]);
    let needs = fixture.desk("one").queries.attention().await.unwrap().needs;
    assert!(!needs.iter().any(|need| need.text.as_str().contains("the line is cut")), "{needs:?}");
}

#[tokio::test]
async fn a_vault_whose_history_is_not_known_is_left_to_a_person() {
    let fixture = fixture().await;
    fixture.students(1).await;
    serve(&fixture.desk("one")).await;
    let anew = fixture.desk("two");
    let told = serve(&anew).await;
    assert!(told[0].contains("is there already") && told[0].contains("strongroom adopt"), "{told:?}");
    assert_eq!(fixture.happened("grant.person").len(), 1);
    assert_eq!(anew.queries.store.failed_rows().unwrap().len(), 1);
    assert_eq!(count(&anew.provision().await, "done"), 1);
    assert_eq!(anew.queries.store.failed_rows().unwrap(), []);
}

#[tokio::test]
async fn a_promise_does_not_make_another_machines_vault_ours() {
    let fixture = fixture().await;
    let people = fixture.students(1).await;
    let (here, elsewhere) = (fixture.desk("one"), fixture.desk("two"));
    // Here a program died before it sent anything.
    here.queries.store.promise(&[key("s000")]).unwrap();
    elsewhere.provision().await;
    assert_eq!(count(&revoke(&elsewhere, "s000", &people[0].0).await, "done"), 1);
    let told = serve(&here).await;
    assert!(told[0].contains("is there already"), "{told:?}");
    assert_eq!((here.queries.store.bindings().unwrap(), fixture.happened("grant.person").len()), (vec![], 1));
}

#[tokio::test]
async fn a_vault_that_this_machine_has_begun_to_make_is_bound_and_finished() {
    let fixture = fixture().await;
    fixture.students(1).await;
    let (here, lost) = (fixture.desk("one"), fixture.desk_with("two", line(&fixture, Kind::Unreachable)));
    assert_eq!(count(&lost.provision().await, "failed"), 1);
    // What a program leaves that dies between the call and its answer.
    here.queries.store.promise(&[key("s000")]).unwrap();
    let args = json!({ "student": here.ops.audit.pseudonym("s000") });
    let intent = Intent { op: "create-vault", args, actor: here.ops.actor.clone(), plan: None, before: None };
    here.ops.audit.intend(&[intent], jiff::Timestamp::now()).unwrap();
    assert_eq!(serve(&here).await, ["made the vault of s000 and gave access"]);
    assert_eq!(fixture.vaults_made(), 1);
}

#[tokio::test]
async fn a_class_that_does_not_ask_for_it_and_read_only_cost_no_request() {
    let mut fixture = fixture().await;
    fixture.students(1).await;
    let mut desk = fixture.desk("one");
    desk.ops.read_only = true;
    fixture.class.auto = false;
    for desk in [desk, fixture.desk("two")] {
        let before = fixture.requests().await.0;
        let (mut steward, _) = steward(&desk);
        steward.once(&CancellationToken::new()).await.unwrap();
        assert_eq!(fixture.requests().await.0, before);
    }
}

#[tokio::test]
async fn who_could_not_be_served_waits_longer_each_time() {
    let fixture = fixture().await;
    fixture.students(1).await;
    let cut = line(&fixture, Kind::Unreachable);
    let desk = fixture.desk_at("one", cut.clone(), fixture.clock());
    desk.queries.refresh().await.unwrap();
    let (mut steward, lines) = steward(&desk);
    let stop = CancellationToken::new();
    let mut failures = Vec::new();
    for minute in 0..40 {
        let before = lines.lock().unwrap().len();
        steward.once(&stop).await.unwrap();
        if lines.lock().unwrap().len() > before {
            failures.push(minute);
        }
        fixture.pass(60);
    }
    assert_eq!(failures, [0, 1, 3, 7, 15, 31]);
    *cut.fault.lock().unwrap() = None;
    fixture.pass(3_600);
    steward.once(&stop).await.unwrap();
    assert_eq!(lines.lock().unwrap().last().unwrap(), "gave s000 access to the own vault");
    assert_eq!(desk.queries.store.failed_rows().unwrap(), []);
}

/// Waits until something is so, and no longer than a test may take.
async fn until(mut is_so: impl FnMut() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), waiting).await.unwrap();
}

#[tokio::test]
async fn it_serves_while_this_program_watches_and_when_people_have_changed() {
    let fixture = fixture().await;
    fixture.enrol("s000");
    let desk = fixture.desk_at("one", Arc::new(fixture.provider()), Clock::real());
    desk.queries.refresh().await.unwrap();
    let (pulse, receiver) = watch::channel(Pulse::default());
    let (steward, lines) = steward(&desk);
    let stop = CancellationToken::new();
    let running = tokio::spawn(steward.run(receiver, stop.clone(), Busy::default()));
    fixture.person("s000").await;
    desk.queries.refresh().await.unwrap();
    pulse.send_replace(Pulse { watching: false, seq: 0, people: 1 });
    tokio::task::yield_now().await;
    assert_eq!(fixture.vaults_made(), 0, "another program watches");
    pulse.send_replace(Pulse { watching: true, seq: 0, people: 1 });
    until(|| !lines.lock().unwrap().is_empty()).await;
    assert_eq!(fixture.vaults_made(), 1);
    fixture.enrol("s001");
    fixture.person("s001").await;
    desk.queries.store.enroll(&fixture.students.lock().unwrap()).unwrap();
    desk.queries.refresh().await.unwrap();
    pulse.send_replace(Pulse { watching: true, seq: 5, people: 2 });
    until(|| lines.lock().unwrap().len() == 2).await;
    assert_eq!(
        *lines.lock().unwrap(),
        ["s000", "s001"].map(|who| format!("made the vault of {who} and gave access"))
    );
    stop.cancel();
    running.await.unwrap();
    desk.assert_audited();
}

#[tokio::test]
async fn a_refused_token_is_told_once_and_stands_in_the_list() {
    let fixture = fixture().await;
    fixture.students(1).await;
    fixture.desk("one").queries.refresh().await.unwrap();
    let desk = fixture.desk_at("one", Arc::new(fixture.provider_as("sbx_wrong")), fixture.clock());
    let (mut steward, lines) = steward(&desk);
    for _ in 0..3 {
        assert!(steward.once(&CancellationToken::new()).await.is_err_and(|fault| fault.kind == Kind::SignIn));
        fixture.pass(3_600);
    }
    assert_eq!(lines.lock().unwrap().len(), 1, "{lines:?}");
    let needs = desk.queries.attention().await.unwrap().needs;
    assert!(needs.iter().any(|need| need.reason.word() == "token expiry"), "{needs:?}");
    assert_eq!(serve(&fixture.desk("one")).await.len(), 1);
}
