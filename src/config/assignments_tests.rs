//! Class files with assignments: right ones, and every slip of the pen with its place.

use super::*;
use crate::config::{Config, Environment, parse};

fn read(assignments: &str) -> Result<Config, Vec<String>> {
    let text = format!("[class]\nid = \"X\"\ntime_zone = \"Europe/Zurich\"\n{assignments}");
    parse(&text, "class.toml", &Environment::default())
        .map_err(|refusal| refusal.problems.iter().map(ToString::to_string).collect())
}

/// Lines of the file begin at 4.
fn refused(assignments: &str, place: &str, words: &str) {
    let problems = read(assignments).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].starts_with(place) && problems[0].contains(words), "{assignments}: {problems:?}");
}

const WHOLE: &str = r#"
[[assignment]]
id = "hw1"
title = "Homework 1"
match = { title = "hw1*", tag = "hw", category = "DOCUMENT", any = true }
due = 2026-12-01T23:59:00
accept_until = 2026-12-03T23:59:30.5
[[assignment.extension]]
student = "s1"
until = 2026-12-05T23:59:00
reason = "ill \"again\""
[[assignment.extension]]
student = "s2"
excused = true
[[assignment]]
id = "rest"
match = { any = true }
due = 2026-12-31 12:00:00
"#;

#[test]
fn a_whole_assignment_is_read_and_printed_as_the_same() {
    let config = read(WHOLE).unwrap();
    let [hw1, rest] = &config.class.assignments[..] else { panic!("{config:?}") };
    assert_eq!((hw1.id.as_str(), hw1.title.as_str()), ("hw1", "Homework 1"));
    assert_eq!(hw1.due.to_string(), "2026-12-01T23:59:00");
    assert_eq!(hw1.rule.title.as_ref().unwrap().as_str(), "hw1*");
    assert!(hw1.rule.any && hw1.rule.is_explicit() && !rest.rule.is_explicit());
    assert_eq!(hw1.extensions[0].reason.as_str(), "ill \"again\"");
    assert_eq!(hw1.extensions[1].relief, Relief::Excused);
    assert_eq!((rest.title.as_str(), rest.accept_until), ("rest", None));
    let again = parse(&config.to_toml(), "class.toml", &Environment::default()).unwrap();
    assert_eq!(again.class.assignments, config.class.assignments);
}

#[test]
fn a_slip_of_the_pen_is_told_with_its_place_and_mend() {
    let with = |id: &str, rule: &str, rest: &str| {
        format!("[[assignment]]\nid = {id}\nmatch = {rule}\ndue = 2026-12-01T23:59:00\n{rest}")
    };
    let (hw1, any) = ("\"hw1\"", "{ any = true }");
    refused(&with("\"HW 1\"", any, ""), "5:6", "write \"hw-1\"");
    refused(&with("\"none\"", any, ""), "5:6", "choose another id");
    refused(&with(hw1, "{}", ""), "6:9", "says nothing");
    refused(&with(hw1, "{ any = false }", ""), "6:9", "says nothing");
    refused(&with(hw1, "{ title = \"hw**\" }", ""), "6:19", "no more than");
    refused(&with(hw1, "{ title = \"hw[\" }", ""), "6:19", "`title`");
    refused(&with(hw1, "{ category = \"Document\" }", ""), "6:22", "\"DOCUMENT\"");
    refused(&with(hw1, "{ titel = \"hw\", any = true }", ""), "6:11", "did you mean `title`?");
    refused(&with(hw1, any, "accept_until = 2026-12-01T23:58:59"), "8:16", "lies before `due`");
    refused(&with(hw1, any, "accept_until = 2026-12-01T23:59:00Z"), "8:16", "has an offset");
    refused(&with(hw1, any, "accept_until = 2026-12-03"), "8:16", "a day and a time");
    refused(&with(hw1, any, "accept_until = \"2026-12-03\""), "8:16", "a day and a time");
    refused(&with(hw1, any, "accept_until = 2206-12-03T12:00:00"), "8:16", "out of bounds");
    refused(&with(hw1, any, &with(hw1, any, "")), "9:6", "two assignments");
    refused("[[assignment]]\nid = \"a\"\ndue = 2026-12-01T23:59:00", "4:1", "`match` is missing");
    refused("[[assignment]]\nid = \"a\"\nmatch = { any = true }", "4:1", "`due` is missing");
    let extension = |rest: &str| with(hw1, any, &format!("[[assignment.extension]]\n{rest}"));
    refused(&extension("student = \"S 1\"\nexcused = true"), "9:11", "no student's key");
    refused(&extension("student = \"s1\""), "8:1", "one of `until` and `excused`");
    refused(&extension("student = \"s1\"\nexcused = false"), "10:11", "says nothing");
    refused(&extension("student = \"s1\"\nuntil = 2026-12-01T23:59:00"), "10:9", "no more time");
    let twice =
        "student = \"s1\"\nexcused = true\n[[assignment.extension]]\nstudent = \"s1\"\nexcused = true";
    refused(&extension(twice), "12:11", "two extensions");
}

#[test]
fn every_problem_is_told_at_once() {
    let problems = read("[[assignment]]\nid = \"A B\"\nmatch = {}\n[[assignment]]\ndue = 1\n").unwrap_err();
    assert_eq!(problems.len(), 6, "{problems:?}");
}
