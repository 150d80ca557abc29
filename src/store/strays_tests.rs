//! Since when somebody stands in a list.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::domain::access::{Permission, Permissions, Principal};
use crate::domain::id::PersonId;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn grants(names: &[&str]) -> Vec<Grant> {
    let grant = |name: &&str| Grant { who: someone(name), permissions: None };
    names.iter().map(grant).collect()
}

fn someone(name: &str) -> Principal {
    Principal::Person(PersonId::parse(&format!("{:P<26}", name.to_ascii_uppercase())).unwrap())
}

#[test]
fn the_first_list_that_shows_somebody_counts_until_one_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("store.db")).unwrap();
    let vault = VaultId::parse(&"v".repeat(26)).unwrap();
    let of =
        |store: &Store, name: &str| store.presence().unwrap().get(&(vault.clone(), someone(name))).copied();
    let present = |since, absent: Option<i64>| Some(Present { since: at(since), absent: absent.map(at) });
    store.put_grants(&vault, &grants(&["a"]), at(10)).unwrap();
    store.put_grants(&vault, &grants(&["a", "x"]), at(20)).unwrap();
    store.put_grants(&vault, &grants(&["x", "a"]), at(30)).unwrap();
    assert_eq!(of(&store, "a"), present(10, None), "no list was read before");
    assert_eq!(of(&store, "x"), present(20, Some(10)));
    store.put_grants(&vault, &grants(&["a"]), at(40)).unwrap();
    assert_eq!(of(&store, "x"), None);
    store.put_grants(&vault, &grants(&["a", "x"]), at(50)).unwrap();
    assert_eq!(of(&store, "x"), present(50, Some(40)));
    let store = Store::open(&folder.path().join("store.db")).unwrap();
    assert_eq!(of(&store, "a"), present(10, None));
}

#[test]
fn a_list_of_an_older_version_tells_since_when_too() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("store.db")).unwrap();
    let vault = VaultId::parse(&"v".repeat(26)).unwrap();
    store.put_grants(&vault, &grants(&["a"]), at(10)).unwrap();
    store.write(|transaction| run(transaction, "DELETE FROM present", ()).map(drop)).unwrap();
    store.put_grants(&vault, &grants(&["a", "x"]), at(20)).unwrap();
    let presence = store.presence().unwrap();
    assert_eq!(presence[&(vault.clone(), someone("a"))], Present { since: at(10), absent: None });
    assert_eq!(presence[&(vault, someone("x"))], Present { since: at(20), absent: Some(at(10)) });
}

#[test]
fn what_a_list_has_denied_never_counts_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("store.db")).unwrap();
    let vault = VaultId::parse(&"v".repeat(26)).unwrap();
    let (read, write) =
        (Permissions::of(&[Permission::ViewItems]), Permissions::of(&[Permission::EditItems]));
    let [a, b, c, d] = ["a", "b", "c", "d"].map(someone);
    for who in [&a, &b, &c] {
        store.record_access(&vault, who, read, at(10)).unwrap();
    }
    let with = |who: &Principal, permissions| Grant { who: who.clone(), permissions };
    // Of a nothing is shown, b is shown without a level, c with another one, and d had nothing before.
    store.record_access(&vault, &d, Permissions::NONE, at(10)).unwrap();
    let list = [with(&b, None), with(&c, Some(write)), with(&d, None)];
    store.put_grants(&vault, &list, at(20)).unwrap();
    let ledger = store.ledger_of(&vault).unwrap();
    assert_eq!(ledger.keys().collect::<Vec<_>>(), [&b]);
    // What was done since a list was begun to be read is newer than it.
    store.record_access(&vault, &a, read, at(40)).unwrap();
    store.put_grants(&vault, &[with(&b, None)], at(30)).unwrap();
    assert_eq!(store.ledger_of(&vault).unwrap()[&a], (read, at(40)));
}
