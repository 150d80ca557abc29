//! An installed imitation of `op`, and short words to run it.

#![allow(clippy::unwrap_used, dead_code, missing_docs, reason = "tests; each uses a part")]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use strongroom::sandbox::op::{Profile, Setting, install};
use strongroom::sandbox::{Config, Running};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::support::Fixture;

/// No run of these tests may take longer.
pub(crate) const LONGEST: Duration = Duration::from_secs(60);

/// Installs the imitation into a folder of its own below `folder`, and returns its path.
pub(crate) fn installed(folder: &Path, name: &str, setting: &Setting) -> PathBuf {
    install(&folder.join(name), Path::new(env!("CARGO_BIN_EXE_strongroom")), setting).unwrap()
}

/// A setting with these open points answered the other way.
pub(crate) fn answering(profiles: &[Profile]) -> Setting {
    Setting { profiles: profiles.to_vec(), ..Setting::default() }
}

/// The setting under which the administrator of a sandbox is signed in.
pub(crate) fn signed_in(running: &Running) -> Setting {
    Setting { tokens: Some(running.tokens_file.clone()), ..Setting::default() }
}

/// A sandbox with an `op` in front of it.
pub(crate) struct Door {
    pub(crate) fixture: Fixture,
    pub(crate) op: PathBuf,
}

/// What a run did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: Vec<u8>,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.out.clone()).unwrap()
    }

    /// The one JSON value of a run that went well.
    pub(crate) fn json(&self) -> Value {
        assert_eq!((self.code, self.err.as_str()), (Some(0), ""), "{self:?}");
        serde_json::from_slice(&self.out).unwrap()
    }

    /// What stands behind `[ERROR] date time` of a run that failed with that code and printed nothing.
    pub(crate) fn trouble(&self, code: i32) -> String {
        assert_eq!((self.code, self.out.len()), (Some(code), 0), "{self:?}");
        let rest = self.err.strip_prefix("[ERROR] ").unwrap();
        let (time, message) = rest.split_at(20);
        let shape = time.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect::<String>();
        assert_eq!(shape, "0000/00/00 00:00:00 ");
        message.trim_end().to_owned()
    }
}

impl Door {
    pub(crate) async fn new() -> Self {
        Self::with(&Setting::default(), |_| {}).await
    }

    pub(crate) async fn with(setting: &Setting, adjust: impl FnOnce(&mut Config)) -> Self {
        let fixture = Fixture::with(adjust).await;
        let op = installed(fixture.folder.path(), "bin", setting);
        Self { fixture, op }
    }

    /// The service account's `op` with these words, in an environment that holds nothing else.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = S>) -> Command {
        let mut command = self.bare(words);
        command.env("OP_SERVICE_ACCOUNT_TOKEN", self.fixture.service());
        command
    }

    /// The same without a token.
    pub(crate) fn bare<S: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(&self.op);
        command.args(words).env_clear().env("OP_FORMAT", "json").env("HOME", self.fixture.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    /// Runs it with words that are divided by spaces.
    pub(crate) async fn run(&self, words: &str) -> Ran {
        ended(self.command(words.split(' '))).await
    }

    /// Runs it with something on standard input.
    pub(crate) async fn run_with(&self, words: &str, input: &[u8]) -> Ran {
        fed(self.command(words.split(' ')), input).await
    }

    /// Runs it as the signed-in administrator; the door must have been made so.
    pub(crate) async fn run_as_person(&self, words: &str) -> Ran {
        ended(self.bare(words.split(' '))).await
    }

    /// A vault of the service account.
    pub(crate) async fn vault(&self, name: &str) -> String {
        let vault = self.run(&format!("vault create {name}")).await.json();
        vault["id"].as_str().unwrap().to_owned()
    }

    /// The log of calls.
    pub(crate) fn calls(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.op.with_file_name("op.calls.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

pub(crate) async fn ended(mut command: Command) -> Ran {
    finished(command.spawn().unwrap()).await
}

pub(crate) async fn fed(mut command: Command, input: &[u8]) -> Ran {
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    drop(pipe.write_all(input).await); // it may end without reading
    drop(pipe);
    finished(child).await
}

async fn finished(child: tokio::process::Child) -> Ran {
    let output = tokio::time::timeout(LONGEST, child.wait_with_output()).await.unwrap().unwrap();
    Ran {
        code: output.status.code(),
        out: output.stdout,
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The keys of an object, in order.
pub(crate) fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

pub(crate) fn id(value: &Value) -> String {
    value["id"].as_str().unwrap().to_owned()
}
