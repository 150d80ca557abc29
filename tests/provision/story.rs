//! What an instructor does on a good day.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use serde_json::json;
use strongroom::domain::access::{Level, Principal};
use strongroom::domain::fault::Kind;
use strongroom::domain::id::PersonId;
use strongroom::domain::plan::{Change, Outcome, Plan, Wish};
use strongroom::ops::Patience;
use tokio_util::sync::CancellationToken;

use reqwest::Method;
use serde_json::Value;

use crate::support::{Desk, Fixture, count, key};

#[tokio::test]
async fn everybody_who_signed_up_gets_one_vault_and_the_others_wait() {
    let fixture = Fixture::new().await;
    let people = fixture.students(40).await;
    (0..5).for_each(|number| fixture.enrol(&format!("w{number}")));
    let desk = fixture.desk("one");
    let ended = desk.provision().await;
    assert_eq!((count(&ended, "done"), count(&ended, "waiting"), &ended.fault), (40, 5, &None));
    assert_eq!((fixture.vaults_made(), fixture.happened("grant.person").len()), (40, 40));
    fixture.assert_invariants().await;
    desk.assert_audited();

    let before = fixture.requests().await.1;
    let again = desk.provision().await;
    assert_eq!((count(&again, "unchanged"), count(&again, "waiting")), (40, 5));
    assert_eq!(fixture.requests().await.1, before, "a second run writes nothing");

    let (own, other) = (desk.vault("s000"), desk.vault("s001"));
    let (_, seen) = fixture.get("/v1/vaults", &people[0].1).await;
    let seen: Vec<_> = seen.as_array().unwrap().iter().filter(|v| v["type"] == "USER_CREATED").collect();
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!(seen[0]["id"], own.as_str());
    assert_eq!(fixture.get(&format!("/v1/vaults/{other}/items"), &people[0].1).await.0, 403);
}

#[tokio::test]
async fn lost_local_state_finds_the_vaults_again() {
    let fixture = Fixture::new().await;
    fixture.students(6).await;
    fixture.desk("one").provision().await;
    let anew = fixture.desk("two");
    let ended = anew.provision().await;
    assert_eq!((count(&ended, "done"), fixture.vaults_made()), (6, 6));
    assert_eq!(anew.queries.store.bindings().unwrap(), {
        let mut bindings = fixture.desk("one").queries.store.bindings().unwrap();
        let here = anew.queries.store.bindings().unwrap();
        bindings.iter_mut().zip(here).for_each(|(one, two)| one.bound_at = two.bound_at);
        bindings
    });
    fixture.assert_invariants().await;
    anew.assert_audited();
    assert_eq!(count(&anew.provision().await, "unchanged"), 6);
}

#[tokio::test]
async fn a_vault_of_that_name_without_our_mark_is_left_alone() {
    let fixture = Fixture::new().await;
    fixture.students(3).await;
    let foreign = json!({ "name": "CS101-s001", "description": "mine [sr:s002:abc]" });
    fixture.posted("/sandbox/v1/vaults", &fixture.service(), foreign).await;
    let ended = fixture.desk("one").provision().await;
    assert_eq!((count(&ended, "done"), count(&ended, "refused"), ended.fault), (2, 1, None));
    assert_eq!(fixture.vaults_made(), 3);
    let bindings = fixture.desk("one").queries.store.bindings().unwrap();
    assert!(bindings.iter().all(|binding| binding.student != key("s001")));
}

#[tokio::test]
async fn two_programs_at_once_make_no_vault_twice() {
    let fixture = Fixture::new().await;
    fixture.students(40).await;
    let (one, two) = (fixture.desk("one"), fixture.desk("one"));
    let (first, second) = (one.plan().await, two.plan().await);
    let (first, second) = tokio::join!(one.run(first), two.run(second));
    assert_eq!((first.fault, second.fault), (None, None));
    assert_eq!(count(&one.provision().await, "planned"), 0);
    assert_eq!(fixture.vaults_made(), 40);
    fixture.assert_invariants().await;
    one.assert_audited();
    assert_eq!(count(&one.provision().await, "unchanged"), 40);
}

async fn change(fixture: &Fixture, student: &str, who: &str, to: Level) -> Outcome {
    let desk = fixture.desk("one");
    let who = Principal::Person(PersonId::parse(who).unwrap());
    let wish = Wish::Access(vec![Change { vault: desk.vault(student), who, to }]);
    let plan = desk.queries.plan(&wish).await.unwrap();
    let mut ended = desk.run(plan).await;
    desk.assert_audited();
    ended.plan.rows.remove(0).outcome
}

#[tokio::test]
async fn narrowing_takes_everything_first_and_is_never_wider() {
    let fixture = Fixture::new().await;
    let people = fixture.students(1).await;
    fixture.desk("one").provision().await;
    assert_eq!(change(&fixture, "s000", &people[0].0, Level::Read).await, Outcome::Done);
    let (revokes, grants) = (fixture.happened("revoke.person"), fixture.happened("grant.person"));
    assert_eq!((revokes.len(), grants.len()), (1, 2));
    assert_eq!(revokes[0]["after"], json!([]));
    assert!(revokes[0]["seq"].as_u64() < grants[1]["seq"].as_u64());
    assert_eq!(grants[1]["after"], json!(["view_items", "view_and_copy_passwords", "view_item_history"]));
    // Wider again is one grant, and nothing at all where it is so already.
    assert_eq!(change(&fixture, "s000", &people[0].0, Level::Write).await, Outcome::Done);
    assert_eq!(fixture.happened("grant.person").len(), 3);
    assert_eq!(change(&fixture, "s000", &people[0].0, Level::Write).await, Outcome::Unchanged);
    assert_eq!(change(&fixture, "s000", &people[0].0, Level::None).await, Outcome::Done);
    assert_eq!(fixture.get("/v1/vaults", &people[0].1).await.1.as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn nobody_gets_a_neighbours_vault() {
    let fixture = Fixture::new().await;
    let people = fixture.students(2).await;
    fixture.desk("one").provision().await;
    let outcome = change(&fixture, "s000", &people[1].0, Level::Read).await;
    assert!(matches!(outcome, Outcome::Refused(_)), "{outcome:?}");
    assert_eq!(fixture.happened("grant.person").len(), 2);
}

#[tokio::test]
async fn a_plan_that_was_forged_is_refused_when_it_is_carried_out() {
    let fixture = Fixture::new().await;
    let people = fixture.students(2).await;
    let desk = fixture.desk("one");
    let mut plan = desk.plan().await;
    for row in &mut plan.rows {
        for step in &mut row.steps {
            if let strongroom::domain::plan::Step::Grant { who, .. } = step {
                *who = Principal::Person(PersonId::parse(&people[0].0).unwrap());
            }
        }
    }
    let before = fixture.requests().await.1;
    let message = refused(&desk, plan).await;
    assert!(message.contains("s001: s000 is not who was planned for"), "{message}");
    assert_eq!(fixture.requests().await.1, before);
}

#[tokio::test]
async fn read_only_refuses_before_anything_is_sent() {
    let fixture = Fixture::new().await;
    fixture.students(1).await;
    let desk = fixture.desk("one");
    let plan = desk.plan().await;
    let before = fixture.requests().await.0;
    let mut ops = desk.ops.clone();
    ops.read_only = true;
    let fault = ops.run(plan, Patience::Stop, CancellationToken::new(), Arc::new(|_| {})).await.unwrap_err();
    assert_eq!(fault.kind, Kind::Refused);
    assert_eq!(fixture.requests().await.0, before);
}

#[tokio::test]
async fn drift_is_found_by_a_look_and_repaired_by_the_next_run() {
    let fixture = Fixture::new().await;
    let people = fixture.students(2).await;
    let (stranger, _) = fixture.person("stranger").await;
    let desk = fixture.desk("one");
    desk.provision().await;
    let vault = desk.vault("s000");
    let path = |who: &str| format!("/sandbox/v1/vaults/{vault}/people/{who}");
    fixture.call(Method::DELETE, &path(&people[0].0), &fixture.service(), Value::Null).await;
    let some = json!({ "permissions": ["view_items"] });
    assert_eq!(fixture.call(Method::PUT, &path(&stranger), &fixture.service(), some).await.0, 200);
    assert_eq!(count(&desk.provision().await, "unchanged"), 2, "nobody has looked yet");
    let rows = desk.queries.access(&[key("s000")]).await.unwrap();
    assert_eq!(rows[0].own.level(fixture.running.kind), Some(Level::None));
    assert_eq!(rows[0].others.as_ref().unwrap()[0].name.as_str(), "stranger");
    assert_eq!(rows[0].unexpected(), Some(1));
    let ended = desk.provision().await;
    assert_eq!((count(&ended, "done"), count(&ended, "unchanged")), (1, 1));
    assert_eq!(fixture.get("/v1/vaults", &people[0].1).await.1.as_array().unwrap().len(), 1);
    assert_eq!(change(&fixture, "s000", &stranger, Level::None).await, Outcome::Done);
    let rows = desk.queries.access(&[key("s000")]).await.unwrap();
    assert_eq!(rows[0].unexpected(), Some(0));
}

#[tokio::test]
async fn what_somebody_else_took_away_first_is_taken_away() {
    let fixture = Fixture::new().await;
    let people = fixture.students(1).await;
    let desk = fixture.desk("one");
    desk.provision().await;
    let path = format!("/sandbox/v1/vaults/{}/people/{}", desk.vault("s000"), people[0].0);
    fixture.call(Method::DELETE, &path, &fixture.service(), Value::Null).await;
    assert_eq!(change(&fixture, "s000", &people[0].0, Level::None).await, Outcome::Unchanged);
    // The same on the way to less: it is given after all.
    desk.provision().await;
    fixture.call(Method::DELETE, &path, &fixture.service(), Value::Null).await;
    assert_eq!(change(&fixture, "s000", &people[0].0, Level::Read).await, Outcome::Done);
    assert_eq!(fixture.get("/v1/vaults", &people[0].1).await.1.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_plan_is_judged_again_by_what_is_so_when_it_is_carried_out() {
    let fixture = Fixture::new().await;
    let people = fixture.students(2).await;
    let desk = fixture.desk("one");
    let plan = desk.plan().await;
    let suspend = format!("/sandbox/v1/people/{}/suspend", people[0].0);
    fixture.posted(&suspend, &fixture.admin(), Value::Null).await;
    let message = refused(&desk, plan).await;
    assert!(message.contains("s000: ") && !message.contains("s001: "), "{message}");
    assert_eq!(fixture.vaults_made(), 0, "nothing of it is sent, not even what is as it was");
    let ended = desk.provision().await;
    assert_eq!((count(&ended, "waiting"), count(&ended, "done"), fixture.vaults_made()), (1, 1, 1));
}

/// Why a plan is refused as a whole.
async fn refused(desk: &Desk, plan: Plan) -> String {
    let ended = desk.ops.run(plan, Patience::Stop, CancellationToken::new(), Arc::new(|_| {})).await;
    let fault = ended.unwrap_err();
    assert_eq!(fault.kind, Kind::Refused);
    fault.message.to_string()
}
