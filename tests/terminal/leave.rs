//! However the dashboard ends, the terminal is given back, and soon.

use rustix::process::Signal;

use crate::pty::{Pty, hung_up, stalled};

/// What has to be written last: paste mode off, the main screen, the cursor shown.
const GIVEN_BACK: [&[u8]; 3] = [b"\x1b[?2004l", b"\x1b[?1049l", b"\x1b[?25h"];

fn demo() -> (tempfile::TempDir, Pty) {
    let home = tempfile::tempdir().unwrap();
    let env = ["HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"].map(|name| (name, home.path()));
    let screen = Pty::start(&["--no-traffic"], &env, (80, 24));
    screen.shows("live (simulated)");
    (home, screen)
}

fn is_given_back(raw: &[u8]) -> bool {
    let found = |wanted: &[u8]| raw.windows(wanted.len()).rposition(|bytes| bytes == wanted);
    let drawn = found(b"\x1b[?2026l");
    GIVEN_BACK.iter().all(|wanted| found(wanted) > drawn)
}

#[test]
fn q_leaves_and_gives_the_terminal_back() {
    let (_home, mut screen) = demo();
    screen.keys("q");
    let (status, raw) = screen.end();
    assert!(status.success() && is_given_back(&raw));
}

#[test]
fn signals_give_the_terminal_back_and_say_so_in_the_exit_code() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let (_home, screen) = demo();
        screen.signal(signal);
        let (status, raw) = screen.end();
        assert_eq!(status.exit_code(), code);
        assert!(is_given_back(&raw), "{signal:?}");
    }
}

#[test]
fn a_terminal_that_goes_away_ends_the_dashboard() {
    let home = tempfile::tempdir().unwrap();
    let env = ["HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"].map(|name| (name, home.path()));
    assert!(!hung_up(&["--no-traffic"], &env, "live (simulated)").success());
}

#[test]
fn a_terminal_that_does_not_read_holds_up_no_signal() {
    let home = tempfile::tempdir().unwrap();
    let env = ["HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"].map(|name| (name, home.path()));
    let ended = stalled(&["--no-traffic"], &env, "live (simulated)", Signal::TERM);
    assert_eq!(ended.exit_code(), 143);
}

#[test]
fn sizes_are_followed_and_too_small_ones_are_told() {
    let (_home, screen) = demo();
    for (columns, rows) in [(20, 5), (200, 60), (1, 1), (59, 14)] {
        screen.resize(columns, rows);
    }
    screen.shows("needs 60x15");
    screen.resize(120, 40);
    screen.shows("4 Activity");
}

#[test]
fn every_frame_is_whole_and_no_terminal_is_asked_anything() {
    let (_home, mut screen) = demo();
    screen.keys("jjj3lll?");
    screen.shows("Keys");
    screen.keys("qq");
    let (_, raw) = screen.end();
    let count = |wanted: &[u8]| raw.windows(wanted.len()).filter(|bytes| *bytes == wanted).count();
    assert_eq!(count(b"\x1b[?2026h"), count(b"\x1b[?2026l"));
    assert!(count(b"\x1b[?2026h") > 0);
    // Cursor position, device attributes, colours: a terminal that does not answer would block.
    for asked in [&b"\x1b[6n"[..], b"\x1b[c", b"\x1b]11;?"] {
        assert_eq!(count(asked), 0);
    }
}
