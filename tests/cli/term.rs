//! The end of a term with the program itself: step by step, killed in the middle of each, and nothing left
//! of anybody afterwards.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Class, files_below, row, word};

const LIST: &str = "\
Student,ID,SIS User ID,SIS Login ID,Section,hw1 (1201)
    Points Possible,,,,,10.0
\"Canaryname, One\",4711,CANARYKEY1,canarylogin1,CS101-01,9
\"Canaryname, Two\",4712,CANARYKEY2,canarylogin2,CS101-01,
\"Canaryname, Three\",4713,CANARYKEY3,canarylogin3,CS101-01,
";

/// A class of three with their vaults, and a file in the first two: vaults and tokens.
async fn term() -> (Class, Vec<(String, String)>) {
    let class = Class::new().await;
    let mut tokens = Vec::new();
    for number in 1..=3 {
        tokens.push(class.person(&format!("canarylogin{number}")).await.1);
    }
    class.run_with("roster import - --email-domain example.edu --json", LIST).exits(0);
    let made = class.run("provision --json").exits(0).json("provision/1");
    let vault = |number| word(&row(&made, &format!("canarykey{number}"))["vault"]);
    let vaults: Vec<_> = (1..=3).map(vault).zip(tokens).collect();
    uploaded(&class, &vaults[..2], "canarytitle.bin", b"canarybody").await;
    (class, vaults)
}

/// Looks at the class, uploads a file to each of these vaults as its student, and looks again.
async fn uploaded(class: &Class, vaults: &[(String, String)], name: &str, bytes: &[u8]) {
    class.run("watch --once --jsonl").exits(0);
    for (vault, token) in vaults {
        class.upload(vault, token, name, bytes).await;
    }
    class.run("watch --once --jsonl").exits(0);
}

/// Ada, Bo and Cy with vaults and a file in each: id of the vault, and token of the student.
pub(crate) async fn three() -> (Class, Vec<(String, String)>) {
    let class = Class::new().await;
    let people = class.enrol(&["ada", "bo", "cy"]).await;
    let made = class.run("provision --json").exits(0).json("provision/1");
    let vaults = ["ada", "bo", "cy"].map(|name| word(&row(&made, name)["vault"]));
    let vaults: Vec<_> = vaults.into_iter().zip(people.into_iter().map(|(_, token)| token)).collect();
    uploaded(&class, &vaults, "essay.txt", b"essay").await;
    (class, vaults)
}

fn step<'a>(answer: &'a Value, name: &str) -> &'a Value {
    answer["steps"].as_array().unwrap().iter().find(|one| one["step"] == name).unwrap()
}

fn outcomes(answer: &Value) -> Vec<String> {
    answer["rows"].as_array().unwrap().iter().map(|row| word(&row["outcome"])).collect()
}

fn to(class: &Class) -> String {
    format!("--to {}", class.path("files").display())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_term_is_closed_step_by_step_and_only_in_order() {
    let (class, vaults) = term().await;
    let table = class.run("close-term --json").exits(0).json("close-term/1");
    assert_eq!((&step(&table, "pull")["of"], &step(&table, "pull")["done"]), (&3.into(), &0.into()));
    assert!(word(&step(&table, "delete")["blocked"]).starts_with("verify first"));
    class.run("close-term --step freeze --json").exits(6);
    class.run("close-term --step freeze --yes --json").exits(6);
    class.run("close-term --step freeze --confirm 3 --json").exits(0);
    let status = class.run("status --json").exits(0).json("status/1");
    for row in status["rows"].as_array().unwrap() {
        assert_eq!((&row["level"]["value"], &row["closing"]), (&"read".into(), &"frozen".into()));
    }
    class.run("close-term --step delete --confirm 3 --json").exits(3);
    class.run("close-term --step verify --yes --json").exits(2);
    let pulled = class.run(&format!("close-term --step pull --yes --json {}", to(&class))).exits(0);
    assert_eq!(step(&pulled.json("close-term/1"), "pull")["done"], 3);
    class.run("close-term --step report --yes --json").exits(6);
    class.run("close-term --step verify --yes --json").exits(0);
    class.run("close-term --step report --yes --json").exits(0);
    the_report_tells_of_the_term(&class);
    class.run("close-term --step archive --yes --json").exits(6);
    class.run("close-term --step revoke --yes --json").exits(6);
    class.run("close-term --step revoke --confirm CS102 --json").exits(6);
    let revoked = class.run("close-term --step revoke --confirm CS101 --json").exits(0);
    assert_eq!(outcomes(&revoked.json("close-term-step/1")), ["done"; 3]);
    for (_, token) in &vaults {
        let seen = class.call(Method::GET, "/v1/vaults", token, &Value::Null).await;
        assert!(seen.as_array().unwrap().iter().all(|one| one["type"] != "USER_CREATED"), "{seen}");
    }

    // Nobody gives it back by accident.
    let writes = class.writes().await;
    let again = class.run("provision --json").exits(0).json("provision/1");
    assert_eq!(outcomes(&again), ["unchanged"; 3]);
    assert!(word(&again["notes"][0]).starts_with("closed: 3 students"), "{again}");
    class.run("provision canarykey1 --json").exits(3);
    assert_eq!(class.writes().await, writes);
    let needs = class.run("attention --json").out;
    assert!(!needs.contains("no access"), "{needs}");

    // What comes between verify and delete stays.
    class.upload(&vaults[0].0, class.service(), "late.bin", b"late").await;
    class.run("close-term --step delete --confirm 2 --json").exits(6);
    let deleted = class.run("close-term --step delete --confirm 3 --json").exits(3);
    assert_eq!(outcomes(&deleted.json("close-term-step/1")), ["refused", "done", "done"], "{}", deleted.out);
    assert!(deleted.out.contains("1 upload since the pull"), "{}", deleted.out);
    assert!(class.is_there(&vaults[0].0).await && !class.is_there(&vaults[1].0).await);
    class.run("close-term --step verify --yes --json").exits(3);
    class.run("close-term --step pull --yes --json").exits(0);
    class.run("close-term --step verify --yes --json").exits(0);
    class.run("close-term --step report --yes --json").exits(0);
    assert_eq!(reports(&class).len(), 2, "the first one stays");
    class.run("close-term --step delete --confirm CS101-canarykey1 --json").exits(0);
    assert!(!class.is_there(&vaults[0].0).await);
    let files = files_below(&class.path("files"));
    assert!(files.iter().any(|file| fs::read(file).unwrap() == b"late"), "{files:?}");

    // And nobody makes it anew.
    assert_eq!(outcomes(&class.run("provision --json").exits(0).json("provision/1")), ["unchanged"; 3]);
    class.run("audit verify --json").exits(0);
    let log = class.run("audit list --json").exits(0).out;
    assert!(log.contains("manifest") && log.contains("sign-off"), "{log}");
    reopened(&class);
}

/// A student who was closed and is reopened gets a vault anew.
fn reopened(class: &Class) {
    class.run("close-term --reopen canarykey1 --yes --json").exits(0);
    let anew = class.run("provision canarykey1 --json").exits(0).json("provision/1");
    assert_eq!(outcomes(&anew), ["done"]);
    // Nothing that was proved of the vault before counts for the new one.
    let table = class.run("close-term canarykey1 --json").exits(0).json("close-term/1");
    for name in ["freeze", "pull", "verify", "report", "revoke", "delete"] {
        let step = step(&table, name);
        assert_eq!((&step["done"], &step["signed_at"]), (&0.into(), &Value::Null), "{name}");
    }
    let early = class.run("close-term --step revoke canarykey1 --confirm CS101 --json").exits(6);
    assert!(early.err.contains("CS101-unverified"), "{}", early.err);
}

/// The folders of the reports beside the files, the oldest first.
fn reports(class: &Class) -> Vec<PathBuf> {
    let beside = fs::read_dir(class.path("files").join("CS101")).unwrap();
    let is_report = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with("report-");
    let mut found: Vec<_> = beside.map(|entry| entry.unwrap().path()).filter(is_report).collect();
    found.sort();
    found
}

/// Everybody is frozen, pulled and verified, and nobody revoked yet.
fn the_report_tells_of_the_term(class: &Class) {
    let folder = reports(class).pop().unwrap();
    let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let told: Value = serde_json::from_str(&text("report.json")).unwrap();
    assert_eq!(told["schema"], "strongroom.class-report/1");
    assert_eq!(
        (&step(&told["term"], "verify")["done"], &step(&told["term"], "revoke")["done"]),
        (&3.into(), &0.into())
    );
    assert!(word(&step(&told["term"], "verify")["signed_by"]).contains(" on "), "{}", told["term"]);
    assert!(step(&told["term"], "revoke")["signed_by"].is_null());
    let students = told["term"]["students"].as_array().unwrap();
    assert_eq!(students.len(), 3);
    for student in students {
        let done: Vec<&String> = student["done"].as_object().unwrap().keys().collect();
        assert_eq!(done, ["freeze", "pull", "verify"], "{student}");
        let files = u64::from(student["student"] != "canarykey3");
        assert_eq!(student["kept"]["files"], files, "{student}");
    }
    let document = text("report.md");
    for part in ["## The end of the term\n", "## Changes", "sign-off", "## Who has access to what"] {
        assert!(document.contains(part), "{part}: {document}");
    }
    let line = text("closing.csv").lines().find(|line| line.starts_with("canarykey1,")).unwrap().to_owned();
    let times = line.split(',').filter(|cell| cell.ends_with('Z')).count();
    assert_eq!(times, 3, "{line}");
    for table in ["term", "access", "changes", "files", "students"] {
        assert!(text(&format!("{table}.csv")).lines().count() > 1, "{table}");
    }
}

/// Runs a command and kills it after so many requests; whether it came to its end by itself.
async fn killed_after(class: &Class, words: &str, requests: u64) -> bool {
    let until = class.requests().await + requests;
    let mut command = class.command(words);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.success();
        }
        if class.requests().await >= until {
            child.kill().unwrap();
            child.wait().unwrap();
            return false;
        }
    }
}

/// A step with the word that it asks for now; nothing where nothing of it is left.
fn asked(class: &Class, name: &str) -> Option<String> {
    let left = class.run(&format!("close-term --step {name} --json"));
    let word = left.err.split("--confirm ").nth(1).map(|word| {
        let plain = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
        word.chars().take_while(plain).collect::<String>()
    });
    let word = word.map_or_else(|| "--yes".to_owned(), |word| format!("--confirm {word}"));
    (left.code != 0).then(|| format!("{name} {word}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_is_killed_goes_on_where_it_was() {
    let (class, vaults) = term().await;
    let steps = [
        "freeze --confirm 3".to_owned(),
        format!("pull --yes {}", to(&class)),
        "verify --yes".to_owned(),
        "report --yes".to_owned(),
        "revoke --confirm CS101".to_owned(),
        "delete --confirm 3".to_owned(),
    ];
    let mut kills = 0;
    for step in steps {
        let name = step.split(' ').next().unwrap();
        let mut after = 1;
        loop {
            // What is done is not asked about again: the number to type is smaller then.
            let asks = matches!(name, "freeze" | "delete");
            let Some(step) = (if asks { asked(&class, name) } else { Some(step.clone()) }) else { break };
            if killed_after(&class, &format!("close-term --step {step} --json"), after).await {
                break;
            }
            kills += 1;
            after += 2;
            assert!(after < 200, "{step} never ends");
        }
    }
    assert!(kills >= 10, "{kills} were killed");
    for (vault, _) in &vaults {
        assert!(!class.is_there(vault).await);
    }
    let table = class.run("close-term --json").exits(0).json("close-term/1");
    for name in ["freeze", "pull", "verify", "report", "revoke", "delete"] {
        assert_eq!(step(&table, name)["done"], 3, "{name}");
    }
    class.run("audit verify --json").exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_purge_nothing_here_tells_of_anybody() {
    let (class, _) = term().await;
    class.run("extend nothing --json"); // whatever it says, nothing of it may stay
    every_change(&class).await;
    class.run("purge canarykey1 --yes --json").exits(6);
    let open = class.run("purge CS101 --yes --json").exits(6);
    assert!(open.err.contains("not closed: 3 vaults"), "{}", open.err);
    class.run(&format!("close-term --step pull --yes --json {}", to(&class))).exits(0);
    class.run("close-term --step verify --yes --json").exits(0);
    class.run("close-term --step revoke --confirm CS101 --json").exits(0);
    let left_behind = class.run("purge canarykey1 --yes --json").exits(6);
    assert!(left_behind.err.contains("a vault in quarantine"), "{}", left_behind.err);
    let one = class.run("purge canarykey1 --confirm canarykey1 --json").exits(0).json("purge/1");
    assert_eq!((&one["students"], one["files"].as_array().unwrap().len()), (&1.into(), 1));
    assert_eq!(found(&class.path("state"), "canarykey1"), Vec::<String>::new());
    assert_ne!(found(&class.path("state"), "canarykey2"), Vec::<String>::new(), "the others are kept");
    class.run("purge CS101 --yes --json").exits(6);
    class.run("purge CS101 --confirm CS101 --json").exits(0);
    let log = class.run("audit list --json").exits(0).json("audit/1");
    let ops: BTreeSet<String> =
        log["records"].as_array().unwrap().iter().map(|one| word(&one["op"])).collect();
    assert!(["sign-off", "close-term", "purge"].iter().all(|op| ops.contains(*op)), "{ops:?}");
    for op in ops {
        class.run(&format!("audit list --op {op}")).exits(0);
    }
    assert_eq!(found(&class.path("state"), "canary"), Vec::<String>::new());
    class.run("audit verify --json").exits(0);
    let seqs = class.run("watch --once --jsonl --from 0").out;
    let seqs: Vec<u64> = seqs
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["seq"].as_u64().unwrap())
        .collect();
    assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>(), "the numbers have no gaps");
    assert!(!seqs.is_empty());
}

/// A change of every kind, so that every table tells of somebody: plans, drift, a vault that was left behind,
/// taking back, and a job that was ended before its end.
async fn every_change(class: &Class) {
    let second = json!({ "name": "CS101-canarykey1", "description": "again [sr:canarykey1:abcdefgh]" });
    class.call(Method::POST, "/sandbox/v1/vaults", class.service(), &second).await;
    let listed = class.run("quarantine --json").exits(0).json("quarantine/1");
    assert_eq!(listed["vaults"].as_array().unwrap().len(), 1);
    class.run("grant canarykey1 --vault canarykey1 --level read --json").exits(0);
    class.run("undo --yes --json").exits(0);
    class.run("revoke canarykey2 --vault canarykey2 --json").exits(0);
    class.run("drift --json").exits(0);
    class.run("access --why --json").exits(0);
    class.run("apply --yes --json").exits(0);
    assert!(class.run("history --json").exits(0).json("history/1")["jobs"].as_array().unwrap().len() >= 4);
    let jobs = class.run("jobs --json").exits(0).json("jobs/1");
    assert!(jobs["jobs"].as_array().unwrap().len() >= 4, "{jobs}");
}

/// Where below a folder a word stands, in names or in contents, also where no row of a table has it.
pub(crate) fn found(folder: &Path, word: &str) -> Vec<String> {
    let has =
        |bytes: &[u8]| bytes.to_ascii_lowercase().windows(word.len()).any(|part| part == word.as_bytes());
    let files = files_below(folder).into_iter();
    let hit = |path: &PathBuf| {
        has(path.strip_prefix(folder).unwrap().as_os_str().as_encoded_bytes())
            || has(&fs::read(path).unwrap())
    };
    files.filter(hit).map(|path| path.display().to_string()).collect()
}
