//! What changes outside between a plan and its carrying-out: each of two dozen kinds twice, or as many
//! changes as `STRONGROOM_CHANGES` says.
//!
//! What a step rests on refuses the whole plan, with nothing sent; what it does not rest on changes nothing.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

use std::collections::BTreeMap;
use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};
use strongroom::domain::access::Level;
use strongroom::domain::class::{Class, Exception, Staff, StaffName};
use strongroom::domain::fault::Kind;
use strongroom::domain::plan::{Plan, Wish};
use strongroom::domain::roster::Student;
use strongroom::domain::text::Untrusted;
use strongroom::ops::{Ended, Patience};
use tokio_util::sync::CancellationToken;

use crate::support::{Desk, Fixture, agreed, key, word};

/// Students whose vaults stay; the one after them loses the own.
const STAY: usize = 12;

/// What somebody else changes, and whether the plan rests on it.
const KINDS: [(&str, bool); 23] = [
    ("a stray is added", true),
    ("the stray is taken away", true),
    ("the student's access is taken away", true),
    ("the missing staff grant is made", true),
    ("a classmate is put on the vault", true),
    ("a group is put on the vault", true),
    ("the student is suspended", true),
    ("the student is invited anew: a new id", true),
    ("the staff member is suspended", true),
    ("the vault is deleted", true),
    ("the roster's address is edited", true),
    ("the student leaves the roster", true),
    ("the class file asks for another level", true),
    ("the class file names no staff", true),
    ("the class file allows an exception", true),
    ("an exception ends", true),
    ("an exception allows more", true),
    ("a file is uploaded", false),
    ("the vault is renamed", false),
    ("a stray comes to another vault", false),
    ("another student is suspended", false),
    ("somebody joins the account", false),
    ("an exception for another vault", false),
];

struct Scene {
    fixture: Fixture,
    /// Id and token of each student, as it is now.
    people: Vec<(String, String)>,
    teacher: String,
    stray: String,
    group: String,
}

fn name(of: usize) -> String {
    format!("s{of:03}")
}

fn exception(of: usize, level: Level, until: &str) -> Exception {
    let (who, vault) = ("guest@example.edu".to_owned(), key(&name(of)));
    Exception { who, vault, level, reason: "pair".into(), until: until.parse().unwrap() }
}

impl Scene {
    async fn new() -> Self {
        let mut fixture = Fixture::new().await;
        let people = fixture.students(STAY + 1).await;
        let (teacher, _) = fixture.person("teacher").await;
        let (stray, _) = fixture.person("stray").await;
        fixture.person("guest").await;
        let who = StaffName::User("teacher@example.edu".to_owned());
        fixture.class.staff = vec![Staff { who, level: Level::Manage }];
        let made = fixture.posted("/sandbox/v1/groups", &fixture.admin(), json!({ "name": "friends" })).await;
        let scene = Self { group: word(&made["id"]), fixture, people, teacher, stray };
        let desk = scene.fixture.desk("one");
        let plan = desk.queries.plan(&Wish::Class(Vec::new())).await.unwrap();
        desk.run(plan).await;
        scene
    }

    async fn put(&self, vault: &str, who: &str) {
        let some = json!({ "permissions": ["view_items"] });
        let path = format!("/sandbox/v1/vaults/{vault}/{who}");
        let (status, answer) = self.fixture.call(Method::PUT, &path, &self.fixture.service(), some).await;
        assert_eq!(status, 200, "{answer}");
    }

    async fn take(&self, vault: &str, who: &str) {
        let path = format!("/sandbox/v1/vaults/{vault}/{who}");
        self.fixture.call(Method::DELETE, &path, &self.fixture.service(), Value::Null).await;
    }

    async fn person(&self, id: &str, step: &str) {
        self.fixture
            .posted(&format!("/sandbox/v1/people/{id}/{step}"), &self.fixture.admin(), Value::Null)
            .await;
    }

    /// The class as it is before a change of that kind.
    fn class(&self, kind: &str, of: usize) -> Class {
        let mut class = self.fixture.class.clone();
        if kind == "an exception ends" || kind == "an exception allows more" {
            class.exceptions.push(exception(of, Level::Read, "2099-01-01"));
        }
        class
    }

    fn desk(&mut self, class: Class) -> Desk {
        let kept = std::mem::replace(&mut self.fixture.class, class);
        let desk = self.fixture.desk("one");
        self.fixture.class = kept;
        desk
    }

    /// Changes something outside; the program that carries the plan out then.
    async fn change(&mut self, kind: &str, of: usize, other: usize, desk: Desk, class: &Class) -> Desk {
        let vault = desk.vault(&name(of)).as_str().to_owned();
        let neighbour = desk.vault(&name(other)).as_str().to_owned();
        let people = |id: &str| format!("people/{id}");
        match kind {
            "a stray is added" => {
                let (id, _) = self.fixture.person(&format!("x{}", fastrand::u64(..))).await;
                self.put(&vault, &people(&id)).await;
            }
            "the stray is taken away" => self.take(&vault, &people(&self.stray)).await,
            "the student's access is taken away" => self.take(&vault, &people(&self.people[of].0)).await,
            "the missing staff grant is made" => self.put(&vault, &people(&self.teacher)).await,
            "a classmate is put on the vault" => self.put(&vault, &people(&self.people[other].0)).await,
            "a group is put on the vault" => self.put(&vault, &format!("groups/{}", self.group)).await,
            "the student is suspended" => self.person(&self.people[of].0, "suspend").await,
            "the student is invited anew: a new id" => {
                let path = format!("/sandbox/v1/people/{}", self.people[of].0);
                self.fixture.call(Method::DELETE, &path, &self.fixture.admin(), Value::Null).await;
                self.people[of] = self.fixture.person(&name(of)).await;
            }
            "the staff member is suspended" => self.person(&self.teacher, "suspend").await,
            "the vault is deleted" => {
                let path = format!("/sandbox/v1/vaults/{vault}");
                self.fixture.call(Method::DELETE, &path, &self.fixture.service(), Value::Null).await;
            }
            "a file is uploaded" => {
                let token = self.people[of].1.clone();
                let query = format!("?name=f{0}&title=f{0}", fastrand::u64(..));
                self.fixture.upload(&vault, &query, &token, b"x").await;
            }
            "the vault is renamed" => {
                let path = format!("/sandbox/v1/vaults/{vault}");
                let named = json!({ "name": format!("CS101-{}-x", name(of)) });
                self.fixture.call(Method::PATCH, &path, &self.fixture.service(), named).await;
            }
            "a stray comes to another vault" => self.put(&neighbour, &people(&self.stray)).await,
            "another student is suspended" => self.person(&self.people[other].0, "suspend").await,
            "somebody joins the account" => {
                self.fixture.person(&format!("n{}", fastrand::u64(..))).await;
            }
            kind => return self.change_here(kind, of, other, desk, class),
        }
        desk
    }

    /// Changes the roster or the class file.
    fn change_here(&mut self, kind: &str, of: usize, other: usize, desk: Desk, class: &Class) -> Desk {
        let mut class = class.clone();
        match kind {
            "the roster's address is edited" => {
                let email = Untrusted::new("moved@example.edu");
                let student = Student { key: key(&name(of)), name: "s".into(), email };
                desk.queries.store.apply_roster(&[student], &[]).unwrap();
            }
            "the student leaves the roster" => {
                desk.queries.store.apply_roster(&[], &[key(&name(of))]).unwrap();
            }
            "the class file asks for another level" => class.student = Level::Read,
            "the class file names no staff" => class.staff.clear(),
            "the class file allows an exception" => {
                class.exceptions.push(exception(of, Level::Read, "2099-01-01"));
            }
            "an exception ends" => class.exceptions[0] = exception(of, Level::Read, "2000-01-01"),
            "an exception allows more" => class.exceptions[0] = exception(of, Level::Write, "2099-01-01"),
            "an exception for another vault" => {
                class.exceptions.push(exception(other, Level::Read, "2099-01-01"));
            }
            kind => unreachable!("{kind}"),
        }
        if class == self.class(kind, of) { desk } else { self.desk(class) }
    }

    /// Whoever was suspended is active again.
    async fn restore(&self, kind: &str, of: usize, other: usize) {
        match kind {
            "the student is suspended" => self.person(&self.people[of].0, "reactivate").await,
            "the staff member is suspended" => self.person(&self.teacher, "reactivate").await,
            "another student is suspended" => self.person(&self.people[other].0, "reactivate").await,
            _ => {}
        }
    }
}

async fn run(desk: &Desk, plan: Plan) -> Result<Ended, strongroom::domain::fault::Fault> {
    desk.ops.run(agreed(plan), Patience::Stop, CancellationToken::new(), Arc::new(|_| {})).await
}

#[tokio::test]
async fn changes_outside_refuse_a_plan_or_do_not_concern_it() {
    let mut told: BTreeMap<usize, (usize, usize, u64, String)> = BTreeMap::new();
    let mut scene = Scene::new().await;
    let changes =
        std::env::var("STRONGROOM_CHANGES").map_or(2 * KINDS.len(), |number| number.parse().unwrap());
    for round in 0..changes {
        let (at, other) = (round % KINDS.len(), (round + 5) % STAY);
        // Every kind once to a class, since each run reads the whole log.
        if at == 0 && round > 0 {
            scene = Scene::new().await;
        }
        let (kind, rests) = KINDS[at];
        let of = if kind == "the vault is deleted" { STAY } else { round % STAY };
        let class = scene.class(kind, of);
        let desk = scene.desk(class.clone());
        let vault = desk.vault(&name(of)).as_str().to_owned();
        scene.put(&vault, &format!("people/{}", scene.stray)).await;
        scene.take(&vault, &format!("people/{}", scene.teacher)).await;
        let wish = Wish::Class(vec![key(&name(of))]);
        let plan = desk.queries.plan(&wish).await.unwrap();
        assert!(plan.rows[0].steps.len() >= 2, "{kind}: {:?}", plan.rows);
        let desk = scene.change(kind, of, other, desk, &class).await;
        let (before, records) = (fixture_writes(&scene).await, scene.fixture.happened("grant.person").len());
        let ended = run(&desk, plan).await;
        let sent = fixture_writes(&scene).await - before;
        let entry = told.entry(at).or_default();
        entry.0 += 1;
        if let Err(fault) = &ended {
            assert_eq!(fault.kind, Kind::Refused, "{kind}: {fault}");
            assert_eq!(scene.fixture.happened("grant.person").len(), records, "{kind}");
            entry.1 += 1;
            entry.2 += sent;
            entry.3 = fault.message.to_string();
        } else {
            assert!(sent >= 2, "{kind}");
        }
        assert_eq!(ended.is_err(), rests, "{kind}: {ended:?}");
        desk.assert_audited();
        // Planned anew it comes to its end, whatever it was.
        scene.restore(kind, of, other).await;
        let desk = scene.desk(scene.fixture.class.clone());
        for of in [of, other] {
            let wish = Wish::Class(vec![key(&name(of))]);
            run(&desk, desk.queries.plan(&wish).await.unwrap()).await.unwrap();
            assert_eq!(desk.queries.plan(&wish).await.unwrap().changes(), 0, "{kind}");
        }
    }
    println!("changes outside: {changes}, of {} kinds", KINDS.len());
    println!("{:<40} {:>5} {:>7} {:>5}  told", "kind", "tried", "refused", "sent");
    for (at, (tried, refused, sent, words)) in &told {
        println!("{:<40} {tried:>5} {refused:>7} {sent:>5}  {words}", KINDS[*at].0);
    }
    assert!(told.values().all(|(_, _, sent, _)| *sent == 0));
}

async fn fixture_writes(scene: &Scene) -> u64 {
    scene.fixture.requests().await.1
}
