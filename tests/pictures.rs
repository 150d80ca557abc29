//! The pictures of the README: the built program on the demo class, photographed in a terminal.
//!
//! `UPDATE_PICTURES=1 cargo test --test pictures` takes them anew. Without it the scenes are still played,
//! so that a key which no longer leads there is found, and the pictures that are kept are looked at.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    unreachable_pub,
    reason = "tests"
)]

#[path = "terminal/pty.rs"]
#[allow(dead_code, reason = "a picture needs a part of a terminal")]
mod pty;
#[path = "pictures/students.rs"]
mod students;
#[path = "pictures/svg.rs"]
mod svg;
#[path = "pictures/well_formed.rs"]
mod well_formed;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pty::Pty;

/// The size of the terminal, in columns and rows.
const SIZE: (u16, u16) = (120, 40);
/// The largest picture, in bytes: a page with all of them has to load at once.
const LARGEST: usize = 60 * 1024;

/// What the program writes behind a frame: the end of a synchronized update.
const FRAME_ENDS: &[u8] = b"\x1b[?2026l";
/// How long the rest of a frame may take; only a failing test waits that long.
const PATIENCE: Duration = Duration::from_secs(20);

/// A picture: how to come to it from the one before.
struct Scene {
    file: &'static str,
    /// What the picture shows, for whoever cannot see it.
    title: &'static str,
    keys: &'static str,
    /// What has to stand on the screen, and so in the picture.
    shows: &'static [&'static str],
}

const SCENES: [Scene; 4] = [
    Scene {
        file: "roster",
        title: "The class: who has signed up, who has a vault, what was handed in",
        keys: "1g",
        shows: &["1 Roster 30", "Ngozi Abara", "STUDENT"],
    },
    Scene {
        file: "access",
        title: "The access matrix with a staged change",
        keys: "3gw",
        shows: &["3 Access", "1 access change staged", "R>W"],
    },
    Scene {
        file: "activity",
        title: "Uploads as they arrive",
        keys: "4",
        shows: &["4 Activity", "hw1 Password file", "hw2 Threat model"],
    },
    Scene {
        file: "plan",
        title: "A plan, looked at before anything is sent",
        keys: "1A",
        shows: &["Plan: ", "y applies"],
    },
];

fn place(scene: &Scene) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/pictures");
    folder.join(format!("{}.svg", scene.file))
}

fn is_shown(scene: &Scene, text: &str) -> bool {
    scene.shows.iter().all(|shown| text.contains(shown))
}

/// Everything written up to the end of a frame that shows the scene: what comes behind it is a frame of
/// which a part is not there yet.
fn whole_frame(screen: &Pty, scene: &Scene) -> Vec<u8> {
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        screen.until(scene.title, |text| is_shown(scene, text));
        let mut bytes = screen.raw();
        let frames = bytes.windows(FRAME_ENDS.len()).rposition(|bytes| bytes == FRAME_ENDS);
        bytes.truncate(frames.unwrap() + FRAME_ENDS.len());
        if is_shown(scene, &svg::text(&bytes, SIZE)) {
            return bytes;
        }
    }
    panic!("no frame with {}", scene.title);
}

#[test]
fn the_scenes_can_be_played() {
    let home = tempfile::tempdir().unwrap();
    let (config, state) = (home.path().join("config"), home.path().join("state"));
    let env = [
        ("HOME", home.path()),
        ("XDG_CONFIG_HOME", config.as_path()),
        ("XDG_STATE_HOME", state.as_path()),
        ("COLORTERM", Path::new("truecolor")),
    ];
    let mut screen = Pty::start(&["--no-traffic"], &env, SIZE);
    screen.until("the demo class, looked at once", |text| {
        text.contains("DEMO") && text.contains("live") && text.contains("every vault read in full")
    });
    students::hand_in(&state);
    for scene in &SCENES {
        screen.keys(scene.keys);
        let picture = svg::of(&whole_frame(&screen, scene), SIZE, scene.title);
        if std::env::var_os("UPDATE_PICTURES").is_some() {
            std::fs::create_dir_all(place(scene).parent().unwrap()).unwrap();
            // In one piece: the other test may be reading it.
            let new = place(scene).with_extension("new");
            std::fs::write(&new, picture).unwrap();
            std::fs::rename(new, place(scene)).unwrap();
        }
    }
    screen.keys("\u{3}");
}

#[test]
fn every_picture_is_kept_and_shows_its_scene() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    for scene in &SCENES {
        let picture = std::fs::read_to_string(place(scene));
        let picture = picture.expect("take it with UPDATE_PICTURES=1 cargo test --test pictures");
        let text = well_formed::text(&picture).unwrap_or_else(|why| panic!("{}: {why}", scene.file));
        assert!(picture.len() < LARGEST, "{}: {} bytes", scene.file, picture.len());
        assert!(text.contains(scene.title) && is_shown(scene, &text), "{}: {text}", scene.file);
        assert!(readme.contains(&format!("(assets/pictures/{}.svg)", scene.file)), "{}", scene.file);
    }
}
