//! Lists that lag behind, and versions that go back: nothing is claimed by them, and nothing is hidden.

#![allow(clippy::unwrap_used, reason = "tests")]

use strongroom::domain::arrival::ArrivalKind;
use strongroom::watch::Watch;

use crate::{alarms, at, behind_a_line, class, hand_in, kinds, look};

#[tokio::test]
async fn a_list_with_an_older_version_claims_nothing_and_costs_nothing() {
    let (fixture, desk, people) = class(1).await;
    let (line, mut watch) = behind_a_line(&fixture);
    look(&mut watch, 0).await;
    let vault = desk.vault("s000");
    let older = desk.queries.store.seen_versions().unwrap()[&vault].unwrap();
    hand_in(&fixture, &desk, "s000", &people[0].1, "hw1").await;
    assert_eq!(look(&mut watch, 1).await.len(), 1);
    let lists = line.listed.lock().unwrap().len();
    // Uploaded at 5; a list of 10 is older than what was seen at 1.
    hand_in(&fixture, &desk, "s000", &people[0].1, "hw2").await;
    line.tell(&vault, Some(older));
    assert_eq!(look(&mut watch, 10).await, []);
    assert_eq!(line.listed.lock().unwrap().len(), lists, "nobody lists a vault for that");
    line.tell(&vault, None);
    let told = look(&mut watch, 20).await;
    assert_eq!((kinds(&told), told[0].not_before), (vec![(ArrivalKind::New, "s000")], Some(at(1))));
    assert_eq!(alarms(&desk), Vec::<String>::new());
}

#[tokio::test]
async fn a_listing_that_somebody_else_overtook_claims_nothing() {
    let (fixture, desk, people) = class(1).await;
    let (line, mut watch) = behind_a_line(&fixture);
    look(&mut watch, 0).await;
    hand_in(&fixture, &desk, "s000", &people[0].1, "hw1").await;
    let listed = line.hold("items");
    let slow = tokio::spawn(async move { (look(&mut watch, 10).await, watch) });
    listed.reached.notified().await;
    // Another program takes the vault over while the answer is on its way.
    let mut other = Watch::new(fixture.desk("one").queries, 0);
    assert_eq!(look(&mut other, 5).await.len(), 1);
    listed.go_on.notify_one();
    let (told, mut watch) = slow.await.unwrap();
    assert_eq!(told.len(), 1, "the journal tells it");
    let full_at = desk.queries.store.seen_vaults().unwrap().into_values().next().unwrap().full_at;
    assert_eq!(full_at, Some(at(5)), "the listing was not taken over");
    let waits = desk.queries.store.seen_vaults().unwrap().into_values().next().unwrap().known_until;
    assert_eq!(waits, Some(Some(at(0))), "and nothing is claimed by it");
    assert_eq!(look(&mut watch, 20).await, []);
}

#[tokio::test]
async fn a_version_that_goes_back_for_good_is_an_alarm_and_hides_nothing() {
    let (fixture, desk, people) = class(2).await;
    let (line, mut watch) = behind_a_line(&fixture);
    look(&mut watch, 0).await;
    let vault = desk.vault("s000");
    let older = desk.queries.store.seen_versions().unwrap()[&vault].unwrap();
    hand_in(&fixture, &desk, "s000", &people[0].1, "hw1").await;
    assert_eq!(look(&mut watch, 1).await.len(), 1);
    line.tell(&vault, Some(older));
    hand_in(&fixture, &desk, "s000", &people[0].1, "hw2").await;
    assert_eq!((look(&mut watch, 10).await, alarms(&desk)), (vec![], vec![]), "it may lag behind");
    let told = look(&mut watch, 70).await;
    assert_eq!((kinds(&told), told[0].seq), (vec![(ArrivalKind::New, "s000")], 2));
    assert_eq!((told[0].item.title.as_str(), told[0].not_before), ("hw2", Some(at(1))));
    assert_eq!(alarms(&desk), [format!("version-went-back:{vault}")]);
    // From then on it is watched by the lower one.
    assert!(desk.queries.store.dismiss_alarm(&format!("version-went-back:{vault}")).unwrap());
    hand_in(&fixture, &desk, "s000", &people[0].1, "hw3").await;
    line.tell(&vault, Some(older + 1));
    assert_eq!(kinds(&look(&mut watch, 80).await), [(ArrivalKind::New, "s000")]);
    line.tell(&vault, None);
    assert_eq!(look(&mut watch, 90).await, [], "nothing is told twice");
    assert_eq!(alarms(&desk), Vec::<String>::new());
}
