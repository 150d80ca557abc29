//! The `op` program and the token it is given. Of a token only the address at which it signs in is
//! ever told.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::Finding;
use crate::domain::digest::Digest;
use crate::domain::fault::Result;
use crate::domain::text::SafeText;

/// How the token is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenSource {
    /// An environment variable.
    Environment(&'static str),
    /// A file.
    File(String),
    /// A command that prints it.
    Command(String),
    /// There is none: the person who is signed in acts.
    Person,
}

/// What may be told of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Where it was found.
    pub source: TokenSource,
    /// Where it signs in, if it has the form of a service account's token.
    pub address: Option<SafeText>,
}

/// The program: where it is and whose. `version` is what it says itself.
pub fn program(path: &Path, version: Option<&Result<SafeText>>) -> Vec<Finding> {
    const NAME: &str = "op-binary";
    let about = match fs::metadata(path) {
        Ok(about) => about,
        Err(error) => {
            let what = format!("{}: {error}", path.display());
            return vec![
                Finding::failure(NAME, what).mend("install the 1Password CLI, or name it: provider.op.path"),
            ];
        }
    };
    let (uid, mode) = (about.uid(), about.mode() & 0o7777);
    let what = format!("{} (user {uid}, mode {mode:03o})", path.display());
    let mut findings = vec![Finding::ok(NAME, what)];
    findings.extend(version.map(|version| match version {
        Ok(version) => Finding::ok("op-version", format!("op {version}")),
        Err(fault) => Finding::fault("op-version", fault),
    }));
    findings
}

/// The program by its content, to be compared with what its maker says. Reads all of it.
pub fn content(path: &Path) -> Finding {
    match sha256(path) {
        Ok(sum) => Finding::ok("op-sha256", sum),
        Err(error) => Finding::warning("op-sha256", format!("its content cannot be read: {error}")),
    }
}

/// The token: where it is from, and where it signs in.
pub fn token(token: &Token) -> Finding {
    const NAME: &str = "token";
    let source = match &token.source {
        TokenSource::Person => {
            return Finding::note(
                NAME,
                "no service account's token: the person who is signed in to `op` acts",
            )
            .mend("for scheduled jobs create a service account, see the README");
        }
        TokenSource::Environment(name) => format!("from {name}"),
        TokenSource::File(path) => format!("from {path}"),
        TokenSource::Command(words) => format!("printed by {words}"),
    };
    match &token.address {
        Some(address) => {
            Finding::ok(NAME, format!("{source}, of a service account that signs in at {address}"))
        }
        None => {
            Finding::failure(NAME, format!("{source}, but it has not the form of a service account's token"))
                .mend("it begins with ops_ and is shown once, when the service account is created")
        }
    }
}

fn sha256(path: &Path) -> std::io::Result<String> {
    let (mut file, mut sum) = (File::open(path)?, Sha256::new());
    let mut piece = vec![0; 1 << 16];
    loop {
        let length = file.read(&mut piece)?;
        if length == 0 {
            break;
        }
        sum.update(piece.get(..length).unwrap_or_default());
    }
    Ok(Digest::from(sum).to_string())
}
