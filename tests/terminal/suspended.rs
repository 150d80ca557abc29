//! Stopped by a key or a signal the terminal is the shell's, and `fg` shows everything as it was.

use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};

use crate::endings::is_given_back;
use crate::leave::demo;
use crate::pty::Pty;

/// The longest that a failing test waits.
const PATIENCE: Duration = Duration::from_secs(20);

/// A shell in which the dashboard runs.
fn begun() -> (tempfile::TempDir, Pty) {
    let home = tempfile::tempdir().unwrap();
    let env = ["HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "STRONGROOM_PROVOKED"];
    let mut shell = Pty::shell(&["/bin/sh", "-i"], &env.map(|name| (name, home.path())), (100, 30));
    shell.shows("shell> ");
    shell.keys("strongroom --no-traffic\r");
    shell.shows("live (simulated)");
    (home, shell)
}

/// The dashboard's process: the shell's only child.
fn dashboard(shell: &Pty) -> Pid {
    let id = shell.id();
    let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
    Pid::from_raw(children.trim().parse().unwrap()).unwrap()
}

/// Has everything drawn anew, and returns what is shown then.
fn redrawn(shell: &mut Pty) -> (Vec<String>, (u16, u16)) {
    let from = shell.raw().len();
    shell.keys("\x0c");
    assert!(shell.writes(from, PATIENCE, |bytes| bytes.len() > 4_000 && bytes.ends_with(b"\x1b[?2026l")));
    shell.picture()
}

fn is_at_shell(text: &str) -> bool {
    text.trim_end().ends_with("shell>") && !text.contains("live (simulated)")
}

#[test]
fn the_key_gives_the_terminal_to_the_shell_and_fg_takes_it_back() {
    let (_home, mut shell) = begun();
    // At the later size, too, so that all that it shows has been read.
    shell.resize(120, 40);
    shell.keys("pjj");
    shell.shows("paused");
    let mut seen = shell.picture();
    while seen != redrawn(&mut shell) {
        seen = shell.picture();
    }
    shell.resize(100, 30);
    shell.keys("\x1a");
    shell.until("the shell", is_at_shell);
    assert!(is_given_back(&shell.raw()) && !shell.hides_cursor());
    // What is typed now is the shell's, all of it; its size changes meanwhile.
    shell.keys("echo ty\"\"ped; stty -a | grep -c ' icanon'\r");
    shell.until("the shell's answer", |text| text.contains("typed") && text.contains("\n1"));
    shell.resize(120, 40);
    shell.keys("fg\r");
    shell.until("the dashboard", |text| text.contains("4 Activity") && text.contains("? help"));
    // What is drawn in between belongs to what was read again: soon nothing is.
    let is_fresh = |shell: &mut Pty| shell.picture() == redrawn(shell);
    assert!((0..20).any(|_| is_fresh(&mut shell)), "what fg has drawn is what a fresh frame is");
    shell.keys("q");
    shell.until("the shell", is_at_shell);
    shell.keys("exit\r");
    assert!(shell.ended().2, "the settings of the terminal");
}

#[test]
fn a_signal_from_outside_stops_and_another_goes_on() {
    let (_home, mut shell) = begun();
    let dashboard = dashboard(&shell);
    let process = pidfd_open(dashboard, PidfdFlags::empty()).unwrap();
    let longest = Timespec { tv_sec: 20, tv_nsec: 0 };
    for _ in 0..2 {
        let before = shell.raw().len();
        kill_process(dashboard, Signal::TSTP).unwrap();
        shell.until("the shell", is_at_shell);
        assert!(is_given_back(&shell.raw()[before.saturating_sub(40_000)..]));
        shell.keys("fg\r");
        shell.until("the dashboard", |text| text.contains("live (simulated)") || text.contains(" live "));
    }
    // In a text field, too; and the title that was kept is given back once for each time it was taken.
    shell.keys("/x\x1a");
    shell.until("the shell", is_at_shell);
    // Stopped it ends, too, and writes nothing once more.
    let written = shell.raw().len();
    kill_process(dashboard, Signal::TERM).unwrap();
    kill_process(dashboard, Signal::CONT).unwrap();
    assert_eq!(poll(&mut [PollFd::new(&process, PollFlags::IN)], Some(&longest)), Ok(1), "it ends");
    shell.keys("jobs\r");
    shell.shows("Done(143)");
    let raw = shell.raw();
    let count = |wanted: &str, bytes: &[u8]| String::from_utf8_lossy(bytes).matches(wanted).count();
    assert_eq!(count("\x1b[22;2t", &raw), count("\x1b[23;2t", &raw));
    assert_eq!(count("\x1b[?1049h", &raw[written..]), count("\x1b[?1049l", &raw[written..]));
    shell.keys("exit\r");
    shell.ended();
}

#[test]
fn what_nobody_could_continue_is_not_stopped() {
    let (_home, mut screen) = demo();
    screen.keys("\x1a");
    screen.shows("there is no shell to go back to");
    screen.signal(Signal::TSTP);
    screen.keys("j");
    screen.signal(Signal::TSTP);
    screen.shows("there is no shell to go back to");
    screen.keys("q");
    assert!(screen.end().0.success());
}

#[test]
fn a_panic_behind_a_stop_gives_the_terminal_back_once_more_and_not_twice() {
    let (_home, mut shell) = begun();
    shell.keys("\x1a");
    shell.until("the shell", is_at_shell);
    shell.keys("fg\r");
    shell.until("the dashboard", |text| text.contains("? help"));
    shell.keys("/a panic");
    shell.shows("a panic that was asked for");
    let raw = shell.raw();
    let text = String::from_utf8_lossy(&raw);
    assert_eq!(text.matches("\x1b[?1049h").count(), 2);
    assert_eq!(text.matches("\x1b[?1049l").count(), 2);
    shell.keys("exit\r");
    shell.ended();
}
