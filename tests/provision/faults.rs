//! What goes wrong on a bad day: the ration, the disk, lost answers, and people who press `q`.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use strongroom::domain::access::{Level, Permissions, Principal};
use strongroom::domain::fault::{Fault, Kind, Result};
use strongroom::domain::frame::Frame;
use strongroom::domain::id::{PersonId, VaultId};
use strongroom::domain::operation::{Call, Receipt};
use strongroom::domain::plan::{Change, Outcome, Wish};
use strongroom::domain::vault_list::VaultList;
use strongroom::ops::Patience;
use strongroom::provider::{Provider, sandbox::Sandbox};
use strongroom::sandbox::Limits;
use tokio_util::sync::CancellationToken;

use crate::support::{Desk, Fixture, count};

#[tokio::test]
async fn a_used_up_ration_stops_and_the_next_hour_finishes() {
    let fixture = Fixture::with(|config| config.limits = Limits::Teams).await;
    fixture.students(60).await;
    let desk = fixture.desk("one");
    let ended = desk.provision().await;
    assert_eq!(ended.fault.as_ref().map(|fault| fault.kind), Some(Kind::RateLimit));
    assert!(ended.fault.as_ref().unwrap().retry_after.is_some());
    assert_eq!(count(&ended, "failed"), 0, "{:?}", ended.plan.rows);
    assert_eq!(count(&ended, "done") + count(&ended, "planned"), 60);
    let refused = fixture.requests().await.1 - 100;
    assert!(refused <= 8, "{refused} calls were sent after the first refusal");
    desk.assert_audited();
    fixture.pass(3_601);
    let ended = desk.provision().await;
    assert_eq!((count(&ended, "done") + count(&ended, "unchanged"), &ended.fault), (60, &None));
    assert_eq!(fixture.vaults_made(), 60);
    fixture.assert_invariants().await;
    desk.assert_audited();
}

#[tokio::test]
async fn without_an_audit_log_nothing_is_sent() {
    let fixture = Fixture::new().await;
    fixture.students(3).await;
    let desk = fixture.desk("one");
    let plan = desk.plan().await;
    std::fs::create_dir(&desk.log).unwrap();
    let ended = desk.ops.run(plan, Patience::Stop, CancellationToken::new(), Arc::new(|_| {})).await;
    assert_eq!(ended.unwrap_err().kind, Kind::Local);
    assert_eq!(fixture.requests().await.1, 0);
}

/// Told the number of each change before it is sent.
type Told = Box<dyn FnMut(usize) + Send>;

/// A sandbox behind a line that can be cut.
struct Line {
    inner: Sandbox,
    calls: AtomicUsize,
    cut: Cut,
    on_call: Mutex<Option<Told>>,
    died: CancellationToken,
}

/// What goes wrong.
#[derive(Clone, Copy, PartialEq)]
enum Cut {
    Nothing,
    /// The n-th change is carried out and its answer gets lost.
    AnswerTo(usize),
    /// The n-th change is carried out, and a conflict of two writers is answered.
    ConflictAfter(usize),
    /// A conflict is answered to the n-th change, and nothing was done.
    ConflictBefore(usize),
    /// The answer gets lost, and from then on nothing can be read.
    EverythingFrom(usize),
    /// The n-th change is carried out, and the program dies before it hears of it.
    DiesAfter(usize),
}

#[async_trait]
impl Provider for Line {
    fn inner(&self) -> Option<&dyn Provider> {
        Some(&self.inner)
    }
    async fn vaults(&self) -> Result<VaultList> {
        match self.cut {
            Cut::EverythingFrom(n) if self.calls.load(Ordering::SeqCst) >= n => {
                Err(Fault::new(Kind::Unreachable, "the line is cut"))
            }
            _ => self.inner.vaults().await,
        }
    }
    async fn apply(&self, call: &Call) -> Result<Receipt> {
        let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        if let Some(told) = self.on_call.lock().unwrap().as_mut() {
            told(number);
        }
        let conflict = || Err(Fault::new(Kind::Conflict, "(409) Conflict"));
        if self.cut == Cut::ConflictBefore(number) {
            return conflict();
        }
        let answer = self.inner.apply(call).await;
        match self.cut {
            Cut::ConflictAfter(n) if n == number => conflict(),
            Cut::AnswerTo(n) | Cut::EverythingFrom(n) if n == number => {
                Err(Fault::new(Kind::Unknown, "the answer got lost"))
            }
            Cut::DiesAfter(n) if n == number => {
                self.died.cancel();
                std::future::pending().await
            }
            _ => answer,
        }
    }
}

fn line(fixture: &Fixture, cut: Cut) -> Arc<Line> {
    Arc::new(Line {
        inner: fixture.provider(),
        calls: AtomicUsize::new(0),
        cut,
        on_call: Mutex::new(None),
        died: CancellationToken::new(),
    })
}

fn outcomes(desk: &Desk, op: &str) -> Vec<String> {
    let filter = strongroom::audit::Filter { op: Some(op.into()), ..Default::default() };
    let records = desk.ops.audit.list(&filter).unwrap().0;
    let results = records.iter().filter_map(|record| record.outcome);
    results.map(|outcome| serde_json::to_value(outcome).unwrap().as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_lost_answer_is_looked_after_and_no_vault_is_made_twice() {
    let fixture = Fixture::new().await;
    fixture.students(2).await;
    let ended = fixture.desk_with("one", line(&fixture, Cut::AnswerTo(1))).provision().await;
    assert_eq!((count(&ended, "done"), fixture.vaults_made()), (2, 2));
}

#[tokio::test]
async fn what_nobody_can_know_is_recorded_as_unknown() {
    let fixture = Fixture::new().await;
    fixture.students(1).await;
    let desk = fixture.desk_with("one", line(&fixture, Cut::EverythingFrom(1)));
    let ended = desk.provision().await;
    assert_eq!(count(&ended, "failed"), 1);
    assert_eq!(outcomes(&desk, "create-vault"), ["unknown"]);
    assert_eq!(fixture.desk("one").provision().await.fault, None);
    assert_eq!(fixture.vaults_made(), 1);
}

#[tokio::test]
async fn a_lost_answer_to_a_grant_is_unknown_and_the_next_run_settles_it() {
    let fixture = Fixture::new().await;
    fixture.students(1).await;
    let desk = fixture.desk_with("one", line(&fixture, Cut::AnswerTo(2)));
    assert_eq!(count(&desk.provision().await, "failed"), 1);
    assert_eq!(outcomes(&desk, "grant"), ["unknown"]);
    assert_eq!(count(&fixture.desk("one").provision().await, "done"), 1);
    fixture.assert_invariants().await;
    desk.assert_audited();
}

#[tokio::test]
async fn leaving_in_the_middle_sends_nothing_more_and_records_everything() {
    let fixture = Fixture::new().await;
    fixture.students(40).await;
    let line = line(&fixture, Cut::Nothing);
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    *line.on_call.lock().unwrap() = Some(Box::new(move |number| {
        if number == 10 {
            stop.cancel();
        }
    }));
    let desk = fixture.desk_with("one", line.clone());
    let plan = desk.plan().await;
    let ended = desk.ops.run(plan, Patience::Stop, cancel, Arc::new(|_| {})).await.unwrap();
    let sent = line.calls.load(Ordering::SeqCst);
    assert!(sent <= 10 + 8, "{sent} calls: those in flight end, no other begins");
    assert_eq!(count(&ended, "failed") + count(&ended, "running"), 0, "{:?}", ended.plan.rows);
    desk.assert_audited();
    let again = fixture.desk("one").provision().await;
    assert_eq!((count(&again, "done") + count(&again, "unchanged"), fixture.vaults_made()), (40, 40));
    fixture.assert_invariants().await;
}

/// The one person on a vault.
fn own(frame: &Frame, vault: &VaultId) -> Principal {
    let person = |who: &&Principal| matches!(who, Principal::Person(_));
    frame.known(vault).map(|(who, _)| who).find(person).unwrap().clone()
}

#[tokio::test]
async fn a_lost_answer_to_a_revoke_leaves_nothing_to_be_believed() {
    let fixture = Fixture::new().await;
    fixture.students(1).await;
    fixture.desk("one").provision().await;
    let desk = fixture.desk_with("one", line(&fixture, Cut::AnswerTo(1)));
    let vault = desk.vault("s000");
    let who = own(&desk.queries.frame(false).await.unwrap(), &vault);
    let change = Change { vault: vault.clone(), who: who.clone(), to: Level::Read };
    let ended = desk.run(desk.ops.plan(&Wish::Access(vec![change])).await.unwrap()).await;
    assert_eq!(count(&ended, "failed"), 1);
    let frame = desk.queries.frame(false).await.unwrap();
    let none = Some(Permissions::NONE);
    assert_eq!(
        frame.cell(&vault, &who).set(),
        none,
        "the look afterwards shows that the student is locked out"
    );
    let next = fixture.desk("one");
    assert_eq!(count(&next.provision().await, "done"), 1);
    next.assert_audited();
}

#[tokio::test]
async fn a_vault_that_is_gone_fails_its_own_row_only() {
    let fixture = Fixture::new().await;
    fixture.students(3).await;
    let desk = fixture.desk("one");
    desk.provision().await;
    let gone = desk.vault("s001");
    assert_eq!(desk.queries.provider.apply(&Call::DeleteVault(gone.clone())).await, Ok(Receipt::Done));
    let frame = desk.queries.frame(false).await.unwrap();
    for student in ["s000", "s001", "s002"] {
        let vault = desk.vault(student);
        let who = own(&frame, &vault);
        desk.queries.store.forget_access(&vault, &who).unwrap();
    }
    let ended = desk.provision().await;
    assert_eq!((count(&ended, "done"), count(&ended, "failed")), (2, 1), "{:?}", ended.plan.rows);
    assert_eq!(ended.failed.values().map(|fault| fault.kind).collect::<Vec<_>>(), [Kind::NotFound]);
    desk.assert_audited();
}

#[tokio::test]
async fn leaving_at_once_records_what_is_in_flight_as_unknown() {
    let fixture = Fixture::new().await;
    fixture.students(1).await;
    let desk = fixture.desk("one");
    let plan = desk.plan().await;
    let line = line(&fixture, Cut::Nothing);
    let desk = fixture.desk_with("one", line.clone());
    let ops = desk.ops.clone();
    *line.on_call.lock().unwrap() = Some(Box::new(move |_| ops.abandon().unwrap()));
    let ended = desk.run(plan).await;
    assert_eq!(outcomes(&desk, "create-vault")[0], "unknown");
    assert!(ended.plan.rows.iter().all(|row| row.outcome == Outcome::Done));
}

#[tokio::test]
async fn the_log_tells_what_happened_also_where_the_store_cannot_keep_it() {
    for (table, at, op) in [("binding", 1, "create-vault"), ("access", 2, "grant")] {
        let fixture = Fixture::new().await;
        fixture.students(1).await;
        let line = line(&fixture, Cut::Nothing);
        let desk = fixture.desk_with("one", line.clone());
        let path = desk.queries.store.path().to_owned();
        *line.on_call.lock().unwrap() = Some(Box::new(move |number| {
            if number == at {
                let store = rusqlite::Connection::open(&path).unwrap();
                store.execute(&format!("DROP TABLE {table}"), []).unwrap();
            }
        }));
        let ended = desk.provision().await;
        assert_eq!(count(&ended, "failed"), 1, "{table}: {:?}", ended.plan.rows);
        assert_eq!(outcomes(&desk, op), ["done"], "{table}");
        desk.assert_audited();
    }
}

#[tokio::test]
async fn a_student_who_was_locked_out_halfway_is_not_called_planned() {
    let fixture = Fixture::with(|config| config.limits = Limits::Teams).await;
    let people = fixture.students(1).await;
    let desk = fixture.desk("one");
    desk.provision().await;
    let other = serde_json::json!({ "name": "x" });
    for _ in 0..97 {
        fixture.posted("/sandbox/v1/vaults", &fixture.service(), other.clone()).await;
    }
    let who = Principal::Person(PersonId::parse(&people[0].0).unwrap());
    let change = Change { vault: desk.vault("s000"), who, to: Level::Read };
    let plan = desk.queries.plan(&Wish::Access(vec![change])).await.unwrap();
    let ended = desk.run(plan).await;
    assert_eq!(ended.fault.as_ref().map(|fault| fault.kind), Some(Kind::RateLimit));
    assert_eq!(count(&ended, "failed"), 1, "{:?}", ended.plan.rows);
    fixture.pass(3_601);
    assert_eq!(count(&desk.provision().await, "done"), 1, "the next run gives it back");
}

#[tokio::test]
async fn a_student_is_not_left_locked_out_by_a_program_that_died_in_between() {
    let fixture = Fixture::new().await;
    let people = fixture.students(1).await;
    fixture.desk("one").provision().await;
    // Narrowing takes everything away first; there the program dies.
    let line = line(&fixture, Cut::DiesAfter(1));
    let desk = fixture.desk_with("one", line.clone());
    let who = Principal::Person(PersonId::parse(&people[0].0).unwrap());
    let change = Change { vault: desk.vault("s000"), who, to: Level::Read };
    let plan = desk.queries.plan(&Wish::Access(vec![change])).await.unwrap();
    tokio::select! {
        () = line.died.cancelled() => {}
        _ = desk.run(plan) => unreachable!("it dies"),
    }
    drop(desk);
    assert_eq!(fixture.get("/v1/vaults", &people[0].1).await.1, serde_json::json!([]), "locked out");
    let next = fixture.desk("one");
    assert_eq!(next.ops.recover().await, Ok(1));
    assert_eq!(outcomes(&next, "grant"), ["done", "unknown"]);
    assert_eq!(count(&next.provision().await, "done"), 1, "and let in again");
    assert_eq!(fixture.get("/v1/vaults", &people[0].1).await.1.as_array().unwrap().len(), 1);
    assert_eq!(next.ops.recover().await, Ok(0));
    next.assert_audited();
}

#[tokio::test]
async fn a_vault_whose_making_met_a_conflict_is_looked_for_before_it_is_made_once_more() {
    for (cut, changes) in [(Cut::ConflictAfter(1), 4), (Cut::ConflictBefore(1), 5)] {
        let fixture = Fixture::new().await;
        fixture.students(2).await;
        let line = line(&fixture, cut);
        let desk = fixture.desk_with("one", line.clone());
        let ended = desk.provision().await;
        assert_eq!((count(&ended, "done"), fixture.vaults_made()), (2, 2));
        assert_eq!(line.calls.load(Ordering::SeqCst), changes);
        desk.assert_audited();
    }
}
