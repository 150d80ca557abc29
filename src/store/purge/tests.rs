//! What a purge leaves in the file: no table is forgotten, and nobody is found in it.

use std::collections::BTreeSet;

use tempfile::TempDir;

use super::*;
use crate::domain::attention::Alarm;
use crate::domain::id::VaultId;
use crate::domain::quarantine::Quarantined;
use crate::domain::roster::Student;
use crate::domain::term::{Detail, Stage};
use crate::domain::text::Untrusted;

/// The tables that stay, and why they tell of nobody.
const STAYS: [(&str, &str); 11] = [
    ("arrival", "each is blanked, so that the numbers have no gaps"),
    ("cached", "the account and how far somebody has read stay"),
    ("checkpoint", "codes and ids of the log, and where they were stored"),
    ("consumer", "programs of the class file, and numbers; what an arrival was refused for goes"),
    ("first_look", "that there was one"),
    ("front", "emptied"),
    ("generation", "counters"),
    ("name", "the pseudonyms of those who are erased go"),
    ("reader", "programs, and numbers"),
    ("tombstone", "pseudonyms that only the key of the log can tell of anybody"),
    ("watched", "when somebody watched"),
];

fn store() -> (TempDir, Store) {
    let folder = TempDir::new().unwrap();
    let store = Store::open(&folder.path().join("store.db")).unwrap();
    (folder, store)
}

fn key(text: &str) -> StudentKey {
    StudentKey::parse(text).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn enroll(store: &Store, keys: &[&str]) {
    let student = |text: &&str| Student {
        key: key(text),
        name: format!("Unmistakable {text}").as_str().into(),
        email: Untrusted::new(format!("{text}@example.edu")),
    };
    store.enroll(&keys.iter().map(student).collect::<Vec<_>>()).unwrap();
}

fn erase(store: &Store, keys: &[&str], words: &[&str]) -> Result<Erased, Fault> {
    let keys: Vec<StudentKey> = keys.iter().map(|text| key(text)).collect();
    let pseudonyms: Vec<_> =
        keys.iter().map(|key| (key.clone(), format!("hash of {}", key.as_str().len()))).collect();
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    store.erase(&Erasing { whom: Whom::Students(&keys), pseudonyms: &pseudonyms, words: &words, old: None })
}

#[test]
fn every_table_is_one_that_is_cleared_or_tells_of_nobody() {
    let (_folder, store) = store();
    let connection = store.connection();
    let mut names = connection
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        .unwrap();
    let there: BTreeSet<String> =
        names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let by_student = BY_STUDENT.iter().map(|(table, _)| *table);
    let stays = STAYS.iter().map(|(table, _)| *table);
    let telling = others::TELLING.iter().map(|(table, ..)| *table);
    let listed = by_student.chain(BY_VAULT).chain(BY_CLASS).chain(stays).chain(telling).chain(["job_row"]);
    let listed: BTreeSet<String> = listed.map(str::to_owned).collect();
    assert_eq!(listed, there);
    let vaults = BY_VAULT.iter().map(|table| (*table, "vault"));
    for (table, column) in BY_STUDENT.into_iter().chain(vaults) {
        let found = connection.prepare(&format!("SELECT {column} FROM {table}"));
        assert!(found.is_ok(), "{table} has no {column}");
    }
}

#[test]
fn a_purge_of_the_class_empties_every_table_that_it_names() {
    let (_folder, store) = store();
    enroll(&store, &["ada"]);
    store
        .raise_alarm(&Alarm {
            subject: "x".into(),
            student: Some(key("ada")),
            message: "ada".into(),
            at: at("2026-01-01T00:00:00Z"),
        })
        .unwrap();
    let vault = VaultId::parse(&"v".repeat(26)).unwrap();
    store.note_unmarked(&[vault]).unwrap();
    let erasing = Erasing { whom: Whom::Class, pseudonyms: &[], words: &[], old: None };
    assert_eq!(store.erase(&erasing).unwrap().students, 1);
    let tables = BY_STUDENT.iter().map(|(table, _)| *table).chain(BY_VAULT).chain(BY_CLASS);
    for table in tables {
        let sql = format!("SELECT count(*) FROM {table}");
        let left: i64 = store.connection().query_row(&sql, [], |row| row.get(0)).unwrap();
        assert_eq!(left, 0, "{table}");
    }
}

#[test]
fn who_is_erased_leaves_no_trace_in_the_files() {
    let (folder, store) = store();
    enroll(&store, &["ada", "bo"]);
    store.put_names([("hash of 3", "ada Unmistakable ada"), ("hash of 2", "bo")]).unwrap();
    erase(&store, &["ada"], &[]).unwrap();
    let left = (store.name("hash of 3").unwrap(), store.name("hash of 2").unwrap());
    assert_eq!(left, (None, Some("bo".into())));
    for entry in fs::read_dir(folder.path()).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(16).any(|part| part == b"Unmistakable ada"));
    }
}

#[test]
fn an_old_arrival_of_somebody_without_an_address_loses_its_names_too() {
    let (_folder, store) = store();
    let arrival = json!({
        "detected_at": "2026-01-01T00:00:00Z", "student": { "key": "ada", "email": "" },
        "vault": { "id": "v", "name": "CS101-ada" }, "item": { "id": "i", "title": "essay" }, "files": [],
    });
    store.connection().execute("INSERT INTO arrival (json) VALUES (?1)", [arrival.to_string()]).unwrap();
    let before = at("2026-02-01T00:00:00Z");
    assert_eq!(store.old_arrivals(at("2026-01-01T00:00:00Z")).unwrap(), 0, "it is not that old");
    assert_eq!(store.old_arrivals(before).unwrap(), 1);
    let old = Some(Old { before, titles: false });
    let erasing = Erasing { whom: Whom::Students(&[]), pseudonyms: &[], words: &[], old };
    assert_eq!(store.erase(&erasing).unwrap().trimmed, 1);
    assert_eq!(store.old_arrivals(before).unwrap(), 0);
}

#[test]
fn whose_access_was_taken_is_closed_again_when_they_come_back() {
    let (_folder, store) = store();
    enroll(&store, &["ada", "bo"]);
    let now = at("2026-01-01T00:00:00Z");
    let notes = [(key("ada"), Detail::Nothing)];
    store.note_closing(Stage::Report, &notes, now).unwrap();
    store.note_closing(Stage::Revoke, &notes, now).unwrap();
    erase(&store, &["ada"], &[]).unwrap();
    assert!(store.closings().unwrap().is_empty() && store.has_tombstones().unwrap());
    enroll(&store, &["ada"]);
    let known = [(key("ada"), "hash of 3".to_owned()), (key("bo"), "hash of 2".to_owned())];
    assert_eq!(store.recall(&known, now).unwrap(), 1);
    let closings = store.closings().unwrap();
    let ada = &closings[&key("ada")];
    assert!(ada.is_closed() && !ada.is_done(Stage::Report) && closings.len() == 1, "{closings:?}");
    // Once: who is opened again afterwards stays open.
    store.forget_closing(&Stage::TAKING, &[key("ada")]).unwrap();
    assert_eq!((store.recall(&known, now).unwrap(), store.has_tombstones().unwrap()), (0, false));
    assert!(store.closings().unwrap().is_empty());
}

#[test]
fn what_is_told_of_others_goes_where_it_names_who_is_erased() {
    let (_folder, store) = store();
    enroll(&store, &["ada", "bo"]);
    let add = "INSERT INTO job (id, plan, digest, title, made_at, by, state, wanted, rows)
        VALUES (?1, ?2, '', ?3, '', '', ?4, 'go', 1)";
    let jobs = [
        ("a", "{\"name\":\"ÉLODIE ada\"}", "Revoke", "ended"),
        ("b", "{\"student\":\"bo\"}", "Revoke", "ended"),
        ("c", "{\"student\":\"bo\"}", "for élodie ada", "cancelled"),
        ("d", "{\"student\":\"adam\"}", "", "ended"),
    ];
    for job in jobs {
        store.connection().execute(add, job).unwrap();
    }
    store
        .connection()
        .execute("INSERT INTO job_row (job, row, outcome, message, at) VALUES ('d', 0, 'failed', 'P1 is on it', '')", [])
        .unwrap();
    let left = |store: &Store| -> Vec<String> {
        let connection = store.connection();
        let mut jobs = connection.prepare("SELECT id FROM job ORDER BY id").unwrap();
        jobs.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    erase(&store, &["ada"], &["Élodie Ada", "ada"]).unwrap();
    assert_eq!(left(&store), ["b", "d"]);
    erase(&store, &["ada"], &["P1"]).unwrap();
    assert_eq!(left(&store), ["b"]);
    store.connection().execute("UPDATE job SET state = 'running'", []).unwrap();
    let words = ["bo".to_owned()];
    assert_eq!(store.is_free(&words).unwrap_err().kind, Kind::Refused);
    assert_eq!(erase(&store, &["bo"], &["bo"]).unwrap_err().kind, Kind::Refused);
    assert_eq!(store.students().unwrap().len(), 1, "nothing was erased");
}

#[test]
fn what_is_told_of_others_is_looked_up_to_be_deleted_and_never_searched_for() {
    let (_folder, store) = store();
    let connection = store.connection();
    for (table, key, _) in others::TELLING {
        let sql = format!("EXPLAIN QUERY PLAN {}", others::deletion(table, key));
        let mut plan = connection.prepare(&sql).unwrap();
        let mut rows = plan.raw_query();
        let first: String = rows.next().unwrap().unwrap().get("detail").unwrap();
        assert!(first.starts_with(&format!("SEARCH {table} ")), "{table}: {first}");
    }
}

#[test]
fn a_vault_in_quarantine_goes_with_its_student() {
    let (_folder, store) = store();
    let (vault, found_at) = (VaultId::parse(&"v".repeat(26)).unwrap(), at("2026-01-01T00:00:00Z"));
    let one = Quarantined { vault, student: key("ada"), nonce: "n".into(), items: None, found_at };
    store.quarantine(&[one]).unwrap();
    erase(&store, &["ada"], &[]).unwrap();
    assert_eq!(store.quarantined().unwrap(), []);
}
