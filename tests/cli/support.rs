//! A class of one's own: a home folder, a class file, and a sandbox on a free port.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::path::PathBuf;
use std::process::Output;
use std::time::Duration;

use reqwest::{Client, Method, redirect};
use serde_json::{Value, json};
use strongroom::domain::secret::Expose as _;
use strongroom::sandbox::{Config, Limits, Running, serve};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// The program, with nothing of the environment but what a test says.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_strongroom");
/// No command of these tests may take longer.
const LONGEST: Duration = Duration::from_secs(60);

pub(crate) struct Class {
    pub(crate) home: TempDir,
    pub(crate) running: Running,
    client: Client,
}

/// What a command did.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout.clone()).unwrap(),
            err: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    /// The one JSON object, which must have this schema.
    pub(crate) fn json(&self, schema: &str) -> Value {
        let value: Value = serde_json::from_str(&self.out).unwrap();
        assert_eq!(value["schema"], format!("strongroom.{schema}"), "{}", self.err);
        assert_eq!(self.out.lines().count(), 1);
        value
    }

    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.out, self.err);
        self
    }
}

impl Class {
    pub(crate) async fn new() -> Self {
        Self::with(Limits::None).await
    }

    pub(crate) async fn with(limits: Limits) -> Self {
        let home = tempfile::tempdir().unwrap();
        let config = Config { limits, ..Config::new(home.path().join("world")) };
        let running = serve(config, CancellationToken::new()).await.unwrap();
        let client =
            Client::builder().tls_certs_only([]).no_proxy().redirect(redirect::Policy::none()).build();
        let class = Self { home, running, client: client.unwrap() };
        class.write("class.toml", "[class]\nid = \"CS101\"\n[provider]\nuse = [\"sandbox\"]\n");
        class
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// The program with the class file and the environment of this class.
    pub(crate) fn command(&self, words: &str) -> std::process::Command {
        let mut command = bare(self.home.path());
        command.arg("--class").arg(self.path("class.toml")).args(words.split_whitespace());
        command.env("STRONGROOM_SANDBOX_URL", &self.running.url);
        command.env("STRONGROOM_SANDBOX_TOKEN", self.running.service_account.expose_secret());
        command
    }

    pub(crate) fn run(&self, words: &str) -> Ran {
        run(self.command(words), "")
    }

    pub(crate) fn run_with(&self, words: &str, input: &str) -> Ran {
        run(self.command(words), input)
    }

    /// The same with another variable in its environment.
    pub(crate) fn run_where(&self, variable: &str, value: &str, words: &str) -> Ran {
        let mut command = self.command(words);
        command.env(variable, value);
        run(command, "")
    }

    /// The same as the administrator, who is signed in.
    pub(crate) fn run_as_admin(&self, words: &str) -> Ran {
        self.run_where("STRONGROOM_SANDBOX_TOKEN", self.admin(), words)
    }

    pub(crate) async fn call(&self, method: Method, path: &str, token: &str, body: &Value) -> Value {
        let request = self.client.request(method, format!("{}{path}", self.running.url)).bearer_auth(token);
        let request = if body.is_null() { request } else { request.json(body) };
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        if answer.status() == 204 { Value::Null } else { answer.json().await.unwrap() }
    }

    pub(crate) fn admin(&self) -> &str {
        self.running.admin.expose_secret()
    }

    pub(crate) fn service(&self) -> &str {
        self.running.service_account.expose_secret()
    }

    /// Adds an active person: id and token.
    pub(crate) async fn person(&self, name: &str) -> (String, String) {
        let body = json!({ "name": name, "email": format!("{name}@example.edu") });
        let made = self.call(Method::POST, "/sandbox/v1/people", self.admin(), &body).await;
        (word(&made["person"]["id"]), word(&made["token"]))
    }

    /// Adds active people, and takes them over as the class list: id and token of each.
    pub(crate) async fn enrol(&self, names: &[impl AsRef<str>]) -> Vec<(String, String)> {
        let (mut people, mut list) = (Vec::new(), "Name,Email\n".to_owned());
        for name in names.iter().map(AsRef::as_ref) {
            people.push(self.person(name).await);
            list.extend([name, ",", name, "@example.edu\n"]);
        }
        self.run_with("roster import -", &list).exits(0);
        people
    }

    /// The id of a student's vault.
    pub(crate) fn vault_of(&self, student: &str) -> String {
        let status = self.run("status --json").exits(0).json("status/1");
        word(&row(&status, student)["vault"])
    }

    /// Whether the service account still sees a vault.
    pub(crate) async fn is_there(&self, vault: &str) -> bool {
        let all = self.call(Method::GET, "/v1/vaults", self.service(), &Value::Null).await;
        all.as_array().unwrap().iter().any(|one| one["id"] == vault)
    }

    /// Uploads a file as the person of that token.
    pub(crate) async fn upload(&self, vault: &str, token: &str, name: &str, bytes: &[u8]) -> Value {
        let url = format!("{}/sandbox/v1/vaults/{vault}/files", self.running.url);
        let request = self.client.post(url).query(&[("name", name), ("title", name)]).bearer_auth(token);
        let answer = request.body(bytes.to_vec()).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.json().await.unwrap()
    }

    /// How many requests have changed something so far.
    pub(crate) async fn writes(&self) -> u64 {
        self.counted(|row| row["method"] != "GET").await
    }

    /// How many requests there were so far.
    pub(crate) async fn requests(&self) -> u64 {
        self.counted(|row| row["route"] != "/sandbox/v1/requests").await
    }

    /// How many requests of these rows of the sandbox's count there were so far.
    pub(crate) async fn counted(&self, rows: impl Fn(&Value) -> bool) -> u64 {
        let counts = self.call(Method::GET, "/sandbox/v1/requests", self.admin(), &Value::Null).await;
        let all = counts["requests"].as_array().unwrap().iter();
        all.filter(|row| rows(row)).map(|row| row["count"].as_u64().unwrap()).sum()
    }
}

/// The program in a home folder, and nothing else.
pub(crate) fn bare(home: &std::path::Path) -> std::process::Command {
    let mut command = std::process::Command::new(PROGRAM);
    command.env_clear().env("HOME", home);
    command.env("XDG_CONFIG_HOME", home.join("config")).env("XDG_STATE_HOME", home.join("state"));
    command.current_dir(home);
    command
}

pub(crate) fn run(command: std::process::Command, input: &str) -> Ran {
    let mut command = assert_cmd::Command::from_std(command);
    Ran::of(&command.timeout(LONGEST).write_stdin(input).output().unwrap())
}

/// The row of a student in an answer.
pub(crate) fn row<'a>(answer: &'a Value, student: &str) -> &'a Value {
    let rows = answer["rows"].as_array().unwrap();
    rows.iter().find(|row| row["student"] == student || row["student"]["key"] == student).unwrap()
}

/// A check of a list of checks; nothing where it was not made.
pub(crate) fn finding<'a>(answer: &'a Value, list: &str, name: &str) -> &'a Value {
    let findings = answer[list].as_array().unwrap();
    findings.iter().find(|finding| finding["name"] == name).unwrap_or(&Value::Null)
}

/// Every file below a folder.
pub(crate) fn files_below(folder: &std::path::Path) -> Vec<PathBuf> {
    let (mut found, mut left) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = left.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { left.push(path) } else { found.push(path) }
        }
    }
    found
}

pub(crate) fn word(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
