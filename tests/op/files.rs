//! Bytes: what goes in comes out, and how much is added to it.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use crate::door::{Door, LONGEST, id};

struct Stored {
    door: Door,
    vault: String,
    item: String,
    file: String,
}

/// A document with every byte in it, longer than any pipe.
fn bytes() -> Vec<u8> {
    (0..=255_u8).cycle().take(300_001).collect()
}

async fn stored() -> Stored {
    let door = Door::new().await;
    let vault = door.vault("v1").await;
    let create = format!("document create - --vault {vault} --file-name all.bin --title all");
    let made = door.run_with(&create, &bytes()).await.json();
    let item = made["uuid"].as_str().unwrap().to_owned();
    let detail = door.run(&format!("item get {item} --vault {vault}")).await.json();
    Stored { vault, file: id(&detail["files"][0]), item, door }
}

#[tokio::test]
async fn a_pipe_gets_the_bytes_and_one_newline() {
    let Stored { door, vault, item, file } = stored().await;
    let reference = format!("op://{vault}/{item}/{file}");
    let read = door.run(&format!("read {reference}")).await;
    assert_eq!((read.code, read.out.len()), (Some(0), 300_002));
    assert!(read.out.starts_with(&bytes()) && read.out.ends_with(b"\n"));
    for exact in [format!("read -n {reference}"), format!("document get all --vault {vault}")] {
        assert!(door.run(&exact).await.out == bytes(), "{exact}");
    }
    assert_eq!(door.run(&format!("read -n {reference}?attribute=name")).await.text(), "all.bin");
    assert_eq!(door.run(&format!("read {reference}?attr=size")).await.text(), "300001\n");
}

#[tokio::test]
async fn anything_but_a_pipe_gets_replaced_characters() {
    let Stored { door, vault, item, file } = stored().await;
    let target = door.fixture.folder.path().join("out");
    let mut command = door.command(["read", "-n", &format!("op://{vault}/{item}/{file}")]);
    command.stdout(Stdio::from(std::fs::File::create(&target).unwrap()));
    let ended = tokio::time::timeout(LONGEST, command.spawn().unwrap().wait()).await.unwrap().unwrap();
    assert!(ended.success());
    let written = std::fs::read(&target).unwrap();
    assert!(written == String::from_utf8_lossy(&bytes()).into_owned().into_bytes() && written != bytes());
}

#[tokio::test]
async fn a_file_is_written_for_its_owner_and_not_over_another_one() {
    let Stored { door, vault, item, .. } = stored().await;
    let target = door.fixture.folder.path().join("got");
    let get = format!("document get {item} --vault {vault} --out-file {}", target.display());
    assert_eq!(door.run(&get).await.code, Some(0));
    assert!(std::fs::read(&target).unwrap() == bytes());
    assert_eq!(std::fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(door.run(&get).await.trouble(1).contains("already exists and is not empty"));
    assert_eq!(door.run(&format!("{get} --force")).await.code, Some(0));
}

#[tokio::test]
async fn files_are_attached_by_an_assignment_and_an_empty_one_is_a_file_too() {
    let door = Door::new().await;
    let vault = door.vault("v1").await;
    let path = door.fixture.folder.path().join("hw1.pdf");
    std::fs::write(&path, b"%PDF").unwrap();
    let create = format!("item create --vault {vault} --category login --title t [file]={}", path.display());
    let made = door.run(&create).await.json();
    assert_eq!((&made["files"][0]["name"], &made["files"][0]["size"]), (&"hw1.pdf".into(), &4.into()));
    let empty =
        door.run_with(&format!("document create - --vault {vault} --file-name e --title e"), b"").await;
    assert_eq!(empty.code, Some(0));
    assert_eq!(door.run(&format!("document get e --vault {vault}")).await.out, b"");
    let lost = door.run(&format!("document create /nowhere/x --vault {vault}")).await;
    assert_eq!(lost.trouble(1), "open /nowhere/x: no such file or directory");
}
