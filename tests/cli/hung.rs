//! A service that takes questions and never answers, and one that is not there.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::Uri;
use rustix::process::{Pid, Signal, kill_process};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{self, UnboundedReceiver};

use crate::support::Class;

/// How long leaving may take; the service is waited for much longer.
const SOON: Duration = Duration::from_secs(2);

/// An address where every question is taken and none is answered, and what is told of each.
async fn silence() -> (String, UnboundedReceiver<String>) {
    let (asked, told) = mpsc::unbounded_channel();
    let silent = move |uri: Uri| {
        let asked = asked.clone();
        async move {
            asked.send(uri.path().to_owned()).unwrap();
            std::future::pending::<()>().await;
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, Router::new().fallback(silent)).into_future());
    (url, told)
}

fn start(mut command: Command, url: &str) -> Child {
    command.env("STRONGROOM_SANDBOX_URL", url).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn leaves(mut child: Child, signal: Signal, code: i32, words: &str) {
    let begun = Instant::now();
    kill_process(Pid::from_child(&child), signal).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(code), "{words}");
    assert!(begun.elapsed() < SOON, "{words}: {:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_signal_ends_what_has_sent_nothing_yet() {
    let class = Class::new().await;
    class.run_with("roster import -", "Name,Email\nA,a@example.edu\n").exits(0);
    let (url, mut told) = silence().await;
    let all = ["provision", "provision a", "grant a --vault a --level read", "revoke a --vault a", "watch"];
    for words in all {
        for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
            let child = start(class.command(words), &url);
            told.recv().await.unwrap();
            leaves(child, signal, code, words);
        }
    }
    // With its folder named the class opens without a question, and the plan is what waits.
    class.run("status --state st").exits(0);
    let child = start(class.command("watch --state st --jsonl"), &url);
    told.recv().await.unwrap();
    leaves(child, Signal::INT, 130, "watch --state st");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_that_is_not_running_is_named_with_its_mend() {
    let class = Class::new().await;
    class.run_with("roster import -", "Name,Email\nA,a@example.edu\n").exits(0);
    for words in ["status", "provision", "access", "items a", "watch --once", "download --to got"] {
        let told = class.run_where("STRONGROOM_SANDBOX_URL", "http://127.0.0.1:1", words).exits(1).err;
        assert!(told.contains("Connection refused"), "{words}: {told}");
        assert!(told.contains("hint: start the class's sandbox with `strongroom sandbox serve`"), "{told}");
    }
}
