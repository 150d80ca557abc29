//! The way in: a class is set up, found again on a new machine, and only trusted files run programs.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use reqwest::Method;
use serde_json::{Value, json};
use strongroom::domain::secret::Expose as _;
use strongroom::sandbox::Limits;

use crate::support::{Class, Ran, bare, files_below, finding, row, run, word};

const LIST: &str = "Name,Email\nNgozi,ngozi@example.edu\nBai,bai@example.edu\nAnna,anna@example.edu\n";

/// The program with nothing but the way to the sandbox: no class file is named.
fn without_class(class: &Class, words: &str) -> Command {
    let mut command = bare(class.home.path());
    command.args(words.split_whitespace());
    command.env("STRONGROOM_SANDBOX_URL", &class.running.url);
    command.env("STRONGROOM_SANDBOX_TOKEN", class.running.service_account.expose_secret());
    command
}

fn init(class: &Class, words: &str) -> Ran {
    run(without_class(class, &format!("init --no-input {words}")), LIST)
}

fn rows(answer: &Value) -> Vec<(String, String)> {
    let rows = answer["rows"].as_array().unwrap().iter();
    rows.map(|row| (word(&row["student"]), word(&row["outcome"]))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_command_leads_from_nothing_to_a_class() {
    let class = Class::new().await;
    class.person("ngozi").await;
    let writes = class.writes().await;
    let words = "--id CS101 --title Intro --provider sandbox --roster - --staff ta@example.edu=read --json";
    let done = init(&class, words).exits(0).json("init/1");
    assert_eq!(class.writes().await, writes, "nothing is changed in the service");
    let outcomes: Vec<_> = rows(&done["plan"]);
    assert!(outcomes.contains(&("ngozi".into(), "planned".into())), "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|(_, outcome)| outcome == "waiting").count(), 2);
    assert_eq!(done["plan"]["requests"], json!({ "reads": 1, "writes": 2 }));
    assert_eq!(done["next"], "strongroom provision");
    assert_eq!(finding(&done, "checks", "staff")["state"], "warning", "nobody has that address");
    assert_eq!(finding(&done, "checks", "right-to-create")["state"], "note");

    let file = class.path("config/strongroom/cs101.toml");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("title = \"Intro\"") && text.contains("\n# student = \"write\""), "{text}");
    let made = run(without_class(&class, "provision --json"), "").exits(0).json("provision/1");
    assert!(rows(&made).contains(&("ngozi".into(), "done".into())));

    let again = init(&class, "--id CS101 --provider sandbox").exits(2);
    assert!(again.err.contains("the class CS101, with 3 students and 1 vault"), "{}", again.err);
    assert_eq!(fs::read_to_string(&file).unwrap(), text, "nothing is written over it");
    let other = init(&class, "--id CS101 --provider sandbox --out other.toml --json").exits(0).json("init/1");
    assert!(finding(&other, "checks", "existing-vaults")["mend"].as_str().unwrap().contains("adopt"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_class_that_runs_is_not_given_another_list_by_setting_it_up_again() {
    let class = Class::new().await;
    init(&class, "--id CS101 --provider sandbox --roster -").exits(0);
    let before = run(without_class(&class, "roster list --json"), "").exits(0).out;
    for more in ["", "--dry-run"] {
        let words = format!("init --no-input --id CS101 --provider sandbox --out b.toml --roster - {more}");
        let other = "Name,Email\nZoe,zoe@example.edu\n";
        let refused = run(without_class(&class, &words), other).exits(2);
        assert!(refused.err.contains("with 3 students"), "{}", refused.err);
        assert!(refused.err.contains("strongroom roster import"), "{}", refused.err);
        assert!(!class.path("b.toml").exists());
    }
    assert_eq!(run(without_class(&class, "roster list --json"), "").exits(0).out, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_trusted_leaves_no_class_file() {
    let class = Class::new().await;
    run(without_class(&class, "sandbox op --install bin"), "").exits(0);
    let token = class.path("op.token");
    fs::write(&token, class.service()).unwrap();
    fs::set_permissions(&token, fs::Permissions::from_mode(0o600)).unwrap();
    // A list of trusted files that is a folder cannot be written.
    fs::create_dir_all(class.path("state/strongroom/trusted")).unwrap();
    fs::create_dir_all(class.path("work")).unwrap();
    let set_up = || {
        let (op, token) = (class.path("bin/op"), token.display());
        let words = format!(
            "init --no-input --id CS101 --provider op --op {} --token-file {token} --roster -",
            op.display()
        );
        let mut command = without_class(&class, &words);
        command.current_dir(class.path("work"));
        run(command, LIST)
    };
    assert_ne!(set_up().code, 0);
    assert!(!class.path("config/strongroom/cs101.toml").exists());
    fs::remove_dir(class.path("state/strongroom/trusted")).unwrap();
    set_up().exits(0);
}

#[test]
fn a_rehearsal_on_the_sandbox_makes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let mut command = bare(home.path());
    command.args("init --no-input --id CS101 --provider sandbox --dry-run".split_whitespace());
    run(command, "").exits(0);
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_probe_leaves_nothing_behind() {
    let class = Class::new().await;
    let writes = class.writes().await;
    let done = init(&class, "--id CS101 --provider sandbox --probe --json").exits(0).json("init/1");
    assert_eq!(finding(&done, "checks", "right-to-create")["state"], "ok");
    assert_eq!(class.writes().await, writes + 2, "one vault is made and deleted");
    let left = class.call(Method::GET, "/v1/vaults", class.service(), &Value::Null).await;
    assert_eq!(left, json!([]));
    assert_eq!(done["next"], "strongroom roster import FILE");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_or_wrong_is_told_and_nothing_is_written() {
    let class = Class::with(Limits::Teams).await;
    let missing = init(&class, "").exits(2);
    assert!(missing.err.contains("still to be said: --id, --provider"), "{}", missing.err);
    let missing = init(&class, "--id CS101 --provider op").exits(2);
    assert!(missing.err.contains("--token-file"), "{}", missing.err);
    for (words, told) in [
        ("--id a_b --provider sandbox", "cannot be an id"),
        ("--id CS101 --provider sandbox --time-zone Mars/One", "no time zone"),
        ("--id CS101 --provider sandbox --roster none.csv", "cannot be read"),
        ("--id CS101 --provider sandbox --staff x=submit", "WHO=LEVEL is expected"),
        ("--id CS101 --provider sandbox --level submit", "nothing was written: 1 check failed"),
    ] {
        let refused = init(&class, words).exits(2);
        assert!(refused.err.contains(told), "{words}: {}", refused.err);
    }
    let refused = init(&class, "--id CS101 --provider sandbox --level submit").exits(2);
    assert!(refused.out.contains("submit cannot be expressed on a Teams account"), "{}", refused.out);
    init(&class, "--id CS101 --provider sandbox --roster - --dry-run").exits(0);
    let wrong =
        run(without_class(&class, "init --no-input --id CS101 --provider sandbox --roster -"), "Name\nx\n");
    wrong.exits(2);
    assert!(!class.path("config").exists() && !class.path("state/strongroom/accounts").exists());
}

/// A class with vaults whose local state is lost, all but its roster.
async fn lost() -> Class {
    let class = Class::new().await;
    for name in ["ngozi", "bai", "anna"] {
        class.person(name).await;
    }
    class.run_with("roster import -", LIST).exits(0);
    class.run("provision").exits(0);
    fs::remove_dir_all(class.path("state")).unwrap();
    class
}

#[tokio::test(flavor = "multi_thread")]
async fn vaults_are_found_again_after_the_state_was_lost() {
    let class = lost().await;
    let before = class.run("adopt --json").exits(3).json("adopt/1");
    assert!(rows(&before).iter().all(|(_, outcome)| outcome == "not-in-roster"), "{before}");
    class.run_with("roster import -", LIST).exits(0);
    let writes = class.writes().await;
    let dry = class.run("adopt --dry-run --json").exits(0).json("adopt/1");
    assert_eq!(
        rows(&dry),
        rows(&class.run("adopt --json").exits(0).json("adopt/1")),
        "a dry run keeps nothing"
    );
    let again = class.run("adopt --json").exits(0).json("adopt/1");
    assert!(rows(&again).iter().all(|(_, outcome)| outcome == "known"), "{again}");
    assert_eq!(
        again["offer"]["requests"],
        json!({ "reads": 6, "writes": 3 }),
        "a list of each vault, then a grant"
    );
    assert_eq!(class.writes().await, writes);
    let status = class.run("status --json").exits(0).json("status/1");
    assert!(status["rows"].as_array().unwrap().iter().all(|row| row["level"]["known"] == "unknown"));

    let proved = class.run("provision --json").exits(0).json("provision/1");
    let steps = proved["rows"].as_array().unwrap().iter().flat_map(|row| row["steps"].as_array().unwrap());
    assert!(steps.clone().all(|step| step["kind"] == "grant"), "no vault is made twice: {proved}");
    assert_eq!((steps.count(), class.writes().await), (3, writes + 3));
    let status = class.run("status --json").exits(0).json("status/1");
    assert!(status["rows"].as_array().unwrap().iter().all(|row| row["level"]["value"] == "write"));
    class.run("provision").exits(0);
    assert_eq!(class.writes().await, writes + 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn doubled_and_unmarked_vaults_are_left_alone() {
    let class = lost().await;
    class.run_with("roster import -", LIST).exits(0);
    let make = |name: &str, description: &str| json!({ "name": name, "description": description });
    for body in [make("CS101-bai", "Bai [sr:bai:twin2345]"), make("CS101-nobody", "by hand")] {
        class.call(Method::POST, "/sandbox/v1/vaults", class.service(), &body).await;
    }
    // Another class of the same people, and a renamed vault that says which class it is of.
    class
        .call(
            Method::POST,
            "/sandbox/v1/vaults",
            class.service(),
            &make("CS202-anna", "CS202: Anna [sr:anna:a2]"),
        )
        .await;
    let found = class.run("adopt --json").exits(3).json("adopt/1");
    let mut seen = rows(&found);
    seen.sort();
    let expected = [
        ("anna", "bound"),
        ("bai", "quarantined"),
        ("bai", "quarantined"),
        ("ngozi", "bound"),
        ("nobody", "unmarked"),
    ];
    assert_eq!(seen, expected.map(|(student, outcome)| (student.to_owned(), outcome.to_owned())));
    let all = class.run("adopt --all --json").exits(3).json("adopt/1");
    assert!(
        rows(&all).contains(&("anna".into(), "elsewhere".into())),
        "another class's vault is not taken: {all}"
    );
    let told = class.run("doctor --json").json("doctor/1");
    assert_eq!(finding(&told, "findings", "unbound-vaults")["state"], "warning");
}

/// Another class of the same people and the same title, in the same account.
fn other_class(class: &Class, id: &str) -> std::path::PathBuf {
    let file = class.path(&format!("{id}.toml"));
    let text = format!("[class]\nid = \"{id}\"\ntitle = \"Security\"\n[provider]\nuse = [\"sandbox\"]\n");
    fs::write(&file, text).unwrap();
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn two_classes_with_one_title_never_take_each_others_vaults() {
    let class = Class::new().await;
    for name in ["ngozi", "bai", "anna"] {
        class.person(name).await;
    }
    let [one, other] = ["sec", "sec-a"].map(|id| other_class(&class, id));
    let of = |file: &std::path::Path, words: &str, input: &str| {
        let words = format!("--class {} {words}", file.display());
        run(without_class(&class, &words), input)
    };
    for file in [&one, &other] {
        of(file, "roster import -", LIST).exits(0);
    }
    of(&other, "provision", "").exits(0);
    for words in ["adopt --json", "adopt --all --json"] {
        let found = of(&one, words, "").exits(0).json("adopt/1");
        assert_eq!(rows(&found).len(), 3, "{found}");
        assert!(rows(&found).iter().all(|(_, outcome)| outcome == "elsewhere"), "{words}: {found}");
        assert!(word(&found["rows"][0]["mend"]).contains("its name back"), "{found}");
    }
    let made = of(&one, "provision --json", "").exits(0).json("provision/1");
    assert!(rows(&made).iter().all(|(_, outcome)| outcome == "done"), "it makes its own: {made}");
    for file in [&one, &other] {
        let known = of(file, "adopt --json", "").exits(0).json("adopt/1");
        let known = rows(&known).into_iter().filter(|(_, outcome)| outcome == "known").count();
        assert_eq!(known, 3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_under_another_name_is_shown_so_and_named_by_the_doctor() {
    let class = Class::new().await;
    class.person("ngozi").await;
    class.run_with("roster import -", "Name,Email\nNgozi,ngozi@example.edu\n").exits(0);
    let made = class.run("provision --json").exits(0).json("provision/1");
    let route = format!("/sandbox/v1/vaults/{}", word(&made["rows"][0]["vault"]));
    let name = |class: &Class| {
        class.run("adopt --json").exits(0);
        word(&class.run("status --json").exits(0).json("status/1")["rows"][0]["vault_name"])
    };
    assert_eq!(name(&class), "CS101-ngozi");
    class.call(Method::PATCH, &route, class.admin(), &json!({ "name": "sec-a-ngozi" })).await;
    assert_eq!(name(&class), "sec-a-ngozi");
    let told = class.run("doctor --json").exits(1).json("doctor/1");
    let mark = finding(&told, "findings", "marks");
    assert_eq!(mark["state"], "failure", "{told}");
    assert!(word(&mark["what"]).contains("CS101-ngozi"), "{mark}");
    class.call(Method::PATCH, &route, class.admin(), &json!({ "name": "CS101-ngozi" })).await;
    class.run("watch --once --jsonl").exits(0);
    assert_eq!(
        word(&class.run("status --json").exits(0).json("status/1")["rows"][0]["vault_name"]),
        "CS101-ngozi"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_that_the_service_account_did_not_make_is_shown_and_refused() {
    let class = Class::new().await;
    class.person("ngozi").await;
    class.run_with("roster import -", LIST).exits(0);
    class.run_as_admin("provision").exits(0);
    let refused = class.run("grant ngozi --vault ngozi --level read").exits(4);
    assert!(refused.err.contains("--person"), "{}", refused.err);
    let writes = class.writes().await;
    let refused = class.run("grant ngozi --vault ngozi --level read").exits(6);
    assert!(refused.err.contains("was not made by this service account"), "{}", refused.err);
    assert_eq!(class.writes().await, writes, "it is not asked again");
    let status = class.run("status --json").exits(0).json("status/1");
    assert_eq!(row(&status, "ngozi")["foreign"], true);
    class.run_as_admin("grant ngozi --vault ngozi --level read").exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_is_run_only_by_a_file_that_is_trusted() {
    let class = Class::new().await;
    let plain = class.run("trust class.toml --json").exits(0).json("trust/1");
    assert_eq!(plain["sha256"], Value::Null, "it runs nothing");
    let ran = class.path("ran");
    let op = class.path("op");
    fs::write(&op, format!("#!/bin/sh\ntouch {}\n", ran.display())).unwrap();
    fs::set_permissions(&op, fs::Permissions::from_mode(0o700)).unwrap();
    let text = format!(
        "[class]\nid = \"CS101\"\n[provider]\nuse = [\"op\"]\n[provider.op]\npath = \"{}\"\n",
        op.display()
    );
    class.write("class.toml", &text);
    let refused = class.run("status").exits(2);
    assert!(refused.err.contains("has not been trusted yet") && refused.err.contains("strongroom trust"));
    assert!(!ran.exists());
    let state = |class: &Class| {
        finding(&class.run("doctor --json").json("doctor/1"), "findings", "trust")["state"].clone()
    };
    assert_eq!(state(&class), "failure");
    let given = class.run("trust class.toml").exits(0);
    assert!(given.out.contains(op.to_str().unwrap()) && given.out.contains("SHA-256"), "{}", given.out);
    assert_eq!(state(&class), "ok");
    class.write("class.toml", &(text + "# an edit\n"));
    let refused = class.run("status").exits(2);
    assert!(refused.err.contains("has changed since it was trusted"), "{}", refused.err);
    assert_eq!(state(&class), "failure");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_looks_at_everything_however_much_is_broken() {
    let home = tempfile::tempdir().unwrap();
    let nothing = |words: &str| {
        let mut command = bare(home.path());
        command.args(words.split_whitespace());
        run(command, "")
    };
    let told = nothing("doctor --json").exits(1).json("doctor/1");
    assert!(told["words"].as_str().unwrap().contains("not affiliated"));
    assert_eq!(finding(&told, "findings", "class-file")["state"], "failure");
    assert!(finding(&told, "findings", "class-file")["mend"].as_str().unwrap().contains("strongroom init"));

    let class = Class::new().await;
    class.person("ngozi").await;
    class.run_with("roster import -", LIST).exits(0);
    class.run("provision").exits(0);
    let well = class.run("doctor --json").exits(0).json("doctor/1");
    for name in ["audit-log", "provider", "bindings", "marks", "access-lists", "same-account"] {
        assert_eq!(finding(&well, "findings", name)["state"], "ok", "{name}: {well}");
    }
    assert_eq!(finding(&well, "findings", "levels")["state"], "note");
    let files = files_below(&class.path("state"));
    let log = files.into_iter().find(|path| path.ends_with("audit.jsonl")).unwrap();
    let text = fs::read_to_string(&log).unwrap();
    fs::write(&log, text.replacen("create-vault", "create-vaulx", 1)).unwrap();
    let mut command = class.command("doctor --json");
    command.env("STRONGROOM_SANDBOX_URL", "http://127.0.0.1:1").env("OP_CONNECT_HOST", "http://x");
    let told = run(command, "").exits(1).json("doctor/1");
    assert_eq!(finding(&told, "findings", "audit-log")["state"], "failure");
    assert_eq!(finding(&told, "findings", "provider")["state"], "failure");
    assert_eq!(finding(&told, "findings", "environment")["state"], "note");
    class.write("class.toml", "[class]\nid = \"a b\"\n");
    let told = class.run("doctor").exits(1);
    assert!(told.out.contains("-> write 1 to 32 of") && told.out.starts_with("Unofficial"), "{}", told.out);
    assert!(told.out.lines().all(|line| line.chars().count() <= 80), "{}", told.out);
}
