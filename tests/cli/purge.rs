//! What a purge leaves behind: nobody's name here, no name in the log, and no way back to a closed vault.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::PathBuf;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Class, files_below, word};
use crate::term::{found, three};

/// What [`three`] took over.
const LIST: &str = "Name,Email\nada,ada@example.edu\nbo,bo@example.edu\ncy,cy@example.edu\n";

fn close(class: &Class) {
    let to = class.path("files").display().to_string();
    for step in [&format!("pull --yes --to {to}"), "verify --yes", "revoke --confirm CS101"] {
        class.run(&format!("close-term --step {step} --json")).exits(0);
    }
}

/// The file of that name in the state.
fn state(class: &Class, name: &str) -> PathBuf {
    let found = files_below(&class.path("state"));
    found.into_iter().find(|path| path.ends_with(name)).unwrap()
}

fn log(class: &Class) -> String {
    fs::read_to_string(state(class, "audit.jsonl")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purge_gives_no_access_back() {
    let (class, vaults) = three().await;
    close(&class);
    class.run("provision ada --json").exits(3);
    class.run("purge ada --yes --json").exits(0);
    // The same list is imported every night.
    class.run_with("roster import -", LIST).exits(0);
    class.run("provision --json").exits(0);
    class.run("provision ada --json").exits(3);
    class.run("adopt --json");
    class.run("apply --yes --json");
    let (vault, token) = &vaults[0];
    let seen = class.call(Method::GET, "/v1/vaults", token, &Value::Null).await;
    assert!(seen.as_array().unwrap().iter().all(|one| one["id"] != *vault), "ada is on the closed vault");
    // Until somebody says so.
    class.run("close-term --reopen ada --yes --json").exits(0);
    class.run("provision ada --json").exits(0);
    let seen = class.call(Method::GET, "/v1/vaults", token, &Value::Null).await;
    assert!(seen.as_array().unwrap().iter().any(|one| one["id"] == *vault), "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purge_that_meets_a_lock_erases_nothing_and_writes_no_key_into_the_log() {
    let (class, _) = three().await;
    close(&class);
    let lock = fs::File::open(state(&class, "locks/ada")).unwrap();
    lock.lock().unwrap();
    let ran = class.run("purge ada --yes --json");
    assert!(ran.code != 0 && ran.err.contains("another program is changing"), "{} {}", ran.code, ran.err);
    drop(lock);
    let log = log(&class);
    assert_eq!(log.lines().find(|line| line.contains("of ada") || line.contains("\"op\":\"purge\"")), None);
    assert!(class.run("roster list --json").exits(0).out.contains("ada@example.edu"), "nothing was erased");
    let erased = class.run("purge ada --yes --json").exits(0).json("purge/1");
    assert_eq!(erased["files"].as_array().unwrap().len(), 1, "{erased}");
    assert_eq!(found(&class.path("state"), "locks/ada"), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purged_name_stands_in_nothing_about_somebody_else() {
    let (class, vaults) = three().await;
    let body = json!({ "name": "Zebedee Quill", "email": "zeb@example.edu" });
    let made = class.call(Method::POST, "/sandbox/v1/people", class.admin(), &body).await;
    let id = word(&made["person"]["id"]);
    class.run_with("roster import -", &format!("{LIST}Zebedee Quill,zeb@example.edu\n")).exits(0);
    let path = format!("/sandbox/v1/vaults/{}/people/{id}", vaults[1].0);
    class.call(Method::PUT, &path, class.admin(), &json!({ "permissions": ["view_items"] })).await;
    class.run("drift --json").exits(3);
    class.run("revoke zeb --vault bo --json").exits(0);
    assert_ne!(found(&class.path("state"), "zebedee quill"), Vec::<String>::new(), "the plan names them");
    class.run("purge zeb --yes --json").exits(0);
    for canary in ["zebedee", "quill", "zeb@example.edu"] {
        assert_eq!(found(&class.path("state"), canary), Vec::<String>::new(), "{canary}");
    }
    class.run("audit verify").exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_goes_on_where_the_log_cannot_tell_that_something_is_erased() {
    let (class, _) = three().await;
    let store = rusqlite::Connection::open(state(&class, "store.db")).unwrap();
    let old = "UPDATE arrival SET json = json_set(json, '$.detected_at', '2026-01-01T00:00:00Z')";
    store.execute(old, []).unwrap();
    drop(store);
    let log = state(&class, "audit.jsonl");
    fs::rename(&log, log.with_extension("aside")).unwrap();
    fs::create_dir(&log).unwrap();
    let text = fs::read_to_string(class.path("class.toml")).unwrap();
    class.write("class.toml", &format!("{text}\n[retention]\ndays = 30\n"));
    let ran = class.run("watch --once --jsonl").exits(0);
    assert!(ran.err.contains("what is older than 30 days could not be erased"), "{}", ran.err);
    fs::remove_dir(&log).unwrap();
    fs::rename(log.with_extension("aside"), &log).unwrap();
    let ran = class.run("watch --once --jsonl").exits(0);
    assert!(ran.err.contains("kept for 30 days: erased names in"), "{}", ran.err);
}
