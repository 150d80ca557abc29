//! The end of a term with the program itself, where something would be lost or given back: nothing is
//! deleted that is kept nowhere, and nobody is closed, or has their access again, without a word.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::process::Stdio;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Class, word};
use crate::term::three;

fn to_revoked(class: &Class) {
    let to = class.path("files").display().to_string();
    class.run("close-term --step freeze --confirm 3 --json").exits(0);
    class.run(&format!("close-term --step pull --yes --json --to {to}")).exits(0);
    class.run("close-term --step verify --yes --json").exits(0);
    class.run("close-term --step report --yes --json").exits(0);
    class.run("close-term --step revoke --confirm CS101 --json").exits(0);
}

/// Deletes what can be deleted of three vaults; what is said of the first, which has to be there afterwards.
async fn kept_back(class: &Class, vault: &str) -> String {
    let done = class.run("close-term --step delete --confirm 3 --json");
    let rows = if done.code == 6 {
        class.run("close-term --step delete --confirm 2 --json").exits(3).json("close-term-step/1")
    } else {
        done.exits(3).json("close-term-step/1")
    };
    assert!(class.is_there(vault).await, "{rows}");
    let row = rows["rows"].as_array().unwrap().iter().find(|row| row["student"] == "ada").unwrap().clone();
    assert_eq!(row["outcome"], "refused", "{row}");
    row.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_upload_in_the_last_vault_of_the_class_is_not_deleted() {
    let (class, vaults) = three().await;
    to_revoked(&class);
    class.upload(&vaults[0].0, class.service(), "late.txt", b"late").await;
    let first = class.run("close-term --step delete --confirm 3 --json").exits(3);
    assert!(first.out.contains("1 upload since the pull"), "{}", first.out);
    assert!(class.is_there(&vaults[0].0).await);
    // The same again: nobody has agreed to lose what came since, whatever is typed.
    for words in ["", " ada"] {
        let again =
            class.run(&format!("close-term --step delete{words} --confirm CS101-ada --json")).exits(3);
        assert!(again.out.contains("1 upload since the pull"), "{}", again.out);
    }
    assert!(class.is_there(&vaults[0].0).await, "the late upload is gone for good");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_document_is_not_deleted_unfetched() {
    let (class, vaults) = three().await;
    let (vault, token) = &vaults[0];
    let made = class.upload(vault, token, "only.txt", b"only copy").await;
    let item = word(&made["id"]);
    let path = format!("/sandbox/v1/vaults/{vault}/items/{item}/archive");
    class.call(Method::POST, &path, token, &Value::Null).await;
    to_revoked(&class);
    let told = kept_back(&class, vault).await;
    assert!(told.contains("1 item in the archive"), "{told}");
}

/// Where the copy of a student's essay lies.
fn copy(class: &Class, student: &str) -> std::path::PathBuf {
    let manifest = fs::read_to_string(class.path("files").join("CS101/manifest.jsonl")).unwrap();
    let lines = manifest.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let line = lines.into_iter().find(|line| line["student"] == student).unwrap();
    class.path("files").join(line["path"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_deleted_whose_copies_are_gone() {
    let (class, vaults) = three().await;
    to_revoked(&class);
    // One is gone, one is another, one is as it was.
    fs::remove_file(copy(&class, "ada")).unwrap();
    fs::write(copy(&class, "bo"), b"yours").unwrap();
    let told = kept_back(&class, &vaults[0].0).await;
    assert!(told.contains("the copies are not what was verified"), "{told}");
    assert!(class.is_there(&vaults[1].0).await && !class.is_there(&vaults[2].0).await);
    fs::remove_dir_all(class.path("files")).unwrap();
    class.run("close-term --step delete --confirm 2 --json").exits(3);
    class.run("close-term --step delete ada --confirm CS101-ada --json").exits(3);
    assert!(class.is_there(&vaults[0].0).await, "there is no copy of it any more");
    // Fetched again, it may go.
    class.run("close-term --step pull --yes --json").exits(0);
    class.run("close-term --step verify --yes --json").exits(3);
    class.run("close-term --step pull --yes --json").exits(0);
    class.run("close-term --step verify --yes --json").exits(0);
    class.run("close-term --step report --yes --json").exits(0);
    class.run("close-term --step delete --confirm 2 --json").exits(0);
    assert!(!class.is_there(&vaults[0].0).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn text_beside_a_file_is_not_deleted_unkept() {
    let (class, vaults) = three().await;
    let (vault, token) = &vaults[0];
    let note = json!({ "title": "answers", "category": "LOGIN", "vault": { "id": vault },
        "fields": [{ "id": "notesPlain", "type": "STRING", "purpose": "NOTES", "value": "all my answers" }] });
    let made = class.call(Method::POST, &format!("/v1/vaults/{vault}/items"), token, &note).await;
    let url = format!("{}/sandbox/v1/vaults/{vault}/files", class.running.url);
    let client = reqwest::Client::builder().tls_certs_only([]).no_proxy().build().unwrap();
    let query = [("name", "figure.png"), ("item", made["id"].as_str().unwrap())];
    let answer = client.post(url).query(&query).bearer_auth(token).body("png").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    to_revoked(&class);
    let verified = class.run("close-term --step verify --yes");
    assert!(verified.err.contains("1 item with text beside its files"), "{}{}", verified.out, verified.err);
    let told = kept_back(&class, vault).await;
    assert!(told.contains("1 item with text beside its files"), "{told}");
    // Alone it goes, by whoever is told what is lost.
    let asked = class.run("close-term --step delete ada").exits(6);
    assert!(asked.err.contains("what is kept nowhere is lost"), "{}", asked.err);
    class.run("close-term --step delete ada --confirm CS101-ada --json").exits(0);
    assert!(!class.is_there(vault).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_closed_without_a_sign_off() {
    let (class, _) = three().await;
    for name in ["ada", "bo", "cy"] {
        class.run(&format!("revoke {name} --vault {name}")).exits(0);
    }
    let asked = class.run("close-term --step revoke --json --no-input").exits(6);
    assert!(asked.err.contains("nobody has typed \\\"CS101-unverified\\\""), "{}", asked.err);
    let log = || class.run("audit list --json").exits(0).out;
    assert!(!log().contains("close-term") && !log().contains("sign-off"));
    class.run("close-term --step revoke --yes --json --no-input").exits(6);
    class.run("close-term --step revoke --confirm CS101-unverified --json").exits(0);
    let (log, status) = (log(), class.run("status --json").exits(0).json("status/1"));
    assert!(log.contains("close-term") && log.contains("sign-off"), "{log}");
    assert!(status["rows"].as_array().unwrap().iter().all(|row| row["closing"] == "closed"), "{status}");
    // There is nothing left to agree to.
    class.run("close-term --step revoke --json --no-input").exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_that_was_killed_is_not_taken_back() {
    let class = Class::new().await;
    let mut roster = "Name,Email\n".to_owned();
    let mut tokens = Vec::new();
    for number in 0..24 {
        tokens.push(class.person(&format!("p{number}")).await.1);
        roster.extend([format!("P{number},p{number}@example.edu\n")]);
    }
    class.run_with("roster import -", &roster).exits(0);
    class.run("provision --json").exits(0);
    let to = class.path("files").display().to_string();
    class.run(&format!("close-term --step pull --yes --json --to {to}")).exits(0);
    class.run("close-term --step verify --yes --json").exits(0);
    let before = class.writes().await;
    let mut command = class.command("close-term --step revoke --confirm CS101 --json");
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while class.writes().await < before + 6 && child.try_wait().unwrap().is_none() {}
    child.kill().unwrap();
    let status = child.wait().unwrap();
    assert!(!status.success() && class.writes().await > before, "it was killed in the middle");
    // What was on its way when it was killed arrives before anything else is asked.
    let before = with_access(&class, &tokens).await;
    for words in ["apply --yes", "provision", "apply --yes"] {
        class.run(words);
        let after = with_access(&class, &tokens).await;
        assert!(after.iter().all(|one| before.contains(one)), "{words} gives back what was taken");
    }
    assert!(before.len() < tokens.len());
    class.run("close-term --step revoke --confirm CS101 --json").exits(0);
    assert_eq!(with_access(&class, &tokens).await, Vec::<usize>::new());
    class.run("apply --yes");
    class.run("provision").exits(0);
    assert_eq!(with_access(&class, &tokens).await, Vec::<usize>::new());
}

/// Who of these can see a vault that is not their own private one.
async fn with_access(class: &Class, tokens: &[String]) -> Vec<usize> {
    let mut found = Vec::new();
    for (number, token) in tokens.iter().enumerate() {
        let seen = class.call(Method::GET, "/v1/vaults", token, &Value::Null).await;
        if seen.as_array().unwrap().iter().any(|one| one["type"] == "USER_CREATED") {
            found.push(number);
        }
    }
    found
}
