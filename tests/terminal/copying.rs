//! What is asked of the terminal beside frames: the clipboard, the title, the bell, the mouse, the cursor.

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;

use crate::leave::demo;
use crate::world::World;

/// The longest that a failing test waits.
const PATIENCE: Duration = Duration::from_secs(20);

fn count(raw: &[u8], wanted: &str) -> usize {
    raw.windows(wanted.len()).filter(|bytes| *bytes == wanted.as_bytes()).count()
}

/// What the terminal was asked to copy last.
fn copied(raw: &[u8]) -> String {
    let text = String::from_utf8_lossy(raw);
    let asked = text.rsplit("\x1b]52;c;").next().unwrap().split('\x07').next().unwrap();
    String::from_utf8(base64::engine::general_purpose::STANDARD.decode(asked).unwrap()).unwrap()
}

#[test]
fn keys_copy_what_is_selected_by_asking_the_terminal() {
    let world = World::new();
    world.run(&["provision"]);
    let mut screen = world.start(&[], (120, 40));
    screen.until("the class", |text| text.contains("Ngozi Abara") && text.contains(" live "));
    screen.keys("1");
    for (keys, shown, text) in [
        ("yn", "the name was copied", "Ngozi Abara"),
        ("ye", "the address was copied", "ngozi@example.edu"),
        ("yk", "the key was copied", "ngozi"),
    ] {
        screen.keys(keys);
        screen.until(shown, |text| text.contains(shown) && text.contains("may refuse"));
        assert_eq!(copied(&screen.raw()), text);
    }
    screen.keys("yr");
    screen.shows("the row was copied");
    let row = copied(&screen.raw());
    assert!(row.starts_with("Ngozi Abara\tngozi\tngozi@example.edu\t") && !row.contains('\n'), "{row:?}");
    screen.keys("yt");
    screen.until("what a table is", |text| {
        text.contains("the table was copied") && text.contains("a shell would run each")
    });
    assert_eq!(copied(&screen.raw()).lines().nth(1), Some(row.as_str()));
    screen.keys("q");
    assert!(screen.end().0.success());
}

#[test]
fn inside_tmux_it_is_tmux_that_is_told() {
    let world = World::new();
    let folder = world.home.path().join("bin");
    std::fs::create_dir_all(&folder).unwrap();
    let (program, taken) = (folder.join("tmux"), world.home.path().join("taken"));
    let text = format!("#!/bin/sh\necho \"$@\" >'{0}'\ncat >>'{0}'\n", taken.display());
    std::fs::write(&program, text).unwrap();
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let env = [("TMUX", Path::new("/run/tmux/default,1,0")), ("PATH", folder.as_path())];
    let mut screen = world.start_with(&[], &env, (120, 40));
    screen.until("the class", |text| text.contains("Ngozi Abara") && text.contains(" live "));
    screen.keys("1ye");
    screen.shows("the address was copied: tmux has it");
    assert_eq!(std::fs::read_to_string(&taken).unwrap(), "load-buffer -w -\nngozi@example.edu");
    std::fs::write(&program, "#!/bin/sh\nexit 3\n").unwrap();
    screen.keys("ye");
    screen.shows("the address was not copied: tmux did not take it: it ended with 3");
    screen.keys("q");
    let (status, raw) = screen.end();
    assert!(status.success() && count(&raw, "\x1b]52") == 0);
}

#[test]
fn the_bell_rings_once_for_what_arrives_and_only_when_asked() {
    for bell in [false, true] {
        let world = World::with_beat("1h");
        world.run(&["provision"]);
        let mut screen = world.start(if bell { &["--bell"] } else { &[] }, (120, 40));
        screen.until("the first beat", |text| text.contains("Ngozi Abara") && text.contains(" live "));
        world.upload("T1-ngozi", "ngozi@example.edu", "hw1.pdf");
        world.upload("T1-ngozi", "ngozi@example.edu", "hw2.pdf");
        screen.keys("\x12");
        screen.until("both", |text| text.contains("hw1.pdf") && text.contains("hw2.pdf"));
        screen.keys("q");
        let (status, raw) = screen.end();
        assert_eq!((status.success(), count(&raw, "\x07")), (true, usize::from(bell)));
        // The class, kept and given back around it.
        assert_eq!(count(&raw, "\x1b]2;strongroom T1\x1b\\"), 1);
        assert_eq!((count(&raw, "\x1b[22;2t"), count(&raw, "\x1b[23;2t")), (1, 1));
    }
}

#[test]
fn the_mouse_is_left_alone_until_it_is_asked_for() {
    let (_home, mut screen) = demo();
    screen.resize(120, 40);
    screen.until("the whole screen", |text| text.contains("4 Activity") && text.contains("? help"));
    screen.keys("1");
    screen.shows("> Roster");
    // A press that nobody asked for, malformed ones, and reports of an old kind.
    screen.keys("\x1b[<0;3;6M\x1b[<0;0;0M\x1b[<0;99999;2M\x1b[M   ");
    assert_eq!(count(&screen.raw(), "\x1b[?1000h"), 0);
    screen.keys("M");
    screen.shows(" MOUSE ");
    assert_eq!(count(&screen.raw(), "\x1b[?1000h\x1b[?1006h"), 1);
    assert_eq!(count(&screen.raw(), "\x1b[?1003h"), 0);
    // Heading, border, then rows: the fourth row of the roster.
    let text = screen.shows("NAME");
    let heading = text.lines().position(|line| line.contains("NAME")).unwrap();
    screen.keys(&format!("\x1b[<0;5;{}M\x1b[<0;5;{}m", heading + 5, heading + 5));
    let is_fourth = |text: &str| text.lines().nth(heading + 4).is_some_and(|line| line.contains('>'));
    screen.until("the fourth row", is_fourth);
    screen.parks_on(heading + 4);
    // Three notches, a row each.
    screen.keys(&format!("\x1b[<64;5;{}M", heading + 5).repeat(3));
    screen
        .until("the first row", |text| text.lines().nth(heading + 1).is_some_and(|line| line.contains('>')));
    screen.keys("M");
    screen.until("the terminal's mouse", |text| !text.contains(" MOUSE "));
    assert_eq!(count(&screen.raw(), "\x1b[?1006l\x1b[?1000l"), 1);
    screen.keys("q");
    assert!(screen.end().0.success());
}

#[test]
fn a_step_writes_little_and_in_one_frame() {
    let (_home, mut screen) = demo();
    screen.resize(120, 40);
    screen.until("the whole screen", |text| text.contains("4 Activity") && text.contains("? help"));
    screen.keys("1g");
    screen.shows("> Roster");
    screen.keys("p");
    screen.shows("paused");
    let heading = screen.shows("NAME").lines().position(|line| line.contains("NAME")).unwrap();
    let mut sizes: Vec<usize> = Vec::new();
    // What is read for the rows that come into view is read once, and drawn in frames of its own.
    for step in 0..12 {
        let (key, row) = if step % 2 == 0 { ("j", heading + 2) } else { ("k", heading + 1) };
        // From the end of a frame on: what is on its way belongs to the step before.
        assert!(screen.writes(0, PATIENCE, |bytes| bytes.ends_with(b"\x1b[?2026l")));
        let from = screen.raw().len();
        screen.keys(key);
        screen.until("the next row", |text| text.lines().nth(row).is_some_and(|line| line.contains('>')));
        let whole = |bytes: &[u8]| {
            let begun = count(bytes, "\x1b[?2026h");
            begun > 0 && begun == count(bytes, "\x1b[?2026l") && bytes.ends_with(b"\x1b[?2026l")
        };
        assert!(screen.writes(from, PATIENCE, whole), "frames are whole");
        let written = screen.raw()[from..].to_vec();
        sizes.push(written.len());
    }
    sizes.sort_unstable();
    println!("a step in the roster at 120x40: {} bytes, of {sizes:?}", sizes[sizes.len() / 2]);
    assert!(sizes[sizes.len() / 2] < 1_500);
    screen.keys("q");
    assert!(screen.end().0.success());
}

#[test]
fn coming_back_looks_once() {
    let world = World::with_beat("1h");
    world.run(&["provision"]);
    let mut screen = world.start(&[], (120, 40));
    screen.until("the first beat", |text| text.contains("Ngozi Abara") && text.contains(" live "));
    assert_eq!(count(&screen.raw(), "\x1b[?1004h"), 1);
    let before = world.requests().0;
    // A moment ago it has looked.
    screen.keys("\x1b[O\x1b[I\x1b[O\x1b[I?");
    screen.shows("Keys");
    assert_eq!(world.requests().0, before);
    screen.keys("qq");
    assert!(screen.end().0.success());
}
