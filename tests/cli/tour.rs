//! The README's tour on the imitation of `op`: from `init` to an arrival, and what goes wrong on it.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use reqwest::Method;
use serde_json::{Value, json};
use strongroom::domain::secret::Expose as _;

use crate::support::{Class, Ran, bare, finding, row, run, word};

const LIST: &str = "Name,Email\nNgozi,ngozi@example.edu\nBai,bai@example.edu\n";

/// The program with a home folder and no other way to the sandbox than `op` and its token.
fn strongroom(class: &Class, words: &str, input: &str) -> Ran {
    let mut command = bare(class.home.path());
    // Nothing may lie under the current folder that is run.
    fs::create_dir_all(class.path("work")).unwrap();
    command.current_dir(class.path("work")).args(words.split_whitespace());
    command.env("OP_CONNECT_HOST", "http://127.0.0.1:1").env("OP_CONNECT_TOKEN", "canary");
    run(command, input)
}

fn install(class: &Class, more: &str) {
    let folder = class.path("bin");
    strongroom(class, &format!("sandbox op --install {} --log {more}", folder.display()), "").exits(0);
}

fn init(class: &Class, more: &str) -> Ran {
    let token = class.path("op.token");
    fs::write(&token, class.running.service_account.expose_secret()).unwrap();
    fs::set_permissions(&token, fs::Permissions::from_mode(0o600)).unwrap();
    let (op, token) = (class.path("bin/op"), token.display().to_string());
    let words = format!(
        "init --no-input --json --id CS101 --provider op --op {} --token-file {token} --roster - {more}",
        op.display()
    );
    strongroom(class, &words, LIST)
}

#[tokio::test(flavor = "multi_thread")]
async fn from_init_to_an_arrival_through_op() {
    let class = Class::new().await;
    let (_, token) = class.person("ngozi").await;
    install(&class, "");
    let done = init(&class, "--probe").exits(0).json("init/1");
    for name in ["op-binary", "op-version", "token", "right-to-create"] {
        assert_eq!(finding(&done, "checks", name)["state"], "ok", "{name}: {done}");
    }
    assert!(finding(&done, "checks", "environment")["what"].as_str().unwrap().contains("OP_CONNECT_HOST"));
    assert_eq!(done["next"], "strongroom provision");
    let secret = class.running.service_account.expose_secret();
    assert!(!done.to_string().contains(secret) && !done.to_string().contains("canary"));

    // The file names a program and is trusted by whoever typed its name.
    let made = strongroom(&class, "provision --json", "").exits(0).json("provision/1");
    let row = row(&made, "ngozi");
    assert_eq!(row["outcome"], "done", "{made}");
    strongroom(&class, "watch --once --jsonl", "").exits(0);
    class.upload(&word(&row["vault"]), &token, "hw1.bin", b"hand-in").await;
    let seen = strongroom(&class, "watch --once --jsonl", "").exits(0);
    let arrival: Value = serde_json::from_str(seen.out.trim()).unwrap();
    assert_eq!((&arrival["student"]["key"], &arrival["kind"]), (&"ngozi".into(), &"new".into()));
    let told = strongroom(&class, "doctor --json", "").exits(0).json("doctor/1");
    for name in ["trust", "op-binary", "token", "bindings", "marks", "access-lists", "audit-log"] {
        assert_eq!(finding(&told, "findings", name)["state"], "ok", "{name}: {told}");
    }
    let calls = fs::read_to_string(class.path("bin/op.calls.jsonl")).unwrap();
    assert!(calls.contains("vault") && !calls.contains(secret) && !calls.contains("OP_CONNECT"), "{calls}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_class_is_found_again_also_where_lists_are_refused() {
    let class = Class::new().await;
    class.person("ngozi").await;
    install(&class, "");
    init(&class, "").exits(0);
    strongroom(&class, "provision", "").exits(0);
    fs::remove_dir_all(class.path("state")).unwrap();
    fs::remove_dir_all(class.path("bin")).unwrap();
    install(&class, "--profile no-lists,user-list-costs");
    let file = class.path("config/strongroom/cs101.toml");
    strongroom(&class, "status", "").exits(2);
    strongroom(&class, &format!("trust {}", file.display()), "").exits(0);
    strongroom(&class, "roster import -", LIST).exits(0);
    let found = strongroom(&class, "adopt --json", "").exits(0).json("adopt/1");
    assert_eq!(found["rows"][0]["outcome"], "bound", "{found}");
    let writes = class.writes().await;
    let again = strongroom(&class, "provision --json", "").exits(0).json("provision/1");
    let row = row(&again, "ngozi");
    assert_eq!((&row["outcome"], row["steps"].as_array().unwrap().len()), (&"done".into(), 1), "{again}");
    assert_eq!(class.writes().await, writes + 1, "the grant proves the level");
    let told = strongroom(&class, "doctor --json", "").exits(0).json("doctor/1");
    assert_eq!(finding(&told, "findings", "access-lists")["state"], "warning", "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_or_a_program_that_is_not_one_is_named_and_nothing_is_written() {
    let class = Class::new().await;
    let gone = init(&class, "").code;
    assert_ne!(gone, 0, "there is no op yet");
    install(&class, "");
    let body = json!({ "name": "CS101-ngozi", "description": "by hand" });
    class.call(Method::POST, "/sandbox/v1/vaults", class.service(), &body).await;
    let words = format!(
        "init --no-input --id CS101 --provider op --op {} --token-file {}",
        class.path("bin/op").display(),
        class.path("wrong.token").display()
    );
    fs::write(class.path("wrong.token"), "ops_canary").unwrap();
    fs::set_permissions(class.path("wrong.token"), fs::Permissions::from_mode(0o600)).unwrap();
    let refused = strongroom(&class, &words, "");
    assert_eq!(refused.code, 4, "{}{}", refused.out, refused.err);
    assert!(!format!("{}{}", refused.out, refused.err).contains("canary"));
    assert!(!class.path("config").exists());
    let done = init(&class, "").exits(0).json("init/1");
    assert_eq!(finding(&done, "checks", "existing-vaults")["state"], "note");
    assert_eq!(done["next"], "strongroom adopt");
}

/// The imitation with the tokens of the world, so that its administrator is signed in to it.
fn install_signed_in(class: &Class) {
    install(class, &format!("--tokens {}", class.running.tokens_file.display()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_invites_and_confirms_through_op() {
    let class = Class::new().await;
    install_signed_in(&class);
    init(&class, "").exits(0);
    let outcome = |words: &str, schema: &str| {
        let done = strongroom(&class, &format!("{words} --json"), "").exits(0).json(schema);
        word(&row(&done, "ngozi")["outcome"])
    };
    strongroom(&class, "invite ngozi", "").exits(4);
    assert_eq!(outcome("invite ngozi --person", "invite/1"), "done");
    let people = class.call(Method::GET, "/sandbox/v1/people", class.admin(), &Value::Null).await;
    let ngozi = people.as_array().unwrap().iter().find(|person| person["email"] == "ngozi@example.edu");
    let accept = format!("/sandbox/v1/people/{}/accept", word(&ngozi.unwrap()["id"]));
    class.call(Method::POST, &accept, class.admin(), &Value::Null).await;
    assert_eq!(outcome("confirm --all --person", "confirm/1"), "done");
    assert_eq!(outcome("provision", "provision/1"), "done");
    strongroom(&class, "audit verify", "").exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_persons_run_saw_of_staff_holds_until_the_class_list_changes() {
    let class = Class::new().await;
    let (ngozi, _) = class.person("ngozi").await;
    let group =
        class.call(Method::POST, "/sandbox/v1/groups", class.admin(), &json!({ "name": "tas" })).await;
    let member = format!("/sandbox/v1/groups/{}/members/{ngozi}", word(&group["id"]));
    install_signed_in(&class);
    init(&class, "--staff tas=read").exits(0);
    let groups = |words: &str| {
        let told = strongroom(&class, &format!("doctor --json {words}"), "").json("doctor/1");
        let found = finding(&told, "findings", "staff-groups");
        (word(&found["state"]), word(&found["what"]))
    };
    assert!(groups("").1.contains("no person's run has looked"), "{:?}", groups(""));
    assert_eq!(groups("--person").0, "ok");
    assert!(groups("").1.contains("saw none at 20"), "{:?}", groups(""));
    class.call(Method::PUT, &member, class.admin(), &Value::Null).await;
    assert_eq!(groups("--person"), ("failure".into(), "students in a group of staff: ngozi".into()));
    let later = groups("");
    assert_eq!(later.0, "warning");
    assert!(later.1.contains("saw 1 at 20"), "what was seen then is not forgotten: {later:?}");
    class.call(Method::DELETE, &member, class.admin(), &Value::Null).await;
    assert_eq!(groups("--person").0, "ok");
    strongroom(&class, "roster import -", &format!("{LIST}Zoe,zoe@example.edu\n")).exits(0);
    assert!(groups("").1.contains("no person's run has looked"), "{:?}", groups(""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_list_of_groups_stops_nothing_and_is_told() {
    let class = Class::new().await;
    class.person("ngozi").await;
    install(&class, "--profile no-groups");
    let done = init(&class, "--staff tas=read").exits(0).json("init/1");
    let staff = finding(&done, "checks", "staff");
    assert!(word(&staff["what"]).starts_with("not known"), "{staff}");
    let made = strongroom(&class, "provision --json", "").exits(0).json("provision/1");
    assert_eq!(row(&made, "ngozi")["outcome"], "done", "{made}");
    assert!(made["unverified"].to_string().contains("not shown the groups"), "{made}");
}
