//! A store of version 1 brought up to date; readers and spans that it has from then on.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use tempfile::TempDir;

use super::schema::TABLES;
use super::*;
use crate::domain::directory::ItemRef;
use crate::domain::id::{FileId, ItemId, VaultId};
use crate::domain::query::LocalCopy;

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

#[test]
fn a_program_of_version_1_that_still_runs_writes_on_and_is_noticed() {
    // As version 1 has it.
    const TAKE_OVER: &str = "INSERT INTO seen_vault (vault, content_version, full_at) VALUES (?1, ?2, ?3)
        ON CONFLICT (vault) DO UPDATE SET content_version = excluded.content_version,
        full_at = coalesce(excluded.full_at, full_at)";
    const ITEM: &str = "INSERT OR REPLACE INTO seen_item (vault, item, version, state, title, category,
        created_at, updated_at, last_edited_by, files) VALUES (?1, ?2, ?3, 'active', 't', 'LOGIN', NULL, NULL, NULL, '[]')";
    let (_folder, path) = version_1();
    let old = Connection::open(&path).unwrap();
    old.pragma_update(None, "foreign_keys", true).unwrap();
    let mut take_over = old.prepare(TAKE_OVER).unwrap();
    let mut item = old.prepare(ITEM).unwrap();
    let mut arrival = old.prepare("INSERT INTO arrival (json) VALUES (?1)").unwrap();
    let (vault, other) = (vault(), VaultId::parse("v0000000000000000000000002").unwrap());
    let store = Store::open(&path).unwrap();
    let listing =
        |version, looks| Listing { version, whole: true, at: at(9), looks, span: None, fell: false };
    let (looks, _) = store.seen(&vault).unwrap();
    // It goes on with what it had prepared, while a listing of ours is on its way.
    take_over.execute((vault.as_str(), 6, "2026-09-21T14:13:20.000000000Z")).unwrap();
    item.execute((vault.as_str(), "i0000000000000000000000002", 1)).unwrap();
    arrival.execute([ARRIVAL]).unwrap();
    take_over.execute((other.as_str(), 1, "2026-09-21T14:13:20.000000000Z")).unwrap();
    let overtaken = store.settle(&vault, listing(6, looks), |_, _| (Vec::new(), Vec::new())).unwrap();
    assert_eq!(overtaken, None, "it has listed the vault since");
    assert_eq!((store.seen(&vault).unwrap().1.len(), store.arrivals(0, 9).unwrap().len()), (2, 2));
    assert_eq!(store.seen(&other).unwrap().0, 1);
    // What we take over counts once, and it reads that.
    let (looks, items) = store.seen(&vault).unwrap();
    assert_eq!(store.settle(&vault, listing(7, looks), |_, _| (items, Vec::new())).unwrap(), Some(vec![]));
    assert_eq!(store.seen(&vault).unwrap().0, looks + 1);
    let read = "SELECT content_version FROM seen_vault WHERE vault = ?1";
    let version: i64 = old.query_row(read, [vault.as_str()], |row| row.get(0)).unwrap();
    assert_eq!(version, 7);
}

#[test]
fn what_grows_is_counted_and_how_far_somebody_has_read_is_no_mark() {
    let (_folder, path) = version_1();
    let store = Store::open(&path).unwrap();
    let copy = |version| LocalCopy {
        at: ItemRef { vault: vault(), item: ItemId::parse("i0000000000000000000000001").unwrap() },
        version,
        file: FileId::parse("f0000000000000000000000001").unwrap(),
        path: "a/b".into(),
        sha256: "00".into(),
        size: 1,
        saved_at: at(0),
    };
    let before = store.marks().unwrap();
    assert_eq!(before["copy"], 0);
    store.put_copy(&copy(1)).unwrap();
    store.put_copy(&copy(2)).unwrap();
    store.put_copy(&copy(2)).unwrap();
    let after = store.marks().unwrap();
    assert_eq!(after["copy"], 3, "written again counts too");
    let others = |marks: &std::collections::BTreeMap<String, u64>| {
        marks.iter().filter(|(table, _)| *table != "copy").map(|(t, n)| (t.clone(), *n)).collect::<Vec<_>>()
    };
    assert_eq!(others(&before), others(&after));
    store.put_cached("read-until", &5_u64, at(1)).unwrap();
    assert_eq!(store.marks().unwrap(), after, "how far one dashboard was read is nobody else's");
    store.put_cached("people", &5_u64, at(1)).unwrap();
    assert_ne!(store.marks().unwrap(), after);
}

#[test]
fn a_feed_that_was_followed_before_its_pages_were_timed_goes_on() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    drop(Store::open(&path).unwrap());
    let old = Connection::open(&path).unwrap();
    old.execute_batch("ALTER TABLE feed DROP COLUMN page_at; PRAGMA user_version = 4;").unwrap();
    let (since, end) = ("2026-09-21T14:13:20.000000000Z", "2026-09-21T14:14:20.000000000Z");
    old.execute("INSERT INTO feed VALUES ('auditevents', 'c', ?1, ?2)", [since, end]).unwrap();
    drop(old);
    let followed = Store::open(&path).unwrap().followed(crate::domain::events::Feed::Audit).unwrap().unwrap();
    assert_eq!((followed.since, followed.read_at, followed.page_at), (at(0), at(60), at(60)));
    assert!(path.with_extension("db.4").exists());
}
