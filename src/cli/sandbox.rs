//! The words of `strongroom sandbox`.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};

use crate::sandbox::op::{Profile, Spec};
use crate::sandbox::{Limits, View};

/// `strongroom sandbox`.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Sandbox {
    /// A local imitation of 1Password, which answers until it is interrupted
    ///
    /// Prints one JSON line when ready: {"url":…,"tokens_file":…}. It is no place for real data.
    ///
    /// What is to go wrong is told to it while it runs: PUT URL/sandbox/v1/faults with the
    /// administrator's token, {"seed":1,"rules":[{"fault":"gateway","share":0.1}]}; the guide has more.
    ///
    /// Connect clients can be given its address and a token: POST URL/sandbox/v1/tokens/connect with the
    /// administrator's, {"name":"class","vaults":[{"id":…,"rights":"r"}]}.
    Serve(Serve),
    /// An imitation of 1Password's CLI, over a running sandbox
    ///
    /// With OP_SERVICE_ACCOUNT_TOKEN set to the sandbox's service account token it is that service
    /// account; without it the administrator of the running sandbox counts as signed in. The program
    /// is this imitation as well when it is started under the name op.
    Op(Op),
}

/// `strongroom sandbox op`.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["install", "words"]))]
pub struct Op {
    /// Put a program named op into this folder, which becomes yours alone
    #[arg(long, value_name = "DIR", conflicts_with = "words")]
    pub install: Option<PathBuf>,
    /// Answer these open points of the real CLI the other way
    #[arg(long = "profile", value_name = "NAME,…", value_delimiter = ',', requires = "install", conflicts_with = "words", value_parser = profiles())]
    pub profiles: Vec<Profile>,
    /// Misbehave: NAME, optionally with :COMMAND and @N (the Nth call), %N (every Nth) or * (every one)
    #[arg(
        long = "fault",
        value_name = "SPEC",
        value_delimiter = ',',
        requires = "install",
        conflicts_with = "words"
    )]
    pub faults: Vec<Spec>,
    /// Note every call in DIR/op.calls.jsonl, without values of the environment
    #[arg(long, requires = "install", conflicts_with = "words")]
    pub log: bool,
    /// Whose administrator is signed in without a token: the tokens file of a sandbox
    #[arg(long, value_name = "FILE", requires = "install", conflicts_with = "words")]
    pub tokens: Option<PathBuf>,
    /// What to say to op
    #[arg(last = true, value_name = "ARGS")]
    pub words: Vec<OsString>,
}

/// `strongroom sandbox serve`.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Serve {
    /// Where to listen: an address of this machine alone; port 0 picks a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// The folder of the world; by default $XDG_STATE_HOME/strongroom/sandbox
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// What a new world holds: a scenario file, or demo; by default nobody but an administrator
    #[arg(long, value_name = "FILE|demo")]
    pub scenario: Option<PathBuf>,
    /// Simulated students sign up and upload
    #[arg(long)]
    pub traffic: bool,
    /// The ration of requests of the service account; a new world becomes an account of that kind
    #[arg(long, value_name = "KIND", value_parser = limits(), default_value = "none")]
    pub limits: Limits,
    /// What the service account is shown
    #[arg(long, value_name = "WHOSE", value_parser = views(), default_value = "service-account")]
    pub view: View,
}

fn limits() -> impl TypedValueParser<Value = Limits> {
    let values = [
        ("none", "nothing is counted"),
        ("business", "as on a Business account"),
        ("teams", "as on a Teams account"),
        ("families", "as on a Families account"),
    ];
    PossibleValuesParser::new(values.map(|(word, means)| PossibleValue::new(word).help(means)))
        .try_map(|word| Limits::parse(&word).ok_or("no such ration"))
}

fn views() -> impl TypedValueParser<Value = View> {
    const PERSON: &str = "person";
    let values = [
        ("service-account", "as little as the real one: who has access, not at which level"),
        (PERSON, "as much as a signed-in person"),
    ];
    PossibleValuesParser::new(values.map(|(word, means)| PossibleValue::new(word).help(means)))
        .map(|word| if word == PERSON { View::Person } else { View::ServiceAccount })
}

fn profiles() -> impl TypedValueParser<Value = Profile> {
    PossibleValuesParser::new(Profile::ALL.iter().map(|profile| profile.name()))
        .try_map(|word| Profile::parse(&word).ok_or("no such profile"))
}
