//! Children that behave badly, as small scripts: nothing of it may hang, grow, leak or be left over.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::timeout;

use super::*;
use crate::process::tests::Script;

/// No test waits longer than that for anything.
const BOUND: Duration = Duration::from_secs(60);
const TOKEN: &str = "ops_canary";

impl Script {
    /// Waits until the script has written a whole line to a file of its folder.
    async fn line(&self, name: &str) -> String {
        let path = self.path(name);
        let wait = async {
            loop {
                match fs::read_to_string(&path) {
                    Ok(text) if text.ends_with('\n') => return text.trim().to_owned(),
                    _ => tokio::task::yield_now().await,
                }
            }
        };
        timeout(BOUND, wait).await.unwrap()
    }

    fn program(&self, limits: Limits) -> Program {
        let environment = |name: &&str| ((*name).to_owned(), format!("ours {name}"));
        let others =
            ["PATH", "OP_CONNECT_HOST", "OP_CONNECT_TOKEN", "OP_SESSION_my", "OP_DEVICE", "LD_PRELOAD"];
        let environment: Vec<_> = PASSED_ON.iter().chain(&others).map(environment).collect();
        let secret = Some(("OP_SERVICE_ACCOUNT_TOKEN", Secret::from(TOKEN)));
        let mut program =
            Program::new(Ok(self.binary()), &environment, &[("OP_FORMAT", "json")], &["--no-color"], secret);
        program.limits = limits;
        program
    }
}

fn short() -> Limits {
    let moment = Duration::from_millis(300);
    Limits { transfer: moment, stall: moment, pace: u64::MAX, ..Limits::default() }
}

async fn run(script: &Script, limits: Limits, patience: Duration) -> Result<Ended> {
    timeout(BOUND, script.program(limits).run(&Ask::new("vault list"), patience)).await.unwrap()
}

/// Whether a process runs: not gone, and no zombie that waits for somebody else.
fn runs(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
    state.is_some_and(|state| !matches!(state, 'Z' | 'X'))
}

/// Waits until nothing at all is left of a process that is a child of this one.
async fn gone(pid: &str) {
    let path = PathBuf::from(format!("/proc/{pid}"));
    let wait = async {
        while path.exists() {
            tokio::task::yield_now().await;
        }
    };
    timeout(BOUND, wait).await.unwrap();
}

async fn ended(pid: &str) {
    let wait = async {
        while runs(pid) {
            tokio::task::yield_now().await;
        }
    };
    timeout(BOUND, wait).await.unwrap();
}

#[tokio::test]
async fn a_flood_on_both_pipes_neither_hangs_nor_grows() {
    let script = Script::new("head -c 3000000 /dev/zero >&2 & head -c 5000000 /dev/zero; wait; exit 3");
    let limits = Limits { answer: 1_000_000, complaint: 1_000, ..Limits::default() };
    let ended = run(&script, limits, BOUND).await.unwrap();
    assert_eq!((ended.code, ended.answer.len(), ended.complaint.len()), (Some(3), 1_000_000, 1_000));
    assert!(ended.cut);
}

#[tokio::test]
async fn a_flood_without_end_ends_at_the_deadline() {
    let script = Script::new("cat /dev/zero >&2 & cat /dev/zero");
    let fault = run(&script, short(), Duration::from_millis(300)).await.err().unwrap();
    assert_eq!(fault.kind, Kind::Unreachable);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_child_that_hangs_and_ignores_polite_signals_is_killed_and_reaped() {
    let script =
        Script::new("trap '' TERM INT HUP; sleep 1000 & echo $! > $DIR/grandchild; echo $$ > $DIR/pid; wait");
    let program = script.program(short());
    let ask = Ask::new("vault list");
    let running = program.run(&ask, Duration::from_secs(2));
    let (fault, child, grandchild) = tokio::join!(running, script.line("pid"), script.line("grandchild"));
    assert_eq!(fault.err().unwrap().kind, Kind::Unreachable);
    assert!(!Path::new("/proc").join(&child).exists(), "reaped before the answer is given");
    ended(&grandchild).await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_dropped_call_ends_the_whole_group_and_leaves_no_zombie() {
    let script = Script::new("sleep 1000 & echo $! > $DIR/grandchild; echo $$ > $DIR/pid; wait");
    let program = script.program(Limits::default());
    let ask = Ask::new("vault list");
    let (child, grandchild) = {
        let running = program.run(&ask, BOUND);
        tokio::pin!(running);
        tokio::select! {
            _ = &mut running => unreachable!("the child never ends by itself"),
            pids = async { (script.line("pid").await, script.line("grandchild").await) } => pids,
        }
    };
    gone(&child).await;
    ended(&grandchild).await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn something_left_behind_that_keeps_the_pipes_open_hangs_nobody() {
    let script =
        Script::new("sleep 1000 & echo $! > $DIR/left; readlink /proc/$$/fd/1; head -c 60000 /dev/zero");
    let ended = run(&script, Limits::default(), BOUND).await.unwrap();
    let left = script.line("left").await;
    assert!(runs(&left), "it is the CLI's own, and left alone");
    let (pipe, rest) = ended.answer.split_at(ended.answer.iter().position(|byte| *byte == b'\n').unwrap());
    assert_eq!((ended.code, rest.len()), (Some(0), 60_001));
    let pipe = String::from_utf8(pipe.to_vec()).unwrap();
    let open = fs::read_dir("/proc/self/fd").unwrap();
    let links = open.filter_map(|entry| fs::read_link(entry.unwrap().path()).ok());
    assert!(pipe.starts_with("pipe:") && links.into_iter().all(|link| link != Path::new(&pipe)), "{pipe}");
    let pid = rustix::process::Pid::from_raw(left.parse().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

#[tokio::test]
async fn a_child_that_dies_half_way_is_told_from_one_that_ends() {
    let script = Script::new("printf '[{\"id\":'; kill -9 $$");
    let ended = run(&script, Limits::default(), BOUND).await.unwrap();
    assert_eq!((ended.code, &ended.answer[..]), (None, &b"[{\"id\":"[..]));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_child_sees_exactly_what_is_on_the_list_and_no_token_in_its_arguments() {
    let script = Script::new(
        "cat /proc/$$/environ > $DIR/environ; tr '\\0' '\\n' < /proc/$$/cmdline; readlink /proc/$$/cwd /proc/$$/fd/0",
    );
    let program = script.program(Limits::default());
    let ask = Ask::new("vault list").flag("vault", "--account=x");
    let ended = program.run(&ask, BOUND).await.unwrap();
    let seen = fs::read_to_string(script.path("environ")).unwrap();
    let mut seen: Vec<&str> = seen.split_terminator('\0').collect();
    let mut wanted: Vec<String> = PASSED_ON.iter().map(|name| format!("{name}=ours {name}")).collect();
    wanted.extend(["OP_FORMAT=json".to_owned(), format!("OP_SERVICE_ACCOUNT_TOKEN={TOKEN}")]);
    seen.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(seen, wanted);
    let printed = String::from_utf8(ended.answer).unwrap();
    let words = "vault\nlist\n--vault=--account=x\n--no-color\n/\n/dev/null\n";
    assert!(printed.ends_with(words) && !printed.contains("canary"), "{printed}");
    assert_eq!(format!("{ask:?}"), "op vault list");
}

#[tokio::test]
async fn what_is_fed_arrives_whole_and_binary() {
    let script = Script::new("cat > $DIR/got; wc -c < $DIR/got");
    let bytes: Vec<u8> = (0..20_u32 << 20).map(|at| (at % 251) as u8 ^ 0x80).collect();
    let program = script.program(Limits::default());
    let ended = program.feed(&Ask::new("document create"), &mut &bytes[..]).await.unwrap();
    assert!(ended.taken && ended.code == Some(0));
    assert!(fs::read(script.path("got")).unwrap() == bytes);
}

#[tokio::test]
async fn a_child_that_ends_before_it_reads_says_why() {
    let script = Script::new("echo '[ERROR] no' >&2; exit 1");
    let bytes = vec![7; 4 << 20];
    let program = script.program(Limits::default());
    let ended = program.feed(&Ask::new("document create"), &mut &bytes[..]).await.unwrap();
    assert_eq!((ended.code, ended.complaint.trim(), ended.taken), (Some(1), "[ERROR] no", false));
}

#[tokio::test]
async fn a_child_that_closes_its_input_early_is_heard_to_its_end() {
    let script = Script::new("exec 0<&-; echo done");
    let bytes = vec![7; 4 << 20];
    let program = script.program(Limits::default());
    let ended = program.feed(&Ask::new("document create"), &mut &bytes[..]).await.unwrap();
    assert_eq!((ended.code, &ended.answer[..], ended.taken), (Some(0), &b"done\n"[..], false));
}

#[tokio::test]
async fn a_source_that_fails_never_looks_like_the_end_of_the_file() {
    struct Failing(u32);
    impl tokio::io::AsyncRead for Failing {
        fn poll_read(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
            into: &mut tokio::io::ReadBuf<'_>,
        ) -> std::task::Poll<std::io::Result<()>> {
            self.0 += 1;
            if self.0 > 3 {
                return std::task::Poll::Ready(Err(std::io::ErrorKind::Other.into()));
            }
            into.put_slice(b"part");
            std::task::Poll::Ready(Ok(()))
        }
    }
    let script = Script::new("echo $$ > $DIR/pid; cat > /dev/null; echo stored > $DIR/stored");
    let program = script.program(Limits::default());
    let fault = program.feed(&Ask::new("document create"), &mut Failing(0)).await.err().unwrap();
    assert_eq!(fault.kind, Kind::Local);
    assert!(!script.path("stored").exists());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_dropped_upload_never_looks_like_the_end_of_the_file() {
    let script = Script::new("echo $$ > $DIR/pid; cat > /dev/null; echo stored > $DIR/stored");
    let program = script.program(Limits::default());
    let (mut source, _open) = tokio::io::duplex(64);
    let ask = Ask::new("document create");
    let child = {
        let feeding = program.feed(&ask, &mut source);
        tokio::pin!(feeding);
        tokio::select! {
            _ = &mut feeding => unreachable!("the source never ends"),
            pid = script.line("pid") => pid,
        }
    };
    gone(&child).await;
    assert!(!script.path("stored").exists());
}

#[tokio::test]
async fn a_child_that_takes_nothing_is_not_fed_for_ever() {
    let script = Script::new("sleep 1000");
    let bytes = vec![7; 4 << 20];
    let program = script.program(short());
    let fault = program.feed(&Ask::new("document create"), &mut &bytes[..]).await.err().unwrap();
    assert_eq!(fault.kind, Kind::Unreachable);
}

async fn poured(script: &Script, size: u64, limits: Limits) -> Result<(Vec<u8>, u64, Ended)> {
    let (mut to, mut written) = (Vec::new(), 0);
    let tap = Tap { to: &mut to, size, written: &mut written };
    let ended = timeout(BOUND, script.program(limits).pour(&Ask::new("read"), tap)).await.unwrap()?;
    Ok((to, written, ended))
}

#[tokio::test]
async fn twenty_megabytes_come_through_as_they_are() {
    let script = Script::new("cat $DIR/file");
    let mut bytes: Vec<u8> =
        (0..20_u32 << 20).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    bytes.extend(b"\xff\xfe\x80\0\r\n\n\n");
    fs::write(script.path("file"), &bytes).unwrap();
    let size = bytes.len() as u64;
    let (got, written, _) = poured(&script, size, Limits::default()).await.unwrap();
    assert!(got == bytes && written == size);
}

#[tokio::test]
async fn one_appended_newline_is_left_out_and_nothing_else() {
    for (printed, size, wanted) in [
        ("printf 'text\\n\\n'", 5, Some("text\n")),
        ("printf 'text\\n'", 5, Some("text\n")),
        ("printf '\\n'", 0, Some("")),
        ("printf ''", 0, Some("")),
        ("printf 'text\\n\\n'", 4, None),
        ("printf 'text!'", 4, None),
        ("cat /dev/zero", 4, None),
    ] {
        let got = poured(&Script::new(printed), size, Limits::default()).await;
        assert_eq!(got.as_ref().map(|got| &got.0[..]).ok(), wanted.map(str::as_bytes), "{printed} {size}");
        assert!(got.is_ok() || got.is_err_and(|fault: Fault| fault.kind == Kind::Broken));
    }
}

#[tokio::test]
async fn a_transfer_that_stands_still_is_ended() {
    for body in ["sleep 1000", "printf half; sleep 1000"] {
        let fault = poured(&Script::new(body), 100, short()).await.err().unwrap();
        assert_eq!(fault.kind, Kind::Unreachable, "{body}");
    }
}

#[tokio::test]
async fn a_program_that_is_gone_or_a_word_that_cannot_be_said_is_a_local_matter() {
    let script = Script::new("exit 0");
    let program = script.program(Limits::default());
    let fault = program.run(&Ask::new("vault create").word("a\0b"), BOUND).await.err().unwrap();
    assert_eq!(fault.kind, Kind::Input);
    fs::remove_file(script.path("op")).unwrap();
    assert_eq!(program.run(&Ask::new("vault list"), BOUND).await.err().unwrap().kind, Kind::Local);
}
