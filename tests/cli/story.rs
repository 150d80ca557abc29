//! The whole way of a class: list, vaults, access, uploads, files, log.

#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::support::{Class, row, word};

const CANVAS: &str = "\
Student,ID,SIS User ID,SIS Login ID,Section,hw1 (1201)
    Points Possible,,,,,10.0
\"Abara, Ngozi\",4711,S1,ngozi,CS101-01,9
\"Bai, Xiaoming\",4712,S2,bai,CS101-01,
\"Late, Anna\",4713,S3,anna,CS101-01,
";

#[tokio::test(flavor = "multi_thread")]
async fn from_a_class_list_to_a_verified_log() {
    let class = Class::new().await;
    let (ngozi, token) = class.person("ngozi").await;
    class.person("bai").await;
    let list = class.run_with("roster import - --email-domain example.edu --json", CANVAS).exits(0);
    let list = list.json("roster-import/1");
    assert_eq!(list["new"].as_array().unwrap().len(), 3);
    assert_eq!(list["new"][0]["email"], "ngozi@example.edu");

    let status = class.run("status --json").exits(0).json("status/1");
    assert_eq!(row(&status, "s1")["state"], "active");
    assert_eq!(row(&status, "s1")["student"]["user_id"], ngozi);
    assert_eq!(row(&status, "s3")["state"], "not-invited");

    let made = class.run("provision --json").exits(0).json("provision/1");
    assert_eq!(row(&made, "s1")["outcome"], "done");
    assert_eq!(row(&made, "s3")["outcome"], "waiting");
    let vault = word(&row(&made, "s1")["vault"]);
    let writes = class.writes().await;
    let again = class.run("provision --json").exits(0).json("provision/1");
    assert_eq!(row(&again, "s1")["outcome"], "unchanged");
    assert_eq!(class.writes().await, writes, "nothing is sent twice");

    let status = class.run("status --json").exits(0).json("status/1");
    assert_eq!(row(&status, "s1")["items"], Value::Null, "nobody has looked yet");

    refusals_and_revoking(&class, &vault);
    class.run("watch --once --jsonl").exits(0);
    let bytes = b"hand-in \x00\xff";
    class.upload(&vault, &token, "hw1.bin", bytes).await;
    let seen = class.run("watch --once --jsonl").exits(0);
    let arrival: Value = serde_json::from_str(seen.out.trim()).unwrap();
    assert_eq!((&arrival["student"]["key"], &arrival["by"]), (&"s1".into(), &"student".into()));
    assert_eq!(class.run("watch --until-idle --jsonl").exits(0).out, "", "it is told once");
    assert_eq!(class.run("watch --once --jsonl --from 0").exits(0).out, seen.out);
    let kept = class.run("watch --once --json --from 0").exits(0).json("watch/1");
    assert_eq!(kept["arrivals"][0], arrival);

    let status = class.run("status --json").exits(0).json("status/1");
    assert_eq!((&row(&status, "s1")["items"], &row(&status, "s3")["items"]), (&1.into(), &Value::Null));
    let items = class.run("items s1 --json").exits(0).json("items/1");
    assert_eq!(items["items"][0]["title"], "hw1.bin");
    let item = class.run("items s1 hw1.bin --json").exits(0).json("items/1");
    assert_eq!(item["items"][0]["files"][0]["size"], bytes.len());
    fetched(&class, bytes);

    let log = class.run("audit list --json").exits(0).json("audit/1");
    assert!(log["records"].as_array().unwrap().iter().any(|record| record["op"] == "create-vault"));
    assert!(!log.to_string().contains("Abara"), "the log holds no names");
    assert!(class.run("audit list --op create-vault").exits(0).out.contains("s1 Abara, Ngozi"));
    let verified = class.run("audit verify --json").exits(0).json("audit-verify/1");
    assert_eq!((&verified["good"], &verified["torn_tail"]), (&true.into(), &false.into()));
}

/// Nobody but the student gets on the vault; access is taken and given back exactly.
fn refusals_and_revoking(class: &Class, vault: &str) {
    let crossing = class.run(&format!("grant s2 --vault {vault} --level read --json")).exits(6);
    assert_eq!(crossing.json("grant/1")["rows"][0]["outcome"], "refused");
    let error: Value = serde_json::from_str(&crossing.err).unwrap();
    assert_eq!((&error["schema"], &error["kind"]), (&"strongroom.error/1".into(), &"refused".into()));
    let taken = class.run("revoke s1 --vault CS101-s1 --json").exits(0).json("revoke/1");
    assert_eq!(taken["rows"][0]["outcome"], "done");
    let taken = class.run("revoke s1 --vault s1 --json").exits(0).json("revoke/1");
    assert_eq!(taken["rows"][0]["outcome"], "unchanged");
    let access = class.run("access s1 --json").exits(0).json("access/1");
    assert_eq!(access["vaults"][0]["cells"][0]["level"], "none");
    class.run("grant ngozi@example.edu --vault s1 --level write").exits(0);
    let access = class.run("access s1 --json").exits(0).json("access/1");
    let own = &access["vaults"][0]["cells"][0];
    assert_eq!((&own["level"], &own["known"]), (&"write".into(), &"ledger".into()));
}

/// The file on disk is the file that was uploaded, and a second download fetches nothing.
fn fetched(class: &Class, bytes: &[u8]) {
    let files = class.run("download --to out --json").exits(0).json("download/1");
    let saved = &files["saved"][0];
    let on_disk = std::fs::read(class.path("out").join(word(&saved["path"]))).unwrap();
    assert_eq!(on_disk, bytes);
    let sum: Vec<String> = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(saved["sha256"], sum.concat());
    let again = class.run("download s1 --to out --json").exits(0).json("download/1");
    assert_eq!(again["there"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_left_the_list_keeps_the_access_and_is_marked() {
    let class = Class::new().await;
    class.person("ngozi").await;
    class.run_with("roster import -", "Name,Email\nN,ngozi@example.edu\nB,b@example.edu\n").exits(0);
    class.run("provision").exits(0);
    let writes = class.writes().await;
    let shorter = "Name,Email\nB,b@example.edu\n";
    let dry = class.run_with("roster import - --dry-run --json", shorter).exits(0).json("roster-import/1");
    assert_eq!(dry["gone"][0]["key"], "ngozi");
    let list = class.run("roster list --csv").exits(0);
    assert_eq!(list.out.matches("gone").count(), 1, "only the heading: {}", list.out);
    let told = class.run_with("roster import -", shorter).exits(0);
    assert!(told.out.contains("nobody lost access"), "{}", told.out);
    let list = class.run("roster list --json").exits(0).json("roster/1");
    let gone = list["students"].as_array().unwrap().iter().filter(|row| row["gone"] == true);
    assert_eq!(gone.count(), 1);
    class.run("provision").exits(0);
    assert_eq!(class.writes().await, writes);
    let again = class.run_with("roster import - --json", shorter).exits(0).json("roster-import/1");
    assert_eq!(again["gone"].as_array().unwrap().len(), 0, "who was gone before is no news");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_behind_our_back_is_not_taken_for_done() {
    let class = Class::new().await;
    let (ngozi, _) = class.person("ngozi").await;
    let (stranger, _) = class.person("stranger").await;
    class.run_with("roster import -", "Name,Email\nN,ngozi@example.edu\n").exits(0);
    let made = class.run("provision --json").exits(0).json("provision/1");
    let vault = word(&made["rows"][0]["vault"]);
    let at = |who: &str| format!("/sandbox/v1/vaults/{vault}/people/{who}");
    class.call(reqwest::Method::DELETE, &at(&ngozi), class.admin(), &Value::Null).await;
    let body = serde_json::json!({ "permissions": ["view_items"] });
    class.call(reqwest::Method::PUT, &at(&stranger), class.admin(), &body).await;
    let given = class.run("grant ngozi --vault ngozi --level write --json").exits(0).json("grant/1");
    assert_eq!(given["rows"][0]["outcome"], "done");
    let access = class.run("access --why").exits(0);
    assert!(access.out.contains("unexpected: stranger"), "{}", access.out);
}
