//! `strongroom jobs` and `strongroom quarantine` as they are typed, against the built program.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write as _;

use serde_json::{Value, json};
use strongroom::sandbox::Limits;

use crate::cli::{Class, word};

async fn class(limits: Limits, students: usize) -> Class {
    let class = Class::with(limits).await;
    let mut list = "Name,Email\n".to_owned();
    for number in 0..students {
        let name = format!("s{number:03}");
        class.person(&name).await;
        writeln!(list, "{name},{name}@example.edu").unwrap();
    }
    class.run_with("roster import -", &list).exits(0);
    class
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_the_ration_has_stopped_is_listed_shown_and_ended() {
    let class = class(Limits::Teams, 60).await;
    assert_eq!(class.run("jobs --json").exits(0).json("jobs/1")["jobs"], json!([]));
    class.run("provision").exits(5);
    let jobs = class.run("jobs --json").exits(0).json("jobs/1");
    let [job] = jobs["jobs"].as_array().unwrap().as_slice() else { unreachable!("{jobs}") };
    assert_eq!((&job["state"], &job["rows"], &job["wanted"]), (&json!("left"), &json!(60), &json!("go")));
    let id = word(&job["id"]);
    let shown = class.run(&format!("jobs show {id} --json")).exits(0).json("job/1");
    let rows = shown["rows"].as_array().unwrap();
    let done = rows.iter().filter(|row| row["outcome"] == "done").count();
    assert_eq!((rows.len(), json!(done)), (60, job["ended"].clone()));
    let status = class.run("status --json").exits(0).json("status/1");
    for row in rows {
        let known =
            status["rows"].as_array().unwrap().iter().find(|one| one["student"]["key"] == row["student"]);
        let is_told =
            row["vault"] == known.unwrap()["vault"] && row["vault"].is_null() == (row["outcome"] != "done");
        assert!(is_told, "the job has made the vault of each row that is done: {row}");
    }
    let attention = class.run("attention").exits(0);
    assert!(attention.out.contains(&format!("strongroom jobs resume {id}")), "{}", attention.out);
    class.run("jobs resume").exits(5);
    class.run(&format!("jobs pause {id}")).exits(6);
    class.run(&format!("--read-only jobs cancel {id}")).exits(6);
    class.run(&format!("jobs cancel {id}")).exits(0);
    let shown = class.run(&format!("jobs show {id} --json")).exits(0).json("job/1");
    assert_eq!(shown["job"]["state"], "cancelled");
    let over = class.run(&format!("jobs resume {id}")).exits(6);
    assert!(!over.err.contains("jobs cancel"), "{}", over.err);
    let none = class.run("jobs resume").exits(0);
    assert!(format!("{}{}", none.out, none.err).contains("nothing was left unfinished"), "{}", none.out);
    class.run("jobs show aaaaaaaa").exits(2);
    class.run("jobs show nonsense-id").exits(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_that_was_left_behind_is_listed_and_deleted_only_when_told() {
    let class = class(Limits::None, 1).await;
    class.run("provision").exits(0);
    assert_eq!(class.run("quarantine --json").exits(0).json("quarantine/1")["vaults"], json!([]));
    let second = json!({ "name": "CS101-s000", "description": "again [sr:s000:abcdefgh]" });
    let made = class.call(reqwest::Method::POST, "/sandbox/v1/vaults", class.service(), &second).await;
    let second = word(&made["id"]);
    let listed = class.run("quarantine --json").exits(0).json("quarantine/1");
    let [one] = listed["vaults"].as_array().unwrap().as_slice() else { unreachable!("{listed}") };
    assert_eq!((&one["vault"], &one["items"], &one["student"]), (&json!(second), &json!(0), &json!("s000")));
    assert_ne!(one["own"], one["vault"]);
    let before = class.writes().await;
    let refused = class.run(&format!("quarantine --delete {second}")).exits(6);
    assert!(refused.err.contains("--yes"), "{}", refused.err);
    let own = class.run(&format!("quarantine --delete {} --yes", word(&one["own"]))).exits(6);
    assert!(own.err.contains("is the vault of s000"), "{}", own.err);
    class.run("quarantine --delete aaaaaaaaaaaaaaaaaaaaaaaaaa --yes").exits(2);
    class.upload(&second, class.service(), "a", b"x").await;
    let full = class.run(&format!("quarantine --delete {second} --yes")).exits(6);
    assert!(full.err.contains("holds 1 item:"), "{}", full.err);
    assert_eq!(class.writes().await, before + 1, "the upload alone");
    let attention: Value = class.run("attention --json").exits(0).json("attention/1");
    let needs = attention["needs"].as_array().unwrap();
    assert!(needs.iter().any(|need| need["reason"] == "quarantined"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_vault_that_was_left_behind_is_deleted_and_nothing_else() {
    let class = class(Limits::None, 1).await;
    class.run("provision").exits(0);
    let second = json!({ "name": "CS101-s000", "description": "again [sr:s000:abcdefgh]" });
    let made = class.call(reqwest::Method::POST, "/sandbox/v1/vaults", class.service(), &second).await;
    let (second, before) = (word(&made["id"]), class.writes().await);
    let listed = class.run("quarantine --json").exits(0).json("quarantine/1");
    let own = word(&listed["vaults"][0]["own"]);
    class.run(&format!("quarantine --delete {second} --yes --read-only")).exits(6);
    class.run(&format!("quarantine --delete {second} --yes")).exits(0);
    assert_eq!(class.writes().await, before + 1, "the deletion alone");
    let vaults = class.call(reqwest::Method::GET, "/v1/vaults", class.service(), &Value::Null).await;
    let ids: Vec<String> = vaults.as_array().unwrap().iter().map(|vault| word(&vault["id"])).collect();
    assert!(ids.contains(&own) && !ids.contains(&second), "{ids:?}");
    assert_eq!(class.run("quarantine --json").exits(0).json("quarantine/1")["vaults"], json!([]));
    class.run("audit verify").exits(0);
    assert!(class.run("audit list --json").exits(0).out.contains("delete-vault"));
    assert_eq!(class.run("provision --json").exits(0).json("provision/1")["rows"][0]["outcome"], "unchanged");
}
