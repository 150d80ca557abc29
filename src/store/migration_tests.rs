//! A store of version 1 brought up to date; readers and spans that it has from then on.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use tempfile::TempDir;

use super::schema::TABLES;
use super::*;
use crate::domain::id::VaultId;

const ARRIVAL: &str = r#"{"kind":"new","detected_at":"2026-09-21T13:33:29Z","student":{"key":"s1","email":"a@b","user_id":null},"vault":{"id":"v0000000000000000000000001","name":"C-s1"},"item":{"id":"i0000000000000000000000001","title":"hw1","category":"DOCUMENT","version":1,"created_at":null,"updated_at":null,"last_edited_by":null},"files":[],"by":"student"}"#;

fn vault() -> VaultId {
    VaultId::parse("v0000000000000000000000001").unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

/// A store as version 1 left it behind: one student, one vault with an item, one arrival.
fn version_1() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    let old = Connection::open(&path).unwrap();
    old.pragma_update(None, "journal_mode", "WAL").unwrap();
    old.execute_batch(TABLES).unwrap();
    old.execute_batch(
        "INSERT INTO student VALUES ('s1', 'Ngozi', 'a@b', 0);
         INSERT INTO binding VALUES ('s1', 'v0000000000000000000000001', 'n', '2026-09-21T14:13:20.000000000Z');
         INSERT INTO first_look VALUES (1);
         INSERT INTO seen_vault VALUES ('v0000000000000000000000001', 5, '2026-09-21T14:13:20.000000000Z');
         INSERT INTO seen_item VALUES ('v0000000000000000000000001', 'i0000000000000000000000001', 1, 'active',
            'hw1', 'DOCUMENT', NULL, NULL, NULL, '[]');
         PRAGMA user_version = 1;",
    )
    .unwrap();
    old.execute("INSERT INTO arrival (json) VALUES (?1)", [ARRIVAL]).unwrap();
    (folder, path)
}

#[test]
fn a_store_of_version_1_loses_nothing_and_is_kept_as_it_was() {
    let (_folder, path) = version_1();
    let store = Store::open(&path).unwrap();
    let arrivals = store.arrivals(0, 9).unwrap();
    assert_eq!((arrivals.len(), arrivals[0].seq, arrivals[0].changes), (1, 1, 1));
    assert_eq!((arrivals[0].not_before, store.last_seq().unwrap()), (None, 1));
    let seen = store.seen_vaults().unwrap()[&vault()];
    assert_eq!((seen.content_version, seen.full_at, seen.known_until), (Some(5), Some(at(0)), None));
    assert_eq!((store.seen(&vault()).unwrap().0, store.seen_items(&vault()).unwrap().len()), (0, 1));
    assert_eq!((store.last_span().unwrap(), store.oldest_look().unwrap()), (None, Some(at(0))));
    let kept = path.with_extension("db.1");
    assert_eq!(fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
    let old = Connection::open(&kept).unwrap();
    let version: i64 = old.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    let json: String = old.query_row("SELECT json FROM arrival", [], |row| row.get(0)).unwrap();
    assert_eq!((version, json.as_str()), (1, ARRIVAL));
}

#[test]
fn what_no_arrival_of_version_1_tells_of_was_there_before_the_first_look() {
    let (_folder, path) = version_1();
    let old = Connection::open(&path).unwrap();
    old.execute_batch(
        "INSERT INTO seen_item VALUES ('v0000000000000000000000001', 'i0000000000000000000000002', 3, 'active',
            'hw2', 'DOCUMENT', NULL, NULL, 'EDITOR0000000000000000000A', '[]');",
    )
    .unwrap();
    drop(old);
    let store = Store::open(&path).unwrap();
    let kept = store.baseline().unwrap();
    let [one] = &kept[..] else { unreachable!("{kept:?}") };
    assert_eq!((one.sighting.title.as_str(), one.sighting.version), ("hw2", 3));
    assert_eq!((one.sighting.moment.seen, one.editor.is_some()), (at(0), true));
    assert_eq!(store.baseline_of(&one.sighting.at).unwrap().as_ref(), Some(one));
}

#[test]
fn programs_that_open_it_at_once_bring_it_up_to_date_once() {
    let (_folder, path) = version_1();
    fs::write(path.with_extension("db.1"), "half a copy of a program that died").unwrap();
    std::thread::scope(|scope| {
        for reader in 0..6 {
            let path = &path;
            scope.spawn(move || {
                let store = Store::open(path).unwrap();
                assert_eq!(store.arrivals(0, 9).unwrap().len(), 1);
                store.ack_reader(&format!("r{reader}"), 1).unwrap();
            });
        }
    });
    let store = Store::open(&path).unwrap();
    assert!((0..6).all(|reader| store.reader_acked(&format!("r{reader}")).unwrap() == Some(1)));
    let old = Connection::open(path.with_extension("db.1")).unwrap();
    let rows: i64 = old.query_row("SELECT count(*) FROM arrival", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 1);
}

#[test]
fn a_second_program_that_opens_it_in_the_middle_waits_and_finds_the_new_one() {
    let (_folder, path) = version_1();
    // Somebody has begun and is not done: whoever opens it meanwhile waits for the end of it.
    let mut other = Connection::open(&path).unwrap();
    let begun = other.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    let opening = std::thread::spawn({
        let path = path.clone();
        move || Store::open(&path)
    });
    begun.execute_batch("UPDATE student SET name = 'Ngozi A.'").unwrap();
    begun.commit().unwrap();
    let store = opening.join().unwrap().unwrap();
    assert_eq!(store.students().unwrap()[0].student.name.as_str(), "Ngozi A.");
}

#[test]
fn a_reader_never_goes_back() {
    let (_folder, path) = version_1();
    let store = Store::open(&path).unwrap();
    assert_eq!(store.reader_acked("grader").unwrap(), None);
    for (seq, had) in [(0, 0), (5, 5), (3, 5), (6, 6)] {
        store.ack_reader("grader", seq).unwrap();
        assert_eq!(store.reader_acked("grader").unwrap(), Some(had));
    }
}

#[test]
fn a_span_marks_those_that_wait_and_no_others() {
    let (_folder, path) = version_1();
    let store = Store::open(&path).unwrap();
    let known = || store.seen_vaults().unwrap()[&vault()].known_until;
    let span = store.begin_span(at(10), &HashMap::from([(vault(), Some(at(3)))])).unwrap();
    assert_eq!(known(), Some(Some(at(3))));
    store.keep_span(Span { until: at(20), ..span }, &HashMap::from([(vault(), None)])).unwrap();
    assert_eq!((known(), store.last_span().unwrap().unwrap().until), (Some(None), at(20)));
    store.keep_span(Span { until: at(30), ..span }, &HashMap::new()).unwrap();
    assert_eq!(known(), None);
    let next = store.begin_span(at(25), &HashMap::new()).unwrap();
    assert!(next.id > span.id);
    assert_eq!(store.spans(at(26)).unwrap().len(), 2);
}
