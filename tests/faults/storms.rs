//! The storm of the tests is what it says: the same again for the same seed, and its ledger tells all.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::HashMap;

use reqwest::Method;
use serde_json::json;

use crate::storm::{Blown, Deed, Happened, Storm, content, happened};
use crate::support::Fixture;

const STUDENTS: usize = 5;
const DOINGS: usize = 200;
const ALL: [&str; 7] = [
    "view_items",
    "view_and_copy_passwords",
    "view_item_history",
    "create_items",
    "edit_items",
    "archive_items",
    "delete_items",
];

/// A storm over a new world.
async fn weathered(seed: u64, rules: serde_json::Value) -> (Fixture, Blown, Vec<Happened>) {
    let fixture = Fixture::new().await;
    let people = fixture.students(STUDENTS).await;
    for (number, (person, _)) in people.iter().enumerate() {
        let path =
            format!("/sandbox/v1/vaults/{}/people/{person}", fixture.make(&format!("v{number}")).await);
        let body = json!({ "permissions": ALL });
        assert_eq!(fixture.call(Method::PUT, &path, &fixture.service(), body).await.0, 200);
    }
    fixture.plan(3, rules).await;
    let mut storm = Storm::new(&fixture.running.url, seed, people.into_iter().map(|(_, token)| token));
    let blown = storm.blow(DOINGS).await;
    let events = happened(&fixture.running.url, &fixture.admin()).await;
    (fixture, blown, events)
}

/// What each student did, without anything that is another in another world.
fn doings(fixture: &Fixture, events: &[Happened]) -> Vec<Vec<(Deed, u64, String)>> {
    let ledger = fixture.happened("vault.create");
    let made = ledger.iter().filter(|line| line["actor"] != "sandbox");
    let of = |vault: &str| {
        let own = events.iter().filter(|event| event.vault == vault);
        own.map(|event| (event.deed, event.version, event.title.clone())).collect()
    };
    made.map(|line| of(line["vault"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn a_storm_is_the_same_again_and_the_ledger_tells_all_of_it() {
    let (fixture, blown, events) = weathered(9, json!([])).await;
    assert_eq!(blown, Blown { done: DOINGS, refused: 0, unanswered: 0 });
    assert_eq!(events.len(), DOINGS);
    let mut versions: HashMap<&str, u64> = HashMap::new();
    for event in &events {
        let last = versions.entry(&event.item).or_default();
        *last += u64::from(event.deed != Deed::Deleted);
        assert_eq!(
            (event.version, event.deed == Deed::New),
            (*last, *last == 1 && event.deed != Deed::Deleted)
        );
        if let Some((name, size)) = &event.file {
            assert_eq!(content(name).len() as u64, *size);
        }
    }
    for deed in [Deed::New, Deed::Changed, Deed::Edited, Deed::Archived, Deed::Deleted] {
        assert!(events.iter().any(|event| event.deed == deed), "{deed:?}");
    }
    let first = doings(&fixture, &events);
    let (other, _, events) = weathered(9, json!([])).await;
    assert_eq!(first, doings(&other, &events));
    let (other, _, events) = weathered(10, json!([])).await;
    assert_ne!(first, doings(&other, &events));
}

#[tokio::test]
async fn what_was_lost_on_the_way_back_stands_in_the_ledger() {
    let rules = json!([{ "fault": "lost-reply", "share": 0.3, "principal": "person", "method": "POST" }]);
    let (fixture, blown, events) = weathered(9, rules).await;
    assert!(blown.unanswered > DOINGS / 10, "{blown:?}");
    assert_eq!((events.len(), blown.refused), (blown.done + blown.unanswered, 0));
    assert_eq!(fixture.injected().await, blown.unanswered as u64);
}
