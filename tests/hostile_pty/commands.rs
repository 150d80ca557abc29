//! What every command prints on a terminal, in every format.

use crate::bytes::{Found, read};
use crate::class::hostile;

const COMMANDS: [&str; 19] = [
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
    "plan provision",
    "watch --once --from 0",
    "handoff",
    "jobs",
    "audit show",
    "term",
    "doctor",
    "download --to out k0",
];
const FORMATS: [&str; 4] = ["", "--json", "--csv", "--markdown"];

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
