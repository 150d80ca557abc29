//! Connect with a token for a part of the vaults, while the world goes on and while it fails.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use strongroom::domain::directory::{FileRef, ItemRef};
use strongroom::domain::fault::Kind;
use strongroom::domain::id::{FileId, ItemId, VaultId};
use strongroom::provider::Provider as _;
use strongroom::provider::connect::Connect;

use crate::fronts::{FAULTS, connect, connect_token, fetched, judge, vaults};
use crate::support::{Fixture, word};

/// A token that reads the first three, and only writes the fourth.
async fn half(fixture: &Fixture, files: &[FileRef]) -> Connect {
    let rights = ["r", "rw", "r", "w"];
    let named: Vec<_> =
        files.iter().zip(rights).map(|(file, rights)| (file.at.vault.as_str(), rights)).collect();
    connect(fixture, &connect_token(fixture, &named).await)
}

#[tokio::test]
async fn a_token_reads_the_vaults_that_it_names_and_no_others() {
    let fixture = Fixture::new().await;
    let files = vaults(&fixture, 6).await;
    let connect = half(&fixture, &files).await;
    let listed: BTreeSet<VaultId> =
        connect.vaults().await.unwrap().into_iter().map(|vault| vault.id).collect();
    let expected: BTreeSet<VaultId> = files[..3].iter().map(|file| file.at.vault.clone()).collect();
    assert_eq!(listed, expected);
    for (place, file) in files.iter().enumerate() {
        let reads = place < 3;
        let vault = &file.at.vault;
        assert_eq!(connect.covers(vault), reads);
        let kind = (!reads).then_some(Kind::Denied);
        assert_eq!(connect.items(vault).await.err().map(|fault| fault.kind), kind);
        assert_eq!(connect.item(&file.at).await.err().map(|fault| fault.kind), kind);
        let mut bytes = Vec::new();
        assert_eq!(connect.download(file, &mut bytes).await.err().map(|fault| fault.kind), kind);
        assert_eq!(bytes.len() as u64, if reads { file.size } else { 0 });
    }
    assert_eq!(connect.scopes().iter().filter(|scope| scope.reads()).count(), 3);
    assert_eq!(connect.scopes().iter().filter(|scope| scope.changes()).count(), 2);
    assert!(connect.account().is_some_and(strongroom::domain::id::AccountId::is_sandbox));
}

#[tokio::test]
async fn what_is_made_later_is_not_covered_and_what_is_deleted_is_not_there() {
    let fixture = Fixture::new().await;
    let files = vaults(&fixture, 6).await;
    let connect = half(&fixture, &files).await;
    let later = VaultId::parse(&fixture.make("later").await).unwrap();
    assert!(!connect.covers(&later));
    assert_eq!(connect.items(&later).await.unwrap_err().kind, Kind::Denied);
    let gone = &files[0].at.vault;
    let path = format!("/sandbox/v1/vaults/{gone}");
    let (status, _) = fixture.call(Method::DELETE, &path, &fixture.service(), Value::Null).await;
    assert_eq!(status, 204);
    assert!(connect.vaults().await.unwrap().iter().all(|vault| vault.id != *gone));
    assert_eq!(connect.items(gone).await.unwrap_err().kind, Kind::NotFound);
    assert!(connect.covers(gone), "that it is gone is for another to say");
}

#[tokio::test]
async fn a_token_that_has_ended_or_was_taken_back_is_told_as_such() {
    let fixture = Fixture::new().await;
    let files = vaults(&fixture, 6).await;
    let vaults = json!([{ "id": files[0].at.vault, "rights": "r" }]);
    let new = json!({ "name": "short", "vaults": vaults, "expires_in_s": 60 });
    let made = fixture.posted("/sandbox/v1/tokens/connect", &fixture.admin(), new).await;
    let short = connect(&fixture, &word(&made["token"]));
    assert_eq!(short.vaults().await.unwrap().len(), 1);
    let lasting = half(&fixture, &files).await;
    assert!(short.expires().is_some() && lasting.expires().is_none());
    fixture.pass(61);
    let fault = short.vaults().await.unwrap_err();
    assert_eq!(fault.kind, Kind::SignIn);
    assert!(fault.hint.is_some_and(|hint| hint.as_str().contains("op connect token create")));
    let (_, listed) = fixture.get("/sandbox/v1/tokens", &fixture.admin()).await;
    let id = word(&listed.as_array().unwrap().iter().find(|one| one["name"] == "reads").unwrap()["id"]);
    let path = format!("/sandbox/v1/tokens/{id}");
    let (status, _) = fixture.call(Method::DELETE, &path, &fixture.admin(), Value::Null).await;
    assert_eq!((status, lasting.items(&files[0].at.vault).await.unwrap_err().kind), (204, Kind::SignIn));
}

#[tokio::test]
async fn a_copy_that_is_behind_shows_what_was_and_content_comes_last() {
    let fixture = Fixture::new().await;
    let files = vaults(&fixture, 6).await;
    let connect = half(&fixture, &files).await;
    let vault = &files[0].at.vault;
    fixture.plan(7, json!([{ "fault": "sync-lag", "delay_ms": 60_000 }])).await;
    let before = (connect.vaults().await.unwrap(), connect.items(vault).await.unwrap());
    let made = fixture.upload(vault.as_str(), "?name=b&title=b", &fixture.service(), b"new").await;
    let at = ItemRef { vault: vault.clone(), item: ItemId::parse(&word(&made["id"])).unwrap() };
    let file = FileId::parse(&word(&made["files"][0]["id"])).unwrap();
    let file = FileRef { at, file, size: 3 };
    assert_eq!((connect.vaults().await.unwrap(), connect.items(vault).await.unwrap()), before);
    let fault = connect.item(&file.at).await.unwrap_err();
    assert_eq!(fault.kind, Kind::NotFound);
    assert!(fault.hint.is_some_and(|hint| hint.as_str().contains("may be behind")));
    assert_eq!(fetched(&connect, &file).await.unwrap_err().kind, Kind::NotFound);
    fixture.pass(60);
    assert_eq!(connect.items(vault).await.unwrap().len(), before.1.len() + 1);
    let fault = fetched(&connect, &file).await.unwrap_err();
    assert_eq!((fault.kind, fault.retry_after.is_some()), (Kind::Unreachable, true), "{fault}");
    fixture.pass(60);
    assert_eq!(fetched(&connect, &file).await.unwrap(), b"new");
}

#[tokio::test]
async fn a_server_that_refuses_for_a_moment_or_has_no_copy_yet_is_told_from_one_that_does_not() {
    let fixture = Fixture::new().await;
    let files = vaults(&fixture, 6).await;
    let connect = half(&fixture, &files).await;
    let vault = &files[0].at.vault;
    connect.heartbeat().await.unwrap();
    assert_eq!(connect.version(), None);
    let health = connect.health().await.unwrap();
    assert_eq!(health.lacking().count(), 0, "a token wakes it");
    fixture.plan(7, json!([{ "fault": "forbidden", "times": 3 }])).await;
    assert_eq!(connect.items(vault).await.unwrap().len(), 1);
    assert_eq!(connect.version(), Some(health.version));
    fixture.plan(7, json!([{ "fault": "forbidden" }])).await;
    assert_eq!(connect.items(vault).await.unwrap_err().kind, Kind::Denied);
    fixture.plan(7, json!([{ "fault": "not-ready" }])).await;
    let fault = connect.items(vault).await.unwrap_err();
    assert_eq!((fault.kind, fault.retry_after.is_some()), (Kind::Unreachable, true), "{fault}");
}

#[tokio::test]
async fn with_one_in_twenty_answers_failing_what_is_told_is_true() {
    const ROUNDS: usize = 120;
    let kinds = FAULTS.into_iter().chain(["forbidden", "not-ready"]);
    let fixture = Fixture::new().await;
    let files = vaults(&fixture, 6).await;
    let connect = half(&fixture, &files).await;
    let file = &files[1];
    let vaults = connect.vaults().await.unwrap();
    let vault = connect.vault(&file.at.vault).await.unwrap();
    let items = connect.items(&file.at.vault).await.unwrap();
    let item = connect.item(&file.at).await.unwrap();
    let bytes = fetched(&connect, file).await.unwrap();
    fixture.plan(7, kinds.map(|fault| json!({ "fault": fault, "share": 0.05 / 12.0 })).collect()).await;
    let mut failed = 0;
    for _ in 0..ROUNDS {
        judge(connect.vaults().await, &vaults, &mut failed);
        judge(connect.vault(&file.at.vault).await, &vault, &mut failed);
        judge(connect.items(&file.at.vault).await, &items, &mut failed);
        judge(connect.item(&file.at).await, &item, &mut failed);
        judge(fetched(&connect, file).await, &bytes, &mut failed);
        assert!(connect.covers(&file.at.vault), "a failure says nothing of what is covered");
    }
    let asked = ROUNDS * 5;
    assert!((asked / 50..asked / 8).contains(&failed), "{failed} of {asked} failed");
}
