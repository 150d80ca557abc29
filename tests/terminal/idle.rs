//! Idle means idle: one request a beat, and not a byte.

use crate::world::World;

/// How many beats are watched, and how often the sandbox is asked for its count at most.
const BEATS: u64 = 5;
const ASKED_AT_MOST: usize = 100_000;

#[test]
fn beats_without_news_ask_once_and_write_nothing() {
    let world = World::new();
    world.run(&["provision"]);
    let mut screen = world.start(&[], (120, 40));
    screen.shows("Ngozi Abara");
    screen.shows("live");
    screen.until("who has access", |text| text.contains("Tom Assis") && !text.contains("W       ?"));
    screen.shows("nothing uploaded yet");
    screen.shows("listed every");
    let after =
        |counted: u64| (0..ASKED_AT_MOST).map(|_| world.requests()).find(|now| now.0 >= counted).unwrap();

    let (beats, all) = after(world.requests().0 + 1);
    let written = screen.raw().len();
    let (later, all_later) = after(beats + BEATS);
    assert_eq!(screen.raw().len(), written, "{:?}", String::from_utf8_lossy(&screen.raw()[written..]));
    // The people are asked for in place of the vaults, never beside them.
    assert_eq!(all_later - all, later - beats, "a beat is one request");
    screen.keys("q");
    assert!(screen.end().0.success());
}
