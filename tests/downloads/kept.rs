//! Versions, copies and what is kept for the hand-off.

use std::sync::Arc;

use strongroom::domain::arrival::{Arrival, ArrivalKind, NewArrival};
use strongroom::domain::assignment::AssignmentId;
use strongroom::domain::directory::ItemRef;
use strongroom::domain::fault::Kind;
use strongroom::domain::transfer::Quotas;
use strongroom::download::{Found, Keeper, verify};

use crate::arrival::found;
use crate::scene::{Scene, below, sha256};
use crate::support::key;

async fn arrival(scene: &Scene, at: &ItemRef) -> Arrival {
    let detail = scene.desk.queries.detail(at).await.unwrap();
    let now = "2026-11-02T09:30:00Z".parse().unwrap();
    found((key("s000"), at.vault.clone()), &detail.item, detail.files, now).numbered(1)
}

async fn replace(scene: &Scene, at: &ItemRef, name: &str, bytes: &[u8]) {
    let query = format!("?name={name}&item={}", at.item);
    scene.fixture.upload(at.vault.as_str(), &query, &scene.tokens[0], bytes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_of_an_arrival_are_kept_once_and_noted() {
    let scene = Scene::new(1).await;
    let at = scene.upload(0, "hw1.pdf", b"work").await;
    let mut arrival = arrival(&scene, &at).await;
    arrival.assignment = AssignmentId::parse("hw1");
    arrival.lateness_s = Some(90);
    let (queries, folder) = (&scene.desk.queries, scene.folder());
    let keeper = Keeper::new(queries.clone(), folder.clone(), Quotas::default());
    assert_eq!(keeper.keep(&arrival).await, Ok(None));
    let copies = queries.copies(&at.vault).await.unwrap();
    assert_eq!(copies.len(), 1, "the store knows it");
    let copy = &copies[0];
    assert!(copy.path.starts_with(folder.to_str().unwrap()), "{}", copy.path);
    assert!(copy.path.contains("/CS101/hw1/s000/") && copy.path.contains("_LATE_v1_"), "{}", copy.path);
    assert_eq!((std::fs::read(&copy.path).unwrap(), &copy.sha256), (b"work".to_vec(), &sha256(b"work")));
    let manifest = std::fs::read_to_string(folder.join("CS101/manifest.jsonl")).unwrap();
    let line: serde_json::Value = serde_json::from_str(manifest.trim()).unwrap();
    assert_eq!((&line["assignment"], &line["lateness_s"]), (&"hw1".into(), &90.into()));
    assert!(line["created_at"].is_string() && line["updated_at"].is_string());
    *scene.twisted.asked.lock().unwrap() = 0;
    assert_eq!(keeper.keep(&arrival).await, Ok(None));
    assert_eq!(*scene.twisted.asked.lock().unwrap(), 0, "what is there is not asked for");
    // It belongs elsewhere now: it stays where it is, and is not fetched twice.
    arrival.assignment = None;
    assert_eq!(keeper.keep(&arrival).await, Ok(None));
    assert_eq!(queries.copies(&at.vault).await.unwrap(), copies);
    assert_eq!(scene.fetch().await.there.len(), 1);
    assert_eq!(below(&folder).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_arrival_whose_item_has_moved_on_nothing_is_kept() {
    let scene = Scene::new(1).await;
    let (queries, folder) = (scene.desk.queries.clone(), scene.folder());
    let keeper = Keeper::new(queries.clone(), folder.clone(), Quotas::default());
    let at = scene.upload(0, "hw1.pdf", b"first").await;
    let first = arrival(&scene, &at).await;
    replace(&scene, &at, "hw1.pdf", b"later").await;
    assert!(keeper.keep(&first).await.unwrap().is_some());
    assert_eq!(queries.copies(&at.vault).await.unwrap(), []);
    let second = arrival(&scene, &at).await;
    assert_eq!(keeper.keep(&second).await, Ok(None));
    // Gone, too large, of no file: no copies and a reason; used up: to be tried again.
    let removed =
        Arrival { found: NewArrival { kind: ArrivalKind::Removed, ..second.found.clone() }, ..second };
    assert!(keeper.keep(&removed).await.unwrap().is_some());
    let other = scene.upload(0, "hw2.pdf", &[0; 100]).await;
    let other = arrival(&scene, &other).await;
    let small = Keeper::new(queries.clone(), folder.clone(), Quotas { file: 10, ..Quotas::default() })
        .keep(&other)
        .await;
    assert!(small.unwrap().unwrap().as_str().contains("10 B"));
    *scene.twisted.ration.lock().unwrap() = Some(0);
    let used_up = keeper.keep(&other).await.unwrap_err();
    assert_eq!(used_up.kind, Kind::RateLimit);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_changes_while_it_is_fetched_is_saved_as_what_it_is() {
    let scene = Scene::new(1).await;
    let at = scene.upload(0, "hw1.pdf", b"first").await;
    let (fixture, token, vault) = (Arc::clone(&scene.fixture), scene.tokens[0].clone(), at.vault.clone());
    let query = format!("?name=hw1.pdf&item={}", at.item);
    *scene.twisted.then.lock().unwrap() = Some(Box::pin(async move {
        fixture.upload(vault.as_str(), &query, &token, b"other").await;
    }));
    let fetched = scene.fetch().await;
    assert_eq!((fetched.saved.len(), fetched.failed.len()), (1, 0), "{:?}", fetched.failed);
    let saved = &fetched.saved[0];
    assert_eq!((saved.version, &saved.sha256), (2, &sha256(b"other")));
    assert!(saved.path.contains("_v2_"), "{}", saved.path);
    assert_eq!(below(&scene.folder()).len(), 2, "of the version that was passed over nothing is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_deleted_is_fetched_again_and_what_was_changed_is_told() {
    let scene = Scene::new(1).await;
    for name in ["a", "b", "c"] {
        scene.upload(0, name, name.as_bytes()).await;
    }
    let first = scene.fetch().await;
    let path = |number: usize| scene.folder().join(&first.saved[number].path);
    std::fs::remove_file(path(0)).unwrap();
    std::fs::write(path(1), "something else").unwrap();
    let found = |number: usize| {
        let all = verify("CS101", &scene.folder()).unwrap();
        all.into_iter().find(|checked| checked.saved.path == first.saved[number].path).unwrap().found
    };
    assert_eq!((found(0), found(1)), (Found::Nothing, Found::Other(sha256(b"something else"))));
    assert_eq!(found(2), Found::Same);
    let second = scene.fetch().await;
    assert_eq!((second.saved.len(), second.there.len(), second.failed.len()), (1, 1, 1));
    assert_eq!(second.failed[0].1.kind, Kind::Conflict);
    assert_eq!(std::fs::read_to_string(path(1)).unwrap(), "something else", "it is left as it is");
    assert_eq!(second.saved[0].sha256, first.saved[0].sha256);
}
