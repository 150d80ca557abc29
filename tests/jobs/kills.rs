//! The built program, killed at random moments while it gives a class its vaults, and while it goes on with
//! what an earlier kill has left. Then it is let to the end, and the ledger of the service is compared.
//!
//! `STRONGROOM_KILLS=300` kills that often.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests; the figures are what they are for")]

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::process::Stdio;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::cli::{Class, Ran, word};

const STUDENTS: usize = 200;

/// A class of two hundred who have signed up, and their addresses by the person's id.
async fn class() -> (Class, HashMap<String, String>) {
    let class = Class::new().await;
    let (mut people, mut list) = (HashMap::new(), "Name,Email\n".to_owned());
    for number in 0..STUDENTS {
        let name = format!("s{number:03}");
        let (id, _) = class.person(&name).await;
        people.insert(id, format!("{name}@example.edu"));
        writeln!(list, "{name},{name}@example.edu").unwrap();
    }
    class.run_with("roster import -", &list).exits(0);
    (class, people)
}

/// What really happened, of one action.
fn happened(class: &Class, action: &str) -> Vec<Value> {
    #[allow(clippy::redundant_closure_for_method_calls, reason = "a path is not general enough")]
    let ledger = class.running.world.at(Timestamp::now()).read(|turn| turn.ledger()).unwrap();
    let lines = ledger.into_iter().filter(|entry| entry.action == action);
    lines.map(|entry| serde_json::to_value(entry).unwrap()).collect()
}

/// No vault twice, and nobody on a vault but its student: after every kill. Returns how many vaults there
/// are, and to how many somebody was given access.
fn compare(class: &Class, people: &HashMap<String, String>) -> (usize, usize) {
    let made: HashMap<String, String> = happened(class, "vault.create")
        .iter()
        .filter(|line| line["actor"] != "sandbox")
        .map(|line| (word(&line["vault"]), word(&line["name"])))
        .collect();
    let names: HashSet<&String> = made.values().collect();
    assert_eq!(names.len(), made.len(), "a vault was made twice");
    let mut given = HashSet::new();
    for line in happened(class, "grant.person") {
        let (vault, person) = (word(&line["vault"]), word(&line["person"]));
        let own = people[&person].split('@').next().unwrap();
        assert_eq!(made[&vault], format!("CS101-{own}"), "a wrong grant: {line}");
        given.insert(vault);
    }
    (made.len(), given.len())
}

/// Begins a command and kills it after a while, if it has not ended by then; whether it was killed.
async fn killed(class: &Class, words: &str, after: Duration) -> bool {
    let mut command = tokio::process::Command::from(class.command(words));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    if tokio::time::timeout(after, child.wait()).await.is_ok() {
        return false;
    }
    child.kill().await.unwrap();
    true
}

async fn run(class: &Class, words: &str) -> Ran {
    let output = tokio::process::Command::from(class.command(words)).stdin(Stdio::null()).output();
    Ran::of(&output.await.unwrap())
}

async fn has_left(class: &Class) -> bool {
    let jobs = run(class, "jobs --json").await.exits(0).json("jobs/1");
    jobs["jobs"].as_array().unwrap().iter().any(|job| job["state"] == "left")
}

/// Lets the class come to its end: what was left is gone on with, then what differs is applied, by one
/// command; and another run writes nothing.
async fn end(class: &Class, people: &HashMap<String, String>) {
    run(class, "apply --yes").await.exits(0);
    assert!(!has_left(class).await);
    assert_eq!(compare(class, people), (STUDENTS, STUDENTS), "nobody is left out");
    let before = class.writes().await;
    run(class, "apply --yes").await.exits(0);
    run(class, "provision").await.exits(0);
    assert_eq!(class.writes().await, before, "another run writes nothing");
    let verified = run(class, "audit verify --json").await.exits(0);
    let verified: Value = serde_json::from_str(&verified.out).unwrap();
    assert_eq!(verified["open_intents"].as_array().map(Vec::len), Some(0), "{verified}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_killed_at_random_is_gone_on_with() {
    let wanted: usize = std::env::var("STRONGROOM_KILLS").map_or(6, |number| number.parse().unwrap());
    let mut random = fastrand::Rng::with_seed(11);
    let (mut kills, mut resumed, mut classes) = (0, 0, 0);
    while kills < wanted {
        let (class, people) = class().await;
        classes += 1;
        while kills < wanted && compare(&class, &people) != (STUDENTS, STUDENTS) {
            let left = has_left(&class).await;
            let words = match (left, random.bool()) {
                (_, true) => "apply --yes",
                (true, false) => "jobs resume",
                (false, false) => "provision",
            };
            if killed(&class, words, Duration::from_millis(random.u64(30..900))).await {
                kills += 1;
                resumed += usize::from(left);
            }
            compare(&class, &people);
        }
        end(&class, &people).await;
    }
    println!(
        "{kills} kills of the program in {classes} classes of {STUDENTS}, {resumed} of them while it went on: \
         duplicates 0, missing 0, wrong grants 0, writes of the next run 0"
    );
}
