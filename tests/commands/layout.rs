//! Which panes are shown and how large, and what the inspector is about.

#![allow(clippy::unwrap_used, reason = "tests")]

use strongroom::app::inspector::Subject;
use strongroom::app::key::Key;
use strongroom::app::layout::Zoom;
use strongroom::app::msg::{Effect, Event, Pane, Viewport};
use strongroom::app::overlay::Overlay;
use strongroom::domain::preferences::Layout;
use strongroom::domain::query::{Data, Query};

use crate::screen::{Screen, all_loads, asked, vault};

/// As after a draw on a screen with a place for the inspector.
fn beside(screen: &mut Screen) -> Vec<Effect> {
    screen.send(Event::Viewport(Viewport { rows: 0..10, inspector: Some(7), ..Viewport::default() }))
}

/// The same on a smaller one.
fn alone(screen: &mut Screen) -> Vec<Effect> {
    screen.send(Event::Viewport(Viewport { rows: 0..10, ..Viewport::default() }))
}

fn whys(effects: &[Effect]) -> usize {
    all_loads(effects).iter().filter(|query| matches!(query, Query::Why(_))).count()
}

#[test]
fn a_pane_is_enlarged_in_steps_and_made_smaller_again() {
    let mut screen = Screen::of(4);
    let mut sizes = Vec::new();
    for key in ["+", "+", "+", "_", "_", "_"] {
        screen.type_in(key);
        sizes.push(screen.state.zoom);
    }
    assert_eq!(sizes, [Zoom::Half, Zoom::Full, Zoom::Full, Zoom::Half, Zoom::Normal, Zoom::Normal]);
    assert!(screen.notice().contains('+'), "{}", screen.notice());
}

#[test]
fn zoom_stays_with_the_keys_and_escape_is_not_about_it() {
    let mut screen = Screen::of(4);
    screen.type_in("1+ /");
    screen.key(Key::Enter);
    screen.type_in("2");
    assert_eq!((screen.state.focus, screen.state.zoom), (Pane::Items, Zoom::Half));
    screen.type_in("1");
    screen.key(Key::Esc);
    assert!(screen.marks().is_empty(), "escape took the marks away");
    screen.key(Key::Esc);
    assert_eq!(screen.state.zoom, Zoom::Half);
}

#[test]
fn a_layout_can_be_pinned_by_name() {
    let mut screen = Screen::of(4);
    for layout in Layout::ALL {
        screen.type_in(&format!(":layout {}", layout.name()));
        screen.key(Key::Enter);
        assert_eq!(screen.state.layout, layout);
    }
}

#[test]
fn five_gives_the_inspector_the_keys_where_it_stands_and_opens_it_elsewhere() {
    let mut screen = Screen::of(4);
    alone(&mut screen);
    screen.type_in("5");
    assert!(matches!(screen.state.overlays.last(), Some(Overlay::Inspector)));
    assert_eq!(screen.state.focus, Pane::Roster);
    screen.key(Key::Esc);
    assert!(screen.state.overlays.is_empty());
    beside(&mut screen);
    screen.type_in("5");
    assert_eq!(screen.state.focus, Pane::Inspector);
    assert!(screen.state.overlays.is_empty());
    screen.key(Key::Esc);
    assert_eq!(screen.state.focus, Pane::Roster);
}

#[test]
fn tab_goes_to_the_inspector_only_where_it_stands_beside_the_panes() {
    let mut screen = Screen::of(4);
    alone(&mut screen);
    screen.type_in("4");
    screen.key(Key::Tab);
    assert_eq!(screen.state.focus, Pane::Attention);
    beside(&mut screen);
    screen.type_in("4");
    screen.key(Key::Tab);
    assert_eq!(screen.state.focus, Pane::Inspector);
}

#[test]
fn it_is_about_what_the_pane_before_it_has_selected() {
    let mut screen = Screen::of(12);
    beside(&mut screen);
    screen.type_in("1jj5");
    assert!(matches!(screen.state.subject(), Subject::Student(row) if row.key.as_str() == "s002"));
    screen.type_in("jjj");
    assert_eq!(screen.state.inspector.top, 3, "j scrolls it");
    assert_eq!(screen.state.selected().unwrap().key.as_str(), "s002");
    screen.type_in("1j5");
    assert_eq!(screen.state.inspector.top, 0, "another student begins at the first line");
    screen.type_in("2");
    assert!(matches!(screen.state.subject(), Subject::Item(..) | Subject::Student(_)));
    screen.type_in("3");
    assert!(matches!(screen.state.subject(), Subject::Cell(row) if row.key.as_str() == "s003"));
    screen.type_in("45");
    assert!(matches!(screen.state.subject(), Subject::Nothing), "nothing has arrived");
}

#[test]
fn a_filter_typed_in_the_inspector_is_that_of_the_pane_it_is_about() {
    let mut screen = Screen::of(12);
    beside(&mut screen);
    screen.type_in("15/abara");
    assert_eq!(screen.state.focus, Pane::Roster);
    assert_eq!(screen.state.rows.filter.text(), "abara");
}

#[test]
fn looking_asks_for_nothing_and_the_ways_to_a_cell_once() {
    let mut screen = Screen::of(12);
    beside(&mut screen);
    for keys in ["1jjjkk", "2jj", "4", "0", "1"] {
        let before = screen.effects.len();
        screen.type_in(keys);
        let asked = all_loads(&screen.effects[before..]);
        assert!(asked.is_empty(), "{keys}: {asked:?}");
    }
    let before = screen.effects.len();
    screen.type_in("1g3");
    assert_eq!(whys(&screen.effects[before..]), 1, "the ways are in the store");
    let ticket = asked(&screen.effects[before..], &Query::Why(vault(0)));
    // While one question is under way nobody asks another, however far the selection moves.
    screen.type_in("jjlhk");
    assert_eq!(whys(&screen.effects[before..]), 1);
    let effects = screen.loaded(ticket, Ok(Data::Why(vault(0), Vec::new())));
    assert_eq!(all_loads(&effects), [Query::Why(vault(1))], "where the selection is now");
    let ticket = asked(&effects, &Query::Why(vault(1)));
    screen.loaded(ticket, Ok(Data::Why(vault(1), Vec::new())));
    let before = screen.effects.len();
    screen.type_in("lllhh");
    assert_eq!(whys(&screen.effects[before..]), 0, "other cells of the same vault are known");
}

#[test]
fn nothing_is_asked_for_an_inspector_that_is_not_seen() {
    let mut screen = Screen::of(12);
    alone(&mut screen);
    let before = screen.effects.len();
    screen.type_in("3jjl");
    assert_eq!(whys(&screen.effects[before..]), 0);
    screen.type_in("5");
    assert_eq!(whys(&screen.effects[before..]), 1, "now it is seen");
    screen.key(Key::Esc);
    screen.type_in("j");
    assert_eq!(whys(&screen.effects[before..]), 1);
}
