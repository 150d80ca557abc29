//! The built program with logs that cannot be written, in the ways that a person meets: it says which file
//! and what mends it, sends nothing, goes on reading, and works again by itself afterwards.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::too_many_lines,
    reason = "tests that show figures"
)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use crate::class::{Class, run};

const GRANT: &str = "grant ada --vault ada --level read --state st";

async fn world() -> Class {
    let class = Class::new().await;
    class.person("ada").await;
    class.run_with("roster import - --state st", "Name,Email\nAda,ada@example.edu\n").exits(0);
    class.run("provision --state st").exits(0);
    class
}

/// Something is in the way of the log: nothing is sent, reading goes on, and when it is gone a change works.
async fn refuses(class: &Class, what: &str, mend: impl FnOnce()) {
    let before = class.writes().await;
    for words in [GRANT, "revoke ada --vault ada --state st", "audit checkpoint --make --state st"] {
        let refused = class.run(words);
        assert!(refused.code != 0, "{what}: {words} went well: {}", refused.out);
        assert!(refused.err.contains("audit"), "{what}: {}", refused.err);
        assert!(refused.err.contains("hint: "), "{what}: {}", refused.err);
        let json = class.run(&format!("{words} --json"));
        let told: serde_json::Value = serde_json::from_str(json.err.lines().last().unwrap()).unwrap();
        assert_eq!(told["kind"], "local", "{what}: {told}");
        assert!(told["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "{what}: {told}");
    }
    assert_eq!(class.writes().await, before, "{what}: changes sent");
    println!("  {what}: 6 changes asked for, 0 sent");
    mend();
    class.run(GRANT).exits(0);
    class.run("grant ada --vault ada --level write --state st").exits(0);
    class.run("audit verify --state st").exits(0);
}

/// Puts something else in the place of a file, and gives back how to undo that.
fn in_place_of(path: &Path, put: impl FnOnce(&Path)) -> impl FnOnce() + '_ {
    let aside = path.with_extension("aside");
    fs::rename(path, &aside).unwrap();
    put(path);
    move || {
        if path.is_dir() && !path.is_symlink() {
            fs::remove_dir_all(path).unwrap();
        } else if path.exists() || path.is_symlink() {
            fs::remove_file(path).unwrap();
        }
        fs::rename(&aside, path).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_lies_in_the_place_of_the_log_or_its_key_no_change_goes_out() {
    let class = world().await;
    let (log, key) = (class.path("st/audit.jsonl"), class.path("config/strongroom/audit.key"));
    println!("what is in the way of the log:");
    let elsewhere = class.path("elsewhere.jsonl");
    let mend = in_place_of(&log, |path| fs::create_dir(path).unwrap());
    refuses(&class, "a directory", mend).await;
    let mend = in_place_of(&log, |path| symlink(&elsewhere, path).unwrap());
    refuses(&class, "a symbolic link", mend).await;
    assert!(!elsewhere.exists());
    let mend = in_place_of(&log, |path| symlink("/dev/full", path).unwrap());
    refuses(&class, "a symbolic link to a full device", mend).await;
    let mend = in_place_of(&log, |path| {
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mkfifoat(rustix::fs::CWD, path, mode).unwrap();
    });
    refuses(&class, "a pipe", mend).await;
    let mend = in_place_of(&log, |path| {
        let whole = fs::read_to_string(path.with_extension("aside")).unwrap();
        fs::write(path, whole.replace("grant", "grunt")).unwrap();
    });
    refuses(&class, "a log that was changed", mend).await;
    let mend = in_place_of(&key, |_| {});
    refuses(&class, "no key", mend).await;
    let mend = in_place_of(&key, |path| fs::write(path, "short").unwrap());
    refuses(&class, "a key that is none", mend).await;
    let mend = in_place_of(&key, |path| {
        fs::write(path, [7; 32]).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        fs::set_permissions(path, mode).unwrap();
    });
    refuses(&class, "another key", mend).await;
    let mend = in_place_of(&key, |path| fs::create_dir(path).unwrap());
    refuses(&class, "a directory in the key's place", mend).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_system_that_takes_no_more_stops_changes_and_not_reading() {
    let class = world().await;
    // The log is made longer than any other file of the class, so that a limit meets it alone.
    let log = class.path("st/audit.jsonl");
    let audit = strongroom::audit::Audit::open(&log, &class.path("config/strongroom/audit.key")).unwrap();
    let intent = strongroom::audit::Intent {
        op: "extend",
        args: serde_json::json!({ "padding": "x".repeat(60_000) }),
        actor: strongroom::audit::Actor::default(),
        plan: None,
        before: None,
    };
    for of in audit.intend(&vec![intent; 40], jiff::Timestamp::now()).unwrap() {
        let done = strongroom::audit::Outcome::Done;
        audit.conclude(&of, done, None, None, jiff::Timestamp::now()).unwrap();
    }
    let size = fs::metadata(&log).unwrap().len();
    let (before, whole) = (class.writes().await, fs::read(&log).unwrap());
    // In units of 512 or 1024 bytes, as the shell has it: below the log's length in both.
    let limited = |words: &str| {
        let command = class.command(words);
        let mut shell = Command::new("/bin/sh");
        let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", size / 1024 - 8);
        shell.arg("-c").arg(script).arg(command.get_program()).args(command.get_args());
        shell.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        shell.current_dir(class.home.path());
        run(shell, "")
    };
    let refused = limited(GRANT);
    assert!(refused.code != 0 && refused.err.contains("audit.jsonl"), "{}{}", refused.out, refused.err);
    assert_eq!(class.writes().await, before, "changes sent");
    assert_eq!(fs::read(&log).unwrap(), whole, "what was half written is cut off");
    limited("status --state st").exits(0);
    limited("access --state st").exits(0);
    class.run(GRANT).exits(0);
    class.run("audit verify --state st").exits(0);
}
