//! The palette: what it finds, what it gives, and what it says where it cannot; the way back, and notices.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::sync::Arc;

use strongroom::app::assignments::Only;
use strongroom::app::chosen::Edition;
use strongroom::app::command::twin;
use strongroom::app::key::{Key, ctrl};
use strongroom::app::msg::{Effect, Event, Pane};
use strongroom::app::overlay::Overlay;
use strongroom::app::palette::{Entry, entries};

use strongroom::domain::class::Class;

use crate::screen::{Screen, class, down, loads, student};

fn found(screen: &Screen) -> Vec<Entry> {
    entries(&screen.state, screen.state.palette.as_ref().unwrap()).list.clone()
}

fn names(screen: &Screen) -> Vec<String> {
    found(screen).iter().map(|entry| entry.name().to_owned()).collect()
}

/// Types into the palette and gives it.
fn give(screen: &mut Screen, text: &str) -> Vec<Effect> {
    screen.type_in(":");
    screen.type_in(text);
    screen.key(Key::Enter)
}

#[test]
fn every_command_is_in_it_and_those_of_the_pane_are_first() {
    let mut screen = Screen::of(4);
    screen.type_in(":");
    let found = found(&screen);
    assert_eq!(found.len(), strongroom::app::command::COMMANDS.len());
    let here = found.iter().position(|entry| entry.place.is_some()).unwrap();
    assert!(found[here..].iter().all(|entry| entry.place.is_some()), "those of other places come after");
    assert_eq!(found[0].command.name, "give-vaults");
    assert_eq!(found[0].keys, "A");
}

#[test]
fn names_fit_better_than_what_is_said_about_them() {
    let mut screen = Screen::of(4);
    screen.type_in(":download");
    assert_eq!(names(&screen)[0], "download");
    screen.key(Key::Esc);
    screen.type_in(":q");
    assert_eq!(names(&screen)[0], "quit");
    screen.key(Key::Esc);
    // Words in any order, and of what is said about it.
    screen.type_in(":folder fetch");
    let found = found(&screen);
    assert_eq!(found[0].command.name, "download");
    let doc: Vec<char> = found[0].command.doc.chars().collect();
    let marked: String = found[0].note_letters.iter().map(|at| doc[*at]).collect();
    assert_eq!(marked, "fetchfolder");
}

#[test]
fn enter_gives_the_command_and_goes_to_its_pane() {
    let mut screen = Screen::of(4);
    give(&mut screen, "activity");
    assert_eq!(screen.state.focus, Pane::Activity);
    assert!(screen.state.palette.is_none());
    let asked = give(&mut screen, "drift");
    assert_eq!(screen.state.focus, Pane::Access);
    assert!(matches!(screen.state.overlays.last(), Some(Overlay::Drift(_))), "{asked:?}");
}

#[test]
fn what_begins_so_is_chosen_before_what_only_has_the_letters() {
    let mut screen = Screen::of(16);
    for typed in ["student li", "@li"] {
        give(&mut screen, typed);
        assert_eq!(screen.state.selected().unwrap().key, student(5), "Lina, and not Castillo");
        screen.type_in("g");
    }
}

#[test]
fn an_argument_bypasses_nothing_that_refuses_the_command() {
    let mut screen = Screen::of(4);
    screen.type_in("?");
    give(&mut screen, "student Zo");
    assert_eq!(screen.notice(), "esc first: something lies over the panes");
    for _ in 0..2 {
        screen.key(Key::Esc);
    }
    // A plan that is refused moves nobody.
    screen.type_in("1");
    let before = (screen.state.focus, screen.state.left, screen.state.below);
    give(&mut screen, "assign nothing");
    assert!(screen.state.palette.is_some(), "{}", screen.notice());
    assert_eq!((screen.state.focus, screen.state.left, screen.state.below), before);
}

#[test]
fn what_takes_nothing_behind_it_says_so() {
    let mut screen = Screen::of(4);
    give(&mut screen, "sort state");
    assert_eq!(screen.notice(), "`sort` takes nothing behind it");
}

#[test]
fn what_is_found_follows_what_becomes_known() {
    let mut screen = Screen::of(2);
    screen.type_in(":student ");
    assert_eq!(names(&screen).len(), 2);
    let (class_file, later) = (Arc::new(Class::new("CS101-F26")), Vec::new());
    let asked = screen.send(Event::Edition(Box::new(Edition { class: class_file, later })));
    screen.effects.clear();
    screen.effects.extend(asked);
    screen.answer(&class(4));
    assert_eq!(names(&screen).len(), 4);
}

#[test]
fn what_cannot_be_given_says_why_and_the_palette_stays() {
    let mut screen = Screen::of(4);
    give(&mut screen, "redoo-all-of-it");
    assert!(screen.notice().starts_with("no command is called `redoo-all-of-it`"), "{}", screen.notice());
    assert!(screen.state.palette.is_some());
    screen.key(Key::Esc);
    give(&mut screen, "apply");
    assert_eq!(screen.notice(), "only while this is shown: Plan");
    screen.key(Key::Esc);
    give(&mut screen, "narrow");
    assert!(screen.notice().contains("[[assignment]]"), "{}", screen.notice());
    assert!(screen.state.palette.is_some());
}

#[test]
fn nothing_typed_gives_nothing_and_pasted_lines_give_nothing() {
    let mut screen = Screen::of(4);
    assert_eq!(give(&mut screen, ""), []);
    assert!(screen.state.palette.is_none());
    screen.type_in(":");
    assert_eq!(screen.send(Event::Paste("quit\r\n".into())), []);
    assert_eq!(screen.state.palette.as_ref().unwrap().field.value(), "quit");
}

#[test]
fn a_student_is_found_by_a_part_of_the_name_without_accents() {
    let mut screen = Screen::of(16);
    give(&mut screen, "student lukasz");
    assert_eq!(screen.state.selected().unwrap().key, student(15));
    give(&mut screen, "@maria ines");
    assert_eq!(screen.state.selected().unwrap().key, student(2));
    // Hidden by a filter or not.
    screen.type_in("/bai");
    screen.key(Key::Enter);
    give(&mut screen, "@s009");
    assert_eq!(screen.state.selected().unwrap().key, student(9));
    assert!(screen.notice().contains("everybody is shown again"));
    give(&mut screen, "student zzzz");
    assert_eq!(screen.notice(), "nobody is called `zzzz`");
}

#[test]
fn of_two_with_one_name_the_selected_one_is_meant() {
    let mut screen = Screen::of(32);
    screen.type_in(":@bai");
    screen.key(Key::Down);
    screen.key(Key::Enter);
    assert_eq!(screen.state.selected().unwrap().key, student(17));
}

#[test]
fn tab_completes_and_arrows_choose() {
    let mut screen = Screen::of(16);
    screen.type_in(":stud");
    screen.key(Key::Tab);
    assert_eq!(screen.state.palette.as_ref().unwrap().field.value(), "student ");
    screen.type_in("zoe");
    screen.key(Key::Tab);
    assert_eq!(screen.state.palette.as_ref().unwrap().field.value(), "student Dubois, Zoé");
    screen.key(Key::Enter);
    assert_eq!(screen.state.selected().unwrap().key, student(3));
    screen.type_in(":");
    screen.chord(ctrl('n'));
    screen.chord(ctrl('n'));
    screen.chord(ctrl('p'));
    assert_eq!(screen.state.palette.as_ref().unwrap().cursor, 1);
}

#[test]
fn what_was_given_before_comes_back_with_the_arrow() {
    let mut screen = Screen::of(16);
    give(&mut screen, "activity");
    give(&mut screen, "@zoe");
    let field = |screen: &Screen| screen.state.palette.as_ref().unwrap().field.value().to_owned();
    screen.type_in(":");
    screen.key(Key::Up);
    assert_eq!(field(&screen), "student Dubois, Zoé");
    screen.key(Key::Up);
    screen.key(Key::Up);
    assert_eq!(field(&screen), "activity");
    screen.key(Key::Down);
    screen.key(Key::Down);
    assert_eq!(field(&screen), "");
}

#[test]
fn an_assignment_behind_the_name_narrows_extends_and_assigns() {
    let mut screen = crate::work::situations().swap_remove(0);
    screen.key(Key::Esc);
    screen.key(Key::Esc);
    screen.type_in("1");
    assert!(!screen.state.assignments().is_empty());
    give(&mut screen, "missing hw1");
    assert_eq!(screen.state.rows.only, Only::Missing);
    assert_eq!(screen.state.assignment().unwrap().id.as_str(), "hw1");
    give(&mut screen, "everybody");
    assert_eq!(screen.state.rows.only, Only::Everybody);
    give(&mut screen, "due hw1 +24h @s000");
    let Some(Overlay::Confirm(question)) = screen.state.overlays.last() else {
        panic!("{}", screen.notice())
    };
    assert!(question.text.starts_with("hw1: ") && question.text.contains("until"), "{}", question.text);
    assert!(matches!(&question.yes, Effect::Decide(_, decisions) if decisions.len() == 1));
    screen.key(Key::Esc);
    give(&mut screen, "due hw1 +2parsecs");
    assert!(screen.notice().contains("are taken"), "{}", screen.notice());
    screen.key(Key::Esc);
    give(&mut screen, "due hw1");
    assert!(matches!(screen.state.overlays.last(), Some(Overlay::Extend(_))));
}

#[test]
fn the_way_back_leads_over_panes_and_students() {
    let mut screen = Screen::of(16);
    screen.type_in("-");
    assert_eq!(screen.notice(), "this is where you began");
    screen.key(Key::Enter);
    screen.type_in("4");
    give(&mut screen, "@zoe");
    assert_eq!(screen.state.focus, Pane::Roster);
    let here = |screen: &Screen| (screen.state.focus, screen.state.selected().unwrap().key.clone());
    assert_eq!(here(&screen), (Pane::Roster, student(3)));
    let mut back = Vec::new();
    for _ in 0..3 {
        screen.type_in("-");
        back.push(here(&screen));
    }
    assert_eq!(back, [(Pane::Activity, student(0)), (Pane::Items, student(0)), (Pane::Roster, student(0))]);
    screen.type_in("-");
    assert_eq!(screen.notice(), "this is where you began");
}

#[test]
fn the_way_here_names_pane_student_and_item() {
    let mut screen = Screen::of(4);
    assert_eq!(screen.state.way(), ["Roster"]);
    screen.type_in("j");
    screen.key(Key::Enter);
    screen.shows(0..4);
    screen.answer(&class(4));
    assert_eq!(screen.state.way(), ["Items", "Bai, Xiaoming"]);
    screen.key(Key::Enter);
    assert_eq!(screen.state.way(), ["Items", "Bai, Xiaoming", "hw3-report.pdf"]);
}

#[test]
fn errors_wait_until_they_were_seen_and_all_are_kept() {
    let mut screen = Screen::of(4);
    let asked = screen.chord(ctrl('r'));
    assert!(!loads(&asked).is_empty());
    screen.loaded(crate::screen::ticket(&asked[1..]), Err(down()));
    // The key was on its way before the error could be seen.
    screen.type_in("j");
    assert!(screen.notice().contains("connection refused"));
    screen.shows(0..4);
    screen.type_in("j");
    assert_eq!(screen.notice(), "");
    give(&mut screen, "notices");
    assert!(matches!(screen.state.overlays.last(), Some(Overlay::Notices { .. })));
    let kept: Vec<&str> = screen.state.notices.kept().map(|notice| notice.text.as_str()).collect();
    assert!(kept[0].contains("connection refused") && kept.contains(&"asking again"), "{kept:?}");
}

#[test]
fn the_keys_are_searched_and_escape_goes_back_one_step() {
    let mut screen = Screen::of(4);
    screen.type_in("?/inv");
    let Some(Overlay::Help(help)) = screen.state.overlays.last() else { panic!("no help") };
    assert_eq!(help.search.value(), "inv");
    screen.key(Key::Enter);
    screen.key(Key::Esc);
    assert_eq!(screen.state.overlays.len(), 1, "what was looked for goes first");
    screen.key(Key::Esc);
    assert!(screen.state.overlays.is_empty());
}

#[test]
fn fields_move_by_words_and_to_their_ends() {
    let mut screen = Screen::of(4);
    screen.type_in(":one two three");
    let field = |screen: &Screen| {
        let field = &screen.state.palette.as_ref().unwrap().field;
        (field.value().to_owned(), field.visual_cursor())
    };
    screen.chord(strongroom::app::key::Chord { key: Key::Left, ctrl: true });
    assert_eq!(field(&screen), ("one two three".into(), 8));
    screen.chord(ctrl('w'));
    assert_eq!(field(&screen), ("one three".into(), 4));
    screen.key(Key::End);
    screen.chord(ctrl('w'));
    screen.key(Key::Home);
    assert_eq!(field(&screen), ("one ".into(), 0));
}

/// Every command that has to do with data does the same in a shell, in words that the command line takes.
#[test]
#[allow(clippy::too_many_lines, reason = "one line an action")]
fn what_has_to_do_with_data_has_a_twin_that_can_be_typed() {
    use strongroom::app::msg::Action as A;
    let touches = |action: &A| match action {
        A::Quit
        | A::Focus(_)
        | A::Move(_)
        | A::Open
        | A::Back
        | A::Filter
        | A::Help
        | A::Palette
        | A::Return
        | A::GoTo(_)
        | A::Notices
        | A::Pause
        | A::Follow
        | A::Mark
        | A::Range
        | A::MarkAll
        | A::ClearMarks
        | A::Unstage
        | A::ShowPlan
        | A::Turn(_)
        | A::Everybody
        | A::ShowUnmatched(_)
        | A::StopDownload(_)
        | A::Stretch(_)
        | A::Next { .. }
        | A::Sort { .. }
        | A::Widen(_)
        | A::Columns
        | A::ToggleColumn
        | A::ShiftColumn(_)
        | A::ResetColumns
        | A::Across(_)
        | A::Layout(_)
        | A::Zoom(_)
        | A::Privacy
        | A::Theme(_)
        | A::NextTheme
        | A::Suspend
        | A::Mouse
        // What is copied stands on the screen.
        | A::Copy(_)
        | A::Redraw
        // A question's yes is the command's that asked it.
        | A::Confirm => false,
        _ => true,
    };
    let screens = crate::work::situations().into_iter().chain(crate::changes::situations());
    for screen in screens.chain([Screen::as_person(16), Screen::of(16), crate::closing::closing("")]) {
        for command in strongroom::app::command::COMMANDS {
            let Ok(action) = (command.plan)(&screen.state) else { continue };
            assert!(
                !touches(&action) || twin(command).is_some(),
                "{} ({action:?}) has no twin in src/app/command/twin.rs, nor stands here as one that has to do \
                 with no data",
                command.name
            );
        }
    }
    for command in strongroom::app::command::COMMANDS {
        let Some(words) = twin(command) else { continue };
        let words = words.replace("JOB", "abcd1234").replace("SEQ", "7");
        let line = std::iter::once("strongroom").chain(words.split(' ')).map(std::ffi::OsString::from);
        let read = strongroom::cli::Cli::read(line);
        assert!(read.is_ok_and(|cli| cli.command.is_some()), "{}: {words}", command.name);
    }
}
