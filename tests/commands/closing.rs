//! The end of a term by key: its steps, the forms and plans in which they are signed off, and what comes of
//! them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use strongroom::app::key::Key;
use strongroom::app::msg::{Effect, Ending, Errand, Event, Pane};
use strongroom::app::overlay::{Overlay, Stage as Shown};
use strongroom::domain::guard::Guard;
use strongroom::domain::plan::{Plan, Wish};
use strongroom::domain::query::{Data, Query};
use strongroom::domain::term::Stage;

use crate::plans::plan;
use crate::screen::{Screen, asked, at, class, loads, setting, student, ticket};
use crate::term::ending;

/// The steps are shown, for the students that `keys` mark.
pub(crate) fn closing(keys: &str) -> Screen {
    let mut screen = Screen::of(16);
    screen.type_in(keys);
    let asked = ticket(&screen.type_in("W"));
    screen.loaded(asked, Ok(Data::Closing(Box::new(ending()))));
    screen
}

fn cursor(screen: &Screen) -> usize {
    let Some(Overlay::Closing(closing)) = screen.state.overlays.last() else { panic!("not on top") };
    closing.cursor
}

/// Goes to a step and presses enter.
fn enter(screen: &mut Screen, stage: Stage) -> Vec<Effect> {
    screen.type_in("g");
    for _ in 0..Stage::ALL.iter().position(|one| *one == stage).unwrap() {
        screen.type_in("j");
    }
    screen.key(Key::Enter)
}

fn revocation() -> Plan {
    let guard = Guard { because: vec!["everybody loses".into()], word: "CS101-unverified".into() };
    Plan { guard: Some(guard), ..plan() }
}

#[test]
fn the_step_that_comes_next_is_selected_first() {
    let screen = closing("");
    assert_eq!(cursor(&screen), 2, "verify is not done for everybody");
}

#[test]
fn marks_limit_the_end_of_the_term_to_the_marked() {
    let mut screen = Screen::of(16);
    screen.type_in("  ");
    let effects = screen.type_in("W");
    let marked = vec![student(0), student(1)];
    assert_eq!(loads(&effects), [Query::Closing(marked.clone())]);
    screen.loaded(ticket(&effects), Ok(Data::Closing(Box::new(ending()))));
    let effects = enter(&mut screen, Stage::Freeze);
    assert_eq!(loads(&effects), [Query::Plan(Wish::Ending(Stage::Freeze, marked))]);
}

#[test]
fn a_step_that_changes_vaults_is_a_plan_whose_word_signs_it_off() {
    let mut screen = closing("");
    let effects = enter(&mut screen, Stage::Revoke);
    assert_eq!(loads(&effects), [Query::Plan(Wish::Ending(Stage::Revoke, vec![]))]);
    screen.loaded(ticket(&effects), Ok(Data::Plan(revocation())));
    assert_eq!(screen.type_in("y"), [], "the word is typed first");
    screen.type_in("CS101");
    assert_eq!(screen.key(Key::Enter), []);
    assert!(screen.notice().contains("that is not CS101-unverified"), "{}", screen.notice());
    let top = screen.state.review().unwrap();
    assert!(top.plan.value.is_some() && top.stage == Shown::Review, "it is not worked out anew for that");
    screen.type_in("-unverified");
    let effects = screen.key(Key::Enter);
    let Some(Effect::Close(running, Ending::Plan(Stage::Revoke, sent))) = effects.first() else {
        panic!("{effects:?}")
    };
    assert_eq!(sent.typed.as_deref(), Some("CS101-unverified"));
    // Its end is told to the steps below it.
    let effects = screen.send(Event::Finished(*running, at(6), Ok("1 done".into())));
    assert!(loads(&effects).contains(&Query::Closing(vec![])), "{effects:?}");
    screen.loaded(asked(&effects, &Query::Closing(vec![])), Ok(Data::Closing(Box::new(ending()))));
    screen.key(Key::Esc);
    assert_eq!(cursor(&screen), 4, "the selection stays where it was");
}

#[test]
fn a_step_about_files_runs_as_a_job_where_the_folder_says() {
    let mut screen = closing("");
    assert_eq!(enter(&mut screen, Stage::Verify), []);
    assert!(matches!(screen.state.overlays.last(), Some(Overlay::SignOff(_))));
    screen.send(Event::Paste("/f25".into()));
    let effects = screen.key(Key::Enter);
    let errand = Errand { stage: Stage::Verify, students: vec![], folder: "/home/t/end/f25".into() };
    let [Effect::Close(running, Ending::Files(sent))] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(*sent, errand);
    assert_eq!(enter(&mut screen, Stage::Pull), []);
    assert!(screen.notice().contains("verify is under way"), "{}", screen.notice());
    screen.send(Event::Failures(*running, vec!["s003: 1 file is gone: pull again".into()]));
    let effects = screen.send(Event::Finished(*running, at(6), Ok("verify: not done for 1".into())));
    assert!(loads(&effects).contains(&Query::Closing(vec![])), "{effects:?}");
    assert!(screen.notice().starts_with("6, enter shows why"), "{}", screen.notice());
    screen.type_in("q");
    screen.type_in("6");
    screen.key(Key::Enter);
    assert!(matches!(screen.state.overlays.last(), Some(Overlay::Fetched { .. })));
    assert_eq!(screen.state.focus, Pane::Jobs);
}

#[test]
fn a_step_waits_for_the_one_before_it_and_says_which() {
    let mut screen = closing("");
    for (stage, first) in [(Stage::Report, "verify"), (Stage::Archive, "revoke")] {
        assert_eq!(enter(&mut screen, stage), []);
        assert!(screen.notice().contains(&format!("{first} comes first")), "{}", screen.notice());
        assert!(matches!(screen.state.overlays.last(), Some(Overlay::Closing(_))));
    }
}

#[test]
fn without_a_folder_nothing_begins_and_escape_leaves() {
    let mut screen = closing("");
    enter(&mut screen, Stage::Verify);
    for _ in 0.."/home/t/end".len() {
        screen.key(Key::Backspace);
    }
    assert_eq!(screen.key(Key::Enter), []);
    assert!(screen.notice().contains("no folder was named"), "{}", screen.notice());
    assert!(matches!(screen.state.overlays.last(), Some(Overlay::SignOff(_))));
    screen.key(Key::Esc);
    assert_eq!(cursor(&screen), 2);
}

#[test]
fn nothing_is_signed_off_where_changes_are_refused() {
    let mut setting = setting();
    setting.read_only = true;
    let mut screen = Screen::starting(setting);
    screen.answer(&class(16));
    let asked = ticket(&screen.type_in("W"));
    screen.loaded(asked, Ok(Data::Closing(Box::new(ending()))));
    for stage in Stage::ALL {
        assert_eq!(enter(&mut screen, stage), []);
        assert!(screen.notice().contains("read-only"), "{}", screen.notice());
    }
}
