//! What every command prints on a terminal, in every format.

use clap::{CommandFactory as _, Parser as _};
use strongroom::cli::Cli;

use crate::bytes::{Found, read};
use crate::class::hostile;

const COMMANDS: [&str; 22] = [
    "status",
    "attention",
    "roster list",
    "access",
    "access --why",
    "items k0",
    "items k1",
    "items k2",
    "items k3",
    "drift",
    "history",
    "plan",
    "watch --once --from 0",
    "handoff",
    "jobs",
    "audit list",
    "audit report",
    "close-term",
    "quarantine",
    "missing hw1",
    "doctor",
    "download --to out k0",
];
/// Those that change something, or show nothing that others have written.
const OTHERS: [&str; 37] = [
    "init",
    "trust",
    "adopt",
    "roster import",
    "roster show",
    "attention dismiss",
    "provision",
    "grant",
    "revoke",
    "apply",
    "jobs show",
    "jobs pause",
    "jobs resume",
    "jobs cancel",
    "undo",
    "purge",
    "invite",
    "confirm",
    "suspend",
    "reactivate",
    "assign",
    "extend",
    "handout",
    "handoff retry",
    "handoff replay",
    "handoff drop",
    "handoff test",
    "budget",
    "audit verify",
    "audit checkpoint",
    "audit export",
    "config print",
    "config check",
    "sandbox serve",
    "sandbox op",
    "man",
    "completions",
];
const FORMATS: [&str; 4] = ["", "--json", "--csv", "--markdown"];

/// Every command that can be given, in words.
fn given(of: &clap::Command, before: &str) -> Vec<String> {
    let mut all = Vec::new();
    for one in of.get_subcommands().filter(|one| !one.is_hide_set()) {
        let name = format!("{before}{}", one.get_name());
        all.extend(given(one, &format!("{name} ")));
        all.extend(Some(name).filter(|_| !one.is_subcommand_required_set()));
    }
    all
}

#[test]
fn every_command_is_looked_at_or_said_to_need_no_look() {
    let all = given(&Cli::command(), "");
    let is = |words: &str, name: &String| words == name || words.starts_with(&format!("{name} "));
    for name in &all {
        let times = COMMANDS.iter().chain(&OTHERS).filter(|words| is(words, name)).count();
        assert!(times > 0, "`{name}` stands in neither list of tests/hostile_pty/commands.rs");
    }
    let gone: Vec<_> =
        COMMANDS.iter().chain(&OTHERS).filter(|words| !all.iter().any(|name| is(words, name))).collect();
    assert!(gone.is_empty(), "no such command: {gone:?}");
    let unread =
        |words: &&&str| Cli::try_parse_from(["strongroom"].into_iter().chain(words.split(' '))).is_err();
    let unread: Vec<_> = COMMANDS.iter().filter(unread).collect();
    assert!(unread.is_empty(), "refused before anything is printed: {unread:?}");
}

#[test]
fn what_a_command_prints_on_a_terminal_is_as_harmless() {
    let world = hostile(false);
    let (mut all, mut shown) = (Found::default(), 0);
    for command in COMMANDS {
        for format in FORMATS {
            let words: Vec<&str> =
                command.split(' ').chain(Some(format).filter(|word| !word.is_empty())).collect();
            // A format that a command has not is refused in words, which count, too.
            let (_, raw) = world.start(&words, (80, 24)).end();
            shown += String::from_utf8_lossy(&raw).matches("<U+").count();
            let found = read(&raw, true);
            assert!(found.wrong.is_empty(), "{words:?}: {:?}", found.wrong);
            all.add(found);
        }
    }
    println!("{} letters, {shown} tokens; {:#?}", all.letters, all.kinds);
    assert!(all.letters > 20_000 && shown > 200, "{} letters, {shown} tokens", all.letters);
}
