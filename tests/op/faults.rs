//! Every misbehaviour, as whoever started the process meets it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde_json::Value;
use strongroom::sandbox::op::{Misbehaviour as M, Setting, Spec};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Child;

use crate::door::{Door, LONGEST, ended, installed};

/// How long something that hangs is watched not to end. It is a bound, not a pause: the tests wait for
/// whatever comes first.
const WATCHED: Duration = Duration::from_millis(300);

fn failing(specs: &[&str]) -> Setting {
    Setting { faults: specs.iter().map(|spec| spec.parse().unwrap()).collect(), ..Setting::default() }
}

async fn with(fault: M) -> Door {
    Door::with(&Setting { faults: vec![Spec::from(fault)], ..Setting::default() }, |_| {}).await
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(i32::try_from(child.id().unwrap()).unwrap()).unwrap()
}

async fn read_some(from: &mut (impl AsyncRead + Unpin), least: usize) -> usize {
    let (mut total, mut block) = (0, vec![0; 1 << 16]);
    let reading = async {
        while total < least {
            total += match from.read(&mut block).await.unwrap() {
                0 => break,
                size => size,
            };
        }
    };
    tokio::time::timeout(LONGEST, reading).await.unwrap();
    total
}

#[tokio::test]
async fn what_hangs_says_nothing_and_ends_when_it_is_told_to() {
    for (fault, ends) in [(M::Hang, true), (M::HangTerm, false), (M::HungReply, true)] {
        let door = with(fault).await;
        let mut child = door.command(["vault", "create", "v1"]).spawn().unwrap();
        let mut out = child.stdout.take().unwrap();
        let quiet = tokio::time::timeout(WATCHED, out.read_u8()).await;
        assert!(quiet.is_err(), "{fault:?}");
        kill_process(pid(&child), Signal::TERM).unwrap();
        let waited = if ends { LONGEST } else { WATCHED };
        let ended = tokio::time::timeout(waited, child.wait()).await;
        assert_eq!(ended.is_ok(), ends, "{fault:?}");
        child.kill().await.unwrap();
        assert_eq!(door.fixture.vaults_made(), usize::from(fault == M::HungReply), "{fault:?}");
    }
}

#[tokio::test]
async fn floods_do_not_end() {
    for (fault, out, err) in
        [(M::FloodStdout, true, false), (M::FloodStderr, false, true), (M::FloodBoth, true, true)]
    {
        let door = with(fault).await;
        let mut child = door.command(["vault", "list"]).spawn().unwrap();
        let (mut stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let least = 8 << 20;
        let (from_out, from_err) = tokio::join!(
            read_some(&mut stdout, if out { least } else { 0 }),
            read_some(&mut stderr, if err { least } else { 0 }),
        );
        assert_eq!((from_out >= least, from_err >= least), (out, err), "{fault:?}");
        child.kill().await.unwrap();
    }
}

#[tokio::test]
async fn answers_are_cut_off_with_three_endings() {
    for (fault, code) in [(M::HalfExit0, Some(0)), (M::HalfExit1, Some(1)), (M::HalfKilled, None)] {
        let door = with(fault).await;
        let ran = door.run("account get").await;
        assert_eq!(ran.code, code, "{fault:?}");
        assert!(!ran.out.is_empty() && serde_json::from_slice::<Value>(&ran.out).is_err());
    }
}

#[tokio::test]
async fn errors_are_said_in_known_words() {
    for (fault, code, words) in [
        (M::HourlyLimit, 1, "this service account is allowed to make. Please retry in 58 minutes"),
        (
            M::DailyLimit,
            1,
            "this 1Password account is allowed to make. Please retry in 23 hours and 59 minutes",
        ),
        (M::ClientLimit, 1, "Too many requests. Your client has been rate-limited."),
        (M::Conflict, 1, "(409) Conflict: Internal server conflict"),
        (M::ErrorExit0, 0, "(500) Internal Server Error"),
        (M::NotFound, 4, "(404) Not Found: The requested resource was not found."),
        (M::Offline, 1, "no such host"),
    ] {
        let door = with(fault).await;
        let message = door.run("vault create v1").await.trouble(code);
        assert!(message.contains(words), "{fault:?}: {message}");
        assert_eq!(door.fixture.vaults_made(), 0, "{fault:?}");
    }
    let ran = with(M::Panic).await.run("vault list").await;
    assert_eq!((ran.code, ran.err.starts_with("panic: runtime error")), (Some(2), true));
}

#[tokio::test]
async fn answers_are_spoiled() {
    let parses = |out: &[u8]| serde_json::from_slice::<Value>(out).is_ok();
    for fault in [M::NoticeBefore, M::NoticeAfter, M::BrokenJson, M::BadUtf8, M::Nul] {
        let ran = with(fault).await.run("account get").await;
        assert_eq!((ran.code, parses(&ran.out)), (Some(0), false), "{fault:?}");
        assert_eq!(std::str::from_utf8(&ran.out).is_err(), fault == M::BadUtf8);
    }
    let ran = with(M::NoticeStderr).await.run("account get").await;
    assert!(ran.code == Some(0) && parses(&ran.out) && ran.err.contains("new version"));
    let ran = with(M::Drip).await.run("account get").await;
    assert!(ran.code == Some(0) && parses(&ran.out));
    let ran = with(M::HugeJson).await.run("vault list").await;
    assert!(ran.code == Some(0) && ran.out.len() > 60 << 20 && parses(&ran.out));
}

#[tokio::test]
async fn replies_are_lost_after_the_effect() {
    for (fault, code) in [(M::LostReply, None), (M::Empty, Some(0))] {
        let door = with(fault).await;
        let ran = door.run("vault create v1").await;
        assert_eq!((ran.code, ran.out.len()), (code, 0), "{fault:?}");
        assert_eq!(door.fixture.vaults_made(), 1);
    }
}

#[tokio::test]
async fn answers_are_about_something_else() {
    let door = Door::new().await;
    let vault = door.vault("v1").await;
    let (person, _) = door.fixture.person("ngozi").await;
    let words =
        format!("vault user grant --vault {vault} --user {person} --permissions view_items --no-input");
    for (fault, same_vault, same_person) in
        [(M::WrongVault, false, true), (M::WrongPerson, true, false), (M::WrongItem, true, true)]
    {
        installed(door.fixture.folder.path(), "bin", &failing(&[fault.name()]));
        let answer = door.run(&words).await.json();
        let same = (answer["vault_id"] == vault.as_str(), answer["user_id"] == person.as_str());
        assert_eq!(same, (same_vault, same_person), "{fault:?}");
        assert!(answer["vault_id"].as_str().unwrap().starts_with("sbx"));
    }
}

#[tokio::test]
async fn a_question_waits_for_its_answer() {
    let door = with(M::Prompt).await;
    let mut command = door.command(["vault", "list"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    assert!(read_some(&mut out, 20).await >= 20);
    let input = child.stdin.take(); // waiting would close it
    assert!(tokio::time::timeout(WATCHED, child.wait()).await.is_err());
    drop(input);
    assert_eq!(tokio::time::timeout(LONGEST, child.wait()).await.unwrap().unwrap().code(), Some(1));
    let closed = ended(door.command(["vault", "list"])).await;
    assert_eq!(closed.code, Some(1), "nothing to read is an answer as well");
}

#[tokio::test]
async fn pipes_stay_open_or_close_early() {
    let door = with(M::Orphan).await;
    let mut command = door.command(["account", "get"]);
    let mut child = command.process_group(0).spawn().unwrap();
    let group = pid(&child);
    let mut out = child.stdout.take().unwrap();
    assert!(tokio::time::timeout(LONGEST, child.wait()).await.unwrap().unwrap().success());
    let mut text = Vec::new();
    assert!(
        tokio::time::timeout(WATCHED, out.read_to_end(&mut text)).await.is_err(),
        "a child holds the pipe"
    );
    kill_process_group(group, Signal::KILL).unwrap();
    tokio::time::timeout(LONGEST, out.read_to_end(&mut text)).await.unwrap().unwrap();

    let door = with(M::ClosedStdout).await;
    let mut child = door.command(["account", "get"]).spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    let mut text = Vec::new();
    tokio::time::timeout(LONGEST, out.read_to_end(&mut text)).await.unwrap().unwrap();
    assert!(tokio::time::timeout(WATCHED, child.wait()).await.is_err(), "it lives on");
    child.kill().await.unwrap();
    assert!(child.wait().await.unwrap().signal().is_some());
}

#[tokio::test]
async fn a_spec_counts_the_calls_it_is_about_even_at_the_same_time() {
    let door = Door::with(&failing(&["409:vault.create@2", "404:vault.list%3"]), |_| {}).await;
    let mut codes = Vec::new();
    for _ in 0..3 {
        codes.push(door.run("vault create v1").await.code);
    }
    assert_eq!(codes, [Some(0), Some(1), Some(0)]);
    assert_eq!(door.run("account get").await.code, Some(0));
    let runs = (0..9).map(|_| door.run("vault list"));
    let codes = futures_util::future::join_all(runs).await.into_iter().map(|ran| ran.code);
    assert_eq!(codes.filter(|code| *code == Some(4)).count(), 3);
}
