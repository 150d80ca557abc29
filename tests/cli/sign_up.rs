//! From a sign-up to the first upload on the imitation of `op`, with nobody at the keys: the watcher runs
//! as a service, and everything else happens outside.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use reqwest::Method;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use strongroom::domain::secret::Expose as _;

use crate::support::{Class, Ran, bare, run, word};

const LIST: &str = "Name,Email\nNgozi Abara,ngozi@example.edu\nBai Li,bai@example.edu\n";
/// No step may take longer.
const LONGEST: Duration = Duration::from_secs(60);
/// How often it is looked whether something is so by now.
const LOOK: Duration = Duration::from_millis(50);

fn strongroom(class: &Class, words: &str, input: &str) -> Ran {
    let mut command = bare(class.home.path());
    command.args(words.split_whitespace());
    run(command, input)
}

/// The imitation of `op`, a class file that names it and asks for vaults by itself, and a roster.
fn set_up(class: &Class) {
    let (folder, token) = (class.path("bin"), class.path("op.token"));
    strongroom(class, &format!("sandbox op --install {}", folder.display()), "").exits(0);
    fs::write(&token, class.running.service_account.expose_secret()).unwrap();
    fs::set_permissions(&token, fs::Permissions::from_mode(0o600)).unwrap();
    let file = class.path("config/strongroom/cs101.toml");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let (op, token) = (folder.join("op"), token.display());
    let text = format!(
        "[class]\nid = \"CS101\"\n[provider]\nuse = [\"op\"]\n\
         [provider.op]\npath = \"{}\"\ntoken_file = \"{token}\"\n\
         [access]\nauto = true\n[watch]\nevery = \"100ms\"\n",
        op.display()
    );
    fs::write(&file, text).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    strongroom(class, &format!("trust {}", file.display()), "").exits(0);
    strongroom(class, "roster import -", LIST).exits(0);
}

/// The watcher as a service, and the lines of its standard output.
struct Service {
    child: Child,
    lines: Receiver<String>,
}

impl Service {
    fn start(class: &Class) -> Self {
        let mut command = bare(class.home.path());
        command.args(["watch", "--jsonl"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            out.lines().map_while(Result::ok).all(|line| sender.send(line).is_ok());
        });
        Self { child, lines }
    }

    /// The next arrival.
    fn arrival(&self) -> Value {
        serde_json::from_str(&self.lines.recv_timeout(LONGEST).unwrap()).unwrap()
    }

    fn end(mut self) -> (Option<i32>, String) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        let mut said = String::new();
        std::io::Read::read_to_string(&mut self.child.stderr.take().unwrap(), &mut said).unwrap();
        (self.child.wait().unwrap().code(), said)
    }
}

/// What happened when, from the start of the service.
struct Timeline(Instant, String);

impl Timeline {
    fn note(&mut self, what: &str) {
        writeln!(self.1, "{:>8.2} s  {what}", self.0.elapsed().as_secs_f64()).unwrap();
    }
}

/// The one vault that a person of this token can see, as soon as there is one.
async fn own_vault(class: &Class, token: &str) -> Value {
    let looking = async {
        let mut looks = tokio::time::interval(LOOK);
        loop {
            looks.tick().await;
            let seen = class.call(Method::GET, "/v1/vaults", token, &Value::Null).await;
            if let [vault] = seen.as_array().unwrap().as_slice() {
                return vault.clone();
            }
        }
    };
    tokio::time::timeout(LONGEST, looking).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_student_signs_up_and_hands_in_without_a_key_pressed() {
    let class = Class::new().await;
    set_up(&class);
    let service = Service::start(&class);
    let mut timeline = Timeline(Instant::now(), String::new());
    timeline.note("the service is started");
    let invited = json!({ "name": "Ngozi Abara", "email": "ngozi@example.edu", "state": "TRANSFER_STARTED" });
    let made = class.call(Method::POST, "/sandbox/v1/people", class.admin(), &invited).await;
    let (person, token) = (word(&made["person"]["id"]), word(&made["token"]));
    timeline.note("the student is invited");
    class
        .call(Method::POST, &format!("/sandbox/v1/people/{person}/accept"), class.admin(), &Value::Null)
        .await;
    timeline.note("the student has signed up");
    class
        .call(Method::POST, &format!("/sandbox/v1/people/{person}/confirm"), class.admin(), &Value::Null)
        .await;
    timeline.note("an administrator has confirmed the student");
    let vault = own_vault(&class, &token).await;
    assert_eq!(vault["name"], "CS101-ngozi");
    timeline.note("the student has vault and access");
    class.upload(&word(&vault["id"]), &token, "hw1.txt", b"handed in").await;
    timeline.note("the student has uploaded");
    let arrival = service.arrival();
    timeline.note("the upload is announced");
    assert_eq!((&arrival["student"]["key"], &arrival["kind"]), (&"ngozi".into(), &"new".into()));
    assert_eq!((&arrival["item"]["title"], &arrival["seq"]), (&"hw1.txt".into(), &1.into()));
    let (code, said) = service.end();
    timeline.note("the service has ended");
    assert_eq!(code, Some(143), "{said}");
    assert!(said.contains("made the vault of Ngozi Abara and gave access"), "{said}");
    assert!(!said.contains("Bai"), "who has not signed up gets nothing: {said}");
    let log = strongroom(&class, "audit list --json", "").exits(0).out;
    assert!(log.contains("\"auto\":true"), "{log}");
    strongroom(&class, "audit verify", "").exits(0);
    println!("{}", timeline.1);
}
