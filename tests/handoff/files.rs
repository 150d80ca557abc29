//! The files of what arrives: fetched once, for everybody, and by nobody waited for who does not need
//! them.

use std::sync::{Arc, Mutex};

use strongroom::domain::arrival::Arrival;
use strongroom::domain::directory::ItemRef;
use strongroom::domain::fault::{Fault, Kind, Result};
use strongroom::domain::handoff::Consumer;
use strongroom::domain::id::FileId;
use strongroom::domain::query::LocalCopy;
use strongroom::handoff::Keep;
use strongroom::store::Store;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::support::{BOUND, Desk};

/// Notes a copy as whoever has fetched it does.
fn put(store: &Store, arrival: &Arrival) -> Result<()> {
    store.put_copy(&LocalCopy {
        at: ItemRef { vault: arrival.vault.id.clone(), item: arrival.item.id.clone() },
        version: arrival.item.version,
        file: FileId::parse(arrival.files[0].id.as_str()).unwrap(),
        path: "/handed-in/x".into(),
        sha256: "0".repeat(64),
        size: 3,
        saved_at: "2026-11-02T09:30:00Z".parse().unwrap(),
    })
}

#[tokio::test]
async fn files_are_fetched_once_before_anybody_is_handed_their_arrival() {
    let desk = Desk::new();
    let body = "echo \"$STRONGROOM_SEQ $(grep -c '\"saved\":{\"path\"')\" >> \"$DIR/$0.log\"";
    let consumers = ["a", "b"].map(|name| {
        let script = body.replace("$0", name);
        Consumer { retries: 0, ..desk.hook(name, &script) }
    });
    let store = desk.queries.store.clone();
    let calls = Arc::new(Mutex::new(Vec::new()));
    let asked = calls.clone();
    let keep: Keep = Arc::new(move |arrival| {
        let (store, asked) = (store.clone(), asked.clone());
        Box::pin(async move {
            asked.lock().unwrap().push(arrival.seq);
            let before = asked.lock().unwrap().iter().filter(|seq| **seq == arrival.seq).count();
            match arrival.seq {
                2 => return Ok(Some("a newer version is there".into())),
                4 => return Err(Fault::new(Kind::Broken, "nonsense")),
                3 if before < 10 => return Err(Fault::new(Kind::Unreachable, "no network")),
                _ => {}
            }
            put(&store, &arrival)?;
            Ok(None)
        })
    });
    let courier = desk.courier_with(&consumers, Some(keep)).await;
    desk.arrive(5, |_| "x".into());
    desk.drain(&courier, 100_000).await;
    for name in ["a.log", "b.log"] {
        assert_eq!(desk.lines(name), ["1 1", "2 0", "3 1", "4 0", "5 1"], "{name}");
    }
    assert_eq!(desk.queries.jobs().await.unwrap().consumers.len(), 3, "the folder has a place of its own");
    assert_eq!(*calls.lock().unwrap(), [vec![1, 2], vec![3; 10], vec![4, 4, 4, 5]].concat());
}

#[tokio::test]
async fn files_are_fetched_also_where_nobody_is_handed_anything() {
    let desk = Desk::new();
    let calls = Arc::new(Mutex::new(Vec::new()));
    let asked = calls.clone();
    let keep: Keep = Arc::new(move |arrival| {
        let asked = asked.clone();
        Box::pin(async move {
            asked.lock().unwrap().push(arrival.seq);
            if asked.lock().unwrap().len() < 3 { Err(Fault::new(Kind::RateLimit, "later")) } else { Ok(None) }
        })
    });
    let courier = desk.courier_with(&[], Some(keep)).await;
    desk.arrive(3, |_| "x".into());
    let left = desk.drain(&courier, 0).await.remove(0);
    let retrying = left.retrying.unwrap();
    assert!(retrying.stuck && retrying.attempts == 0, "{retrying:?}");
    assert!(retrying.why.as_str().contains("cannot be fetched: later"), "{}", retrying.why);
    let left = desk.drain(&courier, 600).await.remove(0);
    assert_eq!((left.consumer.as_str(), left.means.as_str(), left.acked), ("save_to", "folder", 3));
    assert_eq!(*calls.lock().unwrap(), [1, 1, 1, 2, 3]);
    assert!(desk.queries.jobs().await.unwrap().attempts.is_empty(), "nothing was offered to anybody");
}

#[tokio::test]
async fn files_that_are_gone_for_good_are_asked_for_once_also_after_a_restart() {
    let desk = Desk::new();
    let consumers = ["a", "b", "c"].map(|name| Consumer { retries: 2, ..desk.hook(name, "exit 1") });
    let calls = Arc::new(Mutex::new(Vec::new()));
    let asked = calls.clone();
    let keep: Keep = Arc::new(move |arrival| {
        asked.lock().unwrap().push(arrival.seq);
        Box::pin(async { Ok(Some("it was deleted".into())) })
    });
    let courier = desk.courier_with(&consumers, Some(keep.clone())).await;
    desk.arrive(1, |_| "x".into());
    let left = desk.drain(&courier, 100_000).await;
    assert!(left.iter().filter(|one| one.dead == [1]).count() == 3, "{left:?}");
    assert_eq!(*calls.lock().unwrap(), [1]);
    let store = &desk.queries.store;
    assert_eq!(store.without_files(1).unwrap(), Some("it was deleted".into()));
    store.retry_letters("a", &[]).unwrap();
    let courier = desk.courier_with(&consumers, Some(keep)).await;
    desk.drain(&courier, 100_000).await;
    assert_eq!(*calls.lock().unwrap(), [1], "another program knows it too");
    store.replay("b", "hook", 0).unwrap();
    desk.drain(&courier, 100_000).await;
    assert_eq!(*calls.lock().unwrap(), [1, 1], "a replay asks once more");
}

#[tokio::test]
async fn a_fetch_that_takes_long_is_shared_and_holds_up_nobody_who_does_not_need_it() {
    let desk = Desk::new();
    let body = "echo \"$STRONGROOM_SEQ\" >> \"$DIR/$0.log\"";
    let consumers = ["a", "b", "c"].map(|name| desk.hook(name, &body.replace("$0", name)));
    let (go, calls) = (Arc::new(Notify::new()), Arc::new(Mutex::new(Vec::new())));
    let (wait, asked, store) = (go.clone(), calls.clone(), desk.queries.store.clone());
    let keep: Keep = Arc::new(move |arrival| {
        let (wait, asked, store) = (wait.clone(), asked.clone(), store.clone());
        Box::pin(async move {
            asked.lock().unwrap().push(arrival.seq);
            if arrival.seq == 1 {
                wait.notified().await;
            }
            put(&store, &arrival)?;
            Ok(None)
        })
    });
    let courier = desk.courier_with(&consumers, Some(keep)).await;
    desk.arrive(1, |_| "x".into());
    // The third consumer has had the first one.
    let turn = desk.queries.store.turn("c").unwrap().unwrap();
    desk.queries.store.skip_turn(&turn).unwrap();
    desk.arrive(1, |_| "y".into());
    let cancel = CancellationToken::new();
    let watch = async {
        while desk.lines("c.log").is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(*calls.lock().unwrap(), [1, 2]);
        assert!(desk.lines("a.log").is_empty() && desk.lines("b.log").is_empty());
        go.notify_one();
    };
    let drained = async { courier.drain(BOUND, &cancel).await.unwrap() };
    let both = async { tokio::join!(drained, watch) };
    let (left, ()) = tokio::time::timeout(BOUND, both).await.unwrap();
    assert!(left.iter().all(|one| one.waiting == 0), "{left:?}");
    assert_eq!((desk.numbers("a.log"), desk.numbers("b.log")), (vec![1, 2], vec![1, 2]));
    assert_eq!(desk.numbers("c.log"), [2]);
    assert_eq!(*calls.lock().unwrap(), [1, 2], "one fetch each, for three consumers and the folder");
}
