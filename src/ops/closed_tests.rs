//! No log, no change: the log fails at every call in turn, and a real sandbox counts what was sent.

#![allow(clippy::redundant_closure_for_method_calls, reason = "a path is not general enough")]

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use rustix::io::Errno;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::audit::Filter;
use crate::audit::disk::{Call as Disk, script};
use crate::clock::Clock;
use crate::domain::class::{Class, StudentKey};
use crate::domain::fault::Kind;
use crate::domain::roster::Student;
use crate::domain::secret::Expose as _;
use crate::domain::text::Untrusted;
use crate::provider::sandbox::Sandbox;
use crate::queries::Acting;
use crate::sandbox::{Config, Running, serve};
use crate::store::Store;

/// A class of a few students who have signed up; everything runs on this thread, where the disk fails.
struct World {
    _folder: TempDir,
    running: Running,
    ops: Ops,
}

impl World {
    async fn new(students: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let running =
            serve(Config::new(folder.path().join("world")), CancellationToken::new()).await.unwrap();
        let client = reqwest::Client::builder().tls_certs_only([]).no_proxy().build().unwrap();
        let mut enrolled = Vec::new();
        for number in 0..students {
            let (key, email) = (format!("s{number}"), format!("s{number}@example.edu"));
            let request = client.post(format!("{}/sandbox/v1/people", running.url));
            let request = request.bearer_auth(running.admin.expose_secret());
            let answer = request.json(&json!({ "name": key, "email": email })).send().await.unwrap();
            assert!(answer.status().is_success());
            let key = StudentKey::parse(&key).unwrap();
            enrolled.push(Student { name: SafeText::new(key.as_str()), key, email: Untrusted::new(email) });
        }
        let store = Store::open(&folder.path().join("store.db")).unwrap();
        store.enroll(&enrolled).unwrap();
        let provider = Sandbox::at(&running.url, running.service_account.clone()).unwrap();
        let queries = Queries {
            provider: Arc::new(provider),
            store,
            class: Arc::new(Class::new("CS101")),
            clock: Clock::real(),
            acting: Acting::default(),
        };
        let audit = Audit::open(&folder.path().join("log/audit.jsonl"), &folder.path().join("key/audit.key"));
        let locks = folder.path().join("locks");
        let ops = Ops::new(queries, audit.unwrap(), Actor::default(), false, locks);
        Self { _folder: folder, running, ops }
    }

    /// What the service was changed by anybody but itself and its administrator: action and vault.
    fn changes(&self) -> Vec<(String, Value)> {
        let ledger = self.running.world.at(Timestamp::now()).read(|turn| turn.ledger()).unwrap();
        let lines = ledger.into_iter().map(|entry| serde_json::to_value(entry).unwrap());
        let ours = ["vault.create", "grant.person", "revoke.person", "vault.delete", "item.create"];
        let made = lines.filter(|line| line["actor"] != "sandbox");
        made.map(|line| (line["action"].as_str().unwrap().to_owned(), line))
            .filter(|(action, _)| ours.contains(&action.as_str()))
            .collect()
    }

    /// Changes that no synced intent stands for.
    fn unlogged(&self) -> usize {
        let records = self.ops.audit.list(&Filter::default()).unwrap_or_default().0;
        let count = |op: &str| records.iter().filter(|r| r.of.is_none() && r.op.as_str() == op).count();
        let changes = self.changes();
        let sent = |action: &str| changes.iter().filter(|(was, _)| was == action).count();
        sent("vault.create").saturating_sub(count("create-vault") + count("create-checkpoint-vault"))
            + sent("grant.person").saturating_sub(count("grant"))
            + sent("item.create").saturating_sub(count("checkpoint"))
    }

    async fn provision(&self) -> Result<Ended> {
        let plan = self.ops.plan(&Wish::Provision(Vec::new())).await?;
        self.ops.run(plan, Patience::Stop, CancellationToken::new(), Arc::new(|_| {})).await
    }
}

const STUDENTS: usize = 3;

#[tokio::test]
async fn the_log_fails_at_every_call_in_turn_and_nothing_goes_out_without_it() {
    let mut shown = Vec::new();
    for (call, how) in [
        (Disk::Open, Errno::ACCESS),
        (Disk::Lock, Errno::IO),
        (Disk::Read, Errno::IO),
        (Disk::Write, Errno::NOSPC),
        (Disk::Sync, Errno::IO),
    ] {
        let (mut well, mut failing, mut unlogged) = (0, 0, 0);
        loop {
            let world = World::new(STUDENTS).await;
            script::fail(call, well, how);
            let ended = world.provision().await;
            let met = script::mend();
            unlogged += world.unlogged();
            assert_eq!(world.unlogged(), 0, "{call:?} after {well}");
            if met == 0 {
                assert_eq!(ended.unwrap().count(|outcome| *outcome == Outcome::Done), STUDENTS);
                break;
            }
            failing += 1;
            if well == 0 && call != Disk::Sync && call != Disk::Write {
                assert_eq!(world.changes().len(), 0, "{call:?}");
            }
            // The log works again: the next change works by itself, and nothing is made twice.
            let again = world.provision().await.unwrap();
            let left = again.count(|outcome| !matches!(outcome, Outcome::Done | Outcome::Unchanged));
            assert_eq!((left, again.fault), (0, None), "{call:?} after {well}");
            let made = world.changes().iter().filter(|(action, _)| action == "vault.create").count();
            assert_eq!((made, world.unlogged()), (STUDENTS, 0), "{call:?} after {well}");
            well += 1;
        }
        shown.push(format!("{call:?} ({how:?}): {failing} places, changes without a record {unlogged}"));
    }
    println!("the log fails at its n-th call, for each n of a provisioning of {STUDENTS}:");
    for line in shown {
        println!("  {line}");
    }
}

#[tokio::test]
async fn nothing_is_sent_where_the_first_intent_cannot_be_written_and_reading_goes_on() {
    for how in [Errno::NOSPC, Errno::ROFS, Errno::ACCESS, Errno::IO, Errno::DQUOT] {
        for call in [Disk::Open, Disk::Lock, Disk::Write, Disk::Sync] {
            let world = World::new(1).await;
            let plan = world.ops.plan(&Wish::Provision(Vec::new())).await.unwrap();
            script::fail(call, 0, how);
            let ended = world.ops.run(plan, Patience::Stop, CancellationToken::new(), Arc::new(|_| {})).await;
            let told = match ended {
                Err(fault) => fault.to_string(),
                Ok(ended) => {
                    assert_eq!(ended.count(|outcome| *outcome == Outcome::Done), 0);
                    let row = ended.plan.rows.into_iter().next().unwrap();
                    ended.fault.map_or_else(|| format!("{:?}", row.outcome), |fault| fault.to_string())
                }
            };
            let fault = world.ops.store_checkpoint("CS101 audit log", false).await.unwrap_err();
            assert_ne!(fault.kind, Kind::Refused);
            assert!(world.ops.make_checkpoint_vault(false).await.is_err());
            assert!(told.contains("audit"), "{told}");
            assert_eq!(world.changes(), [], "{call:?} {how:?}");
            let frame = world.ops.queries.frame(true).await.unwrap();
            assert_eq!(frame.students.len(), 1, "reading goes on");
            assert!(script::mend() > 0);
        }
    }
}

#[tokio::test]
async fn a_checkpoint_of_a_failing_log_is_not_sent_and_a_lost_answer_is_looked_for() {
    let world = World::new(1).await;
    world.provision().await.unwrap();
    let stored = world.ops.make_checkpoint_vault(false).await.unwrap();
    let before = world.changes().len();
    for call in [Disk::Open, Disk::Lock, Disk::Read, Disk::Write, Disk::Sync] {
        script::fail(call, 0, Errno::IO);
        world.ops.store_checkpoint(stored.place.vault.as_str(), false).await.unwrap_err();
        assert!(script::mend() > 0);
        assert_eq!(world.changes().len(), before, "{call:?}");
    }
    let again = world.ops.store_checkpoint(stored.place.vault.as_str(), false).await.unwrap();
    assert!(again.checkpoint.seq > stored.checkpoint.seq);
    assert_eq!(world.changes().len(), before + 1);
    let names: BTreeSet<_> = [stored.item.item, again.item.item].into_iter().collect();
    assert_eq!(names.len(), 2);
}
