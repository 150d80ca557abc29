//! Plans as files, what carries them out, and the words that weighty ones ask for.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::os::unix::fs::PermissionsExt as _;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Class, word};

const STAFF: &str = "[class]\nid = \"CS101\"\n[provider]\nuse = [\"sandbox\"]\n[access]\nstaff = [{ user = \"teacher@example.edu\", level = \"manage\" }]\n";

/// A class of that many students with vaults; who they are.
async fn class(count: usize) -> (Class, Vec<String>) {
    let class = Class::new().await;
    let names: Vec<String> = (0..count).map(|at| format!("s{at}")).collect();
    let people = class.enrol(&names).await;
    class.run("provision").exits(0);
    (class, people.into_iter().map(|(id, _)| id).collect())
}

async fn stray(class: &Class, student: &str, who: &str) {
    let path = format!("/sandbox/v1/vaults/{}/people/{who}", class.vault_of(student));
    class.call(Method::PUT, &path, class.service(), &json!({ "permissions": ["view_items"] })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_goes_through_a_file_and_is_carried_out_exactly() {
    let (class, _) = class(3).await;
    let (stranger, _) = class.person("stranger").await;
    stray(&class, "s1", &stranger).await;
    let writes = class.writes().await;
    let ran = class.run("plan --out plan.json").exits(0);
    assert!(ran.err.contains("1 vault: 1 revocation; 1 write,"), "{}", ran.err);
    let path = class.path("plan.json");
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    class.run("plan --out plan.json").exits(2);
    assert_eq!(class.writes().await, writes, "a plan sends nothing");
    let file: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(file["schema"], "strongroom.plan/1");
    assert_eq!(file["class"], "CS101");
    let shown = class.run("plan --json").exits(0).json("plan/1");
    assert_eq!((&shown["digest"], &shown["rows"]), (&file["digest"], &file["rows"]));
    let line = word(&file["rows"][1]["steps"][0]["op"][0]);
    assert_eq!(
        line,
        format!("op vault user revoke --vault {} --user {stranger} --no-input", class.vault_of("s1"))
    );

    // Nobody has agreed to it: nothing is sent.
    let ran = class.run("apply plan.json").exits(6);
    assert!(ran.err.contains("--yes"), "{}", ran.err);
    assert_eq!(class.writes().await, writes);
    class.run("apply plan.json --yes").exits(0);
    assert_eq!(class.writes().await, writes + 1);
    let again = class.run("apply plan.json --yes").exits(6);
    assert!(again.err.contains("s1: stranger is not on the vault any more"), "{}", again.err);
    let shown = class.run("plan").exits(0);
    assert!(shown.out.contains("nothing to change; 3 as it should be"), "{}", shown.out);
    class.run("apply --yes").exits(0);
    assert_eq!(class.writes().await, writes + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_of_another_class_or_that_was_edited_is_refused() {
    let (class, people) = class(2).await;
    class.write("class.toml", STAFF);
    class.person("teacher").await;
    class.run("plan --out plan.json").exits(0);
    let writes = class.writes().await;
    let text = std::fs::read_to_string(class.path("plan.json")).unwrap();
    let teacher = {
        let file: Value = serde_json::from_str(&text).unwrap();
        word(&file["rows"][0]["steps"][0]["who"]["id"])
    };
    class.write("edited.json", &text.replace(&teacher, &people[0]));
    class.run("apply edited.json --yes").exits(2);
    class.write("cut.json", text.get(..text.len() / 2).unwrap());
    class.run("apply cut.json --yes").exits(2);
    class.write("class.toml", &STAFF.replace("CS101", "CS102"));
    let ran = class.run("apply plan.json --yes").exits(6);
    assert!(ran.err.contains("of the class CS101, not of CS102"), "{}", ran.err);
    class.write("class.toml", STAFF);
    assert_eq!(class.writes().await, writes);
    class.run("apply plan.json --yes").exits(0);
    assert_eq!(class.writes().await, writes + 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn provision_and_the_list_of_needs_say_where_staff_is_missing_until_it_is_there() {
    let class = Class::new().await;
    class.write("class.toml", STAFF);
    class.person("teacher").await;
    class.enrol(&["s0".to_owned(), "s1".to_owned()]).await;
    let words = |vaults: &str| format!("the class file's staff is not on {vaults} yet: `strongroom apply`");
    let first = class.run("provision s0").exits(0);
    assert!(first.err.contains(&words("1 vault")), "{}", first.err);
    // Every vault counts, also those of an earlier run, and also where there is nothing to do.
    let second = class.run("provision").exits(0);
    assert!(second.err.contains(&words("2 vaults")), "{}", second.err);
    let again = class.run("provision").exits(0);
    assert!(again.err.contains(&words("2 vaults")), "{}", again.err);
    assert_eq!(class.run("provision --json").exits(0).err, "");
    let needs = |class: &Class| class.run("attention --json").exits(0).json("attention/1");
    let listed = needs(&class);
    let need = listed["needs"].as_array().unwrap().iter().find(|need| need["reason"] == "no-staff");
    let need = need.unwrap_or_else(|| panic!("{listed}"));
    assert_eq!((&need["count"], &need["next"]), (&2.into(), &"strongroom apply".into()));
    class.run("apply --yes").exits(0);
    assert!(!class.run("provision").exits(0).err.contains("staff"));
    assert!(!needs(&class).to_string().contains("no-staff"));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_is_to_be_sent_it_is_said_and_so_is_what_is_refused() {
    let (class, _) = class(2).await;
    for words in ["provision", "apply --yes"] {
        let idle = class.run(words).exits(0);
        assert!(idle.err.contains("nothing to change; 2 as it should be"), "{words}: {}", idle.err);
        assert_eq!(class.run(&format!("{words} --json")).exits(0).err, "", "{words}");
    }
    // Who has left the list is given nothing.
    class.run_with("roster import -", "Name,Email\ns1,s1@example.edu\n").exits(0);
    let refused = class.run("provision s0 s1").exits(3);
    assert!(refused.err.contains("nothing to change; 1 as it should be, 1 refused"), "{}", refused.err);
    let why = "refused: s0: s0 is neither";
    assert!(refused.err.lines().any(|line| line.starts_with(why)), "{}", refused.err);
    assert_eq!(class.run("provision s0 s1 --json").exits(3).err, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_what_is_done_at_once_no_end_is_told() {
    let (class, _) = class(12).await;
    class.write("class.toml", STAFF);
    class.person("teacher").await;
    class.run("plan --out p.json").exits(0);
    let done = class.run("apply p.json --yes").exits(0);
    assert!(done.err.contains("12 done") && !done.err.contains("done about"), "{}", done.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_weighty_plan_wants_its_number() {
    let (class, _) = class(5).await;
    let (stranger, _) = class.person("stranger").await;
    stray(&class, "s1", &stranger).await;
    stray(&class, "s2", &stranger).await;
    let writes = class.writes().await;
    let shown = class.run("plan").exits(0);
    assert!(shown.out.contains("weighty: 2 revocations on 2 of 5 vaults"), "{}", shown.out);
    for words in ["apply --yes", "apply --yes --confirm 3", "apply --confirm yes", "apply"] {
        let ran = class.run(words).exits(6);
        assert!(ran.err.contains("\"2\""), "{words}: {}", ran.err);
    }
    assert_eq!(class.writes().await, writes);
    class.run("apply --confirm 2").exits(0);
    assert_eq!(class.writes().await, writes + 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_class_list_that_looks_like_a_mistake_wants_its_number() {
    let (class, _) = class(6).await;
    let list = |keys: &[usize]| {
        let rows: Vec<String> = keys.iter().map(|at| format!("S{at},s{at}@example.edu\n")).collect();
        format!("Name,Email\n{}", rows.concat())
    };
    class.run_with("roster import -", &list(&[0, 1, 2, 3, 4])).exits(0);
    let ran = class.run_with("roster import -", &list(&[0, 1])).exits(6);
    assert!(ran.err.contains("3 students of 5 would be marked as gone"), "{}", ran.err);
    class.run_with("roster import - --confirm 4", &list(&[0, 1])).exits(6);
    class.run_with("roster import - --dry-run", &list(&[0, 1])).exits(0);
    let roster = class.run("roster list --json").exits(0).out;
    assert_eq!(roster.matches("\"gone\":true").count(), 1, "{roster}");
    class.run_with("roster import - --confirm 3", &list(&[0, 1])).exits(0);
}
