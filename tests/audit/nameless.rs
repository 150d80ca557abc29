//! Names in the log must be erasable, so none stands in it: whatever is done, and however it ends.

#![allow(clippy::unwrap_used, clippy::too_many_lines, reason = "tests; one story")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;
use strongroom::domain::fault::{Fault, Kind, Result};
use strongroom::domain::operation::{Call, Receipt};
use strongroom::provider::Provider;
use strongroom::provider::sandbox::Sandbox;

use crate::class::{Class, word};
use crate::support::Fixture;

/// What stands in no record: names, addresses, keys and titles that occur nowhere else.
const CANARIES: [&str; 8] = ["zebedee", "Zebedee", "quill", "Quill", "canary", "Xylo", "xylo", "example.edu"];

pub(crate) fn find(folder: &Path, name: &str) -> PathBuf {
    let mut left = vec![folder.to_owned()];
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with(name) {
                return path;
            }
            if path.is_dir() {
                left.push(path);
            }
        }
    }
    PathBuf::new()
}

/// Whether a record names somebody whom 1Password saw.
fn is_seen(actor: &Value) -> bool {
    actor["service_account"].as_str().is_some_and(|id| !id.is_empty()) || actor["person"].is_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_names_whom_1password_saw_in_that_program_and_nobody_whom_it_saw_before() {
    let class = Class::new().await;
    class.write(
        "class.toml",
        "[class]\nid = \"CS101\"\n[provider]\nuse = [\"sandbox\"]\n\
         [[assignment]]\nid = \"hw1\"\nmatch = { title = \"hw1*\" }\ndue = 2026-10-01T12:00:00\n",
    );
    class.enrol(&["ada", "bo"]).await;
    class.run("provision").exits(0);
    class.run_as_admin("suspend ada").exits(0);
    class.run("extend bo hw1 --until 2026-12-05T23:59").exits(0);
    class.run("revoke bo --vault bo").exits(0);
    let log = fs::read_to_string(find(&class.path("state"), "audit.jsonl")).unwrap();
    let records = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let intents: Vec<Value> = records.filter(|record| record["phase"] == "intent").collect();
    let actor = |op: &str| &intents.iter().rfind(|record| record["op"] == op).unwrap()["actor"];
    assert!(actor("suspend")["person"].is_string(), "{}", actor("suspend"));
    assert!(!is_seen(actor("extend")), "it was sent to nobody, and nobody was asked: {}", actor("extend"));
    assert_eq!(actor("extend")["user"], actor("suspend")["user"]);
    assert_eq!(actor("revoke"), actor("create-vault"), "the service account");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_change_leaves_no_name_and_no_address_in_the_log() {
    let class = Class::new().await;
    class.write(
        "class.toml",
        "[class]\nid = \"CS101\"\ntitle = \"canary title\"\n[provider]\nuse = [\"sandbox\"]\n\
         [[assignment]]\nid = \"hw1\"\nmatch = { title = \"canary*\" }\ndue = 2026-10-01T12:00:00\n",
    );
    let (_, token) = class.person("zebedee").await;
    class.person("xylo").await;
    class
        .run_with(
            "roster import -",
            "Name,Email\nZebedee Quill,zebedee@example.edu\nXylo Quill,xylo@example.edu\n",
        )
        .exits(0);
    let made = class.run("provision --json").exits(0).json("provision/1");
    let vault = word(
        &made["rows"].as_array().unwrap().iter().find(|row| row["student"] == "zebedee").unwrap()["vault"],
    );
    class.run("watch --once").exits(0);
    class.upload(&vault, &token, "canary essay", b"x").await;
    class.run("watch --once").exits(0);
    let arrival: Value =
        serde_json::from_str(class.run("watch --once --from 0 --jsonl").exits(0).out.lines().next().unwrap())
            .unwrap();
    class.run("grant zebedee --vault zebedee --level read").exits(0);
    class.run("revoke zebedee --vault zebedee").exits(0);
    class.run("grant zebedee --vault zebedee --level write").exits(0);
    class.run("extend zebedee hw1 --until 2026-12-05T23:59 --reason canary").exits(0);
    class.run("extend zebedee hw1 --restore").exits(0);
    let seq = arrival["seq"].as_u64().unwrap();
    class.run(&format!("assign {seq} none")).exits(0);
    class.run("audit checkpoint --make").exits(0);

    let log = fs::read_to_string(find(&class.path("state"), "audit.jsonl")).unwrap();
    let ops = [
        "create-vault",
        "grant",
        "revoke",
        "extend",
        "restore-deadline",
        "assign",
        "create-checkpoint-vault",
        "checkpoint",
    ];
    for op in ops {
        assert!(log.contains(&format!("\"op\":\"{op}\"")), "{op} was not done");
    }
    for canary in CANARIES {
        let line = log.lines().find(|line| line.contains(canary));
        assert_eq!(line, None, "{canary}");
    }
    for line in log.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        let actor = &record["actor"];
        assert_eq!(actor["via"], "command", "{line}");
        assert!(actor["machine"].as_str().is_some_and(|machine| !machine.is_empty()), "{line}");
        assert!(actor["user"].as_str().is_some_and(|user| !user.is_empty()), "{line}");
        let kept_here = ["extend", "restore-deadline", "assign"].map(Value::from);
        assert_eq!(is_seen(actor), !kept_here.contains(&record["op"]), "{line}");
        let told = ["seq", "time", "phase", "op", "args", "prev", "mac"];
        assert!(told.iter().all(|name| !record[name].is_null()), "{line}");
        let is_result = record["phase"] == "result";
        assert_eq!((record["of"].is_u64(), record["outcome"].is_string()), (is_result, is_result), "{line}");
        let changes = ["grant", "revoke", "extend", "restore-deadline", "assign"].map(Value::from);
        if changes.contains(&record["op"]) && !is_result {
            assert!(record.get("before").is_some(), "what was so before: {line}");
        }
        if ["grant", "revoke", "create-vault", "checkpoint"].map(Value::from).contains(&record["op"])
            && is_result
        {
            assert!(record.get("after").is_some(), "what is so now: {line}");
        }
    }
    // The names can be looked up, and erased: then nothing brings them back.
    let listed = class.run("audit list").exits(0).out;
    assert!(listed.contains("zebedee Zebedee Quill"), "{listed}");
    let names = class.run("audit export --names").exits(0).out;
    assert!(names.contains("Zebedee Quill"));
    assert!(!class.run("audit export").exits(0).out.contains("ebedee"));
}

/// A service whose refusals quote whom they are about, as services do.
struct Quoting(Sandbox);

#[async_trait]
impl Provider for Quoting {
    fn inner(&self) -> Option<&dyn Provider> {
        Some(&self.0)
    }
    async fn apply(&self, call: &Call) -> Result<Receipt> {
        match call {
            Call::Grant { .. } => {
                let quoted = "ZEBEDEE (zebedee@example.edu) cannot be let into CS101-zebedee by xylo";
                Err(Fault::new(Kind::Denied, quoted))
            }
            call => self.0.apply(call).await,
        }
    }
}

#[tokio::test]
async fn what_the_service_says_of_somebody_goes_into_the_log_without_the_name() {
    let fixture = Fixture::new().await;
    for name in ["zebedee", "xylo"] {
        fixture.enrol(name);
        fixture.person(name).await;
    }
    let desk = fixture.desk_with("a", Arc::new(Quoting(fixture.provider())));
    assert_eq!(crate::support::count(&desk.provision().await, "failed"), 2);
    let log = fs::read_to_string(&desk.log).unwrap();
    assert!(log.contains("cannot be let into <vault> by"), "what was said is there: {log}");
    for canary in CANARIES {
        assert!(!log.contains(canary), "{canary}: {log}");
    }
    assert!(!log.contains("ZEBEDEE"), "{log}");
    desk.assert_audited();
}
