//! Every pane, overlay, field and message of the dashboard, at three sizes.

use std::path::PathBuf;
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
const WAYS: [&str; 36] = [
    "0", "0jj", "1", "1jjj", "1GG", "1\x04", "2", "2j", "2\r", "2j\rjj", "3", "3l", "3ll", "3lld", "3d",
    "3!", "3a", "3lr=", "3lrA", "4", "4jj", "4\r", "4a", "6", "6j\r", "6jj\r", "H", "H\r", "W", "W\r", "?",
    "1A", "1D", "2D", "1e", "1S",
];
/// What is copied, and says so.
const COPIES: [&str; 6] = ["1yn", "1ye", "1yr", "2yT", "2yl", "1yt"];

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

fn started(world: &World, size: (u16, u16)) -> Pty {
    let env: [(&str, PathBuf); 3] = world.env();
    let env: Vec<_> = env.iter().map(|(name, value)| (*name, value.as_path())).collect();
    Pty::start(&[], &env, size)
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
        let mut screen = started(&world, size);
        screen.until("the class", |text| text.contains("simulated)") && text.contains(" live "));
        for way in WAYS.into_iter().chain(COPIES) {
            screen.keys(way);
            redrawn(&screen);
            home(&mut screen);
        }
        // As typed and as pasted, into a filter and into a field.
        let text = attacks().concat().replace("\u{1b}[201~", "");
        for (keys, end) in [("1/", "\r"), ("2/", "\r"), ("1D\x15", "")] {
            screen.keys(&format!("{keys}\x1b[200~{text}\x1b[201~{end}"));
            redrawn(&screen);
            home(&mut screen);
        }
        all.add(left(screen));
    }
    // The same class, behind a service that says nothing but this.
    let file = world.home.path().join("config/strongroom/class.toml");
    let class = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, class.replace(&world.sandbox.url, &broken())).unwrap();
    world.run(&["trust", file.to_str().unwrap()]);
    for size in SIZES {
        let mut screen = started(&world, size);
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
