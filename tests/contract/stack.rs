//! Connect beside the service that acts: together they keep what each keeps alone, also while both fail.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;
use strongroom::domain::directory::{FileRef, Item, ItemDetail, ItemRef, Vault};
use strongroom::domain::fault::Fault;
use strongroom::domain::id::{ItemId, VaultId};
use strongroom::domain::vault_list::VaultList;
use strongroom::provider::Shared;
use strongroom::provider::stack::{Memory, Stack};
use strongroom::queries::Queries;
use strongroom::watch::Watch;

use crate::fronts::{FAULTS, Front, connect, connect_token, fetched, judge, vaults};
use crate::support::{Fixture, count};

/// Four vaults with a file each, of which Connect covers the first two.
struct Scene {
    fixture: Fixture,
    files: Vec<FileRef>,
    token: String,
}

impl Scene {
    async fn new() -> Self {
        let fixture = Fixture::new().await;
        let files = vaults(&fixture, 4).await;
        let named: Vec<_> = files[..2].iter().map(|file| (file.at.vault.as_str(), "r")).collect();
        let token = connect_token(&fixture, &named).await;
        Self { fixture, files, token }
    }

    fn stack(&self, front: &Front, first: bool) -> Shared {
        let memory = Arc::new(Memory::new("op", first, self.fixture.clock()));
        let stack = Stack::new(front.open(&self.fixture), memory);
        Arc::new(stack.with_connect(Arc::new(connect(&self.fixture, &self.token))))
    }
}

/// What a round of reads is answered.
#[derive(Debug, PartialEq)]
struct Round {
    vaults: BTreeMap<VaultId, (String, u64)>,
    vault: Option<String>,
    items: Vec<Item>,
    whole: Vec<Item>,
    item: ItemDetail,
    bytes: Vec<u8>,
}

fn by_id(vaults: VaultList) -> BTreeMap<VaultId, (String, u64)> {
    let row = |vault: Vault| (vault.id, (vault.name.to_string(), vault.content_version));
    vaults.into_iter().map(row).collect()
}

async fn round(provider: &Shared, file: &FileRef) -> Round {
    let vault = &file.at.vault;
    Round {
        vaults: by_id(provider.vaults().await.unwrap()),
        vault: provider.vault(vault).await.unwrap().description.map(|text| text.raw().to_owned()),
        items: provider.items(vault).await.unwrap(),
        whole: provider.whole_list(vault).await.unwrap(),
        item: provider.item(&file.at).await.unwrap(),
        bytes: fetched(&**provider, file).await.unwrap(),
    }
}

#[tokio::test]
async fn every_vault_is_read_as_it_is_read_alone_whoever_reads_it() {
    let scene = Scene::new().await;
    for front in Front::both() {
        let alone = front.open(&scene.fixture);
        for first in [true, false] {
            let stack = scene.stack(&front, first);
            for file in &scene.files {
                assert_eq!(round(&stack, file).await, round(&alone, file).await, "{front:?} {first}");
            }
            let calls: Vec<u64> = stack.parts().iter().map(|part| part.calls).collect();
            assert_eq!(calls[1] > 0, first, "{calls:?}");
            assert_eq!(stack.identity().await, alone.identity().await);
            assert_eq!(stack.people().await, alone.people().await);
        }
    }
}

#[tokio::test]
async fn what_is_not_there_and_not_allowed_is_told_as_it_is_told_alone() {
    let scene = Scene::new().await;
    let (alone, stack) = (Front::Sandbox.open(&scene.fixture), scene.stack(&Front::Sandbox, true));
    let nobodys = VaultId::parse(&format!("sbx{}", "x".repeat(23))).unwrap();
    let missing = ItemId::parse(&format!("sbx{}", "x".repeat(23))).unwrap();
    for vault in [&scene.files[0].at.vault, &scene.files[3].at.vault, &nobodys] {
        let at = ItemRef { vault: vault.clone(), item: missing.clone() };
        let kind = |fault: Fault| fault.kind;
        assert_eq!(stack.item(&at).await.map_err(kind), alone.item(&at).await.map_err(kind));
        assert_eq!(stack.items(vault).await.map_err(kind), alone.items(vault).await.map_err(kind));
    }
}

#[tokio::test]
async fn a_class_is_provisioned_and_watched_through_it() {
    let fixture = Fixture::new().await;
    let people = fixture.students(3).await;
    let desk = fixture.desk("one");
    assert_eq!(count(&desk.provision().await, "done"), 3);
    let vaults: Vec<VaultId> = ["s000", "s001", "s002"].map(|key| desk.vault(key)).into();
    let named: Vec<_> = vaults[..2].iter().map(|vault| (vault.as_str(), "r")).collect();
    let token = connect_token(&fixture, &named).await;
    let memory = Arc::new(Memory::new("sandbox", true, fixture.clock()));
    let stack = Stack::new(Arc::new(fixture.provider()), memory);
    let provider = Arc::new(stack.with_connect(Arc::new(connect(&fixture, &token))));
    let queries = Queries { provider, ..desk.queries.clone() };
    queries.refresh().await.unwrap();
    let mut watch = Watch::new(queries.clone(), 0);
    let mut told = Vec::new();
    let now = || Timestamp::from_second(1_790_000_000).unwrap();
    watch.step(now(), |report| assert_eq!((report.fault, report.arrivals.len()), (None, 0))).await;
    for (at, (vault, (_, token))) in vaults.iter().zip(&people).enumerate() {
        fixture.upload(vault.as_str(), &format!("?name=hw{at}&title=hw{at}"), token, b"bytes").await;
    }
    for _ in 0..3 {
        let take = |report: strongroom::domain::query::WatchReport| {
            assert_eq!(report.fault, None);
            told.extend(
                report.arrivals.into_iter().map(|arrival| (arrival.vault.id.clone(), arrival.files.len())),
            );
        };
        watch.step(now(), take).await;
    }
    told.sort();
    let mut expected: Vec<_> = vaults.into_iter().map(|vault| (vault, 1)).collect();
    expected.sort();
    assert_eq!(told, expected);
    assert!(queries.provider.parts()[1].calls > 0);
    fixture.assert_invariants().await;
}

#[tokio::test]
async fn with_one_in_twenty_answers_failing_what_is_told_is_true_and_seldom_nothing() {
    const ROUNDS: usize = 60;
    let scene = Scene::new().await;
    let stack = scene.stack(&Front::Sandbox, true);
    let file = &scene.files[1];
    let truth = round(&stack, file).await;
    let rules = FAULTS.iter().map(|fault| json!({ "fault": fault, "share": 0.005 }));
    scene.fixture.plan(7, rules.collect()).await;
    let (mut failed, mut partial) = (0, 0);
    for _ in 0..ROUNDS {
        match stack.vaults().await.map(by_id) {
            // Of what is left out nothing is said.
            Ok(told) => {
                partial += usize::from(told.len() < truth.vaults.len());
                assert!(told.iter().all(|(id, row)| truth.vaults[id] == *row), "{told:?}");
            }
            Err(fault) => judge(Err::<(), _>(fault), &(), &mut failed),
        }
        judge(stack.items(&file.at.vault).await, &truth.items, &mut failed);
        judge(stack.item(&file.at).await, &truth.item, &mut failed);
        // What was begun by one is not gone on with by the other: a body that breaks off is told.
        judge(fetched(&*stack, file).await, &truth.bytes, &mut failed);
    }
    assert!(failed + partial < ROUNDS * 4 / 20, "{failed} failed, {partial} were partial");
}
