//! An imitation of 1Password's command line program `op`, over a running sandbox.
//!
//! It is a process of its own that speaks the CLI's words, JSON, error texts and exit codes, oddities
//! included, so that whatever drives `op` can be tried without an account. What is imitated, and from
//! which source, stands where it is done; the sources are 1Password's public pages on the CLI (2025-12)
//! and outputs recorded from real versions 2.0 to 2.30 by public test suites (`pyonepassword`, `op-js`,
//! `1password-exporter`). Nothing here has met a live account. Points that the sources leave open are
//! answered one way by default and the other way by a [`Profile`]; a [`Misbehaviour`] makes a run fail in
//! a chosen manner.
//!
//! Knows the sandbox's HTTP routes, and its own folder when it was [`install`]ed. Talks to loopback
//! addresses only. Must not know anything of how Strongroom uses it.
//!
//! ```text
//! argv ─> Words ─> (misbehaviour?) ─> Session: one visit, paid at once ─> commands ─> Answer ─> stdout
//!                                            └ Trouble ─> [ERROR] … on stderr, exit 1 | 4 | 2
//! ```

use std::ffi::{OsStr, OsString};
use std::path::Path;

mod account;
mod answer;
mod commands;
mod document;
mod find;
mod home;
mod item;
mod misbehave;
mod misbehaviour;
mod note;
mod profile;
mod reference;
mod session;
mod template;
mod times;
mod trouble;
mod user;
mod vault;
mod words;

pub(super) use commands::Visiting;
pub use home::{Setting, install};
pub use misbehaviour::{BadSpec, Misbehaviour, Spec};
pub use profile::Profile;

use answer::Answer;
use home::{Home, env};
use session::Session;
use trouble::{Result, Trouble};
use words::Words;

/// The version that it says it is. It answers like the newest releases of which outputs are public.
pub const VERSION: &str = "2.34.1";

/// One run: what was typed, and where it lives.
struct Run {
    words: Words,
    home: Home,
}

/// Whether a program that was started under this name is to be `op`.
pub fn is_meant(name: Option<&OsStr>) -> bool {
    name.and_then(|name| Path::new(name).file_name()).is_some_and(|name| name == "op")
}

/// The full name of a command that is imitated, such as `vault list`, with `op` before it.
pub(super) fn command(name: &str) -> Option<&'static str> {
    commands::find(name).map(|shape| shape.full)
}

/// Runs the CLI with the words of a command line, the program's name first, and returns its exit code.
/// Reads standard input where a command does, and writes to standard output and error.
pub async fn run(words: Vec<OsString>) -> u8 {
    let mut words = words.into_iter();
    let home = Home::of(words.next().as_deref());
    let typed: Vec<String> = words.map(|word| word.to_string_lossy().into_owned()).collect();
    note::write(&home, &typed);
    let read = Words::read(&typed);
    let name = read.as_ref().map_or("", |words| words.name());
    let fault = home.misbehaviour(name);
    if let Some(code) = misbehave::instead(fault).await {
        return code;
    }
    let (json, outcome) = match read {
        Err(trouble) => (false, Err(trouble)),
        Ok(words) => {
            let run = Run { words, home };
            (run.words.json, perform(&run).await)
        }
    };
    match fault {
        None => answer::print(outcome, json).await,
        Some(fault) => misbehave::after(fault, answer::collect(outcome, json).await).await,
    }
}

async fn perform(run: &Run) -> Result<Answer> {
    let words = &run.words;
    if let Some(text) = words.without_service() {
        return Ok(Answer::Text(text));
    }
    if env("OP_CONNECT_HOST").is_some() && env("OP_CONNECT_TOKEN").is_some() {
        return Err(Trouble::connect());
    }
    match words.name() {
        "signin" => Err(Trouble::new("connecting to desktop app: this imitation has no app to sign in with")),
        "whoami" => account::whoami(run).await,
        name => {
            let session = Session::open(run).await?;
            match name.split(' ').next() {
                Some("vault") => vault::run(run, &session).await,
                Some("item") => item::run(run, &session).await,
                Some("document") => document::run(run, &session).await,
                Some("read") => reference::read(run, &session).await,
                Some("user" | "group") => user::run(run, &session).await,
                _ => account::run(run, &session).await,
            }
        }
    }
}
