//! Every ending gives the terminal back: its settings, the main screen, the cursor, every mode.
//!
//! `STRONGROOM_ROUNDS=100 cargo test --test terminal endings -- --nocapture` ends it a hundred times in
//! each way and prints a table.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::pty::{Pty, hung_up, kept_in};

/// What has to be written behind the last frame, each once: synchronized output, colours, mouse, focus
/// events, reports of light and dark, and paste off; the main screen; the cursor; the title as it was.
const GIVEN_BACK: [&str; 12] = [
    "\x1b[?2026l",
    "\x1b[0m",
    "\x1b[?1000l",
    "\x1b[?1002l",
    "\x1b[?1003l",
    "\x1b[?1006l",
    "\x1b[?1004l",
    "\x1b[?2031l",
    "\x1b[?2004l",
    "\x1b[?1049l",
    "\x1b[?25h",
    "\x1b[23;2t",
];

enum Way {
    Keys(&'static str),
    Signal(Signal),
}

/// What ends it, and the exit code.
const WAYS: [(&str, Way, u32); 10] = [
    ("q", Way::Keys("q"), 0),
    ("Q", Way::Keys("Q"), 0),
    ("ctrl-c", Way::Keys("\x03"), 0),
    ("mouse on, then q", Way::Keys("Mq"), 0),
    ("SIGINT", Way::Signal(Signal::INT), 130),
    ("SIGTERM", Way::Signal(Signal::TERM), 143),
    ("SIGHUP", Way::Signal(Signal::HUP), 129),
    ("SIGQUIT", Way::Signal(Signal::QUIT), 131),
    ("a panic", Way::Keys("/a panic"), 101),
    ("an error", Way::Keys("/an error"), 1),
];

fn rounds() -> u32 {
    std::env::var("STRONGROOM_ROUNDS").map_or(1, |rounds| rounds.parse().unwrap())
}

/// Where the last frame ends, and whether everything is given back behind it, once.
pub fn is_given_back(raw: &[u8]) -> bool {
    let last = raw.windows(8).rposition(|bytes| bytes == b"\x1b[?2026h").unwrap();
    let end = raw[last..].windows(8).position(|bytes| bytes == b"\x1b[?2026l").unwrap();
    let behind = String::from_utf8_lossy(&raw[last + end + 8..]).into_owned();
    GIVEN_BACK.iter().all(|mode| behind.matches(mode).count() == 1)
}

fn ended(way: &Way, wanted: u32) -> Duration {
    let home = tempfile::tempdir().unwrap();
    let env = ["HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "STRONGROOM_PROVOKED", "NO_COLOR"];
    let mut screen = Pty::start(&["--no-traffic"], &env.map(|name| (name, home.path())), (80, 24));
    screen.shows("live (simulated)");
    assert!(!screen.is_as_before(), "it is raw while the dashboard has it");
    let begun = Instant::now();
    match way {
        Way::Keys(keys) => screen.keys(keys),
        Way::Signal(signal) => screen.signal(*signal),
    }
    let (status, raw, as_before) = screen.ended();
    assert_eq!(status.exit_code(), wanted);
    assert!(as_before, "the settings of the terminal");
    assert!(is_given_back(&raw), "{:?}", String::from_utf8_lossy(&raw[raw.len().saturating_sub(900)..]));
    begun.elapsed()
}

#[test]
fn every_ending_gives_the_terminal_back_and_says_so_in_the_exit_code() {
    println!("{:<18} {:>5} {:>9} {:>9}", "ending", "runs", "median", "longest");
    for (name, way, code) in &WAYS {
        let mut took: Vec<_> = (0..rounds()).map(|_| ended(way, *code)).collect();
        took.sort();
        let (median, longest) = (took[took.len() / 2].as_millis(), took[took.len() - 1].as_millis());
        println!("{name:<18} {:>5} {median:>6} ms {longest:>6} ms", took.len());
    }
    for _ in 0..rounds() {
        let home = tempfile::tempdir().unwrap();
        assert!(!hung_up(&["--no-traffic"], &kept_in(home.path()), "live (simulated)").success());
    }
    println!("{:<18} {:>5}", "terminal gone", rounds());
}
