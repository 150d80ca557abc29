//! Every pane, overlay, field and message of the dashboard, at three sizes.

use std::time::Duration;

use crate::bytes::{Found, read};
use crate::class::{broken, hostile};
use crate::corpus::attacks;
use crate::pty::Pty;
use crate::world::World;

/// The longest that a failing test waits.
const PATIENCE: Duration = Duration::from_secs(20);

const SIZES: [(u16, u16); 3] = [(60, 15), (100, 30), (200, 60)];

/// Keys that lead everywhere, each from the panes and back to them.
const WAYS: [&str; 37] = [
    "0", "0jj", "1", "1jjj", "1GG", "1\x04", "1gj", "2", "2j", "2\r", "2j\rjj", "3", "3l", "3ll", "3lld",
    "3d", "3!", "3a", "3lr=", "3lrA", "4", "4jj", "4\r", "4a", "6", "6j\r", "6jj\r", "H", "H\r", "W", "W\r",
    "?", "1A", "1D", "2D", "1e", "1S",
];
/// The same for forms, pictures, the palette and its words, with what stands there then.
const MORE: [(&str, &str); 29] = [
    (":student k1\r", "> Roster"),
    ("2", "> Items"),
    ("2\r", "version "),
    ("2G\r", "version "),
    ("5", "q close"),
    ("25", "q close"),
    ("35", " Access: "),
    ("3ll5", " Access: "),
    ("45", "q close"),
    ("65", "q close"),
    ("1E", "Write this view to a file"),
    ("2E", "Write this view to a file"),
    ("3E", "Write this view to a file"),
    ("4E", "Write this view to a file"),
    ("1I", "Import a class list"),
    ("C", "Columns of the"),
    ("#", "Access of 25 students"),
    ("#ll", "Access of 25 students"),
    ("b", ""),
    (":", "Commands"),
    (":@", "student NAME"),
    (":@k1", "student NAME"),
    (":@s2", "student NAME"),
    (":due ", "due ASSIGNMENT"),
    (":uploads\r", ""),
    (":timeline\r", "Timeline hw1"),
    (":notices\r", "Notices, the newest first"),
    (":matrix full\r", "Whole matrix"),
    (":matrix full\rjj$d", "Why: who is on"),
];
/// What is copied, and says so.
const COPIES: [&str; 6] = ["1yn", "1ye", "1yr", "2yT", "2yl", "1yt"];

/// All of them.
fn ways() -> impl Iterator<Item = (&'static str, &'static str)> {
    let plain = |keys| (keys, "");
    WAYS.into_iter().map(plain).chain(MORE).chain(COPIES.into_iter().map(plain))
}

/// Has everything drawn anew, also where keys go into a field.
fn redrawn(screen: &Pty) {
    let from = screen.raw().len();
    screen.signal(rustix::process::Signal::WINCH);
    assert!(screen.writes(from, PATIENCE, |bytes| bytes.len() > 200 && bytes.ends_with(b"\x1b[?2026l")));
}

/// Back to the panes.
fn home(screen: &mut Pty) {
    for _ in 0..3 {
        screen.keys("\x1b");
        redrawn(screen);
    }
}

/// A row of a class list with that in its name.
fn row((number, attack): (usize, &String)) -> String {
    let name = attack.replace('"', "\"\"").replace(['\r', '\n'], " ").replace("\u{1b}[201~", "");
    format!("\"{name} {number}\",new{number}@example.edu,n{number}\r")
}

fn left(screen: Pty) -> Found {
    screen.signal(rustix::process::Signal::TERM);
    read(&screen.end().1, false)
}

#[test]
fn nothing_of_what_others_write_reaches_the_terminal_as_it_is() {
    let world = hostile(true);
    let mut all = Found::default();
    for size in SIZES {
        let mut screen = world.start(&[], size);
        screen.until("the class", |text| text.contains("simulated)") && text.contains(" live "));
        for (way, shown) in ways() {
            screen.keys(way);
            redrawn(&screen);
            if size == SIZES[1] {
                screen.shows(shown);
            }
            home(&mut screen);
        }
        // As typed and as pasted, into a filter and into a field.
        let text = attacks().concat().replace("\u{1b}[201~", "");
        let fields = [
            ("1/", "\r"),
            ("2/", "\r"),
            ("1D\x15", ""),
            ("1E\x15", ".csv\r"),
            (":@", ""),
            (":", "\r"),
            ("1I", "\r"),
        ];
        for (keys, end) in fields {
            screen.keys(&format!("{keys}\x1b[200~{text}\x1b[201~{end}"));
            redrawn(&screen);
            home(&mut screen);
        }
        // A class list that is pasted, up to what it would change.
        let list: String = attacks().iter().enumerate().map(row).collect();
        screen.keys(&format!("1I\x1b[200~Name,Email,Student ID\r{list}\x1b[201~\r"));
        screen
            .until("what it would change, or why not", |text| text.contains("<U+") || text.contains("<ESC>"));
        home(&mut screen);
        all.add(left(screen));
    }
    // The same class, behind a service that says nothing but this.
    let file = world.home.path().join("config/strongroom/class.toml");
    let class = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, class.replace(&world.sandbox.url, &broken())).unwrap();
    world.run(&["trust", file.to_str().unwrap()]);
    for size in SIZES {
        let mut screen = world.start(&[], size);
        screen.until("the failure", |text| text.contains("<ESC>") || text.contains("<U+"));
        for way in ["0", "1", "2\x12", "3\x12", "1A", "H", "3d", "3!", "2\r"] {
            screen.keys(way);
            redrawn(&screen);
            home(&mut screen);
        }
        all.add(left(screen));
    }
    println!("{} letters; {:#?}", all.letters, all.kinds);
    let wrong: std::collections::BTreeSet<_> = all.wrong.iter().collect();
    assert!(wrong.is_empty(), "{} times: {wrong:?}", all.wrong.len());
    assert!(all.letters > 100_000 && all.kinds.contains_key("OSC 52"));
}

#[test]
fn nothing_of_it_reaches_a_terminal_under_privacy_or_line_by_line() {
    let world = hostile(false);
    let mut all = Found::default();
    let mut screen = world.start(&[], (100, 30));
    screen.until("the class", |text| text.contains("simulated)") && text.contains(" live "));
    screen.keys("P");
    screen.shows(" PRIVATE ");
    for (way, _) in ways() {
        screen.keys(way);
        redrawn(&screen);
        home(&mut screen);
    }
    all.add(left(screen));
    let lines = talk(&world);
    println!("{} letters under privacy, {} line by line; {:#?}", all.letters, lines.letters, lines.kinds);
    assert!(all.wrong.is_empty() && lines.wrong.is_empty(), "{:?} {:?}", all.wrong, lines.wrong);
    assert!(all.letters > 20_000 && lines.letters > 5_000);
}

/// What the dashboard says line by line, from the choices of the beginning into each and back.
fn talk(world: &World) -> Found {
    let mut screen = world.start(&["--plain"], (100, 30));
    screen.shows("9 end of term");
    for choice in 1..=9 {
        screen.keys(&format!("{choice}\r?\rm\rm\r2\rb\resc\resc\rb\r"));
    }
    screen.keys("3\r1\r\r5\resc\rb\r4\rcolumn 2\rwhy\resc\rb\r\x04");
    let (status, raw) = screen.end();
    assert!(status.success(), "{status:?}");
    read(&raw, true)
}
