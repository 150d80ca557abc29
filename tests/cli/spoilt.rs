//! `watch` as a job, on bad days: what fails in one place keeps nothing else from being done.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::io::Read as _;
use std::process::Stdio;
use std::time::Duration;

use axum::http::Method;

use crate::line::{Fate, line};
use crate::support::{Class, Ran, word};

/// A line on which some requests are answered with another status.
async fn spoiling(
    class: &Class,
    spoils: impl Fn(&Method, &str) -> Option<u16> + Send + Sync + 'static,
) -> String {
    line(class, move |method, path| spoils(method, path).map_or(Fate::Answered, Fate::Spoilt)).await
}

fn over(class: &Class, url: &str, words: &str) -> Ran {
    class.run_where("STRONGROOM_SANDBOX_URL", url, words)
}

/// A class of two with vaults, looked at once, and their vaults and tokens; `more` of the class file.
async fn class_of_two(more: &str) -> (Class, [(String, String); 2]) {
    let class = Class::new().await;
    let text = format!("[class]\nid = \"CS101\"\n[provider]\nuse = [\"sandbox\"]\n{more}");
    class.write("class.toml", &text.replace("HOME", class.home.path().to_str().unwrap()));
    class.run(&format!("trust {}", class.path("class.toml").display())).exits(0);
    let people = class.enrol(&["a", "b"]).await;
    let made = class.run("provision --json").exits(0).json("provision/1");
    class.run("watch --once").exits(0);
    let both = [0, 1].map(|at| (word(&made["rows"][at]["vault"]), people[at].1.clone()));
    (class, both)
}

const HOOK: &str = "[[watch.hook]]\nname = \"grade\"\nrun = [\"/bin/sh\", \"-c\", \"cat >> HOME/had\"]\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_that_cannot_be_read_keeps_nothing_of_the_others_back() {
    let (class, [(va, a), (vb, b)]) = class_of_two(HOOK).await;
    class.upload(&va, &a, "one", b"1").await;
    class.upload(&vb, &b, "two", b"2").await;
    let url = spoiling(&class, move |_, path| path.contains(&format!("{va}/items")).then_some(403)).await;
    let ran = over(&class, &url, "watch --once --jsonl").exits(3);
    assert_eq!(ran.out.lines().count(), 1, "{}", ran.err);
    assert!(ran.err.contains("error"), "{}", ran.err);
    assert_eq!(std::fs::read_to_string(class.path("had")).unwrap().lines().count(), 1);
    let ran = over(&class, &url, "watch --until-idle --jsonl").exits(3);
    assert_eq!(ran.out, "", "it ends, and told the other one before");
    assert_eq!(class.run("watch --once --jsonl").exits(0).out.lines().count(), 1, "read again, it arrives");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_stays_away_ends_until_idle_and_keeps_nothing_from_being_handed_on() {
    let (class, [(va, a), _]) = class_of_two(HOOK).await;
    class.upload(&va, &a, "one", b"1").await;
    // A program without hooks looks first, so that there is something left to hand on.
    let bare = "[class]\nid = \"CS101\"\n[provider]\nuse = [\"sandbox\"]\n";
    let whole = std::fs::read_to_string(class.path("class.toml")).unwrap();
    class.write("class.toml", bare);
    class.run("watch --once").exits(0);
    class.write("class.toml", &whole);
    let url = spoiling(&class, |_, path| path.ends_with("/vaults").then_some(503)).await;
    over(&class, &url, "watch --once").exits(1);
    assert_eq!(std::fs::read_to_string(class.path("had")).unwrap().lines().count(), 1);
    over(&class, &url, "watch --until-idle").exits(1);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_who_cannot_be_asked_for_keep_no_upload_back() {
    let (class, [(va, a), _]) = class_of_two("").await;
    class.upload(&va, &a, "one", b"1").await;
    let url = spoiling(&class, |_, path| path.ends_with("/people").then_some(500)).await;
    let ran = over(&class, &url, "watch --once --jsonl").exits(3);
    assert_eq!(ran.out.lines().count(), 1, "{}", ran.err);
    assert!(ran.err.contains("error"), "{}", ran.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn vaults_that_cannot_be_made_keep_no_upload_back() {
    for status in [403, 429, 500] {
        let (class, [(va, a), _]) = class_of_two("[access]\nauto = true\n").await;
        class.person("c").await;
        class.run_with("roster import -", "Name,Email\nA,a@example.edu\nB,b@example.edu\nC,c@example.edu\n");
        class.upload(&va, &a, "one", b"1").await;
        let makes = move |method: &Method, path: &str| {
            (*method == Method::POST && path.ends_with("/vaults")).then_some(status)
        };
        let url = spoiling(&class, makes).await;
        let ran = over(&class, &url, "watch --once --jsonl");
        assert_eq!(ran.out.lines().count(), 1, "{status}: {}", ran.err);
        assert!(ran.err.contains("could not give"), "{status}: {}", ran.err);
        // What failed for one student stands in the list; that nobody can be served fails the job.
        assert_eq!(ran.code, if status == 429 { 3 } else { 0 }, "{status}: {}", ran.err);
        let ran = class.run("watch --once --jsonl").exits(0);
        assert!(ran.err.contains("made the vault of "), "{}", ran.err);
        let vault = class.run("status --json").exits(0);
        assert_eq!(vault.out.matches("\"vault\":\"").count(), 3, "{}", vault.out);
    }
}

const SLOW: &str = "[[watch.hook]]\nname = \"grade\"\nrun = [\"/bin/sh\", \"-c\", \"cat > HOME/begun; while [ ! -e HOME/go ]; do sleep 0.05; done\"]\n";

#[tokio::test(flavor = "multi_thread")]
async fn one_job_at_a_time_is_a_reader_and_has_what_it_printed_before_anybody_else_is_handed_it() {
    let (class, [(va, a), _]) = class_of_two(SLOW).await;
    class.upload(&va, &a, "one", b"1").await;
    let mut first = class.command("watch --once --json");
    let mut first = first.env("PATH", "/usr/bin:/bin").stdout(Stdio::piped()).spawn().unwrap();
    let begun = async {
        while !class.path("begun").exists() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), begun).await.unwrap();
    let second = class.run("watch --once --json").exits(1);
    assert!(second.err.contains("another program reads the arrivals as once"), "{}", second.err);
    first.kill().unwrap();
    let mut out = String::new();
    first.stdout.as_mut().unwrap().read_to_string(&mut out).unwrap();
    first.wait().unwrap();
    class.write("go", "");
    assert_eq!(out.matches("\"seq\":").count(), 1, "{out}");
    let next = class.run("watch --once --json").exits(0);
    assert_eq!(next.out.matches("\"seq\":").count(), 0, "{}", next.out);
}
