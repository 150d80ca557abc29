//! The table of commands itself.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::HashSet;

use strongroom::app::State;
use strongroom::app::assignments::Only;
use strongroom::app::command::{COMMANDS, Found, Hint, Keymap, find};
use strongroom::app::copy::What;
use strongroom::app::key::{Chord, Key, ch, ctrl, key};
use strongroom::app::layout::{Layout, Zoom};
use strongroom::app::msg::{Action, Asked, Event, Pane, Step};
use strongroom::app::overlay::Source;
use strongroom::app::picture::Kind;
use strongroom::app::remote::Ticket;
use strongroom::domain::access::Level;
use strongroom::domain::job::Wanted;
use strongroom::domain::query::Data;

use crate::screen::{Screen, student, ticket, vault};

/// The command of a key, if it has one here.
fn named(state: &State, chord: Chord) -> Option<&'static str> {
    match find(state, &[chord]) {
        Found::Command(command) => Some(command.name),
        Found::Prefix | Found::Nothing => None,
    }
}

#[test]
fn keys_are_unique_where_they_count() {
    assert_eq!(Keymap::default().conflicts(), Vec::<String>::new());
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

#[test]
#[allow(clippy::too_many_lines, reason = "one line an action")]
fn every_action_can_be_reached() {
    let mut screen = Screen::as_person(16);
    let mut seen = HashSet::new();
    let mut note = |screen: &Screen| {
        for command in COMMANDS {
            if let Ok(action) = (command.plan)(&screen.state) {
                seen.insert(std::mem::discriminant(&action));
            }
            // What is chosen by a word behind the name.
            let Some(argument) = command.argument else { continue };
            for choice in (argument.choices)(&screen.state, "") {
                let action = (argument.plan_with)(&screen.state, &choice.value);
                seen.extend(action.iter().map(std::mem::discriminant));
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
    for screen in crate::work::situations().into_iter().chain(crate::changes::situations()) {
        note(&screen);
    }
    let all = [
        Action::Quit,
        Action::Focus(Pane::Roster),
        Action::Move(Step::Up),
        Action::Open,
        Action::Back,
        Action::Filter,
        Action::Help,
        Action::Palette,
        Action::Notices,
        Action::Return,
        Action::Everybody,
        Action::NarrowTo(Only::Late, None),
        Action::Refresh,
        Action::Pause,
        Action::Follow,
        Action::Mark,
        Action::Range,
        Action::MarkAll,
        Action::ClearMarks,
        Action::Stretch(Step::Up),
        Action::Sort { reverse: false },
        Action::Widen(1),
        Action::Columns,
        Action::ToggleColumn,
        Action::ShiftColumn(Step::Up),
        Action::ResetColumns,
        Action::Next { forward: true },
        Action::FullMatrix,
        Action::Across(Step::Up),
        Action::Stage(Level::Read),
        Action::Unstage,
        Action::Review(Source::Redo),
        Action::ShowPlan,
        Action::Again,
        Action::Want(crate::past::job(1), Wanted::Pause),
        Action::Compare,
        Action::Why(Asked { student: student(0), vault: vault(0), who: None }),
        Action::Drift,
        Action::History,
        Action::Closing,
        Action::SignOff,
        Action::Confirm,
        Action::Stop(Ticket(0)),
        Action::Download(Vec::new()),
        Action::Turn(Step::Left),
        Action::Narrow,
        Action::Extend(Vec::new(), crate::work::hw(1)),
        Action::Assign(crate::work::upload()),
        Action::Choose,
        Action::Unmatched,
        Action::ShowUnmatched(student(1)),
        Action::Retry(Vec::new()),
        Action::StopDownload(Ticket(0)),
        Action::Privacy,
        Action::Export,
        Action::Import,
        Action::Layout(Layout::One),
        Action::Zoom(Zoom::Half),
        Action::Inspect,
        Action::Picture(Kind::Uploads),
        Action::Redraw,
        Action::Suspend,
        Action::Mouse,
        Action::Copy(What::Key),
    ];
    for action in all {
        assert!(seen.contains(&std::mem::discriminant(&action)), "{action:?}");
    }
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
