//! The sandbox's client while the service behind it fails, by every fault of a plan: what comes of it is
//! true, or a fault whose kind says how much is known.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use serde_json::{Value, json};
use strongroom::domain::access::{Permissions, Principal};
use strongroom::domain::directory::{FileRef, ItemRef, NewDocument};
use strongroom::domain::fault::{Fault, Kind};
use strongroom::domain::id::{FileId, ItemId, PersonId};
use strongroom::domain::operation::Call;
use strongroom::provider::{Provider, sandbox::Sandbox};
use strongroom::sandbox::op::Setting;

use crate::fronts::{new_vault, op_under};
use crate::support::{Fixture, count, word};

/// A class of one, with a file, and another vault with another file.
struct Scene {
    fixture: Fixture,
    provider: Sandbox,
    at: ItemRef,
    file: FileRef,
    who: Principal,
}

const SIZE: usize = 1_024;

impl Scene {
    async fn new() -> Self {
        let fixture = Fixture::new().await;
        fixture.enrol("ngozi");
        let (person, token) = fixture.person("ngozi").await;
        fixture.person("other").await;
        fixture.desk("one").provision().await;
        let vaults = fixture.provider().vaults().await.unwrap();
        let vault = vaults.iter().find(|vault| vault.name.as_str() == "CS101-ngozi").unwrap().id.clone();
        let upload = |title: &'static str| format!("?name={title}.bin&title={title}");
        let item = fixture.upload(vault.as_str(), &upload("hw1"), &token, &[7; SIZE]).await;
        fixture.upload(vault.as_str(), &upload("hw2"), &token, &[8; SIZE]).await;
        let at = ItemRef { vault, item: ItemId::parse(&word(&item["id"])).unwrap() };
        let id = FileId::parse(&word(&item["files"][0]["id"])).unwrap();
        let file = FileRef { at: at.clone(), file: id, size: SIZE as u64 };
        let who = Principal::Person(PersonId::parse(&person).unwrap());
        let provider = fixture.provider();
        Self { fixture, provider, at, file, who }
    }

    /// Every request is befallen by this from now on.
    async fn plan(&self, rule: Value) {
        self.fixture.plan(5, json!([rule])).await;
    }

    /// Every fault that is no answer, or none that can be used.
    async fn befall(&self, fault: &str) {
        let timed = ["hang", "late", "delay", "drip"].contains(&fault);
        let rule = if timed { json!({ "fault": fault, "delay_ms": 150 }) } else { json!({ "fault": fault }) };
        self.plan(rule).await;
    }

    async fn reads(&self) -> Vec<Option<Fault>> {
        let (provider, vault) = (&self.provider, &self.at.vault);
        vec![
            provider.identity().await.err(),
            provider.people().await.err(),
            provider.groups().await.err(),
            provider.vaults().await.err(),
            provider.grants(vault).await.err(),
            provider.vault(vault).await.err(),
            provider.items(vault).await.err(),
            provider.item(&self.at).await.err(),
        ]
    }

    fn changes(&self) -> Vec<Call> {
        let (vault, who) = (self.at.vault.clone(), self.who.clone());
        let permissions = Permissions::parse(["view_items"]).unwrap();
        vec![
            new_vault("n"),
            Call::Grant { vault: vault.clone(), who: who.clone(), permissions },
            Call::Revoke { vault: vault.clone(), who, permissions: None },
            Call::DeleteVault(vault),
        ]
    }
}

#[tokio::test]
async fn a_read_that_fails_says_whether_nobody_answered_or_nothing_made_sense() {
    let scene = Scene::new().await;
    let nobody = Some(Kind::Unreachable);
    for (fault, kind) in [
        ("delay", None),
        ("drip", None),
        ("hang", nobody),
        ("lost-reply", nobody),
        ("rate-limit-bare", Some(Kind::RateLimit)),
        ("server-error", Some(Kind::Broken)),
        ("gateway", Some(Kind::Broken)),
        ("truncated", Some(Kind::Broken)),
        ("reset", Some(Kind::Broken)),
        ("invalid-utf8", Some(Kind::Broken)),
    ] {
        scene.befall(fault).await;
        for (place, told) in scene.reads().await.into_iter().enumerate() {
            assert_eq!(told.as_ref().map(|told| told.kind), kind, "{fault} at {place}: {told:?}");
            assert!(told.as_ref().is_none_or(|told| told.is_outage() && told.retry_after.is_none()));
        }
    }
    scene.plan(json!({ "fault": "rate-limit", "retry_after_s": 7 })).await;
    for told in scene.reads().await {
        let told = told.unwrap();
        assert_eq!((told.kind, told.retry_after), (Kind::RateLimit, Some(Duration::from_secs(7))));
    }
}

#[tokio::test]
async fn a_change_whose_answer_is_no_answer_is_unknown_and_one_that_was_refused_is_not() {
    for (fault, kind, happens) in [
        ("rate-limit", Kind::RateLimit, false),
        ("rate-limit-bare", Kind::RateLimit, false),
        ("hang", Kind::Unknown, false),
        ("server-error", Kind::Unknown, false),
        ("gateway", Kind::Unknown, false),
        ("truncated", Kind::Unknown, true),
        ("reset", Kind::Unknown, true),
        ("lost-reply", Kind::Unknown, true),
        ("invalid-utf8", Kind::Unknown, true),
    ] {
        let scene = Scene::new().await;
        let actions = ["vault.create", "grant.person", "revoke.person", "vault.delete"];
        let events = |action: &&str| scene.fixture.happened(action).len();
        let before = actions.each_ref().map(events);
        scene.befall(fault).await;
        for (call, action) in scene.changes().iter().zip(actions) {
            let silent = matches!(call, Call::DeleteVault(_)) && fault == "invalid-utf8";
            let told = scene.provider.apply(call).await.err().map(|told| told.kind);
            assert_eq!(told, (!silent).then_some(kind), "{fault} at {action}");
        }
        let after = actions.each_ref().map(events);
        assert_eq!(after, before.map(|count| count + usize::from(happens)), "{fault}");
    }
}

#[tokio::test]
async fn a_change_that_happens_late_is_unknown_until_it_is_looked_for() {
    let scene = Scene::new().await;
    let before = scene.fixture.vaults_made();
    scene.befall("late").await;
    let told = scene.provider.apply(&scene.changes()[0]).await.unwrap_err();
    assert_eq!(told.kind, Kind::Unknown);
    let there = async {
        while scene.provider.vaults().await.unwrap().iter().all(|vault| vault.name.as_str() != "n") {}
    };
    tokio::time::timeout(Duration::from_secs(30), there).await.unwrap();
    assert_eq!(scene.fixture.vaults_made(), before + 1);
}

#[tokio::test]
async fn an_answer_about_another_object_is_never_taken() {
    let scene = Scene::new().await;
    scene.befall("wrong-id").await;
    // Which id is another one is a matter of chance; each of them is met.
    for _ in 0..16 {
        for told in scene.reads().await.into_iter().skip(5) {
            assert_eq!(told.map(|told| told.kind), Some(Kind::Broken));
        }
    }
    for call in &scene.changes()[1..3] {
        assert_eq!(scene.provider.apply(call).await.unwrap_err().kind, Kind::Unknown, "{call:?}");
    }
    let to = NewDocument { vault: scene.at.vault.clone(), title: "t".into(), file_name: "f".into() };
    let told = scene.provider.upload(&to, &mut &b"bytes"[..]).await.unwrap_err();
    assert_eq!(told.kind, Kind::Unknown);
}

/// Provisioning sees that the answer to a creation names a vault that was there before, and looks for
/// the one that it made. What is not in its list (the administrator's own) it may bind, and can then give
/// nobody access to.
#[tokio::test]
async fn a_student_gets_no_vault_that_was_there_before_whatever_a_creation_is_answered() {
    let mut found = 0;
    for seed in 0..8 {
        let scene = Scene::new().await;
        let exam = scene.fixture.make("Exam solutions").await;
        scene.fixture.enrol("other");
        let rule = json!({ "fault": "wrong-id", "route": "/sandbox/v1/vaults" });
        scene.fixture.plan(seed, json!([rule])).await;
        let ended = scene.fixture.desk("one").provision().await;
        found += count(&ended, "done");
        let granted = scene.fixture.happened("grant.person");
        let on = |vault: &str| granted.iter().filter(|line| line["vault"] == vault).count();
        assert_eq!((on(&exam), on(scene.at.vault.as_str())), (0, 1), "seed {seed}: {granted:?}");
    }
    assert!(found > 0, "no answer named a vault that is in the list");
}

#[tokio::test]
async fn a_stale_read_is_an_answer_like_any_other() {
    let scene = Scene::new().await;
    scene.befall("stale").await;
    let before = scene.provider.vaults().await.unwrap();
    scene.provider.apply(&scene.changes()[0]).await.unwrap();
    assert_eq!(scene.provider.vaults().await.unwrap(), before);
}

#[tokio::test]
async fn a_download_takes_no_more_than_it_was_told_and_no_less() {
    let scene = Scene::new().await;
    for (rule, kind, most) in [
        (json!({ "fault": "flood", "declared_bytes": 10_u64 << 30 }), Kind::Broken, SIZE),
        (json!({ "fault": "flood" }), Kind::Broken, SIZE),
        (json!({ "fault": "truncated" }), Kind::Broken, SIZE / 2),
        (json!({ "fault": "reset" }), Kind::Broken, SIZE / 2),
        (json!({ "fault": "lost-reply" }), Kind::Unreachable, 0),
        (json!({ "fault": "gateway" }), Kind::Broken, 0),
        (json!({ "fault": "rate-limit" }), Kind::RateLimit, 0),
    ] {
        scene.plan(rule.clone()).await;
        let mut sink = Vec::new();
        let told = scene.provider.download(&scene.file, &mut sink).await.unwrap_err();
        assert_eq!(told.kind, kind, "{rule}: {told}");
        assert!(sink.len() <= most && sink.iter().all(|byte| *byte == 7), "{rule}: {}", sink.len());
    }
    for fault in ["delay", "drip", "invalid-utf8"] {
        scene.befall(fault).await;
        let mut sink = Vec::new();
        assert_eq!(scene.provider.download(&scene.file, &mut sink).await.unwrap(), SIZE as u64);
        assert_eq!(sink, [7; SIZE], "{fault}");
    }
}

#[tokio::test]
async fn through_the_cli_a_failure_of_the_service_is_told_with_the_same_care() {
    let scene = Scene::new().await;
    let (op, _) = op_under(&scene.fixture, "bin", &Setting::default());
    op.version().await.unwrap();
    let limited = (Kind::RateLimit, Kind::RateLimit);
    for (fault, (read, change), signing_in) in [
        ("rate-limit", limited, Some(Kind::RateLimit)),
        ("rate-limit-bare", limited, Some(Kind::RateLimit)),
        ("server-error", (Kind::Broken, Kind::Unknown), Some(Kind::Unreachable)),
        ("gateway", (Kind::Broken, Kind::Unknown), Some(Kind::Unreachable)),
        ("truncated", (Kind::Broken, Kind::Unknown), Some(Kind::Unreachable)),
        ("reset", (Kind::Unreachable, Kind::Unknown), Some(Kind::Unreachable)),
        ("lost-reply", (Kind::Unreachable, Kind::Unknown), Some(Kind::Unreachable)),
        ("invalid-utf8", (Kind::Broken, Kind::Unknown), None),
    ] {
        scene.plan(json!({ "fault": fault, "route": "/sandbox/v1/vaults" })).await;
        assert_eq!(op.vaults().await.unwrap_err().kind, read, "{fault}");
        assert_eq!(op.apply(&scene.changes()[0]).await.unwrap_err().kind, change, "{fault}");
        if let Some(signing_in) = signing_in {
            scene.plan(json!({ "fault": fault, "route": "/sandbox/v1/visits" })).await;
            assert_eq!(op.vaults().await.unwrap_err().kind, signing_in, "{fault}");
            assert_eq!(op.apply(&scene.changes()[0]).await.unwrap_err().kind, signing_in, "{fault}");
        }
    }
    scene.plan(json!({ "fault": "flood" })).await;
    let mut sink = Vec::new();
    assert_eq!(op.download(&scene.file, &mut sink).await.unwrap_err().kind, Kind::Broken);
    assert!(sink.len() <= SIZE && sink.iter().all(|byte| *byte == 7), "{}", sink.len());
}
