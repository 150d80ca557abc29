//! Records found by what they are about, through the index and in one statement.

#![allow(clippy::unwrap_used, reason = "tests")]

use jiff::Timestamp;

use super::*;
use crate::domain::directory::ItemRef;
use crate::domain::events::tests::{audit, usage};
use crate::domain::events::{Cursor, Feed};
use crate::domain::id::ItemId;
use crate::store::Taken;

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + minutes * 60).unwrap()
}

fn vault(number: usize) -> VaultId {
    VaultId::parse(&format!("vault{number:021}")).unwrap()
}

fn item(number: usize) -> ItemId {
    ItemId::parse(&format!("item{number:022}")).unwrap()
}

fn store(folder: &tempfile::TempDir, list: Vec<Activity>) -> Store {
    let store = Store::open(&folder.path().join("store.db")).unwrap();
    let (usages, audits): (Vec<_>, Vec<_>) = list.into_iter().partition(|one| one.feed == Feed::Usage);
    for (feed, list) in [(Feed::Usage, usages), (Feed::Audit, audits)] {
        let cursor = Cursor::new("c");
        let page = Taken { kept: &list, cursor: &cursor, since: Some(at(0)), is_last: true };
        store.take_page(feed, &page, at(1_000)).unwrap();
    }
    store
}

#[test]
fn records_of_items_are_found_within_their_time_for_all_of_them_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut list = Vec::new();
    for number in 0..40 {
        for minutes in 0..10 {
            let of = (&vault(number), &item(number), 1);
            list.push(usage(
                number * 10 + usize::try_from(minutes).unwrap(),
                at(minutes),
                'a',
                "server-update",
                of,
            ));
        }
    }
    let store = store(&folder, list);
    let wanted = |number, from, until| Wanted {
        at: ItemRef { vault: vault(number), item: item(number) },
        from: at(from),
        until: at(until),
    };
    let found = store.reported_of(&[wanted(3, 2, 4), wanted(7, 9, 99), wanted(8, 50, 99)]).unwrap();
    let told: Vec<_> = found.iter().map(|one| (one.vault.clone().unwrap(), one.at)).collect();
    assert_eq!(told, [(vault(3), at(2)), (vault(3), at(3)), (vault(3), at(4)), (vault(7), at(9))]);
    let crossed = Wanted { at: ItemRef { vault: vault(3), item: item(4) }, ..wanted(3, 0, 9) };
    assert_eq!(store.reported_of(&[crossed]).unwrap(), []);
    assert_eq!(store.reported_of(&[]).unwrap(), []);
}

#[test]
fn access_is_found_by_its_vault_also_where_the_record_names_it_only_as_its_object() {
    let folder = tempfile::tempdir().unwrap();
    let person = "P".repeat(26);
    let group = "g".repeat(26);
    let list = vec![
        audit(1, at(1), 'a', ("grant", "uva"), (vault(1).as_str(), &person)),
        audit(2, at(2), 'a', ("grant", "uva"), (vault(2).as_str(), &person)),
        audit(3, at(3), 'a', ("join", "gm"), (&group, &person)),
        audit(4, at(4), 'a', ("suspend", "user"), (&person, "")),
        usage(5, at(5), 'a', "reveal", (&vault(1), &item(1), 1)),
    ];
    let store = store(&folder, list);
    let mut found: Vec<_> = store.reported_access(&[vault(1), vault(9)]).unwrap();
    found.sort_by_key(|one| one.at);
    assert_eq!(found.iter().map(|one| one.at).collect::<Vec<_>>(), [at(1), at(3)]);
}

#[test]
fn looking_for_records_goes_through_the_index() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder, Vec::new());
    for sql in [OF_ITEMS, ACCESS] {
        let plan = store.read(|connection| {
            all(connection, &format!("EXPLAIN QUERY PLAN {sql}"), ["[]"], |row| Ok(text(row, 3)?.to_owned()))
        });
        let plan = plan.unwrap();
        let looks: Vec<_> = plan.iter().filter(|step| step.contains("activity")).collect();
        assert!(!looks.is_empty() && looks.iter().all(|step| step.contains("INDEX activity_of")), "{plan:?}");
    }
}
