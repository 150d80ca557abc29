//! Jobs whose program died at the worst time: before anybody was asked, or in the middle of a deletion; and
//! jobs that wait, by which nothing may be sent that was read before.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use strongroom::domain::access::{Level, Principal};
use strongroom::domain::class::{Staff, StaffName};
use strongroom::domain::digest::Digest;
use strongroom::domain::directory::Grant;
use strongroom::domain::fault::{Fault, Kind, Result};
use strongroom::domain::id::{PersonId, VaultId};
use strongroom::domain::job::{JobId, State, Wanted};
use strongroom::domain::operation::{Call, Receipt};
use strongroom::domain::plan::{Change, Outcome, Plan, Wish};
use strongroom::domain::term::{Detail, Stage, Verified};
use strongroom::ops::{Ended, Patience, Progress};
use strongroom::provider::{Provider, sandbox::Sandbox};
use strongroom::store::{Begun, Store, Told};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::left::resume;
use crate::support::{Desk, Fixture, agreed, count, key, word};

/// Nothing of these tests takes longer.
const LONGEST: Duration = Duration::from_secs(60);

/// What happens on the line of a [`Line`].
enum Mishap {
    /// The answer to a deletion never comes.
    Silence,
    /// Until the whole plan is examined, every second list of who is on a vault is refused for the ration; at
    /// the first one after that somebody is suspended.
    Ration { store: Store, suspend: Option<String> },
    /// At the first change somebody has the job wait, and go on again as soon as it has stopped a row.
    Haste(Store),
}

/// A sandbox behind a line with a mishap.
struct Line {
    inner: Sandbox,
    fixture: Arc<Fixture>,
    mishap: Mishap,
    looks: AtomicUsize,
    /// The vaults whose lists were answered.
    answered: Mutex<Vec<VaultId>>,
    sent: Mutex<Vec<String>>,
    deleted: Notify,
    /// Told when a row was left for later.
    stopped: Notify,
}

impl Line {
    fn new(fixture: &Arc<Fixture>, mishap: Mishap) -> Arc<Self> {
        Arc::new(Self {
            inner: fixture.provider(),
            fixture: fixture.clone(),
            mishap,
            looks: AtomicUsize::new(0),
            answered: Mutex::default(),
            sent: Mutex::default(),
            deleted: Notify::new(),
            stopped: Notify::new(),
        })
    }
}

#[async_trait]
impl Provider for Line {
    fn inner(&self) -> Option<&dyn Provider> {
        Some(&self.inner)
    }
    async fn grants(&self, vault: &VaultId) -> Result<Vec<Grant>> {
        if let Mishap::Ration { store, suspend } = &self.mishap
            && let Some(job) = store.jobs(0).unwrap().first()
            && store.job(&job.id).unwrap().is_some_and(|kept| !kept.examined)
        {
            let look = self.looks.fetch_add(1, Ordering::SeqCst);
            if look.is_multiple_of(2) {
                return Err(Fault::new(Kind::RateLimit, "used up").retry_after(Duration::from_secs(3_600)));
            }
            if let (1, Some(person)) = (look, suspend) {
                let path = format!("/sandbox/v1/people/{person}/suspend");
                self.fixture.posted(&path, &self.fixture.admin(), Value::Null).await;
            }
        }
        self.answered.lock().unwrap().push(vault.clone());
        self.inner.grants(vault).await
    }
    async fn apply(&self, call: &Call) -> Result<Receipt> {
        let first = {
            let mut sent = self.sent.lock().unwrap();
            sent.push(format!("{call:?}"));
            sent.len() == 1
        };
        let answer = self.inner.apply(call).await;
        match &self.mishap {
            Mishap::Silence if matches!(call, Call::DeleteVault(_)) => {
                self.deleted.notify_one();
                std::future::pending::<()>().await;
            }
            Mishap::Haste(store) if first => {
                let id = store.jobs(0).unwrap()[0].id.clone();
                store.want_job(&id, Wanted::Pause).unwrap();
                self.stopped.notified().await;
                store.want_job(&id, Wanted::Go).unwrap();
            }
            _ => {}
        }
        answer
    }
}

async fn try_run(desk: &Desk, plan: Plan, patience: Patience) -> Result<Ended> {
    desk.ops.run(plan, patience, CancellationToken::new(), Arc::new(|_| {})).await
}

/// A job whose program died; where rows had begun, it had examined the whole before.
fn died(desk: &Desk, plan: &Plan, begun: &[usize]) -> JobId {
    let id = JobId::parse("abcdefgh").unwrap();
    let (at, by, store) = (jiff::Timestamp::now(), "pid 1".into(), &desk.queries.store);
    let mut plan = plan.clone();
    plan.job = Some(id.clone());
    store.begin_job(&Begun { id: &id, plan: &plan, state: State::Running, at, by: &by }).unwrap();
    let rows: Vec<_> = begun.iter().map(|row| (*row, Outcome::Running)).collect();
    let examined = !rows.is_empty();
    store.tell_job(&id, &Told { rows, examined, ..Told::default() }, at).unwrap();
    id
}

/// A plan that takes their access from twelve students.
async fn weighty(fixture: &Fixture) -> (Desk, Plan, Vec<(String, String)>) {
    let people = fixture.students(12).await;
    let desk = fixture.desk("one");
    desk.provision().await;
    let change = |at: usize| Change {
        vault: desk.vault(&format!("s{at:03}")),
        who: Principal::Person(PersonId::parse(&people[at].0).unwrap()),
        to: Level::None,
    };
    let plan = desk.ops.plan(&Wish::Access((0..12).map(change).collect())).await.unwrap();
    assert!(plan.guard.is_some() && plan.typed.is_none());
    (desk, plan, people)
}

#[tokio::test]
async fn a_weighty_plan_to_which_nobody_has_agreed_is_refused_however_often_it_is_gone_on_with() {
    let fixture = Fixture::new().await;
    let (desk, mut plan, _) = weighty(&fixture).await;
    assert_eq!(try_run(&desk, plan.clone(), Patience::Stop).await.unwrap_err().kind, Kind::Refused);
    assert_eq!(desk.ops.left().await.unwrap(), [], "it never was a job");
    let id = died(&desk, &plan, &[]);
    for _ in 0..2 {
        assert_eq!(resume(&fixture.desk("one"), &id).await.unwrap_err().kind, Kind::Refused);
    }
    // Nor is a guard missed that the plan does not carry.
    desk.ops.cancel(&id).await.unwrap();
    desk.queries.store.drop_job(&id).unwrap();
    plan.guard = None;
    let id = died(&desk, &plan, &[]);
    assert_eq!(resume(&fixture.desk("one"), &id).await.unwrap_err().kind, Kind::Refused);
    assert_eq!(fixture.happened("revoke.person").len(), 0);
}

#[tokio::test]
async fn a_plan_whose_program_died_before_it_was_examined_is_refused_whole_where_something_has_changed() {
    let fixture = Fixture::new().await;
    let (desk, plan, people) = weighty(&fixture).await;
    let plan = agreed(plan);
    let suspend = format!("/sandbox/v1/people/{}/suspend", people[3].0);
    fixture.posted(&suspend, &fixture.admin(), Value::Null).await;
    let id = died(&desk, &plan, &[]);
    let fault = resume(&fixture.desk("one"), &id).await.unwrap_err();
    assert!(fault.kind == Kind::Refused && fault.message.as_str().contains("s003"), "{fault}");
    assert_eq!(fixture.happened("revoke.person").len(), 0);
    // Where it had been examined, that row is refused and the others go on.
    desk.queries.store.drop_job(&id).unwrap();
    let id = died(&desk, &plan, &[0]);
    let ended = resume(&fixture.desk("one"), &id).await.unwrap();
    assert_eq!((count(&ended, "done"), count(&ended, "refused")), (11, 1));
}

/// An empty second vault that carries the student's mark, known to be one.
async fn second_vault(fixture: &Fixture, desk: &Desk) -> VaultId {
    let second = json!({ "name": "CS101-s000", "description": "again [sr:s000:abcdefgh]" });
    let second = word(&fixture.posted("/sandbox/v1/vaults", &fixture.service(), second).await["id"]);
    desk.queries.quarantine(&desk.queries.provider.vaults().await.unwrap()).await.unwrap();
    VaultId::parse(&second).unwrap()
}

/// The plan that deletes that vault.
async fn discard(desk: &Desk, second: &VaultId) -> Plan {
    let frame = desk.queries.look_at(std::slice::from_ref(second), false).await.unwrap();
    Plan::discard(&frame, (&key("s000"), second), "CS101-s000".into(), Some(0)).unwrap()
}

/// A student who is closed and whose vault was verified, so that it could be deleted.
async fn close(fixture: &Fixture, desk: &Desk, token: &str) -> VaultId {
    let vault = desk.vault("s000");
    fixture.upload(vault.as_str(), "?name=a&title=a", token, b"a").await;
    let there = desk.queries.provider.vault(&vault).await.unwrap();
    let items = desk.queries.provider.items(&vault).await.unwrap();
    let verified = Verified {
        vault: Some(vault.clone()),
        version: there.content_version,
        items: items.into_iter().map(|item| (item.id, item.version)).collect(),
        unkept: Vec::new(),
        folder: "copies".into(),
        files: 1,
        bytes: 1,
        manifest: Digest::of(&"x"),
    };
    desk.ops.note_step(Stage::Verify, vec![(key("s000"), Detail::Verified(verified))]).await.unwrap();
    desk.run(agreed(desk.ops.plan(&Wish::Ending(Stage::Revoke, Vec::new())).await.unwrap())).await;
    desk.ops.note_step(Stage::Revoke, vec![(key("s000"), Detail::Nothing)]).await.unwrap();
    vault
}

#[tokio::test]
async fn a_deletion_that_is_gone_on_with_deletes_the_vault_that_was_agreed_to_and_no_other() {
    let fixture = Fixture::new().await;
    let people = fixture.students(1).await;
    let desk = fixture.desk("one");
    desk.provision().await;
    let own = close(&fixture, &desk, &people[0].1).await;
    let second = second_vault(&fixture, &desk).await;
    let plan = discard(&desk, &second).await;
    let id = died(&desk, &plan, &[0]);
    let ended = resume(&fixture.desk("one"), &id).await.unwrap();
    assert_eq!(count(&ended, "done"), 1, "{:?}", ended.plan.rows);
    let deleted = fixture.happened("vault.delete");
    assert_eq!(deleted.iter().map(|line| word(&line["vault"])).collect::<Vec<_>>(), [second.as_str()]);
    // Once more, and it is gone already: nothing is left to do, above all not with the student's own.
    desk.queries.store.drop_job(&id).unwrap();
    let id = died(&desk, &plan, &[0]);
    let ended = resume(&fixture.desk("one"), &id).await.unwrap();
    assert_eq!(count(&ended, "unchanged"), 1, "{:?}", ended.plan.rows);
    assert!(fixture.provider().vaults().await.unwrap().iter().any(|vault| vault.id == own));
    assert_eq!(desk.vault("s000"), own);
}

#[tokio::test]
async fn a_discard_whose_program_died_closes_no_student() {
    let fixture = Arc::new(Fixture::new().await);
    fixture.students(1).await;
    let desk = fixture.desk("one");
    desk.provision().await;
    let second = second_vault(&fixture, &desk).await;
    let line = Line::new(&fixture, Mishap::Silence);
    let dying = fixture.desk_with("one", line.clone());
    dying.queries.refresh().await.unwrap();
    let plan = discard(&dying, &second).await;
    tokio::select! {
        ended = try_run(&dying, plan, Patience::Stop) => unreachable!("{ended:?}"),
        () = line.deleted.notified() => {}
    }
    drop(dying);
    let next = fixture.desk("one");
    // What every watcher does with a list of vaults: the vault leaves the quarantine.
    next.queries.quarantine(&next.queries.provider.vaults().await.unwrap()).await.unwrap();
    assert_eq!(next.ops.recover().await.unwrap(), 1);
    let closing = next.queries.store.closings().unwrap();
    assert!(closing.is_empty(), "a student in the middle of the term is told to be deleted: {closing:?}");
    next.vault("s000");
    next.assert_audited();
}

#[tokio::test]
async fn read_only_changes_no_job() {
    let fixture = Fixture::new().await;
    fixture.students(1).await;
    let desk = fixture.desk("one");
    let plan = desk.plan().await;
    let id = died(&desk, &plan, &[]);
    let mut ops = fixture.desk("one").ops;
    ops.read_only = true;
    let asked = [ops.cancel(&id).await, ops.pause(&id).await, ops.go_on(&id).await];
    for fault in asked.map(std::result::Result::unwrap_err) {
        assert!(fault.kind == Kind::Refused && fault.message.as_str().contains("read-only"), "{fault}");
    }
    assert_eq!(desk.ops.head(&id).await.unwrap().state, State::Left);
}

/// A class whose vaults one member of staff joins; `narrows` has every student narrowed beside.
async fn staff_joins(fixture: &mut Fixture, students: usize, narrows: bool) -> Vec<(String, String)> {
    let people = fixture.students(students).await;
    fixture.person("teacher").await;
    fixture.desk_at("one", Arc::new(fixture.provider()), fixture.clock()).provision().await;
    let staff = StaffName::User("teacher@example.edu".to_owned());
    fixture.class.staff = vec![Staff { who: staff, level: Level::Manage }];
    if narrows {
        fixture.class.student = Level::Read;
    }
    people
}

#[tokio::test]
async fn a_short_pause_has_no_step_carried_out_twice() {
    let mut fixture = Fixture::new().await;
    staff_joins(&mut fixture, 20, true).await;
    let fixture = Arc::new(fixture);
    let store = fixture.desk("one").queries.store.clone();
    let line = Line::new(&fixture, Mishap::Haste(store));
    let desk = fixture.desk_with("one", line.clone());
    let plan = agreed(desk.ops.plan(&Wish::Class(Vec::new())).await.unwrap());
    let told = line.clone();
    let progress = Arc::new(move |progress| {
        if matches!(progress, Progress::Row(_, Outcome::Planned)) {
            told.stopped.notify_one();
        }
    });
    let run = desk.ops.run(plan, Patience::Stop, CancellationToken::new(), progress);
    let ended = tokio::time::timeout(LONGEST, run).await.unwrap().unwrap();
    assert_eq!(count(&ended, "done"), 20);
    let mut times = HashMap::new();
    line.sent.lock().unwrap().iter().for_each(|call| *times.entry(call.clone()).or_insert(0) += 1);
    assert_eq!(times.iter().filter(|(_, times)| **times > 1).collect::<Vec<_>>(), []);
}

#[tokio::test]
async fn who_is_suspended_while_a_plan_waits_to_be_examined_gets_nothing() {
    let mut fixture = Fixture::new().await;
    let people = staff_joins(&mut fixture, 1, false).await;
    let fixture = Arc::new(fixture);
    let own = Change {
        vault: fixture.desk("one").vault("s000"),
        who: Principal::Person(PersonId::parse(&people[0].0).unwrap()),
        to: Level::None,
    };
    let store = fixture.desk("one").queries.store;
    let line = Line::new(&fixture, Mishap::Ration { store, suspend: Some(people[0].0.clone()) });
    let desk = fixture.desk_at("one", line.clone(), fixture.clock());
    let before = fixture.desk_at("one", Arc::new(fixture.provider()), fixture.clock());
    before.run(before.ops.plan(&Wish::Access(vec![own])).await.unwrap()).await;
    let plan = desk.ops.plan(&Wish::Provision(Vec::new())).await.unwrap();
    assert_eq!(plan.changes(), 1);
    line.sent.lock().unwrap().clear();
    let fault = try_run(&desk, plan, Patience::Wait).await.unwrap_err();
    assert_eq!(fault.kind, Kind::Refused, "{fault}");
    assert_eq!(*line.sent.lock().unwrap(), Vec::<String>::new(), "a grant by people of an hour ago");
}

/// Of two lists one is refused for an hour: no window is ever large enough for all of them.
#[tokio::test]
async fn a_plan_over_more_vaults_than_a_window_has_reads_for_is_examined_all_the_same() {
    let mut fixture = Fixture::new().await;
    staff_joins(&mut fixture, 6, false).await;
    let fixture = Arc::new(fixture);
    let store = fixture.desk("one").queries.store;
    let line = Line::new(&fixture, Mishap::Ration { store, suspend: None });
    let desk = fixture.desk_at("one", line.clone(), fixture.clock());
    let plan = desk.ops.plan(&Wish::Class(Vec::new())).await.unwrap();
    assert_eq!(plan.changes(), 6);
    line.answered.lock().unwrap().clear();
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    // As soon as it is examined, its first row is under way.
    let progress = Arc::new(move |told| {
        if matches!(told, Progress::Row(..)) {
            stop.cancel();
        }
    });
    let run = desk.ops.run(plan, Patience::Wait, cancel, progress);
    let ended = tokio::time::timeout(LONGEST, run).await.unwrap().unwrap();
    assert!(ended.fault.is_none(), "{:?}", ended.fault);
    let answered = line.answered.lock().unwrap().len();
    assert!(
        (6..=12).contains(&answered),
        "{answered} lists for 6 vaults: each once, and those of one portion"
    );
}

#[tokio::test]
async fn after_a_whole_class_got_its_vaults_nothing_is_promised_any_more() {
    let mut fixture = Fixture::new().await;
    fixture.students(2).await;
    fixture.person("teacher").await;
    let staff = StaffName::User("teacher@example.edu".to_owned());
    fixture.class.staff = vec![Staff { who: staff, level: Level::Manage }];
    let desk = fixture.desk("one");
    let ended = desk.run(desk.ops.plan(&Wish::Class(Vec::new())).await.unwrap()).await;
    assert_eq!(count(&ended, "done"), 2);
    assert_eq!(desk.queries.store.promised().unwrap(), [], "the steward may give it again");
}
