//! The palette, the rest of a sequence, the search through the keys, and what was said.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use strongroom::app::key::{Key, ctrl};
use strongroom::app::msg::Event;
use strongroom::domain::preferences::Preferences;

use crate::screen::{Screen, down, ticket};
use crate::{drawn, shot, text};

const SIZES: [(&str, (u16, u16)); 2] = [("80x24", (80, 24)), ("120x40", (120, 40))];

/// Draws what is typed at both sizes.
fn shots(name: &str, typed: &str) {
    for (size, at) in SIZES {
        let mut screen = Screen::of(16);
        screen.type_in(typed);
        shot(&format!("{name}-{size}"), &mut screen, at);
    }
}

#[test]
fn the_palette_in_every_state() {
    shots("palette", ":");
    shots("palette-found", ":vau");
    shots("palette-student", ":@a");
    shots("palette-unknown", ":downlaods");
}

#[test]
fn the_selected_line_of_the_palette_is_on_the_screen_and_letters_are_marked() {
    let mut screen = Screen::of(16);
    screen.type_in(":");
    for _ in 0..40 {
        screen.key(Key::Down);
    }
    let shown = text(&drawn(&mut screen, (80, 24)));
    assert!(shown.lines().any(|line| line.contains("│ > ")), "{shown}");
    let mut screen = Screen::of(16);
    screen.type_in(":undo");
    let buffer = drawn(&mut screen, (80, 24));
    assert!(crate::styles(&buffer).lines().nth(3).unwrap().contains('R'));
}

#[test]
fn the_cursor_of_a_field_stands_behind_wide_letters() {
    let mut screen = Screen::of(16);
    screen.type_in(":王小明");
    let (mut memo, theme) = (strongroom::ui::Memo::default(), strongroom::ui::theme::Theme::terminal());
    let Ok(mut terminal) = ratatui::Terminal::new(ratatui::backend::TestBackend::new(80, 24));
    let Ok(_) = terminal.draw(|frame| strongroom::ui::draw(&screen.state, &mut memo, &theme, frame));
    let Ok(place) = terminal.get_cursor_position();
    // The box begins at 2; its border, a space, the colon, and three letters of two cells each.
    assert_eq!((place.x, place.y), (2 + 2 + 1 + 6, 2 + 1));
}

#[test]
fn what_was_begun_shows_how_it_goes_on() {
    let keys = |keys: &[(&str, &str)]| {
        let keys = keys.iter().map(|(name, key)| ((*name).to_owned(), vec![(*key).to_owned()]));
        Preferences { keys: keys.collect::<BTreeMap<_, _>>(), ..Preferences::default() }
    };
    for (size, at) in SIZES {
        let mut screen = Screen::of(16);
        let set =
            [("activity", "8 a"), ("access", "8 m"), ("history", "8 h"), ("jobs", "8 j"), ("drift", "8 d")];
        screen.send(Event::Settings(Box::new(keys(&set[..4]))));
        screen.type_in("8");
        shot(&format!("which-key-{size}"), &mut screen, at);
    }
}

#[test]
fn help_that_is_searched() {
    shots("help-search", "?/vault");
    let mut screen = Screen::of(16);
    screen.type_in("?/zzzz");
    assert!(text(&drawn(&mut screen, (80, 24))).contains("no command has these words"));
}

#[test]
fn what_was_said_and_how_much_waits() {
    for (size, at) in SIZES {
        let mut screen = Screen::of(16);
        let asked = screen.chord(ctrl('r'));
        screen.loaded(ticket(&asked[1..]), Err(down()));
        screen.type_in("1-");
        shot(&format!("notices-waiting-{size}"), &mut screen, at);
        screen.type_in(":notices");
        screen.key(Key::Enter);
        shot(&format!("notices-{size}"), &mut screen, at);
    }
}
