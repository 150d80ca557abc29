//! Leaving while an answer is still out: what happened is looked up, never done twice.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::process::Stdio;

use axum::http::Method;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::line::{Fate, line};
use crate::support::{Class, Ran};

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_whose_answer_was_lost_is_found_again() {
    let class = Class::new().await;
    class.person("a").await;
    class.run_with("roster import -", "Name,Email\nA,a@example.edu\n").exits(0);
    let (lost, mut told) = mpsc::unbounded_channel();
    let makes = |method: &Method, path: &str| *method == Method::POST && path.ends_with("/vaults");
    let fate = move |method: &Method, path: &str| {
        if makes(method, path) { Fate::Lost(lost.clone()) } else { Fate::Answered }
    };
    let url = line(&class, fate).await;
    let mut command = class.command("provision");
    command.env("STRONGROOM_SANDBOX_URL", url).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    told.recv().await.unwrap();
    // Two different ones, since equal signals that come together count as one.
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let left = Ran::of(&child.wait_with_output().unwrap());
    assert!([130, 143].contains(&left.code), "{} {}", left.code, left.err);

    let log = class.run("audit list --json").exits(0).json("audit/1");
    assert_eq!(log["records"][1]["outcome"], "unknown");
    let states = |class: &Class| {
        let jobs = class.run("jobs --json").exits(0).json("jobs/1");
        let states = jobs["jobs"].as_array().unwrap().iter().map(|job| job["state"].clone());
        states.collect::<Vec<Value>>()
    };
    assert_eq!(states(&class), ["left"]);
    let writes = class.writes().await;
    let made = class.run("provision --json").exits(0).json("provision/1");
    assert_eq!(made["rows"][0]["outcome"], "done");
    assert_eq!(class.writes().await, writes + 1, "the grant, and no second vault");
    let vaults = class.call(Method::GET, "/sandbox/v1/vaults", class.admin(), &Value::Null).await;
    let named = vaults.as_array().unwrap().iter().filter(|vault| vault["name"] == "CS101-a").count();
    assert_eq!(named, 1);
    assert_eq!(states(&class), ["ended", "ended"], "of what was left nothing is left to do");
}
