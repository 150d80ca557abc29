//! A program that is killed at any moment: whatever it left, the next run finishes it.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use serde_json::json;
use strongroom::audit::Intent;
use strongroom::domain::access::{Level, Principal};
use strongroom::domain::id::PersonId;
use strongroom::domain::plan::{Change, Wish};
use strongroom::ops::Patience;
use tokio_util::sync::CancellationToken;

use crate::support::{Fixture, count, partly};

#[tokio::test]
async fn a_run_that_dies_anywhere_is_finished_by_the_next() {
    let mut died = 0;
    for moments in 1.. {
        let fixture = Fixture::new().await;
        fixture.students(3).await;
        let desk = fixture.desk("one");
        let plan = desk.plan().await;
        let run = desk.ops.run(plan, Patience::Stop, CancellationToken::new(), Arc::new(|_| {}));
        let whole = Box::pin(partly(run, moments)).await.is_some();
        died += usize::from(!whole);
        drop(desk);
        let next = fixture.desk("one");
        next.ops.recover().await.unwrap(); // before a plan is made, as every program does
        let ended = next.provision().await;
        let settled = count(&ended, "done") + count(&ended, "unchanged");
        assert_eq!((settled, &ended.fault), (3, &None), "after {moments} moments: {:?}", ended.plan.rows);
        assert_eq!(fixture.vaults_made(), 3, "after {moments} moments");
        fixture.assert_invariants().await;
        assert_eq!(count(&next.provision().await, "unchanged"), 3);
        if whole {
            break;
        }
    }
    assert!(died > 5, "{died} runs died");
}

#[tokio::test]
async fn an_open_decision_holds_up_nobody_but_its_student() {
    let fixture = Fixture::new().await;
    for number in 0..20 {
        fixture.enrol(&format!("s{number:03}"));
    }
    let desk = fixture.desk("one");
    let args = json!({ "student": desk.ops.audit.pseudonym("s007"), "assignment": "hw1" });
    let intent = Intent { op: "extend", args, actor: desk.ops.actor.clone(), plan: None, before: None };
    desk.ops.audit.intend(&[intent], jiff::Timestamp::now()).unwrap();
    assert_eq!(desk.ops.recover().await, Ok(1));
    let locked = std::fs::read_dir(desk.ops.locks.join("decisions")).unwrap();
    let locked: Vec<_> = locked.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(locked, ["s007"]);
    desk.assert_audited();
}

#[tokio::test]
async fn a_student_is_not_left_locked_out_by_a_program_that_died() {
    let mut died = 0;
    for moments in 1.. {
        let fixture = Fixture::new().await;
        let people = fixture.students(1).await;
        let desk = fixture.desk("one");
        desk.provision().await;
        let who = Principal::Person(PersonId::parse(&people[0].0).unwrap());
        let change = Change { vault: desk.vault("s000"), who, to: Level::Read };
        let plan = desk.queries.plan(&Wish::Access(vec![change])).await.unwrap();
        let run = desk.ops.run(plan, Patience::Stop, CancellationToken::new(), Arc::new(|_| {}));
        let whole = Box::pin(partly(run, moments)).await.is_some();
        died += usize::from(!whole);
        drop(desk);
        let next = fixture.desk("one");
        next.ops.recover().await.unwrap();
        let ended = next.provision().await;
        assert_eq!(ended.fault, None);
        let held = fixture.happened("grant.person").last().unwrap()["after"].clone();
        assert_eq!(held.as_array().unwrap().len(), 6, "after {moments} moments: write again, not {held}");
        let vaults = fixture.get("/v1/vaults", &people[0].1).await.1;
        assert_eq!(vaults.as_array().unwrap().len(), 1, "after {moments} moments");
        next.assert_audited();
        if whole {
            break;
        }
    }
    assert!(died > 5, "{died} runs died");
}
