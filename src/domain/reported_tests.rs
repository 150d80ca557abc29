//! Who made what arrived, and since when somebody has an access: never more than the records tell, and the
//! same in whatever order they came.

#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;
use crate::domain::arrival::{ArrivalItem, ArrivalStudent, ArrivalVault};
use crate::domain::class::StudentKey;
use crate::domain::events::tests::{actor, audit, person, usage};
use crate::domain::id::ItemId;
use crate::domain::text::{SafeText, Untrusted};

fn vault() -> VaultId {
    VaultId::parse(&"v".repeat(26)).unwrap()
}

fn item() -> ItemId {
    ItemId::parse(&"i".repeat(26)).unwrap()
}

/// So many minutes after the first look.
fn at(minutes: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + minutes * 60).unwrap()
}

/// Version 3, which came between the looks at 10 and 20 minutes.
fn arrival(kind: ArrivalKind) -> Arrival {
    let (key, email) = (StudentKey::parse("s1").unwrap(), Untrusted::new("s1@example.edu"));
    let student = ArrivalStudent { key, email, user_id: None };
    let vault = ArrivalVault { id: vault(), name: "CS101-s1".into() };
    let item = ArrivalItem { version: 3, ..ArrivalItem::document(item(), "hw1") };
    let found = NewArrival::new(at(20), student, vault, item);
    NewArrival { kind, not_before: Some(at(10)), ..found }.numbered(1)
}

/// Who is told of it: the first letter of the id.
fn told(arrival: &Arrival, records: &[Activity]) -> Option<char> {
    let mut arrival = arrival.clone();
    credit(&mut arrival, records);
    assert!(arrival.actor.is_some() || arrival.client.is_none(), "a program without anybody");
    arrival.actor.and_then(|actor| actor.id?.as_str().chars().next())
}

fn changed(minutes: i64, by: char, version: u64) -> Activity {
    usage(usize::try_from(minutes).unwrap(), at(minutes), by, "server-update", (&vault(), &item(), version))
}

/// An audit event about the item, which tells no version.
fn audited(minutes: i64, by: char, action: &str) -> Activity {
    Activity {
        vault: Some(vault()),
        item: Some(item()),
        ..audit(usize::try_from(minutes).unwrap(), at(minutes), by, (action, "item"), (item().as_str(), ""))
    }
}

#[test]
fn the_version_that_arrived_tells_who_made_it_and_by_which_program() {
    let mut found = arrival(ArrivalKind::Updated);
    credit(&mut found, &[changed(15, 'a', 3)]);
    assert_eq!(found.actor, Some(actor('a')));
    assert_eq!(found.client.unwrap().app.as_str(), "1Password CLI");
    let found = arrival(ArrivalKind::Updated);
    assert_eq!(told(&found, &[changed(15, 'a', 2)]), None, "another version");
    assert_eq!(told(&found, &[changed(200, 'a', 3)]), None, "long after it was seen");
    assert_eq!(told(&found, &[changed(25, 'a', 3)]), Some('A'), "two clocks");
}

#[test]
fn reading_an_item_and_opening_its_form_make_no_version() {
    let found = arrival(ArrivalKind::Updated);
    for action in ["server-fetch", "reveal", "enter-item-edit-mode", "export"] {
        assert_eq!(told(&found, &[usage(1, at(15), 'a', action, (&vault(), &item(), 3))]), None, "{action}");
    }
}

#[test]
fn without_a_version_only_the_time_between_the_looks_counts() {
    let found = arrival(ArrivalKind::Updated);
    for (minutes, expected) in [(9, None), (10, None), (11, Some('A')), (20, Some('A')), (21, None)] {
        assert_eq!(told(&found, &[audited(minutes, 'a', "update")]), expected, "{minutes}");
    }
    let mut several = found.clone();
    several.found.changes = 2;
    assert_eq!(
        told(&several, &[audited(15, 'a', "update")]),
        None,
        "it may be the version that was not seen"
    );
    let mut first = found;
    first.found.not_before = None;
    assert_eq!(told(&first, &[audited(15, 'a', "update")]), None, "nobody looked before");
}

#[test]
fn where_two_are_named_or_the_item_names_another_nobody_is_told() {
    let mut found = arrival(ArrivalKind::Updated);
    assert_eq!(told(&found, &[changed(14, 'a', 3), changed(15, 'b', 3)]), None);
    assert_eq!(told(&found, &[changed(14, 'a', 3), audited(15, 'a', "update")]), Some('A'));
    found.found.item.last_edited_by = Some(person('b'));
    assert_eq!(told(&found, &[changed(14, 'a', 3)]), None);
    assert_eq!(told(&found, &[changed(14, 'b', 3)]), Some('B'));
}

#[test]
fn what_is_gone_was_taken_away_by_whoever_deleted_it() {
    let mut gone = arrival(ArrivalKind::Removed);
    gone.found.item.last_edited_by = Some(person('b'));
    assert_eq!(told(&gone, &[changed(14, 'b', 3)]), None, "making it is no removal");
    assert_eq!(told(&gone, &[audited(15, 'a', "delete")]), Some('A'), "the last editor is somebody else");
    assert_eq!(told(&arrival(ArrivalKind::New), &[audited(15, 'a', "delete")]), None);
}

#[test]
fn records_of_other_items_and_vaults_are_not_meant() {
    let found = arrival(ArrivalKind::Updated);
    let other = ItemId::parse(&"o".repeat(26)).unwrap();
    let elsewhere = VaultId::parse(&"w".repeat(26)).unwrap();
    assert_eq!(told(&found, &[usage(1, at(15), 'a', "server-update", (&vault(), &other, 3))]), None);
    assert_eq!(told(&found, &[usage(1, at(15), 'a', "server-update", (&elsewhere, &item(), 3))]), None);
}

fn access(records: &[Activity]) -> Option<Span> {
    Reported::of(records.to_vec()).access(&vault(), &Principal::Person(person('p'))).cloned()
}

fn given(minutes: i64, by: char, action: &str) -> Activity {
    let uuid = usize::try_from(minutes).unwrap();
    audit(uuid, at(minutes), by, (action, "uva"), (vault().as_str(), person('p').as_str()))
}

#[test]
fn an_access_began_when_it_was_given_first_since_it_was_taken_away_last() {
    let moment = |minutes, by| Some(Moment { at: at(minutes), actor: actor(by) });
    let span = access(&[given(1, 'a', "grant"), given(2, 'b', "update"), given(3, 'c', "update")]).unwrap();
    assert_eq!((span.begun, span.changed, span.ended), (moment(1, 'a'), moment(3, 'c'), None));
    let span = access(&[given(1, 'a', "grant"), given(2, 'b', "revoke"), given(3, 'c', "grant")]).unwrap();
    assert_eq!((span.begun, span.changed, span.ended), (moment(3, 'c'), None, None));
    let span = access(&[given(1, 'a', "grant"), given(2, 'b', "revoke")]).unwrap();
    assert_eq!((span.begun, span.changed, span.ended), (None, None, moment(2, 'b')));
    // What is only changed was given before the records begin: since when is not told.
    let span = access(&[given(1, 'a', "update"), given(2, 'b', "grant")]).unwrap();
    assert_eq!((span.begun, span.changed, span.ended), (None, moment(2, 'b'), None));
    // What is reported of one moment has no order of its own: nothing is changed before it is given.
    let mut together = [given(1, 'a', "update"), given(2, 'b', "grant")];
    together[0].at = at(2);
    let span = access(&together).unwrap();
    assert_eq!((span.begun, span.changed, span.ended), (moment(2, 'b'), moment(2, 'a'), None));
    assert_eq!(access(&[]), None);
}

proptest! {
    /// In whatever order the records come, and however often: the same is told of accesses and arrivals.
    #[test]
    fn the_order_of_records_makes_no_difference(
        acts in prop::collection::vec((0..30_i64, prop::sample::select(vec!['a', 'b']), 0..5_usize), 0..12),
        seed in prop::collection::vec(any::<prop::sample::Index>(), 0..24),
    ) {
        let mut records = Vec::new();
        for (number, (minutes, by, what)) in acts.into_iter().enumerate() {
            let mut record = match what {
                0 => given(minutes, by, "grant"),
                1 => given(minutes, by, "update"),
                2 => given(minutes, by, "revoke"),
                3 => changed(minutes, by, 3),
                _ => audited(minutes, by, "update"),
            };
            record.uuid = SafeText::new(&format!("{number:026}"));
            records.push(record);
        }
        let mut others = records.clone();
        for index in seed.iter().filter(|_| !records.is_empty()) {
            let one = index.index(others.len());
            let twice = others[one].clone();
            others.push(twice);
            let last = others.len() - 1;
            others.swap(index.index(last), last);
        }
        prop_assert_eq!(Reported::of(records.clone()), Reported::of(others.clone()));
        for kind in [ArrivalKind::New, ArrivalKind::Updated, ArrivalKind::Removed] {
            let (mut one, mut other) = (arrival(kind), arrival(kind));
            credit(&mut one, &records);
            credit(&mut other, &others);
            prop_assert_eq!(one, other);
        }
    }
}
