//! Titles and names that want to move the cursor, in every command and format that shows them.

#![allow(clippy::unwrap_used, reason = "tests")]

use strongroom::domain::text::is_hostile;

use crate::support::Class;

const TITLE: &str = "=\u{1b}]0;x\u{7}\u{9b}2J\u{202e}cod.|exe<b>";

#[tokio::test(flavor = "multi_thread")]
async fn nothing_hostile_reaches_a_stream() {
    let class = Class::new().await;
    let (_, token) = class.person("ngozi").await;
    class.run_with("roster import -", "Name,Email\nN,ngozi@example.edu\n").exits(0);
    let made = class.run("provision --json").exits(0).json("provision/1");
    class.run("watch --once").exits(0);
    class.upload(made["rows"][0]["vault"].as_str().unwrap(), &token, TITLE, b"x").await;
    let item = class.run("items ngozi --json").exits(0).json("items/1")["items"][0]["id"].clone();
    let item = item.as_str().unwrap();
    class.run("watch --once").exits(0);
    let mut shown = 0;
    for words in ["items ngozi", &format!("items ngozi {item}"), "watch --once --from 0", "download --to out"]
    {
        for format in ["", "--json", "--csv", "--markdown"] {
            let ran = class.run(&format!("{words} {format}")).exits(0);
            for stream in [&ran.out, &ran.err] {
                let left = stream.chars().find(|c| *c != '\n' && is_hostile(*c));
                assert_eq!(left, None, "{words} {format}: {stream:?}");
            }
            shown += ran.out.matches("<U+202E>").count() + ran.out.matches("\\u202e").count();
        }
    }
    let lines = class.run("watch --once --from 0 --jsonl").exits(0);
    assert!(!lines.out.chars().any(|c| c != '\n' && is_hostile(c)));
    assert!(lines.out.contains(r"\u001b") && lines.out.contains(r"\u202e"), "{}", lines.out);
    let arrival: serde_json::Value = serde_json::from_str(lines.out.trim()).unwrap();
    assert_eq!(arrival["files"][0]["name"], TITLE, "lossless");
    assert!(shown > 4, "the title is shown, not hidden");
    let csv = class.run("items ngozi --csv").exits(0).out;
    assert!(csv.contains(",'=<ESC>"), "{csv}");
}
