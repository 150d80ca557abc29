//! The demo class, its simulated students, and the ledger of all that happens.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use strongroom::domain::access::{Level, Principal};
use strongroom::sandbox::traffic::{Event, Pace, Stage, Traffic, run};
use strongroom::sandbox::{Limits, Scenario};
use tokio_util::sync::CancellationToken;

use crate::support::{Bench, READ, login, permissions, word};

async fn demo() -> Bench {
    Bench::with(|config| config.scenario = Some(Scenario::demo().unwrap())).await
}

#[tokio::test]
async fn the_demo_class_is_as_its_file_says() {
    let bench = demo().await;
    let built = bench.running.built.as_ref().unwrap();
    assert_eq!((built.class_id.as_str(), built.students.len()), ("CS101-F26", 30));
    assert_eq!(built.bindings.len(), 18);
    assert_eq!(built.staff.len(), 1);
    assert_eq!(built.grants.len(), 36, "each vault's student and the staff");
    let (_, people) = bench.get("/sandbox/v1/people", &bench.service()).await;
    let people = people.as_array().unwrap();
    let states: BTreeSet<_> = people.iter().map(|person| word(&person["state"])).collect();
    let wanted = [
        "ACTIVE",
        "RECOVERY_STARTED",
        "SUSPENDED",
        "TRANSFER_ACCEPTED",
        "TRANSFER_STARTED",
        "TRANSFER_SUSPENDED",
    ];
    assert_eq!(states, wanted.map(str::to_owned).into());
    let known = |email: &str| people.iter().any(|person| person["email"] == email);
    assert_eq!(built.students.iter().filter(|student| !known(&student.email)).count(), 3);
    let (_, vaults) = bench.get("/sandbox/v1/vaults", &bench.service()).await;
    for binding in &built.bindings {
        let all = vaults.as_array().unwrap();
        let vault = all.iter().find(|vault| vault["id"] == binding.vault.as_str()).unwrap();
        assert_eq!(vault["name"], format!("CS101-F26-{}", binding.key));
        let mark = format!(" [sr:{}:{}]", binding.key, binding.nonce);
        assert!(word(&vault["description"]).ends_with(&mark), "{vault}");
        assert_eq!(binding.nonce.len(), 8);
    }
}

#[tokio::test]
async fn the_demo_has_one_stray_access_that_the_service_account_did_not_give() {
    let bench = demo().await;
    let built = bench.running.built.as_ref().unwrap();
    let mut strays = Vec::new();
    for binding in &built.bindings {
        let path = format!("/sandbox/v1/vaults/{}/grants", binding.vault);
        let (_, grants) = bench.get(&path, &bench.admin()).await;
        for person in grants["people"].as_array().unwrap() {
            let ours = built.grants.iter().any(|grant| {
                grant.vault == binding.vault
                    && matches!(&grant.who, Principal::Person(id) if id.as_str() == person["id"])
            });
            if !ours {
                strays.push((binding.key.clone(), word(&person["email"])));
            }
        }
    }
    assert_eq!(strays, [("s1009".to_owned(), "giorgos.pappas@example.edu".to_owned())]);
}

#[tokio::test]
async fn the_demo_can_be_any_kind_of_account() {
    for limits in [Limits::Business, Limits::Teams, Limits::Families] {
        let bench = Bench::with(|config| {
            config.scenario = Some(Scenario::demo().unwrap());
            config.limits = limits;
        })
        .await;
        assert_eq!(Some(bench.running.kind), limits.kind());
        let built = bench.running.built.as_ref().unwrap();
        for grant in &built.grants {
            assert_ne!(Level::of(grant.set, bench.running.kind), Level::Custom);
        }
    }
}

#[tokio::test]
async fn simulated_students_act_only_where_they_may() {
    let bench = demo().await;
    let built = bench.running.built.as_ref().unwrap();
    let emails: Vec<_> = built.students.iter().map(|student| student.email.as_str()).collect();
    let mut traffic = Traffic::new(Stage::of(&bench.running, emails.iter().copied(), 11)).unwrap();
    let (_, before) = bench.get("/sandbox/v1/ledger", &bench.admin()).await;
    let mut kinds = BTreeSet::new();
    for _ in 0..150 {
        kinds.insert(match traffic.step().await.unwrap() {
            Some(Event::Accepted(_)) => "accepted",
            Some(Event::Confirmed(_)) => "confirmed",
            Some(Event::Uploaded(..)) => "uploaded",
            Some(Event::Changed(..)) => "changed",
            Some(Event::Archived(..)) => "archived",
            Some(Event::Noted(..)) => "noted",
            None => "nothing",
        });
    }
    for kind in ["accepted", "confirmed", "uploaded", "changed", "archived", "noted"] {
        assert!(kinds.contains(kind), "{kind}: {kinds:?}");
    }
    let (_, ledger) = bench.get("/sandbox/v1/ledger", &bench.admin()).await;
    let new = ledger.as_array().unwrap().iter().skip(before.as_array().unwrap().len());
    for line in new.filter(|line| word(&line["action"]).starts_with("item.")) {
        assert_ne!(line["actor"], json!(null));
        let vault = word(&line["vault"]);
        assert!(built.bindings.iter().any(|binding| binding.vault.as_str() == vault), "{line}");
    }
}

#[tokio::test]
async fn a_new_vault_attracts_uploads() {
    let bench = Bench::new().await;
    let (person, token) = bench.person("ngozi").await;
    let mut stage = Stage::of(&bench.running, [], 3);
    stage.students.push(strongroom::sandbox::PersonToken {
        id: strongroom::domain::id::PersonId::parse(&person).unwrap(),
        email: "ngozi@example.edu".to_owned(),
        token: token.into(),
    });
    let mut traffic = Traffic::new(stage.clone()).unwrap();
    assert_eq!(traffic.step().await.unwrap(), None, "no vault, nothing to do");
    let vault = bench.make("v").await;
    bench.grant(&vault, &person, "view_items,create_items").await;
    assert!(traffic.step().await.unwrap().is_some());
    let cancel = CancellationToken::new();
    let pace = Pace { first: Duration::ZERO, between: Duration::ZERO..=Duration::ZERO };
    let running = tokio::spawn(run(stage, pace, cancel.clone()));
    let start = bench.content_version(&vault).await;
    for _ in 0..10_000 {
        if bench.content_version(&vault).await > start + 3 {
            break;
        }
    }
    cancel.cancel();
    assert!(running.await.unwrap().unwrap() >= 3);
}

#[tokio::test]
async fn every_change_is_one_line_of_the_ledger() {
    let bench = Bench::new().await;
    let (admin, service) = (bench.admin(), bench.service());
    let (_, start) = bench.get("/sandbox/v1/ledger", &admin).await;
    let mut seen = start.as_array().unwrap().len();
    let (vault, (person, token)) = (bench.make("v").await, bench.person("ngozi").await);
    let (_, group) = bench.post("/sandbox/v1/groups", &admin, json!({ "name": "g" })).await;
    let (_, item) = bench.post(&format!("/v1/vaults/{vault}/items"), &service, login("L")).await;
    let (_, document) = bench.send_file(&vault, "?name=a", &service, b"a".to_vec()).await;
    let (group, item, document) = (word(&group["id"]), word(&item["id"]), word(&document["id"]));
    bench.send_file(&vault, &format!("?name=b&item={document}"), &service, b"b".to_vec()).await;
    let wanted =
        ["vault.create", "person.create", "group.create", "item.create", "item.create", "item.update"];
    seen = lines(&bench, seen, &wanted).await;
    let at = format!("/sandbox/v1/vaults/{vault}");
    let (p, g) = (format!("{at}/people/{person}"), format!("{at}/groups/{group}"));
    let member = format!("/sandbox/v1/groups/{group}/members/{person}");
    let one = format!("/v1/vaults/{vault}/items/{item}");
    for (method, path, token, body, action) in [
        (Method::PUT, p.clone(), &service, permissions(READ), "grant.person"),
        (Method::PUT, g.clone(), &service, permissions(READ), "grant.group"),
        (Method::PUT, member.clone(), &admin, Value::Null, "group.join"),
        (Method::DELETE, member, &admin, Value::Null, "group.leave"),
        (Method::DELETE, p, &service, Value::Null, "revoke.person"),
        (Method::DELETE, g, &service, Value::Null, "revoke.group"),
        (Method::POST, format!("{at}/items/{item}/archive"), &service, Value::Null, "item.archive"),
        (Method::DELETE, one, &service, Value::Null, "item.delete"),
        (Method::POST, format!("/sandbox/v1/people/{person}/suspend"), &admin, Value::Null, "person.suspend"),
        (
            Method::POST,
            format!("/sandbox/v1/people/{person}/reactivate"),
            &admin,
            Value::Null,
            "person.reactivate",
        ),
        (Method::DELETE, format!("/sandbox/v1/people/{person}"), &admin, Value::Null, "person.delete"),
        (Method::DELETE, at, &service, Value::Null, "vault.delete"),
    ] {
        let (status, answer) = bench.call(method, &path, token, body).await;
        assert!((200..300).contains(&status), "{path}: {answer}");
        seen = lines(&bench, seen, &[action]).await;
    }
    bench.get("/v1/vaults", &service).await;
    bench.post("/sandbox/v1/vaults", &service, json!({ "name": "" })).await;
    lines(&bench, seen, &[]).await;
    let (_, ledger) = bench.get("/sandbox/v1/ledger", &admin).await;
    let whole = ledger.to_string();
    assert!(!whole.contains("canary-value"), "no value of a field");
    assert!(!whole.contains(&token) && !whole.contains(&service), "no token");
    for (at, line) in ledger.as_array().unwrap().iter().enumerate() {
        assert_eq!(line["seq"], json!(at + 1));
    }
}

/// Compares the actions after the first `seen` lines, and tells how many lines there are.
async fn lines(bench: &Bench, seen: usize, wanted: &[&str]) -> usize {
    let (_, ledger) = bench.get("/sandbox/v1/ledger", &bench.admin()).await;
    let ledger = ledger.as_array().unwrap();
    let actions: Vec<_> = ledger.iter().skip(seen).map(|line| word(&line["action"])).collect();
    assert_eq!(actions, wanted);
    ledger.len()
}
