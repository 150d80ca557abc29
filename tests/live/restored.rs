//! An item that is archived and restored is removed and then new, once each; and one whose list is newer than it.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::atomic::Ordering;

use serde_json::Value;
use strongroom::domain::arrival::{Arrival, ArrivalKind};
use strongroom::domain::directory::Item;
use strongroom::provider::Provider as _;

use crate::support::word;
use crate::{behind_a_line, class, hand_in, look};

const DAY: i64 = 86_400;

fn told(arrivals: &[Arrival]) -> Vec<(ArrivalKind, u64)> {
    arrivals.iter().map(|arrival| (arrival.kind, arrival.item.version)).collect()
}

/// Restored with so many versions more than it was archived with, and so many of the vault.
async fn restored(more: u64, of_the_vault: u64) {
    let (fixture, desk, people) = class(1).await;
    let (line, mut watch) = behind_a_line(&fixture);
    look(&mut watch, 0).await;
    let vault = desk.vault("s000");
    let id = word(&hand_in(&fixture, &desk, "s000", &people[0].1, "hw1").await["id"]);
    assert_eq!(told(&look(&mut watch, 1).await), [(ArrivalKind::New, 1)]);
    let items = fixture.provider().items(&vault).await.unwrap();
    let path = format!("/sandbox/v1/vaults/{vault}/items/{id}/archive");
    fixture.posted(&path, &people[0].1, Value::Null).await;
    assert_eq!(told(&look(&mut watch, 2).await), [(ArrivalKind::Removed, 1)]);
    assert_eq!(look(&mut watch, 3).await, [], "it is removed once");
    // The service lists it as in use again.
    let items: Vec<Item> =
        items.into_iter().map(|item| Item { version: item.version + more, ..item }).collect();
    let version = desk.queries.store.seen_versions().unwrap()[&vault].unwrap();
    line.say(&vault, items.clone());
    line.tell(&vault, Some(version + of_the_vault));
    let second = if of_the_vault == 0 { DAY } else { 4 };
    assert_eq!(told(&look(&mut watch, second).await), [(ArrivalKind::New, 1 + more)]);
    assert_eq!(look(&mut watch, second + 1).await, [], "it is new once");
    line.say(&vault, items);
    line.tell(&vault, Some(version + of_the_vault + 1));
    assert_eq!(look(&mut watch, second + 2).await, [], "also where the vault changes again");
}

#[tokio::test]
async fn a_restored_item_of_a_higher_version_is_new_once() {
    Box::pin(restored(2, 1)).await;
}

#[tokio::test]
async fn a_restored_item_of_the_same_version_is_new_once() {
    Box::pin(restored(0, 1)).await;
}

#[tokio::test]
async fn a_restored_item_in_a_vault_whose_version_does_not_rise_is_new_once_by_the_daily_check() {
    Box::pin(restored(0, 0)).await;
}

#[tokio::test]
async fn an_item_that_is_older_than_its_list_is_read_again() {
    let (fixture, desk, people) = class(1).await;
    let (line, mut watch) = behind_a_line(&fixture);
    look(&mut watch, 0).await;
    let vault = desk.vault("s000");
    hand_in(&fixture, &desk, "s000", &people[0].1, "hw1").await;
    assert_eq!(told(&look(&mut watch, 1).await), [(ArrivalKind::New, 1)]);
    let newer = |item: Item| Item { version: item.version + 1, ..item };
    let items: Vec<Item> = fixture.provider().items(&vault).await.unwrap().into_iter().map(newer).collect();
    let version = desk.queries.store.seen_versions().unwrap()[&vault].unwrap();
    line.tell(&vault, Some(version + 1));
    line.say(&vault, items.clone());
    line.older.store(true, Ordering::SeqCst);
    assert_eq!(look(&mut watch, 2).await, [], "the files would be those of before");
    line.say(&vault, items);
    line.older.store(false, Ordering::SeqCst);
    assert_eq!(told(&look(&mut watch, 3).await), [(ArrivalKind::Updated, 2)]);
}
