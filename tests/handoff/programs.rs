//! Programs that behave badly: nothing hangs, grows, leaks or is left over.

use std::fs;
use std::path::Path;
use std::time::Duration;

use strongroom::domain::handoff::{Consumer, Ended, Means};

use super::support::{BOUND, Desk};

/// Waits until a process is gone, or only waits to be reaped by whoever it was left to.
async fn gone(pid: &str) {
    let stat = format!("/proc/{pid}/stat");
    let wait = async {
        while fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z ")) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(BOUND, wait).await.unwrap();
}

#[tokio::test]
async fn a_program_that_hangs_is_ended_with_its_group_and_counts_as_a_refusal() {
    let desk = Desk::new();
    let body = "echo before; tail -f /dev/null & echo $! > \"$DIR/grandchild\"
        trap '' TERM INT HUP; echo $$ > \"$DIR/child\"; while :; do wait; done";
    let hook = Consumer { timeout: Duration::from_millis(500), retries: 0, ..desk.hook("hangs", body) };
    let courier = desk.courier(&[hook]).await;
    desk.arrive(1, |_| "x".into());
    let left = desk.drain(&courier, 10).await;
    assert_eq!((left[0].acked, left[0].dead.as_slice()), (1, [1].as_slice()), "it did not hold up the line");
    for name in ["child", "grandchild"] {
        gone(&desk.lines(name)[0]).await;
    }
    let attempt = &desk.queries.jobs().await.unwrap().attempts[0];
    assert_eq!(attempt.ended, Ended::SetAside);
    assert!(attempt.why.as_str().contains("500ms"), "{}", attempt.why);
    assert_eq!(attempt.tail[0].as_str(), "before");
}

#[tokio::test]
async fn programs_that_flood_close_their_input_or_leave_something_behind_are_taken_as_they_end() {
    let desk = Desk::new();
    let flood = "i=0; while [ $i -lt 3000 ]; do echo \"out $i\"; echo \"err $i\" >&2; i=$((i+1)); done";
    let bodies = [
        ("floods", flood),
        ("deaf", "exec <&-; echo closed"),
        ("ignores", "echo never read"),
        ("forks", "tail -f /dev/null & echo $! > \"$DIR/left\"; echo went on"),
    ];
    let consumers = bodies.map(|(name, body)| desk.hook(name, body));
    let courier = desk.courier(&consumers).await;
    // More than a pipe holds.
    desk.arrive(2, |number| "long ".repeat(if number == 0 { 1 } else { 200 }));
    let left = desk.drain(&courier, 10).await;
    let behind = desk.lines("left").last().unwrap().parse().unwrap();
    // It may have noticed by itself that nobody reads what it says any more.
    let _gone_already = rustix::process::kill_process(
        rustix::process::Pid::from_raw(behind).unwrap(),
        rustix::process::Signal::KILL,
    );
    for progress in left {
        assert_eq!((progress.acked, progress.waiting), (2, 0), "{progress:?}");
    }
    let attempts = desk.queries.jobs().await.unwrap().attempts;
    let flooded = attempts.iter().find(|attempt| attempt.consumer.as_str() == "floods").unwrap();
    assert_eq!(flooded.tail.len(), 20);
    assert!(flooded.tail[19].as_str().ends_with(" 2999"), "{:?}", flooded.tail);
}

#[tokio::test]
async fn a_program_sees_the_arrival_the_ids_and_nothing_of_ours() {
    let desk = Desk::new();
    let body = "cat > \"$DIR/body\"; tr '\\0' '\\n' < /proc/$$/environ | sort > \"$DIR/environment\"
        for fd in /proc/$$/fd/*; do readlink \"$fd\"; done > \"$DIR/open\"";
    let courier = desk.courier(&[desk.hook("sees", body)]).await;
    desk.arrive(1, |_| "hw1.pdf".into());
    desk.drain(&courier, 10).await;
    let told: serde_json::Value = serde_json::from_str(&desk.lines("body")[0]).unwrap();
    let arrival = desk.queries.arrivals_after(0, 1).await.unwrap().remove(0);
    assert_eq!(told, serde_json::to_value(&arrival).unwrap(), "exactly the contract");
    let names: Vec<_> =
        desk.lines("environment").iter().map(|line| line.split('=').next().unwrap().to_owned()).collect();
    let ids = ["ATTEMPT", "CLASS", "ITEM", "KIND", "SEQ", "STUDENT", "VAULT", "VERSION"];
    let mut known = vec!["HOME".to_owned(), "PATH".to_owned()];
    known.extend(ids.map(|name| format!("STRONGROOM_{name}")));
    assert_eq!(names, known);
    let text = desk.lines("environment").concat() + &desk.lines("body").concat();
    assert!(!text.contains("canary"), "{text}");
    // The store is open in this process; no program may reach it by a file of ours.
    assert!(!desk.lines("open").iter().any(|file| file.contains("store.db")), "{:?}", desk.lines("open"));
}

#[tokio::test]
async fn a_thousand_hostile_names_run_nothing() {
    const NAMES: [&str; 10] = [
        "$(touch x); rm -rf y",
        "`touch x`",
        "; touch x #",
        "' && touch x '",
        "\" || touch x \"",
        "| touch x",
        "-rf",
        "../../x",
        "${IFS}touch${IFS}x",
        "%n%s\\x00\u{202e}gpj",
    ];
    let desk = Desk::new();
    let folder = desk.path("planted");
    fs::create_dir(&folder).unwrap();
    // The words as they came, and how many there were; then the folder's own children are counted.
    let body = "cd \"$DIR/planted\" || exit 1; read -r line; [ -n \"$line\" ] || exit 1
        echo \"$#:$*\" >> \"$DIR/words\"";
    let mut hook = desk.hook("ingest", body);
    if let Means::Hook { run } = &mut hook.by {
        run.extend(["--class".to_owned(), "$(touch x) CS101".to_owned()]);
    }
    let courier = desk.courier(&[hook]).await;
    desk.arrive(1_000, |number| format!("{} {number}", NAMES[number % NAMES.len()]));
    let left = desk.drain(&courier, 10).await;
    assert_eq!((left[0].acked, left[0].dead.len()), (1_000, 0));
    assert_eq!(
        desk.lines("words"),
        vec!["2:--class $(touch x) CS101"; 1_000],
        "one run each, words as written"
    );
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    assert!(!Path::new("x").exists() && !Path::new("/x").exists() && !desk.path("x").exists());
}

#[tokio::test]
async fn a_program_that_is_not_there_is_an_outage_and_mends_itself() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = Desk::new();
    let program = desk.path("late");
    let by = Means::Hook { run: vec![program.display().to_string()] };
    let courier = desk.courier(&[Consumer { by, retries: 0, ..desk.hook("late", "") }]).await;
    desk.arrive(3, |_| "x".into());
    let left = desk.drain(&courier, 3_600).await;
    let stuck = left[0].retrying.as_ref().unwrap();
    assert!(stuck.stuck && stuck.seq == 1 && stuck.attempts > 10, "{stuck:?}");
    assert_eq!((left[0].acked, left[0].dead.len(), left[0].waiting), (0, 0, 3));
    // A link, since a file that was just written may not be run while others fork.
    std::os::unix::fs::symlink("/bin/true", &program).unwrap();
    let left = desk.drain(&courier, 3_600).await;
    assert_eq!((left[0].acked, left[0].retrying.as_ref()), (3, None));
    // One that others may write to is not run.
    fs::remove_file(&program).unwrap();
    fs::write(&program, "#!/bin/sh\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o777)).unwrap();
    desk.arrive(1, |_| "y".into());
    let left = desk.drain(&courier, 10).await;
    let why = left[0].retrying.as_ref().unwrap().why.to_string();
    assert!(why.contains("others may write"), "{why}");
    // Nor is a link that others could bend.
    let open = desk.path("open");
    fs::create_dir(&open).unwrap();
    std::os::unix::fs::symlink("/bin/true", open.join("link")).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
    let run = vec![open.join("link").display().to_string()];
    let hook = Consumer { by: Means::Hook { run }, ..desk.hook("link", "") };
    let refused = strongroom::handoff::ready(&hook).unwrap_err();
    assert!(refused.message.as_str().contains("others may write"), "{refused}");
    fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(
        strongroom::handoff::ready(&hook).unwrap().as_str(),
        fs::canonicalize("/bin/true").unwrap().to_str().unwrap()
    );
}
