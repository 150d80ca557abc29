//! Colours, settings and class file in a real terminal: what is written under NO_COLOR, what an edit changes while
//! the dashboard is open, and a terminal that tells its background.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::pty::{Pty, kept_in};
use crate::world::World;

const SIZE: (u16, u16) = (120, 30);
/// The longest that a failing test waits.
const PATIENCE: Duration = Duration::from_secs(20);

struct Demo {
    home: tempfile::TempDir,
}

impl Demo {
    fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        write(&self.home.path().join("strongroom").join(name), text)
    }

    fn start(&self, args: &[&str], env: &[(&str, &str)]) -> Pty {
        let more = env.iter().map(|(name, value)| (*name, Path::new(*value)));
        let env: Vec<_> = kept_in(self.home.path()).into_iter().chain(more).collect();
        let args: Vec<&str> = ["--no-traffic"].iter().chain(args).copied().collect();
        let screen = Pty::start(&args, &env, SIZE);
        screen.shows("live (simulated)");
        screen
    }
}

fn write(path: &Path, text: &str) -> PathBuf {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    // As most editors do: another file is put in the place of the old one.
    let new = path.with_extension("new");
    fs::write(&new, text).unwrap();
    fs::set_permissions(&new, fs::Permissions::from_mode(0o600)).unwrap();
    fs::rename(&new, path).unwrap();
    path.to_owned()
}

/// The colours that were asked for, by what stands between `ESC [` and `m`; those of the terminal's user
/// (39, 49, 59) are none.
fn colours(raw: &[u8]) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(raw);
    let mut found = BTreeSet::new();
    for sequence in text.split("\u{1b}[").skip(1) {
        let Some((codes, _)) = sequence.split_once('m') else { continue };
        if !codes.bytes().all(|b| b.is_ascii_digit() || b == b';' || b == b':') {
            continue;
        }
        let mut parts = codes.split(';');
        while let Some(part) = parts.next() {
            match part.parse().unwrap_or(0) {
                38 | 48 | 58 => {
                    let count = if parts.next() == Some("2") { 3 } else { 1 };
                    let rest: Vec<&str> = parts.by_ref().take(count).collect();
                    found.insert(format!("{part} {}", rest.join(" ")));
                }
                30..=37 | 40..=47 | 90..=97 | 100..=107 => drop(found.insert(part.to_owned())),
                _ => {}
            }
        }
    }
    found
}

/// Whether the line with the cursor's sign is reversed as a whole.
fn is_selection_reversed(raw: &[u8]) -> bool {
    let mut parser = vt100::Parser::new(
        std::num::NonZeroU16::new(SIZE.1).unwrap(),
        std::num::NonZeroU16::new(SIZE.0).unwrap(),
        0,
    );
    // What was shown before the screen was left.
    let left = raw.windows(8).rposition(|bytes| bytes == b"\x1b[?1049l").unwrap_or(raw.len());
    parser.process(&raw[..left]);
    let screen = parser.screen();
    let sign = |y: u16| screen.cell(y, 1).filter(|cell| cell.contents() == ">");
    (0..SIZE.1).filter_map(sign).any(|cell| cell.inverse() && cell.bold())
}

#[test]
fn no_color_writes_no_colour_and_the_selection_is_still_reversed() {
    for (args, env) in [
        (&[][..], &[("NO_COLOR", "1")][..]),
        (&["--color", "never"], &[]),
        (&["--theme", "dark"], &[("NO_COLOR", "1")]),
        (&["--theme", "mono"], &[]),
    ] {
        let demo = Demo::new();
        let mut screen = demo.start(args, env);
        screen.keys("1jj?");
        screen.shows("Keys");
        screen.keys("\x1b");
        screen.until("the panes", |text| !text.contains(" Keys: "));
        screen.keys("q");
        let (status, raw) = screen.end();
        assert!(status.success());
        assert_eq!(colours(&raw), BTreeSet::new(), "{args:?} {env:?}");
        assert!(is_selection_reversed(&raw), "{args:?} {env:?}");
    }
}

#[test]
fn color_always_comes_before_no_color_and_the_default_has_sixteen() {
    let demo = Demo::new();
    let mut screen = demo.start(&["--color", "always"], &[("NO_COLOR", "1"), ("COLORTERM", "truecolor")]);
    screen.keys("1jq");
    let (_, raw) = screen.end();
    let colours = colours(&raw);
    let sixteen = |colour: &String| match colour.split_once(' ') {
        Some((_, number)) => number.parse::<u8>().is_ok_and(|number| number < 16),
        None => true,
    };
    assert!(!colours.is_empty() && colours.iter().all(sixteen), "{colours:?}");
    assert!(is_selection_reversed(&raw));
    assert!(!raw.windows(4).any(|bytes| bytes == b"\x1b]11"), "nothing is asked that nobody needs");
}

#[test]
fn every_built_in_theme_is_worn_at_every_depth() {
    let themes = strongroom::config::theme::THEMES;
    for colorterm in ["truecolor", ""] {
        let demo = Demo::new();
        let mut screen = demo.start(&[], &[("COLORTERM", colorterm)]);
        let mut from = 0;
        for (at, (name, _)) in themes.iter().enumerate() {
            if at > 0 {
                screen.keys("T");
                screen.shows(&format!("theme {name}, {} of {}", at + 1, themes.len()));
                // Whatever is written from here on belongs to this theme; all of it is, once more.
                from = screen.raw().len();
                screen.keys("\x0c");
                assert!(
                    screen.writes(from, PATIENCE, |bytes| bytes.len() > 2_000
                        && bytes.ends_with(b"\x1b[?2026l"))
                );
            }
            let exact = colours(&screen.raw()[from..]).iter().any(|colour| colour.matches(' ').count() == 3);
            let wants = colorterm == "truecolor" && !["terminal", "mono"].contains(name);
            assert_eq!(exact, wants, "{name} {colorterm}");
        }
        screen.keys("q");
        assert!(screen.end().0.success());
    }
}

#[test]
fn a_theme_is_followed_while_it_is_edited_and_a_bad_one_is_told() {
    let demo = Demo::new();
    demo.write("settings.toml", "[ui]\ntheme = \"mine\"\n");
    demo.write("themes/mine.toml", "[colors]\nfocus = 201\n");
    let mut screen = demo.start(&[], &[]);
    let has = |screen: &Pty, colour: &str| colours(&screen.raw()).contains(colour);
    assert!(has(&screen, "38 201") && !has(&screen, "38 99"));
    demo.write("themes/mine.toml", "[colors]\nfocus = 99\n");
    screen.shows("theme mine was read again");
    assert!(has(&screen, "38 99"));
    demo.write("themes/mine.toml", "[colors]\nfokus = 77\n");
    screen.until("what is wrong", |text| {
        text.contains("mine.toml:2:1") && text.contains("did you mean `focus`?")
    });
    // A key takes away what was said before it: all of these are taken before anything else is said.
    screen.keys("jk:");
    screen.shows("give it");
    screen.keys("\x1b");
    screen.until("no prompt any more", |text| !text.contains("give it"));
    screen.shows("mine.toml:2:1");
    assert!(!has(&screen, "38 77"));
    demo.write("settings.toml", "[ui]\ntheme = \"terminal\"\n");
    screen.shows("settings read again: theme");
    screen.until("no complaint any more", |text| !text.contains("mine.toml"));
    demo.write("settings.toml", "[ui]\nthem = \"dark\"\n");
    screen.until("what is wrong", |text| text.contains("settings.toml:2:1") && text.contains("`theme`?"));
    screen.keys("T");
    screen.shows("theme dark, 2 of 8");
    screen.keys("q");
    assert!(screen.end().0.success());
}

#[test]
fn an_edited_class_file_is_shown_and_another_class_is_refused() {
    let world = World::new();
    let mut screen = world.start(&[], (160, 40));
    screen.shows("Ngozi Abara");
    screen.shows("live");
    let file = world.home.path().join("config/strongroom/class.toml");
    let text = fs::read_to_string(&file).unwrap();
    let assignment = "[[assignment]]\nid = \"hw1\"\ntitle = \"Locks\"\ndue = 2030-01-01T12:00:00\n[assignment.match]\nany = true\n";
    let edited = text.replacen("id = \"T1\"", "id = \"T1\"\ntitle = \"A new title\"", 1) + assignment;
    write(&file, &edited);
    screen.shows("A new title");
    screen.keys("1");
    screen.until("the assignment", |text| text.contains("> Roster") && text.contains("  hw1 "));
    write(&file, &edited.replacen("title = \"A new title\"", "tilte = \"x\"", 1));
    screen.until("what is wrong", |text| text.contains("class.toml:3:1") && text.contains("A new title"));
    write(&file, &edited.replacen("\"T1\"", "\"T2\"", 1));
    screen.shows("restart the dashboard for this");
    write(&file, &edited);
    screen.shows("class file: mended");
    screen.keys("q");
    assert!(screen.end().0.success());
}

#[test]
fn a_terminal_that_tells_its_background_is_followed_and_no_key_of_the_answer_is_typed() {
    let demo = Demo::new();
    let mut screen = demo.start(&["--theme", "auto"], &[]);
    assert!(screen.raw().windows(7).any(|bytes| bytes == b"\x1b]11;?\x1b"), "it was asked");
    let behind = |screen: &Pty| colours(&screen.raw()).iter().any(|colour| colour.starts_with("48 "));
    assert!(!behind(&screen), "neutral until it is known");
    // Each key of it would do something: 1 goes to the roster, / begins a filter.
    screen.keys("2\x1b]11;rgb:ffff/ffff/f0f0\x1b\\");
    screen.keys("?");
    let shown = screen.shows("Keys");
    screen.keys("\x1b");
    screen.until("the panes", |text| !text.contains(" Keys: "));
    assert!(behind(&screen) && !shown.contains("/ff"), "{shown}");
    screen.keys("q");
    let (status, raw) = screen.end();
    assert!(status.success());
    let after = raw.windows(8).rposition(|bytes| bytes == b"\x1b[?1049l").unwrap();
    assert!(!String::from_utf8_lossy(&raw[after..]).contains("rgb:"), "nothing is left for the shell");
}
