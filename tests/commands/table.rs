//! The table of commands itself.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, HashSet};

use strongroom::app::State;
use strongroom::app::command::{COMMANDS, Found, Hint, Keymap, find};
use strongroom::app::key::{Chord, Key, ch, ctrl, key};
use strongroom::app::msg::{Event, Pane};
use strongroom::domain::query::Data;

use crate::screen::{Screen, ticket};

/// The command of a key, if it has one here.
fn named(state: &State, chord: Chord) -> Option<&'static str> {
    match find(state, &[chord]) {
        Found::Command(command) => Some(command.name),
        Found::Prefix | Found::Nothing => None,
    }
}

#[test]
fn keys_are_unique_where_they_count() {
    assert_eq!(Keymap::with(&BTreeMap::new()), Ok(Keymap::default()));
}

#[test]
fn every_command_is_named_and_documented() {
    let mut names = HashSet::new();
    for command in COMMANDS {
        assert!(names.insert((command.context, command.name)), "{} twice", command.name);
        assert!(command.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", command.name);
        assert!(!command.doc.is_empty() && !command.doc.ends_with('.'), "{}", command.name);
        assert!(command.doc.chars().next().unwrap().is_lowercase() || command.doc.starts_with('!'));
        assert!(
            !command.keys.is_empty() || command.hint == Hint::Hidden,
            "{} has a hint without a key",
            command.name
        );
        assert!(command.hint.word().is_none_or(|hint| hint.len() <= 14), "{} has a long hint", command.name);
    }
}

#[test]
fn no_key_is_one_that_terminals_cannot_tell_apart() {
    for command in COMMANDS {
        for chord in command.keys.iter().copied().flatten() {
            assert!(chord.why_not().is_none() || *chord == ctrl('c'), "{chord}");
        }
    }
}

/// The name of an action, without what stands behind it.
fn word(action: &impl std::fmt::Debug) -> String {
    format!("{action:?}").chars().take_while(char::is_ascii_alphanumeric).collect()
}

/// The names of all actions, as they stand in the source: a new one cannot be forgotten here.
fn actions() -> Vec<&'static str> {
    let source = include_str!("../../src/app/msg.rs");
    let body = source.split("pub enum Action {\n").nth(1).unwrap().split("\n}").next().unwrap();
    let lines = body.lines().filter_map(|line| line.strip_prefix("    "));
    let named = lines.filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()));
    named.filter_map(|line| line.split(['(', ' ', ',']).next()).collect()
}

#[test]
fn every_action_can_be_reached() {
    let mut screen = Screen::as_person(16);
    let mut seen = HashSet::new();
    let mut note = |screen: &Screen| {
        for command in COMMANDS {
            seen.extend((command.plan)(&screen.state).iter().map(word));
            // What is chosen by a word behind the name.
            let Some(argument) = command.argument else { continue };
            let first = (argument.choices)(&screen.state, "");
            let second =
                first.first().map(|one| (argument.choices)(&screen.state, &format!("{} ", one.text)));
            for choice in first.iter().chain(second.iter().flatten()) {
                seen.extend((argument.plan_with)(&screen.state, &choice.value).iter().map(word));
            }
        }
    };
    for pane in ["1", "2", "3", "4"] {
        screen.type_in(pane);
        note(&screen);
    }
    screen.type_in("3r");
    note(&screen);
    let asked = ticket(&screen.type_in("1A"));
    note(&screen);
    screen.loaded(asked, Ok(Data::Plan(crate::plans::plan())));
    note(&screen);
    let running = ticket(&screen.type_in("y"));
    note(&screen);
    screen.send(Event::Named(running, crate::past::job(1)));
    note(&screen);
    screen.key(Key::Esc);
    note(&screen);
    note(&crate::closing::closing(""));
    for typed in ["C", "1"] {
        screen.type_in(typed);
        note(&screen);
    }
    note(&crate::tables::whole(4));
    let mut dressed = Screen::of(1);
    dressed.send(Event::Themes(vec!["mine".into()]));
    note(&dressed);
    for screen in crate::work::situations().into_iter().chain(crate::changes::situations()) {
        note(&screen);
    }
    let missing: Vec<_> = actions().into_iter().filter(|action| !seen.contains(*action)).collect();
    assert!(actions().len() > 60 && missing.is_empty(), "no command of the table gives {missing:?}");
}

#[test]
fn numbers_and_tab_go_to_panes() {
    let mut screen = Screen::of(4);
    for (typed, pane) in [("2", Pane::Items), ("4", Pane::Activity), ("1", Pane::Roster), ("a", Pane::Access)]
    {
        screen.type_in(typed);
        assert_eq!(screen.state.focus, pane);
    }
    screen.key(Key::Tab);
    assert_eq!(screen.state.focus, Pane::Activity);
    screen.key(Key::Tab);
    assert_eq!(screen.state.focus, Pane::Attention, "there is nothing to show under jobs");
    screen.key(Key::BackTab);
    assert_eq!(screen.state.focus, Pane::Activity);
    screen.type_in("6");
    assert_eq!(screen.state.focus, Pane::Activity);
    assert!(screen.notice().contains("nobody who takes arrivals"), "{}", screen.notice());
}

#[test]
fn the_question_mark_opens_help_and_closes_it() {
    let mut screen = Screen::of(4);
    screen.type_in("?");
    assert_eq!(screen.state.overlays.len(), 1);
    screen.type_in("?");
    assert_eq!(screen.state.overlays.len(), 0);
}

#[test]
fn the_nearest_command_of_a_key_counts() {
    let mut screen = Screen::of(4);
    assert_eq!(named(&screen.state, ch('q')), Some("quit"));
    screen.type_in("?");
    assert_eq!(named(&screen.state, ch('q')), Some("close"));
    assert_eq!(named(&screen.state, ctrl('c')), Some("quit"));
    assert_eq!(named(&screen.state, key(Key::Enter)), None);
}
