//! The rules of the house, read from the sources: who may import whom, sizes, names, words.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A row of the crate page's table: a module, which modules of ours it may use, of which others a part such as
/// `app::chosen`, which words it never names.
struct Rule {
    module: String,
    may_use: Vec<String>,
    parts: Vec<String>,
    never: Vec<String>,
}

const CLOCKS: [&str; 4] = ["Timestamp::now", "Zoned::now", "SystemTime", "Instant::now"];
const SCREEN: [&str; 2] = ["ratatui", "crossterm"];
const IO: [&str; 8] =
    ["tokio", "reqwest", "rusqlite", "axum", "rustix", "std::fs", "std::process", "std::env"];

/// `main` and `lib` wire everything and may use everything. `seeded` is empty outside of tests, and may stand
/// anywhere.
const FREE: [&str; 3] = ["main", "lib", "seeded"];

/// Modules that know of the terminal.
const DRAWING: [&str; 2] = ["ui", "runtime"];

fn files(folder: &str) -> Vec<PathBuf> {
    let (mut found, mut left) = (Vec::new(), vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)]);
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn name(path: &Path) -> String {
    path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().display().to_string()
}

/// The module of ours that a file belongs to.
fn module(path: &Path) -> String {
    let inside = name(path);
    let inside = inside.trim_start_matches("src/");
    inside.split('/').next().unwrap().trim_end_matches(".rs").to_owned()
}

fn is_test(path: &Path) -> bool {
    name(path).contains("/tests/") || path.file_stem().unwrap().to_str().unwrap().ends_with("tests")
}

/// The code of a file: without comments and without its tests.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Whether a word stands in a text as a whole path segment or path.
fn has(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// Modules that a text names through a path such as `crate::`, alone or in braces.
fn used(text: &str, path: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, word) in text.match_indices(path) {
        let rest = text.get(at + word.len()..).unwrap();
        let list = rest.strip_prefix('{').and_then(|list| list.split("};").next());
        let heads = |part: &str| {
            part.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()
        };
        match list {
            Some(list) => {
                let mut depth = 0;
                let outer: String = list
                    .chars()
                    .filter(|c| {
                        depth += i32::from(*c == '{') - i32::from(*c == '}');
                        depth == 0
                    })
                    .collect();
                found.extend(outer.split(',').map(heads));
            }
            None => found.push(heads(rest)),
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

/// What stands in backticks.
fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The table of who may import whom, as the crate page says it.
fn rules() -> Vec<Rule> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let rows: Vec<Vec<&str>> = page
        .split("# Who may import whom")
        .nth(1)
        .unwrap()
        .lines()
        .take_while(|line| !line.contains("//! # "))
        .filter(|line| line.starts_with("//! | `"))
        .map(|line| line.trim_start_matches("//! |").trim_end_matches('|').split('|').collect())
        .collect();
    let all: Vec<String> = rows.iter().flat_map(|row| quoted(row[0])).collect();
    let rule = |row: Vec<&str>| {
        let (module, uses, never) = (quoted(row[0]).remove(0), row[1], row[2]);
        let (parts, named): (Vec<_>, Vec<_>) = quoted(uses).into_iter().partition(|name| name.contains("::"));
        let may_use = match uses.trim().strip_prefix("everything but") {
            Some(_) => all.iter().filter(|other| !named.contains(other)).cloned().collect(),
            None => named,
        };
        let mut words = quoted(never);
        if never.contains("I/O") {
            words.extend(IO.map(str::to_owned));
        }
        if never.contains("clocks") {
            words.extend(CLOCKS.map(str::to_owned));
        }
        if !DRAWING.contains(&module.as_str()) {
            words.extend(SCREEN.map(str::to_owned));
        }
        Rule { module, may_use, parts, never: words }
    };
    rows.into_iter().map(rule).collect()
}

/// Those of a table who use themselves through others, or use whoever does.
fn circle(mut left: Vec<(String, Vec<String>)>) -> Vec<(String, Vec<String>)> {
    loop {
        let names: Vec<String> = left.iter().map(|(name, _)| name.clone()).collect();
        let before = left.len();
        left.retain(|(name, uses)| uses.iter().any(|used| used != name && names.contains(used)));
        if left.len() == before {
            return left;
        }
    }
}

#[test]
fn nobody_uses_itself_through_others() {
    let of_part = |part: &String| part.split("::").next().unwrap().to_owned();
    let uses = |rule: &Rule| rule.may_use.iter().cloned().chain(rule.parts.iter().map(of_part)).collect();
    let table: Vec<_> = rules().iter().map(|rule| (rule.module.clone(), uses(rule))).collect();
    assert!(table.len() > 15, "the table of the crate page is not found");
    assert_eq!(circle(table), []);
}

/// Modules in which the same holds for those in them.
const LAYERED: [&str; 6] = ["domain", "audit", "config", "handoff", "queries", "sandbox"];

/// Which modules in a module use which others in it.
fn inside(module: &str) -> Vec<(String, Vec<String>)> {
    let mut table: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let folder = format!("src/{module}");
    for path in files(&folder).iter().filter(|path| !is_test(path)) {
        let inside = name(path);
        let inside = inside.strip_prefix(&format!("{folder}/")).unwrap().trim_end_matches(".rs");
        let parts: Vec<&str> = inside.split('/').filter(|part| *part != "mod").collect();
        let Some(first) = parts.first() else { continue };
        let code = code(path);
        let uses = table.entry((*first).to_owned()).or_default();
        uses.extend(used(&code, &format!("crate::{module}::")));
        uses.extend(used(&code, &"super::".repeat(parts.len())));
    }
    table.into_iter().collect()
}

#[test]
fn no_part_of_a_module_uses_itself_through_others() {
    for module in LAYERED {
        let table = inside(module);
        assert!(table.iter().any(|(_, uses)| !uses.is_empty()), "nothing of {module} is found");
        assert_eq!(circle(table), [], "in {module}");
    }
}

#[test]
fn modules_import_only_what_they_may() {
    let rules = rules();
    let mut problems = Vec::new();
    for path in files("src").iter().filter(|path| !is_test(path)) {
        let module = module(path);
        if FREE.contains(&module.as_str()) {
            continue;
        }
        let Some(rule) = rules.iter().find(|rule| rule.module == module) else {
            problems.push(format!("{}: no rule for this module", name(path)));
            continue;
        };
        let code =
            rule.parts.iter().fold(code(path), |code, part| code.replace(&format!("crate::{part}::"), ""));
        for other in used(&code, "crate::").into_iter().filter(|other| *other != module && other != "seeded")
        {
            if !rule.may_use.contains(&other) {
                problems.push(format!("{} uses {other}", name(path)));
            }
        }
        for word in &rule.never {
            if has(&code, word) {
                problems.push(format!("{} names {word}", name(path)));
            }
        }
    }
    assert!(problems.is_empty(), "{problems:#?}");
}

#[test]
fn the_walks_of_the_crate_page_lead_somewhere() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let page = fs::read_to_string(folder.join("lib.rs")).unwrap();
    let walks = page.split("# Three walks").nth(1).unwrap().split("//! # ").next().unwrap();
    let steps = walks
        .lines()
        .filter(|line| line.starts_with("//!  ") || line.as_bytes().get(4).is_some_and(u8::is_ascii_digit));
    let (mut code, mut files, mut lost) = (String::new(), 0, Vec::new());
    for word in steps.flat_map(quoted) {
        if Path::new(&word).extension().is_some() {
            code = fs::read_to_string(folder.join(&word)).unwrap_or_else(|_| {
                lost.push(word);
                String::new()
            });
            files += 1;
        } else if word.chars().all(|c| c.is_ascii_lowercase() || c == '_') && word.len() > 1 {
            let stands = ["(", "<"].iter().any(|end| code.contains(&format!("fn {word}{end}")));
            lost.extend((!stands).then_some(word));
        }
    }
    assert!(files > 30 && lost.is_empty(), "of {files} files: {lost:?}");
}

#[test]
fn reports_of_bugs_are_made_in_main_only() {
    let words = ["color_eyre", "eyre"];
    let bad = files("src").into_iter().filter(|path| module(path) != "main");
    let bad: Vec<_> = bad.filter(|path| words.iter().any(|word| has(&code(path), word))).collect();
    assert!(bad.is_empty(), "{bad:?}");
}

#[test]
fn modules_say_what_they_know() {
    let silent = |path: &PathBuf| !fs::read_to_string(path).unwrap().starts_with("//!");
    let all = files("src").into_iter().chain(files("tests"));
    let silent: Vec<_> = all.filter(silent).map(|path| name(&path)).collect();
    assert!(silent.is_empty(), "no //! at the top: {silent:?}");
}

/// With so many parts a folder can no longer be taken in at a glance.
const MANY: usize = 20;

#[test]
fn a_module_of_many_parts_names_each_of_them_by_what_it_is_about() {
    let mut missing = Vec::new();
    for path in files("src").into_iter().filter(|path| path.ends_with("mod.rs")) {
        let text = fs::read_to_string(&path).unwrap();
        let (head, code): (Vec<_>, Vec<_>) = text.lines().partition(|line| line.starts_with("//!"));
        let parts = code.windows(2).filter(|lines| !lines[0].starts_with("#[")).filter_map(|lines| {
            let name = lines[1].trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';')?;
            Some(name.to_owned())
        });
        let parts: Vec<_> = parts.collect();
        if parts.len() >= MANY {
            let head = head.join("\n");
            let is_named =
                |part: &String| ["`", "::"].iter().any(|end| head.contains(&format!("`{part}{end}")));
            let unnamed = parts.into_iter().filter(|part| !is_named(part));
            missing.extend(unnamed.map(|part| (name(&path), part)));
        }
    }
    assert!(missing.is_empty(), "not named in the table at the top: {missing:?}");
}

#[test]
fn files_are_short_enough_to_read() {
    let lines = |path: &PathBuf| fs::read_to_string(path).unwrap().lines().count();
    let all = files("src").into_iter().chain(files("tests"));
    let long: Vec<_> =
        all.map(|path| (lines(&path), name(&path))).filter(|(lines, _)| *lines > 450).collect();
    assert!(long.is_empty(), "more than 450 lines: {long:?}");
}

#[test]
fn nothing_is_left_for_later() {
    let words = [
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("#[", "ignore"),
        concat!("FIX", "ME"),
    ];
    let mut found = Vec::new();
    for path in files("src").into_iter().chain(files("tests")) {
        // Measurements are run by hand, in release mode.
        let text = fs::read_to_string(&path).unwrap().replace("[ignore = \"a measurement;", "");
        found.extend(words.iter().filter(|word| text.contains(**word)).map(|word| (name(&path), *word)));
    }
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn tests_never_sleep() {
    let words = [concat!("thread::", "sleep"), concat!("time::", "sleep("), concat!("sleep(", "Duration")];
    let mut found = Vec::new();
    for path in files("tests").into_iter().chain(files("src").into_iter().filter(|path| is_test(path))) {
        let text = fs::read_to_string(&path).unwrap();
        found.extend(words.iter().filter(|word| text.contains(**word)).map(|word| (name(&path), *word)));
    }
    assert!(found.is_empty(), "{found:?}");
}

/// The names of an enum's variants: what stands in its braces one step in, without comments, attributes, fields.
fn variants(source: &str, name: &str) -> Option<Vec<String>> {
    let body = source.split(&format!("enum {name} {{\n")).nth(1)?.split("\n}").next()?;
    let lines = body.lines().filter_map(|line| line.strip_prefix("    "));
    let named = lines.filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()));
    Some(named.map(|line| line.chars().take_while(char::is_ascii_alphanumeric).collect()).collect())
}

#[test]
fn a_list_of_all_names_every_variant() {
    let (mut short, mut lists) = (Vec::new(), 0);
    for path in files("src") {
        let source = code(&path);
        for (at, _) in source.match_indices("const ALL: [") {
            let (before, list) = source.split_at(at);
            let list = list.split_once("] =").and_then(|(_, list)| list.split("];").next()).unwrap();
            let of = before.rsplit("impl ").next().unwrap().split(" {").next().unwrap();
            let Some(variants) = variants(&source, of) else { continue };
            lists += 1;
            let missing = variants.iter().filter(|one| !has(list, one));
            short.extend(missing.map(|one| format!("{}: {of}::ALL lacks {one}", name(&path))));
        }
    }
    assert!(short.is_empty(), "{short:#?}");
    assert!(lists > 8, "{lists} lists are looked at");
}

#[test]
fn files_are_named_after_things() {
    let empty = ["manager", "helper", "helpers", "util", "utils", "handler", "service", "common", "misc"];
    let stem = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    let named: Vec<_> = files("src")
        .into_iter()
        .chain(files("tests"))
        .filter(|path| empty.contains(&stem(path).as_str()))
        .collect();
    assert!(named.is_empty(), "{named:?}");
}

#[test]
fn the_reading_of_sources_finds_what_it_should() {
    let text = "use crate::domain::id::X;\nuse crate::{app::State, ui, store::{Store, Row}};\nlet a = crate::ops::b();";
    assert_eq!(used(text, "crate::"), ["domain", "app", "ui", "store", "ops"]);
    assert!(has("use tokio::fs;", "tokio") && !has("use tokio_util::x;", "tokio") && !has("xtokio", "tokio"));
}
