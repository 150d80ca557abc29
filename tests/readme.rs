//! The README's table of keys is the program's own, and what the documents point to is there.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::fmt::Write as _;

use strongroom::app::command::{COMMANDS, in_words};

/// Where the table begins and ends.
const MARKS: (&str, &str) = ("<!-- keys: made from the table of commands -->\n", "<!-- end of keys -->");

fn table() -> String {
    let mut table = String::from("| where | keys | command | what it does |\n|---|---|---|---|\n");
    for command in COMMANDS {
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

/// The documents, from the folder of the project.
const DOCUMENTS: [&str; 3] = ["README.md", "assets/guide.md", ".github/CONTRIBUTING.md"];

/// A heading as a link names it: letters and digits in lower case, spaces as hyphens.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().chars();
    let kept = kept.filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

#[test]
fn every_link_leads_to_a_file_and_a_heading_of_it() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut looked_at = 0;
    for name in DOCUMENTS {
        let path = root.join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.starts_with("https://") {
                continue;
            }
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            let found = std::fs::read(&target);
            assert!(found.is_ok(), "{name}: {link}");
            let found = String::from_utf8_lossy(&found.unwrap()).into_owned();
            let headings = found.lines().filter(|line| line.starts_with('#'));
            assert!(heading.is_empty() || headings.map(anchor).any(|one| one == heading), "{name}: {link}");
            looked_at += 1;
        }
    }
    assert!(looked_at > 20, "{looked_at} links");
}

/// Variables that are read and stand in no manual: in builds for tests alone.
const UNTOLD: [&str; 1] = ["STRONGROOM_PROVOKED"];

/// The names of variables that a source reads: the literals that are asked for, and constants that hold a name.
fn variables(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for before in
        ["env.text(\"", "env.raw(\"", "env.path(\"", "var_os(\"", "env::var(\"", "_TOKEN: &str = \""]
    {
        found.extend(
            source.split(before).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned),
        );
    }
    for line in source.lines().filter(|line| line.contains("const ")) {
        let name = line.split(": &str = \"").nth(1).and_then(|rest| rest.split('"').next());
        found.extend(name.filter(|name| name.starts_with("STRONGROOM_")).map(str::to_owned));
    }
    found.retain(|name| name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'));
    found
}

#[test]
fn every_variable_that_is_read_stands_in_the_manual() {
    let told: Vec<&str> =
        strongroom::cli::manual::VARIABLES.iter().flat_map(|(names, _)| names.split(", ")).collect();
    let mut left = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut read = std::collections::BTreeSet::new();
    while let Some(folder) = left.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.to_string_lossy().into_owned();
            if path.is_dir() {
                left.push(path);
            } else if !name.contains("tests") && !name.contains("/sandbox/") {
                // What a module's own tests read is theirs.
                let source = std::fs::read_to_string(&path).unwrap();
                read.extend(variables(source.split("#[cfg(test)]\nmod ").next().unwrap()));
            }
        }
    }
    assert!(read.contains("OP_CONNECT_TOKEN") && read.contains("STRONGROOM_THEME"), "{read:?}");
    let missing: Vec<_> = read
        .iter()
        .filter(|name| !told.contains(&name.as_str()) && !UNTOLD.contains(&name.as_str()))
        .collect();
    assert!(missing.is_empty(), "not in the manual: {missing:?}");
}
