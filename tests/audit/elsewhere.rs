//! Checkpoints: where the end of the log is kept, who must not be there, and what it proves.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;

use reqwest::Method;
use serde_json::{Value, json};

use crate::class::{Class, word};
use crate::nameless::find;

const CLASS: &str = "[class]\nid = \"CS101\"\n[provider]\nuse = [\"sandbox\"]\n";

/// A class of two with vaults.
async fn world() -> (Class, Vec<String>) {
    let class = Class::new().await;
    let mut people = Vec::new();
    for name in ["ada", "bo"] {
        people.push(class.person(name).await.0);
    }
    class.run_with("roster import -", "Name,Email\nAda,ada@example.edu\nBo,bo@example.edu\n").exits(0);
    class.run("provision").exits(0);
    (class, people)
}

impl Class {
    /// A vault of the administrator's, given to the service account as at its creation.
    pub(crate) async fn given(&self, name: &str, writes: bool) -> String {
        let body = json!({ "name": name });
        let vault = word(&self.call(Method::POST, "/sandbox/v1/vaults", self.admin(), &body).await["id"]);
        let path = format!("/sandbox/v1/service-account/vaults/{vault}");
        self.call(Method::PUT, &path, self.admin(), &json!({ "write": writes })).await;
        vault
    }

    async fn let_in(&self, vault: &str, who: &str, is_group: bool) {
        let kind = if is_group { "groups" } else { "people" };
        let path = format!("/sandbox/v1/vaults/{vault}/{kind}/{who}");
        self.call(Method::PUT, &path, self.admin(), &json!({ "permissions": ["view_items"] })).await;
    }

    fn name_vault(&self, vault: &str) {
        self.write("class.toml", &format!("{CLASS}[audit]\ncheckpoint_vault = \"{vault}\"\n"));
    }

    pub(crate) fn log(&self) -> std::path::PathBuf {
        find(&self.path("state"), "audit.jsonl")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_proves_what_came_before_it_and_a_cut_log_is_found() {
    let (class, _) = world().await;
    let alone = class.run("audit verify").exits(0);
    assert!(
        alone.out.contains("cannot be told from this: whether any record is missing at the end"),
        "{}",
        alone.out
    );
    class.given("staff only", true).await;
    class.name_vault("staff only");
    let none = class.run("audit verify").exits(1);
    assert!(none.err.contains("no checkpoint in staff only") && none.out.contains("good"), "{}", none.err);

    let stored = class.run("audit checkpoint --json").exits(0).json("audit-checkpoint/1");
    assert_eq!((&stored["checkpoint"]["records"], &stored["made"]), (&json!(9), &json!(false)), "{stored}");
    let now = class.run("audit verify --json").exits(0).json("audit-verify/1");
    assert_eq!(
        (&now["checkpoint"]["compared"], &now["checkpoint"]["seq"]),
        (&json!("proved"), &json!(9)),
        "{now}"
    );
    assert_eq!(now["records"], 10, "intent and result of the checkpoint itself");
    class.run("grant ada --vault ada --level read").exits(0);
    let told = class.run("audit verify").exits(0).out;
    assert!(
        told.contains("proved: nothing up to record 9 was cut off or replaced (checkpoint of "),
        "{told}"
    );
    assert!(
        told.contains("kept in staff only)")
            && told.contains("after number 9 is missing at the end: 3 records here"),
        "{told}"
    );

    let whole = fs::read_to_string(class.log()).unwrap();
    let first: Vec<&str> = whole.split_inclusive('\n').collect();
    fs::write(class.log(), first[..6].concat()).unwrap();
    let short = class.run("audit verify").exits(1);
    assert!(short.err.contains("the end of the log was cut off"), "{}", short.err);
    class.run("audit verify --against none").exits(0);
    let refused = class.run("audit checkpoint").exits(6);
    assert!(refused.err.contains("cut off") && refused.err.contains("--anew"), "{}", refused.err);
    // Cut off and continued: the chain is good, the checkpoint is not.
    class.run("grant bo --vault bo --level read").exits(0);
    class.run("grant bo --vault bo --level write").exits(0);
    class.run("grant bo --vault bo --level read").exits(0);
    assert!(class.run("audit verify").exits(1).err.contains("the log was replaced"));
    fs::write(class.log(), &whole).unwrap();
    class.run("audit verify").exits(0);

    // Begun anew on purpose.
    fs::rename(class.log(), class.path("old.jsonl")).unwrap();
    class.run("grant ada --vault ada --level write").exits(0);
    let anew = class.run("audit verify").exits(1);
    assert!(anew.err.contains("begun anew or replaced"), "{}", anew.err);
    class.run("audit checkpoint").exits(6);
    class.run("audit checkpoint --anew").exits(0);
    let proved = class.run("audit verify").exits(0).out;
    assert!(proved.contains("goes with the log"), "{proved}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_in_a_file_does_the_same() {
    let (class, _) = world().await;
    let (before, kept) = (class.writes().await, class.path("elsewhere.json"));
    class.run(&format!("audit checkpoint --file {}", kept.display())).exits(0);
    assert_eq!(class.writes().await, before, "nothing is sent");
    class.run(&format!("audit checkpoint --file {}", kept.display())).exits(2);
    let against = format!("audit verify --against {}", kept.display());
    let told = class.run(&against).exits(0).out;
    assert!(told.contains("nothing up to record 8 was cut off"), "{told}");
    class.run("revoke ada --vault ada").exits(0);
    class.run(&against).exits(0);
    let whole = fs::read_to_string(class.log()).unwrap();
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    fs::write(class.log(), lines[..7].concat()).unwrap();
    assert!(class.run(&against).exits(1).err.contains("cut off"));
    fs::write(class.log(), &whole).unwrap();
    let text = fs::read_to_string(&kept).unwrap();
    fs::write(&kept, text.replace("\"records\":8,\"seq\":8", "\"records\":7,\"seq\":7")).unwrap();
    assert!(class.run(&against).exits(1).err.contains("not written under the key"));
    fs::write(&kept, text.replace("CS101", "CS102")).unwrap();
    assert!(class.run(&against).exits(2).err.contains("of the class CS102"));
    fs::write(&kept, "{}").unwrap();
    class.run(&against).exits(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_that_a_student_can_reach_is_refused() {
    let (class, people) = world().await;
    let vault = class.given("staff only", true).await;
    let before = class.writes().await;
    let status = class.run("status --json").exits(0).json("status/1");
    let own = word(&status["rows"][0]["vault"]);
    for place in [own.as_str(), "CS101-ada"] {
        class.name_vault(place);
        let refused = class.run("audit checkpoint").exits(6);
        assert!(refused.err.contains("is a student's"), "{}", refused.err);
    }
    class.name_vault("nowhere");
    class.run("audit checkpoint").exits(2);
    class.write("class.toml", CLASS);
    assert!(class.run("audit checkpoint").exits(2).err.contains("--make"));
    class.run("audit verify --against checkpoint").exits(2);

    class.name_vault(&vault);
    class.let_in(&vault, &people[0], false).await;
    let refused = class.run("audit checkpoint").exits(6);
    assert!(refused.err.contains("the student ada"), "{}", refused.err);
    assert_eq!(class.writes().await, before + 1, "nothing but the grant of this test");
    class.run("audit checkpoint --read-only").exits(6);
    let log = fs::read_to_string(class.log()).unwrap();
    assert!(!log.contains("\"op\":\"checkpoint\""), "what is refused is not begun");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_can_be_made_and_one_without_the_right_to_write_says_what_is_missing() {
    let (class, _) = world().await;
    class.given("look only", false).await;
    class.name_vault("look only");
    let denied = class.run("audit checkpoint").exits(4);
    assert!(denied.err.contains("write_items") && denied.err.contains("--make"), "{}", denied.err);
    class.write("class.toml", CLASS);
    let made = class.run("audit checkpoint --make --json").exits(0).json("audit-checkpoint/1");
    assert_eq!((&made["made"], &made["kept_in"]), (&json!(true), &json!("CS101 audit log")));
    let again = class.run("audit checkpoint --make").exits(1);
    assert!(again.err.contains("already"), "{}", again.err);
    class.name_vault(&word(&made["vault"]));
    class.run("audit checkpoint").exits(0);
    let verified = class.run("audit verify --json").exits(0).json("audit-verify/1");
    assert_eq!(verified["checkpoint"]["compared"], "proved");
    assert_eq!(verified["open_intents"], Value::Array(Vec::new()));
    // The class goes on as before.
    class.run("provision").exits(0);
    let status = class.run("status --json").exits(0).json("status/1");
    assert_eq!(status["rows"].as_array().unwrap().len(), 2);
}
