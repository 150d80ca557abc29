//! The log of calls: what a run was given, for whoever checks that no secret is passed on and no shell
//! is used. Never a value of the environment, and never the token.

use std::io::Write as _;
use std::os::fd::AsFd;

use rustix::fs::FileType;
use serde::Serialize;

use super::home::{CALLS, Home, env};

/// One call.
#[derive(Serialize)]
struct Call<'c> {
    argv: Vec<String>,
    env: Vec<Variable>,
    /// Whether the token stands in an argument; the argument itself is then left out of `argv`.
    token_in_argv: bool,
    cwd: Option<String>,
    stdin: &'c str,
    stdout: &'c str,
    pid: u32,
}

/// A variable of the environment, without its value.
#[derive(Serialize)]
struct Variable {
    name: String,
    /// Whether the value is, or holds, the service account's token.
    holds_token: bool,
}

/// What an open file is.
pub(super) fn kind(file: impl AsFd) -> &'static str {
    let Ok(seen) = rustix::fs::fstat(file) else { return "closed" };
    match FileType::from_raw_mode(seen.st_mode) {
        FileType::Fifo => "pipe",
        FileType::Socket => "socket",
        FileType::RegularFile => "file",
        FileType::CharacterDevice => {
            let null = rustix::fs::stat("/dev/null").is_ok_and(|null| null.st_rdev == seen.st_rdev);
            if null { "null" } else { "terminal" }
        }
        _ => "other",
    }
}

/// Notes a call, where the settings say so.
pub(super) fn write(home: &Home, typed: &[String]) {
    if !home.setting.log {
        return;
    }
    let token = env("OP_SERVICE_ACCOUNT_TOKEN").map(|token| token.to_string_lossy().into_owned());
    let holds =
        |text: &str| token.as_deref().is_some_and(|token| text.contains(token)) || text.contains("ops_ey");
    let mut variables: Vec<Variable> = std::env::vars_os()
        .map(|(name, value)| Variable {
            name: name.to_string_lossy().into_owned(),
            holds_token: holds(&value.to_string_lossy()),
        })
        .collect();
    variables.sort_by(|a, b| a.name.cmp(&b.name));
    let call = Call {
        argv: typed
            .iter()
            .map(|word| if holds(word) { "(the token)".to_owned() } else { word.clone() })
            .collect(),
        env: variables,
        token_in_argv: typed.iter().any(|word| holds(word)),
        cwd: std::env::current_dir().ok().map(|folder| folder.display().to_string()),
        stdin: kind(std::io::stdin()),
        stdout: kind(std::io::stdout()),
        pid: std::process::id(),
    };
    let _lock = home.lock();
    if let (Some(mut file), Ok(mut line)) = (home.append(CALLS), serde_json::to_vec(&call)) {
        line.push(b'\n');
        drop(file.write_all(&line)); // a log that cannot be written must not change what the run does
    }
}
