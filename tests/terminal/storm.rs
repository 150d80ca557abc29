//! Much at once and nothing at all: sizes, pastes, and a minute in which nobody does anything.
//!
//! `STRONGROOM_SIZES=5000` takes so many sizes, `STRONGROOM_IDLE=60` watches for so many seconds.

use std::time::{Duration, Instant};

use crate::leave::demo;
use crate::pty::{Pty, kept_in};
use crate::world::World;

/// The longest that a failing test waits.
const PATIENCE: Duration = Duration::from_secs(60);
/// How soon a key behind a paste is answered: 100 ms, and what a busy machine adds.
const ANSWERED: Duration = Duration::from_secs(1);

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |number| number.parse().unwrap())
}

/// Has everything drawn anew, and waits until that was written.
fn redrawn(screen: &mut Pty) {
    let from = screen.raw().len();
    screen.keys("\x0c");
    let whole = |bytes: &[u8]| bytes.len() > 2_000 && bytes.ends_with(b"\x1b[?2026l");
    assert!(screen.writes(from, PATIENCE, whole));
}

/// The picture that stays, frame after frame: rows and counts that are still being read change it.
fn settled(screen: &mut Pty) -> (Vec<String>, (u16, u16)) {
    let mut pictures = Vec::new();
    for _ in 0..100 {
        redrawn(screen);
        pictures.push(screen.picture());
        if let [.., one, two, three, four] = &pictures[..]
            && [two, three, four].iter().all(|other| *other == one)
        {
            break;
        }
    }
    pictures.pop().unwrap()
}

#[test]
fn after_a_storm_of_sizes_the_screen_is_what_a_fresh_frame_is() {
    let home = tempfile::tempdir().unwrap();
    // With its simulated uploads: it loads and changes all the while.
    let mut screen = Pty::start(&[], &kept_in(home.path()), (80, 24));
    screen.shows("DEMO");
    let mut seed = 7_u64;
    let mut random = |from: u16, to: u16| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        from + u16::try_from((seed >> 33) % u64::from(to - from)).unwrap()
    };
    for at in 0..number("STRONGROOM_SIZES", 200) {
        let (columns, rows) = match at % 10 {
            0 => (1, 1),
            1 => (400, 150),
            2 => (random(1, 60), random(1, 15)),
            _ => (random(60, 240), random(15, 80)),
        };
        screen.resize(columns, rows);
        if at % 16 == 0 {
            screen.keys(["j", "3", "l", "\t", "1", "k"][usize::try_from(at / 16 % 6).unwrap()]);
        }
    }
    screen.resize(120, 40);
    screen.until("the whole screen", |text| text.contains("4 Activity") && text.contains("? help"));
    screen.keys("p");
    screen.shows("paused");
    screen.keys("j");
    // What is still being read would be another picture.
    screen.until("who has access", |text| !text.contains(" ?  ") && text.contains("0 Attention"));
    let fresh = settled(&mut screen);
    // The other way round and back: what is left of a frame would stay.
    for size in [(61, 16), (1, 1), (200, 60), (120, 40)] {
        screen.resize(size.0, size.1);
    }
    screen.until("the whole screen", |text| text.contains("4 Activity") && text.contains("? help"));
    assert_eq!(settled(&mut screen), fresh);
    screen.keys("Q");
    assert!(screen.end().0.success());
}

#[test]
fn a_paste_of_ten_megabytes_does_nothing_but_fill_a_field() {
    let (_home, mut screen) = demo();
    // As keys they would leave, apply, and say yes.
    let text = "qQAy\rxS!\n".repeat((10 << 20) / 9);
    for field in [false, true] {
        if field {
            screen.keys("/");
            screen.shows("enter keep");
        }
        screen.keys(&format!("\x1b[200~{text}\x1b[201~"));
        let pressed = Instant::now();
        if field {
            screen.keys("\x1b");
            screen.until("no field", |text| text.contains("? help"));
        } else {
            screen.keys("3");
            screen.shows("[3 Access]");
        }
        let took = pressed.elapsed();
        println!("a key behind 10 MB of paste, field {field}: {took:?}");
        assert!(took < ANSWERED, "{took:?}");
        screen.keys("1");
        screen.shows("[1 Roster]");
    }
    screen.keys("q");
    assert!(screen.end().0.success());
}

#[test]
fn an_idle_dashboard_writes_nothing_and_hardly_runs() {
    let world = World::with_beat("1s");
    world.run(&["provision"]);
    let screen = world.start(&[], (120, 40));
    screen.until("the class", |text| text.contains("Ngozi Abara") && text.contains(" live "));
    screen.until("who has access", |text| text.contains("Tom Assis") && !text.contains("W       ?"));
    screen.shows("nothing uploaded yet");
    screen.shows("listed every");
    let seconds = number("STRONGROOM_IDLE", 3);
    let (from, before) = (screen.raw().len(), ticks(screen.id()));
    // Waiting for a byte that never comes is the measurement.
    let wrote = screen.writes(from, Duration::from_secs(seconds), |bytes| !bytes.is_empty());
    let spent = ticks(screen.id()) - before;
    println!("{seconds} idle seconds: {} bytes, {spent} ticks of CPU", screen.raw().len() - from);
    assert!(!wrote, "{:?}", String::from_utf8_lossy(&screen.raw()[from..]));
    // A look a second in a debug build; a hundred ticks are a second.
    assert!(spent <= 5 + seconds * 3, "{spent} ticks");
    screen.signal(rustix::process::Signal::TERM);
    screen.end();
}

/// The CPU time of a process, in ticks (proc(5), fields 14 and 15).
fn ticks(id: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}
