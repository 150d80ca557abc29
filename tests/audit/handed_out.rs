//! The log and the account of the class as others read them: lines, tables, documents.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::too_many_lines,
    reason = "tests that show figures"
)]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::class::{Class, word};

/// Cells that a spreadsheet or a reader of Markdown would take for something of its own.
const DANGEROUS: [&str; 16] = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    " =1+1",
    "\u{ff1d}1+1",
    "\u{ff0b}1",
    "\u{ff0d}1",
    "\u{ff20}SUM",
    "=HYPERLINK(\"http://a\",\"b\")",
    "a|b",
    "[x](http://evil.example)",
    "<script>alert(1)</script>",
    "`x` ![y](z) **b**",
];

async fn world() -> Class {
    let class = Class::new().await;
    class.write(
        "class.toml",
        "[class]\nid = \"CS101\"\ntitle = \"=1+1 | <b>Security</b>\"\ntime_zone = \"Europe/Zurich\"\n\
         [provider]\nuse = [\"sandbox\"]\n\
         [[access.exception]]\nwho = \"eve@example.edu\"\nvault = \"p0\"\nlevel = \"read\"\n\
         reason = \"=cmd|'/c calc'!A1\"\nuntil = 2030-01-01\n\
         [[assignment]]\nid = \"hw1\"\nmatch = { title = \"hw1*\" }\ndue = 2026-10-01T12:00:00\n",
    );
    let mut roster = String::from("Key,Name,Email\n");
    for (number, name) in DANGEROUS.iter().enumerate() {
        let quoted = name.replace('"', "\"\"");
        let line = format!("p{number},\"{quoted}\",p{number}@example.edu\n");
        roster.push_str(&line);
    }
    for number in 0..4 {
        class.person(&format!("p{number}")).await;
    }
    class.run_with("roster import - --map key=Key,name=Name,email=Email", &roster);
    class.run("provision --json").exits(0);
    class
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_tells_who_has_what_and_runs_nothing() {
    let class = world().await;
    let own = class.run("status --json").exits(0).json("status/1");
    let rows = own["rows"].as_array().unwrap();
    let vault = word(&rows.iter().find(|row| row["student"]["key"] == "p0").unwrap()["vault"]);
    let (stranger, _) = class.person("stray").await;
    let path = format!("/sandbox/v1/vaults/{vault}/people/{stranger}");
    let view = json!({ "permissions": ["view_items"] });
    class.call(reqwest::Method::PUT, &path, class.admin(), &view).await;
    class.run("grant p1 --vault p1 --level read").exits(0);

    let told = class.run("audit report --fresh --json").exits(0).json("class-report/1");
    assert_eq!(
        (&told["facts"]["simulated"], &told["facts"]["strays"]),
        (&json!(true), &json!(1)),
        "{}",
        told["facts"]
    );
    assert_eq!(told["students"]["rows"].as_array().unwrap().len(), rows.len(), "zero included");
    let lines = told["access"]["vaults"].as_array().unwrap();
    assert_eq!(lines.len(), 4);
    let stray = lines
        .iter()
        .flat_map(|vault| vault["others"].as_array().unwrap())
        .find(|l| l["who"] == stranger.as_str());
    assert_eq!(stray.unwrap()["standing"], "unexpected");
    let changes = told["changes"].as_array().unwrap();
    let last = changes.last().unwrap();
    assert_eq!(
        (&last["op"], &last["before"], &last["after"]),
        (&json!("grant"), &json!("write"), &json!("read")),
        "{last}"
    );
    assert_eq!((&last["outcome"], &last["via"]), (&json!("done"), &json!("command")));
    assert!(last["by"].as_str().unwrap().contains('@') && last["who_name"] == "p1");
    assert_eq!((&told["log"]["good"], &told["exceptions"][0]["live"]), (&json!(true), &json!(true)));
    assert!(!told["unverified"].as_array().unwrap().is_empty());
    assert_eq!(told["assignments"]["assignments"][0]["rows"].as_array().unwrap().len(), rows.len());

    let document = class.run("audit report").exits(0).out;
    for part in [
        "# Report of CS101",
        "**Simulated:**",
        "## Who has access to what",
        "unexpected",
        "## Changes",
        "## Assignments",
        "## The log of changes",
        "cannot be told from this: ",
    ] {
        assert!(document.contains(part), "{part}: {document}");
    }
    for raw in ["<script>", "<b>", "[x](", "http://evil", "![y]", "**b**"] {
        assert!(!document.contains(raw), "{raw} is in the document");
    }
    let row = document.lines().find(|line| line.contains("a\\|b")).unwrap();
    let cells = |line: &str| line.replace("\\|", "").matches('|').count();
    let head = document
        .lines()
        .take_while(|line| *line != row)
        .filter(|line| line.starts_with("| ---"))
        .last()
        .unwrap();
    assert_eq!(cells(row), cells(head), "a name does not end a cell");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tables_of_the_report_hold_no_formula() {
    let class = world().await;
    class.run("audit report --csv").exits(2);
    let folder = class.path("report");
    class.run(&format!("audit report --out {}", folder.display())).exits(0);
    let mut names: Vec<String> =
        fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let tables = [
        "access",
        "assignments",
        "changes",
        "exceptions",
        "files",
        "log",
        "requests",
        "students",
        "unverified",
    ];
    let expected: Vec<String> = tables
        .iter()
        .map(|name| format!("{name}.csv"))
        .chain(["report.json".into(), "report.md".into()])
        .collect();
    let mut expected = expected;
    expected.sort();
    assert_eq!(names, expected);
    let (mut cells, mut disarmed) = (0, 0);
    for name in tables.map(|name| format!("{name}.csv")) {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(folder.join(&name)).unwrap();
        for record in reader.records() {
            for cell in &record.unwrap() {
                cells += 1;
                disarmed += usize::from(cell.starts_with('\''));
                let first = cell.trim_start().chars().next();
                let runs = first.is_some_and(|c| "=+-@\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}".contains(c));
                assert!(!runs && !cell.starts_with(['\t', '\r', '\n']), "{name}: {cell:?}");
            }
        }
    }
    println!("{cells} cells, {disarmed} of them disarmed, 0 that a spreadsheet would run");
    assert!(disarmed >= 10, "{disarmed}");
    let again = class.run(&format!("audit report --out {}", folder.display())).exits(2);
    assert!(again.err.contains("nothing is overwritten"), "{}", again.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_export_is_one_ascii_object_a_line_and_works_in_a_pipe() {
    let class = world().await;
    class.run("grant p1 --vault p1 --level read").exits(0);
    let out = class.run("audit export").exits(0).out;
    assert!(out.is_ascii() && !out.bytes().any(|byte| byte.is_ascii_control() && byte != b'\n'));
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 18);
    for (number, line) in lines.iter().enumerate() {
        assert_eq!((&line["schema"], &line["seq"]), (&json!("strongroom.audit/1"), &json!(number + 1)));
        assert_eq!(line["class"], "CS101");
        assert!(line["names"].is_null());
    }
    let named = class.run("audit export --names").exits(0).out;
    let named: Vec<Value> = named.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let hash = named[0]["args"]["student"].as_str().unwrap();
    assert!(named[0]["names"][hash].as_str().unwrap().starts_with('p'), "{}", named[0]);
    let since = word(&lines[16]["time"]);
    assert_eq!(class.run(&format!("audit export --since {since}")).exits(0).out.lines().count(), 2);
    assert_eq!(class.run("audit export --since 2099-01-01").exits(0).out, "");
    for words in ["audit export --after 9999", "audit list --after 9999"] {
        let beyond = class.run(words).exits(0);
        assert_eq!(beyond.err, "the log has no record after number 9999\n", "{words}");
    }
    class.run("audit export --csv").exits(2);

    let file = class.path("siem.jsonl");
    class.run(&format!("audit export --out {}", file.display())).exits(0);
    assert_eq!(fs::read_to_string(&file).unwrap(), out);
    class.run(&format!("audit export --out {}", file.display())).exits(2);

    // A reader who has enough is no failure.
    let mut child = class.command("audit export").stdout(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.contains("\"seq\":1,"));
    assert!(child.wait().unwrap().success());
}
