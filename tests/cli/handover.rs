//! Several programs at once: one watches, the others read along and take over, whoever is killed.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

use std::io::{BufRead as _, BufReader};
use std::os::unix::net::UnixDatagram;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::{Class, word};

/// A class of one student with a vault: the vault, and what its student signs in with.
async fn class() -> (Class, String, String) {
    let class = Class::new().await;
    let (_, token) = class.person("a").await;
    class.run_with("roster import -", "Name,Email\nA,a@example.edu\n").exits(0);
    let made = class.run("provision --json").exits(0).json("provision/1");
    let vault = word(&made["rows"][0]["vault"]);
    (class, vault, token)
}

/// A program that runs, and what it says line by line.
struct Runs {
    child: Child,
    out: BufReader<ChildStdout>,
    err: BufReader<ChildStderr>,
}

impl Runs {
    fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        Self { child, out: BufReader::new(out), err: BufReader::new(err) }
    }

    /// The next line of its messages.
    fn says(&mut self) -> String {
        let mut line = String::new();
        self.err.read_line(&mut line).unwrap();
        line
    }

    /// The number of the arrival that it prints next.
    fn prints(&mut self) -> u64 {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        serde_json::from_str::<Value>(&line).unwrap()["seq"].as_u64().unwrap()
    }

    fn end(mut self, signal: Signal) -> Option<i32> {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        self.child.wait().unwrap().code()
    }
}

/// How often the service account has asked for the vaults.
async fn lists(class: &Class) -> u64 {
    class.counted(|row| row["route"] == "/v1/vaults").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_that_is_killed_is_replaced_within_seconds() {
    let (class, vault, token) = class().await;
    let mut first = Runs::start(class.command("watch --jsonl"));
    assert!(first.says().starts_with("watching, pid "));
    let mut second = Runs::start(class.command("watch --jsonl"));
    let following = second.says();
    let pid = first.child.id();
    assert!(following.starts_with(&format!("following (watch, pid {pid} watches; it last")), "{following}");
    class.upload(&vault, &token, "one", b"1").await;
    assert_eq!((first.prints(), second.prints()), (1, 1));
    let killed = Instant::now();
    assert_eq!(first.end(Signal::KILL), None);
    assert!(second.says().starts_with("watching, pid "));
    let took = killed.elapsed();
    println!("kill -9 of the watcher to the first look of the next: {} ms", took.as_millis());
    assert!(took < Duration::from_secs(5), "{took:?}");
    class.upload(&vault, &token, "two", b"2").await;
    assert_eq!(second.prints(), 2);
    assert_eq!(second.end(Signal::TERM), Some(143));
}

#[tokio::test(flavor = "multi_thread")]
async fn three_programs_ask_for_what_one_does() {
    let (class, vault, token) = class().await;
    let mut watcher = Runs::start(class.command("watch --jsonl"));
    watcher.says();
    let mut followers = [1, 2].map(|_| Runs::start(class.command("watch --jsonl")));
    let looks = |status: &str| status.contains("following");
    assert!(followers.iter_mut().all(|follower| looks(&follower.says())));
    let (begun, before) = (Instant::now(), lists(&class).await);
    for seq in 1..=3 {
        class.upload(&vault, &token, &format!("hw{seq}"), b"x").await;
        assert_eq!(watcher.prints(), seq);
        assert!(followers.iter_mut().all(|follower| follower.prints() == seq));
    }
    let (asked, seconds) = (lists(&class).await - before, begun.elapsed().as_secs_f64());
    println!("{asked} lists of vaults in {seconds:.1} s with a beat of 1 s");
    #[allow(clippy::cast_precision_loss, reason = "a small number")]
    let most = asked as f64 <= seconds + 2.0;
    assert!(most, "{asked} in {seconds:.1} s");
    for runs in followers.into_iter().chain([watcher]) {
        assert_eq!(runs.end(Signal::INT), Some(130));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn once_prints_what_is_new_since_the_last_once_whoever_noticed_it() {
    let (class, vault, token) = class().await;
    class.upload(&vault, &token, "before", b"0").await;
    assert_eq!(class.run("watch --once --jsonl").exits(0).out, "", "the first look announces nothing");
    let mut watcher = Runs::start(class.command("watch --jsonl"));
    watcher.says();
    class.upload(&vault, &token, "one", b"1").await;
    assert_eq!(watcher.prints(), 1);
    let asked = lists(&class).await;
    // Another program watches: its journal is read, and it is named.
    let ran = class.run("watch --once --jsonl").exits(0);
    assert_eq!(ran.out.lines().count(), 1);
    assert!(ran.err.contains(&format!("watch, pid {}", watcher.child.id())), "{}", ran.err);
    assert_eq!(class.run("watch --once --jsonl").exits(0).out, "", "nothing twice");
    assert!(lists(&class).await <= asked + 4, "only the watcher asks");
    class.upload(&vault, &token, "two", b"2").await;
    assert_eq!(watcher.prints(), 2);
    assert_eq!(watcher.end(Signal::TERM), Some(143));
    class.upload(&vault, &token, "three", b"3").await;
    let ran = class.run("watch --once --jsonl").exits(0);
    let seqs: Vec<u64> = ran
        .out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["seq"].as_u64().unwrap())
        .collect();
    assert_eq!((seqs, ran.err.as_str()), (vec![2, 3], ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_named_reader_goes_on_where_it_was_and_has_had_only_what_was_written() {
    let (class, vault, token) = class().await;
    class.run("watch --once").exits(0);
    class.run("watch --until-idle --jsonl --consumer grader").exits(0);
    for name in ["one", "two", "three"] {
        class.upload(&vault, &token, name, b"x").await;
    }
    class.run("watch --once").exits(0);
    // Whoever has gone is given nothing, and has had nothing.
    let mut gone = class.command("watch --until-idle --jsonl --consumer grader");
    let mut child = gone.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut reader = Runs::start(class.command("watch --jsonl --consumer grader"));
    assert_eq!([reader.prints(), reader.prints(), reader.prints()], [1, 2, 3]);
    reader.says();
    assert_eq!(reader.end(Signal::KILL), None);
    let again = class.run("watch --until-idle --jsonl --consumer grader").exits(0);
    assert_eq!(again.out, "");
    let all = class.run("watch --until-idle --jsonl --consumer grader --from 1").exits(0);
    assert_eq!(all.out.lines().count(), 2);
    class.run("watch --consumer once --jsonl").exits(2);
    class.run("watch --consumer grader").exits(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_says_when_it_is_ready_and_when_it_ends() {
    let (class, ..) = class().await;
    let path = class.path("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let told = || {
        let mut bytes = [0; 200];
        let length = socket.recv(&mut bytes).unwrap();
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    };
    let mut command = class.command("watch --jsonl");
    command.env("NOTIFY_SOCKET", &path);
    let runs = Runs::start(command);
    assert!(told().starts_with("READY=1\nSTATUS=watching, pid "));
    assert_eq!(runs.end(Signal::TERM), Some(143));
    assert_eq!(told(), "STOPPING=1\n");
}
