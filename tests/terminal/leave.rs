//! However the dashboard ends, the terminal is given back, and soon.

use rustix::process::Signal;

use crate::pty::{Pty, hung_up, kept_in, stalled};

pub fn demo() -> (tempfile::TempDir, Pty) {
    let home = tempfile::tempdir().unwrap();
    let screen = Pty::start(&["--no-traffic"], &kept_in(home.path()), (80, 24));
    screen.shows("live (simulated)");
    (home, screen)
}

#[test]
fn a_terminal_that_goes_away_ends_the_dashboard() {
    let home = tempfile::tempdir().unwrap();
    assert!(!hung_up(&["--no-traffic"], &kept_in(home.path()), "live (simulated)").success());
}

#[test]
fn a_terminal_that_does_not_read_holds_up_no_signal() {
    let home = tempfile::tempdir().unwrap();
    let ended = stalled(&["--no-traffic"], &kept_in(home.path()), "live (simulated)", Signal::TERM);
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
    // The last one is from leaving, where a frame may have been cut off.
    assert_eq!(count(b"\x1b[?2026h") + 1, count(b"\x1b[?2026l"));
    assert!(count(b"\x1b[?2026h") > 0);
    // Cursor position, device attributes, colours: a terminal that does not answer would block.
    for asked in [&b"\x1b[6n"[..], b"\x1b[c", b"\x1b]11;?"] {
        assert_eq!(count(asked), 0);
    }
}
