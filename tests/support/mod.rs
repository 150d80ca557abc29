//! A class over a sandbox of its own: a real server on a free port, and everything that changes,
//! reads and watches it, each in a folder that is gone afterwards.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::redundant_closure_for_method_calls,
    reason = "tests; a path is not general enough"
)]
#![allow(dead_code, missing_docs, reason = "tests; each uses a part")]

mod bench;

use std::future::poll_fn;
use std::ops::Deref;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::task::Poll;

pub(crate) use bench::{Bench, word};
use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use strongroom::audit::{Actor, Audit};
use strongroom::clock::Clock;
use strongroom::domain::class::{Class, StudentKey};
use strongroom::domain::id::VaultId;
use strongroom::domain::plan::{Outcome, Plan, Wish};
use strongroom::domain::roster::Student;
use strongroom::domain::secret::Secret;
use strongroom::domain::text::{SafeText, Untrusted};
use strongroom::ops::{Ended, Ops, Patience};
use strongroom::provider::{Shared, sandbox::Sandbox};
use strongroom::queries::{Acting, Queries};
use strongroom::sandbox::Config;
use strongroom::store::Store;
use tokio_util::sync::CancellationToken;

pub(crate) struct Fixture {
    bench: Bench,
    pub(crate) class: Class,
    pub(crate) students: Mutex<Vec<Student>>,
}

impl Deref for Fixture {
    type Target = Bench;

    fn deref(&self) -> &Bench {
        &self.bench
    }
}

/// One program that works with the class: its local state is in a folder of its own.
pub(crate) struct Desk {
    pub(crate) queries: Queries,
    pub(crate) ops: Ops,
    pub(crate) log: PathBuf,
    pub(crate) key: PathBuf,
}

pub(crate) fn key(text: &str) -> StudentKey {
    StudentKey::parse(text).unwrap()
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(adjust: impl FnOnce(&mut Config)) -> Self {
        let bench = Bench::with(adjust).await;
        Self { bench, class: Class::new("CS101"), students: Mutex::default() }
    }

    /// Gives the sandbox a plan of faults with these rules.
    pub(crate) async fn plan(&self, seed: u64, rules: Value) {
        let plan = json!({ "seed": seed, "rules": rules });
        let (status, told) = self.call(Method::PUT, "/sandbox/v1/faults", &self.admin(), plan).await;
        assert_eq!(status, 200, "{told}");
    }

    /// Enrols somebody who may or may not be in the account.
    pub(crate) fn enrol(&self, name: &str) {
        let email = Untrusted::new(format!("{name}@example.edu"));
        self.students.lock().unwrap().push(Student { key: key(name), name: SafeText::new(name), email });
    }

    /// Enrols that many students who have signed up: their ids and tokens.
    pub(crate) async fn students(&self, count: usize) -> Vec<(String, String)> {
        let mut people = Vec::new();
        for number in 0..count {
            let name = format!("s{number:03}");
            self.enrol(&name);
            people.push(self.person(&name).await);
        }
        people
    }

    pub(crate) fn provider(&self) -> Sandbox {
        Sandbox::at(&self.running.url, self.running.service_account.clone()).unwrap()
    }

    pub(crate) fn provider_as(&self, token: &str) -> Sandbox {
        Sandbox::at(&self.running.url, Secret::from(token)).unwrap()
    }

    /// A program of that name; the same name again is the same local state.
    pub(crate) fn desk(&self, name: &str) -> Desk {
        self.desk_with(name, Arc::new(self.provider()))
    }

    pub(crate) fn desk_with(&self, name: &str, provider: Shared) -> Desk {
        self.desk_at(name, provider, Clock::real())
    }

    /// The sandbox's own clock: whoever waits for a time makes it that late.
    pub(crate) fn clock(&self) -> Clock {
        let (hand, wait) = (self.clock.clone(), self.clock.clone());
        Clock::of(
            move || Timestamp::from_second(hand.load(Ordering::SeqCst)).unwrap(),
            move |time| {
                // A part of a second counts as a whole one: it must be that late afterwards.
                let second = time.as_second() + i64::from(time.subsec_nanosecond() > 0);
                wait.fetch_max(second, Ordering::SeqCst);
                Box::pin(tokio::task::yield_now())
            },
        )
    }

    pub(crate) fn desk_at(&self, name: &str, provider: Shared, clock: Clock) -> Desk {
        let state = self.folder.path().join(name);
        let store = Store::open(&state.join("store.db")).unwrap();
        store.enroll(&self.students.lock().unwrap()).unwrap();
        let class = Arc::new(self.class.clone());
        let queries = Queries { provider, store, class, clock, acting: Acting::default() };
        let (log, key) = (state.join("audit.jsonl"), self.folder.path().join("keys").join("audit.key"));
        let actor = Actor { machine: "m".into(), user: "u".into(), ..Actor::default() };
        let audit = Audit::open(&log, &key).unwrap();
        let ops = Ops::new(queries.clone(), audit, actor, false, state.join("locks"));
        let ops = ops.with_copies(Arc::new(|_, _| Ok(())));
        Desk { queries, ops, log, key }
    }

    /// All that really happened, of one action.
    pub(crate) fn happened(&self, action: &str) -> Vec<Value> {
        let ledger = self.running.world.at(Timestamp::now()).read(|turn| turn.ledger()).unwrap();
        let lines = ledger.into_iter().filter(|entry| entry.action == action);
        lines.map(|entry| serde_json::to_value(entry).unwrap()).collect()
    }

    /// Vaults made by anybody but the sandbox itself.
    pub(crate) fn vaults_made(&self) -> usize {
        self.happened("vault.create").iter().filter(|line| line["actor"] != "sandbox").count()
    }

    /// Requests of the service account so far: all, and those that changed something.
    pub(crate) async fn requests(&self) -> (u64, u64) {
        let (_, who) = self.get("/sandbox/v1/whoami", &self.service()).await;
        let (_, counts) = self.get("/sandbox/v1/requests", &self.admin()).await;
        let (mut all, mut writes) = (0, 0);
        for row in counts["requests"].as_array().unwrap() {
            if row["principal"] == who["principal"]["id"] && row["route"] != "/sandbox/v1/whoami" {
                let count = row["count"].as_u64().unwrap();
                all += count;
                writes += if row["method"] == "GET" { 0 } else { count };
            }
        }
        (all, writes)
    }

    /// What the ledger says: no vault of ours twice by name, and nobody but its own student (by the
    /// names of this fixture) was ever granted anything on it.
    pub(crate) async fn assert_invariants(&self) {
        let (_, people) = self.get("/sandbox/v1/people", &self.admin()).await;
        let email = |id: &str| {
            let person = people.as_array().unwrap().iter().find(|person| person["id"] == id);
            person.map_or_else(String::new, |person| word(&person["email"]))
        };
        let mut names = std::collections::HashMap::new();
        for line in self.happened("vault.create").iter().filter(|line| line["actor"] != "sandbox") {
            let twice = names.insert(word(&line["vault"]), word(&line["name"]));
            assert_eq!(twice, None);
        }
        let mut unique: Vec<_> = names.values().collect();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), names.len(), "a vault was made twice: {names:?}");
        for line in self.happened("grant.person") {
            let Some(name) = names.get(&word(&line["vault"])) else { continue };
            let owner = format!("{}@example.edu", name.trim_start_matches("CS101-"));
            assert_eq!(email(&word(&line["person"])), owner, "a wrong grant: {line}");
        }
    }
}

impl Desk {
    pub(crate) async fn plan(&self) -> Plan {
        self.queries.plan(&Wish::Provision(Vec::new())).await.unwrap()
    }

    pub(crate) async fn run(&self, plan: Plan) -> Ended {
        self.ops.run(plan, Patience::Stop, CancellationToken::new(), Arc::new(|_| {})).await.unwrap()
    }

    pub(crate) async fn provision(&self) -> Ended {
        self.run(self.plan().await).await
    }

    pub(crate) fn vault(&self, student: &str) -> VaultId {
        let bindings = self.queries.store.bindings().unwrap();
        bindings.into_iter().find(|binding| binding.student == key(student)).unwrap().vault
    }

    pub(crate) fn assert_audited(&self) {
        let found = strongroom::audit::verify(&self.log, &self.key).unwrap();
        assert_eq!((found.first_bad, found.open_intents, found.torn_tail), (None, Vec::new(), false));
    }
}

/// A plan to which somebody has agreed.
pub(crate) fn agreed(mut plan: Plan) -> Plan {
    plan.typed = plan.guard.as_ref().map(|guard| guard.word.to_string());
    plan
}

/// Lets a program come so many moments far: each is a place where it waits for something. `None` if it did
/// not end by then.
pub(crate) async fn partly<T>(program: impl Future<Output = T>, moments: usize) -> Option<T> {
    let (mut program, mut left) = (pin!(program), moments);
    poll_fn(|context| {
        if let Poll::Ready(value) = program.as_mut().poll(context) {
            return Poll::Ready(Some(value));
        }
        left -= 1;
        if left == 0 { Poll::Ready(None) } else { Poll::Pending }
    })
    .await
}

pub(crate) fn count(ended: &Ended, word: &str) -> usize {
    ended.count(|outcome: &Outcome| outcome.name() == word)
}
