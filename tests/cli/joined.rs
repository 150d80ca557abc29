//! Plans that are found, written to a file, carried out and taken back: each command with what the others
//! have left.

#![allow(clippy::unwrap_used, reason = "tests")]

use reqwest::Method;
use serde_json::{Value, json};
use strongroom::sandbox::Limits;

use crate::support::{Class, word};

/// A class of that many students who have signed up.
async fn class(limits: Limits, students: usize) -> Class {
    let class = Class::with(limits).await;
    let names: Vec<String> = (0..students).map(|number| format!("s{number:02}")).collect();
    class.enrol(&names).await;
    class
}

/// Puts a stranger on the vault of a row of an answer.
async fn stray(class: &Class, row: &Value) -> String {
    let (stranger, _) = class.person("mallory").await;
    let path = format!("/sandbox/v1/vaults/{}/people/{stranger}", word(&row["vault"]));
    class.call(Method::PUT, &path, class.service(), &json!({ "permissions": ["view_items"] })).await;
    path
}

fn jobs(class: &Class) -> Vec<Value> {
    let history = class.run("history --json").exits(0).json("history/1");
    history["jobs"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn drift_is_written_to_a_file_and_gone_when_that_was_applied() {
    let class = class(Limits::None, 2).await;
    let made = class.run("provision --json").exits(0).json("provision/1");
    stray(&class, &made["rows"][0]).await;
    let writes = class.writes().await;
    let found = class.run("drift --out p.json").exits(3);
    assert!(found.err.contains("strongroom apply p.json"), "{}", found.err);
    class.run("drift --out p.json").exits(2);
    assert_eq!(class.writes().await, writes);
    class.run("apply p.json --yes").exits(0);
    assert_eq!(class.writes().await, writes + 1);
    let none = class.run("drift").exits(0).out;
    assert!(none.starts_with("nobody has access that the class file does not ask for"), "{none}");
    let none = class.run("quarantine").exits(0).out;
    assert_eq!(none, "no vault was left behind\n");
    class.run("apply p.json --yes").exits(6);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_a_job_back_goes_through_a_file_and_is_refused_once_it_is_not_so_any_more() {
    let class = class(Limits::None, 1).await;
    let made = class.run("provision --json").exits(0).json("provision/1");
    let first = word(&jobs(&class)[0]["job"]);
    let asked = class.run("undo").exits(6).err;
    assert!(asked.contains("1 write, ") && !asked.contains("1 writes"), "{asked}");
    class.run("undo --out back.json").exits(0);
    let file: Value =
        serde_json::from_str(&std::fs::read_to_string(class.path("back.json")).unwrap()).unwrap();
    assert_eq!((&file["undoes"], file["rows"][0]["seen"].is_null()), (&json!(first), false));
    let text = std::fs::read_to_string(class.path("back.json")).unwrap();
    class.write("other.json", &text.replace(&first, "aaaaaaaa"));
    class.run("apply other.json --yes").exits(2);

    let path = stray(&class, &made["rows"][0]).await;
    let writes = class.writes().await;
    let stale = class.run("apply back.json --yes").exits(6);
    assert!(stale.err.contains("mallory"), "{}", stale.err);
    assert_eq!(class.writes().await, writes, "nothing is sent");
    class.call(Method::DELETE, &path, class.service(), &Value::Null).await;
    class.run("apply back.json --yes").exits(0);
    let told = jobs(&class);
    assert_eq!((&told[1]["undoes"], &told[0]["undone_by"]), (&json!(first), &told[1]["job"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_back_much_is_as_weighty_as_taking_much() {
    let class = class(Limits::None, 5).await;
    class.run("provision").exits(0);
    let writes = class.writes().await;
    let asked = class.run("undo --yes").exits(6);
    assert!(
        asked.err.contains("5 revocations on 5 of 5 vaults") && asked.err.contains("--confirm 5"),
        "{}",
        asked.err
    );
    assert_eq!(class.writes().await, writes);
    class.run("undo --confirm 5").exits(0);
    assert_eq!(class.writes().await, writes + 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_left_is_carried_on_before_the_rest_and_only_when_somebody_agrees() {
    let class = class(Limits::Teams, 60).await;
    class.run("provision").exits(5);
    let left = class.run("jobs --json").exits(0).json("jobs/1")["jobs"][0].clone();
    let asked = class.run("apply").exits(6);
    assert!(asked.err.contains(&word(&left["id"])) && asked.err.contains("--yes"), "{}", asked.err);
    let on = class.run("apply --yes").exits(5);
    assert!(on.out.is_empty(), "one answer, or none: {}", on.out);
}
