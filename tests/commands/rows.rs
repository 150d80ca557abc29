//! Selection, filter, marks and staging.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use strongroom::app::key::{Key, ctrl};
use strongroom::app::msg::{Effect, Event, Order, Pane};
use strongroom::domain::access::{Level, Principal};

use crate::screen::{Screen, class, loads, person, setting, student, teacher, vault};

#[test]
fn a_filter_keeps_selection_and_marks_and_counts_the_hidden() {
    let mut screen = Screen::of(16);
    screen.type_in("  "); // marks the first two, the third is selected
    assert_eq!(screen.marks(), ["s000", "s001"]);
    let selected = screen.state.selected().unwrap().key.clone();
    screen.type_in("/castillo");
    assert_eq!(screen.state.rows.shown.len(), 1);
    assert_eq!(screen.state.selected().unwrap().key, selected);
    assert_eq!(screen.state.rows.hidden_marks(), 2);
    screen.key(Key::Enter);
    assert!(!screen.state.rows.filter.editing);
    screen.key(Key::Esc);
    assert_eq!(screen.state.rows.shown.len(), 16);
    assert_eq!((screen.marks().len(), screen.state.selected().unwrap().key.clone()), (2, selected));
}

#[test]
fn escape_takes_back_the_nearest_thing_first() {
    let mut screen = Screen::of(16);
    screen.type_in("3 /s0");
    screen.key(Key::Enter);
    screen.type_in("?");
    screen.key(Key::Esc);
    assert!(screen.state.overlays.is_empty() && screen.state.rows.filter.is_active());
    screen.key(Key::Esc);
    assert!(!screen.state.rows.filter.is_active() && screen.marks().len() == 1);
    screen.key(Key::Esc);
    assert!(screen.marks().is_empty() && screen.state.focus == Pane::Access);
    screen.key(Key::Esc);
    assert_eq!(screen.state.focus, Pane::Roster);
}

#[test]
fn a_range_marks_from_where_it_began_and_shrinks_again() {
    let mut screen = Screen::of(16);
    screen.type_in("jvjjj");
    assert_eq!(screen.marks(), ["s001", "s002", "s003", "s004"]);
    screen.type_in("kk");
    assert_eq!(screen.marks(), ["s001", "s002"]);
    screen.type_in("vj");
    assert_eq!(screen.marks(), ["s001", "s002"], "the range has ended");
    screen.type_in("gvj");
    assert_eq!(screen.marks(), ["s000", "s001", "s002"]);
    screen.type_in("U");
    assert!(screen.marks().is_empty());
    screen.type_in("*");
    assert_eq!(screen.marks().len(), 16);
    screen.type_in("*");
    assert!(screen.marks().is_empty());
}

#[test]
fn a_refresh_in_the_background_does_not_end_a_range() {
    let mut screen = Screen::of(16);
    screen.type_in("vj");
    let effects = screen.chord(ctrl('r'));
    assert_eq!(loads(&effects).len(), 1);
    screen.answer(&class(16));
    screen.type_in("j");
    assert_eq!(screen.marks(), ["s000", "s001", "s002"]);
}

#[test]
fn one_cell_is_staged_and_taken_back() {
    let mut screen = Screen::of(16);
    screen.type_in("3lr");
    let cell = (vault(0), teacher());
    assert_eq!(screen.state.matrix.staged.get(&cell), Some(&Level::Read));
    screen.type_in("w");
    assert_eq!(screen.state.matrix.staged.get(&cell), Some(&Level::Write));
    screen.type_in("m");
    assert!(screen.state.matrix.staged.is_empty(), "manage is what it shows already");
    screen.type_in("xu");
    assert!(screen.state.matrix.staged.is_empty());
    screen.type_in("u");
    assert!(screen.notice().contains("nothing is staged"), "{}", screen.notice());
}

#[test]
fn marked_rows_are_staged_together_and_the_others_are_told() {
    let mut screen = Screen::of(6);
    screen.type_in("3*r");
    let own = |n| (vault(n), Principal::Person(person(n)));
    let staged: Vec<_> = screen.state.matrix.staged.keys().cloned().collect();
    assert_eq!(staged, [own(0), own(1), own(2)], "4 reads already, 3 and 5 have no vault");
    assert_eq!(screen.notice(), "3 staged; 3 with nothing to change here");
    screen.type_in("u");
    assert!(screen.state.matrix.staged.is_empty());
}

#[test]
fn what_cannot_be_staged_says_why() {
    let mut screen = Screen::of(16);
    screen.type_in("3m");
    assert!(screen.notice().contains("never given on a student's own vault"), "{}", screen.notice());
    screen.type_in("lllr");
    assert!(screen.notice().contains("others are never given access"), "{}", screen.notice());
    screen.type_in("hhhjjjr");
    assert!(screen.notice().contains("no vault yet"), "{}", screen.notice());
    assert!(screen.state.matrix.staged.is_empty());
}

#[test]
fn somebody_who_does_not_belong_is_revoked_from_the_last_column() {
    let mut screen = Screen::of(16);
    screen.type_in("3lll");
    screen.type_in("jjjjx");
    let stranger = Principal::Person(person(800));
    assert_eq!(screen.state.matrix.staged.get(&(vault(4), stranger)), Some(&Level::None));
}

#[test]
fn read_only_refuses_with_the_reason() {
    let mut setting = setting();
    setting.read_only = true;
    let mut screen = Screen::starting(setting);
    screen.answer(&class(16));
    for typed in ["3r", "x", "1A"] {
        assert_eq!(screen.type_in(typed), [], "{typed}");
        assert!(screen.notice().contains("read-only"), "{typed}: {}", screen.notice());
    }
    assert!(screen.state.matrix.staged.is_empty());
}

#[test]
fn pasted_text_never_gives_a_command() {
    let mut screen = Screen::of(16);
    assert_eq!(screen.send(Event::Paste("qAy*3r\r\n".into())), []);
    assert!(screen.state.overlays.is_empty() && screen.marks().is_empty());
    assert_eq!(screen.state.focus, Pane::Roster);
    screen.type_in("/");
    screen.send(Event::Paste("bai\r\n\u{1b}\u{202e}q".into()));
    assert_eq!((screen.state.rows.filter.text(), screen.state.rows.filter.editing), ("baiq", true));
}

#[test]
fn keys_that_hide_or_reorder_letters_are_not_typed() {
    let mut screen = Screen::of(16);
    screen.type_in("/a\u{202e}b\u{200b}c\u{7}");
    assert_eq!(screen.state.rows.filter.text(), "abc");
}

#[test]
fn a_filter_without_hits_leaves_nothing_selected() {
    let mut screen = Screen::of(16);
    screen.type_in("/zzzz");
    screen.key(Key::Enter);
    assert_eq!(screen.state.selected(), None);
    assert_eq!(screen.type_in("vjkG D"), []);
    screen.type_in("*");
    assert!(screen.marks().is_empty());
}

#[test]
fn every_key_in_every_pane_is_safe_in_every_class() {
    let keys: Vec<char> = (' '..='~').collect();
    for students in [0, 1, 40] {
        let mut screen = Screen::of(students);
        let mut seed = 7_usize;
        for _ in 0..4_000 {
            seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
            let chord = match seed / 65_536 % 12 {
                0 => strongroom::app::key::key(Key::Esc),
                1 => strongroom::app::key::key(Key::Enter),
                2 => strongroom::app::key::key(Key::Tab),
                3 => ctrl('d'),
                _ => strongroom::app::key::ch(keys[seed / 1_024 % keys.len()]),
            };
            let effects = screen.chord(chord);
            if effects.iter().any(|effect| matches!(effect, Effect::Quit | Effect::QuitNow)) {
                screen = Screen::of(students);
            }
            if seed.is_multiple_of(5) {
                screen.shows(0..20);
            }
        }
    }
}

#[test]
fn items_are_opened_and_fetched_by_their_student() {
    let mut screen = Screen::of(4);
    screen.shows(0..10);
    screen.answer(&class(4));
    screen.key(Key::Enter);
    assert_eq!(screen.state.focus, Pane::Items);
    let effects = screen.key(Key::Enter);
    assert_eq!(loads(&effects).len(), 1);
    screen.type_in("D");
    let effects = screen.key(Key::Enter);
    let [Effect::Download(_, Order { what, folder, only: None })] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(folder, "~/Downloads/strongroom");
    assert!(matches!(&what[..], [strongroom::app::msg::Fetch::Item(key, _)] if *key == student(0)));
}
