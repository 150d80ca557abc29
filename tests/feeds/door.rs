//! The same against the sandbox's own Events door: what is reported there really happened in its world.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use strongroom::domain::arrival::ArrivalKind;
use strongroom::domain::events::{Feed, From};
use strongroom::provider::Provider as _;
use strongroom::provider::events::Events;
use strongroom::store::Sought;
use strongroom::watch::Watch;
use strongroom::watch::follow::Follower;

use crate::support::{Desk, Fixture, word};
use crate::{Both, path};

/// A class whose program follows the door of its sandbox, by the sandbox's clock.
struct Door {
    fixture: Fixture,
    people: Vec<(String, String)>,
    both: Arc<Both>,
    desk: Desk,
    events: Events,
}

impl Door {
    async fn new(students: usize) -> Self {
        let fixture = Fixture::new().await;
        let people = fixture.students(students).await;
        let desk = fixture.desk_at("one", Arc::new(fixture.provider()), fixture.clock());
        assert_eq!(desk.provision().await.fault, None);
        let wanted = json!({ "name": "follower", "features": ["auditevents", "itemusages"] });
        let token = fixture.posted("/sandbox/v1/tokens/events", &fixture.admin(), wanted).await;
        let token = word(&token["token"]);
        let events = || Events::at(Some(&fixture.running.url), token.as_str().into(), None).unwrap();
        let both = Arc::new(Both::new(&fixture, events()));
        let desk = fixture.desk_at("one", both.clone(), fixture.clock());
        let events = events();
        Self { fixture, people, both, desk, events }
    }

    fn now(&self) -> Timestamp {
        self.desk.queries.clock.now()
    }

    fn follower(&self, watch: &Watch) -> Follower {
        Follower::new(self.desk.queries.clone(), watch.leads(), Arc::new(|line| panic!("told: {line}")))
    }

    async fn step(&self, follower: &mut Follower, seconds: i64) {
        self.fixture.pass(seconds);
        follower.step(self.now()).await;
    }

    fn kept(&self, feed: Feed) -> Vec<(String, String)> {
        let sought = Sought { feed: Some(feed), ..Sought::default() };
        let found = self.desk.queries.store.activity(&sought).unwrap();
        found.iter().map(|record| (record.object.to_string(), record.action.to_string())).collect()
    }

    async fn look(&self, watch: &mut Watch) -> Vec<(ArrivalKind, String)> {
        let mut found = Vec::new();
        watch
            .step(self.now(), |report| {
                assert_eq!(report.fault, None);
                found.extend(report.arrivals.into_iter().map(|one| (one.kind, one.student.key.to_string())));
            })
            .await;
        found
    }

    /// Gives somebody access to a student's vault, or takes it away.
    async fn access(&self, student: &str, person: &str, give: bool) {
        let path = format!("/sandbox/v1/vaults/{}/people/{person}", self.desk.vault(student));
        let body = json!({ "permissions": ["view_items"] });
        let (method, body) = if give { (Method::PUT, body) } else { (Method::DELETE, Value::Null) };
        let (status, answer) = self.fixture.call(method, &path, &self.fixture.admin(), body).await;
        assert!((200..300).contains(&status), "{answer}");
    }
}

#[tokio::test]
async fn what_was_made_and_given_is_kept_with_who_did_it() {
    let door = Door::new(2).await;
    let watch = Watch::new(door.desk.queries.clone(), 0);
    let mut follower = door.follower(&watch);
    door.step(&mut follower, 1).await;
    let kept = door.kept(Feed::Audit);
    let count = |object: &str, action: &str| {
        kept.iter().filter(|one| (one.0.as_str(), one.1.as_str()) == (object, action)).count()
    };
    assert_eq!((count("vault", "create"), count("uva", "grant")), (2, 2), "{kept:?}");
    let ours = door.desk.queries.identify().await.unwrap();
    let all = door.desk.queries.store.activity(&Sought::default()).unwrap();
    assert!(
        all.iter()
            .filter(|one| one.object.as_str() == "uva")
            .all(|one| one.actor.id == Some(ours.id.clone()))
    );
    assert_eq!(door.events.introspect().await.unwrap().account, Some(ours.account));
    let vault = door.desk.vault("s001");
    let own = door.desk.queries.store.activity(&Sought { vault: Some(&vault), ..Sought::default() }).unwrap();
    let person = own.iter().find(|one| one.object.as_str() == "uva").unwrap().aux_id.to_string();
    assert_eq!(person, door.people[1].0);
}

#[tokio::test]
async fn an_upload_that_a_list_hides_is_found_by_its_report_and_one_from_an_app_is_not_reported() {
    let door = Door::new(2).await;
    let mut watch = Watch::new(door.desk.queries.clone(), 0);
    let mut follower = door.follower(&watch);
    assert_eq!(door.look(&mut watch).await, []);
    door.step(&mut follower, 1).await;
    let vaults = [door.desk.vault("s000"), door.desk.vault("s001")];
    for vault in &vaults {
        door.both.line.freeze(vault).await;
    }
    door.fixture.pass(5);
    for (student, client) in [(0, "web"), (1, "app")] {
        let (vault, token) = (&vaults[student], &door.people[student].1);
        let url = format!("{}/sandbox/v1/vaults/{vault}/files?name=hw&title=hw", door.fixture.running.url);
        let client =
            reqwest::Client::builder().no_proxy().build().unwrap().post(url).header("Sandbox-Client", client);
        let answer = client.bearer_auth(token).body("bytes").send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200);
    }
    door.step(&mut follower, 15).await;
    assert_eq!(door.look(&mut watch).await, [(ArrivalKind::New, "s000".to_owned())]);
    let used = door.kept(Feed::Usage);
    assert!(used.iter().any(|one| one.1 == "server-create"), "{used:?}");
    for _ in 0..3 {
        door.step(&mut follower, 15).await;
        assert_eq!(door.look(&mut watch).await, [], "nothing is reported of it: the lists show it");
    }
    door.both.line.tell(&vaults[1], None);
    assert_eq!(door.look(&mut watch).await, [(ArrivalKind::New, "s001".to_owned())]);
    assert_eq!(door.desk.queries.store.alarms().unwrap(), Vec::new());
}

#[tokio::test]
async fn under_every_fault_of_the_door_all_of_the_class_is_kept_once() {
    for seed in [1, 2, 3] {
        let door = Door::new(1).await;
        let (mallory, _) = door.fixture.person("mallory").await;
        let kinds = [
            "duplicate-page",
            "repeated-cursor",
            "out-of-order-page",
            "late-records",
            "rate-limit",
            "rate-limit-bare",
            "server-error",
            "unauthorized",
            "truncated",
            "gateway",
        ];
        let rule = |fault: &&str| json!({ "fault": fault, "share": 0.07, "route": path(Feed::Audit) });
        door.fixture.plan(seed, kinds.iter().map(rule).collect()).await;
        let watch = Watch::new(door.desk.queries.clone(), 0);
        let mut follower = door.follower(&watch);
        for round in 0..120 {
            if round < 60 {
                door.access("s000", &mallory, round % 2 == 0).await;
            }
            door.step(&mut follower, 20).await;
        }
        let (_, tally) = door.fixture.get("/sandbox/v1/faults", &door.fixture.admin()).await;
        let met = tally["rules"].as_array().unwrap().iter().filter(|rule| rule["injected"] != 0).count();
        assert!(met >= kinds.len() - 2, "seed {seed}: {tally}");
        door.fixture.plan(1, json!([])).await;
        // What is late may wait for half an hour here, and so may who was sent away.
        for _ in 0..4 {
            door.step(&mut follower, 600).await;
        }
        let kept = door.desk.queries.store.activity(&Sought::default()).unwrap();
        let uuids: Vec<_> =
            kept.iter().filter(|one| one.feed == Feed::Audit).map(|one| one.uuid.clone()).collect();
        let early = door.now().checked_sub(jiff::SignedDuration::from_hours(48)).unwrap();
        let truth = door.events.activity(Feed::Audit, &From::Time(early)).await.unwrap();
        let vault = door.desk.vault("s000");
        let is_ours = |one: &&strongroom::domain::events::Activity| one.vault.as_ref() == Some(&vault);
        let truth: BTreeSet<_> = truth.list.iter().filter(is_ours).map(|one| one.uuid.clone()).collect();
        assert!(truth.len() > 60, "{}", truth.len());
        let found: BTreeSet<_> = uuids.iter().cloned().collect();
        assert_eq!(found.len(), uuids.len(), "seed {seed}: doubled");
        let missed: Vec<_> = truth.difference(&found).collect();
        assert!(missed.is_empty(), "seed {seed}: missed {missed:?}");
    }
}
