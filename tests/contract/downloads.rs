//! Fetching files to a folder, over a real sandbox.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use strongroom::domain::fault::Kind;
use strongroom::domain::transfer::Quotas;
use strongroom::download::{Fetched, Wanted, fetch};

use crate::fronts::Front;
use crate::support::{Desk, Fixture, key};

async fn get(desk: &Desk, folder: &Path, students: &[&str]) -> Fetched {
    let wanted: Vec<_> = students.iter().map(|student| Wanted::Student(key(student))).collect();
    fetch(&desk.queries, &wanted, folder, Quotas::default(), |_| {}).await.unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

#[tokio::test]
async fn files_come_under_plain_names_and_never_twice() {
    for front in Front::both() {
        assert_plain_names(&front).await;
    }
}

async fn assert_plain_names(front: &Front) {
    let fixture = Fixture::new().await;
    let people = fixture.students(2).await;
    fixture.enrol("absent");
    let desk = fixture.desk_with("one", front.open(&fixture));
    desk.provision().await;
    let vault = desk.vault("s000");
    let query = "?title=x&name=..%2F..%2F.ssh%2Fauthorized_keys";
    fixture.upload(vault.as_str(), query, &people[0].1, b"evil").await;
    fixture.upload(vault.as_str(), "?title=y&name=-rf.pdf", &people[0].1, b"second").await;
    let folder = fixture.folder.path().join("got");
    let fetched = get(&desk, &folder, &["s000", "s001", "absent"]).await;
    assert_eq!((fetched.saved.len(), fetched.there.len(), fetched.failed.len()), (2, 0, 1));
    assert_eq!((fetched.failed[0].0.as_str(), fetched.failed[0].1.kind), ("absent", Kind::NotFound));
    let here = files(&folder.join("CS101/unassigned/s000"));
    assert_eq!(here.len(), 2, "{here:?}");
    for path in &here {
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(!name.starts_with(['.', '-']) && !name.contains(".."), "{name}");
    }
    assert_eq!(files(&folder).len(), 1, "nothing left the class's folder");
    let again = get(&desk, &folder, &["s000"]).await;
    assert_eq!((again.saved.len(), again.there.len()), (0, 2));
    let manifest = std::fs::read_to_string(folder.join("CS101").join("manifest.jsonl")).unwrap();
    assert_eq!(manifest.lines().count(), 2);
    assert!(manifest.contains("../../.ssh/authorized_keys"), "the true name stands in the manifest only");
}

#[tokio::test]
async fn another_version_is_another_file() {
    let fixture = Fixture::new().await;
    let people = fixture.students(1).await;
    let desk = fixture.desk("one");
    desk.provision().await;
    let vault = desk.vault("s000");
    let item = fixture.upload(vault.as_str(), "?title=x&name=a.pdf", &people[0].1, b"one").await;
    let folder = fixture.folder.path().join("got");
    get(&desk, &folder, &["s000"]).await;
    let query = format!("?name=a.pdf&item={}", item["id"].as_str().unwrap());
    fixture.upload(vault.as_str(), &query, &people[0].1, b"two").await;
    assert_eq!(get(&desk, &folder, &["s000"]).await.saved.len(), 1);
    let contents =
        files(&folder.join("CS101/unassigned/s000")).into_iter().map(|path| std::fs::read(path).unwrap());
    assert_eq!(contents.collect::<Vec<_>>(), [b"one".to_vec(), b"two".to_vec()]);
}
