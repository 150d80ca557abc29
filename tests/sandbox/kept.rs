//! What is on the disk: it survives, and only its owner can read it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::io::BufRead as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use strongroom::sandbox::{Config, Scenario, serve};
use tokio_util::sync::CancellationToken;

use crate::support::{Bench, WRITE, client, login, text, word};

fn every_file(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            every_file(&path, found);
        }
        found.push(path);
    }
}

#[tokio::test]
async fn a_world_and_its_tokens_survive_a_restart() {
    let mut bench = Bench::new().await;
    let (vault, (person, token)) = (bench.make("v").await, bench.person("ngozi").await);
    bench.grant(&vault, &person, WRITE).await;
    let (_, item) = bench.send_file(&vault, "?name=a.txt", &token, b"kept".to_vec()).await;
    let (before, old, folder) = (bench.admin(), bench.service(), bench.folder.path().join("world"));
    let account = bench.running.account.clone();
    bench.running.stop().await;
    bench.running = serve(Config::new(&folder), CancellationToken::new()).await.unwrap();
    assert_eq!(bench.running.account, account);
    assert_eq!(bench.admin(), before);
    assert_eq!(bench.get("/v1/vaults", &old).await.1[0]["id"], json!(vault), "the old token stays valid");
    assert_ne!(bench.service(), old, "another port, so another address in the token");
    let path = word(&item["files"][0]["content_path"]);
    assert_eq!(bench.get(&path, &token).await, (200, Value::String("kept".into())));
    let listed = bench.running.people.iter().find(|line| line.id.as_str() == person).unwrap();
    assert_eq!(text(&listed.token), token);
}

#[tokio::test]
async fn one_process_at_a_time_holds_a_world() {
    let bench = Bench::new().await;
    let folder = bench.folder.path().join("world");
    let fault = serve(Config::new(&folder), CancellationToken::new()).await.unwrap_err();
    assert!(fault.to_string().contains("in use"), "{fault}");
    bench.running.stop().await;
    let mut again = Config::new(&folder);
    again.scenario = Some(Scenario::demo().unwrap());
    let fault = serve(again, CancellationToken::new()).await.unwrap_err();
    assert!(fault.to_string().contains("already"), "{fault}");
    let stranger = bench.folder.path().join("stranger");
    std::fs::create_dir(&stranger).unwrap();
    std::fs::write(stranger.join("thesis.txt"), "mine").unwrap();
    assert!(serve(Config::new(&stranger), CancellationToken::new()).await.is_err());
    assert_ne!(std::fs::metadata(&stranger).unwrap().permissions().mode() & 0o77, 0, "left as it was");
}

#[tokio::test]
async fn only_the_owner_can_read_and_tokens_are_in_one_file_only() {
    let bench = Bench::new().await;
    let (vault, (_, token)) = (bench.make("v").await, bench.person("ngozi").await);
    bench.send_file(&vault, "?name=a.txt", &bench.service(), b"x".to_vec()).await;
    bench.post(&format!("/v1/vaults/{vault}/items"), &bench.service(), login("L")).await;
    let root = bench.folder.path().join("world");
    let mut found = vec![root.clone()];
    every_file(&root, &mut found);
    assert!(found.len() >= 6, "{found:?}");
    for path in &found {
        let mode = std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
        if path.is_dir() {
            continue;
        }
        let bytes = std::fs::read(path).unwrap();
        let holds = |token: &str| bytes.windows(token.len()).any(|part| part == token.as_bytes());
        let all = [token.as_str(), &bench.admin(), &bench.service()].iter().all(|token| holds(token));
        let any = [token.as_str(), &bench.admin(), &bench.service()].iter().any(|token| holds(token));
        let is_tokens = *path == bench.running.tokens_file;
        assert_eq!((all, any), (is_tokens, is_tokens), "{}", path.display());
    }
}

#[tokio::test]
async fn a_lost_tokens_file_is_started_anew() {
    let mut bench = Bench::new().await;
    let ((_, token), old) = (bench.person("ngozi").await, bench.admin());
    let (file, folder) = (bench.running.tokens_file.clone(), bench.folder.path().join("world"));
    bench.running.stop().await;
    std::fs::remove_file(file).unwrap();
    bench.running = serve(Config::new(&folder), CancellationToken::new()).await.unwrap();
    for token in [&bench.admin(), &bench.service(), &old, &token] {
        assert_eq!(bench.get("/sandbox/v1/whoami", token).await.0, 200);
    }
}

/// The other side of the next test: serves until it is killed. Does nothing on its own.
#[tokio::test]
async fn child_that_serves() {
    let Some(folder) = std::env::var_os("STRONGROOM_TEST_WORLD") else { return };
    let running = serve(Config::new(folder), CancellationToken::new()).await.unwrap();
    println!("\nurl {}", running.url);
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn what_was_answered_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let world = folder.path().join("world");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kept::child_that_serves", "--nocapture"])
        .env("STRONGROOM_TEST_WORLD", &world)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = std::io::BufReader::new(child.stdout.take().unwrap()).lines();
    let url = lines.map_while(Result::ok).find_map(|line| line.strip_prefix("url ").map(str::to_owned));
    let url = url.unwrap();
    let tokens: Value = serde_json::from_slice(&std::fs::read(world.join("tokens.json")).unwrap()).unwrap();
    let service = word(&tokens["service_account"]);
    let client = client();
    let made = client.post(format!("{url}/sandbox/v1/vaults")).bearer_auth(&service);
    let vault: Value = made.json(&json!({ "name": "v" })).send().await.unwrap().json().await.unwrap();
    let files = format!("{url}/sandbox/v1/vaults/{}/files", word(&vault["id"]));
    let mut answered = Vec::new();
    for at in 0..20u8 {
        let sent = client.post(format!("{files}?name=f{at}")).bearer_auth(&service).body(vec![at; 50_000]);
        let item: Value = sent.send().await.unwrap().json().await.unwrap();
        answered.push((at, word(&item["files"][0]["content_path"])));
    }
    // One more is on its way when the process dies.
    let last = tokio::spawn(client.post(files).bearer_auth(&service).body(vec![9; 8 << 20]).send());
    tokio::task::yield_now().await;
    child.kill().unwrap();
    child.wait().unwrap();
    drop(last.await);
    let running = serve(Config::new(&world), CancellationToken::new()).await.unwrap();
    for (at, path) in &answered {
        let back = client.get(format!("{}{path}", running.url)).bearer_auth(&service).send().await.unwrap();
        assert_eq!(back.bytes().await.unwrap().to_vec(), vec![*at; 50_000]);
    }
    let rows: Value = client
        .get(format!("{}/v1/vaults/{}/items", running.url, word(&vault["id"])))
        .bearer_auth(&service)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let on_disk = std::fs::read_dir(world.join("files")).unwrap().count();
    assert_eq!(rows.as_array().unwrap().len(), on_disk, "no bytes without a row, no row without bytes");
}

#[tokio::test]
async fn a_copy_leaves_no_file_and_what_a_killed_process_left_is_removed() {
    let mut bench = Bench::new().await;
    let root = bench.folder.path().join("world");
    let names = || {
        let names = std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    };
    let before = names();
    let plan = json!({ "seed": 1, "rules": [{ "fault": "sync-lag" }] });
    assert_eq!(bench.put("/sandbox/v1/faults", &bench.admin(), plan).await.0, 200);
    assert_eq!(names(), before, "a copy of the world has no name");
    bench.running.stop().await;
    for left in [".spare-1", ".new-2"] {
        std::fs::write(root.join(left), "x").unwrap();
    }
    bench.running = serve(Config::new(&root), CancellationToken::new()).await.unwrap();
    assert!(names().iter().all(|name| !name.to_string_lossy().starts_with('.')), "{:?}", names());
}
