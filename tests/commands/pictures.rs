//! Pictures: what opens them, what they ask for, and where their cursor leads.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use strongroom::app::command::COMMANDS;
use strongroom::app::key::Key;
use strongroom::app::msg::{Event, Pane, Viewport};
use strongroom::app::overlay::Overlay;
use strongroom::app::picture::{Heat, Picture, folded};
use strongroom::domain::access::{AccountKind, Level};
use strongroom::domain::fault::{Fault, Kind};
use strongroom::domain::query::{Data, Query, Submissions};

use crate::screen::{Screen, all_loads, asked, budget, class, ticket};
use crate::term::{heads, hw, term};

fn picture(screen: &Screen) -> &Picture {
    match screen.state.overlays.last() {
        Some(Overlay::Picture(picture)) => picture,
        other => panic!("{other:?}"),
    }
}

fn why_not(screen: &Screen, name: &str) -> String {
    let command = COMMANDS.iter().find(|command| command.name == name).unwrap();
    (command.plan)(&screen.state).err().unwrap_or_default()
}

#[test]
fn a_picture_without_anything_to_show_says_why() {
    let mut screen = Screen::of(0);
    assert!(why_not(&screen, "timeline").contains("[[assignment]]"));
    assert!(why_not(&screen, "heat-map").contains("nobody"));
    assert!(why_not(&screen, "budget").contains("rationed"));
    screen.type_in("t#b");
    assert!(screen.state.overlays.is_empty());
    screen.send(Event::Ration(budget()));
    screen.type_in("b");
    assert!(matches!(picture(&screen), Picture::Budget));
}

fn nothing_handed_in(at: usize) -> Data {
    let (verdicts, unmatched) = (Vec::new(), Vec::new());
    Data::Submissions(Box::new(Submissions { assignment: heads().remove(at), verdicts, unmatched }))
}

#[test]
fn the_timeline_asks_the_store_once_and_again_for_another_assignment() {
    let mut screen = term(12, Vec::new());
    let effects = screen.type_in("1t");
    assert_eq!(all_loads(&effects), [Query::Submissions(hw(2))], "the one that is due soon");
    screen.loaded(ticket(&effects), Ok(nothing_handed_in(1)));
    assert!(matches!(picture(&screen), Picture::Timeline { found, .. } if found.value.is_some()));
    let effects = screen.type_in("[");
    assert_eq!(all_loads(&effects), [Query::Submissions(hw(1))]);
    let late =
        screen.loaded(asked(&effects, &Query::Submissions(hw(1))), Err(Fault::new(Kind::Broken, "no")));
    assert!(late.is_empty());
    assert!(matches!(picture(&screen), Picture::Timeline { found, .. } if found.fault().is_some()));
    screen.type_in("[");
    assert!(screen.notice().contains("first assignment"), "{}", screen.notice());
    screen.key(Key::Esc);
    assert!(screen.state.overlays.is_empty());
}

fn at(screen: &Screen) -> usize {
    match picture(screen) {
        Picture::HeatMap { cursor } => *cursor,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_cursor_of_the_heat_map_moves_by_cells_and_leads_to_the_student() {
    let mut screen = Screen::of(50);
    screen.type_in("1jj#");
    screen.send(Event::Viewport(Viewport { heat: (10, 1), ..Viewport::default() }));
    assert_eq!(at(&screen), 2, "it begins at the selected student");
    for (key, place) in [("l", 3), ("j", 13), ("h", 12), ("k", 2), ("k", 2), ("G", 49), ("j", 49), ("g", 0)] {
        screen.type_in(key);
        assert_eq!(at(&screen), place, "{key}");
    }
    screen.type_in("jl");
    screen.key(Key::Enter);
    assert!(screen.state.overlays.is_empty());
    assert_eq!(screen.state.focus, Pane::Access);
    assert_eq!(screen.state.selected().unwrap().key.as_str(), "s011");
}

#[test]
fn where_several_share_a_cell_enter_goes_to_the_gravest() {
    let mut screen = Screen::of(16);
    screen.type_in("1#");
    screen.send(Event::Viewport(Viewport { heat: (4, 8), ..Viewport::default() }));
    screen.key(Key::Enter);
    // Of the first eight the fifth has a stranger on the vault.
    assert_eq!(screen.state.selected().unwrap().key.as_str(), "s004");
}

#[test]
fn cells_of_the_heat_map_say_what_is_known() {
    let view = class(16);
    let all = folded(&view.rows, 1, AccountKind::Business);
    let heat = |at: usize| all[at].1;
    assert_eq!(all.len(), 16);
    assert_eq!(heat(0), Heat::Level(Level::Write));
    assert_eq!(heat(3), Heat::NoVault);
    assert_eq!(heat(4), Heat::Stray);
    assert_eq!(heat(6), Heat::Unknown);
    assert_eq!(Heat::staff(&view.rows[0], AccountKind::Business), Heat::Level(Level::Manage));
    assert_eq!(Heat::others(&view.rows[0], AccountKind::Business), Heat::Level(Level::None));
    let pairs = folded(&view.rows, 2, AccountKind::Business);
    assert_eq!(pairs.len(), 8);
    assert_eq!(pairs[2], (4, Heat::Stray));
}
