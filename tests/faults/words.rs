//! What the imitation of the CLI says when the service behind it fails: the words of Go's network code,
//! and of the real CLI where they are known.

#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};

use crate::door::Door;

async fn plan(door: &Door, fault: &str, route: &str, more: Value) {
    let mut rule = json!({ "fault": fault, "route": route });
    rule.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    door.fixture.plan(1, json!([rule])).await;
}

#[tokio::test]
async fn print_all() {
    let door = Door::new().await;
    let vault = door.vault("one").await;
    for fault in [
        "rate-limit",
        "rate-limit-bare",
        "server-error",
        "gateway",
        "truncated",
        "reset",
        "lost-reply",
        "invalid-utf8",
        "drip",
        "delay",
    ] {
        for (route, words) in [
            ("/sandbox/v1/visits", "vault list".to_owned()),
            ("/sandbox/v1/vaults/**", "vault list".to_owned()),
            ("/sandbox/v1/vaults/**", format!("vault get {vault}")),
        ] {
            plan(&door, fault, route, Value::Null).await;
            let ran = door.run(&words).await;
            println!(
                "{fault:16} {route:24} {words:10.10} {:?} {} {}",
                ran.code,
                ran.err.trim(),
                String::from_utf8_lossy(&ran.out).len()
            );
        }
    }
}
