//! The README's table of keys is the program's own.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::fmt::Write as _;

use strongroom::app::command::{COMMANDS, in_words};

/// Where the table begins and ends.
const MARKS: (&str, &str) = ("<!-- keys: made from the table of commands -->\n", "<!-- end of keys -->");

fn table() -> String {
    let mut table = String::from("| where | keys | command | what it does |\n|---|---|---|---|\n");
    for command in COMMANDS.iter() {
        let mut keys: Vec<_> = command.keys.iter().map(|keys| format!("`{}`", in_words(keys))).collect();
        if keys.is_empty() {
            keys.push(format!("`:{}`", command.name));
        }
        let (place, name, doc) = (command.context.name(), command.name, command.doc);
        writeln!(table, "| {place} | {} | {name} | {doc} |", keys.join(" ")).unwrap();
    }
    table
}

/// `UPDATE_README=1 cargo test --test readme` writes the table anew.
#[test]
fn the_table_of_keys_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(path).unwrap();
    let (before, rest) = readme.split_once(MARKS.0).unwrap();
    let (written, after) = rest.split_once(MARKS.1).unwrap();
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(path, format!("{before}{}{}{}{after}", MARKS.0, table(), MARKS.1)).unwrap();
        return;
    }
    assert_eq!(written, table(), "write it anew with UPDATE_README=1 cargo test --test readme");
}
