//! Downloads that were broken off, and what the next one makes of that.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::cast_possible_truncation, reason = "tests")]

use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use strongroom::domain::text::is_hostile;

use crate::support::Class;

const NAME: &str = "a\u{202e}fdp.exe";

/// A class whose one student has uploaded one file.
async fn class() -> Class {
    let class = Class::new().await;
    let (_, token) = class.person("a").await;
    class.run_with("roster import -", "Name,Email\nA,a@example.edu\n").exits(0);
    let made = class.run("provision --json").exits(0).json("provision/1");
    class.upload(made["rows"][0]["vault"].as_str().unwrap(), &token, NAME, b"content").await;
    class
}

fn manifest(class: &Class) -> String {
    std::fs::read_to_string(class.path("got/CS101/manifest.jsonl")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_empty_vault_people_read_that_there_is_nothing() {
    let class = Class::new().await;
    class.enrol(&["a"]).await;
    class.run("provision").exits(0);
    for (words, said) in
        [("items a", "nothing is in the vault\n"), ("download --to got", "there is no file to fetch\n")]
    {
        assert_eq!(class.run(words).exits(0).out, said);
        let rows = class.run(&format!("{words} --csv")).exits(0).out;
        assert_eq!(rows.lines().count(), 1, "programs read an empty table: {rows}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_without_its_line_gets_it_from_the_next_run() {
    let class = class().await;
    let first = class.run("download --to got --json").exits(0).json("download/1");
    assert_eq!(first["saved"].as_array().unwrap().len(), 1);
    let whole: Value = serde_json::from_str(manifest(&class).trim()).unwrap();
    std::fs::remove_file(class.path("got/CS101/manifest.jsonl")).unwrap();
    for _ in 0..2 {
        let again = class.run("download --to got --json").exits(0).json("download/1");
        assert_eq!((again["saved"].as_array().unwrap().len(), &again["there"][0]), (0, &whole["path"]));
        let line: Value = serde_json::from_str(manifest(&class).trim()).unwrap();
        assert_eq!((&line["sha256"], &line["name"]), (&whole["sha256"], &whole["name"]));
        assert_eq!(manifest(&class).lines().count(), 1);
    }
    let path = class.path("got").join(whole["path"].as_str().unwrap());
    std::fs::remove_file(class.path("got/CS101/manifest.jsonl")).unwrap();
    std::fs::write(path, "half").unwrap();
    let other = class.run("download --to got --json").exits(3).json("download/1");
    assert_eq!(other["failed"][0]["kind"], "conflict");
}

/// A class whose one student has uploaded that many files of that many bytes; and their hashes, sorted.
async fn uploads(files: usize, size: usize) -> (Class, Vec<String>) {
    let class = Class::new().await;
    let (_, token) = class.person("a").await;
    class.run_with("roster import -", "Name,Email\nA,a@example.edu\n").exits(0);
    let made = class.run("provision --json").exits(0).json("provision/1");
    let mut hashes = Vec::new();
    for number in 0..files {
        let bytes: Vec<u8> = (0..size).map(|at| (at * 31 + number * 7) as u8).collect();
        hashes.push(sha256(&bytes));
        class.upload(made["rows"][0]["vault"].as_str().unwrap(), &token, &format!("f{number}"), &bytes).await;
    }
    hashes.sort();
    (class, hashes)
}

/// In hexadecimal digits.
fn sha256(bytes: &[u8]) -> String {
    let digits: Vec<String> = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}

/// What lies in the student's folder: names and hashes, sorted.
fn stored(class: &Class) -> (Vec<String>, Vec<String>) {
    let (mut names, mut hashes) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(class.path("got/CS101/unassigned/a")).into_iter().flatten() {
        let path = entry.unwrap().path();
        names.push(path.file_name().unwrap().to_str().unwrap().to_owned());
        let bytes = std::fs::read(path).unwrap();
        hashes.push(sha256(&bytes));
    }
    names.sort();
    hashes.sort();
    (names, hashes)
}

fn lines(class: &Class) -> usize {
    std::fs::read_to_string(class.path("got/CS101/manifest.jsonl")).map_or(0, |text| text.lines().count())
}

/// A command that a shell has prepared.
fn prepared(class: &Class, before: &str, words: &str) -> std::process::Command {
    let plain = class.command(words);
    let mut shell = std::process::Command::new("sh");
    shell.arg("-c").arg(format!("{before}; exec \"$@\"")).arg("sh").arg(plain.get_program());
    shell.args(plain.get_args()).env_clear().current_dir(class.home.path());
    shell.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_killed_goes_on_where_it_was() {
    const FILES: usize = 60;
    let (class, sent) = uploads(FILES, 50_000).await;
    let (mut kills, mut before) = (0, 0);
    while before < 40 {
        let mut command = class.command("download --to got --json");
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let late = Instant::now() + Duration::from_secs(60);
        while lines(&class) < before + 8 && Instant::now() < late {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        assert!(!child.wait().unwrap().success(), "it was killed on the way");
        assert!(lines(&class) >= before + 8 && lines(&class) < FILES);
        (kills, before) = (kills + 1, lines(&class));
    }
    let last = class.run("download --to got --json").exits(0).json("download/1");
    let (saved, there) = (last["saved"].as_array().unwrap().len(), last["there"].as_array().unwrap().len());
    println!(
        "killed {kills} times, the last at {before} of {FILES} files; then {saved} fetched, {there} there"
    );
    let (names, on_disk) = stored(&class);
    assert_eq!((saved + there, lines(&class), names.len()), (FILES, FILES, FILES), "{names:?}");
    assert_eq!(on_disk, sent);
    assert!(names.iter().all(|name| !name.contains(".part")), "what was half done is swept away");
    assert!(saved < FILES - 30, "nothing came twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_leaves_nothing_half_done() {
    let (class, sent) = uploads(3, 3_000_000).await;
    // No file may grow beyond 2 MiB (512 bytes a block), and the write tells so instead of a signal.
    let limited = prepared(&class, "trap '' XFSZ; ulimit -f 4096", "download --to got --json");
    let ran = crate::support::run(limited, "").exits(1);
    let error: Value = serde_json::from_str(&ran.err).unwrap();
    assert_eq!(error["kind"], "local", "{error}");
    assert!(error["hint"].as_str().unwrap().contains("make room"), "{error}");
    assert_eq!((ran.json("download/1")["left"].as_u64(), stored(&class).0.len()), (Some(3), 0));
    class.run("download --to got --json").exits(0);
    assert_eq!(stored(&class).1, sent);
}

#[tokio::test(flavor = "multi_thread")]
async fn modes_do_not_depend_on_the_umask() {
    let (class, _) = uploads(1, 10).await;
    for umask in ["000", "077", "027"] {
        let to = format!("got{umask}");
        let ran = crate::support::run(
            prepared(&class, &format!("umask {umask}"), &format!("download --to {to} --json")),
            "",
        );
        let saved = ran.exits(0).json("download/1")["saved"][0]["path"].as_str().unwrap().to_owned();
        let mode = |path: &str| std::fs::metadata(class.path(path)).unwrap().permissions().mode() & 0o7777;
        let mut path = String::new();
        for part in to.split('/').chain(saved.split('/')) {
            path = if path.is_empty() { part.to_owned() } else { format!("{path}/{part}") };
            let expected = if class.path(&path).is_dir() { 0o700 } else { 0o600 };
            assert_eq!(mode(&path), expected, "{path} under {umask}");
        }
        assert_eq!(mode(&format!("{to}/CS101/manifest.jsonl")), 0o600);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_be_fetched_is_told_and_what_was_is_verified() {
    let (class, _) = uploads(3, 1_000).await;
    let dry = class.run("download --to got --dry-run --json").exits(0).json("download-plan/1");
    assert_eq!((&dry["fetch"]["files"], &dry["fetch"]["bytes"]), (&3.into(), &3_000.into()));
    assert!(!class.path("got").exists());
    let one = class.run("download --to got --filter f1 --json").exits(0).json("download/1");
    assert_eq!(one["saved"].as_array().unwrap().len(), 1);
    let rest = class.run("download --to got --filter !f1").exits(0);
    assert!(rest.err.contains("2/2 "), "a line a file: {}", rest.err);
    let dry = class.run("download --to got --dry-run --json").exits(0).json("download-plan/1");
    assert_eq!((&dry["files"], &dry["fetch"]["files"], &dry["requests"]), (&3.into(), &0.into(), &0.into()));
    let same = class.run("download --verify --to got --json").exits(0).json("download-verify/1");
    assert_eq!((&same["same"], same["differences"].as_array().unwrap().len()), (&3.into(), 0));
    std::fs::write(class.path("got").join(one["saved"][0]["path"].as_str().unwrap()), "x").unwrap();
    let differs = class.run("download --verify --to got --json").exits(3).json("download-verify/1");
    assert_eq!(differs["differences"][0]["outcome"], "differs");
    class.run("download --verify --to elsewhere").exits(2);
    class.run("download --assignment hw1 --to got").exits(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_manifest_shows_true_names_to_a_terminal_without_harm() {
    let class = class().await;
    class.run("download --to got").exits(0);
    let manifest = manifest(&class);
    assert!(!manifest.chars().any(|c| c != '\n' && is_hostile(c)), "{manifest:?}");
    assert_eq!(serde_json::from_str::<Value>(manifest.trim()).unwrap()["name"], NAME, "lossless");
}
