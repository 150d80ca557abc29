//! What the imitation of the CLI says when the service behind it fails: the words of Go's network code,
//! and of the real CLI where they are known.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;

use crate::door::Door;
use crate::support::word;

const SIGNING_IN: &str = "/sandbox/v1/visits";
const WORKING: &str = "/sandbox/v1/vaults/**";

const RATION: &str = "(429) Too Many Requests: You've reached the maximum number of this type of requests this \
     service account is allowed to make. Please retry in 30 seconds or try other requests.";

async fn plan(door: &Door, rule: Value) {
    door.fixture.plan(1, json!([rule])).await;
}

/// Fault, exit code while it works, and what it says then; while it signs in, something stands before
/// that, but for refusals, and the code is 1.
const SAID: [(&str, i32, &str, bool); 7] = [
    ("rate-limit", 1, RATION, false),
    ("rate-limit-bare", 1, "Too many requests. Your client has been rate-limited.", false),
    ("server-error", 4, "(500) Internal Server Error: Internal Server Error.", true),
    ("gateway", 4, "(502) Bad Gateway: Something went wrong.", true),
    ("truncated", 1, "unexpected EOF", true),
    ("reset", 1, "read: connection reset by peer", true),
    ("lost-reply", 1, "Post \"URL/api/v3\": EOF", true),
];

#[tokio::test]
async fn every_failure_of_the_service_has_its_words_and_code() {
    let door = Door::new().await;
    let vault = door.vault("one").await;
    for (fault, code, said, prefixed) in SAID {
        let said = said.replace("URL", &door.fixture.running.url);
        for words in ["vault list", "user list", &format!("vault get {vault}")] {
            let working = if words == "user list" { "/sandbox/v1/people" } else { WORKING };
            plan(&door, json!({ "fault": fault, "route": working })).await;
            assert_eq!(door.run(words).await.trouble(code), said, "{fault}");
            plan(&door, json!({ "fault": fault, "route": SIGNING_IN })).await;
            let prefix = if prefixed { "error initializing client: " } else { "" };
            assert_eq!(door.run(words).await.trouble(1), format!("{prefix}{said}"), "{fault}");
        }
    }
}

#[tokio::test]
async fn slow_answers_are_answers_and_bad_text_is_replaced_as_go_does() {
    let door = Door::new().await;
    let vault = door.vault("one").await;
    for fault in ["delay", "drip"] {
        plan(&door, json!({ "fault": fault, "delay_ms": 50 })).await;
        assert_eq!(door.run("vault list").await.json()[0]["id"], vault.as_str(), "{fault}");
    }
    plan(&door, json!({ "fault": "invalid-utf8", "route": WORKING })).await;
    let id = word(&door.run("vault list").await.json()[0]["id"]);
    assert_eq!(id, format!("\u{fffd}\u{fffd}\u{fffd}{vault}"));
}

#[tokio::test]
async fn a_change_whose_answer_is_lost_or_late_happens_all_the_same() {
    let door = Door::new().await;
    plan(&door, json!({ "fault": "lost-reply", "route": "/sandbox/v1/vaults", "times": 1 })).await;
    let lost = door.run("vault create lost").await.trouble(1);
    assert_eq!(lost, format!("Post \"{}/api/v3\": EOF", door.fixture.running.url));
    plan(&door, json!({ "fault": "late", "route": "/sandbox/v1/vaults", "delay_ms": 200 })).await;
    assert_eq!(door.run("vault create late").await.trouble(1), lost);
    let both = async {
        while door.fixture.vaults_made() < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(crate::raw::LONGEST, both).await.unwrap();
}

#[tokio::test]
async fn answers_that_are_old_or_of_something_else_are_passed_on() {
    let door = Door::new().await;
    let [one, two] = [door.vault("one").await, door.vault("two").await];
    plan(&door, json!({ "fault": "wrong-id", "route": WORKING, "method": "GET" })).await;
    let told = door.run(&format!("vault get {one}")).await.json();
    assert_ne!(told["id"], one.as_str());
    plan(&door, json!({ "fault": "stale", "route": WORKING })).await;
    let before = door.run("vault list").await.json();
    door.fixture.make("three").await;
    assert_eq!(door.run("vault list").await.json(), before);
    assert!(before.as_array().unwrap().iter().any(|vault| vault["id"] == two.as_str()));
}

#[tokio::test]
async fn it_hangs_until_it_is_killed() {
    let door = Door::new().await;
    for route in [SIGNING_IN, WORKING] {
        plan(&door, json!({ "fault": "hang", "route": route })).await;
        let mut child = door.command(["vault", "list"]).spawn().unwrap();
        let begun = async { while door.fixture.injected().await == 0 {} };
        tokio::time::timeout(crate::raw::LONGEST, begun).await.unwrap();
        assert!(tokio::time::timeout(Duration::from_millis(300), child.wait()).await.is_err(), "{route}");
        child.kill().await.unwrap();
    }
}

#[tokio::test]
async fn a_document_without_end_is_passed_on_without_end() {
    const READ: usize = 32 << 20;
    let door = Door::new().await;
    let vault = door.vault("one").await;
    door.run_with(&format!("document create - --vault {vault} --title a"), b"short").await.json();
    plan(&door, json!({ "fault": "flood" })).await;
    let mut child = door.command(["document", "get", "a", "--vault", &vault]).spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    let mut taken = vec![0; READ];
    let reading = out.read_exact(&mut taken);
    tokio::time::timeout(crate::raw::LONGEST, reading).await.unwrap().unwrap();
    drop(out);
    let ended = tokio::time::timeout(crate::raw::LONGEST, child.wait()).await.unwrap().unwrap();
    assert!(!ended.success(), "nobody reads any more");
    plan(&door, json!({ "fault": "truncated", "route": "/v1/vaults/*/items/*/files/*/content" })).await;
    let ran = door.run(&format!("document get a --vault {vault}")).await;
    assert_eq!((ran.code, ran.out.as_slice()), (Some(1), &b"sh"[..]));
    assert!(ran.err.ends_with("unexpected EOF\n"), "{ran:?}");
    let admin = door.fixture.admin();
    door.fixture.call(Method::DELETE, "/sandbox/v1/faults", &admin, Value::Null).await;
}
