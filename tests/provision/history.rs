//! The log read back: by job, fast, and taken back over a real sandbox.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

use std::time::Instant;

use serde_json::{Value, json};
use strongroom::audit::{Actor, Intent, Outcome as Recorded};
use strongroom::clock::Clock;
use strongroom::domain::access::{Level, Principal};
use strongroom::domain::history::What;
use strongroom::domain::id::PersonId;
use strongroom::domain::job::JobId;
use strongroom::domain::plan::{Change, Plan, Wish};
use strongroom::domain::query::{Data, Query};

use crate::support::{Desk, Fixture, agreed, count};

fn who(id: &str) -> Principal {
    Principal::Person(PersonId::parse(id).unwrap())
}

async fn undo(desk: &Desk, job: Option<&JobId>) -> Plan {
    match desk.ops.answer(Query::Undo(job.cloned())).await.unwrap() {
        Data::Plan(plan) => plan,
        other => unreachable!("no plan: {other:?}"),
    }
}

/// What everybody holds on every vault, as the sandbox itself knows it.
async fn held(fixture: &Fixture, desk: &Desk) -> Vec<Value> {
    let mut held = Vec::new();
    for binding in desk.queries.store.bindings().unwrap() {
        let path = format!("/sandbox/v1/vaults/{}/grants", binding.vault);
        held.push(fixture.get(&path, &fixture.admin()).await.1);
    }
    held
}

#[tokio::test]
async fn a_job_of_several_changes_is_taken_back_to_exactly_what_was() {
    let fixture = Fixture::new().await;
    let people = fixture.students(4).await;
    let desk = fixture.desk("one");
    desk.provision().await;
    let before = held(&fixture, &desk).await;
    let change =
        |at: usize, to| Change { vault: desk.vault(&format!("s{at:03}")), who: who(&people[at].0), to };
    let wish = Wish::Access(vec![change(0, Level::Read), change(1, Level::None), change(3, Level::Submit)]);
    desk.run(agreed(desk.ops.plan(&wish).await.unwrap())).await;
    let after = held(&fixture, &desk).await;
    assert_ne!(after, before);
    let history = desk.ops.history().await.unwrap();
    let (made, changed) = (&history[0], &history[1]);
    assert_eq!((made.changes.len(), changed.changes.len()), (8, 3));
    assert!(changed.by.as_str().starts_with("u on m, as service account "), "{}", changed.by);
    assert_eq!(changed.changes[0].student.as_ref().unwrap().as_str(), "s000");
    let What::Access { name, before: Some(_), after: Some(_), .. } = &changed.changes[0].what else {
        unreachable!("{:?}", changed.changes[0]);
    };
    assert_eq!(name.as_str(), "s000");

    assert_eq!(count(&desk.run(agreed(undo(&desk, None).await)).await, "done"), 3);
    assert_eq!(held(&fixture, &desk).await, before);
    let history = desk.ops.history().await.unwrap();
    assert_eq!((&history[1].undone_by, &history[2].undoes), (&history[2].job, &history[1].job));
    assert_eq!(count(&desk.run(agreed(undo(&desk, history[2].job.as_ref()).await)).await, "done"), 3);
    assert_eq!(held(&fixture, &desk).await, after);
    desk.assert_audited();
}

#[tokio::test]
async fn ten_thousand_records_are_read_in_one_pass() {
    let fixture = Fixture::new().await;
    let people = fixture.students(1).await;
    let desk = fixture.desk("one");
    desk.provision().await;
    let (vault, who) = (desk.vault("s000"), who(&people[0].0));
    let actor = Actor { machine: "m".into(), user: "u".into(), ..Actor::default() };
    for number in 0..100 {
        let intent = Intent {
            op: "revoke",
            args: json!({ "vault": vault, "who": who }),
            actor: actor.clone(),
            plan: Some(format!("j{number:07}:00000000")),
            before: Some(json!(["view_items"])),
        };
        let now = Clock::real().now();
        let intended = desk.ops.audit.intend(&vec![intent; 99], now).unwrap();
        desk.ops.audit.conclude(&intended[0], Recorded::Done, None, Some(json!([])), now).unwrap();
    }
    let began = Instant::now();
    let history = desk.ops.history().await.unwrap();
    println!("10 000 records in {} ms (debug build)", began.elapsed().as_millis());
    assert_eq!(history.len(), 101);
    let last = history.last().unwrap();
    assert_eq!((last.changes.len(), last.changes[0].outcome, last.changes[1].outcome), (99, "done", "open"));
}
