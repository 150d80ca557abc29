//! What arrives in one piece, or without its end: fast hands, slow lines, a paste that was cut off.

use rustix::process::Signal;

use crate::leave::demo;

#[test]
fn escape_and_a_key_in_one_piece_are_both_taken() {
    let (_home, mut screen) = demo();
    screen.keys("?");
    screen.shows(" Keys: ");
    // Out of the help, into a pane, into the field and out of it again: each behind an Escape.
    screen.keys("\x1b3");
    screen.until("the access", |text| text.contains("[3 Access]") && !text.contains(" Keys: "));
    screen.keys("\x1b/");
    screen.shows("enter keep");
    screen.keys("x\x1b\x1b1");
    screen.until("the roster", |text| text.contains("[1 Roster]") && !text.contains("enter keep"));
    // Behind Escape this is no text of the terminal's: nothing of it is swallowed.
    screen.keys("\x1b]\x1bP3");
    screen.until("the access, hidden", |text| text.contains("[3 Access]") && text.contains("PRIVATE"));
    screen.keys("Q");
    assert!(screen.end().0.success());
}

#[test]
fn a_paste_without_an_end_gives_the_keys_back() {
    let (_home, mut screen) = demo();
    screen.keys("/");
    screen.shows("enter keep");
    screen.keys("\x1b[200~abara");
    screen.shows("/abara");
    // Its rest, late: as keys it would leave.
    screen.keys("\x1bQQ\x1b[201~");
    screen.shows("abaraQQ");
    screen.keys("\x1b3");
    screen.until("the access", |text| text.contains("[3 Access]") && !text.contains("enter keep"));
    screen.signal(Signal::TERM);
    assert_eq!(screen.end().0.exit_code(), 143);
}
