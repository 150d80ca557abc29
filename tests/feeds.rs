//! What the Events API reports, from the answers of a service to the store and the looks that follow from it.

#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "feeds/door.rs"]
mod door;
#[path = "feeds/following.rs"]
mod following;
#[path = "live/line.rs"]
#[allow(dead_code, reason = "a part of it is used here")]
mod line;
#[path = "feeds/looking.rs"]
mod looking;
#[path = "feeds/protocol.rs"]
mod protocol;
#[path = "feeds/refused.rs"]
mod refused;
#[path = "feeds/script.rs"]
mod script;
mod support;

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use line::Line;
use script::{Script, path};
use serde_json::{Value, json};
use strongroom::clock::Clock;
use strongroom::domain::events::{Activity, Feed, From, Page};
use strongroom::domain::fault::Result;
use strongroom::domain::id::VaultId;
use strongroom::domain::operation::{Capabilities, Capability};
use strongroom::domain::vault_list::{Gap, VaultList};
use strongroom::provider::Provider;
use strongroom::provider::events::Events;
use strongroom::queries::Queries;
use strongroom::store::Sought;
use strongroom::watch::Leads;
use strongroom::watch::follow::Follower;
use support::{Desk, Fixture};
use tokio::sync::Notify;

/// A sandbox for everything, and the script for who did what.
pub(crate) struct Both {
    pub(crate) line: Line,
    events: Events,
    /// Held back are the answers of a feed after so many.
    answers: AtomicUsize,
    through: AtomicUsize,
    /// What lists of vaults leave out; they say that they are not whole.
    pub(crate) hidden: Mutex<HashSet<VaultId>>,
    pub(crate) held: Notify,
    pub(crate) asked: Notify,
}

impl Both {
    pub(crate) fn new(fixture: &Fixture, events: Events) -> Self {
        Self {
            line: Line::new(fixture),
            events,
            answers: AtomicUsize::new(0),
            through: AtomicUsize::new(usize::MAX),
            hidden: Mutex::default(),
            held: Notify::new(),
            asked: Notify::new(),
        }
    }
}

#[async_trait]
impl Provider for Both {
    fn inner(&self) -> Option<&dyn Provider> {
        Some(&self.line)
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::of(&[
            Capability::ReadPeople,
            Capability::ReadAccess,
            Capability::ReadItems,
            Capability::ReadActivity,
        ])
    }
    async fn vaults(&self) -> Result<VaultList> {
        let mut vaults = self.line.vaults().await?;
        vaults.rows.retain(|vault| !self.hidden.lock().unwrap().contains(&vault.id));
        if !self.hidden.lock().unwrap().is_empty() {
            vaults.gap = Gap::Due;
        }
        Ok(vaults)
    }
    async fn feeds(&self) -> Result<Vec<Feed>> {
        self.events.feeds().await
    }
    async fn activity(&self, feed: Feed, from: &From) -> Result<Page> {
        self.asked.notify_one();
        if self.answers.fetch_add(1, Ordering::SeqCst) >= self.through.load(Ordering::SeqCst) {
            self.held.notify_one();
            std::future::pending::<()>().await;
        }
        self.events.activity(feed, from).await
    }
}

/// A class of so many students with vaults, whose program is told who did what by a script.
pub(crate) struct Course {
    pub(crate) fixture: Fixture,
    pub(crate) people: Vec<(String, String)>,
    pub(crate) script: Script,
    pub(crate) both: Arc<Both>,
    pub(crate) desk: Desk,
    pub(crate) told: Arc<Mutex<Vec<String>>>,
    pub(crate) leads: Leads,
}

/// The vaults are bound by the clock of this machine; everything here happens after the first moment.
static BEGIN: LazyLock<Timestamp> = LazyLock::new(Timestamp::now);

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(BEGIN.as_second() + 10 + second).unwrap()
}

impl Course {
    pub(crate) async fn new(students: usize) -> Self {
        let begun = *BEGIN;
        assert!(begun <= Timestamp::now());
        let fixture = Fixture::new().await;
        let people = fixture.students(students).await;
        let desk = fixture.desk("one");
        assert_eq!(desk.provision().await.fault, None);
        let script = Script::new().await;
        let both = Arc::new(Both::new(&fixture, script.events()));
        let desk = fixture.desk_with("one", both.clone());
        let (told, leads) = (Arc::default(), Leads::default());
        Self { fixture, people, script, both, desk, told, leads }
    }

    /// A program that follows; what it tells is kept.
    pub(crate) fn follower(&self) -> Follower {
        self.follower_by(self.desk.queries.clock.clone())
    }

    /// The same, by another clock.
    pub(crate) fn follower_by(&self, clock: Clock) -> Follower {
        let told = self.told.clone();
        let told = Arc::new(move |line: strongroom::domain::text::SafeText| {
            told.lock().unwrap().push(line.to_string());
        });
        Follower::new(Queries { clock, ..self.desk.queries.clone() }, self.leads.clone(), told)
    }

    pub(crate) fn told(&self) -> Vec<String> {
        std::mem::take(&mut *self.told.lock().unwrap())
    }

    /// So many answers of feeds come through from now on.
    pub(crate) fn let_through(&self, answers: usize) {
        let so_far = self.both.answers.load(Ordering::SeqCst);
        self.both.through.store(so_far.saturating_add(answers), Ordering::SeqCst);
    }

    /// What is kept of a feed, by the ids of the records in the order of time.
    pub(crate) fn kept(&self, feed: Feed) -> Vec<String> {
        self.activity(feed).iter().map(|record| record.uuid.to_string()).collect()
    }

    pub(crate) fn activity(&self, feed: Feed) -> Vec<Activity> {
        self.desk.queries.store.activity(&Sought { feed: Some(feed), ..Sought::default() }).unwrap()
    }

    /// A record of somebody who uses an item of a student's vault.
    pub(crate) fn usage(&self, uuid: &str, student: &str, action: &str, second: i64) -> Value {
        json!({
            "uuid": uuid, "timestamp": at(second).to_string(), "action": action, "used_version": 1,
            "vault_uuid": self.desk.vault(student).as_str(), "item_uuid": "sbxaaaaaaaaaaaaaaaaaaaaaaa",
            "user": { "uuid": self.people[0].0, "name": "Ada Unmistakable", "email": "s000@example.edu" },
            "client": { "app_name": "1Password for Web", "ip_address": "192.0.2.7" },
        })
    }

    /// Steps until nothing more is known to be there and a whole pace has passed; the time after it.
    pub(crate) async fn follow(&self, follower: &mut Follower, from: i64) -> i64 {
        let mut second = from;
        loop {
            let wait = follower.step(at(second)).await;
            second += i64::try_from(wait.as_secs()).unwrap() + 1;
            if wait > Duration::from_secs(1) {
                return second;
            }
        }
    }
}

/// A record of somebody who changed something.
pub(crate) fn audit(
    uuid: &str,
    (action, object): (&str, &str),
    (id, aux): (&str, &str),
    second: i64,
) -> Value {
    json!({
        "uuid": uuid, "timestamp": at(second).to_string(), "action": action, "object_type": object,
        "object_uuid": id, "aux_uuid": aux, "actor_uuid": "SBXOWNEROWNEROWNEROWNEROWN",
        "actor_details": { "name": "Owner", "email": "owner@example.edu" },
    })
}

/// The ids of so many records.
pub(crate) fn ids(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("R{number:03}")).collect()
}

pub(crate) fn unique(list: &[String]) -> usize {
    list.iter().collect::<HashSet<_>>().len()
}
