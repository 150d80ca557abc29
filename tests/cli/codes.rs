//! Every exit code, and what goes to which stream.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use strongroom::sandbox::Limits;

use crate::support::{Class, Ran, bare, run};

fn nothing(words: &str) -> Ran {
    let home = tempfile::tempdir().unwrap();
    let mut command = bare(home.path());
    command.args(words.split_whitespace());
    run(command, "")
}

#[test]
fn help_is_no_failure_and_wrong_usage_is_2() {
    let help = nothing("--help").exits(0);
    assert!(help.out.contains("not affiliated") && help.err.is_empty());
    assert!(nothing("--version").exits(0).out.starts_with("strongroom "));
    for words in ["frobnicate", "grant x", "status --json --csv", "grant x --vault y --level owner"] {
        let wrong = nothing(words).exits(2);
        assert!(wrong.out.is_empty(), "{words}");
    }
    let wrong = nothing("status --json --frobnicate").exits(2);
    let error: Value = serde_json::from_str(&wrong.err).unwrap();
    assert_eq!((&error["schema"], &error["kind"]), (&"strongroom.error/1".into(), &"input".into()));
}

#[test]
fn with_nothing_configured_a_command_says_so() {
    let told = nothing("status").exits(2);
    assert!(told.err.starts_with("error: nothing is configured") && told.err.contains("\nhint: "));
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_files_are_2_and_every_problem_is_told() {
    let class = Class::new().await;
    let list = class.run_with("roster import -", "Name,Email\nA,x\nB,y\n").exits(2);
    assert_eq!(list.err.matches("standard input:").count(), 2, "{}", list.err);
    class.run("roster import no-such-file.csv").exits(2);
    class.run("config check").exits(0);
    class.write("bad.toml", "[class]\nid = \"a b\"\ntitel = \"x\"\n");
    let bad = class.run("config check bad.toml").exits(2);
    assert!(bad.err.contains("bad.toml:2:") && bad.err.contains("bad.toml:3:"), "{}", bad.err);
    let bad = class.run("config check bad.toml --json").exits(2);
    let error: Value = serde_json::from_str(&bad.err).unwrap();
    assert_eq!(error["problems"].as_array().unwrap().len(), 2);
    assert!(class.run("config print").exits(0).out.contains("id = \"CS101\""));
    class.run("config print --json").exits(0).json("config-print/1");
    class.write("settings.toml", "[ui]\nthem = \"dark\"\n[keys]\nfirst = [\"pgup\"]\n");
    let bad = class.run("config check settings.toml").exits(2);
    assert!(bad.err.contains("settings.toml:2:1") && bad.err.contains("settings.toml:4:10"), "{}", bad.err);
    class.write("config/strongroom/settings.toml", "[ui]\ntheme = \"dark\"\n");
    let checked = class.run("config check").exits(0).out;
    assert!(checked.contains("settings.toml") && checked.contains("CS101"), "{checked}");
    assert!(class.run("config print --settings").exits(0).out.contains("theme = \"dark\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_exact_or_2() {
    let class = Class::new().await;
    let (_, token) = class.person("ngozi").await;
    class.run_with("roster import -", "Name,Email\nN,ngozi@example.edu\n").exits(0);
    class.run("items ngozi").exits(1);
    class.run("provision ngoz").exits(2);
    class.run("provision NGOZI@EXAMPLE.EDU").exits(0);
    for words in ["items CS101", "revoke nobody --vault ngozi", "items ngozi hw1", "roster show n"] {
        let told = class.run(words).exits(2);
        assert!(told.err.contains("hint: "), "{words}: {}", told.err);
    }
    let vaults = class.run("status --json").exits(0).json("status/1");
    let vault = vaults["rows"][0]["vault"].as_str().unwrap().to_owned();
    class.run(&format!("items {vault}")).exits(0);
    class.run("items CS101-ngozi").exits(0);
    let twin = json!({ "name": "CS101-ngozi" });
    class.call(reqwest::Method::POST, "/sandbox/v1/vaults", class.service(), &twin).await;
    for _ in 0..2 {
        class.upload(&vault, &token, "hw1", b"x").await;
    }
    for words in ["items CS101-ngozi", "items ngozi hw1"] {
        let told = class.run(words).exits(2);
        assert!(told.err.contains("several"), "{words}: {}", told.err);
    }
    let show = class.run("roster show ngozi@example.edu --json").exits(0).json("roster/1");
    assert_eq!(show["students"][0]["key"], "ngozi");
}

#[tokio::test(flavor = "multi_thread")]
async fn read_only_is_6_and_partly_done_is_3() {
    let class = Class::new().await;
    class.person("a").await;
    class.person("b").await;
    class.run_with("roster import -", "Name,Email\nA,a@example.edu\nB,b@example.edu\n").exits(0);
    class.run("provision --read-only").exits(6);
    let body = json!({ "name": "CS101-b" });
    class.call(reqwest::Method::POST, "/sandbox/v1/vaults", class.service(), &body).await;
    let made = class.run("provision --json").exits(3).json("provision/1");
    assert_eq!(
        (&made["rows"][0]["outcome"], &made["rows"][1]["outcome"]),
        (&"done".into(), &"refused".into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_log_is_1_and_half_a_line_is_not() {
    let class = Class::new().await;
    class.person("a").await;
    class.run_with("roster import - --state st", "Name,Email\nA,a@example.edu\n").exits(0);
    class.run("provision --state st").exits(0);
    let whole = std::fs::read_to_string(class.path("st/audit.jsonl")).unwrap();
    class.write("st/audit.jsonl", &format!("{whole}{{\"seq\":"));
    let torn = class.run("audit verify --state st --json").exits(0).json("audit-verify/1");
    assert_eq!((&torn["good"], &torn["torn_tail"]), (&true.into(), &true.into()));
    class.write("st/audit.jsonl", &whole.replacen("create-vault", "create-fault", 1));
    let bad = class.run("audit verify --state st").exits(1);
    assert!(bad.err.contains("line 1 ") && bad.out.contains("broken"), "{}{}", bad.out, bad.err);
    let (_, rest) = whole.split_once('\n').unwrap();
    class.write("st/audit.jsonl", rest);
    class.run("audit verify --state st").exits(1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_is_4_and_an_absent_service_1_with_what_is_stored() {
    let class = Class::new().await;
    class.run_with("roster import -", "Name,Email\nA,a@example.edu\n").exits(0);
    class.run("status").exits(0);
    class.run_where("STRONGROOM_SANDBOX_TOKEN", "nonsense", "provision").exits(4);
    let stored = class.run_where("STRONGROOM_SANDBOX_URL", "http://127.0.0.1:1", "status --json").exits(1);
    let status = stored.json("status/1");
    assert_eq!((&status["fresh"], &status["rows"][0]["student"]["key"]), (&false.into(), &"a".into()));
    assert!(stored.err.contains("unreachable"), "{}", stored.err);
    let mut offline = class.command("roster import -");
    offline.env("STRONGROOM_SANDBOX_URL", "http://127.0.0.1:1");
    run(offline, "Name,Email\nA,a@example.edu\nB,b@example.edu\n").exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_up_ration_is_5() {
    let class = Class::with(Limits::Families).await;
    let mut rows = vec!["Name,Email".to_owned()];
    for number in 0..55 {
        class.person(&format!("p{number}")).await;
        rows.push(format!("P{number},p{number}@example.edu"));
    }
    class.run_with("roster import -", &rows.join("\n")).exits(0);
    let made = class.run("provision --json").exits(5);
    let page = made.json("provision/1");
    assert_eq!(page["stopped"]["kind"], "rate-limit");
    let error: Value = serde_json::from_str(made.err.lines().last().unwrap()).unwrap();
    assert!(error["retry_after_s"].as_u64().is_some_and(|wait| wait > 0), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_who_leaves_is_no_failure() {
    let class = Class::new().await;
    class.run_with("roster import -", "Name,Email\nA,a@example.edu\n").exits(0);
    for words in ["roster list", "status --json", "watch --once --json", "config print"] {
        let mut child = class.command(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let ended = Ran::of(&child.wait_with_output().unwrap()).exits(0);
        assert_eq!(ended.err, "", "{words}");
    }
}

#[test]
fn a_served_sandbox_ends_in_good_order() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let home = tempfile::tempdir().unwrap();
        let mut command = bare(home.path());
        command.args(["sandbox", "serve", "--scenario", "demo"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let found = home.path().join("state/strongroom/sandbox.json");
        assert!(
            found.exists() && ready["url"].as_str().is_some_and(|url| url.starts_with("http://127.0.0.1:"))
        );
        let tokens = std::fs::metadata(ready["tokens_file"].as_str().unwrap()).unwrap();
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&tokens.permissions()) & 0o077, 0);
        kill_process(Pid::from_child(&child), signal).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code));
        assert!(!found.exists(), "nobody finds what has ended");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_watch_is_130() {
    let class = Class::new().await;
    let (_, token) = class.person("a").await;
    class.run_with("roster import -", "Name,Email\nA,a@example.edu\n").exits(0);
    let made = class.run("provision --json").exits(0).json("provision/1");
    class.run("watch --once").exits(0);
    class.upload(made["rows"][0]["vault"].as_str().unwrap(), &token, "hw1", b"x").await;
    let mut child =
        class.command("watch --jsonl").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&line).unwrap()["seq"], 1);
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
}
