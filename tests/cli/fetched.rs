//! Downloads that were broken off, and what the next one makes of that.

#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::Value;
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

#[tokio::test(flavor = "multi_thread")]
async fn the_manifest_shows_true_names_to_a_terminal_without_harm() {
    let class = class().await;
    class.run("download --to got").exits(0);
    let manifest = manifest(&class);
    assert!(!manifest.chars().any(|c| c != '\n' && is_hostile(c)), "{manifest:?}");
    assert_eq!(serde_json::from_str::<Value>(manifest.trim()).unwrap()["name"], NAME, "lossless");
}
