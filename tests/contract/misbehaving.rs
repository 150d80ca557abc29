//! `op` in every way in which a child process can go wrong: what comes of it is true, or a fault that
//! says how much is known, and it comes in time.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::cell::Cell;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use strongroom::domain::fault::{Fault, Kind};
use strongroom::domain::operation::{Call, Receipt};
use strongroom::provider::Provider as _;
use strongroom::provider::op::{Limits, Op};
use strongroom::sandbox::op::{Misbehaviour as M, Setting};

use crate::fronts::{new_vault, op_under};
use crate::support::Fixture;

/// How long a run may take here, and how much longer an answer may take than that.
const DEADLINE: Duration = Duration::from_secs(2);
const GRACE: Duration = Duration::from_secs(2);
/// How long one may that does nothing and does not end.
const BRIEF: Duration = Duration::from_millis(500);

/// Does nothing of what it should, and does not end.
const IDLE: [M; 5] = [M::Hang, M::HangTerm, M::FloodStdout, M::FloodStderr, M::FloodBoth];
/// Does what it should, and does not end.
const HANGS: [M; 3] = [M::HungReply, M::ClosedStdout, M::Orphan];

fn within(deadline: Duration) -> Limits {
    let mut limits = Limits::default();
    (limits.read, limits.list, limits.change) = (deadline, deadline, deadline);
    limits
}

/// An `op` that misbehaves at this command.
fn failing(fixture: &Fixture, fault: M, command: &str) -> Op {
    let spec = format!("{}:{command}", fault.name()).parse().unwrap();
    let setting = Setting { faults: vec![spec], ..Setting::default() };
    op_under(fixture, &format!("bin-{}-{command}", fault.name()), &setting).0.with_limits(within(DEADLINE))
}

/// The same once it has told its version, with as little patience as will do.
async fn met(fixture: &Fixture, fault: M, command: &str) -> Op {
    let op = failing(fixture, fault, command);
    op.version().await.unwrap();
    if IDLE.contains(&fault) { op.with_limits(within(BRIEF)) } else { op }
}

/// Every misbehaviour one after another, but those together that only let somebody wait.
async fn each(examine: impl AsyncFn(M)) {
    join_all(IDLE.into_iter().chain(HANGS).map(async |fault| examine(fault).await)).await;
    for fault in M::ALL.iter().filter(|fault| !IDLE.contains(fault) && !HANGS.contains(fault)) {
        examine(*fault).await;
    }
}

fn assert_told(fault: M, fixture: &Fixture, what: &Fault) {
    let text = format!("{what} {what:?}");
    assert!(!text.contains(&fixture.service()) && !text.contains('\u{1b}'), "{fault:?}: {text}");
}

#[tokio::test]
async fn a_question_is_answered_truly_or_not_at_all_and_in_time() {
    let fixture = Fixture::new().await;
    for name in ["one", "two"] {
        fixture.make(name).await;
    }
    let names = |vaults: strongroom::domain::vault_list::VaultList| -> BTreeSet<String> {
        vaults.into_iter().map(|vault| vault.name.as_str().to_owned()).collect()
    };
    let truth = names(fixture.provider().vaults().await.unwrap());
    each(async |fault| {
        let op = met(&fixture, fault, "vault.list").await;
        let began = Instant::now();
        let answer = op.vaults().await;
        assert!(began.elapsed() < DEADLINE + GRACE, "{fault:?} took {:?}", began.elapsed());
        match (answer, fault) {
            // Well-formed, complete, and said to be well: nothing tells that it is not true.
            (Ok(vaults), M::Empty) => assert!(vaults.is_empty()),
            (Ok(vaults), M::HugeJson) => assert!(vaults.len() > 1_000),
            (Ok(vaults), _) => assert_eq!(names(vaults), truth, "{fault:?}"),
            (Err(told), _) => assert_told(fault, &fixture, &told),
        }
    })
    .await;
}

#[tokio::test]
async fn a_change_whose_outcome_is_open_is_never_said_to_have_failed() {
    let unsure = Cell::new(0);
    each(async |fault| {
        let fixture = Fixture::new().await;
        let op = met(&fixture, fault, "vault.create").await;
        let began = Instant::now();
        let answer = op.apply(&new_vault("n")).await;
        // A conflict is tried again, after pauses.
        let longest = if fault == M::Conflict { DEADLINE * 4 } else { DEADLINE + GRACE };
        assert!(began.elapsed() < longest, "{fault:?} took {:?}", began.elapsed());
        let made = fixture.vaults_made();
        match answer {
            Ok(Receipt::Vault(vault)) => {
                let there = fixture.provider().vault(&vault.id).await.is_ok();
                assert!(made == 1 && (there || fault == M::WrongVault), "{fault:?}");
            }
            Ok(other) => assert_eq!(format!("{other:?}"), "a vault", "{fault:?}"),
            Err(told) => {
                assert_told(fault, &fixture, &told);
                assert!(made == 0 || told.kind == Kind::Unknown, "{fault:?} made {made}: {told:?}");
                unsure.set(unsure.get() + usize::from(told.kind == Kind::Unknown && made == 1));
            }
        }
    })
    .await;
    assert!(unsure.get() >= 8, "{unsure:?}: the misbehaviours that have an effect were not met");
}

#[tokio::test]
async fn an_answer_about_something_else_is_not_used() {
    let fixture = Fixture::new().await;
    let people = fixture.students(1).await;
    let desk = fixture.desk("one");
    desk.provision().await;
    let vault = desk.vault("s000");
    let item = fixture.upload(vault.as_str(), "?name=a&title=a", &people[0].1, b"x").await;
    let item = strongroom::domain::id::ItemId::parse(item["id"].as_str().unwrap()).unwrap();
    let at = strongroom::domain::directory::ItemRef { vault: vault.clone(), item };
    assert_eq!(
        failing(&fixture, M::WrongVault, "vault.get").vault(&vault).await.unwrap_err().kind,
        Kind::Broken
    );
    assert_eq!(failing(&fixture, M::WrongVault, "item").items(&vault).await.unwrap_err().kind, Kind::Broken);
    for fault in [M::WrongVault, M::WrongItem] {
        assert_eq!(failing(&fixture, fault, "item.get").item(&at).await.unwrap_err().kind, Kind::Broken);
    }
    let who = strongroom::domain::id::PersonId::parse(&people[0].0).unwrap();
    let permissions = strongroom::domain::access::Permissions::parse(["view_items"]).unwrap();
    let who = strongroom::domain::access::Principal::Person(who);
    let grant = Call::Grant { vault, who, permissions };
    for fault in [M::WrongVault, M::WrongPerson] {
        let told = failing(&fixture, fault, "vault.user").apply(&grant).await.unwrap_err();
        assert_eq!(told.kind, Kind::Unknown, "{fault:?}");
    }
}
