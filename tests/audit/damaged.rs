//! A damaged or forged line: nobody hands out the log as if nothing were.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;

use reqwest::Method;
use serde_json::{Value, json};

use crate::class::{Class, word};

/// Ada and Bo with vaults; Bo's access is taken away again.
async fn world() -> Class {
    let class = Class::new().await;
    for name in ["ada", "bo"] {
        class.person(name).await;
    }
    class.run_with("roster import -", "Name,Email\nAda,ada@example.edu\nBo,bo@example.edu\n").exits(0);
    class.run("provision").exits(0);
    class.run("revoke bo --vault bo").exits(0);
    class
}

fn numbers(lines: &str) -> Vec<u64> {
    lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["seq"].as_u64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_or_forged_line_is_not_handed_out_as_if_nothing_were() {
    let class = world().await;
    let whole = fs::read_to_string(class.log()).unwrap();
    let all = numbers(&class.run("audit export").exits(0).out);
    let lines: Vec<String> = whole.lines().map(str::to_owned).collect();
    let at = lines.iter().position(|line| line.contains("\"op\":\"revoke\"")).unwrap();
    let damaged = lines[at].replacen('{', "x", 1);
    let forged = lines[at].replace("\"op\":\"revoke\"", "\"op\":\"grant\"");
    for bad in [damaged, forged] {
        let mut lines = lines.clone();
        lines[at] = bad;
        fs::write(class.log(), format!("{}\n", lines.join("\n"))).unwrap();
        let line = format!("line {}", at + 1);
        let behind = format!("--after {}", at + 1);
        let export = class.run("audit export").exits(1);
        assert!(export.err.contains(&line) && export.err.contains(&behind), "{}", export.err);
        assert_eq!(numbers(&export.out), &all[..at], "what came before it is handed out");
        let to = class.path("export.jsonl");
        class.run(&format!("audit export --out {}", to.display())).exits(1);
        assert_eq!(numbers(&fs::read_to_string(&to).unwrap()), &all[..at]);
        fs::remove_file(to).unwrap();
        let after = class.run(&format!("audit export {behind}")).exits(0);
        assert_eq!(numbers(&after.out), &all[at + 1..]);
        assert!(after.err.contains("not checked"), "{}", after.err);

        let listed = class.run("audit list --json").exits(1);
        assert!(listed.err.contains(&line), "{}", listed.err);
        let history = class.run("history --json").exits(1);
        assert!(history.err.contains(&line) && !history.out.contains("revoke"), "{}", history.err);
        assert!(history.json("history/1")["damaged"].as_str().unwrap().contains(&line));
        let why = class.run("access --why").exits(1);
        assert!(why.err.contains(&line), "{}", why.err);
        let undo = class.run("undo --yes").exits(1);
        assert!(undo.err.contains(&line), "{}", undo.err);
        let report = class.run("audit report").exits(0).out;
        assert!(report.contains(&line), "{report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_known_before_is_told_as_not_known() {
    let class = world().await;
    let (mallory, _) = class.person("mallory").await;
    let vault = word(&class.run("status --json").exits(0).json("status/1")["rows"][0]["vault"]);
    let path = format!("/sandbox/v1/vaults/{vault}/people/{mallory}");
    class.call(Method::PUT, &path, class.admin(), &json!({ "permissions": ["view_items"] })).await;
    class.run("drift --json");
    class.run("apply --yes --json");
    let log = fs::read_to_string(class.log()).unwrap();
    let line = log.lines().find(|line| line.contains("\"before\":null")).unwrap();
    let seq = serde_json::from_str::<Value>(line).unwrap()["seq"].clone();
    let export = class.run("audit export").exits(0).out;
    let told = export.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let told = told.into_iter().find(|line| line["seq"] == seq).unwrap();
    let report = class.run("audit report --json").exits(0).out;
    let report: Value = serde_json::from_str(&report).unwrap();
    let row = report["changes"].as_array().unwrap().iter().find(|row| row["seq"] == seq).unwrap();
    assert_eq!((row["before"].as_str(), told.get("before")), (Some("?"), Some(&Value::Null)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_off_is_told_with_its_step_and_its_students() {
    let class = world().await;
    let to = class.path("files").display().to_string();
    class.run(&format!("close-term --step pull --yes --json --to {to}")).exits(0);
    class.run("close-term --step verify --yes --json").exits(0);
    class.run("close-term --step report --yes --json").exits(0);
    class.run("close-term --step revoke --confirm CS101 --json").exits(0);
    let report = class.run("audit report --json").exits(0).out;
    let report: Value = serde_json::from_str(&report).unwrap();
    let rows = report["changes"].as_array().unwrap();
    let signed = rows.iter().find(|row| row["op"] == "sign-off" && row["step"] == "revoke").unwrap();
    assert!(signed["student"].as_str().unwrap().contains("ada"), "{signed}");
    let listed = class.run("audit list").exits(0).out;
    let line = listed.lines().find(|line| line.contains("sign-off") && line.contains("step=revoke")).unwrap();
    assert!(line.contains("ada"), "{line}");
    let named = class.run("audit export --names").exits(0).out;
    let line = named.lines().find(|line| line.contains("sign-off") && line.contains("intent")).unwrap();
    let line: Value = serde_json::from_str(line).unwrap();
    assert!(line["names"].as_object().unwrap().values().any(|name| name.as_str().unwrap().contains("ada")));
}
