//! What a signed-in administrator does with students, and what a service account is told.

#![allow(clippy::unwrap_used, reason = "tests")]

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Class, row, word};

/// Two students, one who is active and one whom nobody has invited; the administrator may act.
async fn class() -> Class {
    let class = Class::new().await;
    class.run_with("roster import -", "Name,Email\nAda Lo,ada@example.edu\nBo Mi,bo@example.edu\n").exits(0);
    class.person("ada").await;
    class
}

async fn accept(class: &Class, email: &str) {
    let people = class.call(Method::GET, "/sandbox/v1/people", class.admin(), &Value::Null).await;
    let person = people.as_array().unwrap().iter().find(|person| person["email"] == email).unwrap();
    let path = format!("/sandbox/v1/people/{}/accept", word(&person["id"]));
    class.call(Method::POST, &path, class.admin(), &Value::Null).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_next_step_names_the_command_that_does_it() {
    let class = class().await;
    let next = |class: &Class, student: &str| {
        let status = class.run_as_admin("status --json").exits(0).json("status/1");
        word(&row(&status, student)["next"])
    };
    let mut done = Vec::new();
    for _ in 0..2 {
        let command = next(&class, "bo");
        let words = command.strip_prefix("strongroom ").unwrap();
        let ran = class.run_as_admin(&format!("{words} --json")).exits(0);
        let schema = format!("{}/1", words.split_once(' ').unwrap().0);
        let plan = ran.json(&schema);
        assert_eq!(plan["rows"][0]["outcome"], "done", "{plan}");
        done.push(word(&plan["rows"][0]["steps"][0]["kind"]));
        if done.len() == 1 {
            accept(&class, "bo@example.edu").await;
        }
    }
    assert_eq!(done, ["invite", "confirm"]);
    assert_eq!(next(&class, "bo"), "strongroom provision bo");
    class.run_as_admin("suspend bo").exits(0);
    assert_eq!(next(&class, "bo"), "strongroom reactivate bo");
    class.run_as_admin("reactivate bo").exits(0);
    class.run_as_admin("audit verify").exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_account_is_told_who_could() {
    let class = class().await;
    let refused = class.run("invite bo").exits(4);
    assert!(refused.err.contains("service account") && refused.err.contains("--person"), "{}", refused.err);
    let status = class.run("status").exits(0);
    assert!(status.out.contains("strongroom invite bo --person"), "{}", status.out);
    class.run_as_admin("invite bo --read-only").exits(6);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_are_suspended_only_after_a_yes() {
    let class = class().await;
    class.person("bo").await;
    let asked = class.run_as_admin("suspend ada bo --json").exits(6);
    let plan = asked.json("suspend/1");
    assert_eq!(plan["rows"].as_array().unwrap().len(), 2);
    assert!(plan["rows"].as_array().unwrap().iter().all(|row| row["outcome"] == "planned"));
    assert!(asked.err.contains("--yes"), "{}", asked.err);
    assert_eq!(
        class.run_as_admin("reactivate ada bo --json").exits(0).json("reactivate/1")["rows"][0]["outcome"],
        "unchanged"
    );
    let done = class.run_as_admin("suspend ada bo --yes --json").exits(0).json("suspend/1");
    assert!(done["rows"].as_array().unwrap().iter().all(|row| row["outcome"] == "done"), "{done}");
    class.run_as_admin("reactivate bo").exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_be_changed_is_6_alone_and_3_among_others() {
    let class = class().await;
    let refused = class.run_as_admin("reactivate bo").exits(6);
    assert!(refused.err.contains("not invited"), "{}", refused.err);
    class.run_as_admin("suspend ada bo").exits(3);
    class.run_as_admin("confirm --all").exits(0);
    class.run_as_admin("suspend nobody").exits(2);
    class.run_as_admin("invite bo --email another@example.edu").exits(6);
    class.run_as_admin(&format!("reactivate ada --user {}", "X".repeat(26))).exits(6);
    let plan = class.run_as_admin("confirm bo --json").exits(0).json("confirm/1");
    assert_eq!(plan["rows"][0]["outcome"], json!("waiting"));
}
