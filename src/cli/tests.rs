//! What can be typed, and what cannot.

use proptest::prelude::*;

use super::*;
use crate::domain::id::{GroupId, PersonId};

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
        "watch --json",
        "watch --jsonl --json",
        "download --item x --to y",
        "status --json --csv",
        "status --provider connect",
        "grant x --vault y --level none",
        "audit list --since yesterday",
    ] {
        assert_eq!(read(words).unwrap_err().exit_code(), 2, "{words}");
    }
    for words in ["", "--no-traffic", "watch --json --once", "download s1 --item x --to y"] {
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

fn operations() -> impl Strategy<Value = Operation> {
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
