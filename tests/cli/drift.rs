//! A stray grant from outside: it is found, told with its way, taken away, and not given back.

#![allow(clippy::unwrap_used, reason = "tests")]

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Class, Ran, row, word};

/// Two students with their vaults; the class's vault of Ngozi.
async fn class() -> (Class, String) {
    let class = Class::new().await;
    class.enrol(&["ngozi", "bai"]).await;
    let made = class.run("provision --json").exits(0).json("provision/1");
    let vault = word(&row(&made, "ngozi")["vault"]);
    (class, vault)
}

async fn put(class: &Class, path: &str, permissions: &[&str]) {
    let body = json!({ "permissions": permissions });
    class.call(Method::PUT, &format!("/sandbox/v1/vaults/{path}"), class.admin(), &body).await;
}

fn strays(ran: &Ran) -> Vec<Value> {
    ran.json("drift/1")["strays"].as_array().unwrap().clone()
}

/// What a printed command says, without its first word.
fn words(command: &Value) -> String {
    command.as_str().unwrap().strip_prefix("strongroom ").unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stray_is_found_told_taken_away_and_not_given_back() {
    let (class, vault) = class().await;
    let (mallory, _) = class.person("mallory").await;
    let none = class.run("drift --json").exits(0);
    assert_eq!((strays(&none).len(), &none.json("drift/1")["compared"]), (0, &2.into()));
    put(&class, &format!("{vault}/people/{mallory}"), &["view_items"]).await;
    let found = class.run("drift --json").exits(3);
    let [stray] = &strays(&found)[..] else { unreachable!("one stray: {}", found.out) };
    let told = ["student", "who", "kind", "stray", "via", "known", "asked"].map(|name| stray[name].clone());
    assert_eq!(told, ["ngozi", &mallory, "person", "stranger", "direct", "unknown", "none"]);
    assert!(stray["absent"].as_str().unwrap() < stray["since"].as_str().unwrap(), "{stray}");
    assert_eq!(strays(&class.run("drift bai --json").exits(0)).len(), 0);

    let needs = class.run("attention --json").exits(0).json("attention/1");
    let need = &needs["needs"][0];
    assert_eq!((&need["reason"], &need["since"]), (&"unexpected-access".into(), &stray["since"]));
    why(&class, &mallory);

    assert_eq!(need["next"], stray["mend"]);
    class.run(&words(&stray["mend"])).exits(0);
    assert_eq!(strays(&class.run("drift --json").exits(0)), [] as [Value; 0]);
    let writes = class.writes().await;
    let undo = class.run("undo --yes").exits(6);
    assert!(undo.out.contains("mallory is neither the student nor staff"), "{}", undo.out);
    assert!(undo.out.contains("[[access.exception]]"), "what mends it: {}", undo.out);
    assert!(undo.err.contains("1 row refused") && !undo.err.contains("mallory"), "once: {}", undo.err);
    assert_eq!(class.writes().await, writes);
    class.run("audit verify").exits(0);
}

/// Every way is told with what is known of it.
fn why(class: &Class, mallory: &str) {
    let access = class.run("access ngozi --why --json").exits(0).json("access/1");
    let ways = access["vaults"][0]["ways"].as_array().unwrap();
    let of = |name: &str| ways.iter().find(|way| way["name"] == name).unwrap();
    let stray = of("mallory");
    assert_eq!((&stray["who"], &stray["via"]), (&mallory.into(), &"direct".into()));
    assert_eq!(stray["because"], "nothing in the class file allows it");
    assert!(stray["by"].as_str().unwrap().starts_with("not by us: first seen "), "{stray}");
    let own = of("ngozi");
    assert!(own["by"].as_str().unwrap().contains(" in job "), "{own}");
    assert_eq!((&own["because"], &own["known"]), (&"the vault's student: write".into(), &"ledger".into()));
    let maker = ways.iter().find(|way| way["via"] == "maker").unwrap();
    assert!(maker["by"].as_str().unwrap().starts_with("made the vault by "), "{maker}");
    let line = &access["vaults"][0]["others"][0];
    assert_eq!((&line["via"], &line["by"]), (&"direct".into(), &stray["by"]));
    let table = class.run("access ngozi --why").exits(0);
    assert!(table.out.contains("not verified: access through groups"), "{}", table.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_taken_back_after_it_was_agreed_to_and_so_is_the_taking_back() {
    let (class, vault) = class().await;
    let jobs = |class: &Class| {
        let history = class.run("history --json").exits(0).json("history/1");
        history["jobs"].as_array().unwrap().clone()
    };
    let first = jobs(&class);
    assert_eq!(first.len(), 1, "one job, whatever it did: {first:?}");
    assert_eq!(first[0]["changes"].as_array().unwrap().len(), 4, "two vaults and two grants");
    let (made, writes) = (word(&first[0]["job"]), class.writes().await);
    let asked = class.run("undo --json").exits(6);
    assert_eq!(asked.json("undo/1")["rows"].as_array().unwrap().len(), 2, "shown first");
    assert!(
        asked.err.contains("2 revocations on 2 of 2 vaults") && asked.err.contains("--confirm 2"),
        "{}",
        asked.err
    );
    assert_eq!(class.writes().await, writes, "nothing is sent before somebody has agreed");

    let undone = class.run(&format!("undo {made} --confirm 2 --json")).exits(0).json("undo/1");
    assert!(undone["rows"].as_array().unwrap().iter().all(|row| row["outcome"] == "done"), "{undone}");
    let level = |class: &Class| {
        let access = class.run("access ngozi --json").exits(0).json("access/1");
        word(&access["vaults"][0]["cells"][0]["level"])
    };
    assert_eq!(level(&class), "none");
    let told = jobs(&class);
    assert_eq!((&told[0]["undone_by"], &told[1]["undoes"]), (&told[1]["job"], &made.clone().into()));
    assert_eq!(told[1]["changes"][0]["before_level"], "write");
    class.run("undo").exits(2);

    let back = class.run(&format!("undo {} --yes", word(&told[1]["job"]))).exits(0);
    assert!(back.out.contains("write to ngozi"), "{}", back.out);
    assert_eq!(level(&class), "write");
    let told = jobs(&class);
    assert_eq!((&told[0]["undone_by"], &told[1]["undone_by"]), (&Value::Null, &told[2]["job"]));
    let of_bai = class.run("history --student bai --limit 1 --json").exits(0).json("history/1");
    assert_eq!((of_bai["jobs"][0]["changes"].as_array().unwrap().len(), &of_bai["older"]), (1, &2.into()));
    class.run(&format!("grant ngozi --vault {vault} --level read")).exits(0);
    let since = class.run(&format!("undo {made} --json")).exits(6);
    assert!(
        since.out.contains("the job left write, which has changed since; now it is read"),
        "{}",
        since.out
    );
    class.run("undo zzzzzzzz").exits(2);
    class.run("audit verify").exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_and_levels_are_told_as_far_as_they_can_be_seen() {
    let (class, vault) = class().await;
    let (bai, ngozi) = {
        let access = class.run("access --json").exits(0).json("access/1");
        let id = |of: &str| {
            let vaults = access["vaults"].as_array().unwrap();
            word(&vaults.iter().find(|vault| vault["student"] == of).unwrap()["cells"][0]["who"])
        };
        (id("bai"), id("ngozi"))
    };
    let made =
        class.call(Method::POST, "/sandbox/v1/groups", class.admin(), &json!({ "name": "Friends" })).await;
    let group = word(&made["id"]);
    class
        .call(Method::PUT, &format!("/sandbox/v1/groups/{group}/members/{bai}"), class.admin(), &Value::Null)
        .await;
    put(&class, &format!("{vault}/groups/{group}"), &["view_items"]).await;
    put(&class, &format!("{vault}/people/{ngozi}"), &["manage_vault"]).await;

    let blind = class.run("drift --json").exits(3);
    let kinds = |ran: &Ran| strays(ran).iter().map(|stray| word(&stray["stray"])).collect::<Vec<_>>();
    assert_eq!(kinds(&blind), ["group"], "levels are not shown to a service account");
    let why = class.run("access ngozi --why --json").exits(0).json("access/1");
    let ways = why["vaults"][0]["ways"].as_array().unwrap();
    let through =
        ways.iter().find(|way| way["group"] == group.as_str() && way["who"] == ngozi.as_str()).unwrap();
    assert_eq!((&through["via"], &through["member"]), (&"group".into(), &Value::Null));
    assert!(through["because"].as_str().unwrap().ends_with("is not shown to this identity"), "{through}");

    let seen = class.run_as_admin("drift --json").exits(3);
    assert_eq!(kinds(&seen), ["group", "wider"]);
    assert_eq!(strays(&seen)[1]["asked"], "write");
    for stray in strays(&seen) {
        class.run_as_admin(&words(&stray["mend"])).exits(0);
    }
    assert_eq!(kinds(&class.run_as_admin("drift --json").exits(0)), [] as [&str; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_change_it_is_told_who_else_is_on_the_vault() {
    let (class, vault) = class().await;
    let (mallory, _) = class.person("mallory").await;
    put(&class, &format!("{vault}/people/{mallory}"), &["view_items"]).await;
    let done = class.run("revoke ngozi --vault ngozi").exits(0);
    assert!(done.err.contains("unexpected access on these vaults: 1"), "{}", done.err);
    let line = format!(
        "unexpected: mallory is on the vault of ngozi and does not belong there: strongroom revoke {mallory}"
    );
    assert!(done.err.contains(&line), "{}", done.err);
    let quiet = class.run("revoke bai --vault bai").exits(0);
    assert!(!quiet.err.contains("unexpected"), "{}", quiet.err);
}
