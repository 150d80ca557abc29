//! Who is missing, what is decided about it, and what students are told.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::support::{Class, Ran, word};

const ROSTER: &str = "Name,Email\nAda *Lo*,ada@example.edu\nBo Mi,bo@example.edu\n";

/// The class's clocks so many hours from now, as a class file has them.
fn hours(from_now: i64) -> String {
    let time = Timestamp::now() + SignedDuration::from_hours(from_now);
    time.to_zoned(jiff::tz::TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

/// Two students with vaults: homework 1 is due in an hour, homework 2 was an hour ago.
pub(crate) struct World {
    pub(crate) class: Class,
    vaults: Value,
    tokens: [String; 2],
}

pub(crate) async fn world() -> World {
    let class = Class::new().await;
    class.write(
        "class.toml",
        &format!(
            "[class]\nid = \"CS101\"\ntitle = \"Security\"\n[provider]\nuse = [\"sandbox\"]\n\
             [[assignment]]\nid = \"hw1\"\ntitle = \"Homework 1\"\nmatch = {{ title = \"hw1*\" }}\ndue = {}\n\
             [[assignment]]\nid = \"hw2\"\nmatch = {{ title = \"hw2*\" }}\ndue = {}\naccept_until = {}\n",
            hours(1),
            hours(-1),
            hours(-1)
        ),
    );
    class.run_with("roster import -", ROSTER).exits(0);
    let tokens = [class.person("ada").await.1, class.person("bo").await.1];
    let vaults = class.run("provision --json").exits(0).json("provision/1");
    class.run("watch --once").exits(0);
    World { class, vaults, tokens }
}

impl World {
    fn vault(&self, student: &str) -> String {
        let mut rows = self.vaults["rows"].as_array().unwrap().iter();
        word(&rows.find(|row| row["student"] == student).unwrap()["vault"])
    }

    /// Uploads as Ada, and lets the watcher see it; the arrival.
    pub(crate) async fn upload(&self, name: &str) -> Value {
        self.class.upload(&self.vault("ada"), &self.tokens[0], name, b"work").await;
        let seen = self.class.run("watch --once --jsonl").exits(0);
        serde_json::from_str(seen.out.lines().last().unwrap()).unwrap()
    }

    pub(crate) fn missing(&self, words: &str) -> Value {
        self.class.run(&format!("missing --json {words}")).exits(0).json("missing/1")
    }

    /// How a student stands, as a word, in everything that is listed of an assignment.
    fn standing(&self, assignment: &str, student: &str) -> String {
        let all = self.missing(&format!("{assignment} --all"));
        let mut rows = all["assignments"][0]["rows"].as_array().unwrap().iter();
        word(&rows.find(|row| row["student"] == student).unwrap()["standing"])
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_not_handed_in_and_who_was_late_is_listed() {
    let world = world().await;
    let first = world.upload("HW1.zip").await;
    assert_eq!((&first["assignment"], &first["lateness_s"]), (&"hw1".into(), &0.into()));
    let late = world.upload("hw2.zip").await;
    assert_eq!(late["assignment"], "hw2");
    let by = late["lateness_s"].as_i64().unwrap();
    assert!((3_600..3_720).contains(&by), "{late}");

    let all = world.missing("");
    let [hw2] = &all["assignments"].as_array().unwrap()[..] else { unreachable!("{all}") };
    assert_eq!(hw2["id"], "hw2", "only what is due is listed");
    let rows = hw2["rows"].as_array().unwrap();
    assert_eq!((&rows[0]["standing"], &rows[0]["by_s"]), (&"late".into(), &by.into()), "as the arrival says");
    assert!(word(&rows[0]["doubt"]).ends_with("no longer accepted"), "{all}");
    assert_eq!((&rows[1]["student"], &rows[1]["standing"]), (&"bo".into(), &"missing".into()));
    assert_eq!(world.missing("--late")["assignments"][0]["rows"].as_array().unwrap().len(), 1);
    assert_eq!(world.standing("hw1", "ada"), "on-time");
    assert_eq!(world.standing("hw1", "bo"), "not-yet-due");
    let table = world.class.run("missing hw2").exits(0);
    assert!(table.out.contains("late +01:0") && table.out.contains("1 late, 1 missing"), "{}", table.out);

    let status = world.class.run("status --json").exits(0).json("status/1");
    let ada = &status["rows"][0]["submissions"];
    assert_eq!((&ada["handed_in"], &ada["of"]), (&2.into(), &2.into()), "{status}");
    assert_eq!(ada["standings"][1]["standing"], "late");
    let table = world.class.run("status").exits(0);
    assert!(table.out.contains("handed in") && table.out.contains("0/2"), "{}", table.out);
    let unknown = world.class.run("missing hw3").exits(2);
    assert!(unknown.err.contains("hw1, hw2"), "{}", unknown.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_no_rule_claims_is_assigned_by_number_title_or_id() {
    let world = world().await;
    let lost = world.upload("homework one.zip").await;
    assert_eq!(lost["assignment"], Value::Null);
    let unmatched = world.missing("--unmatched");
    assert_eq!(
        (&unmatched["unmatched"][0]["seq"], &unmatched["unmatched"][0]["student"]),
        (&lost["seq"], &"ada".into())
    );
    let told = world.class.run("missing hw1").exits(0);
    assert!(told.out.contains("1 upload belongs to no assignment"), "{}", told.out);

    let (class, seq, id) = (&world.class, &lost["seq"], word(&lost["item"]["id"]));
    class.run(&format!("assign {seq} hw1 --read-only")).exits(6);
    assert_eq!(world.standing("hw1", "ada"), "not-yet-due");
    class.run(&format!("assign {seq} hw1")).exits(0);
    assert_eq!(world.standing("hw1", "ada"), "on-time");
    assert!(world.missing("--unmatched")["unmatched"].as_array().unwrap().is_empty());
    class.run(&format!("assign {id} none")).exits(0);
    assert_eq!(world.standing("hw1", "ada"), "not-yet-due");
    assert!(world.missing("--unmatched")["unmatched"].as_array().unwrap().is_empty());
    let again = class.run(&format!("assign {id} none")).exits(0);
    assert!(again.err.contains("as before"), "{}", again.err);
    class.run(&format!("assign {id} --by-rule --student ada")).exits(0);
    assert_eq!(world.missing("--unmatched")["unmatched"].as_array().unwrap().len(), 1);
    let mut by_title = class.command("assign --student ada@example.edu");
    by_title.args(["homework one.zip", "hw2"]);
    crate::support::run(by_title, "").exits(0);
    assert_eq!(world.standing("hw2", "ada"), "late");

    class.run("assign 99 hw1").exits(2);
    class.run(&format!("assign {id} hw9")).exits(2);
    class.run(&format!("assign {id} hw1 --student bo")).exits(2);
    class.run(&format!("assign {id}")).exits(2);
    logged(class, &["assign", "assign", "unassign", "assign"], "homework");
}

/// The log holds these decisions, each done, and none of these words.
fn logged(class: &Class, decisions: &[&str], never: &str) {
    class.run("audit verify").exits(0);
    let log = class.run("audit list --json --limit 100").exits(0).json("audit/1");
    let records = log["records"].as_array().unwrap();
    let names = ["assign", "unassign", "extend", "restore-deadline"];
    let ours = records.iter().filter(|record| names.iter().any(|name| record["op"] == *name));
    let (results, intents): (Vec<_>, Vec<_>) = ours.partition(|record| record["phase"] == "result");
    assert_eq!(intents.iter().map(|record| word(&record["op"])).collect::<Vec<_>>(), decisions);
    assert_eq!(results.len(), intents.len());
    assert!(results.iter().all(|record| record["outcome"] == "done"), "{log}");
    let text = serde_json::to_string(&intents).unwrap();
    // The sums are hexadecimal, and "ada" is that too.
    assert!(!text.contains("\"ada\"") && !text.contains("Ada") && !text.contains(never), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_time_is_given_and_taken_back() {
    let world = world().await;
    let class = &world.class;
    world.upload("hw2.zip").await;
    class.run("extend ada hw2 --until +2h --reason illness").exits(0);
    assert_eq!(world.standing("hw2", "ada"), "on-time");
    let all = world.missing("hw2 --all");
    assert!(word(&all["assignments"][0]["rows"][0]["extended"]).ends_with(": illness"), "{all}");
    assert_eq!(world.standing("hw2", "bo"), "missing");
    class.run("extend bo hw2 --excused").exits(0);
    assert_eq!(world.standing("hw2", "bo"), "excused");
    let status = class.run("status --json").exits(0).json("status/1");
    assert_eq!(status["rows"][1]["submissions"]["of"], 1);
    class.run("extend ada hw2 --restore").exits(0);
    assert_eq!(world.standing("hw2", "ada"), "late");
    let told = class.run("history").exits(0).out;
    for words in ["ada: hw2 extended until 20", "bo: excused from hw2", "ada: hw2 due as the class file says"]
    {
        assert!(told.contains(words), "{words}: {told}");
    }

    class.run("extend ada hw2 --until +0h").exits(2);
    class.run("extend ada hw2 --until 2026-12-05").exits(2);
    class.run("extend ada hw2 --until 2026-12-05T23:59Z").exits(2);
    class.run("extend ada hw2 --until +2d").exits(0);
    assert_eq!(world.standing("hw2", "ada"), "on-time");
    class.run("extend ada hw2 --restore").exits(0);
    let early = class.run("extend ada hw2 --until 2020-01-01T00:00").exits(2);
    assert!(early.err.contains("no more time"), "{}", early.err);
    class.run("extend ada hw2").exits(2);
    class.run("extend nobody hw2 --excused").exits(2);
    class.run("extend ada hw9 --excused").exits(2);
    let twice = ["extend", "extend", "restore-deadline", "extend", "restore-deadline"];
    logged(class, &twice, "illness");
}

/// The file of that name somewhere below a folder.
fn found(folder: &Path, name: &str) -> Option<PathBuf> {
    let paths: Vec<PathBuf> = fs::read_dir(folder).ok()?.map(|entry| entry.unwrap().path()).collect();
    let here = paths.iter().find(|path| path.file_name().is_some_and(|found| found == name));
    here.cloned().or_else(|| paths.iter().find_map(|path| found(path, name)))
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_log_nothing_is_decided() {
    let world = world().await;
    let log = found(&world.class.path("state"), "audit.jsonl").unwrap();
    let whole = fs::read_to_string(&log).unwrap();
    fs::write(&log, format!("{whole}no record\n")).unwrap();
    let failed = world.class.run("extend bo hw2 --excused").exits(1);
    assert!(failed.err.contains("audit log"), "{}", failed.err);
    assert_eq!(world.standing("hw2", "bo"), "missing");
    fs::write(&log, whole).unwrap();
    world.class.run("extend bo hw2 --excused").exits(0);
    assert_eq!(world.standing("hw2", "bo"), "excused");
}

#[tokio::test(flavor = "multi_thread")]
async fn students_are_told_their_vault_and_what_is_due() {
    let world = world().await;
    let class = &world.class;
    class.run("extend ada hw2 --until +100h").exits(0);
    class.run("extend bo hw1 --excused").exits(0);
    let ada = class.run("handout ada").exits(0);
    for words in [
        "# Security",
        r"Ada \*Lo\*",
        "**CS101-ada**",
        "**Homework 1**: due 20",
        "titles that begin with `hw1`",
        "more time",
    ] {
        assert!(ada.out.contains(words), "{words}: {}", ada.out);
    }
    assert!(!ada.out.contains("Bo Mi"));
    let both = class.run("handout").exits(0);
    assert!(both.out.contains("\n---\n") && both.out.contains("you are excused"), "{}", both.out);

    class.write("mine.txt", "{{x} {name} {key} {class} {zone}\n{assignments}\n");
    let mine = class.run("handout ada --template mine.txt --json").exits(0).json("handout/1");
    let text = word(&mine["handouts"][0]["text"]);
    assert!(text.starts_with("{x} Ada *Lo* ada CS101 UTC\n- Homework 1: due 20"), "{text}");
    assert!(text.contains("titles that begin with \"hw1\""), "plain text has no marks: {text}");
    class.write("mine.md", "{name}\n{assignments}\n");
    let mine = class.run("handout ada --template mine.md").exits(0);
    assert!(mine.out.starts_with("Ada \\*Lo\\*\n- **Homework 1**"), "{}", mine.out);
    class.write("bad.txt", "fine\n{surname}\n");
    let bad = class.run("handout --template bad.txt").exits(2);
    assert!(bad.err.contains("bad.txt:2: {surname} is no placeholder"), "{}", bad.err);

    let written: Ran = class.run("handout --out sheets").exits(0);
    assert!(written.out.contains("bo.md"), "{}", written.out);
    for student in ["ada", "bo"] {
        let file = class.path("sheets").join(format!("{student}.md"));
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    fs::remove_file(class.path("sheets/ada.md")).unwrap();
    let rest = class.run("handout --out sheets").exits(0);
    assert!(rest.err.contains("1 written, 1 there already"), "{}", rest.err);
    fs::remove_file(class.path("sheets/ada.md")).unwrap();
    class.write("sheets/bo.md", "mine");
    let other = class.run("handout --out sheets").exits(1);
    assert!(other.err.contains("bo.md holds something else; nothing was written"), "{}", other.err);
    assert_eq!(fs::read_to_string(class.path("sheets/bo.md")).unwrap(), "mine", "nothing is overwritten");
    assert!(!class.path("sheets/ada.md").exists(), "all targets are looked at first");
    assert_eq!(fs::read_dir(class.path("sheets")).unwrap().count(), 1, "nothing else is left behind");
}
