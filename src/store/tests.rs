//! The store reopened, shared, interrupted and damaged.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use tempfile::TempDir;

use super::*;
use crate::domain::access::{Permission, Permissions, Principal};
use crate::domain::arrival::{Arrival, ArrivalStudent, ArrivalVault, NewArrival};
use crate::domain::class::StudentKey;
use crate::domain::directory::{FileMeta, Grant, Item, ItemState};
use crate::domain::id::{FileId, ItemId, PersonId, VaultId};
use crate::domain::roster::Student;
use crate::domain::text::{SafeText, Untrusted};

struct Bench {
    dir: TempDir,
}

impl Bench {
    fn new() -> Self {
        Self { dir: TempDir::new().unwrap() }
    }
    fn path(&self) -> PathBuf {
        self.dir.path().join("account/class/store.db")
    }
    fn store(&self) -> Store {
        Store::open(&self.path()).unwrap()
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::new(1_790_000_000 + second, 123_456_789).unwrap()
}

fn vault(n: usize) -> VaultId {
    VaultId::parse(&format!("v{n:025}")).unwrap()
}

fn key(n: usize) -> StudentKey {
    StudentKey::parse(&format!("s{n}")).unwrap()
}

fn person() -> Principal {
    Principal::Person(PersonId::parse(&"P".repeat(26)).unwrap())
}

fn item(n: usize, version: u64) -> SeenItem {
    let item = Item {
        id: ItemId::parse(&format!("i{n:025}")).unwrap(),
        version,
        state: ItemState::Active,
        title: SafeText::new("hw1"),
        category: SafeText::new("DOCUMENT"),
        tags: vec![SafeText::new("hw")],
        created_at: Some(at(0)),
        updated_at: Some("0001-01-01T00:00:00Z".parse().unwrap()), // the service's "never"
        last_edited_by: None,
    };
    let id = FileId::parse(&"f".repeat(26)).unwrap();
    SeenItem { item, files: vec![FileMeta { id, name: Untrusted::new("../a\u{1b}b"), size: 7 }] }
}

fn news(vault: &VaultId, seen: &SeenItem) -> NewArrival {
    let student = ArrivalStudent { key: key(1), email: Untrusted::new("a@b"), user_id: None };
    let vault = ArrivalVault { id: vault.clone(), name: SafeText::new("C-s1") };
    let found = NewArrival::new(at(9), student, vault, (&seen.item).into());
    NewArrival { files: seen.files.clone(), ..found }
}

/// Settles the vault on these items; what has another version than before is news.
fn look(store: &Store, vault: &VaultId, version: u64, now: &[SeenItem]) -> Vec<Arrival> {
    let compare = |old: &[SeenItem], _: bool| {
        let new = now.iter().filter(|seen| {
            !old.iter().any(|o| o.item.id == seen.item.id && o.item.version == seen.item.version)
        });
        (now.to_vec(), new.map(|seen| news(vault, seen)).collect())
    };
    let (looks, _) = store.seen(vault).unwrap();
    store.settle(vault, Listing { looks, ..listing(version) }, compare).unwrap().unwrap_or_default()
}

/// A whole list at this version, of a vault that nobody has taken over.
fn listing(version: u64) -> Listing {
    Listing { version, whole: true, at: at(10), looks: 0, span: None, fell: false }
}

#[test]
fn everything_is_there_after_opening_again() {
    let bench = Bench::new();
    let store = bench.store();
    let student = Student { key: key(1), name: "Ngozi".into(), email: Untrusted::new("N@b.edu") };
    let read = Permissions::of(&[Permission::ViewItems, Permission::CreateItems]);
    let grants = vec![Grant { who: person(), permissions: None }];
    store.enroll(&[student.clone(), Student { key: key(2), ..student.clone() }]).unwrap();
    store.apply_roster(&[], &[key(2)]).unwrap();
    store.bind(&key(1), &vault(1), "nonce", at(1)).unwrap();
    store.record_access(&vault(1), &person(), read, at(2)).unwrap();
    store.record_access(&vault(2), &person(), Permissions::NONE, at(2)).unwrap();
    store.put_grants(&vault(1), &grants, at(3)).unwrap();
    store.put_cached("people", &["a", "b"], at(4)).unwrap();
    store.put_names([("00ff", "Ngozi\u{1b}"), ("ee", "Bai")]).unwrap();
    store.first_look(&[]).unwrap();
    look(&store, &vault(1), 5, &[item(1, 1), item(2, 1)]);
    drop(store);

    let store = bench.store();
    let students = store.students().unwrap();
    assert_eq!((&students[0].student, students[0].gone, students[1].gone), (&student, false, true));
    let bound = Binding { student: key(1), vault: vault(1), nonce: "nonce".into(), bound_at: at(1) };
    assert_eq!(store.bindings().unwrap(), [bound]);
    let ledger = store.ledger().unwrap();
    assert_eq!(ledger[&(vault(1), person())], (read, at(2)));
    assert_eq!(ledger[&(vault(2), person())], (Permissions::NONE, at(2)));
    assert_eq!(store.ledger_of(&vault(1)).unwrap()[&person()], (read, at(2)));
    assert_eq!(store.grants(&vault(1)).unwrap(), Some((grants.clone(), at(3))));
    assert_eq!(store.grants(&vault(2)).unwrap(), None);
    assert_eq!(store.all_grants().unwrap()[&vault(1)].0, grants);
    let people = store.cached::<Vec<String>>("people").unwrap();
    assert_eq!(people, Some((vec!["a".into(), "b".into()], at(4))));
    assert_eq!(store.cached::<u64>("people").unwrap(), None, "a cache of another form is no cache");
    assert_eq!(store.name("00ff").unwrap(), Some("Ngozi\u{1b}".into()));
    assert_eq!(store.seen_items(&vault(1)).unwrap(), [item(1, 1), item(2, 1)]);
    assert_eq!(store.seen_versions().unwrap()[&vault(1)], Some(5));
    assert_eq!(store.arrivals(1, 10).unwrap(), store.last_arrivals(1).unwrap());
    assert_eq!((store.last_arrivals(9).unwrap().len(), store.last_seq().unwrap()), (2, 2));
    let uploads = store.last_upload().unwrap();
    assert_eq!((uploads[&key(1)].items, uploads.len()), (2, 1));
}

#[test]
fn a_vault_and_a_student_are_bound_one_to_one() {
    let bench = Bench::new();
    let store = bench.store();
    store.bind(&key(1), &vault(1), "a", at(1)).unwrap();
    store.bind(&key(1), &vault(1), "b", at(2)).unwrap();
    store.bind(&key(2), &vault(2), "c", at(2)).unwrap();
    for (student, vault) in [(key(1), vault(2)), (key(1), vault(3)), (key(3), vault(1))] {
        let fault = store.bind(&student, &vault, "x", at(3)).unwrap_err();
        assert_eq!(fault.kind, Kind::Refused);
    }
    assert_eq!(store.bindings().unwrap()[0].nonce, "a");
    store.connection().execute("DELETE FROM binding WHERE student = 's1'", []).unwrap();
    store.bind(&key(3), &vault(1), "x", at(3)).unwrap();
}

#[test]
fn the_first_look_announces_nothing_even_if_interrupted() {
    let bench = Bench::new();
    let store = bench.store();
    assert!(look(&store, &vault(9), 1, &[item(9, 1)]).is_empty(), "before any first look");
    assert!(store.first_look(&[vault(1), vault(2)]).unwrap());
    assert!(look(&store, &vault(1), 3, &[item(1, 1)]).is_empty());
    drop(store); // the program ends before it came to vault 2

    let store = bench.store();
    assert!(!store.first_look(&[vault(1), vault(2), vault(3)]).unwrap());
    assert_eq!(store.seen_versions().unwrap()[&vault(2)], None);
    assert!(look(&store, &vault(2), 3, &[item(1, 1)]).is_empty());
    assert_eq!(look(&store, &vault(2), 4, &[item(1, 2)]).len(), 1);
    let later = look(&store, &vault(3), 1, &[item(1, 1), item(2, 1)]);
    assert_eq!(later.iter().map(|arrival| arrival.seq).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(store.arrivals(0, 99).unwrap()[1..], later);
}

#[test]
fn an_older_listing_never_replaces_a_newer_one() {
    let bench = Bench::new();
    let store = bench.store();
    store.first_look(&[]).unwrap();
    assert_eq!(look(&store, &vault(1), 7, &[item(1, 3)]).len(), 1);
    assert!(look(&store, &vault(1), 6, &[item(1, 2)]).is_empty());
    let overtaken = store.settle(&vault(1), listing(7), |_, _| (Vec::new(), Vec::new())).unwrap();
    assert_eq!(overtaken, None, "somebody took it over since it was asked for");
    assert_eq!(store.seen_items(&vault(1)).unwrap(), [item(1, 3)]);
    assert!(look(&store, &vault(1), 8, &[]).is_empty());
    assert!(store.seen_items(&vault(1)).unwrap().is_empty());
}

#[test]
fn looks_at_the_same_time_leave_no_duplicate_and_no_gap() {
    let bench = Bench::new();
    bench.store().first_look(&[]).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            let (own, shared) = (bench.store(), bench.store());
            for store in [own, shared.clone(), shared] {
                scope.spawn(move || {
                    for version in 1..=10 {
                        look(&store, &vault(1), version, &[item(1, version)]);
                        look(&store, &vault(2), version, &[item(1, version)]);
                    }
                });
            }
        }
    });
    let store = bench.store();
    let arrivals = store.arrivals(0, 1000).unwrap();
    let seqs: Vec<_> = arrivals.iter().map(|arrival| arrival.seq).collect();
    assert_eq!(seqs, (1..=arrivals.len() as u64).collect::<Vec<_>>());
    assert_eq!(store.last_seq().unwrap(), arrivals.len() as u64);
    for which in [vault(1), vault(2)] {
        let versions: Vec<_> =
            arrivals.iter().filter(|a| a.vault.id == which).map(|a| a.item.version).collect();
        assert!(versions.windows(2).all(|pair| pair[0] < pair[1]), "{versions:?}");
        assert_eq!(versions.last(), Some(&10));
    }
}

#[test]
fn a_failed_look_changes_nothing() {
    let bench = Bench::new();
    let store = bench.store();
    store.first_look(&[]).unwrap();
    look(&store, &vault(1), 1, &[item(1, 1)]);
    let too_big = |_: &[SeenItem], _: bool| (vec![item(1, u64::MAX)], vec![news(&vault(1), &item(1, 2))]);
    let second = Listing { looks: 1, ..listing(2) };
    assert_eq!(store.settle(&vault(1), second, too_big).unwrap_err().kind, Kind::Local);
    let clone = store.clone();
    let panicked = std::thread::spawn(move || clone.settle(&vault(1), second, |_, _| panic!("a bug")));
    assert!(panicked.join().is_err());
    assert_eq!(store.seen_versions().unwrap()[&vault(1)], Some(1));
    assert_eq!(look(&store, &vault(1), 2, &[item(1, 2)])[0].seq, 2);
}

#[test]
fn the_first_frame_reads_only_what_is_asked() {
    let bench = Bench::new();
    let store = bench.store();
    let rows: Vec<String> = (0..10_000).map(|n| format!("row {n}")).collect();
    store.put_front(&rows).unwrap();
    assert_eq!(store.front::<String>(3).unwrap(), (rows[..3].to_vec(), 10_000));
    // Row 50 cannot be read: whoever stops before it does not notice.
    let other = Connection::open(bench.path()).unwrap();
    other.execute("UPDATE front SET json = 'no JSON' WHERE ord = 50", []).unwrap();
    assert_eq!(store.front::<String>(50).unwrap().0.len(), 50);
    assert_eq!(store.front::<String>(51).unwrap(), (vec![], 0));

    store.put_front(&rows[..60]).unwrap();
    assert_eq!(store.front::<String>(100).unwrap(), (rows[..60].to_vec(), 60));
    store.put_front(&Vec::<String>::new()).unwrap();
    assert_eq!(store.front::<String>(1).unwrap(), (vec![], 0));
}

#[test]
fn an_unchanged_first_frame_writes_nothing() {
    let bench = Bench::new();
    let store = bench.store();
    store.put_front(&["a", "b", "c"]).unwrap();
    let changes = || store.connection().total_changes();
    let before = changes();
    store.put_front(&["a", "b", "c"]).unwrap();
    assert_eq!(changes(), before);
    store.put_front(&["a", "x"]).unwrap();
    assert_eq!(changes(), before + 2);
}

#[test]
fn the_files_are_for_their_owner_only() {
    rustix::process::umask(rustix::fs::Mode::empty()); // nothing may depend on it
    let bench = Bench::new();
    let store = bench.store();
    store.first_look(&[vault(1)]).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let folder = bench.path().parent().unwrap().to_owned();
    assert_eq!(mode(&folder), 0o700);
    let files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 3, "{files:?}"); // with -wal and -shm
    assert!(files.iter().all(|path| mode(path) == 0o600));
    drop(store);
    fs::set_permissions(bench.path(), fs::Permissions::from_mode(0o644)).unwrap();
    bench.store();
    assert_eq!(mode(&bench.path()), 0o600);
}

#[test]
fn programs_that_start_together_make_one_store() {
    let bench = Bench::new();
    std::thread::scope(|scope| {
        for n in 0..8 {
            let bench = &bench;
            scope.spawn(move || bench.store().bind(&key(n), &vault(n), "n", at(1)).unwrap());
        }
    });
    assert_eq!(bench.store().bindings().unwrap().len(), 8);
}

#[test]
fn a_newer_store_and_other_files_are_refused() {
    let bench = Bench::new();
    drop(bench.store());
    let other = Connection::open(bench.path()).unwrap();
    other.pragma_update(None, "user_version", 99).unwrap();
    let fault = Store::open(&bench.path()).unwrap_err();
    assert!(fault.to_string().contains("newer version"), "{fault}");
    other.pragma_update(None, "user_version", 0).unwrap();
    assert!(Store::open(&bench.path()).unwrap_err().to_string().contains("not a store"));

    let folder = bench.dir.path().join("folder");
    fs::create_dir(&folder).unwrap();
    for path in [folder.clone(), folder.join("\0"), bench.path().join("store.db")] {
        assert_eq!(Store::open(&path).unwrap_err().kind, Kind::Local);
    }
}

#[test]
fn a_damaged_file_is_named_with_its_mend() {
    let bench = Bench::new();
    drop(bench.store());
    fs::write(bench.path(), "this is no database, and long enough to be read as one".repeat(99)).unwrap();
    let fault = Store::open(&bench.path()).unwrap_err();
    assert!(fault.to_string().contains("store.db") && fault.to_string().contains("roster import"), "{fault}");

    fs::remove_file(bench.path()).unwrap();
    let store = bench.store();
    store.bind(&key(1), &vault(1), "n", at(1)).unwrap();
    store.connection().execute("UPDATE binding SET vault = 'nonsense'", []).unwrap();
    let fault = store.bindings().unwrap_err();
    assert!(fault.to_string().contains("store.db is damaged"), "{fault}");
}
