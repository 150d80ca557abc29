//! The keys in effect: overrides by settings, what they refuse, and the rest of a sequence.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use strongroom::app::command::{COMMANDS, Keymap, continuations, full, key_of, shown_keys};
use strongroom::app::key::{Key, ctrl};
use strongroom::app::msg::{Effect, Event, Pane};

use strongroom::domain::preferences::{Objection, Preferences};

use crate::screen::Screen;

fn with(settings: &[(&str, &[&str])]) -> Result<Keymap, Vec<String>> {
    let entry = |(name, keys): &(&str, &[&str])| {
        ((*name).to_owned(), keys.iter().map(|key| (*key).to_owned()).collect())
    };
    let told = |wrong: Vec<Objection>| wrong.iter().map(ToString::to_string).collect();
    Keymap::with(&settings.iter().map(entry).collect::<BTreeMap<_, _>>()).map_err(told)
}

fn problem(settings: &[(&str, &[&str])]) -> String {
    with(settings).unwrap_err().join("\n")
}

fn screen(settings: &[(&str, &[&str])]) -> Screen {
    let mut screen = Screen::of(4);
    let keys = settings
        .iter()
        .map(|(name, keys)| ((*name).to_owned(), keys.iter().map(|key| (*key).to_owned()).collect()));
    let preferences = Preferences { keys: keys.collect(), ..Preferences::default() };
    screen.send(Event::Settings(Box::new(preferences)));
    assert!(screen.state.chosen.broken.is_empty());
    screen
}

#[test]
fn settings_put_other_keys_in_the_place_of_the_tables() {
    let mut screen = screen(&[("activity", &["g a", "8"]), ("first", &["g g"]), ("pause", &[])]);
    screen.type_in("p");
    assert!(!matches!(screen.state.live, strongroom::app::Live::Paused), "its key was taken away");
    screen.type_in("4");
    assert_eq!(screen.state.focus, Pane::Roster, "the table's own key counts no more");
    screen.type_in("ga");
    assert_eq!(screen.state.focus, Pane::Activity);
    screen.type_in("18");
    assert_eq!(screen.state.focus, Pane::Activity);
    let command = COMMANDS.iter().find(|command| command.name == "activity").unwrap();
    assert_eq!(shown_keys(&screen.state, command).as_deref(), Some("g a"));
    assert_eq!(
        (key_of(&screen.state, "activity"), key_of(&screen.state, "pause")),
        ("g a".into(), ":pause".into())
    );
}

#[test]
fn unknown_commands_name_the_nearest() {
    assert_eq!(problem(&[("pasue", &["f"])]), "`keys.pasue`: unknown command (did you mean `pause`?)");
    assert_eq!(
        problem(&[("roster.invit", &["f"])]),
        "`keys.roster.invit`: unknown command (did you mean `roster.invite`?)"
    );
    assert_eq!(
        problem(&[("invite", &["I"])]),
        "`keys.invite`: it stands in several places (write `attention.invite` or `roster.invite`)"
    );
}

#[test]
fn keys_that_cannot_be_read_or_used_are_refused_all_at_once() {
    let problems = with(&[("pause", &["ctrl-i", "alt-x", "ctrl-c"]), ("redraw", &["F5", ""])]).unwrap_err();
    assert_eq!(problems.len(), 5, "{problems:#?}");
    assert!(problems[0].contains("terminals send Tab for it"), "{problems:#?}");
    assert!(problems[1].contains("Alt is not used"), "{problems:#?}");
    assert!(problems[2].contains("it leaves"), "{problems:#?}");
}

#[test]
fn two_commands_of_one_place_never_share_keys() {
    let shared = "`keys.pause`: activity.follow and pane.pause are both given by `f` (give one of them another key; ? on \
                  the dashboard lists all)";
    assert_eq!(problem(&[("pause", &["f"])]), shared);
    // In the roster alone the same key is free.
    assert!(with(&[("activity.follow", &["i"])]).is_ok());
    let begins = problem(&[("pause", &["g p"])]);
    let expected = "`keys.pause`: `g p` of pane.pause and `g` of anywhere.first: one begins the other (give \
                    anywhere.first a key that begins no other; ? on the dashboard lists all)";
    assert_eq!(begins, expected);
    // What lies over the panes may have a key that means something else elsewhere, but needs one of its own.
    assert!(with(&[("plan.apply", &["j"])]).is_ok(), "down has its arrow");
    let starved = "`keys.plan.apply`: anywhere.help has no key left in Plan: `?` gives plan.apply (";
    assert!(problem(&[("plan.apply", &["?"])]).starts_with(starved));
}

#[test]
fn there_is_always_a_way_out() {
    let mut screen = screen(&[("quit", &["X"])]);
    assert_eq!(screen.type_in("q"), []);
    assert_eq!(screen.chord(ctrl('c')), [Effect::Quit]);
    assert_eq!(screen.chord(ctrl('c')), [Effect::QuitNow]);
    // Also where letters are typed.
    for typed in [":", "/", "?/", "D"] {
        let mut screen = Screen::of(4);
        screen.type_in(typed);
        assert_eq!(screen.chord(ctrl('c')), [Effect::Quit], "behind {typed}");
    }
}

#[test]
fn a_sequence_shows_how_it_goes_on_and_what_is_none() {
    let mut screen =
        screen(&[("activity", &["v a"]), ("students.range", &["v v"]), ("items.range", &["v v"])]);
    screen.type_in("v");
    let found: Vec<_> =
        continuations(&screen.state).iter().map(|(keys, command)| (keys.clone(), command.name)).collect();
    assert_eq!(found, [("v".to_owned(), "range"), ("a".to_owned(), "activity")]);
    screen.key(Key::Esc);
    assert!(screen.state.prefix.is_empty());
    assert_eq!(screen.notice(), "");
    screen.type_in("vx");
    assert_eq!(screen.notice(), "v x is no command");
    assert!(screen.state.prefix.is_empty());
}

#[test]
fn every_name_of_settings_means_one_command() {
    let mut names: Vec<String> = COMMANDS.iter().map(full).collect();
    names.sort();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn what_is_said_names_the_keys_in_effect() {
    for (name, key, typed, told) in [
        ("privacy", "8", "8", "8 shows them again"),
        ("privacy", "8", "8E", "8 ends privacy mode"),
        ("reverse", "8", "o", "8 turns it round"),
        ("sort", "8", "8", "8 again leaves it"),
        ("filter", "8", "n", "8 filters"),
        ("back", "8", "n", "8 shows everything again"),
        ("shrink", "8", "+++", "8 makes it smaller"),
        ("enlarge", "8", "_", "8 enlarges it"),
        ("stage-revoke", "8", "3lllr", "8 revokes"),
        ("stage-write", "8", "3A", "s r 8 m or x on a cell"),
    ] {
        let mut screen = screen(&[(name, &[key])]);
        screen.type_in(typed);
        assert!(screen.notice().contains(told), "{name}: {}", screen.notice());
    }
}
