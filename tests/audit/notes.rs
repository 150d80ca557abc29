//! Notes of the log's end in a vault to which others write too: planted, copied, archived, another machine's.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;

use serde_json::{Value, json};

use crate::class::{Class, Ran, word};
use crate::nameless::find;

const CLASS: &str = "[class]\nid = \"CS101\"\n[provider]\nuse = [\"sandbox\"]\n";
const TITLE: &str = "Strongroom audit checkpoint CS101";

/// A class of two with vaults, and a vault for checkpoints that the class file names.
async fn world() -> (Class, String) {
    let class = Class::new().await;
    for name in ["ada", "bo"] {
        class.person(name).await;
    }
    class.run_with("roster import -", "Name,Email\nAda,ada@example.edu\nBo,bo@example.edu\n").exits(0);
    class.run("provision").exits(0);
    let vault = class.given("staff only", true).await;
    class.write("class.toml", &format!("{CLASS}[audit]\ncheckpoint_vault = \"staff only\"\n"));
    (class, vault)
}

impl Class {
    /// Leaves so many lines of the log.
    fn cut_to(&self, lines: usize) {
        let whole = fs::read_to_string(self.log()).unwrap();
        let kept: Vec<&str> = whole.split_inclusive('\n').take(lines).collect();
        fs::write(self.log(), kept.concat()).unwrap();
    }

    /// Whoever is on the vault stores something under a title.
    async fn plant(&self, vault: &str, title: &str, text: &str) {
        self.upload(vault, self.admin(), title, text.as_bytes()).await;
    }

    /// Takes away what this machine remembers of the checkpoints that it stored.
    fn forget(&self) {
        let store = rusqlite::Connection::open(find(&self.path("state"), "store.db")).unwrap();
        assert_eq!(store.execute("DELETE FROM checkpoint", []).unwrap(), 1);
    }

    /// A colleague's machine with a state and a key of its own.
    fn elsewhere(&self, words: &str, input: &str) -> Ran {
        let mut command = self.command(words);
        command.env("XDG_CONFIG_HOME", self.path("config2")).env("XDG_STATE_HOME", self.path("state2"));
        crate::class::run(command, input)
    }
}

/// Ends with this code and says so.
fn told(ran: &Ran, code: i32, words: &str) {
    let said = format!("{}{}", ran.out, ran.err);
    assert!(ran.code == code && said.contains(words), "{} {said}", ran.code);
}

/// How the titles of this log's checkpoints begin: with the digits of its first record.
fn of_log(stored: &Value) -> String {
    stored["checkpoint"]["first"].as_str().unwrap().chars().take(8).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_planted_note_does_not_hide_a_cut_log() {
    for forgets in [false, true] {
        let (class, vault) = world().await;
        let stored = class.run("audit checkpoint --json").exits(0).json("audit-checkpoint/1");
        class.cut_to(4);
        if forgets {
            class.forget();
        }
        told(&class.run("audit checkpoint"), 6, "cut off");
        let (log, mut forged) = (of_log(&stored), stored["checkpoint"].clone());
        forged["code"] = json!("0".repeat(64));
        // No key is needed for any of these.
        class.plant(&vault, &format!("{TITLE} 9999 00000000"), &forged.to_string()).await;
        class.plant(&vault, &format!("{TITLE} 9998 00000000 00000000"), &forged.to_string()).await;
        for number in 0..2 {
            class
                .plant(&vault, &format!("{TITLE} {} {log} 00000000", 9000 + number), &forged.to_string())
                .await;
        }
        told(&class.run("audit checkpoint"), 6, "cut off");
        told(&class.run("audit verify"), 1, "cut off");
        for number in 0..12 {
            class.plant(&vault, &format!("{TITLE} {} {log} 00000000", 9100 + number), "{}").await;
        }
        assert_eq!(class.run("audit checkpoint").code, 6, "so many that none is found to be believed");
        assert_eq!(class.run("audit verify").code, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_checkpoint_stored_again_does_not_hide_a_cut() {
    for forgets in [false, true] {
        let (class, vault) = world().await;
        let old = class.run("audit checkpoint --json").exits(0).json("audit-checkpoint/1");
        class.run("revoke bo --vault bo").exits(0);
        class.run("audit checkpoint --json").exits(0);
        class.cut_to(usize::try_from(old["checkpoint"]["seq"].as_u64().unwrap()).unwrap() + 1);
        if forgets {
            class.forget();
        }
        let copied = old["checkpoint"].to_string();
        class.plant(&vault, &format!("{TITLE} 9999 00000000"), &copied).await;
        class.plant(&vault, &format!("{TITLE} 9999 {} 00000000", of_log(&old)), &copied).await;
        told(&class.run("audit verify"), 1, "cut off");
        told(&class.run("audit checkpoint"), 6, "cut off");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_or_removed_checkpoint_does_not_hide_a_cut() {
    let (class, vault) = world().await;
    class.run("audit checkpoint").exits(0);
    class.run("revoke bo --vault bo").exits(0);
    let last = class.run("audit checkpoint --json").exits(0).json("audit-checkpoint/1");
    let whole = fs::read_to_string(class.log()).unwrap();
    class.cut_to(10);
    let path = format!("/sandbox/v1/vaults/{vault}/items/{}/archive", word(&last["item"]));
    class.call(reqwest::Method::POST, &path, class.admin(), &Value::Null).await;
    told(&class.run("audit checkpoint"), 6, "cut off");
    assert_eq!(class.run("audit verify").code, 1);
    // The log is whole again: only told.
    fs::write(class.log(), whole).unwrap();
    told(&class.run("audit verify"), 0, "not there any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_machines_do_not_block_or_blind_each_other() {
    let (class, vault) = world().await;
    class.run("audit checkpoint").exits(0);
    let list = "Name,Email\nAda,ada@example.edu\n";
    assert_eq!(class.elsewhere("roster import -", list).code, 0);
    // Nothing of this vault is of the colleague's log: that it is the first one takes a word.
    told(&class.elsewhere("audit checkpoint", ""), 6, "--anew");
    told(&class.elsewhere("audit checkpoint --anew", ""), 0, "another log");
    for _ in 0..8 {
        told(&class.elsewhere("audit checkpoint", ""), 0, "another log"); // up to a higher number
    }
    told(&class.elsewhere("audit verify", ""), 0, "another log");
    class.plant(&vault, &format!("{TITLE} 9999 00000000"), &json!({ "class": "CS102" }).to_string()).await;
    told(&class.run("audit verify"), 0, "another log");
    told(&class.run("audit checkpoint"), 0, "another log");
    class.cut_to(4);
    told(&class.run("audit verify"), 1, "cut off");
    told(&class.run("audit checkpoint"), 6, "cut off");
}
