//! What can be typed, and what cannot.

use proptest::prelude::*;

use super::*;
use crate::domain::class::StudentKey;
use crate::domain::id::{GroupId, PersonId};
use crate::domain::text::Untrusted;

fn read(words: &str) -> Result<Cli, clap::Error> {
    Cli::read(std::iter::once("strongroom").chain(words.split_whitespace()).map(OsString::from))
}

#[test]
fn clap_finds_no_mistake_in_the_definition() {
    Cli::command().debug_assert();
}

#[test]
fn what_would_have_no_effect_is_refused() {
    for words in [
        "--json",
        "--no-input",
        "--scenario x.toml status",
        "--no-traffic status",
        "--ascii status",
        "--privacy status",
        "status --privacy",
        "status --plain",
        "status --theme mono",
        "watch --json",
        "watch --jsonl --json",
        "download --item x --to y",
        "status --json --csv",
        "status --provider other",
        "init --provider connect",
        "init --provider events",
        "sandbox op",
        "sandbox op --profile levels -- vault list",
        "sandbox op --install d --profile nothing",
        "sandbox op --install d --fault nothing",
        "sandbox op --install d -- vault list",
        "grant x --vault y --level none",
        "audit list --since yesterday",
        "invite",
        "invite a b --email x@y.edu",
        "confirm",
        "confirm a --all",
        "confirm --all --user X",
        "suspend --yes",
        "reactivate",
        "man --json",
        "completions",
        "completions csh",
        "completions bash --markdown",
    ] {
        assert_eq!(read(words).unwrap_err().exit_code(), 2, "{words}");
    }
    for words in [
        "",
        "--no-traffic",
        "--ascii",
        "--theme mono --privacy --plain",
        "--theme mono status",
        "watch --json --once",
        "download s1 --item x --to y",
        "status --provider connect --provider op --provider events",
        "sandbox op -- vault list --format json",
        "sandbox op --install d --profile levels,no-lists --fault hang@3,409:vault.create%2 --log",
        "confirm --all",
        "suspend a b --yes",
        "man audit verify",
        "completions fish",
        "complete --line --x --breaks =",
    ] {
        assert!(read(words).is_ok(), "{words}");
    }
}

#[test]
fn the_help_names_every_exit_code() {
    let help = Cli::command().render_long_help().to_string();
    for code in ["0  ", "1  ", "2  ", "3  ", "4  ", "5  ", "6  ", "130", "143"] {
        assert!(help.contains(&format!("\n  {code}")), "{code}");
    }
    assert!(help.contains("not affiliated with 1Password"));
}

#[test]
fn names_are_no_operation_by_themselves() {
    let command = read("grant s1001 --vault s1001 --level read").unwrap().command.unwrap();
    assert_eq!(operation(&command), None);
}

/// Every command that can be run, by its name behind that of the program.
fn runnable(parent: &clap::Command, path: &str, all: &mut Vec<String>) {
    for command in parent.get_subcommands().filter(|command| !command.is_hide_set()) {
        let path = format!("{path} {}", command.get_name());
        if !command.is_subcommand_required_set() {
            all.push(path.trim_start().to_owned());
        }
        runnable(command, &path, all);
    }
}

/// The words of a line as a shell divides them, up to what is behind a pipe.
fn divided(line: &str) -> Vec<OsString> {
    let line = line.split(" | ").next().unwrap();
    let parts = line.split('"').enumerate();
    let words = parts.flat_map(|(at, part)| match at % 2 {
        0 => part.split_whitespace().collect(),
        _ => vec![part],
    });
    words.map(OsString::from).collect()
}

#[test]
fn every_command_shows_examples_that_can_be_typed() {
    let mut paths = Vec::new();
    runnable(&Cli::command(), "", &mut paths);
    assert!(paths.len() > 40, "{paths:?}");
    for path in &paths {
        let lines: Vec<&str> = manual::examples(path).map(|(line, _)| line).collect();
        assert!(!lines.is_empty(), "{path}");
        for line in lines {
            assert_eq!(Cli::read(divided(line)).err().map(|error| error.to_string()), None, "{line}");
        }
        let help = read(&format!("{path} --help")).unwrap_err().to_string();
        assert!(help.contains("\nExamples:\n  strongroom "), "{path}: {help}");
    }
    let ours = |(line, _): &(&str, &str)| Cli::read(divided(line)).is_ok();
    assert!(manual::EXAMPLES.iter().all(ours));
}

fn people() -> impl Strategy<Value = Operation> {
    let student = "[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?".prop_map(|key| StudentKey::parse(&key).unwrap());
    let address = "[a-zA-Z0-9.+_]{1,20}@[a-z]{1,9}\\.edu";
    (student, "[A-Z0-9]{26}", address, 0..4).prop_map(|(student, id, email, act)| {
        let person = PersonId::parse(&id).unwrap();
        match act {
            0 => Operation::Invite { student, email: Untrusted::new(email) },
            1 => Operation::Confirm { student, person },
            2 => Operation::Suspend { student, person },
            _ => Operation::Reactivate { student, person },
        }
    })
}

fn operations() -> impl Strategy<Value = Operation> {
    prop_oneof![changes(), people()]
}

fn changes() -> impl Strategy<Value = Operation> {
    let who = prop_oneof![
        "[A-Z0-9]{26}".prop_map(|id| Principal::Person(PersonId::parse(&id).unwrap())),
        "[a-z0-9]{26}".prop_map(|id| Principal::Group(GroupId::parse(&id).unwrap())),
    ];
    let level = prop::sample::select(Level::GRANTABLE.to_vec());
    (who, "[a-z0-9]{26}", prop::option::of(level)).prop_map(|(who, vault, level)| {
        let vault = VaultId::parse(&vault).unwrap();
        match level {
            Some(level) => Operation::Grant { vault, who, level },
            None => Operation::Revoke { vault, who },
        }
    })
}

proptest! {
    #[test]
    fn a_printed_operation_reads_back_as_itself(wanted in operations()) {
        let words = std::iter::once("strongroom".to_owned()).chain(wanted.to_argv());
        let cli = Cli::read(words.map(OsString::from)).unwrap();
        prop_assert_eq!(cli.command.as_ref().and_then(operation), Some(wanted));
    }
}
