//! A class that is read through Connect as well: what has to be trusted, and what the doctor says of the token.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{self, Class, Ran, bare, run, word};

/// A class of two with a vault each, whose file names a Connect server; and a token for one of them.
async fn connected(rights: &str) -> (Class, String) {
    let class = Class::new().await;
    class.enrol(&["ngozi", "bai"]).await;
    class.run("provision").exits(0);
    let vault = class.vault_of("bai");
    let new =
        json!({ "name": "doctor", "vaults": [{ "id": vault, "rights": rights }], "expires_in_s": 86_400 });
    let made = class.call(Method::POST, "/sandbox/v1/tokens/connect", class.admin(), &new).await;
    let text = format!(
        "[class]\nid = \"CS101\"\n[provider]\nuse = [\"connect\", \"sandbox\"]\n[provider.connect]\nhost = \"{}\"\n",
        class.running.url
    );
    class.write("class.toml", &text);
    (class, word(&made["token"]))
}

fn with_token(class: &Class, token: &str, words: &str) -> Ran {
    class.run_where("OP_CONNECT_TOKEN", token, words)
}

/// State and words of a check.
fn finding(told: &Value, name: &str) -> (String, String) {
    let found = support::finding(told, "findings", name);
    (word(&found["state"]), word(&found["what"]))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_host_is_contacted_by_a_trusted_file_alone_and_the_doctor_tells_what_the_token_covers() {
    let (class, token) = connected("rw").await;
    let (untrusted, asked) = (with_token(&class, &token, "doctor --json").json("doctor/1"), "heartbeat");
    let failures = untrusted["findings"].as_array().unwrap().iter().filter(|one| one["state"] == "failure");
    assert_eq!(failures.map(|one| &one["name"]).collect::<Vec<_>>(), ["trust"], "one cause is told once");
    let counts = class.call(Method::GET, "/sandbox/v1/requests", class.admin(), &Value::Null).await;
    assert!(!counts.to_string().contains(asked), "nobody was asked: {counts}");
    let given = class.run("trust class.toml").exits(0);
    assert!(
        given.out.contains("provider.connect.host") && given.out.contains(&class.running.url),
        "{}",
        given.out
    );
    let ran = with_token(&class, &token, "doctor --json");
    assert!(!ran.out.contains(&token) && !ran.err.contains(&token), "{}", ran.out);
    let told = ran.json("doctor/1");
    for (name, state, words) in [
        ("connect-token", "ok", "from OP_CONNECT_TOKEN, it reads 1 vault"),
        ("connect-expiry", "ok", "the token is good until"),
        ("connect-account", "ok", "of the class's account"),
        ("connect-rights", "note", "the token may change 1 vault"),
        ("connect-server", "ok", "1Password Connect API 1."),
        ("connect-vaults", "ok", "1 vault listed"),
        ("connect-coverage", "warning", "1 of 2 students' vaults are not covered: ngozi"),
    ] {
        let (found, what) = finding(&told, name);
        assert!(found == state && what.contains(words), "{name}: {found} {what}");
    }
    // The variable is the class's own here, and nobody's where Connect is not used.
    assert!(!told.to_string().contains("is set and ignored"), "{told}");
    let without = with_token(&class, &token, "doctor --json --provider sandbox").json("doctor/1");
    assert!(without.to_string().contains("OP_CONNECT_TOKEN is set and ignored"), "{without}");
    assert!(!without.to_string().contains("connect-token"), "{without}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_missing_open_to_others_or_none_is_told_with_its_mend() {
    let (class, token) = connected("r").await;
    class.run("trust class.toml").exits(0);
    let told = class.run("doctor --json").exits(1).json("doctor/1");
    assert!(finding(&told, "connect").1.contains("there is no token for Connect"), "{told}");
    let told = with_token(&class, "ops_canary", "doctor --json").exits(1).json("doctor/1");
    assert!(finding(&told, "connect").1.contains("not one that 1Password makes"), "{told}");
    assert!(!told.to_string().contains("canary"), "{told}");
    let file = class.path("connect.token");
    fs::write(&file, &token).unwrap();
    let text = fs::read_to_string(class.path("class.toml")).unwrap();
    class.write("class.toml", &format!("{text}token_file = \"connect.token\"\n"));
    class.run("trust class.toml").exits(0);
    for (mode, state) in [(0o644, "connect"), (0o600, "connect-token")] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let told = class.run("doctor --json").json("doctor/1");
        let expected = if mode == 0o600 { "ok" } else { "failure" };
        assert_eq!(finding(&told, state).0, expected, "{told}");
    }
    let printed = class.run("config print").exits(0);
    assert!(printed.out.contains("[provider.connect]") && !printed.out.contains(&token));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_reads_is_never_alone() {
    let class = Class::new().await;
    let refused = class.run("status --provider connect").exits(2);
    assert!(refused.err.contains("which only reads"), "{}", refused.err);
    let mut init = bare(class.home.path());
    init.args(["init", "--no-input", "--id", "A", "--provider", "events"]);
    let refused = run(init, "").exits(2);
    assert!(refused.err.contains("added in the class file"), "{}", refused.err);
    let text = "[class]\nid = \"CS101\"\n[provider]\nuse = [\"op\", \"connect\"]\n";
    class.write("class.toml", text);
    let refused = class.run("config check class.toml").exits(2);
    assert!(refused.err.contains("`provider.connect.host` is missing"), "{}", refused.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_fails_is_told_on_the_stream_of_messages_and_another_one_reads() {
    let (class, token) = connected("r").await;
    class.run("trust class.toml").exits(0);
    let good = with_token(&class, &token, "watch --once").exits(0);
    assert!(!good.err.contains("connect: "), "{}", good.err);
    let issued = class.call(Method::GET, "/sandbox/v1/tokens", class.admin(), &Value::Null).await;
    let id = word(&issued[0]["id"]);
    class.call(Method::DELETE, &format!("/sandbox/v1/tokens/{id}"), class.admin(), &Value::Null).await;
    let told = with_token(&class, &token, "watch --once").exits(0);
    assert!(told.err.contains("connect: ") && told.err.contains("sandbox reads instead"), "{}", told.err);
    assert!(!told.out.contains("reads instead") && !told.err.contains(&token), "{}", told.out);
}
