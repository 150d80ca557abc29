//! What a theme file may say, and whether the built-in ones can be read by everybody.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::os::unix::fs::PermissionsExt as _;

use super::*;
use crate::domain::palette::Depth;

fn places() -> (tempfile::TempDir, Places) {
    let home = tempfile::tempdir().unwrap();
    let places = Places { config: home.path().join("c"), state: home.path().join("s") };
    (home, places)
}

fn write(places: &Places, name: &str, text: &str) {
    fs::create_dir_all(folder(places)).unwrap();
    let path = folder(places).join(format!("{name}.toml"));
    fs::write(&path, text).unwrap();
    // Another test of this process may have opened the umask.
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// The contrast of two colours, from 1 to 21, by WCAG 2.2 (relative luminance, success criterion 1.4.3).
fn contrast(one: (u8, u8, u8), other: (u8, u8, u8)) -> f64 {
    let linear = |part: u8| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    let light = |(r, g, b)| 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    let (one, other) = (light(one) + 0.05, light(other) + 0.05);
    if one > other { one / other } else { other / one }
}

#[test]
fn every_built_in_theme_is_understood() {
    for (name, text) in THEMES {
        let palette = parse(text, name).unwrap();
        assert_eq!((palette.name.as_str(), text.contains(&format!("name = \"{name}\""))), (name, true));
    }
    assert_eq!(built_in("terminal").unwrap(), Palette::default(), "the file and the default are one");
    assert_eq!(built_in("mono").unwrap(), Palette::default().without_colours().named("mono"));
}

#[test]
fn letters_stand_out_from_what_is_behind_them() {
    for (name, _) in THEMES {
        let palette = built_in(name).unwrap();
        let Some(behind) = palette.paint(Slot::Background).rgb() else { continue };
        for slot in Slot::ALL.into_iter().filter(|slot| *slot != Slot::Background) {
            let least = match (name, slot) {
                ("high-contrast", _) => 7.0,
                (_, Slot::Border) => 3.0,
                _ => 4.5,
            };
            let found = contrast(palette.paint(slot).rgb().unwrap(), behind);
            assert!(found >= least, "{name}: {} has {found:.2}", slot.name());
            assert!(!palette.marks(slot).contains(&Mark::Dim), "{name}: faint letters have less");
        }
    }
}

#[test]
fn nothing_disappears_on_terminals_with_fewer_colours() {
    for (name, _) in THEMES {
        for depth in [Depth::Xterm, Depth::Sixteen] {
            let palette = built_in(name).unwrap().at(depth);
            let behind = palette.paint(Slot::Background);
            for slot in Slot::ALL.into_iter().filter(|slot| *slot != Slot::Background) {
                let painted = palette.paint(slot);
                assert!(
                    painted != behind || painted == Paint::Default,
                    "{name}: {} at {depth:?}",
                    slot.name()
                );
            }
        }
    }
}

#[test]
fn a_theme_names_only_what_it_wants_otherwise() {
    let palette =
        parse("base = \"dark\"\n[colors]\nbad = \"bright-red\"\ngood = 34\n", "/x/mine.toml").unwrap();
    assert_eq!(palette.name, "mine");
    assert_eq!(palette.paint(Slot::Bad), Paint::Indexed(9));
    assert_eq!(palette.paint(Slot::Good), Paint::Indexed(34));
    assert_eq!(palette.paint(Slot::Text), built_in("dark").unwrap().paint(Slot::Text));
}

#[test]
fn every_problem_of_a_theme_is_told_with_its_place_and_mend() {
    let text =
        "base = \"drak\"\n[colors]\nbda = \"red\"\ngood = \"gren\"\nbad = 256\n[styles]\nbad = [\"blink\"]\n";
    let refusal = parse(text, "mine.toml").unwrap_err().to_string();
    for part in [
        "mine.toml:1:8: ",
        "did you mean \"dark\"?",
        "mine.toml:3:1: ",
        "did you mean `bad`?",
        "mine.toml:4:8: ",
        "did you mean \"green\"?",
        "mine.toml:5:7: ",
        "from 0 to 255",
        "mine.toml:7:7: ",
        "letters are never \"blink\"",
    ] {
        assert!(refusal.contains(part), "{part}\n{refusal}");
    }
    assert!(parse("[colors]\nbad = \"#12345é\"", "x").is_err(), "bytes are not letters");
}

#[test]
fn a_theme_is_found_by_name_and_the_users_comes_first() {
    let (_home, places) = places();
    assert_eq!(names(&places).len(), THEMES.len());
    write(&places, "mine", "[colors]\nbad = 9\n");
    write(&places, "dark", "[colors]\nbad = 10\n");
    assert_eq!(names(&places).last().unwrap(), "mine");
    assert_eq!(names(&places).len(), THEMES.len() + 1);
    assert_eq!(theme("mine", &places).unwrap().paint(Slot::Bad), Paint::Indexed(9));
    assert_eq!(theme("dark", &places).unwrap().paint(Slot::Bad), Paint::Indexed(10));
    let fault = theme("ligth", &places).unwrap_err().to_string();
    assert!(fault.contains("did you mean \"light\"?"), "{fault}");
    write(&places, "broken", "[color]\n");
    let fault = theme("broken", &places).unwrap_err().to_string();
    assert!(fault.contains("broken.toml:1:2") && fault.contains("did you mean `colors`?"), "{fault}");
    assert!(file("../../secret", &places).is_none());
}
